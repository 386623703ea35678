"""Whose words they are: how much of each page's title a phrase covers, against all other pages.

An anchor that covers more of another page's title points better at that page (method, section 4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from recommender.corpus import Corpus, Floats
from recommender.text import words

WHOLE = 1 - 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """The share of its title's weight that each page puts on each stem (P x stems)."""

    corpus: Corpus
    shares: sparse.csc_matrix

    def of(self, phrase: str, target: int) -> tuple[Floats, Floats]:
        """Return the shares 0..1 of a phrase that each page's title has, and of each title (P).

        The phrase is in the language of ``target``.
        """
        stem = self.corpus.stemmer(target)
        numbers = {self.corpus.stems.get(stem(word), -1) for word in words(phrase)} - {-1}
        of_title = np.zeros(len(self.corpus.pages))
        of_phrase = np.zeros(len(self.corpus.pages))
        weight = {number: float(self.corpus.stem_weight[number]) for number in numbers}
        whole = sum(weight.values()) or 1.0
        for number in numbers:
            start, end = self.shares.indptr[number : number + 2]
            pages = self.shares.indices[start:end]
            of_title[pages] += self.shares.data[start:end]
            of_phrase[pages] += weight[number] / whole
        return of_phrase, of_title

    def points_elsewhere(self, phrase: str, target: int) -> bool:
        """Tell whether a phrase points at another page at least as well as at the target.

        The other page's title has as much of the phrase, and the phrase as much of that title; or
        it has all of the phrase and the target's has not. Twins with the same title are no rivals.
        """
        of_phrase, of_title = self.of(phrase, target)
        titles = self.corpus.titles
        as_well = (of_phrase >= of_phrase[target]) & (of_title >= of_title[target])
        if of_phrase[target] < WHOLE:
            as_well |= of_phrase >= WHOLE
        return any(
            page != target and titles[page] != titles[target]
            for page in np.flatnonzero(as_well & (of_title > 0))
        )


def build_claims(corpus: Corpus) -> Claims:
    """Return the claims of all pages of a site on the words of their titles."""
    rows: list[int] = []
    columns: list[int] = []
    for page, title in enumerate(corpus.titles):
        stem = corpus.stemmer(page)
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
