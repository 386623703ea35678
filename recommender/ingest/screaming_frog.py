"""A crawl by Screaming Frog's SEO Spider as a site: its CSV exports, and the HTML that it stored.

With stored HTML (``Bulk Export > Web > All Page Source``) pages are read as a crawl reads them.
The export of links alone has no text: it tells how pages are linked, and nothing can be placed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from sys import intern

from recommender.errors import ConfigError
from recommender.ingest.blocks import ParsedLink
from recommender.ingest.crawl_job import CrawlJob, FetchedPage, Reading
from recommender.ingest.frog_files import html_files, stored_pages
from recommender.ingest.frog_tables import (
    HOW_TO_EXPORT,
    INTERNAL,
    LINKS,
    Row,
    files_in,
    find_table,
    no_table,
    read_table,
)
from recommender.ingest.head import language_tag
from recommender.ingest.parse import ParseRules
from recommender.ingest.reading import Recorder
from recommender.models import Region
from recommender.ports import Progress, silent
from recommender.urls import absolute, same_site

TOLD_BY = "as Screaming Frog says"

_POSITIONS: Mapping[str, Region] = {
    "content": Region.CONTENT,
    "navigation": Region.NAV,
    "header": Region.NAV,
    "footer": Region.FOOTER,
    "aside": Region.SIDEBAR,
}
_OTHER_POSITION = Region.SIDEBAR  # a name that the user gave to a part of the page, or none
_NO_TEXT = (
    "Screaming Frog exported links but no text: what is linked is judged, new links cannot be "
    "placed; for that, store HTML in the crawl and add Bulk Export > Web > All Page Source"
)
_NO_HOME = "clicks from the home page are not known"


def read_screaming_frog(job: CrawlJob, *, progress: Progress = silent) -> Reading:
    """Return how the reading of the configured export went; parts and addresses go to the job's.

    Raises ConfigError where the export is missing, incomplete, not CSV or of another site.
    Cost: memory for the addresses and, without stored HTML, for all links.
    """
    root = _root(job.config.folder)
    files = files_in(root)
    internal, links = find_table(files, INTERNAL), find_table(files, LINKS)
    if internal is None and links is None:
        raise no_table(root, files)
    stored = html_files(files)
    if not stored and links is None:
        raise ConfigError(
            f"crawl.folder is {root}: it names pages, but holds neither their HTML nor their links",
            subject=str(root),
            hint=HOW_TO_EXPORT,
        )
    pages = _pages(job, internal, links)
    recorder = Recorder(job)
    recorder.meet(pages, "export")
    recorder.meet(pages.keys() & {job.site}, "home")
    notes = () if job.site in pages else (f"the export has no page for {job.site}: {_NO_HOME}",)
    chosen = dict(islice(pages.items(), job.config.max_pages))
    limited = len(chosen) < len(pages)
    if stored:
        reading = _read_html(recorder, chosen, stored, progress, limited=limited)
    else:
        assert links is not None
        reading = _read_links(recorder, chosen, links, progress, limited=limited)
    return replace(reading, notes=(*reading.notes, *notes))


def _root(folder: Path | None) -> Path:
    if folder is not None and folder.is_dir():
        return folder.resolve()
    raise ConfigError(
        f"crawl.folder is {folder}: there is no such folder",
        subject=str(folder),
        hint=f"name the folder that holds the export; {HOW_TO_EXPORT}",
    )


# --- Pages ----------------------------------------------------------------------------------


def _pages(job: CrawlJob, internal: Path | None, links: Path | None) -> dict[str, FetchedPage]:
    """Return the pages of the site by URL, the home page first, as the export tells of them."""
    told = _told_pages(internal) if internal else _linked_pages(links) if links else iter(())
    pages, elsewhere = dict[str, FetchedPage](), ""
    for page in told:
        if not _belongs(page.url, job):
            elsewhere = elsewhere or page.url
        elif page.url not in pages or pages[page.url].status == 0:
            pages[page.url] = page
    if not pages:
        raise ConfigError(
            f"the export holds no page of {job.site}"
            + (f"; it is of {elsewhere}" if elsewhere else ""),
            subject=job.site,
            hint="set `site` to the address that was crawled, or crawl.folder to its export",
        )
    return dict(sorted(pages.items(), key=lambda item: item[0] != job.site))


def _belongs(url: str, job: CrawlJob) -> bool:
    """Tell whether an address lies on a host of the site, be it by http or https."""
    return any(same_site(url, home) for home in (job.site, *_homes(job)))


def _homes(job: CrawlJob) -> tuple[str, ...]:
    return tuple(f"https://{host}/" for host in job.config.hosts)


def _told_pages(path: Path) -> Iterator[FetchedPage]:
    for row in read_table(path, INTERNAL):
        url = absolute(row["Address"], row["Address"])
        kind = row["Content Type"].partition(";")[0].strip().lower()
        if url is not None and kind in ("", "text/html", "application/xhtml+xml"):
            yield _told_page(url, row)


def _told_page(url: str, row: Row) -> FetchedPage:
    status = _number(row["Status Code"])
    redirect_to = absolute(row["Redirect URL"], url) if row["Redirect URL"] else None
    canonical = row["Canonical Link Element 1"]
    return FetchedPage(
        url=url,
        status=status,
        redirect_to=redirect_to,
        canonical=absolute(canonical, url) if canonical else None,
        title=row["Title 1"],
        h1=row["H1-1"],
        description=row["Meta Description 1"],
        language=language_tag(row["Language"]),
        problem=_problem(status, redirect_to, row),
    )


def _problem(status: int, redirect_to: str | None, row: Row) -> str | None:
    if redirect_to is not None:
        return "redirects (meta refresh)" if status == 200 else "redirects"
    if status == 0:
        return f"gives no answer: {row['Status'] or 'Screaming Frog names no reason'}"
    if status != 200:
        return f"answers {status}"
    return "noindex" if "noindex" in row["Indexability Status"].lower() else None


def _linked_pages(path: Path) -> Iterator[FetchedPage]:
    """Yield what links tell of pages: one that links is there, one that is linked has a status."""
    sources, targets = set[str](), dict[str, int]()
    for row in _hyperlinks(path):
        sources.add(intern(row["Source"]))
        targets.setdefault(intern(row["Destination"]), _number(row["Status Code"]))
    for address in sorted({*sources, *targets}):
        url = absolute(address, address)
        status = 200 if address in sources else targets[address]
        if url is not None and status:
            problem = None if status == 200 else f"answers {status}"
            yield FetchedPage(url=url, status=status, problem=problem)


def _hyperlinks(path: Path) -> Iterator[Row]:
    """Yield the rows of links; images, styles, canonicals and the like stand beside them."""
    return (row for row in read_table(path, LINKS) if row["Type"].lower() == "hyperlink")


def _number(said: str) -> int:
    return int(said) if said.isascii() and said.isdigit() else 0


# --- With stored HTML -----------------------------------------------------------------------


def _read_html(
    recorder: Recorder,
    pages: Mapping[str, FetchedPage],
    stored: list[Path],
    progress: Progress,
    *,
    limited: bool,
) -> Reading:
    rules = ParseRules.of(recorder.job.site, recorder.job.config)
    file_of, unclear = stored_pages(stored, pages, rules)
    without = 0
    for done, (url, page) in enumerate(pages.items(), start=1):
        if page.status != 200:
            recorder.add(page)
        elif url not in file_of or not _read_file(file_of[url], page, recorder, rules):
            recorder.add(page)
            without += 1
        progress(done, len(pages))
    said = {
        f"{without:,} pages have no stored HTML: their text and links are not known": without,
        f"{unclear:,} files of stored HTML fit no address, or several": unclear,
    }
    return Reading(
        ending=recorder.finished(limited=limited),
        notes=tuple(note for note, number in said.items() if number),
    )


def _read_file(path: Path, page: FetchedPage, recorder: Recorder, rules: ParseRules) -> bool:
    most = recorder.job.config.max_page_bytes
    try:
        with path.open("rb") as file:
            body = file.read(most + 1)
    except OSError:
        return False
    if len(body) > most:
        return False
    # Whatever the page was served in and says of itself: what was written as UTF-8 is UTF-8.
    headers = {"content-type": ["text/html; charset=utf-8"]} if _is_utf8(body) else {}
    if page.problem == "noindex":
        headers["x-robots-tag"] = ["noindex"]
    recorder.page(body, url=page.url, rules=rules, headers=headers)
    return True


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


# --- Without --------------------------------------------------------------------------------


def _read_links(
    recorder: Recorder,
    pages: Mapping[str, FetchedPage],
    path: Path,
    progress: Progress,
    *,
    limited: bool,
) -> Reading:
    others: dict[str, int] = {}
    links = _links_of(_hyperlinks(path), recorder.job, others)
    for done, (url, page) in enumerate(pages.items(), start=1):
        recorder.links(page, links.pop(url, ()))
        progress(done, len(pages))
    return Reading(
        ending=recorder.finished(limited=limited),
        notes=(_NO_TEXT, *_other_positions(others)),
        regions_told_by=TOLD_BY,
    )


def _links_of(
    rows: Iterable[Row], job: CrawlJob, others: dict[str, int]
) -> dict[str, list[ParsedLink]]:
    """Return the links within the site by their page; ``others`` counts unknown positions."""
    links: dict[str, list[ParsedLink]] = {}
    for row in rows:
        source = absolute(row["Source"], job.site)
        target = absolute(row["Destination"], job.site) if row["Destination"] else None
        if source is None or target is None or not _belongs(target, job):
            continue
        region = _POSITIONS.get(row["Link Position"].lower())
        if region is None:
            others[row["Link Position"]] = others.get(row["Link Position"], 0) + 1
        of_page = links.setdefault(source, [])
        of_page.append(_link(row, intern(target), len(of_page), region or _OTHER_POSITION))
    return links


def _link(row: Row, target: str, ordinal: int, region: Region) -> ParsedLink:
    anchor, alt = " ".join(row["Anchor"].split()), " ".join(row["Alt Text"].split())
    rel = set(row["Rel"].lower().split()) | ({"nofollow"} if _is_no(row["Follow"]) else set())
    return ParsedLink(
        ordinal=ordinal,
        target=target,
        anchor=intern(anchor or alt),
        image=not anchor and bool(alt),
        rel=intern(" ".join(sorted(rel))),
        block=-1,
        start=-1,
        css_path=intern(row["Link Path"]),
        mark=region.value,
    )


def _is_no(follow: str) -> bool:
    return follow.lower() in ("false", "no", "0", "nofollow")


def _other_positions(others: Mapping[str, int]) -> Iterator[str]:
    if others:
        named = ", ".join(repr(name) if name else "none" for name in sorted(others)[:3])
        yield (
            f"{sum(others.values()):,} links stand at positions that are not Screaming Frog's own "
            f"({named}): they count as template"
        )
