"""Aftermath: what the edits did that went live."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd

from recommender.frames import PAGE_SEARCH
from recommender.measure.effect import measure
from recommender.measure.holdout import Treated, exposed_pages, treated_pages, waiting_pages
from recommender.models import CrawlSnapshot, Effect, Recommendation, Role, Window
from recommender.passes.searches import on_pages
from recommender.passes.site import Site, pacific_day
from recommender.urls import Identity

PLACEBO = "placebo"
HISTORY_DAYS = 16 * 7  # of search data that readings look at, before and after


def read_effects(site: Site) -> list[Effect]:
    """Save and return the readings that are due of everything that went live."""
    with site.narrator.stage("measure") as stage:
        known = site.decisions.recommendations()
        effects = _effects(site, known, treated_pages(known, day_of=pacific_day))
        site.decisions.save_effects(effects)
        stage.say(f"{len(effects)} readings" if effects else "no reading is due")
    return effects


def read_placebo(site: Site, pages: Sequence[str], live: date) -> list[Effect]:
    """Return what would be read of ``pages`` had they been linked on day ``live``: a placebo.

    Nothing is saved. Pages at the ends of edits that were made, and those that their targets link,
    are left out.
    """
    known = site.decisions.recommendations()
    snapshot = site.facts.crawl(as_of=site.as_of)
    reached = _reached(known, snapshot) if snapshot else frozenset()
    batch = [
        Treated(page=page, role=Role.TARGET, batch=PLACEBO, first_live=live, last_live=live)
        for page in pages
        if page not in reached
    ]
    return _effects(site, known, batch)


def _effects(
    site: Site, known: Sequence[Recommendation], treated: Sequence[Treated]
) -> list[Effect]:
    snapshot = site.facts.crawl(as_of=site.as_of)
    days = site.facts.search_days(as_of=site.as_of)
    final = [pd.Timestamp(day).date() for day in days.loc[days["final"], "day"]]
    if not treated or snapshot is None or not final:
        return []
    window = Window(start=max(final) - timedelta(days=HISTORY_DAYS - 1), end=max(final))
    searched = site.facts.page_search(window, as_of=site.as_of)
    return measure(
        page_search=on_pages(searched, Identity.of(snapshot.pages), PAGE_SEARCH),
        final_days=[day for day in final if day in window],
        treated=treated,
        excluded=_reached(known, snapshot),
        waiting=waiting_pages(known),
        now=site.now,
        seed=site.config.recommend.seed,
    )


def _reached(known: Sequence[Recommendation], snapshot: CrawlSnapshot) -> frozenset[str]:
    """Return the pages that an edit touched, or that its target passes something on to."""
    identity = Identity.of(snapshot.pages)
    links = snapshot.links.assign(
        source=identity.pages(snapshot.links["source"]),
        target=identity.pages(snapshot.links["target"]),
    )
    return exposed_pages(known, links)
