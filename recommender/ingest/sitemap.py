"""Sitemaps: the addresses and further sitemaps that one names."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from scrapy.utils.gz import gunzip
from scrapy.utils.sitemap import Sitemap

LARGEST_BYTES = 52_428_800  # sitemaps.org: 50 MB, uncompressed


@dataclass(frozen=True, kw_only=True, slots=True)
class SitemapContents:
    """What a sitemap names; ``valid`` False where it is none."""

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    valid: bool = True


def read_sitemap(body: bytes) -> SitemapContents:
    """Return what the sitemap or sitemap index in ``body`` (XML, gzipped or plain text) names."""
    if body[:2] == b"\x1f\x8b":
        try:
            body = gunzip(body, max_size=LARGEST_BYTES)
        except (OSError, EOFError, ValueError, zlib.error):
            return SitemapContents(valid=False)
    if not body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _plain(body)
    try:
        sitemap = Sitemap(body)
        addresses = tuple(entry["loc"] for entry in sitemap if entry.get("loc"))
    except (SyntaxError, StopIteration):  # lxml.etree.XMLSyntaxError is a SyntaxError
        return SitemapContents(valid=False)
    if sitemap.type == "sitemapindex":
        return SitemapContents(sitemaps=addresses)
    return SitemapContents(pages=addresses, valid=sitemap.type == "urlset")


def _plain(body: bytes) -> SitemapContents:
    lines = body.decode("utf-8-sig", errors="replace").split()
    addresses = tuple(line for line in lines if line.startswith(("http://", "https://")))
    return SitemapContents(pages=addresses, valid=bool(addresses))
