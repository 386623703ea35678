"""What every SearchSource keeps to: the API, exports, bulk exports, BigQuery, and the fake."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from google.auth.credentials import AnonymousCredentials
from pandas.testing import assert_frame_equal

from jobs.demo.fake_search_console import FORBIDDEN, FakeSearchConsole
from jobs.demo.search_files import write_bulk, write_export
from jobs.demo.search_model import SearchModel
from recommender.config import SearchConsoleConfig
from recommender.errors import SearchConsoleError
from recommender.frames import PAGE_SEARCH, QUERY_SEARCH, checked
from recommender.ingest.bulk_export import BulkSource
from recommender.ingest.bulk_files import BulkFiles
from recommender.ingest.search_console import SearchConsoleSource
from recommender.ingest.search_export import ExportSource
from recommender.models import Window
from recommender.ports import SearchSource
from tests.bigquery_here import bigquery_over
from tests.demo_site import ROOT, crawled_pages
from tests.fakes import FakeSearch

FIRST = date(2026, 3, 2)
NEWEST = date(2026, 3, 8)
TODAY = NEWEST + timedelta(days=3)
MODEL = SearchModel.of_site(crawled_pages(40), seed=4, first_day=FIRST)


@pytest.fixture
def service() -> Iterator[FakeSearchConsole]:
    with FakeSearchConsole(MODEL, property_url=ROOT, today=lambda: TODAY) as console:
        yield console


DAYS = [FIRST + timedelta(days=number) for number in range(7)]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The days as exports of the web interface and as a bulk export."""
    folder = tmp_path_factory.mktemp("search")
    (folder / "export").mkdir()
    for day in DAYS:
        window = Window(start=day, end=day)
        page = str(MODEL.day(day).groupby("page")["impressions"].sum().idxmax())
        write_export(folder / "export" / f"{day}.zip", MODEL, window)
        write_export(folder / "export" / f"{day}-page.zip", MODEL, window, page=page)
    write_bulk(folder / "parquet", MODEL, DAYS, site=ROOT)
    write_bulk(folder / "csv", MODEL, DAYS, site=ROOT, form="csv")
    return folder


@pytest.fixture(params=["api", "fake", "export", "parquet", "csv", "bigquery"])
def source(
    request: pytest.FixtureRequest, service: FakeSearchConsole, files: Path
) -> Iterator[SearchSource]:
    api = SearchConsoleSource(
        SearchConsoleConfig(endpoint=service.endpoint),
        property_url=ROOT,
        credentials=AnonymousCredentials(),
        sleep=lambda _seconds: None,
    )
    config = SearchConsoleConfig(property=ROOT)
    with contextlib.ExitStack() as stack:
        match request.param:
            case "api":
                yield api
            case "fake":
                yield FakeSearch({day: api.read_day(day) for day in DAYS})
            case "export":
                place = SearchConsoleConfig(path=files / "export")
                yield ExportSource(place, hosts=["www.example.com"])
            case "bigquery":
                yield BulkSource(config, bigquery_over(files / "parquet", stack))
            case form:
                warehouse = stack.enter_context(contextlib.closing(BulkFiles(files / form)))
                yield BulkSource(config, warehouse)


def test_the_newest_final_day_is_the_last_one_with_final_data(source: SearchSource) -> None:
    assert source.newest_final_day(TODAY) == NEWEST


def test_the_oldest_day_is_the_first_with_data(source: SearchSource) -> None:
    assert source.oldest_day(TODAY) == FIRST


def test_a_day_is_what_the_frames_declare(source: SearchSource) -> None:
    read = source.read_day(NEWEST)
    checked(read.pages, PAGE_SEARCH)
    checked(read.queries, QUERY_SEARCH)
    assert read.day == NEWEST
    assert read.final
    assert not read.capped


def test_days_can_be_asked_for_from_the_oldest_on(source: SearchSource) -> None:
    assert source.oldest_day(TODAY) == FIRST
    assert list(source.days_in(Window(start=FIRST, end=NEWEST))) == DAYS
    assert source.period() is None


def test_a_day_holds_rows_of_that_day_only(source: SearchSource) -> None:
    read = source.read_day(FIRST)
    for frame in (read.pages, read.queries):
        assert len(frame) > 0
        assert set(frame["day"].dt.date) == {FIRST}


def test_queries_never_exceed_the_page_they_belong_to(source: SearchSource) -> None:
    read = source.read_day(NEWEST)
    pages = read.pages.set_index("page")["impressions"]
    queries = read.queries.groupby("page")["impressions"].sum()
    assert (queries <= pages.reindex(queries.index)).all()
    assert read.query_share is not None
    assert 0 < read.query_share < 1


def test_a_day_read_twice_is_the_same(source: SearchSource) -> None:
    once, again = source.read_day(NEWEST), source.read_day(NEWEST)
    assert_frame_equal(once.pages, again.pages)
    assert_frame_equal(once.queries, again.queries)


def test_a_refusal_is_a_search_console_error(
    source: SearchSource, service: FakeSearchConsole
) -> None:
    service.fail_next(FORBIDDEN)
    unknown = FIRST - timedelta(days=400)
    with pytest.raises(SearchConsoleError):
        source.read_day(unknown)
