"""The weekly digest: from records to what a reader is told, in the order of its worth.

It tells what is known and says what is missing. It never forecasts what a link will bring: demand
is what a page already gets, effects are measured afterwards (method, sections 1 and 7).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from recommender.models import (
    NEW_LINKS,
    Certificate,
    Effect,
    Origin,
    Plan,
    Recommendation,
    Status,
    TargetCase,
    Window,
)
from recommender.report.cards import (
    EditCard,
    FixCard,
    PageName,
    TargetCard,
    edit_card,
    fix_card,
    page_name,
    target_card,
)
from recommender.report.coverage import Coverage
from recommender.report.coverage_words import CrawlCard, crawl_card
from recommender.report.readings import Readings, readings
from recommender.report.words import counted, listed, long_date, plain, short_url, span, week

NO_SEARCH_DATA = (
    "No Search Console data: need and strength are unknown; the ranking uses text and links only."
)

LEFT_LIMIT = 3
"""Edits that left the list which a mail names; the rest is counted."""

LIST_LIMIT = 10
"""Lines of a list in a mail; the rest is counted and `linkwright list` shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingLine:
    """One earlier edit: what became of it, or that it is still open."""

    id: str
    source: PageName
    target: PageName
    anchor: str
    remark: str
    by_editor: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The first lines of a list and how many more there are."""

    shown: tuple[StandingLine, ...] = ()
    more: int = 0

    @property
    def total(self) -> int:
        """Number of lines, shown or not."""
        return len(self.shown) + self.more


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Everything that one weekly mail says; every text is printable, none is escaped yet."""

    property_name: str
    site: str
    period: str
    week: str  # "16-22 November 2026"
    number: int  # of the week
    as_of: str
    headline: str
    preview: str
    basis: str  # what it was read from
    notes: tuple[str, ...]
    targets: tuple[TargetCard, ...]
    reminders: tuple[EditCard, ...]
    left: str  # which edits of earlier digests left the list, and why; "" for none
    fix_first: tuple[FixCard, ...]
    live: Lines
    removed: Lines
    effects: Readings
    open_edits: Lines
    crawl: CrawlCard | None
    waiting: int
    proof: tuple[str, ...]
    empty_because: str
    next_step: str

    @property
    def edits(self) -> int:
        """Number of edits, over all targets."""
        return sum(len(card.edits) for card in self.targets)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write this week."""
        return not self.targets


def compose(
    *,
    property_name: str,
    site: str,
    period: str,
    as_of: date,
    window: Window | None,
    plans: Sequence[Plan],
    pages: int,
    crawled_at: datetime | None,
    fix_first: Sequence[TargetCase] = (),
    live: Sequence[Recommendation] = (),
    removed: Sequence[Recommendation] = (),
    effects: Sequence[Effect] = (),
    reminders: Sequence[Recommendation] = (),
    open_edits: Sequence[Recommendation] = (),
    left: Mapping[Recommendation, str] | None = None,
    parked: Sequence[Recommendation] = (),
    last_look: str = "",
    waiting: int = 0,
    certificate: Certificate | None = None,
    notes: Sequence[str] = (),
    places: Mapping[str, str] | None = None,
    titles: Mapping[str, str] | None = None,
    coverage: Coverage | None = None,
) -> Digest:
    """Return the digest of ISO week ``period``, the most valuable target first.

    ``window`` is that of the demand shown, None without search data; ``pages`` and ``crawled_at``
    are of the crawl read; ``places`` maps a recommendation's id to where its sentence stands
    (:func:`recommender.report.cards.places`), ``reminders`` are shown in full once more, ``left``
    says why edits of earlier digests left, ``parked`` rest from now on, ``last_look`` is what was
    found on the pages right before; ``titles`` a URL to its title, for pages that no
    record here names; ``coverage`` is the ledger of the crawl read. Raises ValueError where
    ``period`` is no ISO week.
    """
    cards = _target_cards(plans, places or {})
    edits = [edit for plan in plans for edit in plan.recommendations]
    known = _titles(
        [*edits, *live, *removed, *reminders, *open_edits], [*(p.case for p in plans), *fix_first]
    )
    still_open = [*reminders, *open_edits]
    because, next_step = _emptiness(cards, pages, len(fix_first), waiting, still_open)
    return Digest(
        property_name=plain(property_name),
        site=plain(site),
        period=period,
        week=span(week(period)),
        number=int(period[-2:]),
        as_of=long_date(as_of),
        headline=_headline(edits, len(cards), len(fix_first), len(live)),
        preview=_preview(cards) or because,
        basis=" ".join(filter(None, (_basis(window, pages, crawled_at), plain(last_look)))),
        notes=_notes(window, notes),
        targets=cards,
        reminders=tuple(_reminder(edit, (places or {}).get(edit.id, "")) for edit in reminders),
        left=_left_line(left or {}, parked),
        fix_first=tuple(fix_card(c) for c in sorted(fix_first, key=lambda c: (-c.need, c.url))),
        live=_lines(live, _live_remark),
        removed=_lines(removed, _removed_remark),
        effects=readings(effects, {**known, **(titles or {})}),
        open_edits=_lines(open_edits, _open_remark),
        crawl=None if coverage is None else crawl_card(coverage, {**known, **(titles or {})}),
        waiting=waiting,
        proof=_proof(certificate),
        empty_because=because,
        next_step=next_step,
    )


def _target_cards(plans: Sequence[Plan], places: Mapping[str, str]) -> tuple[TargetCard, ...]:
    """Return the targets that have edits, by the value of their edits, then by need."""
    ordered = sorted(
        (plan for plan in plans if plan.recommendations),
        key=lambda p: (-sum(e.value for e in p.recommendations), -p.case.need, p.case.url),
    )
    return tuple(target_card(plan, places) for plan in ordered)


def _titles(edits: Iterable[Recommendation], cases: Iterable[TargetCase]) -> dict[str, str]:
    """Return the titles that the records know."""
    known = {case.url: case.title for case in cases}
    for edit in edits:
        known.setdefault(edit.source, edit.source_title)
        known.setdefault(edit.target, edit.target_title)
    return known


def _headline(edits: Sequence[Recommendation], targets: int, to_fix: int, live: int) -> str:
    """Return what the week asks for, in a few words."""
    if edits:
        kinds = {edit.kind for edit in edits}
        doing = "write"
        if not kinds <= NEW_LINKS:
            doing = "write or change" if kinds & NEW_LINKS else "change"
        return f"{counted(len(edits), 'link')} to {doing} for {counted(targets, 'page')}"
    if to_fix:
        return f"no links this week, {counted(to_fix, 'page')} to fix first"
    if live:
        return f"nothing to write, {counted(live, 'link')} went live"
    return "nothing to write this week"


def _preview(cards: Sequence[TargetCard]) -> str:
    """Return the line that a mail program shows beside the subject."""
    if not cards:
        return ""
    first = cards[0].edits[0]
    return f"First: “{first.anchor or first.label}” on {first.source.title}"


def _basis(window: Window | None, pages: int, crawled_at: datetime | None) -> str:
    """Return what the digest was read from."""
    crawl = counted(pages, "page") + (
        f" crawled on {long_date(crawled_at.date())}" if crawled_at else ", never crawled"
    )
    search = f"search data of {span(window)}" if window else "no search data"
    return f"Read from {crawl}, and {search}."


def _notes(window: Window | None, notes: Sequence[str]) -> tuple[str, ...]:
    """Return each note once; that search data are missing comes first."""
    said = (() if window else (NO_SEARCH_DATA,)) + tuple(plain(note) for note in notes)
    return tuple(dict.fromkeys(note for note in said if note))


def _emptiness(
    cards: Sequence[TargetCard],
    pages: int,
    fix_first: int,
    waiting: int,
    opened: Sequence[Recommendation],
) -> tuple[str, str]:
    """Return why there is nothing to write and what happens next, "" where there are cards."""
    if cards:
        return "", ""
    again = "The site is read again every day, and the next digest comes next week."
    if not pages:
        return (
            "No page of the site has been crawled yet, so there is nothing to link.",
            "Run linkwright doctor: it says what keeps the crawl from starting.",
        )
    if fix_first:
        page = "The page" if fix_first == 1 else f"Each of the {fix_first:,} pages"
        return (
            f"{page} that would gain most fails a check that links cannot make up for.",
            "Once a check below is mended, the page is looked at again with the next crawl.",
        )
    if waiting:
        held = f"{counted(waiting, 'edit')} wait{'s' if waiting == 1 else ''}"
        return f"{held}: their pages were edited lately, or the week's budget is spent.", again
    if opened:
        return (
            "Everything worth writing has been sent to you before and is still open.",
            "Write or dismiss what is listed below; that makes room for new ones.",
        )
    return (
        f"On {counted(pages, 'page')} no sentence met the rules and the minimum score.",
        again + " New pages and new searches are what usually changes this.",
    )


def _lines(edits: Sequence[Recommendation], remark: Callable[[Recommendation], str]) -> Lines:
    first = edits[:LIST_LIMIT]
    return Lines(
        shown=tuple(
            StandingLine(
                id=plain(edit.id),
                source=page_name(edit.source, edit.source_title),
                target=page_name(edit.target, edit.target_title),
                anchor=plain(edit.live_anchor or edit.anchor or edit.old_anchor, limit=80),
                remark=remark(edit),
                by_editor=edit.origin is Origin.EDITOR,
            )
            for edit in first
        ),
        more=len(edits) - len(first),
    )


def _live_remark(edit: Recommendation) -> str:
    seen = f"seen {long_date(edit.live_at.date())}" if edit.live_at else "seen live"
    if edit.origin is Origin.EDITOR:
        return f"{seen}, your own idea"
    proposed, set_ = plain(edit.anchor), plain(edit.live_anchor)
    other = proposed and set_ and set_ != proposed
    return f"{seen}, with your words instead of “{proposed}”" if other else seen


def _removed_remark(edit: Recommendation) -> str:
    return f"gone since {long_date(edit.removed_at.date())}" if edit.removed_at else "gone"


def _reminder(edit: Recommendation, place: str) -> EditCard:
    """Return the card of an edit that is shown once more, and no more after that."""
    if edit.status is Status.ACCEPTED:
        said = f"You said yes on {long_date(edit.changed_at.date())}; the link is not there yet."
    else:
        sent = _open_remark(edit)
        said = f"{sent[0].upper()}{sent[1:]}, and still possible."
    rests = "You are reminded of it this once; if it stays open, it rests for eight weeks."
    return replace(edit_card(edit, place), note=f"{said} {rests}")


def _left_line(left: Mapping[Recommendation, str], parked: Sequence[Recommendation]) -> str:
    """Return in one line what left the list since the last digest and why, "" for nothing."""
    named = [
        f"“{plain(edit.anchor or edit.brief, limit=60)}” on "
        f"{page_name(edit.source, edit.source_title).title} ({plain(because)})"
        for edit, because in left.items()
    ]
    shown = named[:LEFT_LIMIT]
    if len(named) > len(shown):
        shown.append(f"{len(named) - len(shown)} more")
    lines = [f"Left out since last week: {listed(shown)}."] if shown else []
    if parked:
        they = "it rests" if len(parked) == 1 else "they rest"
        lines.append(
            f"{counted(len(parked), 'edit')} stayed open after a reminder: {they} for eight weeks."
        )
    return " ".join(lines)


def _open_remark(edit: Recommendation) -> str:
    return f"sent {long_date(edit.mailed_at.date())}" if edit.mailed_at else "sent earlier"


def _proof(certificate: Certificate | None) -> tuple[str, ...]:
    """Return what the certificate proves: the best edits for the pages that the week drew."""
    if certificate is None or not certificate.feasible or not certificate.chosen:
        return ()
    best = (
        "for these pages no other choice within your budgets scores higher"
        if certificate.gap < 5e-5
        else "for these pages no other choice within your budgets can score more than "
        f"{certificate.gap:.2%} higher"
    )
    number = counted(certificate.chosen, "edit")
    among = counted(certificate.considered, "candidate")
    proof = [f"{number} chosen from {among}; {best}, by our own measure of value."]
    dearest = max(certificate.slot_prices.items(), key=lambda item: item[1], default=("", 0.0))
    if dearest[1] > 0:
        proof.append(f"The page where one more edit would be worth most: {short_url(dearest[0])}.")
    return tuple(proof)
