"""Search Console's rows as frames: checked, merged where a key repeats, sorted by structure."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from recommender.errors import UnexpectedAnswer
from recommender.frames import repeats
from recommender.models import SearchDay

Row = Mapping[str, object]

UNEXPECTED = (
    "Search Console does not document this: the next run asks again; report it if it stays so"
)

MOST_EXACT = 2**53  # whole numbers that a JSON number, a double, tells apart

_SUSPECT = re.compile(r"[:(\"“„«]")  # what an operator query has, and hardly any other
_OPERATOR = re.compile(
    r"(?:^|\s)-?(?:site|(?:all)?in(?:url|title|text|anchor)|filetype|related|cache):\S",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“„«][^\"“”„«»]+[\"”“»]")
_GROUP = re.compile(r"(?:^|\s)-?\(([^()]+)\)(?=\s|$)")
_EITHER = re.compile(r"\s(?:or|and|\|)\s", re.IGNORECASE)
_EXCLUDED = re.compile(r"(?:^|\s)-\w")


def is_operator_query(query: str) -> bool:
    """Tell whether a program or an expert typed ``query``: its structure says so, not its words.

    A search operator (``site:``, ``inurl:`` ...); several quoted phrases; one beside an excluded
    word or a group; several groups in parentheses, or one that says ``or``. A single quoted phrase,
    a call such as ``print()`` and a remark in parentheses are a person's.
    """
    if _OPERATOR.search(query):
        return True
    quoted = len(_QUOTED.findall(query))
    groups = _GROUP.findall(query)
    return (
        quoted + len(groups) > 1
        or any(_EITHER.search(group) for group in groups)
        or bool(quoted and _EXCLUDED.search(query))
    )


def without_operators(read: SearchDay) -> SearchDay:
    """Return the day without its operator queries; ``operator_rows`` counts them."""
    operator = [
        place
        for place, query in enumerate(read.queries["query"])
        if _SUSPECT.search(query) and is_operator_query(query)
    ]
    if not operator:
        return replace(read, operator_rows=0)
    kept = read.queries.drop(index=read.queries.index[operator]).reset_index(drop=True)
    return replace(read, queries=kept, operator_rows=len(operator))


def rows_of(answer: Mapping[str, object], property_url: str) -> list[Row]:
    """Return an answer's rows, none where it has no ``rows`` key.

    Raises UnexpectedAnswer where they are not a list of objects.
    """
    rows = answer.get("rows", [])
    if not isinstance(rows, list) or set(map(type, rows)) - {dict}:
        raise UnexpectedAnswer(
            f"{property_url}: the answer's rows are no list of rows",
            subject=property_url,
            hint=UNEXPECTED,
        )
    return cast("list[Row]", rows)


def row_day(row: Row, property_url: str) -> date:
    """Return the day of a row that is grouped by date alone."""
    keys = row.get("keys")
    try:
        (text,) = cast("list[str]", keys)
        return date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise UnexpectedAnswer(
            f"{property_url}: a row of days has the keys {keys!r}",
            subject=property_url,
            hint=UNEXPECTED,
        ) from error


def search_frame(rows: Sequence[Row], dimensions: Sequence[str], day: date) -> pd.DataFrame:
    """Return rows as columns: the dimensions (without date), clicks, impressions, position.

    ``dimensions`` are the ones asked for. A position may be missing in rows of pages. Raises
    UnexpectedAnswer naming the first row whose value is not what was asked for.
    """
    try:
        named = dict(zip(dimensions, _keys(rows, len(dimensions)), strict=True))
        _refuse_days(named.pop("date"), day.isoformat())
        # A page stands in many rows: one string for all.
        named["page"] = list(map(sys.intern, named["page"]))
        columns: dict[str, object] = {
            **{name: np.array(values, dtype=object) for name, values in named.items()},
            "clicks": _counts(rows, "clicks"),
            "impressions": _counts(rows, "impressions"),
            "position": _positions(rows, needed="query" in dimensions),
        }
    except _Fault as fault:
        raise UnexpectedAnswer(
            f"row {fault.number} of {','.join(dimensions)} for {day} is malformed: "
            f"{fault.reason}: {dict(rows[fault.number])!r}",
            subject=day.isoformat(),
            hint=UNEXPECTED,
        ) from fault
    return pd.DataFrame(columns)


def merged(parts: Sequence[pd.DataFrame], dimensions: Sequence[str], day: date) -> pd.DataFrame:
    """Return the parts as one frame with ``day``; rows of the same key are summed.

    Position is the impression-weighted mean over the rows that have one (a row without impressions
    weighs as one). Cost: one hash of the key where no key repeats.
    """
    keys = [name for name in dimensions if name != "date"]
    frame = pd.concat(parts, ignore_index=True) if parts else search_frame([], dimensions, day)
    if len(repeats(frame, keys)):
        weight = frame["impressions"].clip(lower=1).where(frame["position"].notna())
        frame = (
            frame.assign(weight=weight, position=frame["position"] * weight)
            .groupby(keys, sort=False, as_index=False)
            .sum(min_count=1)
        )
        frame["position"] = frame["position"] / frame["weight"]
    return frame.assign(day=pd.Timestamp(day).as_unit("ns"))


class _Fault(ValueError):
    """A row is not what was asked for."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(reason)
        self.number = number
        self.reason = reason


