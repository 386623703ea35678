"""Each block of the README is done as it says, in a folder and on a site of this machine.

A block of a kind that is not known here fails: what stands there and is never tried goes stale.
"""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from apscheduler.triggers.cron import CronTrigger

from jobs.config_file import read_config
from jobs.demo.fake_search_console import FakeSearchConsole
from jobs.demo.search_files import write_export
from recommender.models import Window
from tests.command_line import CHECKOUT, Installation, oauth_client, service_account_key
from tests.functional.conftest import pacific_today
from tests.guide_site import GuideSearches, path_of
from tests.local_site import LocalSite
from tests.mail_server import PASSWORD, USERNAME, Mailbox, serving
from tests.readme import BLOCKS, README, Block, Reader, blocks, command_lines, settled

KINDS = {"sh", "console", "yaml", "cron", "ini", "dockerfile", "text"}
PROGRAMS = {"make", "pip", "linkwright"}
ANSWERS = ("1", "export.zip", "")
ELSEWHERE = {"demo", "init", "schedule"}  # tests/functional/test_demo.py; init and schedule below


def export_of(site: str, file: Path) -> Path:
    newest = pacific_today() - timedelta(days=3)
    return write_export(file, GuideSearches(site), Window.ending(newest, 28))


def without_pause(folder: Path) -> None:
    """Let the crawl of a site on this machine be as quick as it may."""
    config = folder / "config.yaml"
    config.write_text(re.sub(r"delay_s: [\d.]+", "delay_s: 0", config.read_text()))


@pytest.fixture(scope="module")
def at_home(tmp_path_factory: pytest.TempPathFactory, guides: LocalSite) -> tuple[Reader, str]:
    """A reader who answered the questions of `init`, and what the terminal showed."""
    reader = Reader(tmp_path_factory.mktemp("at-home"), guides.url)
    export_of(guides.url, reader.folder / "export.zip")
    shown = reader.at_terminal("linkwright init", [guides.url, *ANSWERS])
    without_pause(reader.folder)
    return reader, shown


@pytest.fixture(scope="module")
def settled_in(at_home: tuple[Reader, str]) -> Reader:
    """The same reader after the commands of the first day, in the README's order."""
    reader, _ = at_home
    for line in command_lines("linkwright"):
        if "init" not in line.split():
            reader.shell(line).done()
    return reader


@pytest.fixture
def abroad(tmp_path: Path, guides: LocalSite, searches: FakeSearchConsole) -> Reader:
    """A reader with every file that the README names, and nothing configured yet."""
    reader = Reader(tmp_path, guides.url)
    export_of(guides.url, tmp_path / "export.zip")
    service_account_key(tmp_path / "service-account.json", token_uri=searches.token_uri)
    screen = f"{searches.endpoint}/auth"
    oauth_client(tmp_path / "client.json", screen=screen, token_uri=searches.token_uri)
    return reader


@pytest.fixture
def browser(tmp_path: Path) -> str:
    """A browser whose reader says yes to whatever it opens; what `$BROWSER` is set to."""
    program = tmp_path / "browser.py"
    program.write_text(
        "import sys, urllib.request\nurllib.request.urlopen(sys.argv[1], timeout=20).read()\n"
    )
    return f"{shlex.quote(sys.executable)} {shlex.quote(str(program))} %s &"


def test_each_block_is_of_a_kind_that_is_tried_out() -> None:
    assert {block.language for block in BLOCKS} <= KINDS
    lines = [line for block in blocks("sh") for line in block.commands]
    assert {line.split()[0] for line in lines} <= PROGRAMS


def test_each_block_of_plain_text_is_one_that_another_test_compares() -> None:
    endings = ("Found", "recommender/models.py", "jobs")  # test_demo, test_docs, test_docs
    assert [block.text.split()[0] for block in blocks("text")] == list(endings)


def test_each_verb_of_make_exists() -> None:
    told = set(command_lines("make")) | set(re.findall(r"`(make [a-z-]+)`", README))
    assert {"make demo", "make test"} <= told
    for line in sorted(told):
        ran = subprocess.run(
            [*shlex.split(line), "--dry-run"], cwd=CHECKOUT, capture_output=True, check=False
        )
        assert ran.returncode == 0, ran.stderr


# --- One's own site -------------------------------------------------------------------------------


def test_the_transcript_is_what_init_shows(at_home: tuple[Reader, str]) -> None:
    reader, shown = at_home
    (told,) = blocks("console")
    names = {reader.site: "https://www.example.com/", "127-0-0-1": "example"}
    assert settled(told.text, {}) == settled(shown, names)


@pytest.mark.parametrize("line", [line for line in command_lines("linkwright") if " init" in line])
def test_each_way_in_leads_to_a_valid_installation(
    line: str, abroad: Reader, browser: str, searches: FakeSearchConsole
) -> None:
    ran = abroad.shell(
        f"{line} --endpoint {searches.endpoint}",
        BROWSER=browser,
        OAUTHLIB_INSECURE_TRANSPORT="1",
    ).done()
    assert "0 failed" in ran.out
    assert ran.out.endswith("Next: linkwright daily\n")
    assert read_config(abroad.folder / "config.yaml").properties[0].site == abroad.site


def test_the_commands_of_a_day_make_a_digest(settled_in: Reader) -> None:
    assert list(settled_in.folder.glob("data/*/digests/*.html"))


