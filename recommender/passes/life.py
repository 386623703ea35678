"""The life of an edit after it was chosen: what may return, when, and what it says of its past.

Everything is read off stored statuses and their instants, so that a replay decides alike
(docs/decisions/the-life-of-an-edit.md).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from recommender.candidates.refused import Refused, wording
from recommender.measure.holdout import iso_week
from recommender.models import (
    PAST,
    REST,
    DismissReason,
    Reason,
    Recommendation,
    Status,
    recommendation_id,
)
from recommender.passes.site import Site
from recommender.passes.study import Study
from recommender.report.words import long_date
from recommender.text import squeezed

FRESH = frozenset({Status.PROPOSED, Status.POSTPONED, Status.EXPIRED})
"""Statuses that a daily run may change."""

HELD = 1.1
"""What an edit that is proposed already counts more, lest tiny changes swap it (*assumption*)."""

REMINDED_AFTER: Mapping[Status, int] = {Status.MAILED: 1, Status.ACCEPTED: 3}
PARKED_AFTER: Mapping[Status, int] = {Status.MAILED: 2, Status.ACCEPTED: 7}
"""Digests sent since an edit was mailed or accepted, at which it is shown once more, and rests.

A promise is reminded of once, a month later, and rests a month after that (*assumption*).
"""

Pair = tuple[str, str]
"""Source and target."""


class Turn(StrEnum):
    """What this week's digest does with an edit that is in the reader's hands."""

    WAIT = "wait"
    REMIND = "remind"
    PARK = "park"


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """All earlier edits as far as they bind a new choice.

    ``edits`` are those that still count; ones that have rested are expired here.
    """

    site: Site
    edits: tuple[Recommendation, ...]
    rested: Mapping[str, Recommendation]  # parked before, free now
    barred: frozenset[Pair]
    refused: Mapping[Pair, Refused]
    noes: Mapping[Pair, tuple[Recommendation, ...]]  # dismissals that let the pair return

    @classmethod
    def of(cls, site: Site, earlier: Iterable[Recommendation]) -> Past:
        """Return the past at ``site.now``."""
        earlier = list(earlier)
        rested = {r.id: r for r in earlier if has_rested(r, site.now)}
        edits = [r.to(Status.EXPIRED, site.now) if r.id in rested else r for r in earlier]
        noes: defaultdict[Pair, list[Recommendation]] = defaultdict(list)
        for r in edits:
            if r.status is Status.DISMISSED and may_return(r, site.now):
                noes[r.source, r.target].append(r)
        return cls(
            site=site,
            edits=tuple(edits),
            rested=rested,
            barred=frozenset(
                (r.source, r.target)
                for r in edits
                if r.status not in FRESH and not may_return(r, site.now)
            ),
            refused={pair: _refused(no) for pair, no in noes.items()},
            noes={pair: tuple(no) for pair, no in noes.items()},
        )

    def heeded(self, known: Study) -> Study:
        """Return the study whose rules know what readers said no to."""
        sources = known.reading.sources
        rules = replace(sources.rules, refused=self.refused)
        return replace(known, reading=replace(known.reading, sources=replace(sources, rules=rules)))

    def free(self, edits: Iterable[Recommendation]) -> list[Recommendation]:
        """Return those of ``edits`` that may be proposed, as new ideas where a like was refused."""
        taken = {r.id: r for r in self.edits}
        return [
            self._as_new(edit, taken)
            for edit in edits
            if (edit.source, edit.target) not in self.barred and not self._refuses(edit)
        ]

    def _refuses(self, edit: Recommendation) -> bool:
        refused = self.refused.get((edit.source, edit.target))
        return refused is not None and (
            refused.has_place(edit.block, edit.sentence) or refused.has_words(edit.anchor)
        )

    def _as_new(self, edit: Recommendation, taken: Mapping[str, Recommendation]) -> Recommendation:
        """Return ``edit`` under an id of its own: what was dismissed stays on record as it is."""
        before = taken.get(edit.id)
        if before is None or before.status is not Status.DISMISSED:
            return edit
        times = len(self.noes[edit.source, edit.target])
        key = f"{edit.anchor} {times}"
        return replace(edit, id=recommendation_id(edit.kind, edit.source, edit.target, key))

    def remembered(self, edit: Recommendation) -> Recommendation:
        """Return ``edit`` saying of itself why it comes back, where it was with the reader once."""
        before = next((r for r in self.edits if r.id == edit.id), None)
        said = [r for r in before.reasons if r.signal == PAST] if before else []
        if before is None or before.status is Status.EXPIRED:
            said = [reason for reason in (self._return_of(edit),) if reason is not None]
        others = [r for r in edit.reasons if r.signal != PAST]
        return replace(edit, reasons=(*others, *said))

    def _return_of(self, edit: Recommendation) -> Reason | None:
        parked = self.rested.get(edit.id)
        if parked is not None:
            day = long_date(self.site.day_of(parked.changed_at))
            return past(f"it was sent to you before, and has rested since {day}")
        noes = self.noes.get((edit.source, edit.target), ())
        if not noes:
            return None
        last = max(noes, key=lambda r: (r.changed_at, r.id))
        day = long_date(self.site.day_of(last.changed_at))
        assert last.dismissed_because is not None
        return past(f"you said {_SAID[last.dismissed_because]} on {day}{_now(last, edit)}")


_SAID: Mapping[DismissReason, str] = {
    DismissReason.NOT_NOW: "not now",
    DismissReason.WRONG_PLACE: "wrong place",
    DismissReason.WRONG_WORDS: "wrong words",
}


def _now(before: Recommendation, edit: Recommendation) -> str:
    if before.dismissed_because is DismissReason.WRONG_PLACE:
        return "; this is another place"
    if before.dismissed_because is DismissReason.WRONG_WORDS:
        return f"; then it was “{before.anchor}”" if before.anchor and edit.anchor else ""
    return ""


def past(evidence: str) -> Reason:
    """Return the reason that tells an edit's own past; it speaks for nothing and weighs nothing."""
    return Reason(signal=PAST, value=0.0, weight=0.0, evidence=evidence)


