"""Cards: what a reader is shown of an edit and of a target, built from their records.

Every text from a site passes through :mod:`recommender.report.words` here, so that templates
print only single lines without invisible characters. Escaping is the templates' business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from recommender.models import (
    PAST,
    CheckOutcome,
    Decision,
    Demand,
    GateCheck,
    Kind,
    Plan,
    Reason,
    Recommendation,
    Status,
    TargetCase,
)
from recommender.report.words import (
    as_sentence,
    counted,
    find_string,
    link_to_text,
    listed,
    plain,
    short_url,
    shown,
    web_url,
)

TITLE_LIMIT = 120
"""Longest title printed; search results cut titles near 60, longer ones are lists of words."""

TOP_QUERIES = 3

WORD_SIGNALS = frozenset(
    {"anchor", "commonness", "coverage", "fit", "keyphraseness", "length", "passage"}
)
"""Signals that speak for the words and their sentence; all others speak for the page."""

KIND_LABEL: Mapping[Kind, str] = {
    Kind.ADD: "New link",
    Kind.ADD_SENTENCE: "New sentence",
    Kind.CHANGE_ANCHOR: "New words",
    Kind.MOVE_INTO_CONTENT: "Move into text",
    Kind.REMOVE: "Take out",
}

CHECK_LABEL: Mapping[str, str] = {
    "indexable": "Search engines may not index it",
    "canonical": "It says that another page stands for it",
    "intent": "It does not speak about what people search",
    "depth": "It says too little",
    "relevance": "No page of yours is close enough in subject",
    "cannibal": "Another page of yours competes for the same search",
    "headroom": "Its position leaves links nothing to do",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageName:
    """A page as it is named to a reader: a title, the URL to open, and the URL to read."""

    title: str
    url: str  # "" where it is no web address
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditCard:
    """One edit: the page to open, the sentence in three pieces, and why."""

    id: str
    kind: Kind
    label: str
    instruction: str
    source: PageName
    target: PageName
    open_url: str  # the source, scrolled to the sentence
    before: str
    anchor: str
    after: str
    find: str
    place: str  # "paragraph 2 under “Cleaning”", "" where unknown
    why_page: tuple[str, ...]
    why_words: tuple[str, ...]
    scores: str
    accepted: bool = False
    note: str = ""  # of its own past: why it comes back, or that this is a reminder


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryLine:
    """One query of a target."""

    query: str
    impressions: str
    clicks: str
    position: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandCard:
    """What search brings to a target in the window; never what a link would bring."""

    impressions: str
    clicks: str
    position: str  # "–" without impressions
    days: str
    queries: tuple[QueryLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetCard:
    """One target with its edits: demand, why now, what is wrong with its links today."""

    page: PageName
    new: bool
    demand: DemandCard | None
    why_now: str
    links_now: str
    findings: tuple[str, ...]
    warnings: tuple[str, ...]
    edits: tuple[EditCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One failed check: its name in words, its numbers, what to do."""

    label: str
    finding: str
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FixCard:
    """A target that links cannot help until something else is mended."""

    page: PageName
    demand: DemandCard | None
    why_now: str
    checks: tuple[CheckLine, ...]


def page_name(url: str, title: str = "") -> PageName:
    """Return how a page is named; by its path where no title is known."""
    path = short_url(url)
    return PageName(title=plain(title, limit=TITLE_LIMIT) or path, url=web_url(url), path=path)


def edit_card(edit: Recommendation, place: str = "") -> EditCard:
    """Return the card of one edit; ``place`` says where on the page its sentence stands."""
    start, length = _marked(edit)
    end = start + length
    find = shown(find_string(edit.sentence, *_sought(edit, start, length)))
    source = page_name(edit.source, edit.source_title)
    speaking = (reason for reason in edit.reasons if reason.signal != PAST)
    by_weight = sorted(speaking, key=lambda reason: -reason.weight)
    told = next((r.evidence for r in edit.reasons if r.signal == PAST), "")
    written = edit.kind is Kind.ADD_SENTENCE
    return EditCard(
        id=plain(edit.id),
        kind=edit.kind,
        label=KIND_LABEL[edit.kind],
        instruction=_instruction(edit),
        source=source,
        target=page_name(edit.target, edit.target_title),
        open_url=source.url and link_to_text(source.url, find),
        before=shown(edit.sentence[:start]).lstrip(),
        anchor=shown(edit.sentence[start:end]),
        after=shown(edit.sentence[end:]).rstrip(),
        find=find,
        place=plain(place, limit=TITLE_LIMIT),
        why_page=_evidence(r for r in by_weight if r.signal not in WORD_SIGNALS),
        why_words=_evidence(r for r in by_weight if r.signal in WORD_SIGNALS),
        scores=(
            f"page {edit.page_score:.2f}, sentence {edit.passage_score:.2f}, "
            f"words {'not written' if written else format(edit.anchor_score, '.2f')}"
        ),
        accepted=edit.status is Status.ACCEPTED,
        note=as_sentence(told),
    )


def _marked(edit: Recommendation) -> tuple[int, int]:
    """Return offset and length of the words to mark: those to link, or those to unlink."""
    if edit.kind is Kind.ADD_SENTENCE:
        return len(edit.sentence), 0
    if edit.kind is not Kind.REMOVE:
        return edit.anchor_start, len(edit.anchor)
    words = edit.old_anchor or edit.anchor
    if edit.sentence[edit.anchor_start :].startswith(words):
        return edit.anchor_start, len(words)
    start = edit.sentence.find(words)
    return (start, len(words)) if start >= 0 else (0, 0)


