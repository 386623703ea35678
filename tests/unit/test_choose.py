"""The week's choice: what may come back, what the budgets hold, what becomes of older ideas."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import pytest

from recommender import pipeline
from recommender.models import (
    STANDING,
    CrawlSnapshot,
    DismissReason,
    Recommendation,
    Status,
)
from recommender.passes import adoption
from recommender.passes.choose import BUSY, Choice
from recommender.passes.site import Site
from recommender.ports import DecisionStore
from recommender.store.decisions import SqlDecisions
from recommender.store.migrate import open_engine
from recommender.text import folded
from tests.fakes import FakeDecisions
from tests.parsed_site import NOW, ROOT, at_work, crawled, works
from tests.records import visit_of

SMALL = {"targets_per_week": 2, "edits_per_week": 4, "links_per_target": 2}


@pytest.fixture
def decisions() -> DecisionStore:
    return FakeDecisions()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[DecisionStore]:
    engine = open_engine(f"sqlite:///{tmp_path / 'decisions.sqlite'}")
    yield SqlDecisions(engine, "test")
    engine.dispose()


@lru_cache(maxsize=1)
def eight_works() -> CrawlSnapshot:
    return crawled(works(8))


def usual(decisions: DecisionStore | None = None, **recommend: object) -> Site:
    return at_work(eight_works(), decisions=decisions, recommend={**SMALL, **recommend})


def pairs(recommendations: Iterable[Recommendation]) -> set[tuple[str, str]]:
    return {(r.source, r.target) for r in recommendations}


def moved(site: Site, edits: Iterable[Recommendation], *way: Status) -> list[Recommendation]:
    """Save ``edits`` after the steps of ``way``."""
    done = []
    for edit in edits:
        stepped = edit
        for status in way:
            stepped = stepped.to(status, site.now)
        done.append(stepped)
    site.decisions.save(done)
    return done


def test_the_choice_keeps_the_budgets_of_the_week(decisions: DecisionStore) -> None:
    chosen = pipeline.recommend(usual(decisions)).proposed
    assert 0 < len(chosen) <= 4
    assert len({r.target for r in chosen}) <= 2
    assert max(Counter(r.target for r in chosen).values()) <= 2
    assert max(Counter(r.source for r in chosen).values()) <= 2
    assert all(r.status is Status.PROPOSED for r in chosen)


def test_a_second_run_on_the_same_facts_changes_nothing(decisions: DecisionStore) -> None:
    first = pipeline.recommend(usual(decisions))
    before = {r.id: r for r in decisions.recommendations()}
    later = replace(usual(decisions), now=NOW + timedelta(hours=7))
    second = pipeline.recommend(later)
    assert [r.id for r in second.proposed] == [r.id for r in first.proposed]
    assert {r.id: r for r in decisions.recommendations()} == before
    assert second.expired == ()


def test_targets_that_lose_the_draw_wait(decisions: DecisionStore) -> None:
    chosen = pipeline.recommend(usual(decisions))
    assert chosen.waiting
    assert {r.status for r in chosen.waiting} == {Status.POSTPONED}
    assert not {r.target for r in chosen.waiting} & {r.target for r in chosen.proposed}
    assert len({r.target for r in chosen.waiting}) == len(chosen.waiting)


@pytest.mark.parametrize(
    "way",
    [
        (Status.MAILED,),
        (Status.MAILED, Status.ACCEPTED),
        (Status.MAILED, Status.DISMISSED),
        (Status.DISMISSED,),
        (Status.MAILED, Status.PARKED),
        (Status.LIVE,),
        (Status.LIVE, Status.REMOVED),
    ],
)
def test_what_the_reader_has_had_does_not_come_back(
    decisions: DecisionStore, way: tuple[Status, ...]
) -> None:
    site = usual(decisions)
    had = moved(site, pipeline.recommend(site).proposed, *way)
    for _ in range(2):
        again = pipeline.recommend(usual(decisions, targets_per_week=12, edits_per_week=99))
        assert not pairs(had) & pairs([*again.proposed, *again.waiting])
        assert not {r.id for r in had} & {r.id for r in again.expired}


def test_what_expired_in_the_reader_s_hands_may_come_back(decisions: DecisionStore) -> None:
    site = usual(decisions)
    had = moved(site, pipeline.recommend(site).proposed, Status.MAILED, Status.EXPIRED)
    again = pipeline.recommend(usual(decisions))
    assert {r.id for r in had} == {r.id for r in again.proposed}
    assert {r.status for r in again.proposed} == {Status.PROPOSED}
    assert [r.created_at for r in again.proposed] == [NOW] * len(had)


def test_slots_in_the_reader_s_hands_are_taken(decisions: DecisionStore) -> None:
    site = usual(decisions)
    for _ in range(4):
        moved(site, pipeline.recommend(site).proposed, Status.MAILED)
    open_now = decisions.recommendations([Status.MAILED])
    assert max(Counter(r.target for r in open_now).values()) <= 2
    assert max(Counter(r.source for r in open_now).values()) <= 2


def test_a_source_rests_after_an_edit_went_live(decisions: DecisionStore) -> None:
    site = usual(decisions)
    live = moved(site, pipeline.recommend(site).proposed, Status.LIVE)
    sources = {r.source for r in live}
    roomy = usual(decisions, targets_per_week=8, edits_per_week=20)
    soon = pipeline.recommend(replace(roomy, now=NOW + timedelta(days=27)), keep=False)
    assert not sources & {r.source for r in soon.proposed}
    later = pipeline.recommend(replace(roomy, now=NOW + timedelta(days=29)))
    assert sources & {r.source for r in [*later.proposed, *later.waiting]}


def test_an_idea_that_is_no_longer_good_enough_expires(decisions: DecisionStore) -> None:
    first = pipeline.recommend(usual(decisions))
    strict = pipeline.recommend(usual(decisions, min_score=1.0))
    assert strict.proposed == ()
    assert {r.id for r in strict.expired} == {r.id for r in [*first.proposed, *first.waiting]}
    assert {r.status for r in decisions.recommendations()} == {Status.EXPIRED}


def test_an_expired_idea_comes_back_when_it_is_good_again(decisions: DecisionStore) -> None:
    first = pipeline.recommend(usual(decisions))
    pipeline.recommend(usual(decisions, min_score=1.0))
    again = pipeline.recommend(usual(decisions))
    assert [r.id for r in again.proposed] == [r.id for r in first.proposed]
    assert {r.id for r in again.waiting} == {r.id for r in first.waiting}
    assert {r.created_at for r in again.proposed} == {NOW}


def test_a_choice_that_is_not_kept_leaves_no_trace(decisions: DecisionStore) -> None:
    assert pipeline.recommend(usual(decisions), keep=False).proposed
    assert decisions.recommendations() == []


def test_a_phrase_in_the_reader_s_hands_belongs_to_its_target() -> None:
    site = usual()
    chosen = pipeline.recommend(site).proposed
    moved(site, chosen, Status.MAILED)
    again = pipeline.recommend(usual(site.decisions, targets_per_week=12, edits_per_week=99))
    owners: dict[str, set[str]] = {}
    for edit in [*chosen, *again.proposed]:
        owners.setdefault(folded(edit.anchor), set()).add(edit.target)
    assert {len(targets) for targets in owners.values()} == {1}


def test_a_source_never_links_two_targets_with_the_same_words(decisions: DecisionStore) -> None:
    chosen = pipeline.recommend(usual(decisions, targets_per_week=12, edits_per_week=99)).proposed
    said = Counter((r.source, folded(r.anchor)) for r in chosen)
    assert max(said.values()) == 1


def test_excluded_pages_are_neither_source_nor_target() -> None:
    site = usual(exclude=("/paper-mill",), targets_per_week=12, edits_per_week=99)
    chosen = pipeline.recommend(site)
    ends = {end for r in [*chosen.proposed, *chosen.waiting] for end in (r.source, r.target)}
    assert ends
    assert ROOT + "/paper-mill" not in ends


def written(html: str, edit: Recommendation) -> str:
    """Return the page after an editor made the edit."""
    path = edit.target.removeprefix(ROOT)
    link = f'<a href="{path}">{edit.anchor}</a>'
    start = html.index(edit.sentence) + edit.anchor_start
    return html[:start] + link + html[start + len(edit.anchor) :]


def readers_turn(site: Site, html: dict[str, str], draw: random.Random) -> Iterator[Recommendation]:
    """Yield the edits that a reader changed, some of them written, some pages rewritten."""
    for edit in site.decisions.recommendations([Status.PROPOSED]):
        yield edit.to(Status.MAILED, site.now)
    for edit in site.decisions.recommendations(BUSY | {Status.PARKED}):
        act = draw.choice(["write", "accept", "dismiss", "park", "nothing", "rewrite"])
        path = edit.source.removeprefix(ROOT)
        if act == "write" and path in html and edit.sentence in html[path]:
            html[path] = written(html[path], edit)
        elif act == "rewrite" and path in html:
            html[path] = html[path].replace(edit.sentence, "All of this was written anew. " * 3)
        elif act == "accept" and edit.status is not Status.ACCEPTED:
            yield edit.to(Status.ACCEPTED, site.now)
        elif act == "dismiss":
            yield edit.to(Status.DISMISSED, site.now, dismissed_because=DismissReason.NOT_NOW)
        elif act == "park" and edit.status is not Status.PARKED:
            yield edit.to(Status.PARKED, site.now)


def day(site: Site, html: dict[str, str], now: datetime) -> Choice:
    """Crawl the site as it now is, notice what was made of the edits, and choose anew."""
    before = adoption.known_before(site)
    site.facts.write_crawl(visit_of(crawled(html, at=now)))
    adoption.adopt(site, before)
    return pipeline.recommend(site)


@pytest.mark.parametrize("seed", range(3))
def test_any_weeks_on_a_changing_site_can_be_saved(database: DecisionStore, seed: int) -> None:
    draw, html = random.Random(seed), works(8)
    decisions = database
    site = at_work(crawled(html), decisions=decisions, recommend={**SMALL, "source_rest_days": 7})
    for week in range(6):
        now = NOW + timedelta(weeks=week, hours=1)
        site = replace(site, now=now)
        chosen = day(site, html, now)
        known = decisions.recommendations()
        settled = [r for r in known if r.status not in (Status.PROPOSED, Status.POSTPONED)]
        settled = [r for r in settled if r.status is not Status.EXPIRED]
        assert not pairs(chosen.proposed) & pairs(settled)
        standing = [r for r in known if r.status in BUSY | STANDING | {Status.PROPOSED}]
        assert len(pairs(standing)) == len(standing)
        decisions.save(readers_turn(site, html, draw))
        if week == 3:
            del html["/wind-pump"]
    assert any(r.status is Status.LIVE for r in decisions.recommendations())
