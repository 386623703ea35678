"""Whether a page links pages that are like the target."""

from __future__ import annotations

import numpy as np

from recommender.corpus import Floats, cosines
from recommender.signals.context import PairContext

KIN = 20  # pages nearest to a target


def kindred_links(context: PairContext, target: int) -> Floats:
    """Return the summed cosines of the target with those of its 20 kin that each page links.

    Says something of targets that nobody links yet, too.
    """
    documents = context.corpus.documents
    kin = cosines(documents, documents[target])
    kin[target] = 0.0
    if len(kin) > KIN:
        kin[kin < np.partition(kin, -KIN)[-KIN]] = 0.0
    return np.asarray(context.links @ kin, np.float64)
