"""Turns what pydantic objects to in a configuration into sentences for the person who edits it.

Names the nearest known key, the section where a misplaced key belongs, the range or the choice
that a value must keep to, and what stands there now.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from recommender.config import Config

Location = tuple[int | str, ...]
"""The way from the top of the file to a value: keys, and numbers of list items."""

PATTERNS: Mapping[str, str] = {
    r"^[a-z0-9][a-z0-9_-]*$": (
        "must be lower-case letters, digits, - and _, with a letter or a digit first"
    ),
    r"^[A-Za-z0-9][A-Za-z0-9_:.-]*\.[A-Za-z0-9_]+$": (
        "must be project and dataset, such as my-project.searchconsole"
    ),
    r"^([01]\d|2[0-3]):[0-5]\d$": "must be a time of day such as 07:30",
    r"^[a-z][a-z0-9+]*://[^*?\[\]\s]+$": "must be an address such as s3://bucket/prefix",
    r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$": "must be hours such as 22:00-06:00",
}
"""What a pattern of the models asks for; a plain choice ``^(a|b)$`` needs no entry."""

SENTENCES: tuple[tuple[str, str], ...] = (
    ("greater_than_equal", "must be at least {ge:g}"),
    ("greater_than", "must be more than {gt:g}"),
    ("less_than_equal", "must be at most {le:g}"),
    ("less_than", "must be less than {lt:g}"),
    ("string_too_short", "must not be empty"),
    ("too_short", "must have at least {min_length} entry"),
    ("path_", "must be a path"),
    ("string_", "must be text; put it in quotes"),
    ("int_", "must be a whole number"),
    ("float_", "must be a number"),
    ("finite_", "must be a finite number"),
    ("bool_", "must be true or false"),
    ("tuple_", "must be a list, such as [one, two]"),
    ("model_", "must be a mapping, with one 'key: value' on a line"),
    ("invalid_key", "must be a word; put it in quotes"),
)
"""What a pydantic error says, by the start of its type (first match), filled with its context."""


def explain(details: ErrorDetails) -> str:
    """Return one sentence on what is wrong at a place, without naming the place."""
    location = details["loc"]
    if details["type"] == "extra_forbidden":
        return _unknown_key(location)
    if details["type"] == "missing":
        return _missing_key(location)
    if details["type"] == "value_error":
        return details["msg"].removeprefix("Value error, ")
    if details["input"] is None:
        return "is empty; give it a value or leave the key out"
    return _wrong_value(details)


def misplaced_truths(
    values: object, section: type[BaseModel], location: Location = ()
) -> Iterator[Location]:
    """Yield the places where true or false stands for a number, which pydantic reads as 1 or 0."""
    for key, value in values.items() if isinstance(values, dict) else ():
        field = keys_of(section).get(str(key))
        nested = _nested(field.annotation) if field else None
        place = (*location, str(key))
        if isinstance(value, bool) and field and field.annotation in (int, float):
            yield place
        elif nested and isinstance(value, list):
            for index, entry in enumerate(value):
                yield from misplaced_truths(entry, nested, (*place, index))
        elif nested:
            yield from misplaced_truths(value, nested, place)


def keys_of(section: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of a section by the keys that the file spells them with."""
    return {field.alias or name: field for name, field in section.model_fields.items()}


def spelled(location: Location) -> str:
    """Return a location as people write it: ``properties[0].crawl.delay_s``."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return "".join(steps).removeprefix(".")


def _unknown_key(location: Location) -> str:
    section, key = _section_at(location[:-1]), str(location[-1])
    known = keys_of(section)
    near = difflib.get_close_matches(key, known, n=1)
    if near:
        return f"unknown key; did you mean {near[0]}?"
    homes = [home for home, other in _sections(Config, ()) if key in keys_of(other)]
    if homes:
        return f"unknown key here; it belongs {' or '.join(homes)}"
    return f"unknown key; known are {', '.join(known)}"


def _missing_key(location: Location) -> str:
    field = keys_of(_section_at(location[:-1]))[str(location[-1])]
    return "is missing; it is needed" + (f": {field.description}" if field.description else "")


def _wrong_value(details: ErrorDetails) -> str:
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    if kind == "enum":
        return _choice(re.findall(r"'([^']*)'", str(context["expected"])), value)
    if kind == "string_pattern_mismatch":
        pattern = str(context["pattern"])
        choices = pattern_choices(pattern)
        if choices:
            return _choice(choices, value)
        return PATTERNS.get(pattern, f"must match {pattern}") + _shown(value)
    for start, sentence in SENTENCES:
        if kind.startswith(start):
            return sentence.format(**context) + _shown(value)
    return details["msg"]


def pattern_choices(pattern: str) -> list[str]:
    """Return the words that a pattern such as ``^(mon|tue)$`` lets pass, none for any other."""
    matched = re.fullmatch(r"\^\(?([A-Za-z_]+(?:\|[A-Za-z_]+)*)\)?\$", pattern)
    return matched[1].split("|") if matched else []


def _choice(choices: list[str], value: object) -> str:
    """Return what may stand here, and the choice that was probably meant."""
    near = difflib.get_close_matches(str(value).lower(), choices, n=1)
    meant = f"; did you mean {near[0]}?" if near else ""
    listed = " or ".join((", ".join(choices[:-1]), choices[-1])) if choices[1:] else choices[0]
    return f"must be {listed}{_shown(value)}{meant}"


def _shown(value: object) -> str:
    """Return what stands in the file, short enough for one line."""
    if isinstance(value, bool):
        return f" (is {str(value).lower()})"
    if isinstance(value, dict):
        return " (is a mapping)"
    if isinstance(value, list):
        return " (is a list)" if value else " (is an empty list)"
    if value == "":
        return ""
    text = repr(value)
    return f" (is {text if len(text) <= 60 else text[:57] + '...'})"


def _section_at(location: Location) -> type[BaseModel]:
    """Return the model of the section that stands at a location."""
    section: type[BaseModel] = Config
    for step in location:
        if isinstance(step, str):
            section = _nested(keys_of(section)[step].annotation) or section
    return section


def _sections(
    section: type[BaseModel], location: tuple[str, ...]
) -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield every section of the configuration with its place in words."""
    yield (f"under {'.'.join(location)}" if location else "at the top level"), section
    for name, field in keys_of(section).items():
        nested = _nested(field.annotation)
        if nested is not None:
            yield from _sections(nested, (*location, name))


def _nested(annotation: object) -> type[BaseModel] | None:
    """Return the section that a field holds, alone or in a list, None for a plain value."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _nested(part))), None)
