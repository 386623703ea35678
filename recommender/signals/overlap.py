"""Query overlap: a source that is shown for the target's queries speaks to the same readers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def query_overlap(query_totals: pd.DataFrame, target: str, row: Mapping[str, int]) -> Floats | None:
    """Return the share of the target's query impressions that each page is shown for too, 0..1.

    One value a page in the order of ``row`` (the crawl's URLs), 1 for the target itself; None
    where the target has no visible query. ``query_totals`` is QUERY_TOTALS with crawled URLs; leave
    brand queries out, every page is shown for those. Above .8 with the same first query it is
    cannibalisation, not kinship (method, section 5). Cost: two passes over the frame.
    """
    shown = query_totals[query_totals["impressions"] > 0]
    own = shown[shown["page"] == target].groupby("query")["impressions"].sum()
    if own.empty:
        return None
    alike = shown[shown["query"].isin(own.index)].drop_duplicates(["query", "page"])
    pages = alike["page"].map(row)
    crawled = pages.notna().to_numpy()
    shared = alike["query"].map(own).to_numpy(np.float64)
    overlap = np.bincount(
        pages[crawled].astype(np.int64), weights=shared[crawled], minlength=len(row)
    )
    return np.asarray(overlap / float(own.sum()), dtype=np.float64)
