"""Allocation against brute force, tampering, greed and the order of its input."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from recommender.allocate.certificate import bound, breaches, verify
from recommender.allocate.plan import allocate, greedy, phrase_owners
from recommender.allocate.program import solve
from recommender.allocate.value import Budgets, Edit, Scarce, ScarceKind, total_value

PAGES = st.sampled_from(["s1", "s2", "s3"])
TARGETS = st.sampled_from(["t1", "t2", "t3"])


@st.composite
def edit_lists(
    draw: st.DrawFn, *, pairs_once: bool = True, phrases_owned: bool = True, most: int = 7
) -> list[Edit]:
    """Edits in any unit; with ``phrases_owned`` no two targets want the same words.

    A target that no words name gets new sentences alone, as the product proposes them.
    """
    unnamed = draw(st.sampled_from(["t3", "none of them"]))
    unit = draw(st.sampled_from([1e-6, 1.0, 1e6]))
    edits = draw(
        st.lists(
            st.builds(
                Edit,
                id=st.uuids().map(str),
                source=PAGES,
                target=TARGETS,
                block=st.integers(-1, 2),
                anchor=st.sampled_from([None, "a", "b", "c"]),
                value=st.floats(0.01, 50),
            ),
            max_size=most,
            unique_by=(lambda e: (e.source, e.target)) if pairs_once else (lambda e: e.id),
        )
    )
    words = "{0.anchor} of {0.target}" if phrases_owned else "{0.anchor}"
    return [
        replace(e, value=e.value * unit, anchor=None, written=True)
        if e.target == unnamed
        else replace(e, value=e.value * unit, anchor=e.anchor and words.format(e))
        for e in edits
    ]


budget_choices = st.builds(
    Budgets,
    targets_per_week=st.just(3),
    edits_per_week=st.integers(0, 6),
    sentences_per_week=st.integers(0, 2),
    links_per_target=st.integers(1, 3),
    links_per_source=st.integers(1, 2),
    source_capacity=st.dictionaries(PAGES, st.integers(0, 2)),
    target_capacity=st.dictionaries(TARGETS, st.integers(0, 3)),
)


def keeps_every_rule(picked: Sequence[Edit], budgets: Budgets) -> bool:
    """The rules once more, in other words than the code's."""
    blocks = [(e.source, e.block) for e in picked if e.block >= 0]
    anchors = [(e.target, e.anchor) for e in picked if e.anchor is not None]
    pairs = [(e.source, e.target) for e in picked]
    sources = Counter(e.source for e in picked)
    targets = Counter(e.target for e in picked)
    return (
        len(picked) <= budgets.edits_per_week
        and sum(e.written for e in picked) <= budgets.sentences_per_week
        and len(targets) <= budgets.targets_per_week
        and all(len(things) == len(set(things)) for things in (blocks, anchors, pairs))
        and all(
            n <= min(budgets.links_per_source, budgets.source_capacity.get(s, 99))
            for s, n in sources.items()
        )
        and all(
            n <= min(budgets.links_per_target, budgets.target_capacity.get(t, 99))
            for t, n in targets.items()
        )
    )


def best_by_trying_all(edits: Sequence[Edit], budgets: Budgets) -> float:
    return max(
        total_value(edits, {e.id for e in picked})
        for size in range(len(edits) + 1)
        for picked in combinations(edits, size)
        if keeps_every_rule(picked, budgets)
    )


@given(edits=edit_lists(), budgets=budget_choices)
@settings(max_examples=40, deadline=None)
def test_the_program_equals_brute_force_with_a_closed_gap(
    edits: list[Edit], budgets: Budgets
) -> None:
    solution = solve(edits, budgets)
    certificate = verify(edits, budgets, solution.chosen, solution.prices)
    best = best_by_trying_all(edits, budgets)
    assert solution.integral
    assert certificate.feasible
    assert abs(certificate.gap) <= 1e-6
    assert certificate.primal == pytest.approx(best, rel=1e-6)


@given(edits=edit_lists(pairs_once=False), budgets=budget_choices)
@settings(max_examples=40, deadline=None)
def test_several_places_for_one_pair_still_give_the_best_choice(
    edits: list[Edit], budgets: Budgets
) -> None:
    solution = solve(edits, budgets)
    certificate = verify(edits, budgets, solution.chosen, solution.prices)
    assert certificate.feasible
    assert certificate.gap >= -1e-9
    assert certificate.primal == pytest.approx(best_by_trying_all(edits, budgets), rel=1e-6)


