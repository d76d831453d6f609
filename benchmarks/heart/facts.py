"""What happened: sessions, orders with their money, and the touches that led to orders.

As `dbt/models/intermediate/facts` and `marts/facts` say. Amounts are whole ten-thousandths of a unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from benchmarks.heart.identity import Identity
from benchmarks.heart.lake import Frames, Whole, coded, microseconds, number_within, ordered

#: An exchange rate of 1, and what a ten-thousandth has of the last digits of a product of two amounts.
ONE = 10**8
FINE = 10**4
DAY = 24 * 60 * 60 * 10**6
ORDER_STATES = ("paid", "shipped", "delivered", "refunded")
DIRECT = ("", "direct", "(direct)")


def sessions(frames: Frames, identity: Identity) -> pd.DataFrame:
    """The mart of sessions: what was delivered, with person and pseudonym."""
    delivered = frames["sessions"]
    pages = delivered["landing_page"]
    paths = pages.cat.categories.astype("str").str.replace(r"[?#].*$", "", n=1, regex=True)
    columns = {
        "customer_id": coded(identity.of("sessions"), identity.customer_ids),
        "device_id": coded(identity.of_rows["sessions", "device_id"], identity.digests),
        "landing_page": recoded(pages, paths),
        "currency": upper(delivered["currency"]),
        "session_date": delivered["started_at"].dt.normalize(),
    }
    return delivered.drop(columns=["_email"]).assign(**columns)


def lower(column: pd.Series) -> pd.Series:
    """A column of categories in lower case, without spaces around them."""
    return recoded(column, column.cat.categories.astype("str").str.strip().str.lower())


def upper(column: pd.Series) -> pd.Series:
    """A column of categories in upper case, without spaces around them."""
    return recoded(column, column.cat.categories.astype("str").str.strip().str.upper())


def recoded(column: pd.Series, texts: pd.Index) -> pd.Series:
    """A column of categories with other texts in their place, some of which may be alike."""
    codes, categories = pd.factorize(texts)
    places = np.append(codes, -1)[column.cat.codes]
    return pd.Series(pd.Categorical.from_codes(places, categories), column.index)


def filled(column: pd.Series, text: str) -> pd.Series:
    """A column of categories with a text in place of nulls."""
    missing = [] if text in column.cat.categories else [text]
    return column.cat.add_categories(missing).fillna(text)


def places_of(keys: pd.Series, texts: pd.Series) -> Whole:
    """The row of each text among keys, no two of which are alike; -1 for one that is none of them."""
    found = pd.factorize(pd.concat([keys, texts], ignore_index=True))[0][len(keys) :]
    return np.where(found < len(keys), found, -1)


def totals(rows: Whole, values: ArrayLike, size: int) -> Whole:
    """The sums of values for each of so many rows."""
    sums = np.zeros(size, np.int64)
    np.add.at(sums, rows, values)
    return sums


def in_shop_currency(amount: Whole, rate: Whole) -> Whole:
    """Amounts in hundred-millionths, at rates in hundred-millionths, as ten-thousandths, rounded once."""
    size = np.abs(amount)
    money = (size + FINE // 2) // FINE
    foreign = np.flatnonzero(rate != ONE)
    high, low = np.divmod(size[foreign], FINE)
    whole, rest = np.divmod(high * rate[foreign], ONE)
    money[foreign] = whole + (rest * FINE + low * rate[foreign] + FINE * ONE // 2) // (FINE * ONE)
    return np.sign(amount) * money


def exchange_rates(currency: pd.Series, time: pd.Series, rates: pd.DataFrame, own: str) -> Whole:
    """What one unit of each row's currency is worth on its day: the latest rate, 0 where there is none."""
    known = rates.assign(
        currency=rates["currency"].str.strip().str.upper(), day=rates["rate_date"].astype("M8[us]")
    )
    foreign = np.flatnonzero(currency != own)
    asked = pd.DataFrame(
        {
            "currency": currency.iloc[foreign].astype("str").array,
            "day": time.iloc[foreign].dt.normalize().array,
            "row": foreign,
        }
    )
    found = pd.merge_asof(asked.sort_values("day"), known.sort_values("day"), on="day", by="currency")
    rate = np.full(len(currency), ONE)
    rate[found["row"]] = found["rate"].fillna(0).astype(np.int64)
    return rate


def orders_placed(frames: Frames, identity: Identity, own_currency: str) -> pd.DataFrame:
    """One row per order in force, with its person's place and the exchange rate of its day."""
    placed = frames["orders"].drop(columns=["customer_id", "_email", "_phone", "device_id"])
    currency = filled(upper(placed["currency"]), own_currency)
    return placed.assign(
        person=identity.of("orders"),
        status=lower(placed["status"]),
        channel=lower(placed["channel"]),
        currency=currency,
        rate=exchange_rates(currency, placed["ordered_at"], frames["fx_rates"], own_currency),
        **{name: placed[name].fillna(0).astype(np.int64) for name in ("discount", "shipping", "tax")},
    )


