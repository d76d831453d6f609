"""Random small shops with nasty deliveries, many of them side by side in one landing zone.

A shop's identifiers and keys begin with its own prefix, so that hundreds of shops share one build and a
difference names the shop that it is of. Exchange rates and products are shared. Nothing here knows what is
right.
"""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from naive_shop import FEEDS, File, name_of

Texts = dict[str, str]

AS_OF = date(2026, 5, 20)
FIRST = datetime(2026, 3, 1)
#: Days of delivery; the last ones lie after as_of.
DELIVERIES = [
    date(2026, 3, 10),
    date(2026, 3, 31),
    date(2026, 4, 20),
    date(2026, 5, 8),
    AS_OF,
    date(2026, 5, 21),
]
#: Names whose order by code point is not that of any language.
NAMES = ["B.csv", "a.csv", "a10.csv", "a9.csv", "ä.csv", "注文.csv"]
#: Distances in days at which stages begin and end, with `THRESHOLDS` of the shop, and their neighbours.
STEPS = [0, 0, 1, 2, 8, 9, 10, 11, 12, 13, 19, 20, 21, 29, 30, 31, 39, 40]
PRODUCTS = ["goods1", "goods2", "card", "service", "warranty", "unheard", "withdrawn", "no_cost"]


@dataclass
class Deliveries:
    """Rows by feed, day and file name, in order."""

    rows: dict[tuple[str, date, str], list[Texts]] = field(default_factory=lambda: defaultdict(list))

    def put(self, feed: str, day: date, name: str, row: Texts) -> None:
        """Appends a row to a file."""
        self.rows[feed, day, name].append(row)

    def files(self) -> list[File]:
        """All files."""
        return [File(feed, day, name, rows) for (feed, day, name), rows in self.rows.items()]


@dataclass
class Person:
    """Somebody, and what they may be known by."""

    numbers: list[str]
    emails: list[str]
    phones: list[str]
    lines: list[str]
    devices: list[str]


