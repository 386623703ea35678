"""Search Console's rows as frames: checked, merged where a key repeats, sorted by structure."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import cast

import pandas as pd

from recommender.errors import UnexpectedAnswer
from recommender.models import SearchDay

Row = Mapping[str, object]

UNEXPECTED = (
    "Search Console does not document this: the next run asks again; report it if it stays so"
)

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
    operator = read.queries["query"].map(is_operator_query).astype(bool)
    return replace(
        read,
        queries=read.queries[~operator].reset_index(drop=True),
        operator_rows=int(operator.sum()),
    )


def rows_of(answer: Mapping[str, object], property_url: str) -> list[Row]:
    """Return an answer's rows, none where it has no ``rows`` key.

    Raises UnexpectedAnswer where they are not a list of objects.
    """
    rows = answer.get("rows", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
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
    SearchConsoleError naming the first row that is not what was asked for.
    """
    position_needed = "query" in dimensions
    columns: dict[str, list[str]] = {name: [] for name in dimensions if name != "date"}
    clicks: list[int] = []
    impressions: list[int] = []
    positions: list[float] = []
    for number, row in enumerate(rows):
        try:
            keys = _keys(row, dimensions, day)
            clicks.append(_count(row, "clicks"))
            impressions.append(_count(row, "impressions"))
            positions.append(_position(row, needed=position_needed))
        except ValueError as error:
            raise UnexpectedAnswer(
                f"row {number} of {','.join(dimensions)} for {day} is malformed: {error}: "
                f"{dict(row)!r}",
                subject=day.isoformat(),
                hint=UNEXPECTED,
            ) from error
        for name, values in columns.items():
            values.append(sys.intern(keys[name]))  # a page stands in many rows: one string for all
    return pd.DataFrame(
        {
            **columns,
            "clicks": pd.Series(clicks, dtype="int64"),
            "impressions": pd.Series(impressions, dtype="int64"),
            "position": pd.Series(positions, dtype="float64"),
        }
    )


def merged(parts: Sequence[pd.DataFrame], dimensions: Sequence[str], day: date) -> pd.DataFrame:
    """Return the parts as one frame with ``day``; rows of the same key are summed.

    Position is the impression-weighted mean over the rows that have one (a row without impressions
    weighs as one). Cost: one hash of the key where no key repeats.
    """
    keys = [name for name in dimensions if name != "date"]
    frame = pd.concat(parts, ignore_index=True) if parts else search_frame([], dimensions, day)
    if frame.duplicated(keys).any():
        weight = frame["impressions"].clip(lower=1).where(frame["position"].notna())
        frame = (
            frame.assign(weight=weight, position=frame["position"] * weight)
            .groupby(keys, sort=False, as_index=False)
            .sum(min_count=1)
        )
        frame["position"] = frame["position"] / frame["weight"]
    return frame.assign(day=pd.Timestamp(day).as_unit("ns"))


def _keys(row: Row, dimensions: Sequence[str], day: date) -> dict[str, str]:
    keys = row.get("keys")
    if not isinstance(keys, list) or len(keys) != len(dimensions):
        raise ValueError(f"it needs {len(dimensions)} keys")
    if not all(isinstance(key, str) for key in keys):
        raise ValueError("its keys are not text")
    named = dict(zip(dimensions, keys, strict=True))
    if named["date"] != day.isoformat():
        raise ValueError(f"it belongs to {named['date']}")
    return named


def _count(row: Row, name: str) -> int:
    value = row.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(f"{name} is no number")  # noqa: TRY004 - one kind for a row
    if not math.isfinite(value) or value < 0 or value != int(value):
        raise ValueError(f"{name} is no count")
    return int(value)


def _position(row: Row, *, needed: bool) -> float:
    value = row.get("position")
    if value is None and not needed:
        return math.nan
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError("position is no number")  # noqa: TRY004 - one kind for a row
    if not math.isfinite(value) or value < 1:
        raise ValueError("position is not 1 or more")
    return float(value)
