"""The job border: what nobody foresaw is one line, never a traceback unless it is asked for."""

from __future__ import annotations

import errno
from pathlib import Path

import click
import pytest

from jobs.cli import cli
from jobs.unexpected import as_linkwright_error
from recommender.errors import NoData
from recommender.urls import path_of
from tests.command_line import linkwright


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add a command that fails as nobody foresaw."""

    @click.command()
    def fall() -> None:
        raise KeyError("the missing\nkey")

    monkeypatch.setitem(cli.commands, "fall", fall)


@pytest.mark.usefixtures("failing")
def test_an_unforeseen_error_is_told_in_a_line_with_a_next_step() -> None:
    ran = linkwright("fall")
    assert (ran.code, ran.out) == (1, "")
    told, hint = ran.err.splitlines()
    assert told.startswith("linkwright: unexpected KeyError")
    assert "missing" in told
    assert "--debug" in hint


@pytest.mark.usefixtures("failing")
def test_debug_shows_the_traceback_of_an_error() -> None:
    ran = linkwright("--debug", "fall")
    assert ran.code == 1
    assert ran.err.startswith("Traceback (most recent call last)")
    assert "in fall" in ran.err


def test_an_unforeseen_error_names_the_line_of_ours_that_it_rose_in() -> None:
    with pytest.raises(AttributeError) as raised:
        path_of(3)  # type: ignore[arg-type]
    assert " at recommender/urls.py:" in str(as_linkwright_error(raised.value))


def test_a_full_disk_is_not_called_a_fault_of_ours() -> None:
    told = as_linkwright_error(OSError(errno.ENOSPC, "No space left on device"))
    assert "No space left on device" in told.message
    assert "check disk space" in told.hint


def test_an_error_of_ours_stays_as_it_is(tmp_path: Path) -> None:
    error = NoData("nothing was crawled", hint="crawl")
    assert as_linkwright_error(error) is error
    ran = linkwright("--config", str(tmp_path / "none.yaml"), "list")
    assert ran.code == 2
    assert "unexpected" not in ran.err
