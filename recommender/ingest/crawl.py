"""Visiting a site: a child process fetches and reads its pages, what they mean together is here."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import ValidationError
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from recommender import frames
from recommender.config import CrawlConfig
from recommender.errors import CrawlError
from recommender.ingest.crawl_job import CrawlJob, CrawlMessage, read_parts
from recommender.ingest.parse import ParseRules
from recommender.ingest.regions import assign_regions
from recommender.models import CrawlSnapshot, Region
from recommender.ports import Progress, silent
from recommender.urls import Identity, absolute

_LOG_TAIL_LINES = 12
_REDIRECT_COST = 1e-6  # a redirect is no click, but an edge needs some weight


@dataclass(frozen=True, kw_only=True, slots=True)
class ScrapyCrawler:
    """The SiteCrawler that runs Scrapy in a child process.

    ``folder`` receives a log per crawl, and the parts of a crawl while it runs.
    """

    config: CrawlConfig
    site: str
    folder: Path
    clock: Callable[[], datetime]

    def crawl(self, seeds: Sequence[str], *, progress: Progress = silent) -> CrawlSnapshot:
        """Return the site as found from its home page, its sitemaps and ``seeds``.

        Raises CrawlError where the site is unreachable, forbids crawling or gives no page, and
        ConfigError where a selector is no CSS.
        """
        site = absolute(self.site, self.site) or self.site
        ParseRules(
            site=site,
            content_selector=self.config.content_selector,
            exclude_selectors=self.config.exclude_selectors,
        )
        started_at = self.clock()
        crawl_id = started_at.strftime("%Y%m%dT%H%M%SZ")
        parts = self.folder / crawl_id
        shutil.rmtree(parts, ignore_errors=True)
        parts.mkdir(parents=True)
        job = CrawlJob(site=site, seeds=tuple(seeds), config=self.config, folder=parts)
        try:
            ending = _run_child(job, self.folder / f"{crawl_id}.log", progress)
            snapshot = _snapshot(job, ending, crawl_id, started_at, self.clock)
        finally:
            shutil.rmtree(parts, ignore_errors=True)
        return snapshot


# --- The child process ----------------------------------------------------------------------


def _run_child(job: CrawlJob, log: Path, progress: Progress) -> CrawlMessage:
    """Run the crawl to its end and return its last message."""
    job_file = job.folder / "job.json"
    job_file.write_text(job.model_dump_json())
    ending = None
    with log.open("wb") as errors:
        child = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", "recommender.ingest.spider", str(job_file)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            assert child.stdout is not None
            for message in _messages(child.stdout):
                ending = message if message.ended else ending
                progress(message.done, message.total)
        finally:
            if child.poll() is None and ending is None:
                child.kill()  # interrupted: what it has read so far is not kept
            child.wait()
            assert child.stdout is not None
            child.stdout.close()
    if ending is None or child.returncode:
        tail = "\n  ".join(log.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:])
        raise CrawlError(
            f"the crawl of {job.site} broke off (exit {child.returncode}):\n  {tail}",
            subject=job.site,
            hint=f"the whole log is in {log}",
        )
    return ending


def _messages(lines: Iterator[str]) -> Iterator[CrawlMessage]:
    for line in lines:
        try:
            yield CrawlMessage.model_validate_json(line)
        except ValidationError:
            continue  # some library printed; only our own lines count


# --- What the pages mean together -----------------------------------------------------------


def _snapshot(
    job: CrawlJob,
    ending: CrawlMessage,
    crawl_id: str,
    started_at: datetime,
    clock: Callable[[], datetime],
) -> CrawlSnapshot:
    fetched = _in_order(read_parts(job.folder, "pages"), "url")
    _refuse_nothing(job, ending, fetched)
    identity = Identity.of(fetched)
    pages = fetched.assign(
        why_not_indexable=_why_not_indexable(fetched, identity),
        fetched_at=started_at + pd.to_timedelta(fetched["elapsed_s"], unit="s"),
    )
    pages = pages.assign(indexable=pages["why_not_indexable"].isna())
    compared = set(pages.loc[pages["indexable"], "url"]) or set(pages["url"])
    blocks, links = assign_regions(
        _in_order(read_parts(job.folder, "blocks"), "page").rename(columns={"mark": "region"}),
        _in_order(read_parts(job.folder, "links"), "source").rename(columns={"mark": "region"}),
        template_share=job.config.template_share,
        compared=compared,
    )
    content = blocks[blocks["region"] == Region.CONTENT.value]
    pages = pages.assign(
        depth=_depth(pages, links, identity, job.site),
        words=_per_page(content, pages, _count_words, 0),
        content_hash=_per_page(content[content["prose"]], pages, _hash, ""),
    )
    return CrawlSnapshot(
        id=crawl_id,
        started_at=started_at,
        finished_at=clock(),
        pages=frames.PAGES.coerced(pages),
        blocks=frames.BLOCKS.coerced(blocks),
        links=frames.LINKS.coerced(links),
        known=frames.KNOWN_URLS.empty(),
        complete=not (ending.limited or ending.failed_sitemaps or ending.faults),
        notes=_notes(job, ending),
    )


def _in_order(rows: pd.DataFrame, page: str) -> pd.DataFrame:
    """Return ``rows`` by page: pages answer in another order each time, and order breaks ties."""
    return rows.sort_values(page, kind="stable", ignore_index=True)


def _refuse_nothing(job: CrawlJob, ending: CrawlMessage, fetched: pd.DataFrame) -> None:
    """Raise CrawlError, saying why, where not a single page was read."""
    if fetched["read"].any():
        return
    if ending.forbidden:
        raise CrawlError(
            f"robots.txt of {job.site} forbids crawling to {job.config.user_agent!r}",
            subject=job.site,
            hint="allow this user agent in robots.txt, or set crawl.user_agent to an allowed one",
        )
    home = fetched[fetched["url"] == job.site]
    said = home["problem"].iloc[0] if len(home) else "gave nothing"
    to = home["redirect_to"].iloc[0] if len(home) else None
    hint = f"it redirects to {to}: if that is the site, set `site` to it" if to else ""
    raise CrawlError(
        f"{job.site} gave no page: its home page {said}",
        subject=job.site,
        hint=hint or "open it in a browser from this machine; check `site` in the configuration",
    )


def _why_not_indexable(fetched: pd.DataFrame, identity: Identity) -> pd.Series:
    """Return why each page cannot be in the index, None where it can."""
    canonical_page = identity.pages(fetched["canonical"])
    elsewhere = fetched["canonical"].notna() & (canonical_page != fetched["url"])
    elsewhere &= fetched["canonical"] != fetched["url"]
    names = "its canonical is " + fetched["canonical"].fillna("")
    said = [
        problem or (name if other else None)
        for problem, name, other in zip(fetched["problem"], names, elsewhere, strict=True)
    ]
    return pd.Series(said, index=fetched.index, dtype="object")


def _depth(
    pages: pd.DataFrame, links: pd.DataFrame, identity: Identity, site: str
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the clicks from the home page to each page, -1 where links do not lead to it.

    Cost: one breadth-first visit of the link graph.
    """
    number = {url: row for row, url in enumerate(pages["url"])}
    fetched = {url: identity.fetched(url) for url in links["target"].unique()}
    clicks = links.assign(to=links["target"].map(fetched))[["source", "to"]]
    clicks = clicks.dropna().drop_duplicates()
    moved = pages.loc[pages["redirect_to"].notna(), ["url", "redirect_to"]]
    moved = moved.assign(to=moved["redirect_to"].map(identity.fetched)).dropna()
    sources = np.append(clicks["source"].map(number), moved["url"].map(number)).astype(int)
    targets = np.append(clicks["to"].map(number), moved["to"].map(number)).astype(int)
    costs = np.append(np.ones(len(clicks)), np.full(len(moved), _REDIRECT_COST))
    home = number.get(identity.fetched(site) or "")
    if home is None:
        return np.full(len(pages), -1)
    graph = coo_array((costs, (sources, targets)), shape=(len(pages), len(pages))).tocsr()
    away = dijkstra(graph, indices=np.array([home]))[0]
    return np.where(np.isfinite(away), np.floor(np.nan_to_num(away, posinf=0)), -1).astype(int)


def _per_page(
    blocks: pd.DataFrame,
    pages: pd.DataFrame,
    summary: Callable[[pd.Series], object],
    otherwise: object,
) -> pd.Series:
    """Return a summary of the texts of each page's blocks, ``otherwise`` where it has none."""
    summaries = {page: summary(texts) for page, texts in blocks.groupby("page")["text"]}
    return pages["url"].map(lambda url: summaries.get(url, otherwise))


def _count_words(texts: pd.Series) -> int:
    return sum(text.count(" ") + 1 for text in texts)


def _hash(texts: pd.Series) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


def _notes(job: CrawlJob, ending: CrawlMessage) -> tuple[str, ...]:
    said = {
        f"stopped at max_pages = {job.config.max_pages}": ending.limited,
        f"{ending.failed_sitemaps} sitemaps could not be read": ending.failed_sitemaps,
        f"robots.txt keeps {ending.forbidden} known addresses from being read": ending.forbidden,
        f"{ending.faults} pages were lost to a fault, see the crawl's log": ending.faults,
        f"the home page redirects to {ending.site}": ending.site != job.site,
    }
    return tuple(note for note, holds in said.items() if holds)
