"""Rules that keep links like a dismissed one away, as lines of the configuration to paste."""

from __future__ import annotations

import json
from collections.abc import Iterator

from recommender.models import Recommendation
from recommender.text import folded
from recommender.urls import path_of


def offered_rules(edit: Recommendation) -> Iterator[tuple[str, str]]:
    """Yield rules that would have kept ``edit`` away: what each forbids, and its YAML.

    The YAML stands under the property, in flow style, so that it can be pasted whatever the indent.
    """
    source, target = path_of(edit.source), path_of(edit.target)
    if edit.anchor:
        words = _quoted(folded(edit.anchor))
        yield "these words, on any page", f"recommend: {{banned_anchors: [{words}]}}"
    yield (
        "any new link on this page",
        f"page_types: [{{pattern: {_quoted(_glob(source))}, source: false}}]",
    )
    for forbids, pages in _between(source, target):
        yield forbids, f"recommend: {{bans: [{pages}]}}"
    yield (
        "any new link to its target",
        f"page_types: [{{pattern: {_quoted(_glob(target))}, target: false}}]",
    )


def _between(source: str, target: str) -> Iterator[tuple[str, str]]:
    """Yield the bans between the two pages, and between the folders they lie in."""
    ends = [(_glob(source), _glob(target))]
    folders = [_glob(path.rpartition("/")[0]) for path in (source, target)]
    if all(folders) and folders[0] != folders[1]:
        ends.append((f"{folders[0]}/*", f"{folders[1]}/*"))
    for (first, last), forbids in zip(
        ends, ("this page to that one", "one folder to the other"), strict=False
    ):
        yield forbids, f"{{from: {_quoted(first)}, to: {_quoted(last)}}}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _glob(path: str) -> str:
    """Return the glob that describes ``path`` alone."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in path)
