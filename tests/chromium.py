"""A page in a real browser: what a window shows of it, or what it made of it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
_QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
_SECONDS = 120


def opened(page: Path, *wanted: str, profile: Path, dark: bool) -> str:
    """Open ``page`` with the flags ``wanted`` and return what Chromium printed.

    ``dark`` is what the reader's screen prefers; the browser's own files go to ``profile``.
    """
    assert CHROMIUM is not None
    done = subprocess.run(
        [
            CHROMIUM,
            *_QUIET,
            f"--user-data-dir={profile}",
            f"--blink-settings=preferredColorScheme={0 if dark else 1}",
            *wanted,
            page.resolve().as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=True,
    )
    return done.stdout
