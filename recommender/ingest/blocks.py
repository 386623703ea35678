"""The body of a page as text blocks and links, in one walk over its tree.

A block is a maximal run of inline content: what a browser would set as one paragraph. Its text is
the DOM's, with runs of white space folded, so that offsets into it are exact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from selectolax.lexbor import LexborNode

from recommender.ingest.landmarks import ROLES

BLOCK_TAGS = frozenset(
    """address article aside blockquote body caption center dd details dialog div dl dt fieldset
    figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav ol p
    pre search section summary table tbody td tfoot th thead tr ul""".split()
)
SKIPPED_TAGS = frozenset(
    {"audio", "canvas", "head", "iframe", "noscript", "object", "script", "style", "svg"}
    | {"template", "textarea", "video"}
)
KINDS: Mapping[str, str] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
    **dict.fromkeys(("li", "dd", "dt"), "item"),
    **dict.fromkeys(("td", "th"), "cell"),
    "p": "paragraph",
    "pre": "code",
    "blockquote": "quote",
}
LASTING_KINDS = frozenset({"heading", "code", "quote"})  # whatever stands inside stays one
NEVER_PROSE = frozenset({"heading", "code", "button"})
SPANS: Mapping[str, str] = {
    **dict.fromkeys(("code", "kbd", "samp", "var", "tt"), "c"),
    **dict.fromkeys(("button", "label", "option"), "b"),
    "q": "q",
}
PATH_DEPTH = 40  # deeper elements share the path of an ancestor: nesting bombs stay small
_TEXT_NODE = 2  # lexbor's LXB_TAG__TEXT


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedBlock:
    """A text block as BLOCKS has it; ``mark`` is the region that a selector decided, or ""."""

    ordinal: int
    kind: str
    text: str
    section: str
    prose: bool
    spans: str
    css_path: str
    mark: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedLink:
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Marks:
    """What selectors decided: a mark for each node they matched, and one for all the rest."""

    by_node: Mapping[int, str] = field(default_factory=dict)
    rest: str = ""


Attributes = Mapping[str, str | None]

Resolve = Callable[[str], str | None]
"""Turns an href into the URL of the same site that it means, None where it is not kept."""


def read_body(
    body: LexborNode, resolve: Resolve, marks: Marks, *, nofollow: bool = False
) -> tuple[tuple[ParsedBlock, ...], tuple[ParsedLink, ...]]:
    """Return the blocks and the links under ``body``, in document order.

    ``nofollow`` is the page's own word on all of its links. Cost: one visit per node.
    """
    reader = _Reader(resolve, marks, nofollow=nofollow)
    node, ancestors = body, list[LexborNode]()
    while True:
        if node.tag_id == _TEXT_NODE:
            reader.add(node.text_content or "")
        elif reader.enter(node):
            child = node.first_child
            if child is not None:
                ancestors.append(node)
                node = child
                continue
            reader.leave()
        while (following := node.next if ancestors else None) is None:
            if not ancestors:
                return tuple(reader.blocks), reader.finished_links()
            node = ancestors.pop()
            reader.leave()
        node = following


@dataclass(slots=True, eq=False)
class _Element:
    """An element (or text) that the walk is inside of."""

    path: str
    depth: int
    kind: str
    mark: str
    block: bool
    span: _Span | None = None


@dataclass(slots=True, eq=False)
class _Link:
    """A link while its element is open."""

    target: str | None  # None: it leads elsewhere and only its place in the text matters
    rel: str
    path: str
    mark: str
    alt: str | None = None
    pieces: list[tuple[int, int, str]] = field(default_factory=list)  # block, start, text
    block: int = -1  # where it has no text

    def finished(self, ordinal: int) -> ParsedLink:
        whole = len(self.pieces) == 1
        text = " ".join(piece for _, _, piece in self.pieces)
        return ParsedLink(
            ordinal=ordinal,
            target=self.target or "",
            anchor=text or self.alt or "",
            image=not text and self.alt is not None,
            rel=self.rel,
            block=self.pieces[0][0] if self.pieces else self.block,
            start=self.pieces[0][1] if whole else -1,
            css_path=self.path,
            mark=self.mark,
        )


@dataclass(slots=True, eq=False)
class _Span:
    """An inline element whose place in the text is kept; ``start`` -1 before its first word."""

    code: str
    link: _Link | None = None
    start: int = -1


@dataclass(slots=True)
class _Run:
    """The text of the block in the making."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    gap: bool = False  # white space was seen after the last word
    closed: list[tuple[_Span, int, int]] = field(default_factory=list)
    textless: list[_Link] = field(default_factory=list)


