"""The examination: what works, what does not, and what to do about it. Nothing is changed or sent.

Every check answers on its own line, so that one run shows all that is wrong. Secrets are used, and
never shown.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from jobs.coverage import newest
from jobs.output import print_json
from jobs.request import Request
from jobs.values_file import values_of
from jobs.wiring import (
    configured,
    decisions,
    digest_folder,
    facts_engine,
    mail_server,
    search_console_sources,
    search_source,
)
from recommender.config import (
    Config,
    CredentialsKind,
    EngineKind,
    PropertyConfig,
    SmtpConfig,
    SourceKind,
)
from recommender.errors import ConfigError, CredentialsError, LinkwrightError
from recommender.models import Outcome, Run, Visit
from recommender.passes.site import pacific_day
from recommender.report.coverage_words import coverage_lines

LONGEST_WAIT_S = 2.0  # between two tries: a reader waits for the answer
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Level(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of the examination; ``advice`` is the next step, "" where none is needed."""

    what: str
    level: Level
    finding: str
    advice: str = ""
    property_name: str = ""  # "": of the whole installation
    exit_code: int = 0  # of a failure: 2 configuration or credentials, else 1


Checks = Iterator[Check]


def examine(request: Request, *, as_json: bool, fresh: bool = False) -> int:
    """Print all checks and return the exit code: 0 nothing fails, 2 configuration, 1 otherwise.

    A ``fresh`` installation has nothing stored yet that could be looked at.
    """
    checks = []
    for check in _checks(request, fresh=fresh):
        checks.append(check)
        if not as_json:
            print(_line(check), flush=True)
    if as_json:
        print_json(checks)
    failed = [check.exit_code for check in checks if check.level is Level.FAIL]
    if not as_json:
        warned = sum(check.level is Level.WARN for check in checks)
        print(f"{len(checks)} checks: {len(failed)} failed, {warned} warning{'s' * (warned != 1)}")
    return max(failed, default=0)


def _line(check: Check) -> str:
    where = f"{check.property_name}: " if check.property_name else ""
    finding = check.finding.replace("\n", "\n        ")
    line = f"{check.level:<5} {where}{check.what}: {finding}"
    return f"{line}\n      -> {check.advice}" if check.advice else line


def _checks(request: Request, *, fresh: bool) -> Checks:
    try:
        config, chosen = configured(request)
    except ConfigError as error:
        yield _failure("configuration", error)
        return
    names = ", ".join(one.name for one in chosen)
    yield _ok("configuration", f"{request.config_path} is valid; properties: {names}")
    yield _data_folder(config.data_dir)
    yield from _engine(config)
    yield from _mail(config, chosen)
    for one in chosen:
        for check in _of_property(request, config, one, fresh=fresh):
            yield replace(check, property_name=one.name)


def _of_property(request: Request, config: Config, one: PropertyConfig, *, fresh: bool) -> Checks:
    yield from _values(one)
    yield from _site(one)
    yield from _search_console(one)
    yield from _digests(config, one)
    if fresh:
        return
    yield from _store(config, one)
    yield from _coverage(request, config, one)


def _ok(what: str, finding: str) -> Check:
    return Check(what=what, level=Level.OK, finding=finding)


def _warning(what: str, finding: str, advice: str) -> Check:
    return Check(what=what, level=Level.WARN, finding=finding, advice=advice)


def _failure(what: str, error: LinkwrightError) -> Check:
    return Check(
        what=what,
        level=Level.FAIL,
        finding=error.message,
        advice=error.hint,
        exit_code=2 if error.exit_code == 2 else 1,
    )


# --- This machine ---------------------------------------------------------------------------


def _data_folder(folder: Path) -> Check:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
    except OSError as error:
        return Check(
            what="data folder",
            level=Level.FAIL,
            finding=f"{folder} cannot be written: {error.strerror}",
            advice="make it writable for this user, or set data_dir to another folder",
            exit_code=1,
        )
    return _ok("data folder", f"{folder} can be written")


