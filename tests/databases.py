"""Empty decision databases for tests: SQLite, and PostgreSQL where its address is given.

``LINKWRIGHT_POSTGRES_URL`` is of a user who may make databases; `make test-postgres` gives one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.postgres_server import ADDRESS, new_database

POSTGRES = os.environ.get(ADDRESS, "")
DATABASES = ["sqlite", *(["postgres"] if POSTGRES else [])]


@contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[str]:
    """Yield the address of an empty database of ``kind``, in ``folder`` if it is a file."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'data' / 'decisions.db'}"
    else:
        with new_database(POSTGRES) as url:
            yield url
