"""The link graph: what counts as a link, and how strongly."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recommender.graph import (
    REGION_WEIGHT,
    exact_gains,
    gains_of_targets,
    joint_gain,
    link_graph,
    pagerank,
)
from recommender.models import Region


def edges(*links: tuple[int, int, str, bool]) -> pd.DataFrame:
    frame = pd.DataFrame(list(links), columns=["source", "target", "region", "nofollow"])
    return frame.astype({"source": "int64", "target": "int64", "nofollow": bool})


def test_every_region_has_a_weight_and_content_the_highest() -> None:
    assert set(REGION_WEIGHT) == {region.value for region in Region}
    assert max(REGION_WEIGHT, key=lambda region: REGION_WEIGHT[region]) == Region.CONTENT


def test_several_links_of_one_pair_count_as_the_strongest() -> None:
    graph = link_graph(edges((0, 1, "footer", False), (0, 1, "content", False)), 2)
    assert graph.weights[0, 1] == REGION_WEIGHT["content"]


def test_a_nofollow_link_leads_nowhere() -> None:
    graph = link_graph(edges((0, 1, "content", True)), 2)
    assert graph.weights.nnz == 0
    assert graph.dangling.all()


def test_a_site_without_links_gives_every_page_the_same_rank() -> None:
    assert pagerank(link_graph(edges(), 4)) == pytest.approx([0.25] * 4)


def test_a_site_without_pages_has_no_ranks() -> None:
    assert len(pagerank(link_graph(edges(), 0))) == 0


def test_a_page_that_links_the_target_in_its_content_gains_it_nothing() -> None:
    graph = link_graph(edges((0, 1, "content", False), (2, 1, "nav", False)), 3)
    gains = gains_of_targets(graph, pagerank(graph), np.array([1]))
    assert gains[0, 0] == 0
    assert gains[0, 2] == pytest.approx(0, abs=1e-12)  # its only link leads there already
    assert gains[0, 1] == 0


def test_a_menu_link_moved_into_the_content_gains_something() -> None:
    graph = link_graph(edges((0, 1, "nav", False), (0, 2, "nav", False)), 3)
    gains = gains_of_targets(graph, pagerank(graph), np.array([1]))
    assert gains[0, 0] > 0


def test_a_page_with_few_links_gives_more_than_one_with_many() -> None:
    many = [(0, page, "content", False) for page in range(2, 8)]
    graph = link_graph(edges(*many, (1, 2, "content", False)), 9)
    gains = gains_of_targets(graph, pagerank(graph), np.array([8]))
    assert gains[0, 1] > gains[0, 0] > 0


def test_targets_are_solved_alike_in_chunks_and_alone() -> None:
    chain = [(page, page + 1, "content", False) for page in range(99)]
    graph = link_graph(edges(*chain), 100)
    ranks, targets = pagerank(graph), np.arange(100)
    together = gains_of_targets(graph, ranks, targets)
    alone = np.vstack([gains_of_targets(graph, ranks, targets[[t]]) for t in (3, 70, 99)])
    assert together[[3, 70, 99]] == pytest.approx(alone, abs=1e-12)
    pairs = np.array([0, 90]), np.array([70, 3])
    single = [exact_gains(graph, ranks, *(end[[i]] for end in pairs))[0] for i in (0, 1)]
    assert exact_gains(graph, ranks, *pairs) == pytest.approx(single, abs=1e-12)


def test_two_links_to_one_target_realise_less_than_they_promise() -> None:
    links = [(0, 3, "content", False), (1, 3, "content", False), (3, 0, "content", False)]
    graph = link_graph(edges(*links), 4)
    gain = joint_gain(graph, pagerank(graph), np.array([0, 1]), np.array([2, 2]))
    assert 0 < gain.realised < gain.predicted


def test_no_link_gains_nothing() -> None:
    graph = link_graph(edges(), 3)
    none = np.zeros(0, np.int64)
    assert joint_gain(graph, pagerank(graph), none, none).realised == 0
