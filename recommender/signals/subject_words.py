"""How much a page speaks of what the target is about."""

from __future__ import annotations

import numpy as np

from recommender.corpus import Floats
from recommender.signals.context import PairContext, bm25_columns

SUBJECT = 30  # words that say what a page is about


def subject_words(context: PairContext, target: int) -> Floats:
    """Return the BM25 score (>= 0) of every page for the target's 30 heaviest words.

    A word weighs its TF-IDF in the target's text, the heaviest 1.
    """
    document = context.corpus.documents[target]
    heaviest = np.lexsort((document.indices, -document.data))[:SUBJECT]
    weights = document.data[heaviest] / document.data.max(initial=1e-12)
    return bm25_columns(context, document.indices[heaviest], weights)