class _Reader:
    """Collects blocks and links from the events of the walk."""

    def __init__(self, resolve: Resolve, marks: Marks, *, nofollow: bool) -> None:
        self.blocks: list[ParsedBlock] = []
        self._links: list[_Link] = []
        self._resolve = resolve
        self._marks = marks
        self._rel = {"nofollow"} if nofollow else set[str]()
        root = _Element("", 0, "other", marks.rest, block=True)
        self._elements = [root]  # elements around the walk, outermost first
        self._owners = [root]  # those of them at block level
        self._spans: list[_Span] = []  # open inline spans
        self._waiting: list[_Span] = []  # those without a word in this run yet
        self._run = _Run()
        self._section = ""

    def finished_links(self) -> tuple[ParsedLink, ...]:
        kept = (link for link in self._links if link.target is not None)
        return tuple(link.finished(ordinal) for ordinal, link in enumerate(kept))

    def enter(self, node: LexborNode) -> bool:
        """Take in an element; False where nothing of it or below it counts (it is not left)."""
        tag = node.tag or "-"
        if tag in SKIPPED_TAGS or tag[0] == "-":
            return False
        attributes = node.attributes
        element = self._element(node, tag, attributes)
        self._elements.append(element)
        if element.block:
            self._flush()
            self._owners.append(element)
        elif tag == "img":
            self._picture(attributes)
        elif tag == "a" or tag in SPANS:
            self._begin_span(tag, attributes, element)
        return True

    def leave(self) -> None:
        """Leave the element that was entered last and not yet left."""
        element = self._elements.pop()
        if element.block:
            self._flush()
            self._owners.pop()
        elif element.span is not None:
            self._end_span(element.span)

    def _element(self, node: LexborNode, tag: str, attributes: Attributes) -> _Element:
        parent = self._elements[-1]
        mark = parent.mark
        if self._marks.by_node:
            mark = self._marks.by_node.get(node.mem_id, mark)
        path = parent.path
        if parent.depth < PATH_DEPTH:
            name = step_name(tag, attributes.get("class") or "", attributes.get("role") or "")
            path = f"{path}>{name}" if path else name
        kind = KINDS.get(tag, parent.kind)
        if parent.kind in LASTING_KINDS and kind not in LASTING_KINDS:
            kind = parent.kind
        return _Element(path, parent.depth + 1, kind, mark, tag in BLOCK_TAGS)

    def _begin_span(self, tag: str, attributes: Attributes, element: _Element) -> None:
        link = None
        if tag == "a":
            href = attributes.get("href")
            if href is None:
                return
            rel = {*(attributes.get("rel") or "").lower().split(), *self._rel}
            link = _Link(self._resolve(href), " ".join(sorted(rel)), element.path, element.mark)
            self._links.append(link)
        element.span = _Span(SPANS.get(tag, "a"), link)
        self._spans.append(element.span)
        self._waiting.append(element.span)

    def _end_span(self, span: _Span) -> None:
        self._spans.remove(span)
        if span.start >= 0:
            self._run.closed.append((span, span.start, self._run.length))
            return
        self._waiting.remove(span)
        if span.link is not None and not span.link.pieces:
            self._run.textless.append(span.link)

    def _picture(self, attributes: Attributes) -> None:
        alt = " ".join((attributes.get("alt") or "").split())
        for span in self._spans:
            if span.link is not None:
                span.link.alt = span.link.alt or alt

    def add(self, text: str) -> None:
        """Take in a text node."""
        words = text.split()
        run = self._run
        if not words:
            run.gap = run.gap or bool(text)
            return
        if run.length and (run.gap or text[0].isspace()):
            run.parts.append(" ")
            run.length += 1
        for span in self._waiting:
            span.start = run.length
        self._waiting.clear()
        folded = " ".join(words)
        run.parts.append(folded)
        run.length += len(folded)
        run.gap = text[-1].isspace()

    def _flush(self) -> None:
        """End the block in the making; spans still open go on in the next one."""
        run = self._run
        if not (run.length or run.textless or self._spans):
            return
        self._run = _Run()
        for span in self._spans:
            if span.start >= 0:
                run.closed.append((span, span.start, run.length))
                span.start = -1
        self._waiting = list(self._spans)
        if run.length:
            self._emit(run)

    def _emit(self, run: _Run) -> None:
        owner, text, ordinal = self._owners[-1], "".join(run.parts), len(self.blocks)
        spans = sorted(run.closed, key=lambda closed: closed[1:])
        for span, start, end in spans:
            if span.link is not None:
                span.link.pieces.append((ordinal, start, text[start:end]))
        for link in run.textless:
            link.block = ordinal
        kind = owner.kind
        if any(s.code == "b" and (start, end) == (0, len(text)) for s, start, end in spans):
            kind = "button"
        anchors = [text[start:end] for span, start, end in spans if span.code == "a"]
        self.blocks.append(
            ParsedBlock(
                ordinal=ordinal,
                kind=kind,
                text=text,
                section=self._section,
                prose=kind not in NEVER_PROSE and is_prose(text, anchors),
                spans=" ".join(f"{span.code}{start}-{end}" for span, start, end in spans),
                css_path=owner.path,
                mark=owner.mark,
            )
        )
        if kind == "heading":
            self._section = text


def is_prose(text: str, anchors: list[str]) -> bool:
    """Tell whether a block is running text: 8 words outside its links, links under half of it."""
    words = text.count(" ") + 1 - sum(anchor.count(" ") + 1 for anchor in anchors)
    return words >= 8 and 2 * sum(map(len, anchors)) < len(text)


_STEADY = re.compile(r"[A-Za-z_-]+")


@lru_cache(maxsize=1 << 16)
def step_name(tag: str, classes: str, role: str) -> str:
    """Return an element's step in a path: its tag, first steady class, and landmark role.

    A class with a digit in it often names one page or one item, and one with other signs would
    break the path; such classes are passed over, so that a slot has one path on every page.
    """
    if tag in ("html", "body"):  # their classes describe the page, not the place in it
        classes = ""
    steady = next(filter(_STEADY.fullmatch, classes.split()), "")
    name = f"{tag}.{steady}" if steady else tag
    return f"{name}[role={role.lower()}]" if role.lower() in ROLES else name
