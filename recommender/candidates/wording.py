"""What each page says of itself and is asked for, word by word, to hold phrases against.

Rows are pages (P); columns are the words of the site (V) and one more for all words that it never
uses. Words that stand on most pages weigh nothing, rare ones most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from recommender.corpus import Corpus
from recommender.text import words

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The words of each page's opening, of its names, and of the queries it is shown for."""

    vocabulary: Mapping[str, int]
    weight: Floats  # V + 1
    said: sparse.csr_matrix  # P x V+1, 1 where title, h1 or lead have the word
    named: sparse.csr_matrix  # P x V+1, 1 where title or h1 have it
    asked: sparse.csr_matrix  # P x V+1, share of the page's query impressions that have it

    def phrases(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """Return the weights of the words of each text (rows of N x V+1)."""
        return sparse.csr_matrix(_spread(texts, self.vocabulary) @ sparse.diags(self.weight))


def wording(corpus: Corpus, queries: pd.DataFrame | None) -> Wording:
    """Return the wording of a site; ``queries`` is QUERY_TOTALS without brand queries, or None.

    Words match as they are written: singular and plural are two words.
    """
    known = len(corpus.vocabulary)
    weight = np.append(corpus.idf, corpus.idf.max(initial=1.0))
    titled = [" ".join(pair) for pair in zip(corpus.titles, corpus.h1s, strict=True)]
    named = _known(_spread(titled, corpus.vocabulary), known)
    leads = sparse.csr_matrix(
        (corpus.leads.data, corpus.leads.indices, corpus.leads.indptr),
        shape=(len(corpus.pages), known + 1),
    )
    return Wording(
        vocabulary=corpus.vocabulary,
        weight=weight,
        said=sparse.csr_matrix(((leads + named) > 0).astype(np.float64)),
        named=named,
        asked=_known(_asked(corpus, queries), known),
    )


def covered(phrases: sparse.csr_matrix, by: sparse.csr_matrix) -> Floats:
    """Return how much of each phrase (rows) the row of ``by`` covers, by weight, 0..1.

    NaN where no word of the phrase has weight: it says nothing that could be covered.
    """
    total = np.asarray(phrases.sum(axis=1), dtype=np.float64).ravel()
    shared = np.asarray(phrases.multiply(by).sum(axis=1), dtype=np.float64).ravel()
    return np.divide(shared, total, out=np.full_like(total, np.nan), where=total > 0)


def _asked(corpus: Corpus, queries: pd.DataFrame | None) -> sparse.csr_matrix:
    pages, width = len(corpus.pages), len(corpus.vocabulary) + 1
    if queries is None or queries.empty:
        return sparse.csr_matrix((pages, width))
    ours = queries[queries["page"].isin(corpus.row)]
    codes, unique = pd.factorize(ours["query"])
    page = ours["page"].map(corpus.row).to_numpy(np.int64)
    shown = ours["impressions"].to_numpy(np.float64)
    total = np.bincount(page, weights=shown, minlength=pages)
    share = shown / np.maximum(total[page], 1.0)
    shares = sparse.csr_matrix((share, (page, codes)), shape=(pages, len(unique)))
    return sparse.csr_matrix(shares @ _spread(list(unique), corpus.vocabulary))


def _spread(texts: Sequence[str], vocabulary: Mapping[str, int]) -> sparse.csr_matrix:
    """Return which words each text has; the last column counts those that nobody uses."""
    unknown = len(vocabulary)
    columns = [[vocabulary.get(word, unknown) for word in set(words(text))] for text in texts]
    sizes = np.array([len(row) for row in columns], np.int64)
    return sparse.csr_matrix(
        (
            np.ones(int(sizes.sum())),
            (
                np.repeat(np.arange(len(texts)), sizes),
                np.array([column for row in columns for column in row], np.int64),
            ),
        ),
        shape=(len(texts), unknown + 1),
    )


def _known(rows: sparse.csr_matrix, known: int) -> sparse.csr_matrix:
    """Return the rows with nothing in the last column: two unknown words are not the same word."""
    keep = np.append(np.ones(known), 0.0)
    return sparse.csr_matrix(rows @ sparse.diags(keep))
