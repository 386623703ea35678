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
"""Pages up to which the graph is built: its cost grows with their square, to half a minute."""
DIMENSIONS = 100  # of latent semantic analysis, for larger sites
UNKNOWN_TOPIC = -1
AT_ONCE = 512  # rows of cosines held together


def topics(corpus: Corpus, seed: int) -> Ints:
    """Return the topic of each page (P), largest topic 0; -1 where it is unknown.

    Topics are the Louvain communities of the graph that joins each page with the eight whose
    TF-IDF vectors are nearest (Blondel et al., 2008). On a site of more than 10,000 pages, k-means
    over their LSA vectors takes over (100 dimensions, the square root of half the pages as k).
    A page without text is unknown. Cost: 1 s for 2,000 pages, growing with their square; above
    10,000 pages growing with their number.
    """
    found = np.full(len(corpus.pages), UNKNOWN_TOPIC, np.int64)
    spoken = np.flatnonzero(np.diff(corpus.documents.indptr))
    if not len(spoken):
        return found
    if len(spoken) > LARGEST:
        found[spoken] = _by_size(_clusters(corpus.documents[spoken], seed))
        return found
    import networkx as nx  # noqa: PLC0415 - slow to load, and topics are kept with a crawl

    graph = _neighbours(corpus.documents)
    groups = nx.community.louvain_communities(graph, weight="weight", seed=seed)
    ordered = sorted((sorted(group) for group in groups), key=lambda g: (-len(g), g[0]))
    for number, group in enumerate(ordered):
        found[group] = number
    return found


def _clusters(documents: sparse.csr_matrix, seed: int) -> Ints:
    """Return a cluster for each of the ``documents``, by k-means over their LSA vectors."""
    from sklearn.cluster import MiniBatchKMeans  # noqa: PLC0415 - slow to load
    from sklearn.decomposition import TruncatedSVD  # noqa: PLC0415

    rows, columns = documents.shape
    reduced = TruncatedSVD(min(DIMENSIONS, columns - 1, rows - 1), random_state=seed)
    count = max(2, round(np.sqrt(rows / 2)))
    grouped = MiniBatchKMeans(count, n_init=3, random_state=seed)
    return np.asarray(grouped.fit_predict(reduced.fit_transform(documents)), np.int64)


def _by_size(groups: Ints) -> Ints:
    """Return the groups numbered from the largest, those of one size by their first member."""
    names, first, members = np.unique(groups, return_index=True, return_counts=True)
    number = np.empty(len(names), np.int64)
    number[np.lexsort((first, -members))] = np.arange(len(names))
    return number[np.searchsorted(names, groups)]


def _neighbours(documents: sparse.csr_matrix) -> nx.Graph[int]:
    """Return the undirected graph of the nearest neighbours, weighted by cosine."""
    import networkx as nx  # noqa: PLC0415

    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(np.flatnonzero(np.diff(documents.indptr)).tolist())
    transposed = sparse.csr_matrix(documents.T)
    for start in range(0, documents.shape[0], AT_ONCE):
        cosines = (documents[start : start + AT_ONCE] @ transposed).toarray()
        rows = np.arange(len(cosines))
        cosines[rows, rows + start] = 0.0
        nearest = nearest_of(cosines)
        weights = np.take_along_axis(cosines, nearest, axis=1)
        graph.add_weighted_edges_from(
            (int(row) + start, int(other), float(weight))
            for row, others, nears in zip(rows, nearest, weights, strict=True)
            for other, weight in zip(others, nears, strict=True)
            if weight > 0
        )
    return graph


def nearest_of(cosines: Floats) -> Ints:
    """Return the eight highest columns of each row, highest first, the earlier of equal ones.

    All columns where there are fewer. Cost: a pass over the rows, nothing is sorted but the eight.
    """
    most = min(NEIGHBOURS, cosines.shape[1])
    least = -np.partition(-cosines, most - 1, axis=1)[:, most - 1]
    found = np.empty((len(cosines), most), np.int64)
    for row, (values, bar) in enumerate(zip(cosines, least, strict=True)):
        high = np.flatnonzero(values >= bar)
        found[row] = high[np.argsort(-values[high], kind="stable")[:most]]
    return found
