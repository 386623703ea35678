"""What readers' answers say of scores: how likely an edit is to be accepted, and from which score.

A logistic regression of yes and no on the score of the edits that were decided on (method, section
7; Gerlach et al., CIKM 2021, deployed a like tool at a precision of .70 to .75). It may raise the
bar of a property, never lower it: below the bar nobody was asked.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recommender.models import STANDING, DismissReason, Origin, Recommendation, Status

FEWEST = 30  # decisions from which anything is concluded
FEWEST_OF_EACH = 5  # of yes and of no, too
WANTED_SHARE = 0.7  # acceptance expected of an edit at the bar
PASSING_SHARE = 0.25  # of the edits decided on that the bar lets pass, whatever they say

_YES = STANDING | {Status.ACCEPTED, Status.REMOVED}
_NO = frozenset({DismissReason.WRONG_PAGE, DismissReason.WRONG_PLACE, DismissReason.WRONG_WORDS})
"""Reasons that speak against the edit; *not allowed* and *not now* speak of the reader's rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What a property's readers taught: the score from which to recommend, and from how much."""

    min_score: float
    decisions: int
    accepted: int
    note: str = ""  # for the reader, "" where nothing was learned yet


def learned(recommendations: Iterable[Recommendation], min_score: float) -> Learned:
    """Return the lowest score at which seven of ten edits are expected to be accepted.

    Never below ``min_score``, and never so high that fewer than a quarter of the edits decided on
    would pass, as nothing could be learned any more. Below 30 decisions, or five of either kind,
    ``min_score`` stays; so it does where acceptance does not rise with the score.
    """
    decided = [(r.score, took) for r in recommendations if (took := answer(r)) is not None]
    scores = np.array([score for score, _ in decided], np.float64)
    said = np.array([took for _, took in decided], np.bool_)
    yes = int(said.sum())
    known = Learned(min_score=min_score, decisions=len(decided), accepted=yes)
    if len(decided) < FEWEST or min(yes, len(decided) - yes) < FEWEST_OF_EACH:
        return known
    told = f"You said yes to {yes} of {len(decided)} edits."
    bar = _bar(scores, said)
    if bar is None:
        why = f"their scores do not tell which, so that min_score stays at {min_score:.2f}"
        return replace(known, note=f"{told[:-1]}; {why}.")
    highest = float(np.quantile(scores, 1 - PASSING_SHARE))
    raised = math.floor(min(bar, highest) * 100) / 100
    if raised <= min_score:
        return replace(known, note=f"{told} That bears min_score out: it stays {min_score:.2f}.")
    expected = f"{WANTED_SHARE:.0%} yes are to be expected there"
    if bar > highest:
        expected = f"even there fewer than {WANTED_SHARE:.0%} yes are to be expected"
    note = f"{told} So edits are now recommended from a score of {raised:.2f}, not {min_score:.2f}"
    return replace(known, min_score=raised, note=f"{note}; {expected}.")


def answer(recommendation: Recommendation) -> bool | None:
    """Return whether a reader took an edit of ours, None where that is not known."""
    if recommendation.origin is not Origin.LINKWRIGHT:
        return None
    if recommendation.status in _YES:
        return True
    dismissed = recommendation.status is Status.DISMISSED
    return False if dismissed and recommendation.dismissed_because in _NO else None


def _bar(scores: NDArray[np.float64], said: NDArray[np.bool_]) -> float | None:
    """Return the score at which the wanted share is expected, None where scores tell nothing."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to load

    spread = float(scores.std())
    if spread < 1e-6:
        return None
    scaled = (scores - scores.mean()) / spread
    fitted = LogisticRegression(C=1.0).fit(scaled[:, None], said)
    slope, start = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    if slope <= 0:
        return None
    wanted = math.log(WANTED_SHARE / (1 - WANTED_SHARE))
    return float(scores.mean()) + spread * (wanted - start) / slope
