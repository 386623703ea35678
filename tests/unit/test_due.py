from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from recommender.frames import KNOWN_URLS, PAGES, FrameSpec
from recommender.ingest.crawl_job import KnownAddress
from recommender.ingest.due import known_addresses, seconds_left

SITE = "https://www.example.com/"
NOW = datetime(2026, 3, 9, 5, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Earlier:
    """An earlier crawl of which only the addresses matter."""

    known: pd.DataFrame
    id: str = "before"
    reader: str = ""
    complete: bool = True
    notes: tuple[str, ...] = ()
    pages: pd.DataFrame = field(default_factory=PAGES.empty)

    def rows(self, spec: FrameSpec, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        yield from ()


def address(
    path: str, *, days_ago: float | None = 1, failures: int = 0, rows: str = "c0"
) -> dict[str, object]:
    visited_at = None if days_ago is None else NOW - timedelta(days=days_ago)
    return {
        "url": SITE + path,
        "found": "link",
        "outcome": "fetched",
        "why": "",
        "visited_at": visited_at,
        "etag": '"e"',
        "last_modified": "",
        "body_hash": "b",
        "rows_hash": "r",
        "problem": "",
        "rows_in": rows,
        "failures": failures,
        "script_links": 0,
    }


def addresses(
    *rows: dict[str, object], now: datetime = NOW, **asked: Sequence[str]
) -> dict[str, KnownAddress]:
    earlier = Earlier(KNOWN_URLS.coerced(pd.DataFrame(list(rows)))) if rows else None
    known = known_addresses(
        earlier,
        site=SITE,
        seeds=asked.get("seeds", ()),
        watched=asked.get("watched", ()),
        now=now,
        revisit_days=7,
    )
    return {one.url.removeprefix(SITE): one for one in known}


def test_every_page_has_its_turn_once_in_seven_days() -> None:
    rows = [address(f"page-{number}") for number in range(700)]
    for row in rows:
        row["visited_at"] = NOW
    days = [addresses(*rows, now=NOW + timedelta(days=day)) for day in range(7)]
    turns = [{path for path, one in day.items() if one.due} for day in days]
    assert sum(map(len, turns)) == len(set().union(*turns)) == 700
    assert all(70 <= len(turn) <= 130 for turn in turns)


def test_a_page_not_visited_for_a_week_is_due() -> None:
    assert addresses(address("a", days_ago=7))["a"].due


def test_home_page_watched_pages_and_failed_ones_are_always_due() -> None:
    known = addresses(
        address(""),
        address("w"),
        address("f", failures=1),
        watched=[SITE + "w"],
        now=NOW,
    )
    assert [known[path].due for path in ("", "w", "f")] == [True, True, True]


def test_an_address_that_waited_is_due() -> None:
    assert addresses(address("a", days_ago=None))["a"].due


def test_a_page_without_rows_is_asked_for_without_condition() -> None:
    known = addresses(address("moved", rows=""), address("page"))
    assert (known["moved"].etag, known["moved"].body_hash) == ("", "")
    assert (known["page"].etag, known["page"].body_hash) == ('"e"', "b")


def test_a_page_that_search_console_shows_is_a_seed_and_keeps_what_is_known_of_it() -> None:
    known = addresses(address("a"), seeds=[SITE + "a", "/b", "mailto:x"])
    assert (known["a"].found, known["a"].etag) == ("link search", '"e"')
    assert (known["b"].found, known["b"].due, known["b"].visited_at) == ("search", True, None)
    assert set(known) == {"a", "b"}


@pytest.mark.parametrize(
    ("between", "hour", "hours_left"),
    [
        ("22:00-06:00", 23, 7),
        ("22:00-06:00", 5, 1),
        ("22:00-06:00", 6, 0),
        ("22:00-06:00", 12, 0),
        ("22:00-06:00", 22, 8),
        ("01:00-05:00", 3, 2),
        ("01:00-05:00", 0, 0),
        ("01:00-05:00", 5, 0),
    ],
)
def test_the_hours_for_visits_may_span_midnight(between: str, hour: int, hours_left: float) -> None:
    assert seconds_left(between, NOW.replace(hour=hour, minute=0)) == hours_left * 3600


def test_without_hours_there_is_no_end() -> None:
    assert seconds_left(None, NOW) is None
