"""What every DecisionStore keeps to: the SQL store, and the fake that stands in for it.

``LINKWRIGHT_POSTGRES_URL`` (of a user who may make databases) runs the suite on PostgreSQL too, as
``make test-postgres`` does.
"""

from __future__ import annotations

import math
import os
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, text

from recommender.errors import InvalidTransition, StoreError, UnknownRecommendation
from recommender.models import (
    Certificate,
    DeliveryState,
    DismissReason,
    Kind,
    Origin,
    Outcome,
    Role,
    Run,
    Status,
)
from recommender.ports import DecisionStore
from recommender.store.decisions import SqlDecisions
from recommender.store.migrate import open_engine
from tests.databases import DATABASES, empty_database
from tests.fakes import FakeDecisions
from tests.records import NOW, SITE, effect, message, recommendation

LATER = NOW + timedelta(days=1)
WEEK = "2026-W10"


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'data' / 'decisions.db'}"


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with empty_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture(params=["fake", *DATABASES])
def decisions(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DecisionStore]:
    if request.param == "fake":
        yield FakeDecisions()
        return
    with empty_database(request.param, tmp_path) as url:
        engine = open_engine(url)
        yield SqlDecisions(engine, "example")
        engine.dispose()


# --- Recommendations --------------------------------------------------------------------------


def test_a_recommendation_comes_back_as_it_was_saved(decisions: DecisionStore) -> None:
    full = recommendation(
        kind=Kind.CHANGE_ANCHOR,
        old_anchor="click here",
        source_title="Röstkaffee ☕",
        target_title='It\'s "quoted"; --',
        status=Status.DISMISSED,
        dismissed_because=DismissReason.WRONG_WORDS,
        origin=Origin.EDITOR,
        mailed_at=NOW,
        live_at=NOW + timedelta(days=3),
        removed_at=NOW + timedelta(days=9),
        live_anchor="roast",
    )
    bare = recommendation(2, reasons=())
    decisions.save([full, bare])
    assert decisions.recommendation(full.id) == full
    assert decisions.recommendation(bare.id) == bare


def test_numbers_of_numpy_come_back_as_numbers(decisions: DecisionStore) -> None:
    saved = recommendation(block=np.int64(3), anchor_start=np.int64(12), score=np.float32(0.5))
    decisions.save([saved])
    decisions.save_effects([effect(donors=np.int64(78), low=np.float32(-0.5), pages=np.int32(1))])
    kept, (reading,) = decisions.recommendation(saved.id), decisions.effects()
    assert (kept.block, kept.anchor_start, kept.score) == (3, 12, 0.5)
    assert (reading.donors, reading.low, reading.pages) == (78, -0.5, 1)


def test_instants_come_back_aware_and_in_utc(decisions: DecisionStore) -> None:
    berlin = timezone(timedelta(hours=2))
    saved = recommendation(created_at=datetime(2026, 6, 1, 1, 30, tzinfo=berlin))
    decisions.save([saved])
    assert decisions.recommendation(saved.id).created_at == datetime(
        2026, 5, 31, 23, 30, tzinfo=UTC
    )


def test_recommendations_come_best_value_first(decisions: DecisionStore) -> None:
    values = {1: 0.2, 2: 0.9, 3: 0.5}
    decisions.save(recommendation(number, value=value) for number, value in values.items())
    assert [r.value for r in decisions.recommendations()] == [0.9, 0.5, 0.2]


def test_equal_values_come_in_the_order_of_their_ids(decisions: DecisionStore) -> None:
    decisions.save(recommendation(number) for number in range(5))
    ids = [r.id for r in decisions.recommendations()]
    assert ids == sorted(ids)


def test_only_the_asked_statuses_are_returned(decisions: DecisionStore) -> None:
    decisions.save([recommendation(1), recommendation(2, status=Status.MAILED)])
    assert [r.status for r in decisions.recommendations([Status.MAILED])] == [Status.MAILED]
    assert len(decisions.recommendations(iter([Status.MAILED, Status.PROPOSED]))) == 2
    assert decisions.recommendations([]) == []


