"""One crawl of a site on which everything is wrong: it ends, and each page comes to what it should.

The site is in tests/sites/hostile.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from recommender.config import CrawlConfig
from recommender.models import Visited
from tests.local_site import Answer, LocalSite, moved
from tests.sites.hostile.answers import bomb, dripping, endless, gzip_bomb, head, page
from tests.sites.hostile.pages import (
    MOST_PAGE_BYTES,
    Hostile,
    hostile_pages,
    site_of,
    unsafe_redirects,
)

ROOT = Path(__file__).parents[2]
MOST_SECONDS = 280  # a crawl that does not end by then is taken for one that never ends
MOST_MB = 700  # of which one page of 200,000 links takes 350; any other page, bomb or not, 30
NAMES = {
    hostile.path: hostile.name for hostile in (*hostile_pages(), *unsafe_redirects(other_port=0))
}


@dataclass(frozen=True, slots=True)
class Crawled:
    """What came of a crawl, by path."""

    site: LocalSite
    pages: Mapping[str, Mapping[str, object]]
    known: Mapping[str, Mapping[str, object]]
    links: list[tuple[str, str]]
    notes: list[str]
    log: str
    most_mb: Mapping[str, float]


def crawled(site: LocalSite, folder: Path, **settings: object) -> Crawled:
    """Crawl ``site`` in a process of its own; it is killed where it does not end."""
    usual = {"delay_s": 0, "timeout_s": 3, "max_page_bytes": MOST_PAGE_BYTES}
    config = CrawlConfig.model_validate(usual | settings)
    command = [sys.executable, "-m", "tests.sites.hostile.visit", site.url, str(folder)]
    subprocess.run([*command, config.model_dump_json()], cwd=ROOT, timeout=MOST_SECONDS, check=True)
    found = json.loads((folder / "result.json").read_text())

    def paths(rows: Mapping[str, object]) -> dict[str, object]:
        return {"/" + url.removeprefix(site.url): row for url, row in rows.items()}

    return Crawled(
        site=site,
        pages=paths(found["pages"]),
        known=paths(found["known"]),
        links=[
            ("/" + source.removeprefix(site.url), "/" + target.removeprefix(site.url))
            for source, target in found["links"]
        ],
        notes=found["notes"],
        log=found["log"],
        most_mb=found["most_mb"],
    )


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[LocalSite]:
    """Another service of this machine."""
    with LocalSite({}, otherwise=lambda _path: Answer(body=b"secret")) as site:
        yield site


@pytest.fixture(scope="module")
def pages(elsewhere: LocalSite) -> Mapping[str, Hostile]:
    port = int(elsewhere.url.rpartition(":")[2].strip("/"))
    return {hostile.path: hostile for hostile in (*hostile_pages(), *unsafe_redirects(port))}


@pytest.fixture(scope="module")
def result(
    pages: Mapping[str, Hostile], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Crawled]:
    with LocalSite(site_of(tuple(pages.values()), {})) as site:
        yield crawled(site, tmp_path_factory.mktemp("hostile"))


@pytest.mark.parametrize("path", NAMES, ids=NAMES.values())
def test_a_hostile_page_comes_to_what_it_should(
    path: str, result: Crawled, pages: Mapping[str, Hostile]
) -> None:
    hostile, known, row = pages[path], result.known[path], result.pages.get(path, {})
    assert (known["outcome"] == "refused") == (hostile.outcome is Visited.REFUSED)
    assert (row.get("status") == 0) == (hostile.outcome is Visited.FAILED)
    said = str(known["why"] or row.get("why_not_indexable") or "")
    assert re.search(hostile.why, said) if hostile.why else not said, said
    if hostile.status is not None:
        assert row["status"] == hostile.status
    if hostile.title is not None:
        assert row["title"] == hostile.title
    if hostile.links is not None:
        assert {to for source, to in result.links if source == path} == set(hostile.links)


def test_a_crawl_of_hostile_pages_takes_bounded_memory(result: Crawled) -> None:
    assert result.most_mb["child"] < MOST_MB
    assert result.most_mb["parent"] < MOST_MB


def test_no_fault_of_ours_is_met(result: Crawled) -> None:
    assert not [note for note in result.notes if "fault" in note]
    assert "Traceback" not in result.log


def test_what_hostile_pages_point_to_is_never_asked_for(
    result: Crawled, elsewhere: LocalSite
) -> None:
    assert result.site.asked["/to-port"]
    assert not elsewhere.asked
    assert not [path for path in result.site.asked if "never" in path]


def test_all_of_many_links_are_counted_as_one_edge(result: Crawled) -> None:
    assert [link for link in result.links if link[0] == "/links"] == [("/links", "/")]


def test_pages_are_asked_for_only_a_few_times(result: Crawled) -> None:
    assert max(result.site.asked.values()) <= 6  # three tries, each made twice by Twisted


def test_cookies_are_never_sent_back(result: Crawled) -> None:
    assert not any("Cookie" in headers for _, headers in result.site.heard)


# --- Sitemaps and robots.txt ----------------------------------------------------------------

XML = {"Content-Type": "application/xml"}
LISTED = page("<title>Listed</title><p>Text.")
LISTING = b"<urlset><url><loc>SITE/listed</loc></url></urlset>"
LAUGHS = "".join(f"<!ENTITY l{n + 1} '{f'&l{n};' * 10}'>" for n in range(12))
BILLION = f"<!DOCTYPE x [<!ENTITY l0 'SITE/laugh'>{LAUGHS}]>".encode()
FOREIGN = b"<!DOCTYPE x [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>"


def sitemaps(elsewhere: LocalSite) -> Mapping[str, Answer]:
    """Return sitemaps that break readers, by path; each that can be read lists /listed."""
    private = f"<url><loc>{elsewhere.url}</loc></url><url><loc>http://10.0.0.1/</loc></url>"
    return {
        "/bomb.xml": bomb("gzip", gzip_bomb),
        "/bomb.xml.gz": Answer(body=gzip_bomb(), headers={"Content-Type": "application/gzip"}),
        "/laughs.xml": Answer(body=BILLION + b"<urlset><url><loc>&l12;</loc></url></urlset>"),
        "/foreign.xml": Answer(
            body=FOREIGN + b"<urlset><url><loc>SITE/file-&x;</loc></url></urlset>", headers=XML
        ),
        "/feed-laughs.xml": Answer(
            body=BILLION + b"<rss><channel><item><link>&l12;</link></item></channel></rss>"
        ),
        "/self.xml": Answer(
            body=b"<sitemapindex><sitemap><loc>SITE/self.xml</loc></sitemap></sitemapindex>"
        ),
        "/moved.xml": moved("http://169.254.169.254/latest/"),
        "/private.xml": Answer(body=f"<urlset>{private}</urlset>".encode(), headers=XML),
        "/endless.xml": endless(head(), b"<url><loc>"),
        "/slow.xml": dripping(head(), b"<", seconds=30),
        "/good.xml": Answer(body=LISTING, headers=XML),
    }


@pytest.fixture(scope="module")
def mapped(elsewhere: LocalSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    answers = sitemaps(elsewhere)
    named = "".join(f"Sitemap: SITE{path}\n" for path in answers)
    foreign = f"Sitemap: {elsewhere.url}sitemap.xml\nSitemap: http://169.254.169.254/x.xml\n"
    robots = Answer(body=(named + foreign).encode(), headers={})
    more = {"/": page("<title>Home</title>"), "/listed": LISTED, "/robots.txt": robots}
    with LocalSite({**answers, **more}) as site:
        yield crawled(site, tmp_path_factory.mktemp("mapped"))


def test_hostile_sitemaps_keep_no_page_of_a_good_one_away(mapped: Crawled) -> None:
    assert mapped.pages["/listed"]["title"] == "Listed"


def test_hostile_sitemaps_are_told(mapped: Crawled) -> None:
    assert any(re.search(r"\d sitemaps could not be read", note) for note in mapped.notes)


def test_no_entity_of_a_sitemap_is_expanded(mapped: Crawled) -> None:
    asked = {path for path in mapped.site.asked if not path.endswith((".xml", ".gz", ".txt"))}
    assert {path for path in asked if "laugh" in path or "file" in path} <= {
        "/file-&x;",
        "/file-&x",
    }


def test_sitemaps_lead_to_no_other_host(mapped: Crawled, elsewhere: LocalSite) -> None:
    assert not elsewhere.asked


def test_a_sitemap_that_names_itself_is_read_once(mapped: Crawled) -> None:
    assert mapped.site.asked["/self.xml"] == 1


def test_hostile_sitemaps_take_bounded_memory(mapped: Crawled) -> None:
    assert mapped.most_mb["child"] < MOST_MB


def test_ten_megabytes_of_robots_txt_count_as_far_as_google_reads(tmp_path: Path) -> None:
    rules = b"User-agent: *\nDisallow: /early\n" + b"# padding\n" * 1_000_000
    answers = {
        "/": page("<a href=/early>x</a><a href=/late>x</a>"),
        "/early": page(),
        "/late": page(),
        "/robots.txt": Answer(body=rules + b"Disallow: /late\n", headers={}),
    }
    with LocalSite(answers) as site:
        found = crawled(site, tmp_path)
    assert set(found.pages) == {"/", "/late"}


# --- Secrets --------------------------------------------------------------------------------


def test_secrets_go_to_the_site_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, elsewhere: LocalSite
) -> None:
    monkeypatch.setenv("LINKWRIGHT_CRAWL_HEADER", "open-sesame")
    monkeypatch.setenv("LINKWRIGHT_CRAWL_PASSWORD", "hunter2")
    answers = {
        "/": page("<a href=/away>x</a><a href=/flaky>x</a>"),
        "/away": moved(elsewhere.url),
        "/flaky": Answer(body=b"<p>late", failures=1),
    }
    with LocalSite(answers) as site:
        found = crawled(site, tmp_path, header="X-Token", username="me")
    for _, headers in site.heard:
        assert headers["X-Token"] == "open-sesame"
        assert headers["Authorization"] == "Basic bWU6aHVudGVyMg=="
    assert site.asked["/flaky"] == 2
    assert not elsewhere.asked
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        assert not re.search(rb"open-sesame|hunter2|bWU6aHVudGVyMg", path.read_bytes()), path
    assert found.pages["/flaky"]["status"] == 200


# --- Names that resolve to this machine -----------------------------------------------------

CHILD = """
import sys
from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess
from twisted.internet.address import IPv4Address
from recommender.config import CrawlConfig
from recommender.models import Visited
from recommender.ingest.guard import GuardedResolver, guard_settings

