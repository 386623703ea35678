"""A folder of HTML served as a good server serves it, in a process of its own.

With robots.txt, sitemap.xml, ETag and Last-Modified, answering 304 to whoever has a page already.
``/-/asked`` tells how often each status was answered since it was asked last.
"""

from __future__ import annotations

import argparse
import email.utils
import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

from tests.mail_server import free_port

ASKED = "/-/asked"
SITEMAP_URLS = 10_000  # a sitemap may hold 50,000
SECONDS_TO_START = 120
HTML, XML, TEXT = "text/html; charset=utf-8", "application/xml", "text/plain"


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """What is served at one path; without ``etag`` it is never answered by 304."""

    body: bytes
    kind: str = HTML
    etag: str = ""
    modified_at: float = 0.0


class Pages(Protocol):
    """The pages of a site."""

    def paths(self) -> Sequence[tuple[str, float]]:
        """Return path and instant of the last change of every page."""
        ...

    def page(self, path: str) -> Served | None:
        """Return what stands at ``path``, None where nothing does."""
        ...


class FolderPages:
    """The HTML files below a folder."""

    def __init__(self, folder: Path) -> None:
        self._files = {
            "/" + quote(file.relative_to(folder).as_posix().removesuffix("index.html")): file
            for file in sorted(folder.rglob("*.html"))
        }
        self._read: dict[str, Served] = {}

    def paths(self) -> Sequence[tuple[str, float]]:
        """Return path and instant of the last change of every page."""
        return [(path, file.stat().st_mtime) for path, file in self._files.items()]

    def page(self, path: str) -> Served | None:
        """Return the file at ``path``; one that was read stays in memory."""
        if path not in self._read and path in self._files:
            body = self._files[path].read_bytes()
            changed = self._files[path].stat().st_mtime
            self._read[path] = Served(body=body, etag=f"{zlib.crc32(body):x}", modified_at=changed)
        return self._read.get(path)


class Server(ThreadingHTTPServer):
    """Serves ``pages`` on loopback and counts its answers by status."""

    def __init__(self, pages: Pages, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.pages = pages
        self._answered: Counter[str] = Counter()
        self._lock = threading.Lock()

    def count(self, status: int) -> None:
        """Count one answer."""
        with self._lock:
            self._answered[str(status)] += 1

    def counted(self) -> Mapping[str, int]:
        """Return the answers since this was called last."""
        with self._lock:
            counts, self._answered = self._answered, Counter()
        return counts


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65_536  # head and body in one write: else the kernel waits for more
    server: Server

    def do_GET(self) -> None:
        path = quote(unquote(self.path.partition("?")[0]))
        if path == ASKED:
            told = json.dumps(self.server.counted()).encode()
            self._answer(200, Served(body=told, kind=TEXT))
            return
        base = f"http://{self.headers.get('Host', 'localhost')}"
        found = _aside(self.server.pages, path, base) or self.server.pages.page(path)
        status = 404 if found is None else 304 if self._has(found) else 200
        self.server.count(status)
        self._answer(status, found or Served(body=b"<title>Not found</title>"))

    def _has(self, found: Served) -> bool:
        named, since = (self.headers.get(f"If-{name}") for name in ("None-Match", "Modified-Since"))
        if not found.etag or (named is None and since is None):
            return False
        if named is not None:
            return f'"{found.etag}"' in named
        return email.utils.parsedate_to_datetime(since).timestamp() >= int(found.modified_at)

    def _answer(self, status: int, what: Served) -> None:
        body = b"" if status == 304 else what.body
        self.send_response(status)
        if what.etag:
            self.send_header("ETag", f'"{what.etag}"')
            modified = email.utils.formatdate(what.modified_at, usegmt=True)
            self.send_header("Last-Modified", modified)
        if status != 304:
            self.send_header("Content-Type", what.kind)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _aside(pages: Pages, path: str, base: str) -> Served | None:
    """Return robots.txt or a sitemap, None for another path."""
    if path == "/robots.txt":
        text = f"User-agent: *\nAllow: /\nSitemap: {base}/sitemap.xml\n"
        return Served(body=text.encode(), kind=TEXT)
    if not path.startswith("/sitemap") or not path.endswith(".xml"):
        return None
    known = pages.paths()
    number = path.removeprefix("/sitemap").removesuffix(".xml").removeprefix("-")
    if number:
        first = int(number) * SITEMAP_URLS
        return _sitemap("urlset", "url", known[first : first + SITEMAP_URLS], base)
    if len(known) <= SITEMAP_URLS:
        return _sitemap("urlset", "url", known, base)
    parts = range(0, len(known), SITEMAP_URLS)
    named = [(f"/sitemap-{part // SITEMAP_URLS}.xml", 0.0) for part in parts]
    return _sitemap("sitemapindex", "sitemap", named, base)


def _sitemap(root: str, tag: str, paths: Sequence[tuple[str, float]], base: str) -> Served:
    entries = "".join(
        f"<{tag}><loc>{escape(base + path)}</loc>{_lastmod(changed)}</{tag}>"
        for path, changed in paths
    )
    schema = "http://www.sitemaps.org/schemas/sitemap/0.9"
    text = f'<?xml version="1.0" encoding="UTF-8"?><{root} xmlns="{schema}">{entries}</{root}>'
    return Served(body=text.encode(), kind=XML)


def _lastmod(changed: float) -> str:
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(changed))
    return f"<lastmod>{moment}</lastmod>" if changed else ""


# --- From outside ---------------------------------------------------------------------------


@contextmanager
def running(module: str, *arguments: str | Path, port: int | None = None) -> Iterator[str]:
    """Run a serving module in a process of its own; gives the home page of what it serves."""
    port = port or free_port()
    command = [sys.executable, "-m", module, *map(str, arguments), "--port", str(port)]
    with subprocess.Popen(command) as server:
        try:
            home = f"http://127.0.0.1:{port}/"
            _wait_for(home, server)
            asked(home)
            yield home
        finally:
            server.terminate()


def _wait_for(home: str, server: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + SECONDS_TO_START
    while server.poll() is None and time.monotonic() < give_up:
        try:
            asked(home)
        except urllib.error.URLError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"nobody answers at {home}")


def asked(home: str) -> Mapping[str, int]:
    """Return how often each status was answered since this was asked last."""
    with urllib.request.urlopen(home.rstrip("/") + ASKED, timeout=30) as answer:
        counts: Mapping[str, int] = json.load(answer)
    return counts


def main() -> None:
    """Serve a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    Server(FolderPages(given.folder), given.port).serve_forever()


if __name__ == "__main__":
    main()
