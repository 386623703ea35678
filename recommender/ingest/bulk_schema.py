"""Questions to the tables of Search Console's bulk export, as Ibis expressions.

The same expressions are compiled for DuckDB over exported files and for BigQuery. Keys repeat in
the tables: everything is summed. ``sum_position`` counts from 0; queries too rare to be named count
in page totals and not in queries.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from recommender.config import SearchConsoleConfig

ROWS = "searchdata_url_impression"
LOG = "ExportLog"
NAMESPACE = "SEARCHDATA_URL_IMPRESSION"  # of the log's lines on the table of rows
SEARCH_TYPES = {"googleNews": "GOOGLE_NEWS"}  # others are the same words in capitals
WITHOUT_POSITIONS = frozenset({"discover", "googleNews"})

_ROWS = {
    "data_date": "date",
    "site_url": "string",
    "url": "string",
    "query": "string",
    "is_anonymized_query": "boolean",
    "country": "string",
    "search_type": "string",
    "device": "string",
    "impressions": "int64",
    "clicks": "int64",
    "sum_position": "int64",
}
_LOG = {"namespace": "string", "data_date": "date"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The two tables of a bulk export, bound to no connection."""

    rows: ir.Table
    log: ir.Table

    @classmethod
    def of(cls, dataset: str | None = None) -> Tables:
        """Return the tables of ``dataset`` (project and name, with a point), of files for None."""
        catalog, _, name = (dataset or "").rpartition(".")
        place = {"catalog": catalog, "database": name} if dataset else {}
        return cls(
            rows=ibis.table(_ROWS, name=ROWS, **place), log=ibis.table(_LOG, name=LOG, **place)
        )


def finished_days(tables: Tables) -> ir.Table:
    """Return the days whose rows are exported whole: data_date, oldest first."""
    log = tables.log
    whole = log.filter(log.namespace == NAMESPACE)
    return whole.select("data_date").distinct().order_by("data_date")


def properties(tables: Tables, day: date) -> ir.Table:
    """Return the properties that have rows of ``day``: site_url."""
    rows = tables.rows
    return rows.filter(rows.data_date == day).select("site_url").distinct().order_by("site_url")


def pages(tables: Tables, day: date, config: SearchConsoleConfig) -> ir.Table:
    """Return page, clicks, impressions, position of ``day``, ordered by page."""
    rows = _counted(tables, day, config)
    sums = rows.group_by(page=rows.url).aggregate(**_sums(rows, config))
    return sums.order_by("page")


def queries(tables: Tables, day: date, config: SearchConsoleConfig) -> ir.Table:
    """Return query, page, clicks, impressions, position of ``day``, ordered by page and query."""
    rows = _counted(tables, day, config)
    named = rows.filter(~rows.is_anonymized_query, rows.query.notnull(), rows.query != "")
    sums = named.group_by("query", page=named.url).aggregate(**_sums(named, config))
    return sums.order_by("page", "query")


def faults(tables: Tables, day: date, config: SearchConsoleConfig) -> ir.Table:
    """Return up to one row of ``day`` whose numbers make no sense: url and the numbers."""
    rows = _counted(tables, day, config)
    wrong = (
        (rows.impressions < 0)
        | (rows.clicks < 0)
        | (rows.sum_position < 0)
        | rows.impressions.isnull()
        | rows.clicks.isnull()
        | rows.url.isnull()
    )
    found = rows.filter(wrong)
    return found.select("url", "clicks", "impressions", "sum_position").order_by("url").limit(1)


def _counted(tables: Tables, day: date, config: SearchConsoleConfig) -> ir.Table:
    """Return the rows of a day with the configured filters applied."""
    rows = tables.rows
    kind = SEARCH_TYPES.get(config.search_type, config.search_type.upper())
    wanted = [rows.data_date == day, rows.search_type == kind]
    if config.property is not None:
        wanted.append(rows.site_url == config.property)
    if config.countries:
        wanted.append(rows.country.isin(list(config.countries)))
    if config.devices:
        wanted.append(rows.device.isin([device.upper() for device in config.devices]))
    return rows.filter(*wanted)


def _sums(rows: ir.Table, config: SearchConsoleConfig) -> dict[str, ir.Value]:
    shown = rows.impressions.sum()
    position = rows.sum_position.sum() / shown.nullif(0) + 1
    if config.search_type in WITHOUT_POSITIONS:
        position = ibis.null("float64")
    return {"clicks": rows.clicks.sum(), "impressions": shown, "position": position}
