"""A shop's numbers from its deliveries, as the definitions say them, with no thought for speed.

What the whole pipeline is held against: deliveries in, persons, orders and KPIs out, in plain Python. It
follows the text of the definitions sentence by sentence and shares nothing with the models. Stages are left
to `naive_lifecycle`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from naive_lifecycle import Interval

Row = dict[str, Any]
Identifier = tuple[str, str]
DAY = timedelta(days=1)

#: The feeds. `*` required, `!` key, `#` number, `%` whole number, `?` boolean, `@` time, `/` date, `=` list.
FEEDS = {
    "orders": "order_id*! order_name customer_id email phone device_id ordered_at*@ updated_at@"
    " status*=pending|paid|shipped|delivered|cancelled|refunded channel=online|app|store|marketplace store_id"
    " currency subtotal*# discount# shipping# tax# total*# coupon_code payment_method campaign_id is_test?",
    "order_items": "order_id*! line_no*!% product_id* quantity*# unit_price*# discount#",
    "refunds": "refund_id*! order_id* refunded_at*@ amount*# reason",
    "products": "product_id*! name category brand kind=goods|warranty|service|membership|gift_card"
    " unit_cost#",
    "customers": "customer_id*! email phone name created_at@ updated_at@ birth_year% birth_date/ gender"
    " prefecture line_user_id is_member? accepts_email? accepts_sms? accepts_ads?",
    "sessions": "session_id*! device_id* customer_id email started_at*@ duration_s# landing_page source"
    " medium campaign_id device_type pageviews% product_views% add_to_carts% checkouts% searches%"
    " video_views% tracking_views% currency viewed_products",
    "carts": "cart_id*! device_id customer_id email created_at*@ updated_at*@ value# order_id payment_method"
    " abandoned_step",
    "surveys": "response_id*! customer_id email order_id"
    " survey*=nps|csat|visit_reason|purchase_reason|exit_reason|cancel_reason responded_at*@ score#"
    " reason_code comment",
    "marketing_spend": "spend_date*!/ platform*! campaign_id*! campaign_name medium impressions% clicks%"
    " cost*# currency conversions#",
    "email_events": "event_id*! message_id customer_id email phone line_user_id channel=email|sms|line|push"
    " campaign_id event*=sent|delivered|opened|clicked|bounced|unsubscribed|complained occurred_at*@",
    "leads": "lead_id*! customer_id email phone device_id kind=newsletter|webinar|trial|form|chat"
    " created_at*@ status campaign_id",
    "support_tickets": "ticket_id*! customer_id email phone order_id channel=chat|email|phone|social"
    " opened_at*@ first_replied_at@ resolved_at@ reason_code csat#",
    "reviews": "review_id*! customer_id email product_id rating*# created_at*@ replied_at@ body",
    "referrals": "referral_id*! referrer_customer_id* referrer_email referee_email referee_customer_id"
    " created_at*@ order_id",
    "loyalty_points": "entry_id*! customer_id* email occurred_at*@ points*%"
    " reason=purchase|referral|social|review|campaign|redeem|expire|adjust",
    "shipments": "shipment_id*! order_id* shipped_at@ promised_at@ delivered_at@ status notifications%",
    "warranties": "warranty_id*! order_id* product_id sold_at*@ price# starts_on/ ends_on/",
    "social_mentions": "mention_id*! customer_id handle platform* occurred_at*@"
    " sentiment=positive|neutral|negative replied_at@",
    "consents": "consent_id*! customer_id email phone line_user_id channel*=email|sms|line|push|ads granted*?"
    " occurred_at*@",
    "fx_rates": "rate_date*!/ currency*! rate*#",
    "kpi_targets": "kpi_id*! period_start*!/ period*!=day|week|month target*#",
    "identity_rules": "rule_id*! kind*=must_link|cannot_link|ignore identifier_a* identifier_b",
}

#: The time that dates a row of a feed; feeds not named have none.
EVENT_TIMES = {
    "orders": "ordered_at",
    "refunds": "refunded_at",
    "customers": "created_at",
    "sessions": "started_at",
    "carts": "created_at",
    "surveys": "responded_at",
    "email_events": "occurred_at",
    "leads": "created_at",
    "support_tickets": "opened_at",
    "reviews": "created_at",
    "referrals": "created_at",
    "loyalty_points": "occurred_at",
    "social_mentions": "occurred_at",
    "consents": "occurred_at",
    "fx_rates": "rate_date",
    "marketing_spend": "spend_date",
    "warranties": "sold_at",
}

#: Kinds of identifiers, the strongest first.
KINDS = ("shop_customer_id", "email", "phone", "line_user_id", "device_id")

#: The columns of a row that name its person, in the order in which they are asked.
NAMING = (("customer_id", "shop_customer_id"), *((kind, kind) for kind in KINDS[1:]))

#: Feeds whose rows link the identifiers that they carry.
LINKING = ("orders", "customers", "sessions", "carts", "leads", "surveys", "email_events", "support_tickets",
           "reviews", "consents", "loyalty_points")  # fmt: skip


@dataclass(frozen=True)
class File:
    """One delivered file."""

    feed: str
    day: date
    name: str
    rows: list[dict[str, str]]


@dataclass(frozen=True)
class Rules:
    """The settings of a shop that these numbers depend on."""

    zone: str = "Asia/Tokyo"
    country: str = "JP"
    currency: str = "JPY"
    max_customers_per_device: int = 3
    repeat_days: int = 365
    lead_window: int = 90


@dataclass
class Shop:
    """What the deliveries come to."""

    in_force: dict[str, list[Row]]
    persons: dict[Identifier, Identifier]
    orders: list[Row] = field(default_factory=list)
    refunds: list[Row] = field(default_factory=list)
    facts: dict[str, list[Row]] = field(default_factory=dict)


# --- values


def number(text: str) -> Decimal | None:
    """A number, its thousands set apart or not, or None when the text is none."""
    is_number = re.fullmatch(r"[+-]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?([eE][+-]?[0-9]+)?", text)
    return as_money(Decimal(text.replace(",", ""))) if is_number else None


def as_money(value: Decimal) -> Decimal:
    """Four decimals, rounded half away from zero."""
    return value.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def boolean(text: str) -> bool | None:
    """True, false, or None when the text is neither."""
    low = text.lower()
    return (
        True
        if low in ("true", "t", "yes", "y", "1")
        else False
        if low in ("false", "f", "no", "n", "0")
        else None
    )


def wall_time(text: str, zone: str) -> datetime | None:
    """A time as the shop's clock shows it, or None when the text is no time."""
    found = re.fullmatch(
        r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d?):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?: ?(Z|[+-]\d\d(?::?\d\d)?))?)?",
        re.sub(r"^(\d{4})/(\d\d?)/(\d\d?)\b", lambda day: "{}-{:0>2}-{:0>2}".format(*day.groups()), text),
    )
    if not found:
        return None
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        return None
    moment += timedelta(microseconds=int((fraction or "0")[:6].ljust(6, "0")))
    if offset:
        digits = "+0000" if offset == "Z" else offset.replace(":", "").ljust(5, "0")
        minutes = int(digits[1:3]) * 60 + int(digits[3:5])
        shift = timezone(timedelta(minutes=-minutes if digits[0] == "-" else minutes))
        moment = moment.replace(tzinfo=shift).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return moment if 1900 <= moment.year <= 2199 else None


