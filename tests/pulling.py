"""A pull in a process of its own that may be killed: ``python -m tests.pulling CONFIG INSTANT``.

It never waits: a quota's fifteen minutes pass in no time.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from jobs.console import Console
from jobs.daily import run_pull
from jobs.request import Request
from recommender.errors import LinkwrightError


def main(config: str, instant: str) -> int:
    """Pull as ``linkwright pull`` does at ``instant``; return its exit code."""
    request = Request(
        config_path=Path(config),
        property_name=None,
        console=Console(),
        now=datetime.fromisoformat(instant),
        sleep=lambda _seconds: None,
    )
    try:
        run_pull(request)
    except LinkwrightError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
