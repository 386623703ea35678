"""Pulling: which days a run reads, in which order, how many, and what it says of the rest."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from jobs.console import Console
from recommender.config import PropertyConfig, SearchConsoleConfig
from recommender.errors import (
    PropertyForbidden,
    QuotaExhausted,
    SearchConsoleError,
    SearchConsoleUnavailable,
    UnexpectedAnswer,
)
from recommender.models import SearchDay, Window
from recommender.passes.gather import MOST_FAULTS, Pulled, pull
from recommender.passes.site import Site
from recommender.ports import FactStore
from tests.fakes import FakeCrawler, FakeDecisions, FakeFacts, FakeNotifier, FakeSearch
from tests.records import search_day

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
NEWEST = date(2026, 3, 17)


class Search(FakeSearch):
    """A source of ``days`` final days up to the newest; some of them raise."""

    def __init__(self, days: int, *, newest: date = NEWEST) -> None:
        dates = [newest - timedelta(days=back) for back in range(days)]
        super().__init__({day: search_day(day) for day in dates})
        self.refused: dict[date, SearchConsoleError] = {}
        self.looks = 0

    def oldest_day(self, today: date) -> date | None:
        self.looks += 1
        return super().oldest_day(today)

    def read_day(self, day: date) -> SearchDay:
        if day in self.refused:
            self.read.append(day)
            raise self.refused[day]
        return super().read_day(day)


class Away(Search):
    """A source that does not even say which days there are."""

    def newest_final_day(self, today: date) -> date | None:
        raise SearchConsoleUnavailable("Search Console answered 503")


@pytest.fixture
def facts() -> FactStore:
    return FakeFacts()


def at_work(
    facts: FactStore,
    search: FakeSearch | None,
    *,
    now: datetime = NOW,
    said: io.StringIO | None = None,
    **settings: object,
) -> Site:
    config: Mapping[str, object] = {"reread_days": 2, **settings}
    return Site(
        config=PropertyConfig(
            name="test",
            site="https://example.com/",
            search_console=SearchConsoleConfig(**config),
        ),
        facts=facts,
        decisions=FakeDecisions(),
        crawler=FakeCrawler([]),
        search=search,
        notifier=FakeNotifier(),
        recipients=(),
        sender="",
        templates=Path(),
        narrator=Console(stream=said or io.StringIO()),
        now=now,
        zone=ZoneInfo("UTC"),
    )


def back(number: int) -> date:
    """Return the day so many days before the newest."""
    return NEWEST - timedelta(days=number)


def test_a_property_without_search_data_pulls_nothing(facts: FactStore) -> None:
    assert pull(at_work(facts, None)) == Pulled(days=0, newest=None)


def test_the_newest_days_come_first_and_a_run_reads_so_many_at_most(facts: FactStore) -> None:
    search = Search(30)
    pulled = pull(at_work(facts, search, history_days=30, days_per_run=10))
    assert search.read == [back(number) for number in range(10)]
    assert pulled == Pulled(days=10, newest=NEWEST, stored=10, later=20)


def test_later_runs_go_on_backwards_until_all_is_stored(facts: FactStore) -> None:
    search = Search(30)
    seen = []
    for number in range(4):
        site = at_work(
            facts, search, now=NOW + timedelta(minutes=number), history_days=30, days_per_run=12
        )
        seen.append(pull(site).later)
    assert seen == [18, 8, 0, 0]
    assert len(facts.search_days()) == 30
    assert [search.read.count(back(number)) for number in range(30)] == [4, 4] + [1] * 28


def test_what_is_left_for_later_runs_is_said(facts: FactStore) -> None:
    said = io.StringIO()
    pull(at_work(facts, Search(30), said=said, history_days=30, days_per_run=10))
    assert (
        "10 of 10 days read, newest 2026-03-17; 20 older days follow, 10 a run" in said.getvalue()
    )


def test_a_run_without_a_bound_of_its_own_reads_what_a_first_digest_needs(
    facts: FactStore,
) -> None:
    search = Search(487)
    assert pull(at_work(facts, search)) == Pulled(days=120, newest=NEWEST, stored=120, later=367)


def test_all_of_sixteen_months_are_stored_after_five_runs(facts: FactStore) -> None:
    search = Search(487)
    for number in range(5):
        pull(at_work(facts, search, now=NOW + timedelta(minutes=number)))
    year_ago = Window.ending(NEWEST - timedelta(days=364), 28)
    stored = set(facts.search_days()["day"].dt.date)
    assert len(stored) == 487
    assert all(year_ago.start + timedelta(days=n) in stored for n in range(year_ago.days))


def test_a_small_bound_goes_backwards_all_the_same(facts: FactStore) -> None:
    search = Search(8)
    for number in range(6):
        now = NOW + timedelta(minutes=number)
        pulled = pull(at_work(facts, search, now=now, history_days=8, days_per_run=1))
    assert pulled.later == 0
    assert len(facts.search_days()) == 8


def test_days_before_the_first_one_with_data_are_not_asked_for(facts: FactStore) -> None:
    search = Search(9)
    pulled = pull(at_work(facts, search))
    assert search.read == [back(number) for number in range(9)]
    assert pulled == Pulled(days=9, newest=NEWEST, stored=9)
    assert len(facts.search_days()) == 9


def test_where_everything_is_stored_nobody_asks_for_the_oldest_day(facts: FactStore) -> None:
    search = Search(30)
    pull(at_work(facts, search, history_days=30))
    pull(at_work(facts, search, now=NOW + timedelta(minutes=1), history_days=30))
    assert search.looks == 1


def test_a_quota_ends_the_pull_and_the_next_one_goes_on_there(facts: FactStore) -> None:
    search = Search(20)
    search.refused[back(7)] = QuotaExhausted("quota")
    stopped = pull(at_work(facts, search, history_days=20, reread_days=0))
    assert stopped == Pulled(days=7, newest=NEWEST, stored=7, missing=13, stopped="quota")
    search.refused.clear()
    search.read.clear()
    pull(at_work(facts, search, now=NOW + timedelta(minutes=1), history_days=20, reread_days=0))
    assert search.read == [back(number) for number in range(7, 20)]


def test_a_service_that_is_away_from_the_start_ends_the_pull_cleanly(facts: FactStore) -> None:
    said = io.StringIO()
    pulled = pull(at_work(facts, Away(3), said=said))
    assert pulled == Pulled(days=0, newest=None, stopped="Search Console answered 503")
    assert "Search Console answered 503" in said.getvalue()
    assert "no data" not in said.getvalue()


def test_a_day_whose_rows_make_no_sense_is_left_out_and_asked_for_again(facts: FactStore) -> None:
    search = Search(10)
    search.refused[back(4)] = UnexpectedAnswer("row 3 is malformed")
    pulled = pull(at_work(facts, search, history_days=10))
    assert pulled == Pulled(
        days=9, newest=NEWEST, stored=9, missing=1, stopped="row 3 is malformed"
    )
    assert back(4) not in set(facts.search_days()["day"].dt.date)
    search.refused.clear()
    pull(at_work(facts, search, now=NOW + timedelta(minutes=1), history_days=10))
    assert len(facts.search_days()) == 10


def test_after_some_days_that_make_no_sense_a_pull_asks_for_no_more(facts: FactStore) -> None:
    search = Search(10)
    search.refused = {back(number): UnexpectedAnswer("malformed") for number in range(10)}
    pulled = pull(at_work(facts, search, history_days=10))
    assert len(search.read) == MOST_FAULTS
    assert (pulled.days, pulled.missing) == (0, 10)


def test_a_refusal_that_no_retry_mends_is_raised(facts: FactStore) -> None:
    search = Search(10)
    search.refused[back(1)] = PropertyForbidden("no")
    with pytest.raises(PropertyForbidden):
        pull(at_work(facts, search))
    assert len(facts.search_days()) == 1


def test_a_day_that_shrinks_counts_as_it_is_now_and_its_most_is_kept(facts: FactStore) -> None:
    search = Search(3)
    pull(at_work(facts, search))
    for number, shown in enumerate((4, 6), start=1):
        search.days[NEWEST] = search_day(NEWEST, rows=[("/a", 1, shown, 5.0)])
        pull(at_work(facts, search, now=NOW + timedelta(minutes=number)))
    known = facts.search_days().set_index("day").loc[str(NEWEST)]
    assert (known["impressions"], known["most_impressions"]) == (6, 10)
    before = facts.page_search(Window.ending(NEWEST, 1), as_of=NOW)
    assert before["impressions"].tolist() == [10]


def test_a_day_that_is_not_final_yet_is_read_again(facts: FactStore) -> None:
    search = Search(9)
    search.days[back(6)] = replace(search.days[back(6)], final=False)
    for number in range(2):
        pull(at_work(facts, search, now=NOW + timedelta(minutes=number), history_days=9))
    assert search.read.count(back(6)) == 2
    assert search.read.count(back(7)) == 1
