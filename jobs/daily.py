"""The daily run and its parts, as jobs: ``python -m jobs.daily --config config.yaml``."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from datetime import datetime

from jobs.output import print_json
from jobs.request import Request
from jobs.runs import Done, run_each
from jobs.wiring import configured
from recommender.config import SourceKind
from recommender.models import Effect, Recommendation
from recommender.passes import adoption, gather
from recommender.passes.site import Site
from recommender.report.words import counted


def run(
    request: Request,
    *,
    from_store: bool = False,
    as_of: datetime | None = None,
    as_json: bool = False,
) -> None:
    """Run the daily job on each property; raises Partial where something is missing.

    An export that brought something new gets its digest at once, unless the week has one.
    """
    from jobs import weekly  # noqa: PLC0415 - a crawl does without: 150 MB
    from recommender import pipeline  # noqa: PLC0415

    smtp = configured(request)[0].smtp
    chosen: list[Recommendation] = []

    def work(site: Site) -> Done:
        if from_store:
            choice = pipeline.recommend(site, keep=as_of is None)
            chosen.extend(choice.proposed)
            return Done(_edits(choice.proposed), certificate=choice.certificate)
        day = pipeline.daily(site)
        chosen.extend(day.choice.proposed)
        said, missing = _edits(day.choice.proposed), day.missing
        if day.pulled.brought_news and site.config.search_console.source is SourceKind.EXPORT:
            sent = weekly.send(site, smtp)  # who has just exported waits for what it says
            said += f"; {weekly.summary_of(sent)}"
            missing = "\n".join(filter(None, (missing, weekly.missing_of(sent))))
        return Done(said, missing=missing, certificate=day.certificate)

    wanted = replace(request, from_store=from_store, now=as_of or request.now)
    command = "daily"
    if from_store:
        command = "recommend" if as_of is None else "replay"
    try:
        run_each(wanted, command, work)
    finally:
        if as_json:
            print_json(chosen)
        elif from_store:
            for edit in chosen:
                print(f"{edit.id}  {edit.kind}  {edit.source} -> {edit.target}  “{edit.anchor}”")


def _edits(proposed: tuple[Recommendation, ...]) -> str:
    targets = len({edit.target for edit in proposed})
    return f"{counted(len(proposed), 'edit')} proposed for {counted(targets, 'page')}"


def run_pull(request: Request) -> None:
    """Pull only."""

    def work(site: Site) -> Done:
        pulled = gather.pull(site)
        return Done(f"{pulled.days} days read", missing=pulled.stopped)

    run_each(request, "pull", work)


def run_crawl(request: Request) -> None:
    """Crawl only; what went live is noticed too."""

    def work(site: Site) -> Done:
        before = adoption.known_before(site)
        crawled = gather.crawl(site)
        adoption.adopt(site, before)
        missing = "" if crawled.complete else "; ".join(crawled.notes)
        return Done(f"{crawled.visited:,} of {crawled.pages:,} URLs visited", missing=missing)

    run_each(request, "crawl", work)


def run_measure(request: Request, *, as_json: bool) -> None:
    """Measure only, from stored facts."""
    from recommender import pipeline  # noqa: PLC0415 - a crawl does without

    found: list[Effect] = []

    def work(site: Site) -> Done:
        pipeline.measure(site)
        found.extend(site.decisions.effects())
        return Done(f"{len(found)} readings known")

    run_each(replace(request, from_store=True), "measure", work)
    if as_json:
        print_json(found)
        return
    for effect in found:
        print(reading_line(effect))
    if not found:
        print("nothing went live yet that could be measured")


def reading_line(effect: Effect) -> str:
    """Return one reading as a line: page or batch, metric, day, what can be said."""
    what = effect.page or f"batch {effect.batch} ({effect.pages} pages)"
    said = effect.verdict.replace("_", " ")
    if effect.change is not None and effect.low is not None and effect.high is not None:
        low, mid, high = (math.expm1(v) for v in (effect.low, effect.change, effect.high))
        said += f", {mid:+.0%} (95 % interval {low:+.0%} to {high:+.0%})"
    why = f": {effect.why}" if effect.why else ""
    return f"{what}  {effect.role} {effect.metric}, day {effect.days_read}: {said}{why}"


if __name__ == "__main__":
    from jobs.cli import main

    main([*sys.argv[1:], "daily"])
