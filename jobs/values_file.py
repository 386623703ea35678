"""Reads ``values.csv``: what one more visit to a page is worth, in the owner's own measure.

All faults are reported at once, each with file and line. Which page a URL means is found out later,
through the crawl.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from recommender.config import PropertyConfig
from recommender.errors import ConfigError
from recommender.urls import absolute

COLUMNS = ("url", "value")
HIGHEST = 1_000.0
MOST_FAULTS = 20  # told at once; a file of another kind has one a line

Row = tuple[int, Sequence[str]]
"""The line on which a row ends, and its cells."""


def values_of(chosen: PropertyConfig) -> dict[str, float]:
    """Return the values of a property by URL, none where no file is configured.

    Raises ConfigError with every fault as ``file:line: what is wrong``.
    """
    path = chosen.recommend.values
    return {} if path is None else read_values(path, chosen.site)


def read_values(path: Path, site: str) -> dict[str, float]:
    """Return the value (0 to 1000) of each URL in a CSV file with columns ``url`` and ``value``.

    Commas or semicolons separate; further columns are left alone; a path such as /shop/ is that of
    ``site``. Raises ConfigError as :func:`values_of` does.
    """
    rows = list(_rows(path))
    faults: list[str] = []
    values: dict[str, float] = {}
    first_lines: dict[str, int] = {}
    places = _places(rows, path)
    for line, cells in rows[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        try:
            url, value = _read(cells, places, site)
        except ValueError as fault:
            faults.append(f"{path}:{line}: {fault}")
            continue
        if url in first_lines:
            faults.append(f"{path}:{line}: {url} stands on line {first_lines[url]} already")
        values[url] = value
        first_lines.setdefault(url, line)
    if faults:
        raise _refusal(path, faults)
    return values


def _rows(path: Path) -> Iterator[Row]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path} is not UTF-8 text", subject=str(path), hint="save it as CSV, in UTF-8"
        ) from error
    except OSError as error:
        raise ConfigError(
            f"recommend.values {path} cannot be read: {error.strerror}",
            subject=str(path),
            hint="write a CSV file with the columns url and value there, or leave the key out",
        ) from error
    header = text.partition("\n")[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise _refusal(path, [f"{path}:{reader.line_num}: is not CSV: {error}"]) from error


def _places(rows: Sequence[Row], path: Path) -> Mapping[str, int]:
    """Return where the columns stand. Raises ConfigError where one is missing."""
    named = [cell.strip().lower() for cell in rows[0][1]] if rows else []
    if missing := [name for name in COLUMNS if name not in named]:
        found = f"; it names {', '.join(filter(None, named))}" if any(named) else ""
        fault = f"{path}:1: the first line must name the column {' and '.join(missing)}{found}"
        raise _refusal(path, [fault])
    return {name: named.index(name) for name in COLUMNS}


def _read(cells: Sequence[str], places: Mapping[str, int], site: str) -> tuple[str, float]:
    """Return URL and value of a row. Raises ValueError with what is wrong."""
    if len(cells) <= max(places.values()):
        raise ValueError(f"has {len(cells)} of the columns that the first line names")
    said, number = (cells[places[name]].strip() for name in COLUMNS)
    url = absolute(said, site) if said.startswith(("/", "http://", "https://")) else None
    if url is None:
        raise ValueError(f"{said!r} is not an address such as {site} or /path")
    try:
        value = float(number)
    except ValueError:
        raise ValueError(f"value {number!r} is not a number such as 2.5") from None
    if not math.isfinite(value) or not 0 <= value <= HIGHEST:
        raise ValueError(f"value {number!r} is not between 0 and {HIGHEST:g}")
    return url, value


def _refusal(path: Path, faults: Sequence[str]) -> ConfigError:
    count = "one fault" if len(faults) == 1 else f"{len(faults)} faults"
    more = len(faults) - MOST_FAULTS
    told = (*faults[:MOST_FAULTS], *([f"and {more} more"] if more > 0 else []))
    return ConfigError(
        f"{path} has {count}:",
        subject=str(path),
        hint="each line is a URL and a number from 0 to 1000: what one more visit is worth "
        "beside 1 for a page that the file does not name",
        problems=told,
    )
