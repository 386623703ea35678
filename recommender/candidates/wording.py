"""What each page says of itself and is asked for, word by word, to hold phrases against.

Rows are pages (P); columns are word stems (W) and one more for all that the site never writes.
Function words weigh nothing, words of every page little, rare ones most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from recommender.corpus import LEAD_CHARACTERS, STEM_FLOOR, Corpus
from recommender.text import STOP_WORDS, stemmer, words

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The words of each page's opening, names, headings and prose, and of its queries."""

    language: str
    stems: Mapping[str, int]
    weight: Floats  # W + 1
    said: sparse.csr_matrix  # P x W+1, 1 where title, h1 or lead have the word
    named: sparse.csr_matrix  # P x W+1, 1 where title or h1 have it
    headed: sparse.csr_matrix  # P x W+1, 1 where a heading below them has it
    told: sparse.csr_matrix  # P x W+1, 1 where its prose has it
    asked: sparse.csr_matrix  # P x W+1, share of the page's query impressions that have it

    def phrases(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """Return the weights of the words of each text (rows of N x W+1)."""
        rows = [_stemmed(text, self.language, self.stems) for text in texts]
        return sparse.csr_matrix(_indicator(rows, len(self.weight)) @ sparse.diags(self.weight))


def wording(corpus: Corpus, queries: pd.DataFrame | None) -> Wording:
    """Return the wording of a site; ``queries`` is QUERY_TOTALS without brand queries, or None."""
    stems, weight = _weighed(corpus)
    width = len(weight)

    def having(texts: Iterable[str]) -> sparse.csr_matrix:
        return _indicator((_stemmed(text, corpus.language, stems) for text in texts), width)

    named = having(" ".join(pair) for pair in zip(corpus.titles, corpus.h1s, strict=True))
    headed = having(" ".join(headings) for headings in corpus.headings)
    leads = _indicator([_lead(corpus, page) for page in range(len(corpus.pages))], width)
    # Two words that the site never writes are not the same word.
    known = sparse.diags(np.append(np.ones(width - 1), 0.0))
    asked = _asked(corpus, queries, stems, width)
    return Wording(
        language=corpus.language,
        stems=stems,
        weight=weight,
        said=sparse.csr_matrix(((leads + named) @ known > 0).astype(np.float64)),
        named=sparse.csr_matrix(named @ known),
        headed=sparse.csr_matrix(headed @ known),
        told=sparse.csr_matrix((_told(corpus, stems, width) > 0).astype(np.float64)),
        asked=sparse.csr_matrix(asked @ known),
    )


def covered(phrases: sparse.csr_matrix, by: sparse.csr_matrix) -> Floats:
    """Return how much of each phrase (rows) the same row of ``by`` covers, by weight, 0..1.

    NaN where no word of the phrase has weight: it says nothing that could be covered.
    """
    total = np.asarray(phrases.sum(axis=1), dtype=np.float64).ravel()
    shared = np.asarray(phrases.multiply(by).sum(axis=1), dtype=np.float64).ravel()
    return np.divide(shared, total, out=np.full_like(total, np.nan), where=total > 0)


def _weighed(corpus: Corpus) -> tuple[dict[str, int], Floats]:
    """Return the stems of prose and headings, and the weight of each and of an unknown one."""
    stems = dict(corpus.stems)
    stem = stemmer(corpus.language)
    for text in (*corpus.titles, *corpus.h1s, *(" ".join(under) for under in corpus.headings)):
        for word in words(text):
            stems.setdefault(stem(word), len(stems))
    rarest = np.log(1.0 + len(corpus.pages)) + STEM_FLOOR
    weight = np.full(len(stems) + 1, rarest)
    weight[: len(corpus.stem_weight)] = corpus.stem_weight
    weight[[stems[stem(word)] for word in STOP_WORDS if stem(word) in stems]] = 0.0
    return stems, weight


def _stemmed(text: str, language: str, stems: Mapping[str, int]) -> set[int]:
    stem, unknown = stemmer(language), len(stems)
    return {stems.get(stem(word), unknown) for word in words(text) if word not in STOP_WORDS}


def _lead(corpus: Corpus, page: int) -> set[int]:
    found: set[int] = set()
    characters = 0
    for sentence in range(corpus.sentence_from[page], corpus.sentence_from[page + 1]):
        found.update(corpus.sentence_stems[sentence])
        characters += len(corpus.sentence_text[sentence])
        if characters >= LEAD_CHARACTERS:
            break
    return found


def _told(corpus: Corpus, stems: Mapping[str, int], width: int) -> sparse.csr_matrix:
    """Return how often the prose of each page has each stem."""
    stem, known = stemmer(corpus.language), len(corpus.vocabulary)
    columns = np.fromiter((stems[stem(word)] for word in corpus.vocabulary), np.int64, known)
    rows = np.fromiter(corpus.vocabulary.values(), np.int64, known)
    fold = sparse.csr_matrix((np.ones(known), (rows, columns)), shape=(known, width))
    return sparse.csr_matrix(corpus.counts @ fold)


def _asked(
    corpus: Corpus, queries: pd.DataFrame | None, stems: Mapping[str, int], width: int
) -> sparse.csr_matrix:
    pages = len(corpus.pages)
    if queries is None or queries.empty:
        return sparse.csr_matrix((pages, width))
    ours = queries[queries["page"].isin(corpus.row)]
    codes, unique = pd.factorize(ours["query"])
    page = ours["page"].map(corpus.row).to_numpy(np.int64)
    shown = ours["impressions"].to_numpy(np.float64)
    total = np.bincount(page, weights=shown, minlength=pages)
    share = shown / np.maximum(total[page], 1.0)
    shares = sparse.csr_matrix((share, (page, codes)), shape=(pages, len(unique)))
    said = _indicator((_stemmed(query, corpus.language, stems) for query in unique), width)
    return sparse.csr_matrix(shares @ said)


def _indicator(rows: Iterable[set[int]], width: int) -> sparse.csr_matrix:
    """Return 1 in the columns that each row names."""
    columns: list[int] = []
    ends = [0]
    for row in rows:
        columns.extend(sorted(row))
        ends.append(len(columns))
    shape = (len(ends) - 1, width)
    return sparse.csr_matrix(
        (np.ones(len(columns)), np.array(columns, np.int64), np.array(ends, np.int64)), shape=shape
    )
