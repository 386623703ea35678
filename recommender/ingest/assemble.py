"""From the parts of a crawl to what it brought home: regions judged, pages told apart.

What must be counted over all pages is counted on codes, without the texts; the rows themselves
pass one part at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from recommender.frames import (
    BLOCK_EVIDENCE,
    BLOCKS,
    LINK_EVIDENCE,
    LINKS,
    PAGES,
    Column,
    FrameSpec,
    checked,
)
from recommender.ingest.crawl_job import (
    ADDRESSES,
    CrawlJob,
    CrawlMessage,
    Reading,
    part_path,
    parts,
    read_rows,
    text_hash,
)
from recommender.ingest.impossible import soft_404_pages
from recommender.ingest.narrow import told_before, with_passed_over
from recommender.ingest.reconcile import Reconciled, reconcile
from recommender.ingest.regions import judge_regions
from recommender.ingest.verdicts import VERDICTS
from recommender.models import CrawlPart, Region, Visit
from recommender.ports import EarlierCrawl
from recommender.urls import Identity

SOFT_404 = "says that there is nothing at its address (soft 404)"
TOLD_CONFIDENCE = (
    0.5  # landmarks of single pages, read without the rest of the site, err this often
)
_KEPT_AS: Mapping[Column, type[np.generic]] = {
    Column.CODED: np.int32,
    Column.INT: np.int32,
    Column.BOOL: np.bool_,
    Column.HASH: np.uint64,
}
_REDIRECT_COST = 1e-6  # a redirect is no click, but an edge needs some weight


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """The rows of the whole site and what they were found to be."""

    blocks: pd.DataFrame  # BLOCK_EVIDENCE with the columns of VERDICTS
    links: pd.DataFrame  # LINK_EVIDENCE with the columns of VERDICTS

    def verdicts(self) -> _Judged:
        """Return the verdicts alone."""
        names = list(VERDICTS.columns)
        return _Judged(blocks=self.blocks[names].copy(), links=self.links[names].copy())


def assemble(
    job: CrawlJob,
    reading: Reading,
    earlier: EarlierCrawl | None,
    *,
    crawl_id: str,
    reader: str,
    finished_at: datetime,
) -> Visit:
    """Return what the crawl in ``job.folder`` brought home.

    ``earlier`` is the crawl that it was a visit after. Cost: reads each part twice.
    """
    ending, visited = reading.ending, _pages(job.folder)
    soft = soft_404_pages(job, visited)
    visited = visited[visited["url"] != job.probe]
    visited["problem"] = visited["problem"].mask(visited["url"].isin(soft), SOFT_404)
    addresses = with_passed_over(job, read_rows(job.folder / ADDRESSES).to_pandas(), earlier)
    state = reconcile(visited, addresses, earlier, crawl_id=crawl_id, started_at=job.began_at)
    pages = _with_indexing(state)
    fresh = state.fresh
    if fresh:
        judged = (
            _told(job, reading.regions_told_by, state)
            if reading.regions_told_by
            else _judged(job, earlier, pages, state)
        )
        pages = _with_sums(pages, judged, fresh)
        depth = _depth(pages, judged.links, job.site)
        pages = pages.assign(depth=depth)
        verdicts = judged.verdicts()
        del judged  # the evidence of a whole site
    was_complete, notes = told_before(job, earlier)
    return Visit(
        id=crawl_id,
        started_at=job.began_at,
        finished_at=finished_at,
        pages=PAGES.coerced(_filled(pages)),
        known=state.known,
        parts=_parts(job.folder, verdicts, fresh) if fresh else (),
        reader=reader,
        complete=was_complete
        and not (
            ending.limited or ending.late or ending.failed_sitemaps or ending.faults or state.why
        ),
        notes=tuple(dict.fromkeys((*notes, *_notes(job, ending, state), *reading.notes))),
    )


def _pages(folder: Path) -> pd.DataFrame:
    tables = [read_rows(part_path(folder, "pages", part)) for part in parts(folder)]
    pages: pd.DataFrame = pa.concat_tables(tables).to_pandas()
    return pages


def _with_indexing(state: Reconciled) -> pd.DataFrame:
    """Return the pages with what keeps each out of the index."""
    pages = state.pages.rename_axis("url").reset_index()
    identity = Identity.of(pages)
    problems = state.known.set_index("url")["problem"].reindex(pages["url"]).fillna("")
    canonical_page = identity.pages(pages["canonical"])
    elsewhere = pages["canonical"].notna() & (canonical_page != pages["url"])
    elsewhere &= pages["canonical"] != pages["url"]
    # The identity of pages does not follow a canonical to another language: nor do we here.
    elsewhere &= ~(canonical_page.notna() & (identity.pages(pages["url"]) == pages["url"]))
    names = "its canonical is " + pages["canonical"].fillna("")
    why = [
        problem or (name if other else None)
        for problem, name, other in zip(problems, names, elsewhere, strict=True)
    ]
    said = pd.Series(why, index=pages.index, dtype="object")
    return pages.assign(why_not_indexable=said, indexable=said.isna())


def _filled(pages: pd.DataFrame) -> pd.DataFrame:
    return pages.assign(
        words=pages["words"].fillna(0),
        depth=pages["depth"].fillna(-1),
        content_hash=pages["content_hash"].fillna(""),
    )


# --- Judging over all pages -----------------------------------------------------------------


def _judged(
    job: CrawlJob, earlier: EarlierCrawl | None, pages: pd.DataFrame, state: Reconciled
) -> _Judged:
    carried = set(pages["url"]) - state.fresh

    def whole(name: str, stored: FrameSpec, spec: FrameSpec) -> pd.DataFrame:
        anew = _evidence(job.folder, name, spec, state.fresh)
        before = _earlier_evidence(earlier, stored, spec, carried)
        return checked(_stacked(chain(anew, before), spec), spec)

    blocks = whole("blocks", BLOCKS, BLOCK_EVIDENCE)
    links = whole("links", LINKS, LINK_EVIDENCE)
    of_blocks, of_links = judge_regions(
        blocks,
        links,
        template_share=job.config.template_share,
        compared=set(pages.loc[pages["indexable"], "url"]) or set(pages["url"]),
        fresh=state.fresh if earlier is not None else None,
    )
    return _Judged(
        blocks=pd.concat([blocks, of_blocks], axis=1),
        links=pd.concat([links, of_links], axis=1),
    )


def _told(job: CrawlJob, told_by: str, state: Reconciled) -> _Judged:
    """Return the rows with the regions that their source says they stand in."""

    def told(name: str, spec: FrameSpec) -> pd.DataFrame:
        rows = _stacked(_evidence(job.folder, name, spec, state.fresh), spec)
        return rows.assign(region=rows["mark"], confidence=TOLD_CONFIDENCE, reason=told_by)

    return _Judged(blocks=told("blocks", BLOCK_EVIDENCE), links=told("links", LINK_EVIDENCE))


def _evidence(
    folder: Path, name: str, spec: FrameSpec, fresh: Collection[str]
) -> Iterator[pd.DataFrame]:
    """Yield what regions are judged by, part by part."""
    for part in parts(folder):
        yield _rows(part_path(folder, name, part), spec.key[0], fresh, list(spec.columns))


def _earlier_evidence(
    earlier: EarlierCrawl | None, stored: FrameSpec, spec: FrameSpec, carried: Collection[str]
) -> Iterator[pd.DataFrame]:
    """Yield the same of pages that were not read anew; what selectors said of them is not kept."""
    if earlier is None or not carried:
        return
    needed = [name for name in (*spec.columns, "text", "spans") if name in stored.columns]
    for rows in earlier.rows(stored, needed):
        kept = _of_pages(rows, spec.key[0], carried)
        kept = kept.assign(mark=pd.Categorical([""] * len(kept), categories=[""]))
        yield (_counted(kept) if spec is BLOCK_EVIDENCE else kept)[list(spec.columns)]


def _counted(blocks: pd.DataFrame) -> pd.DataFrame:
    """Return stored blocks with what is counted of their texts; each distinct one only once."""
    text, spans = blocks["text"].cat, blocks["spans"].cat
    both = text.codes.to_numpy(np.int64) * len(spans.categories) + spans.codes
    distinct, place = np.unique(both, return_inverse=True)
    texts = text.categories.to_numpy()[distinct // len(spans.categories)]
    marks = spans.categories.to_numpy()[distinct % len(spans.categories)]
    hashes = np.array([text_hash(said) for said in texts], dtype=np.uint64)
    words = np.array([said.count(" ") + 1 for said in texts], dtype=np.int64)
    linked = np.array([_linked(*pair) for pair in zip(texts, marks, strict=True)], dtype=np.int64)
    return blocks.assign(text_hash=hashes[place], words=words[place], linked=linked[place])


def _linked(text: str, spans: str) -> int:
    """Return the number of words of a block that stand in links."""
    ends = (span[1:].split("-") for span in spans.split() if span[0] == "a")
    return sum(text.count(" ", int(start), int(end)) + 1 for start, end in ends)


def _of_pages(rows: pd.DataFrame, column: str, wanted: Collection[str]) -> pd.DataFrame:
    """Return the rows of some pages; ``column`` names the page by category."""
    page = rows[column].cat
    keep = page.categories.isin(wanted)
    if keep.all():
        return rows
    return rows[keep[page.codes]]


def _stacked(frames: Iterable[pd.DataFrame], spec: FrameSpec) -> pd.DataFrame:
    """Return the rows of all ``frames``, their categories made one, holding one frame at a time.

    What is kept of a frame is added to the end of long columns: many short ones, each between what
    was read and is given back, would keep that from being given back.
    """
    columns = {name: bytearray() for name in spec.columns}
    numbers: dict[str, dict[str, int]] = {
        name: {} for name, kind in spec.columns.items() if kind is Column.CODED
    }
    for frame in frames:
        for name, kind in spec.columns.items():
            rows = frame[name]
            values = _renumbered(rows, numbers[name]) if name in numbers else rows.to_numpy()
            columns[name] += values.astype(_KEPT_AS[kind], copy=False).tobytes()
    if not columns[spec.key[0]]:
        return spec.empty()
    whole = {
        name: np.frombuffer(columns[name], dtype=_KEPT_AS[kind])
        for name, kind in spec.columns.items()
    }
    coded = {
        name: pd.Categorical.from_codes(
            cast("list[int]", whole[name]),  # what the stubs of pandas know of
            categories=pd.Index(known),
        )
        for name, known in numbers.items()
    }
    return pd.DataFrame(whole | coded, copy=False)


def _renumbered(rows: pd.Series, known: dict[str, int]) -> npt.NDArray[np.int32]:
    """Return the number of each row's category in ``known``, which takes in what is new."""
    numbers = [known.setdefault(text, len(known)) for text in rows.cat.categories]
    return np.array(numbers, dtype=np.int32)[rows.cat.codes]


