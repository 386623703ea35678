"""The daily run asks Google: for sitemaps that it alone knows, and what it may not index."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobs.demo.fake_search_console import FakeSearchConsole
from recommender.passes.site import pacific_day
from recommender.store.facts import ParquetFacts
from tests.command_line import Installation, installation, service_account_key
from tests.guide_site import GuideSearches, guide_site
from tests.local_site import Answer, LocalSite, html

SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
LONELY, SITEMAP = "/lonely", "/only-google-knows.xml"


@pytest.fixture
def lonely() -> Iterator[LocalSite]:
    """The guides, and a page that no link and no sitemap of the site's names."""
    with LocalSite(guide_site() | {LONELY: html("<p>A page on its own.</p>")}) as site:
        listed = (
            f'<urlset xmlns="{SPACE}"><url><loc>{site.url.rstrip("/")}{LONELY}</loc></url></urlset>'
        )
        site.answers[SITEMAP] = Answer(body=listed.encode(), headers={"Content-Type": "text/xml"})
        yield site


@pytest.fixture
def service(lonely: LocalSite) -> Iterator[FakeSearchConsole]:
    with FakeSearchConsole(
        GuideSearches(lonely.url),
        property_url=lonely.url,
        today=lambda: pacific_day(datetime.now(UTC)),
        require_token=True,
    ) as console:
        console.sitemaps = {lonely.url.rstrip("/") + SITEMAP: "0"}
        yield console


def made(folder: Path, site: LocalSite, service: FakeSearchConsole) -> Installation:
    key = service_account_key(folder / "key.json", token_uri=service.token_uri)
    return installation(
        folder / "installed",
        site.url,
        search={
            "credentials_file": str(key),
            "endpoint": service.endpoint,
            "inspections_per_day": 5,
        },
    )


def inspected(service: FakeSearchConsole) -> list[object]:
    return [r.body["inspectionUrl"] for r in service.requests if "inspectionUrl" in r.body]


def test_a_daily_run_reads_googles_sitemaps_and_drops_targets_that_google_may_not_index(
    tmp_path: Path, lonely: LocalSite, service: FakeSearchConsole
) -> None:
    installed = made(tmp_path, lonely, service)
    ran = installed.run("daily").done()
    facts = ParquetFacts(installed.data / "facts")
    snapshot = facts.crawl()
    assert snapshot is not None
    assert f"{lonely.url.rstrip('/')}{LONELY}" in set(snapshot.pages["url"])
    assert "5 of 5 pages asked about" in ran.said or len(inspected(service)) < 5
    asked = inspected(service)
    assert 1 <= len(asked) == len(set(asked)) <= 5
    assert set(facts.inspections()["url"]) == set(asked)
    targets = {str(edit["target"]) for edit in installed.listed()}
    assert targets & set(asked)


def test_a_target_that_google_may_not_index_is_not_proposed(
    tmp_path: Path, lonely: LocalSite, service: FakeSearchConsole
) -> None:
    first = made(tmp_path, lonely, service)
    first.run("daily").done()
    target = str(inspected(service)[0])
    assert target in {str(edit["target"]) for edit in first.listed()}
    service.index[target] = {"verdict": "FAIL", "indexingState": "BLOCKED_BY_META_TAG"}
    other = tmp_path / "again"
    other.mkdir()
    again = made(other, lonely, service)
    again.run("daily").done()
    proposed = [edit for edit in again.listed() if edit["status"] == "proposed"]
    assert proposed
    assert target not in {edit["target"] for edit in proposed}
