"""Which adapter serves which port: the only module that knows them all."""

from __future__ import annotations

import contextlib
import functools
import importlib.resources
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from filelock import FileLock, Timeout

from jobs.config_file import choose, read_config, smtp_password
from jobs.request import Request
from jobs.values_file import values_of
from recommender.config import Config, EngineKind, PropertyConfig, SourceKind
from recommender.errors import Locked, StoreError
from recommender.models import Message
from recommender.passes.site import Site
from recommender.ports import DecisionStore, Notifier, SearchIndex, SearchSource

if TYPE_CHECKING:
    from recommender.ingest.bulk_export import BulkSource
    from recommender.ingest.search_console import SearchConsoleSource
    from recommender.ingest.search_export import ExportSource
    from recommender.ingest.search_parts import SeveralProperties
    from recommender.notify.smtp import SmtpNotifier
    from recommender.store.engines import Engine


Answer = TypeVar("Answer")


def configured(request: Request) -> tuple[Config, tuple[PropertyConfig, ...]]:
    """Return the configuration and the properties asked for. Raises ConfigError."""
    config = read_config(request.config_path)
    return config, choose(config, request.property_name)


@contextlib.contextmanager
def opened(request: Request, config: Config, chosen: PropertyConfig) -> Iterator[Site]:
    """Yield the property with its adapters open; they are closed when the context ends."""
    from recommender.ingest.crawl import Crawler  # noqa: PLC0415 - keeps --help fast
    from recommender.store.decisions import SqlDecisions  # noqa: PLC0415
    from recommender.store.facts import ParquetFacts  # noqa: PLC0415
    from recommender.store.migrate import open_engine  # noqa: PLC0415

    now = request.now or datetime.now(UTC)
    home = config.data_dir / chosen.name
    zone = ZoneInfo(config.schedule_of(chosen).timezone)
    notifier, recipients = notifier_of(config, chosen)
    with contextlib.ExitStack() as stack:
        database = open_engine(database_url(config))
        stack.callback(database.dispose)
        engine = facts_engine(config)
        stack.callback(engine.close)
        search = None if request.from_store else search_source(chosen, sleep=request.sleep)
        if search is not None:
            stack.callback(search.close)
        yield Site(
            config=chosen,
            facts=ParquetFacts(
                facts_folder(config, chosen),
                engine,
                scope=chosen.search_scope,
                cache=home / "facts" / "derived",
            ),
            decisions=SqlDecisions(database, chosen.name),
            crawler=Crawler(
                config=chosen.crawl,
                site=chosen.site,
                folder=home / "crawls",
                clock=lambda: request.now or datetime.now(UTC),
                zone=zone,
            ),
            search=search,
            index=search if isinstance(search, SearchIndex) else None,
            notifier=notifier,
            recipients=recipients,
            sender=config.smtp.sender or config.smtp.username,
            templates=templates_folder(),
            narrator=request.console,
            now=now,
            zone=zone,
            as_of=request.now,
            values=functools.partial(values_of, chosen),
        )


def asked_of_each(request: Request, ask: Callable[[Site], Answer]) -> dict[str, Answer]:
    """Return what ``ask`` says of the stored facts of each property, by name. Raises NoData."""
    config, chosen = configured(request)
    answers = {}
    for one in chosen:
        with opened(replace(request, from_store=True), config, one) as site:
            answers[one.name] = ask(site)
    return answers


@contextlib.contextmanager
def decisions(config: Config, chosen: PropertyConfig) -> Iterator[DecisionStore]:
    """Yield the property's decisions alone; they are closed when the context ends.

    Raises StoreError where the database cannot be opened.
    """
    from recommender.store.decisions import SqlDecisions  # noqa: PLC0415 - keeps --help fast
    from recommender.store.migrate import open_engine  # noqa: PLC0415

    engine = open_engine(database_url(config))
    try:
        yield SqlDecisions(engine, chosen.name)
    finally:
        engine.dispose()


def facts_engine(config: Config) -> Engine:
    """Return who adds up the search facts. Raises ConfigError where what it needs is missing."""
    from recommender.store.engines import DuckDb, Spark  # noqa: PLC0415 - keeps --help fast

    return Spark(config.spark_master) if config.engine is EngineKind.SPARK else DuckDb()


def upgraded(config: Config) -> tuple[str, str | None, str]:
    """Bring the decision database to the tables of this version.

    Returns where it is, and its schema before (None: it was empty) and now. Raises StoreError.
    """
    from sqlalchemy import make_url  # noqa: PLC0415 - keeps --help fast

    from recommender.store.migrate import upgrade  # noqa: PLC0415

    url = database_url(config)
    before, now = upgrade(url)
    return make_url(url).render_as_string(hide_password=True), before, now


def facts_folder(config: Config, chosen: PropertyConfig) -> Path:
    """Return where the property's facts lie. Raises ConfigError where a package is missing."""
    if config.facts_url is None:
        return config.data_dir / chosen.name / "facts"
    from recommender.store.places import folder_at  # noqa: PLC0415 - keeps --help fast

    return folder_at(f"{config.facts_url.rstrip('/')}/{chosen.name}/facts")


