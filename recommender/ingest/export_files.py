"""Exports as they lie on the disk: a ZIP, the folder it was unpacked into, a folder of such."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd

from recommender.errors import ExportUnreadable
from recommender.ingest.export_tables import (
    AGAIN,
    Kind,
    Table,
    days_of,
    narrowed_to,
    read_table,
    sums,
    totals,
)
from recommender.ingest.file_kinds import LOOK_AT, kind_of
from recommender.models import Window

MOST_ROWS = 1_000  # of one table of an export
MOST_BYTES = 50_000_000  # unpacked; an export of seven tables of 1,000 rows has under 1 MB
_SIGNS = "+-!=*~ "  # before a filter's value: contains, does not contain ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One export; ``page`` is the page that it was narrowed to, None for all pages.

    ``queries`` are those of ``page``, and none where it is of all pages: they belong to no page.
    """

    place: str
    made_at: float  # seconds since the epoch, of the file
    window: Window
    pages: pd.DataFrame  # name, clicks, impressions, position
    queries: pd.DataFrame  # the same
    page: str | None
    filters: tuple[str, ...]  # other ones, as the export spells them
    capped: bool


def exports_in(path: Path) -> list[Export]:
    """Return every export at ``path``: a ZIP, a folder of its CSV files, a folder of such.

    Raises ExportUnreadable naming file, line and value.
    """
    found = list(_bundles(path))
    if not found:
        raise ExportUnreadable(
            f"{path} holds neither a ZIP nor CSV files", subject=str(path), hint=AGAIN
        )
    return [_export(place, made_at, files) for place, made_at, files in found]


def _bundles(path: Path) -> Iterator[tuple[str, float, dict[str, bytes]]]:
    """Yield the place, the time and the files of each export."""
    try:
        if path.is_dir():
            inside = sorted(path.iterdir())
            for one in inside:
                if one.suffix.lower() == ".zip" or (one.is_dir() and _is_bundle(one)):
                    yield from _bundles(one)
            if _is_bundle(path):
                files = {one.name: one for one in inside if one.suffix.lower() == ".csv"}
                newest = max(file.stat().st_mtime for file in files.values())
                yield str(path), newest, {name: f.read_bytes() for name, f in files.items()}
        else:
            yield str(path), path.stat().st_mtime, _unpacked(path)
    except FileNotFoundError as error:
        raise ExportUnreadable(
            f"{path} does not exist",
            subject=str(path),
            hint="search_console.path names the ZIP of an export, or a folder of them",
        ) from error
    except OSError as error:
        raise ExportUnreadable(
            f"{path} cannot be read: {error.strerror or error}",
            subject=str(path),
            hint="check the permissions of the file",
        ) from error


def _is_bundle(folder: Path) -> bool:
    return any(file.suffix.lower() == ".csv" for file in folder.iterdir())


