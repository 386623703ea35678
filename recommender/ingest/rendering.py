"""Pages as Chromium shows them once their JavaScript ran; the extra ``render`` is needed.

Scrapy fetches each page, with all that keeps a crawl polite and safe; Chromium gets what Scrapy got
and runs its scripts. What these ask for in turn comes from the hosts of the crawl alone, at the
addresses that were found for them when it began: no script, counter or font of others is loaded,
and a visit by Linkwright shows up in nobody's statistics. A site whose text comes from a script on
another host needs that host among ``crawl.hosts``.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.util
import logging
import os
import shutil
import socket
from collections.abc import Awaitable, Callable
from typing import Protocol, Self, cast
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response, TextResponse

from recommender.config import CrawlConfig
from recommender.errors import ConfigError
from recommender.ingest.scope import Scope
from recommender.ingest.secret_headers import secret_headers

NOT_RENDERED = "linkwright/not_rendered"
"""Scrapy's statistic of the pages that Chromium could not show; they were read as served."""

IDLE_S = 5.0  # a page that goes on asking for things is taken as it stands by then
HEAP_MB = 512  # of one page's JavaScript; a page that wants more is given up
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

_log = logging.getLogger(__name__)

_ORDER = 545  # after Scrapy unpacked the body (590) and tried again what failed (550)
_UNSEEN = frozenset(
    {"image", "media", "font", "texttrack", "manifest", "eventsource", "websocket", "ping", "other"}
)
"""What a page asks for that gives neither text nor links; favicons and beacons among it."""

_KEPT_HEADERS = frozenset({"content-type", "content-security-policy"})
_CLOSE_S = 5.0
_QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--dns-prefetch-disable",
    "--no-first-run",
    "--no-pings",
    "--no-proxy-server",  # a proxy would find names by itself
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    f"--js-flags=--max-old-space-size={HEAP_MB}",
)
_STAY = "window.open = () => null;"


class _BrowserRequest(Protocol):
    """Playwright's Request, as far as it is used; Playwright is an extra."""

    url: str
    method: str
    resource_type: str
    headers: dict[str, str]

    def is_navigation_request(self) -> bool: ...


class _Route(Protocol):
    request: _BrowserRequest

    async def abort(self, error_code: str) -> None: ...

    async def fulfill(self, *, status: int, headers: dict[str, str], body: bytes) -> None: ...

    async def continue_(self, *, headers: dict[str, str]) -> None: ...


class _Page(Protocol):
    async def route(self, url: str, handler: Callable[[_Route], Awaitable[None]]) -> None: ...

    async def add_init_script(self, script: str) -> None: ...

    async def wait_for_load_state(
        self,
        state: str,
        *,
        timeout: float,  # noqa: ASYNC109 - Playwright's
    ) -> None: ...

    async def evaluate(self, expression: str) -> object: ...

    async def close(self) -> None: ...

    def is_closed(self) -> bool: ...


class _Handler(Protocol):
    """scrapy_playwright's download handler."""

    async def download_request(self, request: Request) -> Response: ...

    async def close(self) -> None: ...


# --- Settings -------------------------------------------------------------------------------


def check_rendering(config: CrawlConfig) -> None:
    """Raise ConfigError, saying what to install, where pages are to be rendered and cannot be."""
    if config.render:
        _browser()


def rendering_settings(site: str, config: CrawlConfig) -> dict[str, object]:
    """Return the Scrapy settings with which pages are rendered, none where they are not to be.

    Names are resolved here. Raises ConfigError as :func:`check_rendering` does.
    """
    if not config.render:
        return {}
    root = os.geteuid() == 0
    seconds = config.timeout_s
    return {
        "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
        "DOWNLOADER_MIDDLEWARES": {RenderingMiddleware: _ORDER},
        "PLAYWRIGHT_BROWSER_TYPE": "chromium",
        "PLAYWRIGHT_LAUNCH_OPTIONS": {
            "executable_path": _browser(),
            "headless": True,
            "chromium_sandbox": not root,  # it does not work for root
            "args": [*_QUIET, f"--host-resolver-rules={resolver_rules(site, config.hosts)}"],
            "timeout": seconds * 1000,
        },
        "PLAYWRIGHT_CONTEXTS": {
            "default": {
                "user_agent": config.user_agent,
                "service_workers": "block",
                "accept_downloads": False,
                "ignore_https_errors": False,
            }
        },
        "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": 1,
        "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": seconds * 1000,
    }


def _browser() -> str:
    if importlib.util.find_spec("scrapy_playwright") is None:
        raise ConfigError(
            "crawl.render is true, but the extra `render` is not installed",
            subject="crawl.render",
            hint='pip install "linkwright[render]"',
        )
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise ConfigError(
            f"crawl.render is true, but no browser is on the PATH ({', '.join(BROWSERS)})",
            subject="crawl.render",
            hint="install Chromium, on Debian or Ubuntu: apt install chromium",
        )
    return found


def resolver_rules(site: str, hosts: tuple[str, ...]) -> str:
    """Return the rules by which Chromium finds the hosts of a crawl, and nobody else."""
    scope = Scope.of(site, hosts)
    names = {urlsplit(f"//{host}").hostname or "" for host in (*scope.hosts, scope.twin)}
    rules = [rule for name in sorted(names - {""}) if (rule := _rule(name, scope))]
    return ", ".join([*rules, "MAP * ~NOTFOUND"])


