"""The map of a site's topics: names, orphans and bridges, and how tightly each is linked."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.candidates.topics import AT_ONCE, nearest_of
from recommender.corpus import Corpus
from recommender.models import Topic

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Pairs = frozenset[tuple[int, int]]

WORDS = 3
FEWEST_PAGES = 3  # fewer are no topic that a plan could hold together
MANY_WORDS = 40  # looked at for a name: the first of each stem counts


def topic_map(
    corpus: Corpus,
    topics: Ints,
    impressions: NDArray[np.int64] | None,
    planned: Iterable[tuple[str, str]],
) -> list[Topic]:
    """Return the topics of three pages or more, largest first.

    ``topics`` is the topic of each page and ``impressions`` what search shows of each (P);
    ``planned`` are the (source, target) URLs of the edits that are open. Cost: one pass over the
    pages and links, and the nearest pages of each page of a topic.
    """
    columns = (corpus.content_edges[end].tolist() for end in ("source", "target"))
    now = frozenset(zip(*columns, strict=True))
    row = corpus.row
    soon = now | {(row[s], row[t]) for s, t in planned if s in row and t in row}
    terms = np.array(sorted(corpus.vocabulary, key=corpus.vocabulary.__getitem__))
    found = []
    for number in range(int(topics.max(initial=-1)) + 1):
        members = np.flatnonzero(topics == number)
        if len(members) < FEWEST_PAGES:
            continue
        linked = {target for source, target in now if topics[source] == number}
        found.append(
            Topic(
                number=number,
                words=_name(corpus, terms, members),
                pages=_urls(corpus, members),
                impressions=None if impressions is None else int(impressions[members].sum()),
                tightness=_tightness(topics, number, now),
                planned=_tightness(topics, number, soon),
                orphans=_urls(corpus, [page for page in members.tolist() if page not in linked]),
                bridges=_urls(corpus, _bridges(corpus.documents, topics, members)),
            )
        )
    return found


def _urls(corpus: Corpus, rows: Iterable[int]) -> tuple[str, ...]:
    return tuple(corpus.pages[row] for row in rows)


def _name(corpus: Corpus, terms: NDArray[np.str_], members: Ints) -> tuple[str, ...]:
    """Return the words that stand out: mean TF-IDF of the topic's pages less that of all pages."""
    documents = corpus.documents
    inside = np.asarray(documents[members].mean(axis=0)).ravel()
    surplus = inside - np.asarray(documents.mean(axis=0)).ravel()
    stem = corpus.stemmer(int(members[0]))
    named: dict[str, str] = {}
    for column in np.argsort(-surplus, kind="stable")[:MANY_WORDS].tolist():
        if surplus[column] > 0 and not terms[column].isdigit():
            named.setdefault(stem(str(terms[column])), str(terms[column]))
    return tuple(named.values())[:WORDS]


def _tightness(topics: Ints, number: int, links: Pairs) -> float | None:
    ends = [topics[target] == number for source, target in links if topics[source] == number]
    return float(np.mean(ends)) if ends else None


def _bridges(documents: sparse.csr_matrix, topics: Ints, members: Ints) -> list[int]:
    """Return the pages of which at least half of the nearest pages are of other topics."""
    found: list[int] = []
    others = sparse.csr_matrix(documents.T)
    for first in range(0, len(members), AT_ONCE):
        own = members[first : first + AT_ONCE]
        cosines = (documents[own] @ others).toarray()
        cosines[np.arange(len(own)), own] = 0.0
        nearest = nearest_of(cosines)
        close = np.take_along_axis(cosines, nearest, axis=1) > 0
        foreign = (topics[nearest] != topics[own][:, None]) & close
        between = 2 * foreign.sum(axis=1) >= np.maximum(1, close.sum(axis=1))
        found += own[between].tolist()
    return found
