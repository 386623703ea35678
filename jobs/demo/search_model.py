"""A seeded model of what Search Console would say of any crawled site, with a truth to check by.

Expected impressions of a page on a day are its rate (heavy-tailed over pages), times the week's and
the year's season, times a slow random walk of its own, times the effects planted in it. Seen
impressions are negative binomial around that: a gamma-distributed day of the page, and Poisson
counts per query. So the method's section 7 can be put to the test: a planted effect is known, and
its noise is that of real pages. *Assumption*: the sizes of the constants below are ours.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum
from typing import Self
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaincinv

from jobs.demo.draws import Counts, Floats, Keys, binomial, keys_of, normals, poisson, uniforms
from jobs.demo.search_queries import PageWords, queries_of_site
from recommender.frames import PAGES

IMPRESSIONS_PER_PAGE = 25.0  # a day, where the caller does not say
POPULARITY_SPREAD = 1.2  # standard deviation of log rates: the top tenth earns about half
WEEK = (1.08, 1.11, 1.10, 1.07, 0.98, 0.81, 0.85)  # Monday first: a site read at work
YEAR_SPREAD = 0.12  # of the yearly amplitude in logs
WALK_STEP = 0.07  # standard deviation of a week's step in logs
WALK_MEMORY = 0.97  # of a step, per week: the walk stays within some 30 %
PAGE_DAY_SHAPE = 12.0  # gamma shape of a page's day: noise of 29 % on top of Poisson
SITE_DAY_SPREAD = 0.03  # of a day that all pages share
HIDDEN_SHARE = 0.4  # share of impressions whose queries are too rare to be shown
VARIANT_SHARE = 0.03  # share of rows that also come with a fragment or a campaign parameter
VARIANTS = ("#details", "?utm_source=newsletter", "?utm_source=feed&utm_medium=rss", "#top")


class _Use(IntEnum):
    """What a draw is for; the numbers are part of the seed."""

    RATE = 1
    YEAR = 2
    PHASE = 3
    WALK = 4
    PAGE_DAY = 5
    SITE_DAY = 6
    WEIGHT = 7
    RANK = 8
    VARIANT = 9
    IMPRESSIONS = 10
    CLICKS = 11
    POSITION = 12
    PAGE_RANK = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """A planted effect: ``log_lift`` on the impressions of a page, reached after a ramp."""

    page: str
    from_day: date
    log_lift: float
    ramp_days: int

    def at(self, day: date) -> float:
        """Return the effect on ``day``, in logs."""
        reached = (day - self.from_day).days + 1
        return self.log_lift * min(1.0, max(0.0, reached / max(1, self.ramp_days)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SearchModel:
    """The searches of one site; make one with :meth:`of_site`.

    Every draw belongs to (seed, page, day): days come in any order, and planting an effect in one
    page changes no other. Days before ``first_day`` have no data.
    """

    seed: int
    first_day: date
    pages: tuple[str, ...]
    lifts: tuple[Lift, ...]
    page_keys: Keys
    rates: Floats  # impressions a day, per page
    year: Floats  # amplitude in logs, per page
    phase: Floats  # of the year, 0..1, per page
    rows: pd.DataFrame  # query, url (a variant of the page's), page, share, position, ctr, hidden
    row_keys: Keys

    @classmethod
    def of_site(
        cls,
        pages: pd.DataFrame,
        *,
        seed: int,
        first_day: date,
        daily_impressions: float | None = None,
        brand: str = "",
        hidden_share: float = HIDDEN_SHARE,
        queries: Mapping[str, Sequence[str]] | None = None,
    ) -> Self:
        """Return the model of a crawled site (PAGES): its indexable pages are what is searched.

        ``daily_impressions`` are the site's (default: 25 per page), ``brand`` is what people call
        it (default: from its host); ``hidden_share`` of the impressions are of queries too rare to
        be shown. ``queries`` are those of some pages, best first, by URL; the other pages' are made
        of their own words. Cost: about a second for 2,000 pages.
        """
        found = _page_words(pages)
        urls = tuple(page.url for page in found)
        keys = keys_of(urls, seed)
        rates = IMPRESSIONS_PER_PAGE * np.exp(
            POPULARITY_SPREAD * normals(keys, use=_Use.RATE) - POPULARITY_SPREAD**2 / 2
        )
        if daily_impressions is not None and urls:
            rates = rates * (daily_impressions / rates.sum())
        rows = _rows(found, keys, seed=seed, brand=brand or _brand(urls), known=queries or {})
        rows["hidden"] = _hidden(rows, rates, hidden_share)
        return cls(
            seed=seed,
            first_day=first_day,
            pages=urls,
            lifts=(),
            page_keys=keys,
            rates=rates,
            year=np.abs(normals(keys, use=_Use.YEAR)) * YEAR_SPREAD,
            phase=uniforms(keys, use=_Use.PHASE),
            rows=rows,
            row_keys=keys_of(rows["url"] + "\n" + rows["query"], seed),
        )

    def with_lift(self, page: str, from_day: date, log_lift: float, ramp_days: int = 1) -> Self:
        """Return the model with one planted effect more; effects of a page add up in logs.

        Raises ValueError for a page that the model does not know.
        """
        if page not in self.pages:
            raise ValueError(f"the model has no page {page}")
        lift = Lift(page=page, from_day=from_day, log_lift=log_lift, ramp_days=ramp_days)
        return replace(self, lifts=(*self.lifts, lift))

    def expected_impressions(self, page: str, day: date) -> float:
        """Return the mean of the page's impressions on ``day``, all URL variants together."""
        return float(self.expected_day(day)[page])

    def expected_day(self, day: date) -> pd.Series:
        """Return the mean impressions of every page on ``day``, by page."""
        known = day >= self.first_day
        return pd.Series(self._levels(day) if known else 0.0, index=list(self.pages))

    def expected_clicks(self, page: str, day: date) -> float:
        """Return the mean of the page's clicks on ``day``."""
        number = self.pages.index(page)
        rows = self.rows[self.rows["page"] == number]
        return self.expected_impressions(page, day) * float((rows["share"] * rows["ctr"]).sum())

    def day(self, day: date) -> pd.DataFrame:
        """Return one row per query and URL that was seen on ``day``.

        Columns: query, page (URL, sometimes with a fragment or campaign parameter), clicks,
        impressions, position, anonymised (too rare for the service to show the query). Cost: about
        40 ms for 32,000 rows.
        """
        if day < self.first_day or self.rows.empty:
            return self._seen(np.zeros(len(self.rows), dtype=np.int64), day)
        at = day.toordinal()
        means = self._levels(day) * self._noise(at)
        page = self.rows["page"].to_numpy()
        expected = means[page] * self.rows["share"].to_numpy()
        chance = uniforms(self.row_keys, use=_Use.IMPRESSIONS, at=at)
        return self._seen(poisson(expected, chance), day)

    def _levels(self, day: date) -> Floats:
        """Return the expected impressions of every page on ``day``."""
        turn = day.timetuple().tm_yday / 365.25
        logs = self.year * np.cos(2 * math.pi * (turn - self.phase)) + self._walk(day)
        for lift in self.lifts:
            logs[self.pages.index(lift.page)] += lift.at(day)
        levels: Floats = self.rates * WEEK[day.weekday()] * np.exp(logs)
        return levels

    def _walk(self, day: date) -> Floats:
        """Return each page's walk: weekly steps that fade slowly, straight lines between."""
        week, rest = divmod((day - self.first_day).days, 7)
        walk: Floats = np.zeros(len(self.pages))
        for number in range(week + 1):
            walk = walk * WALK_MEMORY + WALK_STEP * normals(
                self.page_keys, use=_Use.WALK, at=number
            )
        coming = walk * WALK_MEMORY + WALK_STEP * normals(
            self.page_keys, use=_Use.WALK, at=week + 1
        )
        return walk + (coming - walk) * (rest / 7)

    def _noise(self, at: int) -> Floats:
        """Return each page's day around its expectation: mean 1."""
        chance = uniforms(self.page_keys, use=_Use.PAGE_DAY, at=at)
        own: Floats = gammaincinv(PAGE_DAY_SHAPE, chance).astype(np.float64)
        site = float(normals(keys_of(("",), self.seed), use=_Use.SITE_DAY, at=at)[0])
        shared = math.exp(SITE_DAY_SPREAD * site - SITE_DAY_SPREAD**2 / 2)
        return own * (shared / PAGE_DAY_SHAPE)

    def _seen(self, impressions: Counts, day: date) -> pd.DataFrame:
        """Return the rows with impressions, with the clicks and the position of ``day``."""
        seen = np.flatnonzero(impressions)
        rows, keys, shown = self.rows.take(seen), self.row_keys[seen], impressions[seen]
        at = day.toordinal()
        clicks = binomial(shown, rows["ctr"].to_numpy(), uniforms(keys, use=_Use.CLICKS, at=at))
        jitter = 0.25 * normals(keys, use=_Use.POSITION, at=at) / np.sqrt(shown)
        position = 1 + (rows["position"].to_numpy() - 1) * np.exp(jitter)
        return pd.DataFrame(
            {
                "query": rows["query"].to_numpy(),
                "page": rows["url"].to_numpy(),
                "clicks": clicks,
                "impressions": shown,
                "position": position,
                "anonymised": rows["hidden"].to_numpy(),
            }
        )


