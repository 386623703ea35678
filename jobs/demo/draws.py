"""Random draws that belong to a name: the same for a (seed, name, day), whatever else is drawn.

A stream of random numbers would shift all later draws when one page changes. Here each draw is a
hash of what it is for (splitmix64: Steele, Lea and Flood, OOPSLA 2014), turned into the
distribution by its inverse: a higher rate raises a draw and leaves all others alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Keys = NDArray[np.uint64]
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

_SMALL = 30.0  # mean up to which a count is inverted term by term


def keys_of(names: Iterable[str], seed: int) -> Keys:
    """Return a 64-bit key for each name."""
    salt = seed.to_bytes(16, "little")
    digests = (hashlib.blake2b(name.encode(), digest_size=8, salt=salt).digest() for name in names)
    return np.frombuffer(b"".join(digests), dtype=np.uint64)


def uniforms(keys: Keys, *, use: int, at: int = 0) -> Floats:
    """Return numbers in the open interval 0..1, one per key, for one use at one time."""
    salt = np.uint64((use * 0x9E3779B97F4A7C15 + at * 0xD1B54A32D192ED03) % 2**64)
    mixed = _mixed(_mixed(keys + salt) ^ salt)
    bits: Floats = (mixed >> np.uint64(11)).astype(np.float64)
    return (bits + 0.5) * 2.0**-53


def normals(keys: Keys, *, use: int, at: int = 0) -> Floats:
    """Return standard normal numbers, one per key."""
    drawn: Floats = ndtri(uniforms(keys, use=use, at=at))
    return drawn


def poisson(means: Floats, chance: Floats) -> Counts:
    """Return Poisson counts with these means for these uniform numbers.

    Above a mean of 30 by the normal approximation (Cornish-Fisher, first term).
    """
    counts = np.zeros(len(means), dtype=np.int64)
    large = means > _SMALL
    z = ndtri(chance[large])
    spread = np.sqrt(means[large])
    approximate = means[large] + spread * z + (z * z - 1) / 6
    counts[large] = np.maximum(0, np.rint(approximate)).astype(np.int64)
    open_ = np.flatnonzero(~large)
    term = np.exp(-means[open_])
    total = term.copy()
    for count in range(1, 200):
        still = chance[open_] > total
        open_, term, total = open_[still], term[still], total[still]
        if not len(open_):
            break
        counts[open_] = count
        term = term * means[open_] / count
        total = total + term
    return counts


def binomial(trials: Counts, share: Floats, chance: Floats) -> Counts:
    """Return binomial counts for these uniform numbers; above a mean of 30 approximately."""
    means = trials * share
    counts = np.zeros(len(trials), dtype=np.int64)
    large = means > _SMALL
    spread = np.sqrt(means[large] * (1 - share[large]))
    approximate = np.rint(means[large] + spread * ndtri(chance[large]))
    counts[large] = np.clip(approximate, 0, trials[large]).astype(np.int64)
    open_ = np.flatnonzero(~large & (trials > 0))
    odds = share[open_] / (1 - share[open_])
    term = np.exp(trials[open_] * np.log1p(-share[open_]))
    total = term.copy()
    for count in range(1, 200):
        still = (chance[open_] > total) & (trials[open_] >= count)
        open_, term, total, odds = open_[still], term[still], total[still], odds[still]
        if not len(open_):
            break
        counts[open_] = count
        term = term * odds * (trials[open_] - count + 1) / count
        total = total + term
    return counts


def _mixed(keys: Keys) -> Keys:
    """Return splitmix64's finaliser of each key (arithmetic modulo 2**64)."""
    z = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
