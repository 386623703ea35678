"""What passes between a crawl and its child process: the job, the parts, the messages.

In go a JSON file and, as Parquet, the addresses known before. Back come Parquet *parts*, each some
pages with their blocks and links, the addresses met, and progress as JSON lines on standard output.
A part counts once its pages are written, last and by rename: a killed crawl goes on after it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from typing import get_type_hints

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from recommender.config import CrawlConfig
from recommender.ingest.blocks import ParsedBlock, ParsedLink

PAGES_PER_PART = 100
ROWS_IN_MEMORY = 4_000  # blocks and links that wait to be written
JOB = "job.json"
KNOWN = "known.parquet"
ADDRESSES = "addresses.parquet"


class CrawlJob(BaseModel):
    """What to visit, how, and where to put what was read."""

    model_config = ConfigDict(frozen=True)

    site: str
    config: CrawlConfig
    folder: Path
    began_at: datetime
    earlier: str = ""  # id of the crawl that this one is a visit after
    probe: str  # an address that cannot exist: what the site answers there is no page
    sitemaps: tuple[str, ...] = ()  # that others know of, beside those that the site names
    pages_per_part: int = PAGES_PER_PART
    narrow: bool = False  # only what is due by name is asked for, whatever else is met
    seconds: float | None = None  # until the hours end in which the site may be visited


class CrawlMessage(BaseModel):
    """A line from the child: how far it is and, in the last one, how it ended."""

    model_config = ConfigDict(frozen=True)

    done: int
    total: int
    ended: bool = False
    site: str = ""  # the address that the home page redirected to, else the one asked for
    limited: bool = False  # max_pages kept known addresses from being visited
    late: bool = False  # the hours ended before all was visited
    forbidden: int = 0  # addresses that robots.txt kept from being visited
    unreachable_robots: tuple[str, ...] = ()  # what was said instead
    traps: int = 0  # addresses left out because their like never ends
    refused: tuple[str, ...] = ()  # what was unsafe to visit, and why
    failed_sitemaps: int = 0
    not_rendered: int = 0  # pages whose scripts did not come to an end: read as they were served
    faults: int = 0  # pages lost to a fault of ours


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownAddress:
    """What an earlier crawl knows of an address, as far as the next visit needs it.

    A seed that no crawl has met yet was never visited: all else is empty.
    """

    url: str
    found: str
    due: bool  # to be visited now, whatever the sitemap says
    visited_at: datetime | None = None
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    rows_hash: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """An address that the child met: how, and what came of it where it was not fetched."""

    url: str
    found: str
    outcome: str
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchedPage:
    """One address that was asked for: its row of PAGES as far as a single page can tell."""

    url: str
    status: int
    depth: int = 0  # clicks, on the way it was found
    redirect_to: str | None = None
    canonical: str | None = None
    title: str = ""
    h1: str = ""
    description: str = ""
    language: str = ""
    published_at: datetime | None = None
    problem: str | None = None  # what keeps it out of the index, as far as it says itself
    read: bool = False  # its text and links were taken
    unchanged: bool = False  # what the last visit took still holds; all above is empty then
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    rows_hash: str = ""
    script_links: int = 0
    elapsed_s: float = 0.0  # since the crawl began


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """How a crawl went whose parts and addresses lie in the job's folder.

    ``regions_told_by`` says who decided the regions of its links, for a reader: they stand in the
    column ``mark``, and there is no text to judge them by. "" where they are to be judged.
    """

    ending: CrawlMessage
    notes: tuple[str, ...] = ()
    regions_told_by: str = ""


_ARROW: Mapping[object, pa.DataType] = {
    int: pa.int64(),
    bool: pa.bool_(),
    float: pa.float64(),
    str: pa.string(),
    str | None: pa.string(),
    datetime | None: pa.timestamp("us", tz="UTC"),
}


def _schema(record: type, **before: pa.DataType) -> pa.Schema:
    """Return the columns of a record's fields, after those given."""
    hints = get_type_hints(record)
    return pa.schema(before | {name: _ARROW[hint] for name, hint in hints.items()})


