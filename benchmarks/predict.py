"""Fit and score of customers: against `lifetimes` on the same file in the same run, and from 100 k to 1 M."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dagster_project.predict import gamma_gamma
from dagster_project.predict.models import DEFAULT, PURCHASE_MODELS, predict
from dagster_project.predict.summary import grouped

CUSTOMERS = 100_000
HORIZON_DAYS = 365
PARAMETERS = {"r": 0.8, "alpha": 60.0, "a": 0.7, "b": 1.5}
SPEND = {"p": 6.0, "q": 4.0, "v": 15_000.0}

#: What the last release of lifetimes works with; newer ones lack functions that it calls.
LIFETIMES = ("lifetimes==0.11.3", "numpy<2", "pandas<2", "scipy<1.13")

#: Fit and score as `ours` does, by lifetimes; prints seconds.
THEIR_PROGRAM = """
import sys, time
import pandas as pd
from lifetimes import GammaGammaFitter, ModifiedBetaGeoFitter
table = pd.read_csv(sys.argv[1])
started = time.perf_counter()
history = (table["frequency"], table["recency"], table["T"])
buying = ModifiedBetaGeoFitter()
buying.fit(*history)
again = table[table["frequency"] > 0]
spending = GammaGammaFitter()
spending.fit(again["frequency"], again["monetary"])
alive = buying.conditional_probability_alive(*history)
orders = buying.conditional_expected_number_of_purchases_up_to_time(365, *history)
spend = spending.conditional_expected_average_profit(table["frequency"], table["monetary"])
value = orders * spend
print(time.perf_counter() - started)
"""

#: Fit and score of a file in a process of its own; prints seconds and the most memory in bytes.
OUR_PROGRAM = "import sys; from benchmarks.predict import print_ours; print_ours(sys.argv[1])"


def measure() -> list[dict[str, Any]]:
    """All figures of this benchmark: name, value, goal (at most), unit."""
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.csv", Path(folder) / "large.csv"
        write_buyers(small, CUSTOMERS)
        write_buyers(large, 10 * CUSTOMERS)
        ours, _ = ours_in_a_process(small)
        ours_large, memory = ours_in_a_process(large)
        theirs = lifetimes_in_a_process(small, Path(folder))
    return [
        figure("predict 100k", ours, None, "s"),
        figure("predict 100k / lifetimes", theirs and ours / theirs, 1 / 20, "ratio"),
        figure("predict 1M / 100k", ours_large / ours, 6, "ratio"),
        figure("predict 1M memory", memory / 2**30, 2, "GiB"),
    ]


def figure(name: str, value: float | None, goal: float | None, unit: str) -> dict[str, Any]:
    """One line of the benchmark; a value that could not be measured is None."""
    return {"name": name, "value": value, "goal": goal, "unit": unit}


def write_buyers(file: Path, customers: int) -> None:
    """Summaries in days of buyers by the MBG/NBD and Gamma-Gamma models, over two years."""
    random = np.random.default_rng(1)
    age = random.integers(1, 731, customers)
    rate = random.gamma(PARAMETERS["r"], 1 / PARAMETERS["alpha"], customers)
    chance = random.beta(PARAMETERS["a"], PARAMETERS["b"], customers)
    frequency, recency, now = (np.zeros(customers) for _ in range(3))
    alive = random.random(customers) >= chance
    while alive.any():
        now[alive] += np.ceil(random.exponential(1 / rate[alive]))
        alive &= now <= age
        frequency[alive] += 1
        recency[alive] = now[alive]
        alive &= random.random(customers) >= chance
    scale = random.gamma(SPEND["q"], 1 / SPEND["v"], customers)
    shape = np.maximum(SPEND["p"] * frequency, 1e-9)
    monetary = np.where(frequency > 0, random.gamma(shape) / scale / np.maximum(frequency, 1), 0)
    columns = {"frequency": frequency, "recency": recency, "T": age, "monetary": monetary.round()}
    pd.DataFrame(columns).to_csv(file, index=False)


def print_ours(file: str) -> None:
    """Fits and scores a file and prints seconds and memory."""
    table = pd.read_csv(file)
    started = time.perf_counter()
    purchases = grouped(table)
    buying, spending = PURCHASE_MODELS[DEFAULT].fit(purchases), gamma_gamma.fit(table)
    predict(buying, spending, table, HORIZON_DAYS, purchases=purchases)
    seconds = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps([seconds, memory]))


def ours_in_a_process(file: Path) -> tuple[float, float]:
    """Seconds of fit and score, and the most memory in bytes; the better of two runs."""
    command = [sys.executable, "-c", OUR_PROGRAM, str(file)]
    runs = [json.loads(subprocess.check_output(command, text=True)) for _ in range(2)]
    return min(seconds for seconds, _ in runs), max(memory for _, memory in runs)


def lifetimes_in_a_process(file: Path, folder: Path) -> float | None:
    """Seconds that lifetimes takes for the same, in its own environment; None where it cannot be had."""
    python = folder / "venv" / "bin" / "python"
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True, capture_output=True)
        install = [str(python), "-m", "pip", "install", "--quiet", *LIFETIMES]
        subprocess.run(install, check=True, capture_output=True)
        printed = subprocess.check_output(
            [str(python), "-W", "ignore", "-c", THEIR_PROGRAM, str(file)], text=True
        )
    except subprocess.CalledProcessError as error:
        print(f"lifetimes could not be installed or run: {error}", file=sys.stderr)
        return None
    return float(printed.split()[-1])


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
