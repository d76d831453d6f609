"""What is reported when dbt has failed: what went wrong, and what helps."""

from __future__ import annotations

from collections.abc import Sequence

from dagster_project.dbt_runner import Result

#: Signs in a message of dbt or DuckDB that stops everything, and what helps then.
ADVICE = {
    "Could not set lock": (
        "Another program has the warehouse open (its number is given above): close it, then `lifecycle run`."
    ),
    "No space left on device": "Make room on the disk of the data folder, then `lifecycle run`.",
    "WAL": (
        "The warehouse cannot be opened. Put `warehouse.duckdb` and `warehouse.duckdb.wal` aside and"
        " `lifecycle run`: all of it is built again from the lake."
    ),
    "not a valid DuckDB database file": (
        "The warehouse is damaged. Put `warehouse.duckdb` and `warehouse.duckdb.wal` aside and"
        " `lifecycle run`: all of it is built again from the lake."
    ),
    "Out of Memory": (
        "Memory ran out: `lifecycle dbt run --threads 1` builds one model at a time, and"
        " `lifecycle run` goes on from there. `LIFECYCLE_MEMORY_LIMIT` gives DuckDB more."
    ),
}


def about_nodes(results: Sequence[Result]) -> str:
    """What failed in a build, a line each, and what to do."""
    failed = [
        f"{result.unique_id.split('.')[2]}: {result.message}"
        for result in results
        if result.status in {"error", "fail"}
    ]
    return "\n".join([f"{len(failed)} models or tests failed.", *failed, what_to_do(failed)])


def about_dbt(message: str) -> str:
    """What dbt says when it stopped before or outside its nodes, and what to do."""
    return "\n".join([f"dbt stopped: {message}", *advice(message), "More stands in `.dbt/dbt.log`."])


def what_to_do(failed: Sequence[str]) -> str:
    """What helps after a build in which something failed.

    Where memory ran out, fewer models at a time help: each may hold what the other needs.
    """
    return "\n".join(
        [
            "The SQL of each lies in `.dbt/compiled` of the data folder;"
            " `lifecycle dbt build --select NAME` runs one again, `lifecycle run` the day.",
            *advice("\n".join(failed)),
        ]
    )


def advice(message: str) -> list[str]:
    """What helps, by the signs in a message."""
    return [help_ for sign, help_ in ADVICE.items() if sign in message]