def ctr_at(position: NDArray[np.float64]) -> Floats:
    """Return the share of impressions that are clicked at each position (1 = top).

    Shape of the published curves: .28 at the top, .03 at 10, below .01 on the third page.
    """
    first_page: Floats = 0.28 * position**-0.98
    return np.where(position > 10, first_page * (position / 10) ** -0.9, first_page)


def _page_words(pages: pd.DataFrame) -> list[PageWords]:
    frame = pages[list(PAGES.columns)]
    indexable = frame[frame["indexable"]].sort_values("url", kind="stable")
    return [
        PageWords(url=url, title=title, h1=h1, description=description, language=language)
        for url, title, h1, description, language in zip(
            indexable["url"],
            indexable["title"],
            indexable["h1"],
            indexable["description"],
            indexable["language"],
            strict=True,
        )
    ]


def _rows(
    pages: list[PageWords],
    keys: Keys,
    *,
    seed: int,
    brand: str,
    known: Mapping[str, Sequence[str]],
) -> pd.DataFrame:
    """Return one row per query and URL, with its share of the page's impressions."""
    made = queries_of_site(pages, brand=brand)
    rows = pd.DataFrame(
        [
            (query, page.url, number, 1.0 / (rank + 1))
            for number, page in enumerate(pages)
            for rank, query in enumerate(known.get(page.url) or made[number] or (brand,))
        ],
        columns=["query", "url", "page", "share"],
    )
    row_keys = keys_of(rows["url"] + "\n" + rows["query"], seed)
    of_page = np.exp(0.65 * normals(keys, use=_Use.PAGE_RANK))[rows["page"]]
    of_row = np.exp(0.35 * normals(row_keys, use=_Use.RANK))
    rows["share"] *= np.exp(0.5 * normals(row_keys, use=_Use.WEIGHT))
    rows["position"] = np.clip(1 + 11.0 * of_page * of_row, 1.0, 90.0)
    rows = _with_variants(rows, row_keys)
    rows["share"] /= rows.groupby("page")["share"].transform("sum")
    rows["ctr"] = ctr_at(rows["position"].to_numpy())
    return rows


