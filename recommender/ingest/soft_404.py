"""Soft 404s: pages that answer 200 and are what the site shows for an address that does not exist.

The site itself says what that looks like: it is asked for one address that cannot exist. Nothing is
known here of the words that such pages use.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

SHARED = 0.8
"""Of the texts of the answer to the impossible address, this share stands on a page like it: the
rest may be suggestions that change (*assumption*)."""

_NUMBER = re.compile(r"\d+")
_BREAK = re.compile(r"[-_+.\s]+")
_SHORT = 4  # letters of an address that also stand in words by chance


@dataclass(frozen=True, kw_only=True, slots=True)
class PageFacts:
    """What is compared of a page; ``texts`` are those of its blocks, ``canonical`` is absolute."""

    url: str
    title: str
    h1: str
    canonical: str | None
    texts: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class NotFoundPage:
    """What a site shows where there is nothing: texts that stand on no page that there is."""

    title: str
    h1: str
    canonical: str | None
    own: frozenset[str]
    common: frozenset[str]

    @classmethod
    def of(cls, probe: PageFacts | None, others: Iterable[PageFacts]) -> NotFoundPage | None:
        """Return what the answer to an impossible address shows, None where that tells nothing.

        ``probe`` is that answer, None unless it is a page (200, no redirect). ``others`` are pages
        that exist, with unlike titles: the home page and better a few more, so that what all pages
        of a template share is not compared. It tells nothing where all it shows stands on others
        too, as on sites whose one page is filled by JavaScript.
        """
        if probe is None:
            return None
        common = frozenset(_without(text) for page in others for text in page.texts)
        own = _own(probe, common)
        if not own:
            return None
        return cls(
            title=_plain(probe.title, probe.url),
            h1=_plain(probe.h1, probe.url),
            canonical=_canonical(probe),
            own=own,
            common=common,
        )

    def is_like(self, page: PageFacts) -> bool:
        """Tell whether ``page`` shows this and nothing else.

        Title and heading are the same but for numbers and the page's address; it has no text of
        its own that is not here, and at least SHARED of the texts here. A page that names itself as
        canonical is one, if the answer to the impossible address does not do the same.
        """
        if (_plain(page.title, page.url), _plain(page.h1, page.url)) != (self.title, self.h1):
            return False
        if _canonical(page) != self.canonical:
            return False
        own = _own(page, self.common)
        return own <= self.own and len(own) >= SHARED * len(self.own)


def _own(page: PageFacts, common: frozenset[str]) -> frozenset[str]:
    """Return what a page says that others do not, whatever its address is."""
    echoes = _echoes(page.url)
    own = (_without(text, echoes) for text in page.texts if _without(text) not in common)
    return frozenset(text for text in own if text and text not in common)


def _plain(text: str, url: str) -> str:
    return _without(text, _echoes(url))


def _without(text: str, echoes: tuple[str, ...] = ()) -> str:
    """Return a text without the address that it repeats ("no results for ..."), numbers as 0."""
    folded = text.casefold()
    for echo in echoes:
        folded = folded.replace(echo, " ")
    return " ".join(_NUMBER.sub("0", folded).split())


def _echoes(url: str) -> tuple[str, ...]:
    """Return the ways in which a page may repeat its address, the longest first."""
    address = urlsplit(url)
    written = f"{address.path}?{address.query}" if address.query else address.path
    name = unquote(address.path).rstrip("/").rpartition("/")[2]
    whole = {url, written, address.path, unquote(written), unquote(address.path).strip("/")}
    ways = whole | {name, _BREAK.sub(" ", name)}
    folded = {way.casefold() for way in ways}
    return tuple(sorted((way for way in folded if len(way) >= _SHORT), key=len, reverse=True))


def _canonical(page: PageFacts) -> str | None:
    """Return what a page names as canonical, "" where that is itself."""
    return "" if page.canonical == page.url else page.canonical
