"""What the records refuse, and what they work out by themselves."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import date, timedelta

import pandas as pd
import pytest

from recommender.models import (
    CheckOutcome,
    GateCheck,
    Kind,
    SearchDay,
    Status,
    TargetCase,
    Window,
)
from tests.records import DAY, NOW, effect, recommendation, search_day

# --- Window -----------------------------------------------------------------------------------


def test_a_window_counts_both_its_ends() -> None:
    assert Window(start=DAY, end=DAY).days == 1
    assert Window(start=DAY, end=DAY + timedelta(days=27)).days == 28


def test_a_window_ending_on_a_day_has_the_days_asked_for() -> None:
    window = Window.ending(date(2026, 3, 28), 28)
    assert (window.start, window.end, window.days) == (DAY, date(2026, 3, 28), 28)


def test_a_window_holds_its_ends_and_nothing_beside_them() -> None:
    window = Window(start=DAY, end=DAY + timedelta(days=1))
    days = [DAY + timedelta(days=offset) for offset in (-1, 0, 1, 2)]
    assert [day in window for day in days] == [False, True, True, False]


def test_a_window_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        Window(start=DAY, end=DAY - timedelta(days=1))
    with pytest.raises(ValueError, match="before it starts"):
        Window.ending(DAY, 0)


# --- Search -----------------------------------------------------------------------------------


def test_the_visible_share_of_a_day_without_impressions_is_unknown() -> None:
    assert search_day(rows=[]).query_share is None
    assert search_day(rows=[("/a", 0, 0, 1.0)]).query_share is None


def test_the_visible_share_is_never_more_than_everything() -> None:
    day = search_day(rows=[("/a", 0, 4, 1.0)], queries=[("q", "/a", 0, 1, 1.0)])
    assert day.query_share == 0.25
    assert shown(day, 40).query_share == 1.0


def shown(day: SearchDay, impressions: int) -> SearchDay:
    queries = day.queries.assign(impressions=pd.Series([impressions], dtype="int64"))
    return SearchDay(day=day.day, pages=day.pages, queries=queries, final=True, capped=False)


# --- Recommendation ---------------------------------------------------------------------------


@pytest.mark.parametrize("start", [0, 11, 13, 99])
def test_an_anchor_that_is_not_at_its_place_is_refused(start: int) -> None:
    with pytest.raises(ValueError, match="not at its place"):
        recommendation(anchor_start=start)


def test_a_removal_needs_no_place() -> None:
    gone = recommendation(kind=Kind.REMOVE, sentence="", anchor_start=-1)
    assert gone.kind is Kind.REMOVE


def test_a_record_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        recommendation().score = 1.0  # type: ignore[misc]


def test_a_step_stamps_its_instant_and_keeps_the_rest() -> None:
    proposed = recommendation()
    mailed = proposed.to(Status.MAILED, NOW + timedelta(days=1))
    assert (mailed.mailed_at, mailed.changed_at) == (NOW + timedelta(days=1),) * 2
    assert (mailed.created_at, mailed.score) == (proposed.created_at, proposed.score)
    assert proposed.status is Status.PROPOSED


def test_an_edit_keeps_the_day_it_was_first_live() -> None:
    live = recommendation().to(Status.LIVE, NOW, live_anchor="roast")
    removed = live.to(Status.REMOVED, NOW + timedelta(days=1))
    restored = removed.to(Status.RESTORED, NOW + timedelta(days=2))
    assert removed.removed_at == NOW + timedelta(days=1)
    assert (restored.live_at, restored.removed_at) == (NOW, None)
    assert restored.live_anchor == "roast"


# --- Target -----------------------------------------------------------------------------------


def check(outcome: CheckOutcome) -> GateCheck:
    return GateCheck(name="depth", outcome=outcome, value=None, threshold=None, finding="")


def case(*outcomes: CheckOutcome) -> TargetCase:
    checks = tuple(check(outcome) for outcome in outcomes)
    return TargetCase(url="/t", title="", need=0.0, need_basis="", demand=None, checks=checks)


def test_only_a_failed_check_closes_the_gate() -> None:
    assert case(CheckOutcome.PASS, CheckOutcome.WARN, CheckOutcome.UNKNOWN).passed
    assert case().passed
    closed = case(CheckOutcome.PASS, CheckOutcome.FAIL)
    assert not closed.passed
    assert closed.failed == (check(CheckOutcome.FAIL),)


def test_an_effect_tells_the_days_that_were_read() -> None:
    start = date(2026, 3, 5)
    for days, read in ((8, 8), (10, 10), (12, 10)):
        window = Window(start=start, end=start + timedelta(days=days - 1))
        assert effect(reading_day=10, window=window).days_read == read
    assert effect(reading_day=10, window=None).days_read == 10
