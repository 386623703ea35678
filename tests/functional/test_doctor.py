"""The examination of an installation, on real servers that are well or not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobs.demo import fake_search_console as fake
from jobs.demo.fake_search_console import FakeSearchConsole
from recommender.passes.site import pacific_day
from tests.command_line import ACCOUNT, Installation, installation, linkwright, service_account_key
from tests.guide_site import GuideSearches, guide_site
from tests.local_site import LocalSite, html
from tests.mail_server import PASSWORD, USERNAME, Mailbox, free_port, serving


@pytest.fixture
def console(guides: LocalSite) -> Iterator[FakeSearchConsole]:
    with FakeSearchConsole(
        GuideSearches(guides.url),
        property_url=guides.url,
        today=lambda: pacific_day(datetime.now(UTC)),
        require_token=True,
        permissions={"sc-domain:guides.example": "siteOwner"},
    ) as service:
        yield service


def checks(made: Installation, *, code: int) -> dict[str, list[tuple[str, str]]]:
    """Return (level, finding) of each check by what it looks at; ``code`` is the exit code."""
    found: dict[str, list[tuple[str, str]]] = {}
    ran = made.run("doctor", "--json")
    assert ran.code == code
    for check in json.loads(ran.out):
        found.setdefault(check["what"], []).append((check["level"], check["finding"]))
    return found


def test_what_init_writes_is_well_and_the_doctor_says_what_is_left_out(
    guides: LocalSite, tmp_path: Path
) -> None:
    config = tmp_path / "config.yaml"
    linkwright("--config", str(config), "init", "--site", guides.url, "--name", "guides").done()
    made = Installation(tmp_path)
    made.configure(crawl={"delay_s": 0})
    ran = made.run("doctor").done()
    assert "ok    configuration" in ran.out
    assert "ok    guides: site" in ran.out
    assert "warn  guides: Search Console: not configured" in ran.out
    assert "-> set search_console.source to api, or to export" in ran.out
    assert "digests: are written to" in ran.out
    assert "0 failed, 1 warning\n" in ran.out


def test_a_whole_installation_is_examined_line_by_line(installed: Installation) -> None:
    mailbox = Mailbox()
    with serving(mailbox) as port:
        smtp = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "l@guides.example"}
        installed.configure(smtp=smtp, digest={"recipients": ["ann@guides.example"]})
        ran = installed.run("doctor").done()
    assert mailbox.taken == []
    assert f"Search Console: {ACCOUNT} reads" in ran.out
    assert "as siteFullUser" in ran.out
    assert "newest final day" in ran.out
    assert "lets us in (none); nothing was sent" in ran.out
    assert "digests: go to ann@guides.example" in ran.out
    assert "last daily: began" in ran.out
    assert "ended done:" in ran.out
    assert "last weekly: none yet" in ran.out
    assert "0 failed, 0 warnings" in ran.out


def test_no_secret_is_ever_shown(installed: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINKWRIGHT_SMTP_PASSWORD", PASSWORD + "x")
    mailbox = Mailbox()
    options = {"authenticator": mailbox.authenticate, "auth_require_tls": False}
    with serving(mailbox, **options) as port:
        smtp = {"host": "127.0.0.1", "port": port, "security": "none", "username": USERNAME}
        installed.configure(smtp=smtp, digest={"recipients": ["ann@guides.example"]})
        ran = installed.run("doctor")
    assert ran.code == 1
    assert "FAIL  mail server" in ran.out
    assert "check smtp.username and the password in LINKWRIGHT_SMTP_PASSWORD" in ran.out
    assert mailbox.logins
    assert PASSWORD not in ran.out + ran.err
    assert "PRIVATE KEY" not in ran.out + ran.err


def test_all_that_is_wrong_is_told_in_one_run_and_nothing_is_left_behind(
    tmp_path: Path,
) -> None:
    made = installation(tmp_path, f"http://127.0.0.1:{free_port()}/", search={})
    smtp = {"host": "127.0.0.1", "port": free_port(), "security": "none"}
    made.configure(smtp=smtp)
    ran = made.run("doctor")
    assert ran.code == 2
    failed = [line for line in ran.out.splitlines() if line.startswith("FAIL")]
    assert [line.split(": ")[-2] for line in failed][:1] == ["FAIL  mail server"]
    assert "the mail has no From address" in ran.out
    assert "gave no page" in ran.out
    assert "credentials_file is not set" in ran.out
    assert "nobody is to get mail" in ran.out
    assert "3 failed" in ran.out
    assert {one.name for one in tmp_path.iterdir()} == {"config.yaml", "data"}


def test_a_property_that_may_not_be_read_is_told_with_those_that_may(
    guides: LocalSite, console: FakeSearchConsole, tmp_path: Path
) -> None:
    key = service_account_key(tmp_path / "key.json", token_uri=console.token_uri)
    search = {"credentials_file": str(key), "endpoint": console.endpoint}
    made = installation(
        tmp_path, guides.url, search=search | {"property": "sc-domain:other.example"}
    )
    (said,) = checks(made, code=2)["Search Console"]
    assert said[0] == "FAIL"
    assert f"{ACCOUNT} may not read the property sc-domain:other.example" in said[1]
    assert "it may read: " in said[1]
    assert "sc-domain:guides.example" in said[1]


def test_each_of_several_properties_is_examined(
    guides: LocalSite, console: FakeSearchConsole, tmp_path: Path
) -> None:
    key = service_account_key(tmp_path / "key.json", token_uri=console.token_uri)
    search = {"credentials_file": str(key), "endpoint": console.endpoint}
    further = ["sc-domain:guides.example", "https://other.example/"]
    made = installation(tmp_path, guides.url, search=search | {"further_properties": further})
    said = checks(made, code=2)["Search Console"]
    assert [level for level, _ in said] == ["ok", "ok", "FAIL"]
    assert "https://other.example/" in said[2][1]


def test_a_service_that_is_away_is_told_within_seconds(
    guides: LocalSite, console: FakeSearchConsole, tmp_path: Path
) -> None:
    key = service_account_key(tmp_path / "key.json", token_uri=console.token_uri)
    search = {"credentials_file": str(key), "endpoint": console.endpoint}
    made = installation(tmp_path, guides.url, search=search)
    console.fail_next(
        replace(fake.QUOTA, retry_after="0"), *[replace(fake.UNAVAILABLE, retry_after="3600")]
    )
    (said,) = checks(made, code=1)["Search Console"]
    assert said == ("FAIL", "Search Console answered 503")


def test_the_faults_of_a_configuration_are_all_told(tmp_path: Path) -> None:
    made = Installation(tmp_path)
    made.config.write_text("properties:\n  - name: A\n    site: nowhere\n")
    ran = made.run("doctor")
    assert ran.code == 2
    assert ran.out.startswith("FAIL  configuration")
    assert "config.yaml:2:" in ran.out
    assert "config.yaml:3:" in ran.out


def test_robots_that_forbid_us_are_told(tmp_path: Path) -> None:
    with LocalSite(guide_site(robots="User-agent: *\nDisallow: /\n")) as site:
        made = installation(tmp_path, site.url)
        (said,) = checks(made, code=1)["site"]
    assert said[0] == "FAIL"
    assert "robots.txt" in said[1]


def test_a_home_page_without_text_that_is_kept_from_the_index_is_warned_of(tmp_path: Path) -> None:
    page = html("<html><head><meta name=robots content=noindex></head><body></body></html>")
    with LocalSite({"/": page}) as site:
        found = checks(installation(tmp_path, site.url), code=0)
    levels = [level for level, _ in found["home page"]]
    assert levels == ["warn", "warn"]
    assert any("noindex" in finding for _, finding in found["home page"])


def test_a_run_that_failed_on_credentials_is_what_the_doctor_finds(installed: Installation) -> None:
    (installed.folder / "key.json").unlink()
    assert installed.run("daily").code == 2
    level, finding = checks(installed, code=2)["last daily"][0]
    assert level == "warn"
    assert "ended failed: there is no credentials file" in finding


def test_a_data_folder_that_is_a_file_is_told(guides: LocalSite, tmp_path: Path) -> None:
    made = installation(tmp_path, guides.url)
    (tmp_path / "data").write_text("not a folder")
    found = checks(made, code=1)
    assert found["data folder"][0][0] == "FAIL"
    assert found["store"][0][0] == "FAIL"


def test_an_engine_without_java_is_told(
    guides: LocalSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = installation(tmp_path, guides.url)
    made.configure(engine="spark")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    level, finding = checks(made, code=2)["engine"][0]
    assert level == "FAIL"
    assert "Java" in finding
