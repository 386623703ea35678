"""Totals of search days, kept beside what is derived of crawls, so that the next command need not.

The files of a question decide its answer: none is ever edited, and each version has a name of its
own. So an answer is kept under a digest of their names and of the code, and never goes stale. What
loads and asks an engine takes a second; reading a kept answer takes some ten milliseconds.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from recommender.errors import StoreError
from recommender.frames import FrameSpec
from recommender.store.derived import made_by
from recommender.store.files import read_frame, write_frame

MOST = 32
"""Answers that stay, the newest: a run asks for some ten windows, the next day for others."""


def kept_totals(
    folder: Path, files: Iterable[Path], spec: FrameSpec, ask: Callable[[], pd.DataFrame]
) -> pd.DataFrame:
    """Return what ``ask`` says of ``files``, or said before by the same code.

    A disk that refuses to keep it costs time and nothing else. Raises what ``ask`` raises.
    """
    said = "\n".join((spec.name, made_by(), *map(str, files)))
    path = folder / f"{hashlib.sha256(said.encode()).hexdigest()[:32]}.parquet"
    if path.exists():
        with contextlib.suppress(StoreError):
            return read_frame(path, spec)
    answer = ask()
    with contextlib.suppress(StoreError, OSError):
        write_frame(path, answer, spec)
        oldest_first = sorted(folder.glob("*.parquet"), key=lambda file: file.stat().st_mtime_ns)
        for old in oldest_first[:-MOST]:
            old.unlink(missing_ok=True)
    return answer
