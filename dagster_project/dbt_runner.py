"""dbt in this process: a command, its nodes as they finish, and how it ended.

A dbt of its own process would go on when its parent dies, and pays for its imports and the parsed project
again. Whatever is asked of dbt beyond its documented `dbtRunner` is in this module, and
`tests/unit/test_dbt_runner.py` names the versions that it was tried with.
https://docs.getdbt.com/reference/programmatic-invocations
"""

from __future__ import annotations

import ctypes
import json
import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.dbt_cli import dbt_arguments, fingerprint
from dagster_project.files import read_text, write_text
from dagster_project.settings import Settings

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest
    from dbt_common.events.base_types import EventMsg

#: How dbt says that a node is done, whatever it is; events come in dbt's own threads.
NODE_FINISHED = "NodeFinished"

#: Says nothing on the console; dbt's log file is written all the same.
SILENT = ("--log-level", "none")


class DbtError(RuntimeError):
    """dbt stopped before or outside its nodes; the message is dbt's own."""


@dataclass(frozen=True)
class FinishedNode:
    """A model, seed or test that dbt is done with.

    Attributes:
        unique_id: As in the manifest.
        status: success, pass, warn, fail, error or skipped.
        seconds: How long it took.
        failures: Rows that a test found, or None.
    """

    unique_id: str
    status: str
    seconds: float
    failures: int | None


@dataclass(frozen=True)
class Result:
    """What dbt says of a node at the end: its message, and the SQL that was run."""

    unique_id: str
    status: str
    message: str
    sql: str


class Invocation:
    """One command over nodes, such as `build`, in a thread of its own.

    Args:
        settings: The shop's.
        arguments: Of dbt, without those that say where things lie.
    """

    def __init__(self, settings: Settings, arguments: Sequence[str]) -> None:
        self.settings, self.arguments = settings, arguments
        self.results: list[Result] = []
        self.succeeded = False

    def finished_nodes(self) -> Iterator[FinishedNode]:
        """Runs dbt and gives each node when it is done; leaves the warehouse to others at the end.

        Whoever stops asking stops dbt: running statements are cancelled and nothing is begun any more.

        Raises:
            DbtError: When dbt stops before or outside its nodes.
        """
        finished: queue.SimpleQueue[FinishedNode | None] = queue.SimpleQueue()
        outcomes: list[dbtRunnerResult] = []

        def on_event(event: EventMsg) -> None:
            if event.info.name == NODE_FINISHED:
                finished.put(as_finished_node(event.data))

        def work() -> None:
            try:
                outcomes.append(invoke(self.settings, [*SILENT, *self.arguments], on_event, is_build=True))
            finally:
                finished.put(None)

        thread = threading.Thread(target=work, name="dbt")
        thread.start()
        try:
            while node := finished.get():
                yield node
        finally:
            stop(thread)
            leave_warehouse()
        self._keep(outcomes)

    def _keep(self, outcomes: list[dbtRunnerResult]) -> None:
        if not outcomes:
            raise DbtError("dbt ended without a result")
        [outcome] = outcomes
        if outcome.exception is not None:
            raise DbtError(str(outcome.exception).strip()) from outcome.exception
        self.succeeded = outcome.success
        self.results = [as_result(result) for result in getattr(outcome.result, "results", [])]


def as_finished_node(data: Any) -> FinishedNode:  # noqa: ANN401
    """The event of a finished node, in our words."""
    result = data.run_result
    is_test = data.node_info.resource_type == "test"
    return FinishedNode(
        unique_id=data.node_info.unique_id,
        status=result.status,
        seconds=round(result.execution_time, 3),
        failures=result.num_failures if is_test else None,
    )


def as_result(result: Any) -> Result:  # noqa: ANN401
    """The result of a node, in our words."""
    return Result(
        result.node.unique_id,
        str(result.status),
        result.message or "",
        getattr(result.node, "compiled_code", None) or "",
    )


def run_dbt(settings: Settings, arguments: Sequence[str]) -> int:
    """Runs a command as dbt's own command line does, telling in the terminal; returns its exit code."""
    outcome = invoke(settings, arguments)
    leave_warehouse()
    if outcome.exception is not None:
        return 2
    return 0 if outcome.success else 1


def ensure_manifest(settings: Settings) -> Path:
    """Path of an up-to-date `manifest.json`, parsing the dbt project if it has changed.

    Raises:
        DbtError: When dbt cannot read its project.
    """
    manifest = settings.dbt_target / "manifest.json"
    mark = settings.dbt_target / "manifest.fingerprint"
    now = fingerprint(settings)
    if read_text(mark) == now and is_whole(manifest):
        return manifest
    parsed.cache_clear()
    parsed(settings, now)
    leave_warehouse()
    write_text(now, mark)
    return manifest


def is_whole(manifest: Path) -> bool:
    """Whether a manifest is there to its end; dbt writes it in place."""
    try:
        return isinstance(json.loads(manifest.read_bytes()), dict)
    except (FileNotFoundError, ValueError):
        return False


@lru_cache(maxsize=1)
def parsed(settings: Settings, _fingerprint: str) -> Manifest:
    """The parsed project, read once in a process for the same files and settings.

    Raises:
        DbtError: When dbt cannot read its project.
    """
    outcome = invoke(settings, [*SILENT, "parse"])
    if outcome.exception is not None:
        raise DbtError(f"dbt cannot read its project:\n{outcome.exception}") from outcome.exception
    manifest: Manifest = outcome.result  # type: ignore[assignment]
    return manifest


def invoke(
    settings: Settings,
    arguments: Sequence[str],
    on_event: Callable[[EventMsg], None] | None = None,
    *,
    is_build: bool = False,
) -> dbtRunnerResult:
    """Runs one command of dbt with this shop's settings.

    Args:
        settings: The shop's.
        arguments: Of dbt, without those that say where things lie.
        on_event: Is called with each of dbt's events.
        is_build: Uses the project as it was parsed before in this process.
    """
    from dbt.cli.main import dbtRunner, dbtRunnerResult

    try:
        manifest = parsed(settings, fingerprint(settings)) if is_build else None
    except DbtError as error:
        return dbtRunnerResult(success=False, exception=error)
    os.environ.update(settings.environment())
    with working_directory_kept():
        runner = dbtRunner(manifest=manifest, callbacks=[on_event] if on_event else [])
        return runner.invoke([*arguments, *dbt_arguments(settings)])


@contextmanager
def working_directory_kept() -> Iterator[None]:
    """Goes back to the folder where the process was: dbt moves to its project."""
    before = os.getcwd()  # noqa: PTH109
    try:
        yield
    finally:
        os.chdir(before)


def stop(thread: threading.Thread) -> None:
    """Ends dbt as Ctrl+C does in a terminal, and waits for it; does nothing when it has ended.

    dbt waits for a node to end before it notices, so the statements that are running are cancelled as well.
    """
    from dbt.adapters.factory import FACTORY

    if thread.is_alive() and thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(KeyboardInterrupt)
        )
        for adapter in list(FACTORY.adapters.values()):
            adapter.cancel_open_connections()  # type: ignore[attr-defined]
    thread.join()


def leave_warehouse() -> None:
    """Closes the warehouse, which dbt keeps open for its next command, so that others can open it."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.adapters.factory import cleanup_connections, reset_adapters

    cleanup_connections()
    DuckDBConnectionManager.close_all_connections()
    reset_adapters()
