"""What a command cost: wall clock, CPU seconds and memory of its whole process tree (Linux)."""

from __future__ import annotations

import os
import platform
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

EVERY_S = 0.1  # between two looks at the processes
MEGABYTE = 1024  # of the kilobytes that /proc speaks of


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one run of a command cost, with all the processes that it started and waited for."""

    wall_s: float
    cpu_s: float  # user and system
    largest_mb: float  # peak of the largest process
    together_mb: float  # peak of all processes at one time; shared pages count in each
    stderr: str


class CommandFailed(Exception):
    """A command ended with another exit code than it should."""


def run(
    command: Sequence[str | Path],
    *,
    log: Path,
    stdout: Path | None = None,
    accepted: Sequence[int] = (0,),
) -> Cost:
    """Run ``command`` to its end and return its cost; its stderr goes through ``log``.

    CPU seconds are the kernel's (``wait4``). Memory is looked at ten times a second: the peak of a
    process is the kernel's own mark, their sum is the highest seen. Raises CommandFailed where the
    exit code is not among those ``accepted``.
    """
    with log.open("wb") as errors, (stdout or Path(os.devnull)).open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
        )
        with _Watch(process.pid) as watch:
            _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    said = log.read_text(encoding="utf-8", errors="replace")
    if process.returncode not in accepted:
        words = " ".join(map(str, command))
        raise CommandFailed(f"{words}: exit code {process.returncode}\n{said[-4000:]}")
    return Cost(
        wall_s=wall_s,
        cpu_s=usage.ru_utime + usage.ru_stime,
        largest_mb=watch.largest_kb / MEGABYTE,
        together_mb=watch.together_kb / MEGABYTE,
        stderr=said,
    )


def machine() -> str:
    """Return what the figures were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    return (
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, "
        f"{cores} cores, {memory:.0f} GB of memory, shared with other work.\n"
    )


@dataclass
class _Watch:
    """Looks at the memory of a process and its descendants until the context ends."""

    pid: int
    largest_kb: int = 0
    together_kb: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._look_again_and_again, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_reason: object) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _look_again_and_again(self) -> None:
        while True:
            found = [_memory_kb(pid) for pid in _tree(self.pid)]
            self.largest_kb = max(self.largest_kb, *(peak for peak, _ in found), 0)
            self.together_kb = max(self.together_kb, sum(now for _, now in found))
            if self._ended.wait(EVERY_S):
                return


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found = children.read_text().split()
        except OSError:  # the process has ended meanwhile
            continue
        for child in found:
            yield from _tree(int(child))


def _memory_kb(pid: int) -> tuple[int, int]:
    """Return the peak and the present resident kilobytes of a process, 0 of one that has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0, 0
    named = dict(line.split(":", 1) for line in lines if ":" in line)
    peak, now = (int(named.get(name, "0 kB").split()[0]) for name in ("VmHWM", "VmRSS"))
    return peak, now
