"""What the command line asks for, before anything is opened."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jobs.console import Console


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Which configuration and property, who watches, and at what instant."""

    config_path: Path
    property_name: str | None
    console: Console
    now: datetime | None = None  # None: the clock's
    from_store: bool = False  # judge stored facts only; no network
    sleep: Callable[[float], None] = time.sleep  # how a pull waits for a quota
