"""What 24 million rows of search data cost: ``make bench``; docs/performance.md has the tables.

A store grows to 480 days of 50,000 query rows through its own write function. At three sizes it is
asked for totals, beside DuckDB SQL written by hand over the same files with as many threads, whose
answer is a pandas frame in the same order; and the newest days are read again from a fake Search
Console on loopback, beside Google's client that only receives and decodes the same answers. Figures
are CPU seconds of one process, the two in turn, and the median of their ratios.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
import duckdb
import httplib2
import pandas as pd
from google.auth.credentials import AnonymousCredentials
from googleapiclient.discovery import build

from jobs.demo.fake_search_console import FakeSearchConsole
from recommender.config import SearchConsoleConfig, SourceKind
from recommender.ingest.search_console import ROW_LIMIT, SearchConsoleSource
from recommender.models import Window
from recommender.store.facts import ParquetFacts
from tests.benchmarks.measured import machine, run
from tests.benchmarks.search_days import FIRST_DAY, SITE, Stock
from tests.marked_tables import markdown, put_into

DOCUMENT = Path(__file__).parents[2] / "docs" / "performance.md"
SIZES = (48, 160, 480)  # days
ROWS_A_DAY = 50_000
WINDOW_DAYS = 28
REPEAT = 7  # and one before that does not count
REREAD = 5
READ_AT = datetime(2026, 9, 1, tzinfo=UTC)
HOME = f"{SITE}/"
TABLES = {"page totals": "page_search", "page x query totals": "query_search"}
SQL = {
    "page totals": """
        SELECT page, sum(clicks)::BIGINT AS clicks, sum(impressions)::BIGINT AS impressions,
               sum(position * impressions)
                 / nullif(sum(impressions) FILTER (WHERE position IS NOT NULL), 0) AS position,
               count(DISTINCT day) FILTER (WHERE impressions > 0) AS days
        FROM read_parquet(?) GROUP BY page ORDER BY page""",
    "page x query totals": """
        SELECT query, page, sum(clicks)::BIGINT AS clicks, sum(impressions)::BIGINT AS impressions,
               sum(position * impressions) / sum(impressions) AS position
        FROM read_parquet(?) WHERE impressions > 0 GROUP BY query, page ORDER BY page, query""",
}

Found = Mapping[str, float]


def window(days: int, size: int) -> Window:
    """Return the newest ``days`` of a store of ``size`` days."""
    end = FIRST_DAY + timedelta(days=size - 1)
    return Window(start=end - timedelta(days=days - 1), end=end)


def asked(facts: ParquetFacts, what: str, of: Window) -> pd.DataFrame:
    """Return the totals as the store gives them."""
    return facts.page_totals(of) if what == "page totals" else facts.query_totals(of)


def by_hand(facts: ParquetFacts, what: str, of: Window) -> Callable[[], pd.DataFrame]:
    """Return what asks DuckDB in plain SQL over the same files."""
    days = (of.start + timedelta(days=number) for number in range(of.days))
    folders = [facts.folder / TABLES[what] / day.isoformat() for day in days]
    files = [str(max(folder.glob("*.parquet"))) for folder in folders]

    def ask() -> pd.DataFrame:
        with duckdb.connect() as connection:
            return connection.execute(SQL[what], [files]).df()

    return ask


def in_turn(ours: Callable[[], object], theirs: Callable[[], object]) -> Found:
    """Return the median CPU seconds of both, and of their ratios, run in turn."""
    pairs = [(_cpu_s(theirs), _cpu_s(ours)) for _ in range(REPEAT + 1)][1:]
    return {
        "theirs_s": statistics.median(pair[0] for pair in pairs),
        "ours_s": statistics.median(pair[1] for pair in pairs),
        "ratio": statistics.median(ours / theirs for theirs, ours in pairs),
    }


def _cpu_s(act: Callable[[], object]) -> float:
    begun = time.process_time()
    act()
    return time.process_time() - begun


def totals(folder: Path, size: int, days: int) -> dict[str, Found]:
    """Return what each question over the newest ``days`` costs beside SQL, and its rows."""
    facts, of = ParquetFacts(folder), window(days, size)
    found = {}
    for what in TABLES:
        costs = in_turn(lambda what=what: asked(facts, what, of), by_hand(facts, what, of))
        found[what] = {**costs, "rows": len(asked(facts, what, of))}
    return found


def received(service: object, day: date) -> int:
    """Return the rows of a day that Google's client receives and decodes, kept by nobody."""
    count = 0
    for dimensions in (["page", "date"], ["query", "page", "date"]):
        start = 0
        while True:
            body = {
                "startDate": day.isoformat(),
                "endDate": day.isoformat(),
                "dimensions": dimensions,
                "rowLimit": ROW_LIMIT,
                "startRow": start,
            }
            asking = service.searchanalytics().query(siteUrl=HOME, body=body)  # type: ignore[attr-defined]
            rows = asking.execute().get("rows", [])
            if not rows:
                break
            start += len(rows)
        count += start
    return count


def ingest(folder: Path, size: int, endpoint: str) -> Found:
    """Return what reading the newest days again costs beside receiving and decoding them."""
    facts = ParquetFacts(folder)
    source = SearchConsoleSource(
        SearchConsoleConfig(source=SourceKind.API, endpoint=endpoint),
        property_url=HOME,
        credentials=AnonymousCredentials(),
    )
    client = build(
        "searchconsole",
        "v1",
        http=httplib2.Http(),
        client_options={"api_endpoint": endpoint},
        static_discovery=True,
        cache_discovery=False,
    )
    newest = [FIRST_DAY + timedelta(days=size - 1 - back % REREAD) for back in range(REPEAT + 1)]
    ours, theirs = iter(newest), iter(newest)
    instants = (READ_AT + timedelta(days=1, seconds=number) for number in itertools.count())

    def read() -> None:
        facts.write_search_day(source.read_day(next(ours)), next(instants))

    costs = in_turn(read, lambda: received(client, next(theirs)))
    source.close()
    return {**costs, "ledger_s": statistics.median(_cpu_s(facts.search_days) for _ in range(5))}


