"""Season: what the coming six weeks brought each page a year ago, beside the weeks that are now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.models import Window

Floats = NDArray[np.float64]

COMING_DAYS = 42  # from a link's first week to the end of its measurement
YEAR = timedelta(days=364)  # whole weeks, so that a Sunday meets a Sunday
ENOUGH_DAYS = 2 / 3  # of a window; what the missing ones brought is unknown
SEEN_DAYS = 3  # with impressions, before a page counts as having been there
DOUBT = 100.0  # impressions of a page without season that each page is mixed with (*assumption*)
MOST = 10.0  # a page that grew so much from so little may have changed since (*assumption*)
TREND_PAGES = 20  # from which their median is the site's trend, which no single page moves


@dataclass(frozen=True, slots=True, kw_only=True)
class LastYear:
    """What is stored of some weeks a year ago.

    ``totals`` is PAGE_TOTALS with crawled URLs; ``stored`` counts the days that were read,
    ``capped`` those of them whose rows were cut: there a missing page is not one without demand.
    """

    window: Window
    totals: pd.DataFrame
    stored: int
    capped: int

    @property
    def enough(self) -> bool:
        """Whether so much was read that the rest would change little."""
        return self.stored >= ENOUGH_DAYS * self.window.days


def season_windows(window: Window, today: date) -> tuple[Window, Window]:
    """Return, a year back, the window that counts as now and the six weeks after ``today``."""
    first = today + timedelta(days=1) - YEAR
    return (
        Window(start=window.start - YEAR, end=window.end - YEAR),
        Window(start=first, end=first + timedelta(days=COMING_DAYS - 1)),
    )


def season(now: LastYear, coming: LastYear, published: Mapping[str, datetime]) -> dict[str, float]:
    """Return, by page, how demand of the coming weeks compares with that of these, a year ago.

    Mapping: the odds of a page's impressions to fall into the coming weeks over those of the site
    (its trend, and days that were not read, cancel out), mixed with 100 impressions of a page
    without season, at most 10. Pages of which too little was seen are left out, and all of them
    where a third of the days is missing. ``published`` says when pages appeared, where known.
    """
    if not (now.enough and coming.enough):
        return {}
    seen = _seen(now, coming, published)
    trend = _trend(seen)
    if trend is None:
        return {}
    odds = np.exp(trend)
    before, after = (seen[name].to_numpy(np.float64) for name in ("now", "coming"))
    mixed = (after + DOUBT * odds / (1 + odds)) / (before + DOUBT / (1 + odds))
    return dict(zip(seen.index, np.minimum(mixed / odds, MOST).tolist(), strict=True))


def season_words(factor: float) -> str:
    """Return what a season means for need, "" where it changes need by under a quarter."""
    if 0.8 < factor < 1.25:
        return ""
    times = f"{factor:.1f} times" if factor > 1 else f"{factor:.0%} of"
    course = "begins" if factor > 1 else "ends"
    return (
        f"Its season {course}: last year the coming six weeks brought it {times} what these weeks "
        "did, the site's own trend taken out, and need counts so."
    )


def _seen(now: LastYear, coming: LastYear, published: Mapping[str, datetime]) -> pd.DataFrame:
    """Return the impressions of both windows, for the pages known to have been there in both."""
    both = now.totals.set_index("page")[["impressions", "days"]].join(
        coming.totals.set_index("page")[["impressions", "days"]],
        how="outer",
        lsuffix="_now",
        rsuffix="_coming",
    )
    born = pd.Series([published.get(page) for page in both.index], both.index, dtype="object")
    old = np.array([at is not None and at.date() < now.window.start for at in born], np.bool_)
    young = born.notna().to_numpy() & ~old
    seen = both.fillna(0)
    before = (seen["days_now"] >= SEEN_DAYS) | (old & (now.capped == 0))
    after = (seen["days_coming"] >= SEEN_DAYS) | (coming.capped == 0)
    kept = seen[before & after & ~young]
    return pd.DataFrame({"now": kept["impressions_now"], "coming": kept["impressions_coming"]})


def _trend(seen: pd.DataFrame) -> float | None:
    """Return the log odds of the site's impressions to fall into the coming weeks.

    The median of pages with 100 impressions or more; of all pages together below 20 such.
    """
    whole = seen["now"] + seen["coming"]
    firm = seen[(seen["now"] > 0) & (seen["coming"] > 0) & (whole >= DOUBT)]
    if len(firm) >= TREND_PAGES:
        return float(np.median(np.log(firm["coming"] / firm["now"])))
    before, after = float(seen["now"].sum()), float(seen["coming"].sum())
    return float(np.log(after / before)) if before > 0 and after > 0 else None
