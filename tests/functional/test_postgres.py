"""The whole job with its decisions in PostgreSQL, and what comes of a server that goes away."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import create_engine, text

from jobs.demo.fake_search_console import FakeSearchConsole
from recommender.errors import StoreError
from recommender.models import Outcome, Run, Status
from recommender.passes.site import pacific_day
from recommender.store.decisions import SqlDecisions
from recommender.store.migrate import open_engine
from tests.command_line import Installation, installation, service_account_key
from tests.databases import POSTGRES
from tests.guide_site import GuideSearches
from tests.local_site import LocalSite
from tests.mail_server import Mailbox, serving
from tests.postgres_server import PostgresServer, new_database, postgres_server
from tests.records import recommendation
from tests.schemas import ROWS, released

pytestmark = pytest.mark.skipif(not POSTGRES, reason="`make test-postgres` runs these")

READER = "ann@guides.example"
NEXT_RUN = "the next run goes on from there"
Decided = list[tuple[object, ...]]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server that these tests may kill."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def database(server: PostgresServer) -> Iterator[str]:
    with new_database(server.url) as url:
        yield url


@pytest.fixture
def fresh(
    database: str, tmp_path: Path, guides: LocalSite, searches: FakeSearchConsole
) -> Installation:
    """An installation that keeps its decisions in PostgreSQL and has done nothing yet."""
    service_account_key(tmp_path / "key.json", token_uri=searches.token_uri)
    search = {"credentials_file": "./key.json", "endpoint": searches.endpoint}
    made = installation(tmp_path, guides.url, search=search)
    made.configure(database_url=database)
    return made


def decided(made: Installation) -> Decided:
    """Return the recommendations of ``made`` without the instants of its runs."""
    keys = ("id", "status", "source", "target", "anchor", "value")
    return [tuple(one[key] for key in keys) for one in made.listed()]


@contextmanager
def stored(url: str) -> Iterator[SqlDecisions]:
    """Yield the decisions of the guides at ``url``."""
    engine = open_engine(url)
    try:
        yield SqlDecisions(engine, "guides")
    finally:
        engine.dispose()


def each_saved_once(store: SqlDecisions) -> bool:
    """Tell whether no recommendation came to the same status twice."""
    known = store.recommendations()
    histories = [[status for status, _ in store.history(one.id)] for one in known]
    return bool(known) and all(len(past) == len(set(past)) for past in histories)


# --- The whole job ----------------------------------------------------------------------------


def test_daily_and_weekly_decide_in_postgresql_what_they_decide_in_sqlite(
    fresh: Installation, after_daily: Installation, database: str
) -> None:
    fresh.run("daily").done()
    assert decided(fresh) == decided(after_daily)
    assert len(decided(fresh)) > 3
    assert not list((fresh.folder / "data").glob("*.sqlite*"))
    fresh.run("weekly").done()
    (mail,) = fresh.data.glob("digests/*.eml")
    mailed = fresh.listed("--status", "mailed")
    assert mailed
    fresh.run("accept", str(mailed[0]["id"])[:6]).done()
    fresh.run("dismiss", str(mailed[1]["id"]), "--reason", "wrong_page").done()
    fresh.run("daily").done()
    fresh.run("measure").done()
    fresh.run("weekly").done()
    assert list(fresh.data.glob("digests/*.eml")) == [mail]
    statuses = {str(one["id"]): one["status"] for one in fresh.listed()}
    assert statuses[str(mailed[0]["id"])] == "accepted"
    assert statuses[str(mailed[1]["id"])] == "dismissed"
    exported = fresh.run("export", "--format", "json").done().out
    assert all(one in exported for one in statuses)
    with stored(database) as store:
        assert [run.outcome for run in store.runs()] == [Outcome.DONE] * 5


def test_db_upgrade_says_what_it_did_and_an_older_schema_waits_for_it(
    fresh: Installation, database: str
) -> None:
    oldest = next(iter(ROWS))
    released(database, oldest)
    ran = fresh.run("list")
    assert ran.code == 1
    assert "run `linkwright db upgrade`" in ran.err
    assert f"upgraded from schema {oldest} to" in fresh.run("db", "upgrade").done().out
    assert "nothing is to be done" in fresh.run("db", "upgrade").done().out
    fresh.run("list").done()


# --- The server goes away ---------------------------------------------------------------------


def test_a_server_killed_between_two_saves_keeps_the_first_and_takes_the_second_later(
    server: PostgresServer, database: str
) -> None:
    engine = open_engine(database)
    store = SqlDecisions(engine, "example")
    store.save([recommendation(1)])
    server.crash()
    with pytest.raises(StoreError, match=r"127\.0\.0\.1") as caught:
        store.save([recommendation(2)])
    assert caught.value.exit_code == 1
    assert NEXT_RUN in caught.value.hint
    server.start()
    assert store.recommendations() == [recommendation(1)]
    store.save([recommendation(1), recommendation(2)])
    assert {r.id for r in store.recommendations()} == {recommendation(n).id for n in (1, 2)}
    assert each_saved_once(store)
    engine.dispose()


def test_a_server_killed_inside_a_save_keeps_nothing_of_it(
    server: PostgresServer, database: str
) -> None:
    engine = open_engine(database)
    store = SqlDecisions(engine, "example")
    store.save([recommendation(1)])
    failed: list[StoreError] = []

    def save_more() -> None:
        try:
            store.save([recommendation(1, status=Status.MAILED), recommendation(2)])
        except StoreError as error:
            failed.append(error)

    other = create_engine(database)
    with pytest.raises(Exception, match="connection"), other.begin() as held:  # noqa: PT012 - to the last
        held.execute(text("SELECT * FROM recommendations FOR UPDATE"))
        waiting = threading.Thread(target=save_more)
        waiting.start()
        while not held.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            time.sleep(0.05)
        server.crash()
        waiting.join(30)
        held.execute(text("SELECT 1"))
    other.dispose()
    server.start()
    assert len(failed) == 1
    assert store.recommendations() == [recommendation(1)]
    assert each_saved_once(store)
    engine.dispose()


class EndingSearches(GuideSearches):
    """Searches in whose third day something ends."""

    def __init__(self, site: str, end: Callable[[], None]) -> None:
        super().__init__(site)
        self.end: Callable[[], None] | None = end
        self.asked = 0

    def day(self, day: date) -> pd.DataFrame:
        self.asked += 1
        if self.asked > 20 and self.end is not None:
            end, self.end = self.end, None
            end()
        return super().day(day)


def test_a_server_that_goes_in_the_middle_of_daily_costs_nothing_but_that_run(
    fresh: Installation,
    server: PostgresServer,
    database: str,
    guides: LocalSite,
    after_daily: Installation,
) -> None:
    searches = EndingSearches(guides.url, server.crash)
    with FakeSearchConsole(
        searches, property_url=guides.url, today=lambda: pacific_day(datetime.now(UTC))
    ) as service:
        service_account_key(fresh.folder / "key.json", token_uri=service.token_uri)
        fresh.configure(search_console={"endpoint": service.endpoint, "reread_days": 1})
        ran = fresh.run("daily")
        assert searches.end is None
        assert ran.code == 1
        assert "127.0.0.1" in ran.err
        assert NEXT_RUN in ran.said
        assert "Traceback" not in ran.err
        days = {path.name: list(path.iterdir()) for path in fresh.data.glob("facts/search_days/*")}
        assert len(days) == 30
        server.start()
        service.requests.clear()
        fresh.run("daily").done()
        pulled = {query.day for query in service.queries if "page" in query.dimensions}
        assert pulled == {max(days)}
    assert decided(fresh) == decided(after_daily)
    with stored(database) as store:
        assert each_saved_once(store)
        assert [run.outcome for run in store.runs()] == [Outcome.DONE, Outcome.RUNNING]


def test_a_server_that_goes_right_after_the_proposals_were_saved_doubles_none(
    fresh: Installation,
    server: PostgresServer,
    database: str,
    after_daily: Installation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    end_run = SqlDecisions.end_run

    def end_after_a_crash(store: SqlDecisions, run: Run) -> None:
        monkeypatch.setattr(SqlDecisions, "end_run", end_run)
        server.crash()
        end_run(store, run)

    monkeypatch.setattr(SqlDecisions, "end_run", end_after_a_crash)
    ran = fresh.run("daily")
    assert ran.code == 1
    assert NEXT_RUN in ran.said
    server.start()
    fresh.run("daily").done()
    assert decided(fresh) == decided(after_daily)
    with stored(database) as store:
        assert each_saved_once(store)


class Ending(Mailbox):
    """A mail server that ends something when it is at ``step``."""

    def __init__(self, step: str, end: Callable[[], None]) -> None:
        super().__init__()
        self.step = step
        self.end = end

    async def handle_RCPT(  # noqa: N802 - the library's spelling
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self._at("recipient")
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        await self._at("content")
        return await super().handle_DATA(server, session, envelope)

    async def _at(self, step: str) -> None:
        if self.step == step:
            self.step = ""
            await asyncio.to_thread(self.end)


@pytest.mark.parametrize(
    ("step", "mails", "code"), [("recipient", [0, 1, 1], 0), ("content", [1, 1, 1], 3)]
)
def test_a_server_that_goes_while_the_digest_is_mailed_never_has_it_mailed_twice(
    fresh: Installation, server: PostgresServer, step: str, mails: list[int], code: int
) -> None:
    mailbox = Ending(step, server.crash)
    taken = []
    fresh.run("daily").done()
    with serving(mailbox) as port:
        smtp: Mapping[str, object] = {"host": "127.0.0.1", "port": port, "security": "none"}
        fresh.configure(
            digest={"recipients": [READER]}, smtp={**smtp, "sender": "links@guides.example"}
        )
        ran = fresh.run("weekly")
        assert ran.code == 1
        assert NEXT_RUN in ran.said
        taken.append(len(mailbox.taken))
        server.start()
        for _ in range(2):
            assert fresh.run("weekly").code == code
            taken.append(len(mailbox.taken))
    assert taken == mails


def test_a_server_that_is_not_there_is_told_before_anything_is_asked(
    fresh: Installation, searches: FakeSearchConsole
) -> None:
    fresh.configure(database_url="postgresql+psycopg://linkwright@127.0.0.1:9/linkwright")
    asked = len(searches.requests)
    ran = fresh.run("daily")
    assert ran.code == 1
    assert "check that the database server runs" in ran.err
    assert len(searches.requests) == asked
