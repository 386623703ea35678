"""Aftermath: which edits the crawl saw live or gone, and what they did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pandas as pd

from recommender.candidates.generic import is_generic
from recommender.frames import PAGE_SEARCH
from recommender.measure.adoption import detect, editors_own
from recommender.measure.effect import measure
from recommender.measure.holdout import exposed_pages, treated_pages, waiting_pages
from recommender.models import Effect, Recommendation, Status, Window
from recommender.passes.site import Site, pacific_day
from recommender.passes.study import on_pages
from recommender.urls import Identity

HISTORY_DAYS = 16 * 7  # of search data that readings look at, before and after


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What was known of the site before a new crawl: its links ever seen, and its pages."""

    history: pd.DataFrame  # LINK_HISTORY
    visited: frozenset[str]


def known_before(site: Site) -> Before:
    """Return what the stored crawls say, to hold a new crawl against."""
    earlier = site.facts.earlier_crawl()
    visited: list[str] = []
    if earlier is not None:
        visited = earlier.pages.loc[earlier.pages["status"] == 200, "url"].tolist()
    return Before(history=site.facts.link_history(), visited=frozenset(visited))


def adopt(site: Site, before: Before) -> list[Recommendation]:
    """Save and return the recommendations that the new crawl shows live, gone or impossible."""
    snapshot = site.facts.crawl()
    if snapshot is None:
        return []
    with site.narrator.stage("adoption") as stage:
        identity = Identity.of(snapshot.pages)
        known = site.decisions.recommendations()
        changed = detect(known, snapshot, identity=identity.page, now=site.now, generic=is_generic)
        own = editors_own(
            before.history,
            snapshot,
            known=known,
            visited_before=before.visited,
            identity=identity.page,
            now=site.now,
        )
        site.decisions.save([*changed, *own])
        stage.say(_adoption_line(changed, own))
    return [*changed, *own]


def _adoption_line(changed: Sequence[Recommendation], own: Sequence[Recommendation]) -> str:
    counts = {
        "went live": sum(r.status is Status.LIVE for r in changed),
        "by an editor alone": len(own),
        "removed": sum(r.status is Status.REMOVED for r in changed),
        "restored": sum(r.status is Status.RESTORED for r in changed),
        "expired": sum(r.status is Status.EXPIRED for r in changed),
    }
    said = [f"{count} {what}" for what, count in counts.items() if count]
    return ", ".join(said) or "nothing new"


def read_effects(site: Site) -> list[Effect]:
    """Save and return the readings that are due of everything that went live."""
    with site.narrator.stage("measure") as stage:
        effects = _effects(site)
        site.decisions.save_effects(effects)
        stage.say(f"{len(effects)} readings" if effects else "no reading is due")
    return effects


def _effects(site: Site) -> list[Effect]:
    known = site.decisions.recommendations()
    treated = treated_pages(known, day_of=pacific_day)
    snapshot = site.facts.crawl(as_of=site.as_of)
    days = site.facts.search_days(as_of=site.as_of)
    final = [pd.Timestamp(day).date() for day in days.loc[days["final"], "day"]]
    if not treated or snapshot is None or not final:
        return []
    identity = Identity.of(snapshot.pages)
    window = Window(start=max(final) - timedelta(days=HISTORY_DAYS - 1), end=max(final))
    searched = site.facts.page_search(window, as_of=site.as_of)
    links = snapshot.links.assign(
        source=identity.pages(snapshot.links["source"]),
        target=identity.pages(snapshot.links["target"]),
    )
    return measure(
        page_search=on_pages(searched, identity, PAGE_SEARCH),
        final_days=[day for day in final if day in window],
        treated=treated,
        excluded=exposed_pages(known, links),
        waiting=waiting_pages(known),
        now=site.now,
        seed=site.config.recommend.seed,
    )
