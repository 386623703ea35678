"""Crawls as folders of Parquet files, one folder a crawl, and what content links were ever seen.

``crawls/<crawl id>/{pages,known,blocks,links,link_history}.parquet``, and ``manifest.json`` written
last: a crawl counts once its manifest exists. PAGES and KNOWN_URLS are of the whole site, blocks
and links only of the pages that changed: KNOWN_URLS names the crawl that holds a page's rows.

A crawl is read by pyarrow and not by Ibis: nothing is selected or summed, and a query
engine would only copy (390,000 links: 0.4 s by pyarrow, 0.9 s through DuckDB, at the same peak).
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from recommender.errors import StoreError
from recommender.frames import BLOCKS, KNOWN_URLS, LINK_HISTORY, LINKS, PAGES, FrameSpec
from recommender.models import CrawlPart, CrawlSnapshot, Region, Visit
from recommender.store.files import (
    aware,
    frame_writer,
    read_frame,
    read_note,
    row_groups,
    write_frame,
    write_note,
)
from recommender.store.places import exists, is_remote, lister, names_in, state_of

MOST_REFERENCES = 40  # crawls that one crawl may carry pages of; beyond, it stores all rows itself
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_KEY = list(LINK_HISTORY.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a stored crawl says of itself."""

    id: str
    started_at: datetime
    finished_at: datetime
    complete: bool
    notes: tuple[str, ...]
    reader: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCrawl:
    """The :class:`~recommender.ports.EarlierCrawl` in ``folder``."""

    folder: Path
    id: str
    reader: str
    complete: bool
    notes: tuple[str, ...]
    pages: pd.DataFrame
    known: pd.DataFrame

    def rows(self, spec: FrameSpec, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        """Yield some columns of BLOCKS or LINKS, part by part, each page whole and in order."""
        page = spec.key[0]
        for crawl_id, pages in _holders(self.pages, self.known, self.id).items():
            path = self.folder / crawl_id / f"{spec.name.lower()}.parquet"
            for rows in row_groups(path, columns, spec):
                kept = rows[page].cat.categories.isin(pages)
                yield rows if kept.all() else rows[kept[rows[page].cat.codes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredManifest:
    """Which crawl is stored in ``folder``, and since when."""

    folder: Path
    id: str
    finished_at: datetime

    def rows_in(self) -> set[str]:
        """Return the crawls that hold rows of it. Raises StoreError."""
        return {str(name) for name in _known(self.folder / self.id)["rows_in"].unique()} - {""}


def manifests(folder: Path) -> Iterator[StoredManifest]:
    """Yield the crawls that are stored whole. Raises StoreError for a damaged manifest."""
    for one in _manifests(folder):
        yield StoredManifest(folder=folder, id=one.id, finished_at=one.finished_at)


def write_crawl(folder: Path, visit: Visit) -> None:
    """Store a crawl under ``folder``, whole or not at all, with LINK_HISTORY up to it.

    A crawl that is stored already stays as it is. Crawls are stored in the order they finished:
    an older one added later is not worked into the histories of newer ones.
    Raises StoreError where another crawl has the same id.
    """
    if not _ID.fullmatch(visit.id):
        raise StoreError(f"{visit.id!r} is not a crawl id", hint="letters, digits, . _ - only")
    home = folder / visit.id
    manifest = _manifest_of(visit)
    if exists(home / "manifest.json"):
        if _read_manifest(home) != manifest:
            raise StoreError(
                f"another crawl is stored as {visit.id}",
                subject=visit.id,
                hint="give each crawl an id of its own",
            )
        return
    known, carried = visit.known, iter(tuple[CrawlPart, ...]())
    if known["rows_in"].nunique() > MOST_REFERENCES:
        carried = _carried(folder, visit)
        known = known.assign(rows_in=known["rows_in"].mask(known["rows_in"] != "", visit.id))
    write_frame(home / "pages.parquet", visit.pages, PAGES)
    write_frame(home / "known.parquet", known, KNOWN_URLS)
    found = _write_rows(home, itertools.chain(visit.parts, carried))
    before = _newest(folder, visit.finished_at)
    history = extended_history(
        link_history(folder, as_of=visit.finished_at),
        found,
        visit,
        known_before=KNOWN_URLS.empty() if before is None else _known(folder / before.id),
    )
    write_frame(home / "link_history.parquet", history, LINK_HISTORY)
    _write_manifest(home, manifest)


def newest_crawl(
    folder: Path, *, as_of: datetime | None, beside_content: Collection[str] | None = None
) -> CrawlSnapshot | None:
    """Return the newest crawl finished by ``as_of`` (None: now), None where there is none.

    With ``beside_content`` it has the rows of content regions alone, and all of those pages.
    """
    manifest = _newest(folder, as_of)
    if manifest is None:
        return None
    pages, known = (
        read_frame(folder / manifest.id / "pages.parquet", PAGES),
        _known(folder / manifest.id),
    )
    holders = _holders(pages, known, manifest.id)
    return CrawlSnapshot(
        id=manifest.id,
        started_at=manifest.started_at,
        finished_at=manifest.finished_at,
        pages=pages,
        blocks=_whole(folder, holders, BLOCKS, beside_content),
        links=_whole(folder, holders, LINKS, beside_content),
        known=known,
        complete=manifest.complete,
        notes=manifest.notes,
    )


def newest_state(folder: Path, *, as_of: datetime | None) -> str | None:
    """Return what tells the newest crawl finished by ``as_of`` from any other, None without one.

    Its id, and a hash of the sizes and times of its files: a file that was damaged or restored is
    read again, and named if it is no good.
    """
    manifest = _newest(folder, as_of)
    if manifest is None:
        return None
    home = folder / manifest.id
    files = sorted(name for name in names_in(home) if name.endswith(".parquet"))
    stats = [state_of(home / name) for name in files]
    return f"{manifest.id}-{hashlib.sha256(repr(stats).encode()).hexdigest()[:12]}"


def earlier_crawl(folder: Path) -> StoredCrawl | None:
    """Return the newest crawl for the next one to build on, None where there is none."""
    manifest = _newest(folder, None)
    if manifest is None:
        return None
    home = folder / manifest.id
    return StoredCrawl(
        folder=folder,
        id=manifest.id,
        reader=manifest.reader,
        complete=manifest.complete,
        notes=manifest.notes,
        pages=read_frame(home / "pages.parquet", PAGES),
        known=_known(home),
    )


def link_history(folder: Path, *, as_of: datetime | None) -> pd.DataFrame:
    """Return LINK_HISTORY as the newest crawl finished by ``as_of`` left it."""
    manifest = _newest(folder, as_of)
    if manifest is None:
        return LINK_HISTORY.empty()
    return read_frame(folder / manifest.id / "link_history.parquet", LINK_HISTORY)


def extended_history(
    earlier: pd.DataFrame, found: pd.DataFrame, visit: Visit, *, known_before: pd.DataFrame
) -> pd.DataFrame:
    """Return LINK_HISTORY ``earlier`` brought up to a visit, in key order.

    ``found`` are the content links (key of LINK_HISTORY) of the pages read anew. A link of a page
    that was visited is seen at the instant the crawl finished, also where the page did not change;
    those of pages not visited stay as they were. So a link stands if it was last seen at or after
    the last visit to its page.
    """
    seen = found.drop_duplicates().assign(first_seen=visit.finished_at, last_seen=visit.finished_at)
    known = visit.known
    visited = known.loc[known["visited_at"] >= pd.Timestamp(visit.started_at), ["url", "rows_in"]]
    unchanged = set(visited.loc[visited["rows_in"] != visit.id, "url"])
    last_visit = known_before.set_index("url")["visited_at"].reindex(earlier["source"])
    stood = earlier["last_seen"] >= last_visit.reset_index(drop=True)
    still = stood & earlier["source"].isin(unchanged)
    still_there = earlier[still].assign(last_seen=visit.finished_at)
    both = [f for f in (earlier, still_there, seen) if len(f)]
    if not both:
        return LINK_HISTORY.empty()
    merged = pd.concat([LINK_HISTORY.coerced(f) for f in both]).groupby(
        _KEY, as_index=False, sort=True
    )
    return LINK_HISTORY.coerced(merged.agg({"first_seen": "min", "last_seen": "max"}))


# --- Rows by reference ----------------------------------------------------------------------


def _holders(pages: pd.DataFrame, known: pd.DataFrame, crawl_id: str) -> dict[str, set[str]]:
    """Return for each crawl the pages whose rows it holds; the crawl itself where none is named."""
    named = known.set_index("url")["rows_in"].reindex(pages["url"]).fillna(crawl_id)
    named = named[named != ""]
    holders = {str(name): set(urls.index) for name, urls in named.groupby(named)}
    return dict(sorted(holders.items()))


def _whole(
    folder: Path,
    holders: Mapping[str, set[str]],
    spec: FrameSpec,
    beside_content: Collection[str] | None = None,
) -> pd.DataFrame:
    """Return BLOCKS or LINKS of the whole site, by page and in document order."""
    page, frames = spec.key[0], []
    for crawl_id, pages in holders.items():
        path = folder / crawl_id / f"{spec.name.lower()}.parquet"
        if beside_content is None:
            rows = read_frame(path, spec)
        else:
            rows = _content(path, spec, beside_content)
        inside = rows[page].isin(pages)
        frames.append(rows if inside.all() else rows[inside])
    frames = [rows for rows in frames if len(rows)]
    if not frames:
        return spec.empty()
    whole = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    number, _ = pd.factorize(whole[page], sort=True)
    if (number[1:] >= number[:-1]).all():
        return whole.reset_index(drop=True)
    return whole.iloc[number.argsort(kind="stable")].reset_index(drop=True)


def _content(path: Path, spec: FrameSpec, beside: Collection[str]) -> pd.DataFrame:
    """Return the rows of content regions, and all rows of the pages ``beside``."""
    found = []
    for rows in row_groups(path, list(spec.columns), spec):
        wanted = (rows["region"] == Region.CONTENT.value) | rows[spec.key[0]].isin(beside)
        found.append(spec.coerced(rows[wanted]))
    found = [rows for rows in found if len(rows)]
    return pd.concat(found, ignore_index=True) if found else spec.empty()


def _carried(folder: Path, visit: Visit) -> Iterator[CrawlPart]:
    """Yield the rows of the pages that a visit carries, from the crawls that hold them."""
    holders = _holders(visit.pages, visit.known, visit.id)
    for crawl_id, pages in holders.items():
        if crawl_id == visit.id:
            continue
        one = {crawl_id: pages}
        yield CrawlPart(blocks=_whole(folder, one, BLOCKS), links=_whole(folder, one, LINKS))


def _write_rows(home: Path, parts: Iterable[CrawlPart]) -> pd.DataFrame:
    """Write blocks and links as they come; return the content links, once each."""
    found = list[pd.DataFrame]()
    with (
        frame_writer(home / "blocks.parquet", BLOCKS) as add_blocks,
        frame_writer(home / "links.parquet", LINKS) as add_links,
    ):
        for part in parts:
            add_blocks(part.blocks)
            add_links(part.links)
            content = part.links["region"] == Region.CONTENT.value
            found.append(part.links.loc[content, _KEY].drop_duplicates().astype(object))
    found = [links for links in found if len(links)]
    return pd.concat(found, ignore_index=True) if found else LINKS.empty()[_KEY]


def _known(home: Path) -> pd.DataFrame:
    path = home / "known.parquet"
    return read_frame(path, KNOWN_URLS) if exists(path) else KNOWN_URLS.empty()


# --- Manifests ------------------------------------------------------------------------------


def _newest(folder: Path, as_of: datetime | None) -> Manifest | None:
    limit = None if as_of is None else aware(as_of)
    known = (m for m in _manifests(folder) if limit is None or m.finished_at <= limit)
    return max(known, key=lambda m: (m.finished_at, m.id), default=None)


def _manifests(folder: Path) -> Iterator[Manifest]:
    listed = lister(folder)
    homes = (name for name in names_in(folder) if is_remote(folder) or (folder / name).is_dir())
    return (_read_manifest(folder / name) for name in homes if "manifest.json" in listed(name))


def _manifest_of(visit: Visit) -> Manifest:
    return Manifest(
        id=visit.id,
        started_at=aware(visit.started_at),
        finished_at=aware(visit.finished_at),
        complete=bool(visit.complete),
        notes=visit.notes,
        reader=visit.reader,
    )


def _write_manifest(home: Path, manifest: Manifest) -> None:
    note = {
        "id": manifest.id,
        "started_at": manifest.started_at.isoformat(),
        "finished_at": manifest.finished_at.isoformat(),
        "complete": manifest.complete,
        "notes": list(manifest.notes),
        "reader": manifest.reader,
    }
    write_note(home / "manifest.json", note)


def _read_manifest(home: Path) -> Manifest:
    path = home / "manifest.json"
    try:
        manifest = _manifest_from(read_note(path))
    except ValueError:  # an instant that is none
        manifest = None
    if manifest is None:
        raise StoreError(
            f"{path} is not the manifest of a crawl",
            subject=str(path),
            hint="restore it from a backup, or remove its folder: the crawl before it counts then",
        )
    return manifest


def _manifest_from(note: Mapping[str, object]) -> Manifest | None:
    match note:
        case {
            "id": str(crawl_id),
            "started_at": str(started_at),
            "finished_at": str(finished_at),
            "complete": bool(complete),
            "notes": list(notes),
        }:
            return Manifest(
                id=crawl_id,
                started_at=datetime.fromisoformat(started_at),
                finished_at=datetime.fromisoformat(finished_at),
                complete=complete,
                notes=tuple(str(n) for n in notes),
                reader=str(note.get("reader", "")),
            )
    return None
