"""What things are: the records that pass between stages, and the life of a recommendation.

*Many alike* travel as frames (:mod:`recommender.frames`); *one thing with a meaning* is a frozen
dataclass here. The words are the field's: a *source* page carries a link, a *target* page receives
it, the *anchor* is the linked words, a *region* the part of the page, a *block* a paragraph or list
item, a *plan* all recommendations for one target, an *adoption* a link seen live, an *effect* a
measured change with an interval.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from recommender.errors import InvalidTransition

if TYPE_CHECKING:  # the child process of a crawl does without: half a second, 60 MB
    import pandas as pd

# --- Time -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A closed range of days, in the property's zone (Pacific)."""

    start: date
    end: date

    def __post_init__(self) -> None:
        """Refuse a window that ends before it starts."""
        if self.end < self.start:
            raise ValueError(f"window ends {self.end} before it starts {self.start}")

    @property
    def days(self) -> int:
        """Number of days, both ends included."""
        return (self.end - self.start).days + 1

    def __contains__(self, day: date) -> bool:
        """Tell whether ``day`` lies in the window."""
        return self.start <= day <= self.end

    @classmethod
    def ending(cls, end: date, days: int) -> Window:
        """Return the window of ``days`` days that ends on ``end``."""
        return cls(start=end - timedelta(days=days - 1), end=end)


# --- Pages and links ------------------------------------------------------------------------


class Region(StrEnum):
    """The part of a page that a link or block stands in."""

    CONTENT = "content"
    NAV = "nav"
    SIDEBAR = "sidebar"
    FOOTER = "footer"
    BREADCRUMB = "breadcrumb"
    RELATED = "related"


class Visited(StrEnum):
    """What came of a known address, the column ``outcome`` of KNOWN_URLS."""

    FETCHED = "fetched"  # asked for in this crawl, and answered
    CARRIED = "carried"  # not due: what the last visit found still counts
    FAILED = "failed"  # asked for, and no answer; what the last visit found still counts
    WAITING = "waiting"  # a limit or the end of the window came first
    FORBIDDEN = "forbidden"  # robots.txt
    REFUSED = "refused"  # unsafe: another host, a private address
    TRAP = "trap"  # endless addresses
    DEEP = "deep"  # beyond max_depth


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlSnapshot:
    """The site as known after a crawl: its frames, and how the crawl went.

    BLOCKS and LINKS of a page are those of the last visit that found it changed.
    """

    id: str
    started_at: datetime
    finished_at: datetime
    pages: pd.DataFrame  # PAGES
    blocks: pd.DataFrame  # BLOCKS
    links: pd.DataFrame  # LINKS
    known: pd.DataFrame  # KNOWN_URLS
    complete: bool = True  # False: a limit or an interruption ended it early
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlPart:
    """Some of the pages that a visit found new or changed: frames BLOCKS and LINKS."""

    blocks: pd.DataFrame
    links: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a crawl brought home: all pages known now, and the rows of those that changed.

    ``parts`` may be read once; memory holds one part at a time. A page whose ``rows_in`` in
    ``known`` is another crawl's id keeps the rows of that crawl. ``reader`` names what pages were
    read with: where it changes, no page counts as unchanged.
    """

    id: str
    started_at: datetime
    finished_at: datetime
    pages: pd.DataFrame  # PAGES
    known: pd.DataFrame  # KNOWN_URLS
    parts: Iterable[CrawlPart]
    reader: str = ""
    complete: bool = True
    notes: tuple[str, ...] = ()


# --- Search ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchDay:
    """One day as Search Console gave it: frames PAGE_SEARCH and QUERY_SEARCH, and its ledger."""

    day: date
    pages: pd.DataFrame  # PAGE_SEARCH
    queries: pd.DataFrame  # QUERY_SEARCH
    final: bool
    capped: bool
    requests: int = 0
    operator_rows: int = 0  # query rows left out: scrapers' operator queries
    most_impressions: int = 0  # of this and all earlier readings of the day

    @property
    def query_share(self) -> float | None:
        """Share of impressions whose query is visible, None on a day without impressions."""
        total = int(self.pages["impressions"].sum())
        return min(1.0, float(self.queries["impressions"].sum()) / total) if total else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What Google's index said of a page; the words are those of URL Inspection.

    ``verdict`` is PASS (indexed), PARTIAL, NEUTRAL (not indexed), FAIL or VERDICT_UNSPECIFIED;
    ``indexing`` is INDEXING_ALLOWED, or names what blocks it.
    """

    url: str
    inspected_at: datetime
    verdict: str
    indexing: str
    google_canonical: str | None
    last_crawl_at: datetime | None

    @property
    def blocked(self) -> bool:
        """Whether Google says that the page forbids to index it."""
        return self.indexing.startswith("BLOCKED_")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPeriod:
    """Totals of days that are not known singly: frames PAGE_TOTALS and QUERY_TOTALS.

    Queries are known of few pages or none. ``content`` is a fingerprint: what was read again and
    has the same one is the same.
    """

    window: Window
    pages: pd.DataFrame  # PAGE_TOTALS; days is 1 where there were impressions: more is not known
    queries: pd.DataFrame  # QUERY_TOTALS
    capped: bool  # pages beyond the cut are not known
    content: str
    filters: tuple[str, ...] = ()  # what its totals are narrowed to, e.g. "Country: Germany"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryDemand:
    """What one query brings to a page in a window."""

    query: str
    impressions: int
    clicks: int
    position: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What search brings to a page in a window; ``position`` None without impressions."""

    window: Window
    impressions: int
    clicks: int
    position: float | None
    queries: tuple[QueryDemand, ...] = ()  # most impressions first


# --- Judgement of one target ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why something was recommended: a signal, its value 0..1, its weight, and the evidence."""

    signal: str
    value: float
    weight: float
    evidence: str


