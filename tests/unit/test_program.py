"""The week's choice: budgets, ownership of phrases, the draw, saturation."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.allocate.certificate import verify
from recommender.allocate.plan import allocate, draw_targets, greedy, phrase_owners
from recommender.allocate.program import solve
from recommender.allocate.value import Budgets, Edit, source_capacity, total_value


def edit(
    id: str,  # noqa: A002 - the record's own word
    *,
    source: str = "s",
    target: str = "t",
    block: int = -1,
    anchor: str | None = None,
    value: float = 1.0,
) -> Edit:
    return Edit(id=id, source=source, target=target, block=block, anchor=anchor, value=value)


def chosen(edits: list[Edit], budgets: Budgets | None = None) -> set[str]:
    return set(allocate(edits, budgets or Budgets(), np.random.default_rng(0)).chosen)


def test_nothing_to_choose_from_gives_an_empty_and_proven_choice() -> None:
    allocation = allocate([], Budgets(), np.random.default_rng(0))
    assert allocation.chosen == ()
    assert allocation.certificate.feasible
    assert allocation.certificate.gap == 0


def test_a_worthless_edit_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="e7: the value 0"):
        edit("e7", value=0.0)


def test_two_edits_of_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="two edits have the id e1"):
        chosen([edit("e1"), edit("e1", source="other")])


def test_a_resting_source_gets_no_edit() -> None:
    budgets = Budgets(source_capacity={"s": 0})
    assert chosen([edit("e1", value=9), edit("e2", source="q", value=1)], budgets) == {"e2"}


def test_a_block_takes_one_edit_and_it_is_the_better() -> None:
    edits = [edit("e1", block=3, target="t1", value=2), edit("e2", block=3, target="t2", value=3)]
    assert chosen(edits) == {"e2"}


def test_a_target_is_not_linked_with_the_same_words_twice() -> None:
    edits = [edit("e1", source="s1", anchor="tea"), edit("e2", source="s2", anchor="tea", value=2)]
    assert chosen(edits) == {"e2"}


def test_a_phrase_belongs_to_the_target_that_it_serves_best() -> None:
    edits = [
        edit("e1", source="s1", target="t1", anchor="tea", value=2),
        edit("e2", source="s2", target="t2", anchor="tea", value=3),
    ]
    assert phrase_owners(edits) == {"tea": "t2"}
    assert chosen(edits) == {"e2"}


def test_a_phrase_given_away_earlier_stays_where_it_is() -> None:
    edits = [
        edit("e1", source="s1", target="t1", anchor="tea", value=2),
        edit("e2", source="s2", target="t2", anchor="tea", value=3),
    ]
    assert chosen(edits, Budgets(owners={"tea": "t1"})) == {"e1"}


def test_the_week_and_the_targets_are_bounded() -> None:
    edits = [
        edit(f"e{t}{s}", source=f"s{t}{s}", target=f"t{t}", anchor=f"{t} {s}")
        for t in range(9)
        for s in range(9)
    ]
    allocation = allocate(edits, Budgets(), np.random.default_rng(0))
    assert len(allocation.chosen) == 12
    assert len(allocation.draw.targets) == 4
    assert len(allocation.draw.waiting) == 5


def test_an_edit_worth_less_than_the_saturation_it_causes_is_left_out() -> None:
    strong = [edit(f"e{n}", source=f"s{n}", value=10) for n in range(2)]
    assert chosen([*strong, edit("weak", source="s9", value=0.5)]) == {"e0", "e1"}


def test_the_program_spreads_edits_over_sources_where_greed_piles_them_up() -> None:
    # s1 takes one edit: greed gives it to t1, whose second-best place is almost as good
    edits = [
        edit("t1 on s1", source="s1", target="t1", value=10),
        edit("t1 on s2", source="s2", target="t1", value=9),
        edit("t2 on s1", source="s1", target="t2", value=9),
    ]
    budgets = Budgets(links_per_source=1, links_per_target=1)
    best = solve(edits, budgets).chosen
    assert best == {"t1 on s2", "t2 on s1"}
    assert total_value(edits, greedy(edits, budgets)) < total_value(edits, best)


def test_the_mixed_integer_program_decides_where_places_compete_for_a_pair() -> None:
    # a cycle of five, each excluding the next: half of each is the relaxed optimum
    edits = [
        edit("e1", source="q", target="u", block=0, value=3),
        edit("e2", source="q", target="t", block=0, anchor="a", value=2),
        edit("e3", source="s", target="t", block=1, anchor="a", value=1),
        edit("e4", source="s", target="u", block=1, anchor="b", value=2),
        edit("e5", source="q", target="u", block=1, anchor="b", value=3),
    ]
    solution = solve(edits, Budgets())
    certificate = verify(edits, Budgets(), solution.chosen, solution.prices)
    assert not solution.integral
    assert solution.chosen == {"e1", "e4"}
    assert certificate.feasible
    assert 0 < certificate.gap < 0.2


@pytest.mark.parametrize(
    ("words", "links", "ceiling", "resting", "slots"),
    [
        (300, 0, None, False, 1),
        (700, 0, None, False, 2),
        (9000, 0, None, False, 2),
        (9000, 0, None, True, 0),
        (700, 14, 2.0, False, 0),
        (700, 13, 2.0, False, 1),
        (0, 0, 2.0, False, 0),
        (480, 1, 0.2, False, 1),  # every page of the site has one link in 480 words
        (480, 5, 0.2, False, 0),
    ],
)
def test_a_source_takes_what_its_length_and_density_leave_room_for(
    words: int,
    links: int,
    ceiling: float | None,
    resting: bool,  # noqa: FBT001 - a parameter of the table above
    slots: int,
) -> None:
    assert slots == source_capacity(
        words=words,
        content_links=links,
        density_ceiling=ceiling,
        links_per_source=2,
        resting=resting,
    )


def near_ties() -> list[Edit]:
    worth = {"best": 50.0, "tie1": 10.0, "tie2": 9.9, "tie3": 9.5, "tie4": 9.0, "far": 1.0}
    return [edit(t, source=f"s {t}", target=t, value=v) for t, v in worth.items()]


def test_the_order_among_near_ties_is_drawn_and_clear_winners_are_not() -> None:
    draws = [
        draw_targets(near_ties(), Budgets(targets_per_week=3), np.random.default_rng(seed))
        for seed in range(40)
    ]
    assert all(draw.targets[0] == "best" for draw in draws)
    assert all(draw.waiting[-1] == "far" for draw in draws)
    assert {draw.targets[1] for draw in draws} == {"tie1", "tie2", "tie3", "tie4"}


def test_only_those_who_lost_by_lot_are_controls() -> None:
    draw = draw_targets(near_ties(), Budgets(targets_per_week=3), np.random.default_rng(1))
    assert draw.controls == set(draw.waiting) - {"far"}
    assert len(draw.controls) == 2


def test_the_same_seed_draws_the_same_targets() -> None:
    first, second = (
        draw_targets(near_ties(), Budgets(targets_per_week=3), np.random.default_rng(5))
        for _ in range(2)
    )
    assert first == second


def test_a_small_value_is_decided_as_well_as_a_large_one() -> None:
    tiny = [edit("e1", block=0, value=1e-9), edit("e2", target="u", block=0, value=2e-9)]
    assert chosen(tiny) == {"e2"}
