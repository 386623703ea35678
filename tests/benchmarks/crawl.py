"""CPU, memory and disk of a crawl: ``make bench``, after the daily runs; docs/performance.md.

The sites are served on this machine by processes of their own, which are not counted. Beside each
figure stands what the same work costs elsewhere, from the same minutes: parsing alone, a Scrapy
spider that keeps nothing, advertools. Ratios are what to look at; nothing here is a test.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import yaml

from tests.benchmarks.measured import Cost, machine, run
from tests.benchmarks.parse_ratio import spread
from tests.benchmarks.static_site import asked, running
from tests.mail_server import free_port
from tests.marked_tables import markdown, put_into
from tests.real_sites import LINKWRIGHT, archive, unpack, write_config

SITES = ("kalicube", "django", "apache")
SITE = SITES[0]
PARTS = ("parse", "crawl", "advertools")
DOCUMENT = Path(__file__).parents[2] / "docs" / "performance.md"
HERE = Path(__file__).parent
FEW_PAGES = 500
PARTIAL = 3  # exit code of a crawl that its limit ended
REPEATS = 3
LARGE_PAGES, CHANGED_SHARE = 40_000, 0.01
MEGABYTE = 2**20
DAILY = {"revisit_days": 1}  # every page is due at every visit


@dataclass(frozen=True, kw_only=True, slots=True)
class Crawled:
    """What one crawl cost, what the server answered, and what it left on the disk."""

    cost: Cost
    answers: Mapping[str, int]
    disk_mb: float | None = None  # more than before; None: nothing is kept


def main() -> int:
    """Measure, print the tables, and put them into the document where that was asked for."""
    wanted = _arguments()
    missing = [str(archive(site)) for site in SITES if not archive(site).exists()]
    if missing:
        click.echo(f"{', '.join(missing)} missing: set LINKWRIGHT_SHARED", err=True)
        return 2
    with tempfile.TemporaryDirectory(prefix="linkwright-bench-") as folder:
        work = Path(folder)
        sites = {site: unpack(site, work / "sites" / site) for site in SITES}
        if wanted.large:
            _tell(large_tables(sites, work, wanted.pages or LARGE_PAGES), wanted, "large")
        else:
            _tell(_small_tables(sites, work, wanted), wanted, "crawl")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"put the tables into {DOCUMENT.name}")
    parser.add_argument("--large", action="store_true", help="a generated site, nothing else")
    parser.add_argument("--only", action="append", choices=PARTS, help="may be repeated")
    parser.add_argument("--pages", type=int, help="of each site, to try things out")
    parser.add_argument("--repeat", type=int, default=REPEATS, help="medians of so many crawls")
    return parser.parse_args()


def _tell(text: str, wanted: argparse.Namespace, mark: str) -> None:
    click.echo(text)
    if wanted.write:
        put_into(DOCUMENT, text, mark=mark)


def _small_tables(sites: Mapping[str, Path], work: Path, wanted: argparse.Namespace) -> str:
    parts = wanted.only or PARTS
    told = [machine()]
    if "parse" in parts:
        told.append(_parse_table(sites, work, wanted.pages))
    site = sites[SITE]
    if wanted.pages is not None:
        site = _some_of(site, wanted.pages, work / "some")
    if {"crawl", "advertools"} & {*parts}:
        with running("tests.benchmarks.static_site", site) as home:
            crawls: dict[str, Crawled] = {}
            if "crawl" in parts:
                crawls |= _crawls(home, work, wanted.repeat, wanted.pages)
            if "advertools" in parts:
                crawls |= _advertools(home, work)
        told += [_crawl_table(crawls), _crawl_ratios(crawls)]
    return "\n".join(filter(None, told))


def _some_of(site: Path, number: int, folder: Path) -> Path:
    """Return ``folder`` with some pages of the site in it."""
    home = [file for file in (site / "index.html",) if file.exists()]
    for file in {*home, *spread(sorted(site.rglob("*.html")), number)}:
        copy = folder / file.relative_to(site)
        copy.parent.mkdir(parents=True, exist_ok=True)
        os.link(file, copy)
    return folder


# --- Parsing --------------------------------------------------------------------------------


def _parse_table(sites: Mapping[str, Path], work: Path, pages: int | None) -> str:
    head = ["site", "pages", "links a page", "bare parse, ms", "parse and blocks, ms"]
    rows = [[*head, "regions, ms", "ratio", "aim"]]
    some = [] if pages is None else ["--pages", str(pages)]
    for name, folder in sites.items():
        command = [sys.executable, "-m", "tests.benchmarks.parse_ratio", folder, *some]
        run(command, log=work / "parse.log", stdout=work / "parse.json")
        found: Mapping[str, float] = json.loads((work / "parse.json").read_text(encoding="utf-8"))
        each = {part: found[f"{part}_s"] / found["pages"] * 1000 for part in ("bare", "parse")}
        regions = found["regions_s"] / found["pages"] * 1000
        ratio = (each["parse"] + regions) / each["bare"]
        click.echo(f"{name}: parse and regions {ratio:.2f} x bare", err=True)
        numbers = [f"{found['pages']:,}", f"{found['links'] / found['pages']:.0f}"]
        costs = [f"{cost:.2f}" for cost in (each["bare"], each["parse"], regions, ratio)]
        rows.append([name, *numbers, *costs, "2.0"])
    return markdown(rows)


# --- Crawling -------------------------------------------------------------------------------


def _crawls(home: str, work: Path, repeat: int, pages: int | None) -> dict[str, Crawled]:
    """Return the bare spider, a first crawl, visits after it, and a crawl of few pages."""
    bare, first = [], []
    for number in range(repeat):
        spider = [sys.executable, "-m", "tests.benchmarks.bare_spider", home]
        bare.append(_measured("bare spider", home, work, spider))
        config = _config(work / f"first-{number}", home, **DAILY)
        first.append(_linkwright("first crawl", home, work, config))
    found = {"a bare Scrapy spider": _median(bare), "linkwright crawl, first": _median(first)}
    again = _linkwright("every page due", home, work, config)
    found["linkwright crawl, nothing changed, every page due"] = again
    weekly = _config(config.parent, home, revisit_days=7)
    again = _linkwright("a seventh due", home, work, weekly)
    found["linkwright crawl, nothing changed, a seventh due"] = again
    few = FEW_PAGES if pages is None else pages // 4
    config = _config(work / "few", home, max_pages=few)
    again = _linkwright("few pages", home, work, config, accepted=(0, PARTIAL))
    found[f"linkwright crawl, max_pages {few:,}"] = again
    return found


def _linkwright(
    label: str, home: str, work: Path, config: Path, *, accepted: Sequence[int] = (0,)
) -> Crawled:
    command = [LINKWRIGHT, "--config", config, "crawl"]
    data = config.parent / "data"
    return _measured(label, home, work, command, kept=data, accepted=accepted)


def _measured(
    label: str,
    home: str,
    work: Path,
    command: Sequence[str | Path],
    *,
    kept: Path | None = None,
    accepted: Sequence[int] = (0,),
) -> Crawled:
    before = _size_mb(kept) if kept else 0.0
    asked(home)
    cost = run(command, log=work / "stderr.log", stdout=work / "stdout.log", accepted=accepted)
    said = (work / "stdout.log").read_text(encoding="utf-8", errors="replace")
    click.echo(f"{label}: {cost.cpu_s:.1f} CPU seconds\n{said}{cost.stderr[-2000:]}", err=True)
    disk_mb = _size_mb(kept) - before if kept else None
    return Crawled(cost=cost, answers=asked(home), disk_mb=disk_mb)


def _median(crawls: Sequence[Crawled]) -> Crawled:
    middle = statistics.median_low([one.cost.cpu_s for one in crawls])
    return next(one for one in crawls if one.cost.cpu_s == middle)


def _config(folder: Path, home: str, **crawl: int) -> Path:
    path = write_config(folder, name="site", site=home)
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["properties"][0]["crawl"] |= crawl
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def _size_mb(path: Path) -> float:
    files = [path] if path.is_file() else path.rglob("*")
    return sum(file.stat().st_size for file in files if file.is_file()) / MEGABYTE


def _advertools(home: str, work: Path) -> dict[str, Crawled]:
    """Return advertools' crawl, nothing where it cannot be installed."""
    folder, kept = work / "advertools", work / "advertools.jl"
    python = folder / "bin" / "python"
    try:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, "advertools"], check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        click.echo(f"advertools is left out, it cannot be installed: {error.stderr}", err=True)
        return {}
    asking = "from importlib.metadata import version; print(version('advertools'))"
    told = subprocess.run([python, "-c", asking], check=True, capture_output=True, text=True)
    path = f"PATH={python.parent}{os.pathsep}{os.environ['PATH']}"  # where it looks for scrapy
    command = ["env", path, python, HERE / "advertools_crawl.py", home, kept]
    crawled = _measured("advertools", home, work, command, kept=kept)
    return {f"advertools {told.stdout.strip()}, crawl": crawled}


