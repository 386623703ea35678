"""Sitemaps and feeds: the addresses and further sitemaps that one names, and when they changed."""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from itertools import islice

from lxml import etree  # type: ignore[import-untyped]
from scrapy.utils.gz import gunzip
from scrapy.utils.sitemap import Sitemap

from recommender.urls import absolute

LARGEST_BYTES = 52_428_800  # sitemaps.org: 50 MB, uncompressed
MOST_MARKS = 2_000_000  # of markup in 50 MB: real ones have some 1,000,000, a bomb 50,000,000
MOST_ENTRIES = 200_000  # four times what sitemaps.org allows in one file; what follows is left out

_BLANK = b" \t\r\n"
_DECLARATION = re.compile(rb"<\?xml[^>]*\?>")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_AMPERSAND = re.compile(
    rb"(?P<verbatim><!\[CDATA\[.*?(?:\]\]>|\Z))"
    rb"|&(?:(?P<name>amp|lt|gt|quot|apos);|(?!#\d+;|#[xX][0-9a-fA-F]+;))",
    re.DOTALL,
)
_CHARACTERS = {b"lt": b"&#60;", b"gt": b"&#62;", b"quot": b"&#34;", b"apos": b"&#39;"}
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_YEAR_OR_MONTH = re.compile(r"\d{4}(?:-\d{2})?")
_ZONE = re.compile(r"\s*(?:UTC|GMT|Z|([+-]\d{2}:?\d{2}))$", re.IGNORECASE)
_CHANGED = ("updated", "modified", "pubdate", "date", "published", "issued")
"""Elements that date an item of a feed, the best first: Atom, Dublin Core, RSS 2.0."""

_Named = tuple[str, datetime | None]  # an address as written, and when it changed


@dataclass(frozen=True, kw_only=True, slots=True)
class SitemapEntry:
    """An absolute address, and when it is said to have changed, None if nothing is said."""

    url: str
    lastmod: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SitemapContents:
    """What a sitemap names; ``valid`` False where it is none."""

    pages: tuple[SitemapEntry, ...] = ()
    sitemaps: tuple[str, ...] = ()
    valid: bool = True


def read_sitemap(body: bytes, *, url: str = "") -> SitemapContents:
    """Return what the sitemap, sitemap index, feed (RSS, Atom) or plain list in ``body`` names.

    Addresses are read relative to its own, ``url``; without it, relative ones are left out. It
    may be gzipped. Broken XML is read as far as it goes; entities are never expanded, whatever
    they are declared to be. Images and videos are left out, being no pages. More than
    LARGEST_BYTES, unpacked, or MOST_MARKS of markup is not read at all.
    """
    unpacked = _unpacked(body)
    if unpacked is None or len(unpacked) > LARGEST_BYTES:
        return SitemapContents(valid=False)
    text = _in_utf8(unpacked)
    if not text.startswith(b"<"):
        return _plain(text)
    if text.count(b"<") + text.count(b"&") > MOST_MARKS:
        return SitemapContents(valid=False)
    try:
        return _markup(_AMPERSAND.sub(_escaped, text), url)
    except (SyntaxError, StopIteration):  # lxml's XMLSyntaxError is a SyntaxError
        return SitemapContents(valid=False)


def read_date(said: str) -> datetime | None:
    """Return the instant that a sitemap or feed writes as ``said``; None where it makes no sense.

    Without a zone it is UTC, without a time the day's beginning. Days written in an order that
    cannot be told (05/04/2024) make no sense, nor do years before 1990 or after 2100.
    """
    text = said.strip()[:64]
    for read in (_iso, _as_in_mail, _day):
        try:
            moment = read(text)
            utc = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            continue
        return utc if 1990 <= utc.year <= 2100 else None
    return None


# --- Bytes ------------------------------------------------------------------------------------


def _unpacked(body: bytes) -> bytes | None:
    if body[:2] != b"\x1f\x8b":
        return body
    try:
        return bytes(gunzip(body, max_size=LARGEST_BYTES))
    except (OSError, EOFError, ValueError, zlib.error):
        return None


