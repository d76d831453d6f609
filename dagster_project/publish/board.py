"""The board: the published numbers at a glance, in the terminal.

Reads the published database only, as an analyst would.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from dagster_project.publish.swap import reading_published
from dagster_project.settings import Settings, currency_decimals

#: What a shop looks at first, in this order.
BOARD_KPIS = (
    "net_revenue", "orders", "aov", "new_customers", "visits", "conversion_rate", "repeat_purchase_rate",
    "retention_rate", "churn_rate", "nps", "refunds",
)  # fmt: skip

KPI_QUERY = """
with

months as (
    select distinct period_start, is_partial
    from kpis
    where period = 'month' and dimension = 'all'
),

last_months as (
    select period_start, row_number() over (order by is_partial, period_start desc) as age
    from months
    qualify age <= 2
)

select
    kpis.kpi_id,
    kpi_definitions.name_ja,
    kpi_definitions.name_en,
    kpi_definitions.unit,
    kpi_definitions.better,
    last_months.period_start as month,
    last_months.age,
    kpis.value,
    kpis.target,
    kpis.attainment,
    coalesce(kpis.n < $min_n, false) as is_small
from kpis
inner join last_months using (period_start)
inner join kpi_definitions using (kpi_id)
where kpis.period = 'month' and kpis.dimension = 'all' and list_contains($kpis, kpis.kpi_id)
order by list_position($kpis, kpis.kpi_id), last_months.age
"""

STAGE_QUERY = """
select stage, label_ja, label_en, customers
from lifecycle_daily
inner join stage_labels using (stage)
where date = (select as_of from about)
order by position
"""

SEGMENT_QUERY = """
select segment, members
from segment_sizes
where date = (select as_of from about)
order by segment
"""


def formatted(value: float | None, unit: str, currency: str) -> str:
    """A KPI value as people write it: money with its currency, rates in percent."""
    if value is None:
        return "–"
    match unit:
        case "share":
            return f"{value:.1%}"
        case "currency":
            return f"{value:,.{currency_decimals(currency)}f} {currency}"
        case _ if float(value).is_integer():
            return f"{value:,.0f}"
        case _:
            return f"{value:,.2f}"


def change(value: float | None, before: float | None, unit: str, better: str) -> str:
    """The change against the month before: points of rates and scores, percent of others; green is better."""
    if value is None or before is None or value == before:
        return "–"
    rises = value > before
    if unit in {"share", "points"}:
        size = f"{abs(value - before) * (100 if unit == 'share' else 1):.1f} pt"
    else:
        size = f"{abs(value / before - 1):.1%}" if before else "new"
    return f"[{'green' if rises == (better == 'up') else 'red'}]{'▲' if rises else '▼'} {size}[/]"


def kpi_table(rows: list[dict[str, Any]], currency: str) -> Table:
    """KPIs of the last month beside those of the month before.

    Args:
        rows: Rows of `KPI_QUERY`: for each KPI one of age 1 (last month), and one of age 2 if there is one.
        currency: The shop's.
    """
    before = {row["kpi_id"]: row["value"] for row in rows if row["age"] == 2}
    latest = [row for row in rows if row["age"] == 1]
    table = Table(title=f"KPI {latest[0]['month']:%Y-%m}" if latest else "KPI", title_justify="left")
    for heading in ("指標", "KPI"):
        table.add_column(heading)
    for heading in ("今月 month", "前月 before", "増減 change", "目標比 of target"):
        table.add_column(heading, justify="right")
    for row in latest:
        attained = "" if row["attainment"] is None else f"{row['attainment']:.0%}"
        value_before = before.get(row["kpi_id"])
        table.add_row(
            row["name_ja"],
            row["name_en"],
            formatted(row["value"], row["unit"], currency),
            formatted(value_before, row["unit"], currency),
            change(row["value"], value_before, row["unit"], row["better"]),
            attained,
            style="dim" if row["is_small"] else None,
        )
    return table


def bar_table(title: str, headings: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> Table:
    """A table whose last column is drawn as a bar: texts first, then the number."""
    rows = list(rows)
    most = max((row[-1] for row in rows), default=0) or 1
    table = Table(title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading)
    table.add_column("人 people", justify="right")
    table.add_column("", overflow="crop", no_wrap=True)
    for row in rows:
        table.add_row(*(str(cell) for cell in row[:-1]), f"{row[-1]:,}", "█" * round(20 * row[-1] / most))
    return table


def dictionaries(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, Any]
) -> list[dict[str, Any]]:
    """Rows of a query as dictionaries."""
    found = connection.execute(sql, parameters)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def board(settings: Settings) -> RenderableType:
    """The whole board, from the published database.

    Raises:
        OSError: When nothing has been published yet, or it is damaged.
    """
    with reading_published(settings) as connection:
        about = dictionaries(connection, "select * from about", {})[0]
        kpis = dictionaries(
            connection, KPI_QUERY, {"kpis": list(BOARD_KPIS), "min_n": settings.shop["min_n"]}
        )
        stages = connection.execute(STAGE_QUERY).fetchall()
        segments = connection.execute(SEGMENT_QUERY).fetchall()
    return Group(
        f"\n[bold]As of {about['as_of']}[/]",
        kpi_table(kpis, settings.shop["currency"]),
        bar_table(
            "顧客ステージ Customers by stage",
            ("stage", "段階", "English"),
            stages,
        ),
        bar_table("セグメント Segments", ("segment",), segments),
        next_steps(settings),
    )


def next_steps(settings: Settings) -> Panel:
    """What to do now, as commands to copy."""
    lifecycle = Path(sys.executable).parent / "lifecycle"
    lines = (
        f'query     {lifecycle} sql "from customers limit 5"',
        f"          or open {settings.published} in any tool that reads DuckDB",
        "look      make ui            lineage, runs, backfills, schedule in Dagster",
        f"segments  ls {settings.exports}/*/*/",
        f"check     {lifecycle} quarantine     rows that could not be taken, and why",
        f"go on     put files into {settings.landing}/<feed>/<YYYY-MM-DD>/, then make run DAY=max",
    )
    return Panel(Text("\n".join(lines)), title="次に Next", title_align="left")


def print_board(settings: Settings, console: Console) -> None:
    """Prints the board."""
    console.print(board(settings))
