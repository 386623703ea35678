"""What each page says of itself and is asked for, word by word, to hold phrases against.

Rows are pages (P); columns are word stems (W) and one more for all that the site never writes.
Function words weigh nothing, words of every page little, rare ones most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from recommender.corpus import LEAD_CHARACTERS, Corpus
from recommender.stems import STEM_FLOOR
from recommender.text import words

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The words of each page's opening, names, headings and prose, and of its queries."""

    corpus: Corpus
    stems: Mapping[str, int]
    weight: Floats  # W + 1
    said: sparse.csr_matrix  # P x W+1, 1 where title, h1 or lead have the word
    named: sparse.csr_matrix  # P x W+1, 1 where title or h1 have it
    headed: sparse.csr_matrix  # P x W+1, 1 where a heading below them has it
    told: sparse.csr_matrix  # P x W+1, 1 where its prose has it
    asked: sparse.csr_matrix  # P x W+1, share of the page's query impressions that have it

    def phrases(self, texts: Iterable[str], pages: Iterable[int]) -> sparse.csr_matrix:
        """Return the weights of the words of each text (rows of N x W+1).

        Each is in the language of its page. Cost: one stemming of each text that differs.
        """
        seen: dict[tuple[str, str], set[int]] = {}
        rows: list[set[int]] = []
        for text, page in zip(texts, pages, strict=True):
            key = (text, self.corpus.language_of(page))
            if key not in seen:
                seen[key] = _stemmed(text, self.corpus, page, self.stems)
            rows.append(seen[key])
        return sparse.csr_matrix(_indicator(rows, len(self.weight)) @ sparse.diags(self.weight))


def wording(corpus: Corpus, queries: pd.DataFrame | None) -> Wording:
    """Return the wording of a site; ``queries`` is QUERY_TOTALS without brand queries, or None."""
    return asked_for(own_wording(corpus), corpus, queries)


def asked_for(own: Wording, corpus: Corpus, queries: pd.DataFrame | None) -> Wording:
    """Return a site's ``own`` wording with the words that its pages are asked for."""
    width = len(own.weight)
    asked = _asked(corpus, queries, own.stems, width)
    return replace(own, asked=sparse.csr_matrix(asked @ _known(width)))


def own_wording(corpus: Corpus) -> Wording:
    """Return the wording of a site as its pages have it: nothing is asked for yet."""
    stems, weight = _weighed(corpus)
    width = len(weight)

    def having(texts: Iterable[str]) -> sparse.csr_matrix:
        return _indicator(
            (_stemmed(text, corpus, page, stems) for page, text in enumerate(texts)), width
        )

    named = having(" ".join(pair) for pair in zip(corpus.titles, corpus.h1s, strict=True))
    headed = having(" ".join(headings) for headings in corpus.headings)
    leads = _indicator([_lead(corpus, page) for page in range(len(corpus.pages))], width)
    known = _known(width)
    return Wording(
        corpus=corpus,
        stems=stems,
        weight=weight,
        said=sparse.csr_matrix(((leads + named) @ known > 0).astype(np.float64)),
        named=sparse.csr_matrix(named @ known),
        headed=sparse.csr_matrix(headed @ known),
        told=sparse.csr_matrix((_told(corpus, width) > 0).astype(np.float64)),
        asked=sparse.csr_matrix((len(corpus.pages), width)),
    )


def _known(width: int) -> sparse.dia_matrix:
    """Return what takes the unknown word out: two that the site never writes are not the same."""
    return sparse.diags(np.append(np.ones(width - 1), 0.0))


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
    for texts in (corpus.titles, corpus.h1s, (" ".join(under) for under in corpus.headings)):
        for page, text in enumerate(texts):
            stem = corpus.stemmer(page)
            for word in words(text):
                stems.setdefault(stem(word), len(stems))
    rarest = np.log(1.0 + len(corpus.pages)) + STEM_FLOOR
    weight = np.full(len(stems) + 1, rarest)
    weight[: len(corpus.stem_weight)] = corpus.stem_weight
    for page in {corpus.language_of(row): row for row in range(len(corpus.pages))}.values():
        stem = corpus.stemmer(page)
        idle = [stems[s] for word in corpus.function_words(page) if (s := stem(word)) in stems]
        weight[idle] = 0.0
    return stems, weight


def _stemmed(text: str, corpus: Corpus, page: int, stems: Mapping[str, int]) -> set[int]:
    """Return the stems of a text in the language of a page."""
    stem, stops, unknown = corpus.stemmer(page), corpus.function_words(page), len(stems)
    return {stems.get(stem(word), unknown) for word in words(text) if word not in stops}


def _lead(corpus: Corpus, page: int) -> set[int]:
    found: set[int] = set()
    characters = 0
    for sentence in corpus.sentences_on(page):
        found.update(corpus.sentence_stems[sentence])
        characters += len(corpus.sentence_text[sentence])
        if characters >= LEAD_CHARACTERS:
            break
    return found


def _told(corpus: Corpus, width: int) -> sparse.csr_matrix:
    """Return 1 where the prose of a page has a stem."""
    rows = np.repeat(corpus.sentence_page, [len(stems) for stems in corpus.sentence_stems])
    columns = np.fromiter(chain.from_iterable(corpus.sentence_stems), np.int64, len(rows))
    shape = (len(corpus.pages), width)
    return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)


def _asked(
    corpus: Corpus, queries: pd.DataFrame | None, stems: Mapping[str, int], width: int
) -> sparse.csr_matrix:
    pages = len(corpus.pages)
    if queries is None or queries.empty:
        return sparse.csr_matrix((pages, width))
    ours = queries[queries["page"].isin(corpus.row)]
    page = ours["page"].map(corpus.row).to_numpy(np.int64)
    shown = ours["impressions"].to_numpy(np.float64)
    total = np.bincount(page, weights=shown, minlength=pages)
    share = shown / np.maximum(total[page], 1.0)
    by_language = [corpus.language_of(row) for row in page.tolist()]
    asked = pd.MultiIndex.from_arrays([ours["query"], by_language])
    codes, unique = pd.factorize(asked)
    shares = sparse.csr_matrix((share, (page, codes)), shape=(pages, len(unique)))
    first = np.unique(codes, return_index=True)[1]
    queries_of = zip(unique.get_level_values(0), page[first].tolist(), strict=True)
    said = _indicator((_stemmed(query, corpus, row, stems) for query, row in queries_of), width)
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
