"""In-memory doubles of the ports: small, real classes that pass the same contract suites.

They keep what they are given in dicts, never touch the disk or the network, and hold no rule of
their own where the adapter's rule can be asked.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import pandas as pd

from recommender.errors import (
    CrawlError,
    NotNow,
    SearchConsoleUnavailable,
    StoreError,
    TransportError,
    UnknownRecommendation,
)
from recommender.frames import (
    BLOCKS,
    INSPECTIONS,
    KNOWN_URLS,
    LINK_HISTORY,
    LINKS,
    PAGE_SEARCH,
    PAGE_TOTALS,
    PAGES,
    QUERY_SEARCH,
    QUERY_TOTALS,
    SEARCH_DAYS,
    Column,
    FrameSpec,
    checked,
)
from recommender.models import (
    CrawlSnapshot,
    Delivery,
    DeliveryState,
    Effect,
    Message,
    Recommendation,
    Region,
    Run,
    SearchDay,
    SearchPeriod,
    Status,
    Visit,
    Window,
)
from recommender.ports import EarlierCrawl, Made, Progress, silent
from recommender.store.crawls import extended_history
from recommender.store.decisions import check_step, unchanged_since
from recommender.store.facts import check_one_day
from recommender.store.files import aware
from tests.records import visit_of


@dataclass(frozen=True)
class FakeEarlierCrawl:
    """An EarlierCrawl in memory."""

    snapshot: CrawlSnapshot
    reader: str

    @property
    def id(self) -> str:
        return self.snapshot.id

    @property
    def complete(self) -> bool:
        return self.snapshot.complete

    @property
    def notes(self) -> tuple[str, ...]:
        return self.snapshot.notes

    @property
    def pages(self) -> pd.DataFrame:
        return self.snapshot.pages

    @property
    def known(self) -> pd.DataFrame:
        return self.snapshot.known

    def rows(self, spec: FrameSpec, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        frame = {BLOCKS.name: self.snapshot.blocks, LINKS.name: self.snapshot.links}[spec.name]
        texts = [name for name in columns if spec.columns[name] is Column.TEXT]
        yield frame[list(columns)].astype(dict.fromkeys(texts, "category"))


class FakeFacts:
    """A FactStore in memory."""

    def __init__(self) -> None:
        self._days: dict[date, dict[datetime, SearchDay]] = {}
        self._periods: dict[tuple[date, date], dict[datetime, SearchPeriod]] = {}
        self._crawls: dict[str, tuple[CrawlSnapshot, pd.DataFrame]] = {}
        self._readers: dict[str, str] = {}
        self._inspections: dict[datetime, pd.DataFrame] = {}

    def write_search_day(self, search_day: SearchDay, fetched_at: datetime) -> None:
        check_one_day(search_day)
        checked(search_day.pages, PAGE_SEARCH)
        checked(search_day.queries, QUERY_SEARCH)
        kept = replace(search_day, pages=search_day.pages.copy(), queries=search_day.queries.copy())
        self._days.setdefault(search_day.day, {}).setdefault(aware(fetched_at), kept)

    def search_days(self, *, as_of: datetime | None = None) -> pd.DataFrame:
        rows = [
            {
                "day": kept.day,
                "final": kept.final,
                "page_rows": len(kept.pages),
                "query_rows": len(kept.queries),
                "capped": kept.capped,
                "impressions": kept.pages["impressions"].sum(),
                "clicks": kept.pages["clicks"].sum(),
                "query_share": kept.query_share,
                "operator_rows": kept.operator_rows,
                "most_impressions": max(kept.most_impressions, kept.pages["impressions"].sum()),
                "fetched_at": fetched_at.astimezone(UTC),
            }
            for fetched_at, kept in self._known(as_of)
        ]
        return SEARCH_DAYS.coerced(pd.DataFrame(rows)) if rows else SEARCH_DAYS.empty()

    def write_search_period(self, period: SearchPeriod, fetched_at: datetime) -> bool:
        checked(period.pages, PAGE_TOTALS)
        checked(period.queries, QUERY_TOTALS)
        versions = self._periods.setdefault((period.window.start, period.window.end), {})
        if versions and versions[max(versions)].content == period.content:
            return False
        versions.setdefault(aware(fetched_at), period)
        return True

    def search_period(self, *, as_of: datetime | None = None) -> SearchPeriod | None:
        limit = aware(as_of) if as_of else datetime.max.replace(tzinfo=UTC)
        for (_, _), versions in sorted(
            self._periods.items(), key=lambda kept: (kept[0][1], kept[0][0]), reverse=True
        ):
            known = [at for at in versions if at <= limit]
            if known:
                return versions[max(known)]
        return None

    def page_search(self, window: Window, *, as_of: datetime | None = None) -> pd.DataFrame:
        frames = [kept.pages for _, kept in self._known(as_of) if kept.day in window]
        return _stacked(frames, PAGE_SEARCH, ["day", "page"])

    def page_totals(self, window: Window, *, as_of: datetime | None = None) -> pd.DataFrame:
        rows = self.page_search(window, as_of=as_of)
        totals = _summed(rows, ["page"])
        seen = rows[rows["impressions"] > 0].groupby("page")["day"].nunique()
        totals["days"] = totals["page"].map(seen).fillna(0)
        return PAGE_TOTALS.coerced(totals)

    def query_totals(self, window: Window, *, as_of: datetime | None = None) -> pd.DataFrame:
        frames = [kept.queries for _, kept in self._known(as_of) if kept.day in window]
        rows = _stacked(frames, QUERY_SEARCH, ["day", "page", "query"])
        return QUERY_TOTALS.coerced(_summed(rows[rows["impressions"] > 0], ["page", "query"]))

    def write_inspections(self, inspections: pd.DataFrame, at: datetime) -> None:
        self._inspections.setdefault(aware(at), checked(inspections, INSPECTIONS).copy())

    def inspections(self, *, as_of: datetime | None = None) -> pd.DataFrame:
        limit = aware(as_of) if as_of else datetime.max.replace(tzinfo=UTC)
        frames = [frame for at, frame in sorted(self._inspections.items()) if at <= limit]
        return _stacked(frames, INSPECTIONS, [])

    def write_crawl(self, visit: Visit) -> None:
        if visit.id in self._crawls:
            if self._crawls[visit.id][0].finished_at != visit.finished_at:
                raise StoreError(f"another crawl is stored as {visit.id}", subject=visit.id)
            return
        parts, earlier = list(visit.parts), self.crawl()
        for part in parts:
            checked(part.blocks, BLOCKS)
            checked(part.links, LINKS)
        found = _stacked([part.links for part in parts], LINKS, [])
        content = found.loc[found["region"] == Region.CONTENT.value, list(LINK_HISTORY.key)]
        snapshot = CrawlSnapshot(
            id=visit.id,
            started_at=visit.started_at,
            finished_at=visit.finished_at,
            pages=checked(visit.pages, PAGES),
            known=checked(visit.known, KNOWN_URLS),
            blocks=_with_carried([part.blocks for part in parts], earlier, visit, BLOCKS),
            links=_with_carried([part.links for part in parts], earlier, visit, LINKS),
            complete=visit.complete,
            notes=visit.notes,
        )
        history = extended_history(
            self.link_history(as_of=visit.finished_at),
            content,
            visit,
            known_before=KNOWN_URLS.empty() if earlier is None else earlier.known,
        )
        self._crawls[visit.id] = (snapshot, history)
        self._readers[visit.id] = visit.reader

    def earlier_crawl(self) -> FakeEarlierCrawl | None:
        snapshot = self.crawl()
        if snapshot is None:
            return None
        return FakeEarlierCrawl(snapshot, self._readers[snapshot.id])

    def crawl(
        self, *, as_of: datetime | None = None, beside_content: Collection[str] | None = None
    ) -> CrawlSnapshot | None:
        newest = self._newest(as_of)
        if newest is None or beside_content is None:
            return newest[0] if newest else None
        blocks, links = newest[0].blocks, newest[0].links
        of_blocks = (blocks["region"] == "content") | blocks["page"].isin(beside_content)
        of_links = (links["region"] == "content") | links["source"].isin(beside_content)
        return replace(
            newest[0],
            blocks=blocks[of_blocks].reset_index(drop=True),
            links=links[of_links].reset_index(drop=True),
        )

    def derived(
        self, key: str, make: Callable[[CrawlSnapshot], Made], *, as_of: datetime | None = None
    ) -> Made | None:
        assert key
        newest = self.crawl(as_of=as_of)
        return None if newest is None else make(newest)

    def link_history(self, *, as_of: datetime | None = None) -> pd.DataFrame:
        newest = self._newest(as_of)
        return newest[1].copy() if newest else LINK_HISTORY.empty()

    def _known(self, as_of: datetime | None) -> list[tuple[datetime, SearchDay]]:
        """The version of each day that counted at ``as_of``, oldest day first."""
        limit = aware(as_of) if as_of else datetime.max.replace(tzinfo=UTC)
        known = []
        for _, versions in sorted(self._days.items()):
            newest = max((at for at in versions if at <= limit), default=None)
            if newest is not None:
                known.append((newest, versions[newest]))
        return known

    def _newest(self, as_of: datetime | None) -> tuple[CrawlSnapshot, pd.DataFrame] | None:
        limit = aware(as_of) if as_of else datetime.max.replace(tzinfo=UTC)
        known = [kept for kept in self._crawls.values() if kept[0].finished_at <= limit]
        return max(known, key=lambda kept: (kept[0].finished_at, kept[0].id), default=None)


def _with_carried(
    new: list[pd.DataFrame], earlier: CrawlSnapshot | None, visit: Visit, spec: FrameSpec
) -> pd.DataFrame:
    """Return the rows of a visit and, from before, those of the pages that it carries."""
    page = spec.key[0]
    carried = visit.known.loc[~visit.known["rows_in"].isin(["", visit.id]), "url"]
    frames = list(new)
    if earlier is not None:
        before = earlier.blocks if spec is BLOCKS else earlier.links
        frames.append(before[before[page].isin(carried)])
    return _stacked(frames, spec, list(spec.key))


def _stacked(frames: list[pd.DataFrame], spec: FrameSpec, order: list[str]) -> pd.DataFrame:
    full = [frame for frame in frames if len(frame)]
    if not full:
        return spec.empty()
    rows = pd.concat(full)
    return spec.coerced(rows.sort_values(order) if order else rows)


def _summed(rows: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    weighed = rows.assign(
        weighted=rows["position"] * rows["impressions"],
        weight=rows["impressions"].where(rows["position"].notna(), 0),
    )
    sums = weighed.groupby(key, as_index=False).agg(
        clicks=("clicks", "sum"),
        impressions=("impressions", "sum"),
        weighted=("weighted", "sum"),
        weight=("weight", "sum"),
    )
    return sums.assign(position=sums["weighted"] / sums["weight"].where(sums["weight"] > 0))


class FakeDecisions:
    """A DecisionStore in memory."""

    def __init__(self) -> None:
        self._recommendations: dict[str, Recommendation] = {}
        self._history: dict[str, list[tuple[Status, datetime]]] = {}
        self._effects: dict[tuple[object, ...], Effect] = {}
        self._digests: dict[str, Message] = {}
        self._deliveries: dict[tuple[str, str], Delivery] = {}
        self._runs: dict[str, Run] = {}

    def recommendations(self, statuses: Iterable[Status] | None = None) -> list[Recommendation]:
        wanted = None if statuses is None else set(statuses)
        kept = self._recommendations.values()
        chosen = [r for r in kept if wanted is None or r.status in wanted]
        return sorted(chosen, key=lambda r: (-r.value, r.id))

    def recommendation(self, recommendation_id: str) -> Recommendation:
        asked = recommendation_id.strip().lower()
        if asked in self._recommendations:
            return self._recommendations[asked]
        found = [k for k in self._recommendations if k.startswith(asked)]
        if len(found) != 1:
            nearest = found or difflib.get_close_matches(asked, self._recommendations)
            raise UnknownRecommendation(
                f"no single recommendation is {asked}", subject=asked, hint=", ".join(nearest)
            )
        return self._recommendations[found[0]]

    def save(
        self,
        recommendations: Iterable[Recommendation],
        *,
        since: Iterable[Recommendation] | None = None,
    ) -> list[Recommendation]:
        new = {r.id: r for r in recommendations}
        if since is not None:
            stored = {key: r.status for key, r in self._recommendations.items()}
            new = unchanged_since(new, stored, since)
        changed = []
        for key, after in new.items():
            before = self._recommendations.get(key)
            if before:
                check_step(key, before.status, after.status)
            if before is None or before.status is not after.status:
                changed.append(after)
        self._recommendations.update(new)
        for after in changed:
            self._history.setdefault(after.id, []).append((after.status, after.changed_at))
        return list(new.values())

    def history(self, recommendation_id: str) -> list[tuple[Status, datetime]]:
        return list(self._history.get(recommendation_id, []))

    def save_effects(self, effects: Iterable[Effect]) -> None:
        for e in effects:
            self._effects[e.batch, e.page, e.role, e.metric, e.reading_day] = e

    def effects(self) -> list[Effect]:
        ordered = [effect for _, effect in sorted(self._effects.items(), key=lambda kv: kv[0])]
        return sorted(ordered, key=lambda e: e.measured_at, reverse=True)

    def claim_digest(self, period: str, recipients: Sequence[str], at: datetime) -> list[Delivery]:
        for recipient in recipients:
            claimed = Delivery(
                period=period, recipient=recipient, state=DeliveryState.CLAIMED, changed_at=at
            )
            self._deliveries.setdefault((period, recipient), claimed)
        return [d for (p, _), d in sorted(self._deliveries.items()) if p == period]

    def freeze_digest(self, period: str, message: Message) -> Message:
        return self._digests.setdefault(period, message)

    def digest(self, period: str) -> Message | None:
        return self._digests.get(period)

    def mark_delivery(
        self, period: str, recipient: str, state: DeliveryState, at: datetime, error: str = ""
    ) -> None:
        before = self._deliveries.get((period, recipient))
        taken = before is None or before.state not in (DeliveryState.CLAIMED, DeliveryState.FAILED)
        if before is None or (taken and state is DeliveryState.SENDING):
            raise StoreError(f"the digest of {period} to {recipient} cannot be marked {state}")
        counted = before.state is DeliveryState.SENDING or state is DeliveryState.CLAIMED
        attempts = before.attempts + (not counted)
        self._deliveries[period, recipient] = replace(
            before, state=state, changed_at=at, error=error, attempts=attempts
        )

    def start_run(self, run: Run) -> None:
        self._runs[run.id] = run

    def end_run(self, run: Run) -> None:
        self._runs[run.id] = run

    def runs(self, command: str | None = None, limit: int = 50) -> list[Run]:
        chosen = [r for r in self._runs.values() if command in (None, r.command)]
        return sorted(chosen, key=lambda r: (r.started_at, r.id), reverse=True)[:limit]


class FakeSearch:
    """A SearchSource that knows the days and totals it is given; any other day is unavailable."""

    def __init__(self, days: Mapping[date, SearchDay], totals: SearchPeriod | None = None) -> None:
        self.days = dict(days)
        self.totals = totals
        self.read: list[date] = []

    def newest_final_day(self, today: date) -> date | None:
        return max((d for d, kept in self.days.items() if kept.final and d <= today), default=None)

    def oldest_day(self, today: date) -> date | None:
        return min((d for d, kept in self.days.items() if kept.final and d <= today), default=None)

    def days_in(self, window: Window) -> list[date]:
        return sorted(day for day in self.days if day in window)

    def period(self) -> SearchPeriod | None:
        return self.totals

    def read_day(self, day: date) -> SearchDay:
        self.read.append(day)
        if day not in self.days:
            raise SearchConsoleUnavailable(f"no answer for {day}", subject=day.isoformat())
        return self.days[day]


class FakeCrawler:
    """A SiteCrawler that returns the given snapshots one after the other, then is unreachable."""

    def __init__(self, snapshots: Iterable[CrawlSnapshot]) -> None:
        self._left = list(snapshots)
        self.seeds: list[tuple[str, ...]] = []
        self.watched: list[frozenset[str]] = []
        self.sitemaps: list[tuple[str, ...]] = []

    @contextmanager
    def crawl(
        self,
        seeds: Sequence[str],
        *,
        earlier: EarlierCrawl | None = None,
        watched: Collection[str] = (),
        sitemaps: Sequence[str] = (),
        only_watched: bool = False,
        progress: Progress = silent,
    ) -> Iterator[Visit]:
        self.seeds.append(tuple(seeds))
        self.watched.append(frozenset(watched))
        self.sitemaps.append(tuple(sitemaps))
        if only_watched and earlier is None:
            raise NotNow("nothing is known of the site yet")
        if not self._left:
            raise CrawlError("the site does not answer", hint="this fake has no snapshot left")
        snapshot = self._left.pop(0)
        progress(len(snapshot.pages), len(snapshot.pages))
        yield visit_of(snapshot)


@dataclass
class FakeNotifier:
    """A Notifier that records what it delivers; ``script`` holds what each call meets first.

    None lets a call through; a TransportError is raised, before the hand-over or, where the call's
    number stands in ``after_handing_over``, after it.
    """

    script: list[TransportError | None] = field(default_factory=list)
    after_handing_over: frozenset[int] = frozenset()
    delivered: list[tuple[str, Message]] = field(default_factory=list)
    calls: int = 0

    def deliver(
        self, message: Message, recipient: str, *, handing_over: Callable[[], None]
    ) -> None:
        number, self.calls = self.calls, self.calls + 1
        trouble = self.script[number] if number < len(self.script) else None
        if trouble and number not in self.after_handing_over:
            raise trouble
        handing_over()
        if trouble:
            raise trouble
        self.delivered.append((recipient, message))