def _rule(name: str, scope: Scope) -> str:
    try:
        answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        return ""
    addresses = [str(answer[4][0]).partition("%")[0] for answer in answers]
    allowed = (address for address in addresses if not scope.answer_refusal(name, address))
    address = next(allowed, "")
    shown = f"[{name}]" if ":" in name else name
    return f"MAP {shown} {f'[{address}]' if ':' in address else address}" if address else ""


# --- The middleware -------------------------------------------------------------------------


class RenderingMiddleware:
    """Gives each HTML page to Chromium and passes on what its scripts made of it."""

    def __init__(self, crawler: Crawler) -> None:
        config = crawler.settings["LINKWRIGHT_CRAWL"]
        assert isinstance(config, CrawlConfig)
        self._config = config
        self._scope = Scope.of(str(crawler.settings["LINKWRIGHT_SITE"]), config.hosts)
        self._secrets = secret_headers(config, os.environ)
        self._stats = crawler.stats
        self._turn = asyncio.Lock()  # one page at a time; its seconds count from its turn
        logging.getLogger("scrapy-playwright").setLevel(logging.ERROR)  # a failure is told once
        handlers = importlib.import_module("scrapy_playwright.handler")
        self._handler = cast(
            "_Handler", handlers.ScrapyPlaywrightDownloadHandler.from_crawler(crawler)
        )
        self._failure = cast("type[Exception]", handlers.PlaywrightError)
        self._page_method = importlib.import_module("scrapy_playwright.page").PageMethod

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware for a crawl with the settings of the guard and of this module."""
        middleware = cls(crawler)
        crawler.signals.connect(middleware.closed, signals.engine_stopped)
        return middleware

    async def closed(self) -> None:
        """Close the browser."""
        await self._handler.close()

    def process_request(self, request: Request) -> None:
        """Ask for the whole page: the HTML may be as it was while what its scripts show is not."""
        request.headers.pop("If-None-Match", None)
        request.headers.pop("If-Modified-Since", None)

    async def process_response(
        self,
        request: Request,  # noqa: ARG002 - Scrapy's
        response: Response,
    ) -> Response:
        """Return the page with the text and links that its scripts gave it."""
        if response.status != 200 or not isinstance(response, TextResponse):
            return response
        if b"html" not in (response.headers.get("Content-Type") or b"").lower():
            return response
        async with self._turn:
            shown = await self._shown(response)
        if shown is None:
            self._stats.inc_value(NOT_RENDERED)
            _log.warning("%s was not rendered and is read as it was served", response.url)
            return response
        passed = response.replace(body=shown.text.encode(errors="replace"), encoding="utf-8")
        passed.headers["Content-Type"] = "text/html; charset=utf-8"
        return passed

    async def _shown(self, response: Response) -> TextResponse | None:
        """Return the page as Chromium shows it, None where it cannot."""
        pages = list[_Page]()
        try:
            async with asyncio.timeout(self._config.timeout_s + IDLE_S):
                shown = await self._handler.download_request(self._visit(response, pages))
        except (self._failure, TimeoutError, _TooLarge):
            return None
        finally:
            for page in pages:
                await _close(page, self._failure)
        return shown if isinstance(shown, TextResponse) else None

    def _visit(self, response: Response, pages: list[_Page]) -> Request:
        async def prepare(page: _Page, _request: Request) -> None:
            pages.append(page)
            await page.add_init_script(_STAY)
            await page.route("**", self._door(response))

        return Request(
            response.url,
            meta={
                "playwright": True,
                "playwright_page_init_callback": prepare,
                "playwright_page_goto_kwargs": {"wait_until": "domcontentloaded"},
                "playwright_page_methods": [self._page_method(self._settled)],
            },
            dont_filter=True,
        )

    def _door(self, response: Response) -> Callable[[_Route], Awaitable[None]]:
        """Return what decides each request of a page: answered from ``response``, made, or not."""
        shown = False

        async def decide(route: _Route) -> None:
            nonlocal shown
            request = route.request
            if request.is_navigation_request():
                if shown:  # a frame, or a script that leads elsewhere
                    await route.abort("aborted")  # the page stays; "failed" would replace it
                else:
                    shown = True
                    headers = _kept(response)
                    await route.fulfill(status=200, headers=headers, body=response.body)
            elif self._may_ask(request):
                trusted = self._scope.trusts(request.url)
                await route.continue_(headers=request.headers | (self._secrets if trusted else {}))
            else:
                await route.abort("blockedbyclient")

        return decide

    def _may_ask(self, request: _BrowserRequest) -> bool:
        if request.method not in ("GET", "HEAD") or request.resource_type in _UNSEEN:
            return False
        return not self._scope.refusal(request.url)

    async def _settled(self, page: _Page) -> None:
        """Wait until the page asks for nothing more, for some seconds at most."""
        with contextlib.suppress(self._failure):
            await page.wait_for_load_state("networkidle", timeout=IDLE_S * 1000)
        length = await page.evaluate("document.documentElement.outerHTML.length")
        if isinstance(length, int | float) and length > self._config.max_page_bytes:
            raise _TooLarge


class _TooLarge(Exception):
    """A page grew beyond max_page_bytes."""


def _kept(response: Response) -> dict[str, str]:
    return {
        name: b", ".join(response.headers.getlist(name)).decode("latin-1")
        for name in _KEPT_HEADERS
        if name in response.headers
    }


async def _close(page: _Page, failure: type[Exception]) -> None:
    """Close a page that is still open: its place is taken until then."""
    if not page.is_closed():
        with contextlib.suppress(failure, TimeoutError):
            async with asyncio.timeout(_CLOSE_S):
                await page.close()