def _engine(config: Config) -> Checks:
    """Check what the engine needs on this machine; no cluster is asked for anything."""
    if config.engine is EngineKind.DUCKDB:
        return
    try:
        facts_engine(config).close()
    except ConfigError as error:
        yield _failure("engine", error)
        return
    yield _ok("engine", f"PySpark and Java are here; {config.spark_master} is asked when it counts")


def _values(one: PropertyConfig) -> Checks:
    if one.recommend.values is None:
        return
    try:
        count = len(values_of(one))
    except ConfigError as error:
        yield _failure("values", error)
        return
    yield _ok("values", f"{one.recommend.values} gives {count:,} URLs a value")


def _store(config: Config, one: PropertyConfig) -> Checks:
    try:
        with decisions(config, one) as store:
            open_edits = len(store.recommendations())
            latest = {name: store.runs(name, limit=1) for name in ("daily", "weekly")}
    except LinkwrightError as error:
        yield _failure("store", error)
        return
    yield _ok("store", f"opens; {open_edits} recommendations known")
    for name, runs in latest.items():
        yield _last_run(name, runs[0] if runs else None, ZoneInfo(config.schedule_of(one).timezone))


def _last_run(command: str, run: Run | None, zone: ZoneInfo) -> Check:
    what = f"last {command}"
    if run is None:
        return _ok(what, f"none yet: run `linkwright {command}`")
    began = f"{run.started_at.astimezone(zone):%Y-%m-%d %H:%M}"
    if run.outcome is Outcome.RUNNING:
        return _warning(
            what,
            f"began {began} and has not ended",
            "if no run is at work, it was killed: run it again",
        )
    said = f"began {began}, ended {run.outcome}: {run.summary or 'nothing said'}"
    if run.outcome is Outcome.DONE:
        return _ok(what, said)
    return _warning(what, said, f"run `linkwright {command}` again")


def _coverage(request: Request, config: Config, one: PropertyConfig) -> Checks:
    what = "coverage"
    try:
        found = newest(request, config, one)
    except LinkwrightError as error:
        yield _failure(what, error)
        return
    if found is None:
        yield _ok(what, "no crawl is stored yet: run `linkwright crawl`")
        return
    said = "\n".join(coverage_lines(found))
    if found.broken.content_links or (found.orphans and found.orphans.addresses):
        yield _warning(what, said, "`linkwright coverage` names the addresses")
    else:
        yield _ok(what, said)


# --- The site -------------------------------------------------------------------------------


def _site(one: PropertyConfig) -> Checks:
    from recommender.ingest.crawl import Crawler  # noqa: PLC0415 - keeps --help fast

    with tempfile.TemporaryDirectory(prefix="linkwright-") as folder:
        crawler = Crawler(
            config=one.crawl.model_copy(update={"max_pages": 1, "between": None}),
            site=one.site,
            folder=Path(folder),
            clock=lambda: datetime.now(UTC),
            zone=UTC,
        )
        try:
            with crawler.crawl(()) as visit:
                yield from _home_page(one.site, visit)
        except LinkwrightError as error:
            yield _failure("site", error)


def _home_page(site: str, visit: Visit) -> Checks:
    home = visit.pages.iloc[0]
    yield _ok("site", f"{home['url']} answers, and robots.txt lets us in")
    if not home["indexable"]:
        yield _warning(
            "home page",
            f"{home['url']} {home['why_not_indexable']}",
            f"if the site lives elsewhere, set `site` to that address; now {site}",
        )
    if not home["words"]:
        yield _warning(
            "home page",
            "no text was found on it",
            "pages that JavaScript writes are not read; else set crawl.content_selector",
        )
    for note in visit.notes:
        if not note.startswith("stopped at max_pages"):
            yield _warning("site", note, "the crawl goes on without")


