"""Whether a page mentions the target by any of its names; rare names count more."""

from __future__ import annotations

import numpy as np

from recommender.corpus import Floats
from recommender.signals.context import PairContext

REPEATS = 5.0  # mentions after which another one adds nothing


def mention(context: PairContext, target: int) -> Floats:
    """Return weight x rarity (>= 0) of the best name of ``target`` that each page speaks.

    Rarity is the log inverse page frequency of the phrase; each further mention adds a tenth.
    """
    names = context.names
    total = len(context.corpus.pages)
    best = np.zeros(total)
    for row in range(names.rows(target).start, names.rows(target).stop):
        pages, counts = names.pages(int(names.phrase[row]))
        if len(pages):
            rarity = np.log1p(total / len(pages))
            value = names.weight[row] * rarity * (1 + 0.1 * np.minimum(counts, REPEATS))
            best[pages] = np.maximum(best[pages], value)
    return best