def _unpacked(path: Path) -> dict[str, bytes]:
    """Return the CSV files of a ZIP, in its order."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            names = [member.filename for member in members]
            if "[Content_Types].xml" in names:
                raise ExportUnreadable(
                    f"{path} is a workbook, not a ZIP of CSV files",
                    subject=str(path),
                    hint="choose Download CSV in Search Console's Export menu, not Excel",
                )
            if sum(member.file_size for member in members) > MOST_BYTES:
                raise _foreign(path, names)
            files = {
                PurePosixPath(member.filename).name: archive.read(member)
                for member in members
                if _is_csv(PurePosixPath(member.filename))
            }
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise ExportUnreadable(
            f"{path} is no whole ZIP file: {_instead(path, error)}", subject=str(path), hint=AGAIN
        ) from error
    if not files:
        raise _foreign(path, names)
    return files


def _instead(path: Path, error: Exception) -> str:
    """Return what a file is that is no ZIP to be read, or what is wrong with one."""
    with path.open("rb") as file:
        kind = kind_of(file.read(LOOK_AT))
    if kind == "a ZIP":
        whole = zipfile.is_zipfile(path)
        return str(error) if whole else "its end is missing, the download was cut off"
    return f"it is {kind}"


def _is_csv(member: PurePosixPath) -> bool:
    hidden = member.name.startswith(".") or "__MACOSX" in member.parts
    return member.suffix.lower() == ".csv" and not hidden


def _foreign(path: Path, names: Sequence[str]) -> ExportUnreadable:
    held = ", ".join(names[:5]) or "nothing"
    return ExportUnreadable(
        f"{path} is no export of Search Console: it holds {held}", subject=str(path), hint=AGAIN
    )


def _export(place: str, made_at: float, files: dict[str, bytes]) -> Export:
    tables = [read_table(content, f"{place}/{name}") for name, content in files.items()]
    pages = totals(_the(tables, Kind.PAGES, "pages (addresses in its first column)", place))
    days = days_of(_the(tables, Kind.DAYS, "days (dates in its first column)", place))
    named = [table for table in tables if table.kind is Kind.NAMES]
    asked = _queries(tables, named)
    page, filters = None, list[str]()
    for label, value in _filters(tables, place):
        bare = value.lstrip(_SIGNS)
        other = narrowed_to([table for table in named if table is not asked], bare)
        if len(pages) == 1 and "/" in bare and bare in pages["name"].iloc[0]:
            page = str(pages["name"].iloc[0])
        elif other is not None and not value.startswith("-"):
            filters.append(f"{label}: {bare}")
        else:
            raise ExportUnreadable(
                f"{place} is narrowed by {label}: {value}",
                subject=place,
                hint="its totals are those of a part: export again without this filter (a filter "
                "on one single page, one country or one device is taken)",
            )
    queries = totals(asked) if page is not None and asked is not None else pages.head(0)
    return Export(
        place=place,
        made_at=made_at,
        window=Window(start=days[0], end=days[-1]),
        pages=pages,
        queries=queries,
        page=page,
        filters=tuple(sorted(filters)),
        capped=max(len(pages), len(queries)) >= MOST_ROWS,
    )


def _the(tables: Sequence[Table], kind: Kind, what: str, place: str) -> Table:
    """Return the one table of a kind."""
    found = [table for table in tables if table.kind is kind]
    if len(found) == 1:
        return found[0]
    names = ", ".join(table.place.removeprefix(f"{place}/") for table in found or tables)
    fault = (
        f"has {len(found)} tables of {what}: {names}"
        if found
        else (f"has no table of {what}; it holds {names}")
    )
    empty = kind is Kind.PAGES and any(table.kind is Kind.EMPTY for table in tables)
    hint = "keep the files of one export together, each export in its own ZIP or folder"
    if empty:
        hint = "if its pages are empty, choose more days in Search Console; " + AGAIN
    raise ExportUnreadable(f"{place} {fault}", subject=place, hint=hint)


def _filters(tables: Sequence[Table], place: str) -> list[tuple[str, str]]:
    """Return the filters beside search type and days, which come first."""
    table = _the(tables, Kind.FILTERS, "filters (two columns)", place)
    return [(line.cells[0].strip(), line.cells[1].strip()) for line in table.lines[2:]]


def _queries(tables: Sequence[Table], named: Sequence[Table]) -> Table | None:
    """Return the table of queries, None where none is surely one.

    Queries come in lower case. Countries and devices, written without case, add up to all of the
    days' impressions; of queries the rare ones are left out. Else the order of the archive tells:
    queries come before pages.
    """
    lower = [table for table in named if table.names == [name.lower() for name in table.names]]
    if len(lower) < 2:
        return lower[0] if lower else None
    order = [table.kind for table in tables]
    first = tables[: order.index(Kind.PAGES)]
    whole = sums(totals(tables[order.index(Kind.DAYS)]))
    apart = [table for table in lower if sums(totals(table)) != whole]
    ahead = [table for table in lower if table in first]
    likely = ahead or apart
    return max(likely, key=lambda table: len(table.lines)) if likely else None
