"""On how many pages something stands: of the site, of those just read, of those of one template."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
import pandas as pd

from recommender.ingest.evidence import Counts, Floats, Mask


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """The pages on which each row's thing stands; a *pair* is a thing and a page it stands on."""

    thing: Counts  # of each pair, dense
    page: Counts  # of each pair
    pair: Counts  # of each row

    @classmethod
    def of(cls, page: Counts, *keys: Counts) -> Spread:
        """Return the spread of things that are equal where all ``keys`` are."""
        raw = reduce(_joined, keys)
        pages = int(page.max(initial=0)) + 1
        pair, distinct = pd.factorize(raw * pages + page)
        return cls(thing=pd.factorize(distinct // pages)[0], page=distinct % pages, pair=pair)

    @property
    def things(self) -> Counts:
        """The thing of each row."""
        return self.thing[self.pair]

    def pages(self, counted: Mask) -> Counts:
        """Return on how many of the ``counted`` pages each row's thing stands."""
        number = np.bincount(self.thing[counted[self.page]], minlength=len(self.thing))
        return number[self.thing][self.pair]

    def pages_alike(self, kind: Counts, counted: Mask) -> Counts:
        """Return the same among the pages of the row's own ``kind``; 0 where that is negative."""
        own = kind[self.page]
        counts = counted[self.page] & (own >= 0)
        together = pd.factorize(self.thing * (int(kind.max(initial=0)) + 2) + own + 1)[0]
        number = np.bincount(together[counts], minlength=len(together) + 1)
        return np.where(own >= 0, number[together], 0)[self.pair]


def _joined(first: Counts, second: Counts) -> Counts:
    return first * (int(second.max(initial=0)) + 1) + second


def mean_by(group: Counts, values: Mask | Floats | Counts) -> Floats:
    """Return for each row the mean of ``values`` over the rows of its group."""
    number = np.bincount(group)
    total = np.bincount(group, weights=values.astype(np.float64))
    return (total / np.maximum(number, 1))[group]
