"""Pages that are no targets by their nature: home, lists of links, tags, pagination, search, legal.

Told by the shape of the URL, as content management systems at large write it, and by structure:
a page of links with hardly any prose lists others. No word of one site is known here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.corpus import Corpus
from recommender.languages import UNSPACED
from recommender.text import primary
from recommender.urls import is_faceted, is_paginated

LIST_LINKS = 10
LIST_WORDS_PER_LINK = 12
"""From ten links on, with under a dozen words of prose for each, a page lists others (*assumption*:
running text that links as much as reference manuals do has some 30 words a link)."""

THIN = 100
"""Words of running text below which a page may be thin; of 28 links to thin and silent pages that
were read, both readers would publish 5."""

SERIES = 5  # pages whose titles differ by numbers alone: an issue or release among others

_DATED = re.compile(r"^/(?:19|20)\d\d/?$|/(?:19|20)\d\d/\d{1,2}(?:/\d{1,2})?/?$")
_HOME = re.compile(r"/(?:(?:index|home|default)(?:\.\w+)?/?)?", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][a-z]{2,4})?", re.IGNORECASE)
_FACET = re.compile(r"(?:f|facets?|filters?|refine(?:ment)?s?)(?:[\[_.-].*)?|(?:min|max)_.+")
"""Parameters with which shops and libraries narrow a list: filter_color=, f[0]=, max_price=."""

_FEED = re.compile(
    r"/(?:feed|rss|atom|index)\.(?:xml|rss|rdf|atom)$|/(?:rss|atom)/?$", re.IGNORECASE
)
_LISTING_FOLDERS = {
    "tag": "a tag page",
    "tags": "a tag page",
    "tagged": "a tag page",
    "label": "a tag page",
    "category": "a category page",
    "categories": "a category page",
    "author": "an author's list",
    "authors": "an author's list",
}
"""Folders whose members are lists: /tag/chains/."""

_AT_TOP = {
    **_LISTING_FOLDERS,
    "archive": "an archive",
    "archives": "an archive",
    "search": "a search page",
    "feed": "a feed",
    "rss": "a feed",
    "atom": "a feed",
    "sitemap": "a sitemap",
    "genindex": "an index",
    "login": "an account page",
    "register": "an account page",
    "signup": "an account page",
    "account": "an account page",
    "cart": "a shop's step",
    "basket": "a shop's step",
    "checkout": "a shop's step",
    "404": "an error page",
    "privacy": "a legal page",
    "privacy-policy": "a legal page",
    "privacy-notice": "a legal page",
    "cookies": "a legal page",
    "cookie-policy": "a legal page",
    "cookies-policy": "a legal page",
    "terms": "a legal page",
    "terms-of-service": "a legal page",
    "terms-of-use": "a legal page",
    "terms-and-conditions": "a legal page",
    "legal": "a legal page",
    "legal-notice": "a legal page",
    "disclaimer": "a legal page",
    "imprint": "a legal page",
    "impressum": "a legal page",
}


_LISTS = frozenset(
    {*_LISTING_FOLDERS.values(), "a page of a list", "a search page", "a feed", "a sitemap"}
    | {"an archive", "an archive of dates", "an index"}
)


def is_listing(url: str) -> bool:
    """Tell whether a URL's shape says that its page lists others: links to it are never proposed.

    Paginated, faceted, tag, category, author, archive, search and feed pages. The home page and
    legal pages are no lists: they are only never chosen by themselves.
    """
    return kind_by_url(url) in _LISTS


def kind_by_url(url: str) -> str:
    """Return what a URL's shape says the page is ("a tag page"), "" where it says nothing."""
    address = urlsplit(url)
    if is_faceted(url) or is_paginated(url) or _is_narrowed(address.query):
        return "a page of a list"
    if _FEED.search(address.path):
        return "a feed"
    if _DATED.search(address.path):
        return "an archive of dates"
    parts = [part.lower() for part in address.path.split("/") if part]
    if parts and _LANGUAGE.fullmatch(parts[0]):
        parts = parts[1:]
    if _HOME.fullmatch("/" + "/".join(parts)):
        return "" if address.query else "the home page"
    if len(parts) == 1:
        return _AT_TOP.get(parts[0].rsplit(".", 1)[0], "")
    return _LISTING_FOLDERS.get(parts[-2], "")


def _is_narrowed(query: str) -> bool:
    return any(_FACET.fullmatch(name) for name, _ in parse_qsl(query, keep_blank_values=True))


def list_pages(corpus: Corpus, signals: pd.DataFrame) -> NDArray[np.bool_]:
    """Return for each page (P) whether it is a list of links; ``signals`` is PAGE_SIGNALS."""
    links = signals["content_outlinks"].to_numpy(np.int64)
    return np.asarray(
        (links >= LIST_LINKS) & (corpus.page_words < LIST_WORDS_PER_LINK * links), dtype=np.bool_
    )


def silent_pages(corpus: Corpus) -> NDArray[np.bool_]:
    """Return for each page (P) whether it has no sentence of its own, where other pages have some.

    Archives of tags and topics show themselves so on every system, whatever their addresses. A page
    in a script whose sentences are not read is not known to be silent.
    """
    if not corpus.page_words.any():
        return np.zeros(len(corpus.pages), np.bool_)
    unread = np.array([primary(language) in UNSPACED for language in corpus.languages], np.bool_)
    return np.asarray((corpus.page_words == 0) & ~unread, dtype=np.bool_)


def thin_below(corpus: Corpus) -> float:
    """Return the words of running text below which a page says little: it needs a text, no links.

    100, or a quarter of what full pages here have: those at the upper quartile of all with any.
    """
    spoken = corpus.page_words[corpus.page_words > 0]
    full = float(np.percentile(spoken, 75)) if len(spoken) else 0.0
    return min(THIN, full / 4)


def in_series(titles: Sequence[str]) -> NDArray[np.bool_]:
    """Return which titles differ from at least four others by their numbers alone.

    Release notes, issues of a newsletter, reports of a year: the next one replaces the last.
    """
    shapes = pd.Series([re.sub(r"\d+(?:[.,]\d+)*", "#", title) for title in titles], dtype=object)
    alike = shapes.groupby(shapes).transform("size") >= SERIES
    return np.asarray(alike & shapes.str.contains("#", regex=False), dtype=np.bool_)
