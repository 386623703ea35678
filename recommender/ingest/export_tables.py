"""The tables of an export of Search Console's web interface, read without knowing their language.

Their names and headers are in the language of whoever exported them, so a table is told by what it
holds: addresses, days, two columns of filters, or names with numbers. The numbers come in one order
everywhere: clicks, impressions, click rate, position.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import pandas as pd

from recommender.errors import ExportUnreadable

AGAIN = "export again: Performance, then Export, then Download CSV; name that ZIP as it is"
ROUNDING = 0.006  # half a percent and a bit: how far a printed click rate may be off
_DELIMITERS = (",", ";", "\t")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_ADDRESS = re.compile(r"https?://\S", re.IGNORECASE)
_GROUPED = re.compile(r"\d{1,3}([.,' ])(?:\d{2,3}\1)*\d{3}")
_DECIMAL = re.compile(r"\d+(?:[.,]\d+)?")
_BOTH = re.compile(r"\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:[. ']\d{3})+,\d+")


class Kind(StrEnum):
    """What a table holds, by its first column."""

    PAGES = "pages"
    DAYS = "days"
    FILTERS = "filters"
    NAMES = "names"  # queries, countries, devices, appearances
    EMPTY = "empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of a table, and where it stands in its file."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One CSV file of an export; ``place`` names it for a reader."""

    place: str
    header: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def kind(self) -> Kind:
        """What most of its rows are about."""
        if not self.lines:
            return Kind.EMPTY
        first = [line.cells[0].strip() for line in self.lines]
        if sum(bool(_ADDRESS.match(cell)) for cell in first) > len(first) / 2:
            return Kind.PAGES
        if sum(bool(_DAY.match(cell)) for cell in first) > len(first) / 2:
            return Kind.DAYS
        return Kind.FILTERS if len(self.header) == 2 else Kind.NAMES

    @property
    def names(self) -> list[str]:
        """The first column."""
        return [line.cells[0].strip() for line in self.lines]


