"""A site written as a few lines of text, for tests that need a corpus.

Each page is (title, text); each line of the text is a paragraph; ``[[/path|words]]`` is a link in
the content. Menu links are given apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import pandas as pd

from recommender.corpus import Corpus, build_corpus
from recommender.frames import BLOCKS, LINKS, PAGE_TOTALS, PAGES, QUERY_TOTALS
from recommender.urls import Identity

ROOT = "https://site.test"
FETCHED = datetime(2026, 3, 1, tzinfo=UTC)
MARKED = re.compile(r"\[\[([^|]+)\|([^\]]*)\]\]")


def pages_of(site: Mapping[str, tuple[str, str]], **columns: Mapping[str, object]) -> pd.DataFrame:
    """Return PAGES; ``columns`` overrides a column for some paths."""
    rows = []
    for path, (title, text) in site.items():
        row = {
            "url": ROOT + path,
            "status": 200,
            "redirect_to": None,
            "indexable": True,
            "why_not_indexable": None,
            "canonical": None,
            "title": title,
            "h1": title,
            "description": "",
            "language": "en",
            "words": len(MARKED.sub(r"\2", text).split()),
            "depth": 1,
            "published_at": pd.NaT,
            "content_hash": path,
            "fetched_at": pd.Timestamp(FETCHED),
        }
        rows.append(row | {name: by[path] for name, by in columns.items() if path in by})
    frame = pd.DataFrame(rows, columns=list(PAGES.columns))
    frame["published_at"] = pd.to_datetime(frame["published_at"], utc=True)
    return PAGES.coerced(frame)


def corpus_of(
    site: Mapping[str, tuple[str, str]],
    *,
    pages: pd.DataFrame | None = None,
    menu: Iterable[tuple[str, str]] = (),
    nofollow: Iterable[tuple[str, str]] = (),
) -> Corpus:
    """Return the corpus of ``site``; ``menu`` are (source, target) paths linked from a menu."""
    frame = pages_of(site) if pages is None else pages
    blocks, links = text_of(site, menu=menu, nofollow=nofollow)
    return build_corpus(frame, blocks, links, Identity.of(frame))


def text_of(
    site: Mapping[str, tuple[str, str]],
    *,
    menu: Iterable[tuple[str, str]] = (),
    nofollow: Iterable[tuple[str, str]] = (),
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return BLOCKS and LINKS of ``site``, see :func:`corpus_of`."""
    unfollowed = set(nofollow)
    blocks, links = [], []
    for path, (_, text) in site.items():
        for ordinal, line in enumerate(text.splitlines()):
            plain, found = _unmarked(line)
            blocks.append((ROOT + path, ordinal, "paragraph", plain, "", True, "content"))
            for to, anchor, start in found:
                rel = "nofollow" if (path, to) in unfollowed else ""
                links.append((ROOT + path, ROOT + to, anchor, rel, ordinal, start, "content"))
    links += [(ROOT + source, ROOT + to, "menu", "", -1, -1, "nav") for source, to in menu]
    return _blocks(blocks), _links(links)


def _unmarked(line: str) -> tuple[str, list[tuple[str, str, int]]]:
    plain, found, last = "", [], 0
    for match in MARKED.finditer(line):
        plain += line[last : match.start()]
        found.append((match[1], match[2], len(plain)))
        plain += match[2]
        last = match.end()
    return plain + line[last:], found


def _blocks(rows: list[tuple[str, int, str, str, str, bool, str]]) -> pd.DataFrame:
    names = ["page", "ordinal", "kind", "text", "section", "prose", "region"]
    frame = pd.DataFrame(rows, columns=names)
    return BLOCKS.coerced(frame.assign(spans="", css_path="p", confidence=1.0, reason="test"))


def _links(rows: list[tuple[str, str, str, str, int, int, str]]) -> pd.DataFrame:
    names = ["source", "target", "anchor", "rel", "block", "start", "region"]
    frame = pd.DataFrame(rows, columns=names)
    frame["ordinal"] = frame.groupby("source").cumcount()
    return LINKS.coerced(frame.assign(image=False, css_path="a", confidence=1.0, reason="test"))


def page_totals(*rows: tuple[str, int, int, float]) -> pd.DataFrame:
    """Return PAGE_TOTALS of (path, clicks, impressions, position)."""
    frame = pd.DataFrame(rows, columns=["page", "clicks", "impressions", "position"])
    return PAGE_TOTALS.coerced(frame.assign(page=ROOT + frame["page"].astype(str), days=28))


def query_totals(*rows: tuple[str, str, int, int, float]) -> pd.DataFrame:
    """Return QUERY_TOTALS of (query, path, clicks, impressions, position)."""
    frame = pd.DataFrame(rows, columns=["query", "page", "clicks", "impressions", "position"])
    return QUERY_TOTALS.coerced(frame.assign(page=ROOT + frame["page"].astype(str)))
