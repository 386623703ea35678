"""Gathering: the days of Search Console that are missing, and a crawl of the site."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from recommender.errors import QuotaExhausted, SearchConsoleUnavailable
from recommender.models import CrawlSnapshot, Window
from recommender.passes.site import Site, pacific_day

SEEDS = 5_000  # most-shown pages of Search Console that a crawl starts from, beside the home page


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


def crawl(site: Site) -> CrawlSnapshot:
    """Crawl the site, store what was found, and return it. Raises CrawlError."""
    with site.narrator.stage("crawl") as stage:
        snapshot = site.crawler.crawl(_seeds(site), progress=stage.progress)
        site.facts.write_crawl(snapshot)
        stage.say(
            f"{len(snapshot.pages):,} URLs, {len(snapshot.blocks):,} blocks, "
            f"{len(snapshot.links):,} links" + "".join(f"; {note}" for note in snapshot.notes)
        )
    return snapshot


def _seeds(site: Site) -> list[str]:
    days = site.facts.search_days(as_of=site.as_of)
    if days.empty:
        return []
    newest = pd.Timestamp(days["day"].max()).date()
    totals = site.facts.page_totals(Window.ending(newest, 28), as_of=site.as_of)
    return totals.nlargest(SEEDS, "impressions")["page"].tolist()
