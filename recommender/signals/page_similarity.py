"""How alike two pages are: TF-IDF cosine of their whole running text."""

from __future__ import annotations

from recommender.corpus import Floats
from recommender.signals.context import PairContext


def page_similarity(context: PairContext, target: int) -> Floats:
    """Return the cosine 0..1 of every page with ``target``. Cost: one sparse product."""
    documents = context.corpus.documents
    similarity: Floats = (documents @ documents[target].T).toarray().ravel()
    return similarity
