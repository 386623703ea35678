"""What Linkwright needs from outside, one Protocol each; the adapters are chosen in jobs/wiring.py.

Each port has a contract suite in tests/contract/ that runs on every adapter and on the fake of
tests/fakes.py. An adapter is bound to one property when it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Protocol, TypeVar, runtime_checkable

import pandas as pd

from recommender.frames import FrameSpec
from recommender.models import (
    CrawlSnapshot,
    Delivery,
    DeliveryState,
    Effect,
    Inspection,
    Message,
    Recommendation,
    Run,
    SearchDay,
    SearchPeriod,
    Status,
    Visit,
    Window,
)

Made = TypeVar("Made")

Progress = Callable[[int, int | None], None]
"""Called with (done, total); total None while it is unknown."""


def silent(_done: int, _total: int | None) -> None:
    """Ignore progress."""


class SearchSource(Protocol):
    """Where search metrics come from."""

    def newest_final_day(self, today: date) -> date | None:
        """Return the newest day (Pacific) whose data are final, None where there are none.

        Raises a SearchConsoleError.
        """
        ...

    def oldest_day(self, today: date) -> date | None:
        """Return the oldest day (Pacific) that there are data of, None where there are none.

        Raises a SearchConsoleError.
        """
        ...

    def days_in(self, window: Window) -> Sequence[date]:
        """Return the days of ``window`` that may be read, oldest first.

        Raises a SearchConsoleError.
        """
        ...

    def period(self) -> SearchPeriod | None:
        """Return the newest totals of a range of days, None where the source knows single days.

        Raises a SearchConsoleError.
        """
        ...

    def read_day(self, day: date) -> SearchDay:
        """Return everything Search Console gives for ``day``.

        Raises a SearchConsoleError; nothing partial is ever returned.
        """
        ...


@runtime_checkable
class SearchIndex(Protocol):
    """What Google's index says of the site's pages."""

    def inspect(self, url: str, now: datetime) -> Inspection:
        """Return what the index says of a page. Raises a SearchConsoleError."""
        ...

    def sitemaps(self) -> tuple[str, ...]:
        """Return the addresses of the sitemaps that Google was given, without those that failed.

        Raises a SearchConsoleError.
        """
        ...


class EarlierCrawl(Protocol):
    """The newest stored crawl, as far as the next one needs it; its rows are read on demand."""

    @property
    def id(self) -> str:
        """Return the id of the crawl."""
        ...

    @property
    def reader(self) -> str:
        """Return what its pages were read with, see :class:`~recommender.models.Visit`."""
        ...

    @property
    def complete(self) -> bool:
        """Tell whether it ended by itself."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what must be known of it."""
        ...

    @property
    def pages(self) -> pd.DataFrame:
        """Return PAGES."""
        ...

    @property
    def known(self) -> pd.DataFrame:
        """Return KNOWN_URLS."""
        ...

    def rows(self, spec: FrameSpec, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        """Yield some columns of BLOCKS or LINKS, part by part, each page whole and in order.

        Text columns are pandas categories. Raises StoreError.
        """
        ...


class SiteCrawler(Protocol):
    """Who visits the site."""

    def crawl(
        self,
        seeds: Sequence[str],
        *,
        earlier: EarlierCrawl | None = None,
        watched: Collection[str] = (),
        sitemaps: Sequence[str] = (),
        only_watched: bool = False,
        progress: Progress = silent,
    ) -> AbstractContextManager[Visit]:
        """Return the site as found from its home page, its sitemaps and ``seeds``.

        ``sitemaps`` are further ones, beside those that the site names itself.

        After an ``earlier`` crawl only new pages, changed ones, ``watched`` ones and those whose
        turn it is are visited; with ``only_watched`` nothing but the home page and the watched
        ones, which needs an earlier crawl (else NotNow). The visit is to be stored inside the
        context: if that fails, the next crawl goes on from there. Raises CrawlError where the site
        is unreachable, forbids crawling or gives no page, and NotNow outside the hours for visits.
        """
        ...


class FactStore(Protocol):
    """Search metrics and crawls of one property: written once per version, never edited.

    Every read takes ``as_of``: the facts as they were known at that instant (None: now).
    """

    def write_search_day(self, search_day: SearchDay, fetched_at: datetime) -> None:
        """Store a new version of one day, whole or not at all."""
        ...

    def search_days(self, *, as_of: datetime | None = None) -> pd.DataFrame:
        """Return SEARCH_DAYS, oldest day first."""
        ...

    def page_search(self, window: Window, *, as_of: datetime | None = None) -> pd.DataFrame:
        """Return PAGE_SEARCH for the window."""
        ...

    def page_totals(self, window: Window, *, as_of: datetime | None = None) -> pd.DataFrame:
        """Return PAGE_TOTALS for the window."""
        ...

    def query_totals(self, window: Window, *, as_of: datetime | None = None) -> pd.DataFrame:
        """Return QUERY_TOTALS for the window."""
        ...

    def write_inspections(self, inspections: pd.DataFrame, at: datetime) -> None:
        """Store INSPECTIONS made at ``at``, whole or not at all."""
        ...

    def inspections(self, *, as_of: datetime | None = None) -> pd.DataFrame:
        """Return INSPECTIONS, all that were stored, oldest first."""
        ...

    def write_search_period(self, period: SearchPeriod, fetched_at: datetime) -> bool:
        """Store a new version of a period, whole or not at all; False where it is stored as it is.

        A period is never added to others, nor to days: the newest one stands for itself.
        """
        ...

    def search_period(self, *, as_of: datetime | None = None) -> SearchPeriod | None:
        """Return the period that ends last (of several the shortest), None where there is none."""
        ...

    def write_crawl(self, visit: Visit) -> None:
        """Store a crawl, whole or not at all, and bring LINK_HISTORY up to it.

        Pages that did not change are carried by reference: their rows are not stored again.
        """
        ...

    def earlier_crawl(self) -> EarlierCrawl | None:
        """Return the newest crawl for the next one to build on, None where there is none."""
        ...

    def crawl(
        self, *, as_of: datetime | None = None, beside_content: Collection[str] | None = None
    ) -> CrawlSnapshot | None:
        """Return the newest crawl finished by ``as_of``, None where there is none.

        With ``beside_content`` it has the blocks and links of content regions alone, and all those
        of the pages that are named.
        """
        ...

    def derived(
        self, key: str, make: Callable[[CrawlSnapshot], Made], *, as_of: datetime | None = None
    ) -> Made | None:
        """Return what ``make`` gives of the newest crawl finished by ``as_of``, None without one.

        A store may keep it and not call ``make`` again until the crawl or the code is another;
        ``key`` names what it is, and whatever else it hangs on.
        """
        ...

    def link_history(self, *, as_of: datetime | None = None) -> pd.DataFrame:
        """Return LINK_HISTORY."""
        ...


class DecisionStore(Protocol):
    """Recommendations, effects, digests and runs of one property: rows that change."""

    def recommendations(self, statuses: Iterable[Status] | None = None) -> list[Recommendation]:
        """Return those in ``statuses`` (None: all), best value first."""
        ...

    def recommendation(self, recommendation_id: str) -> Recommendation:
        """Return one by its id or an unambiguous beginning of it.

        Raises UnknownRecommendation.
        """
        ...

    def save(
        self,
        recommendations: Iterable[Recommendation],
        *,
        since: Iterable[Recommendation] | None = None,
    ) -> list[Recommendation]:
        """Insert or replace, all or none, and return what was saved; statuses have a history.

        ``since`` are the records that the new ones were made from, as they were read (one that is
        not among them was not there): where the stored status is another by now, somebody decided
        meanwhile, and the stored record stays. Raises InvalidTransition where what is stored
        cannot become what is saved.
        """
        ...

    def history(self, recommendation_id: str) -> list[tuple[Status, datetime]]:
        """Return the statuses that a recommendation went through, oldest first."""
        ...

    def save_effects(self, effects: Iterable[Effect]) -> None:
        """Insert or replace readings; the key is (batch, page, role, metric, reading_day)."""
        ...

    def effects(self) -> list[Effect]:
        """Return all readings, newest first."""
        ...

    def claim_digest(self, period: str, recipients: Sequence[str], at: datetime) -> list[Delivery]:
        """Claim the digest of ``period`` and return all its deliveries.

        The first call makes one ``claimed`` delivery per recipient; later calls add those that
        are new and leave the others as they are.
        """
        ...

    def freeze_digest(self, period: str, message: Message) -> Message:
        """Keep ``message`` as the period's digest unless one is kept; return the kept one."""
        ...

    def digest(self, period: str) -> Message | None:
        """Return the frozen digest of ``period``."""
        ...

    def mark_delivery(
        self, period: str, recipient: str, state: DeliveryState, at: datetime, error: str = ""
    ) -> None:
        """Record how far a delivery has come (committed before this returns).

        Raises StoreError for one nobody claimed, and for ``sending`` where somebody may have it.
        """
        ...

    def start_run(self, run: Run) -> None:
        """Record that a run began."""
        ...

    def end_run(self, run: Run) -> None:
        """Record how it ended."""
        ...

    def runs(self, command: str | None = None, limit: int = 50) -> list[Run]:
        """Return the latest runs, newest first."""
        ...


class Notifier(Protocol):
    """Who delivers a message."""

    def deliver(
        self, message: Message, recipient: str, *, handing_over: Callable[[], None]
    ) -> None:
        """Hand ``message`` to ``recipient``.

        Calls ``handing_over`` once, right before the content is handed over: from then on only a
        returned call proves what became of it. Raises TransportError.
        """
        ...


class Stage(Protocol):
    """One stage of a run, as its watcher sees it."""

    def progress(self, done: int, total: int | None) -> None:
        """Show how far the stage has come."""
        ...

    def say(self, text: str) -> None:
        """Keep what the stage's one line at its end says (counts, what was left out)."""
        ...


class Narrator(Protocol):
    """Who tells the watcher what a run does: one line a stage, with its seconds."""

    def stage(self, name: str) -> AbstractContextManager[Stage]:
        """Return a context that is the stage ``name``; leaving it prints the line."""
        ...
