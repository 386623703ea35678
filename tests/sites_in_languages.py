"""Small sites in several languages, written for the tests: plain text as HTML pages.

A file of tests/sites/languages holds the pages of one site: "# /path: Title", then a paragraph a
line.
"""

from __future__ import annotations

from pathlib import Path

from tests.parsed_site import page

FOLDER = Path(__file__).parent / "sites" / "languages"


def site_in(language: str) -> dict[str, str]:
    """Return the site in ``language``: path -> HTML."""
    pages: dict[str, str] = {}
    for part in (FOLDER / f"{language}.md").read_text(encoding="utf-8").split("# /")[1:]:
        head, *paragraphs = part.strip().split("\n")
        path, _, title = head.partition(": ")
        pages[f"/{path}"] = page(title, *paragraphs, language=language)
    return pages
