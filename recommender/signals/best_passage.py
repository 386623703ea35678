"""How alike a page's best paragraph is to what the target opens with."""

from __future__ import annotations

import numpy as np

from recommender.corpus import Floats, cosines
from recommender.signals.context import PairContext


def best_passage(context: PairContext, target: int) -> Floats:
    """Return the highest cosine 0..1 of any passage of each page with the target's lead."""
    corpus = context.corpus
    best = np.zeros(len(corpus.pages))
    alike = cosines(corpus.passages, corpus.leads[target])
    np.maximum.at(best, corpus.passage_page, alike)
    return best
