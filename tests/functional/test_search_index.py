"""Google's index: what URL Inspection and the list of sitemaps say, asked through the client."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from google.auth.credentials import AnonymousCredentials

from jobs.demo import fake_search_console as fake
from jobs.demo.fake_search_console import FakeSearchConsole
from jobs.demo.search_model import SearchModel
from recommender.config import SearchConsoleConfig
from recommender.errors import PropertyForbidden, QuotaExhausted, UnexpectedAnswer
from recommender.ingest.search_console import SearchConsoleSource
from recommender.ingest.search_index import inspection_of, sitemaps_of
from recommender.ingest.search_parts import SeveralProperties
from recommender.models import Inspection
from tests.demo_site import ROOT, crawled_pages

TODAY = date(2026, 3, 20)
NOW = datetime(2026, 3, 20, 20, tzinfo=UTC)
MODEL = SearchModel.of_site(crawled_pages(5), seed=6, first_day=TODAY - timedelta(days=9))
PAGE = f"{ROOT}a"


@pytest.fixture
def console() -> Iterator[FakeSearchConsole]:
    with FakeSearchConsole(MODEL, property_url=ROOT, today=lambda: TODAY) as service:
        yield service


def source_of(console: FakeSearchConsole, property_url: str = ROOT) -> SearchConsoleSource:
    return SearchConsoleSource(
        SearchConsoleConfig(endpoint=console.endpoint),
        property_url=property_url,
        credentials=AnonymousCredentials(),
        sleep=lambda _seconds: None,
    )


def test_an_inspection_says_verdict_indexing_canonical_and_last_crawl(
    console: FakeSearchConsole,
) -> None:
    console.index[PAGE] = {
        "verdict": "NEUTRAL",
        "indexingState": "BLOCKED_BY_META_TAG",
        "googleCanonical": f"{ROOT}b",
        "lastCrawlTime": "2026-03-18T04:05:06Z",
    }
    found = source_of(console).inspect(PAGE, NOW)
    assert found == Inspection(
        url=PAGE,
        inspected_at=NOW,
        verdict="NEUTRAL",
        indexing="BLOCKED_BY_META_TAG",
        google_canonical=f"{ROOT}b",
        last_crawl_at=datetime(2026, 3, 18, 4, 5, 6, tzinfo=UTC),
    )
    assert found.blocked
    assert len(console.requests) == 1


def test_a_page_that_google_never_read_has_no_last_crawl(console: FakeSearchConsole) -> None:
    found = source_of(console).inspect(PAGE, NOW)
    assert (found.verdict, found.blocked, found.last_crawl_at) == ("PASS", False, None)


def test_an_inspection_is_tried_again_as_any_request(console: FakeSearchConsole) -> None:
    console.fail_next(fake.CUT, fake.UNAVAILABLE, fake.TOO_MANY)
    assert source_of(console).inspect(PAGE, NOW).verdict == "PASS"
    console.fail_next(replace(fake.QUOTA, reason="dailyLimitExceeded"))
    with pytest.raises(QuotaExhausted):
        source_of(console).inspect(PAGE, NOW)


def test_a_page_outside_the_property_is_refused(console: FakeSearchConsole) -> None:
    with pytest.raises(PropertyForbidden):
        source_of(console).inspect("https://other.example/", NOW)


def test_of_several_properties_the_narrowest_is_asked(console: FakeSearchConsole) -> None:
    blog = f"{ROOT}blog/"
    console.levels[blog] = "siteFullUser"
    parts = SeveralProperties({name: source_of(console, name) for name in (ROOT, blog)})
    for url in (f"{blog}x", PAGE):
        assert parts.inspect(url, NOW).url == url
    assert [request.body["siteUrl"] for request in console.requests] == [blog, ROOT]


def test_sitemaps_are_those_that_google_could_read(console: FakeSearchConsole) -> None:
    assert source_of(console).sitemaps() == ()
    console.sitemaps = {f"{ROOT}one.xml": "0", f"{ROOT}broken.xml": "3", f"{ROOT}two.xml": "0"}
    assert source_of(console).sitemaps() == (f"{ROOT}one.xml", f"{ROOT}two.xml")


def test_sitemaps_of_several_properties_are_named_once(console: FakeSearchConsole) -> None:
    blog = f"{ROOT}blog/"
    console.levels[blog] = "siteFullUser"
    console.sitemaps = {f"{ROOT}one.xml": "0"}
    parts = SeveralProperties({name: source_of(console, name) for name in (ROOT, blog)})
    assert parts.sitemaps() == (f"{ROOT}one.xml",)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"inspectionResult": {}},
        {"inspectionResult": {"indexStatusResult": {"verdict": None}}},
        {"inspectionResult": {"indexStatusResult": {"verdict": "PASS", "lastCrawlTime": "soon"}}},
    ],
)
def test_an_inspection_that_says_nothing_is_told(answer: dict[str, object]) -> None:
    with pytest.raises(UnexpectedAnswer, match="the inspection of"):
        inspection_of(answer, PAGE, NOW)


@pytest.mark.parametrize("listed", ["none", ["one.xml"]])
def test_a_list_of_sitemaps_that_is_none_is_told(listed: object) -> None:
    with pytest.raises(UnexpectedAnswer, match="list of sitemaps"):
        sitemaps_of({"sitemap": listed}, ROOT)
