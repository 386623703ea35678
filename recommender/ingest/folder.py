"""A folder of HTML files as a site: each file is the page that a web server would show for it.

Nothing outside the folder is read: links of the file system to folders are not followed, nor those
to files that lie elsewhere.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote

from scrapy.utils.sitemap import sitemap_urls_from_robots

from recommender.errors import ConfigError, CrawlError
from recommender.ingest.crawl_job import CrawlJob, FetchedPage, Reading
from recommender.ingest.page_rows import is_page_address
from recommender.ingest.parse import ParseRules, parse_page
from recommender.ingest.reading import Recorder
from recommender.ingest.sitemap import LARGEST_BYTES, SitemapContents, read_sitemap
from recommender.ports import Progress, silent
from recommender.urls import absolute, path_of

INDEX_NAMES = ("index.html", "index.htm", "index.xhtml")
"""The files that a server shows for their folder; the first one that is there."""

MOST_SITEMAPS = 500
_SUFFIXES = (".html", ".htm", ".xhtml")
_SITEMAPS = ("sitemap.xml", "sitemap_index.xml", "sitemap.xml.gz")
_HEAD_BYTES = 65_536
_ROBOTS_BYTES = 512_000  # what Google reads of a robots.txt
_SAFE = "/!$&'()*+,;=:@~|[]"  # what the WHATWG standard leaves as it is in a path
_END_OF_HEAD = re.compile(rb"</head", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class _File:
    """An HTML file: where it is, and the address that its place in the folder gives it."""

    path: Path
    spelled: str  # with the file's name in it
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Addresses:
    """The address of each file, and every other spelling that means it (without its scheme)."""

    of_file: Mapping[Path, str]
    aliases: Mapping[str, str]

    def page(self, url: str) -> str:
        return self.aliases.get(_schemeless(url), url)


def read_folder(job: CrawlJob, *, progress: Progress = silent) -> Reading:
    """Return how the reading of the configured folder went; parts and addresses go to the job's.

    The folder is what stands at the address of the site: an address under it that no file answers
    is not found (404). Raises ConfigError where there is no such folder, CrawlError where it holds
    no HTML file.
    """
    root, rules = _root(job.config.folder), ParseRules.of(job.site, job.config)
    base = posixpath.dirname(path_of(job.site))
    files, limited = _html_files(root, base, job.site, job.config.max_pages)
    if not files:
        raise CrawlError(
            f"{root} holds no HTML file",
            subject=str(root),
            hint=f"crawl.folder must hold the site's pages as {', '.join(_SUFFIXES)}",
        )
    addresses, recorder = _addresses(files, rules), Recorder(job)
    listed, failed = _listed(root, job.site)
    recorder.meet(map(addresses.page, listed), "sitemap")
    recorder.meet((addresses.page(job.site),), "home")
    for done, file in enumerate(files, start=1):
        _read_file(file, addresses, recorder, rules)
        progress(done, len(files))
    if not limited:
        _record_missing(root, addresses, recorder)
    return Reading(
        ending=recorder.finished(limited=limited, failed_sitemaps=failed),
        notes=_notes(job.site, addresses),
    )


def _root(folder: Path | None) -> Path:
    if folder is not None and folder.is_dir():
        return folder.resolve()
    raise ConfigError(
        f"crawl.folder is {folder}: there is no such folder",
        subject=str(folder),
        hint="name the folder that holds the site's HTML files",
    )


def _notes(home: str, addresses: _Addresses) -> tuple[str, ...]:
    if addresses.page(home) in addresses.of_file.values():
        return ()
    return (f"the folder has no page for {home}: clicks from the home page are not known",)


def _record_missing(root: Path, addresses: _Addresses, recorder: Recorder) -> None:
    """Record the addresses under the site that a link, a sitemap or search names in vain."""
    home = recorder.job.site
    under = posixpath.dirname(home) + "/"
    pages = set(addresses.of_file.values())
    for url in sorted(recorder.found):
        place = url.partition("?")[0]
        if url in pages or addresses.page(place) in pages or not place.startswith(under):
            continue
        if _inside(_local(place, root, home), root):
            continue  # a file of another kind
        if is_page_address(place):
            problem = "has no file in the folder"
            recorder.add(FetchedPage(url=url, status=404, problem=problem))


# --- Files ----------------------------------------------------------------------------------


def _html_files(root: Path, base: str, home: str, most: int) -> tuple[list[_File], bool]:
    """Return up to ``most`` files in a fixed order, and whether there are more."""
    files = list[_File]()
    for folder, folders, names in os.walk(root, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        pages = [name for name in names if _is_page(name) and _inside(Path(folder, name), root)]
        index = next((name for name in INDEX_NAMES if name in pages), "")
        for name in sorted(pages, key=lambda name: (name != index, name)):
            if len(files) == most:
                return files, True
            path = Path(folder, name)
            files.append(_file(path, path.relative_to(root), base, home, index=name == index))
    return files, False


def _is_page(name: str) -> bool:
    return name.lower().endswith(_SUFFIXES) and not name.startswith(".")


def _inside(path: Path, root: Path) -> bool:
    """Tell whether ``path`` is a file that really lies under ``root``."""
    try:
        return path.is_file() and path.resolve(strict=True).is_relative_to(root)
    except OSError:  # a loop of links
        return False


def _file(path: Path, relative: Path, base: str, home: str, *, index: bool) -> _File:
    spelled = _address(relative, base, home)
    return _File(
        path=path, spelled=spelled, url=posixpath.dirname(spelled) + "/" if index else spelled
    )


def _address(relative: Path, base: str, home: str) -> str:
    place = quote_from_bytes(os.fsencode(relative.as_posix()), safe=_SAFE)
    path = f"{base.rstrip('/')}/{place}"
    url = absolute(path, home)
    assert url is not None  # an absolute path on a valid address
    return url


def _contents(path: Path, most: int) -> bytes | None:
    """Return the bytes of a file, None where there are more than ``most``. Raises OSError."""
    with path.open("rb") as file:
        body = file.read(most + 1)
    return None if len(body) > most else body


# --- Addresses ------------------------------------------------------------------------------


def _addresses(files: list[_File], rules: ParseRules) -> _Addresses:
    """Return the address of each file: what it calls itself where that is the same place.

    A server may show ``about.html`` as ``/about`` or ``/about/``; then the page's canonical says
    so, and Search Console knows it by that name.
    """
    of_file: dict[Path, str] = {}
    taken = {file.url for file in files}
    for file in files:
        own = _own_address(file, rules)
        of_file[file.path] = own if own is not None and own not in taken else file.url
        taken.add(of_file[file.path])
    pages = set(of_file.values())
    aliases = {_schemeless(page): page for page in pages}
    for file in files:
        bare, folder = file.spelled.rpartition(".")[0], file.url.removesuffix("/")
        for other in {file.spelled, file.url, bare, folder} - pages:
            aliases.setdefault(_schemeless(other), of_file[file.path])
    return _Addresses(of_file=of_file, aliases=aliases)


def _own_address(file: _File, rules: ParseRules) -> str | None:
    try:
        with file.path.open("rb") as source:
            head = source.read(_HEAD_BYTES)
    except OSError:
        return None
    if b"canonical" not in head.lower():
        return None
    end = _END_OF_HEAD.search(head)
    head = head[: end.start()] if end else head
    said = parse_page(head, url=file.url, headers={}, rules=rules).canonical
    if said is None or said == file.spelled or _place(said) != _place(file.spelled):
        return None
    return said


def _place(url: str) -> str:
    """Return what is common to the addresses that servers give to one file."""
    place = unquote(_schemeless(url))
    folder, _, name = place.rpartition("/")
    if name in INDEX_NAMES:
        return folder
    for suffix in _SUFFIXES:
        place = place.removesuffix(suffix)
    return place.rstrip("/")


def _schemeless(url: str) -> str:
    return url.partition("://")[2]


# --- Pages ----------------------------------------------------------------------------------


def _read_file(file: _File, addresses: _Addresses, recorder: Recorder, rules: ParseRules) -> None:
    url, most = addresses.of_file[file.path], recorder.job.config.max_page_bytes
    try:
        body, problem = _contents(file.path, most), ""
    except OSError as error:
        body, problem = None, f"its file cannot be read: {error.strerror}"
    recorder.meet((url,), "folder")
    if body is None:
        problem = problem or f"its file is larger than max_page_bytes = {most:,}"
        recorder.add(FetchedPage(url=url, status=0, problem=problem))
    else:
        base = _base(file, url)
        recorder.page(body, url=url, base=base, rules=rules, rename=addresses.page)


def _base(file: _File, url: str) -> str:
    """Return the address that relative links are counted from: that of the file's own folder.

    ``about.html`` shown as ``/about/`` was still written to be read beside its neighbours.
    """
    return url if posixpath.dirname(url) == posixpath.dirname(file.url) else file.url


# --- Sitemaps -------------------------------------------------------------------------------


def _listed(root: Path, home: str) -> tuple[set[str], int]:
    """Return the addresses that the folder's sitemaps name, and how many of those are no good."""
    waiting = list(_named_sitemaps(root, home))
    seen, listed, failed = set(waiting), set[str](), 0
    while waiting:
        contents = _sitemap(waiting.pop(0), root)
        if contents is None:
            failed += 1
            continue
        listed |= {url for page in contents.pages if (url := absolute(page.url, home))}
        for path in (_local(child, root, home) for child in contents.sitemaps):
            if path not in seen and len(seen) < MOST_SITEMAPS:
                seen.add(path)
                waiting.append(path)
    return listed, failed


def _named_sitemaps(root: Path, home: str) -> Iterator[Path]:
    robots = root / "robots.txt"
    named = list[Path]()
    if _inside(robots, root):
        with contextlib.suppress(OSError), robots.open("rb") as file:
            lines = sitemap_urls_from_robots(file.read(_ROBOTS_BYTES), base_url=home)
            named = [_local(url, root, home) for url in lines]
    usual = (root / name for name in _SITEMAPS)
    yield from dict.fromkeys((*named, *(path for path in usual if _inside(path, root))))


def _local(url: str, root: Path, home: str) -> Path:
    """Return where the file of an address would be; it may lie outside, and may not be there."""
    base = posixpath.dirname(path_of(home)).rstrip("/") + "/"
    path = unquote(path_of(absolute(url, home) or "/"), errors="surrogateescape")
    return root / path.removeprefix(base).lstrip("/")


def _sitemap(path: Path, root: Path) -> SitemapContents | None:
    try:
        body = _contents(path, LARGEST_BYTES) if _inside(path, root) else None
    except OSError:
        return None
    contents = None if body is None else read_sitemap(body)
    return contents if contents is not None and contents.valid else None
