"""The three ways into one's own site: an export, signing in, a service account's key.

Each is walked as its user would, at the terminal or with flags, and each wrong turn names the next
step and leaves nothing behind.
"""

from __future__ import annotations

import io
import json
import stat
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.config_file import read_config
from jobs.demo.fake_search_console import FakeSearchConsole
from jobs.demo.search_files import write_export
from recommender.config import CredentialsKind, SourceKind
from recommender.models import Window
from recommender.passes.site import pacific_day
from tests.command_line import ACCOUNT, Ran, linkwright, oauth_client, service_account_key
from tests.guide_site import GuideSearches
from tests.local_site import LocalSite
from tests.person import Person

Answer = Callable[..., Ran]


@pytest.fixture
def answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Return what runs `init` and types these lines, in a folder of its own."""

    def typed(*lines: str, flags: Sequence[str] = ()) -> Ran:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("sys.stdin", io.StringIO("\n".join([*lines, ""])))
        return linkwright("init", *flags)

    return typed


@pytest.fixture
def export(tmp_path: Path, guides: LocalSite) -> Path:
    """An export of the last four weeks, as downloaded."""
    newest = pacific_day(datetime.now(UTC)) - timedelta(days=3)
    return write_export(
        tmp_path / "export.zip", GuideSearches(guides.url), Window.ending(newest, 28)
    )


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Iterator[Person]:
    reader = Person()
    monkeypatch.setattr(webbrowser, "get", lambda _using=None: reader)
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # the consent screen is on loopback
    yield reader
    reader.leave()


@pytest.fixture
def client_file(tmp_path: Path, searches: FakeSearchConsole) -> Path:
    screen = f"{searches.endpoint}/auth"
    return oauth_client(tmp_path / "client.json", screen=screen, token_uri=searches.token_uri)


def by_flags(folder: Path, site: str, *flags: str) -> Ran:
    return linkwright("--config", str(folder / "config.yaml"), "init", "--site", site, *flags)


def test_an_export_needs_an_address_a_zip_and_nothing_else(
    answer: Answer, export: Path, guides: LocalSite, tmp_path: Path
) -> None:
    ran = answer(guides.url, "1", "holiday.zip", export.name, "").done()
    assert "holiday.zip does not exist" in ran.said  # a slip is asked again
    assert "export.zip has the totals of" in ran.said
    assert "0 failed" in ran.said
    assert ran.out.endswith("Next: linkwright daily\n")
    (written,) = read_config(tmp_path / "config.yaml").properties
    assert written.search_console.source is SourceKind.EXPORT
    assert written.search_console.path == export


def test_nothing_at_all_is_a_way_too(answer: Answer, guides: LocalSite) -> None:
    ran = answer(guides.url, "4", "").done()
    assert "not configured: text and links decide alone" in ran.said
    assert "Next: linkwright daily" in ran.said


def test_who_reads_the_digest_is_asked_with_their_mail_server(
    answer: Answer, guides: LocalSite, tmp_path: Path
) -> None:
    ran = answer(guides.url, "4", "editor@example.com, owner@example.com,", "")
    assert "get no mail" in ran.said
    (written,) = read_config(tmp_path / "config.yaml").properties
    assert written.digest.recipients == ("editor@example.com", "owner@example.com")


def test_signing_in_opens_the_browser_and_stores_a_token_of_ones_own(
    person: Person, client_file: Path, searches: FakeSearchConsole, guides: LocalSite
) -> None:
    folder = client_file.parent
    flags = ("--client-secrets", str(client_file), "--endpoint", searches.endpoint)
    ran = by_flags(folder, guides.url, *flags).done()
    assert len(person.threads) == 1
    assert f"reads {guides.url} as " in ran.said
    (written,) = read_config(folder / "config.yaml").properties
    assert written.search_console.credentials is CredentialsKind.OAUTH
    token = folder / "search-console-token.json"
    assert written.search_console.credentials_file == token
    assert stat.S_IMODE(token.stat().st_mode) == 0o600


def test_a_key_is_tried_before_the_first_run(
    searches: FakeSearchConsole, guides: LocalSite, tmp_path: Path
) -> None:
    key = service_account_key(tmp_path / "key.json", token_uri=searches.token_uri)
    flags = ("--credentials-file", str(key), "--endpoint", searches.endpoint)
    ran = by_flags(tmp_path, guides.url, *flags).done()
    assert f"{ACCOUNT} reads {guides.url} as " in ran.said
    assert "newest final day" in ran.said


def test_the_kind_of_a_credentials_file_is_read_from_it(
    searches: FakeSearchConsole, guides: LocalSite, tmp_path: Path
) -> None:
    token = {"client_id": "c", "client_secret": "h", "refresh_token": "r"}
    stored = tmp_path / "token.json"
    stored.touch(mode=0o600)
    stored.write_text(
        json.dumps({"type": "authorized_user", "token_uri": searches.token_uri, **token})
    )
    flags = ("--credentials-file", str(stored), "--endpoint", searches.endpoint)
    by_flags(tmp_path, guides.url, *flags).done()
    (written,) = read_config(tmp_path / "config.yaml").properties
    assert written.search_console.credentials is CredentialsKind.OAUTH


def test_only_the_address_is_asked_where_options_say_the_rest(
    answer: Answer, export: Path, guides: LocalSite, tmp_path: Path
) -> None:
    ran = answer(guides.url, flags=("--export", str(export))).done()
    assert "Which" not in ran.out
    (written,) = read_config(tmp_path / "config.yaml").properties
    assert written.search_console.source is SourceKind.EXPORT


def test_a_path_dropped_into_the_terminal_may_have_quotes_and_a_tilde(
    answer: Answer, export: Path, guides: LocalSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(export.parent))
    answer(guides.url, "1", f"'~/{export.name}'", "").done()


def test_a_property_that_the_account_does_not_see_is_told_with_what_to_do(
    searches: FakeSearchConsole, guides: LocalSite, tmp_path: Path
) -> None:
    key = service_account_key(tmp_path / "key.json", token_uri=searches.token_uri)
    flags = ("--search-console", "api", "--credentials", "service_account")
    flags = (*flags, "--credentials-file", str(key), "--endpoint", searches.endpoint)
    ran = by_flags(tmp_path, guides.url, *flags, "--property-url", "sc-domain:other.example")
    assert ran.code == 2
    assert "FAIL" in ran.out
    assert guides.url in ran.said  # the property that it may read
    assert "then run: linkwright doctor" in ran.said
    assert (tmp_path / "config.yaml").exists()


@pytest.mark.parametrize(
    ("way", "content", "said", "hint"),
    [
        ("3", b'{"installed": {}}', "is an OAuth client, not a service account key", "make a key"),
        ("3", b'{"type": "authorized_user"}', "is an authorised token", "credentials: oauth"),
        ("3", b"PK\x03\x04\xba\xba", "is not JSON, it is a ZIP", "download the file again"),
        ("3", b"<html>Sign in</html>", "it is a web page", "download the file again"),
        ("2", b'{"type": "service_account"}', "it is a service account key", "Desktop app"),
        ("2", b"PK\x03\x04\xba\xba", "is not JSON, it is a ZIP", "download the file again"),
        ("1", b"<!DOCTYPE html>\n<html>", "no whole ZIP file: it is a web page", "export again"),
        ("1", b'{"type": "service_account"}', "it is a JSON file", "export again"),
        ("1", b"Top pages,Clicks\n", "it is a table as text, such as CSV", "export again"),
        ("1", b"PK\x03\x04" + b"x" * 99, "the download was cut off", "export again"),
        ("1", b"", "it is empty", "export again"),
    ],
)
def test_a_wrong_file_is_told_for_what_it_is_and_nothing_is_written(  # noqa: PLR0917
    answer: Answer, tmp_path: Path, way: str, content: bytes, said: str, hint: str
) -> None:
    file = tmp_path / "download"
    file.write_bytes(content)
    file.chmod(0o600)
    ran = answer("https://www.example.com", way, "download", "", "")
    assert ran.code == 2
    assert said in ran.said
    assert hint in ran.said
    assert not (tmp_path / "config.yaml").exists()


def test_a_key_that_others_may_read_is_refused_with_the_command_that_mends_it(
    tmp_path: Path, answer: Answer, searches: FakeSearchConsole
) -> None:
    key = service_account_key(tmp_path / "key.json", token_uri=searches.token_uri)
    key.chmod(0o644)
    ran = answer("https://www.example.com", "3", "key.json", "", "")
    assert ran.code == 2
    assert "chmod 600" in ran.said
    assert not (tmp_path / "config.yaml").exists()


def test_a_site_that_does_not_answer_is_told_and_the_file_kept(tmp_path: Path) -> None:
    ran = by_flags(tmp_path, "http://127.0.0.1:9/")
    assert ran.code == 1
    assert "FAIL" in ran.out
    assert "Mend what failed" in ran.said
    assert (tmp_path / "config.yaml").exists()


def test_an_existing_file_is_told_before_anything_is_asked(answer: Answer, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("mine")
    ran = answer()
    assert ran.code == 2
    assert "is left as it is" in ran.said
    assert "Address" not in ran.said


def test_without_checks_nothing_is_asked_of_anyone(tmp_path: Path) -> None:
    ran = by_flags(tmp_path, "http://127.0.0.1:9/", "--no-check").done()
    assert ran.out.endswith("is written.\nNext: linkwright doctor\n")
