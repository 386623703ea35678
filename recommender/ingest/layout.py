"""Where the running text of each page lies: its column, its first and its last block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recommender.ingest.evidence import Counts, Evidence, Floats, Mask
from recommender.ingest.landmarks import is_article

COLUMN_SHARE = 0.9  # of a page's words of running text: so many stand in its column


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Where each row stands, seen from the running text of its page; all False without any."""

    inside: Mask  # in the column
    beside: Mask  # in another column, between what stands over and what stands under both
    before: Mask  # before the first running text
    after: Mask  # after the last running text
    part: Counts  # the element inside the column, or beside what holds both, -1 for neither


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """The place of each block and of each link."""

    blocks: Places
    links: Places


def layout_of(evidence: Evidence, prose: Mask) -> Layout:
    """Return the layout of all pages; ``prose`` tells the blocks of running text.

    A page's column is the deepest element that holds nearly all of its running text, or the
    article around it. Cost: for each level of nesting a hash of the blocks of running text.
    """
    blocks, links, pages = evidence.blocks, evidence.links, len(evidence.pages.urls)
    body = np.flatnonzero(prose)
    first, last = np.full(pages, -np.inf), np.full(pages, np.inf)  # nothing lies beyond
    first[blocks.page[body[::-1]]] = body[::-1]
    last[blocks.page[body]] = body
    above, articles = _ancestors(evidence.paths)
    depth, column = _columns(evidence, body, above, articles)
    row = np.arange(len(blocks.page), dtype=np.float64)
    shared = _steps_shared(blocks.path, blocks.page, above, column)
    outer = np.maximum(
        _least(shared, blocks.page, row < first[blocks.page], pages),
        _least(shared, blocks.page, row > last[blocks.page], pages),
    )

    def places(path: Counts, page: Counts, shared: Counts, row: Floats) -> Places:
        inside = (column[page] >= 0) & (above[path, depth[page]] == column[page])
        deepest = above.shape[1] - 1
        return Places(
            inside=inside,
            beside=~inside & (shared > outer[page]),
            before=row < first[page],
            after=row > last[page],
            part=above[path, np.minimum(shared, deepest)],
        )

    links_shared = _steps_shared(links.path, links.page, above, column)
    return Layout(
        blocks=places(blocks.path, blocks.page, shared, row),
        links=places(links.path, links.page, links_shared, _rows_at(evidence)),
    )


def _least(values: Counts, page: Counts, where: Mask, pages: int) -> Floats:
    """Return the least value of each page among the rows of ``where``, inf without any."""
    least = np.full(pages, np.inf)
    np.minimum.at(least, page[where], values[where])
    return least


def _ancestors(paths: Sequence[str]) -> tuple[Counts, Mask]:
    """Return paths x depth: the number of the element there, -1 below the path's end.

    And of each element whether it is an article.
    """
    known: dict[str, int] = {}
    rows = []
    for path in paths:
        row, end = [], -1
        while end < len(path):
            step = path.find(">", end + 1)
            end = step if step >= 0 else len(path)
            row.append(known.setdefault(path[:end], len(known)))
        rows.append(row)
    deepest = max(map(len, rows), default=0)
    above = np.full((len(rows), deepest + 1), -1, dtype=np.int64)
    for place, row in enumerate(rows):
        above[place, : len(row)] = row
    return above, np.array([is_article(element) for element in known] or [False])


def _columns(
    evidence: Evidence, body: Counts, above: Counts, articles: Mask
) -> tuple[Counts, Counts]:
    """Return the depth of each page's column and its element, -1 where it has none."""
    blocks, pages = evidence.blocks, len(evidence.pages.urls)
    page, path, words = blocks.page[body], blocks.path[body], blocks.words[body]
    least = COLUMN_SHARE * np.bincount(page, weights=words, minlength=pages)
    depth, column = np.zeros(pages, dtype=np.int64), np.full(pages, -1)
    in_article = np.zeros(pages, dtype=bool)
    for level in range(above.shape[1] - 1):
        inner = np.flatnonzero(above[path, level + 1] >= 0)  # a block's own element is no column
        if not len(inner):
            break
        key, distinct = pd.factorize(page[inner] * len(articles) + above[path[inner], level])
        of_page, element = distinct // len(articles), distinct % len(articles)
        most = np.bincount(key, weights=words[inner]) >= least[of_page]
        # An element inside an article would cut off parts of it.
        most &= articles[element] | ~in_article[of_page]
        depth[of_page[most]], column[of_page[most]] = level, element[most]
        in_article[of_page[most]] = articles[element[most]]
    return depth, column


def _steps_shared(path: Counts, page: Counts, above: Counts, column: Counts) -> Counts:
    """Return how many steps each row's path shares with the path of its page's column."""
    levels = np.arange(above.shape[1])
    number = int(above.max(initial=-1)) + 1
    holder, deep = np.zeros(number, dtype=np.int64), np.zeros(number, dtype=np.int64)
    for level in levels:
        rows = np.flatnonzero(above[:, level] >= 0)
        holder[above[rows, level]], deep[above[rows, level]] = rows, level
    pair, distinct = pd.factorize(path * (number + 1) + column[page] + 1)
    paths, columns = distinct // (number + 1), distinct % (number + 1) - 1
    same = above[paths] == above[holder[columns]]
    same &= levels <= np.where(columns >= 0, deep[columns], -1)[:, None]
    shared: Counts = same.sum(axis=1)
    return shared[pair]


def _rows_at(evidence: Evidence) -> Floats:
    """Return the row of each link's block, or of the last block before it; -1 before any."""
    host = pd.Series(evidence.links.host).where(evidence.links.host >= 0)
    at: Floats = host.groupby(evidence.links.page).ffill().fillna(-1).to_numpy(dtype=np.float64)
    return at
