"""Floors of the link-recovery evaluation, its table, and what a measured command costs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from tests.benchmarks.measured import CommandFailed, Cost, run
from tests.eval.floors import broken, pinned, read_floors, write_floors
from tests.eval.pooled import Difference, Gains, together
from tests.eval.table import table
from tests.eval.trial import Case, Trial
from tests.marked_tables import BEGIN, END, put_into

FREE = Cost(wall_s=1, cpu_s=2, largest_mb=3, together_mb=4, stderr="")


def trial(values: Mapping[str, float], *, low: float = 0.01) -> Trial:
    return Trial(
        case=Case(site="apache", masked=True, seed=7),
        pairs=132,
        missing=0,
        ours=values,
        baseline=dict.fromkeys(values, 0.25),
        difference={name: Difference(mean=0.03, low=low, high=0.05) for name in values},
        gains={name: Gains(pages=("a", "b"), gained=(0.0, 0.2)) for name in values},
        crawl=FREE,
        candidates=FREE,
        place=FREE,
    )


def test_a_value_below_its_floor_is_named_with_both_numbers() -> None:
    floors = {"apache/masked/7": {"mrr": 0.5, "sentence": 0.2}}
    (sentence,) = broken([trial({"mrr": 0.4, "sentence": 0.3})], floors)
    assert sentence == "apache/masked/7: mrr is 0.400, its floor is 0.500"


def test_a_value_without_a_floor_does_not_pass() -> None:
    assert broken([trial({"mrr": 0.9})], {})


def test_a_new_floor_lies_just_below_the_measured_value() -> None:
    floors = pinned([trial({"mrr": 0.4567})], {}, lower=False)
    assert floors == {"apache/masked/7": {"mrr": 0.436}}
    assert not broken([trial({"mrr": 0.4567})], floors)


def test_a_floor_is_lowered_only_on_purpose() -> None:
    floors = {"apache/masked/7": {"mrr": 0.5}, "django/plain/7": {"mrr": 0.6}}
    worse = [trial({"mrr": 0.4})]
    assert pinned(worse, floors, lower=False) == floors
    assert pinned(worse, floors, lower=True)["apache/masked/7"] == {"mrr": 0.38}
    assert pinned(worse, floors, lower=True)["django/plain/7"] == {"mrr": 0.6}


def test_floors_survive_their_file(tmp_path: Path) -> None:
    floors = {"apache/masked/7": {"mrr": 0.5}}
    write_floors(tmp_path / "floors.json", floors)
    assert read_floors(tmp_path / "floors.json") == floors
    assert read_floors(tmp_path / "none.json") == {}


def test_the_table_shows_ours_the_baseline_and_the_interval() -> None:
    text = table([trial({"mrr": 0.28, "sentence": 0.28}, low=-0.01)])
    assert "| apache | 132, seed 7, words too | **.280** (.250) +.030 [-.010, +.050] |" in text
    assert "2 of 2 no worse" in text
    assert "below -.02): none" in text


def test_what_falls_short_is_named() -> None:
    text = table([trial({"mrr": 0.28}, low=-0.03)])
    assert "below -.02): apache/masked/7 mrr (-.030 to +.050)" in text


def test_a_table_is_written_between_its_marks_only(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    put_into(document, "new\n")
    put_into(document, "newer\n")
    assert document.read_text(encoding="utf-8") == f"before\n{BEGIN}\n\nnewer\n\n{END}\nafter\n"
    document.write_text("no marks", encoding="utf-8")
    with pytest.raises(ValueError, match="has no"):
        put_into(document, "new")


def test_the_cost_of_a_command_holds_that_of_its_children(tmp_path: Path) -> None:
    child = "import time; kept = bytearray(80_000_000); time.sleep(0.5); sum(range(10_000_000))"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    cost = run([sys.executable, "-c", parent], log=tmp_path / "log")
    assert cost.largest_mb > 76
    assert cost.together_mb > cost.largest_mb
    assert cost.wall_s > 0.5
    assert 0.05 < cost.cpu_s < 30


def test_a_command_that_fails_says_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match=r"(?s)exit code 3.*no luck"):
        run(
            [sys.executable, "-c", "import sys; sys.stderr.write('no luck'); sys.exit(3)"],
            log=tmp_path / "log",
        )


def test_several_seeds_get_a_row_of_means() -> None:
    one, other = trial({"mrr": 0.30}), trial({"mrr": 0.40})
    other = replace(other, case=Case(site="apache", masked=True, seed=17))
    text = table([one, other])
    assert "| apache | 7, 17, words too | **.350** (.250) +.100 [+.000, +.200] |" in text
    assert "Seeds together, 0 of 1 better" in text
    assert "mean of seeds" not in table([one])


def test_a_page_that_is_in_several_seeds_counts_as_one_page() -> None:
    pages, gained = tuple("abcdefgh"), (0.4, -0.2) * 4
    one = Gains(pages=pages, gained=gained)
    alone, thrice = together([one]), together([one, one, one])
    assert asdict(thrice) == pytest.approx(asdict(alone))
    others = replace(one, pages=tuple("ijklmnop"))
    both = together([one, others])
    assert both.mean == pytest.approx(alone.mean)
    assert both.high - both.low < alone.high - alone.low
