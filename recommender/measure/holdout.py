"""Who was treated, who may have felt it, and who was kept back: the groups of an experiment.

The draw itself stands in :func:`recommender.allocate.plan.draw_targets`; the waiting list that it
leaves is kept as ``postponed`` recommendations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from recommender.models import STANDING, Kind, Recommendation, Region, Role, Status

TOUCHED = STANDING | {Status.REMOVED}
"""Statuses of an edit that stands or stood: its pages are no longer untouched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Treated:
    """One page of one batch: the days (Pacific) on which its first and last edit were seen live."""

    page: str
    role: Role
    batch: str  # ISO week of the first edit, e.g. 2026-W31
    first_live: date
    last_live: date


def treated_pages(
    recommendations: Iterable[Recommendation], *, day_of: Callable[[datetime], date]
) -> list[Treated]:
    """Return the treated pages, one per batch and role, in order of batch, role and page.

    ``day_of`` gives the Pacific day of an instant. Edits that were removed again and removals of
    links are left out. A page that is target and source in one batch is read as target only.
    """
    edits = [
        (r, day_of(r.live_at))
        for r in recommendations
        if r.status in STANDING and r.kind is not Kind.REMOVE and r.live_at is not None
    ]
    days: dict[tuple[str, Role, str], list[date]] = {}
    for edit, day in edits:
        for page, role in ((edit.target, Role.TARGET), (edit.source, Role.SOURCE)):
            days.setdefault((iso_week(day), role, page), []).append(day)
    return [
        Treated(page=page, role=role, batch=batch, first_live=min(live), last_live=max(live))
        for (batch, role, page), live in sorted(days.items())
        if role is Role.TARGET or (batch, Role.TARGET, page) not in days
    ]


def exposed_pages(recommendations: Iterable[Recommendation], links: pd.DataFrame) -> frozenset[str]:
    """Return the pages that cannot be donors: ends of edits made, and what those targets link.

    ``links`` is LINKS with source and target mapped to pages. A link raises its target, and the
    target passes a part on to the pages that it links in its content; pages upstream of it gain
    nothing. One step only: the next one is smaller by an out-degree.
    """
    touched = [r for r in recommendations if r.status in TOUCHED]
    targets = {r.target for r in touched}
    content = links[links["region"] == Region.CONTENT]
    downstream = content.loc[content["source"].isin(targets), "target"]
    return frozenset({*targets, *(r.source for r in touched), *downstream})


def waiting_pages(recommendations: Iterable[Recommendation]) -> frozenset[str]:
    """Return the targets that only wait: postponed, and nothing done to or asked for them yet.

    They were as eligible as the treated ones, picked in the same dips, and so the best donors.
    """
    everything = list(recommendations)
    waiting = {r.target for r in everything if r.status is Status.POSTPONED}
    busy = TOUCHED | {Status.MAILED, Status.ACCEPTED}
    ends = [(r.source, r.target) for r in everything if r.status in busy]
    return frozenset(waiting - {page for pair in ends for page in pair})


def iso_week(day: date) -> str:
    """Return the ISO week of ``day``, e.g. 2026-W31."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"
