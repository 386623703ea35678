"""The gain of a link equals what recomputing PageRank finds."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from recommender.graph import (
    REGION_WEIGHT,
    LinkGraph,
    exact_gains,
    gains_of_targets,
    joint_gain,
    link_graph,
    pagerank,
    with_links,
)


def edges_of(links: list[tuple[int, int, str, bool]]) -> pd.DataFrame:
    frame = pd.DataFrame(links, columns=["source", "target", "region", "nofollow"])
    return frame.astype({"source": "int64", "target": "int64", "nofollow": bool})


@st.composite
def graphs(draw: st.DrawFn) -> LinkGraph:
    pages = draw(st.integers(2, 6))
    page = st.integers(0, pages - 1)
    links = draw(
        st.lists(
            st.tuples(page, page, st.sampled_from(sorted(REGION_WEIGHT)), st.just(False)),
            max_size=25,
        )
    )
    return link_graph(edges_of([link for link in links if link[0] != link[1]]), pages)


@given(graphs())
def test_pagerank_is_that_of_networkx(graph: LinkGraph) -> None:
    reference = nx.pagerank(
        nx.from_scipy_sparse_array(graph.weights, create_using=nx.DiGraph),
        alpha=0.85,
        tol=1e-14,
        max_iter=1000,
    )
    ranks = pagerank(graph)
    assert np.allclose(ranks, [reference[page] for page in range(graph.pages)], atol=1e-11)
    assert abs(ranks.sum() - 1) < 1e-12


@given(graphs())
def test_every_gain_is_what_recomputation_finds(graph: LinkGraph) -> None:
    ranks = pagerank(graph)
    sources, targets = (axis.ravel() for axis in np.indices((graph.pages, graph.pages)))
    gains = exact_gains(graph, ranks, sources, targets)
    for source, target, gain in zip(sources, targets, gains, strict=True):
        after = pagerank(with_links(graph, np.array([source]), np.array([target])))
        assert abs(gain - np.log(after[target] / ranks[target])) < 1e-10


@given(graphs())
def test_ranking_sources_without_the_denominator_keeps_zeros_and_signs(graph: LinkGraph) -> None:
    ranks = pagerank(graph)
    everything = np.arange(graph.pages)
    quick = gains_of_targets(graph, ranks, everything)
    sources, targets = (axis.ravel() for axis in np.indices(quick.shape))
    exact = exact_gains(graph, ranks, sources, targets).reshape(quick.shape).T
    assert (quick >= 0).all()
    assert np.array_equal(quick > 1e-9, exact > 1e-9)


@given(graphs(), st.data())
def test_one_link_alone_realises_what_was_predicted(graph: LinkGraph, data: st.DataObject) -> None:
    page = st.integers(0, graph.pages - 1)
    source, target = data.draw(page), data.draw(page)
    gain = joint_gain(graph, pagerank(graph), np.array([source]), np.array([target]))
    assert abs(gain.predicted - gain.realised) < 1e-10


@given(graphs(), st.data())
def test_a_link_written_twice_counts_once(graph: LinkGraph, data: st.DataObject) -> None:
    page = st.integers(0, graph.pages - 1)
    pair = np.array([data.draw(page)]), np.array([data.draw(page)])
    doubled = tuple(np.repeat(ends, 2) for ends in pair)
    once, twice = with_links(graph, *pair), with_links(graph, *doubled)
    assert (once.weights != twice.weights).nnz == 0
