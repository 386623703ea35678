"""Totals of days that are not known singly, such as those of an export, as versioned files.

::

    search_periods/2026-02-01--2026-03-01/20260303T053000123456Z.pages.parquet
                                          20260303T053000123456Z.queries.parquet
                                          20260303T053000123456Z.json     written last

A period is read alone, never added to another one or to days: overlapping exports count nothing
twice. A version counts once its note exists; what came again as it was makes no new version.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import cast

from recommender.frames import PAGE_TOTALS, QUERY_TOTALS
from recommender.models import SearchPeriod, Window
from recommender.store.files import (
    newest_version,
    read_frame,
    read_note,
    version_at,
    write_frame,
    write_note,
)
from recommender.store.places import names_in

_NAME = re.compile(r"(\d{4}-\d\d-\d\d)--(\d{4}-\d\d-\d\d)")


def write_period(folder: Path, period: SearchPeriod, fetched_at: datetime) -> bool:
    """Store a new version, whole or not at all; False where the newest one has the same content.

    Raises FrameError, and StoreError where the disk refuses.
    """
    home = folder / f"{period.window.start}--{period.window.end}"
    newest = newest_version(names_in(home), ".json", None)
    if newest and read_note(home / f"{newest}.json")["content"] == period.content:
        return False
    version = version_at(fetched_at)
    write_frame(home / f"{version}.pages.parquet", period.pages, PAGE_TOTALS)
    write_frame(home / f"{version}.queries.parquet", period.queries, QUERY_TOTALS)
    write_note(home / f"{version}.json", _note(period, fetched_at))
    return True


def newest_period(folder: Path, *, as_of: datetime | None) -> SearchPeriod | None:
    """Return the period known at ``as_of`` that ends last, of several the shortest.

    None where there is none. Raises StoreError.
    """
    for window in sorted(_windows(folder), key=lambda w: (w.end, w.start), reverse=True):
        home = folder / f"{window.start}--{window.end}"
        version = newest_version(names_in(home), ".json", as_of)
        if version is not None:
            return _read(home, version, window)
    return None


def _windows(folder: Path) -> list[Window]:
    names = map(_NAME.fullmatch, names_in(folder))
    return [
        Window(start=date.fromisoformat(name[1]), end=date.fromisoformat(name[2]))
        for name in names
        if name
    ]


def _read(home: Path, version: str, window: Window) -> SearchPeriod:
    note = read_note(home / f"{version}.json")
    return SearchPeriod(
        window=window,
        pages=read_frame(home / f"{version}.pages.parquet", PAGE_TOTALS),
        queries=read_frame(home / f"{version}.queries.parquet", QUERY_TOTALS),
        capped=bool(note["capped"]),
        content=str(note["content"]),
        filters=tuple(cast("list[str]", note["filters"])),
    )


def _note(period: SearchPeriod, fetched_at: datetime) -> dict[str, object]:
    return {
        "start": period.window.start.isoformat(),
        "end": period.window.end.isoformat(),
        "capped": period.capped,
        "content": period.content,
        "filters": list(period.filters),
        "page_rows": len(period.pages),
        "query_rows": len(period.queries),
        "impressions": int(period.pages["impressions"].sum()),
        "clicks": int(period.pages["clicks"].sum()),
        "fetched_at": fetched_at.astimezone(UTC).isoformat(timespec="microseconds"),
    }
