"""One row per linked identifier: the group that it belongs to.

The walk over the graph, which SQL does badly; who is linked, and in which order, the models before say.
"""

from typing import Any

import duckdb
import pyarrow as pa

from dagster_project.identity.components import known, resolve_changed


def model(dbt: Any, session: duckdb.DuckDBPyConnection) -> pa.Table:  # noqa: ANN401 - dbt writes its class
    """Finds the groups anew where links came, went or changed since the table was last built."""
    dbt.ref("int_identity_links")
    dbt.ref("int_identity_rules")
    dbt.ref("int_identifiers_first_seen")
    return resolve_changed(session, known(session, str(dbt.this)))