def typed(column: str, text: str | None, zone: str) -> Any:
    """The value of a text in a column written as in FEEDS; None when empty or unreadable."""
    text = (text or "").strip()
    if not text:
        return None
    if "=" in column:
        return text.lower() if text.lower() in column.split("=")[1].split("|") else None
    if "#" in column:
        return number(text)
    if "%" in column:
        whole = number(text)
        return int(whole) if whole is not None and whole == int(whole) else None
    if "?" in column:
        return boolean(text)
    if "@" in column:
        return wall_time(text, zone)
    if "/" in column:
        moment = wall_time(text, zone)
        return moment and datetime.combine(moment, time())
    return text


def name_of(column: str) -> str:
    """The bare name of a column written as in FEEDS."""
    return re.match(r"\w+", column)[0]  # type: ignore[index]


def key_columns(feed: str) -> list[str]:
    """The names of a feed's key."""
    return [name_of(column) for column in FEEDS[feed].split() if "!" in column]


def taken(feed: str, texts: dict[str, str], zone: str) -> Row | None:
    """A delivered row as typed values, or None when it is quarantined."""
    columns = FEEDS[feed].split()
    row = {name_of(column): typed(column, texts.get(name_of(column)), zone) for column in columns}
    if feed == "consents" and not row["granted"]:  # what cannot be read is a refusal, then of any channel
        row["granted"] = False
        columns = [column for column in columns if name_of(column) not in ("granted", "channel")]
    if feed == "sessions" and row["duration_s"] is not None and not 0 <= row["duration_s"] <= 86_400:
        row["duration_s"] = None
    told = (texts.get("deleted") or "").strip()
    row["deleted"] = boolean(told) if told else False
    needed = [c for c in columns if "!" in c or ("*" in c and not row["deleted"])]
    if row["deleted"] is None or any(row[name_of(column)] is None for column in needed):
        return None
    if not row["deleted"] and feed == "refunds" and row["amount"] < 0:
        return None
    if not row["deleted"] and feed == "reviews" and not 1 <= row["rating"] <= 5:
        return None
    return row


