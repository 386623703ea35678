"""What a folder of HTML files is as a site."""

from __future__ import annotations

import gzip
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from recommender.config import CrawlConfig
from recommender.errors import ConfigError, CrawlError
from recommender.ingest import folder
from recommender.ingest.crawl_job import (
    ADDRESSES,
    KNOWN,
    CrawlJob,
    KnownAddress,
    Reading,
    write_addresses,
)
from recommender.ingest.folder import read_folder
from recommender.ingest.parse import ParseRules
from recommender.ingest.reading import Recorder

SITE = "https://www.example.com/"
NOW = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)


class Site:
    """What was read from a folder, with addresses relative to the site."""

    def __init__(self, reading: Reading, parts: Path) -> None:
        self.reading = reading
        self.pages = part_rows(parts, "pages").set_index("url", drop=False)
        self.links = part_rows(parts, "links")
        self.addresses = pd.read_parquet(parts / ADDRESSES).set_index("url")

    def urls(self) -> list[str]:
        files = self.pages[self.pages["status"] != 404]
        return [url.removeprefix(SITE) for url in files["url"]]

    def targets(self, page: str = "") -> list[str]:
        rows: pd.DataFrame = self.links[self.links["source"] == SITE + page]
        return [target.removeprefix(SITE) for target in rows["target"]]


def part_rows(folder: Path, name: str) -> pd.DataFrame:
    parts = sorted(folder.glob(f"{name}-*.parquet"))
    rows: pd.DataFrame = pd.concat([pd.read_parquet(path) for path in parts])
    return rows


def folder_of(root: Path, files: Mapping[str, str | bytes]) -> Path:
    made = root / "site"
    made.mkdir(exist_ok=True)
    for name, text in files.items():
        path = made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return made


def job_of(source: Path, parts: Path, *, at: str = SITE, **config: object) -> CrawlJob:
    settings = CrawlConfig.model_validate({"source": "folder", "folder": source, **config})
    parts.mkdir(exist_ok=True)
    return CrawlJob(site=at, config=settings, folder=parts, began_at=NOW, probe=f"{at}none")


def site_of(
    root: Path, files: Mapping[str, str | bytes], *, at: str = SITE, **config: object
) -> Site:
    job = job_of(folder_of(root, files), root / "parts", at=at, **config)
    return Site(read_folder(job), job.folder)


def test_files_are_pages_and_an_index_is_its_folder(tmp_path: Path) -> None:
    site = site_of(
        tmp_path,
        {
            "index.html": "<title>Home</title>",
            "a.htm": "<title>A</title>",
            "dir/index.xhtml": "<html lang=de><title>Dir</title>",
            "dir/b c+é.HTML": "<h1>B</h1>",
            "style.css": "p{}",
            ".hidden/x.html": "no",
        },
    )
    assert site.urls() == ["", "a.htm", "dir/", "dir/b%20c+%C3%A9.HTML"]
    assert list(site.pages["title"]) == ["Home", "A", "Dir", ""]
    assert site.pages.loc[SITE + "dir/", "language"] == "de"
    assert site.pages["read"].all()
    assert set(site.pages["status"]) == {200}
    assert (site.reading.ending.done, site.reading.notes) == (4, ())
    assert not site.reading.ending.limited


def test_links_are_joined_to_the_pages_they_mean(tmp_path: Path) -> None:
    site = site_of(
        tmp_path,
        {
            "index.html": "<p><a href=dir/index.html>1</a> <a href=./index.html>2</a>"
            "<a href=dir/b.html#x>3</a> <a href=dir/b>4</a> <a href=http://www.example.com/dir/>5"
            "</a> <a href=gone.html>6</a> <a href=/Dir/index.html>7</a>",
            "dir/index.html": "<a href=../index.html>up</a> <a href=index.html#top>here</a>",
            "dir/b.html": "<base href=/dir/><a href='?q'>q</a>",
        },
    )
    assert site.targets() == ["dir/", "", "dir/b.html", "dir/b.html", "dir/", "gone.html",
                              "Dir/index.html"]  # fmt: skip
    assert site.targets("dir/")[0] == ""
    assert site.targets("dir/b.html") == ["dir/?q"]


def test_an_index_of_lower_rank_keeps_its_name(tmp_path: Path) -> None:
    site = site_of(
        tmp_path,
        {"index.htm": "<title>Old</title>", "index.html": "<a href=index.htm>old</a>"},
    )
    assert site.urls() == ["", "index.htm"]
    assert site.targets() == ["index.htm"]


