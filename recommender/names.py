"""What a page is called on its site, and where those names are spoken.

A page's names are its title and the parts of it, its h1, the headings of its content, the words
that menus and editors link it with. Each name carries a weight 0..1: how surely the phrase means
this page. Measured on two manuals and a company site: headings, menu words and a steep dictionary
lifted the choice of the sentence by .08 to .22 over titles and anchors alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import sparse

from recommender.corpus import Corpus, Floats, Ints, cosines
from recommender.models import Region
from recommender.text import folded, length_of, segments

LONGEST = 8  # words; a longer phrase is no anchor


class NameKind(IntEnum):
    """Where a name comes from."""

    TITLE = 0
    PART = 1  # of a title
    H1 = 2
    HEADING = 3
    MENU = 4  # the words of template links
    ANCHOR = 5  # the words of content links: the site's own dictionary
    QUERY = 6  # what people typed who found the page; known to search data alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """All names of all pages (N rows, grouped by target) and the sentences that speak them.

    ``spoken`` is S x F (sentences by phrases, 0/1), ``spoken_on`` P x F (sentences a page).
    """

    phrases: tuple[str, ...]  # F, folded
    phrase: Ints  # N, column of its phrase
    kind: Ints  # N, a NameKind
    weight: Floats  # N, 0..1
    of_target: Ints  # P + 1: the names of page p are rows [of_target[p], of_target[p + 1])
    spoken: sparse.csc_matrix
    spoken_on: sparse.csc_matrix
    uses: Ints  # F, content links whose anchor it is

    def rows(self, target: int) -> slice:
        """Return the rows of the names of ``target``."""
        return slice(int(self.of_target[target]), int(self.of_target[target + 1]))

    def sentences(self, phrase: int) -> Ints:
        """Return the sentences that speak ``phrase``, ascending."""
        start, end = self.spoken.indptr[phrase : phrase + 2]
        return self.spoken.indices[start:end].astype(np.int64)

    def pages(self, phrase: int) -> tuple[Ints, Floats]:
        """Return the pages that speak ``phrase`` and how many of their sentences do."""
        start, end = self.spoken_on.indptr[phrase : phrase + 2]
        return self.spoken_on.indices[start:end].astype(np.int64), self.spoken_on.data[start:end]


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """One target in every sentence of its site: what ranking and placing both look at."""

    lead: Floats  # S, cosine with the target's opening
    whole: Floats  # S, cosine with the whole target
    named: Mapping[NameKind, tuple[Ints, Floats]]  # sentences with a name, weight of the surest


def echo_of(corpus: Corpus, names: Names, target: int) -> Echo:
    """Return the echo of ``target``. Cost: two passes over the words of the site."""
    return Echo(
        lead=cosines(corpus.sentences, corpus.leads[target]),
        whole=cosines(corpus.sentences, corpus.documents[target]),
        named=_surest(names, target),
    )


def _surest(names: Names, target: int) -> dict[NameKind, tuple[Ints, Floats]]:
    rows = names.rows(target)
    kinds, phrases = names.kind[rows].tolist(), names.phrase[rows].tolist()
    heard: dict[NameKind, Floats] = {}
    for kind, phrase, weight in zip(kinds, phrases, names.weight[rows].tolist(), strict=True):
        surest = heard.setdefault(NameKind(kind), np.zeros(names.spoken.shape[0]))
        said = names.sentences(phrase)
        surest[said] = np.maximum(surest[said], weight)
    found = ((kind, np.flatnonzero(surest), surest) for kind, surest in heard.items())
    return {kind: (said, surest[said]) for kind, said, surest in found}


def build_names(corpus: Corpus) -> Names:
    """Return the names of the pages of ``corpus``. Cost: one pass over the words of the site."""
    anchors = _dictionary(corpus)
    found: dict[tuple[str, int, NameKind], float] = {}
    for phrase, target, kind, weight in _given_names(corpus):
        if not is_name(phrase, corpus.function_words(target)):
            continue
        key = (phrase, target, kind)
        found[key] = max(weight, found.get(key, 0.0))
    wanted = {phrase for phrase, _, _ in found} | set(anchors)
    phrases = tuple(sorted(wanted))
    column = {phrase: index for index, phrase in enumerate(phrases)}
    spoken = _spoken(corpus, column)
    gather = sparse.csr_matrix(
        (
            np.ones(len(corpus.sentence_page)),
            (corpus.sentence_page, np.arange(len(corpus.sentence_page))),
        ),
        shape=(len(corpus.pages), len(corpus.sentence_page)),
    )
    spoken_on = sparse.csc_matrix(gather @ spoken)
    for phrase, counts in anchors.items():
        pages = max(1, spoken_on.indptr[column[phrase] + 1] - spoken_on.indptr[column[phrase]])
        uses = sum(counts.values())
        keyphraseness = min(1.0, uses / pages)
        for target, count in counts.items():
            weight = count / uses * (0.2 + 0.8 * keyphraseness)
            found[phrase, target, NameKind.ANCHOR] = weight
    linked = np.array([sum(anchors.get(phrase, {}).values()) for phrase in phrases], np.int64)
    return _arranged(found, phrases, linked, spoken, spoken_on)


def is_name(phrase: str, stops: frozenset[str]) -> bool:
    """Tell whether a folded phrase can name a page: 1-8 words, not only function words.

    ``stops`` are the function words of its language. Two letters name nothing, but in scripts
    where one stands for a syllable or a word.
    """
    parts = phrase.split()
    long_enough = len(phrase) > (1 if phrase >= _FIRST_SYLLABLE else 2)
    return long_enough and 0 < length_of(parts) <= LONGEST and not stops.issuperset(parts)


_FIRST_SYLLABLE = "ぁ"


def _given_names(corpus: Corpus) -> Iterator[tuple[str, int, NameKind, float]]:
    """Yield phrase, page, kind and weight; what several pages are called is shared among them."""
    for target, title in enumerate(corpus.titles):
        yield folded(title), target, NameKind.TITLE, 1.0
        yield folded(corpus.h1s[target]), target, NameKind.H1, 0.9
    menu = corpus.edges[corpus.edges["region"] != Region.CONTENT.value]
    shared = (
        (NameKind.PART, 0.7, _bearers(map(segments, corpus.titles))),
        (NameKind.HEADING, 0.8, _bearers(corpus.headings)),
        (NameKind.MENU, 0.6, _called(menu)),
    )
    for kind, weight, bearers in shared:
        for phrase, targets in bearers.items():
            for target in targets:
                yield phrase, target, kind, weight / len(targets)


def _bearers(texts: Iterable[Iterable[str]]) -> dict[str, set[int]]:
    bearers: dict[str, set[int]] = defaultdict(set)
    for target, phrases in enumerate(texts):
        for phrase in phrases:
            bearers[folded(phrase)].add(target)
    return bearers


def _called(links: pd.DataFrame) -> dict[str, set[int]]:
    called: dict[str, set[int]] = defaultdict(set)
    for target, anchor in links[["target", "anchor"]].drop_duplicates().itertuples(index=False):
        called[folded(anchor)].add(int(target))
    return called


def _dictionary(corpus: Corpus) -> dict[str, Counter[int]]:
    uses: dict[str, Counter[int]] = defaultdict(Counter)
    edges = corpus.content_edges
    for target, anchor in edges[["target", "anchor"]].itertuples(index=False):
        if is_name(phrase := folded(anchor), corpus.function_words(int(target))):
            uses[phrase][int(target)] += 1
    return uses


def _spoken(corpus: Corpus, column: dict[str, int]) -> sparse.csc_matrix:
    begun = _by_first_words(column)
    rows: list[int] = []
    columns: list[int] = []
    for sentence, text in enumerate(corpus.sentence_text):
        said = folded(text).split()
        for start, (word, after) in enumerate(pairwise([*said, ""])):
            seconds = begun.get(word)
            if seconds is None:
                continue
            for length in (*seconds.get("", ()), *(seconds.get(after, ()) if after else ())):
                index = column.get(" ".join(said[start : start + length]))
                if index is not None and start + length <= len(said):
                    rows.append(sentence)
                    columns.append(index)
    matrix = sparse.csc_matrix(
        (np.ones(len(rows)), (rows, columns)), shape=(len(corpus.sentence_text), len(column))
    )
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix


def _by_first_words(phrases: Iterable[str]) -> dict[str, dict[str, set[int]]]:
    """Return the lengths of the phrases by their first word, and by their second, "" for none."""
    begun: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for phrase in phrases:
        first, second, *_ = [*phrase.split(" ", 2), ""]
        begun[first][second].add(phrase.count(" ") + 1)
    return begun


def _arranged(
    found: dict[tuple[str, int, NameKind], float],
    phrases: tuple[str, ...],
    uses: Ints,
    spoken: sparse.csc_matrix,
    spoken_on: sparse.csc_matrix,
) -> Names:
    column = {phrase: index for index, phrase in enumerate(phrases)}
    pages = spoken_on.shape[0]
    ordered = sorted(found.items(), key=lambda item: (item[0][1], item[0][2], item[0][0]))
    target = np.array([key[1] for key, _ in ordered], np.int64)
    phrase = np.array([column[key[0]] for key, _ in ordered], np.int64)
    return Names(
        phrases=phrases,
        phrase=phrase,
        kind=np.array([int(key[2]) for key, _ in ordered], np.int64),
        weight=np.array([weight for _, weight in ordered], np.float64),
        of_target=np.searchsorted(target, np.arange(pages + 1)).astype(np.int64),
        spoken=spoken,
        spoken_on=spoken_on,
        uses=uses,
    )
