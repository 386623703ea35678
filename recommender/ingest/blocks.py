"""The text of a page as blocks and links, made from the events of a walk over its tree.

A block is a maximal run of inline content: what a browser would set as one paragraph. Its text is
the DOM's, with runs of white space folded, so that offsets into it are exact.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from recommender.ingest.places import Attributes

NEVER_PROSE = frozenset({"heading", "code", "button"})

# Tuples, not dataclasses: a page has hundreds, and making them is a large part of reading it.


class ParsedBlock(NamedTuple):
    """A text block as BLOCKS has it; ``mark`` is the region that a selector decided, or ""."""

    ordinal: int
    kind: str
    text: str
    section: str
    prose: bool
    spans: str
    css_path: str
    mark: str
    words: int
    linked: int  # of the words, those inside links


class ParsedLink(NamedTuple):
    """A link as LINKS has it; ``mark`` is the region that a selector decided, or ""."""

    ordinal: int
    target: str
    anchor: str
    image: bool
    rel: str
    block: int
    start: int
    css_path: str
    mark: str


@dataclass(slots=True, eq=False)
class OpenLink:
    """A link until its element has ended and all its text is in blocks."""

    target: str
    rel: str
    path: str
    mark: str
    alt: str | None = None
    pieces: list[tuple[int, int, str]] = field(default_factory=list)  # block, start, text
    block: int = -1  # where it has no text

    def finished(self, ordinal: int) -> ParsedLink:
        """Return the link as the row ``ordinal``."""
        alt, pieces = self.alt, self.pieces
        if len(pieces) == 1:
            ((block, start, text),) = pieces
        else:
            block, start = pieces[0][0] if pieces else self.block, -1
            text = " ".join(piece for _, _, piece in pieces)
        image = not text and alt is not None
        anchor = text or alt or ""
        return ParsedLink(
            ordinal, self.target, anchor, image, self.rel, block, start, self.path, self.mark
        )


class Span:
    """An inline element whose place in the text is kept; ``start`` -1 before its first word.

    ``link`` is None in a link that is not kept, too.
    """

    __slots__ = ("code", "link", "start")

    def __init__(self, code: str, link: OpenLink | None = None) -> None:
        self.code = code
        self.link = link
        self.start = -1


class BlockWriter:
    """Collects blocks and links from the events of the walk.

    What it is told of goes into the block in the making, until that is ended.
    """

    def __init__(self) -> None:
        self.blocks: list[ParsedBlock] = []
        self.links: list[ParsedLink] = []
        self.section = ""
        self.spans: list[Span] = []  # open inline spans, outermost first
        self._waiting: list[Span] = []  # those without a word in this block yet
        self._unfinished: list[OpenLink] = []
        self._parts: list[str] = []
        self._length = 0
        self._gap = False  # white space was seen after the last word
        self._closed: list[tuple[int, int, Span]] = []
        self._textless: list[OpenLink] = []

    def text(self, text: str) -> None:
        """Take in a text node."""
        words = text.split()
        if not words:
            self._gap = self._gap or bool(text)
            return
        length = self._length
        if length and (self._gap or text[0].isspace()):
            self._parts.append(" ")
            length += 1
        if self._waiting:
            for span in self._waiting:
                span.start = length
            self._waiting.clear()
        folded = " ".join(words)
        self._parts.append(folded)
        self._length = length + len(folded)
        self._gap = text[-1].isspace()

    def begin(self, span: Span) -> None:
        """Take in the begin of a span."""
        if span.link is not None:
            self._unfinished.append(span.link)
        self.spans.append(span)
        self._waiting.append(span)

    def end(self) -> None:
        """Take in the end of the innermost span."""
        span = self.spans.pop()
        if span.start >= 0:
            self._closed.append((span.start, self._length, span))
            return
        self._waiting.remove(span)
        if span.link is not None and not span.link.pieces:
            self._textless.append(span.link)

    def picture(self, attributes: Attributes) -> None:
        """Take in an image."""
        alt = " ".join((attributes.get("alt") or "").split())
        for span in self.spans:
            if span.link is not None:
                span.link.alt = span.link.alt or alt

    def end_block(self, kind: str, path: str, mark: str) -> None:
        """End the block in the making; spans still open go on in the next one."""
        for span in self.spans:
            if span.start >= 0:
                self._closed.append((span.start, self._length, span))
                span.start = -1
        if self.spans:
            self._waiting = list(self.spans)
        if self._length:
            self._write(kind, path, mark)
            self._parts.clear()
            self._length = 0
            self._closed.clear()
        self._gap = False
        if self._textless:
            self._textless.clear()

    def finish_links(self) -> None:
        """Make rows of the links so far; all must have ended, and their block too."""
        first = len(self.links)
        self.links.extend(
            link.finished(ordinal) for ordinal, link in enumerate(self._unfinished, first)
        )
        self._unfinished.clear()

    def _write(self, kind: str, path: str, mark: str) -> None:
        text, ordinal, section = "".join(self._parts), len(self.blocks), self.section
        for link in self._textless:
            link.block = ordinal
        words = text.count(" ") + 1
        if not self._closed:
            prose = words >= 8 and kind not in NEVER_PROSE
            row = ParsedBlock(ordinal, kind, text, section, prose, "", path, mark, words, 0)
        else:
            self._closed.sort(key=_place_in_text)
            anchors = []
            for start, end, span in self._closed:
                if span.code == "a":
                    anchor = text[start:end]
                    anchors.append(anchor)
                    if span.link is not None:
                        span.link.pieces.append((ordinal, start, anchor))
                elif span.code == "b" and end - start == len(text):
                    kind = "button"
            linked = sum(anchor.count(" ") + 1 for anchor in anchors)
            running = words - linked >= 8 and 2 * sum(map(len, anchors)) < len(text)
            prose = running and kind not in NEVER_PROSE
            spans = " ".join([f"{span.code}{start}-{end}" for start, end, span in self._closed])
            row = ParsedBlock(
                ordinal, kind, text, section, prose, spans, path, mark, words, min(linked, words)
            )
        self.blocks.append(row)
        if kind == "heading":
            self.section = text


def _place_in_text(closed: tuple[int, int, Span]) -> tuple[int, int]:
    return closed[:2]
