"""How a fit follows the shop: repeat purchases to date, actual and expected, as figures and as a picture."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dagster_project.predict.likelihood import Fit
from dagster_project.predict.models import PURCHASE_MODELS, expected_to_date

WIDTH, HEIGHT, MARGIN = 720, 280, 48
COLOURS = ("#1f5fa8", "#c8641b")
POINTS = 60


def tracking(fit: Fit, purchases: pd.DataFrame) -> pd.DataFrame:
    """Repeat purchases to date at up to 60 days of the history, actual and expected by the fit.

    Args:
        fit: Of a purchase model, in days.
        purchases: Columns order_date, first_purchases, repeat_purchases, one row per day with a purchase.

    Returns:
        Columns date, actual, expected, in the order of dates.
    """
    model = PURCHASE_MODELS[fit.model]
    first = pd.Timestamp(purchases["order_date"].min())
    passed = pd.to_datetime(purchases["order_date"]) - first
    days = np.asarray(passed / pd.Timedelta(days=1), dtype=np.float64)
    born = np.asarray(purchases["first_purchases"], dtype=np.float64)
    repeats = purchases["repeat_purchases"].to_numpy(dtype="float64")
    ends = np.unique(np.rint(np.linspace(0, days.max(), POINTS)))
    return pd.DataFrame(
        {
            "date": first + pd.to_timedelta(ends, unit="D"),
            "actual": [repeats[days <= end].sum() for end in ends],
            "expected": [expected_to_date(model, fit.values, days, born, end) for end in ends],
        }
    )


def picture(figures: pd.DataFrame) -> str:
    """Markdown with a line chart of what `tracking` gives."""
    lines = {name: figures[name].tolist() for name in ("actual", "expected")}
    ends = figures["date"].iloc[0], figures["date"].iloc[-1]
    svg = line_chart(lines, [f"{end:%Y-%m-%d}" for end in ends])
    encoded = base64.b64encode(svg.encode()).decode()
    return f"![Repeat purchases to date](data:image/svg+xml;base64,{encoded})"


def line_chart(lines: Mapping[str, Sequence[float]], ends: Sequence[str]) -> str:
    """An SVG of lines of equal length over a common axis, from 0.

    Args:
        lines: Name to values, at most two.
        ends: Labels of the left and the right end of the axis.
    """
    top = max(max(values) for values in lines.values()) or 1.0
    right, bottom = WIDTH - MARGIN, HEIGHT - MARGIN
    parts = [
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<path d="M{MARGIN} {MARGIN / 2}V{bottom}H{right}" fill="none" stroke="#888"/>',
        label(MARGIN, MARGIN / 2 - 6, f"{top:,.0f}"),
        label(MARGIN, bottom + 18, ends[0]),
        label(right, bottom + 18, ends[1], anchor="end"),
    ]
    for position, ((name, values), colour) in enumerate(zip(lines.items(), COLOURS, strict=False)):
        parts.append(f'<polyline points="{points(values, top)}" fill="none" stroke="{colour}"/>')
        parts.append(label(MARGIN + 12, MARGIN / 2 + 16 * (position + 1), name, colour=colour))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"'
        f' font-family="sans-serif" font-size="12">{"".join(parts)}</svg>'
    )


def points(values: Sequence[float], top: float) -> str:
    """Corners of a line as SVG writes them."""
    across, up = WIDTH - 2 * MARGIN, HEIGHT - 1.5 * MARGIN
    steps = max(len(values) - 1, 1)
    return " ".join(
        f"{MARGIN + across * step / steps:.1f},{HEIGHT - MARGIN - up * value / top:.1f}"
        for step, value in enumerate(values)
    )


def label(x: float, y: float, text: str, anchor: str = "start", colour: str = "#444") -> str:
    """A text in an SVG."""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}">{text}</text>'