@pytest.mark.parametrize("block", blocks("yaml"))
def test_each_configuration_is_well(
    block: Block, abroad: Reader, searches: FakeSearchConsole
) -> None:
    told = yaml.safe_load(abroad.meant(block.text))
    mailbox = Mailbox()
    with serving(mailbox, authenticator=mailbox.authenticate, auth_require_tls=False) as port:
        if "search_console" in told["properties"][0]:
            told["properties"][0]["search_console"]["endpoint"] = searches.endpoint
        if "smtp" in told:
            told["smtp"] |= {"host": "127.0.0.1", "port": port, "security": "none"}
            told["smtp"]["username"] = USERNAME
        (abroad.folder / "config.yaml").write_text(yaml.safe_dump(told))
        ran = abroad.shell("linkwright doctor", LINKWRIGHT_SMTP_PASSWORD=PASSWORD).done()
    assert "0 failed" in ran.out


@pytest.mark.parametrize("name", re.findall(r"`(LINKWRIGHT_\w+PASSWORD)`", README))
def test_each_secret_is_read_from_where_it_is_said_to_be(name: str) -> None:
    assert f"password_env: {name}" in (CHECKOUT / "config.example.yaml").read_text()


def rows() -> list[str]:
    """Return the commands of the table of commands."""
    table = [line for line in README.splitlines() if line.startswith("| `linkwright ")]
    return [
        found for row in table for found in re.findall(r"`linkwright (.+?)`", row.split("|")[1])
    ]


@pytest.mark.parametrize("row", [row for row in rows() if row.split()[0] not in ELSEWHERE])
def test_each_command_of_the_table_runs(row: str, settled_in: Reader, tmp_path: Path) -> None:
    shutil.copytree(settled_in.folder, tmp_path / "copy")
    made = Installation(tmp_path / "copy")
    mailed = [str(edit["id"]) for edit in made.listed()]
    words = {
        "URL": settled_in.site.rstrip("/") + path_of("burr grinder"),
        "SOURCE": settled_in.site.rstrip("/") + path_of("burr grinder"),
        "TARGET": settled_in.site.rstrip("/") + path_of("paper filter"),
        "ID": mailed[0],
        "FILE": str(tmp_path / "file"),
    }
    made.run(*(words.get(word, word) for word in row.split())).done()


# --- Running it -----------------------------------------------------------------------------------


@pytest.mark.parametrize("block", blocks("cron"))
def test_each_line_of_cron_runs(block: Block, settled_in: Reader) -> None:
    for line in block.commands:
        *when, command = line.split(maxsplit=5)
        assert CronTrigger.from_crontab(" ".join(when))
        settled_in.shell(command, folder=Path("/")).done()


def units(reader: Reader, folder: Path) -> dict[str, configparser.RawConfigParser]:
    """Write the units of systemd into ``folder``; return each by the name of its file."""
    read = {}
    for block in blocks("ini"):
        first, _, rest = block.text.partition("\n")
        name = Path(first.removeprefix("# ")).name
        (folder / name).write_text(reader.meant(rest))
        read[name] = configparser.RawConfigParser()
        read[name].optionxform = str  # type: ignore[assignment,method-assign]
        read[name].read(folder / name)
    return read


def test_the_units_of_systemd_start_what_they_name(settled_in: Reader, tmp_path: Path) -> None:
    known = units(settled_in, tmp_path)
    service = known["linkwright.service"]["Service"]
    assert set(known) == {"linkwright.service", "linkwright.timer"}
    ran = settled_in.shell(service["ExecStart"], folder=Path(service["WorkingDirectory"]))
    assert str(ran.code) in {"0", *service["SuccessExitStatus"].split()}, ran


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")
def test_systemd_takes_the_units(settled_in: Reader, tmp_path: Path) -> None:
    files = [str(tmp_path / name) for name in units(settled_in, tmp_path)]
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("line", command_lines("pip"))
def test_what_pip_installs_is_whole(line: str, tmp_path: Path) -> None:
    installs(line.replace(" .", f" {CHECKOUT}"), tmp_path)


def installs(line: str, folder: Path) -> None:
    """Build and install by a line of pip, all but the packages that it depends on."""
    offline = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--target"]
    words = shlex.split(line)
    assert words[:2] == ["pip", "install"]
    subprocess.run([sys.executable, "-m", *words, *offline, str(folder)], check=True, timeout=180)
    ran = subprocess.run(
        [sys.executable, folder / "bin" / "linkwright", "--version"],
        env={"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.startswith("linkwright, version")
    assert (folder / "recommender" / "_shipped" / "templates").is_dir()


def test_the_image_is_built_of_what_is_here_and_stays(settled_in: Reader, tmp_path: Path) -> None:
    (block,) = blocks("dockerfile")
    steps = [line.split(maxsplit=1) for line in block.commands]
    assert [name for name, _ in steps] == ["FROM", "COPY", "RUN", "WORKDIR", "CMD"]
    told = dict(map(tuple, steps))
    version = re.fullmatch(r"python:(\d+)\.(\d+)-slim", told["FROM"])
    assert version
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    assert f">={version[1]}.{version[2]}" >= project["requires-python"]
    source, image = told["COPY"].split()
    assert source == "."
    installs(told["RUN"].replace(image, str(CHECKOUT)), tmp_path)
    stays(settled_in, json.loads(told["CMD"]))


def stays(reader: Reader, command: list[str]) -> None:
    """Start a command that is to stay, and stop it once it says when it will run."""
    with subprocess.Popen(
        [reader.folder / ".venv" / "bin" / command[0], *command[1:]],
        cwd=reader.folder,
        env=reader.environment(),
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stderr is not None
        assert any("daily at" in line for line in running.stderr)
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=120)
    assert running.returncode == 0