# --- versions in force


def place_of_file(file: File) -> tuple[Any, ...]:
    """Files in the order of their deliveries: by day, then by name with numbers as numbers."""
    stem, _, extension = file.name.rpartition(".")
    parts = re.split(r"([0-9]+)", stem)
    return file.day, [int(part) if part.isdigit() else part for part in parts], extension


def last_versions(files: Iterable[File], as_of: date, zone: str) -> dict[tuple[str, tuple[Any, ...]], Row]:
    """For each feed and key the version delivered last, be it that the key is withdrawn."""
    last: dict[tuple[str, tuple[Any, ...]], Row] = {}
    for file in sorted((file for file in files if file.day <= as_of), key=place_of_file):
        for texts in file.rows:
            row = taken(file.feed, texts, zone)
            if row is not None:
                last[file.feed, tuple(row[name] for name in key_columns(file.feed))] = row
    return last


def versions_in_force(files: Iterable[File], as_of: date, zone: str) -> dict[str, list[Row]]:
    """For each feed the rows that count at the end of as_of."""
    found: dict[str, list[Row]] = {feed: [] for feed in FEEDS}
    for (feed, _), row in last_versions(files, as_of, zone).items():
        at = EVENT_TIMES.get(feed)
        if not row["deleted"] and (at is None or row[at].date() <= as_of):
            found[feed].append(until(row, as_of))
    return found


def until(row: Row, as_of: date) -> Row:
    """The row without its times after as_of."""
    return {k: None if isinstance(v, datetime) and v.date() > as_of else v for k, v in row.items()}


# --- persons


def normal_email(text: str | None) -> str | None:
    """An e-mail address in one form; None when it is no identifier."""
    if text is None:
        return None
    text = unicodedata.normalize("NFKC", text).strip().lower()
    parts = [part.strip() for part in text.split("@")]
    return text if len(parts) == 2 and all(parts) else None


def normal_phone(text: str | None, country: str) -> str | None:
    """A phone number in one form; None when it is no identifier."""
    if text is None:
        return None
    try:
        parsed = phonenumbers.parse(unicodedata.normalize("NFKC", text), country)
    except phonenumbers.NumberParseException:
        return None
    is_possible = phonenumbers.is_possible_number(parsed)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) if is_possible else None


def normal(kind: str, text: str | None, country: str) -> str | None:
    """An identifier of any kind in one form."""
    if kind == "email":
        return normal_email(text)
    return normal_phone(text, country) if kind == "phone" else text


def rule_identifier(text: str | None, country: str) -> Identifier | None:
    """An identifier written `kind:value`; None when malformed."""
    kind, _, value = (text or "").partition(":")
    found = normal(kind, value.strip() or None, country) if kind in KINDS else None
    return None if found is None else (kind, found)


def named_in(row: Row, country: str) -> list[Identifier]:
    """The identifiers that a row carries of its own person, the strongest first."""
    named = ((kind, normal(kind, row.get(column), country)) for column, kind in NAMING)
    return [(kind, value) for kind, value in named if value is not None]


def strength(identifier: Identifier) -> int:
    """0 is the strongest."""
    return KINDS.index(identifier[0])


def text_of(identifier: Identifier) -> str:
    """An identifier as `kind:value`."""
    return ":".join(identifier)


def carriers(
    in_force: dict[str, list[Row]], country: str
) -> Iterator[tuple[str, datetime, list[Identifier]]]:
    """For each group of identifiers of one person in one row: the feed, the event time, the identifiers."""
    for feed, rows in in_force.items():
        for row in rows:
            if feed == "referrals":
                referee = {"customer_id": row["referee_customer_id"], "email": row["referee_email"]}
                yield feed, row["created_at"], named_in({"customer_id": row["referrer_customer_id"]}, country)
                yield "referees", row["created_at"], named_in(referee, country)
            elif feed in EVENT_TIMES:
                yield feed, row[EVENT_TIMES[feed]], named_in(row, country)