# --- The large site -------------------------------------------------------------------------


def large_tables(sites: Mapping[str, Path], work: Path, pages: int) -> str:
    """Return what a first crawl and a nightly visit of a generated site cost."""
    port, crawls = free_port(), {}
    for night, label in enumerate(("first crawl", "nightly visit")):
        size = ["--pages", str(pages), "--changed-share", str(CHANGED_SHARE)]
        nights = ["--night", str(night), "--last-night", str(int(time.time()))]
        module = "tests.benchmarks.large_site"
        with running(module, *sites.values(), *size, *nights, port=port) as home:
            config = _config(work / "large", home)
            crawls[f"{pages:,} pages, {label}"] = _linkwright(label, home, work, config)
    return "\n".join([machine(), _crawl_table(crawls)])


# --- Tables ---------------------------------------------------------------------------------


def _crawl_table(crawls: Mapping[str, Crawled]) -> str:
    answers = ["pages answered", "304", "404"]
    costs = ["CPU s", "wall s", "largest process, MB", "all together, MB", "disk, MB"]
    rows = [["what", *answers, *costs]]
    for name, one in crawls.items():
        told = [f"{one.answers.get(status, 0):,}" for status in ("200", "304", "404")]
        cost = one.cost
        figures = [f"{cost.cpu_s:.1f}", f"{cost.wall_s:.0f}"]
        figures += [f"{peak:.0f}" for peak in (cost.largest_mb, cost.together_mb)]
        disk = "" if one.disk_mb is None else f"{one.disk_mb:.1f}"
        rows.append([name, *told, *figures, disk])
    return markdown(rows)


def _crawl_ratios(crawls: Mapping[str, Crawled]) -> str:
    """Return the figures that have an aim, in sentences."""
    named = {name.partition(", ")[2]: one.cost for name, one in crawls.items()}
    bare = crawls.get("a bare Scrapy spider")
    if bare is None:
        return ""
    first, again = named["first"], named["nothing changed, every page due"]
    (few,) = (cost for name, cost in named.items() if name.startswith("max_pages"))
    growth = first.largest_mb / few.largest_mb - 1
    return (
        f"A first crawl costs {first.cpu_s / bare.cost.cpu_s:.2f} times the CPU of the bare spider "
        f"(aim: 1.5 at most); one that finds nothing changed {again.cpu_s / first.cpu_s:.2f} times "
        f"that of the first (0.3). Its largest process needs {first.largest_mb:.0f} MB (400), "
        f"{growth:+.0%} against the crawl of few pages (under 20 %).\n"
    )


if __name__ == "__main__":
    sys.exit(main())
