"""Choosing: from all targets to the week's few edits, and what becomes of last week's ideas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from recommender.allocate.plan import Allocation, allocate
from recommender.allocate.value import Budgets, Edit, source_capacity
from recommender.candidates.diagnosis import diagnose
from recommender.candidates.edits import Valuation, additions, new_words
from recommender.candidates.gate import best_relevance, gate
from recommender.candidates.proposals import propose
from recommender.candidates.rivals import given_up
from recommender.candidates.sentences import needed_sentences
from recommender.candidates.targets import find_targets
from recommender.config import RecommendConfig
from recommender.graph import gains_of_targets, joint_gain
from recommender.measure.acceptance import learned
from recommender.models import (
    NEW_LINKS,
    STANDING,
    Certificate,
    Kind,
    Recommendation,
    Status,
    TargetCase,
)
from recommender.passes.causes import Grounds, why_left
from recommender.passes.life import FRESH, HELD, Past, left_because
from recommender.passes.site import Site
from recommender.passes.study import Study, ask
from recommender.text import folded

LOOKED_AT = 10  # targets judged at a time, for each that fits the week
LOOKED_AT_MOST = 30
ENOUGH_TARGETS = 3  # targets with edits for each that fits the week
SOURCES = 50  # source pages looked at for one target
BUSY = frozenset({Status.MAILED, Status.ACCEPTED})
"""Statuses of an edit that is in the reader's hands: its slot is taken, one that rests has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The week as chosen: judged targets, the edits proposed and those that wait, and the proof."""

    cases: tuple[TargetCase, ...]  # every target looked at, most need first
    proposed: tuple[Recommendation, ...]
    waiting: tuple[Recommendation, ...]  # the best edit of each target that lost the draw
    expired: tuple[Recommendation, ...]  # proposed before and no longer good enough
    certificate: Certificate
    considered: int

    @property
    def fix_first(self) -> tuple[TargetCase, ...]:
        """The targets that links cannot help, most need first."""
        return tuple(case for case in self.cases if not case.passed)


def choose(
    site: Site, known: Study, earlier: Sequence[Recommendation], rng: np.random.Generator
) -> Choice:
    """Return the edits of the week under the budgets, given all ``earlier`` recommendations."""
    past = Past.of(site, earlier)
    limits = budgets(known, past.edits, site.config.recommend, site.now)
    cases, free = _looked_at(site, past.heeded(known), past, limits)
    held = {r.id: r for r in past.edits if r.status in (Status.PROPOSED, Status.POSTPONED)}
    drawn = {r.target for r in held.values() if r.status is Status.PROPOSED}
    allocation = allocate([_held(edit, held) for edit in free], limits, rng, drawn=drawn)
    by_id = {edit.id: edit for edit in free}
    proposed = tuple(_kept(by_id[key], past, Status.PROPOSED) for key in allocation.chosen)
    waiting = _waiting([e for e in free if limits.allows(as_edit(e))], allocation, past, held)
    corpus = known.reading.corpus
    grounds = Grounds.of(
        corpus=corpus,
        cases=cases,
        free=free,
        past=past,
        limits=limits,
        waiting=allocation.draw.waiting,
    )
    return Choice(
        cases=tuple(cases),
        proposed=proposed,
        waiting=waiting,
        expired=_expired(past, {r.id for r in (*proposed, *waiting)}, grounds),
        certificate=_with_gains(allocation.certificate, proposed, known, len(free)),
        considered=len(free),
    )


def _looked_at(
    site: Site, known: Study, past: Past, limits: Budgets
) -> tuple[list[TargetCase], list[Recommendation]]:
    """Return the targets judged and the edits they may get, most need first.

    Goes down the list until three times the week's targets have an edit that the budgets allow, so
    that there is something to draw from, or until 30 times the week's targets were judged.
    """
    week = site.config.recommend.targets_per_week
    found = find_targets(known.targets)[: LOOKED_AT_MOST * week]
    cases: list[TargetCase] = []
    free: list[Recommendation] = []
    for first in range(0, len(found), LOOKED_AT * week):
        here = [judged(known, case) for case in found[first : first + LOOKED_AT * week]]
        cases += here
        possible = edits_for(site, known, [case for case in here if case.passed])
        free += past.free(possible)
        if len({e.target for e in free if limits.allows(as_edit(e))}) >= ENOUGH_TARGETS * week:
            break
    return cases, free


