"""The schedule: which run is due, and a process that starts each one in a child of its own.

What is due follows from the runs that the decision store knows, not from what this process
remembers: it may be stopped, restarted or replaced by an hourly cron (``--once``) at any time.
APScheduler only says when to look: at the configured moments and every hour.
"""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import time as clock
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from jobs.request import Request
from jobs.wiring import configured, decisions
from recommender.config import ScheduleConfig
from recommender.errors import LinkwrightError
from recommender.measure.holdout import iso_week
from recommender.models import Outcome, Run

if TYPE_CHECKING:
    from apscheduler.schedulers.blocking import BlockingScheduler

LOG = logging.getLogger(__name__)

TRIES_A_DAY = 4  # of a run that fails; one a day once the first day is over
GRACE_S = 20.0  # that a run at work gets to end when the schedule is stopped
DAY = timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FINISHED = {
    "daily": frozenset({Outcome.DONE, Outcome.PARTIAL}),  # what is missing, tomorrow's run reads
    "weekly": frozenset({Outcome.DONE}),  # a reader who did not get it is tried again
}


# --- What is due ----------------------------------------------------------------------------


def due(schedule: ScheduleConfig, runs: Iterable[Run], now: datetime) -> str | None:
    """Return the command that is due at ``now``: daily, else weekly, else None.

    So the digest waits for the day's run as long as that one is still tried. A digest missed in a
    past ISO week is not made up for: it would take the place of this week's.
    """
    known = list(runs)
    for command in ("daily", "weekly"):
        moment = last_moment(schedule, command, now)
        if command == "weekly" and not _in_week_of(schedule, moment, now):
            continue
        if not _is_settled(command, [r for r in known if r.command == command], moment, now):
            return command
    return None


def last_moment(schedule: ScheduleConfig, command: str, now: datetime) -> datetime:
    """Return the last instant by ``now`` at which ``command`` was to run.

    A local time that a change of clocks skips is taken as if the clocks had not changed; one that
    comes twice is taken at its first.
    """
    zone = ZoneInfo(schedule.timezone)
    local_day = now.astimezone(zone).date()
    at, step = schedule.daily_at, DAY
    if command == "weekly":
        at, step = schedule.weekly_at, 7 * DAY
        local_day -= timedelta(days=(local_day.weekday() - WEEKDAYS.index(schedule.weekly_on)) % 7)
    moment = datetime.combine(local_day, time.fromisoformat(at), zone).astimezone(UTC)
    if moment > now:
        moment = datetime.combine(local_day - step, time.fromisoformat(at), zone).astimezone(UTC)
    return moment


def _in_week_of(schedule: ScheduleConfig, moment: datetime, now: datetime) -> bool:
    zone = ZoneInfo(schedule.timezone)
    return iso_week(moment.astimezone(zone).date()) == iso_week(now.astimezone(zone).date())


def _is_settled(command: str, runs: Sequence[Run], moment: datetime, now: datetime) -> bool:
    """Tell whether ``command`` needs no further try for ``moment``, or may have none today."""
    since = [run for run in runs if run.started_at >= moment]
    if any(run.outcome in FINISHED[command] for run in since):
        return True
    tries = TRIES_A_DAY if now - moment < DAY else 1
    return sum(run.started_at > now - DAY for run in since) >= tries


# --- Running it -----------------------------------------------------------------------------


def serve(request: Request, *, once: bool) -> None:
    """Run what is due now and end (``once``), or stay and run what falls due.

    ``once`` ends the process with the exit code of the run that went worst. Otherwise SIGTERM and
    SIGINT end it: a run at work is interrupted, which is always safe, and waited for.
    """
    _log_to_stderr(quiet=request.console.quiet)
    children = Children()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if not once:
        _stay(request, children)
        return
    try:
        codes = look(request, children)
    except KeyboardInterrupt:
        children.stop()
        raise
    sys.exit(worst(codes))


def worst(codes: Sequence[int]) -> int:
    """Return the exit code that matters most: failed, configuration, partial, locked, done."""
    return next((code for code in (1, 2, 3, 75) if code in codes), max(codes, default=0))


