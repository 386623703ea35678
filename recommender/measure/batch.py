"""The pages of one batch read together: one page rarely shows a clear change, ten do."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender.measure.comparison import (
    NORMAL_MARGIN,
    NORMAL_UNLUCKY,
    Numbers,
    PageReading,
    margin,
)

PLACEBO_BATCHES = 2000  # half of them give the interval, the other half count its false alarms


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """The effect of a batch (log ratio), half its interval, and how often that misleads."""

    effect: float
    half_width: float
    false_alarm_rate: float
    detectable: float


def pooled(members: Sequence[PageReading], *, seed: int, name: str) -> Pooled:
    """Return the members' effect by inverse variance, its interval from placebo batches.

    A placebo batch takes, for each member, one of the untouched pages around it. The interval is
    never narrower than pure counting noise. ``name`` gives each batch a stream of its own, so that
    its interval does not hang on which others are read.
    """
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    weights = np.array([1 / member.noise**2 for member in members])
    unit = float(1 / np.sqrt(weights.sum()))
    effects = np.array([member.effect for member in members])
    placebos = _placebo_batches(members, rng)
    calibrating, counting = placebos[::2], placebos[1::2]
    chance = float(np.sqrt(np.sum((weights * _counting(members)) ** 2)) / weights.sum())
    half_width = max(margin(calibrating) * unit, NORMAL_MARGIN * chance)
    unlucky = max(-float(np.quantile(calibrating, 0.2)) * unit, NORMAL_UNLUCKY * chance)
    return Pooled(
        effect=float(np.sum(weights * effects) / weights.sum()),
        half_width=half_width,
        false_alarm_rate=float(np.mean(np.abs(counting) * unit > half_width)),
        detectable=half_width + unlucky,
    )


def _counting(members: Sequence[PageReading]) -> Numbers:
    return np.array([member.counting for member in members])


def _placebo_batches(members: Sequence[PageReading], rng: np.random.Generator) -> Numbers:
    """Return the pooled effects of placebo batches, each in units of its own expected noise."""
    effects = np.zeros(PLACEBO_BATCHES)
    weights = np.zeros(PLACEBO_BATCHES)
    for member in members:
        drawn = rng.integers(len(member.placebos), size=PLACEBO_BATCHES)
        noise = member.placebo_noise[drawn]
        effects += member.placebos[drawn] / noise  # effect x weight = placebo x noise / noise^2
        weights += 1 / noise**2
    return effects / np.sqrt(weights)
