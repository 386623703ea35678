"""Every command on a real site and a real fake service, as a user runs it."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import click
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from jobs.cli import cli
from jobs.console import Console
from jobs.decisions import COLUMNS
from jobs.request import Request
from jobs.wiring import configured, decisions
from recommender.measure.holdout import iso_week
from recommender.models import Delivery, DeliveryState, Outcome, Run
from tests.command_line import Installation, ended, lines_of, linkwright
from tests.guide_site import path_of
from tests.local_site import LocalSite
from tests.mail_server import Mailbox, serving

READER = "ann@guides.example"
CANDIDATE = ["target_url", "source_url", "score", "sentence", "anchor", "allowed", "reasons"]
PLACE = ["source_url", "target_url", "sentence", "anchor", "allowed", "reasons"]


def runs_of(installed: Installation) -> list[Run]:
    """Return the recorded runs, oldest first."""
    request = Request(config_path=installed.config, property_name=None, console=Console())
    config, (one,) = configured(request)
    with decisions(config, one) as store:
        return store.runs()[::-1]


def deliveries(installed: Installation) -> list[Delivery]:
    """Return what became of this week's digest; the readers must be claimed already."""
    request = Request(config_path=installed.config, property_name=None, console=Console())
    config, (one,) = configured(request)
    now = datetime.now(UTC)
    with decisions(config, one) as store:
        return store.claim_digest(iso_week(now.date()), [], now)


def guide(site: LocalSite, phrase: str) -> str:
    return site.url.rstrip("/") + path_of(phrase)


# --- Help -------------------------------------------------------------------------------------


def commands() -> Iterator[tuple[str, click.Command]]:
    yield "", cli
    yield from cli.commands.items()


@pytest.mark.parametrize("name", [name for name, _ in commands()])
def test_help_ends_well_and_explains_the_command_and_each_option(name: str) -> None:
    command = dict(commands())[name]
    shown = linkwright(*name.split(), "--help").done().out
    assert command.help
    assert command.help.split("\n")[0] in " ".join(shown.split())
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, f"{name} {option.name} has no help"
            assert option.opts[0] in shown


def test_the_help_of_all_lists_each_command() -> None:
    shown = linkwright("--help").done().out
    assert all(f"  {name} " in shown for name in cli.commands)


def test_the_version_is_told() -> None:
    assert linkwright("--version").done().out.startswith("linkwright, version ")


def test_an_unknown_command_and_an_unknown_option_are_exit_2() -> None:
    assert linkwright("dayly").code == 2
    ran = linkwright("daily", "--form-store")
    assert ran.code == 2
    assert "--from-store" in ran.err


# --- Daily ------------------------------------------------------------------------------------


def test_a_first_daily_run_proposes_edits_whose_anchor_stands_in_the_sentence(
    after_daily: Installation, guides: LocalSite
) -> None:
    proposed = after_daily.listed("--status", "proposed")
    assert 1 <= len(proposed) <= 12
    for edit in proposed:
        source = str(edit["source"]).removeprefix(guides.url.rstrip("/"))
        assert str(edit["anchor"]) in str(edit["sentence"])
        assert str(edit["sentence"]) in guides.answers[source].body.decode()


def test_a_daily_run_is_recorded_with_its_summary_and_certificate(
    after_daily: Installation,
) -> None:
    (run,) = runs_of(after_daily)
    assert (run.command, run.outcome) == ("daily", Outcome.DONE)
    assert "edits proposed" in run.summary
    assert run.ended_at is not None
    assert run.ended_at > run.started_at
    assert run.certificate is not None
    assert run.certificate.feasible


def test_a_repeated_daily_run_changes_nothing(installed: Installation) -> None:
    before = installed.listed()
    ran = installed.run("daily", "--json").done()
    assert installed.listed() == before
    assert [one["id"] for one in json.loads(ran.out)] == [
        one["id"] for one in before if one["status"] == "proposed"
    ]
    assert "5 of 5 days read" in ran.err


def test_a_decision_of_today_is_replayed_and_nothing_is_saved(installed: Installation) -> None:
    before = installed.listed()
    day = runs_of(installed)[0].started_at.date().isoformat()
    replayed = installed.run("daily", "--from-store", "--as-of", day).done()
    assert [line.split()[0] for line in replayed.out.splitlines()] == [
        one["id"] for one in before if one["status"] == "proposed"
    ]
    assert installed.listed() == before
    assert [run.command for run in runs_of(installed)] == ["daily", "replay"]


