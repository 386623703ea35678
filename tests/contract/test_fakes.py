"""What the remaining fakes promise to the tests that lean on them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recommender.errors import CrawlError, SearchConsoleUnavailable, TransportError
from recommender.ports import Notifier, SearchSource, SiteCrawler
from tests.crawls import crawled_once
from tests.fakes import FakeCrawler, FakeNotifier, FakeSearch
from tests.records import DAY, crawl, message, search_day


def test_the_newest_final_day_is_not_a_provisional_one_or_one_to_come() -> None:
    days = [search_day(DAY + timedelta(days=n), final=n != 2) for n in range(4)]
    source: SearchSource = FakeSearch({day.day: day for day in days})
    assert source.newest_final_day(DAY + timedelta(days=2)) == DAY + timedelta(days=1)
    assert source.newest_final_day(DAY - timedelta(days=1)) is None


def test_a_day_that_search_was_not_given_is_unavailable() -> None:
    search = FakeSearch({DAY: search_day()})
    assert search.read_day(DAY).day == DAY
    with pytest.raises(SearchConsoleUnavailable):
        search.read_day(DAY + timedelta(days=1))
    assert search.read == [DAY, DAY + timedelta(days=1)]


def test_a_crawler_gives_its_crawls_in_turn_and_then_finds_nobody() -> None:
    fake = FakeCrawler([crawl("one"), crawl("two")])
    crawler: SiteCrawler = fake
    seen: list[tuple[int, int | None]] = []
    ids = [
        crawled_once(crawler, ["/x"], progress=lambda *step: seen.append(step)).id for _ in range(2)
    ]
    assert ids == ["one", "two"]
    assert seen == [(2, 2), (2, 2)]
    with pytest.raises(CrawlError):
        crawled_once(crawler)
    assert fake.seeds == [("/x",), ("/x",), ()]


def test_a_notifier_hands_over_once_and_then_remembers() -> None:
    fake = FakeNotifier()
    notifier: Notifier = fake
    handed: list[str] = []
    notifier.deliver(message(), "a@example.com", handing_over=lambda: handed.append("now"))
    assert handed == ["now"]
    assert fake.delivered == [("a@example.com", message())]


@pytest.mark.parametrize(("after", "handed_over"), [(frozenset(), 0), (frozenset({0}), 1)])
def test_a_notifier_fails_before_or_after_the_hand_over(
    after: frozenset[int], handed_over: int
) -> None:
    fake = FakeNotifier(script=[TransportError("cut"), None], after_handing_over=after)
    handed: list[str] = []
    with pytest.raises(TransportError, match="cut"):
        fake.deliver(message(), "a@example.com", handing_over=lambda: handed.append("now"))
    assert len(handed) == handed_over
    fake.deliver(message(), "a@example.com", handing_over=lambda: None)
    assert len(fake.delivered) == 1
