"""The certificate: what it proves, and what it does not let pass."""

from __future__ import annotations

import pytest

from recommender.allocate.certificate import bound, breaches, verify
from recommender.allocate.program import solve
from recommender.allocate.value import Budgets, Edit, Scarce, ScarceKind


def edit(name: str, source: str, target: str, value: float, **more: object) -> Edit:
    fields = {"block": -1, "anchor": None, **more}
    return Edit(id=name, source=source, target=target, value=value, **fields)  # type: ignore[arg-type]


EDITS = [
    edit("e1", "busy", "t1", 10.0),
    edit("e2", "busy", "t2", 8.0),
    edit("e3", "quiet", "t1", 3.0),
]
ONE_EACH = Budgets(links_per_source=1)


def test_an_optimal_choice_closes_the_gap() -> None:
    solution = solve(EDITS, ONE_EACH)
    certificate = verify(EDITS, ONE_EACH, solution.chosen, solution.prices)
    assert certificate.feasible
    assert certificate.gap == pytest.approx(0, abs=1e-9)
    assert (certificate.chosen, certificate.considered) == (2, 3)


def test_a_full_source_names_the_price_of_one_more_slot() -> None:
    solution = solve(EDITS, ONE_EACH)
    certificate = verify(EDITS, ONE_EACH, solution.chosen, solution.prices)
    roomier = Budgets(links_per_source=2)
    gained = verify(EDITS, roomier, solve(EDITS, roomier).chosen, {}).primal - certificate.primal
    assert set(certificate.slot_prices) == {"busy"}
    assert gained == pytest.approx(6.2)
    assert certificate.slot_prices["busy"] >= gained * (1 - 1e-9)


def test_a_worse_choice_shows_its_distance() -> None:
    prices = solve(EDITS, ONE_EACH).prices
    certificate = verify(EDITS, ONE_EACH, {"e2"}, prices)
    assert certificate.feasible
    assert certificate.gap > 0.2


def test_missing_prices_prove_less_and_never_too_much() -> None:
    solution = solve(EDITS, ONE_EACH)
    without = verify(EDITS, ONE_EACH, solution.chosen, {})
    assert without.dual == pytest.approx(21.0)
    assert without.gap > 0


def test_a_price_below_zero_counts_as_none() -> None:
    below = {Scarce(ScarceKind.WEEK): -5.0, Scarce(ScarceKind.SOURCE, "busy"): -1.0}
    assert bound(EDITS, ONE_EACH, below) == bound(EDITS, ONE_EACH, {}) == pytest.approx(21.0)


@pytest.mark.parametrize(
    ("edits", "budgets", "named"),
    [
        (EDITS, ONE_EACH, "source busy: 2 edits, 1 allowed"),
        (EDITS, Budgets(edits_per_week=2), "week: 3 edits, 2 allowed"),
        (EDITS, Budgets(targets_per_week=1), "week: 2 targets, 1 allowed"),
        (EDITS, Budgets(links_per_target=1), "target t1: 2 edits, 1 allowed"),
        (EDITS, Budgets(source_capacity={"quiet": 0}), "e3: not allowed by itself"),
        (
            [edit("e1", "s", "t1", 1, block=4), edit("e2", "s", "t2", 1, block=4)],
            Budgets(),
            "block s 4: 2 edits, 1 allowed",
        ),
        (
            [edit("e1", "s1", "t", 1, anchor="tea"), edit("e2", "s2", "t", 1, anchor="tea")],
            Budgets(),
            "anchor t tea: 2 edits, 1 allowed",
        ),
        (
            [edit("e1", "s1", "t", 1, anchor="tea"), edit("e2", "s2", "u", 1, anchor="tea")],
            Budgets(),
            "'tea': 2 targets share the phrase",
        ),
        (
            [edit("e1", "s", "t", 1, block=1), edit("e2", "s", "t", 1, block=2)],
            Budgets(),
            "pair s t: 2 edits, 1 allowed",
        ),
    ],
)
def test_a_broken_budget_is_named(edits: list[Edit], budgets: Budgets, named: str) -> None:
    everything = {e.id for e in edits}
    assert named in breaches(edits, budgets, everything)
    assert not verify(edits, budgets, everything, {}).feasible


def test_an_edit_out_of_nowhere_is_named() -> None:
    assert breaches(EDITS, ONE_EACH, {"ghost"}) == ("ghost: not among the edits",)
