"""The schedule: what is due when, and real runs in real child processes."""

from __future__ import annotations

import signal
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import yaml

from jobs.console import Console
from jobs.request import Request
from jobs.scheduler import TRIES_A_DAY, due, last_moment, worst
from jobs.wiring import configured, decisions
from recommender.config import ScheduleConfig
from recommender.models import Outcome, Run
from tests.command_line import Installation, ended, installation

BERLIN = ZoneInfo("Europe/Berlin")
PLAN = ScheduleConfig(
    timezone="Europe/Berlin", daily_at="05:30", weekly_on="mon", weekly_at="07:00"
)
MONDAY = datetime(2026, 11, 23, tzinfo=BERLIN)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return an instant ``day`` days after that Monday, by Berlin's clocks."""
    return (MONDAY + timedelta(days=day)).replace(hour=hour, minute=minute).astimezone(UTC)


def run(command: str, began: datetime, outcome: Outcome = Outcome.DONE) -> Run:
    return Run(id=f"{command} {began}", command=command, started_at=began, outcome=outcome)


# --- What is due --------------------------------------------------------------------------------


def test_a_new_installation_owes_the_daily_run_and_then_the_digest_of_this_week() -> None:
    now = at(2, 12)
    assert due(PLAN, [], now) == "daily"
    assert due(PLAN, [run("daily", at(2, 11))], now) == "weekly"
    assert due(PLAN, [run("daily", at(2, 11)), run("weekly", at(2, 11))], now) is None


@pytest.mark.parametrize(
    ("now", "command"),
    [(at(1, 5, 29), None), (at(1, 5, 30), "daily"), (at(1, 23), "daily")],
)
def test_the_daily_run_is_due_from_its_moment_on(now: datetime, command: str | None) -> None:
    assert due(PLAN, [run("daily", at(0, 6)), run("weekly", at(0, 7))], now) == command


def test_the_digest_is_due_from_its_moment_on_and_not_before() -> None:
    runs = [run("daily", at(0, 5, 30)), run("weekly", at(-7, 7))]
    assert due(PLAN, runs, at(0, 6, 59)) is None
    assert due(PLAN, runs, at(0, 7)) == "weekly"


def test_the_digest_waits_for_a_daily_run_that_is_tried_again() -> None:
    failed = [run("daily", at(0, 6 + n), Outcome.FAILED) for n in range(TRIES_A_DAY)]
    assert due(PLAN, failed[:-1], at(0, 12)) == "daily"
    assert due(PLAN, failed, at(0, 12)) == "weekly"


def test_a_daily_run_with_something_missing_counts_and_a_digest_does_not() -> None:
    runs = [run("daily", at(0, 6), Outcome.PARTIAL), run("weekly", at(0, 7), Outcome.PARTIAL)]
    assert due(PLAN, runs, at(0, 8)) == "weekly"


def test_a_digest_that_not_all_got_is_tried_so_often_the_first_day_and_daily_after_it() -> None:
    partial = [run("weekly", at(0, 7 + n), Outcome.PARTIAL) for n in range(TRIES_A_DAY)]
    assert due(PLAN, [run("daily", at(0, 6)), *partial], at(0, 20)) is None
    tuesday = [run("daily", at(1, 6)), *partial]
    assert due(PLAN, tuesday, at(1, 12)) == "weekly"
    tuesday.append(run("weekly", at(1, 12), Outcome.PARTIAL))
    assert due(PLAN, tuesday, at(1, 20)) is None
    assert due(PLAN, [*tuesday, run("daily", at(2, 6))], at(2, 13)) == "weekly"


def test_a_run_that_was_killed_is_tried_again() -> None:
    assert due(PLAN, [run("daily", at(0, 6), Outcome.RUNNING)], at(0, 7)) == "daily"


def test_a_digest_missed_in_a_past_week_is_not_made_up_for() -> None:
    fridays = PLAN.model_copy(update={"weekly_on": "fri"})
    runs = [run("daily", at(0, 6))]
    assert due(fridays, [run("daily", at(-1, 6))], at(-1, 12)) == "weekly"
    assert due(fridays, runs, at(0, 12)) is None


def test_a_run_of_another_command_does_not_count() -> None:
    assert due(PLAN, [run("replay", at(0, 6)), run("crawl", at(0, 6))], at(0, 6)) == "daily"


def test_a_local_time_that_the_clocks_skip_is_taken_as_if_they_had_not_changed() -> None:
    plan = PLAN.model_copy(update={"daily_at": "02:30"})  # 29 March 2026: 02:00 becomes 03:00
    moment = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert last_moment(plan, "daily", moment - timedelta(minutes=1)) < moment
    assert last_moment(plan, "daily", moment) == moment


def test_a_local_time_that_comes_twice_is_due_once() -> None:
    plan = PLAN.model_copy(update={"daily_at": "02:30"})  # 25 October 2026: 03:00 becomes 02:00
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    second = first + timedelta(hours=1)
    assert last_moment(plan, "daily", first) == first
    assert last_moment(plan, "daily", second) == first
    done = [run("daily", first), run("weekly", first)]
    assert due(plan, done, second + timedelta(minutes=5)) is None


@pytest.mark.parametrize("month", [3, 10])
def test_each_local_day_has_one_moment_even_when_the_clocks_change(month: int) -> None:
    start = datetime(2026, month, 20, tzinfo=UTC)
    moments = {last_moment(PLAN, "daily", start + timedelta(minutes=30 * n)) for n in range(480)}
    local = sorted(moment.astimezone(BERLIN) for moment in moments)
    assert all((one.hour, one.minute) == (5, 30) for one in local)
    assert len({one.date() for one in local}) == len(local) == 11


