"""A sound site of invented words with known faults planted in it, and what is searched on it.

Eight subjects of ten pages. Every page has as many words, three or four links in its text from its
own subject by name, and a query of its own; what is planted departs from that in one thing.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from recommender.frames import PAGE_SEARCH, QUERY_SEARCH
from recommender.models import PatternName, SearchDay
from tests.parsed_site import ROOT

_SYLLABLES = [first + second for first in "bdfgklmnprst" for second in "aeiou"]
SUBJECTS, PAGES = 8, 10
WORDS = 300
DAY = date(2026, 3, 1)
VAGUE = ("click here", "read more", "this page", "more info", "details", "learn more")

Links = list[tuple[str, str]]  # path, words


@dataclass
class Plot:
    """One page before it is written."""

    path: str
    title: str
    words: Sequence[str]  # of its subject
    links: Links = field(default_factory=list)
    head: str = ""
    length: int = WORDS
    query: str = ""
    opening: str = ""
    shown: int = 300
    position: float = 9.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedSite:
    """The pages, what is searched, and the faults of each page that has any."""

    pages: Mapping[str, str]
    searched: SearchDay
    faults: Mapping[str, frozenset[str]]  # path -> names of failed checks and of patterns


def planted_site(seed: int = 1) -> PlantedSite:
    """Return the site: each fault on a page of its own."""
    draw = random.Random(seed)
    made = _sound(draw)
    plots = {plot.path: plot for plot in made}
    faults = dict([*_plant_links(plots, draw), *_plant_pages(plots)])
    return PlantedSite(
        pages={path: _written(plot, draw) for path, plot in plots.items()},
        searched=_searched([*plots.values()]),
        faults=faults,
    )


def _sound(draw: random.Random) -> list[Plot]:
    plots = []
    for subject in range(SUBJECTS):
        words = _invented(draw, 40)
        own = _invented(draw, PAGES)
        plots += [
            Plot(f"/{subject}/{number}", f"{words[number]} {own[number]}", words)
            for number in range(PAGES)
        ]
    for place, plot in enumerate(plots):
        subject, number = divmod(place, PAGES)
        for step in (1, 3, 4, *([7] if number % 2 else [])):
            to = plots[subject * PAGES + (number + step) % PAGES]
            plot.links.append((to.path, to.title))
        plot.query = plot.title
        plot.shown = 300 if number % 5 else 60  # no two weak pages link the same one
    return plots


def _added(plots: dict[str, Plot], path: str, like: str, draw: random.Random) -> Plot:
    """Return a new sound page on the subject of another that nothing links yet."""
    words = plots[like].words
    title = " ".join([draw.choice(words[PAGES:]), *_invented(draw, 1)])
    plots[path] = Plot(path, title, words, query=title)
    return plots[path]


def _plant_links(plots: dict[str, Plot], draw: random.Random) -> Links:
    """Plant a target for each way in which links fail together."""
    named = {name.value: frozenset({name.value}) for name in PatternName}
    sound = [*plots.values()]
    vague = _added(plots, "/vague", "/0/0", draw)
    for source, words in zip(sound[0:6], VAGUE, strict=True):
        source.links.append((vague.path, words))
    misnamed = _added(plots, "/misnamed", "/1/0", draw)
    for source in sound[10:15]:
        source.links.append((misnamed.path, sound[20].title))
    unseen = _added(plots, "/unseen", "/2/0", draw)
    for number in range(10):
        attic = _added(plots, f"/attic/{number}", "/2/0", draw)
        attic.shown, attic.query = 0, ""
        near, next_to_it = sound[20 + number], sound[20 + (number + 1) % PAGES]
        attic.links = [(plot.path, plot.title) for plot in (unseen, near)]
        next_to_it.links.append((attic.path, attic.title))
        loft = _added(plots, f"/loft/{number}", "/2/0", draw)
        loft.shown, loft.query = 0, ""
        loft.links = [(unseen.path, unseen.title)]
        attic.links.append((loft.path, loft.title))
    crowded = _added(plots, "/crowded", "/3/0", draw)
    for number in range(4):
        hub = _added(plots, f"/hub/{number}", "/3/0", draw)
        hub.links = [(plot.path, plot.title) for plot in (crowded, *sound[number:40:4])]
        hub.length, hub.shown = 360, 900
        for place in (
            *(30 + (number + step) % PAGES for step in (0, 3, 6)),
            60 + number,
            70 + number,
        ):
            sound[place].links.append((hub.path, hub.title))
    stranded = _added(plots, "/stranded", "/1/0", draw)
    for source in (sound[place] for place in (41, 43, 51, 53, 62, 74)):
        source.links.append((stranded.path, stranded.title))
    _added(plots, "/menu-only", "/0/0", draw)
    return [
        ("/vague", named["semantic_mismatch"]),
        ("/misnamed", named["semantic_mismatch"]),
        ("/unseen", named["weak_sources"]),
        ("/crowded", named["dilution"]),
        ("/stranded", named["poor_clustering"]),
        ("/menu-only", named["dilution"]),
    ]


def _plant_pages(plots: dict[str, Plot]) -> list[tuple[str, frozenset[str]]]:
    """Plant a fault that links cannot mend on some of the sound pages."""
    plots["/0/7"].head = '<meta name="robots" content="noindex">'
    plots["/1/7"].head = '<link rel="canonical" href="https://elsewhere.test/first">'
    plots["/2/7"].length = 240
    plots["/3/7"].position = 61.0
    for path in ("/0/2", "/0/9"):
        plots[path].query = plots[path].opening = plots["/0/2"].title
    plots["/1/2"].query = "quixotic zeppelin"
    named = {
        "/0/7": "indexable",
        "/1/7": "canonical",
        "/2/7": "depth",
        "/3/7": "headroom",
        "/0/2": "cannibal",
        "/0/9": "cannibal",
        "/1/2": "intent",
    }
    return [(path, frozenset({check})) for path, check in named.items()]


def _written(plot: Plot, draw: random.Random) -> str:
    """Return the HTML of a page of exactly as many words as it is to have, its title among them."""
    links = [f'<a href="{to}">{words}</a>' for to, words in plot.links]
    linked = sum(len(words.split()) for _, words in plot.links)
    named = len(f"{plot.title} {plot.title} {plot.opening}".split())
    said = draw.choices(plot.words, k=plot.length - linked - named)
    paragraphs = [[plot.title, plot.opening, *said[: len(said) // 6]]]
    rest = said[len(said) // 6 :]
    share = max(1, len(rest) // 5)
    paragraphs += [rest[start : start + share] for start in range(0, len(rest), share)]
    for number, link in enumerate(links):
        text = paragraphs[1 + number % (len(paragraphs) - 2)]
        text.insert(draw.randrange(1, len(text)), link)
    body = "".join(f"<p>{' '.join(text)}.</p>" for text in paragraphs)
    return (
        f'<html lang="en"><head><title>{plot.title}</title>{plot.head}</head><body>'
        '<nav><a href="/0/0">First</a> <a href="/1/0">Second</a></nav>'
        f"<main><h1>{plot.title}</h1>{body}</main>"
        '<footer><a href="/menu-only">Imprint</a></footer></body></html>'
    )


def _searched(plots: Sequence[Plot]) -> SearchDay:
    shown = [plot for plot in plots if plot.shown]
    rows = pd.DataFrame(
        {
            "page": [ROOT + plot.path + "/" for plot in shown],
            "day": pd.Timestamp(DAY),
            "clicks": 2,
            "impressions": [plot.shown for plot in shown],
            "position": [plot.position for plot in shown],
        }
    )
    queries = rows.assign(query=[plot.query for plot in shown])
    return SearchDay(
        day=DAY,
        pages=PAGE_SEARCH.coerced(rows),
        queries=QUERY_SEARCH.coerced(queries),
        final=True,
        capped=False,
    )


def _invented(draw: random.Random, count: int) -> list[str]:
    return ["".join(draw.choices(_SYLLABLES, k=4)) for _ in range(count)]