def test_an_id_may_be_cut_short_while_it_is_unambiguous(decisions: DecisionStore) -> None:
    decisions.save([recommendation(1, id="abc1234567"), recommendation(2, id="abd1234567")])
    assert decisions.recommendation("ABC ").id == "abc1234567"
    with pytest.raises(UnknownRecommendation) as caught:
        decisions.recommendation("ab")
    assert "abc1234567" in caught.value.hint
    assert "abd1234567" in caught.value.hint


def test_an_id_that_is_the_beginning_of_another_is_itself(decisions: DecisionStore) -> None:
    decisions.save([recommendation(1, id="abc"), recommendation(2, id="abcd")])
    assert decisions.recommendation("abc").source.endswith("/source-1")


def test_a_mistyped_id_names_the_nearest(decisions: DecisionStore) -> None:
    decisions.save([recommendation(1, id="abc1234567")])
    with pytest.raises(UnknownRecommendation) as caught:
        decisions.recommendation("abc1234576")
    assert "abc1234567" in caught.value.hint


@pytest.mark.parametrize("wild", ["%", "_bc1234567", "abc%"])
def test_an_id_has_no_wildcards(decisions: DecisionStore, wild: str) -> None:
    decisions.save([recommendation(1, id="abc1234567")])
    with pytest.raises(UnknownRecommendation):
        decisions.recommendation(wild)


def test_saving_again_replaces(decisions: DecisionStore) -> None:
    decisions.save([recommendation()])
    decisions.save([recommendation(score=0.9)])
    (kept,) = decisions.recommendations()
    assert kept.score == 0.9


def test_saving_nothing_changes_nothing(decisions: DecisionStore) -> None:
    decisions.save([])
    decisions.save_effects([])
    assert decisions.recommendations() == []


def test_the_history_grows_only_when_the_status_changes(decisions: DecisionStore) -> None:
    proposed = recommendation()
    decisions.save([proposed])
    decisions.save([recommendation(score=0.9, changed_at=LATER)])
    mailed = proposed.to(Status.MAILED, LATER)
    decisions.save([mailed])
    decisions.save([mailed])
    assert decisions.history(proposed.id) == [(Status.PROPOSED, NOW), (Status.MAILED, LATER)]
    assert decisions.history("unheard of") == []


def test_a_dismissal_cannot_be_saved_over_by_a_stale_proposal(decisions: DecisionStore) -> None:
    proposed = recommendation()
    decisions.save([proposed])
    decisions.save([proposed.to(Status.DISMISSED, LATER)])
    with pytest.raises(InvalidTransition, match=proposed.id):
        decisions.save([proposed])
    assert decisions.recommendation(proposed.id).status is Status.DISMISSED


def test_saving_is_all_or_none(decisions: DecisionStore) -> None:
    live = recommendation(1, status=Status.LIVE)
    decisions.save([live])
    with pytest.raises(InvalidTransition):
        decisions.save([recommendation(2), recommendation(1)])
    assert decisions.recommendations() == [live]
    assert decisions.history(recommendation(2).id) == []


def test_what_was_decided_since_it_was_read_stays(decisions: DecisionStore) -> None:
    read = [recommendation(1), recommendation(2)]
    decisions.save(read)
    dismissed = read[0].to(Status.DISMISSED, LATER, dismissed_because=DismissReason.WRONG_PAGE)
    decisions.save([dismissed])
    mailed = [r.to(Status.MAILED, LATER) for r in read]
    assert decisions.save(mailed, since=read) == [mailed[1]]
    assert decisions.recommendation(dismissed.id) == dismissed
    assert [status for status, _ in decisions.history(dismissed.id)] == [
        Status.PROPOSED,
        Status.DISMISSED,
    ]


def test_what_somebody_else_made_since_is_not_replaced(decisions: DecisionStore) -> None:
    theirs = recommendation(1, status=Status.MAILED)
    decisions.save([theirs])
    new = [recommendation(1, status=Status.ACCEPTED), recommendation(2)]
    assert decisions.save(new, since=[]) == [new[1]]
    assert decisions.recommendation(theirs.id) == theirs


# --- Effects ----------------------------------------------------------------------------------


def test_an_effect_comes_back_as_it_was_saved(decisions: DecisionStore) -> None:
    measured = effect()
    unmeasured = effect(
        "", window=None, change=None, low=None, high=None, detectable=None, why="3 donors"
    )
    decisions.save_effects([measured, unmeasured])
    assert set(decisions.effects()) == {measured, unmeasured}


