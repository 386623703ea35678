"""How untouched pages of the same property moved between two windows, and how much is noise.

The change of a page is y = log((mean_after + .5/n_after) / (mean_before + .5/n_before)), n in
days. Each untouched page is also put in the place of a treated one (a placebo), against its own
donors; what the placebos show where nothing was done is the yardstick for what a treated page
shows (method, section 7).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.models import Window

Numbers = NDArray[np.float64]
Rows = NDArray[np.intp]

DONORS = 80  # nearest in log volume (method, section 7)
PLACEBOS = 400  # nearest whose placebo effects give the interval: enough for a p below .0025
ALARM_SAMPLE = 500  # untouched pages on which the false-alarm rate is counted
COVERAGE = 0.95
NORMAL_MARGIN = 1.96  # standard deviations that hold 95 % of a normal distribution
NORMAL_UNLUCKY = 0.84  # and those that one in five falls short by
NOISE_WEEKS = 8  # weeks before the edit in which a page's own noise is read
PRIOR_WEEKS = 4.0  # weeks of evidence that its donors' noise counts for beside its own
HALF = 0.5  # of one impression or click over the window: keeps the logarithm finite


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One metric per page and day, zero where a read day names no page, up to the last proven day.

    ``sums`` (pages x days + 1) and ``known`` (days + 1) are cumulative, over proven days only: a
    day that was never read counts neither as a day nor as 0.
    """

    row: Mapping[str, int]
    first_day: date
    sums: Numbers
    known: Numbers

    @property
    def last_day(self) -> date:
        """The last proven day."""
        return self.first_day + timedelta(days=len(self.known) - 2)

    def days(self, window: Window) -> int:
        """Return the number of proven days in ``window``."""
        first, end = self._span(window)
        return int(self.known[end] - self.known[first])

    def totals(self, window: Window) -> Numbers:
        """Return the sum of each page in ``window``."""
        first, end = self._span(window)
        return self.sums[:, end] - self.sums[:, first]

    def level(self, window: Window) -> Numbers:
        """Return log(mean per day + .5 / days) of each page; the window needs a proven day."""
        days = self.days(window)
        return np.log((self.totals(window) + HALF) / days)

    def _span(self, window: Window) -> tuple[int, int]:
        latest = len(self.known) - 1
        first = (window.start - self.first_day).days
        end = (window.end - self.first_day).days + 1
        return min(max(first, 0), latest), min(max(end, 0), latest)


def panel(
    page_search: pd.DataFrame, *, metric: str, final_days: Collection[date], pages: Iterable[str]
) -> Panel:
    """Return the panel of ``metric`` from PAGE_SEARCH, with rows for ``pages`` in any case.

    ``final_days`` are the days that were read and are final; rows of other days are left out.
    """
    first_day, last_day = min(final_days), max(final_days)
    length = (last_day - first_day).days + 1
    proven = np.zeros(length, dtype=np.bool_)
    proven[[(day - first_day).days for day in final_days]] = True
    offset = (page_search["day"] - pd.Timestamp(first_day)).dt.days.to_numpy()
    inside = (offset >= 0) & (offset < length)
    inside[inside] = proven[offset[inside]]
    names = page_search["page"].to_numpy()[inside]
    row = {page: number for number, page in enumerate(sorted({*names, *pages}))}
    counts = np.zeros((len(row), length))
    rows = np.array([row[name] for name in names], dtype=np.intp)
    values = page_search[metric].to_numpy(dtype=np.float64)[inside]
    np.add.at(counts, (rows, offset[inside]), values)
    sums = np.zeros((len(row), length + 1))
    np.cumsum(counts, axis=1, out=sums[:, 1:])
    known = np.concatenate([[0.0], np.cumsum(proven, dtype=np.float64)])
    return Panel(row=row, first_day=first_day, sums=sums, known=known)


