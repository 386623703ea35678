"""What every SiteCrawler keeps to: Scrapy in its child process, and the fake."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from recommender.config import CrawlConfig
from recommender.errors import CrawlError
from recommender.frames import BLOCKS, LINKS, PAGES, checked
from recommender.ingest.crawl import Crawler
from recommender.models import CrawlSnapshot, Region
from recommender.ports import SiteCrawler
from tests.crawls import crawled_once
from tests.fakes import FakeCrawler
from tests.local_site import LocalSite, html

NOW = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
ANSWERS = {
    "/": html("<title>Home</title><p>Read <a href=/a>about a</a> first.</p>"),
    "/a": html("<title>A</title><h1>A</h1><p>See <a href=/>home</a> and <a href=/no>no</a>.</p>"),
}


def scrapy(site: str, folder: Path) -> Crawler:
    config = CrawlConfig(delay_s=0, timeout_s=5)
    return Crawler(config=config, site=site, folder=folder, clock=lambda: NOW, zone=UTC)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> CrawlSnapshot:
    with LocalSite(ANSWERS) as site:
        return crawled_once(scrapy(site.url, tmp_path_factory.mktemp("crawls")))


@pytest.fixture(params=["scrapy", "fake"])
def snapshot(request: pytest.FixtureRequest, real: CrawlSnapshot) -> CrawlSnapshot:
    return real if request.param == "scrapy" else crawled_once(FakeCrawler([real]))


@pytest.fixture(params=["scrapy", "fake"])
def unreachable(request: pytest.FixtureRequest, tmp_path: Path) -> SiteCrawler:
    return scrapy("http://127.0.0.1:9/", tmp_path) if request.param == "scrapy" else FakeCrawler([])


def test_a_crawl_is_what_the_frames_declare(snapshot: CrawlSnapshot) -> None:
    checked(snapshot.pages, PAGES)
    checked(snapshot.blocks, BLOCKS)
    checked(snapshot.links, LINKS)


def test_every_block_and_link_stands_on_a_page_of_the_crawl(snapshot: CrawlSnapshot) -> None:
    pages = set(snapshot.pages["url"])
    assert set(snapshot.blocks["page"]) <= pages
    assert set(snapshot.links["source"]) <= pages


def test_an_anchor_stands_in_its_block_at_its_start(snapshot: CrawlSnapshot) -> None:
    texts = snapshot.blocks.set_index(["page", "ordinal"])["text"]
    placed = snapshot.links[snapshot.links["start"] >= 0]
    assert len(placed) == 3
    for link in placed.itertuples():
        text = texts[link.source, link.block]
        assert text[link.start : link.start + len(link.anchor)] == link.anchor


def test_regions_are_of_the_known_ones(snapshot: CrawlSnapshot) -> None:
    known = {region.value for region in Region}
    assert set(snapshot.blocks["region"]) | set(snapshot.links["region"]) <= known


def test_a_crawl_ends_after_it_began(snapshot: CrawlSnapshot) -> None:
    assert snapshot.finished_at >= snapshot.started_at
    assert snapshot.started_at.tzinfo is not None


def test_an_unreachable_site_is_an_error_with_a_hint(unreachable: SiteCrawler) -> None:
    with pytest.raises(CrawlError) as raised:
        crawled_once(unreachable)
    assert raised.value.hint
