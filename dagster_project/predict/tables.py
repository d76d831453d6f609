"""The shop's purchase summaries in, predictions as Parquet out: what the dbt build reads back.

The same summaries give the same bytes. A fit is kept beside the hash of the statistics that it rests on, and
done again only when they have changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from dagster_project.files import has_parquet_footer, read_text, replaced, write_text
from dagster_project.left_out import reason
from dagster_project.predict import gamma_gamma
from dagster_project.predict.files import fit_as_dict, fit_from_dict
from dagster_project.predict.likelihood import Fit, NotFitted, TooLittleHistory
from dagster_project.predict.models import DEFAULT, PURCHASE_MODELS, predict
from dagster_project.predict.summary import Array, Purchases, grouped
from dagster_project.predict.tracking import tracking
from dagster_project.settings import Settings

HORIZON_DAYS = 365

#: A next order further away than this is no expectation.
FURTHEST_WAIT_DAYS = 3650

#: What says that a fit cannot be used: it is none, or what follows from it is no number.
UNUSABLE = (NotFitted, ArithmeticError, ValueError)

AS_OF = "select as_of from intermediate.int_as_of"
SUMMARY = """
    select customer_id, frequency, recency, t as "T", monetary
    from intermediate.int_purchase_summary order by customer_id
"""
CALIBRATION_FITS = "select fitted_at, horizon_days from intermediate.int_calibration_fits order by fitted_at"
PURCHASE_DAYS = """
    select
        order_date,
        count(*) filter (where purchase_number = 1) as first_purchases,
        count(*) filter (where purchase_number > 1) as repeat_purchases
    from intermediate.int_purchase_days group by order_date order by order_date
"""
HISTORIES = """
    select customer_id, frequency, recency, t as "T", monetary
    from intermediate.int_calibration_histories where fitted_at = $fitted_at order by customer_id
"""

CUSTOMERS = pa.schema(
    {
        "customer_id": pa.string(),
        "p_alive": pa.float64(),
        "expected_orders_365d": pa.float64(),
        "clv_365d": pa.float64(),
        "expected_next_order_date": pa.date32(),
    }
)
FIT = pa.schema(
    {
        "model": pa.string(),
        "fitted_at": pa.date32(),
        "parameters": pa.string(),
        "not_predicted_because": pa.string(),
    }
)
CALIBRATION = pa.schema(
    {
        "customer_id": pa.string(),
        "expected_orders": pa.float64(),
        "expected_revenue": pa.float64(),
        "fitted_at": pa.date32(),
    }
)


@dataclass(frozen=True)
class Fits:
    """The grouped summary, and the fits that a prediction rests on: of buying and of spending."""

    histories: Purchases
    purchases: Fit
    spend: Fit


class FitStore:
    """Fits by the hash of their statistics; remembers those asked for, and forgets the others on saving."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.known = known_fits(read_text(file))
        self.used: dict[str, Any] = {}
        self.fitted = 0

    def fit(self, model: str, statistics: Sequence[Array], do_fit: Callable[[], Fit]) -> Fit:
        """The fit of a model to what it depends on, from the store when nothing has changed.

        Raises:
            NotFitted: When the statistics do not determine the parameters.
        """
        key = statistics_hash(model, statistics)
        fit = self.known.get(key)
        if fit is None:
            fit = do_fit()
            self.fitted += 1
        self.used[key] = fit_as_dict(fit)
        return fit_from_dict(self.used[key])

    def save(self) -> None:
        """Writes the fits asked for; within a fit, parameters keep the model's order."""
        write_text(json.dumps(dict(sorted(self.used.items())), indent=1), self.file)


