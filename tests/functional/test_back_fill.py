"""Sixty days pulled through thirty faults and kills: equal to the truth, no request for nothing."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from threading import Timer

import pandas as pd
import pytest
import yaml

from jobs.demo import fake_search_console as fake
from jobs.demo.fake_search_console import Failure, FakeSearchConsole, Request
from jobs.demo.search_model import SearchModel
from recommender.ingest.search_console import is_operator_query
from recommender.models import Window
from recommender.store.facts import ParquetFacts
from recommender.store.files import read_note
from tests.command_line import CHECKOUT, service_account_key
from tests.demo_site import ROOT, crawled_pages

DAYS = 60
TODAY = date(2026, 3, 20)
NEWEST = TODAY - timedelta(days=3)
NOON = datetime(2026, 3, 20, 20, tzinfo=UTC)
MODEL = SearchModel.of_site(crawled_pages(30), seed=9, first_day=NEWEST - timedelta(days=DAYS + 20))
KILL = Failure(manner="kill")
PLAN: tuple[tuple[Failure, ...], ...] = (
    *[(fake.CUT,)] * 8,
    *[(failure,) for failure in (fake.SERVER_ERROR, fake.BAD_GATEWAY, fake.UNAVAILABLE)] * 2,
    (fake.TRUNCATED,),
    *[(fake.TOO_MANY,)] * 4,
    (fake.RATE_LIMIT,),
    *[(fake.QUOTA, fake.QUOTA)] * 2,  # a second one in the same pull ends it
    *[(KILL,)] * 6,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request to the service: in which run, for what, and the fault that it met."""

    run: int
    request: Request
    fault: Failure | None

    @property
    def day(self) -> date | None:
        """The day whose rows it asks for, None for a look at which days there are."""
        wanted = self.request.dimensions
        return date.fromisoformat(self.request.day) if "page" in wanted else None

    @property
    def what(self) -> tuple[object, ...]:
        return (self.day, self.request.dimensions, self.request.body.get("startRow"))


@dataclass(slots=True)
class Troubles:
    """Which query meets which fault, and who is killed."""

    planned: dict[int, Failure]
    draw: random.Random
    kill: Callable[[], None] = lambda: None
    run: int = 0
    log: list[Asked] = field(default_factory=list)

    @classmethod
    def drawn(cls, seed: int) -> Troubles:
        draw = random.Random(seed)
        queries = DAYS * 4
        places = sorted(draw.sample(range(4, queries, 3), len(PLAN)))
        faults = list(PLAN)
        draw.shuffle(faults)
        planned = {
            place + number: failure
            for place, group in zip(places, faults, strict=True)
            for number, failure in enumerate(group)
        }
        return cls(planned=planned, draw=draw)


class Troubled(FakeSearchConsole):
    """A Search Console whose queries meet the planned troubles."""

    troubles: Troubles

    def next_failure(self, *, token: bool) -> Failure | None:
        request = self.requests[-1]
        if token or not request.dimensions:
            return None
        fault = self.troubles.planned.pop(len(self.troubles.log), None)
        self.troubles.log.append(Asked(run=self.troubles.run, request=request, fault=fault))
        if fault is not KILL:
            return fault
        Timer(self.troubles.draw.uniform(0, 0.03), self.troubles.kill).start()
        return None


@pytest.fixture
def service() -> Iterator[Troubled]:
    with Troubled(MODEL, property_url=ROOT, today=lambda: TODAY, require_token=True) as console:
        yield console


def configured(folder: Path, service: FakeSearchConsole) -> Path:
    key = service_account_key(folder / "key.json", token_uri=service.token_uri)
    search = {
        "source": "api",
        "credentials_file": str(key),
        "endpoint": service.endpoint,
        "history_days": DAYS,
        "reread_days": 0,
    }
    config = folder / "config.yaml"
    entry = {"name": "site", "site": ROOT, "search_console": search}
    config.write_text(yaml.safe_dump({"data_dir": "./data", "properties": [entry]}))
    return config


