"""Search metrics from Search Console's bulk export: in BigQuery, or as files exported from it.

One adapter asks both the same questions (:mod:`recommender.ingest.bulk_schema`); a warehouse runs
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

import ibis.expr.types as ir
import pandas as pd

from recommender.config import SearchConsoleConfig
from recommender.errors import ExportUnreadable, FrameError
from recommender.frames import PAGE_SEARCH, QUERY_SEARCH
from recommender.ingest import bulk_schema
from recommender.ingest.bulk_schema import Tables
from recommender.ingest.search_rows import without_operators
from recommender.models import SearchDay, Window


class Warehouse(Protocol):
    """Who holds the tables and answers questions to them."""

    @property
    def place(self) -> str:
        """Return where the tables are, for a reader."""
        ...

    @property
    def tables(self) -> Tables:
        """Return the tables as they are named there."""
        ...

    def answer(self, question: ir.Table) -> pd.DataFrame:
        """Return the rows that answer a question. Raises a SearchConsoleError."""
        ...

    def close(self) -> None:
        """Give back what is held open."""
        ...


class BulkSource:
    """Days of a bulk export; a day is final once the export's log says that it is whole."""

    def __init__(self, config: SearchConsoleConfig, warehouse: Warehouse) -> None:
        self._config = config
        self._warehouse = warehouse
        self._finished: Sequence[date] | None = None
        self._asked = 0

    def close(self) -> None:
        """Close the warehouse."""
        self._warehouse.close()

    def newest_final_day(self, today: date) -> date | None:
        """Return the newest day that was exported whole. Raises a SearchConsoleError."""
        return max((day for day in self._days() if day <= today), default=None)

    def oldest_day(self, today: date) -> date | None:
        """Return the oldest day that was exported whole. Raises a SearchConsoleError."""
        return min((day for day in self._days() if day <= today), default=None)

    def days_in(self, window: Window) -> list[date]:
        """Return the days of ``window`` that were exported whole, oldest first."""
        return [day for day in self._days() if day in window]

    def period(self) -> None:
        """Return nothing: the export has single days."""

    def read_day(self, day: date) -> SearchDay:
        """Return everything that was exported of ``day``, without operator queries.

        Raises ExportUnreadable for a day that is not whole or whose numbers make no sense.
        """
        place = self._warehouse.place
        if day not in self._days():
            raise ExportUnreadable(
                f"{place} has no whole export of {day}",
                subject=day.isoformat(),
                hint="ExportLog names the days that are whole: export that table too",
            )
        before = self._asked
        self._check(day)
        tables, at = self._warehouse.tables, pd.Timestamp(day).as_unit("ns")
        pages = self._answer(bulk_schema.pages(tables, day, self._config)).assign(day=at)
        queries = self._answer(bulk_schema.queries(tables, day, self._config)).assign(day=at)
        try:
            read = SearchDay(
                day=day,
                pages=PAGE_SEARCH.coerced(pages),
                queries=QUERY_SEARCH.coerced(queries[queries["position"].notna()]),
                final=True,
                capped=False,
                requests=self._asked - before,
            )
        except FrameError as error:
            raise self._senseless(day, error.message) from error
        return without_operators(read)

    def _check(self, day: date) -> None:
        """Raise ExportUnreadable where the rows of a day are of several sites, or make no sense."""
        tables, place = self._warehouse.tables, self._warehouse.place
        if self._config.property is None:
            found = self._answer(bulk_schema.properties(tables, day))["site_url"].tolist()
            if len(found) > 1:
                raise ExportUnreadable(
                    f"{place} holds several properties: {', '.join(map(str, found))}",
                    subject=place,
                    hint="name the one that counts in search_console.property",
                )
        wrong = self._answer(bulk_schema.faults(tables, day, self._config))
        if len(wrong):
            raise self._senseless(day, str(wrong.iloc[0].to_dict()))

    def _senseless(self, day: date, row: str) -> ExportUnreadable:
        return ExportUnreadable(
            f"{self._warehouse.place}: a row of {day} makes no sense: {row}",
            subject=self._warehouse.place,
            hint="export that day again; nothing of it was stored",
        )

    def _days(self) -> Sequence[date]:
        if self._finished is None:
            found = self._answer(bulk_schema.finished_days(self._warehouse.tables))
            self._finished = [pd.Timestamp(day).date() for day in found["data_date"]]
        return self._finished

    def _answer(self, question: ir.Table) -> pd.DataFrame:
        self._asked += 1
        return self._warehouse.answer(question)
