"""Measured tables in Markdown documents, between two marks that a program may write between."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

MEASURED = "measured"
BEGIN, END = f"<!-- {MEASURED} -->", f"<!-- /{MEASURED} -->"


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Return ``rows`` as a Markdown table; the first one is its head."""
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(row)} |\n" for row in lines)


def put_into(document: Path, text: str, *, mark: str = MEASURED) -> None:
    """Replace what stands between the marks of ``document``. Raises ValueError without them."""
    first, last = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    content = document.read_text(encoding="utf-8")
    before, begin, rest = content.partition(first)
    _, end, after = rest.partition(last)
    if not begin or not end:
        raise ValueError(f"{document} has no {first} with {last} after it")
    document.write_text(f"{before}{first}\n\n{text}\n{last}{after}", encoding="utf-8")
