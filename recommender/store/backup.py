"""One archive of what is stored: unpacked into an empty data folder, it is what it was.

Decisions are copied by SQLite's own backup, whole at one instant while others write; facts are
never edited, so those that count at the beginning make up the archive. No run has to wait.
"""

from __future__ import annotations

import io
import os
import secrets
import sqlite3
import tarfile
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from recommender.errors import StoreError
from recommender.store.places import contents, file_sizes, is_remote
from recommender.store.prune import counted

DECISIONS = "decisions.sqlite"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    """What an archive holds."""

    files: int
    size_bytes: int
    decisions: bool  # False: they are on a server


def write_backup(file: Path, *, database_url: str, facts: Mapping[str, Path]) -> BackedUp:
    """Make ``file`` a tar archive of the decisions and of each property's ``facts``, or nothing.

    Decisions on a PostgreSQL server are not in it. Raises StoreError where something cannot be read
    or written, and where there is such a file already.
    """
    if file.exists():
        raise StoreError(f"{file} is there already", subject=str(file), hint="name another file")
    part = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as raw:
            with tarfile.open(fileobj=raw, mode="w") as archive:
                has_decisions = _add_decisions(archive, database_url)
                for name, folder in facts.items():
                    _add_facts(archive, f"{name}/facts", folder)
                members = archive.getmembers()
            raw.flush()
            os.fsync(raw.fileno())
        part.replace(file)
    except (OSError, tarfile.TarError, sqlite3.Error) as error:
        raise StoreError(
            f"{file} cannot be written: {error}",
            subject=str(file),
            hint="check free space and permissions; a prune at the same time? try again",
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return BackedUp(
        files=len(members),
        size_bytes=sum(member.size for member in members),
        decisions=has_decisions,
    )


def _add_decisions(archive: tarfile.TarFile, database_url: str) -> bool:
    """Add a copy of the SQLite file; False where there is none to copy."""
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite":
        return False
    database = Path(str(url.database))
    if not database.exists():
        return True
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, DECISIONS)
        with closing(sqlite3.connect(database)) as ours, closing(sqlite3.connect(copy)) as theirs:
            ours.backup(theirs)
        archive.add(copy, arcname=DECISIONS)
    return True


def _add_facts(archive: tarfile.TarFile, inside: str, folder: Path) -> None:
    """Add the facts that count now; what is written meanwhile is in the next backup.

    The folder is listed twice: what stands beside a ledger is there when the ledger is.
    """
    says_so = {name: size for name, size in file_sizes(folder).items() if name.endswith(".json")}
    data = {n: size for n, size in file_sizes(folder).items() if not n.endswith(".json")}
    for name in counted({**data, **says_so}):
        path = folder / name
        if is_remote(path):
            (content,) = contents([path])
            member = tarfile.TarInfo(f"{inside}/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        else:
            archive.add(path, arcname=f"{inside}/{name}")
