"""Candidates: for each target its best sources, each with the best place, scored and explained.

A candidate's score is the weighted geometric mean of relevance, fit, anchor, strength and attention
(method, section 5), so that any near-zero vetoes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.candidates.anchors import Anchor
from recommender.candidates.habits import Habits
from recommender.candidates.objections import Objection
from recommender.candidates.pairs import best_sources, fused, relevance
from recommender.candidates.placement import SHORTLIST, Place, TargetView, places, view_of
from recommender.candidates.rules import Rules, page_objections, place_objections
from recommender.candidates.subject import why_these_words
from recommender.corpus import Corpus, Floats, Ints
from recommender.frames import CANDIDATES
from recommender.names import Echo, Names

Row = tuple[object, ...]
"""One row of CANDIDATES, in the order of its columns."""

WEIGHTS = {
    "relevance": 0.30,
    "fit": 0.25,
    "anchor_score": 0.25,
    "strength": 0.10,
    "attention": 0.10,
}
"""Exponents of the score (*assumption*, method, section 5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """What is known of every page as a source, in the order of the corpus (P)."""

    corpus: Corpus
    names: Names
    habits: Habits
    rules: Rules
    strength: Floats
    attention: Floats
    fit_scale: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One target to find sources for: its pair signals (K x P), and what is known of its demand."""

    target: int
    scores: Floats
    weights: Floats  # K
    overlap: Floats | None = None  # P, 0..1
    related: NDArray[np.bool_] | None = None  # P, text closer than unrelated pages are
    query_words: Mapping[str, float] | None = None
    echo: Echo | None = None  # where it was worked out for the scores already


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One ask with what is worked out once for it."""

    ask: Ask
    view: TargetView
    total: Floats  # P, fused signals, 0..1
    relevance: Floats  # P, 0..1


def propose(facts: SourceFacts, asks: Iterable[Ask], *, top: int, lawful: bool) -> pd.DataFrame:
    """Return CANDIDATES: per target at most ``top`` sources that do not link it in their content.

    With ``lawful`` each source shows the best place that the rules allow and sources without one
    are left out; else the best place before all rules, with what they hold against it.
    Cost: some 10 ms a target on a site of 2,000 pages.
    """
    rows: list[Row] = []
    for ask in asks:
        barred, total = _ranked(facts, ask)
        sources = best_sources(total, barred, top)
        seen = _see(facts, ask, total, sources)
        found = (_candidate(facts, seen, int(source), lawful=lawful) for source in sources)
        rows += [row for row in found if row is not None]
    return _frame(rows)


def place_pairs(facts: SourceFacts, ask: Ask, sources: Sequence[int]) -> pd.DataFrame:
    """Return CANDIDATES with the best place on each of ``sources``, whatever it links already."""
    _, total = _ranked(facts, ask)
    seen = _see(facts, ask, total, np.array(sources, np.int64))
    found = (_candidate(facts, seen, source, lawful=False) for source in sources)
    return _frame([row for row in found if row is not None])


def _ranked(facts: SourceFacts, ask: Ask) -> tuple[Ints, Floats]:
    """Return the target with the pages that link it in their content, and all fused signals."""
    barred = np.append(facts.corpus.linked_from_content(ask.target), ask.target)
    return barred, fused(ask.scores, ask.weights, barred)


def _see(facts: SourceFacts, ask: Ask, total: Floats, sources: Ints) -> _Seen:
    return _Seen(
        ask=ask,
        view=view_of(
            facts.corpus,
            facts.names,
            facts.habits,
            ask.target,
            ask.query_words,
            typed=facts.rules.sought.typed(ask.target),
            echo=ask.echo,
            sources=sources,
        ),
        total=total,
        relevance=relevance(total),
    )


def _frame(rows: list[Row]) -> pd.DataFrame:
    if not rows:
        return CANDIDATES.empty()
    return CANDIDATES.coerced(pd.DataFrame(rows, columns=list(CANDIDATES.columns)))


def _candidate(facts: SourceFacts, seen: _Seen, source: int, *, lawful: bool) -> Row | None:
    page = page_objections(facts.rules, source, seen.ask.target)
    if seen.ask.related is not None and not seen.ask.related[source]:
        page = (*page, Objection.UNRELATED)
    if lawful and page:
        return None
    most = SHORTLIST if lawful else 1
    found = places(facts.corpus, seen.view, source, fit_scale=facts.fit_scale, most=most)
    options = [
        (place, anchor, place_objections(facts.rules, place, anchor))
        for place in found
        for anchor in (place.anchors if lawful else place.anchors[:1] or (None,))
    ]
    if lawful:
        options = sorted(
            (option for option in options if not option[2]),
            key=lambda option: -option[0].fit * (option[1].sure if option[1] else 0.0) ** 2,
        )
    if options:
        place, anchor, held = options[0]
        return _row(facts, seen, _Choice(source, place, anchor, (*page, *held)))
    empty = _Choice(source, None, None, (*page, Objection.NO_TEXT))
    return None if lawful else _row(facts, seen, empty)


class _Choice(NamedTuple):
    """What was chosen on a source page, and what the rules hold against it."""

    source: int
    place: Place | None
    anchor: Anchor | None
    held: tuple[Objection, ...]


def _row(facts: SourceFacts, seen: _Seen, choice: _Choice) -> Row:
    corpus, ask = facts.corpus, seen.ask
    source, place, anchor = choice.source, choice.place, choice.anchor
    signals = {
        "relevance": float(seen.relevance[source]),
        "fit": place.fit if place else 0.0,
        "anchor_score": anchor.sure if anchor else 0.0,
        "strength": float(facts.strength[source]),
        "attention": float(facts.attention[source]),
    }
    sentence = place.sentence if place else -1
    passage = int(corpus.sentence_passage[sentence]) if place else -1
    return (
        corpus.pages[ask.target],
        corpus.pages[source],
        float(seen.total[source]),
        signals["relevance"],
        float(ask.overlap[source]) if ask.overlap is not None else 0.0,
        signals["fit"],
        signals["anchor_score"],
        signals["strength"],
        signals["attention"],
        geometric(signals),
        int(corpus.passage_block[passage]) if place else -1,
        corpus.sentence_text[sentence] if place else "",
        int(corpus.sentence_start[sentence]) if place else -1,
        anchor.text if anchor else None,
        anchor.start if anchor else -1,
        not choice.held,
        " ".join(choice.held),
        _evidence(corpus, ask.target, choice),
    )


def _evidence(corpus: Corpus, target: int, choice: _Choice) -> str:
    if choice.anchor is None:
        return ""
    if choice.held:
        return choice.anchor.evidence
    return why_these_words(corpus, target, choice.anchor)


def geometric(signals: Mapping[str, float]) -> float:
    """Return the weighted geometric mean of signals 0..1: 0 as soon as one of them is 0."""
    if min(signals.values()) <= 0:
        return 0.0
    return float(np.exp(sum(WEIGHTS[name] * np.log(value) for name, value in signals.items())))
