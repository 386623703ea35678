"""What a run tells its watcher."""

from __future__ import annotations

import io
import re

import pytest

from jobs.console import Console


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_stage_ends_with_one_line_of_what_it_said_and_its_seconds() -> None:
    stream = io.StringIO()
    with Console(stream=stream).stage("crawl") as stage:
        stage.progress(1, 2)
        stage.say("18 URLs")
        stage.say("one sitemap failed")
    assert re.fullmatch(r"crawl      18 URLs; one sitemap failed \(\d\.\d s\)\n", stream.getvalue())


def test_a_stage_that_says_nothing_still_has_its_line() -> None:
    stream = io.StringIO()
    with Console(stream=stream).stage("read"):
        pass
    assert re.fullmatch(r"read       \(\d\.\d s\)\n", stream.getvalue())


def test_a_stage_that_fails_says_so_and_lets_the_error_pass() -> None:
    stream = io.StringIO()
    with pytest.raises(ValueError, match="broken"), Console(stream=stream).stage("pull"):
        raise ValueError("broken")
    assert re.fullmatch(r"pull       failed after \d\.\d s\n", stream.getvalue())


def test_a_terminal_shows_a_bar_and_takes_it_away() -> None:
    stream = Terminal()
    with Console(stream=stream).stage("crawl") as stage:
        stage.progress(0, None)
        stage.progress(3, 10)
        assert "3/10" in stream.getvalue()
        stage.say("10 URLs")
    last = stream.getvalue().rpartition("\r")[2]
    assert last.startswith("crawl      10 URLs")


def test_a_file_gets_no_bar() -> None:
    stream = io.StringIO()
    with Console(stream=stream).stage("crawl") as stage:
        stage.progress(3, 10)
        assert stream.getvalue() == ""


def test_a_quiet_console_says_nothing_even_on_a_terminal() -> None:
    stream = Terminal()
    console = Console(stream=stream, quiet=True)
    with console.stage("crawl") as stage:
        stage.progress(3, 10)
        stage.say("10 URLs")
    console.line("done")
    assert stream.getvalue() == ""
