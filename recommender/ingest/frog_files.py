"""The HTML files that Screaming Frog stored: which page each one is.

A file is named after its URL, with ``_`` for a slash and percent escapes for other signs, behind a
word that tells the HTML as served from the rendered one, as in
``original_https_www.example.com_blog_post.html``. Several URLs may lead to one name, so that no URL
can be read off it; each known URL is looked for instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from urllib.parse import unquote

from recommender.ingest.parse import ParseRules, parse_page

_NAME = re.compile(r"(?:(?P<kind>[^_]*)_)?(?P<address>https?_.+)\.html?", re.IGNORECASE)
_AS_SERVED = "orig"  # how the word for the HTML as served begins; the rendered one is preferred
_SIGN = re.compile(r"[^\w.~-]")
_SIGNS = re.compile(r"[\W_]+")
_HEAD_BYTES = 65_536
_END_OF_HEAD = re.compile(rb"</head", re.IGNORECASE)


def html_files(files: Iterable[Path]) -> list[Path]:
    """Return those of ``files`` that are named as stored HTML is."""
    return [file for file in files if _NAME.fullmatch(file.name)]


def stored_pages(
    files: list[Path], urls: Collection[str], rules: ParseRules
) -> tuple[Mapping[str, Path], int]:
    """Return the file of each URL, and the number of files that fit no URL, or several.

    A name that several URLs lead to is decided by the page's canonical.
    """
    file_of: dict[str, Path] = {}
    waiting = sorted(files, key=lambda file: (_kind(file).startswith(_AS_SERVED), file))
    for key in (_exact, _loose):
        candidates = _by_key((url for url in urls if url not in file_of), key)
        left = list[Path]()
        for file in waiting:
            url = _the_url(file, candidates.get(key(_address(file)), []), rules)
            if url is None:
                left.append(file)
            else:
                file_of.setdefault(url, file)
        waiting = left
    matched = {_loose(_address(file)) for file in file_of.values()}
    return file_of, sum(_loose(_address(file)) not in matched for file in waiting)


def _kind(file: Path) -> str:
    match = _NAME.fullmatch(file.name)
    return (match["kind"] or "").lower() if match else ""


def _address(file: Path) -> str:
    match = _NAME.fullmatch(file.name)
    return match["address"] if match else file.name


def _exact(address: str) -> str:
    """Return a URL or the address in a file name with every sign but ``.``, ``~``, ``-`` alike."""
    return _SIGN.sub("_", unquote(address).replace("://", "_", 1))


def _loose(address: str) -> str:
    """Return the same with all signs alike, however many stand together, and one case."""
    return _SIGNS.sub("_", _exact(address)).strip("_").casefold()


def _by_key(urls: Iterable[str], key: Callable[[str], str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for url in urls:
        found.setdefault(key(url), []).append(url)
    return found


def _the_url(file: Path, urls: list[str], rules: ParseRules) -> str | None:
    if len(urls) < 2:
        return urls[0] if urls else None
    return next((url for url in urls if url == _canonical(file, url, rules)), None)


def _canonical(file: Path, url: str, rules: ParseRules) -> str | None:
    try:
        with file.open("rb") as source:
            head = source.read(_HEAD_BYTES)
    except OSError:
        return None
    end = _END_OF_HEAD.search(head)
    head = head[: end.start()] if end else head
    return parse_page(head, url=url, headers={}, rules=rules).canonical