def left_because(edit: Recommendation, because: str) -> Recommendation:
    """Return ``edit`` saying why it was left out."""
    others = tuple(reason for reason in edit.reasons if reason.signal != PAST)
    return replace(edit, reasons=(*others, past(because)))


def told_past(edit: Recommendation) -> str:
    """Return what ``edit`` says of its own past, "" for nothing."""
    return next((reason.evidence for reason in edit.reasons if reason.signal == PAST), "")


def has_rested(edit: Recommendation, now: datetime) -> bool:
    """Tell whether a parked edit has rested long enough to be proposed again."""
    return edit.status is Status.PARKED and now >= edit.changed_at + REST


def may_return(edit: Recommendation, now: datetime) -> bool:
    """Tell whether the pair of a dismissed edit may be proposed again, in some form."""
    if edit.status is not Status.DISMISSED:
        return False
    match edit.dismissed_because:
        case DismissReason.WRONG_PLACE | DismissReason.WRONG_WORDS:
            return True
        case DismissReason.NOT_NOW:
            return now >= edit.changed_at + REST
        case _:
            return False


def _refused(noes: Iterable[Recommendation]) -> Refused:
    noes = list(noes)
    places = [r for r in noes if r.dismissed_because is DismissReason.WRONG_PLACE]
    worded = [r for r in noes if r.dismissed_because is DismissReason.WRONG_WORDS]
    return Refused(
        sentences=frozenset(squeezed(r.sentence) for r in places),
        blocks=frozenset(r.block for r in places),
        wordings=frozenset(wording(r.anchor) for r in worded),
    )


# --- In the reader's hands ------------------------------------------------------------------


def turns(site: Site, period: str) -> dict[str, Turn]:
    """Return what the digest of ``period`` does with each open edit of earlier ones, by id.

    Time is counted in digests that were sent, so that a week without one takes nobody's turn.
    """
    known = site.decisions.recommendations(PARKED_AFTER)
    since = {r.id: iso_week(site.day_of(_since(r))) for r in known}
    earlier = [(r, since[r.id]) for r in known if since[r.id] < period]
    sent = {week: _digests_after(site, week, period) for week in {week for _, week in earlier}}
    return {r.id: _turn(r.status, sent[week]) for r, week in earlier}


def _since(edit: Recommendation) -> datetime:
    mailed = edit.mailed_at if edit.status is Status.MAILED else None
    return mailed or edit.changed_at


def _turn(status: Status, sent: int) -> Turn:
    if sent >= PARKED_AFTER[status]:
        return Turn.PARK
    return Turn.REMIND if sent == REMINDED_AFTER[status] else Turn.WAIT


def _digests_after(site: Site, week: str, period: str) -> int:
    """Return how many digests were sent after that of ``week`` and before that of ``period``."""
    monday = datetime.strptime(f"{week}-1", "%G-W%V-%u").replace(tzinfo=site.zone).date()
    sent = 0
    while sent < max(PARKED_AFTER.values()):
        monday += timedelta(weeks=1)
        if iso_week(monday) >= period:
            break
        sent += site.decisions.digest(iso_week(monday)) is not None
    return sent


def mailed_in(site: Site, edit: Recommendation, period: str) -> bool:
    """Tell whether ``edit`` was first mailed with the digest of ``period``."""
    return edit.mailed_at is not None and iso_week(site.day_of(edit.mailed_at)) == period


def park(site: Site, period: str) -> list[Recommendation]:
    """Lay to rest the edits that were shown twice and not acted on; return them."""
    due = turns(site, period)
    known = [r for r in site.decisions.recommendations(PARKED_AFTER) if due.get(r.id) is Turn.PARK]
    parked = [r.to(Status.PARKED, site.now) for r in known]
    return site.decisions.save(parked, since=known)
