"""Results as JSON and as files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path

import pytest

from jobs.output import plain, print_json, write_text
from recommender.errors import LinkwrightError


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, kw_only=True)
class Inner:
    at: datetime
    colour: Colour


@dataclass(frozen=True, kw_only=True)
class Outer:
    day: date
    inner: tuple[Inner, ...]
    prices: dict[str, float]
    missing: float | None


RECORD = Outer(
    day=date(2026, 3, 1),
    inner=(Inner(at=datetime(2026, 3, 1, 12, tzinfo=UTC), colour=Colour.RED),),
    prices={"a": 1.5},
    missing=None,
)


def test_a_record_becomes_plain_all_the_way_down() -> None:
    assert plain(RECORD) == {
        "day": "2026-03-01",
        "inner": [{"at": "2026-03-01T12:00:00+00:00", "colour": "red"}],
        "prices": {"a": 1.5},
        "missing": None,
    }


def test_what_is_printed_is_json_in_the_letters_of_its_language(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_json([RECORD, "Øl på kæden"])
    printed = capsys.readouterr().out
    assert "Øl på kæden" in printed
    assert json.loads(printed) == [plain(RECORD), "Øl på kæden"]


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    out = tmp_path / "list.csv"
    out.write_text("old and longer than the new")
    write_text("new", out)
    assert out.read_text() == "new"
    assert list(tmp_path.iterdir()) == [out]


def test_without_a_file_text_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    write_text("a,b\n", None)
    assert capsys.readouterr().out == "a,b\n"


def test_a_missing_folder_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    out = tmp_path / "nowhere" / "list.csv"
    with pytest.raises(LinkwrightError, match="cannot be written") as caught:
        write_text("new", out)
    assert str(out) in caught.value.message
    assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_this_folder_is_no_file_to_write_to() -> None:
    with pytest.raises(LinkwrightError, match="cannot be written"):
        write_text("new", Path())
    assert not Path(".part").exists()


def test_a_folder_in_place_of_the_file_is_left_as_it_is(tmp_path: Path) -> None:
    out = tmp_path / "list.csv"
    out.mkdir()
    with pytest.raises(LinkwrightError, match="cannot be written"):
        write_text("new", out)
    assert list(tmp_path.iterdir()) == [out]
