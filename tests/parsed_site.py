"""A site given as HTML, read the way a crawl reads it: real spans, regions and offsets.

:func:`crawled` makes a snapshot of it, :func:`at_work` a property that runs on it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from recommender.config import PropertyConfig
from recommender.corpus import Corpus, build_corpus
from recommender.frames import BLOCKS, KNOWN_URLS, LINKS, PAGES
from recommender.ingest.parse import ParseRules, parse_page
from recommender.ingest.regions import assign_regions
from recommender.models import CrawlSnapshot, SearchDay
from recommender.passes.site import Site
from recommender.ports import DecisionStore
from recommender.urls import Identity
from tests.fakes import FakeCrawler, FakeDecisions, FakeFacts, FakeNotifier
from tests.records import visit_of

ROOT = "https://site.test"
NOW = datetime(2026, 3, 4, 5, 30, tzinfo=UTC)
HTML = {"content-type": ["text/html; charset=utf-8"]}


def page(title: str, *paragraphs: str, language: str = "en") -> str:
    """Return a page of paragraphs (inner HTML) under its title."""
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f'<html lang="{language}"><head><title>{title}</title></head>'
        f"<body><main><h1>{title}</h1>{text}</main></body></html>"
    )


def crawled(
    site: Mapping[str, str],
    *,
    at: datetime = NOW,
    noindex: Sequence[str] = (),
    status: Mapping[str, int] | None = None,
) -> CrawlSnapshot:
    """Return the crawl of ``site``: path -> HTML, all 200 but where ``status`` says otherwise."""
    pages, blocks, links = [], [], []
    for path, html in site.items():
        url = ROOT + path
        parsed = parse_page(html.encode(), url=url, headers=HTML, rules=ParseRules(site=ROOT))
        indexable = path not in noindex
        row = (url, (status or {}).get(path, 200), None, indexable, None, None, parsed.title)
        text = (parsed.h1, parsed.description, parsed.language, 0, 1, None, path, at)
        pages.append((*row, *text))
        for b in parsed.blocks:
            said = (b.ordinal, b.kind, b.text, b.section, b.prose, b.spans, b.css_path, b.mark)
            blocks.append((url, *said, 0.0, ""))
        for k in parsed.links:
            place = (k.image, k.rel, k.block, k.start, k.css_path, k.mark, 0.0, "")
            links.append((url, k.ordinal, k.target, k.anchor, *place))
    judged_blocks, judged_links = assign_regions(
        BLOCKS.coerced(pd.DataFrame(blocks, columns=list(BLOCKS.columns))),
        LINKS.coerced(pd.DataFrame(links, columns=list(LINKS.columns))),
        template_share=0.5,
    )
    return CrawlSnapshot(
        id=f"crawl-{at:%Y%m%d%H%M%S}",
        started_at=at - timedelta(minutes=5),
        finished_at=at,
        pages=PAGES.coerced(pd.DataFrame(pages, columns=list(PAGES.columns))),
        blocks=judged_blocks,
        links=judged_links,
        known=KNOWN_URLS.empty(),
    )


def corpus_of(site: Mapping[str, str]) -> Corpus:
    """Return the corpus of ``site``."""
    snapshot = crawled(site)
    identity = Identity.of(snapshot.pages)
    return build_corpus(snapshot.pages, snapshot.blocks, snapshot.links, identity)


def at_work(
    *snapshots: CrawlSnapshot,
    days: Sequence[SearchDay] = (),
    decisions: DecisionStore | None = None,
    now: datetime = NOW,
    recommend: Mapping[str, object] | None = None,
    page_types: Sequence[Mapping[str, object]] = (),
) -> Site:
    """Return a property whose facts are these crawls and days of search."""
    facts = FakeFacts()
    for snapshot in snapshots:
        facts.write_crawl(visit_of(snapshot))
    for day in days:
        facts.write_search_day(day, now)
    config = {
        "name": "test",
        "site": ROOT,
        "recommend": dict(recommend or {}),
        "page_types": list(page_types),
    }
    return Site(
        config=PropertyConfig.model_validate(config),
        facts=facts,
        decisions=FakeDecisions() if decisions is None else decisions,
        crawler=FakeCrawler([]),
        search=None,
        notifier=FakeNotifier(),
        recipients=("reader@site.test",),
        sender="links@site.test",
        templates=Path("templates"),
        narrator=Quiet(),
        now=now,
        zone=ZoneInfo("UTC"),
    )


class Quiet:
    """A Narrator (and its Stage) that nobody listens to."""

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[Quiet]:
        """Return itself."""
        del name
        yield self

    def progress(self, done: int, total: int | None) -> None:
        """Show nothing."""

    def say(self, text: str) -> None:
        """Keep nothing."""


TOPICS = (
    "water wheel",
    "steam engine",
    "paper mill",
    "glass furnace",
    "rope walk",
    "salt pan",
    "lime kiln",
    "wind pump",
    "potter bench",
    "weaving loom",
    "cider press",
    "clock tower",
)


def works(count: int = 12, mentions: int = 3) -> dict[str, str]:
    """Return a site of ``count`` pages, each about one old trade, that name each other unlinked."""
    topics = TOPICS[:count]
    site = {}
    for number, topic in enumerate(topics):
        first, second = topic.split()
        own = (
            f"The {topic} was the heart of many a village. A {first} needs care and a {second} "
            f"needs patience, and whoever built a {topic} knew both of them well. "
        ) * 2
        others = [topics[(number + step) % count] for step in range(1, mentions + 1)]
        named = [
            f"Travellers often came to compare the {other} with their own at home. "
            f"They said that {first} and {second} belong together like few other things do."
            for other in others
        ]
        site["/" + topic.replace(" ", "-")] = page(topic.title(), own, *named)
    return site
