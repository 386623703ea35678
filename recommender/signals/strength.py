"""Strength: how much a page has to give, by what search and the site's own links give it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def strength(ranks: Floats, impressions: Floats | None) -> Floats:
    """Return the strength of each page, inside 0..1; ``impressions`` None without search data.

    Mapping: geometric mean of the page's percentiles of 28-day impressions and of PageRank, so
    that a page needs both; without search data the percentile of PageRank alone. Percentiles are
    those of the middle of a tie: no page is worth exactly nothing, and pages without impressions
    are as weak as they are rare. Source: method, section 5.
    """
    linked = percentile(ranks)
    if impressions is None:
        return linked
    return np.asarray(np.sqrt(linked * percentile(impressions)), dtype=np.float64)


def percentile(values: Floats) -> Floats:
    """Return the share of values below each one, counting half of its equals (itself included)."""
    ranked = pd.Series(values).rank(method="average").to_numpy(np.float64)
    return (ranked - 0.5) / max(1, len(ranked))
