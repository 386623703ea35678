"""When a visit may go on, and which known addresses it is to see."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple
from zlib import crc32

import pandas as pd

from recommender.ingest.crawl_job import KnownAddress
from recommender.ingest.reconcile import PATIENCE
from recommender.ports import EarlierCrawl
from recommender.urls import absolute


def seconds_left(between: str | None, now: datetime) -> float | None:
    """Return how long the site may be visited from ``now`` on, None without end, 0 for not now.

    ``now`` is in the zone of ``between``, hours such as 22:00-06:00.
    """
    if between is None:
        return None
    first, last = (
        now.replace(hour=int(at[:2]), minute=int(at[3:]), second=0, microsecond=0)
        for at in between.split("-")
    )
    if last <= first:
        first, last = (
            (first, last + timedelta(days=1))
            if now >= last
            else (
                first - timedelta(days=1),
                last,
            )
        )
    return (last - now).total_seconds() if first <= now < last else 0.0


_SLACK = timedelta(hours=12)  # a visit takes a while, and does not begin at the same minute


class _Row(NamedTuple):
    """A row of KNOWN_URLS, as far as it counts here."""

    url: str
    found: str
    visited_at: datetime | None
    etag: str
    last_modified: str
    body_hash: str
    rows_hash: str
    rows_in: str
    failures: int


def known_addresses(
    earlier: EarlierCrawl | None,
    *,
    site: str,
    seeds: Sequence[str],
    watched: Collection[str],
    now: datetime,
    revisit_days: int | None,
) -> list[KnownAddress]:
    """Return what the child is to know: addresses met before, those due now, and the seeds.

    Without ``revisit_days`` nothing but the home page and the ``watched`` addresses is due.
    """
    known: dict[str, KnownAddress] = {}
    if earlier is not None:
        visited = [None if pd.isna(at) else at for at in earlier.known["visited_at"]]
        told = earlier.known.assign(visited_at=pd.Series(visited, dtype=object))
        for row in map(_Row._make, zip(*(told[name] for name in _Row._fields), strict=True)):
            turn = again = False
            if revisit_days is not None:
                turn = _is_due(row.url, row.visited_at, now, revisit_days)
                again = 0 < row.failures < PATIENCE
            address = KnownAddress(
                url=row.url,
                found=row.found,
                due=turn or again or row.url == site or row.url in watched,
                visited_at=row.visited_at,
            )
            if row.rows_in:
                address = replace(
                    address,
                    etag=row.etag,
                    last_modified=row.last_modified,
                    body_hash=row.body_hash,
                    rows_hash=row.rows_hash,
                )
            known[row.url] = address
    for url in filter(None, (absolute(seed, site) for seed in seeds)):
        address = known.get(url, KnownAddress(url=url, found="", due=True))
        ways = " ".join(sorted({*address.found.split(), "search"}))
        known[url] = replace(address, found=ways)
    return list(known.values())


def _is_due(url: str, visited_at: datetime | None, now: datetime, revisit_days: int) -> bool:
    """Tell whether it is an address's turn: once in ``revisit_days``, spread over the days."""
    if visited_at is None or now - visited_at >= timedelta(days=revisit_days) - _SLACK:
        return True
    return crc32(url.encode()) % revisit_days == now.toordinal() % revisit_days
