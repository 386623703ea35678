"""What has been decided of each row, and why: the first decision stays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from recommender.frames import Column, FrameSpec
from recommender.ingest.evidence import Floats, Mask
from recommender.models import Region

VERDICTS = FrameSpec(
    name="VERDICTS",
    grain="row of BLOCK_EVIDENCE or LINK_EVIDENCE, in its order",
    key=(),
    columns={
        "region": Column.CODED,
        "confidence": Column.SHARE,
        "reason": Column.CODED,
    },
)

REGIONS = tuple(Region)
OPEN = -1  # not decided, or without a name

Codes = npt.NDArray[np.int8]
"""Places in REGIONS, or OPEN."""


def code_of(region: Region | str) -> int:
    """Return the place of a region in REGIONS."""
    return REGIONS.index(Region(region))


CONTENT, NAV, SIDEBAR, FOOTER, BREADCRUMB, RELATED = map(
    code_of,
    (
        Region.CONTENT,
        Region.NAV,
        Region.SIDEBAR,
        Region.FOOTER,
        Region.BREADCRUMB,
        Region.RELATED,
    ),
)


class Verdict:
    """Region, confidence and reason of each row, while they are found."""

    def __init__(self, rows: int) -> None:
        """Begin with nothing decided."""
        self.region: Codes = np.full(rows, OPEN, dtype=np.int8)
        self._confidence: Floats = np.zeros(rows)
        self._reason = np.zeros(rows, dtype=np.int32)
        self._reasons: dict[str, int] = {}

    def decide(
        self,
        where: Mask,
        region: Codes | int,
        confidence: Floats | float,
        reason: str,
        numbers: npt.NDArray[np.int64] | None = None,
    ) -> None:
        """Decide those rows of ``where`` that are still open.

        ``reason`` has a place for the row's number, if ``numbers`` are given.
        """
        rows = np.flatnonzero(where & (self.region == OPEN))
        if not len(rows):
            return
        self.region[rows] = region[rows] if isinstance(region, np.ndarray) else region
        sure = confidence[rows] if isinstance(confidence, np.ndarray) else confidence
        self._confidence[rows] = sure
        if numbers is None:
            self._reason[rows] = self._said(reason)
            return
        distinct, place = np.unique(numbers[rows], return_inverse=True)
        self._reason[rows] = np.array([self._said(reason.format(one)) for one in distinct])[place]

    def inherit(self, where: Mask, other: Verdict, rows: npt.NDArray[np.int64]) -> None:
        """Decide the open rows of ``where`` as ``other`` decided its ``rows``, a little less sure.

        ``rows`` holds for each own row one of the other's.
        """
        own = np.flatnonzero(where & (self.region == OPEN))
        there = rows[own]
        self.region[own] = other.region[there]
        self._confidence[own] = 0.9 * other._confidence[there]
        translated = np.array([self._said(reason) for reason in other._reasons] or [0])
        self._reason[own] = translated[other._reason[there]]

    @property
    def open(self) -> Mask:
        """The rows that are not decided yet."""
        waiting: Mask = self.region == OPEN
        return waiting

    @property
    def template(self) -> Mask:
        """The rows decided to be no content."""
        decided: Mask = (self.region != OPEN) & (self.region != CONTENT)
        return decided

    def frame(self) -> pd.DataFrame:
        """Return VERDICTS."""
        reasons = self._reason if self._reasons else np.full(len(self.region), OPEN)
        return pd.DataFrame(
            {
                "region": _coded(self.region, [region.value for region in REGIONS]),
                "confidence": self._confidence.clip(0, 1),
                "reason": _coded(reasons, list(self._reasons)),
            }
        )

    def _said(self, reason: str) -> int:
        return self._reasons.setdefault(reason, len(self._reasons))


def _coded(codes: npt.NDArray[np.signedinteger], values: list[str]) -> pd.Categorical:
    places = cast("Sequence[int]", codes)  # what the stubs of pandas know of
    return pd.Categorical.from_codes(places, categories=pd.Index(values, dtype=object))
