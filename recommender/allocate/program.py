"""The linear program that chooses edits, and its dual prices.

Sources hold blocks and targets hold anchors, the week holds all: two laminar families over the
edits, so the matrix is totally unimodular (a network flow) and the optimum of the linear program
is a set of whole edits. Saturation is a second slot beside the first, at a cost that grows.
Only where two edits join the same source and target does a row cut across both families; then the
optimum may be fractional, and a mixed-integer program decides (method, section 6).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from recommender.allocate.certificate import Prices
from recommender.allocate.value import Budgets, Edit, Scarce, claims, saturation

Numbers = NDArray[np.float64]
_WHOLE = 1e-6  # distance from 0 or 1 up to which an edit counts as whole
_TOLERANCE = 1e-10  # HiGHS's finest; in units of the best edit, so that small edits count too


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """What the program chose: ids of edits, and the dual prices of the linear program.

    ``integral`` tells whether the linear program's own optimum was whole; if not, the choice is
    the mixed-integer program's and the prices bound it from above without meeting it.
    """

    chosen: frozenset[str]
    prices: Prices
    integral: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One scarce thing: the edits that claim it, how many are free, what further slots cost."""

    thing: Scarce
    edits: tuple[int, ...]
    free: int
    slots: tuple[float, ...]


def solve(edits: Sequence[Edit], budgets: Budgets) -> Solution:
    """Return the choice of greatest total value among ``edits`` under ``budgets``.

    The number of targets is no part of the program: it would break integrality, and is settled
    before (:func:`recommender.allocate.plan.draw_targets`). Cost: linear in the edits to build;
    interior point with crossover to solve (the simplex did not finish 400,000 in 150 s).
    """
    possible = [edit for edit in edits if budgets.allows(edit)]
    if not possible:
        return Solution(chosen=frozenset(), prices={}, integral=True)
    unit = max(edit.value for edit in possible)  # the solver's tolerances are absolute
    rows = _rows(edits, possible, budgets)
    costs = np.array([cost for row in rows for cost in row.slots])
    gains = np.concatenate([[edit.value for edit in possible], -costs]) / unit
    matrix = _matrix(rows, edits=len(possible), columns=len(gains))
    free = np.array([float(row.free) for row in rows])
    shares, duals = _relaxed(gains, matrix, free)
    integral = bool(np.all(np.abs(shares - np.round(shares)) <= _WHOLE))
    if not integral:
        shares = _whole(gains, matrix, free)
    return Solution(
        chosen=frozenset(e.id for e, share in zip(possible, shares, strict=False) if share > 0.5),
        prices={row.thing: float(d) * unit for row, d in zip(rows, duals, strict=True) if d > 0},
        integral=integral,
    )


def _rows(edits: Sequence[Edit], possible: Sequence[Edit], budgets: Budgets) -> list[_Row]:
    """Return one row per thing that could run out; saturation is that of all ``edits``."""
    costs = saturation(edits)
    members: defaultdict[Scarce, list[int]] = defaultdict(list)
    for position, edit in enumerate(possible):
        for thing in claims(edit):
            members[thing].append(position)
    rows = []
    for thing, claimants in members.items():
        limit = budgets.limit(thing)
        slots = [costs.cost(thing, slot) for slot in range(1, min(limit, len(claimants)) + 1)]
        free = limit if not any(slots) else 1
        if len(claimants) > free:
            further = tuple(slots[free:])
            rows.append(_Row(thing=thing, edits=tuple(claimants), free=free, slots=further))
    return rows


def _matrix(rows: Sequence[_Row], *, edits: int, columns: int) -> csr_array:
    """Return rows x (edits, then slots): 1 where an edit claims, -1 where a slot gives."""
    at_row: list[int] = []
    at_column: list[int] = []
    entries: list[float] = []
    slot = edits
    for number, row in enumerate(rows):
        own = range(slot, slot + len(row.slots))
        slot += len(row.slots)
        at_row += [number] * (len(row.edits) + len(own))
        at_column += [*row.edits, *own]
        entries += [1.0] * len(row.edits) + [-1.0] * len(own)
    return csr_array((entries, (at_row, at_column)), shape=(len(rows), columns))


def _relaxed(gains: Numbers, matrix: csr_array, free: Numbers) -> tuple[Numbers, Numbers]:
    """Return the linear program's optimum (share of each edit and slot) and its row duals."""
    from scipy.optimize import linprog  # noqa: PLC0415 - slow to load

    found = linprog(  # type: ignore[call-overload] # the stubs do not know sparse matrices
        -gains,
        A_ub=matrix,
        b_ub=free,
        bounds=(0, 1),
        method="highs-ipm",
        options={
            "primal_feasibility_tolerance": _TOLERANCE,
            "dual_feasibility_tolerance": _TOLERANCE,
        },
    )
    if found.status != 0:
        raise ArithmeticError(f"the linear program was not solved: {found.message}")
    return np.asarray(found.x), -np.asarray(found.ineqlin.marginals)


def _whole(gains: Numbers, matrix: csr_array, free: Numbers) -> Numbers:
    """Return the best whole choice where the relaxation's is fractional."""
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 - slow to load

    found = milp(
        -gains,
        integrality=np.ones(len(gains), dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(matrix, -np.inf, free),
        options={"mip_rel_gap": 0.0},
    )
    if found.x is None:
        raise ArithmeticError(f"the mixed-integer program was not solved: {found.message}")
    return np.asarray(found.x, dtype=np.float64)
