"""How alike two pages are: TF-IDF cosine of their whole running text."""

from __future__ import annotations

from recommender.corpus import Floats, cosines
from recommender.signals.context import PairContext


def page_similarity(context: PairContext, target: int) -> Floats:
    """Return the cosine 0..1 of every page with ``target``. Cost: one pass over the words."""
    documents = context.corpus.documents
    return cosines(documents, documents[target])
