"""URL identity: which page a URL means."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

import ada_url

if TYPE_CHECKING:  # the child process of a crawl does without
    import pandas as pd

_TRACKING_NAMES = (
    "gclid|gclsrc|dclid|gbraid|wbraid|srsltid|_ga|_gl"  # Google
    "|fbclid|igshid|msclkid|yclid|twclid|ttclid|li_fat_id"  # other networks
    "|mc_cid|mc_eid|_hsenc|_hsmi|hsctatracking|mkt_tok|oly_enc_id|oly_anon_id|vero_id"  # mail
)
_TRACKING = re.compile(rf"utm_.*|mtm_.*|{_TRACKING_NAMES}", re.IGNORECASE)
"""Query parameters that say where a visitor came from, not what is shown."""

LONGEST = 8_192
"""Characters of the longest address that means anything; no common server takes a longer one."""

PAGE_KEYS = frozenset("page paged pg offset start".split())  # "p" names a post in WordPress
"""Query parameters that count the pages of a list."""

VIEW_KEYS = frozenset("q s query search order orderby sort filter per_page".split())
"""Query parameters that search, sort or filter a list."""

_PAGED_PATH = re.compile(r"/page[/-]?\d+(?:/|\.\w+)?$", re.IGNORECASE)

_ESCAPE = re.compile("%([0-9a-fA-F]{2})")
_INDEX = re.compile(r"/(?:index|default)\.\w{2,5}$", re.IGNORECASE)
# RFC 3986, section 6.2.2.2: an escaped unreserved character means the character itself.
_UNRESERVED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")


def absolute(href: str, base: str) -> str | None:
    """Return the http(s) URL that ``href`` on the page ``base`` means, without its fragment.

    Parsing is the WHATWG standard's, as in browsers; None where there is no such URL. A user's name
    and password are left out: they say who asks, not what for.
    """
    if len(href) > LONGEST:
        return None
    try:
        url = ada_url.join_url(base, href)
    except ValueError:
        return None
    if not url.startswith(("http://", "https://")):
        return None
    url = url.partition("#")[0]
    if len(url) > LONGEST:
        return None
    return _without_user(url) if "@" in url else url


def _without_user(url: str) -> str:
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"


def same_site(url: str, site: str) -> bool:
    """Tell whether ``url`` lies on the host of ``site``, be it by http or https.

    ``www.`` and other subdomains are other hosts; so is another port.
    """
    return _host(url) == _host(site) != ""


def on_hosts(url: str, hosts: Collection[str]) -> bool:
    """Tell whether ``url`` lies on one of ``hosts``, each written as in ``blog.example.com:8080``.

    They are lower case, without the default port, as ``crawl.hosts`` has them.
    """
    return _host(url) in hosts


def twin_site(url: str, site: str) -> bool:
    """Tell whether ``url`` lies on the host of ``site`` with ``www.`` put before or taken off."""
    host, other = _host(site), _host(url)
    return bool(host and other) and (host == f"www.{other}" or other == f"www.{host}")


def without_tracking(url: str) -> str:
    """Return the address to fetch for ``url``: without fragment and tracking parameters."""
    address, mark, query = url.partition("#")[0].partition("?")
    kept = [part for part in query.split("&") if not _is_tracking(part)]
    if len(kept) == query.count("&") + 1:
        return address + mark + query
    return f"{address}?{'&'.join(kept)}" if kept else address


def origin_of(url: str) -> str:
    """Return scheme, host and port of an absolute URL, as in ``https://www.example.com``."""
    return "/".join(url.split("/", 3)[:3])


def host_of(url: str) -> str:
    """Return host and port of an absolute URL as it is written, without its scheme."""
    return url.split("/", 3)[2].rpartition("@")[2]


def path_of(url: str) -> str:
    """Return the path of a URL, "/" where it has none."""
    return urlsplit(url).path or "/"


def slug_of(url: str) -> str:
    """Return the last part of a URL's path, lower-case and without ending: what names its page.

    "" for a home page and an index file alone.
    """
    parts = [part for part in unquote(path_of(url)).casefold().split("/") if part]
    last = re.sub(r"\.\w{2,5}$", "", parts[-1]) if parts else ""
    return "" if last == "index" else last


def is_paginated(url: str) -> bool:
    """Tell whether ``url`` is by its shape a further page of a list: /page/2/, ?offset=20."""
    address = urlsplit(url)
    return _PAGED_PATH.search(address.path) is not None or any(
        name.lower() in PAGE_KEYS and value.isdigit() for name, value in _parameters(address.query)
    )


def is_faceted(url: str) -> bool:
    """Tell whether ``url`` is by its parameters a view of a list: searched, sorted, filtered."""
    return any(name.lower() in VIEW_KEYS for name, _ in _parameters(urlsplit(url).query))


def _parameters(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)


def path_matches(url: str, pattern: str) -> bool:
    """Tell whether the path of ``url`` is what the glob ``pattern`` describes.

    ``*`` matches slashes too; case counts; percent escapes mean their characters.
    """
    return fnmatchcase(unquote(path_of(url)), unquote(pattern))


