"""Signals of a page alone: strength, attention, and the queries it shares with a target."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.frames import PAGE_SIGNALS, checked
from recommender.graph import link_graph, pagerank
from recommender.signals.attention import attention, density
from recommender.signals.overlap import query_overlap
from recommender.signals.pages import page_signals
from recommender.signals.strength import percentile, strength
from tests.small_site import ROOT, corpus_of, page_totals, query_totals

SITE = {
    "/": ("Home", "We write about [[/chain|bicycle chains]] and [[/chain|chain oil]] at length."),
    "/chain": ("Clean a chain", "A clean chain lasts longer than a dirty one, says everybody."),
    "/oil": ("Oil", "See how to [[/chain|clean a chain]] before you oil it, and wait an hour."),
}
CORPUS = corpus_of(SITE)
RANKS = pagerank(link_graph(CORPUS.edges, 3))


def test_page_signals_are_in_the_order_of_the_corpus() -> None:
    signals = page_signals(CORPUS, page_totals(("/oil", 1, 10, 5.0)), RANKS)
    assert checked(signals, PAGE_SIGNALS)["page"].tolist() == list(CORPUS.pages)
    assert signals["impressions"].tolist() == [0, 0, 10]
    assert signals["position"].tolist() == pytest.approx([np.nan, np.nan, 5.0], nan_ok=True)


def test_inlinks_are_counted_as_pages_and_outlinks_as_links() -> None:
    signals = page_signals(CORPUS, None, RANKS)
    assert signals["content_inlinks"].tolist() == [0, 2, 0]
    assert signals["content_outlinks"].tolist() == [2, 0, 1]


def test_without_search_data_strength_is_the_percentile_of_pagerank() -> None:
    signals = page_signals(CORPUS, None, RANKS)
    assert signals["strength"].tolist() == pytest.approx(percentile(RANKS).tolist())
    assert signals["strength"].idxmax() == 1


def test_search_totals_of_pages_that_were_not_crawled_are_ignored() -> None:
    totals = page_totals(("/gone", 5, 100, 2.0), ("/oil", 1, 10, 5.0))
    assert page_signals(CORPUS, totals, RANKS)["impressions"].sum() == 10


def test_no_page_is_worth_nothing_and_none_is_above_one() -> None:
    worth = strength(np.array([0.1, 0.2, 0.7]), np.array([0.0, 0.0, 9.0]))
    assert (worth > 0).all()
    assert (worth < 1).all()
    assert worth.argmax() == 2


def test_a_steady_figure_stands_for_the_impressions_of_strength_alone() -> None:
    totals = page_totals(("/oil", 1, 9000, 5.0), ("/chain", 1, 100, 5.0), ("/", 1, 10, 5.0))
    plain = page_signals(CORPUS, totals, RANKS)
    steady = page_signals(CORPUS, totals, RANKS, np.array([np.nan, np.nan, 4.0]))
    assert steady["impressions"].tolist() == plain["impressions"].tolist()
    oil = CORPUS.row[ROOT + "/oil"]
    assert steady["strength"][oil] < plain["strength"][oil]
    assert steady["strength"][0] > plain["strength"][0]


def test_equals_share_a_percentile() -> None:
    assert percentile(np.array([1.0, 1.0, 5.0])).tolist() == pytest.approx([1 / 3, 1 / 3, 5 / 6])


def test_attention_is_a_half_at_the_median_density_and_full_without_links() -> None:
    assert attention(np.array([0.0, 1.0, 2.0, 8.0])).tolist() == pytest.approx([1, 2 / 3, 0.5, 0.2])


def test_a_site_without_links_leaves_all_attention() -> None:
    assert attention(np.zeros(3)).tolist() == [1, 1, 1]


def test_a_list_of_links_without_prose_is_as_dense_as_can_be() -> None:
    assert density(np.array([5, 5]), np.array([0, 500])).tolist() == [500, 1]


def test_overlap_is_the_share_of_the_targets_impressions_that_a_source_is_shown_for() -> None:
    totals = query_totals(
        ("clean chain", "/chain", 1, 60, 8.0),
        ("wash chain", "/chain", 0, 40, 9.0),
        ("clean chain", "/oil", 0, 5, 30.0),
        ("chain oil", "/oil", 3, 500, 3.0),
        ("clean chain", "/gone", 0, 5, 30.0),
    )
    overlap = query_overlap(totals, ROOT + "/chain", CORPUS.row)
    assert overlap is not None
    assert overlap.tolist() == pytest.approx([0, 1, 0.6])


def test_overlap_with_a_target_without_visible_queries_is_unknown() -> None:
    totals = query_totals(("chain oil", "/oil", 3, 500, 3.0))
    assert query_overlap(totals, ROOT + "/chain", CORPUS.row) is None
