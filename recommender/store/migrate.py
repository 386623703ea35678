"""The decision database: opened, and brought to the tables that this version knows.

The migrations travel inside the package; nobody needs an ``alembic.ini``. An empty database gets
its tables from whoever opens it first, and an older SQLite file, which is ours alone, is upgraded
by whoever opens it. An older PostgreSQL database is not: other machines may still work on it with
the version before, and who runs the jobs need not own the tables. `linkwright db upgrade` does it.
A database that is up to date costs one small query and never loads Alembic.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"

_WRITES = {"linkwright_writes": True}
_LOCK = 20_260_301
"""Any number: PostgreSQL's advisory lock that one migrating process holds."""

_HINTS = {
    "locked": "another process is writing: wait until it is done, then try again",
    "readonly": "the database file may not be written: check its permissions",
    "unable to open": "check that the folder exists and may be written",
    "not a database": "the file is something else: check database_url and data_dir",
    "malformed": "the file is damaged: restore it from a backup",
    "disk is full": "the disk is full: free some space, then run it again",
    "disk i/o error": "the disk is full or refuses: free some space or check it, then run it again",
    "no space left": "the disk of the database server is full: free some space, then run it again",
    "no such table": "the database was changed by hand: restore it from a backup",
    "authentication": "check user and password of database_url",
    "no password supplied": "check user and password of database_url",
    "does not exist": "check database_url; `createdb` makes a database, `createuser` a user",
    "permission denied": "the user of database_url may not do this: grant it, or use the owner's",
    "too many clients": "the database server has no connection left: try again later",
    "connection": "check that the database server runs and that database_url is right; what was "
    "saved is kept, and the next run goes on from there",
}
"""What to do about what a database says, by a part of it; the first one counts."""


def open_engine(url: str, *, lock_wait_s: float = 30.0) -> Engine:
    """Return an engine on the decision database at ``url``, its tables those of this version.

    SQLite and PostgreSQL. The folder of a SQLite file is made. ``lock_wait_s`` is how long to wait
    while another process writes to SQLite. The caller disposes of the engine.
    Raises StoreError where the database cannot be reached, is newer than this version, or is older
    and not ours to upgrade.
    """
    engine = _engine(url, lock_wait_s)
    with _opening(engine):
        with engine.connect() as connection:
            current = _revision(connection)
        if current != REVISION:
            if current is not None and engine.dialect.name == "postgresql":
                raise _other_schema(engine, current)
            _upgrade(engine)
    return engine


def upgrade(url: str, *, lock_wait_s: float = 30.0) -> tuple[str | None, str]:
    """Bring the database at ``url`` to the tables of this version.

    Returns its schema before (None: it was empty) and now. Raises StoreError where the database
    cannot be reached or is newer than this version.
    """
    engine = _engine(url, lock_wait_s)
    with _opening(engine):
        before = _upgrade(engine)
    engine.dispose()
    return before, REVISION


@contextmanager
def _opening(engine: Engine) -> Iterator[None]:
    """Let what goes wrong be told as a StoreError, and ``engine`` disposed of then."""
    try:
        yield
    except SQLAlchemyError as error:
        engine.dispose()
        raise store_error(error, engine) from error
    except BaseException:
        engine.dispose()
        raise


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
    folded = said.lower()
    return next((hint for sign, hint in _HINTS.items() if sign in folded), "check database_url")


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


def _upgrade(engine: Engine, *, to: str = "head") -> str | None:
    """Run what migrations are missing, all or none, one process at a time.

    Returns the schema that was found, None for an empty database.
    """
    from alembic import command  # noqa: PLC0415 - a fifth of a second that few runs need

    config = _alembic()
    with _migrating(engine) as connection:
        current = _revision(connection)
        if current is not None and current not in _known_revisions():
            raise _other_schema(engine, current)
        config.attributes["connection"] = connection
        command.upgrade(config, to)
    return current


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    """Yield a connection with a transaction that no other migrating process has at the same time.

    SQLite changes a table by making it anew and dropping the old one, which rows that refer to it
    would forbid; so references are not held to meanwhile, and looked through at the end
    (sqlite.org/lang_altertable.html, section 7).
    """
    with writing(engine).connect() as connection:
        if engine.dialect.name == "postgresql":
            with connection.begin():
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
                yield connection
            return
        _hold_references(connection, "OFF")
        try:
            with connection.begin():
                yield connection
                broken = connection.execute(text("PRAGMA foreign_key_check")).all()
                if broken:
                    raise StoreError(
                        f"{len(broken)} rows of {broken[0][0]} refer to nothing",
                        subject=str(engine.url.database),
                        hint="the database was changed by hand: restore it from a backup",
                    )
        finally:
            _hold_references(connection, "ON")


def _hold_references(connection: Connection, state: str) -> None:
    """Let SQLite hold to references or not; inside a transaction this would have no effect."""
    with closing(connection.connection.cursor()) as cursor:
        cursor.execute(f"PRAGMA foreign_keys = {state}")


def _alembic() -> Config:
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _known_revisions() -> set[str]:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    return {step.revision for step in ScriptDirectory.from_config(_alembic()).walk_revisions()}


def _other_schema(engine: Engine, current: str) -> StoreError:
    """Return what to say of a database whose schema is not this version's."""
    where = engine.url.render_as_string(hide_password=True)
    if current in _known_revisions():
        hint = "run `linkwright db upgrade` once no older version of Linkwright works on it"
    else:
        hint = "a newer version of Linkwright wrote them: update this one"
    return StoreError(
        f"decisions in {where} are of schema {current}; this version knows {REVISION}",
        subject=where,
        hint=hint,
    )
