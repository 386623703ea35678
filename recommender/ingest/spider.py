"""The child process of a crawl: ``python -m recommender.ingest.spider JOBFILE``.

Scrapy gives politeness (robots.txt, delay, AutoThrottle, retries, time-outs); this spider decides
what is fetched and writes what was read. It runs in a process of its own because Twisted's reactor
starts only once in a process, and so that memory goes back when a crawl ends.
"""

from __future__ import annotations

import gc
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path

from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.linkextractors import IGNORED_EXTENSIONS
from scrapy.utils.sitemap import sitemap_urls_from_robots
from twisted.python.failure import Failure

from recommender.ingest.crawl_job import CrawlJob, CrawlMessage, FetchedPage, PartWriter
from recommender.ingest.parse import ParsedPage, ParseRules, parse_page
from recommender.ingest.sitemap import LARGEST_BYTES, read_sitemap
from recommender.urls import absolute, path_of, same_site, twin_site, without_tracking

MOST_SITEMAPS = 500
_FILE = re.compile(rf"(?i).*\.({'|'.join(IGNORED_EXTENSIONS)})")
_HTML = ("text/html", "application/xhtml+xml")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class SiteSpider(Spider):
    """Visits one site: its home page first, then what links, sitemaps and seeds name."""

    name = "site"

    def __init__(self, job: CrawlJob) -> None:
        super().__init__()
        self._job = job
        self._rules = _rules(job, job.site)
        self._writer = PartWriter(job.folder)
        self._seen: set[str] = set()
        self._sitemaps: set[str] = set()
        self._began = time.monotonic()
        self._spoke = 0.0
        self._done = 0
        self._outcome = CrawlMessage(done=0, total=0, ended=True, site=job.site)

    # --- What to fetch ----------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the home page; everything else waits for it, see :meth:`_beyond_home`."""
        self._seen.add(self._job.site)
        yield self._request(self._job.site, depth=0)

    def _request(self, url: str, *, depth: int) -> Request:
        return Request(
            url,
            callback=self._read,
            errback=self._failed,
            cb_kwargs={"url": url, "depth": depth},
            meta={"dont_redirect": True, "handle_httpstatus_all": True},
            dont_filter=True,
            priority=-depth,
        )

    def _follow(self, urls: Iterable[str], *, depth: int) -> Iterator[Request]:
        """Ask for those of ``urls`` that are new, on this site and within the limits."""
        if depth > self._job.config.max_depth:
            return
        for url in map(without_tracking, urls):
            if url in self._seen or not same_site(url, self._rules.site):
                continue
            if len(self._seen) >= self._job.config.max_pages:
                self._note(limited=True)
                return
            self._seen.add(url)
            yield self._request(url, depth=depth)

    def _beyond_home(self) -> Iterator[Request]:
        seeds = (absolute(seed, self._rules.site) for seed in self._job.seeds)
        yield from self._follow(filter(None, seeds), depth=1)
        robots = absolute("/robots.txt", self._rules.site) or ""
        yield self._aside(robots, self._read_robots)

    def _aside(self, url: str, callback: Callable[[Response], Iterator[Request]]) -> Request:
        """Ask for something that is no page: robots.txt or a sitemap."""
        meta = {"dont_obey_robotstxt": True, "handle_httpstatus_all": True}
        return Request(
            url,
            callback=callback,
            errback=self._failed_aside,
            meta=meta | {"download_maxsize": LARGEST_BYTES},
            dont_filter=True,
            priority=10,
        )

    # --- What came back ---------------------------------------------------------------------

    def _read_robots(self, response: Response) -> Iterator[Request]:
        named = sitemap_urls_from_robots(response.body, base_url=response.url)
        usual = absolute("/sitemap.xml", self._rules.site) or ""
        yield from self._follow_sitemaps(list(named) if response.status == 200 else [], usual)

    def _follow_sitemaps(self, named: Iterable[str], usual: str = "") -> Iterator[Request]:
        for url in list(named) or filter(None, [usual]):
            new = url not in self._sitemaps and len(self._sitemaps) < MOST_SITEMAPS
            if new and same_site(url, self._rules.site):
                self._sitemaps.add(url)
                yield self._aside(url, self._read_sitemap)

    def _read_sitemap(self, response: Response) -> Iterator[Request]:
        if response.status == 404:
            return
        contents = read_sitemap(response.body) if response.status == 200 else None
        if contents is None or not contents.valid:
            self._note(failed_sitemaps=self._outcome.failed_sitemaps + 1)
            return
        pages = (absolute(url, response.url) for url in contents.pages)
        yield from self._follow(filter(None, pages), depth=1)
        yield from self._follow_sitemaps(contents.sitemaps)

    def _read(self, response: Response, url: str, depth: int) -> Iterator[Request]:
        if response.status in _REDIRECTS and "Location" in response.headers:
            yield from self._moved(response, url, depth)
        elif response.status == 200 and _is_html(response):
            yield from self._page(response, url, depth)
        else:
            problem = f"answers {response.status}"
            if response.status == 200:
                problem = f"is not HTML but {_content_type(response)}"
            self._record(url, response.status, problem)
        if url == self._job.site:
            yield from self._beyond_home()

    def _moved(self, response: Response, url: str, depth: int) -> Iterator[Request]:
        location = (response.headers.get("Location") or b"").decode("utf-8", errors="replace")
        to = absolute(location, url)
        page = FetchedPage(
            url=url, status=response.status, redirect_to=to, problem="redirects", **self._now()
        )
        self._write(page)
        if to is None:
            return
        if url == self._job.site and twin_site(to, url):
            self._rules = _rules(self._job, to)
            self._note(site=to)
        yield from self._follow([to], depth=depth)

    def _page(self, response: Response, url: str, depth: int) -> Iterator[Request]:
        headers = {
            name.decode("latin-1").lower(): [value.decode("latin-1") for value in values]
            for name, values in response.headers.items()
        }
        parsed = parse_page(response.body, url=url, headers=headers, rules=self._rules)
        self._write(
            FetchedPage(
                url=url,
                status=200,
                redirect_to=parsed.refresh_to,
                canonical=parsed.canonical,
                title=parsed.title,
                h1=parsed.h1,
                description=parsed.description,
                language=parsed.language,
                published_at=parsed.published_at,
                problem=_problem(parsed),
                read=True,
                **self._now(),
            ),
            parsed,
        )
        yield from self._follow(_worth_following(parsed), depth=depth + 1)

    def _failed(self, failure: Failure) -> Iterator[Request]:
        url = _request_of(failure).cb_kwargs["url"]
        error = failure.value
        if isinstance(error, IgnoreRequest) and "robots.txt" in str(error):
            self._note(forbidden=self._outcome.forbidden + 1)
            self._done += 1
        else:
            self._record(url, 0, f"gives no answer: {type(error).__name__}: {error}")
        if url == self._job.site:
            yield from self._beyond_home()

    def _failed_aside(self, failure: Failure) -> Iterator[Request]:
        if _request_of(failure).url.endswith("/robots.txt"):
            yield from self._follow_sitemaps((), absolute("/sitemap.xml", self._rules.site) or "")
        else:
            self._note(failed_sitemaps=self._outcome.failed_sitemaps + 1)

    # --- What is told -----------------------------------------------------------------------

    def _now(self) -> dict[str, float]:
        return {"elapsed_s": time.monotonic() - self._began}

    def _record(self, url: str, status: int, problem: str) -> None:
        self._write(FetchedPage(url=url, status=status, problem=problem, **self._now()))

    def _write(self, page: FetchedPage, parsed: ParsedPage | None = None) -> None:
        self._writer.add(page, *((parsed.blocks, parsed.links) if parsed else ()))
        self._done += 1
        if time.monotonic() - self._spoke > 0.5:
            self._spoke = time.monotonic()
            _say(CrawlMessage(done=self._done, total=len(self._seen)))

    def _note(self, **changes: object) -> None:
        self._outcome = self._outcome.model_copy(update=changes)

    def closed(self, reason: str) -> None:
        """Write the last part and say how the crawl ended."""
        self._writer.flush()
        faults = self.crawler.stats.get_value("spider_exceptions/count", 0)
        self._note(done=self._done, total=len(self._seen), faults=faults)
        if reason == "finished":
            _say(self._outcome)


