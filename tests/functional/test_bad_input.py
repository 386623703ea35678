"""What goes wrong outside: each fault has its words, its exit code, and leaves no half work."""

from __future__ import annotations

import contextlib
import functools
import json
import math
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import pandas as pd
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from filelock import FileLock

from jobs.demo import fake_search_console as fake
from jobs.demo.fake_search_console import Failure, FakeSearchConsole
from recommender.models import DeliveryState
from recommender.passes.site import pacific_day
from recommender.store import migrate
from tests.command_line import (
    ACCOUNT,
    Installation,
    ended,
    installation,
    linkwright,
    service_account_key,
)
from tests.guide_site import GuideSearches, guide_site, path_of
from tests.local_site import LocalSite, html
from tests.mail_server import Mailbox, free_port, serving

READERS = ["ann@guides.example", "bo@guides.example"]
A_LONG_TIME = "3600"  # seconds in Retry-After for which no run waits


# --- Configuration ----------------------------------------------------------------------------


def test_all_faults_of_a_configuration_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(
        "data_dri: ./data\n"
        "properties:\n"
        "  - name: guides\n"
        "    site: guides.example\n"
        "    crawl: {delay_s: fast}\n"
    )
    ran = Installation(tmp_path).run("daily")
    assert ran.code == 2
    assert "3 faults" in ran.err
    assert f"{tmp_path}/config.yaml:1: data_dri" in ran.err
    assert "data_dir" in ran.err.split("data_dri", 1)[1]
    assert "config.yaml:4: properties[0].site" in ran.err
    assert "config.yaml:5: properties[0].crawl.delay_s" in ran.err
    assert [one.name for one in tmp_path.iterdir()] == ["config.yaml"]


def test_each_bad_row_of_the_values_is_told_and_nothing_is_begun(installed: Installation) -> None:
    installed.configure(recommend={"values": "values.csv"})
    file = installed.folder / "values.csv"
    file.write_text("url,value\n/,2\n/a,dear\nshop,1\n/,3\n")
    for command in ("daily", "doctor"):
        ran = installed.run(command)
        assert ran.code == 2
        assert "3 faults" in ran.said
        for line, fault in (
            (3, "value 'dear' is not a number"),
            (4, "'shop' is not an address"),
            (5, "stands on line 2 already"),
        ):
            assert f"{file}:{line}: " in ran.said
            assert fault in ran.said
    assert "FAIL guides: values:" in ran.said


def test_values_of_unknown_pages_are_told_and_the_rest_counts(installed: Installation) -> None:
    installed.configure(recommend={"values": "values.csv"})
    known = installed.listed()[0]["target"]
    (installed.folder / "values.csv").write_text(f"url,value\n/no-such-page,2\n{known},2.5\n")
    assert "gives 2 URLs a value" in installed.run("doctor").done().said
    told = installed.run("url", str(known)).done().said
    assert "Your value of 2.5 multiplies that." in told
    assert "no crawled page" in told
    assert "/no-such-page" in told


def test_a_missing_configuration_is_named_with_the_command_that_writes_one(tmp_path: Path) -> None:
    ran = Installation(tmp_path).run("daily")
    assert ran.code == 2
    assert f"there is no configuration {tmp_path}/config.yaml" in ran.err
    assert "linkwright init" in ran.err


def test_an_unknown_property_is_named_with_the_known_one(after_daily: Installation) -> None:
    ran = after_daily.run("--property", "guide", "daily")
    assert ran.code == 2
    assert "no property is named 'guide'; did you mean guides?" in ran.err


