"""Reads the configuration file, and names every fault in it with file, line, key and remedy.

What is valid is said by :mod:`recommender.config`, and in which words a fault is told by
:mod:`jobs.config_faults`. All faults are reported at once. Secrets never stand in the file: the
mail password comes from the environment or a file of its own.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from jobs.config_faults import Location, explain, misplaced_truths, spelled
from recommender.config import Config, PropertyConfig, SmtpConfig
from recommender.errors import ConfigError


class _Fault(NamedTuple):
    line: int
    text: str


class _Loader(yaml.SafeLoader):
    """YAML as people mean it: ``15:30`` is text and not 930, ``no`` is a word and not false."""


_REDEFINED = tuple(f"tag:yaml.org,2002:{kind}" for kind in ("bool", "int", "float", "timestamp"))
_Loader.yaml_implicit_resolvers = {
    first: [resolver for resolver in resolvers if resolver[0] not in _REDEFINED]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _tag, _pattern, _first in (
    (_REDEFINED[0], r"true|True|TRUE|false|False|FALSE", "tTfF"),
    (_REDEFINED[1], r"[-+]?(?:0|[1-9][0-9_]*)", "-+0123456789"),
    (_REDEFINED[2], r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+0123456789."),
):
    _Loader.add_implicit_resolver(_tag, re.compile(rf"^(?:{_pattern})$"), list(_first))


# --- What others call -----------------------------------------------------------------------


def read_config(path: Path) -> Config:
    """Return the configuration in ``path``, its relative paths taken from the file's folder.

    Raises ConfigError with every fault as ``file:line: key: what is wrong``.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(
            f"there is no configuration {path}",
            subject=str(path),
            hint="write one with `linkwright init`, or name another with `--config FILE`",
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path} is not UTF-8 text", subject=str(path), hint="save it as UTF-8"
        ) from error
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}",
            subject=str(path),
            hint="name a file that this user may read with `--config FILE`",
        ) from error
    return parse_config(text, path)


def parse_config(text: str, path: Path) -> Config:
    """Return the configuration that ``text`` states, as if it stood in ``path``.

    Raises ConfigError as :func:`read_config` does.
    """
    root = _compose(text, path)
    if not isinstance(root, yaml.MappingNode):
        raise _refusal(path, [_Fault(1, "must hold keys such as data_dir and properties")])
    faults = list(_duplicate_keys(root, (), set()))
    values = _construct(root, path)
    faults += _duplicate_names(root, values)
    faults += [
        _Fault(_line(root, place), f"{spelled(place)}: must be a number, not true or false")
        for place in misplaced_truths(values, Config)
    ]
    config: Config | None = None
    try:
        config = Config.model_validate(values)
    except ValidationError as error:
        faults += _invalid_values(root, error)
    if faults or config is None:
        raise _refusal(path, faults)
    return _with_paths_from(config, path.parent)


def choose(config: Config, name: str | None) -> tuple[PropertyConfig, ...]:
    """Return the property called ``name``, or all of them for None.

    Raises ConfigError that names the known ones.
    """
    chosen = tuple(p for p in config.properties if name in (None, p.name))
    if chosen:
        return chosen
    known = [p.name for p in config.properties]
    near = difflib.get_close_matches(str(name), known, n=1)
    question = f"; did you mean {near[0]}?" if near else ""
    raise ConfigError(
        f"no property is named {name!r}{question}",
        subject=str(name),
        hint=f"the configuration names {', '.join(known)}",
    )


def smtp_password(smtp: SmtpConfig, environ: Mapping[str, str] = os.environ) -> str:
    """Return the password of the mail account, from the file or else the environment.

    Empty where no login is configured. Raises ConfigError where the password is missing.
    """
    if not smtp.username:
        return ""
    if smtp.password_file is None:
        password = environ.get(smtp.password_env, "")
        place = f"the environment variable {smtp.password_env}"
    else:
        password = _first_line(smtp.password_file)
        place = str(smtp.password_file)
    if not password:
        raise ConfigError(
            f"smtp.username is {smtp.username!r}, but {place} holds no password",
            subject="smtp",
            hint=f"set {smtp.password_env} in the environment, or name a file in "
            "smtp.password_file; for a server without login leave smtp.username empty",
        )
    return password


# --- YAML -----------------------------------------------------------------------------------


def _compose(text: str, path: Path) -> yaml.Node:
    """Return the root of the document with the place of every node in the text."""
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise _syntax_refusal(path, text, error) from error
    if root is None:
        raise ConfigError(
            f"{path} is empty",
            subject=str(path),
            hint="`linkwright init` writes one; config.example.yaml shows every key",
        )
    return root


