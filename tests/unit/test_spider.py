"""What the spider asks for, step by step, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from scrapy import Request
from scrapy.http import HtmlResponse, Response

from recommender.config import CrawlConfig
from recommender.ingest.crawl_job import (
    KNOWN,
    CrawlJob,
    FetchedPage,
    PartWriter,
    write_addresses,
)
from recommender.ingest.spider import SiteSpider

BARE, TWIN = "https://example.com", "https://www.example.com"


def spider_in(folder: Path, site: str = BARE) -> SiteSpider:
    write_addresses(folder / KNOWN, [])
    job = CrawlJob(
        site=f"{site}/",
        config=CrawlConfig(),
        folder=folder,
        began_at=datetime(2026, 3, 2, tzinfo=UTC),
        probe=f"{site}/not-here",
    )
    return SiteSpider(job, say=lambda _message: None)


def started(spider: SiteSpider) -> list[str]:
    async def ask() -> list[str]:
        return [request.url async for request in spider.start()]

    return asyncio.run(ask())


def urls(requests: Iterable[Request]) -> list[str]:
    return [request.url for request in requests]


def robots(spider: SiteSpider, origin: str, text: str = "") -> list[str]:
    url = f"{origin}/robots.txt"
    return urls(spider._read_robots(Response(url, body=text.encode()), asked=url))


def page(spider: SiteSpider, url: str, markup: str) -> list[str]:
    answer = HtmlResponse(url, body=markup.encode(), headers={"Content-Type": "text/html"})
    return urls(spider._read(answer, url=url, depth=0))


def test_robots_txt_comes_first_then_the_home_page_then_the_rest(tmp_path: Path) -> None:
    spider = spider_in(tmp_path)
    assert started(spider) == [f"{BARE}/robots.txt"]
    assert robots(spider, BARE) == [f"{BARE}/"]
    asked = page(spider, f"{BARE}/", "<a href=/a>a</a>")
    assert asked == [f"{BARE}/a", f"{BARE}/sitemap.xml", f"{BARE}/not-here"]


def test_sitemaps_are_those_of_the_twin_that_the_home_page_leads_to(tmp_path: Path) -> None:
    spider = spider_in(tmp_path)
    started(spider)
    robots(spider, BARE)
    moved = Response(f"{BARE}/", status=301, headers={"Location": f"{TWIN}/"})
    assert urls(spider._read(moved, url=f"{BARE}/", depth=0)) == [f"{TWIN}/robots.txt"]
    asked = robots(spider, TWIN, f"Sitemap: {TWIN}/pages.xml")
    assert asked == [f"{TWIN}/", f"{TWIN}/pages.xml", f"{BARE}/not-here"]


def test_a_crawl_that_goes_on_asks_for_the_sitemaps_again(tmp_path: Path) -> None:
    writer = PartWriter(tmp_path)
    writer.add(FetchedPage(url=f"{BARE}/", status=200, read=True))
    writer.flush()
    spider = spider_in(tmp_path)
    assert started(spider) == [f"{BARE}/robots.txt"]
    assert robots(spider, BARE) == [f"{BARE}/sitemap.xml", f"{BARE}/not-here"]


def test_a_forbidden_sitemap_is_not_asked_for(tmp_path: Path) -> None:
    spider = spider_in(tmp_path)
    started(spider)
    robots(spider, BARE, "User-agent: *\nDisallow: /sitemap\nDisallow: /not")
    assert page(spider, f"{BARE}/", "<p>alone") == []


def test_a_page_that_was_met_is_asked_for_once(tmp_path: Path) -> None:
    spider = spider_in(tmp_path)
    started(spider)
    robots(spider, BARE)
    page(spider, f"{BARE}/", "<a href=/a>a</a> <a href=/a#part>a part</a>")
    assert page(spider, f"{BARE}/a", "<a href=/a?utm_source=x>a</a> <a href=/>home</a>") == []
