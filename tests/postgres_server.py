"""A PostgreSQL server of its own for tests: private folder, free port of 127.0.0.1, own process.

``python -m tests.postgres_server COMMAND...`` runs COMMAND with such a server and its address in
``LINKWRIGHT_POSTGRES_URL``, and ends as COMMAND did.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import NullPool, create_engine, text

from tests.mail_server import free_port

ADDRESS = "LINKWRIGHT_POSTGRES_URL"
USERS = ("postgres", "nobody")  # whom root starts it as: initdb refuses root
PATIENCE_S = 60.0


def programs() -> Path | None:
    """Return the folder of `initdb` and `postgres`, None where they are not installed.

    Debian keeps them off the path, a folder a version.
    """
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    kept = list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return max(kept, key=lambda path: int(path.parts[4])).parent if kept else None


@dataclass
class PostgresServer:
    """A server in ``folder``, which is to belong to whom it runs as; see :func:`postgres_server`.

    It does not bring its writes to disk: what a killed process wrote is still the system's.
    """

    folder: Path
    bin: Path
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of its first database."""
        return f"postgresql+psycopg://linkwright@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        """Make the cluster."""
        options = ["--username=linkwright", "--auth=trust", "--encoding=UTF8", "--no-locale"]
        command = [self.bin / "initdb", "--no-sync", *options, self.folder / "cluster"]
        made = subprocess.run(
            command, cwd=self.folder, user=_user(), capture_output=True, text=True, check=False
        )
        assert made.returncode == 0, made.stdout + made.stderr

    def start(self) -> None:
        """Start it and wait until it answers."""
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-k", ""]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.bin / "postgres", "-D", self.folder / "cluster", "-F", *where],
                cwd=self.folder,
                user=_user(),
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + PATIENCE_S
        while not self._answers():
            assert self._process.poll() is None, self.said()
            assert time.monotonic() < until, self.said()
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop it, ending what clients are at."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """End all of its processes at once; the next start recovers."""
        self._end(signal.SIGQUIT)

    def said(self) -> str:
        """Return its log."""
        return (self.folder / "log").read_text(errors="replace")

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(PATIENCE_S)
            self._process = None

    def _answers(self) -> bool:
        done = subprocess.run(
            [self.bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False
        )
        return done.returncode == 0


@contextlib.contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Yield a new server that answers; it is gone with its folder when the context ends."""
    where = programs()
    if where is None:
        sys.exit("PostgreSQL is not installed. On Debian or Ubuntu: apt install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        if user := _user():
            shutil.chown(folder, user)
        server = PostgresServer(folder, where)
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def new_database(url: str) -> Iterator[str]:
    """Yield the address of a new empty database on the server of ``url``; it is dropped after."""
    name = f"linkwright_{secrets.token_hex(6)}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            made = engine.url.set(database=name)
            yield made.render_as_string(hide_password=False)
        finally:
            with engine.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        engine.dispose()


def _user() -> str | None:
    """Return whom to start it as, None for whoever we are."""
    if os.geteuid():
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(user for user in USERS if user in known)


def main(command: list[str]) -> int:
    """Run ``command`` with a server, and return how it ended."""
    with postgres_server() as server:
        environment = os.environ | {ADDRESS: server.url}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
