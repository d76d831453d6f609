"""Summaries of a shop in, predictions as Parquet out, without dbt."""

from __future__ import annotations

import json
from base64 import b64decode
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from dagster_project.assets.predict import predict_customers
from dagster_project.cli import app
from dagster_project.predict import tables
from dagster_project.predict.files import fit_as_dict, read_summary
from dagster_project.predict.likelihood import Fit
from dagster_project.predict.summary import SummaryError, grouped
from dagster_project.predict.tables import ensure_files, folder, predict_shop, statistics_hash
from dagster_project.predict.tracking import picture
from dagster_project.resources import DataFolder
from dagster_project.settings import PROJECT, Settings
from tests.unit.test_predict_recovery import PARAMETERS, simulated, with_spend

AS_OF, PAST = date(2026, 6, 30), date(2025, 12, 31)


def shop_summary(
    customers: int = 1500, seed: int = 1, parameters: tuple[float, ...] = PARAMETERS["mbg_nbd"]
) -> pd.DataFrame:
    summary = with_spend(simulated("mbg_nbd", parameters, customers, seed), seed)
    recency = np.where(summary["frequency"] > 0, np.ceil(summary["recency"]), 0)
    ids = [f"{number:032x}" for number in range(customers)]
    return summary.assign(recency=recency, customer_id=ids)


def long_ago(summary: pd.DataFrame) -> pd.DataFrame:
    """The same customers of a shop so old that an extreme fit expects what is no number of them."""
    return summary.assign(T=summary["T"] + 600)


def warehouse(settings: Settings, summary: pd.DataFrame, past: pd.DataFrame | None = None) -> None:
    """What dbt would have built: the summary of today, one fit of the past, purchases by day."""
    settings.warehouse.parent.mkdir(parents=True, exist_ok=True)
    settings.warehouse.unlink(missing_ok=True)
    past = (summary if past is None else past).assign(fitted_at=PAST)
    days = pd.DataFrame({"order_date": [date(2025, 1, 1), date(2026, 6, 1)], "purchase_number": [1, 2]})
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("create schema intermediate")
        for name, table in (
            ("int_as_of", pd.DataFrame({"as_of": [AS_OF]})),
            ("int_purchase_summary", summary.rename(columns={"T": "t"})),
            ("int_calibration_histories", past.rename(columns={"T": "t"})),
            (
                "int_calibration_fits",
                pd.DataFrame({"fitted_at": [PAST], "horizon_days": [181]}),
            ),
            ("int_purchase_days", days),
        ):
            connection.register("given", table)
            connection.execute(f"create table intermediate.{name} as select * from given")
        connection.execute("alter table intermediate.int_calibration_fits alter fitted_at type date")
        connection.execute("alter table intermediate.int_calibration_histories alter fitted_at type date")
        connection.execute("alter table intermediate.int_purchase_days alter order_date type date")
        connection.execute("alter table intermediate.int_as_of alter as_of type date")


def written(settings: Settings, name: str) -> pd.DataFrame:
    return pq.read_table(folder(settings) / f"{name}.parquet").to_pandas()


def test_every_customer_is_predicted(settings: Settings):
    summary = shop_summary()
    warehouse(settings, summary)
    figures = predict_shop(settings)
    customers = written(settings, "customers")
    assert customers["customer_id"].tolist() == summary["customer_id"].tolist()
    assert customers[["p_alive", "expected_orders_365d", "clv_365d"]].notna().all().all()
    next_order = customers["expected_next_order_date"]
    assert (next_order.dropna() > AS_OF).all()
    assert next_order[customers["p_alive"] < 0.5].isna().all()
    assert figures["customers"] == 1500
    assert figures["fits_done"] == 4
    assert written(settings, "fit")["not_predicted_because"].isna().all()
    assert len(written(settings, "calibration")) == 1500


def test_same_summaries_give_the_same_bytes_without_a_new_fit(settings: Settings):
    warehouse(settings, shop_summary())
    predict_shop(settings)
    names = ("customers", "fit", "calibration")
    before = [(folder(settings) / f"{name}.parquet").read_bytes() for name in names]
    assert predict_shop(settings)["fits_done"] == 0
    assert [(folder(settings) / f"{name}.parquet").read_bytes() for name in names] == before
    (folder(settings) / "fits.json").unlink()
    predict_shop(settings)
    assert [(folder(settings) / f"{name}.parquet").read_bytes() for name in names] == before


