"""What each pair signal sees, and what it does not."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from recommender.names import build_names
from recommender.signals import PairContext, pair_context
from recommender.signals.anchor_words import anchor_words
from recommender.signals.best_passage import best_passage
from recommender.signals.context import bm25, weighted_words
from recommender.signals.dictionary import dictionary
from recommender.signals.mention import mention
from recommender.signals.page_similarity import page_similarity
from recommender.signals.title_phrase import title_phrase
from recommender.signals.title_words import title_words
from tests.parsed_site import ROOT, corpus_of, page

RIVER = "A mill by the river grinds corn for the whole valley and its hungry people."
SEA = "Boats at the harbour bring herring and cod from the cold northern sea each day."
NIGHT = "Lamps in the tower burn oil through the long winter nights for lonely sailors."
HTML = {
    "/target": page("Water Wheel", "The water wheel turns under the weight of falling water. " * 2),
    "/names": page("Names it", f"{RIVER} Whoever built a water wheel knew how to carve oak."),
    "/twice": page(
        "Names it twice",
        f"A water wheel is old. {SEA} The water wheel is useful for grinding and for sawing.",
    ),
    "/words": page("Says its words", f"{NIGHT} The wheel of a cart should never stand in water."),
    "/links": page(
        "Links it",
        f'{SEA} They found <a href="/target">the oak machine</a> beside the long stone bridge.',
    ),
    "/speaks": page("Speaks the anchor", f"{NIGHT} Nobody forgot the oak machine of the miller."),
    "/else": page("Something else", f"{SEA} {NIGHT} Nothing here has a part in all of that."),
}


def context_of(queries: Mapping[str, Mapping[str, float]] | None = None) -> PairContext:
    corpus = corpus_of(HTML)
    asked = {corpus.row[ROOT + path]: words for path, words in (queries or {}).items()}
    return pair_context(corpus, build_names(corpus), asked)


@pytest.fixture(scope="module")
def context() -> PairContext:
    return context_of()


def by_path(context: PairContext, values: np.ndarray) -> dict[str, float]:
    return {
        url.removeprefix(ROOT): float(value)
        for url, value in zip(context.corpus.pages, values, strict=True)
    }


def test_a_page_is_most_similar_to_itself(context: PairContext) -> None:
    said = by_path(context, page_similarity(context, 0))
    assert said["/target"] == pytest.approx(1)
    assert said["/names"] > said["/else"] == 0


def test_the_best_passage_is_not_diluted_by_the_rest_of_the_page() -> None:
    alike = "The wheel under falling water turns by its weight, they said."
    long = {**HTML, "/long": page("Long", alike, *[SEA, NIGHT] * 9), "/short": page("S", alike)}
    corpus = corpus_of(long)
    context = pair_context(corpus, build_names(corpus))
    said = by_path(context, best_passage(context, 0))
    assert said["/long"] == pytest.approx(said["/short"])
    whole = by_path(context, page_similarity(context, 0))
    assert whole["/long"] < whole["/short"]


def test_title_words_count_in_any_order(context: PairContext) -> None:
    said = by_path(context, title_words(context, 0))
    assert said["/words"] > 0
    assert said["/else"] == 0


def test_query_words_count_beside_the_title() -> None:
    asked = context_of({"/target": {"herring": 0.5, "water": 0.9}})
    said, plain = by_path(asked, title_words(asked, 0)), context_of()
    assert said["/else"] > 0
    assert said["/names"] == by_path(plain, title_words(plain, 0))["/names"]


def test_a_title_phrase_counts_once_a_sentence(context: PairContext) -> None:
    said = by_path(context, title_phrase(context, 0))
    assert (said["/names"], said["/twice"], said["/words"]) == (1, 2, 0)


def test_the_fourth_mention_of_a_title_adds_nothing() -> None:
    many = page("Many", "The water wheel is one of many good things to see here. " * 7)
    corpus = corpus_of({**HTML, "/many": many})
    context = pair_context(corpus, build_names(corpus))
    assert by_path(context, title_phrase(context, 0))["/many"] == 3


def test_the_dictionary_knows_what_editors_link_the_page_with(context: PairContext) -> None:
    said = by_path(context, dictionary(context, 0))
    assert said["/speaks"] > 0
    assert said["/names"] == 0


def test_a_mention_is_any_of_the_page_s_names(context: PairContext) -> None:
    said = by_path(context, mention(context, 0))
    assert said["/names"] > 0
    assert said["/speaks"] > 0
    assert said["/words"] == said["/else"] == 0
    assert said["/twice"] > said["/names"]


def test_anchor_words_are_those_of_the_page_s_own_anchors(context: PairContext) -> None:
    said = by_path(context, anchor_words(context, 0))
    assert said["/speaks"] > said["/names"] > said["/else"] == 0  # “oak” alone on /names


def test_a_page_that_nobody_links_has_no_anchor_words(context: PairContext) -> None:
    assert not anchor_words(context, context.corpus.row[ROOT + "/else"]).any()
    assert not dictionary(context, context.corpus.row[ROOT + "/else"]).any()


def test_bm25_grows_with_weight_and_forgets_unknown_words(context: PairContext) -> None:
    one = bm25(context, {"water": 1.0})
    assert bm25(context, {"water": 2.0}) == pytest.approx(2 * one)
    assert bm25(context, {"unheardof": 1.0}).tolist() == [0.0] * len(context.corpus.pages)
    assert bm25(context, {"the": 1.0}).tolist() == [0.0] * len(context.corpus.pages)


def test_a_longer_page_counts_less_for_the_same_word() -> None:
    corpus = corpus_of(
        {"/short": page("S", f"{RIVER} wheel"), "/long": page("L", f"{RIVER} wheel", SEA, NIGHT)}
    )
    score = bm25(pair_context(corpus, build_names(corpus)), {"wheel": 1.0})
    assert score[0] > score[1] > 0


def test_words_are_weighed_once_however_often_they_stand() -> None:
    assert weighted_words(["Water water", "WATER wheel"]) == {"water": 1.0, "wheel": 1.0}
