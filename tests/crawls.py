"""A crawl as its users make it: visited, stored, and read back."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from recommender.models import CrawlSnapshot
from recommender.ports import FactStore, Progress, SiteCrawler, silent
from tests.fakes import FakeFacts


def crawled_into(
    facts: FactStore,
    crawler: SiteCrawler,
    seeds: Sequence[str] = (),
    *,
    watched: Collection[str] = (),
    progress: Progress = silent,
) -> CrawlSnapshot:
    """Let ``crawler`` visit its site after what ``facts`` know, and return what they know then."""
    visiting = crawler.crawl(
        seeds, earlier=facts.earlier_crawl(), watched=watched, progress=progress
    )
    with visiting as visit:
        facts.write_crawl(visit)
    snapshot = facts.crawl()
    assert snapshot is not None
    return snapshot


def crawled_once(
    crawler: SiteCrawler, seeds: Sequence[str] = (), *, progress: Progress = silent
) -> CrawlSnapshot:
    """Return the site as a first crawl finds it."""
    return crawled_into(FakeFacts(), crawler, seeds, progress=progress)
