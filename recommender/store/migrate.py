"""The decision database: opened, and brought to the tables that this version knows.

The migrations travel inside the package and run by themselves; nobody needs an ``alembic.ini``.
A database that is up to date costs one small query and never loads Alembic.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import (
    Connection,
    Engine,
    column,
    create_engine,
    event,
    inspect,
    select,
    table,
    text,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from recommender.errors import StoreError
from recommender.store.schema import REVISION

MIGRATIONS = Path(__file__).parent / "migrations"

_WRITES = {"linkwright_writes": True}
_LOCK = 20_260_301
"""Any number: PostgreSQL's advisory lock that one migrating process holds."""


def open_engine(url: str, *, lock_wait_s: float = 30.0) -> Engine:
    """Return an engine on the decision database at ``url``, its tables up to date.

    SQLite and PostgreSQL. The folder of a SQLite file is made. ``lock_wait_s`` is how long to wait
    while another process writes to SQLite. The caller disposes of the engine.
    Raises StoreError where the database cannot be reached, or is newer than this version.
    """
    engine = _engine(url, lock_wait_s)
    try:
        with engine.connect() as connection:
            current = _revision(connection)
        if current != REVISION:
            _upgrade(engine)
    except SQLAlchemyError as error:
        engine.dispose()
        raise store_error(error, engine) from error
    except BaseException:
        engine.dispose()
        raise
    return engine


def writing(engine: Engine) -> Engine:
    """Return ``engine`` for transactions that write.

    SQLite then takes its write lock at once and waits for it; a transaction that read first and
    wrote later would fail without waiting if another process wrote in between.
    """
    return engine.execution_options(**_WRITES)


def store_error(error: SQLAlchemyError, engine: Engine) -> StoreError:
    """Return ``error`` as a StoreError that names the database and a next step."""
    where = engine.url.render_as_string(hide_password=True)
    said = str(error.orig if isinstance(error, DBAPIError) else error).strip()
    return StoreError(f"decisions in {where}: {said}", subject=where, hint=_hint(said))


def _hint(said: str) -> str:
    hints = {
        "locked": "another process is writing: wait until it is done, then try again",
        "readonly": "the database file may not be written: check its permissions",
        "unable to open": "check that the folder exists and may be written",
        "not a database": "the file is something else: check database_url and data_dir",
        "malformed": "the file is damaged: restore it from a backup",
        "disk is full": "the disk is full: free some space",
        "no such table": "the database was changed by hand: restore it from a backup",
        "connection": "check that the database server runs and that database_url is right",
        "authentication": "check user and password of database_url",
    }
    folded = said.lower()
    return next((hint for sign, hint in hints.items() if sign in folded), "check database_url")


def _engine(url: str, lock_wait_s: float) -> Engine:
    try:
        parsed = make_url(url)
        where = parsed.render_as_string(hide_password=True)
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise StoreError(
                f"{where} is neither SQLite nor PostgreSQL",
                subject=where,
                hint="database_url starts with sqlite:/// or postgresql+psycopg://",
            )
        _make_folder(parsed)
        engine = create_engine(parsed, pool_pre_ping=parsed.get_backend_name() != "sqlite")
    except ModuleNotFoundError as error:
        raise StoreError(
            f"the driver of {where} is not installed: {error.name}",
            subject=where,
            hint="for PostgreSQL: pip install 'psycopg[binary]', and postgresql+psycopg:// as URL",
        ) from error
    except SQLAlchemyError as error:
        raise StoreError(
            f"database_url cannot be used: {error}",
            hint="it looks like sqlite:////folder/decisions.db or postgresql+psycopg://host/name",
        ) from error
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine, lock_wait_s)
    return engine


def _make_folder(url: URL) -> None:
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return
    folder = Path(str(url.database)).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be made: {error}", subject=str(folder), hint="check data_dir"
        ) from error


def _prepare_sqlite(engine: Engine, lock_wait_s: float) -> None:
    """Let readers and one writer work at once, and let SQLAlchemy say when a transaction begins."""

    @event.listens_for(engine, "connect")
    def _on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {int(lock_wait_s * 1000)}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("linkwright_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _revision(connection: Connection) -> str | None:
    """Return the migration that the database stands at, None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(select(column("version_num")).select_from(table("alembic_version")))


def _upgrade(engine: Engine) -> None:
    """Run what migrations are missing, all or none, one process at a time."""
    from alembic import command  # noqa: PLC0415 - a fifth of a second that few runs need
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    with writing(engine).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        current = _revision(connection)
        if current is not None and current not in known:
            where = engine.url.render_as_string(hide_password=True)
            raise StoreError(
                f"decisions in {where} are of schema {current}; this version knows {REVISION}",
                subject=where,
                hint="a newer version of Linkwright wrote them: update this one",
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