def _in_utf8(body: bytes) -> bytes:
    """Return ``body`` without its byte-order mark; with one, in UTF-8 whatever it was in."""
    for mark, charset in _MARKS:
        if body.startswith(mark):
            text = body.decode(charset, errors="replace").lstrip("\ufeff")
            return _DECLARATION.sub(b"", text.encode(), count=1).lstrip(_BLANK)
    return body.lstrip(_BLANK)


def _escaped(found: re.Match[bytes]) -> bytes:
    """Return an ampersand as a character reference, a name as the character's; CDATA as it is.

    Sites forget to escape, and the parser would drop what follows: ``?a=1&b=2`` becomes ``?a=1=2``.
    After a fault anywhere it drops ``&amp;`` too, but no character reference. And no entity is left
    to expand.
    """
    return found["verbatim"] or _CHARACTERS.get(found["name"], b"&#38;")


# --- Formats ----------------------------------------------------------------------------------


def _plain(body: bytes) -> SitemapContents:
    lines = body.decode("utf-8", errors="replace").split()
    pages = _entries(((line, None) for line in lines if line.startswith("http")), "")
    return SitemapContents(pages=pages, valid=bool(pages))


def _markup(body: bytes, base: str) -> SitemapContents:
    sitemap = Sitemap(body)
    if sitemap.type in ("rss", "feed", "RDF"):
        return SitemapContents(pages=_entries(_items(body), base))
    named = ((entry["loc"], read_date(entry.get("lastmod", ""))) for entry in sitemap)
    entries = _entries(named, base)
    if sitemap.type == "sitemapindex":
        return SitemapContents(sitemaps=tuple(entry.url for entry in entries))
    return SitemapContents(pages=entries, valid=sitemap.type == "urlset")


def _entries(named: Iterable[_Named], base: str) -> tuple[SitemapEntry, ...]:
    read = ((absolute(url, base or url), lastmod) for url, lastmod in named if url)
    entries = (SitemapEntry(url=url, lastmod=lastmod) for url, lastmod in read if url)
    return tuple(islice(entries, MOST_ENTRIES))


def _items(body: bytes) -> Iterator[_Named]:
    """Give what the items of an RSS or Atom feed link to, "" where to nothing."""
    elements = etree.iterparse(
        BytesIO(body),
        tag=("{*}item", "{*}entry"),
        recover=True,
        resolve_entities=False,
        remove_comments=True,
        remove_pis=True,
    )
    for _, item in elements:
        yield _link(item), _changed(item)
        item.clear()


def _link(item: etree._Element) -> str:
    links = [child for child in item if etree.QName(child).localname == "link"]
    for link in links:
        if (link.text or "").strip():  # RSS
            return str(link.text).strip()
    for link in links:
        href = link.get("href")
        if href and link.get("rel", "alternate") == "alternate":  # Atom
            return absolute(href, link.base or "") or str(href).strip()
    return _permalink(item)


def _permalink(item: etree._Element) -> str:
    for child in item:
        if etree.QName(child).localname == "guid" and child.get("isPermaLink") != "false":
            said = (child.text or "").strip()
            return said if absolute(said, said) else ""
    return ""


def _changed(item: etree._Element) -> datetime | None:
    said = {etree.QName(child).localname.lower(): child.text or "" for child in item}
    dates = (read_date(said[name]) for name in _CHANGED if name in said)
    return next(filter(None, dates), None)


# --- Dates ------------------------------------------------------------------------------------


def _iso(text: str) -> datetime:
    """Read the W3C's profile of ISO 8601, with a blank for its T and a zone put off by blanks."""
    if _YEAR_OR_MONTH.fullmatch(text):
        return datetime.fromisoformat((text + "-01-01")[:10])
    zone = _ZONE.search(text) if ":" in text else None
    return datetime.fromisoformat(
        text if zone is None else text[: zone.start()] + (zone[1] or "+00:00")
    )


def _as_in_mail(text: str) -> datetime:
    """Read what RSS takes over from e-mail: Wed, 01 May 2024 12:00:00 +0200."""
    return parsedate_to_datetime(text)


def _day(text: str) -> datetime:
    """Read a day that begins with its year, whatever follows it."""
    found = _DAY.match(text)
    if found is None:
        raise ValueError(text)
    return datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC)
