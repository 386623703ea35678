"""Sixteen weeks of a property whose reader does little: what each digest says of each edit."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pandas as pd
import pytest

from recommender import pipeline
from recommender.errors import ConfigError, CrawlError, LinkwrightError, NotNow
from recommender.frames import KNOWN_URLS
from recommender.models import DismissReason, Recommendation, Status, Visit
from recommender.passes.life import told_past
from recommender.passes.site import Site
from recommender.ports import EarlierCrawl, Progress, silent
from tests.fakes import FakeNotifier
from tests.parsed_site import NOW, ROOT, at_work, crawled, works
from tests.records import visit_of

SMALL = {"targets_per_week": 2, "edits_per_week": 2, "links_per_target": 1}


@dataclass
class Pages:
    """A SiteCrawler whose site is ``html`` at the moment it is visited."""

    html: Mapping[str, str]
    now: datetime = NOW
    visits: int = 0
    looked_at: list[frozenset[str]] = field(default_factory=list)
    refuses: LinkwrightError | None = None
    quiet: frozenset[str] = frozenset()

    @contextlib.contextmanager
    def crawl(
        self,
        seeds: Sequence[str],
        *,
        earlier: EarlierCrawl | None = None,
        watched: Collection[str] = (),
        only_watched: bool = False,
        sitemaps: Sequence[str] = (),
        progress: Progress = silent,
    ) -> Iterator[Visit]:
        if only_watched:
            self.looked_at.append(frozenset(watched))
            if self.refuses is not None:
                raise self.refuses
        self.visits += 1
        visit = visit_of(crawled(self.html, at=self.now + timedelta(seconds=self.visits)))
        urls = visit.pages["url"]
        asked = urls.isin(watched) if only_watched else urls.notna()
        outcome = asked.map({True: "fetched", False: "carried"})
        known = pd.DataFrame(
            {
                "url": urls,
                "found": "link",
                "outcome": outcome.mask(urls.isin(self.quiet), "failed"),
                "why": "",
                "visited_at": visit.finished_at,
                "etag": "",
                "last_modified": "",
                "body_hash": "",
                "rows_hash": "",
                "problem": "",
                "rows_in": visit.id,
                "failures": 0,
                "script_links": 0,
            }
        )
        yield replace(visit, known=KNOWN_URLS.coerced(known))


def property_of(html: Mapping[str, str], **recommend: object) -> Site:
    site = at_work(recommend={**SMALL, **recommend})
    return replace(site, crawler=Pages(html), notifier=FakeNotifier())


def in_week(site: Site, week: int) -> Site:
    now = NOW + timedelta(weeks=week)
    site.crawler.now = now  # type: ignore[attr-defined]
    return replace(site, now=now)


def digest(site: Site, week: int) -> str:
    """Run a week's daily job and its digest, and return its text, its lines in one."""
    here = in_week(site, week)
    pipeline.daily(here)
    return mail(here)


def mail(site: Site) -> str:
    period = pipeline.weekly(site).period
    message = site.decisions.digest(period)
    assert message is not None
    return " ".join(message.text.split())


def decide(site: Site, edit: Recommendation, status: Status, **changes: object) -> None:
    at = site.now + timedelta(hours=1)
    site.decisions.save([edit.to(status, at, **changes)])


def part(text: str, heading: str) -> str:
    """Return what stands under ``heading``, "" where it does not stand there."""
    rule = "=" * 78
    return text.partition(f"{rule} {heading}")[2].partition(rule)[2].partition(rule)[0]


def test_sixteen_weeks_of_a_reader_who_mostly_waits() -> None:
    site = property_of(works(12))
    digest(site, 0)
    yes, later = site.decisions.recommendations([Status.MAILED])
    decide(site, yes, Status.ACCEPTED)
    decide(site, later, Status.DISMISSED, dismissed_because=DismissReason.NOT_NOW)
    texts = {1: digest(site, 1)}
    ignored = site.decisions.recommendations([Status.MAILED])
    texts |= {week: digest(site, week) for week in range(2, 17)}

    once_more = {week: part(text, "Once more") for week, text in texts.items()}
    still_open = {week: part(text, "Still open") for week, text in texts.items()}
    assert ignored
    for edit in ignored:
        assert [week for week in range(1, 5) if edit.id in still_open[week]] == [2]
        assert [week for week in range(1, 5) if f"accept {edit.id}" in once_more[week]] == [3]
        history = site.decisions.history(edit.id)
        parked = next(at for status, at in history if status is Status.PARKED)
        assert parked == NOW + timedelta(weeks=4)
        back = [at for status, at in history if status is Status.MAILED][1:]
        assert all(at >= parked + timedelta(weeks=8) for at in back)
    assert "stayed open after a reminder" in texts[4]
    assert any(
        status is Status.MAILED
        for edit in ignored
        for status, _ in site.decisions.history(edit.id)[3:]
    )
    assert any(
        "it was sent to you before, and has rested since" in t.lower() for t in texts.values()
    )

    assert [week for week in texts if f"dismiss {yes.id}" in once_more[week]] == [4]
    assert "You said yes on 4 March 2026; the link is not there yet" in once_more[4]
    assert not any(yes.id in text for text in still_open.values())
    assert (Status.PARKED, NOW + timedelta(weeks=8)) in site.decisions.history(yes.id)

    again = [
        r
        for r in site.decisions.recommendations()
        if (r.source, r.target) == (later.source, later.target) and r.id != later.id
    ]
    assert all(r.created_at > NOW + timedelta(weeks=8) for r in again)
    assert "you said not now on 4 March 2026" in {told_past(r) for r in again}


