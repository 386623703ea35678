"""How alike a page's best paragraph is to those that link the target already."""

from __future__ import annotations

import numpy as np

from recommender.corpus import Floats
from recommender.signals.context import PairContext, highest


def linking_passages(context: PairContext, target: int) -> Floats:
    """Return the highest cosine 0..1 of any passage of each page with the mean linking passage.

    The words around its links say what a page is read for (Rocchio's feedback, the linking
    paragraphs being the relevant ones). 0 for all where no running text links the target.
    """
    corpus = context.corpus
    linking = context.linking.get(target)
    if linking is None:
        return np.zeros(len(corpus.pages))
    mean = np.asarray(corpus.passages[linking].sum(axis=0), np.float64).ravel()
    length = float(np.sqrt(np.square(mean).sum()))  # a product would wake threads that spin
    if length == 0:
        return np.zeros(len(corpus.pages))
    return highest(corpus.passages @ (mean / length), context.passage_from)
