"""The effect of edits: what treated pages did beyond comparable untouched ones.

Unit: batch (ISO week of adoption), page and metric. The clock starts three days after the last of
the batch's edits on the page was seen live; readings cover the 10 days from there (from the 7th
proven day on: early, never a verdict), 14 and 28 days, each against the 28 days before the first
edit. The bias that is left is regression to the mean, since pages are picked in a dip: donors from
the waiting list and a look at the time before the edit are what is done about it (method,
section 7).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd

from recommender.frames import PAGE_SEARCH, checked
from recommender.measure.batch import Pooled, pooled
from recommender.measure.comparison import (
    NORMAL_MARGIN,
    NORMAL_UNLUCKY,
    Comparison,
    Contrast,
    PageReading,
    Panel,
    Rows,
    compare,
    counting_noise,
    largest_step,
    panel,
)
from recommender.measure.holdout import Treated, iso_week
from recommender.models import Effect, Verdict, Window

METRICS = ("impressions", "clicks")
LAG_DAYS = 3  # from adoption to the clock's start: Google has to crawl the source again
PRE_DAYS = 28
EARLY = 10
READINGS = (EARLY, 14, 28)
EARLY_FROM = 7  # proven days from which the early reading is given
MIN_MEAN = 3.0  # a day, before the edit; method, section 7, as is the next one
MIN_DONORS = 30
MAX_STEP = math.log(1.5)  # the donors' own move in a week above which they are no yardstick
MIN_KNOWN = 0.75  # share of a window's days that must be proven
SETTLED_DAYS = 28  # after which a reading is not given again: it cannot change any more
FALSE_DISCOVERIES = 0.10  # Benjamini-Hochberg, over the pages read in one digest


def measure(
    *,
    page_search: pd.DataFrame,
    final_days: Collection[date],
    treated: Sequence[Treated],
    excluded: Collection[str],
    now: datetime,
    waiting: Collection[str] = (),
    metrics: Sequence[str] = METRICS,
    seed: int = 7,
) -> list[Effect]:
    """Return the readings that are due: one per treated page and metric, and one per batch.

    ``page_search`` is PAGE_SEARCH with pages mapped to crawled ones, ``final_days`` the days that
    were read and are final: on those a page without a row had 0. ``excluded`` pages are never
    donors (treated ones never are); where enough of ``waiting`` qualify, only they are. A page is
    called up or down where its interval excludes 0, it survives Benjamini-Hochberg among the
    readings that fall due in the same ISO week, and it was not already on the move before.
    Readings older than :data:`SETTLED_DAYS` are left out. The same input gives the same output.
    Cost: treated dates x donor pages x 80.
    """
    checked(page_search, PAGE_SEARCH)
    if not final_days or not treated:
        return []
    touched = {unit.page for unit in treated}
    readings: list[_Reading] = []
    for metric in metrics:
        data = panel(page_search, metric=metric, final_days=final_days, pages=touched)
        groups = _Groups(
            pool=_rows(data, set(data.row) - touched - set(excluded)),
            waiting=_rows(data, set(waiting) - touched - set(excluded)),
        )
        schedules = {_Schedule(u.first_live, u.last_live, day) for u in treated for day in READINGS}
        grounds = {s: _ground(data, groups, s, metric) for s in schedules if s.due(data.last_day)}
        readings += [
            _read(data, unit, ground, now)
            for unit in treated
            for schedule, ground in sorted(grounds.items())
            if schedule[:2] == (unit.first_live, unit.last_live)
        ]
    judged = _judged(readings)
    batches = _batches(judged, now=now, seed=seed)
    return sorted([*(reading.effect for reading in judged), *batches], key=_key)


class _Schedule(NamedTuple):
    """The dates of one reading."""

    first_live: date
    last_live: date
    reading_day: int

    @property
    def clock_start(self) -> date:
        return self.last_live + timedelta(days=LAG_DAYS)

    @property
    def before(self) -> Window:
        return Window.ending(self.first_live - timedelta(days=1), PRE_DAYS)

    @property
    def after(self) -> Window:
        return Window(
            start=self.clock_start, end=self.clock_start + timedelta(days=self.reading_day - 1)
        )

    def due(self, last_day: date) -> bool:
        """Tell whether the reading is given now: its days are over, and not for long."""
        ended = self.after.end <= last_day or self.reading_day == EARLY
        return ended and last_day <= self.after.end + timedelta(days=SETTLED_DAYS)


class _Groups(NamedTuple):
    """Rows of the panel that may be donors, and those of them that only wait."""

    pool: Rows
    waiting: Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What all readings of one schedule and metric stand on; ``comparison`` None without it."""

    metric: str
    schedule: _Schedule
    window: Window | None
    untouched: int = 0
    comparison: Comparison | None = None
    earlier: Comparison | None = None  # the later against the earlier half of the time before
    false_alarm_rate: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """An effect before its digest is judged; ``numbers`` None where data do not suffice."""

    effect: Effect
    numbers: PageReading | None = None
    drifting: bool = False


