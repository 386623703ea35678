"""The click curve: which share of impressions is clicked at which position, on this property."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ENOUGH_CLICKS = 200  # a share of 200 clicks over some ten positions is known to about a fifth
ENOUGH_ROWS = 50
DEEPEST = 50.0  # what stands deeper is seen by tools

PUBLISHED = ((1, 0.285), (2, 0.157), (3, 0.110), (4, 0.080), (10, 0.025), (20, 0.008), (50, 0.001))
"""Positions 1 to 10: Sistrix, 2020, 80 million keywords, which finds under 1 % for each position of
page two. What stands between is interpolated on log scales; 20 and 50 are an *assumption*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickCurve:
    """Click-through rate by position, falling; ``basis`` names where it comes from."""

    log_position: Floats  # knots, rising
    log_rate: Floats
    fitted: bool
    basis: str

    def at(self, position: Floats) -> Floats:
        """Return the click-through rate (0..1) at each position (1 = top)."""
        where = np.log(np.clip(position, 1.0, DEEPEST))
        return np.exp(np.interp(where, self.log_position, self.log_rate))


def fit_click_curve(rows: pd.DataFrame) -> ClickCurve:
    """Return the curve of ``rows`` (QUERY_TOTALS without brand queries, or PAGE_TOTALS).

    Isotonic regression of clicks per impression, falling in log position, weighted by impressions;
    each flat step then counts as one point at its centre, so that every rise in position is worth
    something. The published curve where there are fewer than 200 clicks or 50 rows.
    """
    seen = rows[(rows["impressions"] > 0) & (rows["position"] <= DEEPEST)]
    clicks = int(seen["clicks"].sum())
    if clicks < ENOUGH_CLICKS or len(seen) < ENOUGH_ROWS:
        return published_curve()
    knots = _steps(seen)
    if len(knots) < 3:
        return published_curve()
    shown = int(seen["impressions"].sum())
    return ClickCurve(
        log_position=knots["where"].to_numpy(np.float64),
        log_rate=np.log(knots["rate"].to_numpy(np.float64)),
        fitted=True,
        basis=f"by the click rates of {shown:,} impressions here",
    )


def published_curve() -> ClickCurve:
    """Return the curve for properties with too few clicks to fit one."""
    positions, rates = zip(*PUBLISHED, strict=True)
    return ClickCurve(
        log_position=np.log(np.array(positions, np.float64)),
        log_rate=np.log(np.array(rates, np.float64)),
        fitted=False,
        basis="by published click rates, Sistrix 2020, as clicks here are too few",
    )


def _steps(seen: pd.DataFrame) -> pd.DataFrame:
    """Return the flat steps of the regression: ``where`` (log position) and ``rate``."""
    from scipy.optimize import isotonic_regression  # noqa: PLC0415 - slow to load

    shown = seen["impressions"].to_numpy(np.float64)
    where = np.log(np.maximum(seen["position"].to_numpy(np.float64), 1.0))
    rate = np.minimum(seen["clicks"].to_numpy(np.float64) / shown, 1.0)
    where, tied = np.unique(where, return_inverse=True)
    mass = np.bincount(tied, shown)
    rate = np.bincount(tied, rate * shown) / mass
    fitted = isotonic_regression(rate, weights=mass, increasing=False).x
    points = pd.DataFrame({"rate": np.round(fitted, 9), "mass": mass, "where": where * mass})
    steps = points[points["rate"] > 0].groupby("rate", as_index=False).sum()
    steps["where"] /= steps["mass"]
    return steps.sort_values("where")
