"""What the hrefs of a page mean, each worked out once for all pages where it means the same."""

from __future__ import annotations

import re
from collections.abc import Iterable

from recommender.urls import absolute

_KEPT = 50_000  # hrefs remembered at a time
_FOLDERS = 64  # whose relative hrefs are remembered at a time
_LONGEST = 1_000  # characters of an href that is remembered
# Each pattern is narrower than the URL standard; what neither matches is worked out every time.
_OF_ORIGIN = re.compile(r"https?://|/|(?!https?:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_OF_FOLDER = re.compile(r"[A-Za-z0-9_.%~-]+(?:[/?#]|\Z)")


class HrefMemory:
    """The targets of hrefs on pages of one origin; None for what leads off the site."""

    def __init__(self, origins: tuple[str, ...]) -> None:
        self.origins = origins
        self.anywhere: dict[str, str | None] = {}
        self._folders: dict[str, dict[str, str | None]] = {}

    def in_folder(self, folder: str) -> dict[str, str | None]:
        """Return the targets of hrefs that are relative to ``folder``."""
        if len(self._folders) > _FOLDERS or sum(map(len, self._folders.values())) > _KEPT:
            self._folders.clear()
        if len(self.anywhere) > _KEPT:
            self.anywhere.clear()
        return self._folders.setdefault(folder, {})


class Resolver:
    """Says which page of the site each href of one page means.

    ``bound`` counts answers that hold for this page alone, ``nearby`` those that hold for pages of
    its folder; all others hold for every page of its origin that is not in ``passed``, the pages
    that were linked to with a fragment: on those themselves such a link is none.
    """

    def __init__(self, url: str, base: str, memory: HrefMemory) -> None:
        self.bound = 0
        self.nearby = 0
        self.passed: list[str] = []
        self.steady = base == url == absolute("", url)
        address = base.partition("?")[0]
        self.folder = address[: address.rindex("/") + 1] if self.steady else base
        self._url = url
        self._base = base
        self._memory = memory
        self._anywhere = memory.anywhere
        self._in_folder = memory.in_folder(self.folder)

    def __call__(self, href: str) -> str | None:
        """Return the URL of the same site that ``href`` means, None where it is not kept.

        A link into the page itself is not kept, one to its address without a fragment is.
        """
        if href in self._anywhere:
            return self._anywhere[href]
        if self.steady and (not href or href[0] == "#"):
            return None
        if href in self._in_folder:
            target = self._in_folder[href]
            self.nearby += 1
        else:
            target = self._work_out(href)
        if target is None:
            return None
        if "#" in href or not href.strip():
            if target == self._url:
                self.bound += 1
                return None
            self.passed.append(target)
        return target

    def _work_out(self, href: str) -> str | None:
        target = absolute(href, self._base)
        if target is not None and not target.startswith(self._memory.origins):
            target = None
        if not self.steady or len(href) > _LONGEST:
            self.bound += 1
        elif _OF_ORIGIN.match(href):
            if target is None or "#" not in href:
                self._anywhere[href] = target
        elif _OF_FOLDER.match(href):
            self._in_folder[href] = target
            self.nearby += 1
        else:
            self.bound += 1
        return target


def site_origins(site: str, hosts: Iterable[str] = ()) -> tuple[str, ...]:
    """Return how the URLs of ``site`` and of its further ``hosts`` begin, by http and https."""
    home = absolute("/", site) or site
    homes = [home.partition("://")[2], *(f"{host}/" for host in hosts)]
    return tuple(f"{scheme}://{host}" for host in homes for scheme in ("http", "https"))
