"""Random small shops with nasty deliveries, many of them side by side in one landing zone.

A shop's identifiers and keys begin with its own prefix, so that hundreds of shops share one build and a
difference names the shop that it is of. Products, exchange rates, campaigns and targets are shared. Nothing
here knows what is right.

First comes what the shops deliver in the course of weeks, then one more day on which there is nothing new of
many persons, and one thing of each other.
"""

from __future__ import annotations

import csv
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from naive_shop import EVENT_TIMES, FEEDS, File, Rules, key_columns, name_of, taken, typed
from shop_values import CHOICES, IDENTIFIERS, LATER_CAMPAIGNS, LATER_PRODUCTS, PLATFORMS, PRODUCTS, Texts

ZONE = Rules().zone

#: The days that are built one after the other.
FIRST_BUILD, SECOND_BUILD, AS_OF = date(2026, 5, 8), date(2026, 5, 20), date(2026, 5, 22)
#: The day of delivery of one thing of a few persons.
LATER = date(2026, 5, 21)
FIRST = datetime(2026, 3, 1)
#: Days of delivery; the last one lies after as_of.
DELIVERIES = [
    date(2026, 3, 10),
    date(2026, 3, 31),
    date(2026, 4, 20),
    FIRST_BUILD,
    SECOND_BUILD,
    date(2026, 5, 23),
]
#: Names whose order by code point is not that of any language.
NAMES = ["B.csv", "a.csv", "a10.csv", "a9.csv", "ä.csv", "注文.csv"]
#: Distances in days at which stages begin and end, with `THRESHOLDS` of the shop, and their neighbours.
STEPS = [0, 0, 1, 2, 8, 9, 10, 11, 12, 13, 19, 20, 21, 29, 30, 31, 39, 40]


@dataclass
class Deliveries:
    """Rows by feed, day and file name, in order; all of one day, if one is given."""

    only_day: date | None = None
    rows: dict[tuple[str, date, str], list[Texts]] = field(default_factory=lambda: defaultdict(list))

    def put(self, feed: str, day: date, name: str, row: Texts) -> None:
        """Appends a row to a file."""
        self.rows[feed, self.only_day or day, name].append(row)

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


@dataclass
class Fact:
    """A row as it was first delivered, of a person; in force is what was delivered once and could be read."""

    feed: str
    person: Person
    at: datetime
    row: Texts
    is_in_force: bool = False


