"""One run of a command over the chosen properties: locked, recorded, summed up in one line."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime

from jobs.request import Request
from jobs.unexpected import as_linkwright_error
from jobs.wiring import configured, decisions, locked, opened
from recommender.config import Config, PropertyConfig
from recommender.errors import LinkwrightError, Partial, StoreError
from recommender.models import Certificate, Outcome, Run
from recommender.passes.site import Site

Work = Callable[[Site], "Done"]


class Done:
    """How a piece of work ended: its summary, what is missing, and the proof it made."""

    __slots__ = ("certificate", "missing", "summary")

    def __init__(
        self, summary: str, *, missing: str = "", certificate: Certificate | None = None
    ) -> None:
        self.summary = summary
        self.missing = missing
        self.certificate = certificate


def run_each(request: Request, command: str, work: Work) -> None:
    """Run ``work`` on each chosen property in turn, whatever became of the others.

    Raises the error of the property where there is one only; Partial naming them where some of
    several failed, or where work ended with something missing.
    """
    config, chosen = configured(request)
    failures: list[str] = []
    for one in chosen:
        if len(chosen) > 1:
            request.console.line(f"== {one.name}")
        try:
            with locked(config, one):
                _run_one(request, config, one, command, work)
        except Exception as error:
            if len(chosen) == 1:
                raise
            failures.append(f"{one.name}: {as_linkwright_error(error)}")
    if failures:
        told = "\n".join((f"{len(failures)} of {len(chosen)} properties did not finish", *failures))
        raise Partial(told)


def _run_one(
    request: Request, config: Config, one: PropertyConfig, command: str, work: Work
) -> None:
    """Run ``work``; a run that fails before it has begun, on credentials say, is recorded too."""
    with ExitStack() as stack:
        try:
            site = stack.enter_context(opened(request, config, one))
        except LinkwrightError as error:
            _record_refused(config, one, command, request.now or datetime.now(UTC), error)
            raise
        _recorded(site, command, work, request)


def _record_refused(
    config: Config, one: PropertyConfig, command: str, now: datetime, error: LinkwrightError
) -> None:
    if isinstance(error, StoreError):
        return  # nowhere to record it
    run = Run(id=uuid.uuid4().hex, command=command, started_at=now)
    with decisions(config, one) as store:
        store.start_run(run)
        store.end_run(replace(run, ended_at=now, outcome=Outcome.FAILED, summary=error.message))


def _recorded(site: Site, command: str, work: Work, request: Request) -> None:
    run = Run(id=uuid.uuid4().hex, command=command, started_at=site.now)
    site.decisions.start_run(run)
    started = datetime.now(UTC)
    try:
        done = work(site)
    except BaseException as error:
        ended = site.now + (datetime.now(UTC) - started)
        said = error.message if isinstance(error, LinkwrightError) else str(error)
        failed = replace(
            run,
            ended_at=ended,
            outcome=Outcome.FAILED,
            summary=said or f"interrupted ({type(error).__name__})",
        )
        with suppress(StoreError):  # a database that is gone is what failed, or less of a news
            site.decisions.end_run(failed)
        raise
    elapsed = datetime.now(UTC) - started
    site.decisions.end_run(
        replace(
            run,
            ended_at=site.now + elapsed,
            outcome=Outcome.PARTIAL if done.missing else Outcome.DONE,
            summary=done.summary,
            certificate=done.certificate,
        )
    )
    request.console.line(f"{command:<10} {done.summary} (in all {elapsed.total_seconds():.1f} s)")
    if done.missing:
        raise Partial(done.missing)
