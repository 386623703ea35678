"""What a file is, by how it begins: the wrong download is told for what it is."""

from __future__ import annotations

import re

LOOK_AT = 4096  # bytes: enough to know a file by
_KINDS = (
    (re.compile(rb"\Z"), "empty"),
    (re.compile(rb"PK\x03\x04"), "a ZIP"),
    (re.compile(rb"%PDF"), "a PDF"),
    (
        re.compile(rb"(?:<[^>]*>\s*)*?<(?:!doctype html|html|head|body)\b", re.IGNORECASE),
        "a web page",
    ),
    (re.compile(rb"[{\[]"), "a JSON file"),
    (re.compile(rb"[^\n\x00]+[,;\t][^\n\x00]+\n"), "a table as text, such as CSV"),
)


def kind_of(content: bytes) -> str:
    """Return what a file that begins so is, in words that follow "it is"."""
    begin = content[:LOOK_AT].removeprefix(b"\xef\xbb\xbf").lstrip()
    return next((name for form, name in _KINDS if form.match(begin)), "something else")
