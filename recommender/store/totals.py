"""Questions to the search facts as Ibis expressions, and their answers as frames.

An expression is written over a declared table, without a connection. An engine runs it over the
Parquet files that count: DuckDB in memory, or Spark when the data outgrow a machine. Sums are of
whole numbers, so that no order of adding, no number of threads and no engine changes an answer.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pandas as pd

from recommender.frames import (
    PAGE_SEARCH,
    PAGE_TOTALS,
    QUERY_SEARCH,
    QUERY_TOTALS,
    Column,
    FrameSpec,
)
from recommender.store.engines import Engine

_IBIS: Mapping[Column, str] = {
    Column.TEXT: "string",
    Column.INT: "int64",
    Column.FLOAT: "float64",
    Column.FLOAT_MAYBE: "float64",
    Column.DAY: "date",
}

FINE = 2**24
"""Parts of a position that count: 6e-8. A sum stays whole up to 5e11 impressions times position."""


def table(spec: FrameSpec) -> ir.Table:
    """Return the stored table of ``spec``, bound to no backend."""
    columns = {name: _IBIS[kind] for name, kind in spec.columns.items()}
    return ibis.table(columns, name=spec.name.lower())


@functools.cache
def page_search() -> ir.Table:
    """Return PAGE_SEARCH, oldest day first."""
    return table(PAGE_SEARCH).order_by("day", "page")


@functools.cache
def page_totals() -> ir.Table:
    """Return PAGE_TOTALS of all rows, ordered by page."""
    rows = table(PAGE_SEARCH)
    return (
        rows.group_by("page")
        .aggregate(**_sums(rows), days=rows.day.nunique(where=rows.impressions > 0))
        .select(*PAGE_TOTALS.columns)
        .order_by("page")
    )


@functools.cache
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

    Where nothing carries weight (no impressions, or no positions) the position is missing. Floats
    are added in whole parts: a sum of floats depends on the order, which threads and files decide.
    """
    known = rows.position.notnull()  # noqa: PD004 - Ibis, not pandas
    weight = rows.impressions.sum(where=known)
    parts = (rows.position * rows.impressions * FINE + 0.5).floor()
    return {
        "clicks": rows.clicks.sum(),
        "impressions": rows.impressions.sum(),
        "position": parts.sum() / weight.nullif(0) / FINE,
    }


def answer(
    question: ir.Table,
    files: Sequence[Path],
    engine: Engine,
    *,
    stored: FrameSpec,
    asked: FrameSpec,
) -> pd.DataFrame:
    """Return the frame ``asked`` for: ``question`` over ``files``, which hold ``stored``.

    Raises StoreError naming the file that cannot be read.
    """
    if not files:
        return asked.empty()
    with engine.over(files, stored) as backend:
        arrow = backend.to_pyarrow(question)
    return asked.coerced(arrow.to_pandas(date_as_object=False), unique=asked is not stored)
