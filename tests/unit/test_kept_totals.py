"""Totals that were asked for once are read again, and nothing else than them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from recommender.frames import PAGE_TOTALS
from recommender.store import kept_totals as module
from recommender.store.kept_totals import MOST, kept_totals

FILES = [Path("page_search/2026-03-01/20260303T053000123456Z.parquet")]


@dataclass
class Engine:
    """Answers with the number of questions that it was asked so far."""

    asked: list[int] = field(default_factory=list)

    def __call__(self) -> pd.DataFrame:
        self.asked.append(len(self.asked) + 1)
        row = {
            "page": "https://www.example.com/",
            "clicks": 1,
            "impressions": self.asked[-1],
            "position": float("nan"),
            "days": 1,
        }
        return PAGE_TOTALS.coerced(pd.DataFrame([row]))


@pytest.fixture
def engine() -> Engine:
    return Engine()


def test_the_same_files_are_asked_once(tmp_path: Path, engine: Engine) -> None:
    first, again = (kept_totals(tmp_path, FILES, PAGE_TOTALS, engine) for _ in range(2))
    assert_frame_equal(first, again)
    assert engine.asked == [1]


def test_a_new_version_of_a_day_is_asked_anew(tmp_path: Path, engine: Engine) -> None:
    kept_totals(tmp_path, FILES, PAGE_TOTALS, engine)
    newer = [FILES[0].with_name("20260304T053000123456Z.parquet")]
    assert kept_totals(tmp_path, newer, PAGE_TOTALS, engine)["impressions"].item() == 2


def test_other_code_asks_anew(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_totals(tmp_path, FILES, PAGE_TOTALS, engine)
    monkeypatch.setattr(module, "made_by", lambda: "other code")
    assert kept_totals(tmp_path, FILES, PAGE_TOTALS, engine)["impressions"].item() == 2


def test_a_torn_answer_is_asked_for_again(tmp_path: Path, engine: Engine) -> None:
    kept_totals(tmp_path, FILES, PAGE_TOTALS, engine)
    (kept,) = tmp_path.glob("*.parquet")
    kept.write_bytes(kept.read_bytes()[:100])
    assert kept_totals(tmp_path, FILES, PAGE_TOTALS, engine)["impressions"].item() == 2
    assert kept_totals(tmp_path, FILES, PAGE_TOTALS, engine)["impressions"].item() == 2


def test_only_the_newest_answers_stay(tmp_path: Path, engine: Engine) -> None:
    for number in range(MOST + 3):
        kept_totals(tmp_path, [Path(f"{number}.parquet")], PAGE_TOTALS, engine)
    assert len([*tmp_path.glob("*.parquet")]) == MOST
    kept_totals(tmp_path, [Path(f"{MOST + 2}.parquet")], PAGE_TOTALS, engine)
    assert len(engine.asked) == MOST + 3


def test_a_disk_that_keeps_nothing_costs_only_time(tmp_path: Path, engine: Engine) -> None:
    (tmp_path / "totals").write_text("a file stands where the folder should be")
    for number in (1, 2):
        found = kept_totals(tmp_path / "totals", FILES, PAGE_TOTALS, engine)
        assert found["impressions"].item() == number
