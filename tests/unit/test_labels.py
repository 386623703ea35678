"""What is no sentence: labels, cells, lists of chapters; and what is one all the same."""

from __future__ import annotations

import pytest

from recommender.candidates.labels import NOTE_WORDS, is_label
from recommender.corpus import Corpus
from tests.parsed_site import ROOT, corpus_of, page

FILLER = "The clerk wrote of many other things that had no bearing on the matter at hand that day."


def labelled(body: str, said: str, language: str = "en") -> bool:
    """Tell whether the sentence with ``said`` on a page with ``body`` is a label."""
    html = page("The mill", FILLER).replace("</main>", f"{body}</main>")
    corpus = corpus_of({"/mill": html.replace("<html", f'<html lang="{language}"')})
    return is_label(corpus, sentence_with(corpus, said), None)


def sentence_with(corpus: Corpus, said: str) -> int:
    first, last = corpus.sentence_from[corpus.row[ROOT + "/mill"] :][:2]
    return next(row for row in range(first, last) if said in corpus.sentence_text[row])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<ul><li>The upper water wheel and its house of stone</li></ul>", "water wheel"),
        ("<ul><li>Repairs of the water wheel: The carpenter came in May.</li></ul>", "Repairs"),
        ("<p>The power of the river (water wheel): It was sold.</p>", "water wheel"),
        ("<table><tr><td>The water wheel turns once in a while.</td></tr></table>", "water wheel"),
        ("<p>The Water Wheel, read on 3 May, https://mill.example/wheel.</p>", "Water Wheel"),
        ("<p>00:10 The river 01:20 The water wheel 12:40 What the miller says.</p>", "water wheel"),
    ],
)
def test_what_stands_over_or_beside_a_text_is_a_label(body: str, said: str) -> None:
    assert labelled(body, said)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<p>Grease the axle of the water wheel with one of the following:</p>", "Grease"),
        ("<ul><li>The water wheel turns once in a while.</li></ul>", "water wheel"),
        ("<p>The water wheel answers at <code>https://localhost/</code> as well.</p>", "wheel"),
        ("<p>At 10:15 the water wheel stops, and at 12:40 it turns again.</p>", "water wheel"),
    ],
)
def test_what_says_something_is_a_sentence(body: str, said: str) -> None:
    assert not labelled(body, said)


def test_a_cell_as_long_as_a_paragraph_is_text() -> None:
    long = "The water wheel turns once in a while, " + "and again " * (NOTE_WORDS // 2) + "today."
    assert not labelled(f"<table><tr><td>{long}</td></tr></table>", "water wheel")


def test_a_lead_in_of_a_language_without_a_tagger_is_left_alone() -> None:
    text = "Las reparaciones de la rueda del molino viejo en el valle del norte:"
    assert not labelled(f"<p>{text}</p>", "rueda", language="es")
