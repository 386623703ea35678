"""Link recovery on real sites: ``make eval``; tests/eval/README.md says what is measured.

Takes links out of a site, lets ``linkwright candidates`` and ``linkwright place`` find them again,
and grades both beside the baseline. Sites run one after the other.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from tests.eval.floors import broken, pinned, read_floors, write_floors
from tests.eval.table import table
from tests.eval.trial import SHARES, Case, Trial, try_out
from tests.marked_tables import put_into
from tests.real_sites import archive, shared

HERE = Path(__file__).parent
FLOORS = HERE / "floors.json"
README = HERE / "README.md"


def main() -> int:
    """Run the trials that were asked for; 1 where one fell below its floor."""
    asked = _arguments()
    if not (shared() / "eval" / "score.py").exists():
        click.echo(f"no evaluation tools in {shared()}: set LINKWRIGHT_SHARED", err=True)
        return 2
    missing = [name for name in asked.sites if not archive(name).exists()]
    if missing:
        click.echo(f"no such site in {shared() / 'sites'}: {', '.join(missing)}", err=True)
        return 2
    masks = [False, True] if asked.mask is None else [asked.mask]
    cases = [
        Case(site=site, masked=masked, seed=seed)
        for site, masked, seed in itertools.product(asked.sites, masks, asked.seeds)
    ]
    with _cache(asked.cache) as cache:
        trials = [_tried(case, cache) for case in cases]
    return _told(trials, asked)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make eval", description=__doc__)
    parser.add_argument("--sites", nargs="+", choices=list(SHARES), default=list(SHARES))
    parser.add_argument("--seeds", nargs="+", type=int, default=[7])
    parser.add_argument(
        "--mask",
        action=argparse.BooleanOptionalAction,
        help="only with, or only without, the anchors' words hidden too; default: both",
    )
    parser.add_argument(
        "--cache",
        type=Path,
        help="keep hidden sites and the baseline here for the next time, e.g. .eval-cache",
    )
    parser.add_argument("--write", action="store_true", help=f"put the table into {README.name}")
    parser.add_argument("--check", action="store_true", help="end with 1 below a floor")
    parser.add_argument("--pin", action="store_true", help="raise the floors to what was measured")
    parser.add_argument("--lower-floors", action="store_true", help="lower them too, on purpose")
    asked = parser.parse_args()
    if asked.write and set(asked.sites) != set(SHARES):
        parser.error("--write needs all sites: the table is one")
    return asked


@contextmanager
def _cache(folder: Path | None) -> Iterator[Path]:
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="linkwright-eval-") as made:
            yield Path(made)
        return
    folder.mkdir(parents=True, exist_ok=True)
    yield folder.resolve()


def _tried(case: Case, cache: Path) -> Trial:
    with tempfile.TemporaryDirectory(prefix="linkwright-trial-") as work:
        return try_out(case, cache=cache, work=Path(work), say=_say)


def _told(trials: Sequence[Trial], asked: argparse.Namespace) -> int:
    text = table(trials)
    click.echo(text)
    if asked.write:
        put_into(README, text)
    floors = read_floors(FLOORS)
    if asked.pin or asked.lower_floors:
        write_floors(FLOORS, pinned(trials, floors, lower=asked.lower_floors))
    if not asked.check:
        return 0
    faults = broken(trials, floors)
    for fault in faults:
        click.echo(fault, err=True)
    return int(bool(faults))


def _say(text: str) -> None:
    click.echo(text, err=True)


if __name__ == "__main__":
    sys.exit(main())
