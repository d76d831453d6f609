"""Export of a million members to one destination: seconds, and memory that does not grow with the list.

The second day is compared with the first: a tenth have left and a tenth have joined.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.activate.destination import read_destinations
from dagster_project.activate.export import export_list, opened
from dagster_project.activate.segment import read_segments

SEGMENT = "at_risk"
DESTINATION = "hubspot"
MEMBERS = 100_000
DAY = date(2026, 11, 22)
#: What DuckDB may use; the process has Python and its libraries beside.
MEMORY_LIMIT = "512MB"

#: Two days of exports in a process of its own; prints seconds of both and the most memory in bytes.
PROGRAM = "import sys; from benchmarks.export import print_export; print_export(sys.argv[1])"

WAREHOUSE = """
    create schema marts;
    create schema intermediate;
    create schema reference;
    create table people as
    select md5(number::varchar) as customer_id, number from range({members}) as numbers (number);
    create table marts.segment_members as
    select
        'at_risk' as segment, customer_id, false as is_control,
        case when number % 10 = 1 then date '2026-11-22' else date '2026-11-01' end as valid_from,
        case when number % 10 = 2 then date '2026-11-22' end as valid_to
    from people;
    create table intermediate.int_contacts as
    select
        customer_id, 'C' || number as shop_customer_id, 'person' || number || '@example.jp' as email,
        '+8190' || lpad((number % 100000000)::varchar, 8, '0') as phone,
        'U' || md5(customer_id) as line_user_id,
        '山田 太郎' as name, 1980 as birth_year, '東京都' as prefecture, false as is_erased
    from people;
    create table intermediate.int_consent_status as
    select customer_id, unnest(['email', 'sms', 'line', 'ads']) as channel, true as is_granted from people;
    create table marts.customers as
    select customer_id, 'at_risk' as stage, 'gold' as tier from people;
    create table reference.stages as select 'at_risk' as stage, '離反懸念' as label_ja;
    create table reference.tiers as select 'gold' as tier, 'ゴールド' as label_ja;
"""


def measure() -> list[dict[str, Any]]:
    """All figures of this benchmark: name, value, goal, unit."""
    small, large = exported(MEMBERS), exported(10 * MEMBERS)
    return [
        figure("export 1M, first day", large["first"], "≤ 30", "s"),
        figure("export 1M, next day with differences", large["next"], "≤ 30", "s"),
        figure("export 1M / 100k", large["next"] / small["next"], "≤ 12", "ratio"),
        figure("export 1M memory", large["bytes"] / 2**30, "≤ 1", "GiB"),
        figure("export 1M memory / 100k", large["bytes"] / small["bytes"], "≤ 3", "ratio"),
    ]


def figure(name: str, value: float, goal: str | None, unit: str) -> dict[str, Any]:
    """One line of the benchmark."""
    return {"name": name, "value": value, "goal": goal, "unit": unit}


def exported(members: int) -> dict[str, float]:
    """Seconds and memory of exporting so many members on two days."""
    with tempfile.TemporaryDirectory() as folder:
        with duckdb.connect(Path(folder) / "warehouse.duckdb") as connection:
            connection.execute(WAREHOUSE.format(members=members))
        command = [sys.executable, "-c", PROGRAM, folder]
        printed = subprocess.run(command, check=True, capture_output=True, text=True, env=dict(os.environ))
        return json.loads(printed.stdout)


def print_export(folder: str) -> None:
    """Exports two days; prints the seconds of each and the most memory of the process in bytes."""
    segment, destination = read_segments()[SEGMENT], read_destinations()[DESTINATION]
    exports = Path(folder) / "exports"
    seconds = []
    with opened(Path(folder) / "warehouse.duckdb", exports, MEMORY_LIMIT) as connection:
        for day in (DAY - timedelta(days=1), DAY):
            started = time.perf_counter()
            report = export_list(connection, exports, segment, destination, day)
            seconds.append(time.perf_counter() - started)
    assert report.rows["added"] and report.rows["removed"], "the days differ"
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"first": seconds[0], "next": seconds[1], "bytes": most}))
