"""Dagster's event log with connections that stay open."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dagster_project.event_log import OpenEventLog


def test_tables_can_be_asked_for_in_the_middle_of_a_transaction(tmp_path: Path):
    """As Dagster does while it stores a materialisation with tags; a run once waited for itself here."""
    log = OpenEventLog(str(tmp_path))

    def ask() -> tuple[bool, bool]:
        with log.index_connection():
            return log.has_table("asset_event_tags"), log.has_table("no_such_table")

    assert ThreadPoolExecutor(1).submit(ask).result(timeout=60) == (True, False)
    log.dispose()
