"""What Dagster is told about an export: enough to see what it did, and nobody's data."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
from activate_warehouse import DAY, SEGMENT, build_warehouse, destination, member

from dagster_project.activate.export import ExportReport, opened
from dagster_project.activate.segment import read_segments
from dagster_project.assets.activate import export_assets, export_segment, log_warnings, metadata
from dagster_project.resources import DataFolder

MEMBERS = [
    member("a", name="山田 花子", email="hanako@example.jp"),
    member("b", name=None, email="taro@example.jp"),
    member("c", is_control=True),
    member("d", consents={}),
]


def exported(folder: Path, **given):
    """The reports of one export."""
    warehouse = build_warehouse(folder / "warehouse.duckdb", MEMBERS)
    with opened(warehouse, folder / "exports") as connection:
        return export_segment(connection, folder / "exports", SEGMENT, destination(**given), [DAY])


def shown(folder: Path) -> dict[str, object]:
    return as_shown({"mailer": exported(folder)}, folder / "exports")


def as_shown(reports: dict[str, list[ExportReport]], exports: Path) -> dict[str, object]:
    return {name: getattr(value, "value", value) for name, value in metadata(reports, exports).items()}


def test_every_segment_is_an_asset_that_can_be_chosen_and_backfilled_by_day():
    partitions = dg.DailyPartitionsDefinition(start_date="2026-01-01")
    assets = export_assets(partitions)
    assert assets.keys == {dg.AssetKey(["exports", name]) for name in read_segments()}
    assert (assets.partitions_def, assets.can_subset) == (partitions, True)
    assert assets.backfill_policy == dg.BackfillPolicy.single_run()


def test_metadata_tells_rows_exclusions_and_how_the_columns_are_filled(tmp_path):
    told = shown(tmp_path)
    assert told["dagster/row_count"] == 2
    assert str(told["destinations"]).splitlines()[2:] == ["| mailer | 2 | 2 | 0 | 0 | 2 | yes |"]
    assert "| mailer | control_group | 1 |" in str(told["excluded_by_reason"])
    assert "| mailer | no_consent | 1 |" in str(told["excluded_by_reason"])
    assert str(told["preview"]).splitlines()[2:] == ["| mailer | Email | 2 |", "| mailer | Name | 1 |"]


def test_metadata_holds_no_personal_data(tmp_path):
    told = str(shown(tmp_path))
    assert not [value for value in ("hanako", "taro", "山田", "example.jp") if value in told]


def test_a_segment_of_variants_without_any_list_is_told_as_nothing():
    told = as_shown({"mailer": []}, Path("exports"))
    assert told["dagster/row_count"] == 0
    assert "| mailer | 0 | 0 | 0 | 0 | 0 | yes |" in str(told["destinations"])


def test_a_warning_is_logged_once_for_all_lists(tmp_path, caplog):
    reports = exported(tmp_path, minimum_audience=100)
    log_warnings([*reports, *reports])
    assert [record.getMessage() for record in caplog.records] == [
        "a limit of the destination is not met: at_risk for mailer, at_risk for mailer"
    ]


def run_exports(folder: Path, **config: object) -> dg.ExecuteInProcessResult:
    build_warehouse(folder / "warehouse.duckdb", MEMBERS)
    return dg.materialize(
        [export_assets(dg.DailyPartitionsDefinition(start_date="2026-01-01"))],
        selection=[dg.AssetKey(["exports", "at_risk"])],
        partition_key=DAY.isoformat(),
        resources={"data_folder": DataFolder(path=str(folder))},
        run_config={"ops": {"export_segments": {"config": config}}},
        raise_on_error=False,
    )


def test_a_list_that_cannot_be_written_is_named_and_keeps_none_of_the_others(tmp_path):
    """The folder of one of the lists cannot be made, as a file is in its place."""
    (tmp_path / "exports" / "at_risk").mkdir(parents=True)
    (tmp_path / "exports" / "at_risk" / "hubspot").write_text("in the way")
    run = run_exports(tmp_path)
    assert not run.success
    [failure] = run.get_step_failure_events()
    told = failure.step_failure_data.user_failure_data.description
    assert told.startswith("1 lists stay as they were:\nat_risk for hubspot: ")
    assert str(tmp_path) not in told
    [written] = run.get_asset_materialization_events()
    shown = written.materialization.metadata["destinations"].value
    assert "| klaviyo |" in shown
    assert "| hubspot |" not in shown
    assert (tmp_path / "exports" / "at_risk" / "klaviyo" / DAY.isoformat() / "manifest.json").exists()


def test_one_destination_can_be_written_alone(tmp_path):
    assert run_exports(tmp_path, destinations=["csv"]).success
    assert [folder.name for folder in (tmp_path / "exports" / "at_risk").iterdir()] == ["csv"]
