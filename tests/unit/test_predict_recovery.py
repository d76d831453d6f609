"""Planted parameters are found again, and extreme histories are no problem."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dagster_project.predict import gamma_gamma, likelihood
from dagster_project.predict.likelihood import Fit, NotFitted
from dagster_project.predict.models import (
    PURCHASE_MODELS,
    discounted_if_alive,
    discounted_sum,
    fit,
    predict,
)
from dagster_project.predict.summary import SummaryError, grouped, sort_with_order
from dagster_project.settings import PROJECT

PARAMETERS = {
    "bg_nbd": (0.6, 60.0, 0.9, 2.5),
    "mbg_nbd": (0.8, 60.0, 0.7, 1.5),
    "pareto_nbd": (0.8, 60.0, 0.9, 150.0),
}
SPEND = (6.0, 4.0, 15_000.0)


def simulated(model: str, parameters: tuple[float, ...], customers: int, seed: int) -> pd.DataFrame:
    """Buyers by the story of the model: rate and dropout of each, purchases until dropout or the end."""
    random = np.random.default_rng(seed)
    age = random.integers(60, 730, customers).astype("float64")
    r, alpha, third, fourth = parameters
    rate = random.gamma(r, 1 / alpha, customers)
    if model == "pareto_nbd":
        ends = random.exponential(1 / random.gamma(third, 1 / fourth, customers))
        chance = np.zeros(customers)
    else:
        ends, chance = np.full(customers, np.inf), random.beta(third, fourth, customers)
    frequency, recency, now = (np.zeros(customers) for _ in range(3))
    alive = np.ones(customers, dtype=bool)
    if model == "mbg_nbd":
        alive &= random.random(customers) >= chance
    while alive.any():
        now[alive] += random.exponential(1 / rate[alive])
        alive &= now < np.minimum(age, ends)
        frequency[alive] += 1
        recency[alive] = now[alive]
        alive &= random.random(customers) >= chance
    return pd.DataFrame({"frequency": frequency, "recency": recency, "T": age})


def with_spend(summary: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Mean spends by the story of the Gamma-Gamma model."""
    random = np.random.default_rng(seed)
    p, q, v = SPEND
    scale = random.gamma(q, 1 / v, len(summary))
    shape = p * summary["frequency"].to_numpy()
    mean = random.gamma(np.maximum(shape, 1e-9)) / scale / np.maximum(summary["frequency"], 1)
    return summary.assign(monetary=np.where(summary["frequency"] > 0, mean, np.nan))


@pytest.mark.parametrize("model", PARAMETERS)
@pytest.mark.parametrize("seed", [1, 2])
def test_planted_parameters_are_found_within_three_standard_errors(model: str, seed: int):
    fitted = fit(model, simulated(model, PARAMETERS[model], 8000, seed))
    errors = np.array(list(fitted.standard_errors.values()))
    assert (errors < fitted.values).all()
    assert (np.abs(fitted.values - PARAMETERS[model]) < 3 * errors).all()


@pytest.mark.parametrize("seed", [1, 2])
def test_planted_spend_is_found_within_three_standard_errors(seed: int):
    summary = with_spend(simulated("mbg_nbd", PARAMETERS["mbg_nbd"], 8000, seed), seed)
    fitted = fit("gamma_gamma", summary)
    errors = np.array(list(fitted.standard_errors.values()))
    assert (np.abs(fitted.values - SPEND) < 3 * errors).all()


def test_unit_of_time_and_of_money_do_not_matter():
    days = with_spend(simulated("mbg_nbd", PARAMETERS["mbg_nbd"], 3000, 3), 3)
    weeks = days.assign(recency=days["recency"] / 7, T=days["T"] / 7, monetary=days["monetary"] / 1000)
    in_days, in_weeks = fit("mbg_nbd", days).values, fit("mbg_nbd", weeks).values
    np.testing.assert_allclose(in_days, in_weeks * (1, 7, 1, 1), rtol=1e-4)
    np.testing.assert_allclose(
        fit("gamma_gamma", days).values, fit("gamma_gamma", weeks).values * (1, 1, 1000), rtol=1e-4
    )


