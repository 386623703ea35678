"""What a frame between two stages holds: one spec per frame, checked at every stage border.

A spec names the grain (one row per what), the key (unique, never missing) and each column with
its type and unit. :func:`checked` raises :class:`~recommender.errors.FrameError` naming the
column; it never repairs. Rates are 0..1; days are ``datetime64[ns]`` at midnight, in the
property's zone (Pacific) and without a zone; instants are aware UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd
from pandas.api import types

from recommender.errors import FrameError


class Column(StrEnum):
    """The type of a column; ``?`` in the value means that a value may be missing."""

    TEXT = "text"
    TEXT_MAYBE = "text?"
    INT = "int"
    FLOAT = "float"
    FLOAT_MAYBE = "float?"
    SHARE = "share"  # a float in 0..1
    SHARE_MAYBE = "share?"
    BOOL = "bool"
    DAY = "day"
    INSTANT = "instant"
    INSTANT_MAYBE = "instant?"
    CODED = "coded"  # text as pandas categories: few distinct values in very many rows
    HASH = "hash"  # 64 bits without a sign


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameSpec:
    """The declaration of one kind of frame."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]

    def empty(self) -> pd.DataFrame:
        """Return a frame of this kind without rows."""
        return pd.DataFrame(
            {name: pd.Series([], dtype=_DTYPES[kind]) for name, kind in self.columns.items()}
        )

    def coerced(self, frame: pd.DataFrame, *, unique: bool = False) -> pd.DataFrame:
        """Return the spec's columns of ``frame`` in order and dtype, checked.

        With ``unique`` the caller vouches for the key, because the rows were grouped by it: half
        the cost. Raises FrameError where a column is missing or a value does not fit.
        """
        missing = [name for name in self.columns if name not in frame.columns]
        if missing:
            raise FrameError(f"{self.name}: columns missing: {', '.join(missing)}")
        try:
            made = frame[list(self.columns)].astype(
                {name: _DTYPES[kind] for name, kind in self.columns.items()}, copy=False
            )
        except (TypeError, ValueError) as error:
            raise FrameError(f"{self.name}: {error}", subject=self.name) from error
        made.index = pd.RangeIndex(len(made))
        return checked(made, self, unique=unique)


_DTYPES: Mapping[Column, str] = {
    Column.TEXT: "object",
    Column.TEXT_MAYBE: "object",
    Column.INT: "int64",
    Column.FLOAT: "float64",
    Column.FLOAT_MAYBE: "float64",
    Column.SHARE: "float64",
    Column.SHARE_MAYBE: "float64",
    Column.BOOL: "bool",
    Column.DAY: "datetime64[ns]",
    Column.INSTANT: "datetime64[ns, UTC]",
    Column.INSTANT_MAYBE: "datetime64[ns, UTC]",
    Column.CODED: "category",
    Column.HASH: "uint64",
}


def checked(frame: pd.DataFrame, spec: FrameSpec, *, unique: bool = False) -> pd.DataFrame:
    """Return ``frame`` itself if it is what ``spec`` declares, else raise FrameError.

    Cost: one pass over each column and one hash of the key, which ``unique`` vouches for instead.
    """
    names = list(frame.columns)
    if names != list(spec.columns):
        raise FrameError(
            f"{spec.name}: columns are {names}, not {list(spec.columns)}", subject=spec.name
        )
    for name, kind in spec.columns.items():
        problem = _problem(frame[name], kind)
        if problem:
            raise FrameError(f"{spec.name}.{name}: {problem}", subject=spec.name)
    if unique or not spec.key:
        return frame
    doubled = repeats(frame, spec.key)
    if len(doubled):
        first = doubled.iloc[0].to_dict()
        raise FrameError(f"{spec.name}: the key stands twice: {first}", subject=spec.name)
    return frame