def test_effects_come_newest_first(decisions: DecisionStore) -> None:
    older, newer = effect(reading_day=14), effect(reading_day=28, measured_at=LATER)
    decisions.save_effects([older, newer])
    assert decisions.effects() == [newer, older]


def test_a_reading_taken_again_replaces_the_first(decisions: DecisionStore) -> None:
    decisions.save_effects([effect(), effect(role=Role.SOURCE)])
    decisions.save_effects([effect(change=0.5)])
    assert sorted(e.change or 0 for e in decisions.effects()) == [0.04, 0.5]


# --- Digests ----------------------------------------------------------------------------------


def test_a_claim_makes_one_delivery_per_recipient(decisions: DecisionStore) -> None:
    made = decisions.claim_digest(WEEK, ["b@example.com", "a@example.com", "b@example.com"], NOW)
    assert [(d.recipient, d.state, d.attempts, d.changed_at) for d in made] == [
        ("a@example.com", DeliveryState.CLAIMED, 0, NOW),
        ("b@example.com", DeliveryState.CLAIMED, 0, NOW),
    ]


def test_a_claim_made_again_adds_the_new_and_leaves_the_rest(decisions: DecisionStore) -> None:
    decisions.claim_digest(WEEK, ["a@example.com"], NOW)
    decisions.mark_delivery(WEEK, "a@example.com", DeliveryState.SENT, NOW)
    decisions.claim_digest("2026-W11", ["z@example.com"], NOW)
    again = decisions.claim_digest(WEEK, ["a@example.com", "b@example.com"], LATER)
    assert [(d.recipient, d.state) for d in again] == [
        ("a@example.com", DeliveryState.SENT),
        ("b@example.com", DeliveryState.CLAIMED),
    ]
    assert len(decisions.claim_digest(WEEK, [], LATER)) == 2


def test_the_first_frozen_digest_stays(decisions: DecisionStore) -> None:
    assert decisions.digest(WEEK) is None
    assert decisions.freeze_digest(WEEK, message("first")) == message("first")
    assert decisions.freeze_digest(WEEK, message("second")) == message("first")
    assert decisions.digest(WEEK) == message("first")
    assert decisions.digest("2026-W11") is None


def test_a_delivery_is_marked_with_its_attempts_and_its_error(decisions: DecisionStore) -> None:
    decisions.claim_digest(WEEK, ["a@example.com"], NOW)
    decisions.mark_delivery(WEEK, "a@example.com", DeliveryState.FAILED, NOW, "no route")
    decisions.mark_delivery(WEEK, "a@example.com", DeliveryState.SENDING, LATER)
    decisions.mark_delivery(WEEK, "a@example.com", DeliveryState.SENT, LATER)
    (done,) = decisions.claim_digest(WEEK, [], LATER)
    assert (done.state, done.attempts, done.error, done.changed_at) == (
        DeliveryState.SENT,
        2,
        "",
        LATER,
    )


@pytest.mark.parametrize("state", [DeliveryState.SENDING, DeliveryState.SENT])
def test_a_digest_that_somebody_may_have_is_not_sent_again(
    decisions: DecisionStore, state: DeliveryState
) -> None:
    decisions.claim_digest(WEEK, ["a@example.com"], NOW)
    decisions.mark_delivery(WEEK, "a@example.com", state, NOW)
    with pytest.raises(StoreError, match=r"a@example\.com"):
        decisions.mark_delivery(WEEK, "a@example.com", DeliveryState.SENDING, LATER)


def test_a_delivery_that_nobody_claimed_cannot_be_marked(decisions: DecisionStore) -> None:
    with pytest.raises(StoreError, match=r"a@example\.com"):
        decisions.mark_delivery(WEEK, "a@example.com", DeliveryState.SENT, NOW)


# --- Runs -------------------------------------------------------------------------------------


def test_a_run_comes_back_as_it_ended(decisions: DecisionStore) -> None:
    started = Run(id="run-1", command="daily", started_at=NOW)
    decisions.start_run(started)
    assert decisions.runs() == [started]
    certificate = Certificate(
        primal=1.5,
        dual=math.inf,
        gap=math.inf,
        feasible=True,
        chosen=3,
        considered=40,
        slot_prices={f"source {SITE}/a": 0.25, "targets": -math.inf},
    )
    ended = Run(
        id="run-1",
        command="daily",
        started_at=NOW,
        ended_at=LATER,
        outcome=Outcome.PARTIAL,
        summary="3 of 40",
        certificate=certificate,
    )
    decisions.end_run(ended)
    assert decisions.runs() == [ended]