def test_a_replay_of_a_day_before_the_first_crawl_says_that_nothing_was_known(
    installed: Installation,
) -> None:
    ran = installed.run("daily", "--from-store", "--as-of", "2020-01-01")
    assert ran.code == 1
    assert "guides was not crawled yet" in ran.said


def test_as_of_without_from_store_is_refused(after_daily: Installation) -> None:
    ran = after_daily.run("daily", "--as-of", "2026-01-01")
    assert ran.code == 2
    assert "--as-of goes with --from-store" in ran.err


def test_the_halves_of_gathering_run_alone(installed: Installation) -> None:
    assert "5 days read" in installed.run("pull").done().err
    assert "50 URLs visited" in installed.run("crawl").done().err
    assert [run.command for run in runs_of(installed)] == ["daily", "pull", "crawl"]


def test_quiet_leaves_only_results(installed: Installation) -> None:
    ran = installed.run("--quiet", "daily", "--from-store").done()
    assert ran.err == ""
    assert ran.out.count(" -> ") == len(installed.listed("--status", "proposed"))


# --- Weekly -----------------------------------------------------------------------------------


def test_the_digest_is_written_to_the_folder_once(installed: Installation) -> None:
    proposed = installed.listed("--status", "proposed")
    ran = installed.run("weekly", "--json").done()
    (sent,) = json.loads(ran.out)
    (mail,) = installed.data.glob("digests/*.eml")
    (page,) = installed.data.glob("digests/*.html")
    read = message_from_bytes(mail.read_bytes(), policy=default)
    assert read["Subject"] == sent["subject"]
    assert all(str(one["anchor"]) in page.read_text() for one in proposed)
    assert {one["id"] for one in installed.listed("--status", "mailed")} == {
        one["id"] for one in proposed
    }
    written = mail.read_bytes()
    assert "nothing left to deliver" in installed.run("weekly").done().err
    assert mail.read_bytes() == written
    assert [run.outcome for run in runs_of(installed)] == [Outcome.DONE] * 3


def test_the_digest_reaches_each_reader_by_mail_once(installed: Installation) -> None:
    mailbox = Mailbox()
    readers = [READER, "bo@guides.example"]
    with serving(mailbox) as port:
        installed.configure(digest={"recipients": readers}, smtp=smtp_section(port))
        installed.run("weekly").done()
        installed.run("weekly").done()
    assert [envelope.rcpt_tos for envelope in mailbox.taken] == [[reader] for reader in readers]
    assert not list(installed.data.glob("digests/*"))


def smtp_section(port: int) -> dict[str, object]:
    return {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sender": "links@guides.example",
        "timeout_s": 5,
    }


def test_a_daily_run_after_the_mail_leaves_what_was_mailed_as_mailed(
    installed: Installation,
) -> None:
    installed.run("weekly").done()
    mailed = installed.listed("--status", "mailed")
    installed.run("daily", "--from-store").done()
    assert installed.listed("--status", "mailed") == mailed


# --- The reader's decisions ---------------------------------------------------------------------


def test_accept_dismiss_and_applied_change_what_list_and_export_say(
    installed: Installation,
) -> None:
    first, second, third = (str(one["id"]) for one in installed.listed("--status", "proposed")[:3])
    installed.run("weekly").done()
    assert "accepted" in installed.run("accept", first[:6]).done().out
    installed.run("dismiss", second, "--reason", "wrong_words").done()
    installed.run("applied", third).done()
    statuses = {one["id"]: one["status"] for one in installed.listed()}
    assert [statuses[key] for key in (first, second, third)] == ["accepted", "dismissed", "live"]
    listed = installed.run("list", "--status", "dismissed").done().out
    assert listed.startswith(f"{second}  dismissed")
    exported = {row["id"]: row for row in exported_csv(installed)}
    assert exported[second]["dismissed_because"] == "wrong_words"
    assert exported[third]["live_at"]
    assert exported[third]["mailed_at"]
    assert exported[first]["live_at"] == ""