@pytest.mark.parametrize("model", ["mbg_nbd", "gamma_gamma"])
def test_a_fit_begun_on_a_sample_ends_where_any_other_does(model: str, monkeypatch: pytest.MonkeyPatch):
    summary = with_spend(simulated("mbg_nbd", PARAMETERS["mbg_nbd"], 60_000, 9), 9)
    on_sample = fit(model, summary)
    monkeypatch.setattr(likelihood, "SAMPLE", len(summary))
    directly = fit(model, summary)
    np.testing.assert_allclose(on_sample.values, directly.values, rtol=1e-4)
    assert on_sample.log_likelihood == pytest.approx(directly.log_likelihood, abs=1e-3)
    errors = [list(each.standard_errors.values()) for each in (on_sample, directly)]
    np.testing.assert_allclose(*errors, rtol=1e-3)


def test_a_sample_that_determines_nothing_does_not_mislead(monkeypatch: pytest.MonkeyPatch):
    summary = simulated("mbg_nbd", PARAMETERS["mbg_nbd"], 3000, 10)
    directly = fit("mbg_nbd", summary)
    monkeypatch.setattr(likelihood, "SAMPLE", 2)
    np.testing.assert_allclose(fit("mbg_nbd", summary).values, directly.values, rtol=1e-4)


@pytest.mark.parametrize("model", PURCHASE_MODELS)
def test_likelihood_of_all_is_the_sum_of_each(model: str):
    summary = simulated(model, PARAMETERS[model], 2000, 8)
    fitted, purchases = fit(model, summary), grouped(summary)
    each = PURCHASE_MODELS[model].log_likelihood(fitted.values, *purchases.histories)
    assert fitted.log_likelihood == pytest.approx((purchases.weight * each).sum(), rel=1e-9)


def test_likelihood_of_all_spends_is_the_sum_of_each():
    summary = with_spend(simulated("mbg_nbd", PARAMETERS["mbg_nbd"], 2000, 8), 8)
    fitted, again = fit("gamma_gamma", summary), summary[summary["frequency"] > 0]
    each = gamma_gamma.log_likelihood(
        fitted.values, *(again[name].to_numpy() for name in ("frequency", "monetary"))
    )
    assert fitted.log_likelihood == pytest.approx(each.sum(), rel=1e-9)


def test_likelihood_of_extreme_histories():
    """Figures of the tests of pymc-marketing, which took them from a rewritten likelihood."""
    model, values = PURCHASE_MODELS["bg_nbd"], np.array([0.25, 4.0, 0.8, 2.5])
    got = model.log_likelihood(values, np.array([0.0, 200.0]), np.array([0.0, 38.0]), np.array([40.0, 40.0]))
    np.testing.assert_allclose(got, [-0.59947382, 100.7957], rtol=1e-6)


@pytest.mark.parametrize("model", PURCHASE_MODELS)
@pytest.mark.parametrize("frequency", [0, 1, 26, 200, 2000])
def test_everything_is_finite_for_the_most_frequent_buyer(model: str, frequency: int):
    values = np.array(PARAMETERS[model])
    recency = np.array([0.0, 1.0, 300.0, 729.0]) if frequency else np.zeros(4)
    history = (np.full(4, float(frequency)), recency, np.full(4, 730.0))
    chosen = PURCHASE_MODELS[model]
    alive = chosen.probability_alive(values, *history)
    expected = chosen.expected_purchases_given(values, 365, *history)
    assert np.isfinite(chosen.log_likelihood(values, *history)).all()
    assert ((alive >= 0) & (alive <= 1)).all()
    assert np.isfinite(expected).all()
    assert ((expected >= 0) & (expected <= 365 / 60 * (frequency + 2))).all()
    assert (np.diff(alive) >= 0).all(), "the later the last purchase, the more alive"


@pytest.mark.parametrize("model", PURCHASE_MODELS)
def test_expectations_are_smooth_where_their_formula_divides_by_zero(model: str):
    chosen, history = PURCHASE_MODELS[model], (np.array([3.0]), np.array([200.0]), np.array([365.0]))
    near, at = (
        chosen.expected_purchases_given(np.array([0.8, 60.0, third, 2.0]), 365, *history)
        for third in (1.001, 1.0)
    )
    np.testing.assert_allclose(near, at, rtol=2e-3)


