"""How cost grows with the site: twice the pages, the same 200 targets; ``make bench``.

Pages are put together from the sentences of three real sites: each takes its own from neighbouring
paragraphs, so that it is about something, its title from two real titles, and links to six others
in its words. Page number n says the same in a site of any size. Each size is measured in a
process of its own; ``python -m tests.benchmarks.growth --size 1000 FOLDER...`` measures one.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import click
import numpy as np

from recommender.candidates.habits import build_habits
from recommender.candidates.placement import usual_fit
from recommender.candidates.proposals import Ask, SourceFacts, propose
from recommender.candidates.rules import build_rules
from recommender.config import RecommendConfig
from recommender.frames import KNOWN_URLS
from recommender.models import CrawlSnapshot
from recommender.passes.study import SiteText, site_text
from recommender.signals import PAIR_SIGNALS, WEIGHTS, pair_context, pair_scores
from recommender.text import sentences, words
from tests.benchmarks.large_site import LargeSite, Parts
from tests.benchmarks.measured import machine, run
from tests.marked_tables import markdown, put_into
from tests.real_sites import archive, unpack
from tests.small_site import FETCHED, pages_of, text_of

SITES = ("kalicube", "django", "apache")
SIZES = (1000, 2000, 4000, 8000)
TARGETS, TOP, SEED = 200, 50, 7
LINKS_A_PAGE = 6
NEAR = 40  # paragraphs around a page's own that it takes sentences from
AIM = 2.2  # times the CPU, for twice the pages
PARTS = ("read_s", "propose_s")
DOCUMENT = Path(__file__).parents[2] / "docs" / "performance.md"


def recombined(parts: Parts, pages: int) -> dict[str, tuple[str, str]]:
    """Return title and text of each page, by its path, as :mod:`tests.small_site` reads them."""
    cut = [[text[a:z] for a, z in sentences(text)] for text in parts.paragraphs]
    return {f"/page-{number}": _page(parts, cut, number, pages) for number in range(pages)}


def _page(parts: Parts, cut: Sequence[Sequence[str]], number: int, pages: int) -> tuple[str, str]:
    draw, linking = random.Random(f"page {number}"), random.Random(f"links {number}")
    middle = draw.randrange(len(cut))
    near = cut[max(0, middle - NEAR) : middle + NEAR]
    lines = [
        [draw.choice(draw.choice(near)) for _ in range(draw.randint(2, 4))]
        for _ in range(draw.randint(8, 16))
    ]
    for place in linking.sample(range(len(lines)), LINKS_A_PAGE):
        lines[place][0] = _linked(lines[place][0], linking.randrange(pages), linking)
    one, other = (draw.choice(parts.titles).split() for _ in range(2))
    title = " ".join([*one[: len(one) // 2 + 1], *other[len(other) // 2 :]])
    return title, "\n".join(map(" ".join, lines))


def _linked(sentence: str, target: int, draw: random.Random) -> str:
    """Return the sentence with a link on three of its words."""
    said = sentence.replace("[", "(").replace("]", ")").split()
    first = draw.randrange(max(1, len(said) - 3))
    anchor = " ".join(said[first : first + 3]).replace("|", "-")
    return " ".join([*said[:first], f"[[/page-{target}|{anchor}]]", *said[first + 3 :]])


def measured(folders: Sequence[Path], pages: int) -> dict[str, float]:
    """Return the CPU seconds of reading a recombined site and of proposing links to 200 targets."""
    parts = Parts.of(folders, LargeSite([], pages=1))
    site = recombined(parts, pages)
    frame = pages_of(site)
    blocks, links = text_of(site)
    snapshot = CrawlSnapshot(
        id="growth",
        started_at=FETCHED,
        finished_at=FETCHED,
        pages=frame,
        blocks=blocks,
        links=links,
        known=KNOWN_URLS.empty(),
    )
    begun = time.process_time()
    text = site_text(snapshot, SEED)
    facts, asks = _asked(text)
    read = time.process_time()
    found = propose(facts, asks, top=TOP, lawful=False)
    proposed = time.process_time()
    return {
        "pages": pages,
        "words": sum(len(words(said)) for _, said in site.values()),
        "candidates": len(found),
        "read_s": read - begun,
        "propose_s": proposed - read,
    }


def _asked(text: SiteText) -> tuple[SourceFacts, Iterator[Ask]]:
    corpus, names = text.corpus, text.names
    context = pair_context(corpus, names)
    weights = np.array([WEIGHTS[name] for name, _ in PAIR_SIGNALS])
    even = np.ones(len(corpus.pages))
    facts = SourceFacts(
        corpus=corpus,
        names=names,
        habits=build_habits(corpus),
        rules=build_rules(corpus, names, RecommendConfig(), ()),
        strength=even,
        attention=even,
        fit_scale=usual_fit(corpus),
    )
    return facts, (
        Ask(
            target=target,
            scores=pair_scores(context, target),
            weights=weights,
            echo=context.echo(target),
        )
        for target in range(TARGETS)
    )


def table(found: Sequence[Mapping[str, float]]) -> str:
    """Return the sizes with their costs, and what each doubling costs."""
    head = ["pages", "words", "reading, CPU s", "200 targets, CPU s", "largest process, MB"]
    rows = [[*head, "reading, times", "200 targets, times", "both, times", "aim"]]
    for before, one in pairwise([None, *found]):
        assert one is not None
        times = ["", "", "", ""]
        if before is not None:
            ratios = [one[part] / before[part] for part in PARTS]
            ratios.append(sum(one[part] for part in PARTS) / sum(before[part] for part in PARTS))
            times = [*(f"{ratio:.2f}" for ratio in ratios), f"both {AIM} at most"]
        sizes = [f"{one['pages']:,.0f}", f"{one['words']:,.0f}"]
        costs = [f"{one['read_s']:.1f}", f"{one['propose_s']:.1f}", f"{one['largest_mb']:.0f}"]
        rows.append([*sizes, *costs, *times])
    return f"{machine()}\n{markdown(rows)}"


def main() -> int:
    """Measure, print the table, and put it into the document where that was asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"put the table into {DOCUMENT.name}")
    parser.add_argument("--size", type=int, help="measure this size alone, here")
    parser.add_argument("--repeat", type=int, default=2, help="the cheapest of so many runs counts")
    parser.add_argument("folders", type=Path, nargs="*", help="sites, with --size")
    wanted, others = parser.parse_known_args()
    if others:
        click.echo(f"growth is not measured with {' '.join(others)}", err=True)
        return 0
    if wanted.size:
        click.echo(json.dumps(measured(wanted.folders, wanted.size)))
        return 0
    missing = [str(archive(site)) for site in SITES if not archive(site).exists()]
    if missing:
        click.echo(f"{', '.join(missing)} missing: set LINKWRIGHT_SHARED", err=True)
        return 2
    with tempfile.TemporaryDirectory(prefix="linkwright-bench-") as folder:
        folders = [unpack(site, Path(folder) / site) for site in SITES]
        text = table([_cheapest(folders, size, Path(folder), wanted.repeat) for size in SIZES])
    click.echo(text)
    if wanted.write:
        put_into(DOCUMENT, text, mark="growth")
    return 0


def _cheapest(folders: Sequence[Path], size: int, work: Path, repeat: int) -> dict[str, float]:
    """Return the least of each figure over some runs: other work on the machine only adds."""
    runs: list[dict[str, float]] = []
    for _ in range(repeat):
        command = [sys.executable, "-m", "tests.benchmarks.growth", "--size", str(size)]
        cost = run([*command, *folders], log=work / "log", stdout=work / "one.json")
        told = json.loads((work / "one.json").read_text(encoding="utf-8"))
        runs.append({**told, "largest_mb": cost.largest_mb})
        click.echo(f"{runs[-1]}", err=True)
    return {name: min(one[name] for one in runs) for name in runs[0]}


if __name__ == "__main__":
    sys.exit(main())
