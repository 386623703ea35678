"""Queries: which of them say what readers seek, and what they bring to one page."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from recommender.models import Demand, QueryDemand, Window
from recommender.text import folded

ENOUGH_SHOWN = 10  # impressions of a query, from which it tells whose words these are

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Whose words search says they are: the page that each query shows most, by folded query."""

    page: Mapping[str, int] = field(default_factory=dict)
    of_page: Mapping[int, Sequence[str]] = field(default_factory=dict)

    def typed(self, page: int) -> Sequence[str]:
        """Return the folded queries that show ``page`` before all other pages of the site."""
        return self.of_page.get(page, ())

    def is_others(self, phrase: str, page: int) -> bool:
        """Tell whether who types a folded phrase is mostly shown another page than ``page``."""
        return self.page.get(phrase, page) != page


def sought_pages(queries: pd.DataFrame, row: Mapping[str, int]) -> Sought:
    """Return whose words the queries of QUERY_TOTALS are, for crawled pages (``row`` by URL).

    Queries of fewer than ten impressions tell nothing, nor do those that show two pages alike.
    """
    known = queries.assign(row=queries["page"].map(row), folded=queries["query"].map(folded))
    known = known.dropna(subset=["row"])
    shown = known.groupby(["folded", "row"])["impressions"].sum().reset_index()
    shown = shown.sort_values(["folded", "impressions", "row"], ascending=[True, False, True])
    whole = shown.groupby("folded")["impressions"].transform("sum")
    leads = ~shown.duplicated("folded") & (shown["impressions"] * 2 > whole)
    first = shown[leads & (whole >= ENOUGH_SHOWN)]
    page_of = dict(zip(first["folded"], first["row"].astype(int), strict=True))
    of_page: defaultdict[int, list[str]] = defaultdict(list)
    for query, page in page_of.items():
        of_page[page].append(query)
    return Sought(page=page_of, of_page=of_page)


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
