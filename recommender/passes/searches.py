"""Searches: what the stored days say of the crawled pages, these weeks and a year ago."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from recommender.candidates.owner import is_news, type_of
from recommender.candidates.season import LastYear, season, season_windows
from recommender.corpus import Floats
from recommender.frames import PAGE_TOTALS, FrameSpec
from recommender.models import SearchPeriod, Window
from recommender.passes.site import Site, pacific_day
from recommender.urls import Identity

WEEKS = 4  # whose median is the strength of a page of news
ENOUGH_WEEKS = 3  # read whole, for their median to be one


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What counts as now: days that are stored one by one, or else the totals of a period."""

    window: Window
    period: SearchPeriod | None = None

    def page_totals(self, site: Site) -> pd.DataFrame:
        """Return PAGE_TOTALS of the window."""
        if self.period is not None:
            return self.period.pages
        return site.facts.page_totals(self.window, as_of=site.as_of)

    def query_totals(self, site: Site) -> pd.DataFrame:
        """Return QUERY_TOTALS of the window."""
        if self.period is not None:
            return self.period.queries
        return site.facts.query_totals(self.window, as_of=site.as_of)


def search_basis(site: Site) -> Basis | None:
    """Return the search data that count as now, None where none are stored.

    The newest days, unless the totals of a period go further or half of these days are missing.
    Days and totals are never added up.
    """
    days = _final_days(site)["day"]
    period = site.facts.search_period(as_of=site.as_of)
    if days.empty:
        return None if period is None else Basis(window=period.window, period=period)
    newest = pd.Timestamp(days.max()).date()
    window = Window.ending(newest, site.config.recommend.window_days)
    if period is not None:
        few = days.between(*_ends(window)).sum() < window.days / 2
        if period.window.end > newest or (few and period.window.end >= window.start):
            return Basis(window=period.window, period=period)
    return Basis(window=window)


def on_pages(totals: pd.DataFrame, identity: Identity, spec: FrameSpec) -> pd.DataFrame:
    """Return a search frame with every URL mapped to its crawled page and its variants summed.

    Clicks, impressions and days add up, positions are weighted by impressions; URLs that no
    crawled page answers for are left out. The number of days is that of the variant with most.
    """
    mapped = totals.assign(page=identity.pages(totals["page"])).dropna(subset=["page"])
    if mapped.empty:
        return spec.empty()
    seen = mapped["impressions"].where(mapped["position"].notna(), 0)
    weighed = mapped.assign(seen=seen, weight=mapped["position"].fillna(0) * seen)
    how = {"clicks": "sum", "impressions": "sum", "seen": "sum", "weight": "sum"}
    if "days" in spec.columns:
        how["days"] = "max"
    summed = weighed.groupby(list(spec.key), as_index=False, sort=True).agg(how)
    summed["position"] = summed["weight"] / summed["seen"].where(summed["seen"] > 0)
    return spec.coerced(summed)


def seasons(site: Site, basis: Basis, identity: Identity, pages: pd.DataFrame) -> dict[str, float]:
    """Return the season of each page, see :func:`season`; empty where last year is not stored.

    Single days tell it, totals do not. ``pages`` is PAGES, for the dates of publication.
    """
    if basis.period is not None:
        return {}
    days = _final_days(site)
    now, coming = (
        _last_year(site, days, then, identity)
        for then in season_windows(basis.window, pacific_day(site.now))
    )
    if not (now.enough and coming.enough):
        return {}
    told = pages.loc[pages["published_at"].notna(), ["url", "published_at"]]
    published = {url: at.to_pydatetime() for url, at in told.itertuples(index=False)}
    return season(now, coming, published)


def _last_year(site: Site, days: pd.DataFrame, then: Window, identity: Identity) -> LastYear:
    known = days[days["day"].between(*_ends(then))]
    totals = site.facts.page_totals(then, as_of=site.as_of)
    return LastYear(
        window=then,
        totals=on_pages(totals, identity, PAGE_TOTALS),
        stored=len(known),
        capped=int(known["capped"].sum()),
    )


def steady_impressions(
    site: Site, basis: Basis, identity: Identity, pages: Sequence[str]
) -> Floats | None:
    """Return what pages of news are shown in a usual week, as impressions of a whole window.

    The median of the last four weeks, those with unread days left out; NaN for pages that last.
    None where no page is news, or fewer than three weeks were read.
    """
    window = basis.window
    news = np.array([is_news(type_of(url, site.config.page_types)) for url in pages], np.bool_)
    if not news.any():
        return None
    days = _final_days(site)
    ends = (window.end - timedelta(weeks=back) for back in range(WEEKS))
    weeks = [Window.ending(end, 7) for end in ends]
    whole = [week for week in weeks if days["day"].between(*_ends(week)).sum() == week.days]
    if len(whole) < ENOUGH_WEEKS:
        return None
    shown = [
        on_pages(site.facts.page_totals(week, as_of=site.as_of), identity, PAGE_TOTALS)
        .set_index("page")["impressions"]
        .reindex(list(pages))
        .fillna(0)
        for week in whole
    ]
    usual = np.median(np.array(shown, np.float64), axis=0) * window.days / 7
    return np.where(news, usual, np.nan)


def _final_days(site: Site) -> pd.DataFrame:
    days = site.facts.search_days(as_of=site.as_of)
    return days[days["final"]]


def _ends(window: Window) -> tuple[pd.Timestamp, pd.Timestamp]:
    return pd.Timestamp(window.start), pd.Timestamp(window.end)
