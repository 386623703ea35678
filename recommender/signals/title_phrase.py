"""Whether a page speaks the target's title word for word."""

from __future__ import annotations

import numpy as np

from recommender.corpus import Floats
from recommender.names import NameKind
from recommender.signals.context import PairContext

ENOUGH = 3.0  # more mentions of a title say no more


def title_phrase(context: PairContext, target: int) -> Floats:
    """Return how many sentences of each page speak the target's title, at most 3."""
    names = context.names
    said = np.zeros(len(context.corpus.pages))
    for row in range(names.rows(target).start, names.rows(target).stop):
        if names.kind[row] == NameKind.TITLE:
            pages, counts = names.pages(int(names.phrase[row]))
            said[pages] = np.minimum(counts, ENOUGH)
    return said
