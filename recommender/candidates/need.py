"""Need: how many more clicks a page would get if it rose, and what that is worth to the owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.candidates.click_curve import ClickCurve, fit_click_curve
from recommender.candidates.indexes import in_series, thin_below
from recommender.candidates.owner import is_news, type_of
from recommender.candidates.queries import plain_queries
from recommender.candidates.season import season_words
from recommender.config import PageType, RecommendConfig
from recommender.corpus import Corpus
from recommender.frames import QUERY_TOTALS
from recommender.models import Window

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

RISE = 2 / 3
"""A link moves a page from position p to 2/3 p, e.g. from 12 to 8 (*assumption*: the size of a rise
scales all needs alike; that it is a share of the position favours striking distance)."""

STRIKING = (4.0, 30.0)
OUTSIDE = 0.2
"""What a query outside striking distance counts: above it little is left to gain, below it a link
is not enough (*assumption*)."""

MONTH_DAYS = 28
NEWS_FACTOR = 0.25  # the link outlives what it leads to (*assumption*)
FEW_INLINKS = 2
SERIES_FACTOR = 0.25  # what one of them needs beside a page of its own kind (*assumption*)
UNDERLINKED = 0.5
"""What a page that no text links adds to its need, beside pages on its subject that are linked
(*assumption*): need decides who is looked at, before any gain in PageRank is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFacts:
    """What is known of a site when its targets are chosen.

    ``pages`` is PAGES, ``signals`` PAGE_SIGNALS and ``topics`` the topic of each page, both in the
    order of the corpus. Search frames have crawled URLs, one row each; None without search data.
    ``season`` and ``page_values`` are by page: how demand of the coming weeks compares with that of
    these, and what the owner says that a visit is worth; 1 for a page that they do not name.
    """

    corpus: Corpus
    pages: pd.DataFrame
    signals: pd.DataFrame
    topics: Ints
    page_totals: pd.DataFrame | None
    query_totals: pd.DataFrame | None
    recommend: RecommendConfig
    page_types: Sequence[PageType] = ()
    brand_terms: Sequence[str] = ()
    window: Window
    now: datetime
    season: Mapping[str, float] = field(default_factory=dict)
    page_values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Need and its reason for every page (P); ``queries`` are those of QUERY_TOTALS that count."""

    need: Floats
    new: Flags
    basis: Callable[[int], str]
    queries: pd.DataFrame


def needs_of(facts: TargetFacts) -> Needs:
    """Return the need of every page.

    In extra clicks in 28 days, weighed by season, by how much less than its subject a page is
    linked, and by value; without search data, or where they have no positions (Discover), a share
    0..1 of being overlooked, by value alone.
    Cost: one pass over the queries.
    """
    new = _is_new(facts)
    if facts.page_totals is None or (
        len(facts.page_totals) and facts.page_totals["position"].isna().all()
    ):
        return _needs_by_links(facts, new)
    queries = _all_queries(facts)
    plain = plain_queries(queries, facts.brand_terms)
    curve = fit_click_curve(plain if len(plain) else facts.page_totals)
    gain = _clicks_to_win(facts, queries, plain, curve)
    season = _by_page(facts, facts.season)
    typical, whose = _typical_of_topic(facts, gain * season)
    inlinks = facts.signals["content_inlinks"].to_numpy(np.int64)
    lifted = new & (inlinks <= FEW_INLINKS) & (typical > gain * season)
    usual = _usual_inlinks(facts)
    overlooked = np.maximum(0.0, 1 - inlinks / np.maximum(1.0, usual))

    def basis(row: int) -> str:
        if lifted[row]:
            return (
                f"Published {_age_days(facts, row)} days ago and linked from the text of "
                f"{_pages(inlinks[row])}; the median of {whose[row]} has "
                f"{_clicks(typical[row], 'click')} in 28 days to gain, a third higher up."
            )
        found = [_basis_by_search(facts, row, gain[row], curve)]
        if gain[row] > 0:
            found.append(season_words(season[row]))
            if overlooked[row] >= 1 / 2:
                found.append(f"It is {_linked_from(facts, row, inlinks[row], usual[row])}.")
        return " ".join(filter(None, (*found, _value_words(facts, row))))

    clicks = np.where(lifted, typical, gain * season)
    need = clicks * (1 + UNDERLINKED * overlooked) * _worth(facts)
    return Needs(need=need, new=new, basis=basis, queries=plain)


def _all_queries(facts: TargetFacts) -> pd.DataFrame:
    if facts.query_totals is None:
        return QUERY_TOTALS.empty()
    return facts.query_totals[facts.query_totals["page"].isin(facts.corpus.row)]


def _clicks_to_win(
    facts: TargetFacts, queries: pd.DataFrame, plain: pd.DataFrame, curve: ClickCurve
) -> Floats:
    """Return the clicks in 28 days that each page would win if its queries rose.

    Impressions without a visible query count at the position that the visible ones leave for them;
    brand queries count nothing. Both rates come from the curve: a poor snippet is no need for
    links.
    """
    signals, pages = facts.signals, len(facts.corpus.pages)

    def summed(rows: pd.DataFrame, values: Floats) -> Floats:
        total = np.bincount(_rows(facts, rows), weights=values, minlength=pages)
        return np.asarray(total, dtype=np.float64)

    by_query = summed(plain, _won(plain["position"], plain["impressions"], curve))
    shown, depth = queries["impressions"].to_numpy(np.float64), queries["position"].to_numpy()
    whole = signals["impressions"].to_numpy(np.float64)
    hidden = np.maximum(0.0, whole - summed(queries, shown))
    deep = whole * signals["position"].fillna(0.0).to_numpy() - summed(queries, shown * depth)
    position = np.clip(deep / np.maximum(hidden, 1.0), 1.0, 100.0)
    by_page = _won(pd.Series(position), pd.Series(hidden), curve)
    return np.asarray((by_query + by_page) * MONTH_DAYS / facts.window.days, dtype=np.float64)


def _rows(facts: TargetFacts, queries: pd.DataFrame) -> Ints:
    return np.asarray(queries["page"].map(facts.corpus.row), dtype=np.int64)


def _won(position: pd.Series, impressions: pd.Series, curve: ClickCurve) -> Floats:
    now = np.maximum(1.0, position.to_numpy(np.float64))
    rise = np.maximum(0.0, curve.at(np.maximum(1.0, RISE * now)) - curve.at(now))
    within = np.where((now >= STRIKING[0]) & (now <= STRIKING[1]), 1.0, OUTSIDE)
    return np.asarray(impressions.to_numpy(np.float64) * rise * within, dtype=np.float64)


def _typical_of_topic(facts: TargetFacts, gain: Floats) -> tuple[Floats, list[str]]:
    """Return the median clicks to win among the topic's pages with impressions, and whose it is."""
    shown = facts.signals["impressions"].to_numpy() > 0
    anywhere = float(np.median(gain[shown])) if shown.any() else 0.0
    by_topic = pd.Series(gain[shown]).groupby(facts.topics[shown])
    known = {
        topic: (value, f"{count} pages on its subject")
        for topic, value, count in zip(
            by_topic.median().index, by_topic.median(), by_topic.size(), strict=True
        )
        if topic >= 0 and count >= 3
    }
    fallback = (anywhere, f"all {int(shown.sum())} pages with impressions")
    found = [known.get(topic, fallback) for topic in facts.topics]
    return np.array([value for value, _ in found], np.float64), [whose for _, whose in found]


