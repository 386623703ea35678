"""The writers' rules held against a page's HTML as it stands, by a reader of its own.

It shares nothing with the product's parser but the library under it: a page is a row of text nodes,
each with the elements around it, and a paragraph is the text of one element at block level.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urldefrag, urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from recommender.models import Kind, Recommendation

CHROME = frozenset("nav header footer aside".split())
PARTS = frozenset("main article".split())
OF_A_PART = frozenset("header footer".split())  # inside of one they are its own, not the page's
HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
CODE = frozenset("code pre kbd samp tt".split())
QUOTES = frozenset("blockquote q".split())
FORBIDDEN = HEADINGS | CODE | QUOTES | frozenset("a button select option label summary".split())
UNREAD = frozenset("script style template noscript svg math textarea title iframe".split())
INLINE = frozenset(
    """a abbr acronym b bdi bdo big br cite code data del dfn em font i ins kbd label mark meter
    output q ruby s samp small span strike strong sub sup time tt u var wbr button img
    input""".split()
)
VAGUE = frozenset(
    phrase.strip()
    for phrase in """here|click here|this|this page|this article|this link|read more|learn more|
    more|link|page|see more|find out more|more information|details|next|previous|back|home|website
    """.split("|")
)
FUNCTION_WORDS = frozenset(
    "a an the of and or in on at to for with by from as is are was be it its this that".split()
)
MOST_WORDS = 8
RUNNING_WORDS = 8  # outside links, that make a link's paragraph a text rather than a list


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """The text of one element at block level, and for each character the elements around it."""

    text: str  # runs of white space folded
    around: tuple[frozenset[str], ...]  # one a character
    links: tuple[tuple[str, str], ...]  # href, text

    @property
    def running(self) -> bool:
        """Tell whether it is text that holds links, not a list of links."""
        plain = "".join(
            " " if "a" in tags else char for char, tags in zip(self.text, self.around, strict=True)
        )
        return len(plain.split()) >= RUNNING_WORDS

    @property
    def beside(self) -> bool:
        """Tell whether it stands beside the content: in a menu, a header, a footer, an aside."""
        return bool(frozenset.intersection(*self.around) & CHROME)

    def places(self, sentence: str) -> Iterator[int]:
        """Yield where a sentence stands in it."""
        start = self.text.find(sentence)
        while start >= 0:
            yield start
            start = self.text.find(sentence, start + 1)


@dataclass(frozen=True)
class Page:
    """One page, read from its HTML; links to ``menu`` (URLs) are not its own."""

    url: str
    html: bytes
    menu: frozenset[str] = frozenset()

    @cached_property
    def paragraphs(self) -> Sequence[Paragraph]:
        """The texts of the page in document order."""
        body = LexborHTMLParser(self.html).body
        return [] if body is None else list(_paragraphs(body))

    @cached_property
    def content_links(self) -> Sequence[tuple[str, str]]:
        """The links in running text of the content: URL without fragment, words."""
        return [
            (to, words)
            for paragraph in self.paragraphs
            if paragraph.links and paragraph.running and not paragraph.beside
            for href, words in paragraph.links
            if (to := urldefrag(urljoin(self.url, href)).url) not in self.menu
        ]


@dataclass
class _Open:
    """A paragraph in the making."""

    chars: list[str]
    around: list[frozenset[str]]
    links: list[tuple[str, str]]

    def add(self, text: str, tags: frozenset[str]) -> None:
        for char in text:
            folded = " " if char.isspace() else char
            if folded == " " and (not self.chars or self.chars[-1] == " "):
                continue
            self.chars.append(folded)
            self.around.append(tags)

    def done(self) -> Paragraph | None:
        while self.chars and self.chars[-1] == " ":
            self.chars.pop()
            self.around.pop()
        if not self.chars:
            return None
        return Paragraph(
            text="".join(self.chars), around=tuple(self.around), links=tuple(self.links)
        )


def _paragraphs(body: LexborNode) -> Iterator[Paragraph]:
    """Yield the paragraphs: text is cut wherever an element at block level begins or ends."""
    now = _Open([], [], [])
    steps: list[tuple[LexborNode | None, frozenset[str]]] = [(body, frozenset())]
    while steps:
        node, tags = steps.pop()
        if node is None or (node.tag not in INLINE and node.tag != "-text"):
            made, now = now.done(), _Open([], [], [])
            if made is not None:
                yield made
        if node is None or node.tag in UNREAD:
            continue
        if node.tag == "-text":
            now.add(node.text_content or "", tags)
            continue
        href = node.attributes.get("href")
        if node.tag == "a" and href is not None:
            now.links.append((href, " ".join(node.text().split())))
        inside = tags if node.tag in OF_A_PART and tags & PARTS else tags | {node.tag or ""}
        children = list(node.iter(include_text=True))
        if node.tag not in INLINE:
            steps.append((None, tags))
        steps.extend((child, inside) for child in reversed(children))
    made = now.done()
    if made is not None:
        yield made


# --- The rules ------------------------------------------------------------------------------


def faults_of(
    edit: Recommendation, page: Page, same: Callable[[str], str], vague: Collection[str] = VAGUE
) -> list[str]:
    """Return what is wrong with an edit of ``page``, in words; ``same`` gives a URL's one form."""
    faults = [] if edit.kind is Kind.ADD_SENTENCE else list(_of_words(edit.anchor, vague))
    placed = [
        found
        for paragraph in page.paragraphs
        for start in paragraph.places(edit.sentence)
        if (found := _of_place(edit, paragraph, start)) is not None
    ]
    if not placed:
        faults.append("its sentence does not stand on the page")
    elif all(placed):
        faults.append(min(placed, key=len))
    elsewhere = {words for to, words in page.content_links if same(to) != same(edit.target)}
    linked = {same(to) for to, _ in page.content_links}
    if edit.kind is not Kind.CHANGE_ANCHOR and same(edit.target) in linked:
        faults.append("the page links the target already")
    if edit.anchor and edit.anchor.casefold() in {words.casefold() for words in elsewhere}:
        faults.append("its words lead to another page already")
    return faults


