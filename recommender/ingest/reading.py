"""What a source that asks no server brings: the parts and addresses of a crawl, and how it went."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from scrapy.linkextractors import IGNORED_EXTENSIONS

from recommender.ingest.blocks import ParsedBlock, ParsedLink
from recommender.ingest.crawl_job import (
    ADDRESSES,
    KNOWN,
    Address,
    CrawlJob,
    CrawlMessage,
    FetchedPage,
    KnownAddress,
    PartWriter,
    read_known,
    write_addresses,
)
from recommender.ingest.memory import SiteMemory
from recommender.ingest.page_rows import page_row, rows_hash_of
from recommender.ingest.parse import ParsedPage, ParseRules, parse_page
from recommender.models import Visited

_FILE = re.compile(rf"(?i).*\.({'|'.join(IGNORED_EXTENSIONS)})")

Rename = Callable[[str], str]
"""Gives the address under which a page is kept for an address that means it."""


@dataclass(slots=True)
class Recorder:
    """Writes what is read to the folder of ``job``; pages known and unchanged keep their rows."""

    job: CrawlJob
    known: Mapping[str, KnownAddress] = field(init=False)
    read: set[str] = field(init=False, default_factory=set)
    found: dict[str, set[str]] = field(init=False, default_factory=dict)
    _writer: PartWriter = field(init=False)
    _memory: SiteMemory = field(init=False, default_factory=SiteMemory)
    _began: float = field(init=False, default_factory=time.monotonic)

    def __post_init__(self) -> None:
        """Take in what was known before."""
        path = self.job.folder / KNOWN
        known = read_known(path) if path.exists() else ()
        self.known = {address.url: address for address in known}
        self._writer = PartWriter(self.job.folder)
        for address in self.known.values():
            self.meet((address.url,), *address.found.split())

    def meet(self, urls: Iterable[str], *found: str) -> None:
        """Note that ``urls`` were found in the ways ``found``."""
        for url in urls:
            self.found.setdefault(url, set()).update(found)

    def page(
        self,
        body: bytes,
        *,
        url: str,
        rules: ParseRules,
        base: str = "",
        headers: Mapping[str, list[str]] | None = None,
        rename: Rename | None = None,
    ) -> None:
        """Take in an HTML page; its addresses are relative to ``base`` (default: ``url``)."""
        parsed = parse_page(
            body, url=base or url, headers=headers or {}, rules=rules, memory=self._memory
        )
        if rename is not None:
            parsed = _renamed(parsed, rename, url=url)
        rows_hash = rows_hash_of(parsed)
        known = self.known.get(url)
        if known is not None and known.rows_hash == rows_hash:
            same = FetchedPage(url=url, status=200, unchanged=True, rows_hash=rows_hash)
            self.add(same)
            self.meet({link.target for link in parsed.links if "nofollow" not in link.rel}, "link")
        else:
            page = page_row(parsed, url=url, rows_hash=rows_hash)
            self.add(page, parsed)

    def add(self, page: FetchedPage, parsed: ParsedPage | None = None) -> None:
        """Take in one row of PAGES, with what was read from it."""
        self._write(page, *((parsed.blocks, parsed.links) if parsed else ((), ())))

    def links(self, page: FetchedPage, links: Iterable[ParsedLink]) -> None:
        """Take in a page of which nothing is known but what was told of it, and its links."""
        self._write(replace(page, read=page.status == 200), (), tuple(links))

    def _write(
        self, page: FetchedPage, blocks: Sequence[ParsedBlock], links: Sequence[ParsedLink]
    ) -> None:
        self.read.add(page.url)
        self.meet((page.redirect_to,) if page.redirect_to else (), "redirect")
        self.meet((page.canonical,) if page.canonical else (), "canonical")
        self.meet({link.target for link in links if "nofollow" not in link.rel}, "link")
        page = replace(page, elapsed_s=time.monotonic() - self._began)
        self._writer.add(page, blocks, links)

    def finished(self, *, limited: bool, failed_sitemaps: int = 0) -> CrawlMessage:
        """Write the last part and the addresses, and return how the reading ended."""
        self._writer.flush()
        met = sorted({*self.found, *self.read})
        write_addresses(
            self.job.folder / ADDRESSES, [self._address(url, limited=limited) for url in met]
        )
        return CrawlMessage(
            done=len(self.read),
            total=len(self.read),
            ended=True,
            site=self.job.site,
            limited=limited,
            failed_sitemaps=failed_sitemaps,
        )

    def _address(self, url: str, *, limited: bool) -> Address:
        found = " ".join(sorted(self.found.get(url, ())))
        if url in self.read:
            return Address(url=url, found=found, outcome=Visited.FETCHED.value)
        why = f"max_pages = {self.job.config.max_pages:,} was reached" if limited else ""
        return Address(
            url=url,
            found=found,
            outcome=Visited.WAITING.value,
            why=why or f"not among the pages in {self.job.config.folder}",
        )


# --- What a page says -----------------------------------------------------------------------


def _renamed(parsed: ParsedPage, rename: Rename, *, url: str) -> ParsedPage:
    """Return the page at ``url`` with each address in it as ``rename`` has it."""
    canonical, refresh_to = parsed.canonical, parsed.refresh_to
    to = None if refresh_to is None else rename(refresh_to)
    return replace(
        parsed,
        canonical=None if canonical is None else rename(canonical),
        refresh_to=None if to == url else to,
        links=tuple(_led(link, rename(link.target)) for link in parsed.links),
    )


def _led(link: ParsedLink, target: str) -> ParsedLink:
    return link if target == link.target else link._replace(target=target)
