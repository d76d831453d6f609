"""Histories written down by hand: what the definitions mean, on every boundary day.

Each scenario is one person. Days are counted from 2024-01-01; as_of is day 900. Histories are written as
`day stage evidence`, joined by `;`, with `-` for no evidence.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from lifecycle_facts import (
    Row,
    answer,
    cart,
    facts_of,
    lead,
    materialise,
    mention,
    message,
    order,
    referral,
    registration,
    review,
    session,
    ticket,
)  # fmt: skip
from naive_lifecycle import Interval, lifecycle

from dagster_project.settings import Settings

FIRST_DAY = datetime(2024, 1, 1)
AS_OF = (FIRST_DAY + timedelta(days=900)).date()


def at(day: int, hour: float = 12) -> datetime:
    """A time on the given day."""
    return FIRST_DAY + timedelta(days=day, hours=hour)


def orders(*days: int) -> list[Row]:
    """Valid orders on the days, with keys o1, o2 …"""
    return [order(at(day), f"o{number}") for number, day in enumerate(days, start=1)]


def lapse(day: int) -> str:
    """How a history ends after a last order on the day."""
    return f"{day + 90} at_risk -; {day + 180} churned -"


def advocate(evidence: str) -> str:
    """The history of one order on day 0 and a recommendation on day 5."""
    return f"0 purchase orders:o1; 5 advocacy {evidence}; {lapse(0)}"


#: The history of one order on day 0.
ONE_ORDER = f"0 purchase orders:o1; {lapse(0)}"


SCENARIOS: dict[str, tuple[list[Row], str]] = {
    # --- without an order
    "a session without events is awareness for 90 days": (
        [session(at(0), "s")], "0 awareness sessions:s; 90 dormant -"),
    "null and zero counters are no interest": (
        [session(at(0), "s", product_views=0, searches=None, checkouts=0)],
        "0 awareness sessions:s; 90 dormant -"),
    "one product view is interest": (
        [session(at(0), "s", product_views=1)], "0 interest sessions:s; 90 dormant -"),
    "one search is interest": ([session(at(0), "s", searches=1)], "0 interest sessions:s; 90 dormant -"),
    "one video view is interest": (
        [session(at(0), "s", video_views=1)],
        "0 interest sessions:s; 90 dormant -"),
    "adding to the cart is decision": (
        [session(at(0), "s", add_to_carts=1, product_views=4)], "0 decision sessions:s; 90 dormant -"),
    "a checkout is decision": ([session(at(0), "s", checkouts=2)], "0 decision sessions:s; 90 dormant -"),
    "a cart is decision on two days": (
        [cart(at(0), "c", at(50))], "0 decision carts:c; 140 dormant -"),
    "a cart's change after 90 days wakes up": (
        [cart(at(0), "c", at(91))], "0 decision carts:c; 90 dormant -; 91 decision carts:c; 181 dormant -"),
    "a cart that never changed is one event": ([cart(at(0), "c")], "0 decision carts:c; 90 dormant -"),
    "a newsletter lead is interest": ([lead(at(0), "l")], "0 interest leads:l; 90 dormant -"),
    "a lead of no kind is interest": ([lead(at(0), "l", None)], "0 interest leads:l; 90 dormant -"),
    "a trial is decision": ([lead(at(0), "l", "trial")], "0 decision leads:l; 90 dormant -"),
    "a registration is awareness": ([registration(at(0), "7")], "0 awareness customers:7; 90 dormant -"),
    "a ticket is awareness": ([ticket(at(0), "t")], "0 awareness support_tickets:t; 90 dormant -"),
    "an opened mail is awareness": (
        [message(at(0), "e", "opened")], "0 awareness email_events:e; 90 dormant -"),
    "a clicked mail is interest": (
        [message(at(0), "e", "clicked")],
        "0 interest email_events:e; 90 dormant -"),
    "mails sent, delivered, bounced or unsubscribed are no activity": (
        [message(at(0), event, event) for event in "sent delivered bounced unsubscribed complained".split()],
        ""),
    "a test order is nothing": ([order(at(0), "o", test=True)], ""),
    "a test order leaves an activity as it is": (
        [session(at(0), "s"), order(at(1), "o", test=True)], "0 awareness sessions:s; 90 dormant -"),
    "a cancelled order, and one refunded in full, is decision": (
        [order(at(0), "o", valid=False)], "0 decision orders:o; 90 dormant -"),
    "an answer of any survey is activity, also without a score": (
        [answer(at(0), "a", None), answer(at(89), "b", None, "exit_reason")],
        "0 awareness surveys:a; 179 dormant -"),
    "a recommendation without an order is activity": (
        [review(at(0), "r", 5), referral(at(1), "f"), mention(at(2), "m", "positive")],
        "0 awareness reviews:r; 92 dormant -"),
    "activity on the last day keeps awake": (
        [session(at(0), "s"), session(at(89), "t")], "0 awareness sessions:s; 179 dormant -"),
    "activity on the day it would end keeps awake": (
        [session(at(0), "s"), session(at(90), "t")], "0 awareness sessions:s; 180 dormant -"),
    "activity a day later wakes up": (
        [session(at(0), "s"), session(at(91), "t")],
        "0 awareness sessions:s; 90 dormant -; 91 awareness sessions:t; 181 dormant -"),
    "decision falls back to interest, and interest to awareness": (
        [cart(at(0), "c"), lead(at(10), "l"), ticket(at(20), "t")],
        "0 decision carts:c; 90 interest -; 100 awareness -; 110 dormant -"),
    "interest does not undo decision": (
        [cart(at(0), "c"), lead(at(1), "l")], "0 decision carts:c; 90 interest -; 91 dormant -"),
    "interest rises to decision": (
        [lead(at(0), "l"), cart(at(1), "c")], "0 interest leads:l; 1 decision carts:c; 91 dormant -"),
    "evidence is of the strongest kind, then the earliest": (
        [session(at(0, 1), "s"), lead(at(0, 2), "l"), cart(at(0, 4), "d"), cart(at(0, 3), "c")],
        "0 decision carts:c; 90 dormant -"),
    "evidence of equal times goes by feed, then key": (
        [session(at(0), "s"), ticket(at(0), "t"), registration(at(0), "9"), registration(at(0), "10")],
        "0 awareness customers:10; 90 dormant -"),
    "when decision ends, evidence is what happened that day": (
        [cart(at(0), "c"), lead(at(50), "l"), session(at(90), "s")],
        "0 decision carts:c; 90 interest sessions:s; 140 awareness -; 180 dormant -"),
    # --- with an order
    "one order": (orders(0), ONE_ORDER),
    "an order after visits": (
        [session(at(0), "s"), *orders(5)], f"0 awareness sessions:s; 5 purchase orders:o1; {lapse(5)}"),
    "an order on the day of the first visit": ([session(at(0, 1), "s"), *orders(0)], ONE_ORDER),
    "an order wakes from dormant": (
        [session(at(0), "s"), *orders(100)],
        f"0 awareness sessions:s; 90 dormant -; 100 purchase orders:o1; {lapse(100)}"),
    "visits of a customer say nothing": (
        [*orders(0), cart(at(89), "c"), session(at(100), "s", checkouts=1)], ONE_ORDER),
    "a cancelled order keeps nobody from lapsing": (
        [*orders(0), order(at(80), "x", valid=False)], ONE_ORDER),
    "two orders on one day are two": (orders(0, 0), f"0 retention orders:o1; {lapse(0)}"),
    "four orders on one day are loyalty": (orders(0, 0, 0, 0), f"0 loyalty orders:o1; {lapse(0)}"),
    "a second order on the last day": (
        orders(0, 89), f"0 purchase orders:o1; 89 retention orders:o2; {lapse(89)}"),
    "a second order on the day of risk": (
        orders(0, 90), f"0 purchase orders:o1; 90 retention orders:o2; {lapse(90)}"),
    "a second order a day later": (
        orders(0, 91), f"0 purchase orders:o1; 90 at_risk -; 91 retention orders:o2; {lapse(91)}"),
    "an order on the last day at risk": (
        orders(0, 179), f"0 purchase orders:o1; 90 at_risk -; 179 retention orders:o2; {lapse(179)}"),
    "an order on the day of churn": (
        orders(0, 180), f"0 purchase orders:o1; 90 at_risk -; 180 retention orders:o2; {lapse(180)}"),
    "an order after churn": (
        orders(0, 181),
        f"0 purchase orders:o1; 90 at_risk -; 180 churned -; 181 retention orders:o2; {lapse(181)}"),
    "the fourth order within 365 days": (
        orders(0, 80, 160, 240),
        f"0 purchase orders:o1; 80 retention orders:o2; 240 loyalty orders:o4; {lapse(240)}"),
    "loyalty lasts while four orders are young enough": (
        orders(0, 80, 160, 240, 325, 410, 480),
        "0 purchase orders:o1; 80 retention orders:o2; 240 loyalty orders:o4; 570 at_risk -; 660 churned -"),
    "loyalty ends on day 365 of the first of four orders": (
        orders(0, 1, 2, 300),
        f"0 purchase orders:o1; 1 retention orders:o2; {lapse(2)}; "
        f"300 loyalty orders:o4; 365 retention -; {lapse(300)}"),
    "the fourth order on day 364 is loyalty for a day": (
        orders(0, 100, 280, 364),
        "0 purchase orders:o1; 90 at_risk -; 100 retention orders:o2; 190 at_risk -; "
        "280 retention orders:o3; 364 loyalty orders:o4; 365 retention -; 454 at_risk -; 544 churned -"),
    "the fourth order on day 365 is no loyalty": (
        orders(0, 100, 280, 365),
        "0 purchase orders:o1; 90 at_risk -; 100 retention orders:o2; 190 at_risk -; "
        f"280 retention orders:o3; {lapse(365)}"),
    "lapse goes before merit": (
        [*orders(0, 0, 0, 0), review(at(95), "r", 5)], f"0 loyalty orders:o1; {lapse(0)}"),
    # --- advocacy
    "a good review makes an advocate": (
        [*orders(0), review(at(5), "r", 4)], advocate("reviews:r")),
    "a review of 3 does not": ([*orders(0), review(at(5), "r", 3)], ONE_ORDER),
    "a referral makes the referrer an advocate": (
        [*orders(0), referral(at(5), "f")], advocate("referrals:f")),
    "a positive mention makes an advocate": (
        [*orders(0), mention(at(5), "m", "positive")], advocate("social_mentions:m")),
    "other mentions do not": (
        [*orders(0), *(mention(at(5), f"m{tone}", tone) for tone in ("neutral", "negative", None))],
        ONE_ORDER),
    "an NPS of 9 makes an advocate": (
        [*orders(0), answer(at(5), "a", 9)], advocate("surveys:a")),
    "an NPS of 8.5 does not": ([*orders(0), answer(at(5), "a", 8.5)], ONE_ORDER),
    "a null score does not": ([*orders(0), answer(at(5), "a", None)], ONE_ORDER),
    "a csat of 9 does not": ([*orders(0), answer(at(5), "a", 9, "csat")], ONE_ORDER),
    "advocacy before the first order counts, its evidence is the order": (
        [review(at(0), "r", 5), *orders(5)], f"0 awareness reviews:r; 5 advocacy orders:o1; {lapse(5)}"),
    "advocacy ends after 365 days": (
        [*orders(0, 80, 160, 240, 320, 400), review(at(0), "r", 5)],
        f"0 advocacy orders:o1; 365 loyalty -; {lapse(400)}"),
    "advocacy counts on its day 364": (
        [review(at(0), "r", 5), *orders(364)],
        f"0 awareness reviews:r; 90 dormant -; 364 advocacy orders:o1; 365 purchase -; {lapse(364)}"),
    "advocacy counts no more on its day 365": (
        [review(at(0), "r", 5), *orders(365)],
        f"0 awareness reviews:r; 90 dormant -; 365 purchase orders:o1; {lapse(365)}"),
    "advocacy goes before loyalty": (
        [*orders(0, 0, 0, 0), review(at(1), "r", 5)],
        f"0 loyalty orders:o1; 1 advocacy reviews:r; {lapse(0)}"),
    "a later detractor's answer ends it": (
        [*orders(0), answer(at(5), "a", 10), answer(at(9), "b", 6)],
        f"0 purchase orders:o1; 5 advocacy surveys:a; 9 purchase surveys:b; {lapse(0)}"),
    "an answer of 6.5, 7 or 8 ends nothing": (
        [*orders(0), answer(at(5), "a", 10), *(answer(at(6), f"b{score}", score) for score in (6.5, 7, 8))],
        advocate("surveys:a")),
    "an earlier detractor's answer ends nothing": (
        [*orders(0), answer(at(4), "a", 0), answer(at(5), "b", 9)],
        advocate("surveys:b")),
    "a promoter after a detractor counts again": (
        [*orders(0), answer(at(5), "a", 9), answer(at(6), "b", 2), answer(at(7), "c", 9)],
        "0 purchase orders:o1; 5 advocacy surveys:a; 6 purchase surveys:b; "
        f"7 advocacy surveys:c; {lapse(0)}"),
    "9 then 6 on one day is no advocacy": (
        [*orders(0), answer(at(5, 9), "b", 9), answer(at(5, 10), "a", 6)], ONE_ORDER),
    "6 then 9 on one day is": (
        [*orders(0), answer(at(5, 9), "b", 6), answer(at(5, 10), "a", 9)],
        advocate("surveys:a")),
    "at one time the smaller response_id is the earlier: 9 then 6": (
        [*orders(0), answer(at(5), "a", 9), answer(at(5), "b", 6)], ONE_ORDER),
    "at one time the smaller response_id is the earlier: 6 then 9": (
        [*orders(0), answer(at(5), "b", 9), answer(at(5), "a", 6)],
        advocate("surveys:b")),
    "a csat of 1 takes nothing back": (
        [*orders(0), answer(at(5), "a", 9), answer(at(6), "b", 1, "csat")],
        advocate("surveys:a")),
    "a detractor's answer ends no review": (
        [*orders(0), review(at(5), "r", 5), answer(at(6), "a", 9), answer(at(7), "b", 0)],
        advocate("reviews:r")),
    "an answer taken back the same day is no evidence": (
        [*orders(0), answer(at(5, 8), "a", 9), answer(at(5, 9), "b", 6), review(at(5, 10), "r", 5)],
        advocate("reviews:r")),
    "an order on the day advocacy ends is the evidence": (
        [*orders(0, 9), answer(at(5), "a", 9), answer(at(9, 1), "b", 6)],
        f"0 purchase orders:o1; 5 advocacy surveys:a; 9 retention orders:o2; {lapse(9)}"),
    "a stage that begins at as_of": ([*orders(810)], "810 purchase orders:o1; 900 at_risk -"),
    "a stage that would begin after as_of": ([*orders(811)], "811 purchase orders:o1"),
}  # fmt: skip


def expected_history(text: str) -> list[tuple[int, str, str | None]]:
    """A history from its written form."""
    steps = (step.split() for step in text.split(";") if step.strip())
    return [(int(day), stage, None if evidence == "-" else evidence) for day, stage, evidence in steps]


def short(interval: Interval) -> tuple[int, str, str | None]:
    """What of an interval is written down in a scenario."""
    return (interval.valid_from - FIRST_DAY.date()).days, interval.stage, interval.evidence


@pytest.mark.parametrize("name", SCENARIOS)
def test_naive_reading_tells_the_history(name: str):
    rows, history = SCENARIOS[name]
    assert [short(interval) for interval in lifecycle(facts_of({name: rows}), AS_OF)] == expected_history(
        history
    )


@pytest.fixture(scope="module")
def built_histories(new_data_folder: Callable[[], Path]) -> dict[str, list[tuple[int, str, str | None]]]:
    """The histories of all scenarios at once, from the models."""
    settings = Settings(data=new_data_folder())
    facts = facts_of({name: rows for name, (rows, _) in SCENARIOS.items()})
    with materialise(settings, facts, AS_OF) as warehouse:
        rows = warehouse.execute(
            "select customer_id, date_diff('day', ?::date, valid_from), stage, evidence "
            "from marts.lifecycle_stages order by customer_id, valid_from",
            [date(2024, 1, 1)],
        ).fetchall()
    histories: dict[str, list[tuple[int, str, str | None]]] = {name: [] for name in SCENARIOS}
    for name, day, stage, evidence in rows:
        histories[name].append((day, stage, evidence))
    return histories


@pytest.mark.parametrize("name", SCENARIOS)
def test_models_tell_the_history(name: str, built_histories: dict[str, list[tuple[int, str, str | None]]]):
    assert built_histories[name] == expected_history(SCENARIOS[name][1])
