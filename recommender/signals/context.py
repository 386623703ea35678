"""What the pair signals read: the corpus, its pages' names, the words they are searched by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from recommender.corpus import Corpus, Floats, Ints
from recommender.names import Echo, Names, echo_of
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
    links: sparse.csr_matrix  # P x P, 1 where a page links another in its content
    outlinks: Floats  # P, other pages linked
    inlinks: Floats  # P, other pages linking
    passage_from: Ints  # P + 1: the passages of page p are [passage_from[p], passage_from[p + 1])
    linking: Mapping[int, Ints]  # page -> passages that link it
    _last: dict[int, Echo] = field(default_factory=dict, repr=False)  # of one target at most

    def echo(self, target: int) -> Echo:
        """Return the echo of ``target``; asked again at once, it costs nothing."""
        if target not in self._last:
            self._last.clear()
            self._last[target] = echo_of(self.corpus, self.names, target)
        return self._last[target]


def pair_context(
    corpus: Corpus, names: Names, queries: Mapping[int, Mapping[str, float]] | None = None
) -> PairContext:
    """Return the context of a site; ``queries`` weighs the words that a page is searched by."""
    spread = np.asarray((corpus.counts > 0).sum(axis=0)).ravel()
    pages = len(corpus.pages)
    rarity = np.log(1 + (pages - spread + 0.5) / (spread + 0.5)) * (corpus.idf > 0)
    length = np.maximum(corpus.page_words, 1).astype(np.float64)
    links = _links(corpus)
    return PairContext(
        corpus=corpus,
        names=names,
        counts=sparse.csc_matrix(corpus.counts),
        rarity=rarity,
        length=length / length.mean() if pages else length,
        queries=queries or {},
        links=links,
        outlinks=np.asarray(links.sum(axis=1), np.float64).ravel(),
        inlinks=np.asarray(links.sum(axis=0), np.float64).ravel(),
        passage_from=np.searchsorted(corpus.passage_page, np.arange(pages + 1)).astype(np.int64),
        linking=_linking(corpus),
    )


def _links(corpus: Corpus) -> sparse.csr_matrix:
    pairs = corpus.content_edges.drop_duplicates(["source", "target"])
    pages = len(corpus.pages)
    return sparse.csr_matrix(
        (np.ones(len(pairs)), (pairs["source"].to_numpy(), pairs["target"].to_numpy())),
        shape=(pages, pages),
    )


def _linking(corpus: Corpus) -> dict[int, Ints]:
    places = zip(corpus.passage_page.tolist(), corpus.passage_block.tolist(), strict=True)
    row_of = {place: row for row, place in enumerate(places)}
    found: dict[int, set[int]] = {}
    ends = corpus.content_edges[["source", "target", "block"]]
    for source, target, block in ends.itertuples(index=False):
        row = row_of.get((int(source), int(block)))
        if row is not None:
            found.setdefault(int(target), set()).add(row)
    return {target: np.array(sorted(rows), np.int64) for target, rows in found.items()}


def bm25(context: PairContext, weights: Mapping[str, float]) -> Floats:
    """Return the BM25 score (>= 0) of every page for weighted words."""
    vocabulary = context.corpus.vocabulary
    known = {vocabulary[word]: weight for word, weight in weights.items() if word in vocabulary}
    return bm25_columns(context, known.keys(), known.values())


def bm25_columns(context: PairContext, columns: Iterable[int], weights: Iterable[float]) -> Floats:
    """Return the BM25 score (>= 0) of every page for weighted columns of the vocabulary."""
    score = np.zeros(len(context.corpus.pages))
    for column, weight in zip(columns, weights, strict=True):
        if context.rarity[column] <= 0:
            continue
        start, end = context.counts.indptr[column : column + 2]
        rows, uses = context.counts.indices[start:end], context.counts.data[start:end]
        damped = uses * (K1 + 1) / (uses + K1 * (1 - B + B * context.length[rows]))
        score[rows] += weight * context.rarity[column] * damped
    return score


def highest(values: Floats, begins: Ints) -> Floats:
    """Return the highest of each run of ``values`` (>= 0) from one of ``begins`` to the next.

    0 for an empty run; ``begins`` ends with the length of ``values``.
    """
    best = np.zeros(len(begins) - 1)
    filled = begins[1:] > begins[:-1]
    if filled.any():
        best[filled] = np.maximum.reduceat(values, begins[:-1][filled])
    return best


def weighted_words(texts: Iterable[str]) -> dict[str, float]:
    """Return the words of ``texts``, each with weight 1."""
    return {word: 1.0 for text in texts for word in words(text)}
