"""Purchase summaries → predictions, between the first and the second part of the dbt build."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from dagster_project.predict.tables import predict_shop
from dagster_project.predict.tracking import picture
from dagster_project.resources import POOL, DataFolder

#: What the models of buying give back to dbt, and the table that each is made of.
PREDICTED = [
    dg.AssetSpec(
        dg.AssetKey(["resolved", name]),
        deps=[dg.AssetKey(["intermediate", table])],
        description=description,
        group_name="resolved",
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


def as_metadata(figures: dict[str, Any]) -> dict[str, dg.MetadataValue | Any]:
    """Figures as Dagster shows them, the tracking as a picture."""
    shown = {name: value for name, value in figures.items() if name != "tracking"}
    if "tracking" in figures:
        shown["tracking"] = dg.MetadataValue.md(picture(figures["tracking"]))
    return shown


@dg.multi_asset(name="predict_customers", specs=PREDICTED, pool=POOL)
def predict_customers(data_folder: DataFolder) -> Iterator[dg.MaterializeResult]:
    """Fits the models where the data has changed, and scores every customer."""
    metadata = as_metadata(predict_shop(data_folder.settings))
    for spec in PREDICTED:
        yield dg.MaterializeResult(asset_key=spec.key, metadata=metadata)
