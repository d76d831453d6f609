"""What a person sees and starts in Dagster: lineage, a run by the sensor, a backfill of a range of days.

The pages are opened in Debian's chromium; without it the tests say so and are skipped.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from golden_shop import DAYS, land

from dagster_project.settings import PROJECT, Settings

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@dataclass(frozen=True)
class Dagster:
    """A running `lifecycle ui`."""

    url: str
    settings: Settings

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The answer of the page's own interface."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(
            f"{self.url}/graphql", data=body, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.load(response)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def runs(self) -> list[dict[str, Any]]:
        """All runs, the latest first."""
        return self.ask("{ runsOrError { ... on Runs { results { runId status tags { key value } } } } }")[
            "runsOrError"
        ]["results"]

    def wait_for_run(self, number: int) -> dict[str, Any]:
        """The run of this number (from 1), once it has ended."""
        deadline = time.monotonic() + 900
        while time.monotonic() < deadline:
            runs = self.runs()
            if len(runs) >= number and runs[-number]["status"] in ENDED:
                return runs[-number]
            time.sleep(2)
        raise AssertionError(f"run {number} has not ended: {self.runs()}")


@pytest.fixture(scope="module")
def dagster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dagster]:
    """`lifecycle ui` on a shop whose first two days have landed a minute ago."""
    settings = Settings(data=tmp_path_factory.mktemp("ui"), hash_key="key-of-the-tests")
    for day in DAYS[:2]:
        land(settings, day)
    for file in settings.landing.rglob("*"):
        os.utime(file, (time.time() - 60, time.time() - 60))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "dagster_project.cli", "ui", "--port", str(port)],
        cwd=PROJECT, env=os.environ | settings.environment(), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    running = Dagster(f"http://127.0.0.1:{port}", settings)
    try:
        wait_until_it_answers(running)
        yield running
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def wait_until_it_answers(dagster: Dagster) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        try:
            if dagster.ask("{ assetNodes { id } }")["assetNodes"]:
                return
        except OSError:
            pass  # not listening yet
        time.sleep(1)
    raise AssertionError("`lifecycle ui` does not answer")


@pytest.fixture(scope="module")
def page(dagster: Dagster) -> Iterator[Any]:
    if not CHROMIUM.exists():
        pytest.skip("chromium is missing: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.set_default_timeout(120_000)
        yield page
        browser.close()


def test_files_that_land_start_a_run(dagster: Dagster):
    run = dagster.wait_for_run(1)
    assert run["status"] == "SUCCESS"
    tags = {tag["key"]: tag["value"] for tag in run["tags"]}
    assert tags["dagster/sensor_name"] == "landing_sensor"
    assert tags["dagster/partition"] == str(DAYS[1])


def test_the_lineage_leads_from_files_to_segments(dagster: Dagster, page: Any):
    page.goto(f"{dagster.url}/asset-groups")
    for group in ("landing", "lake", "staging", "identity", "lifecycle", "segments", "exports"):
        page.get_by_text(group, exact=True).first.wait_for()
    page.goto(f"{dagster.url}/assets/marts/customers?view=lineage")
    for asset in ("int_persons", "customers", "lifecycle"):
        page.get_by_text(asset, exact=True).first.wait_for()


def test_an_asset_says_what_it_is(dagster: Dagster, page: Any):
    page.goto(f"{dagster.url}/assets/marts/lifecycle_stages?view=overview")
    page.get_by_text("valid_from", exact=True).first.wait_for()
    page.get_by_text("rule_id", exact=True).first.wait_for()


def test_a_backfill_of_a_range_is_one_run_that_succeeds(dagster: Dagster, page: Any):
    keys = dagster.ask("{ assetNodes { assetKey { path } isPartitioned isExecutable groupName } }")
    launched = dagster.ask(
        "mutation Launch($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params)"
        " { __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }",
        params={
            "assetSelection": [
                node["assetKey"]
                for node in keys["assetNodes"]
                if node["isExecutable"] and node["isPartitioned"] and node["groupName"] != "pushes"
            ],
            "partitionNames": [str(day) for day in DAYS[:2]],
        },
    )["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", launched
    run = dagster.wait_for_run(2)
    assert run["status"] == "SUCCESS"
    tags = {tag["key"]: tag["value"] for tag in run["tags"]}
    assert tags["dagster/asset_partition_range_start"] == str(DAYS[0])
    assert tags["dagster/asset_partition_range_end"] == str(DAYS[1])
    page.goto(f"{dagster.url}/runs/{run['runId']}")
    page.get_by_text("Success", exact=True).first.wait_for()
    assert len(dagster.runs()) == 2
