"""Settings of a shop: one place, errors that name the key."""

from __future__ import annotations

import duckdb
import pytest
import yaml

from dagster_project.settings import Settings, SettingsError, currency_decimals, default_shop


def write_shop(settings: Settings, text: str) -> None:
    settings.data.mkdir(parents=True, exist_ok=True)
    (settings.data / "shop.yml").write_text(text, encoding="utf-8")


def test_missing_shop_yml_is_written_with_commented_defaults(settings: Settings):
    assert settings.shop == default_shop()
    written = (settings.data / "shop.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(written) is None, "every line is commented out"
    assert "# churn_days: 180 #" in written
    for key in default_shop():
        assert f"# {key}: " in written


def test_uncommenting_every_line_changes_nothing(settings: Settings):
    assert settings.shop
    file = settings.data / "shop.yml"
    lines = file.read_text(encoding="utf-8").splitlines()
    keys = tuple(f"# {key}:" for key in default_shop())
    file.write_text(
        "\n".join(line[2:] if line.startswith(keys) else line for line in lines), encoding="utf-8"
    )
    assert Settings().shop == default_shop()


def test_given_values_override_defaults(settings: Settings):
    write_shop(settings, "time_zone: Europe/London\ncurrency: GBP\nchurn_days: 200\n")
    assert settings.shop["churn_days"] == 200
    assert str(settings.zone) == "Europe/London"
    assert settings.shop["at_risk_days"] == 90


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("churn_dayz: 3", "churn_dayz"),
        ("churn_days: soon", "churn_days"),
        ("churn_days: 0", "churn_days"),
        ("churn_days: true", "churn_days"),
        ("churn_days: 1.5", "churn_days"),
        ("count_refunded_orders: 1", "count_refunded_orders"),
        ("time_zone: Asia/Edo", "time_zone"),
        ("time_zone: [Asia/Tokyo]", "time_zone"),
        ("currency: yen", "currency"),
        ("country: Japan", "country"),
        ("country: {JP: 1}", "country"),
        ("high_value_share: 1.5", "high_value_share"),
        ("at_risk_days: 180", "at_risk_days"),
        ("- a\n- b", "shop.yml"),
        ("currency: [JPY", "shop.yml"),
    ],
)
def test_wrong_setting_is_an_error_that_names_it(settings: Settings, text: str, named: str):
    write_shop(settings, text)
    with pytest.raises(SettingsError, match=named):
        _ = settings.shop


def test_shop_yml_saved_by_a_windows_editor_is_read(settings: Settings):
    settings.data.mkdir(parents=True)
    (settings.data / "shop.yml").write_bytes(b"\xef\xbb\xbfcurrency: USD\r\n")
    assert settings.shop["currency"] == "USD"


def test_data_folder_that_would_break_a_path_in_sql_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LIFECYCLE_DATA", "/tmp/owner's")
    with pytest.raises(ValueError, match="LIFECYCLE_DATA"):
        Settings()


def test_hash_key_is_never_shown(settings: Settings):
    assert settings.hash_key not in repr(settings)


@pytest.mark.parametrize(("currency", "decimals"), [("JPY", 0), ("USD", 2), ("KWD", 3)])
def test_minor_units(currency: str, decimals: int):
    assert currency_decimals(currency) == decimals


@pytest.mark.parametrize("limit", ["8 gigs", "8", "0GB", "-1GB", "%", ""])
def test_an_amount_of_memory_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, limit: str):
    monkeypatch.setenv("LIFECYCLE_MEMORY_LIMIT", limit)
    with pytest.raises(ValueError, match=f"LIFECYCLE_MEMORY_LIMIT: {limit}: is no amount of memory"):
        Settings()


@pytest.mark.parametrize("limit", ["75%", "8GB", "1.5 GiB", "512mb"])
def test_duckdb_may_use_what_is_set_and_spills_in_the_data_folder(settings: Settings, limit: str):
    engine = Settings(data=settings.data, memory_limit=limit).engine
    with duckdb.connect(config=engine) as connection:
        spill = connection.sql("select current_setting('temp_directory')").fetchall()[0][0]
    assert spill == str(settings.data / ".spill")
