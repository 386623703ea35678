"""Why an edit left the list: the first cause that can be named, none of them a mere score."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.allocate.value import Budgets, Edit
from recommender.corpus import Corpus
from recommender.models import NEW_LINKS, Recommendation, TargetCase
from recommender.passes.life import Pair, Past
from recommender.report.cards import CHECK_LABEL
from recommender.text import squeezed

CLEARLY = 0.1  # share by which a value must fall for the fall to be the cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What a choice was made from: what an edit that is not in it may have left for."""

    corpus: Corpus
    cases: Mapping[str, TargetCase]
    free: Mapping[str, Recommendation]  # every edit that could be chosen, by id
    pairs: Mapping[Pair, Recommendation]
    past: Past
    limits: Budgets
    waiting: Collection[str]  # targets

    @classmethod
    def of(
        cls,
        *,
        corpus: Corpus,
        cases: Sequence[TargetCase],
        free: Iterable[Recommendation],
        past: Past,
        limits: Budgets,
        waiting: Collection[str],
    ) -> Grounds:
        """Return the grounds of a choice among the ``free`` edits for ``cases``."""
        by_id = {edit.id: edit for edit in free}
        return cls(
            corpus=corpus,
            cases={case.url: case for case in cases},
            free=by_id,
            pairs={(edit.source, edit.target): edit for edit in by_id.values()},
            past=past,
            limits=limits,
            waiting=waiting,
        )


def why_left(edit: Recommendation, grounds: Grounds, program: Edit) -> str:
    """Return why ``edit`` is not proposed any more; ``program`` is the edit as it was."""
    return (
        _of_pages(edit, grounds)
        or _of_target(edit, grounds)
        or _of_pair(edit, grounds)
        or _of_place(edit, grounds, program)
    )


def _of_pages(edit: Recommendation, grounds: Grounds) -> str:
    corpus = grounds.corpus
    source, target = corpus.row.get(edit.source), corpus.row.get(edit.target)
    if source is None or target is None:
        return "the page it stands on is gone" if source is None else "the page it leads to is gone"
    if edit.kind in NEW_LINKS and np.isin(source, corpus.linked_from_content(target)):
        return "the page has the link now"
    own = corpus.sentences_on(source)
    wanted = squeezed(edit.sentence)
    if not any(wanted == squeezed(corpus.sentence_text[row]) for row in own):
        return "its sentence is gone"
    return ""


def _of_target(edit: Recommendation, grounds: Grounds) -> str:
    case = grounds.cases.get(edit.target)
    if case is None:
        return "other pages need links more now"
    if case.failed:
        name = case.failed[0].name
        return f"the page it leads to fails a check now: {CHECK_LABEL.get(name, name).lower()}"
    return ""


def _of_pair(edit: Recommendation, grounds: Grounds) -> str:
    pair = (edit.source, edit.target)
    if pair in grounds.past.barred:
        return "another link between the two pages was decided on"
    if pair in grounds.past.refused and pair not in grounds.pairs:
        return "you said no to a link like it"
    other = grounds.pairs.get(pair)
    if other is not None and other.id != edit.id:
        return (
            f"better words were found: “{other.anchor}”"
            if other.anchor
            else "a better place was found"
        )
    if other is None:
        return "it does not meet the rules and the minimum score any more"
    return ""


def _of_place(edit: Recommendation, grounds: Grounds, program: Edit) -> str:
    now = grounds.free[edit.id]
    if not grounds.limits.allows(program):
        return "its place was given to another edit"
    if now.value < edit.value * (1 - CLEARLY):
        return f"it is worth {1 - now.value / edit.value:.0%} less than before"
    if edit.target in grounds.waiting:
        return "its page waits for its turn, with a better link"
    return "others are worth more now"