class StockRows:
    """The stock's rows as a fake Search Console takes them; the last day asked for is kept."""

    def __init__(self) -> None:
        self._stock = Stock.of(rows_a_day=ROWS_A_DAY)

    def day(self, day: date) -> pd.DataFrame:
        """Return the rows of ``day``."""
        return self._stock.shown((day - FIRST_DAY).days).assign(anonymised=False)


def serve() -> None:
    """Serve the stock until stdin ends, and print where."""
    today = FIRST_DAY + timedelta(days=max(SIZES) + 3)
    with FakeSearchConsole(StockRows(), property_url=HOME, today=lambda: today) as console:
        click.echo(console.endpoint)
        sys.stdin.read()


@contextmanager
def served() -> Iterator[str]:
    """Run the fake Search Console in a process of its own; gives its address."""
    process = subprocess.Popen(
        _command("--part", "serve"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


def measured(work: Path) -> list[dict[str, object]]:
    """Return the figures of each size of a store that grows in ``work``."""
    stock, facts, found = Stock.of(rows_a_day=ROWS_A_DAY), ParquetFacts(work / "facts"), []
    written: list[float] = []
    with served() as endpoint:
        for size in SIZES:
            for number in range(len(written), size):
                day = stock.day(number)
                written.append(_cpu_s(lambda day=day: facts.write_search_day(day, READ_AT)))
            found.append(
                {
                    "days": size,
                    "write_s": statistics.median(written[-18:]),
                    "ingest": _child(work, "ingest", size, 0, endpoint),
                    "window": _child(work, "totals", size, WINDOW_DAYS),
                    "all": _child(work, "totals", size, size),
                    "peak_mb": {days: _peak_mb(work, size, days) for days in {WINDOW_DAYS, size}},
                }
            )
            click.echo(json.dumps(found[-1]), err=True)
    return found


def _command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "tests.benchmarks.search", *map(str, arguments)]


def _child(work: Path, part: str, size: int, days: int, endpoint: str = "-") -> object:
    given = ("--part", part, "--size", size, "--days", days, "--endpoint", endpoint)
    out = work / "out.json"
    run(_command(*given, "--folder", work / "facts"), log=work / "log", stdout=out)
    return json.loads(out.read_text(encoding="utf-8"))


def _peak_mb(work: Path, size: int, days: int) -> float:
    given = ("--part", "ask", "--size", size, "--days", days, "--folder", work / "facts")
    return run(_command(*given), log=work / "log").largest_mb


def tables(found: Sequence[Mapping[str, object]]) -> str:
    """Return the tables of totals and of ingest."""
    head = "days,query rows,window,question,rows of the answer,SQL by hand,store,ratio,largest"
    rows = [[*head.split(","), "aim"]]
    rows[0][5:9] = ["SQL by hand, CPU s", "store, CPU s", "ratio", "largest process, MB"]
    for one in found:
        for part, days in (("window", WINDOW_DAYS), ("all", one["days"])):
            for what, cost in one[part].items():  # type: ignore[index]
                aim = "1.3 at most, 1,000 MB" if part == "window" else ""
                size = [f"{one['days']}", f"{one['days'] * ROWS_A_DAY:,}", f"{days}", what]  # type: ignore[operator]
                times = [f"{cost['theirs_s']:.2f}", f"{cost['ours_s']:.2f}", f"{cost['ratio']:.2f}"]
                peak = f"{one['peak_mb'][days]:.0f}"  # type: ignore[index]
                rows.append([*size, f"{cost['rows']:,.0f}", *times, peak, aim])
    days = [["days stored", "receive and decode, CPU s", "read and store, CPU s", "ratio", "aim"]]
    days[0][4:4] = ["of it the store, CPU s", "reading the ledger, CPU s"]
    for one in found:
        cost = one["ingest"]
        figures = [f"{cost[name]:.2f}" for name in ("theirs_s", "ours_s", "ratio")]  # type: ignore[index]
        parts = [f"{one['write_s']:.3f}", f"{cost['ledger_s']:.3f}"]  # type: ignore[index]
        days.append([f"{one['days']}", *figures, *parts, "1.5 at most"])
    return f"{machine()}\n{markdown(rows)}\n{markdown(days)}"


def main() -> int:
    """Measure, print the tables, and put them into the document where that was asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"put the tables into {DOCUMENT.name}")
    parser.add_argument("--part", choices=("serve", "totals", "ingest", "ask"))
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--size", type=int, default=0)
    parser.add_argument("--days", type=int, default=0)
    parser.add_argument("--endpoint", default="")
    given, others = parser.parse_known_args()
    if others:
        click.echo(f"search data are not measured with {' '.join(others)}", err=True)
        return 0
    if given.part == "serve":
        serve()
    elif given.part == "totals":
        click.echo(json.dumps(totals(given.folder, given.size, given.days)))
    elif given.part == "ingest":
        click.echo(json.dumps(ingest(given.folder, given.size, given.endpoint)))
    elif given.part == "ask":
        for what in TABLES:
            asked(ParquetFacts(given.folder), what, window(given.days, given.size))
    else:
        with tempfile.TemporaryDirectory(prefix="linkwright-bench-") as folder:
            text = tables(measured(Path(folder)))
        click.echo(text)
        if given.write:
            put_into(DOCUMENT, text, mark="search")
    return 0


if __name__ == "__main__":
    sys.exit(main())
