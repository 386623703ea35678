"""The proof that a choice of edits is the best: a check that trusts no solver.

Weak duality: whatever prices (not below 0) are put on the slots, no choice within the budgets is
worth more than the slots at those prices plus what each edit is worth above the prices it pays.
So the prices may come from anywhere; a wrong one can only widen the gap, never hide one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from recommender.allocate.value import (
    Budgets,
    Edit,
    Saturation,
    Scarce,
    ScarceKind,
    claims,
    saturation,
    total_value,
)
from recommender.models import Certificate

Prices = Mapping[Scarce, float]
"""What one more of each scarce thing would add, at most; 0 where a thing is not named."""

_ROUNDING = 1e-9  # share of the best edit's value below which a price says nothing


def verify(
    edits: Sequence[Edit], budgets: Budgets, chosen: Collection[str], prices: Prices
) -> Certificate:
    """Return what can be proved of ``chosen``: feasibility, its value, and a bound on any value.

    ``edits`` are those the program considered. Everything is recomputed from them and the budgets.
    The gap is a share of the bound; a choice that breaks a budget can show a negative one. Cost: a
    few passes over the edits.
    """
    primal = total_value(edits, chosen)
    dual = bound(edits, budgets, prices)
    return Certificate(
        primal=primal,
        dual=dual,
        gap=(dual - primal) / dual if dual > 0 else 0.0,
        feasible=not breaches(edits, budgets, chosen),
        chosen=len(chosen),
        considered=len(edits),
        slot_prices=_slot_prices(edits, budgets, prices),
    )


def bound(edits: Sequence[Edit], budgets: Budgets, prices: Prices) -> float:
    """Return a value that no choice within ``budgets`` exceeds; prices below 0 count as 0."""
    costs = saturation(edits)
    possible = [edit for edit in edits if budgets.allows(edit)]
    claimants = Counter(thing for edit in possible for thing in claims(edit))
    slots = math.fsum(
        _slots_at(prices, thing, min(budgets.limit(thing), most), costs)
        for thing, most in claimants.items()
    )
    surplus = math.fsum(
        max(0.0, edit.value - math.fsum(_price(prices, thing) for thing in claims(edit)))
        for edit in possible
    )
    return slots + surplus


def breaches(edits: Sequence[Edit], budgets: Budgets, chosen: Collection[str]) -> tuple[str, ...]:
    """Return, one line each, which budgets and rules ``chosen`` breaks; empty if none."""
    known = {edit.id: edit for edit in edits}
    picked = [known[key] for key in sorted(chosen) if key in known]
    claimed = Counter(thing for edit in picked for thing in claims(edit))
    targets = {edit.target for edit in picked}
    phrases = Counter(anchor for _, anchor in {(e.target, e.anchor) for e in picked})
    return (
        *(f"{key}: not among the edits" for key in sorted(chosen) if key not in known),
        *(f"{edit.id}: not allowed by itself" for edit in picked if not budgets.allows(edit)),
        *(
            f"{' '.join(thing).strip()}: {used} edits, {budgets.limit(thing)} allowed"
            for thing, used in claimed.items()
            if used > budgets.limit(thing)
        ),
        *(
            f"{anchor!r}: {owners} targets share the phrase"
            for anchor, owners in phrases.items()
            if anchor is not None and owners > 1
        ),
        *(
            [f"week: {len(targets)} targets, {budgets.targets_per_week} allowed"]
            if len(targets) > budgets.targets_per_week
            else []
        ),
    )


def _price(prices: Prices, thing: Scarce) -> float:
    return max(0.0, prices.get(thing, 0.0))


def _slots_at(prices: Prices, thing: Scarce, slots: int, costs: Saturation) -> float:
    """Return what the slots of one thing bring at its price, each above its own cost."""
    price = _price(prices, thing)
    if price == 0:
        return 0.0
    return math.fsum(max(0.0, price - costs.cost(thing, k)) for k in range(1, slots + 1))


def _slot_prices(edits: Sequence[Edit], budgets: Budgets, prices: Prices) -> dict[str, float]:
    """Return what one more slot on each source would add at most, where that is anything."""
    costs = saturation(edits)
    floor = _ROUNDING * max((edit.value for edit in edits), default=0.0)
    sources = (Scarce(ScarceKind.SOURCE, page) for page in sorted({edit.source for edit in edits}))
    worth = {
        thing.page: _price(prices, thing) - costs.cost(thing, budgets.limit(thing) + 1)
        for thing in sources
    }
    return {page: price for page, price in worth.items() if price > floor}
