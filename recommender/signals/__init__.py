"""Signals: one file each, one number each.

Pair signals tell how much a page should link a target; they are fused by rank, so their scales do
not matter. To add one, copy a sibling file and add a line to :data:`PAIR_SIGNALS`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from recommender.corpus import Floats
from recommender.signals.anchor_words import anchor_words
from recommender.signals.best_passage import best_passage
from recommender.signals.context import PairContext, pair_context
from recommender.signals.dictionary import dictionary
from recommender.signals.mention import mention
from recommender.signals.page_similarity import page_similarity
from recommender.signals.title_phrase import title_phrase
from recommender.signals.title_words import title_words

PairSignal = Callable[[PairContext, int], Floats]

PAIR_SIGNALS: tuple[tuple[str, PairSignal], ...] = (
    ("page_similarity", page_similarity),
    ("best_passage", best_passage),
    ("title_words", title_words),
    ("title_phrase", title_phrase),
    ("dictionary", dictionary),
    ("mention", mention),
    ("anchor_words", anchor_words),
)
"""The rankings that are fused, in the order of the rows of :func:`pair_scores`."""


def pair_scores(context: PairContext, target: int) -> Floats:
    """Return every pair signal (rows, as PAIR_SIGNALS) of every page (columns) for ``target``."""
    return np.stack([signal(context, target) for _, signal in PAIR_SIGNALS])


__all__ = ["PAIR_SIGNALS", "PairContext", "pair_context", "pair_scores"]
