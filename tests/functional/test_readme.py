"""Every command and configuration of the README is executed, in its order, as a reader would.

The README's site and property are those of a local site and a fake Search Console here; nothing
else is changed. A block of a kind that is not known fails, so that none is left out.
"""

from __future__ import annotations

import configparser
import io
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from jobs.cli import cli
from jobs.config_file import parse_config
from jobs.demo.fake_search_console import FakeSearchConsole
from jobs.demo.search_files import write_export
from recommender.models import Window
from recommender.passes.site import pacific_day
from tests.command_line import CHECKOUT, Installation, linkwright, service_account_key
from tests.guide_site import GuideSearches
from tests.local_site import LocalSite
from tests.person import Person

SITE = "https://www.example.com/"
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
CLIENT, KEY, EXPORT = "client.json", "service-account.json", "export.zip"
"""The files that the README speaks of, as a reader has downloaded them."""


class Block(NamedTuple):
    """A fenced block: the word behind its fence, and its text."""

    info: str
    text: str

    @property
    def lines(self) -> list[str]:
        """Its lines, without comments and empty ones."""
        told = (re.sub(r"(^|\s{2,})# .*", "", line).rstrip() for line in self.text.splitlines())
        return [line for line in told if line]


BLOCKS = [
    Block(*found) for found in re.findall(r"^```(\w*)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
]


def kind_of(block: Block) -> str:
    """Return what a block is, by its fence or by how its lines begin; "" for none that is known."""
    if block.info:
        return block.info
    first = {line.split()[0] for line in block.lines}
    if first <= {"make", "linkwright"}:
        return "commands"
    if "Found" in first:
        return "demo"  # tests/functional/test_demo.py compares it with what the demo says
    if all((CHECKOUT / word).exists() for word in first):
        return "map"
    words = {word for line in block.lines for word in line.split(" | ")}
    known = {
        path.stem for folder in (CHECKOUT, CHECKOUT / "recommender") for path in folder.iterdir()
    }
    return "layers" if words <= known else ""


def blocks(kind: str) -> list[Block]:
    found = [block for block in BLOCKS if kind_of(block) == kind]
    assert found, kind
    return found


def commands(program: str) -> Iterator[list[str]]:
    """Yield the arguments of each line of the README that calls ``program``."""
    for block in blocks("commands"):
        for line in block.lines:
            name, *arguments = shlex.split(line)
            if name == program:
                yield arguments


@pytest.fixture
def here(
    tmp_path: Path, guides: LocalSite, searches: FakeSearchConsole, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A folder with everything that a reader of the README has at hand, and nothing more."""
    newest = pacific_day(datetime.now(UTC)) - timedelta(days=3)
    write_export(tmp_path / EXPORT, GuideSearches(guides.url), Window.ending(newest, 28))
    service_account_key(tmp_path / KEY, token_uri=searches.token_uri)
    client = {
        "client_id": "client",
        "client_secret": "hush",
        "auth_uri": f"{searches.endpoint}/auth",
        "token_uri": searches.token_uri,
    }
    (tmp_path / CLIENT).write_text(json.dumps({"installed": client}))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.text.splitlines()[0][:40])
def test_each_block_is_of_a_kind_that_is_executed(block: Block) -> None:
    known = {"console", "yaml", "cron", "ini", "dockerfile", "commands", "demo", "map", "layers"}
    assert kind_of(block) in known, block.text.splitlines()[0]


def test_the_verbs_of_make_are_there() -> None:
    verbs = list(commands("make"))
    assert ["demo"] in verbs
    for verb in verbs:
        subprocess.run(["make", "-n", *verb], cwd=CHECKOUT, check=True, capture_output=True)


def test_init_says_what_the_readme_shows(
    here: Path, guides: LocalSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    (block,) = blocks("console")
    call, *shown = block.text.splitlines()
    typed = {"Address of your site:": guides.url, "Which [1]:": "1", "The ZIP": EXPORT, "Who": ""}
    answers = [v for line in shown for k, v in typed.items() if line.startswith(k)]
    assert call == "$ linkwright init"
    assert len(answers) == len(typed)
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join([*answers, ""])))
    told = linkwright("init").done().out.replace(guides.url, SITE)
    name = parse_config((here / "config.yaml").read_text(), here / "config.yaml").properties[0].name
    told = re.sub(r"\d{4}-\d\d-\d\d", "DAY", told.replace(name, "example"))
    for line in shown:
        asked = next((key for key in typed if line.startswith(key)), None)
        expected = re.sub(r"\d{4}-\d\d-\d\d", "DAY", line if asked is None else asked)
        assert expected in told, line


def test_each_way_in_leads_in(
    here: Path,
    guides: LocalSite,
    searches: FakeSearchConsole,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = Person()
    monkeypatch.setattr("webbrowser.get", lambda _using=None: person)
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # the consent screen is on loopback
    ways = [arguments for arguments in commands("linkwright") if "init" in arguments]
    assert len(ways) == 3
    for way in ways:
        ours = [guides.url if word == SITE else word for word in way]
        proxied = [] if "--export" in way else ["--endpoint", searches.endpoint]
        ran = linkwright(*ours, *proxied).done()
        assert "0 failed" in ran.out, way
        (here / "config.yaml").unlink()
    person.leave()


def test_the_commands_run_one_after_the_other(here: Path, guides: LocalSite) -> None:
    (smallest, _) = blocks("yaml")
    config = smallest.text.replace(SITE, guides.url) + "    crawl: {delay_s: 0}\n"
    (here / "config.yaml").write_text(config)
    calls = [arguments for arguments in commands("linkwright") if "init" not in arguments]
    assert [call[0] for call in calls] == ["doctor", "daily", "weekly", "faults", "url"]
    for call in calls:
        ran = linkwright(*(word.replace(SITE, guides.url) for word in call)).done()
        assert ran.said, call


def test_each_configuration_is_valid(here: Path) -> None:
    shutil.copy(here / KEY, here / "key.json")
    for block in blocks("yaml"):
        (one,) = parse_config(block.text, here / "config.yaml").properties
        assert (one.name, one.site) == ("example", SITE)


def scheduled(line: str) -> list[str]:
    """Return the arguments of the call of linkwright at the end of a line."""
    words = shlex.split(line)
    program = max(n for n, word in enumerate(words) if Path(word).name == "linkwright")
    return words[program + 1 :]


def test_cron_s_line_runs_what_is_due(here: Path, guides: LocalSite) -> None:
    ((line,),) = (block.lines for block in blocks("cron"))
    fields, command = re.fullmatch(r"((?:[\d*/,-]+ +){5})(.*)", line).groups()  # type: ignore[union-attr]
    assert len(fields.split()) == 5
    assert command.startswith("cd /srv/linkwright && linkwright ")
    made = Installation(here)
    entry = f"{{name: guides, site: '{guides.url}', crawl: {{delay_s: 0}}}}"
    made.config.write_text(f"data_dir: ./data\nproperties: [{entry}]\n")
    linkwright(*scheduled(command)).done()
    assert made.data.is_dir()


def test_systemd_s_unit_calls_the_same_and_takes_our_exit_codes_for_success(tmp_path: Path) -> None:
    text, cron = blocks("ini")[0].text, blocks("cron")[0].lines[0]
    unit = configparser.ConfigParser()
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(text)
    service = unit["Service"]
    assert scheduled(service["ExecStart"]) == scheduled(cron)
    for code in service["SuccessExitStatus"].split():
        assert f"| {code} |" in README
    verify = shutil.which("systemd-analyze")
    if verify:
        file = tmp_path / "linkwright.service"
        file.write_text(text.replace("/srv/linkwright/.venv/bin/linkwright", "/bin/true"))
        subprocess.run([verify, "verify", str(file)], check=True, capture_output=True)


def test_the_container_is_made_of_what_is_there() -> None:
    steps = dict(line.split(maxsplit=1) for line in blocks("dockerfile")[0].lines)
    assert steps["COPY"] == ". /src"
    constraint = re.search(r"-c /src/(\S+) /src$", steps["RUN"])
    assert constraint
    assert (CHECKOUT / constraint[1]).is_file()
    program, command = json.loads(steps["CMD"])
    assert program == "linkwright"
    assert command in cli.commands
