"""Purchase summaries → predictions, between the first and the second part of the dbt build."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from dagster_project.left_out import as_lines, left_out_if_failing
from dagster_project.predict.tables import ensure_files, predict_nothing, predict_shop
from dagster_project.predict.tracking import picture
from dagster_project.resources import POOL, DataFolder

#: What the models of buying give back to dbt, and the table that each is made of.
PREDICTED = [
    dg.AssetSpec(
        dg.AssetKey(["resolved", name]),
        deps=[dg.AssetKey(["intermediate", table])],
        description=description,
        group_name="customers",
        owners=["team:data"],
        kinds={"python", "scipy", "parquet"},
    )
    for name, table, description in (
        ("predictions", "int_purchase_summary", "What is expected of every customer from as_of on."),
        (
            "prediction_fit",
            "int_purchase_days",
            "The fit behind the predictions, or why there is none.",
        ),
        (
            "prediction_calibration",
            "int_calibration_histories",
            "What fits of the past would have expected, to be compared with what happened.",
        ),
    )
]


FITS_ARE_USABLE = dg.AssetCheckSpec(
    "fits_are_usable",
    asset=dg.AssetKey(["resolved", "prediction_fit"]),
    description="Every fit, of today and of the past, says something of a shop with history enough.",
)


def as_metadata(figures: dict[str, Any]) -> dict[str, dg.MetadataValue | Any]:
    """Figures as Dagster shows them, the tracking as a picture."""
    shown = {name: value for name, value in figures.items() if name != "tracking"}
    if "tracking" in figures:
        shown["tracking"] = dg.MetadataValue.md(picture(figures["tracking"]))
    return shown


@dg.multi_asset(name="predict_customers", specs=PREDICTED, check_specs=[FITS_ARE_USABLE], pool=POOL)
def predict_customers(data_folder: DataFolder) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Fits the models where the data has changed, and scores every customer; stops no day."""
    settings, left_out = data_folder.settings, dict[str, str]()
    figures: dict[str, Any] = {}
    with left_out_if_failing("predictions", left_out):
        figures = predict_shop(settings)
        left_out |= {f"fit of {day}": why for day, why in figures.pop("unusable_fits").items()}
    if not figures:
        ensure_files(settings)
        predict_nothing(settings, left_out["predictions"])
    metadata = as_metadata(figures)
    for spec in PREDICTED:
        yield dg.MaterializeResult(asset_key=spec.key, metadata=metadata)
    yield dg.AssetCheckResult(
        check_name=FITS_ARE_USABLE.name,
        asset_key=FITS_ARE_USABLE.asset_key,
        passed=not left_out,
        severity=dg.AssetCheckSeverity.WARN,
        description=as_lines(left_out) or None,
    )
