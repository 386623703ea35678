"""Questions to the search facts as Ibis expressions, and their answers as frames.

An expression is written over a declared table, without a connection. Here it runs on DuckDB in
memory over the Parquet files that count; the same expression runs on any other Ibis backend when
the data outgrow a machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from recommender.errors import StoreError
from recommender.frames import (
    PAGE_SEARCH,
    PAGE_TOTALS,
    QUERY_SEARCH,
    QUERY_TOTALS,
    Column,
    FrameSpec,
)
from recommender.store.files import check_parquet

_IBIS: Mapping[Column, str] = {
    Column.TEXT: "string",
    Column.INT: "int64",
    Column.FLOAT: "float64",
    Column.FLOAT_MAYBE: "float64",
    Column.DAY: "date",
}


def table(spec: FrameSpec) -> ir.Table:
    """Return the stored table of ``spec``, bound to no backend."""
    columns = {name: _IBIS[kind] for name, kind in spec.columns.items()}
    return ibis.table(columns, name=spec.name.lower())


def page_search() -> ir.Table:
    """Return PAGE_SEARCH, oldest day first."""
    return table(PAGE_SEARCH).order_by("day", "page")


def page_totals() -> ir.Table:
    """Return PAGE_TOTALS of all rows, ordered by page."""
    rows = table(PAGE_SEARCH)
    return (
        rows.group_by("page")
        .aggregate(**_sums(rows), days=rows.day.nunique(where=rows.impressions > 0))
        .select(*PAGE_TOTALS.columns)
        .order_by("page")
    )


def query_totals() -> ir.Table:
    """Return QUERY_TOTALS of all rows with impressions, ordered by page and query."""
    stored = table(QUERY_SEARCH)
    rows = stored.filter(stored.impressions > 0)
    return (
        rows.group_by("query", "page")
        .aggregate(**_sums(rows))
        .select(*QUERY_TOTALS.columns)
        .order_by("page", "query")
    )


def _sums(rows: ir.Table) -> dict[str, ir.Scalar]:
    """Sum clicks and impressions, and weigh each known position by its impressions.

    Where nothing carries weight (no impressions, or no positions) the position is missing.
    """
    known = rows.position.notnull()  # noqa: PD004 - Ibis, not pandas
    weight = rows.impressions.sum(where=known)
    return {
        "clicks": rows.clicks.sum(),
        "impressions": rows.impressions.sum(),
        "position": (rows.position * rows.impressions).sum() / weight.nullif(0),
    }


def answer(
    question: ir.Table, files: Sequence[Path], *, stored: FrameSpec, asked: FrameSpec
) -> pd.DataFrame:
    """Return the frame ``asked`` for: ``question`` over ``files``, which hold ``stored``.

    Raises StoreError naming the file that cannot be read.
    """
    if not files:
        return asked.empty()
    try:
        arrow = _run(question, files, stored)
    except duckdb.Error as error:
        for path in files:
            check_parquet(path)
        raise StoreError(
            f"the {stored.name} files of {files[0].parent.parent} cannot be read: {error}",
            subject=str(files[0].parent.parent),
            hint="another version of Linkwright may have written them",
        ) from error
    return asked.coerced(arrow.to_pandas(date_as_object=False))


def _run(question: ir.Table, files: Sequence[Path], stored: FrameSpec) -> pa.Table:
    """Return the answer as an Arrow table.

    One thread, so that sums of floats come in one order and repeat to the last bit. The view is
    made by DuckDB and described by our spec: `ibis.read_parquet` asks DuckDB for the columns
    through a method that DuckDB 2 no longer has (Ibis 12).
    """
    with duckdb.connect(config={"threads": 1}) as connection:
        view = connection.read_parquet([str(path) for path in files])
        view.create_view(stored.name.lower())
        return ibis.duckdb.from_connection(connection).to_pyarrow(question)