def test_runs_come_newest_first_and_no_more_than_asked(decisions: DecisionStore) -> None:
    for number, command in enumerate(["daily", "weekly", "daily", "daily"]):
        at = NOW + timedelta(days=number)
        decisions.start_run(Run(id=f"run-{number}", command=command, started_at=at))
    assert [r.id for r in decisions.runs()] == ["run-3", "run-2", "run-1", "run-0"]
    assert [r.id for r in decisions.runs("daily", limit=2)] == ["run-3", "run-2"]
    assert decisions.runs("crawl") == []


# --- The database -----------------------------------------------------------------------------


def test_properties_in_one_database_do_not_see_each_other(engine: Engine) -> None:
    ours, theirs = SqlDecisions(engine, "ours"), SqlDecisions(engine, "theirs")
    ours.save([recommendation(1), recommendation(2, status=Status.LIVE)])
    ours.save_effects([effect()])
    ours.claim_digest(WEEK, ["a@example.com"], NOW)
    ours.freeze_digest(WEEK, message())
    ours.start_run(Run(id="run-1", command="daily", started_at=NOW))
    assert theirs.recommendations() == []
    assert theirs.history(recommendation(1).id) == []
    assert theirs.effects() == []
    assert theirs.claim_digest(WEEK, [], NOW) == []
    assert theirs.digest(WEEK) is None
    assert theirs.runs() == []
    theirs.save([recommendation(2)])
    assert ours.recommendation(recommendation(2).id).status is Status.LIVE


def test_what_was_saved_is_there_for_the_next_process(url: str) -> None:
    for _ in range(2):
        engine = open_engine(url)
        store = SqlDecisions(engine, "example")
        store.save([recommendation()])
        engine.dispose()
    engine = open_engine(url)
    assert SqlDecisions(engine, "example").recommendations() == [recommendation()]
    engine.dispose()


def test_an_instant_without_a_zone_is_refused(engine: Engine) -> None:
    naive = recommendation(changed_at=NOW.replace(tzinfo=None))
    with pytest.raises(StoreError, match="time zone"):
        SqlDecisions(engine, "example").save([naive])


def test_sqlite_lets_readers_read_while_one_writes(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
        assert connection.scalar(text("PRAGMA busy_timeout")) == 30_000
    engine.dispose()


def test_a_locked_database_says_that_another_process_writes(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url, lock_wait_s=0.05)
    store = SqlDecisions(engine, "example")
    with closing(sqlite3.connect(str(engine.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked") as caught:
            store.save([recommendation()])
        assert store.recommendations() == []
        other.execute("ROLLBACK")
    assert "another process" in caught.value.hint
    store.save([recommendation()])
    engine.dispose()


CLAIM = """
    import sys
    from recommender.store.decisions import SqlDecisions
    from recommender.store.migrate import open_engine
    from tests.records import NOW, message

    engine = open_engine(sys.argv[1])
    store = SqlDecisions(engine, "example")
    print("ready", flush=True)
    sys.stdin.readline()
    recipients = [f"{n}@example.com" for n in range(50)]
    print(len(store.claim_digest("2026-W10", recipients, NOW)))
    print(store.freeze_digest("2026-W10", message(sys.argv[2])).subject)
    engine.dispose()
"""


def test_two_processes_at_once_make_one_database_and_one_digest(url: str) -> None:
    """The database does not exist yet: both migrate it, both claim, one message is kept."""
    root = Path(__file__).parents[2]
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(CLAIM), url, name],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]
    said = []
    for program in programs:
        assert program.stdout
        assert program.stdout.readline() == "ready\n"
    for program in programs:
        assert program.stdin
        program.stdin.write("go\n")
        program.stdin.flush()
    for program in programs:
        out, _ = program.communicate(timeout=120)
        said.append(out.split())
    assert [counts for counts, _ in said] == ["50", "50"]
    assert said[0][1] == said[1][1]
