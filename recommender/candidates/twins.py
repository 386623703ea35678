"""Twins: pages that say the same in another form, so that a link between them leads nowhere.

A manual on one page beside its chapters, an older edition, a printed form: whoever reads the one
has the other before them.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import permutations

import numpy as np

from recommender.corpus import Corpus

HALF = 0.5  # of the shorter page's words, in paragraphs that stand on both (*assumption*)
BOILERPLATE = 10  # pages from which a paragraph on all of them says nothing of any two


def twins(corpus: Corpus) -> frozenset[tuple[int, int]]:
    """Return the pairs of pages that share half of the shorter one's text, word for word.

    Both orders of a pair. Cost: one pass over the paragraphs.
    """
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
            for pair in permutations(sorted(pages), 2):
                shared[pair] += length[text]
    words = np.bincount(corpus.passage_page, weights=lengths, minlength=len(corpus.pages))
    return frozenset(
        (one, other)
        for (one, other), count in shared.items()
        if count >= HALF * min(words[one], words[other]) > 0
    )
