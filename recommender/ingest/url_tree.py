"""Which pages lie above or below each other by the paths of their URLs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender.ingest.evidence import Counts, Mask

_HOME = ""
_ENDING = re.compile(r"\.[A-Za-z]+$")


@dataclass(frozen=True, kw_only=True, slots=True)
class UrlTree:
    """The paths of pages and targets, by number; a path is that of a URL without its ending."""

    page: Counts  # path of each page
    target: Counts  # path of each target
    nested: Counts  # outer * number + inner, sorted, for all that is known
    number: int
    home: int

    @classmethod
    def of(cls, pages: Sequence[str], targets: Sequence[str]) -> UrlTree:
        """Return the tree of all pages and targets. Cost: a look at each step of each URL."""
        known: dict[str, int] = {_HOME: 0}
        paths = [known.setdefault(path_of(url), len(known)) for url in (*pages, *targets)]
        nested = [
            known[outer] * len(known) + inner
            for path, inner in known.items()
            for outer in _above(path)
            if outer in known
        ]
        return cls(
            page=np.array(paths[: len(pages)], dtype=np.int64),
            target=np.array(paths[len(pages) :], dtype=np.int64),
            nested=np.sort(np.array(nested, dtype=np.int64)),
            number=len(known),
            home=known[_HOME],
        )

    def leads_up(self, page: Counts, target: Counts) -> Mask:
        """Tell of each link whether its target lies above its page."""
        return self._nests(self.target[target], self.page[page])

    def leads_down(self, page: Counts, target: Counts) -> Mask:
        """Tell of each link whether its target lies below its page, which is not the home."""
        outer = self.page[page]
        below: Mask = self._nests(outer, self.target[target]) & (outer != self.home)
        return below

    def _nests(self, outer: Counts, inner: Counts) -> Mask:
        asked = outer * self.number + inner
        place = np.searchsorted(self.nested, asked)
        found: Mask = np.append(self.nested, -1)[place] == asked
        return found


def path_of(url: str) -> str:
    """Return the path of a URL without slashes at its ends, and without its file's ending."""
    path = url.partition("://")[2].partition("?")[0].partition("/")[2].strip("/")
    folder, slash, name = path.rpartition("/")
    name = _ENDING.sub("", name)
    return folder if name == "index" else folder + slash + name


def _above(path: str) -> list[str]:
    """Return the paths above a path, the home page's included."""
    above = []
    while path:
        path = path.rpartition("/")[0]
        above.append(path)
    return above