class ShopMaker:
    """Makes one shop and delivers its rows."""

    def __init__(self, number: int, seed: int, deliveries: Deliveries) -> None:
        self.dice = random.Random(f"{seed}-{number}")
        self.prefix = f"s{number:04d}"
        self.number = number
        self.deliveries = deliveries
        self.keys = 0
        self.orders: list[str] = []
        self.facts: list[Fact] = []
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
            [f"U{self.number:016d}{at:016d}"],
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
        columns = columns_of(feed)
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

    def deliver(self, feed: str, *versions: Texts) -> list[date]:
        """Delivers a row and its later versions, in an order that may not be the one meant.

        Returns:
            The days of the deliveries.
        """
        days = []
        for version in versions:
            days.append(self.put(feed, version))
            if self.chance(0.08):
                days.append(self.put(feed, version))
        if self.chance(0.08):
            days.append(
                self.put(feed, key_of(feed, versions[0]) | {"deleted": self.one_of("true", "1", "Yes")})
            )
            if self.chance(0.4):
                days.append(self.put(feed, versions[0] | {"deleted": self.one_of("", "false")}))
        if self.chance(0.06):
            days.append(self.put(feed, self.spoilt(feed, versions[-1])))
        return days

    def put(self, feed: str, row: Texts) -> date:
        """Puts a row into some file of some day, which is returned."""
        day = self.dice.choice(DELIVERIES)
        self.deliveries.put(feed, day, self.dice.choice(NAMES), row)
        return day

    def spoilt(self, feed: str, row: Texts) -> Texts:
        """The row with one value that is missing, unreadable or unlisted: any text is an identifier."""
        # A customer without a time of registration is dated by the delivery, unlike in the naive reading.
        columns = [column for column in FEEDS[feed].split() if "!" not in column and column != "created_at@"]
        column = self.dice.choice(columns)
        is_text = re.fullmatch(r"\w+\*?", column)
        bad = self.one_of("", "?", "-", "2026-02-30", "2026/03/01", "1,000", "6", "-1", "11", "3.5")
        bad = "" if is_text else bad
        return row | {name_of(column): bad} | ({"deleted": "perhaps"} if self.chance(0.1) else {})

    # --- rows

    def row(self, feed: str, person: Person, at: datetime, given: Texts) -> Texts:
        """A row with a value, or none, in every column of its feed."""
        named = self.named(feed, person, 0.35)
        return {
            name: given[name] if name in given else self.value(feed, column, named, at)
            for column, name in ((column, name_of(column)) for column in FEEDS[feed].split())
        }

    def value(self, feed: str, column: str, named: Texts, at: datetime) -> str:
        """A value of a column: what it refers to, a time near another one, or one of its choices."""
        name, is_required = name_of(column), "*" in column
        if name in CHOICES[feed]:
            return self.dice.choice(CHOICES[feed][name].split("|")).replace("&", "|")
        if "@" in column:
            is_filled = is_required or name == "created_at" or self.chance(0.7)
            return self.written(self.time(at)) if is_filled else ""
        person = self.dice.choice(self.persons)
        if name in IDENTIFIERS and not is_required:
            return named.get(name, "")
        references = {
            "order_id": lambda: self.one_of("", f"{self.prefix}never", *self.orders),
            "message_id": self.message,
            "device_id": lambda: self.one_of(*person.devices, f"{self.prefix}kiosk"),
            "customer_id": lambda: self.one_of(*person.numbers),
            "referrer_customer_id": lambda: self.one_of(*person.numbers),
            "referee_customer_id": lambda: self.one_of("", *person.numbers),
            "referee_email": lambda: self.one_of("", self.email(person), f"{self.prefix}friend@example.jp"),
            "referrer_email": lambda: self.one_of("", self.email(person)),
            "identifier_a": lambda: self.identifier(person),
            "identifier_b": lambda: self.identifier(person),
        }
        return references[name]()

    def another(self, fact: Fact) -> Texts:
        """A later version of a row, all drawn again; now and then with the identifiers of somebody else."""
        person = self.dice.choice(self.persons) if self.chance(0.2) else fact.person
        return self.row(fact.feed, person, fact.at, key_of(fact.feed, fact.row))

    def tell(self, feed: str, person: Person, at: datetime, **given: str) -> Texts:
        """Delivers a row, and in some cases a version in which some values are others."""
        fact = Fact(feed, person, at, self.row(feed, person, at, given))
        self.facts.append(fact)
        versions = [fact.row]
        if self.chance(0.25):
            changed = {name: value for name, value in self.another(fact).items() if self.chance(0.3)}
            versions.append(fact.row | changed)
        days = self.deliver(feed, *versions)
        fact.is_in_force = len(days) == 1 and days[0] <= SECOND_BUILD and can_be_read(feed, fact.row)
        return fact.row

    # --- facts

    def make(self) -> None:
        """Delivers everything that the shop has."""
        for person in self.persons:
            self.visits(person)
            self.purchases(person)
            self.voices(person)
        for _ in range(self.dice.randint(0, 4)):
            self.rule()

    def times(self, *numbers: int) -> range:
        """To do something so often: one of the numbers."""
        return range(self.dice.choice(numbers))

    def visits(self, person: Person) -> None:
        """Registration, sessions, carts, leads and messages."""
        at = self.time()
        for number in person.numbers:
            if self.chance(0.7):
                self.tell("customers", person, at, customer_id=number)
        for _ in self.times(0, 1, 2, 3, 4, 5):
            self.visit(person, at)
        for _ in self.times(0, 1, 2):
            order = f"{self.prefix}k{self.dice.randint(1, 30)}"
            self.tell("carts", person, at, cart_id=self.key(), order_id=self.one_of("", order, order))
        for _ in self.times(0, 1, 2):
            self.tell("leads", person, at, lead_id=self.key())
        for _ in self.times(0, 0, 1, 2, 3):
            self.tell("email_events", person, at, event_id=self.key())

    def visit(self, person: Person, at: datetime, **given: str) -> None:
        """A session, on a device that may be the kiosk of the shop."""
        device = f"{self.prefix}kiosk" if self.chance(0.12) else self.dice.choice(person.devices)
        self.tell("sessions", person, at, session_id=self.key(), device_id=device, **given)

    def message(self) -> str:
        """The number of one of the shop's few messages; several persons may have got it."""
        return self.one_of("", f"{self.prefix}m{self.dice.randint(1, 6)}")

    def purchases(self, person: Person) -> None:
        """Orders and what belongs to them."""
        at = self.time()
        for _ in self.times(0, 1, 2, 3, 4, 5):
            at = self.time(at)
            key = self.key()
            self.orders.append(key)
            ordered_at = self.written(at)
            order = self.tell("orders", person, at, order_id=key, ordered_at=ordered_at)
            if self.chance(0.4):
                minutes = self.dice.choice([0, 1, 29, 30, 31, 60, 61, 600])
                self.visit(person, at, started_at=f"{at - timedelta(minutes=minutes):%Y-%m-%d %H:%M:%S}")
            for line in self.times(0, 1, 2, 3):
                number = self.one_of(f"{line}", f"0{line}", f"{line}.0")
                self.tell("order_items", person, at, order_id=key, line_no=number)
            for _ in self.times(0, 0, 0, 1, 2):
                of = self.one_of(key, key, f"{self.prefix}never")
                amount = {"amount": order["subtotal"]} if self.chance(0.3) else {}
                self.tell("refunds", person, at, refund_id=self.key(), order_id=of, **amount)
            for _ in self.times(0, 0, 1, 2):
                self.tell("shipments", person, at, shipment_id=self.key(), order_id=key)
            if self.chance(0.2):
                self.tell("warranties", person, at, warranty_id=self.key(), order_id=key)

    def voices(self, person: Person) -> None:
        """Answers, tickets, reviews, referrals, mentions, points, consents."""
        at = self.time()
        order = self.dice.choice([*self.orders, ""])
        number = self.dice.choice(person.numbers)
        for _ in self.times(0, 1, 2, 3):
            self.tell("surveys", person, at, response_id=self.key(), order_id=order)
        for feed, key in (("reviews", "review_id"), ("social_mentions", "mention_id")):
            if self.chance(0.4):
                self.tell(feed, person, at, **{key: self.key()})
        if self.chance(0.4):
            self.tell("support_tickets", person, at, ticket_id=self.key(), order_id=order)
        for _ in self.times(0, 0, 1, 2):
            self.tell("loyalty_points", person, at, entry_id=self.key(), customer_id=number)
        for _ in self.times(0, 0, 1, 2):
            self.tell("consents", person, at, consent_id=self.key())
        if self.chance(0.3):
            referral = {"referral_id": self.key(), "referrer_customer_id": number}
            self.tell("referrals", person, at, **referral)

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
        rule = {"rule_id": self.key(), "identifier_a": first, "identifier_b": second}
        self.tell("identity_rules", a, FIRST, **rule, **({"kind": kind} if self.chance(0.8) else {}))

    def identifier(self, person: Person) -> str:
        """One identifier of a person as a rule names it."""
        return self.one_of(
            *(f"shop_customer_id:{number}" for number in person.numbers),
            *(f"email:{email}" for email in person.emails),
            f"phone:{person.phones[0]}",
            *(f"device_id:{device}" for device in person.devices),
        )

    # --- one more day

    def go_on(self, changed: Counter[tuple[str, str]]) -> None:
        """One more day: of most persons nothing is new, of each other one thing, so that nothing hides it."""
        for person in self.persons:
            mine = [fact for fact in self.facts if fact.person is person and fact.is_in_force]
            events = {
                "column": lambda facts=mine: self.change_a_column(facts, changed),
                "row": lambda facts=mine: self.add_a_row(self.dice.choice(facts)),
                "withdrawal": lambda facts=mine: self.withdraw(self.dice.choice(facts)),
                "meeting": lambda one=person: self.let_meet(one, self.dice.choice(self.persons)),
                "rule": self.rule,
            }
            event = self.one_of(*["nothing"] * 7, *["column"] * 8, *events)
            if event in events and mine:
                events[event]()

    def change_a_column(self, facts: list[Fact], changed: Counter[tuple[str, str]]) -> None:
        """Delivers a row with one other value, in the column that was changed least by now."""
        columns = [
            (fact, column) for fact in facts for column in FEEDS[fact.feed].split() if "!" not in column
        ]
        fewest = min(changed[fact.feed, column] for fact, column in columns)
        fact, column = self.dice.choice(
            [each for each in columns if changed[each[0].feed, each[1]] == fewest]
        )
        name = name_of(column)
        for again in (fact.row | {name: self.another(fact)[name]} for _ in range(40)):
            before, after = (typed(column, row[name], ZONE) for row in (fact.row, again))
            if before != after and can_be_read(fact.feed, again):
                changed[fact.feed, column] += 1
                self.put(fact.feed, again)
                return

    def add_a_row(self, like: Fact) -> None:
        """Delivers a row under a new key, as far as the key is one that the shop gives."""
        number = {key_columns(like.feed)[-1]: "7" if like.feed == "order_items" else self.key()}
        self.put(like.feed, self.row(like.feed, like.person, like.at, key_of(like.feed, like.row) | number))

    def withdraw(self, fact: Fact) -> None:
        """Takes a row back."""
        self.put(fact.feed, key_of(fact.feed, fact.row) | {"deleted": "true"})

    def let_meet(self, one: Person, other: Person) -> None:
        """Delivers a session that two persons seem to have had together."""
        known = {"session_id": self.key(), "device_id": one.devices[0], "email": other.emails[0]}
        self.put("sessions", self.row("sessions", one, FIRST + timedelta(days=70), known))


