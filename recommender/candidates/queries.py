"""Queries: which of them say what readers seek, and what they bring to one page."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from recommender.models import Demand, QueryDemand, Window
from recommender.text import folded

_OPERATOR = re.compile(r"\b(?:site|inurl|intitle|intext|allinurl|allintitle|cache|related):|[\"“”]")
"""Search operators and quoted scrapes: asked by tools and owners, not by readers."""


def plain_queries(query_totals: pd.DataFrame, brand_terms: Sequence[str]) -> pd.DataFrame:
    """Return the rows of QUERY_TOTALS without brand queries and search operators.

    A brand term counts as whole words ("acme" is not in "acmeology").
    """
    if query_totals.empty:
        return query_totals
    codes, unique = pd.factorize(query_totals["query"])
    brands = [f" {folded(term)} " for term in brand_terms if folded(term)]
    kept = np.array([_is_plain(query, brands) for query in unique], dtype=bool)
    return query_totals[kept[codes]]


def _is_plain(query: str, brands: Sequence[str]) -> bool:
    if _OPERATOR.search(query.lower()):
        return False
    padded = f" {folded(query)} "
    return not any(brand in padded for brand in brands)


def top_queries(queries: pd.DataFrame, top: int = 10) -> dict[str, tuple[QueryDemand, ...]]:
    """Return the ``top`` queries of each page of QUERY_TOTALS, most impressions first."""
    ordered = queries.sort_values(["page", "impressions", "query"], ascending=[True, False, True])
    best = ordered.groupby("page", sort=False).head(top)
    found: dict[str, list[QueryDemand]] = {}
    columns = best[["page", "query", "impressions", "clicks", "position"]]
    for page, query, shown, clicks, position in columns.itertuples(index=False):
        found.setdefault(page, []).append(
            QueryDemand(query=query, impressions=shown, clicks=clicks, position=position)
        )
    return {page: tuple(listed) for page, listed in found.items()}


def demand_of(page: pd.Series, queries: tuple[QueryDemand, ...], window: Window) -> Demand:
    """Return what search brings to a page: its row of PAGE_SIGNALS and its top queries."""
    return Demand(
        window=window,
        impressions=int(page["impressions"]),
        clicks=int(page["clicks"]),
        position=None if pd.isna(page["position"]) else float(page["position"]),
        queries=queries,
    )
