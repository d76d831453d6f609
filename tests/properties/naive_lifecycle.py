"""Stages of persons, day by day, as the definitions say them, with no thought for speed.

What the SQL models are held against. It follows the text of the definitions sentence by sentence, asks every
question anew on every day, and knows nothing of intervals, windows or change points. Facts are the marts that
the models read, as `{table: [row, …]}` with rows as dictionaries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

Facts = Mapping[str, list[dict[str, Any]]]
DAY = timedelta(days=1)
STAGES = (
    "awareness",
    "interest",
    "decision",
    "purchase",
    "retention",
    "loyalty",
    "advocacy",
    "at_risk",
    "churned",
    "dormant",
)


@dataclass(frozen=True)
class Thresholds:
    """The settings of a shop that decide stages, in days unless said otherwise."""

    prospect_days: int = 90
    at_risk_days: int = 90
    churn_days: int = 180
    advocacy_days: int = 365
    loyalty_orders: int = 4
    loyalty_days: int = 365


@dataclass(frozen=True, order=True)
class Event:
    """One event of a person; its order is that of evidence: time, feed, key."""

    time: datetime
    feed: str
    key: str
    valid_order: bool = False
    interest: bool = False
    decision: bool = False
    advocacy: bool = False
    nps: float | None = None

    @property
    def day(self) -> date:
        """The business day."""
        return self.time.date()

    @property
    def name(self) -> str:
        """The event as evidence."""
        return f"{self.feed}:{self.key}"


@dataclass(frozen=True)
class Interval:
    """A maximal run of days in one stage; `valid_to` is exclusive, None while open."""

    customer_id: str
    stage: str
    rule_id: str
    previous_stage: str | None
    evidence: str | None
    valid_from: date
    valid_to: date | None
    days_in_stage: int


def at_least_one(*counters: int | None) -> bool:
    """Whether one of the counters is 1 or more; null counts as 0."""
    return any((counter or 0) >= 1 for counter in counters)


def events_of_row(table: str, row: dict[str, Any]) -> Iterator[Event]:
    """The events that a row of a mart is."""
    match table:
        case "orders":
            if not row["is_test"]:
                valid = row["is_valid"]
                yield Event(
                    row["ordered_at"], "orders", row["order_id"], valid_order=valid, decision=not valid
                )
        case "sessions":
            yield Event(
                row["started_at"],
                "sessions",
                row["session_id"],
                interest=at_least_one(row["product_views"], row["searches"], row["video_views"]),
                decision=at_least_one(row["add_to_carts"], row["checkouts"]),
            )
        case "carts":
            for time in (row["created_at"], row["updated_at"]):
                if time is not None:
                    yield Event(time, "carts", row["cart_id"], decision=True)
        case "leads":
            trial = row["kind"] == "trial"
            yield Event(row["created_at"], "leads", row["lead_id"], interest=True, decision=trial)
        case "int_registrations":
            yield Event(row["created_at"], "customers", row["shop_customer_id"])
        case "support_tickets":
            yield Event(row["opened_at"], "support_tickets", row["ticket_id"])
        case "email_events":
            if row["event"] in ("opened", "clicked"):
                clicked = row["event"] == "clicked"
                yield Event(row["occurred_at"], "email_events", row["event_id"], interest=clicked)
        case "survey_responses":
            nps = row["score"] if row["survey"] == "nps" else None
            promoter = nps is not None and nps >= 9
            yield Event(row["responded_at"], "surveys", row["response_id"], advocacy=promoter, nps=nps)
        case "reviews":
            liked = row["rating"] >= 4
            yield Event(row["created_at"], "reviews", row["review_id"], advocacy=liked)
        case "referrals":
            yield Event(row["created_at"], "referrals", row["referral_id"], advocacy=True)
        case "social_mentions":
            liked = row["sentiment"] == "positive"
            yield Event(row["occurred_at"], "social_mentions", row["mention_id"], advocacy=liked)


def events_by_person(facts: Facts) -> dict[str, list[Event]]:
    """All events of each person who is known, in no particular order."""
    events: dict[str, list[Event]] = defaultdict(list)
    for table, rows in facts.items():
        for row in rows:
            if row["customer_id"] is not None:
                events[row["customer_id"]].extend(events_of_row(table, row))
    return {person: found for person, found in events.items() if found}


def in_last(days: int, events: Iterable[Event], day: date) -> list[Event]:
    """The events with date > day − days, and not after the day."""
    return [event for event in events if day - days * DAY < event.day <= day]


def is_taken_back(event: Event, events: Iterable[Event], day: date) -> bool:
    """Whether an NPS answer is followed by one of 6 or less, by (responded_at, response_id), dated ≤ day."""
    return event.nps is not None and any(
        later.nps is not None
        and later.nps <= 6
        and later.day <= day
        and (later.time, later.key) > (event.time, event.key)
        for later in events
    )


def recommendations(events: list[Event], day: date, thresholds: Thresholds) -> list[Event]:
    """The advocacy events that count on the day."""
    recent = in_last(thresholds.advocacy_days, (event for event in events if event.advocacy), day)
    return [event for event in recent if not is_taken_back(event, events, day)]


def prospect_rule(events: list[Event], day: date, thresholds: Thresholds) -> tuple[str, str]:
    """Stage and rule of a person without a valid order dated ≤ day."""
    recent = in_last(thresholds.prospect_days, events, day)
    if not recent:
        return "dormant", "prospect_inactive"
    if any(event.decision for event in recent):
        return "decision", "cart_or_checkout"
    if any(event.interest for event in recent):
        return "interest", "product_interest"
    return "awareness", "first_contact"


def customer_rule(events: list[Event], day: date, thresholds: Thresholds) -> tuple[str, str]:
    """Stage and rule of a person with a valid order dated ≤ day."""
    orders = [event for event in events if event.valid_order and event.day <= day]
    gap = (day - max(order.day for order in orders)).days
    if gap >= thresholds.churn_days:
        return "churned", "no_order_churn_days"
    if gap >= thresholds.at_risk_days:
        return "at_risk", "no_order_at_risk_days"
    if recommendations(events, day, thresholds):
        return "advocacy", "promoter"
    if len(in_last(thresholds.loyalty_days, orders, day)) >= thresholds.loyalty_orders:
        return "loyalty", "frequent_buyer"
    if len(orders) >= 2:
        return "retention", "repeat_buyer"
    return "purchase", "first_order"


def has_ordered(events: list[Event], day: date) -> bool:
    """Whether the person has a valid order dated ≤ day."""
    return any(event.valid_order and event.day <= day for event in events)


def rule_on(events: list[Event], day: date, thresholds: Thresholds) -> tuple[str, str]:
    """Stage and rule of a person at the end of a day."""
    half = customer_rule if has_ordered(events, day) else prospect_rule
    return half(events, day, thresholds)


def evidence_on(
    events: list[Event], day: date, stage: str, previous: str | None, thresholds: Thresholds
) -> str | None:
    """The event of the day that began an interval of the stage, or None."""
    if stage in ("dormant", "at_risk", "churned"):
        return None
    today = [event for event in events if event.day == day]
    if has_ordered(events, day):
        choices = [[event for event in today if event.valid_order]]
        if stage == "advocacy":
            choices.append([e for e in recommendations(events, day, thresholds) if e.day == day])
        elif previous == "advocacy":
            choices.append([event for event in today if event.nps is not None and event.nps <= 6])
    else:
        choices = [
            [event for event in today if event.decision],
            [event for event in today if event.interest],
            today,
        ]
    return next((min(choice, key=evidence_order).name for choice in choices if choice), None)


def evidence_order(event: Event) -> tuple[datetime, str, str]:
    """What evidence is chosen by: the smallest time, feed, key."""
    return event.time, event.feed, event.key


def intervals_of(person: str, events: list[Event], as_of: date, thresholds: Thresholds) -> list[Interval]:
    """A person's history from its first event to as_of, by asking for the stage of each single day."""
    first = min(event.day for event in events)
    days = [first + number * DAY for number in range((as_of - first).days + 1)]
    turns: list[tuple[date, str, str]] = []
    for day in days:
        stage, rule = rule_on(events, day, thresholds)
        if not turns or turns[-1][1] != stage:
            turns.append((day, stage, rule))
    intervals = []
    for number, (day, stage, rule) in enumerate(turns):
        previous = turns[number - 1][1] if number else None
        valid_to = turns[number + 1][0] if number + 1 < len(turns) else None
        length = ((valid_to or as_of + DAY) - day).days
        evidence = evidence_on(events, day, stage, previous, thresholds)
        intervals.append(Interval(person, stage, rule, previous, evidence, day, valid_to, length))
    return intervals


def lifecycle(facts: Facts, as_of: date, thresholds: Thresholds | None = None) -> list[Interval]:
    """The histories of all persons, by person and time."""
    events = events_by_person(facts)
    return [
        interval
        for person in sorted(events)
        for interval in intervals_of(person, events[person], as_of, thresholds or Thresholds())
    ]


def daily(intervals: list[Interval], as_of: date) -> list[tuple[date, str, int, int, int]]:
    """Date, stage, persons at the end of the date, entered and left, for every date and stage."""
    first = min(interval.valid_from for interval in intervals)
    rows = []
    for number in range((as_of - first).days + 1):
        day = first + number * DAY
        for stage in STAGES:
            there = [interval for interval in intervals if interval.stage == stage]
            size = sum(i.valid_from <= day and (i.valid_to is None or i.valid_to > day) for i in there)
            entered = sum(interval.valid_from == day for interval in there)
            left = sum(interval.valid_to == day for interval in there)
            rows.append((day, stage, size, entered, left))
    return rows
