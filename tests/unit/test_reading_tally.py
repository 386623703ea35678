"""The tally of readers' verdicts: shares, intervals, agreement, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.eval.reading.tally import QUESTIONS, read_verdicts, tally, wilson

ITEMS = pd.DataFrame(
    {"id": list("abcd"), "site": ["x", "x", "y", "y"], "lot": ["wrap", "wrap", "wrap", "sentence"]}
)
KEY = pd.DataFrame({"id": list("dcba"), "system": ["ours", "baseline", "ours", "ours"]})


def verdicts(folder: Path, *publish: object, ids: str = "abcd") -> Path:
    file = folder / f"{''.join(map(str, publish))}.csv"
    rows = [f"{one},1,1,1,{said},because" for one, said in zip(ids, publish, strict=True)]
    file.write_text("\n".join([f"id,{','.join(QUESTIONS)},reason", *rows]) + "\n")
    return file


def test_shares_are_told_by_lot_and_system_and_site(tmp_path: Path) -> None:
    readers = [
        read_verdicts(verdicts(tmp_path, *said), ITEMS["id"])
        for said in ((1, 1, 0, 1), (1, 0, 0, 1))
    ]
    lines = tally(ITEMS, KEY, readers).splitlines()
    cells = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    ours = next(row for row in cells if row[:3] == ("wrap", "ours", "all"))
    assert ours[3:7] == ("2", "100%", "50%", "50%")
    theirs = next(row for row in cells if row[:3] == ("wrap", "baseline", "all"))
    assert theirs[3:7] == ("1", "0%", "0%", "0%")
    written = next(row for row in cells if row[:3] == ("sentence", "ours", "y"))
    assert written[3:7] == ("1", "100%", "100%", "100%")


def test_agreement_beyond_chance_is_told(tmp_path: Path) -> None:
    first = read_verdicts(verdicts(tmp_path, 1, 1, 0, 0), ITEMS["id"])
    other = read_verdicts(verdicts(tmp_path, 1, 0, 1, 0), ITEMS["id"])
    assert "publish: 100% alike, kappa 1.00" in tally(ITEMS, KEY, [first, first])
    assert "publish: 50% alike, kappa 0.00" in tally(ITEMS, KEY, [first, other])


def test_the_interval_is_wilsons() -> None:
    low, high = wilson(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert wilson(0, 0) == (0.0, 1.0)


def test_a_missing_verdict_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no verdict on d \(1 in all\)"):
        read_verdicts(verdicts(tmp_path, 1, 1, 0, ids="abc"), ITEMS["id"])


def test_a_verdict_that_is_neither_yes_nor_no_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="publish of b is neither 0 nor 1"):
        read_verdicts(verdicts(tmp_path, 1, "maybe", 0, 1), ITEMS["id"])
