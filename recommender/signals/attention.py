"""Attention: how little a new link on a page would compete with the links that stand there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def density(content_links: Ints, words: Ints) -> Floats:
    """Return the content links per 100 words of prose; a page without prose counts one word."""
    return np.asarray(100.0 * content_links / np.maximum(words, 1), dtype=np.float64)


def attention(densities: Floats) -> Floats:
    """Return the attention that each page has left, 0..1.

    Mapping: 1 / (1 + density / site median), the median being that of the pages that link at all:
    1 on a page without links, 1/2 at the median. Links compete (Paranjape et al., WSDM 2016);
    method, section 5.
    """
    linking = densities[densities > 0]
    if not len(linking):
        return np.ones(len(densities))
    return np.asarray(1 / (1 + densities / np.median(linking)), dtype=np.float64)