class Table:  # DNS, in which each name is this machine
    def resolveHostName(self, receiver, name, port=0, *more):
        receiver.resolutionBegan(None)
        receiver.addressResolved(IPv4Address("TCP", "127.0.0.1", port))
        receiver.resolutionComplete()
        return receiver

class Resolver(GuardedResolver):
    def __init__(self, reactor, *args):
        super().__init__(reactor, *args)
        self.original_resolver = Table()

class Asks(Spider):
    name = "asks"
    async def start(self):
        yield Request(sys.argv[1], errback=self.failed)
    def parse(self, response):
        print("answered", response.status)
    def failed(self, failure):
        print(type(failure.value).__name__, failure.value)

settings = guard_settings(sys.argv[1], CrawlConfig())
settings |= {"TWISTED_DNS_RESOLVER": Resolver, "LOG_LEVEL": "ERROR"}
process = CrawlerProcess(settings)
process.crawl(Asks)
process.start()
"""


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("www.example.com", "Refused www.example.com, which is 127.0.0.1, a loopback address"),
        ("wiki.internal", "answered 200"),
    ],
)
def test_a_public_name_that_resolves_to_this_machine_is_refused_and_named(
    name: str, told: str
) -> None:
    with LocalSite({"/": page()}) as site:
        url = site.url.replace("127.0.0.1", name)
        child = subprocess.run(
            [sys.executable, "-c", CHILD, url],
            cwd=ROOT, timeout=MOST_SECONDS, check=True, capture_output=True, text=True,
        )  # fmt: skip
    assert child.stdout.strip() == told
    assert bool(site.asked) == (told == "answered 200")
