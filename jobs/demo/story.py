"""The demonstration: five simulated weeks of a small site, from first mail to measured effect.

All parts are real but three: the site is a sample, Search Console is a model of it behind real HTTP
(read by Google's own client), and time is told, not waited for. The model shows pages that got
links more often, so that there is an effect to find.
"""

from __future__ import annotations

import math
import signal
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from threading import Event

import numpy as np

from jobs import daily, weekly
from jobs.config_file import read_config
from jobs.console import Console
from jobs.demo.editor import Written, take_one_out, write_edits
from jobs.demo.fake_search_console import FakeSearchConsole
from jobs.demo.folder import (
    BRAND,
    DATA,
    DIGESTS,
    FAULTS,
    HISTORY_DAYS,
    REPORT,
    SITE,
    prepare,
    write_config,
)
from jobs.demo.sample_pages import question_pages, sample_pages, sample_queries
from jobs.demo.searches import PLANTED, Searches
from jobs.demo.site import SampleSite
from jobs.output import write_text
from jobs.request import Request
from jobs.wiring import opened, templates_folder
from recommender import pipeline
from recommender.errors import NoData
from recommender.measure.effect import LAG_DAYS, READINGS
from recommender.models import Effect, Recommendation, Role, Status
from recommender.passes.aftermath import read_placebo
from recommender.passes.site import Site, pacific_day
from recommender.report.faults import faults_text
from recommender.report.render import render_page

PLACEBO_PAGES, PLACEBO_SEED = 20, 7
FIRST_MONDAY = date(2026, 3, 2)  # fixed, so that every run tells the same story


