"""Signals: one file each, one number each.

Pair signals tell how much a page should link a target; each is brought to 0..1 before they are
added up (:mod:`recommender.candidates.pairs`), so their scales do not matter. To add one, copy a
sibling file and add a line to :data:`PAIR_SIGNALS` and :data:`WEIGHTS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from recommender.corpus import Floats
from recommender.signals.best_sentence import best_sentence
from recommender.signals.context import PairContext, pair_context
from recommender.signals.fellow_links import fellow_links
from recommender.signals.kindred_links import kindred_links
from recommender.signals.linking_passages import linking_passages
from recommender.signals.mention import mention
from recommender.signals.subject_words import subject_words
from recommender.signals.title_words import title_words

PairSignal = Callable[[PairContext, int], Floats]

PAIR_SIGNALS: tuple[tuple[str, PairSignal], ...] = (
    ("best_sentence", best_sentence),
    ("linking_passages", linking_passages),
    ("subject_words", subject_words),
    ("title_words", title_words),
    ("mention", mention),
    ("fellow_links", fellow_links),
    ("kindred_links", kindred_links),
)
"""The signals that are added up, in the order of the rows of :func:`pair_scores`."""

WEIGHTS: Mapping[str, float] = {
    "best_sentence": 2.0,
    "linking_passages": 1.5,
    "subject_words": 1.0,
    "title_words": 0.5,
    "mention": 0.75,
    "fellow_links": 1.0,
    "kindred_links": 1.0,
    "query_overlap": 1.0,
}
"""What each signal counts (method, section 5); that of the query overlap is an *assumption*."""


def pair_scores(context: PairContext, target: int) -> Floats:
    """Return every pair signal (rows, as PAIR_SIGNALS) of every page (columns) for ``target``."""
    return np.stack([signal(context, target) for _, signal in PAIR_SIGNALS])


__all__ = ["PAIR_SIGNALS", "WEIGHTS", "PairContext", "pair_context", "pair_scores"]
