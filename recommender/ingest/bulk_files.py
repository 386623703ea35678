"""The tables of a bulk export as files in a folder, asked through DuckDB.

A table is a file named after it (``ExportLog.csv``), several that begin so, or a folder of files;
Parquet or CSV.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
import pandas as pd

from recommender.errors import ExportUnreadable
from recommender.ingest.bulk_schema import LOG, ROWS, Tables

_HINT = (
    "export the tables searchdata_url_impression and ExportLog of the bulk export, as Parquet or "
    "CSV, into search_console.path, each as a file or a folder of its name"
)


class BulkFiles:
    """A warehouse over the files in ``folder``; Parquet counts where there is CSV too."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._connection: duckdb.DuckDBPyConnection | None = None

    @property
    def place(self) -> str:
        """Return the folder."""
        return str(self._folder)

    @property
    def tables(self) -> Tables:
        """Return the tables without a dataset."""
        return Tables.of()

    def answer(self, question: ir.Table) -> pd.DataFrame:
        """Return the rows that answer a question.

        Raises ExportUnreadable naming the file that is half-written or of another schema.
        """
        connection = self._opened()
        try:
            found: pd.DataFrame = connection.sql(ibis.to_sql(question, dialect="duckdb")).df()
        except duckdb.Error as error:
            raise self._unreadable(str(error)) from error
        return found

    def close(self) -> None:
        """Close DuckDB."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _opened(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            connection = duckdb.connect(config={"threads": 1})
            try:
                for table in (ROWS, LOG):
                    view = _view(connection, _files(self._folder, table))
                    view.create_view(table)
            except duckdb.Error as error:
                connection.close()
                raise self._unreadable(str(error)) from error
            except ExportUnreadable:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _unreadable(self, fault: str) -> ExportUnreadable:
        return ExportUnreadable(
            f"{self._folder} cannot be read: {fault}", subject=str(self._folder), hint=_HINT
        )


def _files(folder: Path, table: str) -> list[Path]:
    """Return the files of a table, all of one form."""
    if not folder.is_dir():
        raise ExportUnreadable(f"{folder} is no folder", subject=str(folder), hint=_HINT)
    for form in (".parquet", ".csv"):
        inside = (folder / table).rglob(f"*{form}")
        found = [*folder.glob(f"{table}*{form}"), *inside]
        if found:
            return sorted(found)
    raise ExportUnreadable(
        f"{folder} has no table {table}: neither Parquet nor CSV files are named so",
        subject=str(folder),
        hint=_HINT,
    )


def _view(connection: duckdb.DuckDBPyConnection, files: list[Path]) -> duckdb.DuckDBPyRelation:
    names = [str(file) for file in files]
    if files[0].suffix == ".parquet":
        return connection.read_parquet(names, union_by_name=True, hive_partitioning=False)
    return connection.read_csv(names, header=True, union_by_name=True, hive_partitioning=False)  # type: ignore[arg-type]
