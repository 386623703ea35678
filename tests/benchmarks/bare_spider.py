"""The least that a crawl could cost: Scrapy asks, selectolax finds the links, nothing is kept.

``python -m tests.benchmarks.bare_spider HOME`` follows every link to the same host, with the
settings of Linkwright's own crawls, and prints how many pages it read.
"""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import ada_url
import click
from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response
from scrapy.linkextractors import IGNORED_EXTENSIONS
from selectolax.lexbor import LexborHTMLParser

FILE = re.compile(rf"(?i).*\.({'|'.join(IGNORED_EXTENSIONS)})(\?.*)?")
SETTINGS = {
    "USER_AGENT": "Linkwright/0.1 (+internal link recommendations)",
    "ROBOTSTXT_OBEY": True,
    "DOWNLOAD_TIMEOUT": 30,
    "DOWNLOAD_DELAY": 0,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
    "AUTOTHROTTLE_ENABLED": False,
    "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",
    "COOKIES_ENABLED": False,
    "METAREFRESH_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "MEMUSAGE_ENABLED": False,
    "LOGSTATS_INTERVAL": 0,
    "LOG_LEVEL": "WARNING",
}


class BareSpider(Spider):
    """Follows links."""

    name = "bare"

    def __init__(self, home: str) -> None:
        super().__init__()
        self.home = home
        self.origin = f"{urlsplit(home).scheme}://{urlsplit(home).netloc}/"
        self.seen = {home}
        self.pages = self.links = 0

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the home page."""
        yield Request(self.home, dont_filter=True)

    def parse(self, response: Response) -> Iterator[Request]:
        """Count the links of a page and follow those that are new."""
        if not (response.headers.get("Content-Type") or b"").startswith(b"text/html"):
            return
        self.pages += 1
        tree = LexborHTMLParser(response.body)
        found = [(a.attributes.get("href"), a.text(deep=True)) for a in tree.css("a[href]")]
        self.links += len(found)
        for href, _ in found:
            try:
                url = ada_url.join_url(response.url, href or "").partition("#")[0]
            except ValueError:
                continue
            if url.startswith(self.origin) and url not in self.seen and not FILE.fullmatch(url):
                self.seen.add(url)
                yield Request(url, dont_filter=True)

    def closed(self, reason: str) -> None:
        """Say how much there was."""
        click.echo(f"{self.pages} pages, {self.links} links, {reason}")


if __name__ == "__main__":
    process = CrawlerProcess(SETTINGS)
    process.crawl(BareSpider, home=sys.argv[1])
    process.start()