def identifiers_of_persons(in_force: dict[str, list[Row]], rules: Rules) -> dict[Identifier, Identifier]:
    """For each usable identifier the one first seen of its person."""
    told = [
        (row["kind"], *(rule_identifier(row[end], rules.country) for end in ("identifier_a", "identifier_b")))
        for row in in_force["identity_rules"]
    ]
    ignored = {a for kind, a, _ in told if kind == "ignore" and a}
    rows = [
        (feed, at, [i for i in named if i not in ignored])
        for feed, at, named in carriers(in_force, rules.country)
    ]
    unusable = ignored | shared_devices(rows, rules.max_customers_per_device)
    rows = [(feed, at, [i for i in named if i not in unusable]) for feed, at, named in rows]
    pairs = {
        wanted: {(a, b) for kind, a, b in told if kind == wanted and a and b and not {a, b} & unusable}
        for wanted in ("must_link", "cannot_link")
    }
    component = components(links_in_order(rows, pairs["must_link"]), pairs["cannot_link"])
    first_seen: dict[Identifier, datetime] = {}
    for _, at, named in rows:
        for identifier in named:
            first_seen[identifier] = min(at, first_seen.get(identifier, at))
    members = defaultdict(list)
    for identifier in first_seen:
        members[component(identifier)].append(identifier)
    return {
        identifier: min(together, key=lambda i: (first_seen[i], strength(i), i[1]))
        for together in members.values()
        for identifier in together
    }


