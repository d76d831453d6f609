"""How far the data goes, in a few lines."""

from __future__ import annotations

from collections.abc import Iterator

from dagster_project.ingest.contracts import read_contracts
from dagster_project.ingest.landing import lost_deliveries
from dagster_project.intake.waiting import all_waiting
from dagster_project.publish.swap import reading_published
from dagster_project.settings import Settings
from dagster_project.state import read_as_of


def status_lines(settings: Settings) -> Iterator[tuple[str, str]]:
    """Label and value of each line."""
    yield "data folder", str(settings.data)
    yield "as of", str(read_as_of(settings) or "never run")
    if settings.published.exists():
        yield from published_lines(settings)
    else:
        yield "published", "nothing yet; `lifecycle run` publishes"
    waiting = all_waiting(settings, read_contracts(), settings.now().date())
    lost = lost_deliveries(settings, read_contracts().values())
    if lost:
        yield "lost in lake", f"{len(lost)} deliveries, such as {lost[0].path}: {lost[0].reason}"
    yield (
        "waiting in landing",
        f"{len(waiting)} deliveries; `lifecycle run --day max`" if waiting else "nothing",
    )


def published_lines(settings: Settings) -> Iterator[tuple[str, str]]:
    """What the published database says of itself."""
    with reading_published(settings) as connection:
        about = connection.execute("select as_of, built_at from about").fetchall()[0]
        last, orders, people = connection.execute(
            "select max(order_date), count(*), (select count(*) from customers) from orders"
        ).fetchall()[0]
    yield "published", f"as of {about[0]}, built {about[1]}, {settings.published}"
    yield "last order", f"{last or 'none'}"
    yield "orders, customers", f"{orders:,}, {people:,}"
