"""The bytes of a page as UTF-8, whatever they were. No input raises."""

from __future__ import annotations

import codecs
import re

from w3lib.encoding import (
    html_body_declared_encoding,
    http_content_type_encoding,
    read_bom,
    to_unicode,
)

# Python's codecs include base64, punycode and others that are no charsets, and may be slow.
_CHARSET = re.compile(
    r"(?:utf-(?:8|16|32)|cp\d|iso8859-|iso2022_|koi8|mac-|gb|hz|big5|euc_|shift_jis|johab|ptcp"
    r"|tis|kz1048|ascii).*"
)
_LATE_META = re.compile(rb"<meta\s[^>]{0,200}?charset", re.IGNORECASE)
_HEAD_BYTES = 100_000


def utf8_of(body: bytes, content_type: str | None) -> bytes:
    """Return ``body`` in UTF-8, by its byte-order mark, the header's charset or the markup's.

    UTF-8 is assumed where none of them says; what cannot be decoded is replaced.
    """
    marked, mark = read_bom(body)
    if marked is not None and mark is not None:
        return _from(marked, body[len(mark) :])
    if body[:2] in (b"<\0", b"\0<"):  # UTF-16 shows itself in the first character of any markup
        return _from("utf-16-le" if body[:1] == b"<" else "utf-16-be", body)
    charset = http_content_type_encoding(content_type) or html_body_declared_encoding(body)
    if charset is None or not _CHARSET.fullmatch(charset):
        charset = "utf-8"
    if charset == "utf-8":
        return body if _is_utf8(body) else _from(_declared_late(body) or charset, body)
    return _from({"utf-16": "utf-16-be", "utf-32": "utf-32-be"}.get(charset, charset), body)


def _is_utf8(body: bytes) -> bool:
    try:
        codecs.utf_8_decode(body, "strict", True)
    except UnicodeDecodeError:
        return False
    return True


def _from(charset: str, body: bytes) -> bytes:
    return to_unicode(body, charset).encode("utf-8", "replace")


def _declared_late(body: bytes) -> str | None:
    """Return the charset that is declared further down than the standard looks for it."""
    found = _LATE_META.search(body, 0, _HEAD_BYTES)
    charset = html_body_declared_encoding(body[found.start() :]) if found else None
    return charset if charset and _CHARSET.fullmatch(charset) else None
