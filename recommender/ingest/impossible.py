"""Which pages show what the site shows at an address that cannot exist."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice

import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recommender.ingest.crawl_job import CrawlJob, part_path, parts
from recommender.ingest.soft_404 import NotFoundPage, PageFacts

_OTHERS = 5  # pages beside the home page that show what all pages of a template share


def soft_404_pages(job: CrawlJob, visited: pd.DataFrame) -> frozenset[str]:
    """Return the addresses of pages that say there is nothing there.

    Without a page at ``job.probe`` nothing is claimed. Cost: reads the blocks of pages whose title
    and heading are the probe's, none where the site answers as it should.
    """
    read = visited[visited["read"] & visited["redirect_to"].isna()].set_index("url")
    if job.probe not in read.index:
        return frozenset()
    probe = read.loc[job.probe]
    alike = read[_digitless(read["title"]) == _digitless(pd.Series([probe["title"]])).iloc[0]]
    unlike = read.index.difference(alike.index)
    others = [url for url in (job.site,) if url in unlike]
    others += list(islice((url for url in unlike if url != job.site), _OTHERS))
    texts = _texts(job, {*alike.index, *others})

    rows = read[["title", "h1", "canonical"]].itertuples(name=None)
    said = {url: rest for url, *rest in rows if url in texts}

    def facts(url: str) -> PageFacts:
        title, h1, canonical = said.get(url, ("", "", None))
        return PageFacts(
            url=url,
            title=title,
            h1=h1,
            canonical=canonical,
            texts=frozenset(texts.get(url, ())),
        )

    nothing = NotFoundPage.of(facts(job.probe), map(facts, others))
    if nothing is None:
        return frozenset()
    pages = (facts(url) for url in alike.index if url not in (job.probe, job.site))
    return frozenset(page.url for page in pages if nothing.is_like(page))


def _digitless(titles: pd.Series) -> pd.Series:
    return titles.str.replace(r"\d+", "", regex=True)


def _texts(job: CrawlJob, urls: Collection[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    wanted = list(urls)
    for part in parts(job.folder):
        path = part_path(job.folder, "blocks", part)
        rows = pq.read_table(path, columns=["page", "text"], filters=pc.field("page").isin(wanted))
        for page, text in zip(*(column.to_pylist() for column in rows.columns), strict=True):
            found.setdefault(page, set()).add(text)
    return found
