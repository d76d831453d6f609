"""The stages that persons went through, as `dbt/models/intermediate/lifecycle` and `lifecycle_stages` say.

A person's day is one whole number here, so that what happened to all persons is sorted and summed at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from benchmarks.heart.facts import DAY, FINE, lower, places_of, totals
from benchmarks.heart.identity import Identity
from benchmarks.heart.lake import (
    MISSING,
    Frames,
    Whole,
    coded,
    combined,
    keys_of,
    microseconds,
    number_within,
    ordered,
    times_of,
)  # fmt: skip

FEEDS = (
    "carts", "customers", "email_events", "leads", "orders", "referrals", "reviews", "sessions",
    "social_mentions", "support_tickets", "surveys",
)  # fmt: skip
#: Rule and stage of the ladder, the first that fits.
LADDER = {
    "prospect_inactive": "dormant",
    "cart_or_checkout": "decision",
    "product_interest": "interest",
    "first_contact": "awareness",
    "no_order_churn_days": "churned",
    "no_order_at_risk_days": "at_risk",
    "promoter": "advocacy",
    "frequent_buyer": "loyalty",
    "repeat_buyer": "retention",
    "first_order": "purchase",
}
RULES, STAGES = tuple(LADDER), tuple(LADDER.values())
DORMANT, CHURNED, AT_RISK, ADVOCACY = (
    STAGES.index(name) for name in ("dormant", "churned", "at_risk", "advocacy")
)
PROSPECTS = tuple(STAGES.index(name) for name in ("awareness", "interest", "decision"))
#: What is counted day by day.
SIGNALS = (
    "activity", "interest", "decision", "orders", "before_at_risk", "before_churn", "for_loyalty",
    "recommendations",
)  # fmt: skip
FLAGS = ("is_order", "is_interest", "is_decision", "is_advocacy")
#: Days of a person: more than any date has since 1970.
DAYS = 10**6


def stages(
    frames: Frames, identity: Identity, orders: pd.DataFrame, shop: Mapping[str, Any], as_of: date
) -> pd.DataFrame:
    """The mart `lifecycle_stages`, from the feeds and the orders."""
    found, keys = events(frames, identity, orders)
    advised = recommendations(found, keys, shop["advocacy_days"])
    turns = history(changes(found, advised, shop), shop["loyalty_orders"])
    return lifecycle_stages(turns, evidence(turns, found, advised, keys), as_of, identity)


def events(frames: Frames, identity: Identity, orders: pd.DataFrame) -> tuple[pd.DataFrame, list[pd.Series]]:
    """One row per event that has a say in a person's stage, and the keys of each feed of `FEEDS`.

    Columns: `person`, `feed`, `row` (in the keys of its feed), `time` (microseconds), `day`, `is_order` (a
    valid one), `is_interest`, `is_decision`, `is_advocacy`, `score` (of NPS).
    """
    visits, answers, kind = frames["sessions"], frames["surveys"], lower(frames["email_events"]["event"])
    looked = visits[["product_views", "searches", "video_views"]].max(axis=1) >= 1
    tried = visits[["add_to_carts", "checkouts"]].max(axis=1) >= 1
    score = answers["score"].where(
        (lower(answers["survey"]) == "nps") & answers["score"].between(0, 10 * FINE)
    )
    counts_as: dict[str, dict[str, ArrayLike]] = {
        "carts": {"is_decision": True},
        "email_events": {"is_interest": kind == "clicked", "is_event": kind.isin(("opened", "clicked"))},
        "leads": {"is_interest": True, "is_decision": lower(frames["leads"]["kind"]) == "trial"},
        "orders": {
            "is_order": orders["is_valid"], "is_decision": ~orders["is_valid"], "is_event": ~orders["is_test"]
        },
        "referrals": {"is_advocacy": True},
        "reviews": {"is_advocacy": frames["reviews"]["rating"] >= 4 * FINE},
        "sessions": {"is_interest": looked, "is_decision": tried},
        "social_mentions": {"is_advocacy": lower(frames["social_mentions"]["sentiment"]) == "positive"},
        "surveys": {"is_advocacy": score >= 9 * FINE, "score": score / FINE},
    }  # fmt: skip
    parts = [happened(feed, frames, identity, orders, counts_as.get(feed, {})) for feed in FEEDS]
    parts.append(parts[FEEDS.index("carts")].assign(time=microseconds(frames["carts"]["updated_at"])))
    found = pd.concat(parts, ignore_index=True)
    found = found[found["is_event"] & (found["person"] >= 0) & (found["time"] != MISSING)]
    return found.assign(day=found["time"] // DAY).reset_index(drop=True), [
        keys_of(frames[feed]) for feed in FEEDS
    ]


def happened(
    feed: str, frames: Frames, identity: Identity, orders: pd.DataFrame, counts_as: Mapping[str, ArrayLike]
) -> pd.DataFrame:
    """The rows of a feed as events; one without a person of its own is that of its order's."""
    person = identity.of(feed)
    if feed != "orders" and "order_id" in frames[feed]:
        buyer = np.append(orders["person"].to_numpy(), -1)
        buyer = buyer[places_of(orders["order_id"], frames[feed]["order_id"])]
        person = np.where(person < 0, buyer, person)
    columns = {
        "person": person,
        "feed": np.int8(FEEDS.index(feed)),
        "row": np.arange(len(person), dtype=np.int32),
        "time": times_of(frames[feed]),
        "score": np.nan,
        "is_event": True,
    }
    return pd.DataFrame(columns | dict.fromkeys(FLAGS, False) | dict(counts_as))


