"""What editors of a site do around their links."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.candidates.habits import COMPANY, FEW_LINKS, build_habits
from recommender.corpus import Corpus
from tests.small_site import corpus_of

TOPICS = ("mill", "wheel", "oak", "bridge", "lamp", "river")


def site(cue: str) -> Corpus:
    """Return six pages that link each other, each time after the word ``cue``."""
    pages = {}
    for number, topic in enumerate(TOPICS):
        linking = [
            f"You should {cue} [[/{other}|the {other}]] in letter {number} of the year."
            for other in TOPICS
            if other != topic
        ]
        plain = [f"Nobody grinds corn on day {day} at the {topic} of the lord." for day in range(6)]
        pages[f"/{topic}"] = (topic.title(), "\n".join([*linking, *plain]))
    return corpus_of(pages)


def cue_of(corpus: Corpus, text: str) -> float:
    cues = build_habits(corpus).cues
    return float(
        np.mean([cues[row] for row, said in enumerate(corpus.sentence_text) if text in said])
    )


def test_words_around_links_are_cues_in_any_language() -> None:
    for cue in ("consult", "besuche", "zobacz"):
        corpus = site(cue)
        assert cue_of(corpus, cue) > 0 > cue_of(corpus, "Nobody")


def test_the_words_of_a_link_are_no_cue() -> None:
    pages = {f"/p{n}": (f"Page {n}", f"It stood [[/q{n}|zeppelin]] there {n}.") for n in range(25)}
    pages |= {f"/q{n}": (f"Other {n}", f"Plain text of number {n} is long.") for n in range(25)}
    pages["/p0"] = (
        "Page 0",
        "It stood [[/q0|zeppelin]] there 0.\nA zeppelin flies.\nAn owl flies.",
    )
    corpus = corpus_of(pages)
    assert len(corpus.content_edges) >= FEW_LINKS
    assert cue_of(corpus, "A zeppelin flies.") == pytest.approx(cue_of(corpus, "An owl flies."))


def test_a_site_with_few_links_has_no_cues() -> None:
    corpus = corpus_of({"/a": ("A", "You should see [[/b|the oak]] now."), "/b": ("B", "Oak.")})
    assert not build_habits(corpus).cues.any()


def test_the_company_of_a_page_is_the_sentences_that_link_it() -> None:
    corpus = site("consult")
    habits = build_habits(corpus)
    target = corpus.row[next(url for url in corpus.pages if url.endswith("/oak"))]
    rows = habits.linking[target].indices
    assert len(rows) == len(TOPICS) - 1
    assert all("the oak" in corpus.sentence_text[row] for row in rows)
    assert habits.company(corpus, target).shape == (len(corpus.vocabulary), len(rows))


def test_sentences_that_say_the_same_count_once_and_company_has_a_limit() -> None:
    same = {f"/s{n}": (f"S {n}", "You should see [[/t|the oak]] some day.") for n in range(5)}
    corpus = corpus_of({"/t": ("T", "It is old."), **same})
    assert build_habits(corpus).company(corpus, corpus.row[corpus.pages[0]]).shape[1] == 1
    many = "\n".join(f"Letter {n} tells of [[/t|the oak]]." for n in range(COMPANY + 50))
    corpus = corpus_of({"/t": ("T", "It is old."), "/many": ("Many", many)})
    assert build_habits(corpus).company(corpus, corpus.row[corpus.pages[0]]).shape[1] == COMPANY


def test_an_unlinked_page_has_no_company() -> None:
    corpus = corpus_of({"/a": ("A", "Nobody links anything."), "/b": ("B", "Nothing.")})
    habits = build_habits(corpus)
    assert habits.company(corpus, 0).shape[1] == 0
    assert not habits.cues.any()
