"""What reading a site's pages has taught that makes the next one cheaper, never different."""

from __future__ import annotations

from recommender.ingest.hrefs import HrefMemory
from recommender.ingest.places import Tally
from recommender.ingest.repeats import KEPT_CHARACTERS, Slot

_ORIGINS = 16  # remembered at a time; a site has one or two


class SiteMemory:
    """Parts of pages, places and targets of hrefs that were seen before, within bounds.

    One serves all pages of a crawl that are read by the same rules.
    """

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._tally = Tally()
        self._hrefs: dict[tuple[str, tuple[str, ...]], HrefMemory] = {}
        self._slots: dict[tuple[str, tuple[str, ...], bool], Slot] = {}

    def hrefs(self, base: str, origins: tuple[str, ...]) -> HrefMemory:
        """Return what hrefs mean on pages of the origin of ``base``."""
        if len(self._hrefs) > _ORIGINS or self._tally.characters > KEPT_CHARACTERS:
            self._forget()
        key = (_origin(base), origins)
        if key not in self._hrefs:
            self._hrefs[key] = HrefMemory(origins)
        return self._hrefs[key]

    def slot(self, base: str, origins: tuple[str, ...], *, nofollow: bool) -> Slot:
        """Return the place around the bodies of pages of the origin of ``base``."""
        key = (_origin(base), origins, nofollow)
        if key not in self._slots:
            self._slots[key] = Slot(self._tally)
        return self._slots[key]


def _origin(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])
