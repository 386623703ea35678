"""What an element's tag says about the text inside it, by the parser's own number for the tag."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser

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
SPANS: Mapping[str, str] = {
    **dict.fromkeys(("code", "kbd", "samp", "var", "tt"), "c"),
    **dict.fromkeys(("button", "label", "option"), "b"),
    "q": "q",
    "a": "a",
}
_PLAIN_TAGS = """abbr acronym area b bdi bdo big br center cite col colgroup data datalist del dfn
    em embed font html i img input ins link map mark meta nobr optgroup output param picture
    progress rp rt ruby s select slot small source span strike strong sub sup time u wbr"""


class Role(Enum):
    """What the walk does with an element."""

    BLOCK = auto()  # begins and ends a block
    SPAN = auto()  # its place in the text is kept
    PICTURE = auto()
    FOREIGN = auto()  # plain, but its markup can be read in two ways
    PLAIN = auto()
    SKIPPED = auto()  # nothing of it or inside it counts


class Tag(NamedTuple):
    """What is known of an element by its tag."""

    name: str
    role: Role
    kind: str | None  # of the blocks in it, None where that is not its to say
    span: str


def _role(name: str) -> Role:
    if name in SKIPPED_TAGS or name[0] == "-":  # the latter is a comment or the like
        return Role.SKIPPED
    if name in BLOCK_TAGS:
        return Role.BLOCK
    if name in SPANS:
        return Role.SPAN
    return {"img": Role.PICTURE, "math": Role.FOREIGN}.get(name, Role.PLAIN)


def tag_named(name: str | None) -> Tag:
    """Return what is known of an element by its name; what has none is passed over."""
    name = name or "-"
    return Tag(name, _role(name), KINDS.get(name), SPANS.get(name, ""))


def _numbered() -> Mapping[int, Tag]:
    maker = LexborHTMLParser("")
    named = (*BLOCK_TAGS, *SKIPPED_TAGS, *SPANS, "math", *_PLAIN_TAGS.split())
    return {maker.create_node(name).tag_id: tag_named(name) for name in named}


TAGS = _numbered()
"""The tags of HTML; the parser's numbers of all others differ from page to page."""

TEXT_NODE = 2  # lexbor's LXB_TAG__TEXT
