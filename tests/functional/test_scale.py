"""The same questions on DuckDB and on a Spark cluster of three processes: ``make scale``."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal

from recommender.errors import StoreError
from recommender.models import Window
from recommender.store.engines import Spark
from recommender.store.facts import ParquetFacts
from tests.benchmarks.search_days import FIRST_DAY, Stock
from tests.records import NOW
from tests.spark_cluster import WORKERS, in_spark, standalone

pytestmark = [*in_spark, pytest.mark.slow]

DAYS, ROWS = 28, 2_000
WHOLE = Window(start=FIRST_DAY, end=FIRST_DAY + timedelta(days=DAYS - 1))
LAST_DAY = Window(start=WHOLE.end, end=WHOLE.end)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four weeks of a property; the newest five days were read twice."""
    folder = tmp_path_factory.mktemp("property")
    stock = Stock.of(rows_a_day=ROWS, pages=400)
    facts = ParquetFacts(folder)
    for number in range(DAYS):
        facts.write_search_day(stock.day(number), NOW)
    for number in range(DAYS - 5, DAYS):
        again = Stock.of(rows_a_day=ROWS, pages=400, seed=11).day(number)
        facts.write_search_day(again, NOW + timedelta(days=1))
    return folder


@pytest.fixture(scope="module")
def on_spark(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ParquetFacts]:
    with (
        pytest.MonkeyPatch.context() as patch,
        standalone(tmp_path_factory.mktemp("cluster")) as cluster,
    ):
        for name, value in cluster.settings.items():
            patch.setenv(name, value)
        engine = Spark(cluster.master)
        yield ParquetFacts(folder, engine)
        engine.close()
        gc.collect()  # while its sockets may still be left open


@pytest.mark.parametrize("ask", ["page_search", "page_totals", "query_totals"])
@pytest.mark.parametrize("window", [WHOLE, LAST_DAY], ids=["four weeks", "a day"])
def test_the_cluster_gives_what_duckdb_gives(
    ask: str, window: Window, folder: Path, on_spark: ParquetFacts
) -> None:
    expected = getattr(ParquetFacts(folder), ask)(window)
    assert len(expected) > 100
    found = getattr(on_spark, ask)(window)
    assert_frame_equal(found, expected, check_exact=True)  # positions to the last bit


def test_both_workers_are_at_work_on_the_facts_of_then(
    folder: Path, on_spark: ParquetFacts
) -> None:
    from pyspark.sql import SparkSession  # noqa: PLC0415 - collected where there is none

    then, now = (on_spark.page_totals(LAST_DAY, as_of=at) for at in (NOW, None))
    assert_frame_equal(then, ParquetFacts(folder).page_totals(LAST_DAY, as_of=NOW))
    assert not then.equals(now)
    session = SparkSession.getActiveSession()
    assert session is not None
    status = session.sparkContext._jsc.sc().getExecutorMemoryStatus()
    assert status.size() == WORKERS + 1  # and the driver


def test_a_file_that_the_cluster_cannot_read_is_named(
    tmp_path: Path, on_spark: ParquetFacts
) -> None:
    facts = ParquetFacts(tmp_path, on_spark.engine)
    facts.write_search_day(Stock.of(rows_a_day=50, pages=9).day(0), NOW)
    (file,) = tmp_path.glob("page_search/*/*.parquet")
    file.write_bytes(file.read_bytes()[:300])
    with pytest.raises(StoreError, match=str(file)):
        facts.page_totals(WHOLE)
