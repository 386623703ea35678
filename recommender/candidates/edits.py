"""From candidates to recommendations: adds with their reasons, new words for generic anchors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from recommender.candidates.anchors import Anchor, Wanted, anchor_options, wanted_words
from recommender.candidates.objections import Objection
from recommender.candidates.placement import Place
from recommender.candidates.proposals import WEIGHTS, SourceFacts, geometric
from recommender.candidates.rules import page_objections, place_objections
from recommender.candidates.subject import why_these_words
from recommender.corpus import Corpus, Floats
from recommender.models import (
    Kind,
    LedgerLine,
    Reason,
    Recommendation,
    Region,
    TargetCase,
    recommendation_id,
)

ITS_OWN_LINK = frozenset({Objection.NEAR_LINK, Objection.LINKED_BESIDE})
"""What the rules hold against a place only because the link to be changed stands there."""

CLOSE = 0.5  # relevance from which a source is one of the first ten or so, see ``relevance``
BETTER_WORDS = 0.5  # sureness from which new words are worth the edit of an existing link
LEAST_NEED = 1e-9  # a page asked for by hand may have no need at all; its best links still rank

REWORDING = 0.01
"""Log-PageRank gain that better words are worth (*assumption*: they move no rank, but each
existing link with a generic anchor is cheap to mend; about the median gain of one new link)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Valuation:
    """What turns scores into value: the need of each target and the gain of each possible link.

    ``gains`` is by target: log-PageRank that it gains from a content link of each page (P).
    """

    cases: Mapping[str, TargetCase]
    gains: Mapping[str, Floats]
    impressions: Mapping[str, int]  # of each page, 28 days
    window_days: int
    now: datetime

    def value(self, score: float, source: int, target: str) -> float:
        """Return score x log-PageRank gain x need (method, section 5)."""
        need = max(self.cases[target].need, LEAST_NEED)
        return score * float(self.gains[target][source]) * need

    def strength(self, source: str, strength: float) -> Reason:
        """Return what a source page has to give, in the best words that the data allow."""
        shown = self.impressions.get(source, 0)
        evidence = (
            f"it earned {shown:,} impressions in {self.window_days} days"
            if shown
            else f"within the site it is stronger than {strength:.0%} of the pages"
        )
        weight = WEIGHTS["strength"]
        return Reason(signal="strength", value=strength, weight=weight, evidence=evidence)


def additions(
    candidates: pd.DataFrame, facts: SourceFacts, valuation: Valuation
) -> list[Recommendation]:
    """Return one ADD for each row of CANDIDATES (lawful ones), in their order."""
    records = (
        dict(zip(candidates.columns, row, strict=True))
        for row in candidates.itertuples(index=False, name=None)
    )
    return [_addition(record, facts, valuation) for record in records]


def _addition(
    row: Mapping[str, object], facts: SourceFacts, valuation: Valuation
) -> Recommendation:
    source, target, anchor = str(row["source"]), str(row["target"]), str(row["anchor"])
    index = facts.corpus.row[source]
    score = _number(row, "score")
    return Recommendation(
        id=recommendation_id(Kind.ADD, source, target, anchor),
        kind=Kind.ADD,
        source=source,
        target=target,
        anchor=anchor,
        sentence=str(row["sentence"]),
        anchor_start=int(_number(row, "anchor_start")),
        block=int(_number(row, "block")),
        score=score,
        page_score=_number(row, "relevance"),
        passage_score=_number(row, "fit"),
        anchor_score=_number(row, "anchor_score"),
        value=valuation.value(score, index, target),
        source_title=facts.corpus.titles[index],
        target_title=valuation.cases[target].title,
        reasons=_reasons(row, valuation),
        created_at=valuation.now,
        changed_at=valuation.now,
    )


def _number(row: Mapping[str, object], name: str) -> float:
    value = row[name]
    assert isinstance(value, int | float)
    return float(value)


