"""The text of a page as blocks and links, made from the events of a walk over its tree.

A block is a maximal run of inline content: what a browser would set as one paragraph. Its text is
the DOM's, with runs of white space folded, so that offsets into it are exact.
"""

from __future__ import annotations

from operator import itemgetter
from typing import NamedTuple

from recommender.ingest.places import Attributes
from recommender.text import count_words

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


class Span:
    """An inline element whose place in the text is kept, until all its text is in blocks.

    ``start`` is -1 before its first word in a block; ``target`` is None but in a link to be kept.
    """

    __slots__ = ("alt", "block", "code", "mark", "path", "pieces", "rel", "start", "target")

    def __init__(
        self, code: str, target: str | None = None, rel: str = "", path: str = "", mark: str = ""
    ) -> None:
        self.code = code
        self.target = target
        self.rel = rel
        self.path = path
        self.mark = mark
        self.start = -1
        self.alt: str | None = None
        self.pieces: tuple[tuple[int, int, str], ...] = ()  # block, start, text
        self.block = -1  # where it has no text

    def as_link(self, ordinal: int, target: str) -> ParsedLink:
        """Return the row of the link that it is."""
        alt, pieces = self.alt, self.pieces
        if len(pieces) == 1:
            ((block, start, text),) = pieces
        else:
            block, start = pieces[0][0] if pieces else self.block, -1
            text = " ".join([piece for _, _, piece in pieces])
        image = not text and alt is not None
        anchor = text or alt or ""
        return tuple.__new__(
            ParsedLink,
            (ordinal, target, anchor, image, self.rel, block, start, self.path, self.mark),
        )


class BlockWriter:
    """Collects blocks and links from the events of the walk.

    What it is told of goes into the block in the making, until that is ended.
    """

    __slots__ = (
        "_closed",
        "_gap",
        "_parts",
        "_unfinished",
        "_waiting",
        "blocks",
        "length",
        "links",
        "section",
        "spans",
        "textless",
    )

    def __init__(self) -> None:
        self.blocks: list[ParsedBlock] = []
        self.links: list[ParsedLink] = []
        self.section = ""
        self.spans: list[Span] = []  # open inline spans, outermost first
        self.length = 0  # of the text in the block in the making
        self.textless: list[Span] = []  # links in it that have ended without a word
        self._waiting: list[Span] = []  # open spans without a word in this block yet
        self._unfinished: list[Span] = []  # links to be kept
        self._parts: list[str] = []
        self._gap = False  # white space was seen after the last word
        self._closed: list[tuple[int, int, Span]] = []

    def text(self, text: str) -> None:
        """Take in a text node that is not empty."""
        words = text.split()
        if not words:
            self._gap = True
            return
        length = self.length
        if length and (self._gap or text[0].isspace()):
            self._parts.append(" ")
            length += 1
        if self._waiting:
            for span in self._waiting:
                span.start = length
            self._waiting.clear()
        folded = " ".join(words)
        self._parts.append(folded)
        self.length = length + len(folded)
        self._gap = text[-1].isspace()

    def begin(self, span: Span) -> None:
        """Take in the begin of a span."""
        if span.target is not None:
            self._unfinished.append(span)
        self.spans.append(span)
        self._waiting.append(span)

    def end(self) -> None:
        """Take in the end of the innermost span."""
        span = self.spans.pop()
        if span.start >= 0:
            self._closed.append((span.start, self.length, span))
            return
        self._waiting.remove(span)
        if span.code == "a" and not span.pieces:
            self.textless.append(span)

    def picture(self, attributes: Attributes) -> None:
        """Take in an image."""
        alt = " ".join((attributes.get("alt") or "").split())
        for span in self.spans:
            span.alt = span.alt or alt

    def end_block(self, kind: str, path: str, mark: str) -> None:
        """End the block in the making; spans still open go on in the next one.

        There is no need to where it has neither text nor spans nor textless links.
        """
        if self.spans:
            for span in self.spans:
                if span.start >= 0:
                    self._closed.append((span.start, self.length, span))
                    span.start = -1
            self._waiting = list(self.spans)
        if self.length:
            for span in self.textless:
                span.block = len(self.blocks)
            text = "".join(self._parts)
            self._parts.clear()
            self.length = 0
            self._write(text, kind, path, mark)
        self.textless.clear()

    def finish_links(self) -> None:
        """Make rows of the links so far; all must have ended, and their block too."""
        if self._unfinished:
            links = self.links
            for span in self._unfinished:
                if span.target is not None:
                    links.append(span.as_link(len(links), span.target))
            self._unfinished.clear()

    def _write(self, text: str, kind: str, path: str, mark: str) -> None:
        words = count_words(text)
        linked, prose, spans = 0, words >= 8, ""
        if self._closed:
            kind, linked, letters, spans = self._place_spans(text, kind)
            prose = words - linked >= 8 and 2 * letters < len(text)
            linked = min(linked, words)
        if kind in NEVER_PROSE:
            prose = False
        row = (len(self.blocks), kind, text, self.section, prose, spans, path, mark, words, linked)
        self.blocks.append(tuple.__new__(ParsedBlock, row))
        if kind == "heading":
            self.section = text

    def _place_spans(self, text: str, kind: str) -> tuple[str, int, int, str]:
        """Return kind, words and letters inside links, and all spans as BLOCKS has them."""
        ordinal, linked, letters = len(self.blocks), 0, 0
        closed, spans = self._closed, []
        if len(closed) > 1:
            closed.sort(key=_place_in_text)
        for start, end, span in closed:
            code = span.code
            spans.append(f"{code}{start}-{end}")
            if code == "a":
                anchor = text[start:end]
                linked += count_words(anchor)
                letters += end - start
                if span.target is not None:
                    span.pieces += ((ordinal, start, anchor),)
            elif code == "b" and end - start == len(text):
                kind = "button"
        closed.clear()
        return kind, linked, letters, " ".join(spans)


_place_in_text = itemgetter(0, 1)
