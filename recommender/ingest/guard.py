"""The parts of Scrapy that keep a crawl safe: whom it asks, what it tells them, what it takes in.

Every request passes :class:`GuardMiddleware`, those that Scrapy makes for robots.txt and redirects
too. DNS answers are judged each time a connection is made, so that a name which changes its
address gains nothing. Secrets are read in the process that uses them, go to the configured hosts,
and leave a request when its answer comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from os import environ
from typing import TYPE_CHECKING, Protocol, cast
from urllib.parse import urlsplit
from urllib.request import getproxies

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError, DownloadCancelledError, IgnoreRequest
from scrapy.http import Response
from scrapy.resolver import CachingHostnameResolver
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS

from recommender.config import CrawlConfig
from recommender.ingest.scope import Scope
from recommender.ingest.secret_headers import secret_headers

if TYPE_CHECKING:  # importing these installs the reactor, which is Scrapy's to choose
    from collections.abc import Sequence

    from twisted.internet.base import ReactorBase
    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IAddress, IHostResolution, IResolutionReceiver
    from twisted.web._newclient import Request as ClientRequest
    from twisted.web.iweb import IResponse

MOST_HEADER_BYTES = 262_144  # as in Chromium; Scrapy and Twisted have no limit
MOST_ENCODINGS = 2  # each may blow an answer up to the limit of its size again
MOST_REDIRECTS = 5  # of robots.txt (RFC 9309, section 2.3.1.2); the spider follows those of pages


class Refused(IgnoreRequest):
    """A request that it would not be safe to make; its text says why."""


def guard_settings(site: str, config: CrawlConfig) -> dict[str, object]:
    """Return the Scrapy settings that put the crawl of ``site`` under guard; no secret in them."""
    unused = dict.fromkeys(("data", "file", "ftp", "s3"))
    return {
        "LINKWRIGHT_SITE": site,
        "LINKWRIGHT_CRAWL": config,
        # Nearest to the network: no request that another part makes escapes it, it sees a failure
        # before the retries do, and nobody keeps the secrets that it puts on a request.
        "DOWNLOADER_MIDDLEWARES": {GuardMiddleware: 950},
        "TWISTED_DNS_RESOLVER": GuardedResolver,
        "DOWNLOAD_HANDLERS": {"http": GuardedHandler, "https": GuardedHandler, **unused},
        "REDIRECT_MAX_TIMES": MOST_REDIRECTS,
    }


# --- Requests -------------------------------------------------------------------------------


def _configured(crawler: Crawler) -> tuple[Scope, CrawlConfig]:
    config = crawler.settings["LINKWRIGHT_CRAWL"]
    assert isinstance(config, CrawlConfig)
    return Scope.of(str(crawler.settings["LINKWRIGHT_SITE"]), config.hosts), config


class GuardMiddleware:
    """Refuses requests outside the scope, and puts the secrets on those inside."""

    def __init__(self, scope: Scope, secrets: Mapping[str, str], *, most_bytes: int = 0) -> None:
        self._scope = scope
        self._secrets = secrets
        self._most_bytes = most_bytes

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> GuardMiddleware:
        """Return the middleware for a crawl with the settings of :func:`guard_settings`."""
        scope, config = _configured(crawler)
        return cls(scope, secret_headers(config, environ), most_bytes=config.max_page_bytes)

    def process_request(self, request: Request) -> None:
        """Let a request pass, or raise Refused."""
        why = self._scope.refusal(request.url)
        if why:
            raise Refused(why)
        if self._scope.trusts(request.url):
            request.headers.update(self._secrets)

    def process_response(self, request: Request, response: Response) -> Response:
        """Pass an answer on; its request has no secrets any more, whoever keeps it."""
        self._forget(request)
        encodings = b",".join(response.headers.getlist("Content-Encoding")).count(b",") + 1
        if encodings > MOST_ENCODINGS:
            raise IgnoreRequest(f"its body is encoded {encodings} times over")
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Say of a failure that a limit caused what it was: trying again would not help."""
        self._forget(request)
        if isinstance(exception, CannotResolveHostError):
            why = _refused_answers().get(urlsplit(request.url).hostname or "")
            if why:
                raise Refused(why) from exception
        if any(isinstance(cause, HeadersTooLarge) for cause in _causes(exception)):
            raise IgnoreRequest(f"its headers are larger than {MOST_HEADER_BYTES} bytes")
        if isinstance(exception, DownloadCancelledError):  # Scrapy gives it without a word
            most = request.meta.get("download_maxsize", self._most_bytes)
            raise IgnoreRequest(f"its body is larger than {most} bytes")

    def _forget(self, request: Request) -> None:
        for name in self._secrets:
            request.headers.pop(name, None)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Give ``error`` and what led to it; Twisted keeps reasons where Python keeps a cause."""
    while error is not None:
        yield error
        yield from (reason.value for reason in getattr(error, "reasons", ()))
        error = error.__cause__ or error.__context__


# --- Names ----------------------------------------------------------------------------------


class _Receiver(Protocol):
    """What Twisted's IResolutionReceiver looks like to a type checker."""

    def resolutionBegan(self, resolution: IHostResolution) -> None: ...  # noqa: N802

    def addressResolved(self, address: IAddress) -> None: ...  # noqa: N802

    def resolutionComplete(self) -> None: ...  # noqa: N802


