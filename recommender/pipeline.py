"""In what order: gather, then think, then tell, and later look what became of it.

::

    ingest -> store -> signals -> candidates -> allocate -> report -> notify
                         ^                                   |
                         +--------------- measure <----------+

Gathering and judging are two halves that run apart: :func:`recommend` decides on stored facts and
a given instant alone, so any decision can be replayed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recommender.allocate.plan import allocate
from recommender.candidates.proposals import Ask, place_pairs, propose
from recommender.candidates.targets import one_target
from recommender.candidates.topic_map import topic_map
from recommender.errors import UnknownPage
from recommender.frames import CANDIDATES
from recommender.measure.acceptance import learned
from recommender.measure.holdout import iso_week
from recommender.models import (
    NEW_LINKS,
    OPEN,
    Certificate,
    Effect,
    Plan,
    Recommendation,
    Status,
    TargetCase,
    Topic,
)
from recommender.passes import adoption, aftermath, gather, inspections
from recommender.passes.choose import (
    Choice,
    as_edit,
    budgets,
    choose,
    earlier,
    edits_for,
    judged,
    taught,
)
from recommender.passes.mail import Sent, weekly_digest
from recommender.passes.recheck import LastLook, last_look
from recommender.passes.site import Site
from recommender.passes.study import Reading, Study, ask, read_site, study
from recommender.passes.survey import survey
from recommender.report.cards import places
from recommender.report.faults import SiteFaults
from recommender.report.target import TargetReport, target_report
from recommender.report.words import counted
from recommender.urls import nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What a daily run did."""

    pulled: gather.Pulled
    crawl: gather.Crawled
    adopted: tuple[Recommendation, ...]
    effects: tuple[Effect, ...]
    choice: Choice

    @property
    def missing(self) -> str:
        """What the run could not get, "" where it got everything."""
        lacking = []
        if self.pulled.stopped:
            days = f"{self.pulled.missing} days of " if self.pulled.newest else ""
            lacking.append(f"{days}search data: {self.pulled.stopped}")
        if not self.crawl.complete:
            lacking.append("a part of the site: " + "; ".join(self.crawl.notes))
        return "\n".join(lacking)

    @property
    def certificate(self) -> Certificate:
        """The proof of the week's choice."""
        return self.choice.certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOff:
    """What is known and proposed of one target: as data, and as its report says it."""

    plan: Plan
    report: TargetReport


def daily(site: Site) -> Day:
    """Pull, crawl, see what went live, measure it, and choose the week's edits anew.

    Idempotent: a second run on the same day changes nothing but what the site changed.
    """
    site.values()  # a fault in the owner's file ends the run before it visits anybody
    pulled = gather.pull(site)
    before = adoption.known_before(site)
    crawled = gather.crawl(site, pulled.sitemaps)
    adopted = adoption.adopt(site, before)
    effects = aftermath.read_effects(site)
    choice = recommend(site)
    if inspections.inspect(site):  # some of the pages chosen are blocked, says Google
        choice = recommend(site)
    return Day(
        pulled=pulled,
        crawl=crawled,
        adopted=tuple(adopted),
        effects=tuple(effects),
        choice=choice,
    )


def recommend(site: Site, *, keep: bool = True) -> Choice:
    """Choose the week's edits from stored facts; ``keep`` saves them as proposed and postponed."""
    with site.narrator.stage("read") as stage:
        reading = read_site(site)
        stage.say(
            f"{len(reading.corpus.pages):,} pages, {len(reading.corpus.sentence_text):,} "
            f"sentences, {len(reading.corpus.content_edges):,} content links"
        )
    with site.narrator.stage("recommend") as stage:
        known = study(site, reading, _draws(site))
        past = earlier(site)
        chosen = choose(taught(site, past), known, past, _draws(site))
        if keep:
            changed = [*chosen.proposed, *chosen.waiting, *chosen.expired]
            site.decisions.save(changed, since=past)
        stage.say(
            f"{counted(len(chosen.proposed), 'edit')} for "
            f"{counted(len({r.target for r in chosen.proposed}), 'target')} from "
            f"{counted(chosen.considered, 'candidate')}; waiting: {len(chosen.waiting)}, "
            f"to fix first: {len(chosen.fix_first)}"
        )
    return chosen


def weekly(site: Site) -> Sent:
    """Send this week's digest once, whatever happens, see :func:`weekly_digest`."""

    def look(period: str) -> LastLook:
        return last_look(site, period, lambda: recommend(site))

    return weekly_digest(site, _draws(site), look)


