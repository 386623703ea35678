"""What recovery must not fall below: floors in floors.json, lowered only on purpose."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.eval.trial import Trial

Floors = Mapping[str, Mapping[str, float]]
"""Metric to floor, by the key of a case."""

SLACK = 0.02
"""How far below the measured value a new floor lies: what the protocol calls no worse."""


def read_floors(path: Path) -> Floors:
    """Return the floors of a file, none where it is missing."""
    if not path.exists():
        return {}
    floors: Floors = json.loads(path.read_text(encoding="utf-8"))
    return floors


def write_floors(path: Path, floors: Floors) -> None:
    """Write the floors, sorted."""
    path.write_text(json.dumps(floors, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def broken(trials: Iterable[Trial], floors: Floors) -> list[str]:
    """Return one sentence for each value below its floor, and for each case without floors."""
    sentences = []
    for trial in trials:
        known = floors.get(trial.case.key, {})
        for name, value in trial.ours.items():
            if name not in known:
                sentences.append(f"{trial.case.key}: {name} has no floor; pin one with --pin")
            elif value < known[name]:
                sentences.append(
                    f"{trial.case.key}: {name} is {value:.3f}, its floor is {known[name]:.3f}"
                )
    return sentences


def pinned(trials: Iterable[Trial], floors: Floors, *, lower: bool) -> Floors:
    """Return the floors raised to just below the measured values; with ``lower`` also lowered."""
    made = {key: dict(known) for key, known in floors.items()}
    for trial in trials:
        known = made.setdefault(trial.case.key, {})
        for name, value in trial.ours.items():
            floor = math.floor((value - SLACK) * 1000) / 1000
            known[name] = floor if lower else max(floor, known.get(name, floor))
    return made
