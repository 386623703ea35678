"""Which pages should link a target: the pair signals, weighed and added up."""

from __future__ import annotations

import numpy as np

from recommender.corpus import Floats, Ints

HEAD = 3.0  # places at the top of a ranking that differ little
BY_RANK = 0.5  # share of rank in a signal's value; the rest is the signal over its best


def fused(scores: Floats, weights: Floats, barred: Ints) -> Floats:
    """Return the weighted mean of ``scores`` (signals x pages), 0..1, one number a page.

    Each signal counts half by its value over the best, half by its reciprocal rank 4 / (3 + rank):
    the value tells a page that stands out from one that does not, the rank bears outliers (after
    Cormack, Clarke and Buettcher, SIGIR 2009). Pages that are equal share the better rank; one
    without any of a signal (score 0) gets nothing of it. The ``barred`` pages (the target, pages
    that link it) are valued too, but nobody is measured against them. A signal that no other page
    has any of is left out of the mean.
    """
    total = np.zeros(scores.shape[1])
    weighed = 0.0
    for row, weight in zip(scores, weights, strict=True):
        others = np.sort(np.delete(row, barred))
        if not len(others) or others[-1] <= 0:
            continue
        ahead = len(others) - np.searchsorted(others, row, side="right")
        by_rank = (HEAD + 1) / (HEAD + 1 + ahead)
        by_value = np.minimum(1.0, row / others[-1])
        total += weight * np.where(row > 0, BY_RANK * by_rank + (1 - BY_RANK) * by_value, 0.0)
        weighed += float(weight)
    return total / weighed if weighed else total


def relevance(total: Floats) -> Floats:
    """Return fused scores as relevance 0..1: its square root (*assumption*).

    So the tenth of a target's sources comes out near .5 and the fiftieth near .35, which is the
    scale that the other parts of a candidate's score and ``min_score`` are set to.
    """
    return np.sqrt(total)


def best_sources(total: Floats, excluded: Ints, top: int) -> Ints:
    """Return at most ``top`` pages by fused score, best first, without the ``excluded`` ones."""
    barred = total.copy()
    barred[excluded] = -1.0
    order = np.argsort(-barred, kind="stable")[:top]
    return order[barred[order] >= 0].astype(np.int64)
