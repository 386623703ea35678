"""What the detector has reached on the labelled sites, below which no change may take it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter

FLOORS = Path(__file__).resolve().with_name("floors.json")


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """How well the links of some sites are told; NaN where there is nothing to tell."""

    f1: float
    alone: float
    editorial: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteFloor:
    """The least F1 of a whole site and share of its editorial links, null where it has none."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    site: str
    f1: float
    editorial: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolFloor:
    """The least F1 over the links of several sites: of the whole sites, and of each page alone."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    sites: tuple[str, ...]
    f1: float
    alone: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Floors:
    """All that must be reached."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    sites: tuple[SiteFloor, ...]
    pools: tuple[PoolFloor, ...]


def read_floors(file: Path = FLOORS) -> Floors:
    """Return the floors in ``file``."""
    return TypeAdapter(Floors).validate_json(file.read_bytes())


def below(
    floors: Floors, known: Collection[str], measure: Callable[[Sequence[str]], Measured]
) -> Iterator[str]:
    """Yield a line for each floor that is not reached by the sites of ``known``.

    A pool is asked for only where all of its sites are known.
    """
    for floor in floors.sites:
        if floor.site in known:
            got = measure([floor.site])
            yield from _short(floor.site, "F1", got.f1, floor.f1)
            if floor.editorial is not None:
                yield from _short(floor.site, "editorial recall", got.editorial, floor.editorial)
    for pool in floors.pools:
        if set(pool.sites) <= set(known):
            got, name = measure(pool.sites), f"{len(pool.sites)} sites together"
            yield from _short(name, "F1", got.f1, pool.f1)
            yield from _short(name, "F1 of each page alone", got.alone, pool.alone)


def _short(name: str, what: str, got: float, least: float) -> Iterator[str]:
    if not got >= least:  # NaN too
        yield f"{name}: {what} {got:.3f} is below its floor {least:.3f}"
