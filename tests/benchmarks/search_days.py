"""Search days of a large property, drawn from a seed: few pages and queries carry most of it.

A property has a fixed stock of pages and of queries on them, each with a usual number of
impressions a day and a usual position. A day draws how often each pair was shown, around what is
usual on that weekday, and keeps the first 50,000 by clicks and impressions, as the service does.
So pairs recur from day to day, most of them rarely. Day number n is the same whatever else is
drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from recommender.frames import PAGE_SEARCH, QUERY_SEARCH
from recommender.models import SearchDay

FIRST_DAY = date(2025, 3, 1)
SITE = "https://www.example.com"
SECTIONS = ("guides", "reference", "news", "products", "questions")
STEM_SYLLABLES = tuple("ka lo mi ren sta ber tu via dor pel nen qui zo har".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What a property is found for: one entry a query on a page."""

    query: np.ndarray[tuple[int], np.dtype[np.object_]]
    page: np.ndarray[tuple[int], np.dtype[np.object_]]
    usual: np.ndarray[tuple[int], np.dtype[np.float64]]  # impressions a day
    position: np.ndarray[tuple[int], np.dtype[np.float64]]
    rows_a_day: int
    seed: int

    @classmethod
    def of(cls, *, rows_a_day: int = 50_000, pages: int = 6_000, seed: int = 7) -> Stock:
        """Return the stock of a property that has ``rows_a_day`` rows of queries each day."""
        draw = np.random.default_rng(seed)
        pairs = rows_a_day * 8
        words = _words(draw, 4_000)
        lengths = draw.integers(2, 6, pairs)
        ranks = np.minimum(draw.zipf(1.35, (pairs, 5)), len(words)) - 1
        spread = (ranks + draw.integers(0, len(words), (pairs, 5)) // 7) % len(words)
        query = [
            " ".join(words[place] for place in row[:length])
            for row, length in zip(spread.tolist(), lengths.tolist(), strict=True)
        ]
        paths = [
            f"{SITE}/{SECTIONS[number % 5]}/{words[number % 900]}-{words[number % 377]}-{number}/"
            for number in range(pages)
        ]
        on = np.minimum(draw.zipf(1.3, pairs), pages) - 1
        on = np.where(on == pages - 1, draw.integers(0, pages, pairs), on)
        frame = pd.DataFrame({"query": query, "page": np.array(paths, dtype=object)[on]})
        kept = ~frame.duplicated().to_numpy()
        usual = 4_000 / (1 + np.arange(pairs)) ** 0.72 * draw.lognormal(0, 0.6, pairs)
        position = 1 + draw.gamma(1.6, 9.0, pairs)
        return cls(
            query=frame["query"].to_numpy()[kept],
            page=frame["page"].to_numpy()[kept],
            usual=usual[kept],
            position=position[kept],
            rows_a_day=rows_a_day,
            seed=seed,
        )

    def shown(self, number: int) -> pd.DataFrame:
        """Return query, page, clicks, impressions, position of day ``number``, most clicks first.

        A position is a mean of whole places, as the service gives it.
        """
        draw = np.random.default_rng((self.seed, number))
        season = 1 + 0.25 * np.sin(2 * np.pi * number / 7) + 0.1 * np.sin(2 * np.pi * number / 365)
        impressions = draw.poisson(self.usual * season)
        clicks = draw.binomial(impressions, np.clip(0.35 / self.position, 0, 1))
        drift = np.clip(self.position + draw.normal(0, 1.5, len(clicks)), 1, 100)
        shown = np.flatnonzero(impressions)
        order = shown[np.lexsort((shown, -impressions[shown], -clicks[shown]))]
        shows = impressions[order]
        return pd.DataFrame(
            {
                "query": self.query[order],
                "page": self.page[order],
                "clicks": clicks[order],
                "impressions": shows,
                "position": np.maximum(np.round(drift[order] * shows) / shows, 1.0),
            }
        )

    def day(self, number: int) -> SearchDay:
        """Return day ``number`` as it is read; its pages count queries beyond the cap, too."""
        rows = self.shown(number)
        at = FIRST_DAY + timedelta(days=number)
        day = pd.Timestamp(at).as_unit("ns")
        pages = (
            rows.assign(position=rows["position"] * rows["impressions"])
            .groupby("page", sort=False, as_index=False)[["clicks", "impressions", "position"]]
            .sum()
            .sort_values(["clicks", "impressions"], ascending=False, kind="stable")
        )
        pages["position"] = pages["position"] / pages["impressions"]
        return SearchDay(
            day=at,
            pages=PAGE_SEARCH.coerced(pages.assign(day=day)),
            queries=QUERY_SEARCH.coerced(rows.head(self.rows_a_day).assign(day=day)),
            final=True,
            capped=len(rows) >= self.rows_a_day,
        )


def _words(draw: np.random.Generator, count: int) -> list[str]:
    """Return ``count`` words, the shorter ones first."""
    made: Mapping[str, None] = dict.fromkeys(
        "".join(draw.choice(STEM_SYLLABLES, draw.integers(1, 5))) for _ in range(count * 8)
    )
    return sorted(made, key=len)[:count]