def test_a_new_purchase_makes_a_new_fit(settings: Settings):
    summary = shop_summary()
    warehouse(settings, summary)
    predict_shop(settings)
    summary.loc[0, ["frequency", "recency", "T", "monetary"]] = (3, 50, 60, 9000)
    warehouse(settings, summary)
    assert predict_shop(settings)["fits_done"] > 0


@pytest.mark.parametrize(
    ("summary", "reason"),
    [
        (shop_summary(499), "fewer than 500 customers with an order"),
        (shop_summary(600).query("T < 180"), "fewer than 500 customers with an order"),
        (
            shop_summary(1500).assign(frequency=0, recency=0, T=179, monetary=None),
            "fewer than 180 days since the first order",
        ),
        (shop_summary(1500).assign(frequency=0, recency=0, monetary=None), "mbg_nbd: nobody bought again"),
        (shop_summary(1500).assign(monetary=0.0), "gamma_gamma: fewer than three customers bought again"),
    ],
)
def test_what_cannot_be_fitted_is_not_predicted(settings: Settings, summary: pd.DataFrame, reason: str):
    warehouse(settings, summary)
    assert predict_shop(settings)["not_predicted_because"] == reason
    assert written(settings, "customers").empty
    assert written(settings, "calibration").empty
    assert written(settings, "fit")["not_predicted_because"].tolist() == [reason]


def known_fit(settings: Settings, summary: pd.DataFrame, values: dict[str, float]) -> None:
    """A fit that is kept from before, so that it need not be made: the extreme one of a shop of 11,320."""
    purchases = grouped(summary)
    key = statistics_hash("mbg_nbd", [*purchases.histories, purchases.weight])
    fit = Fit("mbg_nbd", values, dict.fromkeys(values, float("nan")), -1.0, len(summary))
    folder(settings).mkdir(parents=True, exist_ok=True)
    (folder(settings) / "fits.json").write_text(json.dumps({key: fit_as_dict(fit)}))


EXTREME = {"r": 19_001.2, "alpha": 2_242_116.8, "a": 432.0, "b": 1000.0}


@pytest.mark.parametrize("which", ["today", "past", "both"])
def test_a_fit_too_extreme_to_reckon_with_stops_no_day_and_is_named(settings: Settings, which: str):
    extreme, usual = long_ago(shop_summary()), shop_summary(seed=2)
    now = usual if which == "past" else extreme
    warehouse(settings, now, past=usual if which == "today" else extreme)
    known_fit(settings, extreme, EXTREME)
    results = list(predict_customers(data_folder=DataFolder(path=str(settings.data))))
    check = results[-1]
    days = {"today": [AS_OF], "past": [PAST], "both": [AS_OF, PAST]}[which]
    why = "mbg_nbd: the fit is too extreme to be reckoned with"
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert check.description == "\n".join(f"fit of {day}: {why}" for day in days)
    assert len(written(settings, "customers")) == (1500 if which == "past" else 0)
    assert len(written(settings, "calibration")) == (1500 if which == "today" else 0)
    told = pq.read_table(folder(settings) / "fit.parquet")["not_predicted_because"].to_pylist()
    assert told == [None if which == "past" else why]


def test_a_shop_too_small_to_predict_is_nothing_to_warn_of(settings: Settings):
    warehouse(settings, shop_summary(499))
    check = list(predict_customers(data_folder=DataFolder(path=str(settings.data))))[-1]
    assert check.passed


