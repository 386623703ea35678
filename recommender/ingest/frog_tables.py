"""The CSV exports of Screaming Frog: which file is which, and its rows."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv

from recommender.errors import ConfigError

MOST_ENTRIES = 1_000_000  # of the export folder; further ones are not looked at
_HEADER_BYTES = 65_536
_ROW_BYTES = 8_000_000  # Arrow reads so much at a time: no row may be longer
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
          (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
HOW_TO_EXPORT = (
    "in the SEO Spider, set to English, export as CSV: tab Internal, filter All or HTML > Export; "
    "Bulk Export > Links > All Outlinks; Bulk Export > Web > All Page Source"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A kind of export: how its file names end, the columns it must have and those it may have."""

    names: tuple[str, ...]  # the better ones first
    needed: tuple[str, ...]
    used: tuple[str, ...] = ()


INTERNAL = Table(
    names=("internal_all", "internal_html"),
    needed=("Address", "Status Code"),
    used=("Content Type", "Status", "Indexability", "Indexability Status", "Title 1", "H1-1",
          "Meta Description 1", "Canonical Link Element 1", "X-Robots-Tag 1", "Language",
          "Redirect URL"),
)  # fmt: skip
LINKS = Table(
    names=("all_outlinks", "all_inlinks"),
    needed=("Type", "Source", "Destination", "Anchor", "Follow", "Link Position"),
    used=("Alt Text", "Status Code", "Rel", "Link Path"),
)

Row = Mapping[str, str]
"""A row by column; "" where it is empty, and where the export has no such column."""


def files_in(folder: Path) -> list[Path]:
    """Return the files under ``folder`` in a fixed order; links of the file system are left out."""
    found = list[Path]()
    waiting = [folder]
    while waiting and len(found) < MOST_ENTRIES:
        entries = sorted(waiting.pop().iterdir(), reverse=True)
        entries = [entry for entry in entries if not entry.is_symlink()]
        waiting.extend(entry for entry in entries if entry.is_dir())
        found.extend(entry for entry in entries if entry.is_file())
    return sorted(found)


def find_table(files: list[Path], table: Table) -> Path | None:
    """Return the export that ``table`` describes, None where there is none.

    Raises ConfigError where there are two of one kind: they are of two crawls.
    """
    for name in table.names:
        fitting = [
            file
            for file in files
            if file.suffix.lower() == ".csv" and file.stem.lower().endswith(name)
        ]
        if len(fitting) > 1:
            raise ConfigError(
                f"crawl.folder holds {len(fitting)} exports {name}.csv: "
                f"{fitting[0]} and {fitting[1]}",
                subject=str(fitting[1]),
                hint="keep the export of one crawl there, or name its own folder",
            )
        if fitting:
            return fitting[0]
    return None


def no_table(folder: Path, files: list[Path]) -> ConfigError:
    """Return the error that says what ``folder`` lacks."""
    wanted = " or ".join(f"{name}.csv" for name in (*INTERNAL.names, *LINKS.names))
    excel = next((file for file in files if file.suffix.lower() in (".xlsx", ".xls")), None)
    said = "" if excel is None else f"; {excel.name} is an Excel file, and those are not read"
    return ConfigError(
        f"crawl.folder is {folder}: no {wanted} is there{said}",
        subject=str(folder),
        hint=HOW_TO_EXPORT,
    )


def read_table(path: Path, table: Table) -> Iterator[Row]:
    """Yield the rows of an export. Raises ConfigError, naming what is wrong with it.

    The charset is UTF-8 or UTF-16, columns are separated by comma, semicolon or tab; a quoted
    value may hold line breaks. Memory holds some 8 MB of the file at a time.
    """
    encoding = _encoding(path)
    delimiter, header = _header(path, encoding)
    missing = [name for name in table.needed if name not in header]
    if missing:
        raise ConfigError(
            f"{path.name} has no column {', '.join(repr(name) for name in missing)}; "
            f"it begins with {', '.join(repr(name) for name in header[:5])}",
            subject=str(path),
            hint=f"column names are read in English only; {HOW_TO_EXPORT}",
        )
    names = [name for name in (*table.needed, *table.used) if name in header]
    absent = dict.fromkeys({*table.used} - {*names}, "")
    try:
        for batch in _batches(path, encoding, delimiter, header, names):
            columns = (column.to_pylist() for column in batch.columns)
            for values in zip(*columns, strict=True):
                yield absent | dict(zip(names, (value.strip() for value in values), strict=True))
    except (pa.ArrowInvalid, UnicodeError) as error:
        raise _unreadable(path, str(error)) from error


def _batches(
    path: Path, encoding: str, delimiter: str, header: list[str], names: list[str]
) -> Iterator[pa.RecordBatch]:
    with arrow_csv.open_csv(
        path,
        read_options=arrow_csv.ReadOptions(
            encoding="utf16" if encoding == "utf-16" else "utf8",
            block_size=_ROW_BYTES,
            column_names=header,  # as they were checked; the first row is skipped as the header
            skip_rows_after_names=1,
        ),
        parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            include_columns=names,
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=False,
        ),
    ) as reader:
        yield from reader


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    if b"\0" in start:
        raise _unreadable(path, "it looks like UTF-16 without a byte-order mark")
    return "utf-8"


def _header(path: Path, encoding: str) -> tuple[str, list[str]]:
    """Return the separator that gives the most columns, and the names of the columns."""
    try:
        with path.open(encoding=encoding, newline="") as file:
            start = file.read(_HEADER_BYTES)
    except UnicodeError as error:
        raise _unreadable(path, str(error)) from error
    rows = {
        delimiter: next(csv.reader(start.splitlines(), delimiter=delimiter), [])
        for delimiter in ",;\t"
    }
    delimiter = max(rows, key=lambda delimiter: len(rows[delimiter]))
    return delimiter, [name.strip() for name in rows[delimiter]]


def _unreadable(path: Path, why: str) -> ConfigError:
    return ConfigError(
        f"{path.name} cannot be read: {why}",
        subject=str(path),
        hint=f"it must be the CSV as Screaming Frog wrote it, in UTF-8; {HOW_TO_EXPORT}",
    )
