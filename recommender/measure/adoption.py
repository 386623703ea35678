"""Adoption: which edits a crawl proves made, undone or no longer possible.

Only a source that was fetched with status 200 proves anything; one that was not visited or failed
leaves every status as it is. Only the content region counts, whatever words the editor chose.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from recommender.languages import says_nothing as only_function_words
from recommender.models import (
    NEW_LINKS,
    OPEN,
    PAST,
    STANDING,
    TRANSITIONS,
    CrawlSnapshot,
    Kind,
    Origin,
    Reason,
    Recommendation,
    Region,
    Status,
    recommendation_id,
)
from recommender.text import folded, sentences, squeezed, words

OK = 200
REDIRECTS = frozenset({301, 302, 307, 308})
GONE = REDIRECTS | {404, 410}
"""Statuses that say a page is elsewhere or nowhere; any other failure may pass."""

Identity = Callable[[str], str | None]
"""The crawled page that a URL means, None where there is none."""


def says_nothing(anchor: str) -> bool:
    """Tell whether ``anchor`` has no word but function words."""
    return only_function_words(words(anchor))


def detect(
    recommendations: Iterable[Recommendation],
    snapshot: CrawlSnapshot,
    *,
    identity: Identity,
    now: datetime,
    generic: Callable[[str], bool] = says_nothing,
) -> list[Recommendation]:
    """Return the recommendations whose status the crawl changes, in their new status.

    Made: live (or restored), with the editor's words. Undone: removed. No longer possible while
    open: expired. Of several adds for one source and target, one link adopts one: the one whose
    words it uses, else the one still open; the others expire.
    """
    seen = _seen(snapshot, identity, generic)
    by_pair: defaultdict[tuple[str, str], list[Recommendation]] = defaultdict(list)
    for recommendation in recommendations:
        by_pair[seen.pair(recommendation)].append(recommendation)
    changed: list[Recommendation] = []
    for rivals in by_pair.values():
        adds = [r for r in rivals if r.kind in NEW_LINKS]
        others = [r for r in rivals if r.kind not in NEW_LINKS]
        groups = [adds, *([other] for other in others)]
        changed += [new for group in groups if group for new in _settled(group, seen, now)]
    return changed


def editors_own(
    history: pd.DataFrame,
    snapshot: CrawlSnapshot,
    *,
    known: Iterable[Recommendation],
    visited_before: Collection[str],
    identity: Identity,
    now: datetime,
) -> list[Recommendation]:
    """Return, as live edits of the editor's, the new content links that nobody proposed.

    ``history`` is LINK_HISTORY as it was before this crawl, ``visited_before`` the pages that the
    crawl before fetched: on a page seen for the first time no link is known to be new, and so on
    a first crawl none is. Only links to pages that some recommendation is about count. One per
    source and target.
    """
    known = list(known)
    seen = _seen(snapshot, identity, says_nothing)
    taken = {seen.pair(recommendation) for recommendation in known}
    taken |= set(
        zip(map(seen.page, history["source"]), map(seen.page, history["target"]), strict=True)
    )
    wanted = {target for _, target in map(seen.pair, known)}
    before = {seen.page(url) for url in visited_before}
    return [
        _found(seen, links[0], now)
        for (source, target), links in seen.links.items()
        if target in wanted
        and source in before
        and source != target
        and (source, target) not in taken
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    """One content link as it stands."""

    source: str
    target: str
    anchor: str
    block: int
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What a crawl shows: statuses, content links per pair of pages, the texts of blocks."""

    identity: Identity
    generic: Callable[[str], bool]
    status: Mapping[str, int]
    indexable: Mapping[str, bool]
    links: Mapping[tuple[str, str], list[_Link]]
    texts: Mapping[str, Mapping[int, str]]
    titles: Mapping[str, str]

    def page(self, url: str) -> str:
        """Return the page that ``url`` means, itself where it means none."""
        return self.identity(url) or url

    def pair(self, recommendation: Recommendation) -> tuple[str, str]:
        """Return the pages that a recommendation joins."""
        return self.page(recommendation.source), self.page(recommendation.target)

    def between(self, recommendation: Recommendation) -> list[_Link]:
        """Return the content links of its source to its target."""
        return self.links.get(self.pair(recommendation), [])

    def fetched(self, recommendation: Recommendation) -> bool:
        """Tell whether its source itself was fetched, so that what is missing is missing."""
        return self.status.get(recommendation.source) == OK


def _seen(snapshot: CrawlSnapshot, identity: Identity, generic: Callable[[str], bool]) -> _Seen:
    pages, blocks = snapshot.pages, snapshot.blocks
    content = snapshot.links[snapshot.links["region"] == Region.CONTENT]
    links: defaultdict[tuple[str, str], list[_Link]] = defaultdict(list)
    columns = (content[name] for name in ("source", "target", "anchor", "block", "start"))
    for source, target, anchor, block, start in zip(*columns, strict=True):
        pair = (identity(source) or source, identity(target) or target)
        link = _Link(
            source=pair[0], target=pair[1], anchor=str(anchor), block=int(block), start=int(start)
        )
        links[pair].append(link)
    texts: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for page, ordinal, text in zip(blocks["page"], blocks["ordinal"], blocks["text"], strict=True):
        texts[page][int(ordinal)] = text
    return _Seen(
        identity=identity,
        generic=generic,
        status={url: int(s) for url, s in zip(pages["url"], pages["status"], strict=True)},
        indexable=dict(zip(pages["url"], map(bool, pages["indexable"]), strict=True)),
        links=links,
        texts=texts,
        titles=dict(zip(pages["url"], pages["title"], strict=True)),
    )


