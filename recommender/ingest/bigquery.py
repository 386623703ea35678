"""The tables of a bulk export in BigQuery, asked with the SQL that Ibis writes for it."""

from __future__ import annotations

import importlib
from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import pandas as pd

from recommender.config import CredentialsKind, SearchConsoleConfig
from recommender.errors import ConfigError, CredentialsError, SearchConsoleUnavailable
from recommender.ingest.bulk_schema import Tables

Run = Callable[[str], pd.DataFrame]
"""Runs SQL and returns its rows."""


class BigQuery:
    """A warehouse over ``dataset`` (project and name, with a point); ``run`` runs its SQL."""

    def __init__(self, dataset: str, run: Run) -> None:
        self._dataset = dataset
        self._run = run

    @property
    def place(self) -> str:
        """Return the dataset."""
        return self._dataset

    @property
    def tables(self) -> Tables:
        """Return the tables of the dataset."""
        return Tables.of(self._dataset)

    def answer(self, question: ir.Table) -> pd.DataFrame:
        """Return the rows that answer a question. Raises a SearchConsoleError."""
        return self._run(str(ibis.to_sql(question, dialect="bigquery")))

    def close(self) -> None:
        """Do nothing: each question is a request of its own."""


def client(config: SearchConsoleConfig, *, module: str = "google.cloud.bigquery") -> Run:
    """Return what runs SQL in BigQuery as the configured account.

    Raises ConfigError where google-cloud-bigquery is not installed, CredentialsError where the
    account is not known.
    """
    if config.credentials is CredentialsKind.OAUTH:
        raise CredentialsError(
            "BigQuery takes no OAuth token of `linkwright init`: it may read Search Console alone",
            subject="search_console.credentials",
            hint="use service_account or adc, with the roles BigQuery Data Viewer and Job User",
        )
    try:
        bigquery = importlib.import_module(module)
    except ImportError as error:
        raise ConfigError(
            "search_console.source is bigquery, but google-cloud-bigquery is not installed",
            subject="search_console.source",
            hint="run `pip install google-cloud-bigquery`, or export the tables as Parquet and "
            "use the source bulk",
        ) from error
    project = (config.dataset or "").rpartition(".")[0]
    if config.credentials is CredentialsKind.SERVICE_ACCOUNT and config.credentials_file:
        made = bigquery.Client.from_service_account_json(config.credentials_file, project=project)
    else:
        made = bigquery.Client(project=project)

    def run(sql: str) -> pd.DataFrame:
        from google.api_core.exceptions import GoogleAPIError  # noqa: PLC0415 - of the same extra
        from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415

        try:
            rows: pd.DataFrame = made.query_and_wait(sql).to_arrow().to_pandas()
        except GoogleAuthError as error:
            raise CredentialsError(
                f"BigQuery refuses the account: {error}",
                hint="check search_console.credentials, and the roles Data Viewer and Job User",
            ) from error
        except GoogleAPIError as error:
            raise SearchConsoleUnavailable(
                f"BigQuery did not answer: {error}",
                subject=str(config.dataset),
                hint="check search_console.dataset and the account's roles; the next run resumes",
            ) from error
        return rows

    return run
