"""Three daily runs and a day delivered again, every mart against what it must be.

`UPDATE_GOLDEN=1 lifecycle test tests/golden` writes `expected/` anew: read the difference before committing.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from golden_shop import DAYS, land

from dagster_project.run import run_days
from dagster_project.settings import Settings

HERE = Path(__file__).parent


def shop(folder: Path) -> Settings:
    settings = Settings(data=folder, hash_key="key-of-the-tests")
    os.environ.update(settings.environment())
    return settings


@pytest.fixture(scope="module")
def daily(new_data_folder: Callable[[], Path]) -> Settings:
    """The shop after three daily runs and a re-run of the second day, delivered again with an order fewer."""
    settings = shop(new_data_folder())
    for day in DAYS:
        land(settings, day)
        assert run_days(settings, day, day).failures == []
    land(settings, DAYS[1], "again")
    assert run_days(settings, DAYS[1], DAYS[1]).failures == []
    return settings


@pytest.fixture(scope="module")
def at_once(new_data_folder: Callable[[], Path]) -> Settings:
    """The same deliveries, all read by one run."""
    settings = shop(new_data_folder())
    for source in ("landing", "again"):
        for day in DAYS:
            land(settings, day, source)
    assert run_days(settings, DAYS[-1], DAYS[-1]).failures == []
    return settings


def tables(settings: Settings) -> dict[str, list[str]]:
    """Every published table as sorted lines of CSV; what tells the moment of the build is left out."""
    with duckdb.connect(str(settings.published), read_only=True) as connection:
        names = [row[0] for row in connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'marts' order by 1"
        ).fetchall()]  # fmt: skip
        return {name: lines(connection, name) for name in names}


def lines(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    moments = "exclude (built_at, version)" if table == "about" else ""
    frame = connection.execute(f"select * {moments} from marts.{table}").fetchdf()
    header, *rows = frame.to_csv(index=False).splitlines()
    return [header, *sorted(rows)]


def test_every_mart_is_as_expected(daily: Settings):
    found = tables(daily)
    expected = HERE / "expected"
    if os.environ.get("UPDATE_GOLDEN"):
        shutil.rmtree(expected, ignore_errors=True)
        expected.mkdir()
        for name, rows in found.items():
            (expected / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    wanted = {
        file.stem: file.read_text(encoding="utf-8").splitlines() for file in sorted(expected.glob("*.csv"))
    }
    assert found.keys() == wanted.keys()
    for name in wanted:
        assert found[name] == wanted[name], name


def test_no_mart_but_the_calibration_is_expected_to_be_empty():
    """It needs months of purchases by hundreds of customers."""
    rows = {f.stem: f.read_text(encoding="utf-8").count("\n") - 1 for f in (HERE / "expected").glob("*.csv")}
    assert [name for name, count in rows.items() if not count] == ["clv_calibration"]


def test_a_rebuild_at_once_gives_the_same_marts(daily: Settings, at_once: Settings):
    one, other = tables(daily), tables(at_once)
    assert one.keys() == other.keys()
    # What was reported first is another thing for who has reported once.
    assert other["restatements"] == one["restatements"][:1]
    for name in one.keys() - {"restatements"}:
        assert one[name] == other[name], name


def test_the_same_input_gives_byte_equal_exports(daily: Settings, at_once: Settings):
    """The full lists of the last day, the emptied ones too; differences tell of the days before."""
    last = f"*/*/{DAYS[-1]}/*full*"
    one, other = (
        {f.relative_to(s.exports): f.read_bytes() for f in s.exports.glob(last)} for s in (daily, at_once)
    )
    assert one
    assert one == other


def test_running_a_day_again_gives_the_same_bytes(at_once: Settings):
    def exported() -> dict[Path, bytes]:
        return {f: f.read_bytes() for f in at_once.exports.rglob("*") if f.is_file()}

    before, published = exported(), tables(at_once)
    assert run_days(at_once, DAYS[-1], DAYS[-1]).failures == []
    assert exported() == before
    assert tables(at_once) == published


def value(settings: Settings, sql: str) -> list[tuple]:
    with duckdb.connect(str(settings.published), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize(
    ("kpi", "month", "expected"),
    [
        ("orders", "2026-01-01", 2), ("orders", "2026-02-01", 2),
        ("gross_sales", "2026-01-01", 4000), ("gross_sales", "2026-02-01", 6110),
        ("discounts", "2026-01-01", 200), ("refunds", "2026-01-01", 0), ("refunds", "2026-02-01", 500),
        ("net_revenue", "2026-01-01", 3800), ("net_revenue", "2026-02-01", 5610),
        ("aov", "2026-01-01", 1900), ("aov", "2026-02-01", 3055),
        ("new_customers", "2026-01-01", 1), ("new_customers", "2026-02-01", 1), ("cac", "2026-01-01", 8000),
        ("visits", "2026-01-01", 3), ("visits", "2026-02-01", 1),
        ("conversion_rate", "2026-01-01", 2 / 3), ("conversion_rate", "2026-02-01", 0),
        ("cart_abandonment_rate", "2026-01-01", 1 / 2),
        ("nps", "2026-01-01", 0), ("nps", "2026-02-01", -100),
    ],
)  # fmt: skip
def test_kpis_worked_out_by_hand(daily: Settings, kpi: str, month: str, expected: float):
    found = value(
        daily,
        f"select value from kpis where kpi_id = '{kpi}' and period = 'month' and dimension = 'all'"
        f" and period_start = date '{month}'",
    )
    assert found == [(pytest.approx(expected),)]


def test_target_and_attainment_worked_out_by_hand(daily: Settings):
    assert value(
        daily,
        "select target, round(attainment, 4) from kpis where kpi_id = 'net_revenue' and period = 'month'"
        " and dimension = 'all' and period_start = date '2026-01-01'",
    ) == [(5000, 0.76)]


def test_orders_worked_out_by_hand(daily: Settings):
    found = value(
        daily,
        "select order_id, is_valid, gross_sales, net_revenue, gross_profit from orders order by order_id",
    )
    rows = {row[0]: row[1:] for row in found}
    assert sorted(rows) == ["O1", "O2", "O3", "O4", "O5", "O7", "O9"]
    assert [order for order, row in rows.items() if row[0]] == ["O1", "O2", "O5", "O9"]
    assert rows["O1"][1:] == (3000, 2300, 700)
    assert rows["O2"][1:] == (1000, 1000, None)
    assert rows["O5"][1:] == (3110, 3110, 2110)
    assert rows["O9"][1:] == (3000, 3000, 1200)


def test_persons_worked_out_by_hand(daily: Settings):
    assert value(daily, "select count(*) from customers") == [(4,)]
    found = value(
        daily,
        "select shop_customer_ids[1], orders, net_revenue from customers"
        " where len(shop_customer_ids) > 0 order by 1",
    )
    assert found == [("C1", 3, 6410), ("C2", 1, 3000), ("C3", 0, 0)]


@pytest.mark.parametrize(
    ("shop_customer_id", "expected"),
    [
        ("C1", [
            ("purchase", "2026-01-05", "orders:O1"), ("retention", "2026-01-20", "orders:O2"),
            ("advocacy", "2026-01-25", "surveys:A1"), ("retention", "2026-02-03", "surveys:A5"),
        ]),
        ("C2", [("decision", "2026-01-10", "orders:O3"), ("purchase", "2026-02-03", "orders:O9")]),
        ("C3", [("awareness", "2026-01-14", "sessions:S3"), ("decision", "2026-01-15", "orders:O4")]),
    ],
)  # fmt: skip
def test_histories_worked_out_by_hand(daily: Settings, shop_customer_id: str, expected: list[tuple]):
    found = value(
        daily,
        "select lifecycle_stages.stage, valid_from::varchar, evidence"
        " from lifecycle_stages inner join customers using (customer_id)"
        f" where list_contains(shop_customer_ids, '{shop_customer_id}') order by valid_from",
    )
    assert found == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("product_id, related_product_id, orders, round(lift, 4) from product_affinity order by 1",
         [("P1", "P2", 2, 1.3333), ("P2", "P1", 2, 1.3333)]),
        ("product_id, because from recommendations", [("P2", "bought:P1")]),
        ("tier, points_12m, valid_from::varchar from loyalty_tiers order by 1",
         [("bronze", 50, "2026-01-25"), ("silver", 600, "2026-01-05")]),
        ("lead_id, furthest_step, days_to_first_order from lead_progress order by 1",
         [("L1", "cart", None), ("L2", "purchase", 24)]),
        ("ticket_id, resolved_at is null from support_tickets order by 1", [("T1", False), ("T2", True)]),
        ("shipment_id, delivered_at is null from shipments order by 1", [("H1", False), ("H2", True)]),
        ("review_id from reviews order by 1", [("V1",), ("V2",)]),
        ("reason, responses, net_revenue_of_respondents from churn_reasons", [("price", 1, 3000)]),
    ],
)  # fmt: skip
def test_other_feeds_worked_out_by_hand(daily: Settings, sql: str, expected: list[tuple]):
    assert value(daily, f"select {sql}") == expected


def test_what_was_not_taken_is_accounted_for(daily: Settings):
    assert value(
        daily,
        "select delivered, taken, quarantined from data_quality"
        " where feed = 'orders' and delivery = '2026-02-03'",
    ) == [(4, 2, 2)]
    assert value(daily, "select bool_and(delivered = taken + quarantined) from data_quality") == [(True,)]


def test_restatements_worked_out_by_hand(daily: Settings):
    """On 1 February nobody knew that O3 would be given back whole, nor what would be answered."""
    assert value(
        daily,
        "select kpi_id, as_first_reported, as_now, changed_because, first_reported_as_of::varchar"
        " from restatements where period = 'month' and kpi_id in ('orders', 'gross_sales', 'nps') order by 1",
    ) == [
        ("gross_sales", 5000, 4000, "refund", "2026-02-01"),
        ("nps", None, 0, "late answer", "2026-02-01"),
        ("orders", 3, 2, "refund", "2026-02-01"),
    ]
    assert value(
        daily,
        "select period, period_start::varchar, as_first_reported, as_now, changed_because from restatements"
        " where kpi_id = 'visitors'",
    ) == []  # fmt: skip