def measure(site: Site) -> list[Effect]:
    """Read the effects that are due of everything that went live."""
    return aftermath.read_effects(site)


def one_off(site: Site, url: str) -> OneOff:
    """Return the diagnosis and plan of one target, whatever its need; nothing is saved.

    Raises UnknownPage with the nearest known URLs.
    """
    with site.narrator.stage("read"):
        reading = read_site(site)
    with site.narrator.stage("judge"):
        page = _page(reading, url)
        known = study(site, reading, _draws(site))
        case = judged(known, one_target(known.targets, page))
        past = earlier(site)
        edits = _best_edits(taught(site, past), known, case) if case.passed else ()
    taught_note = learned(past, site.config.recommend.min_score).note
    plan = Plan(case=case, recommendations=edits)
    report = target_report(
        site=site.config.site,
        as_of=site.today,
        window=reading.window,
        plan=plan,
        notes=(*reading.notes, *filter(None, [taught_note])),
        places=places(edits, reading.snapshot.blocks),
        titles=dict(zip(reading.corpus.pages, reading.corpus.titles, strict=True)),
    )
    return OneOff(plan=plan, report=report)


def faults(site: Site) -> SiteFaults:
    """Return all that is wrong with the site by our rules, from stored facts."""
    with site.narrator.stage("read"):
        reading = read_site(site)
    with site.narrator.stage("judge"):
        return survey(site, study(site, reading, _draws(site)))


def topics(site: Site) -> list[Topic]:
    """Return the site's topics, and what the edits that are open would make of their links."""
    reading = read_site(site)
    opened = site.decisions.recommendations(OPEN - {Status.POSTPONED})
    impressions = reading.signals["impressions"].to_numpy(np.int64)
    return topic_map(
        reading.corpus,
        reading.topics,
        None if reading.page_totals is None else impressions,
        [(edit.source, edit.target) for edit in opened if edit.kind in NEW_LINKS],
    )


def candidates(site: Site, *, top: int, all_targets: bool) -> pd.DataFrame:
    """Return CANDIDATES, the best place on each source before all rules.

    ``all_targets`` takes every page as a target; else those that would be chosen and pass the
    gate.
    """
    reading = read_site(site)
    if all_targets:
        rows: Sequence[int] = range(len(reading.corpus.pages))
    else:
        chosen = choose(site, study(site, reading, _draws(site)), (), _draws(site))
        rows = [reading.corpus.row[case.url] for case in chosen.cases if case.passed]
    with site.narrator.stage("candidates") as stage:

        def asks() -> Iterator[Ask]:
            for done, row in enumerate(rows):
                stage.progress(done, len(rows))
                yield ask(reading, row)

        found = propose(reading.sources, asks(), top=top, lawful=False)
        stage.say(f"{len(found):,} candidates for {len(rows):,} targets")
    return found


def place(site: Site, pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Return CANDIDATES with the best place for each (source, target) pair of URLs.

    Raises UnknownPage. One row per pair, in their order.
    """
    reading = read_site(site)
    asked = [(_page(reading, source), _page(reading, target)) for source, target in pairs]
    by_target: dict[int, list[int]] = {}
    for source, target in asked:
        sources = by_target.setdefault(reading.corpus.row[target], [])
        sources.append(reading.corpus.row[source])
    found = [
        place_pairs(reading.sources, ask(reading, target), list(dict.fromkeys(sources)))
        for target, sources in by_target.items()
    ]
    if not found:
        return CANDIDATES.empty()
    by_pair = pd.concat(found).set_index(["source", "target"], drop=False)
    return by_pair.loc[asked].reset_index(drop=True)


def _page(reading: Reading, url: str) -> str:
    page = reading.identity.page(url)
    if page is None or page not in reading.corpus.row:
        raise UnknownPage(url, nearest(url, reading.corpus.pages))
    return page


def _best_edits(site: Site, known: Study, case: TargetCase) -> tuple[Recommendation, ...]:
    """Return the edits that one target would get if it were the only one."""
    edits = {edit.id: edit for edit in edits_for(site, known, [case])}
    limits = budgets(known, (), site.config.recommend, site.now)
    chosen = allocate([as_edit(edit) for edit in edits.values()], limits, _draws(site)).chosen
    return tuple(edits[key] for key in chosen)


def _draws(site: Site) -> np.random.Generator:
    """Return the week's random numbers: the same for every run of one ISO week."""
    week = int(iso_week(site.today).replace("-W", ""))
    return np.random.default_rng([site.config.recommend.seed, week])
