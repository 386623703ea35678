"""Which addresses of a site are asked for, in what order, and what is made of the answers.

Scrapy gives politeness (delay, AutoThrottle, retries, time-outs); this spider decides what is
fetched and writes what was read. A crawl that was killed goes on: what its parts hold is not asked
for again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime

import pyarrow.parquet as pq
from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure

from recommender.ingest.answers import (
    content_type,
    header,
    headers_of,
    is_html,
    no_answer,
    request_of,
)
from recommender.ingest.crawl_job import (
    ADDRESSES,
    KNOWN,
    CrawlJob,
    CrawlMessage,
    FetchedPage,
    PartWriter,
    part_path,
    parts,
    read_known,
    write_addresses,
)
from recommender.ingest.frontier import Frontier
from recommender.ingest.guard import Refused
from recommender.ingest.memory import SiteMemory
from recommender.ingest.page_rows import page_row, rows_hash_of, worth_following
from recommender.ingest.parse import ParsedPage, ParseRules, parse_page
from recommender.ingest.rendering import NOT_RENDERED
from recommender.ingest.robots import Robots
from recommender.ingest.scope import Scope
from recommender.ingest.sitemap import LARGEST_BYTES, read_sitemap
from recommender.ingest.throttle import Courtesy
from recommender.ingest.traps import TrapWatch
from recommender.models import Visited
from recommender.urls import absolute, host_of, origin_of, twin_site, without_tracking

MOST_SITEMAPS = 500
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NOT_MODIFIED = 304
_ERRORS = list(range(400, 600))
_TOLD_APART = 3  # refusals that are named one by one

Met = tuple[str, str, int, datetime | None]
"""An address, the way it was found, its clicks from the home page, and when it changed."""


class SiteSpider(Spider):
    """Visits one site: its home page first, then what links, sitemaps and earlier crawls name."""

    name = "site"

    def __init__(self, job: CrawlJob, say: Callable[[CrawlMessage], None]) -> None:
        super().__init__()
        self._job, self._say = job, say
        self._site, self._rules = job.site, ParseRules.of(job.site, job.config)
        self._memory = SiteMemory()
        self._hosts = {host_of(job.site), *job.config.hosts}
        self._scope = Scope.of(job.site, job.config.hosts)
        self._known = {address.url: address for address in read_known(job.folder / KNOWN)}
        traps = TrapWatch(today=job.began_at.date())
        for address in self._known.values():
            if address.visited_at is not None:
                traps.refuses(address.url)  # what it shows of endless addresses is evidence
        self._frontier = Frontier(
            known=self._known,
            max_pages=job.config.max_pages,
            max_depth=job.config.max_depth,
            forbids=self._forbids,
            traps=traps.refuses,
            narrow=job.narrow,
        )
        self._home_answered = self._probed = False
        self._robots: dict[str, Robots] = {}
        self._held: dict[str, list[Met]] = {}
        self._sitemaps: set[str] = set()
        self._linked: set[str] = set()  # addresses that were met as links: most links lead there
        self._answered: set[str] = set()
        self._began = time.monotonic()
        self._spoke = 0.0
        self._outcome = CrawlMessage(done=0, total=0, ended=True, site=job.site)
        self._writer = PartWriter(job.folder, job.pages_per_part)

    # --- What to fetch ----------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Request]:
        """Go on where a killed crawl stood, else ask for the home page and wait for it."""
        for request in [*self._resumed(), *self._meet([self._job.site], found="home", depth=0)]:
            yield request

    def _resumed(self) -> Iterator[Request]:
        """Take in what the parts hold, and ask for what it leads to."""
        folder, met = self._job.folder, list[Met]()
        for part in parts(folder):
            pages = pq.read_table(part_path(folder, "pages", part)).to_pylist()
            depths = {page["url"]: page["depth"] for page in pages}
            for page in pages:
                if page["url"] == self._job.probe:
                    self._probed = True
                else:
                    self._frontier.asked_before(page["url"])
                    self._answered.add(page["url"])
                self._began = min(self._began, time.monotonic() - page["elapsed_s"])
                if page["redirect_to"]:
                    self._follow_twin(page["url"], page["redirect_to"])
                    met.append((page["redirect_to"], "redirect", page["depth"], None))
            links = pq.read_table(
                part_path(folder, "links", part), columns=["source", "target", "rel"]
            )
            for source, target, rel in zip(*(c.to_pylist() for c in links.columns), strict=True):
                if worth_following(target, rel):
                    met.append((target, "link", depths[source] + 1, None))
        for url, found, depth, changed_at in dict.fromkeys(met):
            yield from self._meet([url], found=found, depth=depth, changed_at=changed_at)
        if self._job.site in self._answered:
            yield from self._beyond_home()

    def _meet(
        self, urls: Iterable[str], *, found: str, depth: int, changed_at: datetime | None = None
    ) -> Iterator[Request]:
        """Ask for those of ``urls`` that are of this site and due, robots.txt of a host first."""
        for url in map(without_tracking, urls):
            if host_of(url) not in self._hosts:
                continue
            origin = origin_of(url)
            if origin in self._robots:
                if self._frontier.offer(url, found=found, depth=depth, changed_at=changed_at):
                    yield self._request(url, depth=depth)
                continue
            if origin not in self._held:
                self._held[origin] = []
                yield self._aside(f"{origin}/robots.txt", self._read_robots, self._no_robots)
            self._held[origin].append((url, found, depth, changed_at))

    def _request(self, url: str, *, depth: int) -> Request:
        known = self._known.get(url)
        headers = {}
        if known is not None and known.etag:
            headers["If-None-Match"] = known.etag
        if known is not None and known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
        return Request(
            url,
            callback=self._read,
            errback=self._failed,
            headers=headers,
            cb_kwargs={"url": url, "depth": depth},
            meta={"dont_redirect": True, "handle_httpstatus_all": True},
            dont_filter=True,
            priority=-depth,
        )

    def _aside(
        self,
        url: str,
        callback: Callable[[Response, str], Iterator[Request]],
        errback: Callable[[Failure], Iterator[Request] | None],
    ) -> Request:
        """Ask for something that is no page: robots.txt or a sitemap."""
        return Request(
            url,
            callback=callback,
            errback=errback,
            cb_kwargs={"asked": url},
            meta={
                "handle_httpstatus_list": _ERRORS,
                "download_maxsize": LARGEST_BYTES,
            },
            dont_filter=True,
            priority=10,
        )

    def _beyond_home(self) -> Iterator[Request]:
        """Ask for what was known before, and for the sitemaps, now that the site is known."""
        self._home_answered = True
        for address in self._known.values():
            if self._job.narrow and not address.due:
                continue
            for found in address.found.split():
                yield from self._meet([address.url], found=found, depth=1)
        yield from self._meet([self._site], found="home", depth=0)
        yield from self._ask_for_sitemaps()

    def _ask_for_sitemaps(self) -> Iterator[Request]:
        """Ask for sitemaps and probe, once home page and robots.txt are known, in any order."""
        robots = self._robots.get(origin_of(self._site))
        if robots is None or not self._home_answered or self._job.narrow:
            return
        agent, usual = self._job.config.user_agent, f"{origin_of(self._site)}/sitemap.xml"
        named = robots.sitemaps or ((usual,) if robots.allows(usual, agent) else ())
        yield from self._follow_sitemaps((*named, *self._job.sitemaps))
        if robots.allows(self._job.probe, agent) and not self._probed:
            self._probed = True
            yield self._request(self._job.probe, depth=1)

    def _forbids(self, url: str) -> str:
        robots = self._robots[origin_of(url)]
        if robots.allows(url, self._job.config.user_agent):
            return ""
        return "robots.txt could not be had" if robots.unreachable else "robots.txt forbids it"

    # --- What came back ---------------------------------------------------------------------

    def _read_robots(self, response: Response, asked: str) -> Iterator[Request]:
        robots = Robots.read(response.status, response.body)
        yield from self._obey(origin_of(asked), robots, f"answers {response.status}")

    def _no_robots(self, failure: Failure) -> Iterator[Request]:
        asked = request_of(failure).cb_kwargs["asked"]
        if isinstance(failure.value, Refused):
            self._refuse(asked, str(failure.value))
        robots = Robots.read(None, b"")
        yield from self._obey(origin_of(asked), robots, no_answer(failure))

    def _obey(self, origin: str, robots: Robots, said: str) -> Iterator[Request]:
        self._robots[origin] = robots
        if robots.unreachable:
            unreachable = f"{origin}/robots.txt {said}"
            self._note(unreachable_robots=(*self._outcome.unreachable_robots, unreachable))
        pause = robots.crawl_delay(self._job.config.user_agent)
        courtesy = self.crawler.get_extension(Courtesy) if pause else None
        if pause and courtesy is not None:
            courtesy.keep_pause(pause)
        for url, found, depth, changed_at in self._held.pop(origin, ()):
            yield from self._meet([url], found=found, depth=depth, changed_at=changed_at)
        yield from self._ask_for_sitemaps()

    def _follow_sitemaps(self, urls: Iterable[str]) -> Iterator[Request]:
        for url in urls:
            new = url not in self._sitemaps and len(self._sitemaps) < MOST_SITEMAPS
            if new and host_of(url) in self._hosts:
                self._sitemaps.add(url)
                yield self._aside(url, self._read_sitemap, self._no_sitemap)

    def _read_sitemap(self, response: Response, asked: str) -> Iterator[Request]:
        if response.status in (404, 410) and not self._named(asked):
            return
        complete = response.status == 200 and "partial" not in response.flags
        contents = read_sitemap(response.body, url=response.url) if complete else None
        if contents is None or not contents.valid:
            self._note(failed_sitemaps=self._outcome.failed_sitemaps + 1)
            return
        for page in contents.pages:
            yield from self._meet([page.url], found="sitemap", depth=1, changed_at=page.lastmod)
        yield from self._follow_sitemaps(contents.sitemaps)

    def _named(self, sitemap: str) -> bool:
        robots = self._robots.get(origin_of(sitemap))
        return robots is not None and sitemap in robots.sitemaps

    def _no_sitemap(self, failure: Failure) -> None:
        self._note(failed_sitemaps=self._outcome.failed_sitemaps + 1)
        if isinstance(failure.value, Refused):
            self._refuse(request_of(failure).cb_kwargs["asked"], str(failure.value))

    def _read(self, response: Response, url: str, depth: int) -> Iterator[Request]:
        if response.status == _NOT_MODIFIED and url in self._known:
            self._write(self._same(url, response, depth))
        elif response.status in _REDIRECTS and "Location" in response.headers:
            yield from self._moved(response, url, depth)
        elif response.status == 200 and is_html(response):
            yield from self._page(response, url, depth)
        else:
            problem = f"answers {response.status}"
            if response.status == 200:
                problem = f"is not HTML but {content_type(response)}"
            self._record(url, response.status, problem, depth)
        if url == self._job.site:
            yield from self._beyond_home()

    def _moved(self, response: Response, url: str, depth: int) -> Iterator[Request]:
        location = (response.headers.get("Location") or b"").decode("utf-8", errors="replace")
        if why := self._scope.redirect_refusal(location, url):
            self._refuse(url, why)
            return
        to = absolute(location, url)
        self._write(
            FetchedPage(
                url=url,
                status=response.status,
                depth=depth,
                redirect_to=to,
                problem="redirects",
                elapsed_s=self._elapsed_s(),
            )
        )
        if to is not None:
            self._follow_twin(url, to)
            yield from self._meet([to], found="redirect", depth=depth)

    def _follow_twin(self, url: str, to: str) -> None:
        """Let the site be where its home page redirects to, with or without ``www.``."""
        if url == self._job.site and twin_site(to, url):
            self._site, self._rules = to, ParseRules.of(to, self._job.config)
            self._hosts.add(host_of(to))
            self._note(site=to)

    def _page(self, response: Response, url: str, depth: int) -> Iterator[Request]:
        known = self._known.get(url)
        body_hash = hashlib.blake2b(response.body, digest_size=16).hexdigest()
        if known is not None and known.body_hash == body_hash:
            self._write(self._same(url, response, depth))
            return
        parsed = parse_page(
            response.body,
            url=url,
            headers=headers_of(response),
            rules=self._rules,
            memory=self._memory,
        )
        if parsed.refresh_to and (why := self._scope.redirect_refusal(parsed.refresh_to, url)):
            self._refuse(url, why)
            return
        rows_hash = rows_hash_of(parsed)
        if known is not None and known.rows_hash == rows_hash:
            self._write(self._same(url, response, depth, body_hash=body_hash))
            return
        page = replace(
            page_row(parsed, url=url, rows_hash=rows_hash),
            depth=depth,
            etag=header(response, "ETag"),
            last_modified=header(response, "Last-Modified"),
            body_hash=body_hash,
            elapsed_s=self._elapsed_s(),
        )
        self._write(page, parsed)
        if parsed.refresh_to is not None:
            yield from self._meet([parsed.refresh_to], found="redirect", depth=depth)
        if parsed.canonical is not None:
            yield from self._meet([parsed.canonical], found="canonical", depth=depth + 1)
        new = [link for link in parsed.links if link.target not in self._linked]
        found = [link.target for link in new if worth_following(link.target, link.rel)]
        targets = dict.fromkeys(found)
        self._linked.update(targets)
        yield from self._meet(targets, found="link", depth=depth + 1)

    def _same(
        self, url: str, response: Response, depth: int, *, body_hash: str = ""
    ) -> FetchedPage:
        """Return the page as one that did not change; what it says of itself now is kept."""
        known = self._known[url]
        return FetchedPage(
            url=url,
            status=200,
            depth=depth,
            unchanged=True,
            etag=header(response, "ETag") or known.etag,
            last_modified=header(response, "Last-Modified") or known.last_modified,
            body_hash=body_hash or known.body_hash,
            rows_hash=known.rows_hash,
            elapsed_s=self._elapsed_s(),
        )

    def _failed(self, failure: Failure) -> Iterator[Request]:
        request = request_of(failure)
        url, depth = request.cb_kwargs["url"], request.cb_kwargs["depth"]
        if isinstance(failure.value, Refused):
            self._refuse(url, str(failure.value))
        else:
            self._record(url, 0, no_answer(failure), depth)
        if url == self._job.site:
            yield from self._beyond_home()

    def _refuse(self, url: str, why: str) -> None:
        self._frontier.refuse(url, why)
        if len(self._outcome.refused) < _TOLD_APART:
            self._note(refused=(*self._outcome.refused, f"{url} {why}"))

    # --- What is told -----------------------------------------------------------------------

    def _elapsed_s(self) -> float:
        return time.monotonic() - self._began

    def _record(self, url: str, status: int, problem: str, depth: int) -> None:
        elapsed_s = self._elapsed_s()
        page = FetchedPage(
            url=url, status=status, depth=depth, problem=problem, elapsed_s=elapsed_s
        )
        self._write(page)

    def _write(self, page: FetchedPage, parsed: ParsedPage | None = None) -> None:
        self._writer.add(page, *((parsed.blocks, parsed.links) if parsed else ()))
        if page.url != self._job.probe:
            self._answered.add(page.url)
        if time.monotonic() - self._spoke > 0.5:
            self._spoke = time.monotonic()
            self._say(CrawlMessage(done=len(self._answered), total=self._frontier.asked))

    def _note(self, **changes: object) -> None:
        self._outcome = self._outcome.model_copy(update=changes)

    def closed(self, reason: str) -> None:
        """Write the last part and the addresses, and say how the crawl ended."""
        self._writer.flush()
        late = reason == "closespider_timeout"
        if late:
            for address in list(self._frontier.addresses()):
                if address.outcome == Visited.FETCHED and address.url not in self._answered:
                    self._frontier.give_back(address.url, "the hours for visits ended first")
        counts = self._frontier.counts
        write_addresses(self._job.folder / ADDRESSES, list(self._frontier.addresses()))
        self._note(
            done=len(self._answered),
            total=self._frontier.asked,
            late=late,
            limited=counts[Visited.WAITING] > 0 and not late and not self._job.narrow,
            forbidden=counts[Visited.FORBIDDEN],
            traps=counts[Visited.TRAP],
            not_rendered=self.crawler.stats.get_value(NOT_RENDERED, 0),
            faults=self.crawler.stats.get_value("spider_exceptions/count", 0),
        )
        if reason == "finished" or late:
            self._say(self._outcome)
