"""What the job border makes of an error that nobody foresaw: one sentence, its place, a next step.

The only place that may take any exception: a reader of a cron mail gets a line, not a traceback.
"""

from __future__ import annotations

import traceback
from pathlib import Path

from recommender.errors import LinkwrightError

CHECKOUT = Path(__file__).resolve().parent.parent
OURS = ("jobs", "recommender")


def as_linkwright_error(error: Exception) -> LinkwrightError:
    """Return ``error`` itself if it is ours, else a LinkwrightError naming it and where it rose."""
    if isinstance(error, LinkwrightError):
        return error
    said = " ".join(str(error).split())
    hint = (
        "this machine refused something: check disk space, permissions and memory"
        if isinstance(error, OSError | MemoryError)
        else "this is a fault of Linkwright: run it again as `linkwright --debug ...` (with "
        "--property where there are several) and report what it prints"
    )
    return LinkwrightError(
        f"unexpected {type(error).__name__}{_where(error)}" + (f": {said}" if said else ""),
        hint=hint,
    )


def _where(error: Exception) -> str:
    """Return the innermost line of our own code, "" where there is none."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(CHECKOUT) and path.relative_to(CHECKOUT).parts[0] in OURS:
            return f" at {path.relative_to(CHECKOUT).as_posix()}:{frame.lineno}"
    return ""
