"""A site given as a folder of HTML files, crawled by the product itself in this process."""

from __future__ import annotations

import tarfile
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from recommender.config import CrawlConfig, CrawlSource
from recommender.ingest.crawl import Crawler
from recommender.models import CrawlSnapshot
from tests.crawls import crawled_once
from tests.parsed_site import NOW, ROOT
from tests.real_sites import archive


def written(site: Mapping[str, str], folder: Path) -> Path:
    """Return ``folder`` with the pages of ``site`` (path -> HTML) in it, as a server keeps them."""
    for path, html in site.items():
        file = folder / path.strip("/") / "index.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(html, encoding="utf-8")
    return folder


def unpacked(name: str, folder: Path, *, every: int = 1) -> Path:
    """Return ``folder`` with one in ``every`` pages of a real site in it."""
    with tarfile.open(archive(name)) as packed:
        members = packed.getmembers()
        pages = sorted(file.name for file in members if file.name.endswith(".html"))
        wanted = {*pages[::every]}
        chosen = [file for file in members if file.name in wanted]  # in order: it is one stream
        packed.extractall(folder, members=chosen, filter="data")
    return folder


def read_folder_site(folder: Path, work: Path) -> CrawlSnapshot:
    """Return the first crawl of the pages in ``folder``; ``work`` is for the crawl's own files."""
    crawler = Crawler(
        config=CrawlConfig(source=CrawlSource.FOLDER, folder=folder),
        site=ROOT,
        folder=work,
        clock=lambda: NOW,
        zone=ZoneInfo("UTC"),
    )
    return crawled_once(crawler)
