"""Parts of pages that are the same to the letter on many: menus and footers are read once.

The same markup in the same place gives the same rows, but for their numbers and for the section
that begins before it. Whether a place is worth comparing is learnt from how often it was.
"""

from __future__ import annotations

from dataclasses import dataclass

from recommender.ingest.blocks import ParsedBlock, ParsedLink
from recommender.ingest.places import PATH_DEPTH, Place, Tally

KEPT_IN_A_PLACE = 32
KEPT_CHARACTERS = 8_000_000
_FIRST_REST, _LONGEST_REST = 16, 4096  # elements passed by in a place where nothing repeats
_TURNS = 6  # elements of one page in one place that are told apart
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
        row, headed = tuple.__new__, self.headed
        return (
            *[
                row(ParsedBlock, (b[0] + shift, b[1], b[2], section, *b[4:]))
                for b in self.blocks[:headed]
            ],
            *[row(ParsedBlock, (b[0] + shift, *b[1:])) for b in self.blocks[headed:]],
        )

    def links_at(self, first: int, first_block: int) -> tuple[ParsedLink, ...]:
        """Return its links where ``first`` others and ``first_block`` blocks come before."""
        shift, block_shift = first - self.first_link, first_block - self.first_block
        if not shift and not block_shift:
            return self.links
        row = tuple.__new__
        return tuple(
            [
                row(ParsedLink, (k[0] + shift, *k[1:5], k[5] + block_shift, *k[6:]))
                if k[5] >= 0
                else row(ParsedLink, (k[0] + shift, *k[1:]))
                for k in self.links
            ]
        )


class _Turn:
    """Whether to look for repetition in the element that comes first, second, ... in a place."""

    __slots__ = ("credit", "pause", "rest")

    def __init__(self) -> None:
        self.credit = 1
        self.rest = 0  # elements to pass by
        self.pause = _FIRST_REST


class Slot(Place):
    """A place, what was read in it, and which of its elements to compare with that."""

    __slots__ = ("_known", "_page", "_turn", "_turns", "_useful")

    def __init__(self, tally: Tally, path: str = "", depth: int = 0) -> None:
        super().__init__(tally, path, depth)
        self._known: dict[str, Part] = {}
        self._useful = False  # it has happened that something came again
        self._page = 0
        self._turn = 0
        self._turns = [_Turn()]

    def promising(self, page: int) -> bool:
        """Tell whether to compare the next element here on the page number ``page``."""
        if page != self._page:
            self._page = page
            self._turn = 0
        elif self._turn < _TURNS - 1:
            self._turn += 1
            if self._turn == len(self._turns):
                self._turns.append(_Turn())
        turn = self._turns[self._turn]
        if turn.rest:
            turn.rest -= 1
            return False
        return self.depth < PATH_DEPTH

    def known(self, markup: str) -> Part | None:
        """Return what was read from the same markup in this place, None where nothing was."""
        return self._known.get(markup)

    def repeated(self) -> None:
        """Note that comparing has spared a reading."""
        self._useful = True
        turn = self._turns[self._turn]
        turn.credit = min(turn.credit + 2, _MOST_CREDIT)
        turn.pause = _FIRST_REST

    def differed(self) -> bool:
        """Note that comparing was in vain; False where what differs is not worth remembering."""
        turn = self._turns[self._turn]
        turn.credit -= 1
        if turn.credit >= 0:
            return True
        turn.credit, turn.rest = 1, turn.pause
        turn.pause = min(4 * turn.pause, _LONGEST_REST)
        if not self._useful:
            self.tally.characters -= sum(map(len, self._known))
            self._known.clear()
        return False

    def keep(self, markup: str, part: Part) -> None:
        """Remember what was read."""
        if markup not in self._known:
            self.tally.characters += len(markup)
        if len(self._known) >= KEPT_IN_A_PLACE:
            oldest = next(iter(self._known))
            self.tally.characters -= len(oldest)
            del self._known[oldest]
        self._known[markup] = part