def can_be_read(feed: str, row: Texts) -> bool:
    """Whether ingestion takes a row and its event is over by the first of the days that are built last."""
    read = taken(feed, row, ZONE)
    return read is not None and (feed not in EVENT_TIMES or read[EVENT_TIMES[feed]].date() <= SECOND_BUILD)


def columns_of(feed: str) -> list[str]:
    """The names of a feed's columns."""
    return [name_of(column) for column in FEEDS[feed].split()]


def key_of(feed: str, row: Texts) -> Texts:
    """The key of a row."""
    return {name: row[name] for name in key_columns(feed)}


class SharedMaker:
    """Delivers what all shops share: products, exchange rates, campaigns and targets."""

    def __init__(self, seed: int, deliveries: Deliveries) -> None:
        self.dice = random.Random(f"{seed}-shared")
        self.deliveries = deliveries
        self.products: dict[str, Texts] = {}

    def put(self, feed: str, day: date, **given: str) -> Texts:
        """Delivers a row, with values drawn for what is not given, on a day."""
        drawn = {name: self.dice.choice(choices.split("|")) for name, choices in CHOICES[feed].items()}
        self.deliveries.put(feed, day, "a.csv", drawn | given)
        return drawn | given

    def make(self) -> None:
        """The weeks before, with corrections; the euro has a rate only later, the pound never."""
        first, last = DELIVERIES[0], DELIVERIES[-2]
        kinds = {"card": "gift_card", "service": "service", "warranty": "warranty", "goods6": "membership",
                 "goods2": "bogus", "no_cost": ""}  # fmt: skip
        costs = {"no_cost": ""} | {f"goods{n}": f"{n}0.5" for n in range(1, 7)}
        for product in PRODUCTS.split("|"):
            known = {"kind": kinds.get(product, "goods"), "unit_cost": costs.get(product, "3")}
            if product != "unheard":
                self.put("products", first, product_id=product)
                self.products[product] = self.put("products", last, product_id=product, **known)
        self.put("products", DELIVERIES[-1], product_id="goods6")
        self.deliveries.put("products", last, "a9.csv", {"product_id": "withdrawn", "deleted": "true"})
        for day in ("2026-03-20", "2026-04-10", "2026-04-11", "2026-05-21"):
            self.put("fx_rates", self.dice.choice(DELIVERIES[:-1]), rate_date=day, currency="USD")
        self.put("fx_rates", last, rate_date="2026-04-11", currency="USD", rate="none")
        gone = {"rate_date": "2026-04-12", "currency": "USD", "deleted": "true"}
        self.deliveries.put("fx_rates", last, "a.csv", gone)
        for at in range(60):
            for platform, campaign in self.dice.sample(PLATFORMS, 2):
                self.spend(self.dice.choice(DELIVERIES), at, platform, campaign)
        for kpi in ("orders", "aov", "conversion_rate"):
            for period, start in (("month", "2026-04-01"), ("week", "2026-04-06"), ("day", "2026-05-01")):
                for day in self.dice.sample(DELIVERIES[:-1], 2):
                    self.put("kpi_targets", day, kpi_id=kpi, period_start=start, period=period)

    def spend(self, day: date, at: int, platform: str, campaign: str) -> None:
        """Delivers what a campaign cost, and brought, some days after the first."""
        cost_of = (FIRST + timedelta(days=at)).date().isoformat()
        self.put("marketing_spend", day, spend_date=cost_of, platform=platform, campaign_id=campaign)

    def go_on(self) -> None:
        """One more day: each column of some product, a rate of both currencies, campaigns and a target."""
        for product, changes in LATER_PRODUCTS.items():
            self.put("products", LATER, **self.products.get(product, {"product_id": product}) | changes)
        self.put("fx_rates", LATER, rate_date="2026-04-10", currency="USD", rate="200.5")
        self.put("fx_rates", LATER, rate_date="2026-04-20", currency="EUR", rate="170")
        for platform, campaign in LATER_CAMPAIGNS:
            self.spend(LATER, 62, platform, campaign)
        for at in range(20):
            for platform, campaign in PLATFORMS:
                self.spend(LATER, at, platform, campaign)
        target = {"kpi_id": "aov", "period_start": "2026-04-01", "period": "month", "target": "77"}
        self.put("kpi_targets", LATER, **target)


def random_deliveries(shops: int, seed: int) -> tuple[list[File], list[File]]:
    """The files of many shops, each row in its place: those of some weeks, and those of one day more."""
    weeks, later = Deliveries(), Deliveries(LATER)
    shared = SharedMaker(seed, weeks)
    makers = [ShopMaker(number, seed, weeks) for number in range(shops)]
    for maker in (shared, *makers):
        maker.make()
        maker.deliveries = later
    changed: Counter[tuple[str, str]] = Counter()
    for maker in makers:
        maker.go_on(changed)
    shared.go_on()
    return weeks.files(), later.files()


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