def test_init_refuses_what_is_no_address_and_leaves_an_existing_file(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    refused = linkwright("--config", str(config), "init", "--site", "ftp://guides.example")
    assert refused.code == 2
    assert not config.exists()
    config.write_text("mine")
    again = linkwright("--config", str(config), "init", "--site", "https://guides.example")
    assert again.code == 2
    assert "is left as it is" in again.err
    assert config.read_text() == "mine"


# --- The site ---------------------------------------------------------------------------------


def test_a_site_that_cannot_be_reached_fails_and_stores_no_crawl(tmp_path: Path) -> None:
    site = f"http://127.0.0.1:{free_port()}/"
    ran = installation(tmp_path, site).run("daily")
    assert ran.code == 1
    assert f"{site} gave no page" in ran.err
    assert not list(tmp_path.glob("data/guides/facts/**/*.parquet"))


def test_a_site_whose_robots_forbid_everything_is_not_crawled(tmp_path: Path) -> None:
    with LocalSite(guide_site(robots="User-agent: *\nDisallow: /\n")) as site:
        ran = installation(tmp_path, site.url).run("daily")
        assert ran.code == 1
        assert "robots.txt" in ran.err
        assert "forbids crawling" in ran.err
        assert set(site.asked) <= {"/robots.txt", "/sitemap.xml"}


def test_a_home_page_that_is_missing_is_told_with_what_it_answered(tmp_path: Path) -> None:
    with LocalSite({}) as site:
        ran = installation(tmp_path, site.url).run("daily")
    assert ran.code == 1
    assert "its home page answers 404" in ran.err


def test_a_site_of_one_page_without_words_runs_and_proposes_nothing(tmp_path: Path) -> None:
    with LocalSite({"/": html("<html><head></head><body></body></html>")}) as site:
        made = installation(tmp_path, site.url)
        ran = made.run("daily")
        digest = made.run("weekly")
    assert ran.code in (0, 1), ran
    assert "Traceback" not in ran.err
    assert digest.code == 0, digest
    assert made.listed() == []


# --- Search Console ---------------------------------------------------------------------------


def pacific_today() -> date:
    return pacific_day(datetime.now(UTC))


@pytest.fixture
def console(guides: LocalSite) -> Iterator[FakeSearchConsole]:
    with FakeSearchConsole(
        GuideSearches(guides.url), property_url=guides.url, today=pacific_today, require_token=True
    ) as service:
        yield service


@pytest.fixture
def reading(tmp_path: Path, guides: LocalSite, console: FakeSearchConsole) -> Installation:
    """An installation that has read nothing yet."""
    service_account_key(tmp_path / "key.json", token_uri=console.token_uri)
    return installation(
        tmp_path,
        guides.url,
        search={
            "credentials_file": "./key.json",
            "endpoint": console.endpoint,
            "history_days": 6,
            "reread_days": 2,
        },
    )


@pytest.mark.parametrize(
    ("failure", "code", "words"),
    [
        (fake.FORBIDDEN, 2, f"{ACCOUNT} may not read the property"),
        (fake.INSUFFICIENT, 2, f"{ACCOUNT} may not read the property"),
        (
            Failure(status=403, reason="accessNotConfigured", message="not used before"),
            2,
            "the Search Console API is not enabled",
        ),
        (
            Failure(status=403, reason="ACCESS_TOKEN_SCOPE_INSUFFICIENT", message="no scope"),
            2,
            "do not cover Search Console",
        ),
        (Failure(status=403, reason="dailyLimitExceeded", message="too much"), 3, "quota"),
        (replace(fake.RATE_LIMIT, retry_after=A_LONG_TIME), 3, "quota"),
        (replace(fake.TOO_MANY, retry_after=A_LONG_TIME), 3, "quota"),
        (replace(fake.UNAVAILABLE, retry_after=A_LONG_TIME), 3, "answered 503"),
        (replace(fake.SERVER_ERROR, retry_after=A_LONG_TIME), 3, "answered 500"),
        (fake.BAD_REQUEST, 1, "refuses the request"),
        (Failure(status=400, token=True, message="invalid_grant"), 2, "gives no access token"),
    ],
)
def test_a_refusal_of_search_console_has_its_words_and_its_exit_code(
    reading: Installation,
    console: FakeSearchConsole,
    failure: Failure,
    code: int,
    words: str,
) -> None:
    console.fail_next(failure)
    ran = reading.run("pull")
    assert (ran.code, words in ran.said) == (code, True), ran
    assert "Traceback" not in ran.err
    assert not list(reading.data.glob("facts/**/*.part*"))


def ask(made: Installation, service: FakeSearchConsole) -> None:
    """Let ``made`` read ``service``."""
    service_account_key(made.folder / "key.json", token_uri=service.token_uri)
    made.configure(search_console={"endpoint": service.endpoint})


class StoppingSearches(GuideSearches):
    """Searches of which one day's answer is the last before the quota is used up."""

    def __init__(self, site: str, *, last: date) -> None:
        super().__init__(site)
        self.last = last
        self.asked = 0
        self.service: FakeSearchConsole | None = None

    def day(self, day: date) -> pd.DataFrame:
        self.asked += day == self.last
        # Twice it is looked at which days there are: the newest final one, and the oldest.
        if self.service is not None and self.asked == 3:
            stop = replace(fake.TOO_MANY, retry_after=A_LONG_TIME)
            self.service._failures.append(stop)  # fail_next would wait for this very answer
            self.service = None
        return super().day(day)


def test_a_pull_that_the_quota_stops_goes_on_where_it_stopped(
    reading: Installation, guides: LocalSite
) -> None:
    newest = pacific_today() - timedelta(days=3)
    days = [(newest - timedelta(days=back)).isoformat() for back in range(6)]
    searches = StoppingSearches(guides.url, last=date.fromisoformat(days[2]))
    with FakeSearchConsole(searches, property_url=guides.url, today=pacific_today) as service:
        searches.service = service
        ask(reading, service)
        reading.configure(search_console={"reread_days": 1})
        stopped = reading.run("pull")
        assert stopped.code == 3
        assert "2 of 6 days read" in stopped.said
        assert "quota" in stopped.err
        assert asked_days(service) == days[:3]
        service.requests.clear()
        assert "5 of 5 days read" in reading.run("pull").done().said
        assert asked_days(service) == [days[0], *days[2:]]


class Malformed(FakeSearchConsole):
    """A service of which the rows of one day make no sense."""

    bad = ""
    change: Mapping[str, object] = MappingProxyType({})

    def query(self, property_url: str, body: Mapping[str, object]) -> tuple[int, bytes]:
        status, content = super().query(property_url, body)
        answer = json.loads(content)
        if body["startDate"] == self.bad and "page" in str(body["dimensions"]):
            for row in answer.get("rows", [])[:1]:
                row.update(self.change)
        return status, json.dumps(answer).encode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"clicks": -3}, "clicks is no count"),
        ({"impressions": math.nan}, "impressions is no count"),
        ({"position": 0}, "position is not 1 or more"),
        ({"keys": ["somewhere", "2001-01-01"]}, "it belongs to 2001-01-01"),
    ],
)
def test_a_day_whose_rows_make_no_sense_is_left_out_and_read_once_they_do(
    reading: Installation, guides: LocalSite, change: dict[str, object], words: str
) -> None:
    bad = pacific_today() - timedelta(days=5)
    with Malformed(
        GuideSearches(guides.url), property_url=guides.url, today=pacific_today
    ) as service:
        service.bad, service.change = str(bad), change
        ask(reading, service)
        ran = reading.run("pull")
        assert ran.code == 3
        assert "5 of 6 days read" in ran.said
        assert words in ran.said
        assert "Traceback" not in ran.err
        service.change = {}
        reading.run("pull").done()
    days = {path.name for path in reading.data.glob("facts/search_days/*")}
    assert len(days) == 6


