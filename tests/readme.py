"""The README as its reader meets it: blocks to try out, and a terminal to try `init` at."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.command_line import CHECKOUT, Ran

README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SITE, DOMAIN, SERVER = "https://www.example.com/", "sc-domain:example.com", "/srv/linkwright"
WIDE = struct.pack("HHHH", 40, 200, 0, 0)  # a terminal of 40 lines and 200 columns


class Block(NamedTuple):
    """A fenced block, and the language that it is marked with."""

    language: str
    text: str

    @property
    def commands(self) -> list[str]:
        """Its lines without comments."""
        lines = (re.sub(r"(^|\s+)# .*$", "", line).strip() for line in self.text.splitlines())
        return [line for line in lines if line]


BLOCKS = [Block(*found) for found in FENCE.findall(README)]


def blocks(language: str) -> list[Block]:
    """Return the blocks that are marked with ``language``."""
    return [block for block in BLOCKS if block.language == language]


def command_lines(program: str) -> list[str]:
    """Return the lines of shell blocks that begin with ``program``."""
    lines = [line for block in blocks("sh") for line in block.commands]
    return [line for line in lines if line.split()[0] == program]


class Reader(NamedTuple):
    """Someone who tries the README out in a folder, with a site in the place of example.com."""

    folder: Path
    site: str

    def meant(self, text: str) -> str:
        """Return what was written for another site and server as it is meant here."""
        here = text.replace(SITE, self.site).replace(DOMAIN, self.site)
        return here.replace(SERVER, str(self.folder))

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment of a shell that finds `linkwright`."""
        programs = self.folder / ".venv" / "bin"
        programs.mkdir(parents=True, exist_ok=True)
        program = programs / "linkwright"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m jobs.cli "$@"\n')
        program.chmod(0o755)
        path = f"{programs}{os.pathsep}{os.environ['PATH']}"
        return os.environ | {"PATH": path, "PYTHONPATH": str(CHECKOUT)} | more

    def shell(self, line: str, *, folder: Path | None = None, **environment: str) -> Ran:
        """Run a line as a shell does. It must ask nobody but this machine."""
        line = self.meant(line)
        assert not re.search(r"https?://(?!127\.0\.0\.1)", line), line
        done = subprocess.run(
            ["/bin/sh", "-c", line],
            cwd=folder or self.folder,
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        return Ran(code=done.returncode, out=done.stdout, err=done.stderr)

    def at_terminal(self, line: str, answers: Sequence[str]) -> str:
        """Return all that a terminal shows of a command whose questions get these answers."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, WIDE)
        with subprocess.Popen(
            ["/bin/sh", "-c", line],
            cwd=self.folder,
            env=self.environment(TERM="dumb"),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        ):
            os.close(theirs)
            shown = "".join(_typed(ours, iter(answers)))
            os.close(ours)
        return f"$ {line}\n" + shown.replace("\r", "")


def _typed(terminal: int, answers: Iterator[str]) -> Iterator[str]:
    """Yield what a terminal shows, and type an answer wherever a line ends in a question."""
    line = b""
    while shown := _shown(terminal):
        line = (line + shown).rpartition(b"\n")[2]
        yield shown.decode()
        if line.endswith(b": "):
            os.write(terminal, next(answers).encode() + b"\n")
            line = b""


def _shown(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # how Linux says that the other end is closed
        return b""


def settled(text: str, names: Mapping[str, str]) -> list[str]:
    """Return the lines of a transcript without what differs from reader to reader."""
    for found, told in names.items():
        text = text.replace(found, told)
    text = re.sub(r"\d{4}-\d\d-\d\d", "DATE", text)
    return [line.rstrip() for line in text.strip().splitlines()]
