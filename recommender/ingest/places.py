"""Where an element stands on its page: a structural path that is one on all pages of a template."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from recommender.ingest.landmarks import ROLES

PATH_DEPTH = 40  # deeper elements share the path of an ancestor: nesting bombs stay small
_STEADY = re.compile(r"[A-Za-z_-]+")

Attributes = Mapping[str, str | None]


@dataclass(slots=True)
class Tally:
    """Counts the pages read, and the characters kept to be recognised again."""

    characters: int = 0
    pages: int = 0


class Place:
    """A structural path, and the places of the elements inside, as far as pages have shown them."""

    __slots__ = ("_inside", "_spelled", "depth", "path", "tally")

    def __init__(self, tally: Tally, path: str = "", depth: int = 0) -> None:
        self.path = path
        self.depth = depth
        self.tally = tally
        self._spelled: dict[tuple[str, str | None, str | None], Self] = {}  # by what markup says
        self._inside: dict[str, Self] = {}  # by name of the step

    def step(self, tag: str, attributes: Attributes) -> Self:
        """Return the place of a child element. Cost: a look-up where its like was seen before."""
        if self.depth >= PATH_DEPTH:
            return self
        spelled = (tag, attributes.get("class"), attributes.get("role"))
        known = self._spelled.get(spelled)
        if known is not None:
            return known
        name = step_name(tag, spelled[1] or "", spelled[2] or "")
        child = self._inside.get(name)
        if child is None:
            path = f"{self.path}>{name}" if self.path else name
            child = self._inside[name] = type(self)(self.tally, path, self.depth + 1)
        self.tally.characters += 100 + len(child.path) + sum(map(len, filter(None, spelled)))
        self._spelled[spelled] = child
        return child


def step_name(tag: str, classes: str, role: str) -> str:
    """Return an element's step in a path: its tag, first steady class, and landmark role.

    A class with a digit in it often names one page or one item, and one with other signs would
    break the path; such classes are passed over, so that a slot has one path on every page.
    """
    if tag in ("html", "body"):  # their classes describe the page, not the place in it
        classes = ""
    steady = next(filter(_STEADY.fullmatch, classes.split()), "")
    name = f"{tag}.{steady}" if steady else tag
    return f"{name}[role={role.lower()}]" if role.lower() in ROLES else name
