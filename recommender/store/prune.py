"""Which facts nothing can ask for any more, and their removal.

A day goes once it is older than the days that are kept. A reading of a day goes once it was
superseded longer ago than ``as_of`` is promised to reach (:data:`REPLAY`), and so does a crawl,
unless one that stays has rows in it. What a killed run left and what is worked out anew when it is
missing goes too. What says that something counts is removed first: a kill half-way leaves files
that nothing counts, and the next time removes them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from recommender.errors import StoreError
from recommender.store.crawls import StoredManifest, manifests, newest_state
from recommender.store.derived import ending
from recommender.store.files import version_at
from recommender.store.places import file_sizes, remove_files

REPLAY = timedelta(days=90)
"""How far back ``as_of`` reads after a prune what it read before; *assumption*, a quarter."""

TABLES = ("page_search", "query_search")
_SEARCH = re.compile(
    r"(?P<scope>(?:[^/]+/)?)(?P<table>search_days|page_search|query_search)/"
    r"(?P<day>\d{4}-\d\d-\d\d)/(?P<version>\d{8}T\d{12}Z)\.(?:json|parquet)"
)
_PERIOD = re.compile(r"((?:[^/]+/)?search_periods/[^/]+/\d{8}T\d{12}Z)\.(?:\w+\.parquet|json)")
_INSPECTIONS = re.compile(r"inspections/\d{8}T\d{12}Z\.parquet")
_CRAWL = re.compile(r"crawls/(?P<id>[^/]+)/[^/]+")
_PART = re.compile(r"(?:.*/)?\.[^/]+\.[0-9a-f]{8}\.part")

Reading = tuple[str, str, str]
"""One reading of a day: scope, day, version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Files of one kind that may go, in the order in which they must."""

    what: str
    files: tuple[str, ...]
    size_bytes: int


def spent(folder: Path, *, first_day: date, now: datetime) -> list[Spent]:
    """Return what of the facts in ``folder`` may go: days before ``first_day``, and what is spent.

    Nobody may write meanwhile. Raises StoreError where a crawl cannot be read.
    """
    sizes = file_sizes(folder)
    known = list(manifests(folder / "crawls"))
    kinds = (
        (f"days before {first_day}", _of_readings(sizes, _before(sizes, first_day))),
        ("older readings of a day", _of_readings(sizes, _superseded(sizes, first_day, now))),
        ("older crawls", _of_crawls(sizes, _outlived(known, now))),
        ("leftovers of interrupted runs", _leftovers(sizes, {m.id for m in known})),
        ("what is worked out anew when needed", _outdated(sizes, folder)),
    )
    found = ((what, tuple(files)) for what, files in kinds)
    return [
        Spent(what=what, files=files, size_bytes=sum(sizes[name] for name in files))
        for what, files in found
        if files
    ]


def prune(folder: Path, going: Iterable[Spent]) -> None:
    """Remove the files of ``going``, in order. Raises StoreError where one cannot be removed."""
    for kind in going:
        remove_files(folder, kind.files)


def counted(sizes: Mapping[str, int]) -> list[str]:
    """Return the names among ``sizes`` that make up the facts, what says so after what it is of.

    Raises StoreError where a file that must be there is missing.
    """
    names = list[str]()
    for scope, day, version in sorted(_ledgers(sizes)):
        names += [f"{scope}{table}/{day}/{version}.parquet" for table in TABLES]
        names.append(f"{scope}search_days/{day}/{version}.json")
    whole = {name.removesuffix("manifest.json") for name in sizes if _is_manifest(name)}
    crawled = [name for name in sizes if name[: name.rfind("/") + 1] in whole]
    names += sorted(crawled, key=lambda name: (name[: name.rfind("/")], _is_manifest(name), name))
    periods = (
        name for name in sizes if (of := _PERIOD.fullmatch(name)) and f"{of[1]}.json" in sizes
    )
    names += sorted(
        periods, key=lambda name: (name.rpartition("/")[0], name.endswith(".json"), name)
    )
    names += sorted(filter(_INSPECTIONS.fullmatch, sizes))
    missing = [name for name in names if name not in sizes]
    if missing:
        more = f", and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise StoreError(
            f"{missing[0]} is missing{more}",
            subject=missing[0],
            hint="restore it from a backup, or remove its ledger: the day is read again then",
        )
    return names


def _ledgers(sizes: Iterable[str]) -> Iterator[Reading]:
    """Yield the readings that count."""
    for name in sizes:
        found = _SEARCH.fullmatch(name)
        if found and found["table"] == "search_days":
            yield found["scope"], found["day"], found["version"]


def _before(sizes: Iterable[str], first_day: date) -> set[Reading]:
    return {reading for reading in _ledgers(sizes) if reading[1] < first_day.isoformat()}


def _superseded(sizes: Iterable[str], first_day: date, now: datetime) -> set[Reading]:
    """Return the readings of kept days that ``as_of`` need not reach."""
    horizon = version_at(now - REPLAY)
    versions = defaultdict[tuple[str, str], list[str]](list)
    for scope, day, version in sorted(_ledgers(sizes)):
        if day >= first_day.isoformat():
            versions[scope, day].append(version)
    return {
        (scope, day, version)
        for (scope, day), all_of in versions.items()
        for version, newer in pairwise(all_of)
        if newer <= horizon
    }


def _of_readings(sizes: Iterable[str], going: set[Reading]) -> Iterator[str]:
    """Yield the files of ``going``: of each day the oldest reading first, its ledger before."""
    names = set(sizes)
    for scope, day, version in sorted(going):
        yield f"{scope}search_days/{day}/{version}.json"
        tables = (f"{scope}{table}/{day}/{version}.parquet" for table in TABLES)
        yield from (name for name in tables if name in names)


def _outlived(known: Iterable[StoredManifest], now: datetime) -> set[str]:
    """Return the crawls that were not the newest at any instant ``as_of`` must reach.

    Those that hold rows of a crawl that stays are not among them.
    """
    in_order = sorted(known, key=lambda m: (m.finished_at, m.id))
    staying = {m.id for m in in_order[-1:]}
    for one, newer in pairwise(in_order):
        if newer.finished_at > now - REPLAY:
            staying.add(one.id)
    held = {name for m in in_order if m.id in staying for name in m.rows_in()}
    return {m.id for m in in_order} - staying - held


def _of_crawls(sizes: Iterable[str], going: set[str]) -> list[str]:
    """Return the files of the crawls ``going``, the manifest of each first."""
    found = ((_CRAWL.fullmatch(name), name) for name in sizes)
    files = [name for crawl, name in found if crawl and crawl["id"] in going]
    return sorted(files, key=lambda name: (name.split("/")[1], not _is_manifest(name), name))


def _leftovers(sizes: Iterable[str], crawls: set[str]) -> Iterator[str]:
    """Yield what a killed run left: parts of files, readings without ledger, half crawls."""
    readings = set(_ledgers(sizes))
    for name in sizes:
        search, crawl = _SEARCH.fullmatch(name), _CRAWL.fullmatch(name)
        if _PART.fullmatch(name):
            yield name
        elif search:
            if (search["scope"], search["day"], search["version"]) not in readings:
                yield name
        elif crawl and crawl["id"] not in crawls:
            yield name


def _outdated(sizes: Iterable[str], folder: Path) -> Iterator[str]:
    """Yield what was worked out of another crawl than the newest, or by other code.

    Totals see to themselves, see kept_totals.py.
    """
    newest = newest_state(folder / "crawls", as_of=None)
    current = None if newest is None else ending(newest)
    for name in sizes:
        own = name.startswith("derived/") and not name.startswith("derived/totals/")
        worked_out = own and not _PART.fullmatch(name)
        if worked_out and not (current and name.endswith(current)):
            yield name


def _is_manifest(name: str) -> bool:
    return bool(_CRAWL.fullmatch(name)) and name.endswith("/manifest.json")
