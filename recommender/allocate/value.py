"""What edits are worth, alone and together, which scarce things they claim, and the budgets.

The objective is the sum of the edits' values less what saturation costs: the k-th edit of a target
(or on a source) costs a growing share of the median value of that target's (source's) edits. The
cost hangs on the slot, not on which edit takes it: that keeps the program a network flow, and an
edit worth less than the saturation it causes is left out ("two strong links beat five padded
ones", method, section 1). Both steps are assumptions, not validated on a real property.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

SOURCE_STEP = 0.2  # each further edit on a source costs this much more of its median edit
TARGET_STEP = 0.1  # the same for a target: rank saturates later than a reader's attention
WORDS_PER_EDIT = 600  # a page takes one edit, and one more for each so many words
NEVER_CROWDED = 1.0  # content links per 100 words up to which no text is crowded, our assumption


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One edit that could be made this week, as the program sees it.

    ``anchor`` is normalised by the caller, None where the edit sets no words that stand there;
    ``written`` tells that a sentence must be written for it.
    ``block`` is the ordinal of the block it touches, negative where it touches none. ``value`` is
    in any unit, above 0 and finite.
    """

    id: str
    target: str
    source: str
    block: int
    anchor: str | None
    value: float
    written: bool = False

    def __post_init__(self) -> None:
        """Refuse an edit that is worth nothing: it has no place in a program of the best."""
        if not (math.isfinite(self.value) and self.value > 0):
            raise ValueError(f"{self.id}: the value {self.value} is not above 0 and finite")


class ScarceKind(StrEnum):
    """Kinds of scarce things."""

    WEEK = "week"  # all edits together
    WRITING = "writing"  # all that need a new sentence
    SOURCE = "source"
    TARGET = "target"
    BLOCK = "block"  # takes one edit, and with it each of its sentences
    ANCHOR = "anchor"  # a target's words, used once
    PAIR = "pair"  # a source links a target once


class Scarce(NamedTuple):
    """One scarce thing: its kind, its page, and what of the page (block or words or page)."""

    kind: ScarceKind
    page: str = ""
    detail: str = ""


WEEK = Scarce(ScarceKind.WEEK)
WRITING = Scarce(ScarceKind.WRITING)


def claims(edit: Edit) -> tuple[Scarce, ...]:
    """Return the scarce things of which ``edit`` uses one each."""
    general = (
        WEEK,
        Scarce(ScarceKind.SOURCE, edit.source),
        Scarce(ScarceKind.TARGET, edit.target),
        Scarce(ScarceKind.PAIR, edit.source, edit.target),
    )
    block = (Scarce(ScarceKind.BLOCK, edit.source, str(edit.block)),) if edit.block >= 0 else ()
    anchor = (
        (Scarce(ScarceKind.ANCHOR, edit.target, edit.anchor),) if edit.anchor is not None else ()
    )
    return (*general, *block, *anchor, *((WRITING,) if edit.written else ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """How many edits there may be: in the week, per target, per source.

    ``source_capacity`` and ``target_capacity`` name the pages whose limit is lower than the
    general one (0: a source that rests, a target that is served). ``owners`` are the phrases that
    earlier weeks gave away: normalised anchor -> target.
    """

    targets_per_week: int = 4
    edits_per_week: int = 12
    sentences_per_week: int = 2
    links_per_target: int = 4
    links_per_source: int = 2
    source_capacity: Mapping[str, int] = field(default_factory=dict)
    target_capacity: Mapping[str, int] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)

    def limit(self, thing: Scarce) -> int:
        """Return how many edits may claim ``thing``."""
        match thing.kind:
            case ScarceKind.WEEK:
                return max(0, self.edits_per_week)
            case ScarceKind.WRITING:
                return max(0, self.sentences_per_week)
            case ScarceKind.SOURCE:
                own = self.source_capacity.get(thing.page, self.links_per_source)
                return max(0, min(own, self.links_per_source))
            case ScarceKind.TARGET:
                own = self.target_capacity.get(thing.page, self.links_per_target)
                return max(0, min(own, self.links_per_target))
            case _:
                return 1

    def allows(self, edit: Edit) -> bool:
        """Tell whether ``edit`` could be chosen if it were the only one."""
        owner = self.owners.get(edit.anchor) if edit.anchor is not None else None
        return owner in (None, edit.target) and all(self.limit(c) > 0 for c in claims(edit))


def source_capacity(
    *,
    words: int,
    content_links: int,
    density_ceiling: float | None,
    links_per_source: int,
    resting: bool,
) -> int:
    """Return how many edits a source takes: by its length, its links, and whether it rests.

    ``density_ceiling`` is in content links per 100 words (the site's Q3 + 1.5 IQR, where method,
    section 4, speaks of dilution), None where unknown; the page stays at or below it. On a site
    that links little and evenly that fence is no more than what its pages have, so that a page may
    always go up to :data:`NEVER_CROWDED`.
    """
    if resting:
        return 0
    by_length = 1 + words // WORDS_PER_EDIT
    if density_ceiling is None:
        return min(by_length, links_per_source)
    room = math.floor(max(density_ceiling, NEVER_CROWDED) * words / 100 - content_links)
    return max(0, min(by_length, links_per_source, room))


@dataclass(frozen=True, slots=True, kw_only=True)
class Saturation:
    """What the further slots of each source and each target cost, in the unit of value."""

    reference: Mapping[Scarce, float]  # median value of the edits that claim it

    def cost(self, thing: Scarce, slot: int) -> float:
        """Return the cost of being the ``slot``-th edit (from 1) that claims ``thing``.

        It never falls with the slot, and is 0 for the first one and for other kinds of things.
        """
        step = _STEPS.get(thing.kind)
        if step is None:
            return 0.0
        return min(1.0, step * (slot - 1)) * self.reference.get(thing, 0.0)


_STEPS: Mapping[ScarceKind, float] = {
    ScarceKind.SOURCE: SOURCE_STEP,
    ScarceKind.TARGET: TARGET_STEP,
}


def saturation(edits: Iterable[Edit]) -> Saturation:
    """Return the saturation costs among ``edits``."""
    values: defaultdict[Scarce, list[float]] = defaultdict(list)
    for edit in edits:
        values[Scarce(ScarceKind.SOURCE, edit.source)].append(edit.value)
        values[Scarce(ScarceKind.TARGET, edit.target)].append(edit.value)
    return Saturation(reference={thing: statistics.median(own) for thing, own in values.items()})


def total_value(edits: Sequence[Edit], chosen: Collection[str]) -> float:
    """Return what the ``chosen`` of ``edits`` are worth together: the program's objective."""
    costs = saturation(edits)
    picked = [edit for edit in edits if edit.id in chosen]
    claimed = Counter(thing for edit in picked for thing in claims(edit))
    saturated = math.fsum(
        costs.cost(thing, slot) for thing, used in claimed.items() for slot in range(2, used + 1)
    )
    return math.fsum(edit.value for edit in picked) - saturated