def test_a_page_has_the_address_that_its_canonical_gives_the_same_file(tmp_path: Path) -> None:
    head = '<head><link rel=canonical href="{}"></head>'
    site = site_of(
        tmp_path,
        {
            "index.html": head.format(SITE + "index.html") + "<a href=about.html>about</a>",
            "about.html": head.format("/about/") + "<a href=team.html>beside</a><a href=#x>x</a>",
            "team.html": head.format("/about") + "other",
            "twin.html": head.format("/twin/") + "<p>a file</p>",
            "twin/index.html": "<p>a folder</p>",
        },
    )
    assert site.urls() == ["", "about/", "team.html", "twin.html", "twin/"]
    assert site.targets() == ["about/"]
    assert site.targets("about/") == ["team.html"]
    assert site.pages.loc[SITE, "canonical"] == SITE
    assert site.pages.loc[SITE + "team.html", "canonical"] == SITE + "about/"
    assert site.pages.loc[SITE + "twin.html", "canonical"] == SITE + "twin/"


def test_a_folder_may_be_a_part_of_a_site(tmp_path: Path) -> None:
    files = {"index.html": "<a href=a.html>a</a><a href=/blog/>blog</a>", "a.html": "a"}
    site = site_of(tmp_path, files, at=SITE + "docs/")
    assert site.urls() == ["docs/", "docs/a.html"]
    assert site.targets("docs/") == ["docs/a.html", "blog/"]
    assert site.reading.notes == ()


def test_a_charset_comes_from_the_file(tmp_path: Path) -> None:
    site = site_of(
        tmp_path,
        {
            "index.html": "<meta charset=iso-8859-1><title>Grün</title>".encode("latin-1"),
            "mark.html": "<title>Größe</title>".encode("utf-16"),
            "plain.html": "<title>Maß</title>",
        },
    )
    assert list(site.pages["title"]) == ["Grün", "Größe", "Maß"]


def test_robots_meta_and_redirect_stubs_are_honoured(tmp_path: Path) -> None:
    refresh = '<meta http-equiv=refresh content="0; url={}">'
    site = site_of(
        tmp_path,
        {
            "index.html": "home",
            "no.html": "<meta name=robots content='noindex, nofollow'><a href=index.html>h</a>",
            "old.html": refresh.format("new/index.html"),
            "new/index.html": refresh.format("index.html") + "stays where it is",
        },
    )
    assert site.pages.loc[SITE + "no.html", "problem"] == "noindex"
    assert list(site.links["rel"]) == ["nofollow"]
    old = site.pages.loc[SITE + "old.html"]
    assert (old["redirect_to"], old["problem"]) == (SITE + "new/", "redirects (meta refresh)")
    assert site.pages.loc[SITE + "new/", "redirect_to"] is None
    assert site.pages.loc[SITE + "new/", "problem"] is None


def test_sitemaps_in_the_folder_name_pages(tmp_path: Path) -> None:
    urls = (
        "<urlset><url><loc>{}orphan.html</loc></url><url><loc>{}dir/index.html</loc></url></urlset>"
    )
    index = (
        "<sitemapindex><sitemap><loc>{0}maps/pages.xml.gz</loc></sitemap>"
        "<sitemap><loc>{0}maps/gone.xml</loc></sitemap>"
        "<sitemap><loc>{0}maps/%2E%2E%2F%2E%2E%2Fsecret.xml</loc></sitemap>"
        "<sitemap><loc>{0}list.xml</loc></sitemap></sitemapindex>"
    )
    (tmp_path / "secret.xml").write_text(urls.format("https://secret.example/", SITE))
    site = site_of(
        tmp_path,
        {
            "index.html": "home",
            "dir/index.html": "dir",
            "orphan.html": "orphan",
            "robots.txt": f"Sitemap: {SITE}list.xml\nSitemap: {SITE}nowhere.xml\n",
            "list.xml": index.format(SITE),
            "maps/pages.xml.gz": gzip.compress(urls.format(SITE, SITE).encode()),
            "sitemap.xml": "<html>none",
        },
    )
    listed = site.addresses[site.addresses["found"].str.contains("sitemap")]
    assert list(listed.index) == [SITE + "dir/", SITE + "orphan.html"]
    assert site.reading.ending.failed_sitemaps == 4


def test_nothing_outside_the_folder_is_read(tmp_path: Path) -> None:
    inside = folder_of(tmp_path, {"index.html": "home", "real.html": "real", "deep/a.html": "a"})
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.html").write_text("<title>secret</title>")
    (inside / "secret.html").symlink_to(outside / "secret.html")
    (inside / "outside").symlink_to(outside)
    (inside / "loop.html").symlink_to(inside / "loop.html")
    (inside / "again").symlink_to(inside)
    (inside / "inside.html").symlink_to(inside / "real.html")
    os.mkfifo(inside / "pipe.html")
    site = site_of(tmp_path, {})
    assert site.urls() == ["", "inside.html", "real.html", "deep/a.html"]