def _basis_by_search(facts: TargetFacts, row: int, gain: float, curve: ClickCurve) -> str:
    shown = int(facts.signals["impressions"].iloc[row])
    if not shown:
        return f"No impressions in {facts.window.days} days."
    position = float(facts.signals["position"].iloc[row])
    clicks = _clicks(gain * facts.window.days / MONTH_DAYS, "more click")
    return (
        f"{shown:,} impressions in {facts.window.days} days at position {position:.1f}; pages that "
        f"stand a third higher get {clicks} for as many impressions ({curve.basis})."
    )


def _clicks(number: float, one: str) -> str:
    """Return "about 14 clicks", and no click where there is hardly one."""
    whole = round(number)
    return f"about {whole:,} {one}{'s' * (whole > 1)}" if whole else f"less than one {one}"


def _needs_by_links(facts: TargetFacts, new: Flags) -> Needs:
    """Return need without search data: how much less linked than its topic a long page is, 0..1."""
    inlinks = facts.signals["content_inlinks"].to_numpy(np.float64)
    usual = _usual_inlinks(facts)
    typical = np.maximum(1.0, usual)
    long = pd.Series(facts.corpus.page_words).rank(pct=True).to_numpy(np.float64)
    long[facts.corpus.page_words < thin_below(facts.corpus)] = 0.0
    long *= np.where(in_series(facts.corpus.titles), SERIES_FACTOR, 1.0)
    need = np.maximum(0.0, 1 - inlinks / typical) * long * _worth(facts)

    lacking = "no search data" if facts.page_totals is None else "search tells no positions"

    def basis(row: int) -> str:
        return (
            f"Demand is unknown ({lacking}); its text of "
            f"{facts.corpus.page_words[row]:,} words is "
            f"{_linked_from(facts, row, inlinks[row], usual[row])}."
        ) + f" {_value_words(facts, row)}".rstrip()

    return Needs(need=need, new=new, basis=basis, queries=QUERY_TOTALS.empty())


