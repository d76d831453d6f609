"""How the work is cut into days.

A partition is a day of delivery in the shop's time zone.
https://docs.dagster.io/guides/build/partitions-and-backfills
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import dagster as dg

from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.landing import landing_days
from dagster_project.settings import Settings


def first_day(settings: Settings, feeds: Mapping[str, Feed]) -> date:
    """The earliest day of delivery there is, or the first of January of last year when there is none.

    Not after yesterday, which a shop may run that has delivered for the first time today.
    """
    today = settings.now().date()
    days = landing_days(settings, feeds).days.values()
    earliest = min((of_feed[0] for of_feed in days), default=date(today.year - 1, 1, 1))
    return min(earliest, today - timedelta(days=1))


def delivery_days(settings: Settings, feeds: Mapping[str, Feed]) -> dg.DailyPartitionsDefinition:
    """The days of delivery, from the first one to today.

    Today counts (`end_offset`), though it is not over: files that land during the day are processed at once.
    """
    return dg.DailyPartitionsDefinition(
        start_date=first_day(settings, feeds).isoformat(), timezone=str(settings.zone), end_offset=1
    )