PAST = "past"
"""Signal of the reason that tells an edit's own past: why it comes back, or why it was left out."""


class CheckOutcome(StrEnum):
    """What a gate check says."""

    PASS = "pass"  # noqa: S105 - a check's outcome, not a password
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"  # the data for it are missing


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCheck:
    """One check of what links cannot compensate, with its number and its threshold."""

    name: str  # indexable, canonical, intent, depth, relevance, cannibal, headroom
    outcome: CheckOutcome
    value: float | None
    threshold: float | None
    finding: str  # one sentence with the numbers in it
    advice: str = ""  # what to do, where it failed


class Decision(StrEnum):
    """What our rules make of an existing link. What Google makes of it is unknowable."""

    SOUND = "sound"
    WEAK = "weak"
    UNCOUNTED = "uncounted"  # the link is not followed or does not reach the page


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """One existing link to a target, taken through crawled, parsed, compared, decision."""

    source: str
    anchor: str
    region: Region
    crawled: bool  # source 200 and indexable, followed, target final and canonical
    generic: bool  # the anchor says nothing about the target
    source_strength: float  # 0..1
    anchor_quality: float | None  # 0..1 against the target's queries and title; None if unknown
    same_topic: bool | None
    decision: Decision
    because: str
    sentence: str = ""
    block: int = -1


class PatternName(StrEnum):
    """The four ways in which a target's inlinks fail together."""

    WEAK_SOURCES = "weak_sources"
    SEMANTIC_MISMATCH = "semantic_mismatch"
    DILUTION = "dilution"
    POOR_CLUSTERING = "poor_clustering"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A pattern among a target's inlinks: its share of them and the site's own threshold."""

    name: PatternName
    share: float  # of the content inlinks, 0..1
    null: float  # 95th percentile of that share for shuffled targets
    finding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetCase:
    """All that is known of one target before links are proposed: need, gate, diagnosis."""

    url: str
    title: str
    need: float  # expected extra clicks in 28 days if it rose, see candidates/targets.py
    need_basis: str  # one sentence with the numbers
    demand: Demand | None  # None without search data
    checks: tuple[GateCheck, ...] = ()
    ledger: tuple[LedgerLine, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    template_links: int = 0  # links to it from menus, sidebars, footers (edges)
    new: bool = False

    @property
    def failed(self) -> tuple[GateCheck, ...]:
        """The checks that links cannot compensate."""
        return tuple(c for c in self.checks if c.outcome is CheckOutcome.FAIL)

    @property
    def passed(self) -> bool:
        """Whether links may be proposed at all."""
        return not self.failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Pages about the same thing, by their text, and how the site's own links hold them together.

    ``tightness`` is the share of the content links from its pages that lead to its own pages, 0..1,
    None where they link nothing; ``planned`` the same with the open edits made.
    """

    number: int  # 0 the largest
    words: tuple[str, ...]  # what its pages say and others do not, most telling first
    pages: tuple[str, ...]
    impressions: int | None  # in the window, None without search data
    tightness: float | None
    planned: float | None
    orphans: tuple[str, ...]  # pages that no page of the topic links in its content
    bridges: tuple[str, ...]  # pages whose text is nearest to pages of other topics


# --- Recommendations ------------------------------------------------------------------------


