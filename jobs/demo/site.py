"""The sample site of the demo: a small collection of bicycle repair guides, rendered and served.

Its pages lie in ``sample/pages`` as HTML with a head in YAML, its templates in
``sample/templates``. It has what real sites have: menus, a sidebar, related boxes, a tag page, a
page that nobody links, one that only the sidebar links, a thin one, one that is not to be indexed,
an address that moved, and sentences that name another guide without linking it.
"""

from __future__ import annotations

import functools
import hashlib
import io
import os
import shutil
import socket
import threading
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict

from jobs.demo.edits import with_link, without_link

SAMPLE = Path(__file__).parent / "sample"
QUESTIONS = "/questions/"
CONTENT_TYPES: Mapping[str, str] = {
    "": "application/octet-stream",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml",
}
SITEMAP_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PageList(_Settings):
    """Some pages under a heading: a box in the sidebar, a part of a listing."""

    heading: str
    pages: tuple[str, ...]


class SamplePage(_Settings):
    """One page: its address, its head, and its content as HTML."""

    path: str
    template: str
    title: str
    description: str
    heading: str = ""
    topic: str = ""
    age_days: int | None = None  # days since it was published; None: not an article
    related: tuple[str, ...] = ()
    lists: tuple[PageList, ...] = ()
    robots: str = ""
    body: str = ""

    @property
    def indexable(self) -> bool:
        """Whether search engines may show it."""
        return "noindex" not in self.robots

    def published(self, today: date) -> date | None:
        """Return the day on which it appeared, seen from ``today``."""
        return None if self.age_days is None else today - timedelta(days=self.age_days)


class SiteSettings(_Settings):
    """What all pages share; paths are addresses of pages."""

    name: str
    tagline: str
    menu: tuple[str, ...]
    sidebar: tuple[PageList, ...]
    footer: tuple[str, ...]
    labels: Mapping[str, str]
    redirects: Mapping[str, str]


class _Question(_Settings):
    """A question that riders ask, and its answer in paragraphs."""

    path: str
    topic: str
    question: str
    description: str
    answer: tuple[str, ...]

    def page(self) -> SamplePage:
        """Return the page that answers the question."""
        return SamplePage(
            path=self.path,
            template="page",
            title=self.question,
            heading=self.question,
            topic=self.topic,
            description=self.description,
            body="\n".join(f"<p>{text}</p>" for text in self.answer),
        )


# --- Content --------------------------------------------------------------------------------


def sample_settings() -> SiteSettings:
    """Return what all pages of the sample site share."""
    text = (SAMPLE / "site.yaml").read_text(encoding="utf-8")
    return SiteSettings.model_validate(yaml.safe_load(text))


def sample_pages() -> tuple[SamplePage, ...]:
    """Return the pages of the sample site, by address."""
    pages = [_read_page(file) for file in (SAMPLE / "pages").glob("*.html")]
    return tuple(sorted(pages, key=lambda page: page.path))


def question_pages() -> tuple[SamplePage, ...]:
    """Return short questions with their answers, by address, after the page that lists them all.

    They make the sample as large as a small real site, so that pages can be compared.
    """
    text = (SAMPLE / "questions.yaml").read_text(encoding="utf-8")
    questions = [_Question.model_validate(entry) for entry in yaml.safe_load(text)]
    topics = dict.fromkeys(question.topic for question in questions)
    listing = SamplePage(
        path=QUESTIONS,
        template="listing",
        title="Questions and short answers",
        heading="Questions and short answers",
        description="What riders ask most about drivetrain, brakes, wheels and storage, in brief.",
        lists=tuple(
            PageList(
                heading=topic,
                pages=tuple(question.path for question in questions if question.topic == topic),
            )
            for topic in topics
        ),
    )
    return (listing, *sorted((q.page() for q in questions), key=lambda page: page.path))


def sample_queries() -> Mapping[str, tuple[str, ...]]:
    """Return what people would type to find each page, most frequent first, by address."""
    read = yaml.safe_load((SAMPLE / "queries.yaml").read_text(encoding="utf-8"))
    return {path: tuple(queries) for path, queries in read.items()}


def _read_page(file: Path) -> SamplePage:
    _, head, body = file.read_text(encoding="utf-8").split("---\n", 2)
    page = SamplePage.model_validate(yaml.safe_load(head) | {"body": body})
    return page if page.heading else page.model_copy(update={"heading": page.title})


# --- Rendering ------------------------------------------------------------------------------


def build_site(
    folder: Path, *, today: date, base_url: str, more: Iterable[SamplePage] = ()
) -> None:
    """Write the whole site into ``folder``: one ``index.html`` a page, sitemap, robots, style.

    Articles are dated back from ``today``; ``base_url`` is where the folder will be served. The
    first page of ``more`` joins the main menu.
    """
    added = tuple(more)
    pages = {page.path: page for page in (*sample_pages(), *added)}
    settings, templates, base_url = sample_settings(), _templates(), base_url.rstrip("/")
    menu = (*settings.menu, *(page.path for page in added[:1]))
    settings = settings.model_copy(update={"menu": menu})
    for page in pages.values():
        published = page.published(today)
        text = templates.get_template(f"{page.template}.html.j2").render(
            site=settings,
            page=page,
            pages=pages,
            body=Markup(page.body.strip()),  # noqa: S704 - our own files
            base_url=base_url,
            label=lambda path: settings.labels.get(path, pages[path].title),
            published=published.isoformat() if published else "",
            published_words=f"{published.day} {published:%B %Y}" if published else "",
        )
        file = page_file(folder, page.path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (folder / "sitemap.xml").write_bytes(_sitemap(pages.values(), today, base_url))
    robots = f"User-agent: *\nDisallow:\n\nSitemap: {base_url}/sitemap.xml\n"
    (folder / "robots.txt").write_text(robots, encoding="utf-8")
    shutil.copyfile(SAMPLE / "style.css", folder / "style.css")


def page_file(folder: Path, url: str) -> Path:
    """Return the file of a page, given its address or path."""
    return folder / urlsplit(url).path.strip("/") / "index.html"


def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(SAMPLE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )


def _sitemap(pages: Iterable[SamplePage], today: date, base_url: str) -> bytes:
    root = ET.Element("urlset", xmlns=SITEMAP_NAMESPACE)
    for page in pages:
        if not page.indexable:
            continue
        entry = ET.SubElement(root, "url")
        ET.SubElement(entry, "loc").text = base_url + page.path
        published = page.published(today)
        if published:
            ET.SubElement(entry, "lastmod").text = published.isoformat()
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


# --- Serving --------------------------------------------------------------------------------


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
