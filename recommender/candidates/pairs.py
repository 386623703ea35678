"""Which pages should link a target: the pair signals fused by reciprocal rank."""

from __future__ import annotations

import numpy as np

from recommender.corpus import Floats, Ints

K = 60  # Cormack, Clarke and Buettcher, SIGIR 2009


def fused(scores: Floats) -> Floats:
    """Return the reciprocal rank fusion of ``scores`` (signals x pages), one number a page.

    A page without any of a signal (score 0) takes that ranking's last place. Range: above
    signals / (60 + pages), at most signals / 61.
    """
    pages = scores.shape[1]
    total = np.zeros(pages)
    for row in scores:
        rank = np.empty(pages)
        rank[np.argsort(-row, kind="stable")] = np.arange(1, pages + 1)
        total += 1 / (K + np.where(row <= 0, pages, rank))
    return total


def relevance(total: Floats, signals: int) -> Floats:
    """Return fused ranks mapped to 0..1: 1 = first in every ranking."""
    return np.minimum(1.0, total * (K + 1) / max(1, signals))


def best_sources(total: Floats, excluded: Ints, top: int) -> Ints:
    """Return at most ``top`` pages by fused rank, best first, without the ``excluded`` ones."""
    barred = total.copy()
    barred[excluded] = -1.0
    order = np.argsort(-barred, kind="stable")[:top]
    return order[barred[order] > 0].astype(np.int64)
