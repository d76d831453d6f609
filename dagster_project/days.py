"""Which day is run: what a person asked for, checked against the shop's clock and what was delivered."""

from __future__ import annotations

from datetime import date, timedelta

from dagster_project.ingest.contracts import read_contracts
from dagster_project.ingest.landing import landing_days
from dagster_project.intake.waiting import all_waiting
from dagster_project.partitions import first_day
from dagster_project.settings import Settings
from dagster_project.state import read_as_of


class DayError(ValueError):
    """A day that cannot be run; the message says why."""


def chosen_day(settings: Settings, day: str | None) -> date:
    """The day to run: a date, `max` for the latest delivery up to today, or None for yesterday in shop time.

    Raises:
        DayError: When there is no such day, it lies in the future or before the first delivery, or nothing
            was ever delivered.
    """
    today = settings.now().date()
    if day == "max":
        return latest_delivery(settings, today)
    if day is None or day in ("", "yesterday"):
        return delivered_by(settings, today - timedelta(days=1))
    return delivered_by(settings, checked_day(day, today))


def delivered_by(settings: Settings, day: date) -> date:
    """The day, unless the first delivery came after it and after yesterday.

    Raises:
        DayError: Otherwise, or when nothing was ever delivered.
    """
    if read_as_of(settings) is None:
        latest_delivery(settings, settings.now().date())
    first = first_day(settings, read_contracts())
    if day < first:
        raise DayError(f"{day} lies before the first delivery; `lifecycle run --day {first}` is the earliest")
    return day


def latest_delivery(settings: Settings, today: date) -> date:
    """The latest day of delivery in the landing zone; files without a day are today's.

    Raises:
        DayError: When nothing lies there.
    """
    feeds = read_contracts()
    days = [waiting.day for waiting in all_waiting(settings, feeds, today)]
    latest = max([*days, landing_days(settings, feeds, today).latest or date.min])
    if latest == date.min:
        raise DayError(
            f"nothing lies in {settings.landing}: put files into landing/<feed>/<YYYY-MM-DD>/,"
            " or exports as they are into landing/inbox/"
        )
    return latest


def checked_day(day: str, today: date) -> date:
    """A day written YYYY-MM-DD that is not in the future.

    Raises:
        DayError: Otherwise.
    """
    try:
        chosen = date.fromisoformat(day)
    except ValueError as error:
        raise DayError(f"'{day}' is no day; write YYYY-MM-DD, such as {today}") from error
    if chosen > today:
        raise DayError(f"{chosen} has not begun in the shop's time zone; today is {today}")
    return chosen


def chosen_range(settings: Settings, first: str, last: str) -> tuple[date, date]:
    """A range of days, both included.

    Raises:
        DayError: When one of them is no day, in the future or before the first delivery, or they are the
            wrong way round.
    """
    today = settings.now().date()
    days = checked_day(first, today), checked_day(last, today)
    if days[0] > days[1]:
        raise DayError(f"--from {days[0]} lies after --to {days[1]}")
    delivered_by(settings, days[0])
    return days