def test_a_machine_whose_clock_is_days_off_stores_nothing(
    reading: Installation, guides: LocalSite
) -> None:
    ahead = pacific_today() + timedelta(days=3)
    with FakeSearchConsole(
        GuideSearches(guides.url), property_url=guides.url, today=lambda: ahead
    ) as service:
        ask(reading, service)
        ran = reading.run("pull")
    assert ran.code == 1
    assert f"clock says {pacific_today()}, Search Console's {ahead}" in ran.said
    assert "set the clock" in ran.said
    assert not list(reading.data.glob("facts/search_days/*"))


def asked_days(service: FakeSearchConsole) -> list[str]:
    """Return the days whose pages were asked for, in the order of asking."""
    return list(dict.fromkeys(query.day for query in service.queries if "page" in query.dimensions))


def test_a_service_that_stays_away_keeps_no_half_day(
    reading: Installation, console: FakeSearchConsole
) -> None:
    reading.run("pull").done()
    console.fail_next(replace(fake.UNAVAILABLE, retry_after=A_LONG_TIME))
    assert reading.run("pull").code == 3
    assert "2 of 2 days read" in reading.run("pull").done().said


def test_a_property_without_data_gets_a_digest_that_says_so(
    reading: Installation, guides: LocalSite
) -> None:
    nothing = GuideSearches(guides.url, first_day=pacific_today() + timedelta(days=1))
    with FakeSearchConsole(nothing, property_url=guides.url, today=pacific_today) as service:
        ask(reading, service)
        ran = reading.run("daily").done()
        assert "Search Console has no data for this property yet" in ran.said
        reading.run("weekly").done()
    (page,) = reading.data.glob("digests/*.html")
    assert "search data" in page.read_text(encoding="utf-8").lower()


