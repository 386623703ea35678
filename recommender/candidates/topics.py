"""Topics: groups of pages about the same thing, by their text and never by their links."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.corpus import Corpus

if TYPE_CHECKING:
    import networkx as nx

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NEIGHBOURS = 8
LARGEST = 10_000
"""Pages above which topics are left unknown: the cost grows with their square, to half a minute."""
UNKNOWN_TOPIC = -1
_AT_ONCE = 512  # rows of cosines held together


def topics(corpus: Corpus, seed: int) -> Ints:
    """Return the topic of each page (P), largest topic 0; -1 where it is unknown.

    Topics are the Louvain communities of the graph that joins each page with the eight whose
    TF-IDF vectors are nearest (Blondel et al., 2008). A page without text is unknown; so are all
    pages of a site with more than 10,000. Cost: 1 s for 2,000 pages, growing with their square.
    """
    found = np.full(len(corpus.pages), UNKNOWN_TOPIC, np.int64)
    if not 0 < len(corpus.pages) <= LARGEST:
        return found
    import networkx as nx  # noqa: PLC0415 - slow to load, and topics are kept with a crawl

    graph = _neighbours(corpus.documents)
    groups = nx.community.louvain_communities(graph, weight="weight", seed=seed)
    ordered = sorted((sorted(group) for group in groups), key=lambda g: (-len(g), g[0]))
    for number, group in enumerate(ordered):
        found[group] = number
    return found


def _neighbours(documents: sparse.csr_matrix) -> nx.Graph[int]:
    """Return the undirected graph of the nearest neighbours, weighted by cosine."""
    import networkx as nx  # noqa: PLC0415

    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(np.flatnonzero(np.diff(documents.indptr)).tolist())
    transposed = sparse.csr_matrix(documents.T)
    for start in range(0, documents.shape[0], _AT_ONCE):
        cosines = (documents[start : start + _AT_ONCE] @ transposed).toarray()
        rows = np.arange(len(cosines))
        cosines[rows, rows + start] = 0.0
        nearest = np.argsort(-cosines, axis=1, kind="stable")[:, :NEIGHBOURS]
        weights = np.take_along_axis(cosines, nearest, axis=1)
        graph.add_weighted_edges_from(
            (int(row) + start, int(other), float(weight))
            for row, others, nears in zip(rows, nearest, weights, strict=True)
            for other, weight in zip(others, nears, strict=True)
            if weight > 0
        )
    return graph
