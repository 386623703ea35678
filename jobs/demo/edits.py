"""Writes a link into a page's HTML and takes it out again, as an editor would by hand.

Everything else in the file stays byte for byte as it was.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import NamedTuple

from recommender.errors import LinkwrightError

BLOCKS = frozenset(
    "article blockquote div dd dt figcaption h1 h2 h3 h4 h5 h6 li ol p pre td ul".split()
)
"""Elements that begin a text of their own; all others run on inside a sentence."""


class _Letter(NamedTuple):
    """One character of a block's text, and the stretch of the file that it stands for."""

    text: str
    start: int
    end: int
    linked: bool


class _Link(NamedTuple):
    """One link: its address, its start tag, and where its end tag begins and ends."""

    href: str
    opening: tuple[int, int]
    closing: tuple[int, int]


def with_link(document: str, sentence: str, start: int, anchor: str, href: str) -> str:
    """Return the document with ``anchor``, ``start`` characters into ``sentence``, linked.

    The sentence is looked for in the text of ``<article>``, white space folded. Raises
    LinkwrightError where it is not there, the anchor is not at its place, or cannot be wrapped.
    """
    for block in _read(document).blocks:
        at = "".join(letter.text for letter in block).find(sentence)
        if at >= 0:
            letters = block[at + start : at + start + len(anchor)]
            return _wrapped(document, letters, anchor, href)
    raise LinkwrightError("the sentence is not on the page", subject=sentence)


def without_link(document: str, href: str) -> str:
    """Return the document with the links of its ``<article>`` to ``href`` taken off their words.

    Raises LinkwrightError where there is none.
    """
    links = [link for link in _read(document).links if link.href == href]
    if not links:
        raise LinkwrightError("the page has no such link in its text", subject=href)
    stretches = sorted((s for link in links for s in (link.opening, link.closing)), reverse=True)
    for start, end in stretches:
        document = document[:start] + document[end:]
    return document


def _wrapped(document: str, letters: list[_Letter], anchor: str, href: str) -> str:
    if not letters or "".join(letter.text for letter in letters) != anchor:
        raise LinkwrightError("the anchor is not at its place in the sentence", subject=anchor)
    start, end = letters[0].start, letters[-1].end
    if any(letter.linked for letter in letters):
        raise LinkwrightError("the anchor stands in another link", subject=anchor)
    words = document[start:end]
    if "<" in words:
        raise LinkwrightError("the anchor runs across other markup", subject=anchor)
    return f'{document[:start]}<a href="{html.escape(href)}">{words}</a>{document[end:]}'


def _read(document: str) -> _Reader:
    reader = _Reader(document)
    reader.feed(document)
    reader.close()
    return reader


class _Reader(HTMLParser):
    """Notes the text blocks and the links inside ``<article>``, with their place in the file."""

    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=False)
        self.blocks: list[list[_Letter]] = []
        self.links: list[_Link] = []
        self._document = document
        self._line_starts = [0, *(m.end() for m in re.finditer("\n", document))]
        self._inside = False
        self._open: tuple[str, tuple[int, int]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = self._inside or tag == "article"
        self._break_at(tag)
        if tag == "a" and self._inside:
            start = self._offset()
            end = start + len(self.get_starttag_text() or "")
            self._open = (dict(attrs).get("href") or "", (start, end))

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "article"
        self._break_at(tag)
        if tag == "a" and self._open:
            start = self._offset()
            end = self._document.index(">", start) + 1
            self.links.append(_Link(*self._open, (start, end)))
            self._open = None

    def handle_data(self, data: str) -> None:
        start = self._offset()
        for position, character in enumerate(data, start):
            self._add(character, position, position + 1)

    def handle_entityref(self, name: str) -> None:
        self._add_reference(f"&{name}")

    def handle_charref(self, name: str) -> None:
        self._add_reference(f"&#{name}")

    def _add_reference(self, reference: str) -> None:
        start = self._offset()
        end = start + len(reference)
        self._add(html.unescape(f"{reference};"), start, end + (self._document[end] == ";"))

    def _add(self, text: str, start: int, end: int) -> None:
        """Add a character to the block; a run of white space counts as one space."""
        if not self._inside or not self.blocks:
            return
        block = self.blocks[-1]
        if not text.isspace():
            block.append(_Letter(text, start, end, self._open is not None))
        elif block and block[-1].text != " ":
            block.append(_Letter(" ", start, end, self._open is not None))

    def _break_at(self, tag: str) -> None:
        if tag in BLOCKS:
            self.blocks.append([])

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._line_starts[line - 1] + column
