"""Who was treated, who may have felt it, who was kept back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from recommender.measure.holdout import (
    Treated,
    exposed_pages,
    iso_week,
    treated_pages,
    waiting_pages,
)
from recommender.models import Kind, Recommendation, Role, Status

MONDAY = datetime(2026, 7, 27, 12, tzinfo=UTC)


def edit(
    source: str,
    target: str,
    status: Status,
    *,
    kind: Kind = Kind.ADD,
    live_at: datetime | None = MONDAY,
) -> Recommendation:
    return Recommendation(
        id=f"{source}>{target}",
        kind=kind,
        source=source,
        target=target,
        anchor="tea",
        sentence="tea",
        anchor_start=0,
        block=0,
        score=0.5,
        page_score=0.5,
        passage_score=0.5,
        anchor_score=0.5,
        value=1.0,
        status=status,
        created_at=MONDAY,
        changed_at=MONDAY,
        live_at=live_at,
    )


def day_of(instant: datetime) -> date:
    return instant.date()


def test_both_ends_of_a_live_edit_are_treated_in_its_week() -> None:
    assert treated_pages([edit("s", "t", Status.LIVE)], day_of=day_of) == [
        Treated(
            page=page,
            role=role,
            batch="2026-W31",
            first_live=MONDAY.date(),
            last_live=MONDAY.date(),
        )
        for page, role in (("s", Role.SOURCE), ("t", Role.TARGET))
    ]


def test_a_target_of_several_edits_in_a_week_is_treated_once_from_first_to_last() -> None:
    later = MONDAY + timedelta(days=2)
    units = treated_pages(
        [edit("s1", "t", Status.LIVE), edit("s2", "t", Status.RESTORED, live_at=later)],
        day_of=day_of,
    )
    (target,) = [unit for unit in units if unit.role is Role.TARGET]
    assert (target.first_live, target.last_live) == (MONDAY.date(), later.date())


def test_a_page_that_gives_and_receives_is_read_as_a_target_only() -> None:
    units = treated_pages([edit("a", "b", Status.LIVE), edit("b", "c", Status.LIVE)], day_of=day_of)
    assert {(unit.page, unit.role) for unit in units} == {
        ("a", Role.SOURCE),
        ("b", Role.TARGET),
        ("c", Role.TARGET),
    }


@pytest.mark.parametrize(
    "not_made",
    [
        edit("s", "t", Status.MAILED, live_at=None),
        edit("s", "t", Status.REMOVED),
        edit("s", "t", Status.LIVE, kind=Kind.REMOVE),
    ],
)
def test_what_does_not_stand_is_not_measured(not_made: Recommendation) -> None:
    assert treated_pages([not_made], day_of=day_of) == []


def test_the_ends_of_an_edit_and_what_its_target_links_in_content_are_exposed() -> None:
    links = pd.DataFrame(
        [
            ("t", "below", "content"),
            ("t", "home", "nav"),
            ("below", "two steps", "content"),
            ("above", "t", "content"),
            ("s", "sibling", "content"),
        ],
        columns=["source", "target", "region"],
    )
    assert exposed_pages([edit("s", "t", Status.LIVE)], links) == {"s", "t", "below"}
    assert exposed_pages([edit("s", "t", Status.REMOVED)], links) == {"s", "t", "below"}
    assert exposed_pages([edit("s", "t", Status.PROPOSED)], links) == frozenset()


def test_only_targets_that_nothing_was_done_to_wait() -> None:
    recommendations = [
        edit("s1", "waits", Status.POSTPONED, live_at=None),
        edit("s2", "asked for", Status.POSTPONED, live_at=None),
        edit("s3", "asked for", Status.MAILED, live_at=None),
        edit("s4", "gave", Status.POSTPONED, live_at=None),
        edit("gave", "t", Status.LIVE),
    ]
    assert waiting_pages(recommendations) == {"waits"}


def test_the_days_around_new_year_fall_in_their_iso_week() -> None:
    assert iso_week(date(2027, 1, 1)) == "2026-W53"
    assert iso_week(date(2026, 2, 2)) == "2026-W06"
