"""Search metrics from exports of Search Console's web interface: ZIP files, or folders of CSV.

An export holds the totals of a range of days, its 1,000 strongest pages at most, and queries that
belong to no page, unless it was narrowed to one page: then they are that page's. Exports of the
same days are one whole: that of the site gives the pages, those of single pages their queries. An
export of one day is a day like any other; one of more days is a period.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlsplit

import pandas as pd

from recommender.config import SearchConsoleConfig
from recommender.errors import ExportUnreadable
from recommender.frames import PAGE_SEARCH, PAGE_TOTALS, QUERY_SEARCH, QUERY_TOTALS
from recommender.ingest.export_files import Export, exports_in
from recommender.ingest.search_rows import is_operator_query
from recommender.models import SearchDay, SearchPeriod, Window

FINAL_AFTER_DAYS = 3  # younger days still change


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What all exports of the same days say together."""

    window: Window
    pages: pd.DataFrame  # name, clicks, impressions, position
    queries: pd.DataFrame  # query, page, clicks, impressions, position
    operator_rows: int
    capped: bool
    filters: tuple[str, ...]


class ExportSource:
    """The exports at ``search_console.path``, read once, when they are first asked for.

    ``hosts`` are those of the site: an export without any page of theirs is of another site.
    """

    def __init__(self, config: SearchConsoleConfig, *, hosts: Collection[str]) -> None:
        assert config.path is not None
        self._config = config
        self._path = config.path
        self._hosts = frozenset(_plain_host(host) for host in hosts)
        self._known: dict[Window, Known] | None = None

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def newest_final_day(self, today: date) -> date | None:
        """Return the newest exported day that does not change any more, None where there is none.

        Raises ExportUnreadable.
        """
        last = today - timedelta(days=FINAL_AFTER_DAYS)
        return max((day for day in self._days() if day <= last), default=None)

    def oldest_day(self, today: date) -> date | None:
        """Return the oldest exported day, None where there is none. Raises ExportUnreadable."""
        return min((day for day in self._days() if day <= today), default=None)

    def days_in(self, window: Window) -> list[date]:
        """Return the days of ``window`` that were exported singly. Raises ExportUnreadable."""
        return sorted(day for day in self._days() if day in window)

    def read_day(self, day: date) -> SearchDay:
        """Return a day that was exported singly. Raises ExportUnreadable."""
        known = self._read().get(Window(start=day, end=day))
        if known is None:
            raise ExportUnreadable(
                f"{self._path} has no export of {day} alone",
                subject=day.isoformat(),
                hint="choose that one day in Search Console, export, and put the ZIP beside",
            )
        at = pd.Timestamp(day).as_unit("ns")
        return SearchDay(
            day=day,
            pages=PAGE_SEARCH.coerced(known.pages.rename(columns={"name": "page"}).assign(day=at)),
            queries=QUERY_SEARCH.coerced(known.queries.assign(day=at)),
            final=True,
            capped=known.capped,
            operator_rows=known.operator_rows,
        )

    def period(self) -> SearchPeriod | None:
        """Return the totals of several days that end last (of several the shortest).

        None where only single days were exported. Raises ExportUnreadable.
        """
        longer = [window for window in self._read() if window.days > 1]
        if not longer:
            return None
        newest = max(longer, key=lambda window: (window.end, window.start))
        return _period(self._read()[newest])

    def exports(self) -> list[Window]:
        """Return the ranges of days that are known, oldest first. Raises ExportUnreadable."""
        return sorted(self._read(), key=lambda window: (window.end, window.start))

    def _days(self) -> Iterable[date]:
        return (window.start for window in self._read() if window.days == 1)

    def _read(self) -> dict[Window, Known]:
        if self._known is None:
            exports = exports_in(self._path)
            for export in exports:
                _check_filters(export, self._config)
            self._check_hosts(exports)
            by_window: dict[tuple[date, date], list[Export]] = {}
            for export in exports:
                by_window.setdefault((export.window.start, export.window.end), []).append(export)
            found = [_together(same) for same in by_window.values()]
            self._known = {known.window: known for known in found}
        return self._known

    def _check_hosts(self, exports: Iterable[Export]) -> None:
        for export in exports:
            hosts = {_plain_host(urlsplit(page).hostname or "") for page in export.pages["name"]}
            if not hosts & self._hosts:
                raise ExportUnreadable(
                    f"{export.place} is of another site: its pages are on "
                    f"{', '.join(sorted(hosts)[:3])}, the configured one on "
                    f"{', '.join(sorted(self._hosts))}",
                    subject=export.place,
                    hint="set `site` to the address that the pages have, or name another export",
                )


