"""A bare crawl in a process of its own: ``python -m tests.rendered_crawl SITE RENDER PATH ...``.

Prints one JSON object for each page, and at the end one with Scrapy's statistics.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Sequence

from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response, TextResponse

from recommender.config import CrawlConfig
from recommender.ingest.guard import guard_settings
from recommender.ingest.rendering import rendering_settings


class Pages(Spider):
    """Asks for some pages, one after the other, and prints them."""

    name = "pages"

    def __init__(self, urls: Sequence[str]) -> None:
        super().__init__()
        self._urls = urls

    async def start(self) -> AsyncIterator[Request]:
        for url in self._urls:
            yield Request(url, callback=self.page, headers={"If-None-Match": '"known"'})

    def page(self, response: Response) -> None:
        text = response.text if isinstance(response, TextResponse) else ""
        _say(url=response.url, status=response.status, text=text)

    def closed(self, _reason: str) -> None:
        _say(stats=self.crawler.stats.get_stats())


def _say(**what: object) -> None:
    sys.stdout.write(json.dumps(what, default=str) + "\n")


def main(site: str, render: str, *paths: str) -> None:
    config = CrawlConfig.model_validate(
        {"render": render == "yes", "timeout_s": 5, "user_agent": "Visitor/1"}
    )
    settings: dict[str, object] = {"LOG_LEVEL": "ERROR", "USER_AGENT": "Visitor/1"}
    middlewares: dict[object, int] = {}
    for more in (guard_settings(site, config), rendering_settings(site, config)):
        added = more.get("DOWNLOADER_MIDDLEWARES", {})
        assert isinstance(added, dict)
        middlewares |= added
        settings |= more
    process = CrawlerProcess(settings | {"DOWNLOADER_MIDDLEWARES": middlewares})
    process.crawl(Pages, urls=[site + path for path in paths])
    process.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