def test_sums_of_expectations_given_histories_are_those_of_new_customers():
    """The law of total expectation ties the two formulas together."""
    for model, parameters in PARAMETERS.items():
        summary = simulated(model, parameters, 60_000, 4)
        purchases, chosen, values = grouped(summary), PURCHASE_MODELS[model], np.array(parameters)
        later = chosen.expected_purchases_given(values, 100, *purchases.histories)
        new = chosen.expected_purchases(values, purchases.age + 100)
        new -= chosen.expected_purchases(values, purchases.age)
        assert np.dot(purchases.weight, later) == pytest.approx(np.dot(purchases.weight, new), rel=0.05)


def test_one_time_buyer_of_years_ago_is_not_alive():
    """P(alive) is 1 for every one-time buyer under BG/NBD, which is why it is not the default."""
    history = (np.zeros(1), np.zeros(1), np.array([5 * 365.0]))
    alive = {
        name: PURCHASE_MODELS[name].probability_alive(np.array(parameters), *history)[0]
        for name, parameters in PARAMETERS.items()
    }
    assert alive["bg_nbd"] == 1
    assert alive["mbg_nbd"] < 0.2
    assert alive["pareto_nbd"] < 0.2


def predicted(summary: pd.DataFrame) -> pd.DataFrame:
    return predict(fit("mbg_nbd", summary), fit("gamma_gamma", summary), summary, 365)


def test_prediction_of_each_customer():
    summary = with_spend(simulated("mbg_nbd", PARAMETERS["mbg_nbd"], 4000, 5), 5)
    got = predicted(summary)
    assert len(got) == 4000
    assert got["p_alive"].between(0, 1).all()
    np.testing.assert_allclose(got["value"], got["expected_orders"] * got["expected_spend"])
    assert got["wait"].isna().equals(got["p_alive"] < 0.5)
    once = got[summary["frequency"] == 0]
    assert once["expected_spend"].nunique() == 1, "without a repeat purchase, the mean of all"
    shuffled = summary.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(
        predicted(shuffled).set_index(shuffled.index).sort_index(), got, rtol=1e-6, check_exact=False
    )


def test_half_of_those_alive_buy_within_the_median_wait():
    """Alive buyers of one history: rates from their distribution, the next purchase from the rate."""
    random = np.random.default_rng(6)
    r, alpha, _, _ = PARAMETERS["mbg_nbd"]
    waits = random.exponential(1 / random.gamma(r + 3, 1 / (alpha + 200), 200_000))
    wait = PURCHASE_MODELS["mbg_nbd"].median_wait(
        np.array(PARAMETERS["mbg_nbd"]), np.array([3.0]), np.array([200.0])
    )
    assert (waits < wait).mean() == pytest.approx(0.5, abs=0.005)


def test_returned_purchases_do_not_make_a_value_negative():
    spend = gamma_gamma.expected_spend(np.array(SPEND), np.array([2.0, 2.0]), np.array([-500.0, 0.0]))
    assert (spend > 0).all()
    assert spend[0] == spend[1]


def test_a_population_without_a_mean_has_no_value():
    assert np.isnan(gamma_gamma.expected_spend(np.array([2.0, 0.9, 10.0]), np.zeros(1), np.zeros(1)))[0]


@pytest.mark.parametrize(
    ("periods", "rate", "worth"), [(1, 0.0, 1.0), (1, 1.0, 0.5), (2, 1.0, 0.75), (2, 0.0, 2.0)]
)
def test_discounting(periods: int, rate: float, worth: float):
    assert discounted_sum(np.ones((periods, 3)), rate) == pytest.approx(np.full(3, worth))


def test_discounted_purchases_lie_between_none_and_full_discount():
    summary = simulated("mbg_nbd", PARAMETERS["mbg_nbd"], 500, 7)
    model, values = PURCHASE_MODELS["mbg_nbd"], np.array(PARAMETERS["mbg_nbd"])
    history = [summary[name].to_numpy() for name in ("frequency", "T")]
    expected = model.expected_purchases_if_alive(values, 365, *history)
    at_none, at_tenth = (discounted_if_alive(model, values, *history, 365, rate) for rate in (0, 0.1))
    np.testing.assert_allclose(at_none, expected)
    assert (at_tenth < expected).all()
    assert (at_tenth > expected / 1.1).all()


