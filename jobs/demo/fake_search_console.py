"""Search Console on this machine: real HTTP on 127.0.0.1 that behaves as the service does.

Reproduced: at most 50,000 rows per day sorted by clicks, pages of at most 25,000 rows until an
answer has none, rare queries missing from query rows but counted in page rows, a lag of days and
provisional days behind it, days without data left out, permissions, access tokens, and failures on
demand. The demonstration and the tests read it through Google's own client.
"""

from __future__ import annotations

import functools
import json
import re
import socket
import struct
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import ClassVar, Self
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from jobs.demo.fake_answers import Answers, BadRequest, OfProperty, RowsSource, belongs
from jobs.demo.fake_tokens import Tokens

_SITEMAPS_PATH = re.compile(r"^/webmasters/v3/sites/([^/]+)/sitemaps$")
_QUERY_PATH = re.compile(r"^/webmasters/v3/sites/([^/]+)/searchAnalytics/query$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One request that goes wrong: an error answer, or an answer that does not arrive whole."""

    status: int = 200
    reason: str = ""
    message: str = ""
    retry_after: str = ""
    manner: str = "answer"  # answer, cut, slow, truncated, prose
    seconds: float = 0.0  # of a slow answer
    token: bool = False  # the token endpoint fails, not the API

    def body(self) -> bytes:
        """Return Google's error object."""
        message = self.message or f"{self.reason or self.status}"
        errors = [{"message": message, "domain": "global", "reason": self.reason}]
        error = {"code": self.status, "message": message, "errors": errors}
        return json.dumps({"error": error}).encode()


BAD_REQUEST = Failure(status=400, reason="invalidParameter", message="Invalid value")
UNAUTHORISED = Failure(status=401, reason="authError", message="Invalid Credentials")
FORBIDDEN = Failure(status=403, reason="forbidden", message="User does not have permission")
INSUFFICIENT = Failure(status=403, reason="insufficientPermissions", message="No permission")
QUOTA = Failure(status=403, reason="quotaExceeded", message="Search Analytics load quota exceeded")
RATE_LIMIT = Failure(status=403, reason="rateLimitExceeded", message="Rate limit exceeded")
TOO_MANY = Failure(status=429, reason="rateLimitExceeded", retry_after="7")
SERVER_ERROR = Failure(status=500, reason="backendError")
BAD_GATEWAY = Failure(status=502)
UNAVAILABLE = Failure(status=503, reason="backendError")
CUT = Failure(manner="cut")
SLOW = Failure(manner="slow", seconds=1.0)
TRUNCATED = Failure(manner="truncated")
PROSE = Failure(manner="prose")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request that came in."""

    method: str
    path: str
    body: Mapping[str, object]
    account: str  # who the access token was given to, "" without one

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What the rows were asked to be grouped by, () where this is no query."""
        found = self.body.get("dimensions", ())
        return tuple(map(str, found)) if isinstance(found, list) else ()

    @property
    def day(self) -> str:
        """The first day asked for, "" where this is no query."""
        return str(self.body.get("startDate", ""))


class FakeSearchConsole:
    """A Search Console that serves ``source``; use it as a context manager.

    ``today`` is asked on every request, so that a test or the demonstration moves time on.
    ``final_lag_days`` is the age of the newest final day; younger days but today's are provisional.
    With ``require_token``, requests without a token of this server's ``/token`` get 401.
    ``permissions`` are other properties of the account and its level there: each has the rows of
    ``source`` whose pages belong to it. ``types`` are the rows of other search types than web;
    types that are not named have those of ``source``.
    """

    def __init__(
        self,
        source: RowsSource,
        *,
        property_url: str,
        today: Callable[[], date],
        final_lag_days: int = 3,
        permission: str = "siteFullUser",
        permissions: Mapping[str, str] | None = None,
        types: Mapping[str, RowsSource] | None = None,
        require_token: bool = False,
        snake_case_metadata: bool = False,
    ) -> None:
        self.today = today
        self._sources = {"web": source, **(types or {})}
        self._answers_of = functools.partial(
            Answers,
            today=today,
            final_lag_days=final_lag_days,
            snake_case_metadata=snake_case_metadata,
        )
        self._answers: dict[tuple[str, str], Answers] = {}
        self.answers = self._answers_of(source)
        self.tokens = Tokens()
        self.levels = {property_url: permission, **(permissions or {})}
        self.property_url = property_url
        self.index: dict[str, dict[str, str]] = {}  # of URL Inspection, by page
        self.sitemaps: dict[str, str] = {}  # that were submitted, with the number of their errors
        self.require_token = require_token
        self.requests: list[Request] = []
        self._failures: deque[Failure] = deque()
        self._lock = threading.Lock()
        self.consent = True  # what a person says on the consent screen
        self._released = threading.Event()
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Start to listen on a free port."""
        handler = type("Handler", (_Handler,), {"console": self})
        self._released.clear()
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop to listen and end slow answers."""
        self._released.set()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    @property
    def endpoint(self) -> str:
        """The address to set as ``search_console.endpoint``."""
        if self._server is None:
            raise RuntimeError("the fake Search Console listens only inside its `with` block")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def token_uri(self) -> str:
        """The address that gives access tokens."""
        return f"{self.endpoint}/token"

    @property
    def queries(self) -> list[Request]:
        """The searchAnalytics queries among the requests, oldest first."""
        return [request for request in self.requests if request.dimensions]

    def fail_next(self, *failures: Failure) -> None:
        """Let the next requests fail, one each, in this order."""
        with self._lock:
            self._failures.extend(failures)

    def record(self, request: Request) -> None:
        """Keep a request in the log."""
        with self._lock:
            self.requests.append(request)

    def query(self, property_url: str, body: Mapping[str, object]) -> tuple[int, bytes]:
        """Return the status and the body that answer a searchAnalytics query."""
        if not self._readable(property_url):
            return FORBIDDEN.status, FORBIDDEN.body()
        try:
            with self._lock:
                answer = self._of(property_url, str(body.get("type", "web"))).query(body)
        except BadRequest as error:
            return 400, replace(BAD_REQUEST, message=str(error)).body()
        return 200, json.dumps(answer).encode()

    def _of(self, property_url: str, search_type: str) -> Answers:
        """Return the answers for one property and search type."""
        key = (property_url, search_type)
        if key not in self._answers:
            source = self._sources.get(search_type, self._sources["web"])
            self._answers[key] = self._answers_of(OfProperty(source, property_url))
        return self._answers[key]

    def inspect(self, body: Mapping[str, object]) -> tuple[int, bytes]:
        """Return the status and the body that answer a URL inspection.

        ``index`` holds what is known of some pages; every other one is indexed as itself.
        """
        url, property_url = str(body.get("inspectionUrl", "")), str(body.get("siteUrl", ""))
        if not self._readable(property_url) or not belongs(url, property_url):
            return FORBIDDEN.status, FORBIDDEN.body()
        known = {
            "verdict": "PASS",
            "coverageState": "Eingereicht und indexiert",  # prose, in whatever language
            "indexingState": "INDEXING_ALLOWED",
            "googleCanonical": url,
        }
        status = {**known, **self.index.get(url, {})}
        return 200, json.dumps({"inspectionResult": {"indexStatusResult": status}}).encode()

    def listed_sitemaps(self, property_url: str) -> tuple[int, bytes]:
        """Return the status and the body that answer the list of a property's sitemaps."""
        if not self._readable(property_url):
            return FORBIDDEN.status, FORBIDDEN.body()
        listed = [{"path": url, "errors": errors} for url, errors in self.sitemaps.items()]
        return 200, json.dumps({"sitemap": listed} if listed else {}).encode()

    def _readable(self, property_url: str) -> bool:
        level = self.levels.get(property_url, "siteUnverifiedUser")
        return level != "siteUnverifiedUser"

    def next_failure(self, *, token: bool) -> Failure | None:
        """Return and forget the failure that is due for the API or the token endpoint."""
        with self._lock:
            if self._failures and self._failures[0].token is token:
                return self._failures.popleft()
            return None

    def pause(self, seconds: float) -> None:
        """Wait as a slow service does, but no longer than this server lives."""
        self._released.wait(seconds)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that hung up: some failures make it do so."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    console: ClassVar[FakeSearchConsole]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes

    def do_GET(self) -> None:
        """Answer the list of properties, or the consent screen."""
        self._serve({})

    def do_POST(self) -> None:
        """Answer a query, or give a token."""
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_form = "urlencoded" in self.headers.get("Content-Type", "")
        self._serve(dict(parse_qsl(content.decode())) if is_form else json.loads(content or b"{}"))

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the instant of an answer: noon in California of the service's day."""
        del timestamp
        return format_datetime(datetime.combine(self.console.today(), time(20), UTC), usegmt=True)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Write no access log: :attr:`FakeSearchConsole.requests` is it."""

    def _serve(self, body: Mapping[str, object]) -> None:
        path = urlsplit(self.path).path
        header = self.headers.get("Authorization", "")
        account = self.console.tokens.account_of(header) if header else ""
        self.console.record(
            Request(method=self.command, path=path, body=body, account=account or "")
        )
        failure = self.console.next_failure(token=path == "/token")
        if failure is not None:
            self._fail(failure, path, body)
        elif path == "/token":
            status, answer = self.console.tokens.grant({k: str(v) for k, v in body.items()})
            self._answer(status, json.dumps(answer).encode())
        elif path == "/auth":
            self._consent()
        elif account is None or (self.console.require_token and not account):
            self._answer(UNAUTHORISED.status, UNAUTHORISED.body())
        else:
            self._answer(*self._api(path, body))

    def _api(self, path: str, body: Mapping[str, object]) -> tuple[int, bytes]:
        query = _QUERY_PATH.match(path)
        if query:
            return self.console.query(unquote(query[1]), body)
        if path == "/v1/urlInspection/index:inspect":
            return self.console.inspect(body)
        sitemaps = _SITEMAPS_PATH.match(path)
        if sitemaps:
            return self.console.listed_sitemaps(unquote(sitemaps[1]))
        if path == "/webmasters/v3/sites":
            entries = [
                {"siteUrl": url, "permissionLevel": level}
                for url, level in self.console.levels.items()
            ]
            return 200, json.dumps({"siteEntry": entries} if entries else {}).encode()
        return 404, Failure(status=404, reason="notFound").body()

    def _consent(self) -> None:
        """Send the browser back, as the consent screen does once the person has decided."""
        asked = dict(parse_qsl(urlsplit(self.path).query))
        decided = (
            {"code": self.console.tokens.code()}
            if self.console.consent
            else {"error": "access_denied"}
        )
        back = urlencode({**decided, "state": asked["state"]})
        self._answer(302, b"", {"Location": f"{asked['redirect_uri']}?{back}"})

    def _fail(self, failure: Failure, path: str, body: Mapping[str, object]) -> None:
        if failure.manner == "cut":
            self._cut()
        elif failure.manner == "slow":
            self.console.pause(failure.seconds)
            self._answer(*self._api(path, body))
        elif failure.manner == "truncated":
            status, whole = self._api(path, body)
            self._answer(status, whole, keep=len(whole) // 2)
        elif failure.manner == "prose":
            self._answer(200, b"<html>Please log in to the network</html>")
        else:
            after = {"Retry-After": failure.retry_after} if failure.retry_after else {}
            self._answer(failure.status, failure.body(), after)

    def _answer(
        self,
        status: int,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        *,
        keep: int | None = None,
    ) -> None:
        """Send an answer; with ``keep``, hang up after so many bytes of it."""
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body if keep is None else body[:keep])
        self.close_connection = self.close_connection or keep is not None

    def _cut(self) -> None:
        """Reset the connection without an answer."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.wfile.close()
        self.connection.close()
        raise ConnectionAbortedError("reset on demand")