_PAGES = _schema(FetchedPage)
_SCHEMAS: Mapping[str, pa.Schema] = {
    "blocks": _schema(ParsedBlock, page=pa.string(), text_hash=pa.uint64()),
    "links": _schema(ParsedLink, source=pa.string()),
    "pages": _PAGES,  # last: its part counts from then on
}
_of_page = attrgetter(*_PAGES.names)
_of_block = attrgetter(*get_type_hints(ParsedBlock))
_of_link = attrgetter(*get_type_hints(ParsedLink))


@lru_cache(maxsize=1 << 14)
def text_hash(text: str) -> int:
    """Return 64 bits that are equal where texts are, in every process."""
    said = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(said, digest_size=8).digest(), "big")


class PartWriter:
    """Writes what was read to ``folder`` in parts, row group by row group: memory is bounded."""

    def __init__(self, folder: Path, pages_per_part: int = PAGES_PER_PART) -> None:
        self._folder = folder
        self._pages_per_part = pages_per_part
        self._part = len(parts(folder))
        self._pages = 0
        self._rows: dict[str, list[tuple[object, ...]]] = {name: [] for name in _SCHEMAS}
        self._files: dict[str, pq.ParquetWriter] = {}

    def add(
        self,
        page: FetchedPage,
        blocks: Sequence[ParsedBlock] = (),
        links: Sequence[ParsedLink] = (),
    ) -> None:
        """Take in one page."""
        self._rows["pages"].append(_of_page(page))
        self._rows["blocks"].extend(
            (page.url, text_hash(block.text), *_of_block(block)) for block in blocks
        )
        self._rows["links"].extend((page.url, *_of_link(link)) for link in links)
        self._pages += 1
        if self._pages >= self._pages_per_part:
            self.flush()
        elif len(self._rows["blocks"]) + len(self._rows["links"]) >= ROWS_IN_MEMORY:
            self._write()

    def flush(self) -> None:
        """End the part; the next page begins another."""
        if not self._pages:
            return
        self._write()
        for name, file in self._files.items():
            file.close()
            path = part_path(self._folder, name, self._part)
            _unfinished(path).replace(path)
        self._files.clear()
        self._part, self._pages = self._part + 1, 0

    def _write(self) -> None:
        for name, schema in _SCHEMAS.items():
            if name not in self._files:
                path = _unfinished(part_path(self._folder, name, self._part))
                self._files[name] = pq.ParquetWriter(path, schema)
            self._files[name].write_table(_table(self._rows[name], schema))
            self._rows[name].clear()


def write_rows(path: Path, rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> None:
    """Make ``path`` the Parquet file of ``rows``, whole or not at all."""
    unfinished = _unfinished(path)
    pq.write_table(_table(rows, schema), unfinished)
    unfinished.replace(path)


def read_rows(
    path: Path, columns: Sequence[str] | None = None, *, coded: Sequence[str] = ()
) -> pa.Table:
    """Return what is in ``path``; the texts of columns ``coded`` as codes, each text once."""
    with pq.ParquetFile(path, read_dictionary=list(coded)) as file:  # read_table loads more
        return file.read(columns=columns, use_threads=False)


def _unfinished(path: Path) -> Path:
    return path.with_suffix(".unfinished")


def _table(rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ((),) * len(schema)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def write_addresses(path: Path, addresses: Sequence[Address] | Sequence[KnownAddress]) -> None:
    """Make ``path`` the file of ``addresses``."""
    kind = KnownAddress if path.name == KNOWN else Address
    schema = _schema(kind)
    of = attrgetter(*schema.names)
    write_rows(path, [of(address) for address in addresses], schema)


def read_known(path: Path) -> Iterator[KnownAddress]:
    """Yield the addresses that were known before the crawl."""
    for batch in pq.ParquetFile(path).iter_batches(10_000):
        for row in batch.to_pylist():
            yield KnownAddress(**row)


def parts(folder: Path) -> list[int]:
    """Return the numbers of the parts that count, in the order of writing."""
    return sorted(int(path.stem.rpartition("-")[2]) for path in folder.glob("pages-*.parquet"))


def part_path(folder: Path, name: str, part: int) -> Path:
    """Return the file of ``name`` (pages, blocks or links) in a part."""
    return folder / f"{name}-{part:05d}.parquet"
