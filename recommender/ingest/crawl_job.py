"""What passes between a crawl and its child process: the job, the parts, the messages.

The job goes in as a JSON file, what was read comes back as Parquet parts in a folder, and progress
as JSON lines on standard output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from recommender.config import CrawlConfig
from recommender.ingest.blocks import ParsedBlock, ParsedLink

PAGES_PER_PART = 100


class CrawlJob(BaseModel):
    """What to visit, how, and where to put what was read."""

    model_config = ConfigDict(frozen=True)

    site: str
    seeds: tuple[str, ...]
    config: CrawlConfig
    folder: Path


class CrawlMessage(BaseModel):
    """A line from the child: how far it is and, in the last one, how it ended."""

    model_config = ConfigDict(frozen=True)

    done: int
    total: int
    ended: bool = False
    site: str = ""  # the address that the home page redirected to, else the one asked for
    limited: bool = False  # max_pages kept known addresses from being visited
    forbidden: int = 0  # addresses that robots.txt kept from being visited
    failed_sitemaps: int = 0
    faults: int = 0  # pages lost to a fault of ours


class FetchedPage(BaseModel):
    """One row of PAGES as far as a single page can tell."""

    model_config = ConfigDict(frozen=True)

    url: str
    status: int
    redirect_to: str | None = None
    canonical: str | None = None
    title: str = ""
    h1: str = ""
    description: str = ""
    language: str = ""
    published_at: datetime | None = None
    problem: str | None = None  # what keeps it out of the index, as far as it says itself
    read: bool = False  # its text and links were taken
    elapsed_s: float = 0.0  # since the crawl began


_TEXT, _INSTANT = pa.string(), pa.timestamp("us", tz="UTC")
_PAGES = pa.schema(
    {
        "url": _TEXT,
        "status": pa.int64(),
        "redirect_to": _TEXT,
        "canonical": _TEXT,
        "title": _TEXT,
        "h1": _TEXT,
        "description": _TEXT,
        "language": _TEXT,
        "published_at": _INSTANT,
        "problem": _TEXT,
        "read": pa.bool_(),
        "elapsed_s": pa.float64(),
    }
)
_OF_TYPE: Mapping[str, pa.DataType] = {"int": pa.int64(), "bool": pa.bool_(), "str": _TEXT}
_BLOCK_FIELDS = {field.name: _OF_TYPE[str(field.type)] for field in fields(ParsedBlock)}
_LINK_FIELDS = {field.name: _OF_TYPE[str(field.type)] for field in fields(ParsedLink)}
_SCHEMAS: Mapping[str, pa.Schema] = {
    "pages": _PAGES,
    "blocks": pa.schema({"page": _TEXT} | _BLOCK_FIELDS),
    "links": pa.schema({"source": _TEXT} | _LINK_FIELDS),
}
_of_page = attrgetter(*_PAGES.names)
_of_block = attrgetter(*_BLOCK_FIELDS)
_of_link = attrgetter(*_LINK_FIELDS)


class PartWriter:
    """Collects what was read and writes it to ``folder`` in parts, so that memory stays bounded."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._part = 0
        self._pages: list[tuple[object, ...]] = []
        self._blocks: list[tuple[object, ...]] = []
        self._links: list[tuple[object, ...]] = []

    def add(
        self,
        page: FetchedPage,
        blocks: Sequence[ParsedBlock] = (),
        links: Sequence[ParsedLink] = (),
    ) -> None:
        """Take in one page."""
        self._pages.append(_of_page(page))
        self._blocks.extend((page.url, *_of_block(block)) for block in blocks)
        self._links.extend((page.url, *_of_link(link)) for link in links)
        if len(self._pages) >= PAGES_PER_PART:
            self.flush()

    def flush(self) -> None:
        """Write what was collected as the next part."""
        for name, rows in (
            ("pages", self._pages),
            ("blocks", self._blocks),
            ("links", self._links),
        ):
            schema = _SCHEMAS[name]
            columns = zip(*rows, strict=True) if rows else ((),) * len(schema)
            arrays = [pa.array(c, kind) for c, kind in zip(columns, schema.types, strict=True)]
            table = pa.Table.from_arrays(arrays, schema=schema)
            pq.write_table(table, self._folder / f"{name}-{self._part:05d}.parquet")
            rows.clear()
        self._part += 1


def read_parts(folder: Path, name: str) -> pd.DataFrame:
    """Return all rows of the parts ``name`` (pages, blocks or links), in the order of writing."""
    # Part by part: Arrow spells out every repetition of a path, pandas shares them.
    parts = [pq.read_table(path).to_pandas() for path in sorted(folder.glob(f"{name}-*.parquet"))]
    whole: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return whole
