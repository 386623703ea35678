"""What is stored, looked after by its owner: upgraded."""

from __future__ import annotations

from jobs.request import Request
from jobs.wiring import configured, upgraded


def upgrade(request: Request) -> None:
    """Bring the decision database to this version's tables, and print what was done."""
    config, _ = configured(request)
    where, before, now = upgraded(config)
    if before == now:
        done = f"of schema {now} already; nothing is to be done"
    elif before is None:
        done = f"made, schema {now}"
    else:
        done = f"upgraded from schema {before} to {now}"
    print(f"decisions in {where}: {done}")
