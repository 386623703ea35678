"""The words around the code are true: the commands, paths, layers and numbers that they name."""

from __future__ import annotations

import ast
import importlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.cli import cli
from jobs.config_file import parse_config
from recommender.config import SourceKind
from recommender.errors import LinkwrightError

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
METHOD = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/**/*.md", "tests/eval/*.md")
    for path in ROOT.glob(pattern)
)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def document(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def fenced(text: str, language: str = "") -> list[str]:
    return [content for name, content in FENCE.findall(text) if name == language]


def section(text: str, title: str) -> str:
    _, _, rest = text.partition(f"\n## {title}\n")
    assert rest, f"there is no section {title!r}"
    return rest.partition("\n## ")[0]


def spoken_lines(text: str) -> Iterator[str]:
    """Yield the lines of code blocks and the pieces of inline code."""
    for _, content in FENCE.findall(text):
        yield from content.splitlines()
    for line in FENCE.sub("", text).splitlines():
        yield from INLINE.findall(line)


def invocations(text: str) -> Iterator[list[str]]:
    """Yield the words after each `linkwright` that begins a command."""
    for line in spoken_lines(text):
        for found in re.finditer(r"(?:^|\s|bin/)linkwright +([^#|;\n]*)", line):
            yield found.group(1).split()
    for words in re.findall(r'"linkwright", (.*?)\]', text):
        yield re.findall(r'"([^"]+)"', words)


HELP = ("--help", "-h", "--version")


def command_of(words: list[str]) -> tuple[str, list[str]]:
    """Return the command among ``words`` and the options that follow it."""
    takes_value = {"--config", "--property"}
    rest = list(words)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in HELP:
            return "", []
        assert any(option in parameter.opts for parameter in cli.params), option
        if option in takes_value:
            rest.pop(0)
    return rest[0].rstrip(",.;:"), [word for word in rest[1:] if word.startswith("--")]


def cited_sections() -> list[tuple[str, int]]:
    found = []
    for folder in ("recommender", "jobs", "tests"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            text = " ".join(path.read_text(encoding="utf-8").replace("#", " ").split())
            for numbers in re.findall(r"method, sections? ((?:\d+(?:, | and )?)+)", text):
                found += [
                    (path.relative_to(ROOT).as_posix(), int(number))
                    for number in re.findall(r"\d+", numbers)
                ]
    return found


def constant(name: str) -> object:
    """Return the module constant or the default of the configuration key called ``name``."""
    holder, _, last = name.rpartition(".")
    try:
        return getattr(importlib.import_module(holder), last)
    except ModuleNotFoundError:
        module, _, section_name = holder.rpartition(".")
        keys = getattr(importlib.import_module(module), section_name).model_fields
        return keys[last].default


def slug(title: str) -> str:
    """Return the anchor of a heading as code hosts make it."""
    plain = re.sub(r"[^\w\- ]", "", re.sub(r"`|\*", "", title).lower())
    return plain.strip().replace(" ", "-")


@pytest.mark.parametrize("text", fenced(README, "yaml"))
def test_each_configuration_in_the_readme_can_be_used(text: str, tmp_path: Path) -> None:
    (one,) = parse_config(text, tmp_path / "config.yaml").properties
    assert one.name == "example"


def test_the_smallest_configuration_needs_no_account(tmp_path: Path) -> None:
    smallest = min(fenced(README, "yaml"), key=len)
    (one,) = parse_config(smallest, tmp_path / "config.yaml").properties
    assert one.search_console.source is SourceKind.NONE


def test_each_command_is_in_the_readme_and_each_in_the_readme_exists() -> None:
    assert {command_of(words)[0] for words in invocations(README)} == set(cli.commands)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_option_that_a_document_shows_exists(name: str) -> None:
    for words in invocations(document(name)):
        command, options = command_of(words)
        if not command:
            continue
        known = {option for parameter in cli.commands[command].params for option in parameter.opts}
        assert set(options) <= known, f"linkwright {' '.join(words)}"


def test_the_command_table_has_a_row_for_each_command() -> None:
    rows = [line for line in section(README, "Commands").splitlines() if line.startswith("| `")]
    shown = {command_of(words)[0] for row in rows for words in invocations(row.split("|")[1])}
    assert shown == set(cli.commands)


def test_each_option_in_a_row_of_the_table_is_one_of_its_commands() -> None:
    rows = [line for line in section(README, "Commands").splitlines() if line.startswith("| `")]
    for row in rows:
        names, meaning = row.split("|")[1:3]
        of_row = [cli.commands[command_of(words)[0]] for words in invocations(names)]
        known = {option for command in of_row for p in command.params for option in p.opts}
        assert set(re.findall(r"`(?:[^`]* )?(--[a-z-]+)", meaning)) <= known, names


def test_the_exit_codes_are_those_of_the_errors() -> None:
    def codes(kind: type[LinkwrightError]) -> set[int]:
        return {kind.exit_code}.union(*map(codes, kind.__subclasses__()))

    shown = re.findall(r"^\| (\d+) \|", section(README, "Commands"), re.MULTILINE)
    assert {int(code) for code in shown} == codes(LinkwrightError) | {0}


def test_each_path_of_the_map_exists() -> None:
    listed = fenced(section(README, "Map of the repository"), "text")[0].splitlines()
    missing = [line for line in listed if not (ROOT / line.split()[0]).exists()]
    assert listed
    assert not missing


def test_the_map_names_each_part_of_the_library() -> None:
    listed = {
        line.split()[0]
        for line in fenced(section(README, "Map of the repository"), "text")[0].splitlines()
    }
    parts = {
        path.relative_to(ROOT).as_posix() + ("/" if path.is_dir() else "")
        for path in (ROOT / "recommender").iterdir()
        if path.name not in {"__pycache__", "__init__.py", "py.typed"}
    }
    assert parts <= listed


def test_the_drawn_layers_are_the_enforced_ones() -> None:
    project = tomllib.loads(document("pyproject.toml"))
    contracts = project["tool"]["importlinter"]["contracts"]
    enforced = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    drawn = fenced(section(README, "Map of the repository"), "text")[1].splitlines()
    assert drawn == [layer.replace("recommender.", "") for layer in enforced]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_link_of_a_document_leads_somewhere(name: str) -> None:
    for link in LINK.findall(document(name)):
        if re.match(r"https?://", link):
            continue
        path, _, part = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        assert target.exists(), link
        if part:
            titles = HEADING.findall(target.read_text(encoding="utf-8"))
            assert part in map(slug, titles), link


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_file_that_a_document_names_exists(name: str) -> None:
    folders = {path.name for path in (ROOT / "recommender").iterdir() if path.is_dir()}
    missing = []
    for piece in spoken_lines(document(name)):
        path = piece.split()[0] if piece.strip() else ""
        top = path.partition("/")[0]
        if "/" in path and top in {"recommender", "jobs", "tests", "templates", "docs", ".ci"}:
            missing += [] if (ROOT / path).exists() else [path]
        elif "/" in path and top in folders:
            missing += [] if (ROOT / "recommender" / path).exists() else [path]
    assert not missing


def test_each_cited_section_of_the_method_exists() -> None:
    written = {int(number) for number in re.findall(r"^## (\d+)\. ", METHOD, re.MULTILINE)}
    cited = cited_sections()
    assert written == set(range(1, 9))
    assert len(cited) > 10
    assert [one for one in cited if one[1] not in written] == []


CONSTANTS = re.findall(r"^\| `([\w.]+)` \| (.+?) \| \d \|$", METHOD, re.MULTILINE)


@pytest.mark.parametrize(("name", "value"), CONSTANTS)
def test_each_constant_of_the_method_is_the_one_in_the_code(name: str, value: str) -> None:
    assert constant(name) == pytest.approx(ast.literal_eval(value), rel=1e-3)


def test_the_method_lists_its_constants() -> None:
    table = section(METHOD, "Constants")
    assert len(CONSTANTS) == sum(line.startswith("| `") for line in table.splitlines()) > 30
