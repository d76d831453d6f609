"""What Dagster is told about an export: enough to see what it did, and nobody's data."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
from activate_warehouse import DAY, SEGMENT, build_warehouse, destination, member

from dagster_project.activate.export import opened
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
    return {name: value.value for name, value in metadata(exported(folder), folder / "exports").items()}


def test_every_list_is_an_asset_that_can_be_chosen_and_backfilled_by_day():
    partitions = dg.DailyPartitionsDefinition(start_date="2026-01-01")
    assets = export_assets(partitions)
    pairs = [(segment.name, name) for segment in read_segments().values() for name in segment.destinations]
    assert assets.keys == {dg.AssetKey(["exports", *pair]) for pair in pairs}
    assert len(assets.keys) == len(pairs) > 100
    assert (assets.partitions_def, assets.can_subset) == (partitions, True)
    assert assets.backfill_policy == dg.BackfillPolicy.single_run()


def test_metadata_tells_rows_exclusions_and_how_the_columns_are_filled(tmp_path):
    told = shown(tmp_path)
    assert (told["dagster/row_count"], told["added"], told["excluded"]) == (2, 2, 2)
    assert "| control_group | 1 |" in str(told["excluded_by_reason"])
    assert "| no_consent | 1 |" in str(told["excluded_by_reason"])
    assert str(told["preview"]).splitlines()[2:] == ["| Email | 2 |", "| Name | 1 |"]


def test_metadata_holds_no_personal_data(tmp_path):
    told = str(shown(tmp_path))
    assert not [value for value in ("hanako", "taro", "山田", "example.jp") if value in told]


def test_a_segment_of_variants_without_any_list_is_told_as_nothing():
    told = {name: value.value for name, value in metadata([], Path("exports")).items()}
    assert (told["dagster/row_count"], told["excluded"]) == (0, 0)
    assert isinstance(metadata([], Path("exports"))["path"], dg.PathMetadataValue)


def test_a_warning_is_logged_once_for_all_lists(tmp_path, caplog):
    reports = exported(tmp_path, minimum_audience=100)
    log_warnings([*reports, *reports])
    assert [record.getMessage() for record in caplog.records] == [
        "a limit of the destination is not met: at_risk for mailer, at_risk for mailer"
    ]


def test_a_list_that_cannot_be_written_is_named_and_keeps_none_of_the_others(tmp_path):
    """The folder of one of three lists cannot be made, as a file is in its place."""
    build_warehouse(tmp_path / "warehouse.duckdb", MEMBERS)
    (tmp_path / "exports" / "at_risk").mkdir(parents=True)
    (tmp_path / "exports" / "at_risk" / "hubspot").write_text("in the way")
    lists = [dg.AssetKey(["exports", "at_risk", name]) for name in ("csv", "hubspot", "klaviyo")]
    run = dg.materialize(
        [export_assets(dg.DailyPartitionsDefinition(start_date="2026-01-01"))],
        selection=lists,
        partition_key=DAY.isoformat(),
        resources={"data_folder": DataFolder(path=str(tmp_path))},
        raise_on_error=False,
    )
    written = {event.asset_key for event in run.get_asset_materialization_events()}
    assert written == {lists[0], lists[2]}
    assert not run.success
    [failure] = run.get_step_failure_events()
    told = failure.step_failure_data.user_failure_data.description
    assert told.startswith("1 lists stay as they were:\nat_risk for hubspot: ")
    assert str(tmp_path) not in told
    assert (tmp_path / "exports" / "at_risk" / "klaviyo" / DAY.isoformat() / "manifest.json").exists()
