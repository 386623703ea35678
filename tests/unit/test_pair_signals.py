"""What each pair signal sees, and what it does not."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from recommender.names import build_names
from recommender.signals import PairContext, pair_context
from recommender.signals.best_sentence import best_sentence
from recommender.signals.context import bm25, highest, weighted_words
from recommender.signals.fellow_links import fellow_links
from recommender.signals.kindred_links import kindred_links
from recommender.signals.linking_passages import linking_passages
from recommender.signals.mention import mention
from recommender.signals.page_similarity import page_similarity
from recommender.signals.subject_words import subject_words
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


def test_the_best_sentence_is_not_diluted_by_the_rest_of_the_page() -> None:
    alike = "The wheel under falling water turns by its weight, they said."
    long = {**HTML, "/long": page("Long", alike, *[SEA, NIGHT] * 9), "/short": page("S", alike)}
    corpus = corpus_of(long)
    context = pair_context(corpus, build_names(corpus))
    said = by_path(context, best_sentence(context, 0))
    assert said["/long"] == pytest.approx(said["/short"])
    whole = by_path(context, page_similarity(context, 0))
    assert whole["/long"] < whole["/short"]


def test_a_name_of_the_target_makes_a_better_sentence_than_words_of_it(
    context: PairContext,
) -> None:
    said = by_path(context, best_sentence(context, 0))
    assert min(said["/speaks"], said["/names"]) > said["/words"] > said["/else"] == 0


def test_the_passages_that_link_a_page_say_what_it_is_read_for(context: PairContext) -> None:
    said = by_path(context, linking_passages(context, 0))
    assert said["/links"] == pytest.approx(1)
    assert said["/speaks"] > said["/names"]  # the oak machine of the linking passage


def test_a_page_that_nobody_links_has_no_linking_passages(context: PairContext) -> None:
    lonely = context.corpus.row[ROOT + "/else"]
    assert not linking_passages(context, lonely).any()
    assert not fellow_links(context, lonely).any()


def test_the_subject_is_spoken_of_in_any_words_of_the_target(context: PairContext) -> None:
    said = by_path(context, subject_words(context, 0))
    assert said["/names"] > 0
    assert said["/speaks"] == said["/else"] == 0


def linking(*targets: str) -> str:
    links = " and ".join(f'of <a href="{path}">it</a>' for path in targets)
    return page("Some links", f"Whoever came down to the old harbour that year spoke {links}.")


def test_pages_that_link_the_fellows_of_a_target_could_link_it_too() -> None:
    site = {
        **HTML,
        "/guide": linking("/target", "/words"),
        "/near": linking("/words"),
        "/far": linking("/speaks"),
        "/many": linking("/words", "/speaks", "/names", "/else"),
    }
    corpus = corpus_of(site)
    context = pair_context(corpus, build_names(corpus))
    said = by_path(context, fellow_links(context, 0))
    assert said["/near"] > said["/many"] > said["/far"] == 0


def test_pages_that_link_the_kin_of_a_target_could_link_it_too() -> None:
    site = {**HTML, "/near": linking("/names"), "/far": linking("/else")}
    corpus = corpus_of(site)
    context = pair_context(corpus, build_names(corpus))
    said = by_path(context, kindred_links(context, 0))
    assert said["/near"] > said["/far"] == 0


def test_the_highest_of_an_empty_run_is_zero() -> None:
    values, begins = np.array([1.0, 3.0, 2.0]), np.array([0, 0, 2, 2, 3, 3])
    assert highest(values, begins).tolist() == [0, 3, 0, 2, 0]


def test_title_words_count_in_any_order(context: PairContext) -> None:
    said = by_path(context, title_words(context, 0))
    assert said["/words"] > 0
    assert said["/else"] == 0


def test_query_words_count_beside_the_title() -> None:
    asked = context_of({"/target": {"herring": 0.5, "water": 0.9}})
    said, plain = by_path(asked, title_words(asked, 0)), context_of()
    assert said["/else"] > 0
    assert said["/names"] == by_path(plain, title_words(plain, 0))["/names"]


def test_a_mention_is_any_of_the_page_s_names(context: PairContext) -> None:
    said = by_path(context, mention(context, 0))
    assert said["/names"] > 0
    assert said["/speaks"] > 0
    assert said["/words"] == said["/else"] == 0
    assert said["/twice"] > said["/names"]


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


def test_the_echo_of_a_target_is_worked_out_once_and_one_is_kept(
    context: PairContext,
) -> None:
    first = context.echo(0)
    assert context.echo(0) is first
    other = context.echo(1)
    assert other.lead.argmax() != first.lead.argmax()
    assert context.echo(0) is not first
