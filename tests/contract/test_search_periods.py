"""What every FactStore keeps to with totals of days that are not known singly."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from recommender.errors import FrameError, StoreError
from recommender.frames import PAGE_TOTALS, QUERY_TOTALS
from recommender.models import SearchPeriod, Window
from recommender.ports import FactStore
from recommender.store.facts import ParquetFacts
from tests.fakes import FakeFacts

READ_AT = datetime(2026, 10, 1, 6, tzinfo=UTC)
WINDOW = Window(start=date(2026, 7, 1), end=date(2026, 9, 28))
PAGES = PAGE_TOTALS.coerced(
    pd.DataFrame(
        [("https://a.example/", 3, 40, 7.5, 1), ("https://a.example/ö", 0, 2, None, 1)],
        columns=list(PAGE_TOTALS.columns),
    )
)


def period(window: Window = WINDOW, *, content: str = "one") -> SearchPeriod:
    return SearchPeriod(
        window=window,
        pages=PAGES,
        queries=QUERY_TOTALS.empty(),
        capped=True,
        content=content,
        filters=("Land: Österreich",),
    )


@pytest.fixture(params=["parquet", "fake"])
def facts(request: pytest.FixtureRequest, tmp_path: Path) -> FactStore:
    return ParquetFacts(tmp_path / "facts") if request.param == "parquet" else FakeFacts()


def kept(facts: FactStore, as_of: datetime | None = None) -> SearchPeriod:
    found = facts.search_period(as_of=as_of)
    assert found is not None
    return found


def test_a_store_without_periods_has_none(facts: FactStore) -> None:
    assert facts.search_period() is None


def test_a_period_comes_back_as_it_was_written(facts: FactStore) -> None:
    assert facts.write_search_period(period(), READ_AT)
    found = kept(facts)
    assert_frame_equal(found.pages, PAGES)
    assert_frame_equal(found.queries, QUERY_TOTALS.empty())
    assert (found.window, found.capped) == (WINDOW, True)
    assert found.filters == ("Land: Österreich",)


def test_what_comes_again_as_it_was_makes_no_version(facts: FactStore) -> None:
    assert facts.write_search_period(period(), READ_AT)
    assert not facts.write_search_period(period(), READ_AT + timedelta(days=1))
    assert facts.write_search_period(period(content="two"), READ_AT + timedelta(days=2))


def test_a_newer_version_counts_and_as_of_reads_the_older(facts: FactStore) -> None:
    facts.write_search_period(period(), READ_AT)
    facts.write_search_period(period(content="two"), READ_AT + timedelta(days=7))
    assert kept(facts).content == "two"
    assert kept(facts, READ_AT + timedelta(days=6)).content == "one"
    assert facts.search_period(as_of=READ_AT - timedelta(seconds=1)) is None


def test_the_period_that_ends_last_counts_and_of_several_the_shortest(facts: FactStore) -> None:
    month = Window.ending(WINDOW.end, 28)
    for window in (month, WINDOW, Window.ending(WINDOW.end - timedelta(days=1), 7)):
        facts.write_search_period(period(window), READ_AT)
    assert kept(facts).window == month


def test_a_period_is_no_day(facts: FactStore) -> None:
    facts.write_search_period(period(), READ_AT)
    assert facts.search_days().empty
    assert facts.page_totals(WINDOW).empty


def test_a_frame_that_is_not_as_declared_is_refused(facts: FactStore) -> None:
    with pytest.raises(FrameError, match="PAGE_TOTALS"):
        facts.write_search_period(replace(period(), pages=PAGES.drop(columns="days")), READ_AT)
    assert facts.search_period() is None


def test_half_a_period_is_none(tmp_path: Path) -> None:
    facts = ParquetFacts(tmp_path)
    facts.write_search_period(period(), READ_AT)
    facts.write_search_period(period(content="two"), READ_AT + timedelta(days=1))
    newest = max(tmp_path.rglob("*.json"))
    newest.unlink()
    assert kept(facts).content == "one"


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    facts = ParquetFacts(tmp_path)
    facts.write_search_period(period(), READ_AT)
    (file,) = tmp_path.rglob("*.pages.parquet")
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(StoreError, match=str(file)):
        facts.search_period()
