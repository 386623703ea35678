"""What the links of a site itself call low or high: the thresholds of the diagnosis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

FEWEST_LINKS = 3  # below it "most of its links" is an anecdote


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What the site's own distributions call low or high."""

    strength_p25: float
    quality_p25: float  # NaN where no anchor can be judged
    density_fence: float  # third quartile + 1.5 interquartile ranges, of the pages that link
    own_topic_p25: float  # of the shares of inlinks from the target's topic; NaN where unknown


def thresholds_of(
    signals: pd.DataFrame, quality: Floats, target: Ints, off_topic: Flags
) -> Thresholds:
    """Return the thresholds of a site.

    ``signals`` is PAGE_SIGNALS, ``quality`` that of each counted link; ``target`` and ``off_topic``
    are of the links whose two pages have a known topic.
    """
    return Thresholds(
        strength_p25=_percentile(signals["strength"].to_numpy(np.float64), 25),
        quality_p25=_percentile(quality[~np.isnan(quality)], 25),
        density_fence=_upper_fence(signals["density"].to_numpy(np.float64)),
        own_topic_p25=_own_topic_p25(target, off_topic),
    )


def _percentile(values: Floats, percent: float) -> float:
    return float(np.percentile(values, percent)) if len(values) else float("nan")


def _upper_fence(densities: Floats) -> float:
    """Return Tukey's upper fence over the pages that link: above it is far out even here."""
    linking = densities[densities > 0]
    if not len(linking):
        return float("inf")
    first, third = np.percentile(linking, [25, 75])
    return float(third + 1.5 * (third - first))


def _own_topic_p25(target: Ints, off_topic: Flags) -> float:
    by_target = pd.Series(~off_topic).groupby(target)
    shares = by_target.mean()[by_target.size() >= FEWEST_LINKS]
    return _percentile(shares.to_numpy(np.float64), 25)
