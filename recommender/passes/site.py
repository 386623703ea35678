"""One property at work: its configuration, its adapters, and the instant it is judged at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from recommender.config import PropertyConfig
from recommender.ports import (
    DecisionStore,
    FactStore,
    Narrator,
    Notifier,
    SearchIndex,
    SearchSource,
    SiteCrawler,
)

PACIFIC = ZoneInfo("America/Los_Angeles")
"""The zone of Search Console's days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What a run over one property works with.

    ``now`` is aware; ``zone`` is where the readers live. ``as_of`` limits the facts to those known
    then (None: all). ``search`` is None where no search data are configured, ``index``
    where Google's index cannot be asked. ``values`` reads
    what a visit is worth, by URL as the owner spells it; it raises ConfigError.
    """

    config: PropertyConfig
    facts: FactStore
    decisions: DecisionStore
    crawler: SiteCrawler
    search: SearchSource | None
    notifier: Notifier
    recipients: Sequence[str]
    sender: str
    templates: Path
    narrator: Narrator
    now: datetime
    zone: ZoneInfo
    index: SearchIndex | None = None
    as_of: datetime | None = None
    values: Callable[[], Mapping[str, float]] = dict

    @property
    def today(self) -> date:
        """The date where the readers live."""
        return self.day_of(self.now)

    def day_of(self, instant: datetime) -> date:
        """Return the date of an instant where the readers live."""
        return instant.astimezone(self.zone).date()


def pacific_day(instant: datetime) -> date:
    """Return the Search Console day of an instant."""
    return instant.astimezone(PACIFIC).date()
