"""What a page is called, how surely, and where it is spoken."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.languages import function_words
from recommender.names import LONGEST, NameKind, Names, build_names, is_name
from recommender.text import folded
from tests.parsed_site import ROOT, corpus_of, page, works

PROSE = "A mill by the river grinds corn for the whole valley and its hungry people."


def called(names: Names, target: int) -> dict[tuple[str, NameKind], float]:
    rows = names.rows(target)
    return {
        (names.phrases[names.phrase[row]], NameKind(names.kind[row])): float(names.weight[row])
        for row in range(rows.start, rows.stop)
    }


def test_a_page_is_called_by_title_headline_and_parts_of_its_title() -> None:
    corpus = corpus_of({"/a": page("Water Wheels: how they turn", PROSE)})
    found = called(build_names(corpus), 0)
    assert found["water wheels how they turn", NameKind.TITLE] == 1
    assert found["water wheels", NameKind.PART] > 0
    assert ("water wheels how they turn", NameKind.H1) in found


def test_editors_words_are_names_and_weigh_more_the_more_often_they_are_linked() -> None:
    linked = f'{PROSE} See <a href="/c">the oak machine</a> by the old harbour there.'
    corpus = corpus_of(
        {
            "/a": page("A", linked),
            "/b": page("B", f"{PROSE} The oak machine is not linked from this page of ours."),
            "/c": page("C", PROSE + " Nothing else."),
        }
    )
    found = called(build_names(corpus), corpus.row[ROOT + "/c"])
    assert found["the oak machine", NameKind.ANCHOR] == pytest.approx(0.2 + 0.8 / 2)


def test_words_linked_to_two_pages_are_shared_between_them() -> None:
    corpus = corpus_of(
        {
            "/a": page("A", f'{PROSE} See <a href="/c">the oak machine</a> by the harbour.'),
            "/b": page("B", f'{PROSE} See <a href="/d">the oak machine</a> in the harbour.'),
            "/c": page("C", PROSE + " Nothing else."),
            "/d": page("D", PROSE + " Something else."),
        }
    )
    names = build_names(corpus)
    weights = [
        called(names, corpus.row[ROOT + path])["the oak machine", NameKind.ANCHOR]
        for path in ("/c", "/d")
    ]
    assert weights == [0.5, 0.5]


@pytest.mark.parametrize(
    ("phrase", "yes"),
    [
        ("water wheel", True),
        ("of the", False),
        ("", False),
        ("ab", False),
        (" ".join(["word"] * LONGEST), True),
        (" ".join(["word"] * (LONGEST + 1)), False),
    ],
)
def test_a_name_has_one_to_eight_words_that_are_not_all_function_words(
    phrase: str, *, yes: bool
) -> None:
    assert is_name(phrase, function_words("en")) is yes


def test_the_sentences_that_speak_a_phrase_are_those_that_have_it_word_for_word() -> None:
    odd = {
        "/i": page("İ Café", "İ cafe\u0301 is an odd name for a mill."),
        "/mill": page("Mill", "A mill is a mill. It has a mill pond, and the pond has a mill"),
        "/pond": page("Mill pond", "Every pond of a mill is a mill pond"),
    }
    corpus = corpus_of({**works(), **odd})
    names = build_names(corpus)
    for column, phrase in enumerate(names.phrases):
        spoken = [
            row
            for row, text in enumerate(corpus.sentence_text)
            if f" {phrase} " in f" {folded(text)} "
        ]
        assert names.sentences(column).tolist() == spoken
        pages, counts = names.pages(column)
        assert counts.sum() == len(spoken)
        assert set(pages.tolist()) == {int(corpus.sentence_page[row]) for row in spoken}


def test_weights_lie_between_nothing_and_one() -> None:
    names = build_names(corpus_of(works()))
    assert np.all(names.weight > 0)
    assert np.all(names.weight <= 1)


@pytest.mark.parametrize("html", [page("The"), page("Of the"), "<html><body></body></html>"])
def test_a_site_without_any_name_has_none(html: str) -> None:
    names = build_names(corpus_of({"/a": html}))
    assert names.phrases == ()
    assert names.rows(0) == slice(0, 0)
    assert names.spoken.shape[1] == 0