def test_measure_says_that_an_edit_of_today_cannot_be_read_yet(installed: Installation) -> None:
    assert "nothing went live yet" in installed.run("measure").done().out
    first = str(installed.listed("--status", "proposed")[0]["id"])
    installed.run("applied", first).done()
    readings = json.loads(installed.run("measure", "--json").done().out)
    assert readings
    assert {reading["verdict"] for reading in readings} == {"not_enough_data"}
    assert {reading["change"] for reading in readings} == {None}
    assert all(reading["why"] for reading in readings)


def exported_csv(installed: Installation) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(installed.run("export").done().out)))


def test_export_has_a_row_per_recommendation_with_the_columns_of_the_design(
    after_daily: Installation, tmp_path: Path
) -> None:
    known = after_daily.listed()
    rows = exported_csv(after_daily)
    assert tuple(rows[0]) == COLUMNS
    assert [row["id"] for row in rows] == [one["id"] for one in known]
    out = tmp_path / "all.json"
    after_daily.run("export", "--format", "json", "--out", str(out)).done()
    records = json.loads(out.read_text())
    assert [record["id"] for record in records] == [one["id"] for one in known]
    for record in records:
        assert set(record) == set(COLUMNS)
        link = f"[{record['anchor']}]({record['target_url']})"
        assert record["sentence_after"].replace(link, record["anchor"]) == record["sentence_before"]
        assert record["kind"] == "add"
        assert 0 <= record["score"] <= 1


# --- One page -----------------------------------------------------------------------------------


def test_url_tells_the_case_of_a_page_and_saves_nothing(
    installed: Installation, guides: LocalSite, tmp_path: Path
) -> None:
    edit = installed.listed("--status", "proposed")[0]
    before = runs_of(installed)
    text = installed.run("url", str(edit["target"])).done().out
    assert str(edit["anchor"]) in " ".join(text.split("Plan")[1].split())
    page = tmp_path / "report.html"
    ran = installed.run("url", str(edit["target"]), "--json", "--html", str(page)).done()
    plan = json.loads(ran.out)
    assert plan["case"]["url"] == edit["target"]
    assert plan["case"]["need"] > 0
    assert {check["name"]: check["outcome"] for check in plan["case"]["checks"]}["indexable"] == (
        "pass"
    )
    (proposed,) = plan["recommendations"]
    told = ("id", "source", "sentence", "anchor", "score", "value")
    assert {key: proposed[key] for key in told} == {key: edit[key] for key in told}
    assert str(edit["anchor"]) in page.read_text(encoding="utf-8")
    assert runs_of(installed) == before


def test_place_answers_a_pair_with_a_verbatim_sentence(
    after_daily: Installation, guides: LocalSite
) -> None:
    source, target = guide(guides, "paper filter"), guide(guides, "burr grinder")
    (row,) = lines_of(after_daily.run("place", source, target).done().out)
    assert list(row) == PLACE
    assert (row["source_url"], row["target_url"]) == (source, target)
    assert row["anchor"] == "burr grinder"
    assert str(row["anchor"]) in str(row["sentence"])
    assert str(row["sentence"]) in guides.answers[path_of("paper filter")].body.decode()


def test_place_answers_a_file_of_pairs_in_its_order(
    after_daily: Installation, guides: LocalSite, tmp_path: Path
) -> None:
    asked = [
        ("paper filter", "burr grinder"),
        ("rye flour", "baking stone"),
        ("milk steaming", "burr grinder"),
        ("bone nut", "truss rod"),
        ("paper filter", "burr grinder"),
    ]
    pairs, out = tmp_path / "pairs.jsonl", tmp_path / "places.jsonl"
    keys = [("source_url", "target_url"), ("source", "target")]
    pairs.write_text(
        "\n\n".join(
            json.dumps(dict(zip(keys[n % 2], (guide(guides, s), guide(guides, t)), strict=True)))
            for n, (s, t) in enumerate(asked)
        )
    )
    after_daily.run("place", "--pairs", str(pairs), "--out", str(out)).done()
    rows = lines_of(out.read_text())
    assert [(row["source_url"], row["target_url"]) for row in rows] == [
        (guide(guides, source), guide(guides, target)) for source, target in asked
    ]