# --- The last look --------------------------------------------------------------------------


def written(html: str, edit: Recommendation) -> str:
    path = edit.target.removeprefix(ROOT)
    link = f'<a href="{path}">{edit.anchor}</a>'
    start = html.index(edit.sentence) + edit.anchor_start
    return html[:start] + link + html[start + len(edit.anchor) :]


def before_the_mail() -> tuple[Site, dict[str, str], list[Recommendation]]:
    html = works(12)
    site = in_week(property_of(html), 0)
    pipeline.daily(site)
    return site, html, site.decisions.recommendations([Status.PROPOSED])


def test_the_pages_of_what_is_sent_are_looked_at_and_no_others() -> None:
    site, _, proposed = before_the_mail()
    text = mail(site)
    assert isinstance(site.crawler, Pages)
    assert site.crawler.looked_at == [{url for r in proposed for url in (r.source, r.target)}]
    assert f"{len(proposed)} edits held against the pages as they are now." in text
    mail(site)
    assert len(site.crawler.looked_at) == 1


def test_what_changed_since_the_crawl_leaves_and_the_next_best_is_looked_at_too() -> None:
    site, html, (gone, kept) = before_the_mail()
    path = gone.source.removeprefix(ROOT)
    html[path] = html[path].replace(gone.sentence, "All of this was written anew.")
    text = mail(site)
    assert "1 left out (its sentence is gone)" in text
    assert gone.id not in text
    assert f"accept {kept.id}" in text
    assert site.decisions.recommendation(gone.id).status is Status.EXPIRED
    mailed = site.decisions.recommendations([Status.MAILED])
    assert len(mailed) == 2
    assert isinstance(site.crawler, Pages)
    seen = frozenset[str]().union(*site.crawler.looked_at)
    assert all({r.source, r.target} <= seen for r in mailed)


def test_what_was_written_since_the_crawl_is_told_as_live() -> None:
    site, html, (made, _) = before_the_mail()
    path = made.source.removeprefix(ROOT)
    html[path] = written(html[path], made)
    text = mail(site)
    assert "1 found written" in text
    assert "Went live" in text
    assert site.decisions.recommendation(made.id).status is Status.LIVE


def test_a_mail_with_nothing_left_says_so() -> None:
    site, html, proposed = before_the_mail()
    for path in list(html):
        html[path] = html[path].replace("Travellers often came", "They went home. Nobody came")
    for edit in proposed:
        path = edit.source.removeprefix(ROOT)
        assert edit.sentence not in html[path]
    text = mail(site)
    assert "2 left out (its sentence is gone)" in text
    assert site.decisions.recommendations([Status.PROPOSED]) == []


@pytest.mark.parametrize(
    "why",
    [
        CrawlError("the site does not answer"),
        NotNow("visits only between 22:00-04:00"),
        ConfigError("the header's secret is missing"),
    ],
)
def test_a_site_that_cannot_be_asked_keeps_no_mail_back(why: LinkwrightError) -> None:
    site, _, proposed = before_the_mail()
    site = replace(site, crawler=replace(site.crawler, refuses=why))  # type: ignore[type-var]
    text = mail(site)
    assert f"could not be looked at right before this mail ({why.message})" in text
    assert all(f"accept {r.id}" in text for r in proposed)


def test_a_page_that_does_not_answer_is_sent_as_last_seen_and_said() -> None:
    site, _, proposed = before_the_mail()
    quiet = frozenset({proposed[0].source})
    site = replace(site, crawler=replace(site.crawler, quiet=quiet))  # type: ignore[type-var]
    text = mail(site)
    assert "1 page did not answer, shown as last seen" in text
    assert f"accept {proposed[0].id}" in text