def nearest(url: str, known: Iterable[str], count: int = 3) -> tuple[str, ...]:
    """Return those of ``known`` whose paths look most like that of ``url``, closest first."""
    by_path = {path_of(candidate): candidate for candidate in sorted(known)}
    close = difflib.get_close_matches(path_of(url), by_path, n=count, cutoff=0.5)
    return tuple(by_path[path] for path in close)


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Which crawled page a URL means, however it is spelled.

    ``finals`` gives each fetched URL's page (None: it leads to none), ``spellings`` the fetched
    URL for each folded spelling.
    """

    finals: Mapping[str, str | None]
    spellings: Mapping[str, str]

    @classmethod
    def of(cls, pages: pd.DataFrame) -> Identity:
        """Return the identity of the URLs in PAGES.

        A page answered 200. Redirects lead on to their end, canonicals to a crawled page, but never
        to one in another language: that is an alternate, whatever the markup says. A loop of
        redirects leads nowhere, a loop of canonicals leaves the page where it is. An index file
        whose folder answers with the same content is that folder.
        """
        spellings = _spellings(pages["url"])
        hops = _hops(pages, spellings)
        return cls(finals={url: _final(url, hops) for url in pages["url"]}, spellings=spellings)

    def page(self, url: str) -> str | None:
        """Return the crawled page that ``url`` means, None where there is none.

        Tried in this order: as it is; without fragment and tracking parameters and with escapes
        unified; with or without its last slash; by the other scheme.
        """
        fetched = self.fetched(url)
        return None if fetched is None else self.finals[fetched]

    def fetched(self, url: str) -> str | None:
        """Return the URL in PAGES that ``url`` is a spelling of, page or not, None if none."""
        return _fetched(url, self.finals, self.spellings)

    def pages(self, urls: pd.Series) -> pd.Series:
        """Return the page that each URL means, None where there is none; same index."""
        known = {url: self.page(url) for url in urls.dropna().unique()}
        return urls.astype(object).map(known.get).astype(object)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Hops:
    """Where each fetched URL leads: pages (200), redirects and canonicals, as fetched URLs.

    ``pages`` gives each page's language, "" where unknown.
    """

    pages: Mapping[str, str]
    redirects: Mapping[str, str | None]
    canonicals: Mapping[str, str]

    def alternates(self, url: str, other: str) -> bool:
        """Tell whether two pages are known to be in different languages; regions do not count."""
        languages = {self.pages[page].partition("-")[0] for page in (url, other)} - {""}
        return len(languages) == 2


def _hops(pages: pd.DataFrame, spellings: Mapping[str, str]) -> _Hops:
    def fetched(url: str) -> str | None:
        return _fetched(url, fetched_urls, spellings)

    fetched_urls = frozenset(pages["url"])
    moved = pages[pages["redirect_to"].notna()]
    answered = pages[(pages["status"] == 200) & pages["redirect_to"].isna()]
    named = answered[answered["canonical"].notna()]
    canonicals = {
        url: fetched(to) for url, to in zip(named["url"], named["canonical"], strict=True)
    }
    for index, to in _index_files(answered):
        if canonicals.get(to) != index:  # there the page says itself which of the two it is
            canonicals.setdefault(index, to)
    languages = answered["language"].fillna("") if "language" in answered else [""] * len(answered)
    return _Hops(
        pages=dict(zip(answered["url"], languages, strict=True)),
        redirects={
            url: fetched(to) for url, to in zip(moved["url"], moved["redirect_to"], strict=True)
        },
        canonicals={url: to for url, to in canonicals.items() if to is not None and to != url},
    )


def _index_files(answered: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Yield each URL of an index file with that of its folder, where both have one content."""
    if "content_hash" not in answered:
        return
    content = dict(zip(answered["url"], answered["content_hash"], strict=True))
    for url, what in content.items():
        folder = _INDEX.sub("/", url)
        if folder != url and what and content.get(folder) == what:
            yield url, folder


def _final(url: str, hops: _Hops) -> str | None:
    page = _redirected(url, hops)
    if page is None:
        return None
    seen, current = {page}, page
    while current in hops.canonicals:
        named = _redirected(hops.canonicals[current], hops)
        if named is None or named == current or hops.alternates(page, named):
            break
        if named in seen:
            return page
        seen.add(named)
        current = named
    return current


def _redirected(url: str, hops: _Hops) -> str | None:
    seen: set[str] = set()
    current: str | None = url
    while current is not None and current not in hops.pages:
        if current in seen:
            return None
        seen.add(current)
        current = hops.redirects.get(current)
    return current


def _spellings(urls: Iterable[str]) -> dict[str, str]:
    spellings: dict[str, str] = {}
    for url in sorted(urls):
        folded = _folded(url)
        if folded == url or folded not in spellings:
            spellings[folded] = url
    return spellings


def _fetched(
    url: str, known: Mapping[str, str | None] | frozenset[str], spellings: Mapping[str, str]
) -> str | None:
    if url in known:
        return url
    folded = _folded(url)
    for spelling in _alternatives(folded):
        if spelling in spellings:
            return spellings[spelling]
    return None


def _alternatives(folded: str) -> tuple[str, ...]:
    slashed = _other_slash(folded)
    return folded, slashed, _other_scheme(folded), _other_scheme(slashed)


def _folded(url: str) -> str:
    """Return the spelling shared by all URLs that differ in fragment, tracking and escapes."""
    plain = absolute(url, url) or url
    address, _, query = plain.partition("?")
    kept = "&".join(part for part in query.split("&") if part and not _is_tracking(part))
    return _ESCAPE.sub(_unescaped, f"{address}?{kept}" if kept else address)


def _is_tracking(part: str) -> bool:
    return _TRACKING.fullmatch(part.partition("=")[0]) is not None


def _unescaped(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if character in _UNRESERVED else escape[0].upper()


def _other_slash(url: str) -> str:
    address, mark, query = url.partition("?")
    turned = address.removesuffix("/") if address.endswith("/") else address + "/"
    return turned + mark + query


def _other_scheme(url: str) -> str:
    scheme, mark, rest = url.partition("://")
    return {"http": "https", "https": "http"}.get(scheme, scheme) + mark + rest


def _host(url: str) -> str:
    """Return host and port as written, without the scheme's default port."""
    plain = absolute(url, url)
    return "" if plain is None else ada_url.URL(plain).host
