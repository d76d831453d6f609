"""The models against published figures, on the CDNOW sample of 2,357 customers.

Fader, Hardie and Lee (2005); the R packages BTYD and CLVTools; Fader and Hardie (2013). 39 weeks of
calibration, 39 of holdout.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from dagster_project.predict import gamma_gamma
from dagster_project.predict.likelihood import Fit
from dagster_project.predict.models import PURCHASE_MODELS, expected_to_date, fit
from tests.conftest import SHARED_DATA

CDNOW = SHARED_DATA / "cdnow"
#: Parameters of the examples in the manual of the R package BTYD.
BTYD_EXAMPLE = (0.55, 10.56, 0.61, 11.64)
FIRST, END = date(1997, 1, 1), date(1997, 9, 30)

pytestmark = pytest.mark.skipif(
    not CDNOW.exists(), reason="CDNOW is not beside this checkout (../shared/data/cdnow)"
)


def purchase_days() -> pd.DataFrame:
    """One row per customer and day with a purchase: customer, day number from FIRST."""
    orders = pd.read_parquet(CDNOW / "cdnow_sample.parquet")
    days = (pd.to_datetime(orders["date"]) - pd.Timestamp(FIRST)).dt.days
    return pd.DataFrame({"customer": orders["customer_id"], "day": days}).drop_duplicates()


@pytest.fixture(scope="module")
def bought() -> pd.DataFrame:
    return purchase_days()


@pytest.fixture(scope="module")
def weekly(bought: pd.DataFrame) -> pd.DataFrame:
    """The summary in weeks at the end of the calibration."""
    end = (END - FIRST).days
    days = bought[bought["day"] <= end].groupby("customer")["day"]
    first, last = days.min(), days.max()
    return pd.DataFrame(
        {"frequency": days.size() - 1, "recency": (last - first) / 7, "T": (end - first) / 7}
    ).reset_index()


@pytest.fixture(scope="module")
def spend() -> pd.DataFrame:
    table = pd.read_parquet(CDNOW / "cdnow_sample_cbs_39w_with_spend.parquet")
    return table.rename(columns={"x": "frequency", "t_x": "recency", "zbar": "monetary"})


@pytest.fixture(scope="module")
def fits(weekly: pd.DataFrame) -> dict[str, Fit]:
    return {name: fit(name, weekly) for name in PURCHASE_MODELS}


def test_summary_is_the_published_one(weekly: pd.DataFrame):
    assert len(weekly) == 2357
    assert weekly["frequency"].sum() == 2457
    assert (weekly["frequency"] > 0).sum() == 946
    assert np.bincount(weekly["frequency"].clip(upper=7)).tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]


@pytest.mark.parametrize(
    ("model", "parameters", "rtol", "log_likelihood"),
    [
        ("bg_nbd", (0.2425945, 4.4136019, 0.7929199, 2.4258881), 1e-4, -9582.429),
        ("mbg_nbd", (0.525, 6.183, 0.891, 1.614), 1e-3, -9582.1357),
        ("pareto_nbd", (0.55315, 10.57633, 0.60625, 11.67150), 1e-3, -9594.976),
    ],
)
def test_parameters(fits: dict[str, Fit], model: str, parameters: tuple, rtol: float, log_likelihood: float):
    np.testing.assert_allclose(fits[model].values, parameters, rtol=rtol)
    assert fits[model].log_likelihood == pytest.approx(log_likelihood, abs=0.01)
    assert fits[model].customers == 2357


def test_pareto_nbd_standard_errors(fits: dict[str, Fit]):
    errors = list(fits["pareto_nbd"].standard_errors.values())
    np.testing.assert_allclose(errors, (0.0476264, 0.8427222, 0.1872594, 6.2105448), rtol=0.01)


@pytest.mark.parametrize(
    ("weeks", "expected"),
    [(1 / 7, 0.0078), (1, 0.0532), (3, 0.1506), (31.8571, 1.0405), (32, 1.0437), (78, 1.8576)],
)
def test_bg_nbd_expectation_of_a_new_customer(fits: dict[str, Fit], weeks: float, expected: float):
    got = PURCHASE_MODELS["bg_nbd"].expected_purchases(fits["bg_nbd"].values, np.array(weeks))
    assert float(got) == pytest.approx(expected, rel=1e-3, abs=5e-5)


def test_bg_nbd_expectation_given_a_history(fits: dict[str, Fit]):
    history = (np.array([2.0]), np.array([30.43]), np.array([38.86]))
    got = PURCHASE_MODELS["bg_nbd"].expected_purchases_given(fits["bg_nbd"].values, 39, *history)
    assert got[0] == pytest.approx(1.226, rel=1e-3)


def test_pareto_nbd_expectations_of_a_new_customer(fits: dict[str, Fit]):
    model, values = PURCHASE_MODELS["pareto_nbd"], fits["pareto_nbd"].values
    assert float(model.expected_purchases(values, np.array(52.0))) == pytest.approx(1.473, rel=1e-3)
    published = (
        0, 0.05077821, 0.09916088, 0.14542507, 0.18979930,
        0.23247466, 0.27361274, 0.31335159, 0.35181024, 0.38909211,
    )  # fmt: skip
    np.testing.assert_allclose(
        model.expected_purchases(np.array(BTYD_EXAMPLE), np.arange(10.0)), published, rtol=1e-3
    )


def test_customer_1516(fits: dict[str, Fit], weekly: pd.DataFrame):
    customer = weekly[weekly["customer"] == 1516]
    history = [customer[name].to_numpy(dtype="float64") for name in ("frequency", "recency", "T")]
    np.testing.assert_allclose(np.concatenate(history), (26, 30.86, 31.00), atol=0.005)
    got = PURCHASE_MODELS["pareto_nbd"].expected_purchases_given(fits["pareto_nbd"].values, 52, *history)
    assert got[0] == pytest.approx(25.46, rel=1e-3)


def test_weekly_tracking(fits: dict[str, Fit], bought: pd.DataFrame):
    first = bought.groupby("customer")["day"].transform("min")
    repeats = bought[bought["day"] > first]["day"]
    ends = [7 * week for week in range(20, 26)]
    assert [(repeats < end).sum() for end in ends] == [1359, 1414, 1484, 1517, 1573, 1672]
    births = bought.groupby("customer")["day"].min().value_counts()
    weeks, customers = births.index.to_numpy() / 7, births.to_numpy(dtype="float64")
    model, values = PURCHASE_MODELS["pareto_nbd"], fits["pareto_nbd"].values
    expected = [expected_to_date(model, values, weeks, customers, week) for week in range(20, 26)]
    np.testing.assert_allclose(expected, (1309, 1385, 1460, 1533, 1604, 1674), rtol=1e-3)


def test_holdout_of_all_customers(fits: dict[str, Fit], weekly: pd.DataFrame, bought: pd.DataFrame):
    history = [weekly[name].to_numpy(dtype="float64") for name in ("frequency", "recency", "T")]
    later = bought[bought["day"] > (END - FIRST).days]
    assert len(later[later["customer"].isin(weekly["customer"])]) == 1882
    for name, total in (("bg_nbd", 1653.4), ("pareto_nbd", 1665.5)):
        got = PURCHASE_MODELS[name].expected_purchases_given(fits[name].values, 39, *history)
        assert got.sum() == pytest.approx(total, rel=1e-3)
    alive = PURCHASE_MODELS["pareto_nbd"].probability_alive(fits["pareto_nbd"].values, *history)
    assert alive.mean() == pytest.approx(0.4463, rel=1e-3)


def test_gamma_gamma(spend: pd.DataFrame):
    again = spend[spend["frequency"] > 0]
    assert len(again) == 946
    assert again["monetary"].mean() == pytest.approx(35.078, abs=0.001)
    fitted = gamma_gamma.fit(spend)
    np.testing.assert_allclose(fitted.values, (6.25, 3.74, 15.44), rtol=2e-3)
    np.testing.assert_allclose(fitted.values, (6.2488, 3.7446, 15.4477), rtol=1e-3)
    assert fitted.log_likelihood == pytest.approx(-4055.9177, abs=0.01)
    got = gamma_gamma.expected_spend(
        np.array([6.25, 3.74, 15.44]), *(spend[name].to_numpy()[:10] for name in ("frequency", "monetary"))
    )
    published = (24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17)
    np.testing.assert_allclose(got, published, atol=0.1)