def read_table(content: bytes, place: str) -> Table:
    """Return the table of one CSV file. Raises ExportUnreadable naming file and line."""
    text = _decoded(content, place)
    header_line = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=header_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = [
            Line(number=reader.line_num, cells=tuple(cells))
            for cells in reader
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as error:
        raise unreadable(place, reader.line_num, f"is no CSV ({error})") from error
    header = rows[0].cells if rows else ()
    for line in rows[1:]:
        if len(line.cells) != len(header):
            fault = f"has {len(line.cells)} columns, the header has {len(header)}"
            raise unreadable(place, line.number, fault)
    return Table(place=place, header=header, lines=tuple(rows[1:]))


def totals(table: Table) -> pd.DataFrame:
    """Return name, clicks, impressions and position (missing without impressions) of each row.

    Raises ExportUnreadable naming file, line and value.
    """
    positions = _has_positions(table)
    first: dict[str, int] = {}
    rows = []
    for line in table.lines:
        name = line.cells[0].strip()
        if name in first:
            fault = f"{name!r} stands on line {first[name]} already"
            raise unreadable(table.place, line.number, fault)
        first[name] = line.number
        rows.append((name, *_metrics(table, line, positions=positions)))
    columns = ["name", "clicks", "impressions", "position"]
    return pd.DataFrame(rows, columns=columns).astype({"position": "float64"})


def days_of(table: Table) -> list[date]:
    """Return the days of a table of days, oldest first.

    Raises ExportUnreadable where a line is no day, or where its rows are weeks or months.
    """
    found = []
    for line in table.lines:
        try:
            found.append(date.fromisoformat(line.cells[0].strip()))
        except ValueError as error:
            fault = f"{line.cells[0]!r} is no day such as 2026-07-01"
            raise unreadable(table.place, line.number, fault) from error
    days = sorted(set(found))
    if len(days) > 1 and all((b - a).days > 1 for a, b in itertools.pairwise(days)):
        raise ExportUnreadable(
            f"{table.place} counts by week or month, not by day",
            subject=table.place,
            hint="let the chart show days, then export again",
        )
    return days


def count(text: str) -> int:
    """Return a whole number, whatever marks its thousands. Raises ValueError."""
    plain = _plain(text)
    if _GROUPED.fullmatch(plain):
        plain = re.sub(r"\D", "", plain)
    if not plain.isdecimal():
        raise ValueError(f"{text!r} is no count")
    return int(plain)


def decimal(text: str) -> float:
    """Return a number with a point or a comma before its decimals. Raises ValueError."""
    plain = _plain(text)
    if _BOTH.fullmatch(plain):
        whole, decimals = re.split(r"[.,](?=\d+$)", plain)
        plain = re.sub(r"\D", "", whole) + "." + decimals
    if not _DECIMAL.fullmatch(plain):
        raise ValueError(f"{text!r} is no number")
    return float(plain.replace(",", "."))


def rate(text: str) -> float:
    """Return a share 0..1 of a percentage such as "3.5%" or "3,5 %". Raises ValueError."""
    return decimal(_plain(text).removesuffix("%").removeprefix("%")) / 100


def unreadable(place: str, line: int, fault: str) -> ExportUnreadable:
    """Return the error for one line of a file."""
    return ExportUnreadable(f"{place}, line {line}: {fault}", subject=place, hint=AGAIN)


def _decoded(content: bytes, place: str) -> str:
    encoding = next((name for bom, name in _BOMS if content.startswith(bom)), "utf-8")
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise ExportUnreadable(
            f"{place} is not UTF-8 text: {error.reason} at byte {error.start}",
            subject=place,
            hint="a spreadsheet may have saved it anew: take the file as Search Console gave it",
        ) from error


def _check_rate(text: str, clicks: int, impressions: int) -> None:
    """Raise ValueError where a click rate is not that of its row: a number was misread then.

    A spreadsheet may have made 0.035 of 3.5%.
    """
    told, real = rate(text), clicks / max(impressions, 1)
    if "%" not in _plain(text) and abs(told - real) > ROUNDING:
        told *= 100
    if abs(told - real) > ROUNDING:
        raise ValueError(f"a click rate of {text!r} is not {clicks:,} of {impressions:,}")


def _plain(text: str) -> str:
    """Return a number's text with plain digits, spaces and apostrophes."""
    return unicodedata.normalize("NFKC", text).replace("’", "'").strip()


def _has_positions(table: Table) -> bool:
    """Tell whether the last column is a position: Discover and News have none."""
    metrics = len(table.header) - 1
    if metrics in (6, 8):
        raise ExportUnreadable(
            f"{table.place} compares two ranges of days",
            subject=table.place,
            hint="choose one range of days in Search Console, without comparison, and export again",
        )
    if metrics not in (3, 4):
        raise ExportUnreadable(
            f"{table.place} has {len(table.header)} columns: {', '.join(table.header)}",
            subject=table.place,
            hint="an export has clicks, impressions, click rate and position; " + AGAIN,
        )
    return metrics == 4


def _metrics(table: Table, line: Line, *, positions: bool) -> tuple[int, int, float]:
    try:
        clicks, impressions = count(line.cells[1]), count(line.cells[2])
        _check_rate(line.cells[3], clicks, impressions)
        position = decimal(line.cells[4]) if positions and impressions else math.nan
    except ValueError as error:
        raise unreadable(table.place, line.number, str(error)) from error
    if position < 1:
        raise unreadable(table.place, line.number, f"position {line.cells[4]!r} is not 1 or more")
    return clicks, impressions, position


def sums(frame: pd.DataFrame) -> tuple[int, int]:
    """Return the clicks and impressions of all rows."""
    return int(frame["clicks"].sum()), int(frame["impressions"].sum())


def narrowed_to(tables: Sequence[Table], value: str) -> Table | None:
    """Return the table whose only row is ``value``, None where there is none."""
    return next((t for t in tables if t.names == [value]), None)
