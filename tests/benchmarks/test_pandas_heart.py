"""The heart of the build in pandas says of a generated shop what the warehouse says, row for row."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import duckdb
import pytest
from built_shop import build_shop

from benchmarks.incremental import SCALE
from benchmarks.pandas_heart import MODELS, TABLES, write_tables
from dagster_project.sample.generate import LAST_DAY, generate
from dagster_project.settings import Settings

OTHER_THAN_BY_DEFAULT = """
max_customers_per_device: 2
at_risk_days: 60
churn_days: 150
prospect_days: 45
advocacy_days: 200
loyalty_orders: 3
loyalty_days: 300
attribution_days: 40
attribution_half_life_days: 5
attribution_end_share: 0.3
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A shop built to the tables of the heart, with those of pandas in `heart`."""
    settings, made = Settings(data=tmp_path_factory.mktemp("heart") / "data"), tmp_path_factory.mktemp("made")
    settings.data.mkdir()
    (settings.data / "shop.yml").write_text(OTHER_THAN_BY_DEFAULT)
    generate(made, 240, 730, 2, file_format="parquet", scale=SCALE)
    shutil.rmtree(min((made / "landing" / "refunds").iterdir()))  # so that some refunds are implied
    build_shop(settings, made / "landing", LAST_DAY, *MODELS)
    write_tables(settings, settings.data / "heart", {})
    return settings


@pytest.fixture
def both(shop: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse, with the tables of pandas as `in_pandas.<table>`."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{shop.warehouse}' as warehouse (read_only)")
        connection.execute("create schema in_pandas")
        for table in TABLES:
            file = shop.data / "heart" / f"{table}.parquet"
            connection.execute(f"create view in_pandas.{table} as from '{file}'")
        yield connection


def said_alike(column: str, data_type: str, *, in_pandas: bool) -> str:
    """A column as it is compared: amounts in ten-thousandths, shares to twelve digits."""
    if data_type.startswith("DECIMAL"):
        return f"cast({column} as hugeint)" if in_pandas else f"cast({column} * 10000 as hugeint)"
    if data_type == "DOUBLE":
        return f"round({column}, 12)"
    return f"cast({column} as {data_type})"


@pytest.mark.parametrize("table", TABLES)
def test_every_row_is_the_same(both: duckdb.DuckDBPyConnection, table: str):
    in_sql = f"warehouse.{TABLES[table]}.{table}"
    columns = [(name, kind) for name, kind, *_ in both.execute(f"describe {in_sql}").fetchall()]
    theirs = {name for name, *_ in both.execute(f"describe in_pandas.{table}").fetchall()}
    assert theirs == {name for name, _ in columns}
    sides = [
        f"select {', '.join(said_alike(*column, in_pandas=in_pandas) for column in columns)} from {relation}"
        for in_pandas, relation in ((False, in_sql), (True, f"in_pandas.{table}"))
    ]
    assert both.execute(f"select count(*) > 0 from {in_sql}").fetchall() == [(True,)]
    for one, other in (sides, sides[::-1]):
        assert not both.execute(f"({one}) except all ({other}) limit 3").fetchall()


def test_the_shop_has_what_is_hard(both: duckdb.DuckDBPyConnection):
    rows = {
        "shared devices": "from warehouse.intermediate.int_shared_devices",
        "links left out": "from warehouse.intermediate.int_links_left_out",
        "links by rule": "from warehouse.intermediate.int_identity_links where is_must_link",
        "ignored identifiers": "from warehouse.intermediate.int_identity_rules where kind = 'ignore'",
        "merged persons": "from warehouse.intermediate.int_person_merges",
        "foreign orders": "from warehouse.marts.orders where currency <> 'JPY' and net_revenue > 0",
        "implied refunds": "from warehouse.intermediate.int_refunds where is_implied",
        "credited messages": "from warehouse.marts.attribution where touch_kind = 'email' and credit > 0",
        "orders that nothing led to": "from warehouse.marts.attribution where source = '(unattributed)'",
        "recommendations taken back": """
            from warehouse.marts.lifecycle_stages
            where previous_stage = 'advocacy' and evidence like 'surveys:%'
        """,
    }
    counted = {
        what: both.execute(f"select count(*) {those}").fetchall()[0][0] for what, those in rows.items()
    }
    assert not [what for what, n in counted.items() if not n], counted