def test_a_digest_before_any_run_says_that_nothing_was_crawled(reading: Installation) -> None:
    reading.run("weekly").done()
    (page,) = reading.data.glob("digests/*.html")
    assert "was not crawled yet" in page.read_text(encoding="utf-8")


# --- Names that nobody knows ------------------------------------------------------------------


def test_an_unknown_url_is_answered_with_the_nearest_pages(
    after_daily: Installation, guides: LocalSite
) -> None:
    ran = after_daily.run("url", guides.url + "coffee/burr-grindr")
    assert ran.code == 2
    assert "no crawled page has the URL" in ran.err
    assert guides.url.rstrip("/") + path_of("burr grinder") in ran.err
    assert ran.out == ""


def test_an_unknown_id_changes_nothing_not_even_of_the_known_ones(
    installed: Installation,
) -> None:
    before = installed.listed()
    ran = installed.run("accept", str(before[0]["id"]), "ffffffffff")
    assert ran.code == 2
    assert "ffffffffff" in ran.err
    assert installed.listed() == before


def test_a_step_that_the_life_of_an_edit_forbids_is_told_and_changes_nothing(
    installed: Installation,
) -> None:
    first, second = (str(one["id"]) for one in installed.listed("--status", "proposed")[:2])
    installed.run("dismiss", first, "--reason", "not_now").done()
    before = installed.listed()
    ran = installed.run("accept", second, first)
    assert ran.code == 1
    assert f"{first} is dismissed and cannot become accepted" in ran.err
    assert "may become live" in ran.err
    assert installed.listed() == before


def test_an_unknown_status_and_a_missing_reason_are_exit_2(after_daily: Installation) -> None:
    ran = after_daily.run("list", "--status", "done")
    assert ran.code == 2
    assert "proposed" in ran.err
    assert after_daily.run("dismiss", "ffff").code == 2


# --- Files ------------------------------------------------------------------------------------


def test_a_status_that_nothing_has_is_said_so(after_daily: Installation) -> None:
    ran = after_daily.run("list", "--status", "live", "--status", "removed").done()
    assert ran.out == "no recommendation is live or removed\n"


def test_every_wrong_line_of_a_file_of_pairs_is_named_and_nothing_is_written(
    after_daily: Installation, guides: LocalSite, tmp_path: Path
) -> None:
    good = json.dumps({"source": guides.url, "target": guides.url})
    pairs, out = tmp_path / "pairs.jsonl", tmp_path / "out.jsonl"
    pairs.write_text(
        f'{good}\nnot json\n{{"source": "/a"}}\n[1, 2]\n{{"source": 1, "target": 2}}\n'
    )
    ran = after_daily.run("place", "--pairs", str(pairs), "--out", str(out))
    assert ran.code == 2
    assert [f"pairs.jsonl:{line}:" in ran.err for line in range(1, 6)] == [False] + [True] * 4
    assert not out.exists()


