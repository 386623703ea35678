"""The signals that belong to a page alone, whatever it links: the frame PAGE_SIGNALS."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.corpus import Corpus
from recommender.frames import PAGE_SIGNALS
from recommender.signals.attention import attention, density
from recommender.signals.strength import strength

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def page_signals(
    corpus: Corpus,
    page_totals: pd.DataFrame | None,
    ranks: Floats,
    steady: Floats | None = None,
) -> pd.DataFrame:
    """Return PAGE_SIGNALS, one row a page in the order of ``corpus.pages``.

    ``page_totals`` is PAGE_TOTALS over 28 days with crawled URLs, one row a page; None without
    search data: clicks and impressions are then 0 because the spec has no missing integer, the
    position is missing, and strength is PageRank's alone. ``ranks`` is PageRank. ``steady``, one
    a page, stands for the impressions that strength is judged by: NaN where these do (P).
    """
    links = corpus.content_edges
    outlinks = _count(links["source"].to_numpy(np.int64), len(corpus.pages))
    pairs = links.drop_duplicates(["source", "target"])
    densities = density(outlinks, corpus.page_words)
    shown = _search(corpus, page_totals)
    impressions = None if page_totals is None else shown["impressions"].to_numpy(np.float64)
    if impressions is not None and steady is not None:
        impressions = np.where(np.isnan(steady), impressions, steady)
    return PAGE_SIGNALS.coerced(
        pd.DataFrame(
            {
                "page": pd.Series(corpus.pages, dtype="object"),
                "clicks": shown["clicks"].to_numpy(np.int64),
                "impressions": shown["impressions"].to_numpy(np.int64),
                "position": shown["position"].to_numpy(np.float64),
                "content_inlinks": _count(pairs["target"].to_numpy(np.int64), len(corpus.pages)),
                "content_outlinks": outlinks,
                "density": densities,
                "pagerank": ranks,
                "strength": strength(ranks, impressions),
                "attention": attention(densities),
            }
        )
    )


def _search(corpus: Corpus, page_totals: pd.DataFrame | None) -> pd.DataFrame:
    empty = pd.DataFrame(columns=["clicks", "impressions", "position"], dtype="float64")
    totals = empty if page_totals is None else page_totals.set_index("page")
    shown = totals[["clicks", "impressions", "position"]].reindex(list(corpus.pages))
    counts = ["clicks", "impressions"]
    shown[counts] = shown[counts].fillna(0)
    shown.loc[shown["impressions"] == 0, "position"] = np.nan
    return shown


def _count(rows: Ints, pages: int) -> Ints:
    return np.bincount(rows, minlength=pages).astype(np.int64)