def _usual_inlinks(facts: TargetFacts) -> Floats:
    """Return the median content inlinks of each page's topic, of the site where it has none."""
    inlinks = facts.signals["content_inlinks"].to_numpy(np.float64)
    by_topic = pd.Series(inlinks).groupby(facts.topics).transform("median").to_numpy(np.float64)
    overall = pd.Series(inlinks).median()
    return np.asarray(np.where(facts.topics < 0, overall, by_topic), dtype=np.float64)


def _linked_from(facts: TargetFacts, row: int, inlinks: float, usual: float) -> str:
    """Return how a page is linked, beside its like where half of those are linked at all."""
    said = f"linked from the text of {_pages(inlinks)}"
    like = "your pages" if facts.topics[row] < 0 else "the pages on its subject"
    return said if usual < 1 else f"{said}, where half of {like} have {usual:.0f} or more"


def _by_page(facts: TargetFacts, numbers: Mapping[str, float]) -> Floats:
    return np.array([numbers.get(url, 1.0) for url in facts.corpus.pages], np.float64)


def _value_words(facts: TargetFacts, row: int) -> str:
    value = facts.page_values.get(facts.corpus.pages[row], 1.0)
    return "" if value == 1 else f"Your value of {value:g} multiplies that."


def _pages(count: float) -> str:
    return "no page" if count == 0 else "1 page" if count == 1 else f"{count:.0f} pages"


def _worth(facts: TargetFacts) -> Floats:
    """Return what page types and values make of each page's need."""
    kinds = [type_of(url, facts.page_types) for url in facts.corpus.pages]
    worth = [
        1.0 if kind is None else kind.value * (NEWS_FACTOR if is_news(kind) else 1.0)
        for kind in kinds
    ]
    return np.array(worth, np.float64) * _by_page(facts, facts.page_values)


def _published(facts: TargetFacts) -> pd.Series:
    return facts.pages.set_index("url")["published_at"].reindex(list(facts.corpus.pages))


def _is_new(facts: TargetFacts) -> Flags:
    """Return which pages are young and meant to last."""
    published = _published(facts)
    youngest = facts.now - timedelta(days=facts.recommend.new_page_days)
    young = ((published > youngest) & (published <= facts.now)).to_numpy(np.bool_)
    news = [is_news(type_of(url, facts.page_types)) for url in facts.corpus.pages]
    return np.asarray(young & ~np.array(news, np.bool_), dtype=np.bool_)


def _age_days(facts: TargetFacts, row: int) -> int:
    return int((facts.now - _published(facts).iloc[row].to_pydatetime()).days)
