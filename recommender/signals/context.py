"""What the pair signals read: the corpus, its pages' names, the words they are searched by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from recommender.corpus import Corpus, Floats
from recommender.names import Names
from recommender.text import words

K1, B = 1.2, 0.75  # Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009


@dataclass(frozen=True, slots=True, kw_only=True)
class PairContext:
    """Everything a pair signal may look at, prepared once for all targets."""

    corpus: Corpus
    names: Names
    counts: sparse.csc_matrix  # P x V
    rarity: Floats  # V, the idf of BM25
    length: Floats  # P, words of a page over the mean
    queries: Mapping[int, Mapping[str, float]]  # page -> word -> share of its query impressions


def pair_context(
    corpus: Corpus, names: Names, queries: Mapping[int, Mapping[str, float]] | None = None
) -> PairContext:
    """Return the context of a site; ``queries`` weighs the words that a page is searched by."""
    spread = np.asarray((corpus.counts > 0).sum(axis=0)).ravel()
    pages = len(corpus.pages)
    rarity = np.log(1 + (pages - spread + 0.5) / (spread + 0.5)) * (corpus.idf > 0)
    length = np.maximum(corpus.page_words, 1).astype(np.float64)
    return PairContext(
        corpus=corpus,
        names=names,
        counts=sparse.csc_matrix(corpus.counts),
        rarity=rarity,
        length=length / length.mean() if pages else length,
        queries=queries or {},
    )


def bm25(context: PairContext, weights: Mapping[str, float]) -> Floats:
    """Return the BM25 score (>= 0) of every page for weighted words."""
    score = np.zeros(len(context.corpus.pages))
    for word, weight in weights.items():
        column = context.corpus.vocabulary.get(word)
        if column is None or context.rarity[column] <= 0:
            continue
        start, end = context.counts.indptr[column : column + 2]
        rows, uses = context.counts.indices[start:end], context.counts.data[start:end]
        damped = uses * (K1 + 1) / (uses + K1 * (1 - B + B * context.length[rows]))
        score[rows] += weight * context.rarity[column] * damped
    return score


def weighted_words(texts: Iterable[str]) -> dict[str, float]:
    """Return the words of ``texts``, each with weight 1."""
    return {word: 1.0 for text in texts for word in words(text)}
