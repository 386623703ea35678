"""The commands on what is kept: the reader's decisions, and what is stored."""

from __future__ import annotations

from pathlib import Path

import click

from jobs.request import Request

REASONS = ("wrong_page", "wrong_place", "wrong_words", "not_allowed", "not_now")

# --- The reader's decisions ---------------------------------------------------------------


@click.command(name="list")
@click.option("--status", multiple=True, help="Only this status; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def list_(request: Request, status: tuple[str, ...], *, as_json: bool) -> None:
    """List recommendations and where they stand."""
    from jobs.decisions import show  # noqa: PLC0415

    show(request, statuses=status, as_json=as_json)


@click.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.pass_obj
def accept(request: Request, ids: tuple[str, ...]) -> None:
    """Say yes: the edit will be made."""
    from jobs.decisions import decide  # noqa: PLC0415

    decide(request, ids, "accepted", None)


@click.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--reason", type=click.Choice(REASONS), required=True, help="Why not.")
@click.pass_obj
def dismiss(request: Request, ids: tuple[str, ...], reason: str) -> None:
    """Say no, and why; the reason says what becomes of the two pages.

    \b
    wrong_page   the source never links the target
    wrong_place  it may be asked to at another place, never in this block
    wrong_words  it may be asked to with other words
    not_allowed  never; rules that keep all such links away are printed, to paste
    not_now      it may be asked to again after 8 weeks
    """  # noqa: D301 - \b is click's mark for keeping lines
    from jobs.decisions import decide  # noqa: PLC0415

    decide(request, ids, "dismissed", reason)


@click.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.pass_obj
def applied(request: Request, ids: tuple[str, ...]) -> None:
    """Say that the edit stands on the page (the next crawl would notice it too)."""
    from jobs.decisions import decide  # noqa: PLC0415

    decide(request, ids, "live", None)


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "json"]),
    default="csv",
    show_default=True,
    help="csv for a spreadsheet, json for a program.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Write to FILE.")
@click.pass_obj
def export(request: Request, form: str, out: Path | None) -> None:
    """Write out every recommendation with its status, dates and effect."""
    from jobs.decisions import write_out  # noqa: PLC0415

    write_out(request, form=form, out=out)


# --- What is stored -----------------------------------------------------------------------


@click.group()
def db() -> None:
    """Look after the database of decisions."""


@db.command()
@click.pass_obj
def upgrade(request: Request) -> None:
    """Bring the tables to those of this version; what is in them is kept.

    A SQLite file is upgraded by the first command that opens it. A PostgreSQL server waits for this
    command, as other machines may still work on it with the version before.
    """
    from jobs.storage import upgrade as upgrade_database  # noqa: PLC0415

    upgrade_database(request)


@click.command()
@click.option(
    "--keep-months",
    type=click.IntRange(1, 1200),
    default=16,
    show_default=True,
    help="Months of search days that stay; never fewer than history_days.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.pass_obj
def prune(request: Request, keep_months: int, *, dry_run: bool) -> None:
    """Remove facts that nothing asks for any more; --as-of goes on reaching 90 days back."""
    from jobs.storage import run_prune  # noqa: PLC0415

    run_prune(request, keep_months=keep_months, dry_run=dry_run)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def backup(request: Request, file: Path) -> None:
    """Write facts and decisions into one tar archive FILE, while runs go on."""
    from jobs.storage import run_backup  # noqa: PLC0415

    run_backup(request, file)


KEPT: tuple[click.Command, ...] = (list_, accept, dismiss, applied, export, db, prune, backup)
"""In the order in which ``--help`` shows them."""