def _rows(data: Panel, pages: Iterable[str]) -> Rows:
    return np.array(sorted(data.row[page] for page in pages if page in data.row), dtype=np.intp)


def _ground(data: Panel, groups: _Groups, schedule: _Schedule, metric: str) -> _Ground:
    why = _days_missing(data, schedule)
    if why:
        return _Ground(metric=metric, schedule=schedule, window=None, why=why)
    before = schedule.before
    window = Window(start=schedule.after.start, end=min(schedule.after.end, data.last_day))
    waiting = _usable(data, groups.waiting, before)
    untouched = waiting if len(waiting) >= MIN_DONORS else _usable(data, groups.pool, before)
    bare = _Ground(metric=metric, schedule=schedule, window=window, untouched=len(untouched))
    if len(untouched) < MIN_DONORS:
        return replace(bare, why=f"{len(untouched)} comparable pages, {MIN_DONORS} needed")
    step = largest_step(data, untouched, _weeks(before, window))
    if abs(step) > MAX_STEP:
        return replace(
            bare, why=f"the comparable pages themselves moved by {_percent(step)} within a week"
        )
    contrast = Contrast(before=before, after=window)
    comparison = compare(data, untouched, contrast, last_before=before.end)
    halves = Contrast(
        before=Window.ending(before.end - timedelta(days=PRE_DAYS // 2), PRE_DAYS // 2),
        after=Window.ending(before.end, PRE_DAYS // 2),
    )
    return replace(
        bare,
        comparison=comparison,
        earlier=compare(data, untouched, halves, last_before=before.end),
        false_alarm_rate=comparison.false_alarm_rate(),
    )


def _days_missing(data: Panel, schedule: _Schedule) -> str:
    """Return which days are not there yet (or not any more), "" where enough are."""
    known = data.days(schedule.after)
    needed = max(EARLY_FROM, math.ceil(MIN_KNOWN * schedule.reading_day))
    if schedule.reading_day == EARLY:
        needed = EARLY_FROM
    if known < needed:
        return f"{known} of the {needed} final days needed since {schedule.clock_start}"
    halves = (Window.ending(schedule.before.end, PRE_DAYS // 2), schedule.before)
    if data.days(schedule.before) < MIN_KNOWN * PRE_DAYS or not all(map(data.days, halves)):
        return (
            f"{data.days(schedule.before)} final days in the {PRE_DAYS} before "
            f"{schedule.first_live}, {math.ceil(MIN_KNOWN * PRE_DAYS)} needed"
        )
    return ""


def _usable(data: Panel, rows: Rows, before: Window) -> Rows:
    """Return the ``rows`` with enough volume that were there when the time before began."""
    enough = data.totals(before)[rows] >= MIN_MEAN * data.days(before)
    return rows[enough & ~_young(data, before)[rows]]


def _young(data: Panel, before: Window) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Tell of each page whether it had nothing yet in the first quarter of the time before."""
    start = Window(start=before.start, end=before.start + timedelta(days=PRE_DAYS // 4 - 1))
    return np.asarray((data.totals(start) == 0) & (data.days(start) > 0))


def _weeks(before: Window, after: Window) -> list[Window]:
    """Return the whole weeks of both windows, oldest first."""
    last = [Window.ending(before.end - timedelta(days=7 * n), 7) for n in range(PRE_DAYS // 7)]
    first = [
        Window(start=start, end=start + timedelta(days=6))
        for start in (after.start + timedelta(days=7 * n) for n in range(after.days // 7))
    ]
    return [*reversed(last), *first]


def _read(data: Panel, unit: Treated, ground: _Ground, now: datetime) -> _Reading:
    """Return what one page did, or why that cannot be said."""
    schedule = ground.schedule
    row = data.row[unit.page]
    bare = Effect(
        batch=unit.batch,
        page=unit.page,
        role=unit.role,
        metric=ground.metric,
        pages=1,
        reading_day=schedule.reading_day,
        clock_start=schedule.clock_start,
        window=ground.window,
        verdict=Verdict.NOT_ENOUGH_DATA,
        donors=ground.untouched,
        false_alarm_rate=ground.false_alarm_rate,
        detectable=_by_counting(data, row, schedule),
        measured_at=now,
    )
    why = _page_lacks(data, row, ground)
    if why or ground.comparison is None or ground.earlier is None:
        return _Reading(effect=replace(bare, why=why or ground.why))
    numbers = ground.comparison.reading(row)
    earlier = ground.earlier.reading(row)
    effect = replace(
        bare,
        verdict=Verdict.EARLY if schedule.reading_day == EARLY else Verdict.NO_CLEAR_CHANGE,
        change=numbers.effect,
        low=numbers.effect - numbers.half_width,
        high=numbers.effect + numbers.half_width,
        donors=numbers.donors,
        detectable=numbers.detectable,
    )
    if abs(earlier.effect) <= earlier.half_width:
        return _Reading(effect=effect, numbers=numbers)
    moved = f"already moving in the {PRE_DAYS} days before the edit ({_percent(earlier.effect)})"
    return _Reading(effect=replace(effect, why=moved), numbers=numbers, drifting=True)


def _page_lacks(data: Panel, row: int, ground: _Ground) -> str:
    """Return what the page itself lacks for a reading, "" where nothing."""
    before = ground.schedule.before
    if ground.window is None:
        return ""
    mean = float(data.totals(before)[row]) / data.days(before)
    if mean < MIN_MEAN:
        return f"{mean:.1f} {ground.metric} a day before the edit, {MIN_MEAN:.0f} needed"
    if _young(data, before)[row]:
        return f"first seen in search less than {PRE_DAYS} days before the edit"
    return ""


def _by_counting(data: Panel, row: int, schedule: _Schedule) -> float | None:
    """Return the smallest rise that counts of this size could show at best, None if unknown."""
    if not data.days(schedule.before):
        return None
    contrast = Contrast(before=schedule.before, after=schedule.after)
    return float(counting_noise(data, contrast)[row]) * (NORMAL_MARGIN + NORMAL_UNLUCKY)


def _judged(readings: Sequence[_Reading]) -> list[_Reading]:
    """Return the readings with their verdicts: up or down only where the digest's family holds."""
    families: defaultdict[str, list[int]] = defaultdict(list)
    for position, reading in enumerate(readings):
        window = reading.effect.window
        if reading.numbers and window and reading.effect.verdict is not Verdict.EARLY:
            families[iso_week(window.end)].append(position)
    judged = list(readings)
    for positions in families.values():
        chances = [n.chance for p in positions if (n := readings[p].numbers)]
        for position, holds in zip(positions, discoveries(chances), strict=True):
            judged[position] = _with_verdict(readings[position], len(positions), holds=holds)
    return judged


def discoveries(chances: Sequence[float], *, rate: float = FALSE_DISCOVERIES) -> list[bool]:
    """Tell of each p-value whether it is a discovery at false-discovery ``rate``.

    Benjamini and Hochberg, JRSS B 57 (1995).
    """
    passing = [
        chance
        for rank, chance in enumerate(sorted(chances), start=1)
        if chance <= rate * rank / len(chances)
    ]
    return [chance <= max(passing, default=-1.0) for chance in chances]


def _with_verdict(reading: _Reading, family: int, *, holds: bool) -> _Reading:
    effect = reading.effect
    verdict = _verdict(effect.low, effect.high)
    if reading.drifting or verdict is Verdict.NO_CLEAR_CHANGE:
        return reading
    if not holds:
        why = f"clear taken alone; of {family} readings in its week one may look so by chance"
        return replace(reading, effect=replace(effect, why=why))
    return replace(reading, effect=replace(effect, verdict=verdict))


def _verdict(low: float | None, high: float | None) -> Verdict:
    if low is not None and low > 0:
        return Verdict.UP
    if high is not None and high < 0:
        return Verdict.DOWN
    return Verdict.NO_CLEAR_CHANGE


def _batches(readings: Sequence[_Reading], *, now: datetime, seed: int) -> list[Effect]:
    """Return one effect per batch, role, metric and reading of two pages or more."""
    members: defaultdict[tuple[str, str, str, int], list[_Reading]] = defaultdict(list)
    for reading in readings:
        e = reading.effect
        members[e.batch, e.role, e.metric, e.reading_day].append(reading)
    return [
        _batch(group, key, now=now, seed=seed)
        for key, group in sorted(members.items())
        if len(group) > 1
    ]


def _batch(
    group: Sequence[_Reading], key: tuple[str, str, str, int], *, now: datetime, seed: int
) -> Effect:
    usable = [r for r in group if r.numbers is not None and not r.drifting]
    windows = [r.effect.window for r in usable if r.effect.window is not None]
    first = group[0].effect
    effect = replace(
        first,
        page="",
        pages=len(usable),
        clock_start=min(r.effect.clock_start for r in group),
        window=None,
        verdict=Verdict.NOT_ENOUGH_DATA,
        change=None,
        low=None,
        high=None,
        donors=min((r.effect.donors for r in usable), default=0),
        false_alarm_rate=None,
        detectable=None,
        why=f"{len(usable)} of {len(group)} pages can be read, 2 needed",
        measured_at=now,
    )
    if len(usable) < 2:
        return effect
    found: Pooled = pooled([r.numbers for r in usable if r.numbers], seed=seed, name=repr(key))
    low, high = found.effect - found.half_width, found.effect + found.half_width
    return replace(
        effect,
        window=Window(start=min(w.start for w in windows), end=max(w.end for w in windows)),
        verdict=Verdict.EARLY if first.reading_day == EARLY else _verdict(low, high),
        change=found.effect,
        low=low,
        high=high,
        false_alarm_rate=found.false_alarm_rate,
        detectable=found.detectable,
        why="",
    )


def _percent(change: float) -> str:
    return f"{math.expm1(change):+.0%}"


def _key(effect: Effect) -> tuple[str, str, str, str, int]:
    return effect.batch, effect.role, effect.page, effect.metric, effect.reading_day