@pytest.mark.parametrize("unit", [1, 1 / 7, 1e6])
def test_grouping_keeps_every_customer(unit: float):
    summary = pd.DataFrame({"frequency": [1, 0, 1, 0, 2], "recency": [5, 0, 5, 0, 7], "T": [9, 9, 9, 8, 9]})
    summary[["recency", "T"]] *= unit
    purchases = grouped(summary)
    assert purchases.weight.tolist() == [1, 1, 2, 1]
    for column, values in zip(("frequency", "recency", "T"), purchases.histories, strict=True):
        assert values[purchases.position].tolist() == summary[column].tolist()


@pytest.mark.parametrize("size", [10, 2**62])
def test_sorting_keeps_track_of_positions(size: int):
    keys = np.array([7, 3, 9, 3, 0])
    order = sort_with_order(keys, size)
    assert keys.tolist() == [0, 3, 3, 7, 9]
    assert order.tolist() == [4, 1, 3, 0, 2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"T": None}, "column T is missing; there are frequency, recency"),
        ({"recency": [1, 0, 99]}, "column recency: greater than T"),
        ({"recency": [1, 3, 2]}, "column recency: not 0 in some rows with frequency 0"),
        ({"frequency": [1, -1, 2]}, "column frequency: 1 values are null, negative or no number"),
        ({"T": [9, None, 9]}, "column T: 1 values are null"),
        ({"T": ["9", "x", "9"]}, "column T: 1 values are null, negative or no number"),
    ],
)
def test_summary_that_cannot_be(change: dict, message: str):
    columns = {"frequency": [1, 0, 2], "recency": [1, 0, 2], "T": [9, 9, 9]} | change
    table = pd.DataFrame({name: values for name, values in columns.items() if values is not None})
    with pytest.raises(SummaryError, match=message):
        fit("mbg_nbd", table)


@pytest.mark.parametrize("model", PURCHASE_MODELS)
def test_nobody_who_bought_again_is_nothing_to_fit(model: str):
    table = pd.DataFrame({"frequency": [0] * 900, "recency": [0] * 900, "T": range(1, 901)})
    with pytest.raises(NotFitted, match="nobody bought again"):
        fit(model, table)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("model", PURCHASE_MODELS)
def test_numbers_without_meaning_are_refused_without_noise(model: str):
    today = pd.DataFrame({"frequency": [1, 2] * 9, "recency": [0] * 18, "T": [0] * 18})
    with pytest.raises(NotFitted, match="T is 0 for everybody"):
        fit(model, today)
    histories = {"frequency": [0, 1, 2, 1e300], "recency": [0, 9, 9, 1e300], "T": [30, 40, 50, 1e301]}
    with pytest.raises(NotFitted, match="did not converge"):
        fit(model, pd.DataFrame(histories))


@pytest.mark.filterwarnings("error")
def test_a_likelihood_that_is_no_number_is_no_fit():
    with pytest.raises(NotFitted, match="did not converge"):
        fit("gamma_gamma", pd.DataFrame({"frequency": [1, 2, 3, 4], "monetary": [1e-320] * 4}))


def test_equal_customers_do_not_determine_a_distribution():
    table = pd.DataFrame({"frequency": [20] * 900, "recency": [100] * 900, "T": [101] * 900})
    with pytest.raises(NotFitted, match="customers vary too little"):
        fit("mbg_nbd", table)
    with pytest.raises(NotFitted, match="gamma_gamma: "):
        fit("gamma_gamma", table.assign(monetary=10.0))


def test_a_shop_whose_customers_all_stay_is_fitted():
    """Nobody drops out, so the data does not say how dropout differs: it rests at an edge."""
    everybody_stays = (0.8, 60.0, 1e-9, 1.0)
    summary = with_spend(simulated("mbg_nbd", everybody_stays, 3000, 11), 11)
    fitted = fit("mbg_nbd", summary)
    np.testing.assert_allclose(fitted.values[:2], everybody_stays[:2], rtol=0.1)
    assert np.isnan(fitted.standard_errors["b"])
    assert np.isfinite([fitted.standard_errors[name] for name in ("r", "alpha")]).all()
    got = predict(fitted, fit("gamma_gamma", summary), summary, 365)
    assert got["p_alive"].min() > 0.9


