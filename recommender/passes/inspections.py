"""Inspections: what Google's index says of the pages that edits are about, a few a day.

Asked about: pages that carry a link gone live, until Google has read them since, which is when an
effect can begin at the earliest; then the targets of open edits, for the gate.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pandas as pd

from recommender.errors import SearchConsoleError, UnexpectedAnswer
from recommender.frames import INSPECTIONS
from recommender.models import OPEN, STANDING, Inspection, Recommendation
from recommender.passes.site import Site, pacific_day
from recommender.ports import SearchIndex
from recommender.urls import Identity

FRESH = timedelta(days=14)  # an older inspection decides nothing
AGAIN = timedelta(days=7)  # after which a target that was well is asked about again
WATCHED = timedelta(days=60)  # from going live: a page unread for longer has other troubles


def inspect(site: Site) -> int:
    """Ask the index about pages whose turn it is, store what it said, and count the blocked ones.

    At most `inspections_per_day` a day. Whatever Search Console refuses ends it cleanly: what was
    said before is kept, and the run goes on.
    """
    limit = site.config.search_console.inspections_per_day
    if site.index is None or not limit:
        return 0
    with site.narrator.stage("inspect") as stage:
        known = site.facts.inspections(as_of=site.as_of)
        today = known["inspected_at"].map(pacific_day) == pacific_day(site.now)
        due = _due(site, known)[: max(0, limit - int(today.sum()))]
        made, stopped = _asked(site, site.index, due)
        if made:
            rows = pd.DataFrame([_row(inspection) for inspection in made])
            site.facts.write_inspections(INSPECTIONS.coerced(rows), site.now)
        stage.say(f"{len(made)} of {len(due)} pages asked about" + stopped)
    return sum(inspection.blocked for inspection in made)


def recent_inspections(site: Site, identity: Identity) -> dict[str, Inspection]:
    """Return the newest inspection of each crawled page that is fresh enough to decide.

    Its ``google_canonical`` is the crawled page that it means, where there is one.
    """
    known = site.facts.inspections(as_of=site.as_of)
    fresh = known[known["inspected_at"] > pd.Timestamp(site.now - FRESH)]
    found = {}
    for row in fresh.sort_values("inspected_at").to_dict("records"):
        page = identity.page(str(row["url"]))
        canonical, crawled = row["google_canonical"], row["last_crawl_at"]
        if page is not None:
            named = canonical if isinstance(canonical, str) else None
            found[page] = Inspection(
                url=page,
                inspected_at=row["inspected_at"].to_pydatetime(),
                verdict=str(row["verdict"]),
                indexing=str(row["indexing"]),
                google_canonical=named and (identity.page(named) or named),
                last_crawl_at=None if pd.isna(crawled) else crawled.to_pydatetime(),
            )
    return found


def read_by_google(inspections: pd.DataFrame, url: str, since: datetime) -> datetime | None:
    """Return when Google was first seen to have read a page after ``since``, None if not yet.

    The earliest moment at which an edit that went live then can show an effect.
    """
    crawls = inspections.loc[inspections["url"] == url, "last_crawl_at"].dropna()
    later = crawls[crawls >= pd.Timestamp(since)]
    return None if later.empty else pd.Timestamp(later.min()).to_pydatetime()


def _due(site: Site, known: pd.DataFrame) -> list[str]:
    """Return the pages whose turn it is, the most pressing first, each once."""
    last = known.groupby("url")["inspected_at"].max()
    newest = {str(url): pd.Timestamp(at) for url, at in last.items()}
    blocked = set(known.loc[known["indexing"].str.startswith("BLOCKED_"), "url"])

    def rested(url: str, pause: timedelta) -> bool:
        return url not in newest or newest[url] <= pd.Timestamp(site.now - pause)

    day = timedelta(hours=20)  # a daily run is never exactly a day after the last
    edits = site.decisions.recommendations(OPEN | STANDING)
    unread = [url for url in _unread_sources(site, edits, known) if rested(url, day)]
    targets = dict.fromkeys(edit.target for edit in edits if edit.status in OPEN)
    turn = [url for url in targets if rested(url, day if url in blocked else AGAIN)]
    first = sorted(turn, key=lambda url: newest.get(url, pd.Timestamp(0, tz="UTC")))
    return list(dict.fromkeys([*unread, *first]))


def _unread_sources(
    site: Site, edits: Sequence[Recommendation], known: pd.DataFrame
) -> Iterator[str]:
    for edit in edits:
        live = edit.live_at
        young = live is not None and site.now - live < WATCHED
        if live is not None and young and read_by_google(known, edit.source, live) is None:
            yield edit.source


def _asked(site: Site, index: SearchIndex, urls: Sequence[str]) -> tuple[list[Inspection], str]:
    made: list[Inspection] = []
    try:
        for url in urls:
            with contextlib.suppress(UnexpectedAnswer):
                made.append(index.inspect(url, site.now))
    except SearchConsoleError as error:
        return made, f"; stopped: {error.message}"
    return made, ""


def _row(inspection: Inspection) -> dict[str, object]:
    return {name: getattr(inspection, name) for name in INSPECTIONS.columns}