def earlier(site: Site) -> list[Recommendation]:
    """Return all recommendations, in the status that each had at ``site.as_of``.

    A replay must not know what became of its own proposals later.
    """
    known = site.decisions.recommendations()
    if site.as_of is None:
        return known
    found = []
    for recommendation in known:
        steps = [s for s in site.decisions.history(recommendation.id) if s[1] <= site.as_of]
        if steps:
            status, at = steps[-1]
            found.append(replace(recommendation, status=status, changed_at=at))
    return found


def taught(site: Site, earlier: Iterable[Recommendation]) -> Site:
    """Return the site with the bar that its readers' answers raised, see measure/acceptance."""
    recommend = site.config.recommend
    bar = learned(earlier, recommend.min_score).min_score
    changed = recommend.model_copy(update={"min_score": bar})
    return replace(site, config=site.config.model_copy(update={"recommend": changed}))


def judged(known: Study, case: TargetCase) -> TargetCase:
    """Return a target with its gate checks, its ledger and its patterns."""
    corpus = known.reading.corpus
    best = best_relevance(corpus, corpus.row[case.url])
    checks = gate(
        case,
        corpus=corpus,
        pages=known.reading.snapshot.pages,
        norms=known.norms,
        best_relevance=best,
        inspected=known.reading.inspections.get(case.url),
    )
    return diagnose(replace(case, checks=checks), corpus=corpus, links=known.links)


def edits_for(site: Site, known: Study, cases: Sequence[TargetCase]) -> list[Recommendation]:
    """Return every lawful edit for the targets that is good enough, in no order that matters."""
    reading = known.reading
    rows = np.array([reading.corpus.row[case.url] for case in cases], np.int64)
    gains = gains_of_targets(reading.graph, reading.ranks, rows)
    valuation = Valuation(
        cases={case.url: case for case in cases},
        gains={case.url: gains[index] for index, case in enumerate(cases)},
        impressions=dict(
            zip(reading.signals["page"], reading.signals["impressions"].tolist(), strict=True)
        ),
        window_days=known.targets.window.days,
        now=site.now,
    )
    null = known.norms.null_relevance
    asks = (ask(reading, int(row), null=null) for row in rows)
    candidates = propose(reading.sources, asks, top=SOURCES, lawful=True)
    edits = additions(candidates, reading.sources, valuation)
    for case in cases:
        edits += new_words(case, reading.sources, valuation)
    least = site.config.recommend.min_score
    good = [edit for edit in edits if edit.score >= least and edit.value > 0]
    named = {edit.target for edit in good}
    for row, case in zip(rows.tolist(), cases, strict=True):
        if case.url not in named:
            asked = ask(reading, row, null=null)
            written = needed_sentences(case, asked, reading.sources, valuation)
            good += [edit for edit in written if edit.score >= least and edit.value > 0]
    leaving = given_up(known.norms.rivalry, known.norms.standing)
    return [edit for edit in good if edit.source not in leaving]


def budgets(
    known: Study, earlier: Iterable[Recommendation], recommend: RecommendConfig, now: datetime
) -> Budgets:
    """Return the week's budgets: slots in the reader's hands are taken, edited sources rest."""
    earlier = list(earlier)
    busy = [r for r in earlier if r.status in BUSY]
    rested_since = now - timedelta(days=recommend.source_rest_days)
    live = [r for r in earlier if r.status in STANDING and r.live_at and r.live_at > rested_since]
    sources, targets = Counter(r.source for r in busy), Counter(r.target for r in (*busy, *live))
    return Budgets(
        targets_per_week=recommend.targets_per_week,
        edits_per_week=recommend.edits_per_week,
        sentences_per_week=recommend.sentences_per_week,
        links_per_target=recommend.links_per_target,
        links_per_source=recommend.links_per_source,
        source_capacity=_source_capacities(known, recommend, sources, {r.source for r in live}),
        target_capacity={
            page: max(0, recommend.links_per_target - count) for page, count in targets.items()
        },
        owners={folded(r.anchor): r.target for r in (*busy, *live) if r.anchor},
    )


