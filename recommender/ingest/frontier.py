"""Which addresses of a site to ask for: new ones, those whose turn it is, and none twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from recommender.ingest.crawl_job import Address, KnownAddress
from recommender.models import Visited

KEPT_EXAMPLES = 1_000  # addresses kept of each reason that may be endless; the rest is counted
_MAY_BE_ENDLESS = frozenset({Visited.TRAP, Visited.FORBIDDEN, Visited.REFUSED, Visited.DEEP})

Refuses = Callable[[str], str]
"""Says why an address is not to be asked for, "" where nothing speaks against it."""


@dataclass(slots=True, kw_only=True)
class Frontier:
    """All addresses met so far, and what came of each.

    ``forbids`` is robots.txt, ``traps`` sees every new address in the order of discovery.
    """

    known: Mapping[str, KnownAddress]
    max_pages: int
    max_depth: int
    forbids: Refuses
    traps: Refuses
    narrow: bool = False  # ask for nothing but what is known to be due
    counts: Counter[Visited] = field(default_factory=Counter)
    _found: dict[str, set[str]] = field(default_factory=dict)
    _left: dict[str, tuple[Visited, str]] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)

    def offer(
        self, url: str, *, found: str, depth: int, changed_at: datetime | None = None
    ) -> bool:
        """Take in an address and tell whether to ask for it now.

        ``changed_at`` is what a sitemap says of it: later than the last visit, it is due.
        """
        ways = self._found.setdefault(url, set())
        first = not ways
        ways.add(found)
        due = self._due(url, changed_at)
        if url in self._asked or not (first or (due and self._carried(url))):
            return False
        left = self._objection(url, depth) if due else (Visited.CARRIED, "")
        if self._carried(url):
            del self._left[url]
            self.counts[Visited.CARRIED] -= 1
        if left is not None:
            self._leave(url, *left)
            return False
        self._asked.add(url)
        return True

    def asked_before(self, url: str) -> None:
        """Count an address as asked for: an interrupted crawl has its answer."""
        self._found.setdefault(url, set())
        self._left.pop(url, None)
        self._asked.add(url)

    def refuse(self, url: str, why: str) -> None:
        """Note that an address proved unsafe to visit."""
        self._asked.discard(url)
        self._leave(url, Visited.REFUSED, why)

    def give_back(self, url: str, why: str) -> None:
        """Note that an address was not visited after all and waits for the next crawl."""
        self._asked.discard(url)
        self._leave(url, Visited.WAITING, why)

    @property
    def asked(self) -> int:
        """The number of addresses asked for."""
        return len(self._asked)

    def addresses(self) -> Iterator[Address]:
        """Yield all addresses; those asked for have the outcome that they were fetched."""
        for url, ways in self._found.items():
            if url in self._asked:
                outcome, why = Visited.FETCHED, ""
            elif url in self._left:
                outcome, why = self._left[url]
            else:
                continue  # one of too many of its kind
            found = " ".join(sorted(ways))
            yield Address(url=url, found=found, outcome=outcome.value, why=why)

    def _due(self, url: str, changed_at: datetime | None) -> bool:
        known = self.known.get(url)
        if known is None or known.due or known.visited_at is None:
            return True
        return changed_at is not None and changed_at > known.visited_at

    def _carried(self, url: str) -> bool:
        return self._left.get(url, (None, ""))[0] is Visited.CARRIED

    def _objection(self, url: str, depth: int) -> tuple[Visited, str] | None:
        """Return what an address comes to that is due but not to be asked for, None if it is."""
        if why := self.forbids(url):
            return Visited.FORBIDDEN, why
        known = self.known.get(url)
        if known is None or known.visited_at is None:
            if depth > self.max_depth:
                return Visited.DEEP, f"more than {self.max_depth} clicks from the home page"
            if why := self.traps(url):
                return Visited.TRAP, why
        if self.narrow and (known is None or not known.due):
            return Visited.WAITING, "met when single pages were looked at"
        if len(self._asked) + self.counts[Visited.CARRIED] >= self.max_pages:
            return Visited.WAITING, f"max_pages = {self.max_pages:,} was reached"
        return None

    def _leave(self, url: str, outcome: Visited, why: str) -> None:
        self.counts[outcome] += 1
        if outcome not in _MAY_BE_ENDLESS or self.counts[outcome] <= KEPT_EXAMPLES:
            self._left[url] = (outcome, why)