def shared_devices(rows: list[tuple[str, datetime, list[Identifier]]], most: int) -> set[Identifier]:
    """Devices seen with too many customer numbers or too many e-mails."""
    seen: dict[Identifier, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for _, _, named in rows:
        for device in (i for i in named if i[0] == "device_id"):
            for kind, value in named:
                seen[device][kind].add(value)
    return {
        d
        for d, by_kind in seen.items()
        if max(len(by_kind["shop_customer_id"]), len(by_kind["email"])) > most
    }


def links_in_order(
    rows: list[tuple[str, datetime, list[Identifier]]], must_link: set[tuple[Identifier, Identifier]]
) -> list[tuple[Identifier, Identifier]]:
    """The links in the order in which they are added."""
    since: dict[tuple[Identifier, Identifier], datetime] = {}
    for feed, at, named in rows:
        if feed in (*LINKING, "referees"):
            for pair in combinations(named, 2):
                link = stronger_first(pair)
                since[link] = min(at, since.get(link, at))
    by_rule = {stronger_first(pair) for pair in must_link}

    def place(link: tuple[Identifier, Identifier]) -> tuple[Any, ...]:
        texts = (text_of(link[0]), text_of(link[1]))
        if link in by_rule:
            return (0, strength(link[1]), *texts)
        return (1, strength(link[1]), since[link], *texts)

    return sorted(by_rule | set(since), key=place)


def stronger_first(pair: Iterable[Identifier]) -> tuple[Identifier, Identifier]:
    """The two ends of a link, the stronger kind first, then the smaller text."""
    first, second = sorted(pair, key=lambda identifier: (strength(identifier), identifier[1]))
    return first, second


def components(
    links: list[tuple[Identifier, Identifier]], cannot_link: set[tuple[Identifier, Identifier]]
) -> Callable[[Identifier], Identifier]:
    """Adds the links one by one, leaving out those that would join what must stay apart."""
    group: dict[Identifier, Identifier] = {}

    def of(identifier: Identifier) -> Identifier:
        return group.get(identifier, identifier)

    for a, b in links:
        one, other = of(a), of(b)
        if any({of(x), of(y)} == {one, other} for x, y in cannot_link) or one == other:
            continue
        for member in [other, *(i for i, g in group.items() if g == other)]:
            group[member] = one
    return of


# --- orders


def rate_on(rates: list[Row], currency: str | None, day: date, shop_currency: str) -> Decimal | None:
    """Units of the shop's currency for one of another on a day; None when there is no rate."""
    code = (currency or shop_currency).upper()
    if code == shop_currency:
        return Decimal(1)
    known = [rate for rate in rates if rate["currency"].upper() == code and rate["rate_date"].date() <= day]
    return max(known, key=lambda rate: rate["rate_date"])["rate"] if known else None


def whose(row: Row, shop: Shop, country: str) -> Identifier | None:
    """The person of a row by its own identifiers."""
    return next((shop.persons[i] for i in named_in(row, country) if i in shop.persons), None)


def may_be_mailed(shop: Shop, files: Iterable[File], as_of: date, rules: Rules) -> set[Identifier]:
    """The persons whose latest word on e-mail is yes, and whom the shop has not withdrawn.

    A word is a statement of consent, a box in the customer record, an unsubscription or a complaint. Of a yes
    and a no at the same moment the no holds. Withdrawn is who had a customer record and has none left.
    """
    consents, messages, customers = (
        shop.in_force[feed] for feed in ("consents", "email_events", "customers")
    )
    words = [
        *((row["occurred_at"], row["granted"], row) for row in consents
          if row["channel"] in (None, "email")),
        *((row["occurred_at"], False, row) for row in messages
          if row["event"] in ("unsubscribed", "complained") and row["channel"] in (None, "email")),
        *((row["updated_at"] or row["created_at"], row["accepts_email"], row) for row in customers
          if row["accepts_email"] is not None),
    ]  # fmt: skip
    said: dict[Identifier | None, bool] = {}
    for _, is_granted, row in sorted(words, key=lambda word: (word[0], not word[1])):
        said[whose(row, shop, rules.country)] = is_granted
    withdrawn = {
        shop.persons.get(("shop_customer_id", number))
        for (feed, (number, *_)), row in last_versions(files, as_of, rules.zone).items()
        if feed == "customers" and row["deleted"]
    }
    registered = {
        shop.persons[("shop_customer_id", row["customer_id"])]
        for row in shop.in_force["customers"]
        if ("shop_customer_id", row["customer_id"]) in shop.persons
    }
    agreed = {person for person, granted in said.items() if granted and person is not None}
    return agreed - (withdrawn - registered)


def priced(order: Row, lines: list[Row], refunds: list[Row], products: dict[str, Row]) -> Row:
    """The money of an order in its own currency; costs are in the shop's."""

    def kind(line: Row) -> str:
        return products.get(line["product_id"], {}).get("kind") or "goods"

    counted = [line for line in lines if kind(line) != "gift_card"]
    nothing = Decimal(0)
    off = order["discount"] or nothing
    gross = sum((line["quantity"] * line["unit_price"] for line in counted), nothing)
    if not lines:
        gross = order["subtotal"] + off
    discount = sum((line["discount"] or nothing for line in counted), nothing) + off
    back = sum((refund["amount"] for refund in refunds), nothing)
    costs = [(line["quantity"], products.get(line["product_id"], {}).get("unit_cost")) for line in counted]
    is_known = bool(lines) and all(cost is not None for _, cost in costs)
    in_full = (back > 0 and back >= gross - discount) or (order["status"] == "refunded" and not refunds)
    return {
        "gross_sales": gross,
        "discount": discount,
        "refunds": back,
        "cost": sum((quantity * cost for quantity, cost in costs), nothing) if is_known else None,
        "is_valid": order["status"] in ("paid", "shipped", "delivered", "refunded")
        and not order["is_test"]
        and (order["total"] > 0 or order["subtotal"] > 0)
        and not in_full,
    }


def fill_orders(shop: Shop, rules: Rules) -> None:
    """Prices, converts, validates and numbers the orders, and dates their refunds."""
    by_order: dict[str, dict[str, list[Row]]] = {
        "order_items": defaultdict(list),
        "refunds": defaultdict(list),
    }
    for feed, rows in by_order.items():
        for row in shop.in_force[feed]:
            rows[row["order_id"]].append(row)
    products = {row["product_id"]: row for row in shop.in_force["products"]}
    for order in shop.in_force["orders"]:
        key, day = order["order_id"], order["ordered_at"].date()
        refunds = by_order["refunds"][key]
        money = priced(order, by_order["order_items"][key], refunds, products)
        rate = rate_on(shop.in_force["fx_rates"], order["currency"], day, rules.currency) or Decimal(0)
        for name in ("gross_sales", "discount", "refunds"):
            money[name] = as_money(money[name] * rate)
        if order["status"] == "refunded" and not refunds:
            money["refunds"] = money["gross_sales"] - money["discount"]
        net = money["gross_sales"] - money["discount"] - money["refunds"]
        cost = money.pop("cost")
        shop.orders.append(
            {
                "order_id": key,
                "customer_id": whose(order, shop, rules.country),
                "ordered_at": order["ordered_at"],
                "order_date": day,
                "is_test": bool(order["is_test"]),
                "order_number": None,
                "net_revenue": net,
                "gross_profit": None if cost is None else net - as_money(cost),
                **money,
            }
        )
        if money["is_valid"]:
            shop.refunds += [
                {"order_id": key, "day": refund["refunded_at"].date(), "amount": refund["amount"] * rate}
                for refund in refunds
            ]
    of_person: dict[Identifier, int] = defaultdict(int)
    for order in sorted(shop.orders, key=lambda order: (order["ordered_at"], order["order_id"])):
        if order["is_valid"] and order["customer_id"]:
            of_person[order["customer_id"]] += 1
            order["order_number"] = of_person[order["customer_id"]]


# --- facts


def fill_facts(shop: Shop, rules: Rules) -> None:
    """The rows that stages are made of, each with its person, as `naive_lifecycle` takes them."""
    of_order = {order["order_id"]: order["customer_id"] for order in shop.orders}
    tables = {
        "sessions": "sessions", "carts": "carts", "leads": "leads", "customers": "int_registrations",
        "support_tickets": "support_tickets", "email_events": "email_events", "surveys": "survey_responses",
        "reviews": "reviews", "social_mentions": "social_mentions",
    }  # fmt: skip
    shop.facts["orders"] = shop.orders
    for feed, table in tables.items():
        shop.facts[table] = [
            row
            | {
                "customer_id": whose(row, shop, rules.country) or of_order.get(row.get("order_id")),
                "shop_customer_id": row.get("customer_id"),
            }
            for row in shop.in_force[feed]
        ]
    shop.facts["referrals"] = [
        row | {"customer_id": whose({"customer_id": row["referrer_customer_id"]}, shop, rules.country)}
        for row in shop.in_force["referrals"]
    ]
    for answer in shop.facts["survey_responses"]:
        limits = {"nps": (0, 10), "csat": (1, 5)}.get(answer["survey"])
        if limits and answer["score"] is not None and not limits[0] <= answer["score"] <= limits[1]:
            answer["score"] = None


def read_shop(files: Iterable[File], as_of: date, rules: Rules) -> Shop:
    """What the deliveries come to at the end of as_of."""
    in_force = versions_in_force(files, as_of, rules.zone)
    shop = Shop(in_force, identifiers_of_persons(in_force, rules))
    fill_orders(shop, rules)
    fill_facts(shop, rules)
    return shop


# --- KPIs


def month_ends(first: date, as_of: date) -> list[tuple[date, date]]:
    """First and last day of each month from that of a day to that of as_of, which ends at as_of."""
    months, start = [], first.replace(day=1)
    while start <= as_of:
        following = (start + 31 * DAY).replace(day=1)
        months.append((start, min(following - DAY, as_of)))
        start = following
    return months


def share(part: float | Decimal, whole: float | Decimal, times: int = 1) -> float | None:
    """A ratio, None when the denominator is 0."""
    return times * float(part) / float(whole) if whole else None


def stage_on(intervals: list[Interval], day: date) -> str | None:
    """A person's stage at the end of a day, None before the first."""
    return next(
        (i.stage for i in intervals if i.valid_from <= day and (i.valid_to is None or day < i.valid_to)), None
    )


def converts(session: Row, orders: list[Row]) -> bool:
    """Whether a session led to one of its person's valid orders."""
    start = session["started_at"]
    seconds = float(session["duration_s"] or 0)
    end = start + timedelta(seconds=seconds) + timedelta(minutes=30)
    return any(
        o["ordered_at"] >= start and (o["order_date"] == start.date() or o["ordered_at"] <= end)
        for o in orders
    )


def kpis_of_month(
    shop: Shop, histories: dict[Any, list[Interval]], first: date, last: date, rules: Rules
) -> dict[str, float | None]:
    """KPIs of one month, by their id."""
    valid = [order for order in shop.orders if order["is_valid"]]
    mine: dict[Identifier, list[Row]] = defaultdict(list)
    for order in valid:
        if order["customer_id"]:
            mine[order["customer_id"]].append(order)
    placed = [order for order in valid if first <= order["order_date"] <= last]
    gross, off = (float(sum(order[name] for order in placed)) for name in ("gross_sales", "discount"))
    back = float(sum(refund["amount"] for refund in shop.refunds if first <= refund["day"] <= last))
    sessions = [s for s in shop.facts["sessions"] if first <= s["started_at"].date() <= last]
    recent = [
        sum(last - rules.repeat_days * DAY < order["order_date"] <= last for order in orders)
        for orders in mine.values()
    ]
    start = first - DAY
    kept = [
        person
        for person, orders in mine.items()
        if any(order["order_date"] <= start for order in orders)
        and stage_on(histories[person], start) != "churned"
    ]
    days = [first + n * DAY for n in range((last - first).days + 1)]
    churned = [p for p in kept if any(stage_on(histories[p], day) == "churned" for day in days)]
    stayed = [p for p in kept if stage_on(histories[p], last) != "churned"]
    scores = nps_scores(shop, first, last)
    return {
        "orders": len(placed),
        "gross_sales": gross,
        "discounts": off,
        "refunds": back,
        "net_revenue": gross - off - back,
        "new_customers": sum(order["order_number"] == 1 for order in placed),
        "aov": share(gross - off, len(placed)),
        "visits": len(sessions),
        "conversion_rate": share(
            sum(converts(s, mine.get(s["customer_id"], [])) for s in sessions), len(sessions)
        ),
        "repeat_purchase_rate": share(sum(n >= 2 for n in recent), sum(n >= 1 for n in recent)),
        "retention_rate": share(len(stayed), len(kept)),
        "churn_rate": share(len(churned), len(kept)),
        "nps": share(sum(s >= 9 for s in scores) - sum(s <= 6 for s in scores), len(scores), 100),
    }


def visit_kpis(shop: Shop, first: date, last: date) -> dict[str, float | None]:
    """KPIs of sessions."""
    sessions = [row for row in shop.facts["sessions"] if first <= row["started_at"].date() <= last]
    timed = [row for row in sessions if row["duration_s"] is not None]
    paged = [row for row in sessions if row["pageviews"] is not None]
    measured = [row for row in sessions if row["duration_s"] is not None or row["pageviews"] is not None]
    counters = ("add_to_carts", "checkouts", "searches", "video_views")
    engaged = [
        (row["duration_s"] or 0) >= 10
        or (row["pageviews"] or 0) >= 2
        or any((row[name] or 0) >= 1 for name in counters)
        for row in measured
    ]
    return {
        "visitors": len({row["customer_id"] or row["device_id"] for row in sessions}),
        "visit_duration_s": share(sum(row["duration_s"] for row in timed), len(timed)),
        "pageviews_per_visit": share(sum(row["pageviews"] for row in paged), len(paged)),
        "bounce_rate": share(len(measured) - sum(engaged), len(measured)),
        "engaged_rate": share(sum(engaged), len(measured)),
    }


def first_orders(shop: Shop) -> dict[Identifier, Row]:
    """Each person's first valid order."""
    return {order["customer_id"]: order for order in shop.orders if order["order_number"] == 1}


def lead_kpis(shop: Shop, first: date, last: date, rules: Rules) -> dict[str, float | None]:
    """KPIs of leads."""
    leads = [row for row in shop.facts["leads"] if first <= row["created_at"].date() <= last]
    buys = first_orders(shop)
    delays = [
        buys[row["customer_id"]]["ordered_at"] - row["created_at"] if row["customer_id"] in buys else None
        for row in leads
    ]
    is_open = [
        row["customer_id"] is not None and (delay is None or delay >= timedelta(0))
        for row, delay in zip(leads, delays, strict=True)
    ]
    won = [delay is not None and timedelta(0) <= delay < rules.lead_window * DAY for delay in delays]
    return {"leads": len(leads), "lead_conversion_rate": share(sum(won), sum(is_open))}


def has_order(cart: Row, orders: dict[str, Row]) -> bool:
    """Whether a cart became an order, as far as is known; a change after as_of is later than any order."""
    until_then = (cart["updated_at"] or datetime.max - DAY) + DAY
    if cart["order_id"] and (
        cart["order_id"] not in orders or orders[cart["order_id"]]["ordered_at"] <= until_then
    ):
        return True
    return any(
        order["customer_id"] == cart["customer_id"] is not None
        and not order["is_test"]
        and cart["created_at"] <= order["ordered_at"] <= until_then
        for order in orders.values()
    )


def cart_kpis(shop: Shop, first: date, last: date, as_of: date) -> dict[str, float | None]:
    """KPIs of carts."""
    orders = {order["order_id"]: order for order in shop.orders}
    carts = [row for row in shop.facts["carts"] if first <= row["created_at"].date() <= last]
    bought = [has_order(cart, orders) for cart in carts]
    end = datetime.combine(as_of + DAY, time())
    left = [
        not is_bought and cart["updated_at"] is not None and cart["updated_at"] + DAY <= end
        for cart, is_bought in zip(carts, bought, strict=True)
    ]
    decided = sum(bought) + sum(left)
    return {
        "cart_abandonment_rate": share(sum(left), decided),
        "checkout_completion_rate": share(sum(bought), decided),
    }


def customer_kpis(
    shop: Shop, histories: dict[Any, list[Interval]], first: date, last: date
) -> dict[str, float | None]:
    """KPIs of persons and their orders."""
    valid = [order for order in shop.orders if order["is_valid"]]
    by_person = defaultdict(list)
    for order in sorted(valid, key=lambda order: order["order_number"] or 0):
        if order["customer_id"]:
            by_person[order["customer_id"]].append(order)
    days = {person: [order["order_date"] for order in orders] for person, orders in by_person.items()}
    buyers = [person for person in days if any(first <= day <= last for day in days[person])]
    again = [person for person in buyers if any(day < first for day in days[person])]
    waits = sorted((d[1] - d[0]).days for d in days.values() if len(d) > 1 and first <= d[1] <= last)
    lost = [person for person in days if stage_on(histories[person], first - DAY) == "churned"]
    by_then = {person for person in days if any(day <= last for day in days[person])}
    earned = sum(
        o["gross_sales"] - o["discount"] for o in valid if o["customer_id"] and o["order_date"] <= last
    )
    counted = {o["order_id"] for o in valid if o["customer_id"] and o["order_date"] <= last}
    back = sum(r["amount"] for r in shop.refunds if r["order_id"] in counted and r["day"] <= last)
    placed = [order for order in valid if first <= order["order_date"] <= last]
    middle = (waits[(len(waits) - 1) // 2] + waits[len(waits) // 2]) / 2 if waits else None
    active = [person for person in by_then if stage_on(histories[person], last) != "churned"]
    referrers = {
        row["customer_id"]
        for row in shop.facts["referrals"]
        if row["customer_id"] and first <= row["created_at"].date() <= last
    }
    return {
        "returning_customer_rate": share(len(again), len(buyers)),
        "days_to_second_order": middle,
        "reactivation_rate": share(len(set(lost) & set(buyers)), len(lost)),
        "clv_historic": share(earned - back, len(by_then)),
        "return_rate": share(
            sum(order["refunds"] for order in placed), sum(o["gross_sales"] - o["discount"] for o in placed)
        ),
        "referral_rate": share(len(referrers), len(active)),
    }


def answer_kpis(shop: Shop, first: date, last: date) -> dict[str, float | None]:
    """KPIs of answers, points and mentions."""
    answers = [row for row in shop.facts["survey_responses"] if first <= row["responded_at"].date() <= last]
    scores = [row["score"] for row in answers if row["survey"] == "csat" and row["score"] is not None]
    entries, mentions = (
        [row for row in shop.in_force[feed] if first <= row["occurred_at"].date() <= last]
        for feed in ("loyalty_points", "social_mentions")
    )
    return {
        "csat": share(sum(score >= 4 for score in scores), len(scores)),
        "survey_match_rate": share(sum(row["customer_id"] is not None for row in answers), len(answers)),
        "points_issued": sum(max(row["points"], 0) for row in entries),
        "social_mentions": len(mentions),
    }


def nps_scores(shop: Shop, first: date, last: date) -> list[Decimal]:
    """The scores of the NPS of a period: of each person the latest answer, and each answer of nobody."""
    latest: dict[Any, Row] = {}
    answers = [
        row
        for row in shop.facts["survey_responses"]
        if row["survey"] == "nps" and row["score"] is not None and first <= row["responded_at"].date() <= last
    ]
    for row in sorted(answers, key=lambda row: (row["responded_at"], row["response_id"])):
        latest[row["customer_id"] or ("nobody", row["response_id"])] = row
    return [row["score"] for row in latest.values()]


def kpis_by_month(
    shop: Shop, intervals: list[Interval], as_of: date, rules: Rules
) -> dict[tuple[str, date], Any]:
    """KPIs by id and first day of the month."""
    histories: dict[Any, list[Interval]] = defaultdict(list)
    for interval in intervals:
        histories[interval.customer_id].append(interval)
    earliest = min(
        row[EVENT_TIMES[feed]].date()
        for feed in ("orders", "sessions", "carts", "leads", "surveys", "email_events", "refunds",
                     "marketing_spend")
        for row in shop.in_force[feed]
    )  # fmt: skip
    found = {}
    for first, last in month_ends(earliest, as_of):
        kpis = (
            kpis_of_month(shop, histories, first, last, rules)
            | visit_kpis(shop, first, last)
            | lead_kpis(shop, first, last, rules)
            | cart_kpis(shop, first, last, as_of)
            | customer_kpis(shop, histories, first, last)
            | answer_kpis(shop, first, last)
        )
        found |= {(kpi, first): value for kpi, value in kpis.items()}
    return found
