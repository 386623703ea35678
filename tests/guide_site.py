"""A site of short guides that name each other, of invented sentences, and what is searched there.

Its pages are answers for :class:`tests.local_site.LocalSite`. Every guide is named in the text of
others in the words that people search it with, so that there is always something to recommend.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import date

import pandas as pd

from tests.local_site import Answer, html

TOPICS: Mapping[str, tuple[str, str, str]] = {
    "bread": ("sourdough starter", "rye flour", "baking stone"),
    "coffee": ("burr grinder", "paper filter", "milk steaming"),
    "garden": ("compost heap", "raised bed", "seed tray"),
    "wood": ("dovetail joint", "hand plane", "marking gauge"),
    "sailing": ("storm jib", "anchor chain", "mooring line"),
    "cheese": ("washed rind", "curd knife", "blue mould"),
    "pottery": ("slip glaze", "kick wheel", "bisque firing"),
    "running": ("tempo run", "trail shoe", "hill repeat"),
    "chess": ("pawn storm", "rook ending", "queen gambit"),
    "sewing": ("bias tape", "zigzag stitch", "walking foot"),
    "bees": ("queen excluder", "honey super", "smoker fuel"),
    "photo": ("tripod head", "colour filter", "flash diffuser"),
    "guitar": ("truss rod", "bone nut", "fret dressing"),
    "camping": ("down quilt", "tarp shelter", "gas stove"),
    "fishing": ("dry fly", "tapered leader", "landing net"),
    "printing": ("letterpress ink", "wood type", "proof press"),
}
SYLLABLES = [first + second for first in "bdfgklmnprst" for second in "aeiou"]


def words_of(topic: str) -> list[str]:
    """Return the words of a topic that no other topic has."""
    draw = random.Random(topic)
    return ["".join(draw.choices(SYLLABLES, k=3)) for _ in range(24)]


OPENINGS = ("Over the years", "On a quiet morning", "With some patience", "For a first try")
VERBS = ("changes", "spoils", "improves", "slows", "settles", "softens", "steadies")


def path_of(phrase: str) -> str:
    """Return the path of the guide about ``phrase``."""
    topic = next(topic for topic, named in TOPICS.items() if phrase in named)
    return f"/{topic}/{phrase.replace(' ', '-')}"


def phrases() -> Iterator[str]:
    """Yield what the guides are about."""
    for named in TOPICS.values():
        yield from named


def guide_site(*, robots: str = "User-agent: *\nAllow: /\n") -> dict[str, Answer]:
    """Return what the site answers: a home page, a page about us, the guides, robots.txt."""
    answers = {
        "/robots.txt": Answer(body=robots.encode(), headers={"Content-Type": "text/plain"}),
        "/about": _page("About us", "<p>We try things out and write down what we learn.</p>"),
        "/": _page("Field Guides", _listing()),
    }
    for topic, named in TOPICS.items():
        for place, phrase in enumerate(named):
            answers[path_of(phrase)] = _page(phrase.capitalize(), _guide(topic, place))
    return answers


def _listing() -> str:
    items = "".join(f'<li><a href="{path_of(name)}">{name}</a></li>' for name in phrases())
    return f"<p>Short guides, tried out and written down.</p><ul>{items}</ul>"


def _guide(topic: str, place: int) -> str:
    """Return a guide's text: its own matter, a link to the next guide, the third one only named."""
    own, linked, named = (TOPICS[topic][(place + step) % 3] for step in range(3))
    draw = random.Random(f"{topic} {place}")
    paragraphs = [f"<p>{_sentences(draw, topic, own)}</p>" for _ in range(6)]
    paragraphs[2] = (
        f"<p>{_sentences(draw, topic, own)} Read about the "
        f'<a href="{path_of(linked)}">{linked}</a> before you go on.</p>'
    )
    paragraphs += [
        f"<p>{_sentences(draw, topic, own)} {draw.choice(OPENINGS)} a good {named} "
        f"{draw.choice(VERBS)} the {draw.choice(words_of(topic))} more than anything else.</p>"
        for _ in range(2)
    ]
    return "".join(paragraphs)


def _sentences(draw: random.Random, topic: str, own: str) -> str:
    return " ".join(_sentence(draw, topic, own) for _ in range(3))


def _sentence(draw: random.Random, topic: str, own: str) -> str:
    first, second, third = draw.sample(words_of(topic), 3)
    return (
        f"{draw.choice(OPENINGS)} the {own} {draw.choice(VERBS)} the {first}, and "
        f"the {second} {draw.choice(VERBS)} with every {third} you keep."
    )


def _page(title: str, content: str) -> Answer:
    menu = '<a href="/">Field Guides</a> <a href="/about">About</a>'
    return html(
        f"<!doctype html><html lang=en><head><title>{title}</title></head><body>"
        f"<header><nav>{menu}</nav></header><main><h1>{title}</h1>{content}</main>"
        "<footer><p>Field Guides, written by hand.</p></footer></body></html>"
    )


class GuideSearches:
    """What is searched on the guides at ``site``: the same every day, more for some pages."""

    def __init__(self, site: str, *, first_day: date = date.min) -> None:
        self._first_day = first_day
        rows = [
            (query, site.rstrip("/") + path_of(phrase), clicks, shown, 6.0 + number % 9)
            for number, phrase in enumerate(phrases())
            for query, clicks, shown in (
                (phrase, 1 + number % 3, 40 + 7 * number),
                (f"best {phrase}", number % 2, 15 + number),
                (f"how to use {phrase}", 0, 9),
            )
        ]
        columns = ["query", "page", "clicks", "impressions", "position"]
        self._rows = pd.DataFrame(rows, columns=columns).assign(anonymised=False)

    def day(self, day: date) -> pd.DataFrame:
        """Return the rows of one day, none before the first."""
        return self._rows if day >= self._first_day else self._rows.head(0)
