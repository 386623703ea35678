"""The child process of a crawl: ``python -m recommender.ingest.crawl_child JOBFILE``.

The spider runs in a process of its own because Twisted's reactor starts only once in a process, and
so that memory goes back when a crawl ends. What it has to say goes to standard output.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import time
from pathlib import Path
from threading import Thread

import pyarrow as pa
from scrapy.crawler import CrawlerProcess

from recommender.ingest.crawl_job import CrawlJob, CrawlMessage
from recommender.ingest.settings import scrapy_settings
from recommender.ingest.spider import SiteSpider


def _say(message: CrawlMessage) -> None:
    try:
        sys.stdout.write(message.model_dump_json() + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # nobody waits for this crawl any more
        os._exit(1)


def _do_without_pandas() -> None:
    """Keep pyarrow from loading pandas, 45 MB, to see whether a list is one of its arrays."""
    sys.modules["pandas"] = None  # type: ignore[assignment]  # what Python calls not importable
    with contextlib.suppress(AttributeError):  # pyarrow stumbles over that once
        pa.array([])


def _end_with(parent: int) -> None:
    """End this process when its parent has ended: the next crawl goes on in the same folder."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def main(job_file: Path) -> None:
    """Run the crawl that ``job_file`` describes."""
    Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    job = CrawlJob.model_validate_json(job_file.read_bytes())
    gc.set_threshold(20_000, 10, 10)  # pages make many short-lived objects and no cycles
    _do_without_pandas()
    process = CrawlerProcess(scrapy_settings(job))
    process.crawl(SiteSpider, job=job, say=_say)
    process.start()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
