"""A site of any size, its pages put together from real templates and real paragraphs.

``python -m tests.benchmarks.large_site FOLDER... --pages 40000 --port P``. Page number n is the
same in every process: a template (head, menus, sidebars and footer of a real page), a title and
paragraphs of real pages, and links in their words to other pages. After ``--night`` k, each night
has given a share of the pages another paragraph, another ETag and another Last-Modified.
"""

from __future__ import annotations

import argparse
import html
import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

from tests.benchmarks.static_site import Served, Server

TEMPLATES = 12  # of each folder
PARAGRAPHS = 3_000  # of each folder
SECTIONS = ("guides", "news", "reference", "people", "products", "archive")
BRANCHES = 3  # a page links to so many that no page before it does: all can be reached
EPOCH = 1_767_225_600.0  # 1 January 2026; pages change at night, a day each
DAY_S = 86_400
CONTENT, TITLE, ADDRESS = "@@content@@", "@@title@@", "@@address@@"


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """What pages are put together from."""

    templates: Sequence[Sequence[str]]  # literal pieces and marks in turn
    titles: Sequence[str]
    paragraphs: Sequence[str]

    @classmethod
    def of(cls, folders: Sequence[Path], address: LargeSite) -> Parts:
        """Return the parts that the pages in ``folders`` give."""
        templates: list[Sequence[str]] = []
        titles: list[str] = []
        paragraphs: list[str] = []
        for folder in folders:
            files = sorted(folder.rglob("*.html"))
            spread = files[:: max(1, len(files) // (5 * TEMPLATES))]
            made = [_template(file.read_bytes(), address) for file in spread]
            templates += [one for one in made if one][:TEMPLATES]
            own: list[str] = []
            for file in files[:: max(1, len(files) // 300)]:
                tree = LexborHTMLParser(file.read_bytes())
                titles += [_words(node.text()) for node in tree.css("title")[:1]]
                own += [text for node in tree.css("p") if len(text := _words(node.text())) > 80]
            paragraphs += list(dict.fromkeys(own))[:PARAGRAPHS]
        return cls(templates=templates, titles=list(dict.fromkeys(titles)), paragraphs=paragraphs)


def _words(text: str) -> str:
    return " ".join(text.split())


def _template(body: bytes, site: LargeSite) -> Sequence[str] | None:
    """Return a page with marks for its paragraphs, None where it has no run of them."""
    tree = LexborHTMLParser(body)
    parents = {}
    for node in tree.css("p"):
        if node.parent is not None:
            parents.setdefault(node.parent.mem_id, []).append(node)
    run = max(parents.values(), key=len, default=[])
    if len(run) < 3:
        return None
    run[0].insert_before(CONTENT)
    for node in run:
        node.decompose()
    for node in tree.css("a[href]"):
        href = node.attributes.get("href") or ""
        if not href.startswith(("http:", "https:", "mailto:", "tel:", "#", "javascript:")):
            # The same address in every page of a template: its menus stay its menus.
            number = zlib.crc32(urljoin("/", href).encode()) % site.pages
            node.attrs["href"] = site.path(number)
    for node in tree.css('link[rel="canonical"], meta[name="robots"], meta[http-equiv], base'):
        node.decompose()
    for node in tree.css("title, h1"):
        node.inner_html = TITLE
    head = f'<link rel="canonical" href="{ADDRESS}"></head>'
    return _cut((tree.html or "").replace("</head>", head, 1))


def _cut(markup: str) -> Sequence[str]:
    """Return ``markup`` as pieces, its marks alone in between."""
    pieces = [markup]
    for mark in (CONTENT, TITLE, ADDRESS):
        parted: list[str] = []
        for piece in pieces:
            for part in piece.split(mark):
                parted += [part, mark]
            parted.pop()
        pieces = parted
    return pieces


class LargeSite:
    """The pages of the site after some nights."""

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        pages: int,
        night: int = 0,
        changed_share: float = 0.01,
        last_night: float | None = None,
    ) -> None:
        self.pages = pages
        self._night = night
        self._last_night = EPOCH + DAY_S * night if last_night is None else last_night
        self._changed_share = changed_share
        self._numbers = {self.path(number): number for number in range(pages)}
        self._parts = Parts.of(folders, self)

    def path(self, number: int) -> str:
        """Return the path of a page; 0 is the home page."""
        if number == 0:
            return "/"
        draw = random.Random(f"path {number}")
        return f"/{draw.choice(SECTIONS)}/{draw.randrange(100)}/page-{number}/"

    def paths(self) -> Sequence[tuple[str, float]]:
        """Return path and instant of the last change of every page."""
        return [(path, self._changed_at(number)) for path, number in self._numbers.items()]

    def page(self, path: str) -> Served | None:
        """Return the page at ``path``."""
        number = self._numbers.get(path)
        if number is None:
            return None
        changes = self._changes(number)
        return Served(
            body=self._markup(number, len(changes)).encode(),
            etag=f"{number}-{len(changes)}",
            modified_at=self._changed_at(number),
        )

    def _changes(self, number: int) -> list[int]:
        """Return the nights in which a page changed."""
        nights = range(1, self._night + 1)
        drawn = {night: random.Random(f"night {night} {number}").random() for night in nights}
        return [night for night in nights if drawn[night] < self._changed_share]

    def _changed_at(self, number: int) -> float:
        night = max(self._changes(number), default=0)
        return self._last_night if 0 < night == self._night else EPOCH + DAY_S * night

    def _markup(self, number: int, version: int) -> str:
        draw = random.Random(f"page {number}")
        template = draw.choice(self._parts.templates)
        title = f"{draw.choice(self._parts.titles)}, part {number}"
        chosen = [draw.choice(self._parts.paragraphs) for _ in range(draw.randint(6, 14))]
        if version:
            chosen[0] = random.Random(f"{number} {version}").choice(self._parts.paragraphs)
        below = (number * BRANCHES + branch for branch in range(1, BRANCHES + 1))
        targets = [one for one in below if one < self.pages]
        targets += [draw.randrange(self.pages) for _ in range(draw.randint(0, 3))]
        text = self._text(chosen, targets, draw)
        put = {CONTENT: text, TITLE: html.escape(title), ADDRESS: self.path(number)}
        return "".join(put.get(piece, piece) for piece in template)

    def _text(self, chosen: Sequence[str], targets: Sequence[int], draw: random.Random) -> str:
        """Return paragraphs with a link to each target, on three words of one of them."""
        places = draw.sample(range(len(chosen)), len(targets))
        linked = dict(zip(places, targets, strict=True))
        paragraphs = []
        for place, paragraph in enumerate(chosen):
            words = [html.escape(word) for word in paragraph.split()]
            if place in linked:
                first = draw.randrange(max(1, len(words) - 3))
                anchor = " ".join(words[first : first + 3])
                link = f'<a href="{self.path(linked[place])}">{anchor}</a>'
                words[first : first + 3] = [link]
            paragraphs.append(f"<p>{' '.join(words)}</p>")
        return "\n".join(paragraphs)


def main() -> None:
    """Serve the site."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--pages", type=int, default=40_000)
    parser.add_argument("--night", type=int, default=0, help="nights that have passed")
    parser.add_argument("--changed-share", type=float, default=0.01, help="of the pages, a night")
    parser.add_argument("--last-night", type=float, help="instant of the newest changes")
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    site = LargeSite(
        given.folders,
        pages=given.pages,
        night=given.night,
        changed_share=given.changed_share,
        last_night=given.last_night,
    )
    Server(site, given.port).serve_forever()


if __name__ == "__main__":
    main()