@dataclass(slots=True)
class Clock:
    """The simulated instant; the real one where none is told."""

    told: datetime | None = None

    def today(self) -> date:
        """Return the day of Search Console."""
        return pacific_day(self.told or datetime.now(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything that the story is played with."""

    folder: Path
    request: Request
    clock: Clock
    site: SampleSite
    searches: Searches

    def say(self, text: str) -> None:
        """Print a line, unless quiet."""
        self.request.console.line(text)

    def on(self, day: int, what: str) -> Request:
        """Move time to the morning of ``day``, say so, and return the request of that instant."""
        at = datetime.combine(FIRST_MONDAY + timedelta(days=day), time(5, 30), tzinfo=UTC)
        self.clock.told = at
        self.say(f"\n== Day {day}, {at:%A} {at.day} {at:%B %Y}: {what}")
        return replace(self.request, now=at)


def tell(folder: Path, *, console: Console, keep: bool) -> None:
    """Play the story into ``folder`` and say on standard output what was found and where it lies.

    With ``keep``, site and service stay until Ctrl-C. Raises ConfigError for a folder that holds
    something else than an earlier demo. Cost: half a minute of one core.
    """
    folder = folder.resolve()
    prepare(folder)
    clock = Clock()
    with ExitStack() as stack:
        site = stack.enter_context(
            SampleSite(folder / SITE, today=FIRST_MONDAY, more=question_pages())
        )
        start = FIRST_MONDAY - timedelta(days=HISTORY_DAYS + 14)
        searches = Searches(site.url, first_day=start, brand=BRAND, typed=sample_queries())
        service = stack.enter_context(
            FakeSearchConsole(
                searches, property_url=site.url, today=clock.today, require_token=True
            )
        )
        config = write_config(
            folder, site_url=site.url, endpoint=service.endpoint, token_uri=service.token_uri
        )
        request = Request(config_path=config, property_name=None, console=console)
        stage = Stage(folder=folder, request=request, clock=clock, site=site, searches=searches)
        _play(stage)
        _sum_up(stage)
        if keep:
            clock.told = None
            _stay(site, service)


# --- The story --------------------------------------------------------------------------------


def _play(stage: Stage) -> None:
    request = stage.on(0, "16 weeks of search data, the first digest")
    _survey(stage, request)
    _daily_and_weekly(request)
    _write_faults(stage, request)
    written = _edit(stage, request)
    daily.run(stage.on(1, "the crawl looks for what was written"))
    request = stage.on(7, "the second digest")
    _daily_and_weekly(request)
    _edit(stage, request, after=written)
    _undo_one(stage, written)
    _daily_and_weekly(stage.on(14, "an early reading of the effect"))
    _daily_and_weekly(stage.on(35, "the reading after 28 days"))


def _survey(stage: Stage, request: Request) -> None:
    """Crawl the site once so that the model knows its pages."""
    daily.run_crawl(replace(request, console=Console(quiet=True)))
    with _stored(request) as site:
        snapshot = site.facts.crawl()
    if snapshot is None:
        raise NoData("the sample site was not crawled")
    stage.searches.learn(snapshot.pages)
    stage.say(f"site       {len(snapshot.pages)} URLs served, with a model of their searches")


def _write_faults(stage: Stage, request: Request) -> None:
    """Write down all that the rules find wrong with the site before anybody edits it."""
    with _stored(replace(request, console=Console(quiet=True))) as site:
        found = pipeline.faults(site)
    write_text(faults_text(found), stage.folder / FAULTS)


def _daily_and_weekly(request: Request) -> None:
    daily.run(request)
    weekly.run(request)


def _edit(stage: Stage, request: Request, *, after: Written | None = None) -> Written:
    """Let the editor act on the mail, and searchers on what the editor wrote.

    What was left of an earlier mail stays left: ``after`` is what was made of it.
    """
    left = {edit.id for edit in after.left} if after else set()
    with _stored(request) as site:
        mailed = [r for r in site.decisions.recommendations([Status.MAILED]) if r.id not in left]
    written = write_edits(stage.site, mailed, to_the_letter=after is not None)
    lifted = {edit.target for edit in after.made} if after else set()
    for target in sorted({edit.target for edit in written.made} - lifted):
        stage.searches.lift(target, stage.clock.today() + timedelta(days=1 + LAG_DAYS))
    other = f", {len(written.in_other_words)} in other words" if not after else ""
    stage.say(
        f"editor     {len(written.as_proposed)} links written as mailed{other}, "
        f"{len(written.left)} not"
    )
    if after is None:
        stage.say(f"simulated  searches show linked pages {_percent(PLANTED)} from here on")
    return written


def _undo_one(stage: Stage, written: Written) -> None:
    edit = take_one_out(stage.site, written)
    if edit is None:
        return
    stage.say(f"editor     takes the link “{edit.anchor}” out again")
    if edit.target not in {other.target for other in written.made if other != edit}:
        stage.searches.lift(edit.target, FIRST_MONDAY + timedelta(days=7 + LAG_DAYS), -PLANTED)


@contextmanager
def _stored(request: Request) -> Iterator[Site]:
    """Yield the property with what is stored of it, without its search service."""
    config = read_config(request.config_path)
    with opened(replace(request, from_store=True), config, config.properties[0]) as site:
        yield site


# --- What was found ---------------------------------------------------------------------------


def _sum_up(stage: Stage) -> None:
    """Print what the weeks brought, and where mails, report and data lie."""
    request = replace(stage.request, now=stage.clock.told, console=Console(quiet=True))
    with _stored(request) as site:
        everything = site.decisions.recommendations()
        effects = site.decisions.effects()
        report = pipeline.one_off(site, _worth_a_look(everything)).report
        placebo = read_placebo(site, _some_guides(site), FIRST_MONDAY + timedelta(days=1))
    write_text(render_page(report, templates=templates_folder()), stage.folder / REPORT)
    print(f"\nFound      {_counts(everything)}")
    for line in _readings(effects):
        print(f"Effect     {line}")
    for line in _readings(placebo, of="untouched pages"):
        print(f"Placebo    {line}")
    for mail in sorted((stage.folder / DIGESTS).glob("*.html")):
        print(f"Mail       {mail}")
    print(f"Faults     {stage.folder / FAULTS}")
    print(f"Report     {stage.folder / REPORT}")
    print(f"Data       {stage.folder / DATA}")
    print(f"Go on with linkwright --config {request.config_path} list", flush=True)


def _worth_a_look(everything: Iterable[Recommendation]) -> str:
    """Return the target with most edits still to be made, else any target."""
    known = list(everything)
    open_edits = Counter(r.target for r in known if r.status is Status.MAILED)
    return max((r.target for r in known), key=lambda target: (open_edits[target], target))


def _counts(everything: Iterable[Recommendation]) -> str:
    known = list(everything)
    live = [r for r in known if r.live_at is not None]
    reworded = sum(r.live_anchor not in ("", r.anchor) for r in live)
    removed = sum(r.status is Status.REMOVED for r in known)
    mailed = sum(r.mailed_at is not None for r in known)
    return (
        f"{mailed} edits mailed, {len(live)} went live ({reworded} in other words), "
        f"{removed} removed again"
    )


def _some_guides(site: Site) -> list[str]:
    """Return some guides, drawn by the demo's seed."""
    root = site.config.site.rstrip("/")
    guides = sorted(root + page.path for page in sample_pages() if page.guide)
    drawn = np.random.default_rng(PLACEBO_SEED).permutation(guides)[:PLACEBO_PAGES]
    return [str(page) for page in drawn]


def _readings(effects: Iterable[Effect], of: str = "linked pages") -> Iterator[str]:
    """Yield the last reading of the impressions of pages taken together, a line per batch."""
    for effect in effects:
        if effect.page or effect.role is not Role.TARGET or effect.reading_day != max(READINGS):
            continue
        if effect.metric != "impressions":
            continue  # clicks of so small a site are too few; its mails say so
        if effect.change is None or effect.low is None or effect.high is None:
            yield f"{effect.verdict.replace('_', ' ')} ({effect.why})"
        else:
            interval = f"(95 % interval {_percent(effect.low)} to {_percent(effect.high)})"
            yield f"impressions {_percent(effect.change)} {interval}, {effect.pages} {of}"


def _percent(change: float) -> str:
    return f"{math.expm1(change):+.0%}"


def _stay(site: SampleSite, service: FakeSearchConsole) -> None:
    """Say what is served, and serve it until Ctrl-C or SIGTERM.

    The handlers are set here because a shell starts what runs in its background deaf to Ctrl-C.
    """
    ended = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    print(f"Served     the site at {site.url}")
    print(f"           a Search Console at {service.endpoint}, until Ctrl-C", flush=True)
    ended.wait()
