"""CPU and memory of Linkwright on a real site: ``make bench``; docs/performance.md has the table.

The site is served and its Search Console modelled on this machine, in processes of their own; what
is counted is Linkwright's process and its children. Beside it stands the least that the same work
could cost, from the same minute: machines differ, ratios do not.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from jobs.demo.fake_search_console import FakeSearchConsole
from tests.benchmarks.measured import Cost, machine, run
from tests.marked_tables import markdown, put_into
from tests.real_sites import (
    LINKWRIGHT,
    Searches,
    archive,
    served,
    token_file,
    unpack,
    write_config,
)

SITE = "kalicube"
DOCUMENT = Path(__file__).parents[2] / "docs" / "performance.md"
HELP_RUNS = 5
LONG_S = 1.0  # a shorter command is over before its memory is looked at
AIMS = {
    "linkwright --help": "wall 0.5 s",
    "linkwright daily, cold": "1.5 GB",
    "linkwright daily, repeated": "1.5 GB",
    "linkwright url, cold": "",
    "linkwright url": "wall 3 s",
    "linkwright candidates --all-targets": "120 CPU s, 1.5 GB",
}
_STAGE = re.compile(r"^(\w+) .*\((\d[\d.]*) s\)$", re.MULTILINE)


def main() -> int:
    """Measure, print the tables, and put them into the document where that was asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"put the tables into {DOCUMENT.name}")
    asked, others = parser.parse_known_args()
    if others:
        click.echo(f"daily runs are not measured with {' '.join(others)}", err=True)
        return 0
    if not archive(SITE).exists():
        click.echo(f"{archive(SITE)} is missing: set LINKWRIGHT_SHARED", err=True)
        return 2
    with tempfile.TemporaryDirectory(prefix="linkwright-bench-") as folder:
        costs = measured(unpack(SITE, Path(folder) / "site"), Path(folder))
    text = tables(costs)
    click.echo(text)
    if asked.write:
        put_into(DOCUMENT, text)
    return 0


def measured(site: Path, work: Path) -> dict[str, Cost]:
    """Return what each command cost, by its name in the table."""
    costs: dict[str, Cost] = {}

    def take(name: str, *command: str | Path) -> None:
        log = work / "stderr.log"
        costs[name] = run(command, log=log, stdout=work / "stdout.log")
        click.echo(f"{name}: {costs[name].cpu_s:.1f} CPU seconds\n{costs[name].stderr}", err=True)

    helps = [run([LINKWRIGHT, "--help"], log=work / "help.log") for _ in range(HELP_RUNS)]
    costs["linkwright --help"] = sorted(helps, key=lambda cost: cost.wall_s)[HELP_RUNS // 2]
    with served(site) as home:
        page = next(_pages_with_text(site, home))
        with searched(site, home, work) as config:
            linkwright = (LINKWRIGHT, "--config", config)
            take("linkwright daily, cold", *linkwright, "daily")
            take("linkwright daily, repeated", *linkwright, "daily")
        forget_derived(config.parent)
        take("linkwright url, cold", *linkwright, "url", page)
        take("linkwright url", *linkwright, "url", page)
        every = ("--all-targets", "--top", "50", "--out", work / "candidates.jsonl")
        take("linkwright candidates --all-targets", *linkwright, "candidates", *every)
        alone = write_config(work / "alone", name=SITE, site=home)
        take("linkwright crawl, alone", LINKWRIGHT, "--config", alone, "crawl")
    for name in ("links", "ranking"):
        module = "tests.benchmarks.bare_pass"
        take(f"bare {name}", sys.executable, "-m", module, name, site)
    return costs


def forget_derived(work: Path) -> None:
    """Remove what earlier commands worked out of the crawl, as if it were new."""
    for kept in work.rglob("*.pickle"):
        kept.unlink()


@contextmanager
def searched(site: Path, home: str, work: Path) -> Iterator[Path]:
    """Serve a Search Console for the site; gives the configuration that reads it."""
    searches = Searches.of(site, home)
    with FakeSearchConsole(
        searches, property_url=home, today=lambda: searches.today, require_token=True
    ) as console:
        source = {
            "source": "api",
            "credentials": "oauth",
            "credentials_file": str(token_file(work, console.token_uri)),
            "endpoint": console.endpoint,
        }
        yield write_config(work, name=SITE, site=home, search_console=source)


def _pages_with_text(site: Path, home: str) -> Iterator[str]:
    """Yield pages deep in the site, whose plan takes the usual way."""
    for file in sorted(site.rglob("*.html"), key=lambda file: (-len(file.parts), file)):
        yield home + file.relative_to(site).as_posix().removesuffix("index.html")


# --- Tables ---------------------------------------------------------------------------------


def tables(costs: dict[str, Cost]) -> str:
    """Return the costs, the ratios to the bare passes and the stages of a daily run."""
    head = ["what", "wall s", "CPU s", "largest process, MB", "all together, MB", "aim"]
    rows = [_row(name, cost) for name, cost in costs.items()]
    stages = [["stage of a daily run", "cold, s", "repeated, s"], *_stages(costs)]
    return "\n".join([machine(), markdown([head, *rows]), _ratios(costs), markdown(stages)])


def _row(name: str, cost: Cost) -> list[str]:
    label = f"`{name}`" if name.startswith("linkwright") else name
    digits = 2 if cost.wall_s < 10 else 0
    return [
        label,
        f"{cost.wall_s:.{digits}f}",
        f"{cost.cpu_s:.{digits}f}",
        *(
            f"{peak:.0f}" if cost.wall_s > LONG_S else ""
            for peak in (cost.largest_mb, cost.together_mb)
        ),
        AIMS.get(name, ""),
    ]


def _ratios(costs: dict[str, Cost]) -> str:
    crawl = costs["linkwright crawl, alone"].cpu_s / costs["bare links"].cpu_s
    ranking = costs["linkwright candidates --all-targets"].cpu_s / costs["bare ranking"].cpu_s
    return (
        f"A crawl costs {crawl:.1f} times the CPU of parsing the same files and reading their "
        f"links; ranking and placing all candidates {ranking:.1f} times that of parsing and one "
        "TF-IDF ranking.\n"
    )


def _stages(costs: dict[str, Cost]) -> list[list[str]]:
    cold, again = (
        {stage: float(seconds) for stage, seconds in _STAGE.findall(costs[name].stderr)}
        for name in ("linkwright daily, cold", "linkwright daily, repeated")
    )
    return [
        [stage, f"{seconds:.1f}", f"{again[stage]:.1f}" if stage in again else ""]
        for stage, seconds in cold.items()
        if stage != "daily"
    ]


if __name__ == "__main__":
    sys.exit(main())