def _construct(root: yaml.Node, path: Path) -> object:
    """Return plain values of the document: mappings, lists, text, numbers."""
    loader = _Loader("")
    try:
        return loader.construct_document(root)
    except yaml.YAMLError as error:
        raise _syntax_refusal(path, "", error) from error
    finally:
        loader.dispose()


def _syntax_refusal(path: Path, text: str, error: yaml.YAMLError) -> ConfigError:
    """Return the error for text that is not YAML; the line is that of the parser's objection."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        line, problem = error.problem_mark.line + 1, error.problem or "is not YAML"
    elif isinstance(error, yaml.reader.ReaderError):
        line, problem = text.count("\n", 0, error.position) + 1, error.reason
    else:
        line, problem = 1, "is not YAML"
    if "'\\t'" in problem:
        problem = "a tab stands here; indent with spaces, YAML takes no tabs"
    return _refusal(
        path,
        [_Fault(line, problem)],
        "check the indentation, the colons and the quotes on this line and the one above it",
    )


def _refusal(path: Path, faults: list[_Fault], hint: str = "") -> ConfigError:
    """Return the error that lists all faults in the order of the file."""
    problems = tuple(f"{path}:{line}: {text}" for line, text in sorted(set(faults)))
    count = "one fault" if len(problems) == 1 else f"{len(problems)} faults"
    return ConfigError(
        f"{path} has {count}:",
        subject=str(path),
        hint=hint or "config.example.yaml shows every key with its default and its range",
        problems=problems,
    )


def _duplicate_keys(node: yaml.Node, location: Location, seen: set[int]) -> Iterator[_Fault]:
    """Yield the keys that a mapping holds twice; YAML would silently keep the last."""
    if id(node) in seen:  # an alias: its anchor was searched already
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _duplicate_keys(item, (*location, index), seen)
    elif isinstance(node, yaml.MappingNode):
        first_lines: dict[str, int] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in first_lines:
                place = spelled((*location, name))
                yield _Fault(line, f"{place}: given twice; first on line {first_lines[name]}")
            first_lines.setdefault(name, line)
            yield from _duplicate_keys(value, (*location, name), seen)


def _duplicate_names(root: yaml.Node, values: object) -> Iterator[_Fault]:
    """Yield the properties whose name an earlier one has."""
    properties = values.get("properties") if isinstance(values, dict) else None
    first: dict[str, int] = {}
    for index, entry in enumerate(properties if isinstance(properties, list) else ()):
        name = entry.get("name") if isinstance(entry, dict) else None
        if isinstance(name, str) and first.setdefault(name, index) != index:
            location = ("properties", index, "name")
            text = f"{spelled(location)}: {name!r} is the name of properties[{first[name]}] too"
            yield _Fault(_line(root, location), text)


def _invalid_values(root: yaml.Node, error: ValidationError) -> Iterator[_Fault]:
    """Yield what the models object to.

    Leaves out what has no place (names given twice, found elsewhere with their line) and a list
    that pydantic calls too short because all of its entries are wrong.
    """
    for details in error.errors():
        location = details["loc"]
        if location and not (details["type"] == "too_short" and details["input"]):
            yield _Fault(_line(root, location), f"{spelled(location)}: {explain(details)}")


def _line(root: yaml.Node, location: Location) -> int:
    """Return the line of a key or list item, or of the nearest thing around it that exists."""
    node, line = root, root.start_mark.line
    for step in location:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
            line = node.start_mark.line
            continue
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        found = next(((key, value) for key, value in pairs if str(key.value) == step), None)
        if found is None:
            break
        line, node = found[0].start_mark.line, found[1]
    return line + 1


# --- Files beside the configuration ---------------------------------------------------------


Part = TypeVar("Part", bound=BaseModel)


def _with_paths_from(part: Part, folder: Path) -> Part:
    """Return the configuration, or a part of it, with relative paths taken from ``folder``.

    Nothing else is touched: keys that the file does not have are still told from those it has.
    """
    located = {name: _located(value, folder) for name, value in part}
    return part.model_copy(update={n: new for n, new in located.items() if new != getattr(part, n)})


def _located(value: object, folder: Path) -> object:
    if isinstance(value, Path):
        return folder / value.expanduser()
    if isinstance(value, BaseModel):
        return _with_paths_from(value, folder)
    if isinstance(value, tuple):
        return tuple(_located(one, folder) for one in value)
    return value


def _first_line(path: Path) -> str:
    """Return the first line of a file with a secret."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"smtp.password_file {path} cannot be read: {error}",
            subject="smtp.password_file",
            hint="the file holds the password on its first line, and the running user may read it",
        ) from error
    return lines[0] if lines else ""