def orders_priced(frames: Frames, placed: pd.DataFrame) -> pd.DataFrame:
    """One row per order: its lines counted, its merchandise, discounts and cost before refunds.

    `delivered_…` are in the order's own currency. `cost` is null where that of a line is unknown.
    """
    lines, products, size = frames["order_items"], frames["products"], len(placed)
    order = places_of(placed["order_id"], lines["order_id"])
    lines, order = lines[order >= 0], order[order >= 0]
    article = places_of(products["product_id"], lines["product_id"].astype("str"))
    kind = np.append(lower(products["kind"]).astype("str").fillna("goods"), "goods")[article]
    unit_cost = np.append(products["unit_cost"].to_numpy(np.float64), np.nan)[article]
    quantity = lines["quantity"].to_numpy()
    is_goods, is_sold, is_known = kind == "goods", kind != "gift_card", ~np.isnan(unit_cost)
    has_lines = totals(order, 1, size)
    discount = placed["discount"].to_numpy()
    sold, whole = order[is_sold], np.where(is_known, unit_cost, 0).astype(np.int64)
    unknown = totals(sold, ~is_known[is_sold], size)
    prices = totals(sold, (quantity * lines["unit_price"].to_numpy())[is_sold], size)
    discounts = (
        totals(sold, lines["discount"].fillna(0).astype(np.int64).to_numpy()[is_sold], size) + discount
    )
    gross = np.where(has_lines > 0, prices, (placed["subtotal"].to_numpy() + discount) * FINE)
    rate = placed["rate"].to_numpy()
    same = np.full(size, ONE)
    cost = in_shop_currency(totals(sold, (quantity * whole)[is_sold], size), same)
    return pd.DataFrame(
        {
            "lines": has_lines,
            "goods_lines": totals(order, is_goods, size),
            "quantity": totals(order[is_goods], quantity[is_goods], size),
            "delivered_gross_sales": in_shop_currency(gross, same),
            "delivered_discount": discounts,
            "gross_sales": in_shop_currency(gross, rate),
            "discount": in_shop_currency(discounts * FINE, rate),
            "cost": pd.Series(cost, dtype="Int64").mask((has_lines == 0) | (unknown > 0)),
        }
    )


def orders_validated(frames: Frames, placed: pd.DataFrame, priced: pd.DataFrame) -> pd.DataFrame:
    """One row per order: its refunds to as_of, whether these are all of it, and whether it counts."""
    refunds, size = frames["refunds"], len(placed)
    order = places_of(placed["order_id"], refunds["order_id"])
    amount, order = refunds["amount"].to_numpy()[order >= 0], order[order >= 0]
    given = totals(order, in_shop_currency(amount * FINE, placed["rate"].to_numpy()[order]), size)
    delivered = totals(order, amount, size)
    is_implied = (placed["status"] == "refunded").to_numpy() & (totals(order, 1, size) == 0)
    worth = (priced["delivered_gross_sales"] - priced["delivered_discount"]).to_numpy()
    in_full = is_implied | ((delivered > 0) & (delivered >= worth))
    is_valid = placed["status"].isin(ORDER_STATES) & ~placed["is_test"] & ~in_full
    is_valid &= (placed["total"] > 0) | (placed["subtotal"] > 0)
    return pd.DataFrame(
        {
            "refunds": np.where(is_implied, priced["gross_sales"] - priced["discount"], given),
            "is_refunded_in_full": in_full,
            "is_valid": is_valid,
        }
    )


def orders_numbered(placed: pd.DataFrame, is_valid: pd.Series) -> Whole:
    """The number of each valid order among those of its person, in time; 0 for others."""
    rows = np.flatnonzero(is_valid & (placed["person"] >= 0))
    person, time = placed["person"].to_numpy()[rows], microseconds(placed["ordered_at"].iloc[rows])
    rows_in_order = rows[ordered([person, time], placed["order_id"].iloc[rows])]
    number = np.zeros(len(placed), np.int64)
    number[rows_in_order] = number_within(placed["person"].to_numpy()[rows_in_order])
    return number


def touches(frames: Frames, identity: Identity) -> pd.DataFrame:
    """One row per contact with a person that can earn credit: a session or a clicked message."""
    visits, messages = frames["sessions"], frames["email_events"]
    channel = filled(lower(messages["channel"]), "email")
    person = {feed: identity.of(feed) for feed in ("sessions", "email_events")}
    visited = np.flatnonzero(person["sessions"] >= 0)
    clicked = np.flatnonzero((lower(messages["event"]) == "clicked") & (person["email_events"] >= 0))
    is_free = visits["source"].isna() | recoded(
        visits["source"], visits["source"].cat.categories.astype("str").str.lower()
    ).isin(DIRECT)
    is_paid = visits["campaign_id"].isin(frames["marketing_spend"]["campaign_id"].dropna())
    by_session = visits.iloc[visited][["session_id", "campaign_id", "source", "medium", "started_at"]]
    by_message = messages.iloc[clicked][["event_id", "campaign_id", "occurred_at"]]
    parts = [
        by_session.rename(columns={"started_at": "touched_at"}).assign(
            person=person["sessions"][visited],
            touch_kind="session",
            is_direct=(is_free & ~is_paid).to_numpy()[visited],
        ),
        by_message.rename(columns={"occurred_at": "touched_at"}).assign(
            session_id="email:" + by_message["event_id"],
            source=channel.iloc[clicked],
            medium=channel.iloc[clicked],
            person=person["email_events"][clicked],
            touch_kind="email",
            is_direct=False,
        ),
    ]
    return stacked(parts, ("campaign_id", "source", "medium", "touch_kind"))


