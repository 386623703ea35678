"""How much a page speaks of the words that the site links the target with."""

from __future__ import annotations

from collections import Counter

from recommender.corpus import Floats
from recommender.names import NameKind
from recommender.signals.context import PairContext, bm25


def anchor_words(context: PairContext, target: int) -> Floats:
    """Return the BM25 score (>= 0) of every page for the words of the target's own anchors.

    A word weighs the summed weights of the anchors it stands in, the heaviest being 1.
    """
    names = context.names
    totals: Counter[str] = Counter()
    for row in range(names.rows(target).start, names.rows(target).stop):
        if names.kind[row] == NameKind.ANCHOR:
            for word in set(names.phrases[names.phrase[row]].split()):
                totals[word] += float(names.weight[row])  # type: ignore[assignment]
    heaviest = max(totals.values(), default=1)
    return bm25(context, {word: total / heaviest for word, total in totals.items()})
