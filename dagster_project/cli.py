"""The `lifecycle` command: what a shop's data person types.

Each command is a few lines over a function of a room. Exit codes: 0 done, 1 the run failed, 2 the call or a
setting is wrong.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from dagster_project.settings import PROJECT, Settings, SettingsError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    help="The customer-lifecycle warehouse: files of a shop in; persons, stages, KPIs and segments out.",
)
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

#: `dagster dev` and `definitions validate` recommend `dg`, which knows nothing of workspace.yaml.
SUPERSEDED = "ignore:Function"

Day = Annotated[str | None, typer.Option(help="YYYY-MM-DD, 'yesterday' (default) or 'max' (latest delivery)")]


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turns errors that a person can mend into one line and exit code 2."""
    from dagster_project.activate.push import PushError
    from dagster_project.days import DayError
    from dagster_project.dbt_runner import DbtError
    from dagster_project.erasure.tombstones import ErasureError
    from dagster_project.intake.recognition import NotTaken

    mendable = (SettingsError, DayError, DbtError, NotTaken, PushError, ErasureError)
    try:
        yield
    except ValidationError as error:
        for problem in error.errors():
            variable = "".join(f"LIFECYCLE_{name}: ".upper() for name in problem["loc"])
            message = variable + problem["msg"].removeprefix("Value error, ")
            errors.print(f"[red]error[/] {message}", soft_wrap=True)
        raise typer.Exit(2) from error
    except mendable as error:
        errors.print(f"[red]error[/] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(2) from error
    except OSError as error:
        message = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        errors.print(f"[red]error[/] {escape(message)}", soft_wrap=True)
        raise typer.Exit(2) from error


def run_and_tell(settings: Settings, first: date, last: date, *, empty_lists: bool = False) -> None:
    """Runs the days and prints how it went; exits with 1 when the run failed."""
    from dagster_project.run import run_days

    what = str(first) if first == last else f"{first} … {last}"
    errors.print(f"Running {what} in {settings.data}")
    outcome = run_days(settings, first, last, empty_lists=empty_lists)
    if outcome.succeeded:
        return
    for failure in outcome.failures:
        errors.print(f"[red]failed[/] {failure}", markup=True, soft_wrap=True)
    day = "is published all the same" if outcome.published else "is not published: the data stays as it was"
    errors.print(f"The day {day}. After mending the cause: `lifecycle run` again.", soft_wrap=True)
    errors.print(f"`make ui` shows run {outcome.run_id} in full.")
    raise typer.Exit(1)


@app.command()
def demo() -> None:
    """Lands the sample shop, runs everything through Dagster, prints the board."""
    from dagster_project.days import chosen_day
    from dagster_project.publish.board import print_board
    from dagster_project.run import is_up_to_date
    from dagster_project.sample.landing import land_sample

    with plain_errors():
        settings = Settings()
        land_sample(settings)
        day = chosen_day(settings, "max")
        if is_up_to_date(settings, day):
            console.print("Nothing has changed since the last run: nothing to do.")
        else:
            run_and_tell(settings, day, day)
        print_board(settings, console)


@app.command()
def run(
    day: Day = None,
    first: Annotated[str | None, typer.Option("--from", help="First day of a range, YYYY-MM-DD")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day of a range, YYYY-MM-DD")] = None,
    empty_lists: Annotated[
        bool, typer.Option("--empty-lists", help="Segment files may become empty, also large ones")
    ] = False,
) -> None:
    """Runs the daily job: reads deliveries, rebuilds, tests, publishes, writes segment files."""
    from dagster_project.days import chosen_day, chosen_range
    from dagster_project.ingest.contracts import read_contracts
    from dagster_project.intake.filing import take_in_inbox

    with plain_errors():
        settings = Settings()
        for _, problem in take_in_inbox(settings, read_contracts()).not_taken:
            errors.print(f"[yellow]inbox[/] {escape(str(problem))}", soft_wrap=True)
        if first or last:
            if day or not (first and last):
                raise typer.BadParameter("give --from and --to together, or --day alone")
            days = chosen_range(settings, first, last)
        else:
            chosen = chosen_day(settings, day)
            days = (chosen, chosen)
        run_and_tell(settings, *days, empty_lists=empty_lists)
        status()


@app.command()
def add(
    files: Annotated[
        list[Path], typer.Argument(help="Exports as the shop's tools write them; folders, zips")
    ],
    shop: Annotated[str | None, typer.Option(help="Key of the shop, where two use one system")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only tell, file nothing")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for the translated rows, a CSV per feed")] = None,
    as_feed: Annotated[
        str | None, typer.Option("--as", help="Of an unknown file: write a mapping to this feed, to fill in")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text")] = False,
) -> None:
    """Takes in exports as they are: tells what each is, what becomes of its rows, and files it."""
    from dagster_project.ingest.contracts import read_contracts
    from dagster_project.intake.adding import add as add_files
    from dagster_project.intake.adding import told, write_mapping

    with plain_errors():
        settings = Settings()
        if shop and not re.fullmatch(r"[\w-]+", shop):
            raise typer.BadParameter("--shop: letters, digits, _ and - only")
        if as_feed:
            if as_feed not in read_contracts():
                raise typer.BadParameter(f"'{as_feed}' is no feed; there are {', '.join(read_contracts())}")
            for file in files:
                console.print(
                    f"{escape(file.name)}: fill in {write_mapping(settings, file, as_feed)}", soft_wrap=True
                )
            return
        answers = add_files(settings, files, shop=shop, check=check, out=out)
    if as_json:
        typer.echo(json.dumps([answer.as_json() for answer in answers], ensure_ascii=False, indent=1))
    else:
        for answer in answers:
            console.print(escape(told(answer, check=check)), soft_wrap=True)
    if not all(answer.taken for answer in answers):
        raise typer.Exit(1)


@app.command()
def formats() -> None:
    """Lists the exports that are known, what each gives, and where the tool makes it."""
    from dagster_project.intake.formats import read_formats

    with plain_errors():
        known = read_formats(Settings())
    for form in known.values():
        gives = f"cannot be taken: {form.refused}" if form.refused else "gives " + ", ".join(form.feeds)
        console.print(f"[bold]{form.name}[/]  {escape(form.title['ja'])} / {escape(form.title['en'])}")
        console.print(f"  {escape(gives)}", soft_wrap=True)
        for language in ("ja", "en"):
            if form.where.get(language):
                console.print(f"  {language}: {escape(form.where[language])}", soft_wrap=True)
        if form.settings:
            names = ", ".join(form.settings)
            console.print(
                f"  shop.yml: sources: {{{form.system}: {{…}}}}, settings {escape(names)}", soft_wrap=True
            )


@app.command()
def status() -> None:
    """Prints how far the data goes: as_of, the last order's day, what waits in the landing zone."""
    from dagster_project.publish.status import status_lines

    with plain_errors():
        for label, value in status_lines(Settings()):
            console.print(f"{label:<22}{value}", soft_wrap=True)


@app.command()
def board() -> None:
    """Prints the board: KPIs of the last month, customers by stage, segments."""
    from dagster_project.publish.board import print_board

    with plain_errors():
        print_board(Settings(), console)


@app.command()
def sql(query: Annotated[str, typer.Argument(help='Such as "from customers limit 5"')]) -> None:
    """Asks the published database, read-only, and prints the answer as a table."""
    import duckdb

    from dagster_project.publish.swap import open_published

    with plain_errors():
        published = open_published(Settings())
    try:
        with published as connection:
            answer = connection.sql(query)
            if answer is not None:
                answer.show(max_rows=40)
    except duckdb.Error as error:
        errors.print(f"[red]error[/] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(2) from error


@app.command()
def quarantine(
    feed: Annotated[str | None, typer.Option(help="Only this feed")] = None,
    day: Annotated[str | None, typer.Option(help="Only this day of delivery, YYYY-MM-DD")] = None,
) -> None:
    """Lists what could not be read: file, line, column, reason. It lies in `quarantine/` and `nulled/`."""
    from dagster_project.days import checked_day
    from dagster_project.ingest.contracts import read_contracts
    from dagster_project.ingest.quarantine import quarantine_summary

    with plain_errors():
        settings = Settings()
        if day:
            checked_day(day, settings.now().date())
        if feed and feed not in read_contracts():
            raise typer.BadParameter(f"'{feed}' is no feed; there are {', '.join(read_contracts())}")
        counts = [
            count
            for count in quarantine_summary(settings)
            if feed in (None, count.feed) and day in (None, count.day.isoformat())
        ]
    if not counts:
        console.print("Nothing is in quarantine.")
        return
    for count in counts:
        console.print(escape(count.told), soft_wrap=True)
    console.print("\nWith value and text, of rows not taken and of values left out:", soft_wrap=True)
    for root in (settings.quarantine, settings.nulled):
        if any(root.rglob("rows.parquet")):
            rows = f"{root}/{feed or '*'}/delivery={day or '*'}/rows.parquet"
            console.print(f"lifecycle sql \"from read_parquet('{rows}')\"", soft_wrap=True)
    console.print("Mend the file, deliver the day again (same folder), and run.")


@app.command()
def sample(
    out: Annotated[Path, typer.Option(help="Folder to write; becomes a data folder")],
    customers: Annotated[int, typer.Option(min=1, help="People of the shop")] = 1000,
    days: Annotated[int, typer.Option(min=30, help="Days of history")] = 730,
    seed: Annotated[int, typer.Option(help="The same seed gives the same files")] = 1,
) -> None:
    """Writes a made-up Japanese shop of any size, with the truth about it beside."""
    from dagster_project.sample.generate import generate

    with plain_errors(), console.status(f"Making {customers:,} customers over {days:,} days …"):
        generate(out, customers=customers, days=days, seed=seed)
    console.print(f"Written to {out}. Next: LIFECYCLE_DATA={out} lifecycle run --day max", soft_wrap=True)


@app.command()
def fit(
    file: Annotated[Path, typer.Argument(help="Summary table: columns frequency, recency, T, monetary")],
    model: Annotated[str, typer.Option(help="bg_nbd, mbg_nbd, pareto_nbd or gamma_gamma")] = "mbg_nbd",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table")] = False,
) -> None:
    """Fits a model of buying or spending to a summary table, CSV or Parquet: a row per customer."""
    from dagster_project.predict.files import fit_as_json, read_summary
    from dagster_project.predict.likelihood import NotFitted
    from dagster_project.predict.models import MODELS
    from dagster_project.predict.models import fit as fit_model
    from dagster_project.predict.summary import SummaryError

    if model not in MODELS:
        raise typer.BadParameter(f"'{model}' is no model; there are {', '.join(MODELS)}")
    try:
        with plain_errors():
            fitted = fit_model(model, read_summary(file))
    except (SummaryError, NotFitted) as error:
        errors.print(f"[red]error[/] {error}", soft_wrap=True)
        raise typer.Exit(2 if isinstance(error, SummaryError) else 1) from error
    if as_json:
        typer.echo(fit_as_json(fitted))
        return
    table = Table("parameter", "estimate", "standard error")
    for name, value in fitted.parameters.items():
        table.add_row(name, f"{value:.6g}", f"{fitted.standard_errors[name]:.3g}")
    console.print(table)
    console.print(f"{model}: log-likelihood {fitted.log_likelihood:.4f}, {fitted.customers:,} customers")


@app.command()
def push(
    segment: Annotated[str | None, typer.Option(help="Only this segment")] = None,
    to: Annotated[
        str | None, typer.Option(help="Only this destination: hubspot, klaviyo, salesforce")
    ] = None,
    send: Annotated[bool, typer.Option("--send", help="Send; without it, only count what would be")] = False,
) -> None:
    """Sends segments to the tools' own APIs: what a tool has not accepted yet of the last export."""
    from dagster_project.activate.push import KINDS_TO_APPLY, push_lists

    with plain_errors():
        settings = Settings()
        reports = list(push_lists(settings, segment=segment, destination=to, send=send))
    counted = [*KINDS_TO_APPLY, *(["accepted", "refused"] if send else [])]
    names = (Column(header, no_wrap=True) for header in ("segment", "to"))
    table = Table(*names, *(Column(header, justify="right") for header in counted), box=SIMPLE_HEAD)
    for report in reports:
        answer = [sum(report.accepted.values()), report.refused] if send else []
        numbers = [f"{rows:,}" for rows in (*report.pending.values(), *answer)]
        table.add_row(report.segment, report.destination, *numbers)
    console.print(table)
    for report in reports:
        if report.remark:
            console.print(f"{report.segment} to {report.destination}: {report.remark}", soft_wrap=True)
    if not send:
        console.print("Dry run: nothing was sent. Add --send to send it.")
    if send and not all(report.is_complete for report in reports):
        console.print("What was not accepted is sent again the next time. The reasons for refused rows:")
        console.print(f"{settings.exports}/<segment>/<destination>/.pushed/refused.csv", soft_wrap=True)
        raise typer.Exit(1)


@app.command()
def erase(
    email: Annotated[list[str] | None, typer.Option(help="E-mail address; may be given again")] = None,
    phone: Annotated[list[str] | None, typer.Option(help="Phone number")] = None,
    customer_id: Annotated[list[str] | None, typer.Option(help="The shop's customer number")] = None,
    file: Annotated[
        Path | None, typer.Option(help="A list: email:… phone:… customer_id:… a line, or a CSV with headers")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be erased")] = False,
    export: Annotated[
        Path | None, typer.Option(help="Only write what is known of the person into this new file")
    ] = None,
    done: Annotated[
        bool, typer.Option("--done", help="The tools have the removal files: throw them away")
    ] = False,
) -> None:
    """Erases persons: names and identifiers go, orders and figures stay as nobody's (docs/erasure.md)."""
    from dagster_project.erasure import telling
    from dagster_project.erasure.access import write_access
    from dagster_project.erasure.erase import erase as erase_persons
    from dagster_project.erasure.erase import finish_removals, plan_erasure
    from dagster_project.erasure.persons import given_identifiers
    from dagster_project.ingest.contracts import read_contracts

    with plain_errors():
        settings = Settings()
        named = {"email": email, "phone": phone, "customer_id": customer_id}
        given = given_identifiers(named, file, settings.shop["country"])
        if done:
            lines, code = telling.of_removals(*finish_removals(settings))
        elif export:
            rows = write_access(settings, read_contracts(), given, export)
            lines, code = [f"{rows:,} rows in {export}, for its owner only"], 0
        elif dry_run:
            lines, code = telling.of_plan(settings, plan_erasure(settings, given)), 0
        else:
            lines, code = telling.of_erasure(settings, erase_persons(settings, given, errors.print))
    for line in lines:
        console.print(escape(line), soft_wrap=True)
    raise typer.Exit(code)


@app.command()
def ui(port: Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine")] = 3000) -> None:
    """Opens Dagster on localhost: lineage, runs, backfills; schedule and sensor at work. Ctrl+C ends it."""
    from dagster import DagsterInstance

    from dagster_project.abandoned_runs import end_abandoned_runs
    from dagster_project.loggers import tell_in_terminal
    from dagster_project.run import set_up_dagster

    tell_in_terminal()
    with plain_errors():
        settings = Settings()
        set_up_dagster(settings)
        with DagsterInstance.get() as instance:
            end_abandoned_runs(instance, settings)
    command = [
        sys.executable, "-W", SUPERSEDED, "-m", "dagster", "dev", "-w", str(PROJECT / "workspace.yaml"),
        "--host", "127.0.0.1", "--port", str(port),
    ]  # fmt: skip
    console.print(f"Dagster at http://127.0.0.1:{port} (Ctrl+C ends it)")
    # In place of this process, so that whoever ends it ends Dagster with all its parts.
    os.execve(command[0], command, os.environ | settings.environment())


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def dbt(context: typer.Context) -> None:
    """Runs dbt with this shop's settings, such as `lifecycle dbt build --select customers`."""
    from dagster_project.dbt_cli import forget_rules_if_changed, writes
    from dagster_project.dbt_runner import run_dbt
    from dagster_project.loggers import tell_in_terminal
    from dagster_project.predict.tables import ensure_files as ensure_predictions
    from dagster_project.publish.reports import ensure_files as ensure_reports
    from dagster_project.resources import held

    tell_in_terminal()
    with plain_errors():
        settings = Settings()
        with held(settings) if writes(context.args) else nullcontext():
            # dbt reads them as sources; before the first run there are none.
            ensure_predictions(settings)
            ensure_reports(settings)
            forget_rules_if_changed(settings)  # then the next run builds everything anew
            code = run_dbt(settings, context.args)
    raise typer.Exit(code)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def mf(context: typer.Context) -> None:
    """Runs MetricFlow over the published data, such as `lifecycle mf query --metrics aov,orders`."""
    from dagster_project.metricflow import MF_EXECUTABLE, mf_environment

    with plain_errors():
        environment = os.environ | mf_environment(Settings())
    command = [str(MF_EXECUTABLE), *context.args]
    raise typer.Exit(subprocess.run(command, env=environment, check=False).returncode)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(context: typer.Context) -> None:
    """Runs the tests, a file per core at a time; what follows goes to pytest (`-n 0`: one by one)."""
    # In the order of the folders, as the slow files come first: one begun last would keep all waiting for it.
    workers = ["-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder"]
    command = [sys.executable, "-m", "pytest", *workers, *context.args]
    raise typer.Exit(subprocess.run(command, cwd=PROJECT, check=False).returncode)


@app.command()
def check() -> None:
    """Lint, format and types of Python and SQL, and whether Dagster can load all definitions."""
    commands = (
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["sqlfluff", "lint", "dbt/models", "--processes", "2"],
    )
    codes = [
        subprocess.run([sys.executable, "-m", *command], cwd=PROJECT, check=False).returncode
        for command in commands
    ]
    with TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        settings.dagster_home.mkdir()
        validate = ["dagster", "definitions", "validate", "-w", str(PROJECT / "workspace.yaml")]
        codes.append(
            subprocess.run(
                [sys.executable, "-W", SUPERSEDED, "-m", *validate],
                env=os.environ | settings.environment(),
                cwd=folder,
                check=False,
            ).returncode
        )
    raise typer.Exit(max(codes))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench(context: typer.Context) -> None:
    """Runs the benchmark: ratios measured in one run, as a table and `bench.json` in the data folder."""
    raise typer.Exit(
        subprocess.run(
            [sys.executable, "-m", "benchmarks", *context.args], cwd=PROJECT, check=False
        ).returncode
    )


if __name__ == "__main__":
    app()