def test_whatever_a_model_does_the_day_goes_on_without_yesterdays_predictions(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    warehouse(settings, shop_summary())
    predict_shop(settings)

    def no_memory(*_args: object) -> None:
        raise MemoryError

    monkeypatch.setattr(tables, "fitted", no_memory)
    *_, check = predict_customers(data_folder=DataFolder(path=str(settings.data)))
    assert (check.passed, check.description) == (False, "predictions: MemoryError")
    assert written(settings, "customers").empty
    assert written(settings, "fit")["not_predicted_because"].tolist() == ["MemoryError"]


def test_the_extreme_shop_itself(settings: Settings):
    file = PROJECT.parent / "shared" / "cases" / "extreme_fit" / "summary_2026-02-28.csv"
    if not file.exists():
        pytest.skip("the case is not beside this checkout (../shared/cases)")
    warehouse(settings, pd.read_csv(file))
    *_, check = predict_customers(data_folder=DataFolder(path=str(settings.data)))
    assert f"fit of {PAST}: mbg_nbd: the fit is too extreme" in check.description


def test_files_are_there_before_anything_is_predicted(settings: Settings):
    ensure_files(settings)
    assert written(settings, "customers").empty
    assert len(written(settings, "fit")) == 1


def test_figures_name_nobody(settings: Settings):
    summary = shop_summary()
    warehouse(settings, summary)
    figures = predict_shop(settings)
    svg = b64decode(picture(figures.pop("tracking")).split("base64,")[1].rstrip(")")).decode()
    assert svg.count("<polyline") == 2
    assert not [each for each in summary["customer_id"] if each in svg + json.dumps(figures)]


def test_a_parameter_at_rest_has_no_standard_error_that_dagster_could_not_show(settings: Settings):
    warehouse(settings, shop_summary(parameters=(0.8, 60.0, 1e-9, 1.0)))
    figures = predict_shop(settings)
    figures.pop("tracking")
    assert json.loads(json.dumps(figures, allow_nan=False))["standard_errors"]["mbg_nbd"]["b"] is None
    assert predict_shop(settings)["fits_done"] == 0


def fit_file(tmp_path: Path, suffix: str) -> Path:
    file = tmp_path / f"summary.{suffix}"
    summary = shop_summary()
    if suffix == "csv":
        summary.to_csv(file, index=False)
    else:
        summary.rename(columns={"T": "t"}).to_parquet(file)
    return file


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("model", ["bg_nbd", "mbg_nbd", "pareto_nbd", "gamma_gamma"])
def test_lifecycle_fit_prints_json(tmp_path: Path, suffix: str, model: str):
    result = CliRunner().invoke(app, ["fit", str(fit_file(tmp_path, suffix)), "--model", model, "--json"])
    assert result.exit_code == 0
    printed = json.loads(result.stdout)
    assert printed["model"] == model
    assert printed["parameters"].keys() == printed["standard_errors"].keys()
    assert printed["log_likelihood"] < 0


@pytest.mark.parametrize(
    ("name", "header", "delimiter", "encoding"),
    [
        ("summary.csv", ("顧客", "frequency", "recency", "T"), ",", "cp932"),
        ("summary.csv", ("顧客", " Frequency", "Recency ", "t"), ";", "utf-8-sig"),
        ("summary.tsv.gz", ("顧客", "FREQUENCY", "RECENCY", "T"), "\t", "utf-8"),
    ],
)
def test_a_summary_is_read_as_shops_write_it(
    tmp_path: Path, name: str, header: tuple[str, ...], delimiter: str, encoding: str
):
    summary = shop_summary()[["customer_id", "frequency", "recency", "T"]].assign(customer_id="山田 髙子")
    summary.to_csv(tmp_path / name, header=list(header), sep=delimiter, encoding=encoding, index=False)
    read = read_summary(tmp_path / name).drop(columns="顧客")
    pd.testing.assert_frame_equal(read, summary.drop(columns="customer_id"), check_dtype=False)


def test_a_column_written_in_two_ways_is_read_where_it_is_spelt_right_or_not_at_all(tmp_path: Path):
    file = tmp_path / "summary.csv"
    file.write_text("frequency,recency,t,T\n0,0,1,2\n")
    assert read_summary(file)["T"].tolist() == [2]
    file.write_text("Recency,recency ,T\n0,0,1\n")
    with pytest.raises(SummaryError, match="column recency: there twice"):
        read_summary(file)


def test_lifecycle_fit_says_what_is_wrong(tmp_path: Path):
    runner, file = CliRunner(), tmp_path / "summary.csv"
    assert runner.invoke(app, ["fit", str(file)]).exit_code == 2
    file.write_text("frequency,recency\n1,2\n")
    assert runner.invoke(app, ["fit", str(file)]).exit_code == 2
    assert runner.invoke(app, ["fit", str(file), "--model", "best"]).exit_code == 2
    file.write_text("frequency,recency,T\n0,0,5\n0,0,6\n")
    assert runner.invoke(app, ["fit", str(file)]).exit_code == 1
