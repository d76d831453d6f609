"""Fit and score of customers: against `lifetimes` on the same file in the same run, and from 100 k to 1 M.

Seconds are those of the processor, everything on one thread: what else the machine does meanwhile is no part
of a ratio.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
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

#: Neither is to gain or lose by threads.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

#: How often each is measured.
TURNS = 5

#: What the last release of lifetimes works with; newer ones lack functions that it calls.
LIFETIMES = ("lifetimes==0.11.3", "numpy<2", "pandas<2", "scipy<1.13")

#: Fit and score as `ours` does, by lifetimes; prints seconds.
THEIR_PROGRAM = """
import sys, time
import pandas as pd
from lifetimes import GammaGammaFitter, ModifiedBetaGeoFitter
table = pd.read_csv(sys.argv[1])
started = time.process_time()
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
print(time.process_time() - started)
"""

#: Fit and score of a file in a process of its own; prints seconds and the most memory in bytes.
OUR_PROGRAM = "import sys; from benchmarks.predict import print_ours; print_ours(sys.argv[1])"


def measure() -> list[dict[str, Any]]:
    """All figures of this benchmark: name, value, goal, unit."""
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.csv", Path(folder) / "large.csv"
        write_buyers(small, CUSTOMERS)
        write_buyers(large, 10 * CUSTOMERS)
        python = lifetimes_environment(Path(folder) / "venv")
        # By turns, and the best of each, as neighbours slow even the processor down.
        turns = [(ours(small), ours(large), lifetimes(python, small)) for _ in range(TURNS)]
    of_small, of_large, of_lifetimes = zip(*turns, strict=True)
    seconds, seconds_large = (min(each["seconds"] for each in runs) for runs in (of_small, of_large))
    their_seconds = min((each for each in of_lifetimes if each is not None), default=None)
    return [
        figure("predict 100k", seconds, None, "s"),
        figure("predict 100k / lifetimes", their_seconds and seconds / their_seconds, "≤ 0.05", "ratio"),
        figure("predict 1M / 100k", seconds_large / seconds, "≤ 6", "ratio"),
        figure("predict 1M memory", max(each["bytes"] for each in of_large) / 2**30, "≤ 2", "GiB"),
    ]


def figure(name: str, value: float | None, goal: str | None, unit: str) -> dict[str, Any]:
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
    """Fits and scores a file; prints seconds of that, and the most memory of the process in bytes."""
    table = pd.read_csv(file)
    started = time.process_time()
    purchases = grouped(table)
    buying, spending = PURCHASE_MODELS[DEFAULT].fit(purchases), gamma_gamma.fit(table)
    predict(buying, spending, table, HORIZON_DAYS, purchases=purchases)
    seconds = time.process_time() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "bytes": memory}))


def ours(file: Path) -> dict[str, float]:
    """What `print_ours` prints in a new process, where nothing is warm."""
    measured: dict[str, float] = json.loads(printed([sys.executable, "-c", OUR_PROGRAM, str(file)]))
    return measured


def lifetimes_environment(folder: Path) -> Path | None:
    """Python of an environment of its own with lifetimes; None where that cannot be had."""
    python = folder / "bin" / "python"
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True)
        install = [str(python), "-m", "pip", "install", "--quiet", *LIFETIMES]
        subprocess.run(install, check=True, capture_output=True)
    except subprocess.CalledProcessError as error:
        print(f"lifetimes could not be installed: {error}", file=sys.stderr)
        return None
    return python


def lifetimes(python: Path | None, file: Path) -> float | None:
    """Seconds that lifetimes takes for the same, in a new process; None without it."""
    if python is None:
        return None
    return float(printed([str(python), "-W", "ignore", "-c", THEIR_PROGRAM, str(file)]).split()[-1])


def printed(command: Sequence[str]) -> str:
    """What a command on one thread prints."""
    return subprocess.check_output(command, text=True, env=os.environ | ONE_THREAD)


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