# --- Search Console -------------------------------------------------------------------------


def _search_console(one: PropertyConfig) -> Checks:
    what = "Search Console"
    section = one.search_console
    if section.source == "none":
        finding = "not configured: text and links decide alone"
        yield _warning(what, finding, "set search_console.source to api, or to export")
        return
    if section.source is not SourceKind.API:
        yield from _search_files(one)
        return
    if section.credentials_file is None and section.credentials is not CredentialsKind.ADC:
        yield _failure(
            what,
            CredentialsError(
                f"search_console.credentials is {section.credentials}, but credentials_file is "
                "not set",
                hint="name the service account key, or the token that `linkwright init` stored",
            ),
        )
        return
    try:
        for source in search_console_sources(one, sleep=_short_sleep).values():
            with closing(source):
                access = source.check_access()
                who = access.account or "the authorised account"
                yield _ok(what, f"{who} reads {access.property_url} as {access.permission}")
                today = pacific_day(datetime.now(UTC))
                yield _newest_day(source.newest_final_day(today), today)
    except LinkwrightError as error:
        yield _failure(what, error)


def _search_files(one: PropertyConfig) -> Checks:
    """Yield what can be read of the configured files or tables."""
    what, section = "search data", one.search_console
    place = section.path or section.dataset
    today = pacific_day(datetime.now(UTC))
    try:
        source = search_source(one)
        assert source is not None
        with closing(source):
            newest, period = source.newest_final_day(today), source.period()
    except LinkwrightError as error:
        yield _failure(what, error)
        return
    if period is not None:
        said = f"{place} has the totals of {period.window.start} to {period.window.end}"
        yield _ok(what, f"{said}, {len(period.pages):,} pages")
    if newest is not None or period is None:
        yield _newest_day(newest, today)


def _newest_day(newest: date | None, today: date) -> Check:
    if newest is None:
        return _warning(
            "search data",
            "Search Console has no final day of the last ten for this property",
            "a new property needs some days; else check `property` and `search_type`",
        )
    return _ok("search data", f"newest final day {newest}, {(today - newest).days} days ago")


def _short_sleep(seconds: float) -> None:
    time.sleep(min(seconds, LONGEST_WAIT_S))


# --- Mail -----------------------------------------------------------------------------------


def _mail(config: Config, chosen: tuple[PropertyConfig, ...]) -> Checks:
    what = "mail server"
    smtp = config.smtp
    if not smtp.host:
        return
    if not any(one.digest.recipients for one in chosen):
        yield _warning(
            what, f"{smtp.host} is set, but nobody is to get mail", "name digest.recipients"
        )
    if not (smtp.sender or smtp.username):
        yield _failure(what, ConfigError("the mail has no From address", hint="set smtp.sender"))
        return
    if smtp.username and smtp.security == "none" and smtp.host not in LOOPBACK:
        yield _warning(
            what, "name and password travel unencrypted", "set smtp.security to starttls or tls"
        )
    yield _mail_session(config, smtp)


def _mail_session(config: Config, smtp: SmtpConfig) -> Check:
    where = f"{smtp.host}:{smtp.port}"
    try:
        mail_server(config).check()
    except LinkwrightError as error:
        return _failure("mail server", error)
    login = f", login as {smtp.username}" if smtp.username else ""
    return _ok("mail server", f"{where} lets us in ({smtp.security}{login}); nothing was sent")


def _digests(config: Config, one: PropertyConfig) -> Checks:
    recipients = ", ".join(one.digest.recipients)
    if config.smtp.host and recipients:
        yield _ok("digests", f"go to {recipients}")
        return
    folder = digest_folder(config, one)
    if recipients:
        yield _warning(
            "digests",
            f"are written to {folder}; {recipients} get no mail",
            "set smtp.host to mail them",
        )
        return
    yield _ok("digests", f"are written to {folder}")
