"""What is read of a site before anything is decided: text, links, search, and notes on them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from recommender.errors import NoData
from recommender.frames import PAGE_TOTALS, QUERY_TOTALS, checked
from recommender.models import SearchDay
from recommender.passes.searches import on_pages, search_basis
from recommender.passes.study import ask, read_site, study
from recommender.urls import Identity
from tests.parsed_site import ROOT, at_work, crawled, works
from tests.records import search_day

DAY = date(2026, 3, 1)


def totals(*rows: tuple[str, int, int, float | None, int]) -> pd.DataFrame:
    columns = ["page", "clicks", "impressions", "position", "days"]
    frame = pd.DataFrame(rows, columns=columns)
    return PAGE_TOTALS.coerced(frame.assign(page=ROOT + frame["page"].astype(str)))


def identity() -> Identity:
    return Identity.of(crawled(works(3)).pages)


def searched(day: date, **how: bool) -> SearchDay:
    """A day on which two spellings of a page were shown."""
    kept = search_day(day, **how)
    pages = pd.DataFrame(
        {
            "page": [f"{ROOT}/paper-mill", f"{ROOT}/paper-mill/", f"{ROOT}/gone"],
            "day": pd.to_datetime([day] * 3),
            "clicks": [1, 2, 5],
            "impressions": [10, 30, 99],
            "position": [4.0, 8.0, 1.0],
        }
    )
    queries = pd.DataFrame(
        {
            "query": ["paper mill", "paper mill", "how paper is made"],
            "page": [f"{ROOT}/paper-mill", f"{ROOT}/paper-mill/", f"{ROOT}/paper-mill"],
            "day": pd.to_datetime([day] * 3),
            "clicks": [1, 1, 0],
            "impressions": [6, 10, 4],
            "position": [4.0, 8.0, 5.0],
        }
    )
    return SearchDay(day=day, pages=pages, queries=queries, final=kept.final, capped=kept.capped)


def test_the_variants_of_a_page_are_summed_and_weighed() -> None:
    rows = totals(
        ("/paper-mill", 1, 10, 4.0, 7), ("/paper-mill/", 2, 30, 8.0, 3), ("/gone", 5, 99, 1.0, 9)
    )
    found = on_pages(rows, identity(), PAGE_TOTALS)
    checked(found, PAGE_TOTALS)
    assert found.to_numpy().tolist() == [[ROOT + "/paper-mill", 3, 40, 7.0, 7]]


def test_a_missing_position_weighs_nothing_and_stays_missing_alone() -> None:
    rows = totals(
        ("/paper-mill", 1, 10, None, 7),
        ("/paper-mill/", 2, 30, 8.0, 3),
        ("/water-wheel", 0, 5, None, 1),
    )
    found = on_pages(rows, identity(), PAGE_TOTALS).set_index("page")
    assert found.loc[ROOT + "/paper-mill", "position"] == 8
    assert np.isnan(found.loc[ROOT + "/water-wheel", "position"])


def test_a_page_without_impressions_has_no_position() -> None:
    found = on_pages(totals(("/paper-mill", 0, 0, 3.0, 0)), identity(), PAGE_TOTALS)
    assert np.isnan(found["position"][0])


def test_search_rows_that_no_page_answers_for_are_left_out() -> None:
    found = on_pages(totals(("/gone", 5, 99, 1.0, 9)), identity(), PAGE_TOTALS)
    checked(found, PAGE_TOTALS)
    assert found.empty
    assert on_pages(QUERY_TOTALS.empty(), identity(), QUERY_TOTALS).empty


def test_without_a_crawl_there_is_no_data() -> None:
    with pytest.raises(NoData, match="not crawled yet"):
        read_site(at_work())


def test_without_search_data_a_site_is_read_by_its_links_and_text() -> None:
    site = at_work(crawled(works()))
    reading = read_site(site)
    assert (reading.window, reading.page_totals, reading.query_totals) == (None, None, None)
    assert reading.plain.empty
    assert reading.query_words == {}
    assert ask(reading, 0).overlap is None
    known = study(site, reading, np.random.default_rng(1))
    assert known.targets.page_totals is None


def test_query_words_are_shares_of_a_page_s_query_impressions() -> None:
    site = at_work(crawled(works()), days=[searched(DAY)])
    reading = read_site(site)
    mill = reading.corpus.row[ROOT + "/paper-mill"]
    assert reading.query_words == {
        mill: {"paper": 1.0, "mill": 0.8, "how": 0.2, "is": 0.2, "made": 0.2}
    }
    asked = ask(reading, mill)
    assert asked.overlap is not None
    assert asked.overlap[mill] == 1
    assert asked.scores.shape[1] == len(reading.corpus.pages)


def test_search_counts_are_those_of_all_spellings() -> None:
    reading = read_site(at_work(crawled(works()), days=[searched(DAY)]))
    mill = reading.signals.set_index("page").loc[ROOT + "/paper-mill"]
    assert (mill["clicks"], mill["impressions"], mill["position"]) == (3, 40, 7.0)


def test_the_window_ends_on_the_newest_final_day() -> None:
    fresh = DAY + timedelta(days=1)
    days = [searched(DAY), searched(fresh, final=False)]
    basis = search_basis(at_work(crawled(works()), days=days))
    assert basis is not None
    assert (basis.window.end, basis.window.days) == (DAY, 28)
    assert search_basis(at_work(days=[searched(DAY, final=False)])) is None


def shown(day: date, **impressions: int) -> SearchDay:
    """A day on which pages (paths with _ for -) were shown so often, at position 9."""
    pages = pd.DataFrame(
        [
            (f"{ROOT}/{path.replace('_', '-')}", pd.Timestamp(day), 0, count, 9.0)
            for path, count in impressions.items()
        ],
        columns=["page", "day", "clicks", "impressions", "position"],
    )
    kept = search_day(day)
    return SearchDay(day=day, pages=pages, queries=kept.queries.iloc[:0], final=True, capped=False)


def a_year_ago(first: int, last: int, **impressions: int) -> list[SearchDay]:
    """Days from ``first`` to ``last`` after the day 52 weeks before DAY."""
    return [
        shown(DAY - timedelta(days=364 - step), **impressions) for step in range(first, last + 1)
    ]


def seasons_known(*days: SearchDay) -> dict[str, float]:
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    today = shown(DAY, paper_mill=50, salt_pan=50, rope_walk=50)
    site = at_work(crawled(works()), days=[*days, today], now=now)
    known = study(site, read_site(site), np.random.default_rng(1))
    return {url.removeprefix(ROOT): factor for url, factor in known.targets.season.items()}


def test_the_coming_weeks_of_last_year_make_a_season() -> None:
    before = a_year_ago(-27, 0, paper_mill=50, salt_pan=50, rope_walk=50)
    after = a_year_ago(2, 43, paper_mill=50, salt_pan=400, rope_walk=5)
    found = seasons_known(*before, *after)
    assert found["/salt-pan"] > 1.5
    assert found["/rope-walk"] < 0.5


def test_without_last_year_there_is_no_season() -> None:
    assert seasons_known() == {}
    assert seasons_known(*a_year_ago(-27, 0, paper_mill=50)) == {}
    assert seasons_known(*a_year_ago(-27, 0, paper_mill=5), *a_year_ago(2, 20, paper_mill=5)) == {}


def strengths(*, lifetime: str) -> tuple[float, float]:
    """The strength of a page with one loud week, and of one that is shown each day alike."""
    days = [
        shown(DAY - timedelta(days=back), paper_mill=2000 if back < 7 else 1, salt_pan=100)
        for back in range(28)
    ]
    kinds = [{"pattern": "/paper-mill", "lifetime": lifetime}]
    signals = read_site(at_work(crawled(works()), days=days, page_types=kinds)).signals
    by_page = signals.set_index("page")["strength"]
    return by_page[ROOT + "/paper-mill"], by_page[ROOT + "/salt-pan"]


def test_the_strength_of_news_is_its_usual_week_and_not_its_loudest() -> None:
    loud, steady = strengths(lifetime="evergreen")
    assert loud > steady
    loud, steady = strengths(lifetime="news")
    assert loud < steady


def test_weeks_that_were_not_read_whole_are_no_zeros_to_the_strength_of_news() -> None:
    days = [shown(DAY - timedelta(days=back), paper_mill=300, salt_pan=100) for back in range(28)]
    kinds = [{"pattern": "/paper-mill", "lifetime": "news"}]
    read = [day for day in days if day.day != DAY - timedelta(days=3)]
    signals = read_site(at_work(crawled(works()), days=read, page_types=kinds)).signals
    by_page = signals.set_index("page")["strength"]
    assert by_page[ROOT + "/paper-mill"] > by_page[ROOT + "/salt-pan"]


def test_values_are_joined_through_the_crawl_and_strangers_are_named() -> None:
    names = {
        ROOT + "/paper-mill/?utm_source=mail": 2.0,
        ROOT + "/paper-mill": 3.0,
        ROOT + "/gone": 4.0,
        **{f"{ROOT}/lost-{n}": 1.0 for n in range(9)},
    }
    site = replace(at_work(crawled(works())), values=lambda: names)
    reading = read_site(site)
    assert reading.page_values == {ROOT + "/paper-mill": 3.0}
    known = study(site, reading, np.random.default_rng(1))
    assert known.targets.page_values == reading.page_values
    unknown, doubled = reading.notes[-2:]
    assert "no crawled page: " + ROOT + "/gone, " in unknown
    assert unknown.endswith("and 5 more.")
    assert "highest counts" in doubled
    assert doubled.endswith(ROOT + "/paper-mill.")


def test_missing_capped_and_stale_days_are_told() -> None:
    old = DAY - timedelta(days=20)
    notes = read_site(at_work(crawled(works()), days=[searched(old, capped=True)])).notes
    text = " ".join(notes)
    assert "27 of 28 days are missing" in text
    assert "cut the rows of 1 of 28 days" in text
    assert f"newest search data are of {old}" in text


def test_reading_does_not_change_what_is_stored() -> None:
    snapshot = crawled(works())
    before = [frame.copy() for frame in (snapshot.pages, snapshot.blocks, snapshot.links)]
    site = at_work(snapshot, days=[searched(DAY)])
    study(site, read_site(site), np.random.default_rng(1))
    after = (snapshot.pages, snapshot.blocks, snapshot.links)
    for one, other in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(one, other)