def _reasons(row: Mapping[str, object], valuation: Valuation) -> tuple[Reason, ...]:
    relevance = _number(row, "relevance")
    overlap = _number(row, "query_overlap")
    found = [
        valuation.strength(str(row["source"]), _number(row, "strength")),
        Reason(
            signal="relevance",
            value=relevance,
            weight=WEIGHTS["relevance"],
            evidence=f"{_how_close(relevance)} ({relevance:.2f} of 1)",
        ),
        Reason(
            signal="anchor",
            value=_number(row, "anchor_score"),
            weight=WEIGHTS["anchor_score"],
            evidence=str(row["evidence"]),
        ),
    ]
    if overlap >= 0.1:
        shared = f"it is shown for queries that bring {overlap:.0%} of this page's impressions"
        found.append(Reason(signal="query_overlap", value=overlap, weight=0.2, evidence=shared))
    return tuple(found)


def _how_close(relevance: float) -> str:
    if relevance >= CLOSE:
        return "its text is among the closest to the page it would link"
    return "its subject is near that of the page it would link"


def new_words(case: TargetCase, facts: SourceFacts, valuation: Valuation) -> list[Recommendation]:
    """Return a CHANGE_ANCHOR for each generic content link whose sentence has better words.

    A link whose sentence does not name the target is left alone: that needs a writer. The same
    words are given to one link of a source alone.
    """
    target = facts.corpus.row[case.url]
    typed = facts.rules.sought.typed(target)
    wanted = wanted_words(facts.corpus, facts.names, target, typed=typed)
    made: dict[str, Recommendation] = {}
    for line in case.ledger:
        if line.region is not Region.CONTENT or not line.generic:
            continue
        anchor = _better_words(case, line, facts, wanted)
        if anchor is not None:
            edit = _change(case, line, anchor, facts, valuation)
            made.setdefault(edit.id, edit)
    return list(made.values())


def _better_words(
    case: TargetCase, line: LedgerLine, facts: SourceFacts, wanted: Wanted
) -> Anchor | None:
    """Return the best words of a link's sentence that the rules allow; links stand near already."""
    corpus = facts.corpus
    source, target = corpus.row[line.source], corpus.row[case.url]
    sentence = _sentence_of(corpus, source, line)
    if sentence is None or page_objections(facts.rules, source, target):
        return None
    stems, weights = corpus.sentence_stems[sentence], corpus.stem_weight
    for anchor in anchor_options(line.sentence, stems, wanted, weights):
        place = Place(
            source=source, target=target, sentence=sentence, score=1.0, fit=1.0, anchors=(anchor,)
        )
        held = {*place_objections(facts.rules, place, anchor)} - ITS_OWN_LINK
        if anchor.sure >= BETTER_WORDS and not held:
            return anchor
    return None


def _sentence_of(corpus: Corpus, source: int, line: LedgerLine) -> int | None:
    for row in corpus.sentences_on(source):
        block = corpus.passage_block[corpus.sentence_passage[row]]
        if block == line.block and corpus.sentence_text[row] == line.sentence:
            return row
    return None


def _change(
    case: TargetCase, line: LedgerLine, anchor: Anchor, facts: SourceFacts, valuation: Valuation
) -> Recommendation:
    source = facts.corpus.row[line.source]
    signals = {
        "relevance": 1.0,  # an editor already found the page right
        "fit": 1.0,  # and the place
        "anchor_score": anchor.sure,
        "strength": float(facts.strength[source]),
        "attention": float(facts.attention[source]),
    }
    score = geometric(signals)
    target = facts.corpus.row[case.url]
    because = f"“{line.anchor}” says nothing of the page; "
    because += why_these_words(facts.corpus, target, anchor)
    return Recommendation(
        id=recommendation_id(Kind.CHANGE_ANCHOR, line.source, case.url, anchor.text),
        kind=Kind.CHANGE_ANCHOR,
        source=line.source,
        target=case.url,
        anchor=anchor.text,
        old_anchor=line.anchor,
        sentence=line.sentence,
        anchor_start=anchor.start,
        block=line.block,
        score=score,
        page_score=1.0,
        passage_score=1.0,
        anchor_score=anchor.sure,
        value=REWORDING * score * max(case.need, LEAST_NEED),
        source_title=facts.corpus.titles[source],
        target_title=case.title,
        reasons=(Reason(signal="anchor", value=anchor.sure, weight=1.0, evidence=because),),
        created_at=valuation.now,
        changed_at=valuation.now,
    )
