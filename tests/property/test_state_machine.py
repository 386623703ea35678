"""The life of a recommendation: every allowed walk can be kept, every other step is refused."""

from __future__ import annotations

import itertools
import string
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from recommender.errors import InvalidTransition
from recommender.models import (
    OPEN,
    STANDING,
    TRANSITIONS,
    Kind,
    Recommendation,
    Status,
    recommendation_id,
)
from recommender.ports import DecisionStore
from recommender.store.decisions import SqlDecisions, check_step
from recommender.store.migrate import open_engine
from tests.fakes import FakeDecisions
from tests.records import NOW, recommendation


@st.composite
def walks(draw: st.DrawFn) -> list[Recommendation]:
    """A recommendation at each step of an allowed life."""
    steps = [recommendation(status=draw(st.sampled_from(Status)))]
    for number in range(draw(st.integers(0, 8))):
        left = TRANSITIONS[steps[-1].status]
        if not left:
            break
        after = draw(st.sampled_from(sorted(left)))
        steps.append(steps[-1].to(after, NOW + timedelta(days=number + 1)))
    return steps


numbers = itertools.count()


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = open_engine("sqlite://")
    yield engine
    engine.dispose()


def empty_stores(engine: Engine) -> list[DecisionStore]:
    return [SqlDecisions(engine, f"property-{next(numbers)}"), FakeDecisions()]


@settings(deadline=None)
@given(walk=walks())
def test_every_allowed_life_is_kept_step_by_step(
    engine: Engine, walk: list[Recommendation]
) -> None:
    for store in empty_stores(engine):
        for step in walk:
            store.save([step])
            assert store.recommendation(step.id) == step
        assert store.history(walk[0].id) == [(s.status, s.changed_at) for s in walk]


@settings(deadline=None)
@given(walk=walks())
def test_a_life_may_be_kept_only_at_its_ends(engine: Engine, walk: list[Recommendation]) -> None:
    for store in empty_stores(engine):
        store.save([walk[0]])
        store.save([walk[-1]])
        assert store.recommendations() == [walk[-1]]


@given(st.sampled_from(Status), st.sampled_from(Status))
def test_a_step_that_no_life_can_take_is_not_kept(before: Status, after: Status) -> None:
    store = FakeDecisions()
    store.save([recommendation(status=before)])
    if after in lives_of(before):
        store.save([recommendation(status=after)])
        return
    with pytest.raises(InvalidTransition):
        store.save([recommendation(status=after)])


def lives_of(status: Status) -> set[Status]:
    """Every status that some walk from ``status`` comes by, by walking as often as there are."""
    reached = {status}
    for _ in Status:
        reached |= {after for before in reached for after in TRANSITIONS[before]}
    return reached


@given(walks())
def test_stamps_say_when_an_edit_was_live(walk: list[Recommendation]) -> None:
    for step in walk[1:]:
        if step.status in STANDING:
            assert step.live_at is not None
            assert step.removed_at is None
        if step.status is Status.REMOVED:
            assert step.removed_at == step.changed_at


@pytest.mark.parametrize("before", Status)
@pytest.mark.parametrize("after", Status)
def test_a_step_is_taken_exactly_where_the_table_allows_it(before: Status, after: Status) -> None:
    start = recommendation(status=before)
    if after in TRANSITIONS[before]:
        assert start.to(after, NOW).status is after
        return
    with pytest.raises(InvalidTransition) as caught:
        start.to(after, NOW)
    assert caught.value.subject == start.id
    assert all(status in caught.value.hint for status in TRANSITIONS[before])


@pytest.mark.parametrize("status", [*(OPEN - {Status.POSTPONED}), Status.EXPIRED])
def test_what_once_stood_on_the_page_is_never_proposed_again(status: Status) -> None:
    for stood in (Status.LIVE, Status.REMOVED, Status.RESTORED):
        with pytest.raises(InvalidTransition):
            check_step("abc", stood, status)


@pytest.mark.parametrize("status", Status)
def test_every_status_has_its_line_in_the_table_and_may_stay(status: Status) -> None:
    assert status in TRANSITIONS
    check_step("abc", status, status)


words = st.text(alphabet=string.ascii_letters + "äßÉ焙 ", min_size=1)
blanks = st.text(alphabet=" \t\n\u00a0", min_size=1, max_size=4)


@given(anchor=words, blank=blanks)
def test_an_id_folds_case_and_white_space(anchor: str, blank: str) -> None:
    one = recommendation_id(Kind.ADD, "s", "t", anchor)
    spaced = blank + anchor.replace(" ", blank) + blank
    assert recommendation_id(Kind.ADD, "s", "t", spaced) == one
    assert recommendation_id(Kind.ADD, "s", "t", anchor.swapcase().swapcase()) == one
    assert recommendation_id(Kind.ADD, "s", "t", anchor.upper().lower()) == one


@given(st.lists(st.tuples(st.sampled_from(Kind), words, words), unique=True, min_size=2))
def test_different_edits_have_different_ids(edits: list[tuple[Kind, str, str]]) -> None:
    ids = {recommendation_id(kind, source, target, "anchor") for kind, source, target in edits}
    assert len(ids) == len(edits)


def test_an_id_is_the_same_in_every_version_and_on_every_machine() -> None:
    made = recommendation_id(
        Kind.ADD, "https://www.example.com/a", "https://www.example.com/b", "Beans"
    )
    assert made == "ce6fdce39e"
