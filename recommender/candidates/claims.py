"""Whose words they are: how much of each page's title a phrase covers, against all other pages.

An anchor that covers more of another page's title points better at that page (method, section 4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from recommender.corpus import Corpus, Floats
from recommender.text import stemmer, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """The share of its title's weight that each page puts on each stem (P x stems)."""

    corpus: Corpus
    shares: sparse.csc_matrix

    def of(self, phrase: str) -> Floats:
        """Return the share 0..1 of each page's title that the words of ``phrase`` cover (P)."""
        stem = stemmer(self.corpus.language)
        numbers = {self.corpus.stems.get(stem(word), -1) for word in words(phrase)} - {-1}
        covered = np.zeros(len(self.corpus.pages))
        for number in numbers:
            start, end = self.shares.indptr[number : number + 2]
            covered[self.shares.indices[start:end]] += self.shares.data[start:end]
        return covered

    def rival(self, phrase: str, target: int) -> float:
        """Return how much better a phrase covers another page's title than the target's.

        Below 0: the target's is covered best; twins with the same title are no rivals.
        """
        covered = self.of(phrase)
        own = float(covered[target])
        titles = self.corpus.titles
        others = [
            float(covered[page])
            for page in np.flatnonzero((covered >= own) & (covered > 0))
            if page != target and titles[page] != titles[target]
        ]
        return max(others, default=-1.0) - own


def build_claims(corpus: Corpus) -> Claims:
    """Return the claims of all pages of a site on the words of their titles."""
    stem = stemmer(corpus.language)
    rows: list[int] = []
    columns: list[int] = []
    for page, title in enumerate(corpus.titles):
        numbers = {corpus.stems.get(stem(word), -1) for word in words(title)} - {-1}
        rows += [page] * len(numbers)
        columns += sorted(numbers)
    weights = corpus.stem_weight[columns] if columns else np.zeros(0)
    matrix = sparse.csr_matrix(
        (weights, (rows, columns)), shape=(len(corpus.pages), len(corpus.stems))
    )
    totals = np.asarray(matrix.sum(axis=1)).ravel()
    scale = np.divide(1.0, totals, out=np.zeros_like(totals), where=totals > 0)
    return Claims(corpus=corpus, shares=sparse.csc_matrix(sparse.diags(scale) @ matrix))