def _with_variants(rows: pd.DataFrame, keys: Keys) -> pd.DataFrame:
    """Return the rows, some of them split between the page's URL and a variant of it."""
    chance = uniforms(keys, use=_Use.VARIANT)
    split = np.flatnonzero(chance < VARIANT_SHARE)
    variants = rows.take(split).copy()
    which = (chance[split] / VARIANT_SHARE * len(VARIANTS)).astype(np.int64)
    variants["url"] += np.array(VARIANTS, dtype=object)[which]
    variants["share"] *= 0.2
    rows.loc[rows.index[split], "share"] *= 0.8
    return pd.concat([rows, variants], ignore_index=True)


def _hidden(rows: pd.DataFrame, rates: Floats, share: float) -> NDArray[np.bool_]:
    """Tell which rows' queries are too rare to be shown: the site's rarest, up to a share."""
    volume = pd.Series(rates[rows["page"]] * rows["share"].to_numpy())
    of_query = volume.groupby(rows["query"].to_numpy()).sum().sort_values()
    rarest = of_query.index[of_query.cumsum() <= share * of_query.sum()]
    return rows["query"].isin(rarest).to_numpy()


def _brand(urls: tuple[str, ...]) -> str:
    """Return the name in the site's host: the label before the ending."""
    labels = (urlsplit(urls[0]).hostname or "").split(".") if urls else [""]
    return labels[-2] if len(labels) > 1 else labels[0]
