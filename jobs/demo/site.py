"""The sample site, served on 127.0.0.1 as a real site would be, and open to its editor."""

from __future__ import annotations

import functools
import hashlib
import io
import os
import socket
import threading
from collections.abc import Iterable, Mapping
from datetime import date
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
from urllib.parse import urlsplit

from jobs.demo.edits import with_link, without_link
from jobs.demo.sample_pages import SamplePage, sample_settings
from jobs.demo.site_files import build_site, page_file

CONTENT_TYPES: Mapping[str, str] = {
    "": "application/octet-stream",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml",
}


class SampleSite:
    """The sample site on 127.0.0.1, and its editor; a context manager.

    Entering it renders the site, with the pages ``more``, into ``folder`` and serves it on a free
    port.
    """

    def __init__(self, folder: Path, *, today: date, more: Iterable[SamplePage] = ()) -> None:
        self.folder = folder
        self.today = today
        self._more = tuple(more)
        handler = functools.partial(
            _Handler, directory=str(folder), redirects=sample_settings().redirects
        )
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    @property
    def url(self) -> str:
        """The address of the home page."""
        return f"http://127.0.0.1:{self._server.server_port}/"

    def page_url(self, path: str) -> str:
        """Return the address of the page at ``path``."""
        return self.url + path.lstrip("/")

    def __enter__(self) -> Self:
        try:
            build_site(self.folder, today=self.today, base_url=self.url, more=self._more)
        except BaseException:
            self._server.server_close()
            raise
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def apply_edit(
        self, source: str, sentence: str, anchor: str, target: str, *, start: int | None = None
    ) -> None:
        """Link ``anchor`` in ``sentence`` on page ``source`` to ``target``, as an editor would.

        Pages are given by path or address; ``start`` is the anchor's offset in the sentence,
        by default its first occurrence. Raises LinkwrightError where the words are not there.
        """
        offset = max(sentence.find(anchor), 0) if start is None else start
        file = page_file(self.folder, source)
        before = file.read_text(encoding="utf-8")
        _replace(file, with_link(before, sentence, offset, anchor, urlsplit(target).path))

    def remove_link(self, source: str, target: str) -> None:
        """Take the link to ``target`` off the words in the text of page ``source``.

        Raises LinkwrightError where there is none.
        """
        file = page_file(self.folder, source)
        before = file.read_text(encoding="utf-8")
        _replace(file, without_link(before, urlsplit(target).path))


def _replace(file: Path, text: str) -> None:
    """Write a page so that a reader sees the old one or the new one, never half of it."""
    written = file.with_suffix(".new")
    written.write_text(text, encoding="utf-8")
    written.replace(file)


class _Handler(SimpleHTTPRequestHandler):
    """Serves the folder with entity tags and redirects, without listings or a log."""

    def __init__(
        self,
        request: socket.socket,
        client_address: tuple[str, int],
        server: ThreadingHTTPServer,
        *,
        directory: str,
        redirects: Mapping[str, str],
    ) -> None:
        self._redirects = redirects
        self._tag = ""
        self.extensions_map = dict(CONTENT_TYPES)
        super().__init__(request, client_address, server, directory=directory)

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        moved_to = self._redirects.get(urlsplit(self.path).path)
        if moved_to is not None:
            self._answer(HTTPStatus.MOVED_PERMANENTLY, "Location", moved_to)
            return None
        file = Path(self.translate_path(self.path))
        file = file / "index.html" if self.path.endswith("/") else file
        if file.is_file():
            self._tag = f'"{hashlib.sha256(file.read_bytes()).hexdigest()[:16]}"'
            if self._tag in self.headers.get("If-None-Match", ""):
                self._answer(HTTPStatus.NOT_MODIFIED, "Cache-Control", "max-age=0")
                return None
        return super().send_head()

    def end_headers(self) -> None:
        if self._tag:
            self.send_header("ETag", self._tag)
        super().end_headers()

    def list_directory(self, path: str | os.PathLike[str]) -> io.BytesIO | None:  # noqa: ARG002
        self.send_error(HTTPStatus.NOT_FOUND)
        return None

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""

    def _answer(self, status: HTTPStatus, header: str, value: str) -> None:
        self.send_response(status)
        self.send_header(header, value)
        self.send_header("Content-Length", "0")
        self.end_headers()
