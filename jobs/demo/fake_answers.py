"""What the fake Search Console answers: rows grouped, capped, paged and dated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Protocol, cast

import numpy as np
import pandas as pd

DAY_CAP = 50_000  # rows per day, search type and property
MOST_ROWS = 25_000  # of one answer
HISTORY_DAYS = 487  # sixteen months
PROVISIONAL_SHARES = (0.95, 0.6)  # of a day's data that have arrived, oldest incomplete day first
_DIMENSIONS = frozenset({"date", "query", "page", "country", "device"})
_STATES = frozenset({"final", "all"})
_TYPES = frozenset({"web", "image", "video", "news", "discover", "googleNews"})
_WITHOUT_POSITION = frozenset({"discover", "googleNews"})
_OPERATORS = frozenset(
    {"equals", "notEquals", "contains", "notContains", "includingRegex", "excludingRegex"}
)


Filter = tuple[str, str, str]
"""Dimension, operator and expression."""


class BadRequest(Exception):
    """The request is not one that the service takes."""


class RowsSource(Protocol):
    """Where the true rows come from, such as a SearchModel."""

    def day(self, day: date) -> pd.DataFrame:
        """Return query, page, clicks, impressions, position, anonymised of ``day``.

        They may also have a country (three letters, lower case) and a device (upper case).
        """
        ...


class OfProperty:
    """The rows of ``source`` that belong to a property: by address, or by host for a domain."""

    def __init__(self, source: RowsSource, property_url: str) -> None:
        self._source = source
        self._property = property_url

    def day(self, day: date) -> pd.DataFrame:
        """Return the rows of the property's pages."""
        rows = self._source.day(day)
        inside = [belongs(page, self._property) for page in rows["page"]]
        return rows[np.array(inside, dtype=bool)]


def belongs(page: str, property_url: str) -> bool:
    """Tell whether a page is of a property: by its address, or by its host for a domain."""
    if not property_url.startswith("sc-domain:"):
        return page.startswith(property_url)
    domain = re.escape(property_url.removeprefix("sc-domain:"))
    return bool(re.match(rf"https?://(?:[^/]+\.)?{domain}(?:[:/]|$)", page))


class Answers:
    """The answers to queries over ``source``, as of ``today``.

    Filters are checked, and applied to rows that carry a country and a device.
    """

    def __init__(
        self,
        source: RowsSource,
        *,
        today: Callable[[], date],
        final_lag_days: int = 3,
        snake_case_metadata: bool = False,
    ) -> None:
        self._source = source
        self._today = today
        self._lag = final_lag_days
        self._marker = "first_incomplete_date" if snake_case_metadata else "firstIncompleteDate"
        self._kept: tuple[object, pd.DataFrame] = (None, pd.DataFrame())

    @property
    def newest_final_day(self) -> date:
        """The newest day whose data do not change any more."""
        return self._today() - timedelta(days=self._lag)

    def query(self, body: Mapping[str, object]) -> dict[str, object]:
        """Return the answer to a searchAnalytics query. Raises BadRequest."""
        dimensions = _dimensions(body)
        start, end = _day(body, "startDate"), _day(body, "endDate")
        if end < start:
            raise BadRequest("endDate must not be before startDate")
        limit = _number(body, "rowLimit", 1_000, low=1, high=MOST_ROWS)
        first = _number(body, "startRow", 0, low=0, high=2**31 - 1)
        state = str(body.get("dataState", "final")).lower()
        if state not in _STATES or str(body.get("type", "web")) not in _TYPES:
            raise BadRequest("unknown dataState or type")
        filters = tuple(_filters(body))
        rows = self._rows(dimensions, start, end, state, filters).iloc[first : first + limit]
        by_page = "page" in dimensions
        answer: dict[str, object] = {
            "responseAggregationType": "byPage" if by_page else "byProperty"
        }
        if len(rows):
            placed = str(body.get("type", "web")) not in _WITHOUT_POSITION
            answer["rows"] = _as_rows(rows, dimensions, placed=placed)
        incomplete = max(start, self.newest_final_day + timedelta(days=1))
        if state == "all" and "date" in dimensions and incomplete <= min(end, self._today()):
            answer["metadata"] = {self._marker: incomplete.isoformat()}
        return answer

    def _rows(
        self,
        dimensions: tuple[str, ...],
        start: date,
        end: date,
        state: str,
        filters: tuple[Filter, ...],
    ) -> pd.DataFrame:
        """Return all rows of a query; the last result is kept, for it is read page by page."""
        key = (dimensions, start, end, state, filters, self._today())
        if self._kept[0] != key:
            newest = self.newest_final_day if state == "final" else self._today()
            oldest = self._today() - timedelta(days=HISTORY_DAYS)
            first, last = max(start, oldest), min(end, newest)
            days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
            parts = [self._grouped_day(day, dimensions, filters) for day in days]
            self._kept = (key, _over_days([p for p in parts if len(p)], dimensions))
        return self._kept[1]

    def _grouped_day(
        self, day: date, dimensions: tuple[str, ...], filters: tuple[Filter, ...]
    ) -> pd.DataFrame:
        """Return a day's rows as the service keeps them: grouped, most clicks first, capped."""
        rows = self._known(day)
        for dimension, operator, expression in filters:
            if dimension in rows:
                rows = rows[_passing(rows[dimension], operator, expression)]
        if "query" in dimensions:
            rows = rows[~rows["anonymised"].astype(bool)]
        keys = [name for name in dimensions if name in ("query", "page")]
        rows = rows.assign(date=day.isoformat())
        return _grouped(rows, [*keys, "date"]).head(DAY_CAP)

    def _known(self, day: date) -> pd.DataFrame:
        """Return what has arrived of a day by today: all of a final one, a part of a later one."""
        age = (day - self.newest_final_day).days
        rows = self._source.day(day)
        if age <= 0:
            return rows
        if age > len(PROVISIONAL_SHARES) or day >= self._today():
            return rows.head(0)
        share = PROVISIONAL_SHARES[age - 1]
        arrived = np.floor(rows[["clicks", "impressions"]] * share).astype("int64")
        partial = rows.assign(clicks=arrived["clicks"], impressions=arrived["impressions"])
        return partial[partial["impressions"] > 0]


