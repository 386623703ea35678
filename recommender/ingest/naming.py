"""What a part of the template is called, by its landmarks, its links or its place on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recommender.ingest.evidence import Counts, Evidence, Floats, Mask
from recommender.ingest.landmarks import landmark_of
from recommender.ingest.spread import mean_by
from recommender.ingest.verdicts import BREADCRUMB, CONTENT, FOOTER, NAV, OPEN, Codes, code_of

ANCESTOR_SHARE = 0.9  # of the links of a slot: so many lead to the page's own ancestors
DEEP_SHARE = 0.3  # of the links of a slot: so many lead to ancestors other than the home page


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """What each row is called if it is no content; CONTENT where nothing better is known.

    ``landmark`` is what the markup claims, OPEN where it claims nothing.
    """

    blocks: Codes
    links: Codes
    block_landmark: Codes
    link_landmark: Codes


def names_of(evidence: Evidence, prose: Mask) -> Names:
    """Return the names of all rows; ``prose`` tells the blocks of running text.

    Landmarks name first, then breadcrumbs, then the slot's usual place beside the running text:
    before it nav, after it footer, within it content.
    """
    blocks, links = evidence.blocks, evidence.links
    row = np.arange(len(blocks.page), dtype=np.float64)
    pages = len(evidence.pages.urls)
    first, last = np.full(pages, np.inf), np.full(pages, np.inf)
    body = np.flatnonzero(prose)
    first[blocks.page[body[::-1]]] = body[::-1]
    last[blocks.page[body]] = body
    block_place = _usual_place(blocks.path, blocks.page, row, first, last)
    link_place = _usual_place(links.path, links.page, _rows_at(evidence), first, last)
    link_place[_breadcrumbs(evidence)[links.path]] = BREADCRUMB
    landmark = _landmarks(evidence.paths)
    of_blocks, of_links = landmark[blocks.path], landmark[links.path]
    return Names(
        blocks=np.where(of_blocks == OPEN, block_place, of_blocks),
        links=np.where(of_links == OPEN, link_place, of_links),
        block_landmark=of_blocks,
        link_landmark=of_links,
    )


def _landmarks(paths: Sequence[str]) -> Codes:
    claims = [landmark_of(path) for path in paths]
    return np.array([code_of(claim) if claim else OPEN for claim in claims], dtype=np.int8)


def _rows_at(evidence: Evidence) -> Floats:
    """Return the row of each link's block, or of the last block before it; -1 before any."""
    host = pd.Series(evidence.links.host).where(evidence.links.host >= 0)
    at: Floats = host.groupby(evidence.links.page).ffill().fillna(-1).to_numpy(dtype=np.float64)
    return at


def _usual_place(path: Counts, page: Counts, at: Floats, first: Floats, last: Floats) -> Codes:
    place: Codes = np.full(len(path), CONTENT, dtype=np.int8)
    if len(path):
        place[mean_by(path, at > last[page]) >= 0.5] = FOOTER
        place[mean_by(path, at < first[page]) >= 0.5] = NAV
    return place


def _breadcrumbs(evidence: Evidence) -> Mask:
    """Return of each path whether its links lead up the page's own path, not only to the home."""
    links = evidence.links
    steps = [_steps(url) for url in evidence.targets]
    known = {step: number for number, step in enumerate(dict.fromkeys(steps))}
    target = np.array([known[step] for step in steps], dtype=np.int64)
    above = [
        page * len(known) + known[step]
        for page, url in enumerate(evidence.pages.urls)
        for step in _above(_steps(url))
        if step in known
    ]
    number = len(evidence.paths)
    if not above:
        return np.zeros(number, dtype=bool)
    to = target[links.target]
    up = np.isin(links.page * len(known) + to, np.array(above))
    total = np.maximum(np.bincount(links.path, minlength=number), 1)
    deep = up & (to != known.get("", -1))
    found: Mask = np.bincount(links.path[up], minlength=number) / total >= ANCESTOR_SHARE
    found &= np.bincount(links.path[deep], minlength=number) / total >= DEEP_SHARE
    return found


def _steps(url: str) -> str:
    """Return the path of a URL without slashes at its ends."""
    return url.partition("://")[2].partition("?")[0].partition("/")[2].strip("/")


def _above(steps: str) -> list[str]:
    """Return the paths above a path, the home page's included."""
    above = []
    while steps:
        steps = steps.rpartition("/")[0]
        above.append(steps)
    return above


def never_content(names: Codes, otherwise: int) -> Codes:
    """Return the names, ``otherwise`` where nothing better than content is known."""
    return np.where(names == CONTENT, np.int8(otherwise), names).astype(np.int8)