class Kind(StrEnum):
    """What a recommendation asks the editor to do."""

    ADD = "add"
    ADD_SENTENCE = "add_sentence"
    CHANGE_ANCHOR = "change_anchor"
    MOVE_INTO_CONTENT = "move_into_content"
    REMOVE = "remove"


NEW_LINKS = frozenset({Kind.ADD, Kind.ADD_SENTENCE})
"""Kinds that join two pages anew: by words that stand there, or by a sentence to be written."""


class Origin(StrEnum):
    """Who had the idea: Linkwright, or an editor whose link was found live."""

    LINKWRIGHT = "linkwright"
    EDITOR = "editor"


class Status(StrEnum):
    """Where a recommendation stands in its life, see :data:`TRANSITIONS`."""

    POSTPONED = "postponed"
    PROPOSED = "proposed"
    MAILED = "mailed"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"
    LIVE = "live"
    REMOVED = "removed"
    RESTORED = "restored"
    PARKED = "parked"
    EXPIRED = "expired"


TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    Status.POSTPONED: frozenset({Status.PROPOSED, Status.EXPIRED, Status.LIVE, Status.DISMISSED}),
    Status.PROPOSED: frozenset(
        {
            Status.MAILED,
            Status.POSTPONED,
            Status.ACCEPTED,
            Status.DISMISSED,
            Status.LIVE,
            Status.EXPIRED,
        }
    ),
    Status.MAILED: frozenset(
        {Status.ACCEPTED, Status.DISMISSED, Status.LIVE, Status.PARKED, Status.EXPIRED}
    ),
    Status.ACCEPTED: frozenset({Status.LIVE, Status.DISMISSED, Status.PARKED, Status.EXPIRED}),
    Status.PARKED: frozenset(
        {Status.PROPOSED, Status.ACCEPTED, Status.DISMISSED, Status.LIVE, Status.EXPIRED}
    ),
    Status.EXPIRED: frozenset({Status.PROPOSED, Status.LIVE}),
    Status.DISMISSED: frozenset({Status.LIVE}),
    Status.LIVE: frozenset({Status.REMOVED}),
    Status.REMOVED: frozenset({Status.RESTORED}),
    Status.RESTORED: frozenset({Status.REMOVED}),
}
"""The one state machine that plan, mail, adoption, effect and review page share.

A daily run refreshes only what is ``proposed`` or ``postponed``; what was mailed is frozen as
mailed. A link that an editor set against a dismissal still goes ``live``.
"""

OPEN = frozenset({Status.PROPOSED, Status.MAILED, Status.ACCEPTED, Status.PARKED, Status.POSTPONED})
"""Statuses of an edit that may still be made."""

REST = timedelta(weeks=8)
"""How long an edit stays away that nobody acted on, or that was not wanted now (*assumption*)."""

STANDING = frozenset({Status.LIVE, Status.RESTORED})
"""Statuses of an edit that stands on the page."""