def _sought(edit: Recommendation, start: int, length: int) -> tuple[int, int]:
    """Return offset and length of what to search the page for: the end, where one goes on."""
    if edit.kind is Kind.ADD_SENTENCE:
        return max(0, len(edit.sentence.rstrip()) - 1), 1
    return start, length


def _instruction(edit: Recommendation) -> str:
    """Return the one thing to do, in a sentence."""
    old = plain(edit.old_anchor, limit=60)
    match edit.kind:
        case Kind.ADD:
            return f"Link the marked words to {short_url(edit.target)}"
        case Kind.ADD_SENTENCE:
            return (
                "Write one sentence after this one, with a link to "
                f"{short_url(edit.target)}. {plain(edit.brief)}"
            )
        case Kind.CHANGE_ANCHOR:
            now = f"now links “{old}”" if old else "links no words now"
            return f"This page already has the link, but {now}. Link the marked words instead."
        case Kind.MOVE_INTO_CONTENT:
            words = f" (“{old}”)" if old else ""
            return (
                f"This page already has the link, but outside its running text{words}. "
                "Set it on the marked words instead."
            )
        case Kind.REMOVE:
            words = f"“{old}”" if old else "these words"
            return f"Take the link off {words}; the words may stay."


def _evidence(reasons: Iterable[Reason]) -> tuple[str, ...]:
    """Return a sentence per reason, each once; the bare number where no evidence is given."""
    sentences = (
        as_sentence(r.evidence or f"{r.signal.replace('_', ' ')}: {r.value:.2f} of 1")
        for r in reasons
    )
    return tuple(dict.fromkeys(sentences))


def demand_card(demand: Demand | None, *, top: int = TOP_QUERIES) -> DemandCard | None:
    """Return demand in readable numbers, None without search data."""
    if demand is None:
        return None
    return DemandCard(
        impressions=f"{demand.impressions:,}",
        clicks=f"{demand.clicks:,}",
        position="–" if demand.position is None else f"{demand.position:.1f}",
        days=counted(demand.window.days, "day"),
        queries=tuple(
            QueryLine(
                query=plain(line.query, limit=80),
                impressions=f"{line.impressions:,}",
                clicks=f"{line.clicks:,}",
                position=f"{line.position:.1f}",
            )
            for line in demand.queries[:top]
        ),
    )


def target_card(plan: Plan, places: Mapping[str, str]) -> TargetCard:
    """Return the card of one target, its most valuable edit first."""
    case = plan.case
    edits = sorted(plan.recommendations, key=lambda edit: (-edit.value, edit.id))
    return TargetCard(
        page=page_name(case.url, case.title),
        new=case.new,
        demand=demand_card(case.demand),
        why_now=as_sentence(case.need_basis),
        links_now=links_now(case),
        findings=tuple(as_sentence(pattern.finding) for pattern in case.patterns),
        warnings=tuple(
            " ".join(filter(None, (as_sentence(check.finding), as_sentence(check.advice))))
            for check in case.checks
            if check.outcome is CheckOutcome.WARN
        ),
        edits=tuple(edit_card(edit, places.get(edit.id, "")) for edit in edits),
    )


def links_now(case: TargetCase) -> str:
    """Return how many links lead to a target today, and what our rules make of them."""
    if not case.ledger:
        text = "No page links here from its text yet"
    else:
        kinds = [
            f"{sum(line.decision is decision for line in case.ledger):,} {word}"
            for decision, word in (
                (Decision.SOUND, "sound"),
                (Decision.WEAK, "weak"),
                (Decision.UNCOUNTED, "not counted"),
            )
            if any(line.decision is decision for line in case.ledger)
        ]
        links = counted(len(case.ledger), "link")
        text = f"{links} from other pages' text ({listed(kinds)} by our rules)"
    if case.template_links:
        text += f"; {case.template_links:,} more from menus, sidebars or footers"
    return text + "."


def fix_card(case: TargetCase) -> FixCard:
    """Return the card of a target that failed its gate."""
    return FixCard(
        page=page_name(case.url, case.title),
        demand=demand_card(case.demand),
        why_now=as_sentence(case.need_basis),
        checks=tuple(check_line(check) for check in case.failed),
    )


def check_line(check: GateCheck) -> CheckLine:
    """Return a check in words."""
    named = CHECK_LABEL.get(check.name, plain(check.name).replace("_", " ").capitalize())
    return CheckLine(
        label=named, finding=as_sentence(check.finding), advice=as_sentence(check.advice)
    )


def places(edits: Iterable[Recommendation], blocks: pd.DataFrame) -> dict[str, str]:
    """Return where each edit's sentence stands: "paragraph 2 under “Cleaning the chain”".

    ``blocks`` is BLOCKS; edits whose block it does not hold are left out.
    """
    wanted = list(edits)
    near = blocks.loc[blocks["page"].isin({edit.source for edit in wanted})]
    pages = {str(page): rows for page, rows in near.groupby("page", sort=False)}
    found: dict[str, str] = {}
    for edit in wanted:
        rows = pages.get(edit.source)
        if rows is None or edit.block not in rows["ordinal"].to_numpy():
            continue
        here = rows.loc[rows["ordinal"] == edit.block].iloc[0]
        section = plain(str(here["section"]).rstrip("¶#§ "), limit=80)  # permalink signs
        alike = rows.loc[
            (rows["section"] == here["section"])
            & (rows["kind"] == here["kind"])
            & (rows["region"] == here["region"])
            & (rows["ordinal"] <= edit.block)
        ]
        word = {"paragraph": "paragraph", "item": "list item"}.get(str(here["kind"]), "text block")
        found[edit.id] = f"{word} {len(alike)}" + (f" under “{section}”" if section else "")
    return found
