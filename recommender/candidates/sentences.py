"""Where one new sentence would carry a link: for targets that no sentence of the site names.

The second lot of the week (method, section 1). No words are made up here: an edit names the
paragraph, the sentence to follow, and what a new one must say; writing it is the editor's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from recommender.candidates.anchors import split_name
from recommender.candidates.called import content_words
from recommender.candidates.edits import Valuation
from recommender.candidates.labels import spans_of
from recommender.candidates.pairs import best_sources, fused, relevance
from recommender.candidates.placement import TargetView, view_of
from recommender.candidates.proposals import Ask, SourceFacts, geometric
from recommender.candidates.rules import BESIDE, COMMON_TITLES, COPIES, page_objections
from recommender.candidates.subject import speaks_of
from recommender.corpus import Corpus, Floats
from recommender.models import (
    Kind,
    Reason,
    Recommendation,
    TargetCase,
    recommendation_id,
)
from recommender.text import folded, words

A_TARGET = 2  # new sentences for one target, at most
LEAST_SCORE = 0.75  # readers would write two of five above it, one of seven below
CLOSEST = 25  # of all paragraphs of the site, the target's own among them
PAGES = 5  # those that come first for the target, so that the page is right beyond doubt
TWIN = 0.8  # likeness from which a paragraph says the same again: a twin needs merging, not a link
FEWEST_WORDS = 20  # a paragraph that says something, so that a sentence can go on from it
MOST_LINKS = 1  # in a paragraph that is to carry another one
SAID = 0.75  # of the target's name, by weight, that the paragraph already says (*assumption*)
NO_WORDS = 0.5  # what stands for the anchor in the score: nothing is known of words unwritten
EFFORT = 0.5  # worth beside an equal link that only wraps words (*assumption*)
NO_SOURCES = np.zeros(0, np.int64)  # no place is asked for here


def needed_sentences(
    case: TargetCase, ask: Ask, facts: SourceFacts, valuation: Valuation
) -> list[Recommendation]:
    """Return at most two ADD_SENTENCE edits for a target, best first.

    Only on the five pages that rank first for the target, in one of the paragraphs of the site
    that are closest to what it opens with, if it is as close as half of the places where this
    site's editors set links are to theirs (see ``usual_fit``); and only for a page whose name can
    be linked.
    """
    corpus = facts.corpus
    if not _has_link_words(facts, ask.target):
        return []
    linked = np.append(corpus.linked_from_content(ask.target), ask.target)
    total = fused(ask.scores, ask.weights, linked)
    alike = relevance(total)
    view = view_of(
        corpus,
        facts.names,
        facts.habits,
        ask.target,
        ask.query_words,
        typed=facts.rules.sought.typed(ask.target),
        echo=ask.echo,
        sources=NO_SOURCES,
    )
    pages = {*best_sources(total, linked, PAGES).tolist()}
    found: dict[int, Recommendation] = {}
    for passage in np.argsort(-view.passage, kind="stable")[:CLOSEST].tolist():
        source = int(corpus.passage_page[passage])
        if source not in pages or source in found:
            continue
        if not facts.fit_scale <= view.passage[passage] < TWIN:
            continue
        if _may_link(facts, ask, source) and _takes_a_sentence(facts, view, passage):
            place = _Place(view, passage, float(alike[source]))
            found[source] = _edit(case, facts, valuation, place)
    good = (edit for edit in found.values() if edit.score >= LEAST_SCORE)
    return sorted(good, key=lambda edit: (-edit.value, edit.id))[:A_TARGET]


def _has_link_words(facts: SourceFacts, target: int) -> bool:
    """Tell whether a page has a name that a sentence could link.

    A question is none, nor is a single word, nor are words that its own text never uses, or that
    name another page.
    """
    corpus = facts.corpus
    title, stops = corpus.titles[target], corpus.function_words(target)
    name = split_name(title, stops)[0]
    return (
        "?" not in title
        and len(content_words(folded(name), stops)) > 1
        and folded(name) not in COMMON_TITLES
        and not facts.rules.claims.points_elsewhere(name, target)
        and speaks_of(corpus, target, name)
    )


def _may_link(facts: SourceFacts, ask: Ask, source: int) -> bool:
    related = ask.related is None or bool(ask.related[source])
    twins = facts.corpus.titles[source] == facts.corpus.titles[ask.target]
    return related and not twins and not page_objections(facts.rules, source, ask.target)


def _takes_a_sentence(facts: SourceFacts, view: TargetView, passage: int) -> bool:
    corpus = facts.corpus
    linking = facts.rules.linking.of(int(corpus.passage_page[passage]), view.target)
    if np.any(np.abs(linking - int(corpus.passage_block[passage])) <= BESIDE):
        return False
    links = sum(kind == "a" for kind, _, _ in spans_of(corpus.passage_spans[passage]))
    return (
        corpus.passage_kind[passage] == "paragraph"
        and _says_the_name(corpus, view.target, passage)
        and corpus.passage_copies[passage] <= COPIES
        and links <= MOST_LINKS
        and len(words(_prose(corpus, passage))) >= FEWEST_WORDS
        and not corpus.passage_text[passage].rstrip().endswith(":")
    )


def _says_the_name(corpus: Corpus, target: int, passage: int) -> bool:
    """Tell whether a paragraph has nearly all words of the target's name, by how telling each is.

    Readers would write 3 of 3 such sentences, and 9 of 73 others.
    """
    stem = corpus.stemmer(target)
    name = words(split_name(corpus.titles[target], corpus.function_words(target))[0])
    numbers = {corpus.stems[key] for key in map(stem, name) if key in corpus.stems}
    said = {one for row in corpus.sentences_of(passage) for one in corpus.sentence_stems[row]}
    weight = {number: float(corpus.stem_weight[number]) for number in numbers}
    return sum(weight[n] for n in numbers & said) >= SAID * (sum(weight.values()) or 1.0)


def _prose(corpus: Corpus, passage: int) -> str:
    """Return the text of a passage, what is code, quoted or a button blanked in its place."""
    text = corpus.passage_text[passage]
    for kind, start, end in spans_of(corpus.passage_spans[passage]):
        if kind != "a":
            text = text[:start] + " " * (end - start) + text[end:]
    return text


class _Place(NamedTuple):
    """The passage chosen on a source page, and how close that page is to the target, 0..1."""

    view: TargetView
    passage: int
    alike: float


def _edit(
    case: TargetCase, facts: SourceFacts, valuation: Valuation, place: _Place
) -> Recommendation:
    corpus, (view, passage, alike) = facts.corpus, place
    page = int(corpus.passage_page[passage])
    source = corpus.pages[page]
    sentence = _to_follow(corpus, view.lead, passage)
    signals = {
        "relevance": alike,
        "fit": 1.0,
        "anchor_score": NO_WORDS,
        "strength": float(facts.strength[page]),
        "attention": float(facts.attention[page]),
    }
    score = geometric(signals)
    return Recommendation(
        id=recommendation_id(Kind.ADD_SENTENCE, source, case.url, ""),
        kind=Kind.ADD_SENTENCE,
        source=source,
        target=case.url,
        anchor="",
        sentence=corpus.sentence_text[sentence],
        anchor_start=0,
        block=int(corpus.passage_block[passage]),
        score=score,
        page_score=alike,
        passage_score=1.0,
        anchor_score=NO_WORDS,
        value=EFFORT * valuation.value(score, page, case.url),
        source_title=corpus.titles[page],
        target_title=case.title,
        brief=_brief(case, corpus.function_words(view.target)),
        reasons=(
            valuation.strength(source, float(facts.strength[page])),
            Reason(
                signal="passage",
                value=float(view.passage[passage]),
                weight=1.0,
                evidence="this paragraph is close to what the page opens with, and none of the "
                "pages that may link it has words that name it well enough",
            ),
        ),
        created_at=valuation.now,
        changed_at=valuation.now,
    )


def _to_follow(corpus: Corpus, lead: Floats, passage: int) -> int:
    """Return the sentence of a passage that is closest to the target: the new one goes on there."""
    prose = _prose(corpus, passage)
    own = [row for row in corpus.sentences_of(passage) if _is_said(corpus, row, prose)]
    ended = [row for row in own if corpus.sentence_text[row].rstrip()[-1] in ".!?…。！？"]
    closest: int = max(ended or own, key=lambda row: float(lead[row]))
    return closest


def _is_said(corpus: Corpus, sentence: int, prose: str) -> bool:
    """Tell whether a sentence has words of its own in the prose of its passage."""
    start = int(corpus.sentence_start[sentence])
    return bool(words(prose[start : start + len(corpus.sentence_text[sentence])]))


def _brief(case: TargetCase, stops: frozenset[str]) -> str:
    """Return what the sentence must say: whom it serves, and in which words."""
    name = split_name(case.title, stops)[0]
    asked: Sequence[str] = [line.query for line in case.demand.queries[:2]] if case.demand else []
    in_words = " or ".join(f"“{query}”" for query in asked) if asked else f"“{name}”"
    return (
        f"Say when a reader of this paragraph needs “{name}”, and link words that name it: "
        f"{in_words}, or close to it."
    )