def _settled(
    rivals: Sequence[Recommendation], seen: _Seen, now: datetime
) -> Iterable[Recommendation]:
    """Yield what becomes of recommendations of which at most one can have been followed."""
    standing = [r for r in rivals if r.status in STANDING]
    winner = None
    if not standing:
        made = [(r, link) for r in rivals if (link := _made(r, seen)) is not None]
        winner = min(made, key=_claim, default=None)
    if winner is not None:
        followed, link = winner
        back = followed.status is Status.REMOVED
        yield followed.to(Status.RESTORED if back else Status.LIVE, now, live_anchor=link.anchor)
    for recommendation in rivals:
        if winner is not None and recommendation is winner[0]:
            continue
        if recommendation in standing:
            if _undone(recommendation, seen):
                yield recommendation.to(Status.REMOVED, now)
        elif recommendation.status in OPEN:
            linked = winner is not None or any(not _undone(r, seen) for r in standing)
            because = "the page has the link now" if linked else _impossible(recommendation, seen)
            if because:
                yield _left(recommendation, because, now)


def _claim(made: tuple[Recommendation, _Link]) -> tuple[bool, bool, bool, str]:
    """Return how well a link answers a recommendation; the least claims it."""
    recommendation, link = made
    return (
        folded(recommendation.anchor) != folded(link.anchor),
        recommendation.status not in OPEN,
        recommendation.status is not Status.REMOVED,
        recommendation.id,
    )


def _made(recommendation: Recommendation, seen: _Seen) -> _Link | None:
    """Return the link that shows the edit made, None where it is not."""
    following = TRANSITIONS[recommendation.status]
    if not following & STANDING:
        return None
    links = seen.between(recommendation)
    if recommendation.kind is Kind.REMOVE:
        gone = seen.fetched(recommendation) and not _with_old_words(recommendation, links)
        return _no_link(recommendation) if gone else None
    if recommendation.kind is Kind.CHANGE_ANCHOR:
        if _with_old_words(recommendation, links):
            return None
        links = [link for link in links if not seen.generic(link.anchor)]
    wanted = folded(recommendation.anchor)
    return min(links, key=lambda link: folded(link.anchor) != wanted, default=None)


def _undone(recommendation: Recommendation, seen: _Seen) -> bool:
    """Tell whether the page, fetched again, proves that a standing edit stands no more."""
    if not seen.fetched(recommendation):
        return False
    links = seen.between(recommendation)
    if recommendation.kind is Kind.REMOVE:
        return bool(_with_old_words(recommendation, links))
    return not links


def _left(recommendation: Recommendation, because: str, now: datetime) -> Recommendation:
    """Return an open edit as one that left the list, with the reason why."""
    kept = tuple(reason for reason in recommendation.reasons if reason.signal != PAST)
    why = Reason(signal=PAST, value=0.0, weight=0.0, evidence=because)
    return recommendation.to(Status.EXPIRED, now, reasons=(*kept, why))


def _impossible(recommendation: Recommendation, seen: _Seen) -> str:
    """Return why an open edit cannot be made any more, "" where it can."""
    source, target = recommendation.source, recommendation.target
    for page, which in ((source, "it stands on"), (target, "it leads to")):
        status = seen.status.get(page)
        if status in GONE:
            return f"the page {which} {'redirects' if status in REDIRECTS else 'is gone'} now"
    if seen.status.get(target) == OK and not seen.indexable[target]:
        no_target = recommendation.kind is not Kind.REMOVE
        return "the page it leads to may not be indexed now" if no_target else ""
    if not seen.fetched(recommendation) or recommendation.kind is Kind.REMOVE:
        return ""
    if recommendation.kind is Kind.CHANGE_ANCHOR:
        return "" if seen.between(recommendation) else "the link to change is gone"
    sentence = squeezed(recommendation.sentence)
    texts = seen.texts.get(source, {}).values()
    return "" if any(sentence in squeezed(text) for text in texts) else "its sentence is gone"


def _with_old_words(recommendation: Recommendation, links: Sequence[_Link]) -> list[_Link]:
    """Return the links with the words that were to go; all, where a removal names no words."""
    old = folded(recommendation.old_anchor)
    if recommendation.kind is Kind.REMOVE:
        old = old or folded(recommendation.anchor)
        if not old:
            return list(links)
    return [link for link in links if folded(link.anchor) == old]


def _no_link(recommendation: Recommendation) -> _Link:
    return _Link(
        source=recommendation.source, target=recommendation.target, anchor="", block=-1, start=-1
    )


def _found(seen: _Seen, link: _Link, now: datetime) -> Recommendation:
    sentence, anchor_start = _sentence(seen.texts.get(link.source, {}).get(link.block, ""), link)
    return Recommendation(
        id=recommendation_id(Kind.ADD, link.source, link.target, link.anchor),
        kind=Kind.ADD,
        source=link.source,
        target=link.target,
        anchor=link.anchor,
        sentence=sentence,
        anchor_start=anchor_start,
        block=link.block,
        score=0.0,
        page_score=0.0,
        passage_score=0.0,
        anchor_score=0.0,
        value=0.0,
        source_title=seen.titles.get(link.source, ""),
        target_title=seen.titles.get(link.target, ""),
        status=Status.LIVE,
        origin=Origin.EDITOR,
        created_at=now,
        changed_at=now,
        live_at=now,
        live_anchor=link.anchor,
    )


def _sentence(text: str, link: _Link) -> tuple[str, int]:
    """Return the sentence that holds the anchor and its offset there; the bare anchor if none."""
    end = link.start + len(link.anchor)
    if link.start >= 0 and text[link.start : end] == link.anchor:
        for first, last in sentences(text):
            if first <= link.start and end <= last:
                return text[first:last], link.start - first
    return link.anchor, 0