def test_a_folder_is_read_up_to_its_limits_the_home_page_first(tmp_path: Path) -> None:
    files = {"index.html": "home", "a.html": "a", "b.html": "<p>" + "b " * 6_000, "c.html": "c"}
    site = site_of(tmp_path, files, max_pages=3, max_page_bytes=10_000)
    assert site.urls() == ["", "a.html", "b.html"]
    assert site.reading.ending.limited
    large = site.pages.loc[SITE + "b.html"]
    assert (large["read"], large["status"]) == (False, 0)
    assert large["problem"] == "its file is larger than max_page_bytes = 10,000"


def test_a_file_that_cannot_be_read_is_named_and_does_not_stop_the_rest(tmp_path: Path) -> None:
    job = job_of(folder_of(tmp_path, {"index.html": "home"}), tmp_path / "parts")
    recorder = Recorder(job)
    url = SITE + "gone.html"
    gone = folder._File(path=tmp_path / "gone.html", spelled=url, url=url)
    addresses = folder._Addresses(of_file={gone.path: url}, aliases={})
    folder._read_file(gone, addresses, recorder, ParseRules(site=SITE))
    recorder.finished(limited=False)
    row = part_rows(job.folder, "pages").iloc[0]
    assert (row["status"], row["read"]) == (0, False)
    assert row["problem"] == "its file cannot be read: No such file or directory"


def test_a_name_that_is_no_utf_8_has_an_address(tmp_path: Path) -> None:
    inside = folder_of(tmp_path, {"index.html": "home"})
    Path(os.fsdecode(os.fsencode(inside) + b"/caf\xe9#?.html")).write_text("a")
    assert site_of(tmp_path, {}).urls() == ["", "caf%E9%23%3F.html"]


def test_a_folder_without_a_home_page_says_so(tmp_path: Path) -> None:
    site = site_of(tmp_path, {"a.html": "a"})
    assert "no page for https://www.example.com/" in site.reading.notes[0]


def test_an_address_without_a_file_is_not_found(tmp_path: Path) -> None:
    site = site_of(
        tmp_path,
        {
            "index.html": "<a href=gone.html>1</a><a href=paper.pdf>2</a><a href=/?q=1>3</a>"
            "<a href=notes.txt>4</a><a href=lost.png>5</a><a rel=nofollow href=login>6</a>"
            "<a href=https://other.example/>7</a>",
            "paper.pdf": "",
            "notes.txt": "",
        },
        at=SITE,
    )
    missing = site.pages[site.pages["status"] == 404]
    assert list(missing["url"]) == [SITE + "gone.html"]
    assert list(missing["problem"]) == ["has no file in the folder"]
    assert site.addresses.loc[SITE + "gone.html", "outcome"] == "fetched"
    assert site.addresses.loc[SITE, "found"] == "folder home"


def test_a_page_that_did_not_change_keeps_its_rows(tmp_path: Path) -> None:
    files = {"index.html": "<p>home</p><a href=a.html>a</a>", "a.html": "<p>old</p>"}
    first = site_of(tmp_path, files)
    job = job_of(folder_of(tmp_path, {"a.html": "<p>new</p>"}), tmp_path / "again")
    known = [
        KnownAddress(url=url, found="link", due=True, visited_at=NOW, rows_hash=rows_hash)
        for url, rows_hash in first.pages["rows_hash"].items()
    ]
    gone = KnownAddress(url=SITE + "gone.html", found="search", due=True, visited_at=NOW)
    write_addresses(job.folder / KNOWN, [*known, gone])
    again = Site(read_folder(job), job.folder)
    assert list(again.pages["unchanged"]) == [True, False, False]
    assert list(again.pages["status"]) == [200, 200, 404]
    assert again.links.empty
    assert again.addresses.loc[SITE + "a.html", "found"] == "folder link"


def test_progress_is_told(tmp_path: Path) -> None:
    job = job_of(folder_of(tmp_path, {"index.html": "", "a.html": ""}), tmp_path / "parts")
    seen: list[tuple[int, int | None]] = []
    read_folder(job, progress=lambda *at: seen.append(at))
    assert seen == [(1, 2), (2, 2)]


def test_a_missing_folder_is_a_fault_of_the_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"crawl\.folder is .*none"):
        read_folder(job_of(tmp_path / "none", tmp_path / "parts"))


def test_a_folder_without_pages_is_no_site(tmp_path: Path) -> None:
    with pytest.raises(CrawlError, match="holds no HTML file") as raised:
        site_of(tmp_path, {"a.txt": "a"})
    assert raised.value.hint
