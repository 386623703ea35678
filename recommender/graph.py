"""The link graph of a site: PageRank, exact gain of one more link.

Rows of every array are pages (P of them, in the order of ``Corpus.pages``). A visitor at a page
follows one of its links with probability ``DAMPING``, drawn by weight, or starts anew anywhere; a
page without links sends the visitor anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from recommender.models import Region

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAMPING = 0.85
"""Brin and Page, The Anatomy of a Large-Scale Hypertextual Web Search Engine, 1998."""

REGION_WEIGHT: Mapping[str, float] = {
    Region.CONTENT.value: 1.0,
    Region.RELATED.value: 0.5,
    Region.BREADCRUMB.value: 0.4,
    Region.NAV.value: 0.3,
    Region.SIDEBAR.value: 0.2,
    Region.FOOTER.value: 0.1,
}
"""How likely a link in a region is followed, relative to one in the content: an *assumption*.

Only the order rests on something: the reasonable-surfer patent (US7716225B1) and click data
(Dimitrov et al., WWW 2017). Google says that placement makes no major difference (Mueller, 2022).
"""

_TOLERANCE = 1e-13  # of one entry; a gain is checked to 1e-10 against recomputation
_AT_ONCE = 64  # columns solved together: bounds memory at P x 64 floats


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkGraph:
    """Who links whom how strongly: ``weights[s, t]`` is the strongest followed link of s to t."""

    weights: sparse.csr_matrix  # P x P
    out: Floats  # P, sum of each row
    chances: sparse.csr_matrix  # P x P, rows sum to 1, or to 0 where the page has no links

    @property
    def pages(self) -> int:
        """Number of pages."""
        return int(self.weights.shape[0])

    @property
    def dangling(self) -> NDArray[np.bool_]:
        """Pages without followed links."""
        return np.asarray(self.out == 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class JointGain:
    """Log-PageRank that targets gain from several links: one by one added up, and all at once."""

    predicted: float
    realised: float


def link_graph(edges: pd.DataFrame, pages: int) -> LinkGraph:
    """Return the graph of ``Corpus.edges`` over ``pages`` pages.

    Links with rel nofollow, ugc or sponsored are left out; several links between the same two
    pages count once, as the strongest of them.
    """
    followed = edges[~edges["nofollow"]]
    weight = followed["region"].map(REGION_WEIGHT).astype(np.float64)
    strongest = weight.groupby([followed["source"], followed["target"]]).max()
    source = strongest.index.get_level_values(0).to_numpy(np.int64)
    target = strongest.index.get_level_values(1).to_numpy(np.int64)
    return _graph(
        sparse.csr_matrix((strongest.to_numpy(np.float64), (source, target)), shape=(pages, pages))
    )


def _graph(weights: sparse.csr_matrix) -> LinkGraph:
    out = np.asarray(weights.sum(axis=1), dtype=np.float64).ravel()
    scale = np.divide(1.0, out, out=np.zeros_like(out), where=out > 0)
    return LinkGraph(
        weights=weights, out=out, chances=sparse.csr_matrix(sparse.diags(scale) @ weights)
    )


def pagerank(graph: LinkGraph) -> Floats:
    """Return the PageRank of each page; sums to 1. Cost: some 200 passes over the links."""
    pages = graph.pages
    ranks = np.full(pages, 1 / max(1, pages))
    backward = sparse.csr_matrix(graph.chances.T)
    change = np.inf
    while pages and change > _TOLERANCE:
        lost = ranks[graph.dangling].sum()
        moved = DAMPING * (backward @ ranks + lost / pages) + (1 - DAMPING) / pages
        change = float(np.abs(moved - ranks).sum())
        ranks = moved
    return ranks / ranks.sum() if pages else ranks


def gains_of_targets(graph: LinkGraph, ranks: Floats, targets: Ints) -> Floats:
    """Return the log-PageRank that each target (rows, T) gains from a content link of each page.

    T x P, each >= 0; 0 where the page links the target in its content already, and for itself.
    Exact but for the denominator, which only :func:`exact_gains` has: it shifts a gain by the
    chance that the visitor comes back to the source. Cost: one solve per target, some 200 passes
    over the links. Source: Sherman and Morrison, 1950; method, section 5.
    """
    gains = np.zeros((len(targets), graph.pages))
    for start in range(0, len(targets), _AT_ONCE):
        chunk = targets[start : start + _AT_ONCE]
        visits = _visits(graph, chunk)
        step = _steps(graph, chunk)
        own = visits[chunk, np.arange(len(chunk))]
        rise = step * ranks[:, None] * (DAMPING * own - visits)
        gains[start : start + len(chunk)] = np.log1p(np.maximum(rise, 0) / ranks[chunk]).T
    return gains


def exact_gains(graph: LinkGraph, ranks: Floats, sources: Ints, targets: Ints) -> Floats:
    """Return the log-PageRank that ``targets[i]`` gains from a content link of ``sources[i]``.

    Equal to a full recomputation. Cost: one solve for each different page among both ends.
    """
    nodes, where = np.unique(np.concatenate([sources, targets]), return_inverse=True)
    of_source, of_target = where[: len(sources)], where[len(sources) :]
    visits = np.zeros((4, len(sources)))
    for start in range(0, len(nodes), _AT_ONCE):
        columns = _visits(graph, nodes[start : start + _AT_ONCE])
        for ends, column, into in (
            (targets, of_target, 0),
            (sources, of_target, 1),
            (targets, of_source, 2),
            (sources, of_source, 3),
        ):
            here = (column >= start) & (column < start + _AT_ONCE)
            visits[into, here] = columns[ends[here], column[here] - start]
    target_target, source_target, target_source, source_source = visits
    step = _step(graph, sources, targets)
    rise = step * ranks[sources] * (DAMPING * target_target - source_target)
    back = 1 - step * (DAMPING * target_source - source_source + 1)
    return np.log1p(rise / back / ranks[targets])


def joint_gain(graph: LinkGraph, ranks: Floats, sources: Ints, targets: Ints) -> JointGain:
    """Return what the targets gain when all content links ``sources[i]`` to ``targets[i]`` stand.

    Each target counts once in what is realised, each link once in what is predicted.
    """
    if not len(sources):
        return JointGain(predicted=0.0, realised=0.0)
    after = pagerank(with_links(graph, sources, targets))
    touched = np.unique(targets)
    return JointGain(
        predicted=float(exact_gains(graph, ranks, sources, targets).sum()),
        realised=float(np.log(after[touched] / ranks[touched]).sum()),
    )


def with_links(graph: LinkGraph, sources: Ints, targets: Ints) -> LinkGraph:
    """Return the graph in which each ``sources[i]`` links ``targets[i]`` in its content."""
    other = sources != targets
    added = sparse.csr_matrix(
        (np.ones(int(other.sum())), (sources[other], targets[other])), shape=graph.weights.shape
    )
    added.data[:] = REGION_WEIGHT[Region.CONTENT.value]  # a pair named twice was summed
    return _graph(sparse.csr_matrix(graph.weights.maximum(added)))


def _step(graph: LinkGraph, sources: Ints, targets: Ints) -> Floats:
    """Return how far each new link moves its source's row: added weight over new total weight."""
    now = np.asarray(graph.weights[sources, targets], dtype=np.float64).ravel()
    added = np.maximum(0.0, REGION_WEIGHT[Region.CONTENT.value] - now) * (sources != targets)
    whole = np.maximum(graph.out[sources] + added, np.finfo(np.float64).tiny)
    return np.asarray(added / whole, dtype=np.float64)


def _steps(graph: LinkGraph, targets: Ints) -> Floats:
    """Return :func:`_step` for every source (P) and each of the targets."""
    now = graph.weights[:, targets].toarray()
    added = np.maximum(0.0, REGION_WEIGHT[Region.CONTENT.value] - now)
    added[targets, np.arange(len(targets))] = 0.0
    whole = np.maximum(graph.out[:, None] + added, np.finfo(np.float64).tiny)
    return np.asarray(added / whole, dtype=np.float64)


def _visits(graph: LinkGraph, nodes: Ints) -> Floats:
    """Return the columns ``nodes`` of (I - aP)^-1: expected visits of a node, by first page (P).

    By iteration, not by factors: those of a site with a menu fill up to P x P.
    """
    start = np.zeros((graph.pages, len(nodes)))
    start[nodes, np.arange(len(nodes))] = 1.0
    visits, change = start, np.inf
    while change > _TOLERANCE:
        followed = graph.chances @ visits
        followed[graph.dangling] += visits.mean(axis=0)
        moved = start + DAMPING * followed
        change = float(np.abs(moved - visits).max(initial=0.0))
        visits = moved
    return visits
