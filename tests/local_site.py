"""A real website on loopback for crawls: a mapping from path to what is answered there."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the site answers; ``failures`` requests are answered 503 before it.

    ``raw`` writes the whole answer, its status line too, and with it all that HTTP forbids.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(
        default_factory=lambda: {"Content-Type": "text/html; charset=utf-8"}
    )
    failures: int = 0
    raw: Callable[[Callable[[bytes], object]], None] | None = None


def html(markup: str, **headers: str) -> Answer:
    """Return a page."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(
        body=markup.encode(), headers={"Content-Type": "text/html; charset=utf-8"} | named
    )


def moved(to: str, status: int = 301) -> Answer:
    """Return a redirect."""
    return Answer(status=status, headers={"Location": to})


def _not_found(_path: str) -> Answer:
    return Answer(status=404)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # the visitor had enough: no news
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class LocalSite:
    """Serves ``answers`` (path with query to Answer) while it is open, all else by ``otherwise``.

    ``asked`` counts the requests for each path, ``heard`` keeps the headers of each in order. An
    answer with an ``ETag`` is 304 for who has it.
    """

    def __init__(
        self, answers: Mapping[str, Answer], otherwise: Callable[[str], Answer] = _not_found
    ) -> None:
        self.answers = dict(answers)
        self.asked: Counter[str] = Counter()
        self.agents: set[str] = set()
        self.heard: list[tuple[str, Message]] = []
        self._otherwise = otherwise
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """The address of the home page."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.asked[self.path] += 1
                site.agents.add(self.headers.get("User-Agent", ""))
                site.heard.append((self.path, self.headers))
                answer = site.answers.get(self.path) or site._otherwise(self.path)
                if answer.raw is not None:
                    self.close_connection = True
                    answer.raw(self.wfile.write)
                    return
                late = site.asked[self.path] > answer.failures
                tag = answer.headers.get("ETag")
                if tag and self.headers.get("If-None-Match") == tag:
                    self.send_response(304)
                    self.send_header("ETag", tag)
                    self.end_headers()
                    return
                self.send_response(answer.status if late else 503)
                for name, value in answer.headers.items():
                    self.send_header(name, value.replace("SITE/", site.url))
                body = answer.body.replace(b"SITE/", site.url.encode())
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                pass

        return Handler
