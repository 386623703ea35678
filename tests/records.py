"""Small valid records and frames for tests; each takes only what the test is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pandas as pd

from recommender.frames import BLOCKS, KNOWN_URLS, LINKS, PAGE_SEARCH, PAGES, QUERY_SEARCH
from recommender.models import (
    CrawlPart,
    CrawlSnapshot,
    Effect,
    Kind,
    Message,
    Reason,
    Recommendation,
    Role,
    SearchDay,
    Status,
    Verdict,
    Visit,
    Window,
    recommendation_id,
)

DAY = date(2026, 3, 1)
NOW = datetime(2026, 3, 4, 5, 30, 0, 123456, tzinfo=UTC)
SITE = "https://www.example.com"
LATER_ROWS = [("/a", 2, 12, 5.0), ("/b", 1, 1, 1.0)]


def recommendation(number: int = 1, **changes: object) -> Recommendation:
    """Return the edit that links ``/source-<number>`` to ``/target``."""
    source, target = f"{SITE}/source-{number}", f"{SITE}/target"
    anchor = "roast their own beans"
    fields: dict[str, object] = {
        "id": recommendation_id(Kind.ADD, source, target, anchor),
        "kind": Kind.ADD,
        "source": source,
        "target": target,
        "anchor": anchor,
        "sentence": "Some people roast their own beans at home.",
        "anchor_start": 12,
        "block": 3,
        "score": 0.61,
        "page_score": 0.7,
        "passage_score": 0.5,
        "anchor_score": 0.64,
        "value": 1.5,
        "reasons": (Reason(signal="fit", value=0.5, weight=0.3, evidence="“beans” in both"),),
        "status": Status.PROPOSED,
        "created_at": NOW,
        "changed_at": NOW,
    }
    return Recommendation(**{**fields, **changes})  # type: ignore[arg-type]


def effect(page: str = f"{SITE}/target", **changes: object) -> Effect:
    """Return a 14-day reading of ``page``."""
    fields: dict[str, object] = {
        "batch": "2026-W09",
        "page": page,
        "role": Role.TARGET,
        "metric": "impressions",
        "pages": 1,
        "reading_day": 14,
        "clock_start": DAY,
        "window": Window.ending(DAY + timedelta(days=14), 14),
        "verdict": Verdict.NO_CLEAR_CHANGE,
        "change": 0.04,
        "low": -0.1,
        "high": 0.18,
        "donors": 78,
        "false_alarm_rate": 0.06,
        "detectable": 0.21,
        "measured_at": NOW,
    }
    return Effect(**{**fields, **changes})  # type: ignore[arg-type]


def message(subject: str = "Four links for this week") -> Message:
    """Return a rendered mail."""
    return Message(
        subject=subject,
        text="Four links.",
        html="<p>Four links.</p>",
        sender="links@example.com",
        message_id="<2026-W10@example.com>",
    )


PageRow = tuple[str, int, int, float | None]
"""Page path, clicks, impressions, position."""


def search_day(
    day: date = DAY,
    rows: Sequence[PageRow] = (("/a", 1, 10, 5.0),),
    queries: Sequence[tuple[str, str, int, int, float]] = (),
    *,
    final: bool = True,
    capped: bool = False,
) -> SearchDay:
    """Return a day of search; ``queries`` are query, page path, clicks, impressions, position."""
    pages = pd.DataFrame(
        [(SITE + path, day, *numbers) for path, *numbers in rows],
        columns=list(PAGE_SEARCH.columns),
    )
    asked = pd.DataFrame(
        [(query, SITE + path, day, *numbers) for query, path, *numbers in queries],
        columns=list(QUERY_SEARCH.columns),
    )
    return SearchDay(
        day=day,
        pages=PAGE_SEARCH.coerced(pages),
        queries=QUERY_SEARCH.coerced(asked),
        final=final,
        capped=capped,
        requests=2,
    )


LinkRow = tuple[str, str, str, str]
"""Source path, target path, anchor, region."""


def visit_of(snapshot: CrawlSnapshot) -> Visit:
    """Return the visit that found all of ``snapshot`` anew."""
    return Visit(
        id=snapshot.id,
        started_at=snapshot.started_at,
        finished_at=snapshot.finished_at,
        pages=snapshot.pages,
        known=snapshot.known,
        parts=[CrawlPart(blocks=snapshot.blocks, links=snapshot.links)],
        complete=snapshot.complete,
        notes=snapshot.notes,
    )


def crawl(
    crawl_id: str = "crawl-1",
    links: Sequence[LinkRow] = (("/a", "/b", "the b page", "content"),),
    finished_at: datetime = NOW,
    *,
    complete: bool = True,
    notes: tuple[str, ...] = (),
) -> CrawlSnapshot:
    """Return a crawl of the pages that ``links`` name."""
    paths = sorted({path for source, target, *_ in links for path in (source, target)})
    pages = [{**_PAGE, "url": SITE + path, "title": path, "fetched_at": NOW} for path in paths]
    blocks = [{**_BLOCK, "page": SITE + path, "text": f"Text of {path}."} for path in paths]
    anchors = [
        {**_LINK, "source": SITE + source, "ordinal": number, "target": SITE + target}
        | {"anchor": anchor, "region": region}
        for number, (source, target, anchor, region) in enumerate(links)
    ]
    return CrawlSnapshot(
        id=crawl_id,
        started_at=finished_at - timedelta(minutes=20),
        finished_at=finished_at,
        pages=PAGES.coerced(pd.DataFrame(pages, columns=list(PAGES.columns))),
        blocks=BLOCKS.coerced(pd.DataFrame(blocks, columns=list(BLOCKS.columns))),
        links=LINKS.coerced(pd.DataFrame(anchors, columns=list(LINKS.columns))),
        known=KNOWN_URLS.empty(),
        complete=complete,
        notes=notes,
    )


_PAGE = {
    "status": 200,
    "redirect_to": None,
    "indexable": True,
    "why_not_indexable": None,
    "canonical": None,
    "h1": "",
    "description": "",
    "language": "en",
    "words": 120,
    "depth": 1,
    "published_at": None,
    "content_hash": "9f2c",
}

_BLOCK = {
    "ordinal": 0,
    "kind": "paragraph",
    "section": "",
    "prose": False,
    "spans": "",
    "css_path": "main>p",
    "region": "content",
    "confidence": 0.9,
    "reason": "",
}

_LINK = {
    "image": False,
    "rel": "",
    "block": 0,
    "start": 0,
    "css_path": "main>p>a",
    "confidence": 0.9,
    "reason": "",
}