def test_a_file_of_pairs_that_is_no_text_or_names_unknown_pages_is_refused(
    after_daily: Installation, tmp_path: Path
) -> None:
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_bytes(b"\xff\xfe\x00")
    assert after_daily.run("place", "--pairs", str(pairs)).code == 2
    pairs.write_text('{"source": "https://elsewhere.example/", "target": "/nowhere"}')
    ran = after_daily.run("place", "--pairs", str(pairs))
    assert ran.code == 2
    assert "no crawled page has the URL" in ran.err


def test_an_empty_file_of_pairs_gives_an_empty_answer(
    after_daily: Installation, tmp_path: Path
) -> None:
    pairs, out = tmp_path / "pairs.jsonl", tmp_path / "out.jsonl"
    pairs.write_text("\n")
    after_daily.run("place", "--pairs", str(pairs), "--out", str(out)).done()
    assert out.read_text() == ""


def test_place_without_a_target_says_what_it_needs(after_daily: Installation) -> None:
    ran = after_daily.run("place", "https://guides.example/")
    assert ran.code == 2
    assert "give SOURCE and TARGET, or --pairs FILE" in ran.err


def test_an_export_to_a_place_that_cannot_be_written_is_told(
    after_daily: Installation, tmp_path: Path
) -> None:
    out = tmp_path / "missing" / "all.csv"
    ran = after_daily.run("export", "--out", str(out))
    assert ran.code == 1
    assert f"{out} cannot be written" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_is_no_database_is_told(installed: Installation) -> None:
    for file in (installed.folder / "data").glob("decisions.sqlite*"):
        file.unlink()
    (installed.folder / "data" / "decisions.sqlite").write_text("this is no database " * 100)
    ran = installed.run("list")
    assert ran.code == 1
    assert "check database_url and data_dir" in ran.err


def test_a_data_folder_that_is_a_file_is_told(installed: Installation) -> None:
    shutil.rmtree(installed.data)
    installed.data.write_text("")
    ran = installed.run("weekly")
    assert ran.code == 1
    assert f"{installed.data} cannot be written" in ran.err
    assert "check data_dir" in ran.err


