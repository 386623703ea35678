"""What readers' answers teach of scores, on simulated answers."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.measure.acceptance import FEWEST, Learned, answer, learned
from recommender.models import DismissReason, Origin, Recommendation, Status
from tests.records import recommendation


def said(number: int, score: float, *, yes: bool) -> Recommendation:
    """Return an edit that a reader took, or found to be of the wrong page."""
    if yes:
        return recommendation(number, score=score, status=Status.LIVE)
    return recommendation(
        number,
        score=score,
        status=Status.DISMISSED,
        dismissed_because=DismissReason.WRONG_PAGE,
    )


def answers(count: int, half_at: float, steepness: float = 25.0, seed: int = 1) -> Learned:
    """Return what is learned of readers who take half of the edits at one score."""
    rng = np.random.default_rng(seed)
    scores = rng.uniform(0.55, 0.95, count)
    taken = rng.random(count) < 1 / (1 + np.exp(-steepness * (scores - half_at)))
    pairs = zip(scores.tolist(), taken.tolist(), strict=True)
    return learned([said(n, s, yes=yes) for n, (s, yes) in enumerate(pairs)], 0.55)


def test_the_bar_rises_to_where_seven_of_ten_are_taken() -> None:
    found = answers(400, half_at=0.72)
    assert found.min_score == pytest.approx(0.72 + np.log(7 / 3) / 25, abs=0.04)
    assert "of 400 edits" in found.note
    assert f"{found.min_score:.2f}, not 0.55" in found.note


def test_readers_who_take_nearly_all_leave_the_bar_where_it_is() -> None:
    found = answers(400, half_at=0.5)
    assert found.min_score == 0.55
    assert "stays 0.55" in found.note


def test_the_bar_never_shuts_out_all_there_is_to_learn_from() -> None:
    found = answers(400, half_at=1.05, steepness=8)
    assert found.min_score == pytest.approx(0.85, abs=0.02)  # a quarter of 0.55 to 0.95 is above
    assert "fewer than 70%" in found.note


def test_scores_that_tell_nothing_move_nothing() -> None:
    opposite = answers(200, half_at=0.75, steepness=-25)
    assert opposite.min_score == 0.55
    assert "do not tell" in opposite.note
    same = learned([said(n, 0.7, yes=n % 2 == 0) for n in range(100)], 0.55)
    assert same.min_score == 0.55


def test_few_answers_teach_nothing_and_nothing_is_said() -> None:
    few = answers(FEWEST - 1, half_at=0.75)
    assert (few.min_score, few.note, few.decisions) == (0.55, "", FEWEST - 1)
    unanimous = learned([said(n, 0.6 + n / 500, yes=True) for n in range(100)], 0.55)
    assert (unanimous.min_score, unanimous.note) == (0.55, "")
    assert learned([], 0.55).min_score == 0.55


@pytest.mark.parametrize("seed", range(20))
def test_the_bar_never_falls_below_the_configured_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    made = [
        said(n, float(rng.uniform(0.3, 1)), yes=bool(rng.random() < rng.random()))
        for n in range(60)
    ]
    for least in (0.3, 0.55, 0.9):
        assert learned(made, least).min_score >= least


def dismissed(reason: DismissReason) -> Recommendation:
    return recommendation(status=Status.DISMISSED, dismissed_because=reason)


def test_only_what_speaks_of_the_edit_itself_counts_as_an_answer() -> None:
    assert answer(recommendation(status=Status.ACCEPTED)) is True
    assert answer(recommendation(status=Status.REMOVED)) is True
    assert answer(recommendation(status=Status.LIVE, origin=Origin.EDITOR)) is None
    assert answer(recommendation(status=Status.MAILED)) is None
    assert answer(recommendation(status=Status.PARKED)) is None
    reasons = {reason: answer(dismissed(reason)) for reason in DismissReason}
    assert reasons == {
        DismissReason.WRONG_PAGE: False,
        DismissReason.WRONG_PLACE: False,
        DismissReason.WRONG_WORDS: False,
        DismissReason.NOT_ALLOWED: None,
        DismissReason.NOT_NOW: None,
    }
