"""The board: the published numbers at a glance, in the terminal.

Reads the published database only, as an analyst would.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import duckdb
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table

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
    kpi_id, name_ja, name_en, unit, better,
    max(period_start) filter (where age = 1) as month,
    max(value) filter (where age = 1) as value,
    max(value) filter (where age = 2) as value_before,
    max(target) filter (where age = 1) as target,
    max(attainment) filter (where age = 1) as attainment,
    bool_or(n < $min_n) filter (where age = 1) as is_small
from kpis
inner join last_months using (period_start)
inner join kpi_definitions using (kpi_id)
where period = 'month' and kpis.dimension = 'all' and list_contains($kpis, kpi_id)
group by all
order by list_position($kpis, kpi_id)
"""

STAGE_QUERY = """
select stage, max(label_ja) as label_ja, max(label_en) as label_en, max(customers) as customers,
    max(entered) as entered, max(departed) as departed
from (
    select stage, customers, entered, "left" as departed
    from lifecycle_daily
    where date = (select as_of from about)
)
left join (
    select stage, label_ja, label_en from lifecycle_stage_labels
) using (stage)
group by stage
order by customers desc, stage
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


def change(value: float | None, before: float | None, better: str) -> str:
    """The change against the month before, green when it is for the better."""
    if value is None or not before:
        return "–"
    ratio = value / before - 1
    good = (ratio >= 0) == (better == "up")
    return f"[{'green' if good else 'red'}]{'▲' if ratio >= 0 else '▼'} {abs(ratio):.1%}[/]"


def kpi_table(rows: list[dict[str, Any]], currency: str) -> Table:
    """KPIs of the last month beside those of the month before."""
    month: date | None = rows[0]["month"] if rows else None
    table = Table(title=f"KPI {month:%Y-%m}" if month else "KPI", title_justify="left")
    for heading in ("指標", "KPI"):
        table.add_column(heading)
    for heading in ("先月 last month", "前月 month before", "増減 change", "目標比 of target"):
        table.add_column(heading, justify="right")
    for row in rows:
        attained = "" if row["attainment"] is None else f"{row['attainment']:.0%}"
        table.add_row(
            row["name_ja"], row["name_en"],
            formatted(row["value"], row["unit"], currency),
            formatted(row["value_before"], row["unit"], currency),
            change(row["value"], row["value_before"], row["better"]), attained,
            style="dim" if row["is_small"] else None,
        )  # fmt: skip
    return table


def bar_table(title: str, headings: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> Table:
    """A table whose last column is drawn as a bar: texts first, then the number."""
    rows = list(rows)
    most = max((row[-1] for row in rows), default=0) or 1
    table = Table(title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading)
    table.add_column("人 people", justify="right")
    table.add_column("")
    for row in rows:
        table.add_row(*(str(cell) for cell in row[:-1]), f"{row[-1]:,}", "█" * round(24 * row[-1] / most))
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
        FileNotFoundError: When nothing has been published yet.
    """
    if not settings.published.exists():
        raise FileNotFoundError(
            f"{settings.published} is not there yet; `lifecycle run` or `make demo` makes it"
        )
    with duckdb.connect(str(settings.published), read_only=True) as connection:
        about = dictionaries(connection, "select * from about", {})[0]
        kpis = dictionaries(
            connection, KPI_QUERY, {"kpis": list(BOARD_KPIS), "min_n": settings.shop["min_n"]}
        )
        stages = connection.execute(STAGE_QUERY).fetchall()
        segments = connection.execute(
            "select segment, members from segment_sizes"
            " where date = (select as_of from about) order by segment"
        ).fetchall()
    return Group(
        f"\n[bold]As of {about['as_of']}[/]",
        kpi_table(kpis, settings.shop["currency"]),
        bar_table(
            "顧客ステージ Customers by stage",
            ("stage", "段階", "English"),
            [row[:4] for row in stages],
        ),
        bar_table("セグメント Segments", ("segment",), segments),
        next_steps(settings),
    )


def next_steps(settings: Settings) -> Panel:
    """What to do now, as commands to copy."""
    lines = [
        f"[bold]query[/]    duckdb -readonly {settings.published}",
        '         python -c "import duckdb; print(duckdb.connect('
        f"'{settings.published}', read_only=True).sql('from customers limit 5'))\"",
        "[bold]look[/]     make ui           Dagster: lineage, runs, backfills, schedule",
        f"[bold]segments[/] ls {settings.exports}/*/*/",
        "[bold]again[/]    lifecycle run --day max   after new files lie in "
        f"{settings.landing}/<feed>/<YYYY-MM-DD>/",
        "[bold]check[/]    lifecycle quarantine      rows that could not be taken, and why",
    ]
    return Panel("\n".join(lines), title="次に Next", title_align="left")


def print_board(settings: Settings, console: Console) -> None:
    """Prints the board."""
    console.print(board(settings))
