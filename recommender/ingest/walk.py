"""The walk over the tree of a page, which gives its blocks and links in document order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from recommender.ingest.blocks import BlockWriter, ParsedBlock, ParsedLink, Span
from recommender.ingest.hrefs import Resolver
from recommender.ingest.repeats import Part, Slot
from recommender.ingest.tags import LASTING_KINDS, TAGS, TEXT_NODE, Role, Tag, tag_named

MOST_SPANS = 16  # open at a time; those inside are text, as bombs nest a hundred thousand


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
    slot.tally.pages += 1
    walk.page = slot.tally.pages
    walk.over(body, (-1, slot, "other", marks.rest, None))
    return tuple(walk.writer.blocks), tuple(walk.writer.links)


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


_Owner = tuple[int, Slot, str, str, _Origin | None]
"""A block element that the walk is inside of: how many elements are around it, its place, the kind
and mark of its blocks, and where what is read from it is to be remembered."""


class _Walk:
    """The walk over one page."""

    def __init__(
        self, url: str, resolver: Resolver, marks: Marks, *, nofollow: bool, comparable: int
    ) -> None:
        self.writer = BlockWriter()
        self.page = 0  # its number
        self._url = url
        self._resolver = resolver
        self._marks = marks.by_node
        self._rel = {"nofollow"} if nofollow else set[str]()
        self._comparable = 0 if marks.by_node or not resolver.steady else comparable
        self._ambiguous = 0  # elements whose markup can be read in two ways
        self._around: list[LexborNode] = []  # elements around the walk, outermost first
        self._owners: list[_Owner] = []  # those at block level
        self._levels = [-2]  # of blocks and spans around the walk: how many elements are around

    def over(self, node: LexborNode, outside: _Owner) -> None:
        """Visit ``node`` and all inside it."""
        around, levels, text, tags = self._around, self._levels, self.writer.text, TAGS
        self._owners.append(outside)
        plain, block, skipped = Role.PLAIN, Role.BLOCK, Role.SKIPPED
        while True:
            number = node.tag_id
            if number == TEXT_NODE:
                if content := node.text_content:
                    text(content)
            else:
                tag = tags.get(number) or tag_named(node.tag)
                role = tag.role
                if role is plain or (
                    self._enter_block(node, tag)
                    if role is block
                    else role is not skipped and self._enter_inline(node, tag)
                ):
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

    def _enter_block(self, node: LexborNode, tag: Tag) -> bool:
        """Take in an element at block level; False where there is no need to look inside."""
        level, slot, kind, mark, _ = self._owners[-1]
        writer, around = self.writer, self._around
        if writer.length or writer.spans or writer.textless:
            writer.end_block(kind, slot.path, mark)
        for between in around[level + 1 :]:
            slot = slot.step(between.tag or "", between.attributes)
        slot = slot.step(tag.name, node.attributes)
        if tag.kind is not None and (kind not in LASTING_KINDS or tag.kind in LASTING_KINDS):
            kind = tag.kind
        origin = None
        if not writer.spans and self._comparable > 0 and slot.promising(self.page):
            markup = node.html or ""
            part = slot.known(markup)
            if part is not None and part.holds_on(self._url, self._resolver.folder):
                self._repeat(part)
                slot.repeated()
                return False
            self._comparable -= len(markup)
            if slot.differed():
                origin = self._origin(markup)
        if self._marks:
            mark = self._mark(node)
        self._owners.append((len(around), slot, kind, mark, origin))
        self._levels.append(len(around))
        return True

    def _enter_inline(self, node: LexborNode, tag: Tag) -> bool:
        if tag.role is Role.PICTURE:
            if self.writer.spans:
                self.writer.picture(node.attributes)
        elif tag.role is Role.FOREIGN:
            self._ambiguous += 1
        elif len(self.writer.spans) >= MOST_SPANS:
            pass
        elif tag.span == "a":
            self._enter_link(node)
        else:
            self.writer.begin(Span(tag.span))
            self._levels.append(len(self._around))
        return True

    def _enter_link(self, node: LexborNode) -> None:
        attributes = node.attributes
        href = attributes.get("href")
        if href is None:
            return
        target = self._resolver(href)
        if target is None:
            span = Span("a")
        else:
            level, slot, _, mark, _ = self._owners[-1]
            for between in self._around[level + 1 :]:
                slot = slot.step(between.tag or "", between.attributes)
            slot = slot.step("a", attributes)
            if self._marks:
                mark = self._mark(node)
            rel = attributes.get("rel")
            if rel or self._rel:
                rel = " ".join(sorted({*(rel or "").lower().split(), *self._rel}))
            span = Span("a", target, rel or "", slot.path, mark)
        self.writer.begin(span)
        self._levels.append(len(self._around))

    def _leave(self) -> None:
        level, slot, kind, mark, origin = self._owners[-1]
        writer = self.writer
        if self._levels.pop() != level:
            writer.end()
            return
        if writer.length or writer.spans or writer.textless:
            writer.end_block(kind, slot.path, mark)
        self._owners.pop()
        if origin is not None:
            self._remember(slot, origin)

    def _mark(self, node: LexborNode) -> str:
        level, _, _, mark, _ = self._owners[-1]
        for element in (*self._around[level + 1 :], node):
            mark = self._marks.get(element.mem_id, mark)
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
