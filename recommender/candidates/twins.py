"""Twins: pages that say the same in another form, so that a link between them leads nowhere.

A manual on one page beside its chapters, an older edition, a printed form: whoever reads the one
has the other before them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from recommender.corpus import Corpus

HALF = 0.5  # of the shorter page's words, in paragraphs that stand on both (*assumption*)
BOILERPLATE = 10  # pages from which a paragraph on all of them says nothing of any two


@dataclass(frozen=True, slots=True, kw_only=True)
class Twins:
    """Which pages are twins: those with the same text, however many, and pairs that share half."""

    texts: tuple[int, ...]  # P, equal for pages with the same running text
    pairs: frozenset[tuple[int, int]]  # the lower page first

    def are(self, one: int, other: int) -> bool:
        """Tell whether two pages say the same."""
        return self.texts[one] == self.texts[other] or tuple(sorted((one, other))) in self.pairs


def build_twins(corpus: Corpus) -> Twins:
    """Return the twins of a site. Cost: one pass over the paragraphs."""
    standing: defaultdict[str, set[int]] = defaultdict(set)
    length: dict[str, int] = {}
    lengths = np.bincount(
        corpus.sentence_passage,
        weights=[len(stems) for stems in corpus.sentence_stems],
        minlength=len(corpus.passage_text),
    )
    for row in np.flatnonzero(corpus.passage_copies > 1).tolist():
        standing[corpus.passage_text[row]].add(int(corpus.passage_page[row]))
        length[corpus.passage_text[row]] = int(lengths[row])
    shared: defaultdict[tuple[int, int], int] = defaultdict(int)
    for text, pages in standing.items():
        if len(pages) <= BOILERPLATE:
            for pair in combinations(sorted(pages), 2):
                shared[pair] += length[text]
    words = np.bincount(corpus.passage_page, weights=lengths, minlength=len(corpus.pages))
    return Twins(
        texts=_texts(corpus),
        pairs=frozenset(
            (one, other)
            for (one, other), count in shared.items()
            if count >= HALF * min(words[one], words[other]) > 0
        ),
    )


def _texts(corpus: Corpus) -> tuple[int, ...]:
    bounds = np.searchsorted(corpus.passage_page, np.arange(len(corpus.pages) + 1))
    return tuple(
        hash(corpus.passage_text[first:last]) if last > first else -page
        for page, (first, last) in enumerate(pairwise(bounds.tolist()))
    )
