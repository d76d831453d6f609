"""All that a run would read: deliveries of feeds, exports filed, exports in the inbox."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.waiting import Waiting, waiting_deliveries
from dagster_project.intake.filing import waiting_in_inbox
from dagster_project.intake.formats import read_formats
from dagster_project.intake.pending import waiting_exports
from dagster_project.settings import Settings


def all_waiting(settings: Settings, feeds: Mapping[str, Feed], today: date) -> list[Waiting]:
    """Deliveries and exports up to today that a run would read."""
    return [
        *waiting_deliveries(settings, feeds, today),
        *waiting_exports(settings, read_formats(settings), today),
        *waiting_in_inbox(settings, today),
    ]
