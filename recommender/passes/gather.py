"""Gathering: the days of Search Console that are missing, and a crawl of the site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from recommender.errors import (
    NotNow,
    QuotaExhausted,
    SearchConsoleError,
    SearchConsoleUnavailable,
    UnexpectedAnswer,
)
from recommender.frames import PAGE_SEARCH, QUERY_TOTALS
from recommender.models import SearchDay, Status, Visited, Window
from recommender.passes.searches import search_basis
from recommender.passes.site import Site, pacific_day
from recommender.ports import SearchSource, Stage

SEEDS = 5_000  # most-shown pages of Search Console that a crawl starts from, beside the home page
MOST_FAULTS = 3  # days whose rows make no sense, after which a pull asks for no more


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
    """What a pull did; ``stopped`` says what it could not get and why, "" where nothing."""

    days: int
    newest: date | None
    stored: int = 0  # of the days: those not known before, or not like this
    period: Window | None = None  # of totals that were not known, or not like this
    missing: int = 0  # days of this pull that still have to be read
    sitemaps: tuple[str, ...] = ()  # that Google was given
    later: int = 0  # older days that the next pulls read, so many a run
    stopped: str = ""

    @property
    def brought_news(self) -> bool:
        """Whether anything is known now that was not before."""
        return bool(self.stored) or self.period is not None


def pull(site: Site) -> Pulled:
    """Store each missing final day, newest first, and read the newest ones again.

    One pull reads `days_per_run` days at most; a day counts once it is stored whole, and the next
    pull goes on before it. A quota that is used up, or a service that stays away, ends the pull
    cleanly. A day whose rows make no sense is left out and asked for again by the next run. What
    comes again as it was is not stored again. Totals of a period are kept beside the days.
    Raises the other SearchConsoleErrors.
    """
    if site.search is None:
        return Pulled(days=0, newest=None)
    with site.narrator.stage("pull") as stage:
        try:
            pulled = _pulled(site, site.search, stage)
        except (QuotaExhausted, SearchConsoleUnavailable, UnexpectedAnswer) as error:
            pulled = Pulled(days=0, newest=None, stopped=error.message)
        line = _pull_line(pulled, site.config.search_console.days_per_run)
        totals = site.search.period()
        if totals is not None:
            said = f"totals of {totals.window.start} to {totals.window.end}"
            if site.facts.write_search_period(totals, site.now):
                pulled = replace(pulled, period=totals.window)
            else:
                said += ", as they are stored"
            line = f"{line}; {said}" if pulled.newest else said
        stage.say(line)
    return pulled


def _pulled(site: Site, search: SearchSource, stage: Stage) -> Pulled:
    today = pacific_day(site.now)
    newest = search.newest_final_day(today)
    due = _due_days(site, search, newest, today) if newest else []
    section = site.config.search_console
    now = due[: max(section.days_per_run, section.reread_days + 1)]  # one step back at least
    ledger = site.facts.search_days(as_of=site.as_of).set_index("day")
    known = ledger["most_impressions"].to_dict()
    done, stored, faults = 0, 0, []
    try:
        for number, day in enumerate(now):
            stage.progress(number, len(now))
            try:
                read = search.read_day(day)
            except UnexpectedAnswer as error:
                faults.append(error.message)
                if len(faults) == MOST_FAULTS:
                    break
                continue
            most = max(known.get(pd.Timestamp(day), 0), int(read.pages["impressions"].sum()))
            done += 1
            if not _is_stored(site, read, ledger):
                site.facts.write_search_day(replace(read, most_impressions=most), site.now)
                stored += 1
    except (QuotaExhausted, SearchConsoleUnavailable) as error:
        faults.append(error.message)
    return Pulled(
        sitemaps=() if faults else _sitemaps(site),
        days=done,
        newest=newest,
        stored=stored,
        missing=len(now) - done,
        later=len(due) - len(now),
        stopped="; ".join(faults),
    )


def _sitemaps(site: Site) -> tuple[str, ...]:
    """Return the sitemaps that Google was given, none where it does not say: a crawl has others."""
    try:
        return () if site.index is None else site.index.sitemaps()
    except SearchConsoleError:
        return ()


def _pull_line(pulled: Pulled, days_per_run: int) -> str:
    if pulled.newest is None:
        return pulled.stopped or "Search Console has no data for this property yet"
    line = f"{pulled.days} of {pulled.days + pulled.missing} days read, newest {pulled.newest}"
    if pulled.stopped:
        line += f"; stopped: {pulled.stopped}"
    if pulled.later:
        line += f"; {pulled.later} older days follow, {days_per_run} a run"
    return line


def _due_days(site: Site, search: SearchSource, newest: date, today: date) -> list[date]:
    """Return the days to read, newest first: the newest again, and those not stored as final.

    What lies before the first day that the source has data of is not asked for.
    """
    config = site.config.search_console
    known = site.facts.search_days(as_of=site.as_of)
    final = set(known.loc[known["final"], "day"].dt.date)
    again = newest - timedelta(days=config.reread_days - 1)
    days = search.days_in(Window.ending(newest, config.history_days))
    due = [day for day in reversed(days) if day >= again or day not in final]
    if due and due[-1] < again:
        oldest = search.oldest_day(today)
        due = [day for day in due if day >= again or (oldest is not None and day >= oldest)]
    return due


def _is_stored(site: Site, read: SearchDay, ledger: pd.DataFrame) -> bool:
    """Tell whether the newest version of a day says the same; ``ledger`` is SEARCH_DAYS by day."""
    day = pd.Timestamp(read.day)
    if day not in ledger.index:
        return False
    kept = ledger.loc[day]
    if bool(kept["final"]) != read.final or int(kept["query_rows"]) != len(read.queries):
        return False
    window = Window(start=read.day, end=read.day)
    asked = read.queries[read.queries["impressions"] > 0]
    return _alike(site.facts.page_search(window), read.pages, PAGE_SEARCH.key) and _alike(
        site.facts.query_totals(window), asked, QUERY_TOTALS.key
    )


def _alike(kept: pd.DataFrame, read: pd.DataFrame, key: Sequence[str]) -> bool:
    if len(kept) != len(read):
        return False
    counts = [*key, "clicks", "impressions"]
    one, other = (
        frame.sort_values(list(key), ignore_index=True)[[*counts, "position"]]
        for frame in (kept, read)
    )
    near = np.isclose(one["position"], other["position"], rtol=1e-9, equal_nan=True)
    return bool(one[counts].equals(other[counts]) and near.all())


def crawl(site: Site, sitemaps: Sequence[str] = ()) -> Crawled:
    """Visit the site and store what was found. Raises CrawlError, and NotNow where it has to.

    ``sitemaps`` are read beside those that the site names itself.

    Outside the hours for visits the last crawl still counts, if there is one.
    """
    with site.narrator.stage("crawl") as stage:
        earlier = site.facts.earlier_crawl()
        visiting = site.crawler.crawl(
            _seeds(site),
            earlier=earlier,
            watched=_watched(site),
            sitemaps=sitemaps,
            progress=stage.progress,
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
    basis = search_basis(site)
    if basis is None:
        return []
    return basis.page_totals(site).nlargest(SEEDS, "impressions")["page"].tolist()