def pull(config: Path, troubles: Troubles) -> int:
    """Pull once in a process of its own and return its exit code."""
    now = NOON + timedelta(minutes=troubles.run)
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.pulling", str(config), now.isoformat()],
        cwd=CHECKOUT,
        stderr=subprocess.PIPE,
        text=True,
    )
    troubles.kill = child.kill
    _, said = child.communicate(timeout=120)
    assert child.returncode in (0, 3, -signal.SIGKILL), said
    return child.returncode


@pytest.mark.parametrize("seed", [1])
def test_a_back_fill_through_thirty_faults_is_the_truth_and_asks_for_nothing_twice(
    tmp_path: Path, service: Troubled, seed: int
) -> None:
    assert sum(map(len, PLAN)) == 30
    service.troubles = troubles = Troubles.drawn(seed)
    config = configured(tmp_path, service)
    codes: list[int] = []
    while not codes or codes[-1] != 0:
        codes.append(pull(config, troubles))
        troubles.run += 1
        assert len(codes) < 20
    assert troubles.planned == {}
    assert codes.count(3) >= 2
    assert codes.count(-signal.SIGKILL) >= 4
    facts = ParquetFacts(tmp_path / "data" / "site" / "facts")
    for back in range(DAYS):
        assert_true(facts, NEWEST - timedelta(days=back))
    assert len(facts.search_days()) == DAYS
    assert_accounted(troubles.log, len(codes), requests_of(facts))


def assert_true(facts: ParquetFacts, day: date) -> None:
    """Hold one stored day against the model, page by page and query by query."""
    truth = MODEL.day(day)
    window = Window.ending(day, 1)
    keys = ["page"]
    assert counts(facts.page_search(window), keys) == counts(truth, keys)
    shown = truth[~truth["anonymised"] & ~truth["query"].map(is_operator_query)]
    keys = ["page", "query"]
    assert counts(facts.query_totals(window), keys) == counts(shown[shown["impressions"] > 0], keys)


def counts(rows: pd.DataFrame, keys: list[str]) -> dict[object, tuple[int, int]]:
    sums = rows.groupby(keys)[["clicks", "impressions"]].sum()
    return {key: (int(c), int(i)) for key, c, i in sums.itertuples()}


def requests_of(facts: ParquetFacts) -> dict[date, int]:
    """Return what the ledger of each stored day says it cost."""
    return {
        date.fromisoformat(file.parent.name): int(str(read_note(file)["requests"]))
        for file in facts.folder.glob("search_days/*/*.json")
    }


def assert_accounted(log: list[Asked], runs: int, ledger: dict[date, int]) -> None:
    """Say of every request what it was for.

    A look at which days there are, twice a run; the reading that is stored of a day, as its ledger
    counts it; or the day that a run was at when it was stopped. Nothing else, and nothing twice but
    what met a fault.
    """
    last = {run: [asked.day for asked in log if asked.run == run][-1] for run in range(runs)}
    cost: Counter[date] = Counter()
    lost = looks = 0
    for (run, day), group in groupby(log, key=lambda asked: (asked.run, asked.day)):
        requests = list(group)
        if day is None:
            looks += len(requests)
            assert len(requests) - faults(requests) <= 2
        elif day == last[run] and any(a.day == day and a.run > run for a in log):
            lost += len(requests)
        else:
            cost[day] += len(requests)
        for what, times in Counter(asked.what for asked in requests).items():
            met = faults([asked for asked in requests if asked.what == what])
            assert day is None or times <= 1 + met, what
    assert dict(cost) == ledger
    assert len(log) == sum(ledger.values()) + lost + looks
    assert looks <= 2 * runs + len(PLAN)


def faults(requests: list[Asked]) -> int:
    return sum(asked.fault is not None and asked.fault is not KILL for asked in requests)
