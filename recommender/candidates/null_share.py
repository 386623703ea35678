"""How large a share of links chance alone makes faulty: what patterns are held against."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RARE = 0.05  # the complement of the null's 95th percentile


def null_share(anywhere: NDArray[np.bool_], links: int) -> float:
    """Return the 95th percentile of the flagged share of ``links`` links drawn from all of them.

    The quantile of the hypergeometric distribution, as scipy.stats has it, which takes a second of
    CPU to load.
    """
    flagged, others = int(anywhere.sum()), len(anywhere) - int(anywhere.sum())
    count = np.arange(max(0, links - others), min(links, flagged) + 1)
    ways = _log_ways(flagged, count) + _log_ways(others, links - count)
    chance = np.exp(ways - _log_ways(len(anywhere), np.array([links])))
    return float(count[np.searchsorted(np.cumsum(chance), 1 - RARE)]) / links


def _log_ways(total: int, drawn: Ints) -> Floats:
    """Return the logarithm of the number of ways to draw so many."""
    ways: Floats = gammaln(total + 1) - gammaln(drawn + 1) - gammaln(total - drawn + 1)
    return ways
