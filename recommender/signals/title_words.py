"""How much a page speaks of the words that the target is titled with and searched by."""

from __future__ import annotations

from recommender.corpus import Floats
from recommender.signals.context import PairContext, bm25, weighted_words


def title_words(context: PairContext, target: int) -> Floats:
    """Return the BM25 score (>= 0) of every page for the target's title and its query words.

    A query word weighs its share of the target's query impressions; without search data the title
    stands alone.
    """
    weights = weighted_words([context.corpus.titles[target]])
    for word, share in context.queries.get(target, {}).items():
        weights[word] = max(share, weights.get(word, 0.0))
    return bm25(context, weights)
