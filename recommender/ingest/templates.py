"""Pages of one template: those that are built from much the same slots."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from recommender.ingest.evidence import Counts, Evidence, Floats, Mask

FEWEST_ALIKE = 8  # pages of one template: fewer show no habit
MOST_TRIES = 64  # the pages that are left then are compared with the whole site only
ALIKE = 0.5  # weighted Jaccard similarity of the slots of two pages of one template
RARE_SLOT = 0.01  # of all pages: a slot of fewer tells an author's habit, no template


def page_templates(evidence: Evidence) -> Counts:
    """Return the number of each page's template, -1 where it is like too few others.

    The page whose slots are the most common gathers all that are alike; then the next among those
    that are left. Slots weigh by how few pages have them. Cost: for each template a pass over the
    distinct (page, slot).
    """
    slots, weights = _slots(evidence)
    of_page: Counts = np.full(len(evidence.pages.urls), -1)
    left = np.diff(slots.indptr) > 0
    seeds: list[Floats] = []
    total = slots @ weights
    for _ in range(MOST_TRIES):
        if not left.any():
            break
        seed = _most_typical(slots, weights, total, left)
        alike = left & (_likeness(slots, weights, total, seed) >= ALIKE)
        left &= ~alike
        if (alike & evidence.pages.compared).sum() >= FEWEST_ALIKE:
            seeds.append((slots[alike].mean(axis=0) >= 0.5).astype(np.float64))
    if not seeds:
        return of_page
    return _nearest(slots, weights, total, np.array(seeds))


def _slots(evidence: Evidence) -> tuple[csr_array, Floats]:
    """Return pages x slots (0 or 1) and the weight of each slot."""
    pages, paths = len(evidence.pages.urls), len(evidence.paths)
    both = np.concatenate(
        [rows.page * paths + rows.path for rows in (evidence.blocks, evidence.links)]
    )
    distinct = pd.unique(both)
    page, path = distinct // max(paths, 1), distinct % max(paths, 1)
    compared = evidence.pages.compared
    spread = np.bincount(path[compared[page]], minlength=paths)
    number = int(compared.sum())
    told = spread >= max(5, math.ceil(RARE_SLOT * number))
    kept = told[path]
    weights = np.where(told, np.log((number + 1) / np.maximum(spread, 1)), 0.0)
    ones = np.ones(int(kept.sum()))
    return csr_array((ones, (page[kept], path[kept])), shape=(pages, paths)), weights


def _most_typical(slots: csr_array, weights: Floats, total: Floats, left: Mask) -> Floats:
    """Return the slots of that page among ``left`` whose slots most of them have."""
    common = (left.astype(np.float64) @ slots) * weights
    typical = np.where(left, (slots @ common) / np.maximum(total, 1e-9), -1.0)
    seed: Floats = slots[[int(typical.argmax())]].toarray()[0]
    return seed


def _likeness(slots: csr_array, weights: Floats, total: Floats, seed: Floats) -> Floats:
    shared = slots @ (weights * seed)
    likeness: Floats = shared / np.maximum(total + (weights * seed).sum() - shared, 1e-9)
    return likeness


def _nearest(slots: csr_array, weights: Floats, total: Floats, seeds: Floats) -> Counts:
    shared = slots @ (weights * seeds).T
    likeness = shared / np.maximum(total[:, None] + seeds @ weights - shared, 1e-9)
    return np.where(likeness.max(axis=1) >= ALIKE, likeness.argmax(axis=1), -1)
