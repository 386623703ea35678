"""BigQuery on this machine: its SQL is translated and run by DuckDB over exported files."""

from __future__ import annotations

import contextlib
from pathlib import Path

import duckdb
import pandas as pd
import sqlglot

from recommender.ingest.bigquery import BigQuery
from recommender.ingest.bulk_schema import LOG, ROWS

DATASET = "my-project.searchconsole"


def bigquery_over(folder: Path, stack: contextlib.ExitStack) -> BigQuery:
    """Return a warehouse whose dataset are the Parquet files in ``folder``."""
    connection = stack.enter_context(duckdb.connect(config={"threads": 1}))
    connection.execute("CREATE MACRO ieee_divide(a, b) AS a / b")  # of BigQuery, not of DuckDB
    connection.execute("ATTACH ':memory:' AS \"my-project\"")
    connection.execute('CREATE SCHEMA "my-project".searchconsole')
    for table in (ROWS, LOG):
        files = f"{folder}/{table}/**/*.parquet"
        connection.execute(
            f'CREATE VIEW "my-project".searchconsole."{table}" AS '
            f"SELECT * FROM read_parquet('{files}', hive_partitioning=false)"
        )

    def run(sql: str) -> pd.DataFrame:
        (translated,) = sqlglot.transpile(sql, read="bigquery", write="duckdb")
        return connection.sql(translated).df()

    return BigQuery(DATASET, run)