def test_a_shop_whose_customers_all_drop_out_alike_is_predicted():
    """After each purchase a fifth: expected is what a fixed chance of a fifth gives."""
    values = {
        name: np.array([0.8, 60.0, 0.2 * size, 0.8 * size]) for name, size in (("edge", 1e3), ("far", 1e5))
    }
    frequency, age = np.array([0.0, 1.0, 20.0, 300.0]), np.full(4, 400.0)
    model = PURCHASE_MODELS["mbg_nbd"]
    edge, far = (model.expected_purchases_if_alive(each, 365, frequency, age) for each in values.values())
    np.testing.assert_allclose(edge[:2], far[:2], rtol=0.01)
    # Purchases until the dropout: at a rate of λ, (1 − e^(−λ t / 5)) ÷ (1 / 5), λ being gamma-distributed.
    r, alpha = 0.8 + frequency, 460.0
    np.testing.assert_allclose(far, 5 * (1 - (alpha / (alpha + 365 / 5)) ** r), rtol=5e-3)


def test_spend_without_differences_between_customers_is_fitted():
    random, frequency = np.random.default_rng(12), np.arange(900) % 7 + 1.0
    table = pd.DataFrame({"frequency": frequency, "monetary": random.gamma(6 * frequency) / frequency * 100})
    spend = gamma_gamma.expected_spend(
        fit("gamma_gamma", table).values, frequency, table["monetary"].to_numpy()
    )
    np.testing.assert_allclose(spend, 600, rtol=0.05)


def test_a_fit_too_extreme_to_reckon_with_predicts_nothing():
    summary = with_spend(simulated("mbg_nbd", PARAMETERS["mbg_nbd"], 500, 13), 13)
    extreme = Fit("mbg_nbd", {"r": 1e300, "alpha": 1e-300, "a": 1.0, "b": 1.0}, {}, -1.0, 500)
    with pytest.raises(NotFitted, match="too extreme"):
        predict(extreme, fit("gamma_gamma", summary), summary, 365)


def test_spend_needs_some_who_bought_again():
    table = pd.DataFrame({"frequency": [0, 0, 2], "monetary": [None, None, 3.0]})
    with pytest.raises(NotFitted, match="fewer than three customers bought again"):
        fit("gamma_gamma", table)
    with pytest.raises(SummaryError, match="column monetary: 1 values"):
        fit("gamma_gamma", pd.DataFrame({"frequency": [0, 1], "monetary": [None, None]}))
    with pytest.raises(SummaryError, match="column frequency: 2 values"):
        fit("gamma_gamma", pd.DataFrame({"frequency": [-1, "two", 3], "monetary": [1.0, 2.0, 3.0]}))


def test_parameters_planted_in_the_sample_shop_are_found():
    """The sample's buyers have seasons, sales and days off; the model knows nothing of them."""
    truth = PROJECT / "seeds" / "sample" / "truth"
    planted = pd.read_csv(truth / "parameters.csv").set_index("name")["value"]
    persons = pd.read_csv(truth / "persons.csv").query("purchases > 0")
    first, last = (pd.to_datetime(persons[f"{which}_ordered_at"]) for which in ("first", "last"))
    end, day = pd.Timestamp(planted["last_day"]) + pd.Timedelta(days=1), pd.Timedelta(days=1)
    histories = {
        "frequency": persons["purchases"] - 1,
        "recency": (last - first) / day,
        "T": (end - first) / day,
    }
    fitted = fit("mbg_nbd", pd.DataFrame(histories))
    names = (
        "purchase_rate_gamma_shape_r",
        "purchase_rate_gamma_rate_alpha_days",
        "dropout_beta_a",
        "dropout_beta_b",
    )
    errors = np.array(list(fitted.standard_errors.values()))
    assert (np.abs(fitted.values - planted[list(names)].astype(float).to_numpy()) < 3 * errors).all()
