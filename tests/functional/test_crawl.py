"""Crawls of real sites on loopback by the real child process."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recommender.config import CrawlConfig
from recommender.errors import ConfigError, CrawlError
from recommender.ingest.crawl import Crawler
from recommender.models import CrawlSnapshot
from tests.crawls import crawled_once
from tests.local_site import Answer, LocalSite, html, moved

NOW = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)


def crawler(site: str, folder: Path, **config: object) -> Crawler:
    settings = CrawlConfig.model_validate({"delay_s": 0, "timeout_s": 5, **config})
    return Crawler(config=settings, site=site, folder=folder, clock=lambda: NOW, zone=UTC)


def crawled(
    answers: Mapping[str, Answer], folder: Path, seeds: Sequence[str] = (), **config: object
) -> tuple[CrawlSnapshot, LocalSite]:
    with LocalSite(answers) as site:
        seeds = [seed.replace("SITE/", site.url) for seed in seeds]
        return crawled_once(crawler(site.url, folder, **config), seeds), site


def by_path(snapshot: CrawlSnapshot, column: str) -> dict[str, object]:
    """Return a column of PAGES by path."""
    paths = snapshot.pages["url"].str.replace(r"^http://[^/]*", "", regex=True)
    return dict(zip(paths, snapshot.pages[column], strict=True))


def test_a_site_is_found_by_links_sitemaps_and_seeds(tmp_path: Path) -> None:
    listed = b"<urlset><url><loc>SITE/listed</loc></url><url><loc>SITE/a</loc></url></urlset>"
    index = b"<sitemapindex><sitemap><loc>SITE/pages.xml</loc></sitemap></sitemapindex>"
    plain = {"Content-Type": "text/plain"}
    seen: list[tuple[int, int | None]] = []
    with LocalSite(
        {
            "/": html("<title>Home</title><a href=/a>to a</a>"),
            "/a": html("<title>A</title><p>Words of <a href='b?utm_source=x#y'>b</a></p>"),
            "/b": html("<title>B</title>"),
            "/listed": html("<title>Listed</title>"),
            "/seed": html("<title>Seed</title>"),
            "/robots.txt": Answer(body=b"User-agent: *\nSitemap: SITE/index.xml\n", headers=plain),
            "/index.xml": Answer(body=index, headers={"Content-Type": "application/xml"}),
            "/pages.xml": Answer(body=listed, headers={"Content-Type": "application/xml"}),
        }
    ) as site:
        visit = crawler(site.url, tmp_path, user_agent="Visitor/1")
        snapshot = crawled_once(visit, ["/seed"], progress=lambda *at: seen.append(at))
    assert by_path(snapshot, "title") == {
        "/": "Home", "/a": "A", "/b": "B", "/listed": "Listed", "/seed": "Seed",
    }  # fmt: skip
    assert by_path(snapshot, "depth") == {"/": 0, "/a": 1, "/b": 2, "/listed": -1, "/seed": -1}
    assert snapshot.pages["indexable"].all()
    assert snapshot.links["anchor"].tolist() == ["to a", "b"]
    assert snapshot.links["target"].tolist()[1] == f"{site.url}b?utm_source=x"
    assert (snapshot.complete, snapshot.notes) == (True, ())
    assert snapshot.id == "20260302T053000Z"
    assert seen[-1] == (5, 5)
    assert site.agents == {"Visitor/1"}
    assert all(times == 1 for path, times in site.asked.items() if path != "/robots.txt")


def test_a_gzipped_sitemap_at_its_usual_place_is_read(tmp_path: Path) -> None:
    with LocalSite({"/": html("<p>home"), "/listed": html("<p>listed")}) as site:
        xml = f"<urlset><url><loc>{site.url}listed</loc></url></urlset>".encode()
        headers = {"Content-Type": "application/octet-stream"}
        site.answers["/sitemap.xml"] = Answer(body=gzip.compress(xml), headers=headers)
        snapshot = crawled_once(crawler(site.url, tmp_path, delay_s=0.01))
    assert set(by_path(snapshot, "url")) == {"/", "/listed"}


def test_redirects_and_errors_are_rows_of_their_own(tmp_path: Path) -> None:
    snapshot, site = crawled(
        {
            "/": html(
                "<a href=/old>o</a><a href=/gone>g</a><a href=/loop1>l</a><a href=/flaky>f</a>"
            ),
            "/old": moved("/older", 302),
            "/older": moved("new"),
            "/new": html("<p>new"),
            "/loop1": moved("/loop2"),
            "/loop2": moved("/loop1"),
            "/away": moved("http://other.invalid/"),
            "/flaky": Answer(body=b"<p>late", failures=1),
            "/broken": Answer(status=500),
        },
        tmp_path,
        seeds=["SITE/away", "SITE/broken", "http://other.invalid/", "nonsense:"],
    )
    assert by_path(snapshot, "status") == {
        "/": 200, "/old": 302, "/older": 301, "/new": 200, "/gone": 404, "/loop1": 301,
        "/loop2": 301, "/away": 301, "/flaky": 200, "/broken": 500,
    }  # fmt: skip
    assert by_path(snapshot, "redirect_to")["/old"] == f"{site.url}older"
    assert by_path(snapshot, "redirect_to")["/away"] == "http://other.invalid/"
    assert by_path(snapshot, "why_not_indexable")["/gone"] == "answers 404"
    assert by_path(snapshot, "depth")["/new"] == 1
    assert site.asked["/flaky"] == 2


def test_what_keeps_a_page_out_of_the_index_is_named(tmp_path: Path) -> None:
    links = "".join(f"<a href={path}>x</a>" for path in ("/m", "/h", "/c", "/s", "/r", "/f", "/p"))
    snapshot, site = crawled(
        {
            "/": html(links),
            "/m": html("<meta name=robots content=noindex><p>m"),
            "/h": html("<p>h", X_Robots_Tag="noindex"),
            "/c": html("<link rel=canonical href=/s><p>c"),
            "/s": html("<link rel=canonical href='/s#part'><p>s"),
            "/r": html("<meta http-equiv=refresh content='0;url=/s'>"),
            "/f": Answer(body=b"%PDF", headers={"Content-Type": "application/pdf"}),
            "/p": html("<link rel=canonical href=https://other.invalid/p><p>p"),
        },
        tmp_path,
    )
    assert by_path(snapshot, "why_not_indexable") == {
        "/": None,
        "/m": "noindex",
        "/h": "noindex",
        "/c": f"its canonical is {site.url}s",
        "/s": None,
        "/r": "redirects (meta refresh)",
        "/f": "is not HTML but application/pdf",
        "/p": "its canonical is https://other.invalid/p",
    }


def test_robots_txt_is_obeyed(tmp_path: Path) -> None:
    robots = Answer(body=b"User-agent: *\nDisallow: /private\n", headers={})
    answers = {"/": html("<a href=/private/a>a</a><a href=/b>b</a>"), "/b": html("<p>b")}
    snapshot, site = crawled(answers | {"/robots.txt": robots}, tmp_path)
    assert set(by_path(snapshot, "url")) == {"/", "/b"}
    assert site.asked["/private/a"] == 0
    assert snapshot.notes == ("robots.txt keeps 1 known addresses from being read",)


def test_a_site_that_forbids_crawling_is_an_error_that_names_robots_txt(tmp_path: Path) -> None:
    robots = Answer(body=b"User-agent: *\nDisallow: /\n", headers={})
    with pytest.raises(CrawlError, match=r"robots\.txt of .* forbids"):
        crawled({"/": html("<p>home"), "/robots.txt": robots}, tmp_path)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(status=503), "answers 503"),
        (Answer(status=404), "answers 404"),
        (Answer(body=b"x", headers={"Content-Type": "image/png"}), "is not HTML but image/png"),
        (moved("http://other.invalid/"), "redirects to http://other.invalid/"),
    ],
)
def test_a_site_without_a_page_is_an_error_that_says_why(
    answer: Answer, said: str, tmp_path: Path
) -> None:
    with pytest.raises(CrawlError, match=said):
        crawled({"/": answer}, tmp_path)


def test_a_site_that_nobody_serves_is_an_error(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        site = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        with pytest.raises(CrawlError, match=r"robots.txt gives no answer: .*refused") as raised:
            crawled_once(crawler(site, tmp_path))
    assert raised.value.hint


def test_a_limit_makes_the_crawl_incomplete(tmp_path: Path) -> None:
    chain = {f"/{n}": html(f"<a href=/{n + 1}>on</a>") for n in range(30)}
    snapshot, _ = crawled(chain | {"/": html("<a href=/1>on</a>")}, tmp_path, max_pages=4)
    assert len(snapshot.pages) == 4
    assert not snapshot.complete
    assert snapshot.notes == ("stopped at max_pages = 4: known and not visited are 1",)


def test_many_pages_come_back_whole_and_once(tmp_path: Path) -> None:
    links = "".join(f"<a href=/{n}>page {n}</a>" for n in range(230))
    leaves = {f"/{n}": html(f"<title>{n}</title><p>Text {n}") for n in range(230)}
    snapshot, _ = crawled(leaves | {"/": html(links)}, tmp_path)
    titles = by_path(snapshot, "title")
    assert titles == {"/": ""} | {f"/{n}": str(n) for n in range(230)}
    assert {f"Text {n}" for n in range(230)} < set(snapshot.blocks["text"])


def test_no_page_deeper_than_the_limit_is_asked_for(tmp_path: Path) -> None:
    chain = {f"/{n}": html(f"<a href=/{n + 1}>on</a>") for n in range(30)}
    snapshot, _ = crawled(chain | {"/": html("<a href=/1>on</a>")}, tmp_path, max_depth=3)
    assert max(snapshot.pages["depth"]) == 3


def test_a_page_larger_than_the_limit_is_given_up(tmp_path: Path) -> None:
    answers = {"/": html("<a href=/big>big</a>"), "/big": html("x" * 50_000)}
    snapshot, _ = crawled(answers, tmp_path, max_page_bytes=10_000)
    assert by_path(snapshot, "status") == {"/": 200, "/big": 0}
    assert "larger" in str(by_path(snapshot, "why_not_indexable")["/big"])


def test_nofollow_links_and_files_are_not_followed(tmp_path: Path) -> None:
    home = html("<a rel=nofollow href=/trap>t</a><a href=/manual.PDF>m</a><a href=/b>b</a>")
    snapshot, _ = crawled({"/": home, "/b": html("<p>b")}, tmp_path)
    assert set(by_path(snapshot, "url")) == {"/", "/b"}
    assert len(snapshot.links) == 3


def test_a_broken_sitemap_is_noted(tmp_path: Path) -> None:
    answers = {"/": html("<p>home"), "/sitemap.xml": html("<html>not a sitemap")}
    snapshot, _ = crawled(answers, tmp_path)
    assert not snapshot.complete
    assert snapshot.notes == ("1 sitemaps could not be read",)


def test_words_and_hash_are_those_of_the_content(tmp_path: Path) -> None:
    text = "<p>These are ten words of running text in all.</p>"
    menu = "<nav><a href=/a>a</a> <a href=/b>b</a></nav>"
    snapshot, _ = crawled(
        {"/": html(menu), "/a": html(menu + text), "/b": html("<nav>menu</nav>" + text)}, tmp_path
    )
    assert by_path(snapshot, "words") == {"/": 0, "/a": 9, "/b": 9}
    hashes = by_path(snapshot, "content_hash")
    assert hashes["/a"] == hashes["/b"] != hashes["/"] == ""


def test_instants_follow_the_given_clock(tmp_path: Path) -> None:
    snapshot, _ = crawled({"/": html("<p>home")}, tmp_path)
    assert snapshot.started_at == snapshot.finished_at == NOW
    assert NOW <= snapshot.pages["fetched_at"].iloc[0] < NOW + timedelta(minutes=5)


def test_only_a_log_is_left_behind(tmp_path: Path) -> None:
    crawled({"/": html("<p>home")}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["20260302T053000Z.log"]
    assert (tmp_path / "20260302T053000Z.log").read_text() == ""


def test_a_selector_that_is_no_css_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    with LocalSite({"/": html("<p>home")}) as site, pytest.raises(ConfigError):
        crawled_once(crawler(site.url, tmp_path, content_selector="p["))
    assert not site.asked


def test_an_interrupted_crawl_leaves_no_child_behind(tmp_path: Path) -> None:
    def interrupt(_done: int, _total: int | None) -> None:
        raise KeyboardInterrupt

    chain = {f"/{n}": html(f"<a href=/{n + 1}>on</a>") for n in range(2_000)}
    with LocalSite(chain | {"/": html("<a href=/1>on</a>")}) as site:
        with pytest.raises(KeyboardInterrupt):
            crawled_once(crawler(site.url, tmp_path), progress=interrupt)
        asked = sum(site.asked.values())
    assert asked < 2_000
    assert sorted(path.suffix for path in tmp_path.iterdir()) == ["", ".log"]


def test_a_child_that_dies_is_an_error_that_quotes_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "scrapy.py").write_text("raise SystemError('no spider today')\n")
    with pytest.raises(CrawlError, match="no spider today"):
        crawled_once(crawler("http://127.0.0.1:9/", tmp_path / "crawls"))


def test_further_hosts_belong_to_the_site_and_others_do_not(tmp_path: Path) -> None:
    with LocalSite({"/": html("<title>Blog</title><p>back to nobody")}) as blog:
        links = f"<a href={blog.url}>the blog</a> <a href=http://127.0.0.1:9/>elsewhere</a>"
        with LocalSite({"/": html(f"<title>Home</title><p>See {links}")}) as site:
            host = blog.url.removeprefix("http://").removesuffix("/")
            snapshot = crawled_once(crawler(site.url, tmp_path, hosts=[host]))
            assert site.asked["/"] == 1
    assert sorted(snapshot.pages["title"]) == ["Blog", "Home"]
    assert snapshot.links["target"].tolist() == [blog.url]
