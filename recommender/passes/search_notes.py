"""Notes on the search data: what a reader must know of them before trusting what they decide."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pandas as pd

from recommender.config import SearchConsoleConfig, SourceKind
from recommender.models import SearchPeriod, Window
from recommender.passes.site import Site, pacific_day
from recommender.report.words import counted, span

STALE_DAYS = 7  # search data older than this are worth a note
SHRUNK = 0.8  # of a day's earlier impressions, below which a correction is worth a note
SCRAPED = 0.05  # share of query rows that scrapers typed, from which on it is worth a note
STRANGERS = 0.1  # share of impressions of uncrawled addresses, the same
NOTHING_STORED = (
    "Search Console is configured, but no final day of it is stored yet: `linkwright pull` reads "
    "it, `linkwright doctor` says what is wrong."
)
UNTOLD = frozenset({"discover", "googleNews"})
KINDS = {
    "discover": "in Discover",
    "googleNews": "in Google News",
    "news": "in the News tab",
    "image": "in image search",
    "video": "in video search",
}


def search_notes(
    site: Site,
    window: Window | None,
    page_totals: pd.DataFrame | None,
    period: SearchPeriod | None = None,
) -> tuple[str, ...]:
    """Return the notes on the window's search days, each a sentence with its numbers.

    ``page_totals`` is PAGE_TOTALS with crawled URLs; both are None where no final day is stored.
    ``period`` is what they are read from, where that is no days.
    """
    section = site.config.search_console
    if section.source is SourceKind.NONE and window is None:
        return ()
    if window is None or page_totals is None:
        return (NOTHING_STORED,)
    stale = pacific_day(site.now) - window.end > timedelta(days=STALE_DAYS)
    old = [f"The newest search data are of {window.end}."] if stale else []
    if period is not None:
        shown = int(period.pages["impressions"].sum())
        return (*_totals(period), *old, *_strangers(shown, page_totals))
    days = site.facts.search_days(as_of=site.as_of)
    stored = days[days["day"].between(pd.Timestamp(window.start), pd.Timestamp(window.end))]
    return (
        *_what_counts(section),
        *_gaps(stored, window, cut=1_000 if section.source is SourceKind.EXPORT else 50_000),
        *old,
        *_shrunk(stored),
        *_queries(stored, told=section.search_type not in UNTOLD),
        *_strangers(int(stored["impressions"].sum()), page_totals),
    )


def _totals(period: SearchPeriod) -> Iterator[str]:
    cut = ": pages beyond the cut are not known" if period.capped else ""
    rows = counted(len(period.pages), "row")
    yield f"Search Console export of {span(period.window)}, {rows}{cut}."
    if period.filters:
        yield f"The export is narrowed to {', '.join(period.filters)}."
    asked = period.queries["page"].nunique()
    named = f"for {counted(asked, 'page')} alone" if asked else "for no page"
    yield (
        f"It names queries {named}, and no single days: what pages are searched for is known by so "
        "much less, and what an edit does cannot be measured by it."
    )


def _what_counts(section: SearchConsoleConfig) -> Iterator[str]:
    """Say which searches count, where not all of the web's do."""
    where = [KINDS[section.search_type]] if section.search_type in KINDS else []
    if section.countries:
        where.append(f"from {', '.join(section.countries)}")
    if section.devices:
        where.append(f"on {', '.join(section.devices)}")
    if where:
        yield f"As configured, only what was shown {', '.join(where)} counts."
    if section.search_type in UNTOLD:
        yield "No queries and no positions are told of it: need is judged by text and links."


def _gaps(stored: pd.DataFrame, window: Window, *, cut: int) -> Iterator[str]:
    if missing := window.days - len(stored):
        yield f"Search data for {missing} of {window.days} days are missing."
    if provisional := int((~stored["final"]).sum()):
        yield (
            f"Search data for {provisional} of {window.days} days are provisional: more may come."
        )
    if capped := int(stored["capped"].sum()):
        yield (
            f"Search Console cut the rows of {capped} of {window.days} days at {cut:,}: pages with "
            "few impressions are missing from them."
        )


def _shrunk(stored: pd.DataFrame) -> Iterator[str]:
    """Say which days Search Console has taken much back of since they were read first."""
    now, most = stored["impressions"], stored["most_impressions"]
    for day, shown, before in zip(stored["day"], now, most, strict=True):
        if shown < SHRUNK * before:
            yield (
                f"Search Console now gives {shown:,} impressions for {day.date()} and gave "
                f"{before:,} before: it counts as it is now."
            )


def _queries(stored: pd.DataFrame, *, told: bool) -> Iterator[str]:
    operators, rows = int(stored["operator_rows"].sum()), int(stored["query_rows"].sum())
    if operators and operators >= SCRAPED * (operators + rows):
        yield (
            f"{operators:,} of {operators + rows:,} query rows are left out: programs typed them "
            "(search operators, several quoted phrases)."
        )
    impressions = float(stored["impressions"].sum())
    visible = float((stored["query_share"].fillna(0) * stored["impressions"]).sum())
    if told and visible < impressions / 2:
        yield (
            f"Search Console names the query for only {visible / impressions:.0%} of impressions: "
            "what pages are searched for is known in part."
        )


def _strangers(impressions: int, page_totals: pd.DataFrame) -> Iterator[str]:
    known = int(page_totals["impressions"].sum())
    if impressions - known > STRANGERS * impressions:
        yield (
            f"{1 - known / impressions:.0%} of impressions are of addresses that the crawl does "
            "not know, and count for no page."
        )