def _request_of(failure: Failure) -> Request:
    request = getattr(failure, "request", None)  # Scrapy sets it before it calls an errback
    assert isinstance(request, Request)
    return request


def _rules(job: CrawlJob, site: str) -> ParseRules:
    return ParseRules(
        site=site,
        content_selector=job.config.content_selector,
        exclude_selectors=job.config.exclude_selectors,
    )


def _content_type(response: Response) -> str:
    kind = response.headers.get("Content-Type") or b""
    return kind.decode("latin-1").partition(";")[0].strip().lower() or "of no stated type"


def _is_html(response: Response) -> bool:
    kind = _content_type(response)
    start = response.body[:200].lstrip().lower()
    return kind in _HTML or ("/" not in kind and start.startswith((b"<!doctype html", b"<html")))


def _problem(parsed: ParsedPage) -> str | None:
    if parsed.refresh_to is not None:
        return "redirects (meta refresh)"
    return "noindex" if parsed.noindex else None


def _worth_following(parsed: ParsedPage) -> Iterator[str]:
    if parsed.refresh_to is not None:
        yield parsed.refresh_to
    for link in parsed.links:
        if "nofollow" not in link.rel and not _FILE.fullmatch(path_of(link.target)):
            yield link.target


def _say(message: CrawlMessage) -> None:
    try:
        sys.stdout.write(message.model_dump_json() + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # nobody waits for this crawl any more
        os._exit(1)


def _settings(job: CrawlJob) -> dict[str, object]:
    config = job.config
    return {
        "USER_AGENT": config.user_agent,
        "ROBOTSTXT_OBEY": True,
        "DOWNLOAD_TIMEOUT": config.timeout_s,
        "DOWNLOAD_MAXSIZE": config.max_page_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_DELAY": config.delay_s,
        "AUTOTHROTTLE_ENABLED": config.delay_s > 0,
        "AUTOTHROTTLE_START_DELAY": config.delay_s,
        "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",
        "COOKIES_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "MEMUSAGE_ENABLED": False,
        "LOGSTATS_INTERVAL": 0,
        "LOG_LEVEL": "WARNING",
    }


def main(job_file: Path) -> None:
    """Run the crawl that ``job_file`` describes."""
    job = CrawlJob.model_validate_json(job_file.read_bytes())
    gc.set_threshold(20_000, 10, 10)  # pages make many short-lived objects and no cycles
    process = CrawlerProcess(_settings(job))
    process.crawl(SiteSpider, job=job)
    process.start()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
