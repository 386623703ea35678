"""The blocks and links of a page by the plainest walk there is: what the fast one must agree with.

Each element gets a record of its own, nothing is remembered and nothing is skipped that could be
derived. It says what a block is; :mod:`recommender.ingest.walk` says it fast.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from recommender.ingest.blocks import NEVER_PROSE, ParsedBlock, ParsedLink
from recommender.ingest.depth import not_too_deep
from recommender.ingest.places import PATH_DEPTH, step_name
from recommender.ingest.tags import BLOCK_TAGS, KINDS, LASTING_KINDS, SKIPPED_TAGS, SPANS
from recommender.ingest.walk import MOST_SPANS
from recommender.urls import absolute


def read_slowly(markup: str, url: str) -> tuple[tuple[ParsedBlock, ...], tuple[ParsedLink, ...]]:
    """Return the blocks and links of the page ``url`` without selectors, robots words or base."""
    tree = LexborHTMLParser(not_too_deep(markup.encode()), scripting=True)
    root = tree.root if tree.body is None else tree.body
    assert root is not None
    reader = _Reader(url)
    node, ancestors = root, list[LexborNode]()
    while True:
        if node.text_content is not None:
            reader.add(node.text_content)
        elif reader.enter(node):
            if node.first_child is not None:
                ancestors.append(node)
                node = node.first_child
                continue
            reader.leave()
        while (following := node.next if ancestors else None) is None:
            if not ancestors:
                return tuple(reader.blocks), reader.finished_links()
            node = ancestors.pop()
            reader.leave()
        node = following


@dataclass(eq=False)
class _Link:
    target: str | None
    rel: str
    path: str
    alt: str | None = None
    pieces: list[tuple[int, int, str]] = field(default_factory=list)  # block, start, text
    block: int = -1


@dataclass(eq=False)
class _Span:
    code: str
    link: _Link | None = None
    start: int = -1


@dataclass(eq=False)
class _Element:
    path: str
    depth: int
    kind: str
    block: bool
    span: _Span | None = None


@dataclass
class _Run:
    text: str = ""
    gap: bool = False
    closed: list[tuple[_Span, int, int]] = field(default_factory=list)
    textless: list[_Link] = field(default_factory=list)


class _Reader:
    def __init__(self, url: str) -> None:
        self.blocks: list[ParsedBlock] = []
        self._url = url
        self._links: list[_Link] = []
        self._elements = [_Element("", 0, "other", block=True)]
        self._spans: list[_Span] = []
        self._run = _Run()
        self._section = ""

    def finished_links(self) -> tuple[ParsedLink, ...]:
        kept = [link for link in self._links if link.target is not None]
        return tuple(_finished(link, ordinal) for ordinal, link in enumerate(kept))

    def enter(self, node: LexborNode) -> bool:
        tag = node.tag or "-"
        if tag in SKIPPED_TAGS or tag[0] == "-":
            return False
        attributes = node.attributes
        parent = self._elements[-1]
        path = parent.path
        if parent.depth < PATH_DEPTH:
            name = step_name(tag, attributes.get("class") or "", attributes.get("role") or "")
            path = f"{path}>{name}" if path else name
        kind = KINDS.get(tag, parent.kind)
        if parent.kind in LASTING_KINDS and kind not in LASTING_KINDS:
            kind = parent.kind
        if tag in BLOCK_TAGS:
            self._flush()
        element = _Element(path, parent.depth + 1, kind, tag in BLOCK_TAGS)
        self._elements.append(element)
        if tag == "img":
            alt = " ".join((attributes.get("alt") or "").split())
            for span in self._spans:
                if span.link is not None:
                    span.link.alt = span.link.alt or alt
        elif tag in SPANS and len(self._spans) < MOST_SPANS:
            self._begin(tag, attributes.get("href"), attributes.get("rel") or "", element)
        return True

    def _begin(self, tag: str, href: str | None, rel: str, element: _Element) -> None:
        link = None
        if tag == "a":
            if href is None:
                return
            rels = " ".join(sorted(set(rel.lower().split())))
            link = _Link(self._target(href), rels, element.path)
            self._links.append(link)
        element.span = _Span(SPANS[tag], link)
        self._spans.append(element.span)

    def _target(self, href: str) -> str | None:
        target = absolute(href, self._url)
        host = self._url.partition("://")[2].partition("/")[0]
        if target is None or target.partition("://")[2].partition("/")[0] != host:
            return None
        return None if target == self._url and ("#" in href or not href.strip()) else target

    def leave(self) -> None:
        element = self._elements[-1]
        if element.block:
            self._flush()
        elif element.span is not None:
            self._spans.remove(element.span)
            if element.span.start >= 0:
                self._run.closed.append((element.span, element.span.start, len(self._run.text)))
            elif element.span.link is not None and not element.span.link.pieces:
                self._run.textless.append(element.span.link)
        self._elements.pop()

    def add(self, text: str) -> None:
        words, run = text.split(), self._run
        if words:
            if run.text and (run.gap or text[0].isspace()):
                run.text += " "
            for span in self._spans:
                if span.start < 0:
                    span.start = len(run.text)
            run.text += " ".join(words)
            run.gap = False
        run.gap = run.gap or (bool(text) and text[-1].isspace())

    def _flush(self) -> None:
        run, self._run = self._run, _Run()
        for span in self._spans:
            if span.start >= 0:
                run.closed.append((span, span.start, len(run.text)))
                span.start = -1
        if run.text:
            self._emit(run)

    def _emit(self, run: _Run) -> None:
        owner = next(element for element in reversed(self._elements) if element.block)
        text, ordinal, kind = run.text, len(self.blocks), owner.kind
        spans = sorted(run.closed, key=lambda closed: closed[1:])
        for span, start, end in spans:
            if span.link is not None:
                span.link.pieces.append((ordinal, start, text[start:end]))
            if span.code == "b" and (start, end) == (0, len(text)):
                kind = "button"
        for link in run.textless:
            link.block = ordinal
        anchors = [text[start:end] for span, start, end in spans if span.code == "a"]
        words = len(text.split(" "))
        linked = sum(len(anchor.split(" ")) for anchor in anchors)
        running = words - linked >= 8 and 2 * sum(map(len, anchors)) < len(text)
        self.blocks.append(
            ParsedBlock(
                ordinal=ordinal,
                kind=kind,
                text=text,
                section=self._section,
                prose=running and kind not in NEVER_PROSE,
                spans=" ".join(f"{span.code}{start}-{end}" for span, start, end in spans),
                css_path=owner.path,
                mark="",
                words=words,
                linked=min(linked, words),
            )
        )
        if kind == "heading":
            self._section = text


def _finished(link: _Link, ordinal: int) -> ParsedLink:
    text = " ".join(piece for _, _, piece in link.pieces)
    return ParsedLink(
        ordinal=ordinal,
        target=link.target or "",
        anchor=text or link.alt or "",
        image=not text and link.alt is not None,
        rel=link.rel,
        block=link.pieces[0][0] if link.pieces else link.block,
        start=link.pieces[0][1] if len(link.pieces) == 1 else -1,
        css_path=link.path,
        mark="",
    )
