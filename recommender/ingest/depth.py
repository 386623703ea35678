"""How deep the elements of a page are nested: parsing takes time that grows with its square."""

from __future__ import annotations

import re

DEEPEST = 512  # as in browsers; what is deeper is no page for readers
_FEW_TAGS = 20_000  # whatever they are, parsing them takes a second or two
_TAG = re.compile(rb"<(/?)([A-Za-z][^\s/>]*)")
_NOT_NESTED = frozenset(  # void, or ended by the next of their kind
    b"""a area base body br button col colgroup dd dt embed head hr html img input li link meta
    nobr optgroup option p param rp rt source tbody td tfoot th thead tr track wbr""".split()
)


def not_too_deep(markup: bytes) -> bytes:
    """Return ``markup`` up to where more than DEEPEST elements are open, most often all of it."""
    if markup.count(b"<") <= _FEW_TAGS:
        return markup
    depth = 0
    for tag in _TAG.finditer(markup):
        if tag[2].lower() in _NOT_NESTED:
            continue
        depth = max(depth - 1, 0) if tag[1] else depth + 1
        if depth > DEEPEST:
            return markup[: tag.start()]
    return markup
