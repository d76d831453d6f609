"""What an order owes to its touches by each model, as `int_attribution_…` and `attribution` say."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.heart.facts import DAY, taken
from benchmarks.heart.identity import Identity
from benchmarks.heart.lake import Whole, coded, microseconds, number_within

#: Those of `seeds/reference/attribution_models.csv`; the first three give all to one touch.
MODELS = ("first", "last", "last_non_direct", "linear", "position", "time_decay")
UNDIVIDED = 3
#: What is rounded down is compared in millionths of the currency's smallest unit.
PARTS = 10**6


def credits(
    found: pd.DataFrame,
    credited: pd.DataFrame,
    ordered_at: pd.Series,
    touched_at: pd.Series,
    half_life_days: int,
    end_share: float,
) -> NDArray[np.float64]:
    """The share of each touch of an order by each model, of shape (touches, models)."""
    order, touch, number, touches = (
        found[name].to_numpy() for name in ("order", "touch", "number", "touches")
    )
    last = np.full(len(ordered_at), -1)
    last[credited["order"]] = credited["touch"]
    days = (microseconds(ordered_at)[order] / 1e6 - microseconds(touched_at)[touch] / 1e6) / (DAY / 1e6)
    weight = 2.0 ** (-days / half_life_days)
    linear = 1 / touches
    inner = round(1 - 2 * end_share, 12) / np.maximum(touches - 2, 1)
    is_end = (number == 1) | (number == touches)
    return np.column_stack(
        [
            number == 1,
            number == touches,
            touch == last[order],
            linear,
            np.where(touches <= 2, linear, np.where(is_end, end_share, inner)),
            weight / np.bincount(order, weight)[order],
        ]
    )


def revenues(found: pd.DataFrame, share: NDArray[np.float64], net_revenue: Whole, units: int) -> Whole:
    """The credit in ten-thousandths of a unit, of shape (touches, models): shares are whole smallest units.

    Of what rounding down has left each touch takes one unit, those with the greatest fractions first.

    Args:
        found: The touches of orders, those of one being neighbours.
        share: The credits of `credits`.
        net_revenue: That of each order, in ten-thousandths of a unit.
        units: Smallest units of the currency in one unit.
    """
    order, number, touches = (found[name].to_numpy() for name in ("order", "number", "touches"))
    net = net_revenue[order] * (units * PARTS // 10**4)
    revenue = np.where(share == 1, net[:, None], 0)
    begins = np.flatnonzero(number == 1)
    of_order = np.cumsum(number == 1) - 1
    for model in range(UNDIVIDED, len(MODELS)):
        parts = np.rint(share[:, model] * (net / PARTS) * PARTS).astype(np.int64)
        whole = parts // PARTS * PARTS
        left = net - np.add.reduceat(whole, begins)[of_order] if len(begins) else whole
        by_fraction = np.argsort(
            (of_order * PARTS + PARTS - 1 - (parts - whole)) * (number.max(initial=0) + 1) + number
        )
        place = np.empty_like(number)
        place[by_fraction] = number_within(of_order[by_fraction])
        divided = whole + np.clip(left - (place - 1) * PARTS, 0, PARTS)
        revenue[:, model] = np.where(touches == 1, revenue[:, model], divided)
    return revenue // (units * PARTS // 10**4)


def attribution(
    orders: pd.DataFrame,
    contacts: pd.DataFrame,
    found: pd.DataFrame,
    share: NDArray[np.float64],
    revenue: Whole,
    identity: Identity,
) -> pd.DataFrame:
    """One row per valid order, touch and model; an order that nothing led to keeps its revenue."""
    size, models = len(found), len(MODELS)
    is_led, is_used = np.zeros(len(orders), bool), np.zeros(len(contacts), bool)
    is_led[found["order"]], is_used[found["touch"]] = True, True
    alone = np.flatnonzero(orders["is_valid"] & ~is_led)
    order = np.repeat(np.append(found["order"], alone), models)
    touch = np.repeat(np.append(found["touch"], np.full(len(alone), -1)), models)
    session = np.append(np.cumsum(is_used) - 1, -1)[touch]
    rows = {
        name: np.repeat(np.append(found[name], np.zeros(len(alone), np.int64)), models)
        for name in ("number", "touches")
    }
    source = contacts["source"].cat.add_categories(["(unattributed)"])
    touched_at = np.append(microseconds(contacts["touched_at"]), np.iinfo(np.int64).min)[touch]
    return pd.DataFrame(
        {
            "order_id": coded(order, orders["order_id"]),
            "session_id": coded(session, contacts["session_id"][is_used]),
            "customer_id": coded(orders["person"].to_numpy()[order], identity.customer_ids),
            "campaign_id": taken(contacts["campaign_id"], touch),
            "model": coded(np.tile(np.arange(models), size + len(alone)), MODELS),
            "touch_kind": taken(contacts["touch_kind"], touch),
            "source": taken(source, touch).mask(touch < 0, "(unattributed)"),
            "medium": taken(contacts["medium"], touch),
            "touch_number": rows["number"].astype(np.int32),
            "touches": rows["touches"].astype(np.int32),
            "credit": np.append(share.ravel(), np.ones(len(alone) * models)),
            "revenue_credit": np.append(
                revenue.ravel(), np.repeat(orders["net_revenue"].to_numpy()[alone], models)
            ),
            "order_date": orders["order_date"].to_numpy()[order],
            "touched_at": touched_at.astype("datetime64[us]"),
        }
    )