@given(edits=edit_lists(phrases_owned=False), budgets=budget_choices, seed=st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_an_allocation_keeps_every_rule_and_gives_a_phrase_to_one_target(
    edits: list[Edit], budgets: Budgets, seed: int
) -> None:
    tight = replace(budgets, targets_per_week=2)
    allocation = allocate(edits, tight, np.random.default_rng(seed))
    picked = [edit for edit in edits if edit.id in allocation.chosen]
    owners = {(e.anchor, e.target) for e in picked if e.anchor is not None}
    assert keeps_every_rule(picked, tight)
    assert len(owners) == len({anchor for anchor, _ in owners})
    assert {e.target for e in picked} <= set(allocation.draw.targets)
    assert not set(allocation.draw.targets) & set(allocation.draw.waiting)


@given(
    edits=edit_lists(phrases_owned=False),
    budgets=budget_choices,
    seed=st.integers(0, 9),
    data=st.data(),
)
@settings(max_examples=40, deadline=None)
def test_the_order_of_the_input_changes_nothing(
    edits: list[Edit], budgets: Budgets, seed: int, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(edits))
    tight = replace(budgets, targets_per_week=2)
    first = allocate(edits, tight, np.random.default_rng(seed))
    second = allocate(shuffled, tight, np.random.default_rng(seed))
    assert first == second


@given(edits=edit_lists(), budgets=budget_choices)
@settings(max_examples=40, deadline=None)
def test_greed_never_beats_the_program(edits: list[Edit], budgets: Budgets) -> None:
    by_greed = greedy(edits, budgets)
    assert not breaches(edits, budgets, by_greed)
    best = total_value(edits, solve(edits, budgets).chosen)
    assert total_value(edits, by_greed) <= best * (1 + 1e-9)


@given(
    edits=edit_lists(),
    budgets=budget_choices,
    prices=st.lists(st.floats(-5, 60), min_size=20, max_size=20),
)
@settings(max_examples=40, deadline=None)
def test_no_prices_whatever_hide_a_better_choice(
    edits: list[Edit], budgets: Budgets, prices: list[float]
) -> None:
    things = [
        Scarce(ScarceKind.WEEK),
        *(Scarce(ScarceKind.SOURCE, page) for page in ("s1", "s2", "s3")),
        *(Scarce(ScarceKind.TARGET, page) for page in ("t1", "t2", "t3")),
        *(Scarce(ScarceKind.BLOCK, page, "1") for page in ("s1", "s2", "s3")),
        *(Scarce(ScarceKind.ANCHOR, page, f"a of {page}") for page in ("t1", "t2", "t3")),
    ]
    made_up = dict(zip(things, prices, strict=False))
    best = total_value(edits, solve(edits, budgets).chosen)
    assert bound(edits, budgets, made_up) >= best * (1 - 1e-9)


@given(edits=edit_lists(), budgets=budget_choices)
@settings(max_examples=40, deadline=None)
def test_a_tampered_choice_shows_in_the_certificate(edits: list[Edit], budgets: Budgets) -> None:
    solution = solve(edits, budgets)
    assume(solution.chosen)
    honest = verify(edits, budgets, solution.chosen, solution.prices)
    for dropped in sorted(solution.chosen):
        tampered = verify(edits, budgets, solution.chosen - {dropped}, solution.prices)
        lost = honest.primal - tampered.primal
        assert tampered.gap == pytest.approx(honest.gap + lost / honest.dual, abs=1e-9)
    crammed = verify(edits, budgets, {e.id for e in edits}, solution.prices)
    assert crammed.feasible == keeps_every_rule(edits, budgets)
    assert not crammed.feasible or crammed.primal <= honest.primal * (1 + 1e-9)


@given(edits=edit_lists(phrases_owned=False))
def test_every_phrase_has_one_owner_that_wants_it(edits: list[Edit]) -> None:
    owners = phrase_owners(edits)
    assert set(owners) == {e.anchor for e in edits if e.anchor is not None}
    assert all(any(e.target == t and e.anchor == a for e in edits) for a, t in owners.items())
