"""Whether a page links what is linked together with the target."""

from __future__ import annotations

import numpy as np

from recommender.corpus import Floats
from recommender.signals.context import PairContext


def fellow_links(context: PairContext, target: int) -> Floats:
    """Return how much each page links the target's fellows (>= 0), over the root of its links.

    A fellow is a page that a page linking the target links too, and as much so as the share of
    its own links that come from such pages (item-based collaborative filtering; Sarwar, Karypis,
    Konstan and Riedl, WWW 2001). 0 for all where nobody links the target.
    """
    links = context.links
    linking = np.asarray(links[:, [target]].todense(), np.float64).ravel()
    fellow = (links.T @ linking) / np.maximum(1.0, context.inlinks)
    fellow[target] = 0.0
    return np.asarray(links @ fellow / np.sqrt(np.maximum(1.0, context.outlinks)), np.float64)
