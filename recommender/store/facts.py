"""The facts of one property as versioned Parquet files: search days and crawls.

::

    <folder>/page_search/2026-03-01/20260303T053000123456Z.parquet
             query_search/2026-03-01/20260303T053000123456Z.parquet
             search_days/2026-03-01/20260303T053000123456Z.json     the ledger, written last
             inspections/20260303T053000123456Z.parquet     what Google's index said in one run
             search_periods/2026-02-01--2026-03-01/...     totals of days that are not known singly
             crawls/<crawl id>/{pages,known,blocks,links,link_history}.parquet, manifest.json
             <scope>/{page_search,query_search,search_days}/...     other results than web, all
             derived/<key>.<crawl id>.<code>.pickle     may go at any time, see derived.py
             derived/totals/<digest>.parquet            the same, see kept_totals.py

A version is named by the instant it was fetched. It counts once its ledger exists, so a process
killed between two files leaves the version before it in force. Nothing is ever edited: reading a
day again writes a new version, and ``as_of`` reads the one known then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd

from recommender.errors import FrameError
from recommender.frames import (
    INSPECTIONS,
    PAGE_SEARCH,
    PAGE_TOTALS,
    QUERY_SEARCH,
    QUERY_TOTALS,
    SEARCH_DAYS,
    FrameSpec,
)
from recommender.models import CrawlSnapshot, SearchDay, SearchPeriod, Visit, Window
from recommender.ports import EarlierCrawl, Made
from recommender.store import crawls, periods
from recommender.store.derived import derived
from recommender.store.engines import DuckDb, Engine
from recommender.store.files import (
    known_versions,
    newest_version,
    read_frame,
    read_notes,
    version_at,
    write_frame,
    write_note,
)
from recommender.store.kept_totals import kept_totals
from recommender.store.places import exists, lister, names_in

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class ParquetFacts:
    """A :class:`~recommender.ports.FactStore` in ``folder``; made when it is first written to.

    ``scope`` names the search results that count: search days of another scope lie in a folder of
    their own, ``folder`` itself for "". ``folder`` may be at an address (places.py); ``cache`` is a
    folder on a disk for what is worked out; where it is None, what is worked out of crawls is kept
    in ``derived`` beside the facts, and totals are asked for anew.
    """

    folder: Path
    engine: Engine = field(default_factory=DuckDb)
    scope: str = ""
    cache: Path | None = None

    def write_search_day(self, search_day: SearchDay, fetched_at: datetime) -> None:
        """Store a new version of one day, whole or not at all.

        The version of this very instant, if it is stored already, stays as it is.
        Raises FrameError, and StoreError where the disk refuses.
        """
        check_one_day(search_day)
        day, version = search_day.day, version_at(fetched_at)
        ledger = self._path("search_days", day, f"{version}.json")
        if exists(ledger):
            return
        pages = self._path("page_search", day, f"{version}.parquet")
        queries = self._path("query_search", day, f"{version}.parquet")
        write_frame(pages, search_day.pages, PAGE_SEARCH)
        write_frame(queries, search_day.queries, QUERY_SEARCH)
        write_note(ledger, _ledger(search_day, fetched_at))

    def search_days(self, *, as_of: datetime | None = None) -> pd.DataFrame:
        """Return SEARCH_DAYS, oldest day first. Cost: one small file per day."""
        ledgers = [
            self._path("search_days", day, f"{version}.json")
            for day, version in self._versions(self._days(), as_of)
        ]
        rows = [_ledger_row(note) for note in read_notes(ledgers)]
        return SEARCH_DAYS.coerced(pd.DataFrame(rows)) if rows else SEARCH_DAYS.empty()

    def page_search(self, window: Window, *, as_of: datetime | None = None) -> pd.DataFrame:
        """Return PAGE_SEARCH for the window, oldest day first."""
        from recommender.store import totals  # noqa: PLC0415 - 70 MB that a crawl does without

        files = self._files(PAGE_SEARCH, window, as_of)
        ask = totals.page_search()
        return totals.answer(ask, files, self.engine, stored=PAGE_SEARCH, asked=PAGE_SEARCH)

    def page_totals(self, window: Window, *, as_of: datetime | None = None) -> pd.DataFrame:
        """Return PAGE_TOTALS for the window, ordered by page."""
        files = self._files(PAGE_SEARCH, window, as_of)

        def ask() -> pd.DataFrame:
            from recommender.store import totals  # noqa: PLC0415 - 70 MB, and half a second

            question = totals.page_totals()
            return totals.answer(
                question, files, self.engine, stored=PAGE_SEARCH, asked=PAGE_TOTALS
            )

        return self._kept(files, PAGE_TOTALS, ask)

    def query_totals(self, window: Window, *, as_of: datetime | None = None) -> pd.DataFrame:
        """Return QUERY_TOTALS for the window, ordered by page and query."""
        files = self._files(QUERY_SEARCH, window, as_of)

        def ask() -> pd.DataFrame:
            from recommender.store import totals  # noqa: PLC0415 - 70 MB, and half a second

            question = totals.query_totals()
            return totals.answer(
                question, files, self.engine, stored=QUERY_SEARCH, asked=QUERY_TOTALS
            )

        return self._kept(files, QUERY_TOTALS, ask)

    def write_inspections(self, inspections: pd.DataFrame, at: datetime) -> None:
        """Store INSPECTIONS made at ``at``, whole or not at all; those of that instant stay."""
        path = self.folder / "inspections" / f"{version_at(at)}.parquet"
        if not exists(path):
            write_frame(path, inspections, INSPECTIONS)

    def inspections(self, *, as_of: datetime | None = None) -> pd.DataFrame:
        """Return INSPECTIONS, oldest first. Cost: one small file per run that made some."""
        versions = known_versions(names_in(self.folder / "inspections"), ".parquet", as_of)
        names = (self.folder / "inspections" / f"{version}.parquet" for version in versions)
        frames = [read_frame(path, INSPECTIONS) for path in names]
        return pd.concat(frames, ignore_index=True) if frames else INSPECTIONS.empty()

    def write_search_period(self, period: SearchPeriod, fetched_at: datetime) -> bool:
        """Store a new version of a period, whole or not at all; False where it is stored as it is.

        Raises FrameError, and StoreError where the disk refuses.
        """
        return periods.write_period(self._table("search_periods"), period, fetched_at)

    def search_period(self, *, as_of: datetime | None = None) -> SearchPeriod | None:
        """Return the period that ends last (of several the shortest), None where there is none."""
        return periods.newest_period(self._table("search_periods"), as_of=as_of)

    def write_crawl(self, visit: Visit) -> None:
        """Store a crawl, whole or not at all, and bring LINK_HISTORY up to it."""
        crawls.write_crawl(self.folder / "crawls", visit)

    def earlier_crawl(self) -> EarlierCrawl | None:
        """Return the newest crawl for the next one to build on, None where there is none."""
        return crawls.earlier_crawl(self.folder / "crawls")

    def crawl(
        self, *, as_of: datetime | None = None, beside_content: Collection[str] | None = None
    ) -> CrawlSnapshot | None:
        """Return the newest crawl finished by ``as_of``, None where there is none."""
        return crawls.newest_crawl(
            self.folder / "crawls", as_of=as_of, beside_content=beside_content
        )

    def derived(
        self, key: str, make: Callable[[CrawlSnapshot], Made], *, as_of: datetime | None = None
    ) -> Made | None:
        """Return what ``make`` gives of the newest crawl, kept until the crawl or the code is new.

        ``as_of`` reads an older crawl, which is not kept.
        """
        newest = crawls.newest_state(self.folder / "crawls", as_of=as_of)
        if newest is None:
            return None

        def made() -> Made:
            snapshot = self.crawl(as_of=as_of)
            assert snapshot is not None
            return make(snapshot)

        if as_of is not None:
            return made()
        return derived(self.cache or self.folder / "derived", newest, key, made)

    def link_history(self, *, as_of: datetime | None = None) -> pd.DataFrame:
        """Return LINK_HISTORY, in key order."""
        return crawls.link_history(self.folder / "crawls", as_of=as_of)

    def _kept(
        self, files: Sequence[Path], spec: FrameSpec, ask: Callable[[], pd.DataFrame]
    ) -> pd.DataFrame:
        if not files:
            return spec.empty()
        if self.cache is None:
            return ask()
        return kept_totals(self.cache / "totals", files, spec, ask)

    def _path(self, table: str, day: date, name: str) -> Path:
        return self._table(table) / day.isoformat() / name

    def _table(self, table: str) -> Path:
        return self.folder / self.scope / table if self.scope else self.folder / table

    def _files(self, spec: FrameSpec, window: Window, as_of: datetime | None) -> list[Path]:
        days = (window.start + timedelta(days=n) for n in range(window.days))
        return [
            self._path(spec.name.lower(), day, f"{version}.parquet")
            for day, version in self._versions(days, as_of)
        ]

    def _versions(self, days: Iterator[date], as_of: datetime | None) -> Iterator[tuple[date, str]]:
        """Yield each day that was known at ``as_of`` with the version that counted then."""
        listed = lister(self._table("search_days"))
        for day in days:
            version = newest_version(listed(day.isoformat()), ".json", as_of)
            if version is not None:
                yield day, version

    def _days(self) -> Iterator[date]:
        names = sorted(n for n in names_in(self._table("search_days")) if _DAY.fullmatch(n))
        return (date.fromisoformat(name) for name in names)


def check_one_day(search_day: SearchDay) -> None:
    """Raise FrameError where a frame of ``search_day`` holds rows of another day."""
    day = pd.Timestamp(search_day.day)
    for spec, frame in ((PAGE_SEARCH, search_day.pages), (QUERY_SEARCH, search_day.queries)):
        if (frame["day"] != day).any():
            raise FrameError(
                f"{spec.name}.day: the frame of {search_day.day} holds rows of another day",
                subject=spec.name,
            )


def _ledger_row(note: Mapping[str, object]) -> dict[str, object]:
    """Return a ledger as a row of SEARCH_DAYS; those of 0.1 did not say the most impressions."""
    return {"most_impressions": note["impressions"], **note}


def _ledger(search_day: SearchDay, fetched_at: datetime) -> dict[str, object]:
    """Return the SEARCH_DAYS row of a day, and how it was read."""
    impressions = int(search_day.pages["impressions"].sum())
    return {
        "day": search_day.day.isoformat(),
        "final": bool(search_day.final),
        "page_rows": len(search_day.pages),
        "query_rows": len(search_day.queries),
        "capped": bool(search_day.capped),
        "impressions": impressions,
        "most_impressions": max(impressions, search_day.most_impressions),
        "clicks": int(search_day.pages["clicks"].sum()),
        "query_share": search_day.query_share,
        "fetched_at": fetched_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "requests": int(search_day.requests),
        "operator_rows": int(search_day.operator_rows),
    }