class ShopMaker:
    """Makes one shop and delivers its rows."""

    def __init__(self, number: int, seed: int, deliveries: Deliveries) -> None:
        self.dice = random.Random(f"{seed}-{number}")
        self.prefix = f"s{number:04d}"
        self.number = number
        self.deliveries = deliveries
        self.keys = 0
        self.orders: list[str] = []
        self.persons = [self.person(at) for at in range(self.dice.randint(3, 8))]

    # --- chance

    def chance(self, share: float) -> bool:
        """True in a share of the cases."""
        return self.dice.random() < share

    def one_of(self, *choices: str) -> str:
        """One of the texts."""
        return self.dice.choice(choices)

    def key(self) -> str:
        """A key that no other row has; such keys sort otherwise as texts than as numbers."""
        self.keys += 1
        return f"{self.prefix}k{self.keys}"

    def person(self, at: int) -> Person:
        """Somebody with one to two identifiers of each kind."""
        some = self.dice.randint
        return Person(
            [f"{self.prefix}c{at}{letter}" for letter in "ab"[: some(1, 2)]],
            [f"{self.prefix}p{at}{letter}@example.jp" for letter in "ab"[: some(1, 2)]],
            [f"090{self.number:04d}{at:03d}{digit}" for digit in range(some(1, 2))],
            [f"{self.prefix}l{at}"],
            [f"{self.prefix}d{at}{letter}" for letter in "abc"[: some(1, 3)]],
        )

    def time(self, near: datetime | None = None) -> datetime:
        """A time of day around which things get difficult, on a day near which stages change."""
        if near is None:
            near = FIRST + timedelta(days=self.dice.randint(0, 82))
        else:
            near += timedelta(days=self.dice.choice(STEPS))
        clock = self.dice.choice(["00:00:00", "23:59:59", "08:59:59", "09:00:00", "12:30:00", "12:30:15"])
        return datetime.fromisoformat(f"{near.date()} {clock}")

    def written(self, moment: datetime) -> str:
        """A time in one of the ways in which shops write it."""
        utc, newfoundland = moment - timedelta(hours=9), moment - timedelta(hours=12, minutes=30)
        ways = [
            f"{moment:%Y-%m-%d %H:%M:%S}",
            f"{moment:%Y-%m-%dT%H:%M:%S}+09:00",
            f"{utc:%Y-%m-%dT%H:%M:%S}Z",
            f"{utc:%Y-%m-%d %H:%M:%S} +0000",
            f"{newfoundland:%Y-%m-%d %H:%M:%S.000}-03:30",
            f" {moment:%Y-%m-%d %H:%M:%S}.5 ",
        ]
        if moment.hour == moment.minute == moment.second == 0:
            ways += [f"{moment:%Y-%m-%d}"] * 3
        return self.dice.choice(ways)

    def money(self) -> str:
        """An amount."""
        return self.one_of("0", "1", "1000", "999.99", "500.5", "2000", "3000", "+120", "1e3", "0.00005")

    # --- identifiers

    def email(self, person: Person) -> str:
        """One of a person's e-mails, in one of the ways in which it is typed."""
        text = self.dice.choice(person.emails)
        return self.one_of(text, text, text.upper(), f" {text} ", text.replace("@", "＠"))

    def phone(self, person: Person) -> str:
        """One of a person's phone numbers, in one of the ways in which it is typed."""
        text = self.dice.choice(person.phones)
        return self.one_of(text, f"+81 {text[1:]}", f"{text[:3]}-{text[3:7]}-{text[7:]}", f"０{text[1:]}")

    def named(self, feed: str, person: Person, share: float = 0.5) -> Texts:
        """Some identifiers of a person, as far as the feed has the columns; now and then those of another."""
        columns = {name_of(column) for column in FEEDS[feed].split()}
        if self.chance(0.03):
            person = self.dice.choice(self.persons)
        makers = {
            "customer_id": lambda: self.dice.choice(person.numbers),
            "email": lambda: self.email(person),
            "phone": lambda: self.phone(person),
            "line_user_id": lambda: person.lines[0],
            "device_id": lambda: self.dice.choice(person.devices),
        }
        found = {name: make() for name, make in makers.items() if name in columns and self.chance(share)}
        if "device_id" in columns and self.chance(0.12):
            found["device_id"] = f"{self.prefix}kiosk"
        if "email" in columns and self.chance(0.03):
            found["email"] = self.one_of("-", "none", "a@", "a@b@c", f"{self.prefix}@merged.example")
        if "customer_id" in columns and self.chance(0.03):
            found["customer_id"] = f"{self.prefix}guest"
        return found

    # --- deliveries

    def deliver(self, feed: str, *versions: Texts) -> None:
        """Delivers a row and its later versions, in an order that may not be the one meant."""
        for version in versions:
            self.put(feed, version)
            if self.chance(0.08):
                self.put(feed, version)
        key = {name_of(c): versions[0].get(name_of(c), "") for c in FEEDS[feed].split() if "!" in c}
        if self.chance(0.08):
            self.put(feed, key | {"deleted": self.one_of("true", "1", "Yes")})
            if self.chance(0.4):
                self.put(feed, versions[0] | {"deleted": self.one_of("", "false")})
        if self.chance(0.06):
            self.put(feed, self.spoilt(feed, versions[-1]))

    def put(self, feed: str, row: Texts) -> None:
        """Puts a row into some file of some day."""
        self.deliveries.put(feed, self.dice.choice(DELIVERIES), self.dice.choice(NAMES), row)

    def spoilt(self, feed: str, row: Texts) -> Texts:
        """The row with one value that is missing, unreadable or unlisted."""
        column = self.dice.choice([column for column in FEEDS[feed].split() if "!" not in column])
        bad = self.one_of("", "?", "-", "2026-02-30", "2026/03/01", "1,000", "6", "-1", "11", "3.5")
        return row | {name_of(column): bad} | ({"deleted": "perhaps"} if self.chance(0.1) else {})

    def with_corrections(self, feed: str, row: Texts, **other: str) -> None:
        """Delivers a row, and in some cases a version in which some values are others."""
        changed = {name: value for name, value in other.items() if self.chance(0.6)}
        self.deliver(feed, row, *([row | changed] if self.chance(0.25) else []))

    # --- facts

    def make(self) -> None:
        """Delivers everything that the shop has."""
        for person in self.persons:
            self.visits(person)
            self.purchases(person)
            self.voices(person)
        for _ in range(self.dice.randint(0, 4)):
            self.rule()

    def visits(self, person: Person) -> None:
        """Registration, sessions, carts, leads and mails."""
        at = self.time()
        for number in person.numbers:
            if self.chance(0.7):
                row = self.named("customers", person) | {
                    "customer_id": number,
                    "created_at": self.written(self.time(at)),
                }
                self.with_corrections(
                    "customers",
                    row,
                    **self.named("customers", self.dice.choice(self.persons), 0.2) | {"customer_id": number},
                )
        for _ in range(self.dice.randint(0, 5)):
            row = self.named("sessions", person, 0.35) | {
                "session_id": self.key(),
                "started_at": self.written(self.time(at)),
            }
            row.setdefault("device_id", self.dice.choice(person.devices))
            row["duration_s"] = self.one_of("", "0", "30.5", "1800")
            for counter in ("product_views", "add_to_carts", "checkouts", "searches", "video_views"):
                row[counter] = self.one_of("", "0", "0", "1", "2.0")
            self.with_corrections("sessions", row, started_at=self.written(self.time(at)), checkouts="1")
        for _ in range(self.dice.randint(0, 2)):
            created = self.time(at)
            row = self.named("carts", person) | {
                "cart_id": self.key(), "created_at": self.written(created),
                "updated_at": self.written(self.time(created)),
                "order_id": f"{self.prefix}k{self.dice.randint(1, 30)}",
            }  # fmt: skip
            self.with_corrections("carts", row, updated_at=self.written(self.time(created)), order_id="")
        for _ in range(self.dice.randint(0, 2)):
            row = self.named("leads", person) | {
                "lead_id": self.key(),
                "created_at": self.written(self.time(at)),
            }
            self.with_corrections(
                "leads", row | {"kind": self.one_of("trial", "Webinar", "", "bogus")}, kind="trial"
            )
        for _ in range(self.dice.randint(0, 3)):
            row = self.named("email_events", person) | {
                "event_id": self.key(),
                "occurred_at": self.written(self.time(at)),
            }
            self.with_corrections(
                "email_events", row | {"event": self.one_of("sent", "opened", "clicked")}, event="clicked"
            )

    def purchases(self, person: Person) -> None:
        """Orders with their lines and refunds."""
        at = self.time()
        for _ in range(self.dice.randint(0, 5)):
            at = self.time(at)
            key = self.key()
            self.orders.append(key)
            row = self.named("orders", person) | {
                "order_id": key, "ordered_at": self.written(at),
                "updated_at": self.one_of("", self.written(self.time(at))),
                "status": self.one_of(
                    "paid", "paid", "Shipped", "delivered", "delivered", "pending", "cancelled", "refunded"
                ),
                "currency": self.one_of("", "", "JPY", "jpy", "USD", "usd", "EUR"),
                "discount": self.one_of("", "0", "100", "50.5"),
                "subtotal": self.money(), "total": self.money(),
                "is_test": self.one_of("", "", "", "false", "no", "true", "x"),
            }  # fmt: skip
            self.with_corrections("orders", row, status="paid", ordered_at=self.written(self.time(at)),
                                  subtotal=self.money(), **self.named("orders", person, 0.3))  # fmt: skip
            if self.chance(0.4):
                self.visit_before(person, at)
            for line in range(self.dice.randint(0, 3)):
                item = {
                    "order_id": key, "line_no": self.one_of(f"{line}", f"0{line}", f"{line}.0"),
                    "product_id": self.dice.choice(PRODUCTS),
                    "quantity": self.one_of("1", "2", "0", "1.5", "-1"), "unit_price": self.money(),
                    "discount": self.one_of("", "0", "10", "0.25"),
                }  # fmt: skip
                self.with_corrections(
                    "order_items", item, quantity="3", product_id=self.dice.choice(PRODUCTS)
                )
            for _ in range(self.dice.choice([0, 0, 0, 1, 2])):
                back = {
                    "refund_id": self.key(), "order_id": self.one_of(key, key, f"{self.prefix}never"),
                    "refunded_at": self.written(self.time(at)),
                    "amount": self.one_of("0", "50", "1000", row["subtotal"], "9999.99"),
                }  # fmt: skip
                self.with_corrections("refunds", back, amount="100", refunded_at=self.written(self.time(at)))

    def visit_before(self, person: Person, ordered_at: datetime) -> None:
        """A session from which the order may have come: minutes before, or the evening before."""
        minutes = self.dice.choice([0, 1, 29, 30, 31, 60, 61, 600])
        row = self.named("sessions", person) | {
            "session_id": self.key(), "device_id": self.dice.choice(person.devices),
            "started_at": f"{ordered_at - timedelta(minutes=minutes):%Y-%m-%d %H:%M:%S}",
            "duration_s": self.one_of("", "0", "60", "1800"),
        }  # fmt: skip
        self.deliver("sessions", row)

    def voices(self, person: Person) -> None:
        """Answers, tickets, reviews, referrals, mentions, points, consents."""
        at = self.time()
        some_order = self.dice.choice([*self.orders, ""])
        for _ in range(self.dice.randint(0, 3)):
            row = self.named("surveys", person, 0.3) | {
                "response_id": self.key(), "survey": self.one_of("nps", "NPS", "nps", "csat", "exit_reason"),
                "order_id": some_order, "responded_at": self.written(self.time(at)),
                "score": self.one_of("", "0", "6", "6.5", "7", "9", "10", "10", "11", "-1"),
            }  # fmt: skip
            self.with_corrections("surveys", row, score="9", responded_at=self.written(self.time(at)))
        rating = self.one_of("1", "3.5", "4", "5", "6")
        sentiment = self.one_of("positive", "positive", "neutral", "?", "")
        points, granted = self.one_of("10", "-5", "2.5"), self.one_of("t", "N")
        small = [
            ("support_tickets", {"ticket_id": self.key(), "order_id": some_order}, "opened_at"),
            ("reviews", {"review_id": self.key(), "rating": rating}, "created_at"),
            (
                "social_mentions",
                {"mention_id": self.key(), "platform": "x", "sentiment": sentiment},
                "occurred_at",
            ),
            ("loyalty_points", {"entry_id": self.key(), "points": points}, "occurred_at"),
            ("consents", {"consent_id": self.key(), "channel": "email", "granted": granted}, "occurred_at"),
        ]
        for feed, row, time in small:
            if self.chance(0.4):
                named = self.named(feed, person)
                if feed == "loyalty_points":
                    named["customer_id"] = self.dice.choice(person.numbers)
                again = self.written(self.time(at))
                self.with_corrections(
                    feed, named | row | {time: self.written(self.time(at))}, **{time: again}
                )
        if self.chance(0.3):
            friend = self.dice.choice(self.persons)
            row = {
                "referral_id": self.key(), "referrer_customer_id": self.dice.choice(person.numbers),
                "referee_email": self.one_of("", self.email(friend), f"{self.prefix}friend@example.jp"),
                "referee_customer_id": self.one_of("", self.dice.choice(friend.numbers)),
                "created_at": self.written(self.time(at)), "order_id": some_order,
            }  # fmt: skip
            self.with_corrections("referrals", row, referee_email="", created_at=self.written(self.time(at)))

    def rule(self) -> None:
        """A rule about two identifiers of the shop."""
        kind = self.one_of("must_link", "cannot_link", "cannot_link", "cannot_link", "ignore")
        a, b = self.dice.sample(self.persons, 2)
        first = self.identifier(a)
        second = self.identifier(self.dice.choice([a, b, b]))
        if first == second:
            return
        if kind == "ignore":
            first, second = self.one_of(f"shop_customer_id:{self.prefix}guest", first), ""
        if self.chance(0.1):
            second = self.one_of("", "email:none", "customer:1", f"device_id:{self.prefix}kiosk")
        self.with_corrections(
            "identity_rules",
            {"rule_id": self.key(), "kind": kind, "identifier_a": first, "identifier_b": second},
            kind=self.one_of("must_link", "cannot_link"),
        )

    def identifier(self, person: Person) -> str:
        """One identifier of a person as a rule names it."""
        return self.one_of(
            *(f"shop_customer_id:{number}" for number in person.numbers),
            *(f"email:{email}" for email in person.emails),
            f"phone:{person.phones[0]}",
            *(f"device_id:{device}" for device in person.devices),
        )