def test_candidates_of_all_targets_leave_out_sources_that_link_already(
    after_daily: Installation, guides: LocalSite, tmp_path: Path
) -> None:
    out = tmp_path / "candidates.jsonl"
    after_daily.run("candidates", "--all-targets", "--top", "5", "--out", str(out)).done()
    rows = lines_of(out.read_text())
    targets = [str(row["target_url"]) for row in rows]
    assert len(set(targets)) == 50
    assert max(map(targets.count, set(targets))) <= 5
    for row in rows:
        assert list(row) == CANDIDATE
        assert row["anchor"] is None or str(row["anchor"]) in str(row["sentence"])
        assert isinstance(row["allowed"], bool)
        assert row["allowed"] is not bool(row["reasons"])
        source = str(row["source_url"]).removeprefix(guides.url.rstrip("/"))
        target = str(row["target_url"]).removeprefix(guides.url.rstrip("/"))
        if source != "/":  # the home page links every guide, in a list that is no content
            assert f'href="{target}"' not in guides.answers[source].body.decode().split("<main>")[1]
    ordered = [(row["target_url"], -float(str(row["score"]))) for row in rows]
    assert ordered == sorted(ordered, key=lambda pair: (targets.index(str(pair[0])), pair[1]))


# --- Jobs of their own ------------------------------------------------------------------------


def test_the_jobs_run_as_modules(installed: Installation, guides: LocalSite) -> None:
    weekly = installed.start(module="jobs.weekly")
    one = ended(installed.start(guide(guides, "burr grinder"), module="jobs.oneoff"))
    assert one.code == 0, one.err
    assert one.out.startswith("Burr grinder")
    mailed = ended(weekly)
    assert mailed.code == 0, mailed.err
    daily = ended(installed.start(module="jobs.daily"))
    assert (daily.code, daily.out) == (0, "")
    assert "edits proposed" in daily.err
    assert [run.command for run in runs_of(installed)] == ["daily", "weekly", "daily"]


# --- Whatever happens ----------------------------------------------------------------------------


@contextmanager
def silent_server() -> Iterator[tuple[int, threading.Event]]:
    """A mail server that takes the connection and never says a word; gives its port and when."""
    listening = socket.create_server(("127.0.0.1", 0))
    connected = threading.Event()
    held: list[socket.socket] = []

    def accept() -> None:
        held.append(listening.accept()[0])
        connected.set()

    waiter = threading.Thread(target=accept, daemon=True)
    waiter.start()
    try:
        yield listening.getsockname()[1], connected
    finally:
        waiter.join(timeout=60)
        for connection in held:
            connection.close()
        listening.close()


def test_three_weekly_runs_of_which_one_is_killed_before_the_mail_deliver_one_mail(
    installed: Installation,
) -> None:
    with silent_server() as (port, connected):
        settings = smtp_section(port) | {"timeout_s": 120}
        installed.configure(digest={"recipients": [READER]}, smtp=settings)
        running = installed.start("weekly")
        assert connected.wait(timeout=90), ended(running)
        assert [one.state for one in deliveries(installed)] == [DeliveryState.CLAIMED]
        running.kill()
        assert ended(running).code == -signal.SIGKILL
    mailbox = Mailbox()
    with serving(mailbox) as port:
        installed.configure(smtp=smtp_section(port))
        installed.run("weekly").done()
        installed.run("weekly").done()
    (envelope,) = mailbox.taken
    assert envelope.rcpt_tos == [READER]
    assert [(run.command, run.outcome) for run in runs_of(installed)] == [
        ("daily", Outcome.DONE),
        ("weekly", Outcome.RUNNING),
        ("weekly", Outcome.DONE),
        ("weekly", Outcome.DONE),
    ]


def test_a_digest_that_was_being_handed_over_when_killed_is_not_sent_again_and_told(
    installed: Installation,
) -> None:
    stuck = StuckMailbox()
    with serving(stuck) as port:
        settings = smtp_section(port) | {"timeout_s": 120}
        installed.configure(digest={"recipients": [READER]}, smtp=settings)
        running = installed.start("weekly")
        assert stuck.reading.wait(timeout=90), ended(running)
        running.kill()
        assert ended(running).code == -signal.SIGKILL
        stuck.released.set()
    mailbox = Mailbox()
    with serving(mailbox) as port:
        installed.configure(smtp=smtp_section(port))
        ran = installed.run("weekly")
    assert ran.code == 3
    assert f"{READER} may or may not have the digest" in ran.said
    assert mailbox.taken == []


class StuckMailbox(Mailbox):
    """Takes the content and does not answer until it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.reading, self.released = threading.Event(), threading.Event()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.reading.set()
        await asyncio.to_thread(self.released.wait)
        return "451 never mind"
