"""Who adds up the facts changes no answer, and says what it needs before anything long begins."""

from __future__ import annotations

import random
import sys
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.wiring import facts_engine
from recommender.config import Config
from recommender.errors import ConfigError
from recommender.frames import QUERY_SEARCH, QUERY_TOTALS
from recommender.models import Window
from recommender.store import totals
from recommender.store.engines import DuckDb, Spark
from recommender.store.facts import ParquetFacts
from recommender.store.files import write_frame
from tests.records import DAY, NOW, search_day

PROPERTIES = [{"name": "example", "site": "https://www.example.com/"}]


def configured(**keys: str) -> Config:
    return Config.model_validate({"properties": PROPERTIES, **keys})


@pytest.fixture
def java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Java that can be found, and would do nothing."""
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    return program


@pytest.fixture
def pyspark(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PySpark that can be found, whether it is installed or not."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)


def test_duckdb_is_what_adds_up_unless_it_is_said() -> None:
    assert isinstance(facts_engine(configured()), DuckDb)


@pytest.mark.usefixtures("java", "pyspark")
def test_spark_runs_where_the_configuration_says() -> None:
    engine = facts_engine(configured(engine="spark", spark_master="spark://10.0.0.1:7077"))
    assert isinstance(engine, Spark)
    assert engine.master == "spark://10.0.0.1:7077"
    engine.close()  # nothing has begun


@pytest.mark.usefixtures("java")
def test_a_missing_pyspark_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(ConfigError, match=r"linkwright\[spark\]"):
        facts_engine(configured(engine="spark"))


@pytest.mark.usefixtures("pyspark")
def test_a_missing_java_names_the_package(java: Path) -> None:
    java.unlink()
    with pytest.raises(ConfigError, match="openjdk-17-jre-headless"):
        facts_engine(configured(engine="spark"))


@given(st.randoms(use_true_random=False))
def test_totals_are_the_same_to_the_last_bit_in_any_order_of_rows(
    tmp_path_factory: pytest.TempPathFactory, draw: random.Random
) -> None:
    rows = [
        ("q", "/p", DAY + timedelta(days=n), 1, draw.randint(1, 10**6), draw.uniform(1, 100))
        for n in range(40)
    ]
    answers = []
    for _ in range(2):
        draw.shuffle(rows)
        folder = tmp_path_factory.mktemp("rows")
        files = [folder / "1" / "a.parquet", folder / "2" / "b.parquet"]
        for file, part in zip(files, (rows[:23], rows[23:]), strict=True):
            frame = pd.DataFrame(part, columns=list(QUERY_SEARCH.columns))
            frame["day"] = pd.to_datetime(frame["day"]).astype("datetime64[ns]")
            write_frame(file, frame, QUERY_SEARCH)
        answers.append(
            totals.answer(
                totals.query_totals(), files, DuckDb(), stored=QUERY_SEARCH, asked=QUERY_TOTALS
            )
        )
    assert answers[0].equals(answers[1])
    impressions, position = answers[0].loc[0, ["impressions", "position"]]
    assert position * impressions == pytest.approx(sum(row[4] * row[5] for row in rows), rel=1e-9)


def test_the_largest_pages_do_not_overflow(tmp_path: Path) -> None:
    facts = ParquetFacts(tmp_path)
    for offset in range(5):
        rows = [("/a", 0, 10**9, 100.0)]
        facts.write_search_day(search_day(DAY + timedelta(days=offset), rows), NOW)
    found = facts.page_totals(Window(start=DAY, end=DAY + timedelta(days=4)))
    assert found.loc[0, ["impressions", "position"]].tolist() == [5 * 10**9, 100.0]
