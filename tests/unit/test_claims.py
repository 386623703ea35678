"""Whose words a phrase is: told by the titles of all pages."""

from __future__ import annotations

import pytest

from recommender.candidates.anchors import anchor_options, split_name, wanted_words
from recommender.candidates.claims import Claims, build_claims
from recommender.corpus import Corpus
from recommender.languages import function_words
from recommender.names import build_names
from tests.parsed_site import ROOT, corpus_of, page

FILLER = "The clerk wrote of many other things that had no bearing on the matter at hand that day."


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    titles = {
        "/tubeless": "Tubeless setup, from rim tape to sealant",
        "/worth": "Is tubeless worth it?",
        "/pads": "How to bed in new disc brake pads",
        "/rim": "How to adjust rim brakes",
        "/rim-again": "How to adjust rim brakes",
        "/home": "Index of the shed",
    }
    return corpus_of({path: page(title, FILLER) for path, title in titles.items()})


@pytest.fixture(scope="module")
def claims(corpus: Corpus) -> Claims:
    return build_claims(corpus)


@pytest.mark.parametrize(
    ("phrase", "path", "elsewhere"),
    [
        ("tubeless setup", "/tubeless", False),
        ("tubeless setup", "/worth", True),
        ("tubeless", "/worth", False),
        ("tubeless", "/tubeless", True),
        ("adjust rim brakes", "/rim", False),
        ("adjust rim brakes", "/pads", True),
        ("weather report", "/rim", False),
    ],
)
def test_a_phrase_belongs_to_the_page_whose_title_shares_most_with_it(
    corpus: Corpus, claims: Claims, phrase: str, path: str, *, elsewhere: bool
) -> None:
    assert claims.points_elsewhere(phrase, corpus.row[ROOT + path]) is elsewhere


ENGLISH = function_words("en")


def test_the_name_of_a_title_ends_where_something_is_added() -> None:
    assert split_name("Tubeless setup, from rim tape to sealant", ENGLISH)[0] == "Tubeless setup"
    assert split_name("HTML5 Semantic Tags: what they are", ENGLISH)[0] == "HTML5 Semantic Tags"
    assert split_name("Chains: how to clean them", ENGLISH) == (
        "Chains: how to clean them",
        "",
    )
    assert split_name("How to adjust rim brakes", ENGLISH) == (
        "How to adjust rim brakes",
        "",
    )


def sure_of(corpus: Corpus, path: str, words: str, sentence: str) -> float:
    """How surely ``words`` of ``sentence`` mean the page at ``path``."""
    other = {f"/{n}": page(f"Page {n} of it", f"{FILLER} Number {n}.") for n in range(4)}
    bodies = {
        url.removeprefix(ROOT): title
        for url, title in zip(corpus.pages, corpus.titles, strict=True)
    }
    site = {p: page(t, FILLER) for p, t in bodies.items()}
    whole = corpus_of({**site, **other, "/said": page("Said", f"{sentence} {FILLER}")})
    row = whole.row[ROOT + path]
    said = whole.sentence_from[whole.row[ROOT + "/said"]]
    wanted = wanted_words(whole, build_names(whole), row)
    options = anchor_options(
        whole.sentence_text[said], whole.sentence_stems[said], wanted, whole.stem_weight
    )
    return next((o.sure for o in options if o.text == words), 0.0)


def test_part_of_a_title_needs_its_most_telling_word(corpus: Corpus) -> None:
    without = "Put a spacer between disc pads whenever the wheels come out of the frame."
    whole = "Once you bed in new disc brake pads they need twenty stops to reach full power."
    assert sure_of(corpus, "/pads", "disc pads", without) < 0.55
    assert sure_of(corpus, "/pads", "bed in new disc brake pads", whole) > 0.9


def test_a_stranger_between_the_words_makes_them_unsure(corpus: Corpus) -> None:
    plain = "Riders who adjust rim brakes at home save a good deal of money every year."
    strange = "Riders who adjust squealing rim brakes at home save a good deal of money."
    assert sure_of(corpus, "/rim", "adjust rim brakes", plain) > 0.9
    assert sure_of(corpus, "/rim", "adjust squealing rim brakes", strange) < 0.75
