"""The same searches as files: the ZIP of Search Console's web interface, the bulk export's tables.

Rows come from what the fake service answers from, so that all three say the same.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from jobs.demo.export_words import ENGLISH, Language
from jobs.demo.fake_answers import RowsSource
from recommender.models import Window

MOST_ROWS = 1_000  # of one table of an export
DECIMALS = 2  # of click rates in percent and of positions

Row = Sequence[object]


def write_export(
    file: Path,
    source: RowsSource,
    window: Window,
    *,
    page: str | None = None,
    language: Language = ENGLISH,
    decimals: int | None = DECIMALS,
) -> Path:
    """Write the export of ``window`` as a ZIP and return it; ``page`` narrows it to one page.

    ``decimals`` None keeps positions as they are, which Search Console does not.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in export_tables(
            source, window, page=page, language=language, decimals=decimals
        ):
            archive.writestr(name, content)
    return file


def export_tables(
    source: RowsSource,
    window: Window,
    *,
    page: str | None = None,
    language: Language = ENGLISH,
    decimals: int | None = DECIMALS,
) -> list[tuple[str, bytes]]:
    """Return the CSV files of an export, in the order in which they lie in the ZIP."""
    rows = _rows(source, window)
    if page is not None:
        rows = rows[rows["page"] == page]
    named = rows[~rows["anonymised"].astype(bool)]
    daily = rows.groupby("date", as_index=False).agg(
        clicks=("clicks", "sum"), impressions=("impressions", "sum"), position=("position", "mean")
    )
    filters = [language.search_type, language.range]
    if page is not None:
        filters.append((language.page, page))
    tables: list[Iterable[Row]] = [
        _metrics(_summed(named, "query"), language, decimals),
        _metrics(_summed(rows, "page"), language, decimals),
        _metrics(_split(rows, language.countries), language, decimals),
        _metrics(_split(rows, language.devices), language, decimals),
        [],
        _metrics(daily.rename(columns={"date": "key"}), language, decimals),
        filters,
    ]
    headers = [(key, *language.metrics) for key in language.keys[:-1]]
    return [
        (f"{name}.csv", _csv([header, *table]))
        for name, header, table in zip(
            language.files, [*headers, (language.keys[-1], language.value)], tables, strict=True
        )
    ]


def write_bulk(
    folder: Path, source: RowsSource, days: Iterable[date], *, site: str, form: str = "parquet"
) -> Path:
    """Write the tables of a bulk export of ``days`` into ``folder`` and return it.

    ``form`` is parquet or csv. Each key stands in two rows, one a device, as in the real tables.
    """
    days = list(days)
    for day in days:
        _write(
            _bulk_rows(source.day(day), day, site), folder, "searchdata_url_impression", day, form
        )
    log = pd.DataFrame(
        {
            "agenda": "SEARCHDATA",
            "namespace": "SEARCHDATA_URL_IMPRESSION",
            "data_date": days,
            "epoch_version": 0,
            "publish_time": [pd.Timestamp(day) + pd.Timedelta(days=2) for day in days],
        }
    )
    _write(log, folder, "ExportLog", None, form)
    return folder


def _rows(source: RowsSource, window: Window) -> pd.DataFrame:
    days = [window.start + timedelta(days=number) for number in range(window.days)]
    return pd.concat([source.day(day).assign(date=day.isoformat()) for day in days])


def _summed(rows: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return sums per key, most clicks first, cut as the interface cuts them."""
    weighed = rows.assign(weighed=rows["position"] * rows["impressions"])
    sums = weighed.groupby(key, as_index=False, sort=True)[
        ["clicks", "impressions", "weighed"]
    ].sum()
    sums["position"] = sums["weighed"] / sums["impressions"]
    ordered = sums.sort_values(["clicks", "impressions"], ascending=False, kind="stable")
    return ordered.rename(columns={key: "key"}).head(MOST_ROWS)


def _split(rows: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return all rows' sums shared out among ``names``, the first the largest."""
    clicks, shown = int(rows["clicks"].sum()), int(rows["impressions"].sum())
    less = len(names) - 1
    parts = [(clicks // (2 * less), shown // (2 * less))] * less
    first = (clicks - sum(c for c, _ in parts), shown - sum(i for _, i in parts))
    return pd.DataFrame(
        [(name, *part, 10.0) for name, part in zip(names, [first, *parts], strict=True)],
        columns=["key", "clicks", "impressions", "position"],
    )


def _metrics(sums: pd.DataFrame, language: Language, decimals: int | None) -> list[Row]:
    columns = [sums[name].tolist() for name in ("key", "clicks", "impressions", "position")]
    return [
        (
            key,
            clicks,
            shown,
            language.percent.format(_number(100 * clicks / max(shown, 1), language, DECIMALS)),
            _number(position, language, decimals),
        )
        for key, clicks, shown, position in zip(*columns, strict=True)
    ]


def _number(value: float, language: Language, decimals: int | None) -> str:
    rounded = value if decimals is None else round(value, decimals)
    return repr(rounded).removesuffix(".0").replace(".", language.decimal)


def _csv(rows: Iterable[Row]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _bulk_rows(rows: pd.DataFrame, day: date, site: str) -> pd.DataFrame:
    """Return the rows of a day in the schema of the bulk export, each in two parts.

    The parts' positions are those of the whole, so that a sum weighed by impressions gives it back.
    """
    hidden = rows["anonymised"].astype(bool).to_numpy()
    whole = pd.DataFrame(
        {
            "data_date": day,
            "site_url": site,
            "url": rows["page"].to_numpy(),
            "query": rows["query"].mask(rows["anonymised"].astype(bool), None).to_numpy(),
            "is_anonymized_query": hidden,
            "is_anonymized_discover": False,
            "country": "usa",
            "search_type": "WEB",
            "device": "DESKTOP",
            "impressions": rows["impressions"].to_numpy(),
            "clicks": rows["clicks"].to_numpy(),
            "sum_position": ((rows["position"] - 1) * rows["impressions"]).to_numpy(),
        }
    )
    half = {name: whole[name] // 2 for name in ("impressions", "clicks")}
    share = half["impressions"] / whole["impressions"]
    mobile = whole.assign(**half, device="MOBILE", sum_position=whole["sum_position"] * share)
    rest = {name: whole[name] - mobile[name] for name in (*half, "sum_position")}
    return pd.concat([whole.assign(**rest), mobile[mobile["impressions"] > 0]], ignore_index=True)


def _write(frame: pd.DataFrame, folder: Path, table: str, day: date | None, form: str) -> None:
    home = folder / table / (f"data_date={day}" if day else "")
    home.mkdir(parents=True, exist_ok=True)
    file = home / f"part-0.{form}"
    if form == "csv":
        frame.to_csv(file, index=False)
    else:
        frame.to_parquet(file, index=False)
