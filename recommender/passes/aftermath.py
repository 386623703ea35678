"""Aftermath: what the edits did that went live."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import pandas as pd

from recommender.frames import PAGE_SEARCH
from recommender.measure.effect import measure
from recommender.measure.holdout import Treated, exposed_pages, treated_pages, waiting_pages
from recommender.models import Effect, Role, Window
from recommender.passes.searches import on_pages
from recommender.passes.site import Site, pacific_day
from recommender.urls import Identity

PLACEBO = "placebo"
HISTORY_DAYS = 16 * 7  # of search data that readings look at, before and after


def read_effects(site: Site) -> list[Effect]:
    """Save and return the readings that are due of everything that went live."""
    with site.narrator.stage("measure") as stage:
        treated = treated_pages(site.decisions.recommendations(), day_of=pacific_day)
        effects = _effects(site, treated)
        site.decisions.save_effects(effects)
        stage.say(f"{len(effects)} readings" if effects else "no reading is due")
    return effects


def read_placebo(site: Site, pages: Iterable[str], live: date) -> list[Effect]:
    """Return what would be read of untouched ``pages`` had they been linked on day ``live``.

    Nothing is saved. Pages that edits touched, or may have reached, are left out.
    """
    known = site.decisions.recommendations()
    reached = {r.target for r in known if r.live_at} | {r.source for r in known if r.live_at}
    batch = [
        Treated(page=page, role=Role.TARGET, batch=PLACEBO, first_live=live, last_live=live)
        for page in sorted({*pages} - reached)
    ]
    return _effects(site, batch)


def _effects(site: Site, treated: Sequence[Treated]) -> list[Effect]:
    known = site.decisions.recommendations()
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
