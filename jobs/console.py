"""What a run tells its watcher: one plain line a stage, and a progress bar on a terminal."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn, TextIO

if TYPE_CHECKING:
    from tqdm import tqdm

    from recommender.ports import Stage


STAGE_WIDTH = 10


@dataclass(slots=True)
class ConsoleStage:
    """One stage on the console; the bar appears with the first progress."""

    name: str
    stream: TextIO
    show_bar: bool
    said: list[str] = field(default_factory=list)
    bar: tqdm[NoReturn] | None = None

    def progress(self, done: int, total: int | None) -> None:
        """Move the bar, where there is one."""
        if not self.show_bar:
            return
        from tqdm import tqdm  # noqa: PLC0415 - keeps --help fast

        if self.bar is None:
            self.bar = tqdm(desc=f"{self.name:<{STAGE_WIDTH}}", file=self.stream, leave=False)
        bar = self.bar
        bar.total = total
        bar.n = done
        bar.refresh()

    def say(self, text: str) -> None:
        """Keep ``text`` for the stage's line."""
        self.said.append(text)

    def close(self) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """The Narrator of the command line; it writes to standard error, results go to standard out."""

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    quiet: bool = False

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """Yield the stage ``name``; print its line when it ends, its failure where it fails."""
        started = time.perf_counter()
        stage = ConsoleStage(
            name=name, stream=self.stream, show_bar=not self.quiet and self.stream.isatty()
        )
        try:
            yield stage
        except BaseException:
            stage.close()
            self.line(f"{name:<{STAGE_WIDTH}} failed after {time.perf_counter() - started:.1f} s")
            raise
        stage.close()
        said = "; ".join(stage.said)
        seconds = f"({time.perf_counter() - started:.1f} s)"
        self.line(
            f"{name:<{STAGE_WIDTH}} {said} {seconds}"
            if said
            else f"{name:<{STAGE_WIDTH}} {seconds}"
        )

    def line(self, text: str) -> None:
        """Print one line, unless quiet."""
        if not self.quiet:
            print(text, file=self.stream, flush=True)
