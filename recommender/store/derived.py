"""What is worked out of a crawl, kept beside the facts so that the next command need not do it.

Never a fact: it is made anew whenever it is missing, unreadable, or made by other code. One file a
key; a new crawl's replaces the old one. Pickle, as nothing else keeps sparse matrices, frames and
text together and reads them at the speed of the disk; the data folder is as trusted as the code.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import platform
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar, cast

import pyarrow as pa

import recommender
from recommender import collector
from recommender.errors import StoreError
from recommender.store.places import published

Made = TypeVar("Made")

_LIBRARIES = ("numpy", "pandas", "pyarrow", "scipy", "scikit-learn")
_UNREADABLE = (OSError, EOFError, pickle.UnpicklingError, pa.ArrowException, AttributeError,
               ImportError, IndexError, TypeError, ValueError)  # fmt: skip
"""What a torn or foreign pickle raises (documentation of the module pickle)."""


def derived(folder: Path, crawl_id: str, key: str, make: Callable[[], Made]) -> Made:
    """Return what ``make`` makes of a crawl, or what it made before by the same code.

    ``key`` names what it is, and whatever else than the crawl it hangs on. A disk that refuses to
    keep it costs time and nothing else. Cost: a site of 2,000 pages is read in 0.5 s.
    """
    path = folder / f"{key}{ending(crawl_id)}"
    if path.exists():
        with contextlib.suppress(*_UNREADABLE):
            return cast("Made", _read(path))
    made = make()
    with contextlib.suppress(StoreError):
        _write(path, made)
        for other in folder.glob(f"{key}.*.pickle"):
            if other != path:
                other.unlink(missing_ok=True)
    return made


def ending(crawl_id: str) -> str:
    """Return how the names end of what this code worked out of the crawl."""
    return f".{crawl_id}.{made_by()}.pickle"


def _read(path: Path) -> object:
    with pa.CompressedInputStream(pa.OSFile(str(path)), "lz4") as file, collector.resting():
        return pickle.load(file)  # noqa: S301 - our own file, see above


def _write(path: Path, made: object) -> None:
    with (
        published(path) as raw,
        os.fdopen(os.dup(raw.fileno()), "wb") as own,  # the stream closes what it writes to
        pa.CompressedOutputStream(pa.PythonFile(own, "w"), "lz4") as file,
    ):
        pickle.dump(made, file, protocol=pickle.HIGHEST_PROTOCOL)


@cache
def made_by() -> str:
    """Return a short name of the code that runs: other code may mean other things by a field."""
    home = Path(recommender.__file__).parent
    digest = hashlib.sha256()
    for file in sorted(home.rglob("*.py")):
        digest.update(file.read_bytes())
    for library in _LIBRARIES:
        digest.update(f"{library} {version(library)}".encode())
    digest.update(platform.python_version().encode())
    return digest.hexdigest()[:16]
