"""Adoption: which edits the crawl saw live or gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from recommender.candidates.generic import is_generic
from recommender.measure.adoption import detect, editors_own
from recommender.models import Origin, Recommendation, Status
from recommender.passes.site import Site
from recommender.text import primary
from recommender.urls import Identity


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
    known = site.decisions.recommendations()
    snapshot = site.facts.crawl(beside_content={edit.source for edit in known}) if known else None
    if snapshot is None:
        return []
    with site.narrator.stage("adoption") as stage:
        identity = Identity.of(snapshot.pages)
        spoken = {primary(language) for language in snapshot.pages["language"]}
        changed = detect(
            known,
            snapshot,
            identity=identity.page,
            now=site.now,
            generic=lambda anchor: any(
                is_generic(anchor, language) for language in {*spoken, "en"}
            ),
        )
        own = editors_own(
            before.history,
            snapshot,
            known=known,
            visited_before=before.visited,
            identity=identity.page,
            now=site.now,
        )
        saved = site.decisions.save([*changed, *own], since=known)
        stage.say(_adoption_line(saved))
    return saved


def _adoption_line(changed: Sequence[Recommendation]) -> str:
    live = [r for r in changed if r.status is Status.LIVE]
    counts = {
        "went live": sum(r.origin is Origin.LINKWRIGHT for r in live),
        "by an editor alone": sum(r.origin is Origin.EDITOR for r in live),
        "removed": sum(r.status is Status.REMOVED for r in changed),
        "restored": sum(r.status is Status.RESTORED for r in changed),
        "expired": sum(r.status is Status.EXPIRED for r in changed),
    }
    said = [f"{count} {what}" for what, count in counts.items() if count]
    return ", ".join(said) or "nothing new"
