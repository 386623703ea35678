"""The walk over the tree of a page, which gives its blocks and links in document order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from recommender.ingest.blocks import BlockWriter, OpenLink, ParsedBlock, ParsedLink, Span
from recommender.ingest.hrefs import Resolver
from recommender.ingest.places import Attributes
from recommender.ingest.repeats import Part, Slot
from recommender.ingest.tags import LASTING_KINDS, TAGS, TEXT_NODE, Role, Tag, tag_named


@dataclass(frozen=True, kw_only=True, slots=True)
class Marks:
    """What selectors decided: a mark for each node they matched, and one for all the rest."""

    by_node: Mapping[int, str] = field(default_factory=dict)
    rest: str = ""


def read_body(
    body: LexborNode,
    *,
    url: str,
    resolver: Resolver,
    marks: Marks,
    nofollow: bool,
    slot: Slot,
    comparable: int,
) -> tuple[tuple[ParsedBlock, ...], tuple[ParsedLink, ...]]:
    """Return the blocks and the links under ``body``, in document order.

    ``nofollow`` is the page's own word on all of its links. ``slot`` stands for what is around the
    body and remembers; ``comparable`` is how many characters of markup may be compared in vain.
    Cost: one visit per node that is not in a part known from another page.
    """
    walk = _Walk(url, resolver, marks, nofollow=nofollow, comparable=comparable)
    walk.over(body, _Frame(-1, slot, "other", marks.rest))
    return tuple(walk.writer.blocks), tuple(walk.writer.links)


class _Frame:
    """A block element or a span that the walk is inside of."""

    __slots__ = ("kind", "level", "mark", "origin", "slot")

    def __init__(
        self, level: int, slot: Slot, kind: str, mark: str, origin: _Origin | None = None
    ) -> None:
        self.level = level  # how many elements are around it
        self.slot = slot
        self.kind = kind
        self.mark = mark
        self.origin = origin  # where what is read from it is to be remembered


@dataclass(slots=True)
class _Origin:
    """Where the walk stood when it came to an element that may repeat on other pages."""

    markup: str
    blocks: int
    links: int
    section: str
    bound: int
    nearby: int
    passed: int


class _Walk:
    """The walk over one page."""

    def __init__(
        self, url: str, resolver: Resolver, marks: Marks, *, nofollow: bool, comparable: int
    ) -> None:
        self.writer = BlockWriter()
        self._url = url
        self._resolver = resolver
        self._marks = marks
        self._rel = {"nofollow"} if nofollow else set[str]()
        self._comparable = 0 if marks.by_node or not resolver.steady else comparable
        self._ambiguous = 0  # elements whose markup can be read in two ways
        self._around: list[LexborNode] = []  # elements around the walk, outermost first
        self._owners: list[_Frame] = []  # those at block level
        self._levels = [-2]  # levels of blocks and spans around the walk

    def over(self, node: LexborNode, outside: _Frame) -> None:
        """Visit ``node`` and all inside it."""
        around, levels, text, tags = self._around, self._levels, self.writer.text, TAGS
        self._owners.append(outside)
        plain, skipped = Role.PLAIN, Role.SKIPPED
        while True:
            number = node.tag_id
            if number == TEXT_NODE:
                text(node.text_content or "")
            else:
                tag = tags.get(number) or tag_named(node.tag)
                role = tag.role
                if role is plain or (role is not skipped and self._enter(node, tag)):
                    child = node.first_child
                    if child is not None:
                        around.append(node)
                        node = child
                        continue
                    if levels[-1] == len(around):
                        self._leave()
            while (following := node.next if around else None) is None:
                if not around:
                    self.writer.finish_links()
                    return
                node = around.pop()
                if levels[-1] == len(around):
                    self._leave()
            node = following

    def _enter(self, node: LexborNode, tag: Tag) -> bool:
        """Take in an element that is not plain; False where there is no need to look inside."""
        if tag.role is Role.BLOCK:
            return self._enter_block(node, tag)
        if tag.role is Role.SPAN:
            self._enter_span(node, tag)
        elif tag.role is Role.FOREIGN:
            self._ambiguous += 1
        elif self.writer.spans:
            self.writer.picture(node.attributes)
        return True

    def _enter_block(self, node: LexborNode, tag: Tag) -> bool:
        owner, writer = self._owners[-1], self.writer
        writer.end_block(owner.kind, owner.slot.path, owner.mark)
        slot = self._slot(tag, node.attributes)
        kind = owner.kind
        if tag.kind is not None and (kind not in LASTING_KINDS or tag.kind in LASTING_KINDS):
            kind = tag.kind
        origin = None
        if self._comparable > 0 and not writer.spans and slot.promising():
            markup = node.html or ""
            part = slot.known(markup)
            if part is not None and part.holds_on(self._url, self._resolver.folder):
                self._repeat(part)
                slot.repeated()
                return False
            slot.differed()
            self._comparable -= len(markup)
            origin = self._origin(markup)
        self._owners.append(_Frame(len(self._around), slot, kind, self._mark(node), origin))
        self._levels.append(len(self._around))
        return True

    def _enter_span(self, node: LexborNode, tag: Tag) -> None:
        link = None
        if tag.span == "a":
            attributes = node.attributes
            href = attributes.get("href")
            if href is None:
                return
            target = self._resolver(href)
            if target is not None:
                slot = self._slot(tag, attributes)
                link = OpenLink(target, self._rels(attributes), slot.path, self._mark(node))
        self.writer.begin(Span(tag.span, link))
        self._levels.append(len(self._around))

    def _rels(self, attributes: Attributes) -> str:
        said = attributes.get("rel")
        if not said and not self._rel:
            return ""
        return " ".join(sorted({*(said or "").lower().split(), *self._rel}))

    def _leave(self) -> None:
        level, owner = self._levels.pop(), self._owners[-1]
        if level != owner.level:
            self.writer.end()
            return
        self.writer.end_block(owner.kind, owner.slot.path, owner.mark)
        self._owners.pop()
        if owner.origin is not None:
            self._remember(owner.slot, owner.origin)

    def _slot(self, tag: Tag, attributes: Attributes) -> Slot:
        owner = self._owners[-1]
        slot = owner.slot
        for between in self._around[owner.level + 1 :]:
            slot = slot.step(between.tag or "", between.attributes)
        return slot.step(tag.name, attributes)

    def _mark(self, node: LexborNode) -> str:
        owner = self._owners[-1]
        if not self._marks.by_node:
            return owner.mark
        mark = owner.mark
        for element in (*self._around[owner.level + 1 :], node):
            mark = self._marks.by_node.get(element.mem_id, mark)
        return mark

    # --- Parts that repeat ------------------------------------------------------------------

    def _origin(self, markup: str) -> _Origin:
        writer, resolver = self.writer, self._resolver
        writer.finish_links()
        return _Origin(
            markup,
            len(writer.blocks),
            len(writer.links),
            writer.section,
            resolver.bound + self._ambiguous,
            resolver.nearby,
            len(resolver.passed),
        )

    def _remember(self, slot: Slot, origin: _Origin) -> None:
        writer, resolver = self.writer, self._resolver
        writer.finish_links()
        if resolver.bound + self._ambiguous != origin.bound:
            return
        blocks = tuple(writer.blocks[origin.blocks :])
        headings = [place for place, block in enumerate(blocks) if block.kind == "heading"]
        part = Part(
            blocks,
            tuple(writer.links[origin.links :]),
            origin.blocks,
            origin.links,
            origin.section,
            headings[0] + 1 if headings else len(blocks),
            blocks[headings[-1]].text if headings else None,
            resolver.folder if resolver.nearby != origin.nearby else None,
            frozenset(resolver.passed[origin.passed :]),
        )
        slot.keep(origin.markup, part)

    def _repeat(self, part: Part) -> None:
        writer, resolver = self.writer, self._resolver
        writer.finish_links()
        writer.links.extend(part.links_at(len(writer.links), len(writer.blocks)))
        writer.blocks.extend(part.blocks_at(len(writer.blocks), writer.section))
        if part.last_heading is not None:
            writer.section = part.last_heading
        if part.folder is not None:
            resolver.nearby += 1
        resolver.passed.extend(part.passed)
