"""What regions are judged by, as integers: equal numbers where words, paths or pages are equal.

A *slot* is all that shares a structural path (``css_path``).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from recommender.ingest.parse import EXCLUDED
from recommender.models import Region

Mask = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pages:
    """The pages of the site, by number."""

    urls: tuple[str, ...]
    compared: Mask  # those over which repetition is counted
    fresh: Mask  # those of them that were read in this visit


@dataclass(frozen=True, kw_only=True, slots=True)
class BlockRows:
    """BLOCK_EVIDENCE, row by row."""

    page: Counts
    path: Counts
    text: Counts
    prose: Mask
    heading: Mask
    cell: Mask
    words: Counts
    linked: Counts
    wanted: Mask  # inside what content_selector matched
    excluded: Mask


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkRows:
    """LINK_EVIDENCE, row by row."""

    page: Counts
    path: Counts
    target: Counts
    anchor: Counts
    worded: Mask  # the link has an anchor
    host: Counts  # row of its block, -1 where it stands in none
    leads_to: Counts  # number of the page that is its target, -1 where that was not read
    wanted: Mask
    excluded: Mask


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """All that is known of the site's blocks and links."""

    pages: Pages
    paths: tuple[str, ...]
    targets: tuple[str, ...]
    blocks: BlockRows
    links: LinkRows

    def of_host(self, values: Mask) -> Mask:
        """Return what holds of each link's block, False where it stands in none."""
        return np.append(values, np.False_)[self.links.host]

    def fills(self) -> Mask:
        """Tell of each link whether links are most of its block, or it stands in none."""
        blocks = self.blocks
        return (self.links.host < 0) | self.of_host(2 * blocks.linked >= blocks.words)


def read_evidence(
    blocks: pd.DataFrame,
    links: pd.DataFrame,
    compared: Collection[str] | None,
    fresh: Collection[str] | None,
) -> Evidence:
    """Return BLOCK_EVIDENCE and LINK_EVIDENCE as integers. Cost: a hash of each distinct value."""
    urls, block_page, link_page = _together(blocks["page"], links["source"])
    paths, block_path, link_path = _together(blocks["css_path"], links["css_path"])
    present = np.zeros(len(urls), dtype=bool)
    present[block_page] = present[link_page] = True
    counted = present if compared is None else present & urls.isin(list(compared))
    pages = Pages(
        urls=tuple(urls),
        compared=counted,
        fresh=counted & urls.isin([] if fresh is None else list(fresh)),
    )
    return Evidence(
        pages=pages,
        paths=tuple(paths),
        targets=tuple(links["target"].cat.categories),
        blocks=_block_rows(blocks, block_page, block_path),
        links=_link_rows(links, link_page, link_path, urls, _hosts(blocks, links, urls)),
    )


def _block_rows(blocks: pd.DataFrame, page: Counts, path: Counts) -> BlockRows:
    return BlockRows(
        page=page,
        path=path,
        text=pd.factorize(blocks["text_hash"].to_numpy())[0],
        prose=blocks["prose"].to_numpy(dtype=bool),
        heading=_is(blocks["kind"], "heading"),
        cell=_is(blocks["kind"], "cell"),
        words=blocks["words"].to_numpy(dtype=np.int64),
        linked=blocks["linked"].to_numpy(dtype=np.int64),
        wanted=_is(blocks["mark"], Region.CONTENT.value),
        excluded=_is(blocks["mark"], EXCLUDED),
    )


def _link_rows(
    links: pd.DataFrame, page: Counts, path: Counts, urls: pd.Index[str], host: Counts
) -> LinkRows:
    return LinkRows(
        page=page,
        path=path,
        target=_codes(links["target"]),
        anchor=_codes(links["anchor"]),
        worded=~_is(links["anchor"], ""),
        host=host,
        leads_to=urls.get_indexer(links["target"].cat.categories)[_codes(links["target"])],
        wanted=_is(links["mark"], Region.CONTENT.value),
        excluded=_is(links["mark"], EXCLUDED),
    )


def _hosts(blocks: pd.DataFrame, links: pd.DataFrame, urls: pd.Index[str]) -> Counts:
    """Return the row of each link's block, -1 where it stands in none."""
    number = links["block"].to_numpy(dtype=np.int64)
    ordinal = blocks["ordinal"].to_numpy(dtype=np.int64)
    most = max(ordinal.max(initial=0), number.max(initial=0)) + 1
    pages = [_codes(frame, urls) for frame in (blocks["page"], links["source"])]
    rows = pd.Index(pages[0] * most + ordinal).get_indexer(pd.Index(pages[1] * most + number))
    return np.where(number < 0, -1, rows)


def _codes(column: pd.Series, known: pd.Index[str] | None = None) -> Counts:
    codes: Counts = np.asarray(column.cat.codes, dtype=np.int64)
    if known is None:
        return codes
    places: Counts = np.asarray(known.get_indexer(column.cat.categories), dtype=np.int64)
    return places[codes] if len(places) else codes


def _together(first: pd.Series, second: pd.Series) -> tuple[pd.Index[str], Counts, Counts]:
    """Return the values of two columns, and the place of each row's value among them."""
    values = first.cat.categories
    values = values.append(second.cat.categories.difference(values))
    return values, _codes(first, values), _codes(second, values)


def _is(column: pd.Series, value: str) -> Mask:
    found: Mask = (column == value).to_numpy(dtype=bool)
    return found