def deliver_shared(deliveries: Deliveries, seed: int) -> None:
    """Products and exchange rates, which all shops share; with corrections of their own."""
    dice = random.Random(f"{seed}-shared")
    first, last = DELIVERIES[0], DELIVERIES[-2]
    kinds = {
        "card": "gift_card",
        "service": "service",
        "warranty": "warranty",
        "no_cost": "",
        "goods2": "bogus",
    }
    for product in PRODUCTS:
        if product != "unheard":
            cost = "" if product == "no_cost" else f"{dice.randint(1, 40)}.5"
            row = {"product_id": product, "kind": kinds.get(product, "goods"), "unit_cost": cost}
            deliveries.put("products", first, "a.csv", row | {"unit_cost": "1"} if cost else row)
            deliveries.put("products", last, "a.csv", row)
    deliveries.put("products", last, "a9.csv", {"product_id": "withdrawn", "deleted": "true"})
    for day in (date(2026, 3, 20), date(2026, 4, 10), date(2026, 4, 11), date(2026, 5, 21)):
        row = {"rate_date": day.isoformat(), "currency": "USD", "rate": f"{dice.randint(140, 160)}.25"}
        deliveries.put("fx_rates", dice.choice(DELIVERIES[:-1]), "a.csv", row)
    deliveries.put("fx_rates", last, "a.csv", {"rate_date": "2026-04-11", "currency": "USD", "rate": "none"})
    deliveries.put(
        "fx_rates", last, "a.csv", {"rate_date": "2026-04-12", "currency": "USD", "deleted": "true"}
    )


def random_deliveries(shops: int, seed: int) -> list[File]:
    """The files of many shops, each row in its place."""
    deliveries = Deliveries()
    deliver_shared(deliveries, seed)
    for number in range(shops):
        ShopMaker(number, seed, deliveries).make()
    return deliveries.files()


def earlier(file: File, dice: random.Random) -> File:
    """What may have lain in the place of a file before: some rows fewer, in another order, and others."""
    rows = [row for row in file.rows if dice.random() < 0.7]
    strangers = [row | {"deleted": "true"} for row in dice.sample(file.rows, min(3, len(file.rows)))]
    dice.shuffle(rows)
    return File(file.feed, file.day, file.name, rows + strangers)


def land(landing: Path, files: Iterable[File]) -> None:
    """Writes the files into the landing zone."""
    for file in files:
        path = landing / file.feed / file.day.isoformat() / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        header = [*(name_of(column) for column in FEEDS[file.feed].split()), "deleted"]
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, header, restval="")
            writer.writeheader()
            writer.writerows(file.rows)
