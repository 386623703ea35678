"""What a part of the template is called, by its landmarks, its links or its place on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender.ingest.evidence import Counts, Evidence, Mask
from recommender.ingest.landmarks import is_byline, landmark_of
from recommender.ingest.layout import Layout, Places
from recommender.ingest.spread import mean_by
from recommender.ingest.url_tree import UrlTree
from recommender.ingest.verdicts import (
    BREADCRUMB,
    CONTENT,
    FOOTER,
    NAV,
    OPEN,
    RELATED,
    SIDEBAR,
    Codes,
    code_of,
)

ANCESTOR_SHARE = 0.9  # of the links of a slot: so many lead to the page's own ancestors
DEEP_SHARE = 0.3  # of the links of a slot: so many lead to ancestors other than the home page


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """What the rows of a frame are called if they are no content.

    Where neither landmark nor place tell, it depends on what repeats there: ``everywhere`` names
    what is the same on many pages of the site, ``fixed`` on many of one template, ``chosen`` what
    a program chose for the page, ``listed`` links whose words are always the same, ``lists`` lists.
    """

    landmark: Codes  # what the markup claims, OPEN where it claims nothing
    breadcrumb: Mask
    byline: Mask
    everywhere: Codes
    fixed: Codes
    chosen: Codes
    listed: Codes
    lists: Codes

    @classmethod
    def of(
        cls, told: Codes, landmark: Codes, places: Places, *, beside: Mask, byline: Mask
    ) -> Names:
        """Return names; ``told`` is CONTENT where landmark and place do not tell."""
        unclaimed = landmark == OPEN
        unsure = (told == CONTENT) | (beside & unclaimed)
        silent = (told == CONTENT) | (byline & unclaimed & (told != BREADCRUMB))
        under = beside & places.after & unclaimed
        by_order = np.where(places.before, NAV, np.where(places.after, FOOTER, RELATED))
        by_order = np.where(byline, RELATED, by_order)
        return cls(
            landmark=landmark,
            breadcrumb=told == BREADCRUMB,
            byline=byline,
            everywhere=np.where(silent, by_order, told).astype(np.int8),
            fixed=np.where(silent | under, np.int8(RELATED), told),
            chosen=np.where(unsure | silent, np.int8(RELATED), told),
            listed=np.where(told == CONTENT, np.int8(NAV), told),
            lists=np.where(unclaimed, np.int8(NAV), landmark),
        )


def names_of(evidence: Evidence, layout: Layout, tree: UrlTree) -> tuple[Names, Names]:
    """Return the names of blocks and of links.

    Breadcrumbs are told by their links; then landmarks name; then the slot's usual place beside
    the running text: over it nav, under it footer, in a column of its own sidebar.
    """
    blocks, links = evidence.blocks, evidence.links
    landmark = _landmarks(evidence.paths)
    bylines = np.array([is_byline(path) for path in evidence.paths], dtype=bool)
    crumbs = _breadcrumbs(evidence, tree)
    made = []
    for rows, places in ((blocks, layout.blocks), (links, layout.links)):
        claimed = landmark[rows.path]
        usual = _usual_place(rows.path, places)
        told = np.where(claimed == OPEN, usual, claimed).astype(np.int8)
        early = mean_by(rows.path, places.before) >= 0.5 if len(rows.path) else places.before
        told[crumbs[rows.path] & early & ((told == NAV) | (told == CONTENT))] = BREADCRUMB
        beside, byline = usual == SIDEBAR, bylines[rows.path]
        made.append(Names.of(told, claimed, places, beside=beside, byline=byline))
    return made[0], made[1]


def _landmarks(paths: Sequence[str]) -> Codes:
    claims = [landmark_of(path) for path in paths]
    return np.array([code_of(claim) if claim else OPEN for claim in claims], dtype=np.int8)


def _usual_place(path: Counts, places: Places) -> Codes:
    place: Codes = np.full(len(path), CONTENT, dtype=np.int8)
    for name, where in (
        (FOOTER, ~places.inside & places.after),
        (NAV, ~places.inside & places.before),
        (SIDEBAR, places.beside),
    ):
        if len(path):
            place[mean_by(path, where) >= 0.5] = name
    return place


def _breadcrumbs(evidence: Evidence, tree: UrlTree) -> Mask:
    """Return of each path whether its links lead up the page's own path, not only to the home."""
    links = evidence.links
    number = len(evidence.paths)
    up = tree.leads_up(links.page, links.target)
    deep = up & (tree.target[links.target] != tree.home)
    total = np.maximum(np.bincount(links.path, minlength=number), 1)
    found: Mask = np.bincount(links.path[up], minlength=number) / total >= ANCESTOR_SHARE
    found &= np.bincount(links.path[deep], minlength=number) / total >= DEEP_SHARE
    return found
