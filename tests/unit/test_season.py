"""Season: what last year says of the coming weeks, and when it says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.candidates.season import (
    MOST,
    LastYear,
    season,
    season_windows,
    season_words,
)
from recommender.frames import PAGE_TOTALS
from recommender.models import Window

NOW, COMING = season_windows(Window.ending(date(2026, 11, 1), 28), date(2026, 11, 3))
EVEN = {f"/{n}": (1000, 1500) for n in range(30)}
"""Pages whose six coming weeks were like their four: the site's trend is one and a half."""


def year(
    window: Window,
    shown: Mapping[str, int],
    *,
    stored: int | None = None,
    capped: int = 0,
    days: Mapping[str, int] | None = None,
) -> LastYear:
    rows = [
        (page, 0, count, 5.0, (days or {}).get(page, window.days if count else 0))
        for page, count in shown.items()
    ]
    return LastYear(
        window=window,
        totals=PAGE_TOTALS.coerced(pd.DataFrame(rows, columns=list(PAGE_TOTALS.columns))),
        stored=window.days if stored is None else stored,
        capped=capped,
    )


def factors(
    shown: Mapping[str, tuple[int, int]],
    *,
    published: Mapping[str, datetime] | None = None,
    stored: tuple[int, int] = (28, 42),
    capped: int = 0,
    days: Mapping[str, int] | None = None,
) -> dict[str, float]:
    """The seasons of pages shown so often in the weeks that are now, and in those to come."""
    return season(
        year(NOW, {p: a for p, (a, _) in shown.items() if a}, stored=stored[0], days=days),
        year(COMING, {p: b for p, (_, b) in shown.items() if b}, stored=stored[1], capped=capped),
        published or {},
    )


def test_the_windows_lie_52_weeks_back_on_the_same_weekdays() -> None:
    assert (NOW.end, NOW.days) == (date(2025, 11, 2), 28)
    assert NOW.end.weekday() == date(2026, 11, 1).weekday()
    assert (COMING.start, COMING.days) == (date(2025, 11, 5), 42)


def test_a_christmas_page_rises_in_november_and_falls_in_january() -> None:
    assert factors({**EVEN, "/christmas": (400, 6000)})["/christmas"] > 6
    assert factors({**EVEN, "/christmas": (9000, 60)})["/christmas"] < 0.02


def test_what_the_whole_site_did_is_no_season() -> None:
    found = factors({page: (before, 4 * after) for page, (before, after) in EVEN.items()})
    assert list(found.values()) == pytest.approx([1.0] * 30)


def test_one_large_page_does_not_move_the_trend_of_the_others() -> None:
    found = factors({**EVEN, "/christmas": (400, 900_000)})
    assert found["/0"] == pytest.approx(1.0)


def test_days_that_were_not_read_are_taken_out_with_the_trend() -> None:
    half = {page: (before, after * 30 // 42) for page, (before, after) in EVEN.items()}
    found = factors(half, stored=(28, 30))
    assert list(found.values()) == pytest.approx([1.0] * 30, rel=0.01)


@pytest.mark.parametrize("stored", [(18, 42), (28, 27), (0, 0)])
def test_where_a_third_of_the_days_is_missing_nothing_is_said(stored: tuple[int, int]) -> None:
    assert factors({**EVEN, "/christmas": (400, 6000)}, stored=stored) == {}


def test_a_page_that_nobody_saw_a_year_ago_is_left_out() -> None:
    later = {**EVEN, "/born": (0, 3000)}
    assert "/born" not in factors(later)
    old, young = (datetime(year, 10, 20, tzinfo=UTC) for year in (2024, 2025))
    assert factors(later, published={"/born": old})["/born"] == MOST
    assert "/born" not in factors(later, published={"/born": young})


def test_a_page_that_appeared_within_the_weeks_is_left_out() -> None:
    young = datetime(2025, 10, 20, tzinfo=UTC)
    assert "/0" not in factors(EVEN, published={"/0": young})


def test_a_page_seen_on_two_days_is_left_out() -> None:
    assert "/0" not in factors(EVEN, days={"/0": 2})
    assert "/0" in factors(EVEN, days={"/0": 3})


def test_a_missing_page_is_not_one_without_demand_where_rows_were_cut() -> None:
    gone = {**EVEN, "/gone": (5000, 0)}
    assert factors(gone)["/gone"] < 0.02
    assert "/gone" not in factors(gone, capped=1)


def test_a_few_impressions_make_no_season() -> None:
    found = factors({**EVEN, "/few": (3, 12)})
    assert season_words(found["/few"]) == ""


@given(st.integers(0, 5000), st.integers(0, 5000), st.integers(3, 5000))
def test_season_grows_with_what_the_coming_weeks_brought(few: int, more: int, now: int) -> None:
    found = factors({**EVEN, "/a": (now, min(few, more)), "/b": (now, max(few, more))})
    assert 0 < found["/a"] <= found["/b"] <= MOST


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        (3.24, "begins: last year the coming six weeks brought it 3.2 times what"),
        (0.04, "ends: last year the coming six weeks brought it 4% of what"),
    ],
)
def test_a_season_is_told_with_its_number(factor: float, said: str) -> None:
    assert said in season_words(factor)


def test_a_small_change_is_not_worth_a_word() -> None:
    assert season_words(1.2) == season_words(0.81) == season_words(1.0) == ""
