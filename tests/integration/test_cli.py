"""What a stranger types and drops: every mistake gets one clear line and the exit code of a wrong call."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dagster_project.cli import app
from dagster_project.days import DayError, chosen_day, chosen_range
from dagster_project.ingest.contracts import read_contracts
from dagster_project.partitions import first_day
from dagster_project.settings import Settings

HEADER = "order_id,ordered_at,status,subtotal,total\n"


def call(*arguments: str) -> Result:
    """The command in this process; anything but an exit is raised."""
    result = CliRunner().invoke(app, arguments)
    if not isinstance(result.exception, SystemExit | None):
        raise result.exception
    return result


def land(settings: Settings, path: str, text: str = HEADER) -> None:
    file = settings.landing / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("run", "--day", "2026-13-01"), "YYYY-MM-DD"),
        (("run", "--day", "2026/11/01"), "YYYY-MM-DD"),
        (("run", "--day", "2199-01-01"), "has not begun"),
        (("run",), "put files into landing/"),
        (("run", "--day", "2026-01-01"), "put files into landing/"),
        (("run", "--day", "max"), "put files into landing/"),
        (("run", "--from", "2026-01-01", "--to", "2026-01-02"), "put files into landing/"),
        (("run", "--from", "2026-02-02", "--to", "2026-02-01"), "lies after"),
        (("board",), "`lifecycle run`"),
        (("sql", "from customers"), "`lifecycle run`"),
        (("mf", "list", "metrics"), "`lifecycle run`"),
        (("quarantine", "--day", "yesterdayish"), "YYYY-MM-DD"),
    ],
)
def test_wrong_calls_get_one_line_and_exit_code_2(settings: Settings, arguments: tuple[str, ...], told: str):
    result = call(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert not settings.state_file.exists()


@pytest.mark.parametrize("arguments", [("status",), ("board",), ("sql", "from customers")])
def test_a_damaged_published_file_gets_one_line(settings: Settings, arguments: tuple[str, ...]):
    settings.published.parent.mkdir(parents=True)
    settings.published.write_text("no database")
    result = call(*arguments)
    assert result.exit_code == 2
    assert result.stderr.strip().endswith("cannot be opened; `lifecycle run` makes it anew")


@pytest.mark.parametrize("where", ["a_file", "a_file/folder"])
def test_a_folder_that_cannot_be_made_gets_one_line(tmp_path: Path, where: str):
    (tmp_path / "a_file").write_text("")
    result = call("sample", "--out", str(tmp_path / where), "--customers", "10")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error {tmp_path / where}: ")


def test_a_sample_never_overwrites_a_shop(tmp_path: Path):
    (tmp_path / "landing").mkdir()
    result = call("sample", "--out", str(tmp_path), "--customers", "10")
    assert result.exit_code == 2
    assert "choose another folder" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--from", "2026-01-01"),
        ("run", "--day"),
        ("quarantine", "--feed", "ordres"),
        ("ui", "--port", "99999"),
        ("nonsense",),
    ],
)
def test_calls_that_make_no_sense_show_how_to_get_help(settings: Settings, arguments: tuple[str, ...]):
    result = call(*arguments)
    assert result.exit_code == 2
    assert "Error" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("churn_dayz: 5", "perhaps churn_days?"),
        ("xyz: 1", "dbt/dbt_project.yml"),
        ("churn_days: [", "not readable as YAML"),
        ("time_zone: Mars", "IANA"),
    ],
)
def test_wrong_settings_get_one_line_and_exit_code_2(settings: Settings, text: str, told: str):
    settings.data.mkdir(parents=True)
    (settings.data / "shop.yml").write_text(text)
    result = call("run", "--day", "max")
    assert result.exit_code == 2
    assert told in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("variable", "value"), [("LIFECYCLE_DATA", "/no/{such}/folder"), ("LIFECYCLE_HASH_KEY", "it's")]
)
def test_a_wrong_environment_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str):
    monkeypatch.setenv(variable, value)
    for command in ("status", "quarantine", "board"):
        result = call(command)
        assert result.exit_code == 2
        assert result.stderr.startswith(f"error {variable}: ")


def test_a_file_in_place_of_the_data_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "data").write_text("")
    monkeypatch.setenv("LIFECYCLE_DATA", str(tmp_path / "data"))
    result = call("status")
    assert result.exit_code == 2
    assert "is no folder" in result.stderr


def test_status_of_a_landing_zone_full_of_mistakes(settings: Settings):
    for path in ("stray.csv", "ordres/2026-11-20/a.csv", "orders/20261120/a.csv", "orders/undated.csv"):
        land(settings, path)
    (settings.landing / "carts" / "2026-11-20").mkdir(parents=True)
    (settings.landing / "carts" / "2026-11-20" / "gone.csv").symlink_to("/nowhere/carts.csv")
    land(settings, "leads/2026-11-20/folder.csv/a.csv")
    result = call("status")
    assert result.exit_code == 0
    assert "3 deliveries" in result.stdout


def test_yesterday_can_be_run_when_the_first_delivery_came_today(settings: Settings):
    today = settings.now().date()
    land(settings, f"orders/{today}/orders.csv")
    with pytest.raises(DayError, match=f"--day {today - timedelta(days=1)}"):
        chosen_day(settings, "1800-01-01")
    yesterday = chosen_day(settings, None)
    assert yesterday == today - timedelta(days=1)
    assert first_day(settings, read_contracts()) <= yesterday


def test_days_before_the_first_delivery_are_refused_with_the_earliest(settings: Settings):
    land(settings, "orders/1997-01-31/orders.csv")
    assert chosen_day(settings, "1997-01-31") == date(1997, 1, 31)
    with pytest.raises(DayError, match="--day 1997-01-31"):
        chosen_day(settings, "1997-01-30")
    with pytest.raises(DayError, match="--day 1997-01-31"):
        chosen_range(settings, "1997-01-30", "1997-02-01")