def _together(exports: list[Export]) -> Known:
    """Return what exports of the same days say: of the newest where two say it."""
    oldest_first = sorted(exports, key=lambda export: (export.made_at, export.place))
    whole = [export for export in oldest_first if export.page is None]
    if not whole:
        raise ExportUnreadable(
            f"{exports[0].place} is narrowed to the page {exports[0].page}, and no export of all "
            f"pages from {exports[0].window.start} to {exports[0].window.end} lies beside it",
            subject=exports[0].place,
            hint="export the same days without the page filter too, into the same folder",
        )
    site = whole[-1]
    single = {export.page: export for export in oldest_first if export.page is not None}
    for export in single.values():
        if export.filters != site.filters:
            raise ExportUnreadable(
                f"{export.place} is narrowed to {', '.join(export.filters) or 'nothing else'}, "
                f"{site.place} to {', '.join(site.filters) or 'nothing'}",
                subject=export.place,
                hint="export both with the same filters",
            )
    beyond = [e.pages for page, e in single.items() if page not in set(site.pages["name"])]
    queries = [e.queries.assign(page=page) for page, e in single.items() if len(e.queries)]
    asked = (
        pd.concat(queries) if queries else QUERY_TOTALS.empty().rename({"query": "name"}, axis=1)
    )
    operator = asked["name"].map(is_operator_query).astype(bool)
    return Known(
        window=site.window,
        pages=pd.concat([site.pages, *beyond], ignore_index=True),
        queries=asked[~operator].rename(columns={"name": "query"}).reset_index(drop=True),
        operator_rows=int(operator.sum()),
        capped=site.capped or any(export.capped for export in single.values()),
        filters=site.filters,
    )


def _period(known: Known) -> SearchPeriod:
    seen = (known.pages["impressions"] > 0).astype("int64")
    pages = known.pages.rename(columns={"name": "page"}).assign(days=seen)
    queries = known.queries[known.queries["impressions"] > 0]
    pages = PAGE_TOTALS.coerced(pages.sort_values("page"))
    queries = QUERY_TOTALS.coerced(queries.sort_values(["page", "query"]))
    said = f"{known.capped}{known.filters}{pages.to_csv()}{queries.to_csv()}"
    return SearchPeriod(
        window=known.window,
        pages=pages,
        queries=queries,
        capped=known.capped,
        content=hashlib.sha256(said.encode()).hexdigest(),
        filters=known.filters,
    )


def _check_filters(export: Export, config: SearchConsoleConfig) -> None:
    """Raise ExportUnreadable where the configuration counts less than the export."""
    wanted = [
        (key, values)
        for key, values in (("countries", config.countries), ("devices", config.devices))
        if values
    ]
    if len(export.filters) < len(wanted) or any(len(values) > 1 for _, values in wanted):
        named = " and ".join(f"search_console.{key}" for key, _ in wanted)
        raise ExportUnreadable(
            f"{export.place} is not narrowed as {named} asks",
            subject=export.place,
            hint="set the filter in Search Console before you export (it takes one country and one "
            "device), and leave out what cannot be met so",
        )
    positions = export.pages.loc[export.pages["impressions"] > 0, "position"]
    if config.search_type not in ("discover", "googleNews") and positions.isna().any():
        raise ExportUnreadable(
            f"{export.place} has no positions: it is of Discover or of Google News",
            subject=export.place,
            hint="export Performance on search results, or set search_console.search_type",
        )


def _plain_host(host: str) -> str:
    return host.lower().removeprefix("www.")