def _source_capacities(
    known: Study, recommend: RecommendConfig, busy: Mapping[str, int], resting: set[str]
) -> dict[str, int]:
    corpus, signals = known.reading.corpus, known.reading.signals
    fence = known.links.thresholds.density_fence
    columns = zip(
        signals["page"],
        corpus.page_words.tolist(),
        signals["content_outlinks"].tolist(),
        strict=True,
    )
    return {
        page: max(
            0,
            source_capacity(
                words=words,
                content_links=links,
                density_ceiling=fence if np.isfinite(fence) else None,
                links_per_source=recommend.links_per_source,
                resting=page in resting,
            )
            - busy.get(page, 0),
        )
        for page, words, links in columns
    }


def as_edit(edit: Recommendation) -> Edit:
    """Return a recommendation as the program sees it."""
    return Edit(
        id=edit.id,
        target=edit.target,
        source=edit.source,
        block=edit.block,
        anchor=folded(edit.anchor) or None,
        value=edit.value,
        written=edit.kind is Kind.ADD_SENTENCE,
    )


def _held(edit: Recommendation, held: Mapping[str, Recommendation]) -> Edit:
    """Return a recommendation as the program sees it; one that is proposed already counts more."""
    seen = as_edit(edit)
    before = held.get(edit.id)
    if before is None or before.status is not Status.PROPOSED:
        return seen
    return replace(seen, value=seen.value * HELD)


def _kept(edit: Recommendation, past: Past, status: Status) -> Recommendation:
    """Return ``edit`` in ``status``, as the same idea as before where there was one."""
    site = past.site
    before = next((r for r in past.edits if r.id == edit.id), None)
    edit = past.remembered(edit)
    if before is None:
        return replace(edit, status=status)
    kept = replace(
        edit, status=before.status, created_at=before.created_at, changed_at=before.changed_at
    )
    if before.status is status:
        return kept
    if status is Status.POSTPONED and before.status is Status.EXPIRED:
        kept = kept.to(Status.PROPOSED, site.now)  # the machine has no shorter way
    return kept.to(status, site.now)


def _waiting(
    free: Sequence[Recommendation],
    allocation: Allocation,
    past: Past,
    held: Mapping[str, Recommendation],
) -> tuple[Recommendation, ...]:
    """Return the best edit of each target that waits; the one that waits already, where close."""
    best: dict[str, Recommendation] = {}
    worth = {edit.id: edit.value * (HELD if edit.id in held else 1.0) for edit in free}
    for edit in sorted(free, key=lambda e: (-worth[e.id], e.id)):
        if edit.target in allocation.draw.waiting:
            best.setdefault(edit.target, edit)
    return tuple(_kept(edit, past, Status.POSTPONED) for edit in best.values())


def _expired(past: Past, still: set[str], grounds: Grounds) -> tuple[Recommendation, ...]:
    """Return what was proposed, or has rested, and is not good enough now, each with its cause."""
    left = (r for r in past.edits if r.id in past.rested or r.status in FRESH - {Status.EXPIRED})
    gone = [r for r in left if r.id not in still]
    return tuple(
        left_because(
            r if r.status is Status.EXPIRED else r.to(Status.EXPIRED, past.site.now),
            why_left(r, grounds, as_edit(r)),
        )
        for r in gone
    )


def _with_gains(
    certificate: Certificate, proposed: Sequence[Recommendation], known: Study, considered: int
) -> Certificate:
    """Return the certificate with all that was considered, and what PageRank gains together."""
    row = known.reading.corpus.row
    adds = [r for r in proposed if r.kind in NEW_LINKS]
    gain = joint_gain(
        known.reading.graph,
        known.reading.ranks,
        np.array([row[r.source] for r in adds], np.int64),
        np.array([row[r.target] for r in adds], np.int64),
    )
    return replace(
        certificate,
        considered=considered,
        pagerank_predicted=gain.predicted,
        pagerank_realised=gain.realised,
    )