class GuardedResolver(CachingHostnameResolver):
    """Resolves names and keeps back the addresses at which they must not be asked.

    ``refused`` says why, by name. A proxy that the environment names may be anywhere; what it
    resolves itself cannot be judged here.
    """

    def __init__(self, reactor: ReactorBase, cache_size: int, scope: Scope) -> None:
        super().__init__(reactor, cache_size)
        self.refused: dict[str, str] = {}
        self._scope = scope
        self._proxies = {urlsplit(proxy).hostname for proxy in getproxies().values()}

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> GuardedResolver:
        """Return the resolver for a crawl with the settings of :func:`guard_settings`."""
        return cls(reactor, crawler.settings.getint("DNSCACHE_SIZE"), _configured(crawler)[0])

    def resolveHostName(  # noqa: N802
        self,
        resolutionReceiver: IResolutionReceiver,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> IHostResolution:
        """Pass on the addresses that may be asked."""
        receiver = resolutionReceiver
        if hostName not in self._proxies:
            inner = cast("_Receiver", resolutionReceiver)
            allowed = _AllowedOnly(inner, hostName, self._scope, self.refused)
            receiver = cast("IResolutionReceiver", allowed)
        return super().resolveHostName(
            receiver, hostName, portNumber, addressTypes, transportSemantics
        )


class _AllowedOnly:
    """Passes on what a name resolves to, but for refused addresses."""

    def __init__(
        self, receiver: _Receiver, name: str, scope: Scope, refused: dict[str, str]
    ) -> None:
        self._receiver = receiver
        self._name = name
        self._scope = scope
        self._refused = refused

    def resolutionBegan(self, resolution: IHostResolution) -> None:  # noqa: N802
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: IAddress) -> None:  # noqa: N802
        why = self._scope.answer_refusal(self._name, str(getattr(address, "host", "")))
        if why:
            self._refused[self._name] = why
        else:
            self._receiver.addressResolved(address)

    def resolutionComplete(self) -> None:  # noqa: N802
        self._receiver.resolutionComplete()


def _refused_answers() -> Mapping[str, str]:
    from twisted.internet import reactor  # noqa: PLC0415 - importing it installs it

    resolver = getattr(reactor, "nameResolver", None)
    return resolver.refused if isinstance(resolver, GuardedResolver) else {}


# --- Headers without end --------------------------------------------------------------------


class HeadersTooLarge(Exception):
    """The headers of an answer did not end within MOST_HEADER_BYTES."""


class _GuardedProtocol(_LenientHTTP11ClientProtocol):
    """Gives an answer up whose headers do not end: else it takes 2.8 GB in five seconds."""

    _taken = 0

    def request(self, request: ClientRequest) -> Deferred[IResponse]:
        self._taken = 0
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        if self._parser is not None and self._parser.state in (STATUS, HEADER):
            self._taken += len(data)
            if self._taken > MOST_HEADER_BYTES:
                self._giveUp(Failure(HeadersTooLarge()))  # type: ignore[no-untyped-call]
                return
        super().dataReceived(data)  # type: ignore[no-untyped-call]


class _GuardedFactory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, _address: IAddress | None) -> _GuardedProtocol:  # noqa: N802
        return _GuardedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class GuardedHandler(HTTP11DownloadHandler):
    """Scrapy's handler of http and https, with a limit on the size of headers."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _GuardedFactory  # noqa: SLF001 - Scrapy sets its own so as well