def known_fits(text: str | None) -> dict[str, Fit]:
    """The fits that a store keeps by their hashes; of a damaged store none, as they can be done again."""
    try:
        return {key: fit_from_dict(values) for key, values in json.loads(text or "{}").items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def statistics_hash(model: str, statistics: Sequence[Array]) -> str:
    """SHA-256 of what the fit of a model depends on."""
    digest = hashlib.sha256(model.encode())
    for each in statistics:
        digest.update(np.ascontiguousarray(each).tobytes())
    return digest.hexdigest()


def predict_shop(settings: Settings) -> dict[str, Any]:
    """Writes `resolved/predictions/*.parquet` from the summaries in the warehouse.

    Returns:
        Figures that name nobody: customers predicted, fits done anew, fits of the past that were not done
        and why, parameters or why there are none, fits that cannot be used though there is history enough.

    Raises:
        duckdb.Error: When the first part of the dbt build has not run, or another process has the warehouse
            open.
    """
    store = FitStore(folder(settings) / "fits.json")
    with duckdb.connect(str(settings.warehouse), read_only=True, config=settings.engine) as warehouse:
        unusable: dict[str, str] = {}
        now = predict_now(settings, warehouse, store, unusable)
        past = predict_past(settings, warehouse, store, unusable)
    store.save()
    return now | past | {"fits_done": store.fitted, "unusable_fits": unusable}


def predict_now(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection, store: FitStore, unusable: dict[str, str]
) -> dict[str, Any]:
    """Writes what is expected of every customer from as_of on, and what that rests on."""
    summary = warehouse.execute(SUMMARY).df()
    [(as_of,)] = warehouse.execute(AS_OF).fetchall()
    try:
        fits = fitted(settings.shop, summary, store)
        discount = settings.shop["predict_discount"]
        expected = predict(fits.purchases, fits.spend, summary, HORIZON_DAYS, discount, fits.histories)
        table = customers_table(summary["customer_id"], expected, as_of)
        followed = tracking(fits.purchases, purchase_days(warehouse))
    except UNUSABLE as error:
        keep(error, as_of, unusable)
        predict_nothing(settings, reason(error))
        return {"customers": 0, "not_predicted_because": reason(error)}
    write(table, folder(settings) / "customers.parquet")
    write(fit_row(fits, as_of, None), folder(settings) / "fit.parquet")
    return {
        "customers": len(summary),
        "tracking": followed,
        "log_likelihood": fits.purchases.log_likelihood,
        "parameters": parameters_of(fits),
        "standard_errors": {
            each.model: fit_as_dict(each)["standard_errors"] for each in (fits.purchases, fits.spend)
        },
    }


def predict_past(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection, store: FitStore, unusable: dict[str, str]
) -> dict[str, Any]:
    """Writes what earlier fits would have expected; a fit that fails, or expects no number, has no rows."""
    file = folder(settings) / "calibration.parquet"
    failed: dict[str, str] = {}
    with replaced(file) as path, pq.ParquetWriter(path, CALIBRATION, compression="zstd") as writer:
        for fitted_at, horizon, summary in histories(warehouse):
            try:
                fits = fitted(settings.shop, summary, store)
                expected = predict(fits.purchases, fits.spend, summary, horizon, purchases=fits.histories)
                table = calibration_table(summary["customer_id"], expected, fitted_at)
            except UNUSABLE as error:
                failed[fitted_at.isoformat()] = reason(error)
                keep(error, fitted_at, unusable)
                continue
            writer.write_table(table)
    return {"past_fits_failed": failed}


def keep(error: Exception, fitted_at: date, unusable: dict[str, str]) -> None:
    """Keeps by its day that a fit cannot be used, unless it is only that there is too little history."""
    if not isinstance(error, TooLittleHistory):
        unusable[fitted_at.isoformat()] = reason(error)


def predict_nothing(settings: Settings, why: str) -> None:
    """Writes that nothing is expected of anybody from as_of on, and why."""
    write(CUSTOMERS.empty_table(), folder(settings) / "customers.parquet")
    write(fit_row(None, None, why), folder(settings) / "fit.parquet")


def histories(warehouse: duckdb.DuckDBPyConnection) -> Iterator[tuple[date, int, pd.DataFrame]]:
    """Day, horizon in days, and summary of each fit of the past."""
    for fitted_at, horizon in warehouse.execute(CALIBRATION_FITS).fetchall():
        yield fitted_at, horizon, warehouse.execute(HISTORIES, {"fitted_at": fitted_at}).df()


def fitted(shop: Mapping[str, Any], summary: pd.DataFrame, store: FitStore) -> Fits:
    """Both fits of a summary.

    Raises:
        TooLittleHistory: When the shop is too small or too young; the message says which.
        NotFitted: When a model does not fit.
    """
    if len(summary) < shop["predict_min_customers"]:
        raise TooLittleHistory(f"fewer than {shop['predict_min_customers']} customers with an order")
    if summary["T"].max() < shop["predict_min_days"]:
        raise TooLittleHistory(f"fewer than {shop['predict_min_days']} days since the first order")
    purchases, buyers = grouped(summary), gamma_gamma.repeat_buyers(summary)
    return Fits(
        purchases,
        store.fit(
            DEFAULT,
            [*purchases.histories, purchases.weight],
            lambda: PURCHASE_MODELS[DEFAULT].fit(purchases),
        ),
        store.fit(gamma_gamma.NAME, buyers, lambda: gamma_gamma.fit_to_buyers(*buyers)),
    )


def customers_table(customer_ids: pd.Series, expected: pd.DataFrame, as_of: date) -> pa.Table:
    """Predictions as they are written; what is no finite number is null."""
    expected = expected.replace([np.inf, -np.inf], np.nan)
    wait = np.ceil(expected["wait"].to_numpy())
    days = pd.Series(np.where(wait <= FURTHEST_WAIT_DAYS, wait, np.nan))
    next_order = pd.Timestamp(as_of) + pd.to_timedelta(days, unit="D")
    columns = {
        "customer_id": customer_ids,
        "p_alive": expected["p_alive"],
        "expected_orders_365d": expected["expected_orders"],
        "clv_365d": expected["value"],
        "expected_next_order_date": next_order.dt.date,
    }
    return pa.Table.from_pandas(pd.DataFrame(columns), schema=CUSTOMERS, preserve_index=False)


def calibration_table(customer_ids: pd.Series, expected: pd.DataFrame, fitted_at: date) -> pa.Table:
    """What a fit of the past expected, as it is written; what is no finite number is null."""
    expected = expected.replace([np.inf, -np.inf], np.nan)
    columns = {
        "customer_id": customer_ids,
        "expected_orders": expected["expected_orders"],
        "expected_revenue": expected["value"],
        "fitted_at": fitted_at,
    }
    return pa.Table.from_pandas(pd.DataFrame(columns), schema=CALIBRATION, preserve_index=False)


def fit_row(fits: Fits | None, fitted_at: date | None, reason: str | None) -> pa.Table:
    """The one row about the fit, as it is written."""
    parameters = json.dumps(parameters_of(fits)) if fits else None
    row = {
        "model": DEFAULT,
        "fitted_at": fitted_at,
        "parameters": parameters,
        "not_predicted_because": reason,
    }
    return pa.Table.from_pylist([row], schema=FIT)


def parameters_of(fits: Fits) -> dict[str, dict[str, float]]:
    """Parameters by model."""
    return {each.model: dict(each.parameters) for each in (fits.purchases, fits.spend)}


def purchase_days(warehouse: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """First and repeat purchases by day: columns order_date, first_purchases, repeat_purchases."""
    return warehouse.execute(PURCHASE_DAYS).df()


def ensure_files(settings: Settings) -> None:
    """Writes tables that predict nothing where none can be read, so that dbt always finds its sources."""
    for name, table in (
        ("customers", CUSTOMERS.empty_table()),
        ("fit", fit_row(None, None, "nothing has been fitted yet")),
        ("calibration", CALIBRATION.empty_table()),
    ):
        file = folder(settings) / f"{name}.parquet"
        if not has_parquet_footer(file):
            write(table, file)


def folder(settings: Settings) -> Path:
    """Where the results lie."""
    return settings.resolved / "predictions"


def write(table: pa.Table, file: Path) -> None:
    """Writes a table."""
    with replaced(file) as path:
        pq.write_table(table, path, compression="zstd")
