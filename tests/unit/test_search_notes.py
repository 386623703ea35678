"""Notes on search data: each says what is, with its numbers, and none where nothing is amiss."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from recommender.config import PropertyConfig
from recommender.models import SearchDay
from recommender.passes.search_notes import search_notes
from recommender.passes.searches import search_basis
from recommender.passes.site import Site
from tests.parsed_site import at_work, crawled, works
from tests.records import DAY, search_day

QUERIES = (("roast beans", "/a", 1, 8, 4.0),)


def days(number: int = 28, **changes: object) -> list[SearchDay]:
    """Return so many sound days; ``changes`` are those of the newest."""
    kept = [search_day(DAY - timedelta(days=back), queries=QUERIES) for back in range(number)]
    return [replace(kept[0], **changes), *kept[1:]]  # type: ignore[arg-type]


def noted(
    stored: Iterable[SearchDay],
    section: Mapping[str, object] | None = None,
    *,
    known: float = 1.0,
    later: int = 0,
) -> tuple[str, ...]:
    """Return the notes on these days; ``known`` is the share of impressions of crawled pages."""
    site: Site = at_work(crawled(works(3)), days=list(stored))
    config = site.config.model_dump() | {"search_console": {"source": "api", **(section or {})}}
    site = replace(
        site,
        config=PropertyConfig.model_validate(config),
        now=site.now + timedelta(days=later),
    )
    basis = search_basis(site)
    window = None if basis is None else basis.window
    totals = None if window is None else site.facts.page_totals(window)
    if totals is not None:
        totals["impressions"] = (totals["impressions"] * known).astype("int64")
    return search_notes(site, window, totals)


def test_sound_days_need_no_note() -> None:
    assert noted(days()) == ()


def test_a_property_that_has_read_nothing_yet_says_so_and_one_without_source_nothing() -> None:
    (note,) = noted([])
    assert "configured, but no final day of it is stored" in note
    assert noted([], {"source": "none"}) == ()


def test_missing_days_are_counted_and_provisional_ones_are_not_missing() -> None:
    stored = days(20)
    stored[3] = replace(stored[3], final=False)
    missing, provisional = noted(stored)
    assert missing == "Search data for 8 of 28 days are missing."
    assert provisional.startswith("Search data for 1 of 28 days are provisional")


def test_a_day_outside_the_window_counts_for_nothing() -> None:
    old = replace(search_day(DAY - timedelta(days=40)), capped=True, most_impressions=999)
    assert noted([*days(), old]) == ()


def test_cut_days_are_counted() -> None:
    (note,) = noted(days(capped=True))
    assert "cut the rows of 1 of 28 days at 50,000" in note


def test_a_day_that_shrank_is_told_with_both_numbers_and_a_small_correction_is_not() -> None:
    (note,) = noted(days(most_impressions=2_000))
    assert f"now gives 10 impressions for {DAY} and gave 2,000 before" in note
    assert noted(days(most_impressions=12)) == ()


def test_left_out_operator_queries_are_told_where_they_are_many() -> None:
    (note,) = noted(days(operator_rows=12))
    assert note.startswith("12 of 40 query rows are left out")
    assert noted(days(operator_rows=1)) == ()


def test_a_low_share_of_visible_queries_is_told() -> None:
    stored = [replace(day, queries=day.queries.assign(impressions=3)) for day in days()]
    (note,) = noted(stored)
    assert "names the query for only 30% of impressions" in note


@pytest.mark.parametrize("kind", ["discover", "googleNews"])
def test_feeds_are_named_and_their_missing_queries_are_no_surprise(kind: str) -> None:
    stored = [search_day(DAY - timedelta(days=back)) for back in range(28)]
    what, why = noted(stored, {"search_type": kind})
    assert what.startswith("As configured, only what was shown in ")
    assert why.startswith("No queries and no positions")


def test_what_is_filtered_is_told() -> None:
    (note,) = noted(days(), {"search_type": "image", "countries": ["deu"], "devices": ["mobile"]})
    assert note == (
        "As configured, only what was shown in image search, from deu, on mobile counts."
    )


def test_old_data_are_told_with_their_day() -> None:
    (note,) = noted(days(), later=8)
    assert note == f"The newest search data are of {DAY}."


def test_impressions_of_uncrawled_addresses_are_told_where_they_are_many() -> None:
    (note,) = noted(days(), known=0.6)
    assert note.startswith("40% of impressions are of addresses that the crawl does not know")
    assert noted(days(), known=0.95) == ()


def test_days_on_which_nobody_searched_need_no_note_but_that_nothing_was_shown() -> None:
    assert noted([search_day(DAY - timedelta(days=back), rows=()) for back in range(28)]) == ()
