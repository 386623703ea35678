"""Totals of a period count where days do not, and never both."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest

from recommender.frames import PAGE_TOTALS, QUERY_TOTALS
from recommender.models import SearchPeriod, Window
from recommender.passes.gather import pull
from recommender.passes.searches import search_basis
from recommender.passes.site import Site
from recommender.passes.study import read_site
from tests.fakes import FakeSearch
from tests.parsed_site import ROOT, at_work, crawled, works
from tests.records import search_day

END = date(2026, 3, 1)
QUARTER = Window.ending(END, 90)
PAGES = PAGE_TOTALS.coerced(
    pd.DataFrame([(f"{ROOT}/paper-mill", 30, 900, 8.0, 1)], columns=list(PAGE_TOTALS.columns))
)


def period(window: Window = QUARTER, *, capped: bool = False) -> SearchPeriod:
    return SearchPeriod(
        window=window,
        pages=PAGES,
        queries=QUERY_TOTALS.empty(),
        capped=capped,
        content=f"{window}{capped}",
    )


def site(days: int, *, newest: date = END, kept: SearchPeriod | None = None) -> Site:
    stored = [search_day(newest - timedelta(days=back)) for back in range(days)]
    made = at_work(crawled(works()), days=stored)
    if kept is not None:
        made.facts.write_search_period(kept, made.now)
    return made


def test_without_days_the_period_counts() -> None:
    basis = search_basis(site(0, kept=period()))
    assert basis is not None
    assert (basis.window, basis.period is not None) == (QUARTER, True)


@pytest.mark.parametrize(
    ("days", "later", "counts"),
    [(28, 0, False), (14, 0, False), (13, 0, True), (28, 1, False), (28, -1, True)],
)
def test_days_count_unless_the_period_goes_further_or_half_are_missing(
    days: int, later: int, *, counts: bool
) -> None:
    basis = search_basis(site(days, newest=END + timedelta(days=later), kept=period()))
    assert basis is not None
    assert (basis.period is not None) is counts


def test_totals_are_read_alone_and_never_added_to_days() -> None:
    reading = read_site(site(5, kept=period()))
    assert reading.page_totals is not None
    assert reading.page_totals["impressions"].sum() == 900
    assert reading.window == QUARTER


def test_the_mail_says_what_an_export_does_not_know() -> None:
    notes = " ".join(read_site(site(0, kept=period(capped=True))).notes)
    assert "Search Console export of" in notes
    assert "1 row: pages beyond the cut are not known." in notes
    assert "what an edit does cannot be measured by it" in notes


def test_a_period_is_news_once() -> None:
    made = replace(site(0), search=FakeSearch({}, totals=period()))
    assert pull(made).brought_news
    assert not pull(made).brought_news


def test_a_day_that_comes_again_as_it_was_is_not_news() -> None:
    day = search_day(END)
    made = replace(site(0), search=FakeSearch({END: day}))
    assert pull(made).stored == 1
    assert pull(made).stored == 0
    changed = search_day(END, rows=[("/a", 2, 10, 5.0)])
    assert pull(replace(made, search=FakeSearch({END: changed}))).stored == 1
