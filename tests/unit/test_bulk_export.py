"""A bulk export's questions: their SQL, their filters, and what cannot be read."""

from __future__ import annotations

import contextlib
from datetime import date, timedelta
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from jobs.demo.search_files import write_bulk
from jobs.demo.search_model import SearchModel
from recommender.config import SearchConsoleConfig
from recommender.errors import ConfigError, CredentialsError, ExportUnreadable
from recommender.ingest import bigquery, bulk_schema
from recommender.ingest.bulk_export import BulkSource
from recommender.ingest.bulk_files import BulkFiles
from recommender.ingest.bulk_schema import Tables
from recommender.models import SearchDay
from tests.bigquery_here import DATASET, bigquery_over
from tests.demo_site import ROOT, crawled_pages

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
FIRST = date(2026, 7, 1)
MODEL = SearchModel.of_site(crawled_pages(12), seed=3, first_day=FIRST)
NARROW = SearchConsoleConfig.model_validate(
    {"property": "sc-domain:example.com", "countries": ["usa", "deu"], "devices": ["mobile"]}
)


def read(folder: Path, **more: object) -> SearchDay:
    config = SearchConsoleConfig.model_validate(more)
    with contextlib.closing(BulkFiles(folder)) as files:
        return BulkSource(config, files).read_day(FIRST)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_bulk(tmp_path / "bulk", MODEL, [FIRST], site=ROOT)


def rows_file(folder: Path) -> Path:
    return folder / "searchdata_url_impression" / f"data_date={FIRST}" / "part-0.parquet"


def spoiled(folder: Path, **values: object) -> Path:
    """Give the first row other values."""
    file = rows_file(folder)
    rows = pd.read_parquet(file)
    for name, value in values.items():
        column = rows[name].astype("object")
        column.iloc[0] = value
        rows[name] = column if isinstance(value, str) else pd.to_numeric(column)
    rows.to_parquet(file, index=False)
    return folder


@pytest.mark.parametrize("name", ["pages", "queries", "finished_days"])
def test_bigquery_is_asked_with_the_golden_sql(name: str) -> None:
    tables = Tables.of(DATASET)
    questions: dict[str, ir.Table] = {
        "pages": bulk_schema.pages(tables, FIRST, NARROW),
        "queries": bulk_schema.queries(tables, FIRST, NARROW),
        "finished_days": bulk_schema.finished_days(tables),
    }
    sql = f"{ibis.to_sql(questions[name], dialect='bigquery')}\n"
    assert sql == (GOLDEN / f"bigquery-{name}.sql").read_text(encoding="utf-8")


def test_bigquery_and_files_give_identical_frames(folder: Path) -> None:
    with contextlib.ExitStack() as stack:
        theirs = BulkSource(SearchConsoleConfig(), bigquery_over(folder, stack)).read_day(FIRST)
    ours = read(folder)
    assert_frame_equal(theirs.pages, ours.pages)
    assert_frame_equal(theirs.queries, ours.queries)


def test_totals_are_the_truth_and_hidden_queries_count_in_pages_alone(folder: Path) -> None:
    found, truth = read(folder), MODEL.day(FIRST)
    named = truth[~truth["anonymised"].astype(bool)]
    assert found.pages["impressions"].sum() == truth["impressions"].sum()
    assert found.queries["impressions"].sum() == named["impressions"].sum()
    page = found.pages.iloc[0]
    rows = truth[truth["page"] == page["page"]]
    expected = (rows["position"] * rows["impressions"]).sum() / rows["impressions"].sum()
    assert page["position"] == pytest.approx(expected)


def test_devices_countries_and_search_types_are_counted_as_configured(folder: Path) -> None:
    whole = read(folder).pages["impressions"].sum()
    mobile = read(folder, devices=["mobile"]).pages["impressions"].sum()
    desktop = read(folder, devices=["desktop"]).pages["impressions"].sum()
    assert 0 < mobile < desktop
    assert mobile + desktop == whole
    assert read(folder, countries=["usa"]).pages["impressions"].sum() == whole
    assert read(folder, countries=["deu"]).pages.empty
    assert read(folder, search_type="image").pages.empty


def refusal(folder: Path, **more: object) -> ExportUnreadable:
    with pytest.raises(ExportUnreadable) as found:
        read(folder, **more)
    assert found.value.hint
    assert found.value.exit_code == 2
    return found.value


def test_a_folder_without_the_log_is_refused(folder: Path) -> None:
    (folder / "ExportLog" / "part-0.parquet").unlink()
    assert "has no table ExportLog" in refusal(folder).message


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    assert "is no folder" in refusal(tmp_path / "missing").message


def test_a_half_written_file_is_named(folder: Path) -> None:
    file = rows_file(folder)
    file.write_bytes(file.read_bytes()[:500])
    assert str(file) in refusal(folder).message


def test_a_table_of_other_columns_is_refused(folder: Path) -> None:
    pd.DataFrame({"page": ["x"]}).to_parquet(rows_file(folder))
    assert "cannot be read" in refusal(folder).message


@pytest.mark.parametrize("value", [-3, float("nan")])
@pytest.mark.parametrize("name", ["impressions", "clicks"])
def test_numbers_that_make_no_sense_are_refused(name: str, value: float, folder: Path) -> None:
    message = refusal(spoiled(folder, **{name: value})).message
    assert f"a row of {FIRST} makes no sense" in message


def test_several_properties_want_a_choice(folder: Path) -> None:
    spoiled(folder, site_url="https://shop.example.com/")
    found = refusal(folder)
    assert "holds several properties: https://shop.example.com/" in found.message
    assert "search_console.property" in found.hint
    assert len(read(folder, property=ROOT).pages)


def test_a_day_that_is_not_whole_is_refused(folder: Path) -> None:
    with contextlib.closing(BulkFiles(folder)) as files:
        source = BulkSource(SearchConsoleConfig(), files)
        with pytest.raises(ExportUnreadable, match="has no whole export of 2026-07-02"):
            source.read_day(FIRST + timedelta(days=1))


def test_bigquery_without_its_client_says_what_to_install() -> None:
    config = SearchConsoleConfig.model_validate({"source": "bigquery", "dataset": DATASET})
    with pytest.raises(ConfigError, match="google-cloud-bigquery is not installed") as found:
        bigquery.client(config, module="google.cloud.a_client_that_is_not_there")
    assert "pip install" in found.value.hint


def test_bigquery_takes_no_token_of_search_console() -> None:
    config = SearchConsoleConfig.model_validate(
        {"source": "bigquery", "dataset": DATASET, "credentials": "oauth"}
    )
    with pytest.raises(CredentialsError, match="takes no OAuth token"):
        bigquery.client(config)


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"source": "bulk"}, "set search_console.path"),
        ({"source": "export"}, "set search_console.path"),
        ({"source": "bigquery"}, "set search_console.dataset"),
    ],
)
def test_a_source_wants_its_place(section: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        SearchConsoleConfig.model_validate(section)
