"""The sample site as files: its pages rendered, a sitemap, robots.txt and a style sheet."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from jobs.demo.sample_pages import SAMPLE, SamplePage, SiteSettings, sample_pages, sample_settings

SITEMAP_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_SECTION = re.compile(r"<h2>(.*?)</h2>")


def build_site(
    folder: Path, *, today: date, base_url: str, more: Iterable[SamplePage] = ()
) -> None:
    """Write the whole site into ``folder``: one ``index.html`` a page, sitemap, robots, style.

    Guides are dated back from ``today``; ``base_url`` is where the folder will be served. The
    first page of ``more`` joins the main menu.
    """
    added = tuple(more)
    pages = {page.path: page for page in (*sample_pages(), *added)}
    settings, templates, base_url = sample_settings(), _templates(), base_url.rstrip("/")
    menu = (*settings.menu, *(page.path for page in added[:1]))
    shared = _Shared(settings.model_copy(update={"menu": menu}), pages, today, base_url)
    for page in pages.values():
        file = page_file(folder, page.path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_rendered(page, templates, shared), encoding="utf-8")
    (folder / "sitemap.xml").write_bytes(_sitemap(pages.values(), today, base_url))
    robots = f"User-agent: *\nDisallow:\n\nSitemap: {base_url}/sitemap.xml\n"
    (folder / "robots.txt").write_text(robots, encoding="utf-8")
    shutil.copyfile(SAMPLE / "style.css", folder / "style.css")


def page_file(folder: Path, url: str) -> Path:
    """Return the file of a page, given its address or path."""
    return folder / urlsplit(url).path.strip("/") / "index.html"


@dataclass(frozen=True, slots=True)
class _Shared:
    """What every template may ask for."""

    settings: SiteSettings
    pages: Mapping[str, SamplePage]
    today: date
    base_url: str

    def label(self, path: str) -> str:
        """Return how menus and lists name a page."""
        return self.settings.labels.get(path, self.pages[path].title)

    def day(self, path: str) -> date | None:
        """Return the day on which a guide appeared, None for any other page."""
        return self.pages[path].published(self.today)


def _rendered(page: SamplePage, templates: Environment, shared: _Shared) -> str:
    sections = [(_identifier(name), name) for name in _SECTION.findall(page.body)]
    return templates.get_template(f"{page.template}.html.j2").render(
        site=shared.settings,
        page=page,
        pages=shared.pages,
        body=Markup(_with_identifiers(page.body.strip())),  # noqa: S704 - our own files
        sections=sections,
        base_url=shared.base_url,
        label=shared.label,
        day=shared.day,
        topic_page=shared.settings.topics.get(page.topic, ""),
    )


def _with_identifiers(body: str) -> str:
    """Return the body with an identifier on each section, so that a contents box can link it."""
    return _SECTION.sub(lambda found: f'<h2 id="{_identifier(found[1])}">{found[1]}</h2>', body)


def _identifier(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


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