def _keys(rows: Sequence[Row], size: int) -> list[list[str]]:
    """Return the rows' keys as columns."""
    keys = [row.get("keys") for row in rows]
    _refuse(keys, {list}, f"it needs {size} keys")
    lists = cast("list[list[str]]", keys)
    if set(map(len, lists)) - {size}:
        first = next(number for number, key in enumerate(lists) if len(key) != size)
        raise _Fault(first, f"it needs {size} keys")
    columns = [[key[place] for key in lists] for place in range(size)]
    for column in columns:
        _refuse(column, {str}, "its keys are not text")
    return columns


def _counts(rows: Sequence[Row], name: str) -> npt.NDArray[np.int64]:
    values = cast("list[float | None]", [row.get(name) for row in rows])
    _refuse(values, {int, float}, f"{name} is no number")
    numbers = _numbers(values)
    wrong = ~((numbers >= 0) & (numbers < MOST_EXACT) & (numbers == np.floor(numbers)))
    if wrong.any():
        raise _Fault(int(wrong.argmax()), f"{name} is no count")
    return numbers.astype(np.int64)


def _positions(rows: Sequence[Row], *, needed: bool) -> npt.NDArray[np.float64]:
    values = cast("list[float | None]", [row.get("position") for row in rows])
    known = {int, float} if needed else {int, float, type(None)}
    _refuse(values, known, "position is no number")
    numbers = _numbers(values)
    missing = np.array([value is None for value in values], dtype=bool)
    wrong = ~(missing | (np.isfinite(numbers) & (numbers >= 1)))
    if wrong.any():
        raise _Fault(int(wrong.argmax()), "position is not 1 or more")
    return numbers


def _numbers(values: Sequence[float | None]) -> npt.NDArray[np.float64]:
    """Return the numbers, those beyond all doubles as infinite, missing ones as NaN."""
    try:
        return np.array(values, dtype=np.float64)
    except OverflowError:
        near = [value if abs(value or 0) < MOST_EXACT else np.inf for value in values]
        return np.array(near, dtype=np.float64)


def _refuse_days(said: Sequence[str], day: str) -> None:
    if not set(said) <= {day}:
        first = next(number for number, text in enumerate(said) if text != day)
        raise _Fault(first, f"it belongs to {said[first]}")


def _refuse(values: Sequence[object], known: Collection[type], reason: str) -> None:
    """Raise _Fault for the first value that is of none of the known types."""
    if not set(map(type, values)) <= set(known):
        first = next(n for n, value in enumerate(values) if type(value) not in known)
        raise _Fault(first, reason)
