"""Parts of pages that are the same to the letter on many: menus and footers are read once.

The same markup in the same place gives the same rows, but for their numbers and for the section
that begins before it. Whether a place is worth comparing is learnt from how often it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from recommender.ingest.blocks import ParsedBlock, ParsedLink
from recommender.ingest.places import PATH_DEPTH, Place, Tally

KEPT_IN_A_PLACE = 32
KEPT_CHARACTERS = 32_000_000
_FIRST_REST, _LONGEST_REST = 16, 4096  # elements passed by in a place where nothing repeats
_MOST_CREDIT = 12  # in misses; a hit pays for two, as comparing costs a third of reading


@dataclass(frozen=True, slots=True)
class Part:
    """What was read from one element and all inside it."""

    blocks: tuple[ParsedBlock, ...]
    links: tuple[ParsedLink, ...]
    first_block: int
    first_link: int
    section: str  # in which it began
    headed: int  # how many of its blocks stand in that section
    last_heading: str | None
    folder: str | None  # the only folder in which its links mean this, None for all
    passed: frozenset[str]  # pages on which one of its links is none

    def holds_on(self, url: str, folder: str) -> bool:
        """Tell whether its links mean the same on the page ``url``."""
        return (self.folder is None or self.folder == folder) and url not in self.passed

    def blocks_at(self, first: int, section: str) -> tuple[ParsedBlock, ...]:
        """Return its blocks where ``first`` others come before, within ``section``."""
        shift = first - self.first_block
        if not shift and section == self.section:
            return self.blocks
        return (
            *(
                ParsedBlock(ordinal + shift, kind, text, section, *rest)
                for ordinal, kind, text, _, *rest in islice(self.blocks, self.headed)
            ),
            *(
                ParsedBlock(ordinal + shift, *rest)
                for ordinal, *rest in islice(self.blocks, self.headed, None)
            ),
        )

    def links_at(self, first: int, first_block: int) -> tuple[ParsedLink, ...]:
        """Return its links where ``first`` others and ``first_block`` blocks come before."""
        shift, block_shift = first - self.first_link, first_block - self.first_block
        if not shift and not block_shift:
            return self.links
        return tuple(
            ParsedLink(
                ordinal + shift,
                target,
                anchor,
                image,
                rel,
                block + block_shift if block >= 0 else block,
                *place,
            )
            for ordinal, target, anchor, image, rel, block, *place in self.links
        )


class Slot(Place):
    """A place, what was read in it, and whether to look there for repetition."""

    __slots__ = ("_credit", "_known", "_pause", "_rest")

    def __init__(self, tally: Tally, path: str = "", depth: int = 0) -> None:
        super().__init__(tally, path, depth)
        self._known: dict[str, Part] = {}
        self._credit = 1
        self._rest = 0
        self._pause = _FIRST_REST

    def promising(self) -> bool:
        """Tell whether to compare the next element here with those that were read."""
        if self._rest:
            self._rest -= 1
            return False
        return self.depth < PATH_DEPTH

    def known(self, markup: str) -> Part | None:
        """Return what was read from the same markup in this place, None where nothing was."""
        return self._known.get(markup)

    def repeated(self) -> None:
        """Note that comparing has spared a reading."""
        self._credit = min(self._credit + 2, _MOST_CREDIT)
        self._pause = _FIRST_REST

    def differed(self) -> None:
        """Note that comparing was in vain."""
        self._credit -= 1
        if self._credit < 0:
            self._credit, self._rest = 1, self._pause
            self._pause = min(4 * self._pause, _LONGEST_REST)

    def keep(self, markup: str, part: Part) -> None:
        """Remember what was read."""
        if len(self._known) >= KEPT_IN_A_PLACE:
            oldest = next(iter(self._known))
            self.tally.characters -= len(oldest)
            del self._known[oldest]
        self._known[markup] = part
        self.tally.characters += len(markup)