@pytest.mark.parametrize(
    ("codes", "code"), [([], 0), ([0, 0], 0), ([0, 3], 3), ([75, 3, 1, 2], 1), ([75, 2], 2)]
)
def test_the_worst_exit_code_is_told(codes: list[int], code: int) -> None:
    assert worst(codes) == code


# --- Real runs ----------------------------------------------------------------------------------


def commands(made: Installation) -> list[tuple[str, Outcome]]:
    """Return the recorded runs, oldest first."""
    request = Request(config_path=made.config, property_name=None, console=Console())
    config, (one,) = configured(request)
    with decisions(config, one) as store:
        return [(known.command, known.outcome) for known in store.runs()][::-1]


def owing_the_digest(made: Installation) -> None:
    """Configure ``made`` so that its daily run was today and its digest is due."""
    began = datetime.now(UTC) - timedelta(minutes=5)
    today = began.strftime("%a").lower()
    made.configure(schedule={"daily_at": "00:00", "weekly_on": today, "weekly_at": "00:00"})


def test_once_runs_what_is_due_and_a_second_time_nothing(installed: Installation) -> None:
    owing_the_digest(installed)
    first = ended(installed.start("schedule", "--once"))
    assert first.code == 0, first.err
    assert "weekly of guides begins" in first.err
    assert "digest" in first.err  # the run's own lines pass through
    assert "weekly of guides ended with exit code 0" in first.err
    assert "daily of guides" not in first.err
    assert len(list(installed.data.glob("digests/*.eml"))) == 1
    second = ended(installed.start("schedule", "--once"))
    assert (second.code, second.out, second.err) == (0, "", "")
    assert commands(installed) == [("daily", Outcome.DONE), ("weekly", Outcome.DONE)]


def test_each_property_runs_when_its_own_schedule_says(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    made = installation(tmp_path_factory.mktemp("two"), "http://127.0.0.1:9/")
    now = datetime.now(UTC)
    known = yaml.safe_load(made.config.read_text(encoding="utf-8"))
    (guides,) = known["properties"]
    an_hour_ago, in_an_hour = ((now + timedelta(hours=h)).strftime("%H:%M") for h in (-1, 1))
    known["properties"] = [guides, {**guides, "name": "late", "schedule": {"daily_at": in_an_hour}}]
    known["schedule"] = {"daily_at": an_hour_ago}
    made.config.write_text(yaml.safe_dump(known), encoding="utf-8")
    request = Request(config_path=made.config, property_name=None, console=Console())
    config, chosen = configured(request)
    for one in chosen:
        with decisions(config, one) as store:
            store.start_run(replace(run("daily", now - timedelta(hours=2)), id=f"d {one.name}"))
            store.start_run(replace(run("weekly", now), id=f"w {one.name}"))
    ran = ended(made.start("schedule", "--once"))
    assert "daily of guides begins" in ran.err
    assert "of late begins" not in ran.err


def test_once_ends_with_the_exit_code_of_the_run_that_failed(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("unreachable")
    made = installation(folder, "http://127.0.0.1:9/")
    made.configure(schedule={"daily_at": "00:00", "weekly_on": "sun", "weekly_at": "23:59"})
    ran = ended(made.start("schedule", "--once"))
    assert ran.code == 1
    assert "daily of guides ended with exit code 1" in ran.err
    assert commands(made) == [("daily", Outcome.FAILED)]


def test_a_schedule_that_is_stopped_ends_well(installed: Installation) -> None:
    owing_the_digest(installed)
    staying = installed.start("schedule")
    assert staying.stderr is not None
    said = ""
    for line in staying.stderr:
        said += line
        if "ended with exit code" in line:
            break
    staying.send_signal(signal.SIGTERM)
    ran = ended(staying)
    assert ran.code == 0, said + ran.err
    assert "guides: daily at 00:00" in said
    assert "weekly of guides ended with exit code 0" in said
    assert "stopping" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_schedule_that_is_stopped_while_it_starts_ends_well(
    installed: Installation, number: signal.Signals
) -> None:
    for wait_s in (0.0, 0.001, 0.003, 0.01, 0.03):
        staying = installed.start("schedule")
        assert staying.stderr is not None
        assert any("daily at" in line for line in staying.stderr)
        time.sleep(wait_s)
        staying.send_signal(number)
        ran = ended(staying)
        assert ran.code == 0, ran.err
        assert "Traceback" not in ran.err


def test_a_run_at_work_is_interrupted_when_the_schedule_is_stopped(
    installed: Installation,
) -> None:
    installed.configure(crawl={"delay_s": 30}, schedule={"daily_at": "00:00", "weekly_on": "mon"})
    drop_runs(installed)
    staying = installed.start("schedule")
    assert staying.stderr is not None
    for line in staying.stderr:
        if line.startswith("pull"):  # the crawl comes next, and takes its time
            break
    staying.send_signal(signal.SIGTERM)
    ran = ended(staying)
    assert ran.code == 0, ran.err
    assert "daily of guides ended with exit code 130" in ran.err
    assert commands(installed) == [("daily", Outcome.FAILED)]


def drop_runs(made: Installation) -> None:
    """Forget all runs, so that the daily one is due."""
    for file in (made.folder / "data").glob("decisions.sqlite*"):
        file.unlink()


def test_a_faulty_configuration_ends_the_schedule_at_once(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    made = Installation(tmp_path_factory.mktemp("faulty"))
    made.config.write_text("properties: []\n")
    ran = ended(made.start("schedule"))
    assert ran.code == 2
    assert "config.yaml" in ran.err