class Children:
    """The child process at work, if there is one: at most one at a time."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._stopping = False
        self._lock = Lock()

    def run(self, arguments: Sequence[str]) -> int | None:
        """Run the command line with ``arguments`` to its end and return its exit code.

        None where no run begins any more.
        """
        with self._lock:
            if self._stopping:
                return None
            # A session of its own: Ctrl-C reaches the schedule alone, which passes it on once.
            self._child = subprocess.Popen(  # noqa: S603 - our own module, no shell
                [sys.executable, "-m", "jobs.cli", *arguments], start_new_session=True
            )
        return self._child.wait()

    def stop(self) -> None:
        """Begin no run any more, interrupt the one at work, and wait until it has ended."""
        with self._lock:
            self._stopping = True
        child = self._child
        if child is None or child.poll() is not None:
            return
        child.send_signal(signal.SIGINT)
        try:
            child.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def look(request: Request, children: Children) -> list[int]:
    """Run what is due of each chosen property, each command once; return the exit codes."""
    config, chosen = configured(request)
    codes: list[int] = []
    for one in chosen:
        tried: set[str] = set()
        while True:
            with decisions(config, one) as store:
                known = [*store.runs("daily"), *store.runs("weekly")]
            command = due(config.schedule_of(one), known, datetime.now(UTC))
            if command is None or command in tried:
                break
            tried.add(command)
            code = _run(request, children, one.name, command)
            if code is None:
                return codes
            codes.append(code)
    return codes


def _run(request: Request, children: Children, name: str, command: str) -> int | None:
    arguments = ["--config", str(request.config_path), "--property", name, command]
    if request.console.quiet:
        arguments.insert(0, "--quiet")
    LOG.info("%s of %s begins", command, name)
    started = clock.monotonic()
    code = children.run(arguments)
    if code is not None:
        seconds = clock.monotonic() - started
        level = logging.WARNING if code else logging.INFO
        LOG.log(
            level, "%s of %s ended with exit code %d after %.0f s", command, name, code, seconds
        )
    return code


def _stay(request: Request, children: Children) -> None:
    from apscheduler.schedulers.blocking import BlockingScheduler  # noqa: PLC0415 - for --once
    from apscheduler.triggers.combining import OrTrigger  # noqa: PLC0415
    from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415

    config, chosen = configured(request)  # a faulty file ends it at once, not at night
    schedules = {one.name: config.schedule_of(one) for one in chosen}
    triggers = [CronTrigger(minute=0, timezone=UTC)]  # a run that failed is tried again
    for schedule in set(schedules.values()):
        zone = ZoneInfo(schedule.timezone)
        daily = time.fromisoformat(schedule.daily_at)
        weekly = time.fromisoformat(schedule.weekly_at)
        triggers += [
            CronTrigger(hour=daily.hour, minute=daily.minute, timezone=zone),
            CronTrigger(
                day_of_week=schedule.weekly_on,
                hour=weekly.hour,
                minute=weekly.minute,
                timezone=zone,
            ),
        ]
    scheduler = BlockingScheduler(timezone=UTC)
    scheduler.add_job(
        lambda: _looked(request, children),
        OrTrigger(triggers),
        id="look",
        name="look at what is due",
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,  # what is due stays due, however late the look
        next_run_time=datetime.now(UTC),
    )
    _stop_when_asked(scheduler, children)
    for name, schedule in schedules.items():
        LOG.info(
            "%s: daily at %s, weekly on %s at %s (%s)",
            name,
            schedule.daily_at,
            schedule.weekly_on,
            schedule.weekly_at,
            schedule.timezone,
        )
    scheduler.start()


def _stop_when_asked(scheduler: BlockingScheduler, children: Children) -> None:
    """Have SIGTERM and SIGINT end the scheduler, once it has started.

    They only say so to a thread that waits: an exception raised wherever the main thread happens to
    be may be taken by APScheduler for a fault of the job that it is about to start.
    """
    from apscheduler.events import EVENT_SCHEDULER_STARTED  # noqa: PLC0415

    asked = Event()

    def stop() -> None:
        asked.wait()
        LOG.info("stopping")
        children.stop()
        scheduler.shutdown(wait=True)

    scheduler.add_listener(
        lambda _started: Thread(target=stop, daemon=True).start(), EVENT_SCHEDULER_STARTED
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: asked.set())


def _looked(request: Request, children: Children) -> None:
    """Look at what is due; a fault of this look is told and does not end the schedule."""
    try:
        look(request, children)
    except LinkwrightError as error:
        LOG.error("nothing could be run: %s", error)  # noqa: TRY400 - the reader needs no trace


def _log_to_stderr(*, quiet: bool) -> None:
    logging.basicConfig(
        format="%(asctime)s %(message)s", level=logging.WARNING if quiet else logging.INFO
    )
    # APScheduler tells each look in three lines; what a look starts is told here in one.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