def _with_sums(pages: pd.DataFrame, judged: _Judged, fresh: Collection[str]) -> pd.DataFrame:
    """Return the pages with the words and the hash of their content, where they were read anew."""
    blocks = judged.blocks[judged.blocks["region"] == Region.CONTENT.value]
    page = blocks["page"].cat
    words = np.bincount(page.codes, weights=blocks["words"], minlength=len(page.categories))
    prose = blocks[blocks["prose"]]
    hashes = dict.fromkeys(fresh, "")
    for url, texts in prose.groupby("page", observed=True)["text_hash"]:
        hashes[str(url)] = hashlib.sha256(texts.to_numpy().tobytes()).hexdigest()[:16]
    counted = dict.fromkeys(fresh, 0.0) | dict(zip(page.categories, words, strict=True))
    anew = pages["url"].isin(fresh)
    return pages.assign(
        words=pages["words"].mask(anew, pages["url"].map(counted)),
        content_hash=pages["content_hash"].mask(anew, pages["url"].map(hashes)),
    )


def _depth(pages: pd.DataFrame, links: pd.DataFrame, site: str) -> npt.NDArray[np.int64]:
    """Return the clicks from the home page to each page, -1 where links do not lead to it.

    Cost: one breadth-first visit of the link graph.
    """
    from scipy.sparse import coo_array  # noqa: PLC0415 - 40 MB while the site is visited
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415

    identity = Identity.of(pages)
    number = {url: row for row, url in enumerate(pages["url"])}

    def rows(urls: Iterable[str]) -> npt.NDArray[np.int64]:
        found = (number.get(identity.fetched(url) or "", -1) for url in urls)
        return np.fromiter(found, dtype=np.int64)

    source, target = links["source"].cat, links["target"].cat
    clicks = np.column_stack(
        [rows(source.categories)[source.codes], rows(target.categories)[target.codes]]
    )
    moved = pages[pages["redirect_to"].notna()]
    hops = np.column_stack([rows(moved["url"].tolist()), rows(moved["redirect_to"].tolist())])
    clicks = clicks[(clicks >= 0).all(axis=1)]
    pairs = np.unique(clicks[:, 0] * len(pages) + clicks[:, 1])
    clicks = np.column_stack([pairs // len(pages), pairs % len(pages)])
    hops = hops[(hops >= 0).all(axis=1)]
    costs = np.append(np.ones(len(clicks)), np.full(len(hops), _REDIRECT_COST))
    edges = np.vstack([clicks, hops])
    home = number.get(identity.fetched(site) or "")
    if home is None:
        return np.full(len(pages), -1)
    graph = coo_array((costs, (edges[:, 0], edges[:, 1])), shape=(len(pages), len(pages))).tocsr()
    away = dijkstra(graph, indices=np.array([home]))[0]
    return np.where(np.isfinite(away), np.floor(np.nan_to_num(away, posinf=0)), -1).astype(int)


# --- The rows -------------------------------------------------------------------------------


def _parts(folder: Path, judged: _Judged, fresh: Collection[str]) -> Iterator[CrawlPart]:
    """Yield the rows that were read anew with their verdicts, in the order they were judged in."""
    done_blocks = done_links = 0
    for part in parts(folder):
        blocks = _rows(part_path(folder, "blocks", part), "page", fresh).reset_index(drop=True)
        links = _rows(part_path(folder, "links", part), "source", fresh).reset_index(drop=True)
        yield CrawlPart(
            blocks=_with_verdicts(blocks, judged.blocks, done_blocks, BLOCKS),
            links=_with_verdicts(links, judged.links, done_links, LINKS),
        )
        done_blocks, done_links = done_blocks + len(blocks), done_links + len(links)


def _rows(
    path: Path, page: str, fresh: Collection[str], columns: Sequence[str] | None = None
) -> pd.DataFrame:
    texts = [field.name for field in pq.read_schema(path) if field.type == pa.string()]
    repeated = [name for name in texts if name != "text"]
    rows = read_rows(path, columns, coded=repeated).to_pandas(use_threads=False)
    return _of_pages(rows, page, fresh)


def _with_verdicts(
    rows: pd.DataFrame, judged: pd.DataFrame, first: int, spec: FrameSpec
) -> pd.DataFrame:
    verdicts = judged.iloc[first : first + len(rows)].reset_index(drop=True)
    columns = ("region", "confidence", "reason")
    return rows.assign(**{name: verdicts[name] for name in columns})[list(spec.columns)]


# --- What a reader must know ----------------------------------------------------------------


def _notes(job: CrawlJob, ending: CrawlMessage, state: Reconciled) -> tuple[str, ...]:
    """Return what must be known of the crawl, what cut it short first."""
    waiting = int((state.known["outcome"] == "waiting").sum())
    robots = "; ".join(ending.unreachable_robots)
    said = {
        state.why[:1].upper() + state.why[1:]: state.why,
        f"stopped at max_pages = {job.config.max_pages:,}: known and not visited are {waiting:,}": (
            ending.limited
        ),
        f"the hours for visits ended; {waiting:,} known addresses wait for the next crawl": (
            ending.late
        ),
        f"{state.failed} pages gave no answer; what was known of them still counts": (
            state.failed and not state.why
        ),
        f"{ending.failed_sitemaps} sitemaps could not be read": ending.failed_sitemaps,
        f"{robots}: nothing was asked for there": robots,
        f"robots.txt keeps {ending.forbidden} known addresses from being read": ending.forbidden,
        f"{ending.traps:,} addresses were left out because their like never ends": ending.traps,
        f"refused: {'; '.join(ending.refused)}": ending.refused,
        f"{ending.not_rendered} pages were read without their scripts, which did not end": (
            ending.not_rendered
        ),
        f"{ending.faults} pages were lost to a fault, see the crawl's log": ending.faults,
        f"the home page redirects to {ending.site}": ending.site != job.site,
    }
    return tuple(note for note, holds in said.items() if holds)
