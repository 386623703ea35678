"""The schema of the decision database: made, upgraded from every released one, refused if newer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, Table, create_engine, inspect, select, text

from recommender.errors import StoreError
from recommender.models import DeliveryState, Kind, Outcome, Recommendation, Status
from recommender.store import migrate
from recommender.store.decisions import SqlDecisions
from recommender.store.migrate import open_engine, upgrade
from recommender.store.schema import REVISION, metadata
from tests.databases import DATABASES, empty_database
from tests.records import message, recommendation
from tests.schemas import AT, ROWS, released

OLDER = [revision for revision in ROWS if revision != REVISION]


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with empty_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'data' / 'decisions.db'}"


def stored_rows(engine: Engine, table: Table) -> list[dict[str, object]]:
    """Return all rows of ``table``, in key order."""
    with engine.connect() as connection:
        found = connection.execute(select(table).order_by(*table.primary_key.columns))
        return [dict(row) for row in found.mappings()]


# --- Made -------------------------------------------------------------------------------------


def test_the_migrations_make_exactly_the_declared_tables(url: str) -> None:
    engine = open_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_declared_revision_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(migrate._alembic()).get_heads() == [REVISION]


def test_a_migration_that_fails_leaves_nothing_half_made(url: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE runs (id TEXT)"))
    with pytest.raises(StoreError, match="runs"):
        open_engine(url)
    assert inspect(engine).get_table_names() == ["runs"]
    engine.dispose()


# --- Upgraded ---------------------------------------------------------------------------------


def test_every_released_schema_has_its_rows() -> None:
    assert set(ROWS) == migrate._known_revisions()


@pytest.mark.parametrize("revision", ROWS)
def test_what_a_released_version_stored_is_kept_through_the_upgrade(
    url: str, revision: str
) -> None:
    released(url, revision)
    assert upgrade(url) == (revision, REVISION)
    engine = open_engine(url)
    for table in metadata.sorted_tables:
        before = ROWS[revision][table.name]
        after = stored_rows(engine, table)
        assert len(after) == len(before)
        assert [row | dict(old) for row, old in zip(after, before, strict=True)] == after
    engine.dispose()


@pytest.mark.parametrize("revision", ROWS)
def test_this_version_works_on_with_what_a_released_one_stored(url: str, revision: str) -> None:
    released(url, revision)
    upgrade(url)
    engine = open_engine(url)
    store = SqlDecisions(engine, "example")
    edit = store.recommendation("0a1b2c3d4e")
    assert (edit.status, edit.brief, edit.reasons[0].weight) == (Status.LIVE, "", float("inf"))
    assert store.history(edit.id) == [
        (s, AT) for s in (Status.PROPOSED, Status.MAILED, Status.LIVE)
    ]
    assert [(e.low, e.high) for e in store.effects()] == [(None, 0.18)]
    assert [run.outcome for run in store.runs()] == [Outcome.RUNNING]
    with pytest.raises(StoreError, match="ann"):
        store.mark_delivery("2026-W10", "ann@example.com", DeliveryState.SENDING, AT)
    assert store.freeze_digest("2026-W10", message("another")).subject == "Four links"
    store.save([edit.to(Status.REMOVED, AT), new_edit()])
    assert [status for status, _ in store.history(edit.id)][-1] is Status.REMOVED
    assert store.recommendation(new_edit().id).brief == "Say what it is."
    engine.dispose()


def new_edit() -> Recommendation:
    return recommendation(kind=Kind.ADD_SENTENCE, brief="Say what it is.")


def test_rows_that_refer_to_nothing_stop_an_upgrade(sqlite_url: str, tmp_path: Path) -> None:
    released(sqlite_url, OLDER[0])
    with closing(sqlite3.connect(tmp_path / "data" / "decisions.db")) as by_hand, by_hand:
        by_hand.execute("DELETE FROM recommendations")  # such a connection holds to no reference
    with pytest.raises(StoreError, match="3 rows of status_changes refer to nothing"):
        open_engine(sqlite_url)
    with closing(sqlite3.connect(tmp_path / "data" / "decisions.db")) as by_hand:
        assert by_hand.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]


@pytest.mark.parametrize("revision", OLDER)
def test_an_older_sqlite_file_is_upgraded_by_who_opens_it(sqlite_url: str, revision: str) -> None:
    released(sqlite_url, revision)
    engine = open_engine(sqlite_url)
    assert len(SqlDecisions(engine, "example").recommendations()) == 1
    engine.dispose()


@pytest.mark.skipif("postgres" not in DATABASES, reason="no PostgreSQL")
@pytest.mark.parametrize("revision", OLDER)
def test_an_older_database_on_a_server_waits_for_db_upgrade(revision: str, tmp_path: Path) -> None:
    with empty_database("postgres", tmp_path) as url:
        released(url, revision)
        with pytest.raises(StoreError, match=f"schema {revision}") as caught:
            open_engine(url)
        assert "linkwright db upgrade" in caught.value.hint
        upgrade(url)
        open_engine(url).dispose()


def test_an_empty_database_is_filled_and_a_new_one_left_alone(url: str) -> None:
    assert upgrade(url) == (None, REVISION)
    assert upgrade(url) == (REVISION, REVISION)


# --- Refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize("use", [open_engine, upgrade])
def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(
    url: str, use: type[object]
) -> None:
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="9999") as caught:
        use(url)
    assert "update this one" in caught.value.hint
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
    engine.dispose()


def test_a_file_that_is_no_database_is_named(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "decisions.db").write_text("a letter to the editor, " * 100)
    with pytest.raises(StoreError, match="not a database") as caught:
        open_engine(sqlite_url)
    assert "decisions.db" in caught.value.subject


def test_an_upgrade_waits_for_another_writer_and_says_so(sqlite_url: str, tmp_path: Path) -> None:
    released(sqlite_url, OLDER[0])
    other = sqlite3.connect(tmp_path / "data" / "decisions.db", isolation_level=None)
    with closing(other):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked") as caught:
            upgrade(sqlite_url, lock_wait_s=0.05)
        other.execute("ROLLBACK")
    assert "another process" in caught.value.hint
    assert upgrade(sqlite_url) == (OLDER[0], REVISION)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("decisions.db", "database_url cannot be used"),
        ("mysql://host/name", "neither SQLite nor PostgreSQL"),
        ("sqlite:////dev/null/decisions.db", "cannot be made"),
    ],
)
def test_an_unusable_address_is_explained(url: str, says: str) -> None:
    with pytest.raises(StoreError, match=says) as caught:
        open_engine(url)
    assert caught.value.hint


def test_a_password_is_never_repeated() -> None:
    with pytest.raises(StoreError) as caught:
        open_engine("postgresql+psycopg://me:hunter2@127.0.0.1:9/name?connect_timeout=1")
    assert "hunter2" not in str(caught.value)
    assert caught.value.hint
