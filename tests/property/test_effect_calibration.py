"""The estimator on simulated properties: how often it cries wolf, and what it can see.

Pages have log-normal volume, a weekly season, a random walk with dips that heal (regression to the
mean), a common movement, and negative binomial counts: nothing the estimator assumes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from recommender.measure.effect import measure
from recommender.measure.holdout import Treated
from recommender.models import Effect, Role, Verdict

Numbers = NDArray[np.float64]
DAYS = 56 + 3 + 28
FIRST = date(2026, 3, 2)
LIVE = FIRST + timedelta(days=56)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def rates(
    rng: np.random.Generator, pages: int, days: int = DAYS, *, persistence: float = 0.9
) -> Numbers:
    """Expected impressions per page and day; a share ``persistence`` of a dip lasts a day."""
    base = rng.normal(np.log(25), 1.0, size=(pages, 1))
    walk = np.cumsum(rng.normal(0, 0.02, size=(pages, days)), axis=1)
    dip = np.zeros((pages, days))
    shocks = rng.normal(0, 0.08, size=(pages, days))
    for day in range(1, days):
        dip[:, day] = persistence * dip[:, day - 1] + shocks[:, day]
    season = 0.25 * np.sin(2 * np.pi * np.arange(days) / 7)
    common = np.cumsum(rng.normal(0, 0.015, size=days))
    return np.exp(base + walk + dip + season + common)


def counted(rng: np.random.Generator, expected: Numbers, dispersion: float = 12.0) -> Numbers:
    return rng.negative_binomial(dispersion, dispersion / (dispersion + expected)).astype(float)


def page_search(counts: Numbers) -> pd.DataFrame:
    page, day = np.nonzero(counts)
    impressions = counts[page, day].astype("int64")
    return pd.DataFrame(
        {
            "page": [f"/{number}" for number in page],
            "day": pd.to_datetime(FIRST) + pd.to_timedelta(day, unit="D"),
            "clicks": impressions // 10,
            "impressions": impressions,
            "position": 9.0,
        }
    ).astype({"page": "object", "day": "datetime64[ns]"})


def read(
    counts: Numbers, treated: NDArray[np.intp], waiting: NDArray[np.intp] | None = None
) -> list[Effect]:
    """The 28-day readings of the treated pages and their batch."""
    found = measure(
        page_search=page_search(counts),
        final_days=[FIRST + timedelta(days=n) for n in range(counts.shape[1])],
        treated=[
            Treated(
                page=f"/{n}", role=Role.TARGET, batch="2026-W18", first_live=LIVE, last_live=LIVE
            )
            for n in treated
        ],
        excluded=(),
        waiting=[f"/{n}" for n in waiting] if waiting is not None else (),
        now=NOW,
        metrics=("impressions",),
    )
    return [effect for effect in found if effect.reading_day == 28]


def alone_outside(effects: list[Effect]) -> list[bool]:
    """Of each single page that could be read, whether its interval excludes 0."""
    return [
        not effect.low <= 0 <= effect.high
        for effect in effects
        if effect.page and effect.low is not None and effect.high is not None
    ]


def trials(count: int, one: Callable[[np.random.Generator], list[Effect]]) -> list[list[Effect]]:
    return [one(np.random.default_rng([2026, number])) for number in range(count)]


def at_random(lift: float, size: int = 10) -> Callable[[np.random.Generator], list[Effect]]:
    def one(rng: np.random.Generator) -> list[Effect]:
        expected = rates(rng, 200)
        treated = rng.choice(200, size=size, replace=False)
        expected[treated, 59:] *= 1 + lift
        return read(counted(rng, expected), treated)

    return one


def in_a_dip(*, against_waiting: bool) -> Callable[[np.random.Generator], list[Effect]]:
    """Treated and waiting pages alike are those that had fallen most in the 28 days before."""

    def one(rng: np.random.Generator) -> list[Effect]:
        counts = counted(rng, rates(rng, 400, persistence=0.96))
        before, in_dip = (counts[:, days].sum(axis=1) + 0.5 for days in (slice(28), slice(28, 56)))
        fallen = np.argsort(in_dip / before)[:120]
        rng.shuffle(fallen)
        return read(counts, fallen[:10], waiting=fallen[10:] if against_waiting else None)

    return one


@pytest.fixture(scope="module")
def untouched() -> list[list[Effect]]:
    return trials(30, at_random(lift=0.0))


def test_one_page_in_ten_at_most_is_a_false_alarm(untouched: list[list[Effect]]) -> None:
    alarms = [alarm for effects in untouched for alarm in alone_outside(effects)]
    assert len(alarms) > 250
    assert 0 < np.mean(alarms) <= 0.10


def test_a_digest_hardly_ever_names_a_winner_where_nothing_was_done(
    untouched: list[list[Effect]],
) -> None:
    named = [
        any(e.page and e.verdict in (Verdict.UP, Verdict.DOWN) for e in effects)
        for effects in untouched
    ]
    assert np.mean(named) <= 0.2


def test_the_printed_false_alarm_rate_is_near_the_true_one(untouched: list[list[Effect]]) -> None:
    alarms = [alarm for effects in untouched for alarm in alone_outside(effects)]
    printed = [e.false_alarm_rate for effects in untouched for e in effects if e.page]
    known = [rate for rate in printed if rate is not None]
    assert abs(float(np.mean(alarms)) - float(np.mean(known))) < 0.05


def test_a_batch_without_effect_is_rarely_called_one(untouched: list[list[Effect]]) -> None:
    called = [e.verdict is not Verdict.NO_CLEAR_CHANGE for f in untouched for e in f if not e.page]
    assert len(called) == 30
    assert np.mean(called) <= 0.2


def test_ten_pages_that_rose_by_60_percent_are_seen_together() -> None:
    batches = [e for effects in trials(15, at_random(lift=0.6)) for e in effects if not e.page]
    changes = [e.change for e in batches if e.change is not None]
    assert np.mean([e.verdict is Verdict.UP for e in batches]) >= 0.8
    assert float(np.mean(changes)) == pytest.approx(np.log(1.6), abs=0.08)


def test_pages_picked_in_a_dip_recover_and_only_a_waiting_list_picked_alike_tells() -> None:
    naive, fair = (
        [e for effects in trials(30, in_a_dip(against_waiting=w)) for e in effects if not e.page]
        for w in (False, True)
    )
    recovery, left = (
        float(np.mean([e.change for e in batches if e.change is not None]))
        for batches in (naive, fair)
    )
    assert recovery > 0.05
    assert abs(left) < recovery / 2
    assert np.mean([e.verdict is Verdict.UP for e in fair]) <= 0.2
