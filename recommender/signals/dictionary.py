"""Whether a page speaks words that the site's editors link to the target."""

from __future__ import annotations

import numpy as np

from recommender.corpus import Floats
from recommender.names import NameKind
from recommender.signals.context import PairContext


def dictionary(context: PairContext, target: int) -> Floats:
    """Return the weight 0..1 of the surest anchor of ``target`` that each page speaks."""
    names = context.names
    surest = np.zeros(len(context.corpus.pages))
    for row in range(names.rows(target).start, names.rows(target).stop):
        if names.kind[row] == NameKind.ANCHOR:
            pages, _ = names.pages(int(names.phrase[row]))
            surest[pages] = np.maximum(surest[pages], names.weight[row])
    return surest