def _grouped(rows: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Return sums per key, position weighted by impressions, most clicks first."""
    weighted = rows.assign(weighted=rows["position"] * rows["impressions"])
    sums = weighted.groupby(list(keys), sort=True, as_index=False, observed=True)[
        ["clicks", "impressions", "weighted"]
    ].sum()
    sums["position"] = sums["weighted"] / sums["impressions"]
    return sums.drop(columns="weighted").sort_values(
        ["clicks", "impressions"], ascending=False, kind="stable", ignore_index=True
    )


def _over_days(parts: Sequence[pd.DataFrame], dimensions: tuple[str, ...]) -> pd.DataFrame:
    """Return the days' rows as one answer; rows of days alone come oldest first."""
    if not parts:
        return pd.DataFrame(columns=[*dimensions, "clicks", "impressions", "position"])
    if dimensions == ("date",):
        return pd.concat(parts, ignore_index=True).sort_values("date", ignore_index=True)
    rows = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    if len(parts) > 1 or "date" not in dimensions:
        rows = (
            _grouped(rows, list(dimensions))
            if dimensions
            else _grouped(rows.assign(all=0), ["all"])
        )
    return rows.head(DAY_CAP)


def _as_rows(
    rows: pd.DataFrame, dimensions: tuple[str, ...], *, placed: bool
) -> list[dict[str, object]]:
    keys = rows[list(dimensions)].to_numpy().tolist()
    numbers = rows[["clicks", "impressions", "position"]].to_numpy(dtype=np.float64).tolist()
    return [
        {"keys": key, "clicks": c, "impressions": i, "ctr": c / i}
        | ({"position": p} if placed else {})
        for key, (c, i, p) in zip(keys, numbers, strict=True)
    ]


def _dimensions(body: Mapping[str, object]) -> tuple[str, ...]:
    asked = body.get("dimensions", [])
    names = tuple(map(str, asked)) if isinstance(asked, list) else ("",)
    unknown = [name for name in names if name not in _DIMENSIONS]
    if unknown or len(set(names)) != len(names):
        raise BadRequest(f"unknown or repeated dimension: {', '.join(unknown) or names}")
    if {"country", "device"} & set(names):
        raise BadRequest("this fake groups by date, query and page only")
    if "query" in names and body.get("type") in ("discover", "googleNews"):
        raise BadRequest("queries do not exist for this search type")
    return names


def _day(body: Mapping[str, object], name: str) -> date:
    try:
        return date.fromisoformat(str(body[name]))
    except (KeyError, ValueError) as error:
        raise BadRequest(f"{name} must be a date: {body.get(name)!r}") from error


def _number(body: Mapping[str, object], name: str, default: int, *, low: int, high: int) -> int:
    value = body.get(name, default)
    if not isinstance(value, int) or not low <= value <= high:
        raise BadRequest(f"{name} must lie in {low}..{high}: {value!r}")
    return value


def _filters(body: Mapping[str, object]) -> Iterator[Filter]:
    groups = cast(
        "list[Mapping[str, list[Mapping[str, str]]]]", body.get("dimensionFilterGroups", [])
    )
    for entry in (entry for group in groups for entry in group.get("filters", [])):
        if entry.get("dimension") not in ("country", "device"):
            raise BadRequest(f"this fake filters by country and device only: {entry}")
        operator = entry.get("operator", "equals")
        if operator not in _OPERATORS:
            raise BadRequest(f"unknown operator: {entry}")
        try:
            re.compile(entry["expression"])
        except (KeyError, re.error) as error:
            raise BadRequest(f"the expression is none: {entry}") from error
        yield entry["dimension"], operator, entry["expression"]


def _passing(values: pd.Series, operator: str, expression: str) -> pd.Series:
    """Return which values pass a filter."""
    if operator in ("equals", "notEquals"):
        found = values == expression
    else:
        wanted = expression if operator.endswith("Regex") else re.escape(expression)
        found = values.map(lambda value: bool(re.search(wanted, value))).astype(bool)
    return ~found if operator.startswith(("not", "excluding")) else found
