"""Targets: the pages that may receive links, in the order in which they are looked at."""

from __future__ import annotations

from dataclasses import replace

from recommender.candidates.indexes import is_listing, kind_by_url, list_pages, silent_pages
from recommender.candidates.need import Needs, TargetFacts, needs_of
from recommender.candidates.owner import matches_any, owner_bars
from recommender.candidates.queries import demand_of, top_queries
from recommender.errors import UnknownPage
from recommender.models import QueryDemand, TargetCase
from recommender.urls import nearest


def find_targets(facts: TargetFacts) -> list[TargetCase]:
    """Return the pages that may receive links and have any need: pins first, then most need first.

    Need is in extra clicks in 28 days, or, without search data, a share 0..1 of being overlooked;
    ``need_basis`` says which. Cost: one pass over the queries.
    """
    needs = needs_of(facts)
    pinned = _pinned(facts)
    guesses = _guesses(facts)
    rows = [
        row
        for row, url in enumerate(facts.corpus.pages)
        if (needs.need[row] > 0 or url in pinned)
        and not _barred(facts, url, guesses[row], pinned=url in pinned)
    ]
    by_page = top_queries(needs.queries)
    cases = [_case(facts, needs, row, by_page) for row in rows]
    return sorted(cases, key=lambda case: (case.url not in pinned, -case.need, case.url))


def one_target(facts: TargetFacts, url: str) -> TargetCase:
    """Return the case of the page ``url`` (a crawled URL), whatever its need.

    ``need_basis`` says so where it would not be chosen by itself. Raises UnknownPage.
    """
    row = facts.corpus.row.get(url)
    if row is None:
        raise UnknownPage(url, nearest(url, facts.corpus.pages))
    needs = needs_of(facts)
    case = _case(facts, needs, row, top_queries(needs.queries[needs.queries["page"] == url]))
    why_not = why_no_target(facts, url)
    if not why_not:
        return case
    basis = f"{case.need_basis} It would not be chosen by itself: it is {why_not}."
    return replace(case, need_basis=basis)


def why_no_target(facts: TargetFacts, url: str) -> str:
    """Return why a page is never chosen as a target ("a list of links"), "" where it may be."""
    guess = _guesses(facts)[facts.corpus.row[url]]
    return _barred(facts, url, guess, pinned=url in _pinned(facts))


def kept_out(facts: TargetFacts) -> dict[str, str]:
    """Return why each page that is never chosen as a target is none, by page."""
    pinned = _pinned(facts)
    guesses = _guesses(facts)
    barred = {
        url: _barred(facts, url, guesses[row], pinned=url in pinned)
        for row, url in enumerate(facts.corpus.pages)
    }
    return {url: why for url, why in barred.items() if why}


def _pinned(facts: TargetFacts) -> frozenset[str]:
    pins = facts.recommend.pins
    return frozenset(url for url in facts.corpus.pages if matches_any(url, pins))


def _guesses(facts: TargetFacts) -> list[str]:
    """Return what the structure of each page says against it ("a list of links"), "" for most."""
    lists = list_pages(facts.corpus, facts.signals)
    silent = silent_pages(facts.corpus)
    return [
        "a list of links" if of_links else "a page without a sentence of its own" if mute else ""
        for of_links, mute in zip(lists.tolist(), silent.tolist(), strict=True)
    ]


def _barred(facts: TargetFacts, url: str, guess: str, *, pinned: bool) -> str:
    """Return why a page is no target; a pin outweighs what is guessed, not what is a hard rule."""
    kind = kind_by_url(url) if not pinned or is_listing(url) else ""
    guessed = "" if pinned else guess
    return owner_bars(url, facts.recommend, facts.page_types) or kind or guessed


def _case(
    facts: TargetFacts, needs: Needs, row: int, by_page: dict[str, tuple[QueryDemand, ...]]
) -> TargetCase:
    url = facts.corpus.pages[row]
    demand = None
    if facts.page_totals is not None:
        demand = demand_of(facts.signals.iloc[row], by_page.get(url, ()), facts.window)
    pinned = "You pinned it. " if matches_any(url, facts.recommend.pins) else ""
    return TargetCase(
        url=url,
        title=facts.corpus.titles[row] or facts.corpus.h1s[row] or url,
        need=float(needs.need[row]),
        need_basis=pinned + needs.basis(row),
        demand=demand,
        new=bool(needs.new[row]),
    )