class Contrast(NamedTuple):
    """The two windows whose levels are compared."""

    before: Window
    after: Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What the estimator finds on every page of a panel, and on each untouched one as a placebo.

    The first four arrays have one entry per row of the panel, the others one per untouched page in
    order of volume: its row, its volume once more, the standard deviation of its weeks drawn to
    that of its donors, and its effect against them in units of that.
    """

    volume: Numbers  # log of the mean per day before
    change: Numbers  # log ratio
    variance: Numbers  # between weeks
    counting: Numbers  # standard deviation of the change if counts were pure chance (Poisson)
    rows: Rows
    ordered_volume: Numbers
    noise: Numbers
    placebo: Numbers

    def reading(self, row: int) -> PageReading:
        """Return what the page in ``row`` of the panel did beyond its donors."""
        donors = self.rows[_nearest(self.ordered_volume, self.volume[row], DONORS)]
        around = _nearest(self.ordered_volume, self.volume[row], PLACEBOS)
        return PageReading(
            effect=float(self.change[row] - np.median(self.change[donors])),
            noise=float(_moderated(self.variance[row], self.variance[donors])),
            counting=float(self.counting[row]),
            donors=len(donors),
            placebos=self.placebo[around],
            placebo_noise=self.noise[around],
        )

    def false_alarm_rate(self) -> float:
        """Return the share of untouched pages whose interval, read like this, excludes 0.

        Each of up to :data:`ALARM_SAMPLE` pages is judged by the others.
        """
        size = len(self.rows)
        sample = np.unique(np.linspace(0, size - 1, min(size, ALARM_SAMPLE)).astype(np.intp))
        return sum(map(self._alarms, sample)) / len(sample)

    def _alarms(self, place: int) -> bool:
        """Tell whether the untouched page at ``place`` would have passed for changed."""
        around = _nearest(self.ordered_volume, self.ordered_volume[place], PLACEBOS + 1)
        noise = float(self.noise[place])
        itself = PageReading(
            effect=float(self.placebo[place]) * noise,
            noise=noise,
            counting=float(self.counting[self.rows[place]]),
            donors=0,
            placebos=self.placebo[around[around != place]],
            placebo_noise=self.noise[around[around != place]],
        )
        return abs(itself.effect) > itself.half_width


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReading:
    """One page against its donors: effect (log ratio), noise, and the placebos around it."""

    effect: float
    noise: float
    counting: float
    donors: int
    placebos: Numbers  # effects in units of noise
    placebo_noise: Numbers

    @property
    def half_width(self) -> float:
        """Half the interval: as wide as :data:`COVERAGE` of placebos need, and as counts allow."""
        return max(margin(self.placebos) * self.noise, NORMAL_MARGIN * self.counting)

    @property
    def chance(self) -> float:
        """The share of placebos, itself counted in, that show at least as much: a p-value."""
        more = int(np.sum(np.abs(self.placebos) >= abs(self.effect) / self.noise))
        by_counting = math.erfc(abs(self.effect) / self.counting / math.sqrt(2))
        return max((1 + more) / (1 + len(self.placebos)), by_counting)

    @property
    def detectable(self) -> float:
        """The smallest rise (log ratio) whose interval would exclude 0 four times in five."""
        unlucky = float(np.quantile(self.placebos, 0.2)) * self.noise
        return self.half_width + max(-unlucky, NORMAL_UNLUCKY * self.counting)


def compare(data: Panel, untouched: Rows, contrast: Contrast, *, last_before: date) -> Comparison:
    """Return the comparison of the ``untouched`` rows over ``contrast``.

    ``last_before`` is the last day before the edit; noise is read from the weeks up to it.
    Cost: untouched x :data:`DONORS`.
    """
    volume = data.level(contrast.before)
    change = data.level(contrast.after) - volume
    variance = _weekly_variance(data, untouched, last_before)
    rows = untouched[np.argsort(volume[untouched], kind="stable")]
    donors = rows[_neighbours(len(rows), DONORS)]
    noise = _moderated(variance[rows], variance[donors])
    effect = change[rows] - np.median(change[donors], axis=1)
    return Comparison(
        volume=volume,
        change=change,
        variance=variance,
        counting=counting_noise(data, contrast),
        rows=rows,
        ordered_volume=volume[rows],
        noise=noise,
        placebo=effect / noise,
    )


def counting_noise(data: Panel, contrast: Contrast) -> Numbers:
    """Return the standard deviation of each page's change if its counts were pure chance.

    Both windows at the level before the edit: what an untouched page would show at the least.
    """
    rate = np.exp(data.level(contrast.before))
    days_before = data.days(contrast.before)
    days_after = data.days(contrast.after) or contrast.after.days
    return np.sqrt((1 / days_before + 1 / days_after) / rate)


def margin(placebos: Numbers) -> float:
    """Return the bound that :data:`COVERAGE` of placebos keep, counting one more that does not.

    Below 19 placebos this is the greatest of them, and the coverage is less than it says.
    """
    rank = math.ceil((len(placebos) + 1) * COVERAGE)
    return float(np.sort(np.abs(placebos))[min(rank, len(placebos)) - 1])


def largest_step(data: Panel, untouched: Rows, windows: Iterable[Window]) -> float:
    """Return the greatest move (log ratio, signed) of the median untouched page between windows."""
    levels = [
        float(np.median(data.level(window)[untouched])) for window in windows if data.days(window)
    ]
    return max(np.diff(levels), key=abs, default=0.0)


def _weekly_variance(data: Panel, untouched: Rows, last: date) -> Numbers:
    """Return each page's variance between weeks, of log levels less the common movement."""
    weeks = [Window.ending(last - timedelta(days=7 * n), 7) for n in range(NOISE_WEEKS)]
    read = [data.level(week) for week in weeks if data.days(week) >= 5]
    levels = np.array([level - np.median(level[untouched]) for level in read])
    chance = np.exp(-np.mean(read, axis=0)) / 7  # of a week's count: no page is steadier
    return np.asarray(np.maximum(np.var(levels, axis=0, ddof=1), chance))


def _moderated(own: Numbers, donors: Numbers) -> Numbers:
    """Return the noise (a standard deviation) of pages: their own variance drawn to the donors'.

    A handful of weeks says little about one page; its donors' median variance steadies it.
    """
    prior = np.median(donors, axis=-1)
    weight = PRIOR_WEEKS / (PRIOR_WEEKS + NOISE_WEEKS - 1)
    return np.asarray(np.sqrt((1 - weight) * own + weight * prior))


def _nearest(volume: Numbers, value: float, count: int) -> Rows:
    """Return positions in the sorted ``volume`` around ``value``: half below, half above."""
    size = min(count, len(volume))
    start = int(np.searchsorted(volume, value)) - size // 2
    start = min(max(start, 0), len(volume) - size)
    return np.arange(start, start + size)


def _neighbours(pages: int, count: int) -> Rows:
    """Return, for each of ``pages`` in order of volume, the nearest others (pages x count)."""
    size = min(count, pages - 1)
    own = np.arange(pages)[:, None]
    start = np.clip(own - size // 2, 0, pages - 1 - size)
    around = start + np.arange(size + 1)[None, :]
    return np.asarray(around[around != own].reshape(pages, size))