def recommendations(found: pd.DataFrame, keys: list[pd.Series], advocacy_days: int) -> pd.DataFrame:
    """The advocacy events that count on at least one day, with `ends`: the day on which they cease to.

    A detractor's answer takes back the person's earlier NPS answers, no other recommendation.
    """
    told = found[found["is_advocacy"] | (found["score"] <= 6)]
    group, time = combined([told["person"].to_numpy(), told["feed"].to_numpy()]), told["time"].to_numpy()
    order = ordered([group, time], texts_of(told, keys))
    told, group = told.iloc[order], group[order]
    taken_back = told["day"].where(told["score"] <= 6).groupby(group).shift(-1).groupby(group).bfill()
    ends = np.fmin(told["day"] + advocacy_days, taken_back).astype(np.int64)
    return told.assign(ends=ends)[told["is_advocacy"] & (ends > told["day"])]


def texts_of(found: pd.DataFrame, keys: list[pd.Series]) -> pd.Series:
    """The keys of events."""
    begins = np.cumsum([0, *(len(key) for key in keys)])[found["feed"]]
    return pd.concat(keys, ignore_index=True).iloc[begins + found["row"].to_numpy()].reset_index(drop=True)


def changes(found: pd.DataFrame, advised: pd.DataFrame, shop: Mapping[str, Any]) -> pd.DataFrame:
    """One row per person, signal and day on which something begins or ceases to count, with its `change`.

    `key` is person and day as one number.
    """
    key, persons = found["person"].to_numpy() * DAYS + found["day"].to_numpy(), found["person"].max() + 1
    is_order = found["is_order"].to_numpy()
    bought_on, weight = np.unique(key[is_order], return_counts=True)
    first_order = np.full(persons, np.iinfo(np.int64).max)
    np.minimum.at(first_order, bought_on // DAYS, bought_on)
    before = ~is_order & (key < first_order[found["person"]])
    days = shop["prospect_days"]
    parts: list[tuple[str, Whole, ArrayLike]] = []
    for signal, counts in (
        ("activity", before),
        *((name, before & found[f"is_{name}"]) for name in SIGNALS[1:3]),
    ):
        on = np.unique(key[counts])
        gap = np.diff(on)
        # A gap of a day more than they last, or another person: off and on again.
        comes, goes = on[np.append(True, gap > days)[: len(on)]], on[np.append(gap > days, True)[: len(on)]]
        parts += [(signal, comes, 1), (signal, goes + days, -1)]
    parts += [("orders", bought_on, weight)]
    for signal, setting in zip(SIGNALS[4:7], ("at_risk_days", "churn_days", "loyalty_days"), strict=True):
        parts += [(signal, bought_on, weight), (signal, bought_on + shop[setting], -weight)]
    told_on = advised["person"].to_numpy() * DAYS
    parts += [("recommendations", told_on + advised["day"].to_numpy(), 1)]
    parts += [("recommendations", told_on + advised["ends"].to_numpy(), -1)]
    return pd.concat(
        [
            pd.DataFrame({"key": keys, "signal": np.int8(SIGNALS.index(signal)), "change": change})
            for signal, keys, change in parts
        ],
        ignore_index=True,
    )


def history(changed: pd.DataFrame, loyalty_orders: int) -> pd.DataFrame:
    """One row per person and maximal interval of one stage, also those ahead if nothing more happens."""
    step, place = np.unique(changed["key"], return_inverse=True)
    person, count = step // DAYS, {}
    begins = np.flatnonzero(np.append(True, np.diff(person) != 0)[: len(step)])
    group = np.cumsum(np.append(0, np.diff(person) != 0)[: len(step)])
    for number, signal in enumerate(SIGNALS):
        of_signal = (changed["signal"] == number).to_numpy()
        so_far = np.append(0, np.cumsum(totals(place[of_signal], changed["change"][of_signal], len(step))))
        count[signal] = so_far[1:] - so_far[begins][group]
    never = count["orders"] == 0
    rule = np.select(
        [
            never & (count["activity"] == 0),
            never & (count["decision"] > 0),
            never & (count["interest"] > 0),
            never,
            count["before_churn"] == 0,
            count["before_at_risk"] == 0,
            count["recommendations"] > 0,
            count["for_loyalty"] >= loyalty_orders,
            count["orders"] >= 2,
        ],
        range(len(RULES) - 1),
        len(RULES) - 1,
    )
    is_first = np.append(True, np.diff(person) != 0)[: len(step)]
    turns = is_first | np.append(True, np.diff(rule) != 0)[: len(step)]
    key, person, rule, is_first = step[turns], person[turns], rule[turns], is_first[turns]
    is_last = np.append(is_first[1:], True)[: len(key)]
    return pd.DataFrame(
        {
            "key": key,
            "person": person,
            "rule": rule,
            "previous": np.where(is_first, -1, np.roll(rule, 1)),
            "interval_number": number_within(person),
            "valid_from": key % DAYS,
            "valid_to": np.where(is_last, DAYS, np.roll(key % DAYS, -1)),
        }
    )


def evidence(
    turns: pd.DataFrame, found: pd.DataFrame, advised: pd.DataFrame, keys: list[pd.Series]
) -> pd.Series:
    """The event that began each interval, the smallest by (time, feed, key) of those that its rule counts."""
    began = began_by(turns, found)
    stage, previous = turns["rule"].to_numpy()[began["turn"]], turns["previous"].to_numpy()[began["turn"]]
    precedence = np.select(
        [
            np.isin(stage, (DORMANT, AT_RISK, CHURNED)),
            began["is_order"],
            (previous == ADVOCACY) & (began["score"] <= 6),
            ~np.isin(stage, PROSPECTS),
            began["is_decision"],
            began["is_interest"],
        ],
        [0, 1, 2, 0, 3, 4],
        5,
    )
    recommended = began_by(turns[turns["rule"] == ADVOCACY], advised)
    weighed = pd.concat(
        [began.assign(precedence=precedence)[precedence > 0], recommended.assign(precedence=2)]
    )
    columns = [weighed[name].to_numpy() for name in ("turn", "precedence", "time", "feed")]
    texts = texts_of(weighed, keys)
    order = ordered(columns, texts)
    first = order[number_within(columns[0][order]) == 1]
    told = (
        pd.Series(np.array(FEEDS)[columns[3][first]], dtype="str")
        + ":"
        + texts.iloc[first].reset_index(drop=True)
    )
    return told.set_axis(columns[0][first])


def began_by(turns: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """The events of the days on which intervals begin, with the `turn`: the interval's label."""
    key = found["person"].to_numpy() * DAYS + found["day"].to_numpy()
    begins = turns["key"].to_numpy()
    place = np.minimum(np.searchsorted(begins, key), max(len(begins) - 1, 0))
    hits = begins[place] == key if len(begins) else np.zeros(len(key), bool)
    return found[hits].assign(turn=turns.index.to_numpy()[place[hits]])


def lifecycle_stages(turns: pd.DataFrame, told: pd.Series, as_of: date, identity: Identity) -> pd.DataFrame:
    """One row per person and maximal interval of one stage, up to as_of."""
    today = (as_of - date(1970, 1, 1)).days
    cut = turns[turns["valid_from"] <= today]
    days = np.minimum(cut["valid_to"], today + 1) - cut["valid_from"]
    ends = cut["valid_to"].to_numpy().astype("datetime64[D]").astype("datetime64[s]")
    return pd.DataFrame(
        {
            "customer_id": coded(cut["person"], identity.customer_ids),
            "stage": coded(cut["rule"], STAGES),
            "previous_stage": coded(cut["previous"], STAGES),
            "rule_id": coded(cut["rule"], RULES),
            "evidence": told.reindex(cut.index).array,
            "interval_number": cut["interval_number"].array,
            "days_in_stage": days.array,
            "days_in_stage_so_far": days.groupby([cut["person"], cut["rule"]]).cumsum().array,
            "valid_from": cut["valid_from"].to_numpy().astype("datetime64[D]").astype("datetime64[s]"),
            "valid_to": pd.Series(ends).where((cut["valid_to"] <= today).to_numpy()),
        }
    )