def repeats(frame: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """Return the keys of rows whose key stood in a row before, in their order.

    Cost: one hash of the key, or of its first column where that alone tells most rows apart.
    """
    keys = frame[list(key)]
    first = keys.iloc[:, 0]
    if first.head(_SAMPLE).duplicated().mean() < 0.5:
        keys = keys[first.duplicated(keep=False)]
    return keys[keys.duplicated()]


_SAMPLE = 1_000  # rows by which the first column of a key is judged


def _problem(column: pd.Series, kind: Column) -> str:
    if not _FITS[kind](column):
        return f"is {column.dtype}, not {kind}"
    if not kind.endswith("?") and column.isna().any():
        return "has missing values"
    if kind in (Column.SHARE, Column.SHARE_MAYBE):
        present = column.dropna()
        if len(present) and (present.min() < -_ROUNDING or present.max() > 1 + _ROUNDING):
            return f"is outside 0..1 ({present.min():.3g}..{present.max():.3g})"
    return ""


_ROUNDING = 1e-9


def _is_text(column: pd.Series) -> bool:
    text = types.is_object_dtype(column) or isinstance(column.dtype, pd.StringDtype)
    return text or _is_coded(column)  # text that repeats may be kept as categories


def _is_day(column: pd.Series) -> bool:
    return types.is_datetime64_dtype(column)


def _is_instant(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.DatetimeTZDtype) and str(column.dtype.tz) == "UTC"


def _is_coded(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype)


_FITS = {
    Column.TEXT: _is_text,
    Column.TEXT_MAYBE: _is_text,
    Column.INT: types.is_integer_dtype,
    Column.FLOAT: types.is_float_dtype,
    Column.FLOAT_MAYBE: types.is_float_dtype,
    Column.SHARE: types.is_float_dtype,
    Column.SHARE_MAYBE: types.is_float_dtype,
    Column.BOOL: types.is_bool_dtype,
    Column.DAY: _is_day,
    Column.INSTANT: _is_instant,
    Column.INSTANT_MAYBE: _is_instant,
    Column.CODED: _is_coded,
    Column.HASH: types.is_unsigned_integer_dtype,
}

# --- Search Console -------------------------------------------------------------------------

PAGE_SEARCH = FrameSpec(
    name="PAGE_SEARCH",
    grain="page (as Search Console spells its URL) and day",
    key=("page", "day"),
    columns={
        "page": Column.TEXT,
        "day": Column.DAY,
        "clicks": Column.INT,
        "impressions": Column.INT,
        "position": Column.FLOAT_MAYBE,  # 1 = top; impression-weighted; Discover and News have none
    },
)

QUERY_SEARCH = FrameSpec(
    name="QUERY_SEARCH",
    grain="query, page and day; sums to less than PAGE_SEARCH and never replaces it",
    key=("query", "page", "day"),
    columns={
        "query": Column.TEXT,
        "page": Column.TEXT,
        "day": Column.DAY,
        "clicks": Column.INT,
        "impressions": Column.INT,
        "position": Column.FLOAT,
    },
)

SEARCH_DAYS = FrameSpec(
    name="SEARCH_DAYS",
    grain="day that was read",
    key=("day",),
    columns={
        "day": Column.DAY,
        "final": Column.BOOL,
        "page_rows": Column.INT,
        "query_rows": Column.INT,
        "capped": Column.BOOL,  # the 50,000-row cap cut the day's rows
        "impressions": Column.INT,
        "clicks": Column.INT,
        "query_share": Column.SHARE_MAYBE,  # share of impressions with a visible query
        "operator_rows": Column.INT,  # query rows left out, because scrapers typed them
        "most_impressions": Column.INT,  # of all readings of the day
        "fetched_at": Column.INSTANT,
    },
)

PAGE_TOTALS = FrameSpec(
    name="PAGE_TOTALS",
    grain="page, summed over a window",
    key=("page",),
    columns={
        "page": Column.TEXT,
        "clicks": Column.INT,
        "impressions": Column.INT,
        "position": Column.FLOAT_MAYBE,  # missing where the search type has none
        "days": Column.INT,  # days of the window on which the page had impressions
    },
)

QUERY_TOTALS = FrameSpec(
    name="QUERY_TOTALS",
    grain="query and page, summed over a window",
    key=("query", "page"),
    columns={
        "query": Column.TEXT,
        "page": Column.TEXT,
        "clicks": Column.INT,
        "impressions": Column.INT,
        "position": Column.FLOAT,
    },
)

INSPECTIONS = FrameSpec(
    name="INSPECTIONS",
    grain="page and instant at which Google's index was asked about it",
    key=("url", "inspected_at"),
    columns={
        "url": Column.TEXT,
        "inspected_at": Column.INSTANT,
        "verdict": Column.TEXT,  # see models.Inspection
        "indexing": Column.TEXT,
        "google_canonical": Column.TEXT_MAYBE,  # None where Google knows none
        "last_crawl_at": Column.INSTANT_MAYBE,  # by Google
    },
)

# --- Crawl ----------------------------------------------------------------------------------

PAGES = FrameSpec(
    name="PAGES",
    grain="URL that was fetched (redirects and errors too; url is the URL asked for)",
    key=("url",),
    columns={
        "url": Column.TEXT,
        "status": Column.INT,  # HTTP status; 0 = no answer
        "redirect_to": Column.TEXT_MAYBE,  # absolute; the next hop
        "indexable": Column.BOOL,  # 200, HTML, no noindex, self-canonical or no canonical
        "why_not_indexable": Column.TEXT_MAYBE,
        "canonical": Column.TEXT_MAYBE,  # absolute; None where the page names none
        "title": Column.TEXT,
        "h1": Column.TEXT,
        "description": Column.TEXT,
        "language": Column.TEXT,  # tag in lower case such as de or en-gb, "" where unknown
        "words": Column.INT,  # words of content blocks
        "depth": Column.INT,  # clicks from the home page; -1 = not reached by links
        "published_at": Column.INSTANT_MAYBE,  # as the page itself says
        "content_hash": Column.TEXT,
        "fetched_at": Column.INSTANT,
    },
)

BLOCKS = FrameSpec(
    name="BLOCKS",
    grain="text block of a page (paragraph, list item, heading ...), in document order",
    key=("page", "ordinal"),
    columns={
        "page": Column.TEXT,
        "ordinal": Column.INT,
        "kind": Column.TEXT,  # paragraph, item, quote, heading, code, cell, button, other
        "text": Column.TEXT,  # DOM textContent, runs of white space folded to one space
        "section": Column.TEXT,  # text of the heading it stands under, "" where none
        "prose": Column.BOOL,  # running text: >= 8 words outside links, links under half of it
        "spans": Column.TEXT,  # inline spans "a12-20 c33-40": a link, c code, q quote, b button
        "css_path": Column.TEXT,
        "region": Column.TEXT,
        "confidence": Column.SHARE,
        "reason": Column.TEXT,
    },
)

LINKS = FrameSpec(
    name="LINKS",
    grain="<a href> on a page that leads to the same site, in document order",
    key=("source", "ordinal"),
    columns={
        "source": Column.TEXT,
        "ordinal": Column.INT,
        "target": Column.TEXT,  # absolute URL without fragment, before redirects
        "anchor": Column.TEXT,  # text, or the alt text of a linked image
        "image": Column.BOOL,  # the anchor is an image's alt text
        "rel": Column.TEXT,  # lower-case, space-separated
        "block": Column.INT,  # ordinal of its block, -1 outside any
        "start": Column.INT,  # offset of the anchor in the block's text, -1 outside any
        "css_path": Column.TEXT,
        "region": Column.TEXT,
        "confidence": Column.SHARE,
        "reason": Column.TEXT,
    },
)

LINK_HISTORY = FrameSpec(
    name="LINK_HISTORY",
    grain="content link (source, target, anchor) ever seen",
    key=("source", "target", "anchor"),
    columns={
        "source": Column.TEXT,
        "target": Column.TEXT,
        "anchor": Column.TEXT,
        "first_seen": Column.INSTANT,
        "last_seen": Column.INSTANT,
    },
)

KNOWN_URLS = FrameSpec(
    name="KNOWN_URLS",
    grain="address of the site that is known, visited or not",
    key=("url",),
    columns={
        "url": Column.TEXT,
        "found": Column.TEXT,  # space-separated: home, link, sitemap, search, redirect, canonical
        "outcome": Column.TEXT,  # what came of it in the newest crawl, see models.Visited
        "why": Column.TEXT,  # where it was not fetched: the reason, for a reader
        "visited_at": Column.INSTANT_MAYBE,  # the last visit that was answered
        "etag": Column.TEXT,  # validators of that answer, "" where it gave none
        "last_modified": Column.TEXT,
        "body_hash": Column.TEXT,
        "rows_hash": Column.TEXT,  # of all that is kept of the page
        "problem": Column.TEXT,  # what keeps it out of the index, as far as it says itself
        "rows_in": Column.TEXT,  # id of the crawl that holds its blocks and links, "" for none
        "failures": Column.INT,  # visits in a row that gave no answer
        "script_links": Column.INT,  # elements that lead on by JavaScript only
    },
)

BLOCK_EVIDENCE = FrameSpec(
    name="BLOCK_EVIDENCE",
    grain="text block of a page, as far as regions are judged by it",
    key=("page", "ordinal"),
    columns={
        "page": Column.CODED,
        "ordinal": Column.INT,
        "kind": Column.CODED,
        "css_path": Column.CODED,
        "text_hash": Column.HASH,  # equal where the texts are
        "prose": Column.BOOL,
        "words": Column.INT,
        "linked": Column.INT,  # words of them inside links
        "mark": Column.CODED,  # what a selector of the configuration decided, "" for nothing
    },
)

LINK_EVIDENCE = FrameSpec(
    name="LINK_EVIDENCE",
    grain="link of a page, as far as its region is judged by it",
    key=("source", "ordinal"),
    columns={
        "source": Column.CODED,
        "ordinal": Column.INT,
        "target": Column.CODED,
        "anchor": Column.CODED,
        "css_path": Column.CODED,
        "block": Column.INT,  # ordinal of its block on its page, -1 outside any
        "mark": Column.CODED,
    },
)

# --- Judgement ------------------------------------------------------------------------------

PAGE_SIGNALS = FrameSpec(
    name="PAGE_SIGNALS",
    grain="page of the site",
    key=("page",),
    columns={
        "page": Column.TEXT,
        "clicks": Column.INT,  # 28 days
        "impressions": Column.INT,  # 28 days
        "position": Column.FLOAT_MAYBE,  # None without impressions
        "content_inlinks": Column.INT,  # pages that link it in their content
        "content_outlinks": Column.INT,
        "density": Column.FLOAT,  # content links per 100 words
        "pagerank": Column.FLOAT,  # sums to 1
        "strength": Column.SHARE,
        "attention": Column.SHARE,
    },
)

CANDIDATES = FrameSpec(
    name="CANDIDATES",
    grain="target and source that does not link it in its content, with the best place found",
    key=("target", "source"),
    columns={
        "target": Column.TEXT,
        "source": Column.TEXT,
        "rank_score": Column.FLOAT,  # what sources are ordered by, before any rule
        "relevance": Column.SHARE,
        "query_overlap": Column.SHARE,
        "fit": Column.SHARE,
        "anchor_score": Column.SHARE,
        "strength": Column.SHARE,
        "attention": Column.SHARE,
        "score": Column.SHARE,  # weighted geometric mean of the signals
        "block": Column.INT,  # ordinal in BLOCKS; -1 where the source has no text
        "sentence": Column.TEXT,
        "sentence_start": Column.INT,  # offset in the block's text
        "anchor": Column.TEXT_MAYBE,
        "anchor_start": Column.INT,  # offset in the sentence; -1 without anchor
        "allowed": Column.BOOL,
        "codes": Column.TEXT,  # what the hard rules object to, space-separated, "" if allowed
        "evidence": Column.TEXT,  # how the anchor was found, for a reader
    },
)
