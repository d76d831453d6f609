"""The walk over the graph of identifiers: components, pairs kept apart, merges."""

from __future__ import annotations

import time
from datetime import datetime
from itertools import pairwise

import duckdb
import pyarrow as pa

from dagster_project.identity.components import KNOWN, known
from dagster_project.identity.graph import COMPONENTS, resolve
from dagster_project.identity.merges import find_merges

Pair = tuple[str, str]


def links_of(*pairs: Pair, since: list[datetime | None] | None = None) -> pa.Table:
    return pa.table(
        {
            "identifier_a": pa.array([a for a, _ in pairs], pa.string()),
            "identifier_b": pa.array([b for _, b in pairs], pa.string()),
            "position": pa.array(range(1, len(pairs) + 1), pa.int64()),
            "linked_since": pa.array(since or [None] * len(pairs), pa.timestamp("us")),
        }
    )


def apart(*pairs: Pair) -> pa.Table:
    return links_of(*pairs).select(["identifier_a", "identifier_b"])


def groups(*pairs: Pair, cannot_link: tuple[Pair, ...] = ()) -> dict[str, str]:
    result = resolve(links_of(*pairs), apart(*cannot_link)).to_pydict()
    return dict(zip(result["identifier"], result["component"], strict=True))


def test_identifiers_linked_through_others_are_one_component_named_after_the_smallest():
    assert groups(("c", "b"), ("y", "x"), ("b", "a")) == {
        "a": "a",
        "b": "a",
        "c": "a",
        "x": "x",
        "y": "x",
    }


def test_no_links_give_an_empty_table_whatever_the_rules():
    assert resolve(links_of(), apart()).schema == COMPONENTS
    assert groups(cannot_link=(("a", "b"),)) == {}


def test_a_rule_about_identifiers_that_nothing_links_changes_nothing():
    assert groups(("a", "b"), cannot_link=(("a", "z"), ("y", "z"))) == {"a": "a", "b": "a"}


def test_a_direct_link_between_what_is_kept_apart_is_left_out():
    assert groups(("a", "b"), cannot_link=(("a", "b"),)) == {"a": "a", "b": "b"}


def test_of_two_ways_to_a_pair_kept_apart_the_link_that_comes_first_stays():
    assert groups(("a", "b"), ("b", "c"), cannot_link=(("a", "c"),)) == {"a": "a", "b": "a", "c": "c"}
    assert groups(("b", "c"), ("a", "b"), cannot_link=(("a", "c"),)) == {"a": "a", "b": "b", "c": "b"}


def test_the_order_of_links_is_their_position_not_their_row():
    links = links_of(("a", "b"), ("b", "c"))
    turned = links.take(pa.array([1, 0]))
    assert resolve(turned, apart(("a", "c"))) == resolve(links, apart(("a", "c")))


def test_a_pair_is_kept_apart_also_after_each_end_has_joined_others():
    pairs = (("a", "p"), ("b", "q"), ("p", "r"), ("q", "s"), ("r", "s"))
    assert groups(*pairs, cannot_link=(("a", "b"),)) == {
        "a": "a",
        "p": "a",
        "r": "a",
        "b": "b",
        "q": "b",
        "s": "b",
    }


def test_foes_of_a_group_stay_foes_when_it_joins_a_larger_one():
    pairs = (("a", "b"), ("a", "c"), ("d", "e"), ("d", "f"), ("b", "x"), ("x", "d"), ("x", "g"), ("g", "f"))
    result = groups(*pairs, cannot_link=(("c", "e"), ("x", "f")))
    assert result["c"] == result["x"] == result["g"] == "a"
    assert result["e"] == result["f"] == "d"


def test_three_kept_apart_from_each_other_are_three():
    hub = (("h", "a"), ("h", "b"), ("h", "c"))
    result = groups(*hub, cannot_link=(("a", "b"), ("b", "c"), ("a", "c")))
    assert result == {"a": "a", "h": "a", "b": "b", "c": "c"}


def test_other_components_are_not_touched_by_a_rule():
    assert groups(("a", "b"), ("x", "y"), cannot_link=(("a", "b"),))["y"] == "x"


def test_code_points_decide_which_identifier_is_smallest():
    assert groups(("é", "z"), ("z", "Z")) == {"Z": "Z", "z": "Z", "é": "Z"}


def test_a_chain_of_ten_thousand_identifiers_with_its_ends_kept_apart_takes_seconds():
    names = [f"{number:05}" for number in range(10_000)]
    chain = tuple(pairwise(names))
    began = time.monotonic()
    result = groups(*chain, cannot_link=((names[0], names[-1]),))
    assert time.monotonic() - began < 5
    assert set(result.values()) == {names[0], names[-1]}


def day(number: int) -> datetime:
    return datetime(2026, 1, number)


def merges_of(links: pa.Table, seen: dict[str, datetime], cannot_link: tuple[Pair, ...] = ()) -> list:
    table = pa.table(
        {
            "identifier": pa.array(seen, pa.string()),
            "first_seen_at": pa.array(seen.values(), pa.timestamp("us")),
        }
    )
    return find_merges(links, resolve(links, apart(*cannot_link)), table).to_pylist()


def merge(identifier: str, a: str, b: str) -> dict[str, str]:
    return {"identifier": identifier, "identifier_a": a, "identifier_b": b}


def test_two_who_were_seen_before_the_link_merge_into_the_one_seen_first():
    links = links_of(("customer", "device"), since=[day(5)])
    assert merges_of(links, {"device": day(1), "customer": day(3)}) == [
        merge("customer", "customer", "device")
    ]


def test_an_identifier_that_is_new_in_the_linking_row_was_nobody():
    links = links_of(("customer", "device"), since=[day(5)])
    assert merges_of(links, {"device": day(1), "customer": day(5)}) == []


def test_a_new_identifier_can_show_that_two_others_are_one():
    links = links_of(("a", "b"), ("a", "c"), ("b", "c"), since=[day(5)] * 3)
    assert [row["identifier"] for row in merges_of(links, {"a": day(1), "c": day(2), "b": day(5)})] == ["c"]


def test_merges_are_told_in_the_order_of_time():
    links = links_of(("a", "b"), ("b", "c"), since=[day(9), day(5)])
    seen = {"a": day(1), "b": day(2), "c": day(3)}
    assert merges_of(links, seen) == [merge("c", "b", "c"), merge("b", "a", "b")]


def test_a_link_by_rule_alone_merges_after_all_others_also_through_one_never_seen():
    links = links_of(("a", "only-in-rules"), ("b", "only-in-rules"), ("a", "c"), since=[None, None, day(4)])
    seen = {"a": day(1), "b": day(2), "c": day(3)}
    assert merges_of(links, seen) == [merge("c", "a", "c"), merge("b", "b", "only-in-rules")]


def test_a_link_left_out_merges_nobody():
    links = links_of(("a", "b"), since=[day(5)])
    assert merges_of(links, {"a": day(1), "b": day(2)}, cannot_link=(("a", "b"),)) == []


def test_a_table_of_an_older_version_is_not_built_on():
    found = pa.table([["email:a"], ["email:a"], ["email:a"], [1], [None], [None]], schema=KNOWN)
    with duckdb.connect() as warehouse:
        assert known(warehouse, "found") == KNOWN.empty_table()
        warehouse.sql("create table found as from found")
        assert known(warehouse, "found") == found
        warehouse.sql("alter table found drop merged_by_a")
        assert known(warehouse, "found") == KNOWN.empty_table()
