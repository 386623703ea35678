"""The week's choice: phrases get owners, a draw picks the targets, the program picks the edits.

How many targets fit a week is a cardinality constraint; in the program it would cost integrality
and with it the certificate. So the targets are settled first, by what each could gain alone, and
the order among near-ties is a seeded draw: the waiting list is then a control group that was not
picked by anybody (method, section 7). The certificate speaks for the edits given the targets.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.allocate.certificate import breaches, verify
from recommender.allocate.program import solve
from recommender.allocate.value import Budgets, Edit, Scarce, claims, saturation, total_value
from recommender.models import Certificate

NEAR_TIE = 0.8  # worth as a share of the stratum's best from which order is left to the draw


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """The targets of the week and the waiting list, each in order.

    ``controls`` are the waiting targets that lost by lot to a near-tie: only of these can it be
    said that chance alone kept them back.
    """

    targets: tuple[str, ...]
    waiting: tuple[str, ...]
    controls: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """The edits of the week (ids, best value first), who waits, and the proof.

    ``considered`` are the ids of the edits that the program chose among: those of the drawn
    targets whose phrase is theirs. ``integral`` False: the mixed-integer program decided, and the
    certificate's gap is reported, not promised to be 0.
    """

    chosen: tuple[str, ...]
    considered: tuple[str, ...]
    draw: Draw
    certificate: Certificate
    integral: bool


def allocate(
    edits: Sequence[Edit],
    budgets: Budgets,
    rng: np.random.Generator,
    *,
    drawn: Collection[str] = (),
) -> Allocation:
    """Return the edits of greatest total value for the week's targets, with their certificate.

    ``drawn`` are the targets that an earlier run of this week drew: among near-ties they lead.
    The same edits in any order, the same budgets and the same ``rng`` give the same answer.
    """
    ordered = sorted(edits, key=lambda edit: edit.id)
    _refuse_doubles(ordered)
    allowed = [edit for edit in ordered if budgets.allows(edit)]
    owners = phrase_owners(allowed)
    owned = [e for e in allowed if e.anchor is None or owners[e.anchor] == e.target]
    draw = draw_targets(owned, budgets, rng, drawn=drawn)
    considered = [edit for edit in owned if edit.target in draw.targets]
    solution = solve(considered, budgets)
    certificate = verify(considered, budgets, solution.chosen, solution.prices)
    if not certificate.feasible:
        broken = "; ".join(breaches(considered, budgets, solution.chosen))
        raise ArithmeticError(f"the program's choice breaks a budget: {broken}")
    best_first = sorted(
        (edit for edit in considered if edit.id in solution.chosen),
        key=lambda edit: (-edit.value, edit.id),
    )
    return Allocation(
        chosen=tuple(edit.id for edit in best_first),
        considered=tuple(edit.id for edit in considered),
        draw=draw,
        certificate=certificate,
        integral=solution.integral,
    )


def phrase_owners(edits: Sequence[Edit]) -> dict[str, str]:
    """Return the one target of each normalised anchor: where its best edit is worth most.

    All eligible targets compete, not only the week's, so that a phrase does not change hands from
    week to week. Ties go to the target with more worth in all, then to the first by name.
    """
    best: defaultdict[tuple[str, str], float] = defaultdict(float)
    whole: defaultdict[tuple[str, str], float] = defaultdict(float)
    for edit in sorted(edits, key=lambda edit: edit.id):
        if edit.anchor is not None:
            best[edit.anchor, edit.target] = max(best[edit.anchor, edit.target], edit.value)
            whole[edit.anchor, edit.target] += edit.value
    owners: dict[str, str] = {}
    for anchor, target in sorted(best, key=lambda key: (-best[key], -whole[key], key)):
        owners.setdefault(anchor, target)
    return owners


def draw_targets(
    edits: Sequence[Edit],
    budgets: Budgets,
    rng: np.random.Generator,
    *,
    drawn: Collection[str] = (),
) -> Draw:
    """Return the week's targets and the waiting list, the order among near-ties drawn by lot.

    Targets are ranked by what their edits are worth alone. From the top, each target within
    :data:`NEAR_TIE` (an assumption) of the best not yet placed falls into one stratum; within a
    stratum the order is drawn, those ``drawn`` before in front: a lot is cast once.
    """
    by_target: defaultdict[str, list[Edit]] = defaultdict(list)
    for edit in edits:
        by_target[edit.target].append(edit)
    worth = {target: _worth_alone(by_target[target], budgets) for target in sorted(by_target)}
    order: list[str] = []
    controls: frozenset[str] = frozenset()
    for stratum in _strata(worth):
        lots = [stratum[index] for index in rng.permutation(len(stratum))]
        lots.sort(key=lambda target: target not in drawn)
        left = budgets.targets_per_week - len(order)
        if 0 < left < len(lots):
            controls = frozenset(lots[left:])
        order += lots
    places = budgets.targets_per_week
    return Draw(targets=tuple(order[:places]), waiting=tuple(order[places:]), controls=controls)


def _strata(worth: dict[str, float]) -> list[list[str]]:
    strata: list[list[str]] = []
    top = 0.0
    for target in sorted(worth, key=lambda target: (-worth[target], target)):
        if not strata or worth[target] < NEAR_TIE * top:
            strata.append([])
            top = worth[target]
        strata[-1].append(target)
    return strata


def _worth_alone(edits: Sequence[Edit], budgets: Budgets) -> float:
    """Return what one target's edits are worth if no other target were served.

    Greedy: close enough to rank targets whose near-ties are drawn by lot, and cheap for all.
    """
    return total_value(edits, greedy(edits, budgets))


def greedy(edits: Sequence[Edit], budgets: Budgets) -> frozenset[str]:
    """Return the edits that are left when the best that still fits is taken again and again.

    The baseline that the program is measured against; an edit is taken only where it is worth
    more than the saturation it causes. It heeds everything but the number of targets.
    """
    costs = saturation(edits)
    used: Counter[Scarce] = Counter()
    chosen: list[str] = []
    for edit in sorted(edits, key=lambda edit: (-edit.value, edit.id)):
        things = claims(edit)
        fits = budgets.allows(edit) and all(used[t] < budgets.limit(t) for t in things)
        if fits and edit.value > sum(costs.cost(t, used[t] + 1) for t in things):
            chosen.append(edit.id)
            used.update(things)
    return frozenset(chosen)


def _refuse_doubles(edits: Collection[Edit]) -> None:
    doubled = [key for key, count in Counter(edit.id for edit in edits).items() if count > 1]
    if doubled:
        raise ValueError(f"two edits have the id {doubled[0]}")