class DismissReason(StrEnum):
    """Why a reader said no."""

    WRONG_PAGE = "wrong_page"
    WRONG_PLACE = "wrong_place"
    WRONG_WORDS = "wrong_words"
    NOT_ALLOWED = "not_allowed"
    NOT_NOW = "not_now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """One edit for an editor to make: what, where, with which words, and why.

    ``sentence`` stands verbatim in block ``block`` of ``source``; ``anchor`` is a substring of it,
    ``anchor_start`` its offset there. Where a sentence must be written first, ``sentence`` is the
    one that it should follow, ``anchor`` is empty and ``brief`` says what it must say. Scores are
    0..1. Instants are aware UTC.
    """

    id: str
    kind: Kind
    source: str
    target: str
    anchor: str
    sentence: str
    anchor_start: int
    block: int
    score: float
    page_score: float
    passage_score: float
    anchor_score: float
    value: float  # score x log-PageRank gain x need; what allocation maximises
    old_anchor: str = ""  # kinds that change a link: the words linked now
    brief: str = ""  # ADD_SENTENCE: what the new sentence must say
    source_title: str = ""
    target_title: str = ""
    reasons: tuple[Reason, ...] = ()
    status: Status = Status.PROPOSED
    dismissed_because: DismissReason | None = None
    origin: Origin = Origin.LINKWRIGHT
    created_at: datetime
    changed_at: datetime
    mailed_at: datetime | None = None
    live_at: datetime | None = None  # when the crawl saw it first
    removed_at: datetime | None = None
    live_anchor: str = ""  # the words that the editor linked

    def __post_init__(self) -> None:
        """Refuse an anchor that does not stand in its sentence where it says it does."""
        end = self.anchor_start + len(self.anchor)
        if self.kind is not Kind.REMOVE and self.sentence[self.anchor_start : end] != self.anchor:
            raise ValueError(f"{self.id}: the anchor {self.anchor!r} is not at its place")

    def to(self, status: Status, at: datetime, **changes: object) -> Recommendation:
        """Return this recommendation in ``status`` since ``at``.

        Raises InvalidTransition where :data:`TRANSITIONS` does not allow the step.
        """
        if status not in TRANSITIONS[self.status]:
            raise InvalidTransition(
                f"{self.id} is {self.status} and cannot become {status}",
                subject=self.id,
                hint=f"from {self.status} it may become "
                + (", ".join(sorted(TRANSITIONS[self.status])) or "nothing"),
            )
        stamps: dict[str, object] = {"status": status, "changed_at": at}
        if status is Status.MAILED:
            stamps["mailed_at"] = at
        elif status in STANDING:
            stamps["live_at"] = self.live_at or at
            stamps["removed_at"] = None
        elif status is Status.REMOVED:
            stamps["removed_at"] = at
        return replace(self, **{**stamps, **changes})  # type: ignore[arg-type]


def recommendation_id(kind: Kind, source: str, target: str, anchor: str) -> str:
    """Return the stable id of an edit: ten hex digits of what it is, case and space folded."""
    folded = re.sub(r"\s+", " ", anchor).strip().casefold()
    key = f"{kind}\n{source}\n{target}\n{folded}"
    return hashlib.sha256(key.encode()).hexdigest()[:10]


# --- Allocation -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Proof that a choice is optimal under its budgets: primal, dual bound and their gap.

    ``slot_prices`` is the dual price of one more slot: "source URL" -> value a slot would add.
    """

    primal: float
    dual: float
    gap: float  # (dual - primal) / dual: a share, whatever the unit of value
    feasible: bool
    chosen: int
    considered: int
    pagerank_predicted: float = 0.0  # sum of single-edit gains of the chosen adds, log units
    pagerank_realised: float = 0.0  # the joint gain when all are written
    slot_prices: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All recommendations for one target."""

    case: TargetCase
    recommendations: tuple[Recommendation, ...] = ()


# --- Adoption and effect --------------------------------------------------------------------


class Role(StrEnum):
    """Which end of the new link a measured page is."""

    TARGET = "target"
    SOURCE = "source"


class Verdict(StrEnum):
    """What an effect reading may be called."""

    EARLY = "early"  # 7-10 days: never a win
    NO_CLEAR_CHANGE = "no_clear_change"
    UP = "up"
    DOWN = "down"
    NOT_ENOUGH_DATA = "not_enough_data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The change of one page (or a pooled batch: ``page`` is "") against untouched pages.

    ``change``, ``low`` and ``high`` are log ratios (0 = none); None where data do not suffice, and
    then ``why`` says what is missing. ``detectable`` is the smallest rise that could be seen.
    """

    batch: str  # ISO week of adoption, e.g. 2026-W31
    page: str
    role: Role
    metric: str  # impressions or clicks
    pages: int  # 1, or the number pooled
    reading_day: int  # 10, 14 or 28 days after the clock started
    clock_start: date
    window: Window | None
    verdict: Verdict
    change: float | None = None
    low: float | None = None
    high: float | None = None
    donors: int = 0
    false_alarm_rate: float | None = None  # of this estimator on the property's untouched pages
    detectable: float | None = None
    why: str = ""
    measured_at: datetime

    @property
    def days_read(self) -> int:
        """Days after the clock's start that were read: an early reading may have fewer than 10."""
        return min(self.window.days, self.reading_day) if self.window else self.reading_day


# --- Mail and runs --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A rendered mail; ``message_id`` is the same whenever the same digest is sent again."""

    subject: str
    text: str
    html: str
    sender: str
    message_id: str


class DeliveryState(StrEnum):
    """How far the delivery of a digest to one recipient has come."""

    CLAIMED = "claimed"  # ours to send; nothing has been handed over: safe to try again
    SENDING = "sending"  # the server may have it: never send again by itself
    SENT = "sent"
    FAILED = "failed"  # refused for now; the next run tries again
    REFUSED = "refused"  # refused for good


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One recipient of one digest."""

    period: str  # ISO week, e.g. 2026-W47
    recipient: str
    state: DeliveryState
    changed_at: datetime
    attempts: int = 0
    error: str = ""


class Outcome(StrEnum):
    """How a run ended."""

    RUNNING = "running"
    DONE = "done"
    PARTIAL = "partial"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a command over one property."""

    id: str
    command: str
    started_at: datetime
    ended_at: datetime | None = None
    outcome: Outcome = Outcome.RUNNING
    summary: str = ""
    certificate: Certificate | None = None