def database_url(config: Config) -> str:
    """Return where decisions are kept."""
    return config.database_url or f"sqlite:///{config.data_dir / 'decisions.sqlite'}"


class OpenSource(SearchSource, Protocol):
    """A source of search metrics that is closed after its use."""

    def close(self) -> object:
        """Give back what it holds open."""
        ...


def search_source(
    chosen: PropertyConfig, *, sleep: Callable[[float], None] = time.sleep
) -> OpenSource | None:
    """Return the configured source of search metrics, None where there is none."""
    match chosen.search_console.source:
        case SourceKind.NONE:
            return None
        case SourceKind.EXPORT:
            return export_source(chosen)
        case SourceKind.BULK | SourceKind.BIGQUERY:
            return bulk_source(chosen)
        case _:
            return api_source(chosen, sleep=sleep)


def export_source(chosen: PropertyConfig) -> ExportSource:
    """Return the configured exports of the web interface."""
    from recommender.ingest.search_export import ExportSource  # noqa: PLC0415

    home = urlsplit(chosen.site).hostname or ""
    return ExportSource(chosen.search_console, hosts=(home, *chosen.crawl.hosts))


def bulk_source(chosen: PropertyConfig) -> BulkSource:
    """Return the configured bulk export: its files, or its tables in BigQuery."""
    from recommender.ingest import bigquery  # noqa: PLC0415
    from recommender.ingest.bulk_export import BulkSource  # noqa: PLC0415
    from recommender.ingest.bulk_files import BulkFiles  # noqa: PLC0415

    section = chosen.search_console
    if section.path is not None and section.source is SourceKind.BULK:
        return BulkSource(section, BulkFiles(section.path))
    run = bigquery.client(section)
    return BulkSource(section, bigquery.BigQuery(section.dataset or "", run))


def api_source(
    chosen: PropertyConfig, *, sleep: Callable[[float], None] = time.sleep
) -> SearchConsoleSource | SeveralProperties:
    """Return the API of Search Console, read for all properties that feed the site."""
    from recommender.ingest.search_parts import SeveralProperties  # noqa: PLC0415

    parts = search_console_sources(chosen, sleep=sleep)
    return SeveralProperties(parts) if len(parts) > 1 else next(iter(parts.values()))


def search_console_sources(
    chosen: PropertyConfig, *, sleep: Callable[[float], None] = time.sleep
) -> dict[str, SearchConsoleSource]:
    """Return the source of each Search Console property of the site, the main one first."""
    from recommender.ingest import search_console  # noqa: PLC0415
    from recommender.ingest.credentials import load_credentials  # noqa: PLC0415

    credentials = load_credentials(chosen.search_console)
    return {
        name: search_console.SearchConsoleSource(
            chosen.search_console, property_url=name, credentials=credentials, sleep=sleep
        )
        for name in chosen.search_console_properties
    }


def notifier_of(config: Config, chosen: PropertyConfig) -> tuple[Notifier, tuple[str, ...]]:
    """Return who delivers the digest, and to whom: by mail, or into a folder as files."""
    from recommender.notify.folder import NO_RECIPIENT, FolderNotifier  # noqa: PLC0415

    if config.smtp.host and chosen.digest.recipients:
        return MailServer(config), chosen.digest.recipients
    return FolderNotifier(digest_folder(config, chosen)), chosen.digest.recipients or (
        NO_RECIPIENT,
    )


class MailServer:
    """The configured mail server; only who delivers needs its password."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def deliver(
        self, message: Message, recipient: str, *, handing_over: Callable[[], None]
    ) -> None:
        """Hand ``message`` to ``recipient`` as SmtpNotifier does. Raises ConfigError, too."""
        mail_server(self._config).deliver(message, recipient, handing_over=handing_over)


def mail_server(config: Config) -> SmtpNotifier:
    """Return the configured mail server. Raises ConfigError where its password is missing."""
    from recommender.notify.smtp import SmtpNotifier  # noqa: PLC0415

    return SmtpNotifier(config.smtp, password=smtp_password(config.smtp))


def digest_folder(config: Config, chosen: PropertyConfig) -> Path:
    """Return the folder that digests are written to where no mail server is configured."""
    return chosen.digest.folder or config.data_dir / chosen.name / "digests"


def templates_folder() -> Path:
    """Return the folder of the Jinja templates: the checkout's, else the installed wheel's."""
    checkout = Path(__file__).resolve().parent.parent / "templates"
    if checkout.is_dir():
        return checkout
    return Path(str(importlib.resources.files("recommender") / "_shipped" / "templates"))


@contextlib.contextmanager
def locked(config: Config, chosen: PropertyConfig) -> Iterator[None]:
    """Hold the property's lock for a run that writes.

    Raises Locked where another run holds it, StoreError where the data folder cannot be written.
    """
    home = config.data_dir / chosen.name
    lock = FileLock(home / "run.lock", timeout=0)
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise Locked(
            f"another run of {chosen.name} is at work",
            subject=chosen.name,
            hint="wait for it to end; if no run is at work, the lock goes with its process",
        ) from error
    except OSError as error:
        raise StoreError(
            f"{home} cannot be written: {error.strerror}",
            subject=str(home),
            hint="check data_dir and its permissions",
        ) from error
    try:
        yield
    finally:
        lock.release()
