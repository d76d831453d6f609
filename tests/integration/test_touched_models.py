"""Models that rebuild touched persons only: what they may read, and how."""

from __future__ import annotations

import json
import re

from dagster_project.dbt_runner import ensure_manifest
from dagster_project.settings import Settings

#: What such a model reads as a whole, and why it may.
READ_AS_A_WHOLE = {
    "attribution_models": "a reference table",
    "lifecycle_rules": "a reference table",
    "stages": "a reference table",
    "stg_products": "small; a changed product touches its buyers",
    "int_exchange_rates": "small; a changed rate touches who ordered on the day",
    "int_campaign_platforms": "small; a changed platform touches the visitors of the campaign",
    "marketing_spend": "small; a new or lost platform touches the visitors that it brought",
    "int_identifiers": "joined to the rows; one that came to another person touches both",
    "int_orders_placed": "carts find the person of an order that they name",
}
REF = re.compile(r"\{\{ ref\('(\w+)'\) \}\}(?: as \w+)?\s*(\{\{ of_touched|semi join)?")


def test_whatever_is_rebuilt_for_touched_persons_narrows_what_it_reads_and_knows_no_as_of(settings: Settings):
    nodes = json.loads(ensure_manifest(settings).read_text(encoding="utf-8"))["nodes"]
    models = [
        node for node in nodes.values() if node["config"].get("incremental_strategy") == "touched_owners"
    ]
    assert len(models) > 20
    read_as_a_whole = set()
    for node in models:
        read = dict.fromkeys(name.split(".")[-1] for name in node["depends_on"]["nodes"])
        narrowed = {name for name, by in REF.findall(node["raw_code"]) if by}
        read_as_a_whole |= read.keys() - narrowed - {"touched_persons"}
        assert "model.lifecycle.int_as_of" not in read_through_views(nodes, node), node["name"]
    assert read_as_a_whole == READ_AS_A_WHOLE.keys()


def read_through_views(nodes: dict, node: dict) -> set[str]:
    """All models that a model reads, and that views among them read; staging only shows what is in force."""
    found: set[str] = set()
    for name in node["depends_on"]["nodes"]:
        found.add(name)
        config = nodes.get(name, {}).get("config", {})
        if config.get("materialized") == "view" and config["schema"] != "staging":
            found |= read_through_views(nodes, nodes[name])
    return found
