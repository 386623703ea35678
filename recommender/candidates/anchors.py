"""Which words of a sentence name a target: its names first, else the best run of its title's words.

Writers' rules (method, section 1): the shortest phrase that names the target, words that already
stand there, no more than eight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.corpus import Corpus
from recommender.names import LONGEST, NameKind, Names
from recommender.text import folded, stemmer, word_spans, words

STOP_CREDIT = 0.05  # a title's function word holds a phrase together but names nothing
STRANGER = 1.5  # cost of a word that the title does not have, in units of stem weight
FUNCTION_STRANGER = 0.45  # the same for a function word

CHOICE = {
    NameKind.ANCHOR: 1.0,  # the site's own editors chose these words
    NameKind.TITLE: 0.5,
    NameKind.H1: 0.3,
    NameKind.MENU: 0.3,
    NameKind.PART: 0.2,
    NameKind.HEADING: 0.2,
}
"""How much a name of each kind counts when two stand in one sentence (*assumption*, measured on
two manuals and a company site)."""

SURENESS = {
    NameKind.TITLE: "it is the title of the page",
    NameKind.H1: "it is the headline of the page",
    NameKind.PART: "it is part of the page's title",
    NameKind.HEADING: "it is a heading on the page",
    NameKind.MENU: "the site's menus call the page so",
    NameKind.ANCHOR: "editors of this site link the page with these words",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """Words to link: ``start`` is their offset in the sentence, ``score`` 0..1."""

    text: str
    start: int
    score: float
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a target is called: stem weights of its title, h1 and queries, and its names."""

    stems: Mapping[int, float]
    total: float
    names: Mapping[str, tuple[float, float, NameKind]]  # phrase -> (choice, weight, kind)


def wanted_words(
    corpus: Corpus, names: Names, target: int, queries: Mapping[str, float] | None = None
) -> Wanted:
    """Return the words that name ``target``; ``queries`` adds the words it is searched by.

    A query word weighs its share of the query impressions, so that a title word always leads.
    """
    stem = stemmer(corpus.language)
    stems: dict[int, float] = {}
    for word in words(f"{corpus.titles[target]} {corpus.h1s[target]}"):
        number = corpus.stems.get(stem(word))
        if number is not None:
            stems[number] = max(STOP_CREDIT, float(corpus.stem_weight[number]))
    total = sum(stems.values())
    for word, share in (queries or {}).items():
        number = corpus.stems.get(stem(word))
        if number is not None and number not in stems and corpus.stem_weight[number] > 0:
            stems[number] = share * float(corpus.stem_weight[number])
    return Wanted(stems=stems, total=total or 1.0, names=_names_of(names, target))


def _names_of(names: Names, target: int) -> dict[str, tuple[float, float, NameKind]]:
    best: dict[str, tuple[float, float, NameKind]] = {}
    for row in range(names.rows(target).start, names.rows(target).stop):
        phrase = names.phrases[names.phrase[row]]
        kind = NameKind(names.kind[row])
        weight = float(names.weight[row])
        choice = CHOICE[kind] * weight * (1 + 0.1 * (phrase.count(" ") + 1))
        if phrase not in best or choice > best[phrase][0]:
            best[phrase] = (choice, weight, kind)
    return best


def best_run(stems: Sequence[int], wanted: Wanted, weights: np.ndarray) -> tuple[float, int, int]:
    """Return coverage 0..1 and the word range of the run that covers most of the title's weight.

    A run starts and ends with a word that carries weight, is at most eight words long, and pays
    for each word that the title does not have. (0, 0, 0) where nothing fits.
    """
    best, first, last = 0.0, 0, 0
    for start, number in enumerate(stems):
        if wanted.stems.get(number, 0.0) <= STOP_CREDIT:
            continue
        value, seen = 0.0, set()
        for end in range(start, min(len(stems), start + LONGEST)):
            word = stems[end]
            weight = wanted.stems.get(word)
            if weight is not None and word not in seen:
                value += weight
                seen.add(word)
                if weight > STOP_CREDIT and value > best + 1e-9:
                    best, first, last = value, start, end + 1
            elif weights[word] > 0:
                value -= STRANGER
            else:
                value -= FUNCTION_STRANGER
    return min(1.0, best / wanted.total), first, last


def anchor_options(
    sentence: str, stems: Sequence[int], wanted: Wanted, weights: np.ndarray
) -> list[Anchor]:
    """Return the words of ``sentence`` that could be linked to the target, best first."""
    spans = word_spans(sentence)
    said = [folded(sentence[a:z]) for a, z in spans]
    found: list[tuple[float, Anchor]] = []
    taken: set[tuple[int, int]] = set()
    for start in range(len(said)):
        for end in range(start + 1, min(len(said), start + LONGEST) + 1):
            name = wanted.names.get(" ".join(said[start:end]))
            if name is not None:
                taken.add((start, end))
                found.append((name[0] + 10, _named(sentence, spans[start:end], name)))
    coverage, start, end = best_run(stems, wanted, weights)
    if coverage > 0 and (start, end) not in taken:
        a, z = spans[start][0], spans[end - 1][1]
        evidence = f"it covers {coverage:.0%} of what names the page"
        run = Anchor(text=sentence[a:z], start=a, score=coverage, evidence=evidence)
        found.append((coverage, run))
    found.sort(key=lambda pair: (-pair[0], pair[1].start))
    return [anchor for _, anchor in found]


def _named(
    sentence: str, spans: Sequence[tuple[int, int]], name: tuple[float, float, NameKind]
) -> Anchor:
    a, z = spans[0][0], spans[-1][1]
    return Anchor(text=sentence[a:z], start=a, score=min(1.0, name[1]), evidence=SURENESS[name[2]])
