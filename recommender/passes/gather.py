"""Gathering: the days of Search Console that are missing, and a crawl of the site."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from recommender.errors import NotNow, QuotaExhausted, SearchConsoleUnavailable
from recommender.models import Status, Visited, Window
from recommender.passes.site import Site, pacific_day

SEEDS = 5_000  # most-shown pages of Search Console that a crawl starts from, beside the home page


WATCHED = frozenset(Status) - {Status.DISMISSED, Status.EXPIRED, Status.REMOVED}
"""Edits whose pages every crawl visits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawled:
    """What a crawl did, see :class:`~recommender.models.Visit`."""

    pages: int
    visited: int
    complete: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """What a pull did; ``stopped`` says why it ended early, "" where it did not."""

    days: int
    newest: date | None
    missing: int  # days that still have to be read
    stopped: str = ""


def pull(site: Site) -> Pulled:
    """Store each missing final day, newest first, and read the newest ones again.

    A quota that is used up, or a service that stays away, ends the pull cleanly: whole days are
    kept and the next run goes on. Raises the other SearchConsoleErrors.
    """
    if site.search is None:
        return Pulled(days=0, newest=None, missing=0)
    with site.narrator.stage("pull") as stage:
        newest = site.search.newest_final_day(pacific_day(site.now))
        due = _due_days(site, newest) if newest else []
        done, stopped = 0, ""
        try:
            for done, day in enumerate(due):
                stage.progress(done, len(due))
                site.facts.write_search_day(site.search.read_day(day), site.now)
            done = len(due)
        except (QuotaExhausted, SearchConsoleUnavailable) as error:
            stopped = error.message
        stage.say(_pull_line(done, len(due), newest, stopped))
    return Pulled(days=done, newest=newest, missing=len(due) - done, stopped=stopped)


def _pull_line(done: int, due: int, newest: date | None, stopped: str) -> str:
    if newest is None:
        return "Search Console has no data for this property yet"
    line = f"{done} of {due} days read, newest {newest}"
    return f"{line}; stopped: {stopped}" if stopped else line


def _due_days(site: Site, newest: date) -> list[date]:
    config = site.config.search_console
    known = site.facts.search_days(as_of=site.as_of)
    final = set(known.loc[known["final"], "day"].dt.date)
    again = newest - timedelta(days=config.reread_days - 1)
    first = newest - timedelta(days=config.history_days - 1)
    days = [newest - timedelta(days=back) for back in range((newest - first).days + 1)]
    return [day for day in days if day >= again or day not in final]


def crawl(site: Site) -> Crawled:
    """Visit the site and store what was found. Raises CrawlError, and NotNow where it has to.

    Outside the hours for visits the last crawl still counts, if there is one.
    """
    with site.narrator.stage("crawl") as stage:
        earlier = site.facts.earlier_crawl()
        visiting = site.crawler.crawl(
            _seeds(site), earlier=earlier, watched=_watched(site), progress=stage.progress
        )
        try:
            with visiting as visit:
                site.facts.write_crawl(visit)
        except NotNow as error:
            if earlier is None:
                raise
            stage.say(f"not now: {error.message}")
            return Crawled(pages=len(earlier.pages), visited=0, complete=True)
        visited = int((visit.known["outcome"] == Visited.FETCHED.value).sum())
        changed = int((visit.known["rows_in"] == visit.id).sum())
        stage.say(
            f"{len(visit.pages):,} URLs, {visited:,} visited, {changed:,} new or changed"
            + "".join(f"; {note}" for note in visit.notes)
        )
    return Crawled(
        pages=len(visit.pages), visited=visited, complete=visit.complete, notes=visit.notes
    )


def _watched(site: Site) -> set[str]:
    """Return the pages of open and live edits: what becomes of them is to be seen at once."""
    watched = site.decisions.recommendations(WATCHED)
    return {url for edit in watched for url in (edit.source, edit.target)}


def _seeds(site: Site) -> list[str]:
    days = site.facts.search_days(as_of=site.as_of)
    if days.empty:
        return []
    newest = pd.Timestamp(days["day"].max()).date()
    totals = site.facts.page_totals(Window.ending(newest, 28), as_of=site.as_of)
    return totals.nlargest(SEEDS, "impressions")["page"].tolist()