def stacked(parts: list[pd.DataFrame], categories: tuple[str, ...]) -> pd.DataFrame:
    """Frames one below the other, the columns named being categories of the texts of all."""
    parts = [part.astype(dict.fromkeys(categories, "category")) for part in parts]
    together = {name: pd.api.types.union_categoricals([part[name] for part in parts]) for name in categories}
    return pd.concat(
        [part.drop(columns=[*categories]) for part in parts], ignore_index=True, join="inner"
    ).assign(**together)


def order_touches(
    placed: pd.DataFrame, is_valid: pd.Series, contacts: pd.DataFrame, days: int
) -> pd.DataFrame:
    """One row per valid order and touch of its person in the days before, by order and `number`.

    `order` and `touch` are rows of the orders and contacts; `touches` counts those of the order.
    """
    times, moment = np.unique(microseconds(contacts["touched_at"]), return_inverse=True)
    place = contacts["person"].to_numpy() * (len(times) + 1) + moment
    by_time = ordered([place], contacts["session_id"])
    place = place[by_time]
    orders = np.flatnonzero(is_valid & (placed["person"] >= 0))
    until = microseconds(placed["ordered_at"].iloc[orders])
    of_person = placed["person"].to_numpy()[orders] * (len(times) + 1)
    begins = np.searchsorted(place, of_person + np.searchsorted(times, until - days * DAY))
    count = np.searchsorted(place, of_person + np.searchsorted(times, until)) - begins
    order = np.repeat(orders, count)
    number = number_within(order)
    touch = by_time[np.repeat(begins, count) + number - 1]
    return pd.DataFrame(
        {"order": order, "touch": touch, "number": number, "touches": np.repeat(count, count)}
    )


def last_non_direct(found: pd.DataFrame, contacts: pd.DataFrame) -> pd.DataFrame:
    """Of each order with touches the last one that is not direct, else the last: `order` and `touch`."""
    is_direct = contacts["is_direct"].to_numpy()[found["touch"]]
    begins = np.flatnonzero(found["number"] == 1)
    number = np.where(is_direct, 0, found["number"])
    last = np.maximum.reduceat(number, begins) if len(begins) else number
    last = np.where(last > 0, last, found["touches"].to_numpy()[begins])
    return found[["order", "touch"]].iloc[begins + last - 1]


def orders(
    placed: pd.DataFrame,
    priced: pd.DataFrame,
    validated: pd.DataFrame,
    number: Whole,
    credited: pd.DataFrame,
    contacts: pd.DataFrame,
) -> pd.DataFrame:
    """The mart of orders, with the person's place instead of a pseudonym."""
    size = len(placed)
    touch = np.full(size, -1)
    touch[credited["order"]] = credited["touch"]
    led = {name: taken(contacts[name], touch) for name in ("campaign_id", "source", "medium")}
    both = pd.api.types.union_categoricals([led["campaign_id"], placed["campaign_id"]])
    campaign = pd.Series(both[:size]).where(both[:size].notna(), pd.Series(both[size:]))
    source = led["source"].cat.add_categories(["(unattributed)"])
    net = priced["gross_sales"] - priced["discount"] - validated["refunds"]
    money: Mapping[str, Any] = {
        name: in_shop_currency(placed[name].to_numpy() * FINE, placed["rate"].to_numpy())
        for name in ("shipping", "tax", "total")
    }
    return placed.drop(columns=["subtotal", "rate", "updated_at"]).assign(
        campaign_id=campaign,
        source=source.mask(touch < 0, "(unattributed)"),
        medium=led["medium"],
        order_number=pd.Series(number, dtype="Int64").mask(number == 0),
        is_first=number == 1,
        **priced[["lines", "goods_lines", "quantity", "gross_sales", "discount"]],
        **validated,
        net_revenue=net,
        gross_profit=net - priced["cost"],
        order_date=placed["ordered_at"].dt.normalize(),
        **money,
    )


def taken(column: pd.Series, places: Whole) -> pd.Series:
    """The values at places of a column of categories, null for -1."""
    codes = np.append(column.cat.codes.to_numpy(), -1)[places]
    return pd.Series(pd.Categorical.from_codes(codes, column.cat.categories))


def with_pseudonyms(orders: pd.DataFrame, identity: Identity) -> pd.DataFrame:
    """The orders with `customer_id`, as they are published."""
    return orders.drop(columns="person").assign(customer_id=coded(orders["person"], identity.customer_ids))