def _of_words(anchor: str, vague: Collection[str]) -> Iterator[str]:
    said = anchor.split()
    if not said or len(said) > MOST_WORDS:
        yield f"{len(said)} words"
    if anchor and not (_is_letter(anchor[0]) and _is_letter(anchor[-1])):
        yield "punctuation at its edge"
    if re.sub(r"\W+", " ", anchor.casefold()).strip() in vague:
        yield "generic"
    if not {word.casefold() for word in said} - FUNCTION_WORDS:
        yield "function words only"
    if not any(char.isalpha() for char in anchor):
        yield "no letter"


def _is_letter(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char).startswith("M")


def _of_place(edit: Recommendation, paragraph: Paragraph, start: int) -> str | None:
    """Return what is wrong with a place of the sentence, "" for nothing."""
    whole = frozenset().union(*paragraph.around[start : start + len(edit.sentence)])
    if whole & CHROME:
        return f"it stands in {sorted(whole & CHROME)}"
    common = frozenset.intersection(*paragraph.around[start : start + len(edit.sentence)])
    if common & FORBIDDEN:
        return f"its sentence is all in {sorted(common & FORBIDDEN)}"
    if edit.kind is Kind.ADD_SENTENCE:
        return ""
    first = start + edit.anchor_start
    if paragraph.text[first : first + len(edit.anchor)] != edit.anchor:
        return "its words do not stand where it says"
    inside = frozenset().union(*paragraph.around[first : first + len(edit.anchor)])
    return f"its words are in {sorted(inside & FORBIDDEN)}" if inside & FORBIDDEN else ""


def faults_of_all(
    edits: Sequence[Recommendation], pages: Mapping[str, Page], same: Callable[[str], str]
) -> list[str]:
    """Return the faults of each edit alone, a line each that says of which."""
    return [
        f"{edit.source} -> {edit.target} “{edit.anchor}”: {fault}; {edit.sentence}"
        for edit in edits
        for fault in faults_of(edit, pages[edit.source], same)
    ]


def faults_together(edits: Sequence[Recommendation]) -> list[str]:
    """Return where edits chosen together get in each other's way on one page."""
    faults = []
    led: dict[tuple[str, str], str] = {}
    said: set[tuple[str, int, str]] = set()
    for edit in edits:
        words = edit.anchor.casefold()
        if words and led.setdefault((edit.source, words), edit.target) != edit.target:
            faults.append(f"{edit.source}: “{words}” leads to two pages")
        place = (edit.source, edit.block, edit.sentence)
        if place in said:
            faults.append(f"{edit.source}: two edits in “{edit.sentence}”")
        said.add(place)
    return faults