def test_a_locked_database_is_told_after_a_wait(
    installed: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = functools.partial(migrate.open_engine, lock_wait_s=0.1)
    monkeypatch.setattr(migrate, "open_engine", impatient)
    proposed = str(installed.listed("--status", "proposed")[0]["id"])
    database = sqlite3.connect(installed.folder / "data" / "decisions.sqlite")
    with contextlib.closing(database):
        database.execute("BEGIN EXCLUSIVE")
        ran = installed.run("accept", proposed)
    assert ran.code == 1
    assert "another process is writing" in ran.err
    assert [one["status"] for one in installed.listed() if one["id"] == proposed] == ["proposed"]


@pytest.mark.parametrize("name", ["pages.parquet", "links.parquet", "manifest.json"])
def test_a_damaged_file_of_a_crawl_is_named_with_what_to_do(
    installed: Installation, guides: LocalSite, name: str
) -> None:
    (file,) = installed.data.glob(f"facts/crawls/*/{name}")
    file.write_bytes(b"half of a file")
    ran = installed.run("url", guides.url)
    assert ran.code == 1
    assert f"{file} cannot be read" in ran.err
    assert "restore it from a backup" in ran.err
    assert "unexpected" not in ran.err


def test_a_manifest_with_a_date_that_is_none_is_named(
    installed: Installation, guides: LocalSite
) -> None:
    (file,) = installed.data.glob("facts/crawls/*/manifest.json")
    file.write_text(json.dumps(json.loads(file.read_text()) | {"started_at": "yesterday"}))
    ran = installed.run("url", guides.url)
    assert ran.code == 1
    assert f"{file} is not the manifest of a crawl" in ran.err


# --- Several properties -------------------------------------------------------------------------


def test_each_property_that_did_not_finish_is_named_with_its_error(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(
        "properties:\n"
        "  - {name: one, site: 'https://one.example/', search_console: {source: none}}\n"
        "  - {name: two, site: 'https://two.example/', search_console: {source: none}}\n"
    )
    ran = Installation(tmp_path).run("--quiet", "daily", "--from-store")
    assert ran.code == 3
    assert "2 of 2 properties did not finish" in ran.err
    assert "one: one was not crawled yet" in ran.err
    assert "two: two was not crawled yet" in ran.err


# --- Another run ------------------------------------------------------------------------------


def test_a_second_run_is_exit_75_and_does_nothing(installed: Installation) -> None:
    before = installed.listed()
    with FileLock(installed.data / "run.lock"):
        ran = ended(installed.start("weekly"))
    assert ran.code == 75
    assert "another run of guides is at work" in ran.err
    assert installed.listed() == before
    assert not list(installed.data.glob("digests/*"))


# --- Mail -------------------------------------------------------------------------------------


def mailed(made: Installation, port: int) -> None:
    """Configure a mail server at ``port`` and two readers."""
    smtp = {"host": "127.0.0.1", "port": port, "security": "none", "timeout_s": 5}
    made.configure(digest={"recipients": READERS}, smtp=smtp | {"sender": "links@guides.example"})


def test_a_refused_mail_is_tried_again_by_the_next_run(installed: Installation) -> None:
    mailbox = Mailbox(recipient_reply="450 try later")
    with serving(mailbox) as port:
        mailed(installed, port)
        ran = installed.run("weekly", "--json")
        assert ran.code == 3
        (sent,) = json.loads(ran.out)
        assert {one["state"] for one in sent["failed"]} == {DeliveryState.FAILED.value}
        assert all(f"{reader} is tried again next run" in ran.said for reader in READERS)
        mailbox.recipient_reply = "250 OK"
        installed.run("weekly").done()
    assert [envelope.rcpt_tos for envelope in mailbox.taken] == [[reader] for reader in READERS]


def test_who_got_the_digest_does_not_get_it_again_when_another_was_refused(
    installed: Installation,
) -> None:
    mailbox = Choosy(refused=READERS[1], reply="450 try later")
    with serving(mailbox) as port:
        mailed(installed, port)
        assert installed.run("weekly").code == 3
        assert [envelope.rcpt_tos for envelope in mailbox.taken] == [[READERS[0]]]
        mailbox.refused = ""
        installed.run("weekly").done()
        installed.run("weekly").done()
    assert [envelope.rcpt_tos for envelope in mailbox.taken] == [[reader] for reader in READERS]


def test_a_reader_refused_for_good_is_told_and_not_tried_again(installed: Installation) -> None:
    mailbox = Choosy(refused=READERS[1], reply="550 no such mailbox")
    with serving(mailbox) as port:
        mailed(installed, port)
        first = installed.run("weekly")
        mailbox.refused = ""
        second = installed.run("weekly")
    assert (first.code, second.code) == (3, 3)
    assert f"{READERS[1]} was refused for good" in first.said
    assert [envelope.rcpt_tos for envelope in mailbox.taken] == [[READERS[0]]]


def test_a_mail_server_that_is_away_costs_nothing_but_the_wait(installed: Installation) -> None:
    mailed(installed, free_port())
    ran = installed.run("weekly")
    assert ran.code == 3
    assert "no session with the mail server" in ran.said
    mailbox = Mailbox()
    with serving(mailbox) as port:
        mailed(installed, port)
        installed.run("weekly").done()
    assert len(mailbox.taken) == len(READERS)


def test_a_missing_mail_password_is_a_fault_of_the_configuration(
    installed: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LINKWRIGHT_SMTP_PASSWORD", raising=False)
    mailed(installed, free_port())
    installed.configure(smtp={"username": "links"})
    ran = installed.run("weekly")
    assert ran.code == 2
    assert "LINKWRIGHT_SMTP_PASSWORD" in ran.err
    assert {one["status"] for one in installed.listed()} <= {"proposed", "postponed"}


@dataclass
class Choosy(Mailbox):
    """Refuses one reader."""

    refused: str = ""
    reply: str = ""

    async def handle_RCPT(  # noqa: N802 - the library's spelling
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address == self.refused:
            return self.reply
        return await super().handle_RCPT(server, session, envelope, address, options)
