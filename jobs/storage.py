"""What is stored, looked after by its owner: upgraded, pruned, backed up."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from jobs.request import Request
from jobs.wiring import configured, database_url, facts_folder, locked, upgraded
from recommender.config import PropertyConfig
from recommender.errors import ConfigError
from recommender.passes.site import pacific_day
from recommender.store.backup import write_backup
from recommender.store.prune import REPLAY, Spent, prune, spent

LATENESS = timedelta(days=10)  # days that the newest day of search data may lag behind today


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


def run_prune(request: Request, *, keep_months: int, dry_run: bool) -> None:
    """Remove what nothing asks for any more, and print what and how much; or only print it."""
    config, chosen = configured(request)
    now = request.now or datetime.now(UTC)
    for one in chosen:
        folder = facts_folder(config, one)
        with nullcontext() if dry_run else locked(config, one):
            first_day = first_kept(one, pacific_day(now), keep_months)
            going = spent(folder, first_day=first_day, now=now)
            if not dry_run:
                prune(folder, going)
        print(pruned_text(one.name, going, dry_run=dry_run))


def first_kept(one: PropertyConfig, today: date, keep_months: int) -> date:
    """Return the first day that stays: the months that are kept, and no day that a pull rereads."""
    months = today.year * 12 + today.month - 1 - keep_months
    kept = date(months // 12, months % 12 + 1, min(today.day, 28))
    return min(kept, today - timedelta(days=one.search_console.history_days) - LATENESS)


def pruned_text(name: str, going: Sequence[Spent], *, dry_run: bool) -> str:
    """Return what went, or would go, one line a kind."""
    files = sum(len(kind.files) for kind in going)
    size = sum(kind.size_bytes for kind in going)
    if not files:
        return f"{name}: nothing to prune"
    lines = [
        f"  {kind.what:<36} {len(kind.files):>7,} files {_megabytes(kind.size_bytes):>12}"
        for kind in going
    ]
    done = "would go" if dry_run else "removed"
    told = (
        f"{name}: {files:,} files {done}, {_megabytes(size)}; as-of reads {REPLAY.days} days back"
    )
    return "\n".join((told, *lines))


def run_backup(request: Request, file: Path) -> None:
    """Write one archive of all that is stored, and print how to use it."""
    config, chosen = configured(request)
    if file.is_dir():
        raise ConfigError(f"{file} is a folder", subject=str(file), hint="name a file, say b.tar")
    facts = {one.name: facts_folder(config, one) for one in chosen}
    made = write_backup(file, database_url=database_url(config), facts=facts)
    print(f"{file}: {made.files:,} files, {_megabytes(made.size_bytes)}")
    print(f"restore: tar -xf {file} -C DATA_DIR, with data_dir empty and no run at work")
    if not made.decisions:
        print(
            "decisions are on a PostgreSQL server and NOT in it: back them up AFTER this with\n"
            "  pg_dump --format=custom --file=decisions.dump DATABASE, restore with pg_restore"
        )


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.1f} MB"
