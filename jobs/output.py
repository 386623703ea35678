"""Records as JSON, and where results go: a file written whole, or standard output."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from pathlib import Path

from recommender.errors import LinkwrightError


def plain(value: object) -> object:
    """Return ``value`` as what JSON knows: records as objects, instants and days as ISO text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(one) for one in value]
    return value


def print_json(value: object) -> None:
    """Print ``value`` as indented JSON."""
    print(json.dumps(plain(value), ensure_ascii=False, indent=2))


def write_text(text: str, out: Path | None) -> None:
    """Write ``text`` to ``out``, whole or not at all; to standard output where ``out`` is None.

    Raises LinkwrightError where the file cannot be written.
    """
    if out is None:
        sys.stdout.write(text)
        return
    part = out.parent / f"{out.name}.part"
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(out)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise LinkwrightError(
            f"{out} cannot be written: {error.strerror}",
            subject=str(out),
            hint="name a file in a folder that exists and may be written",
        ) from error
