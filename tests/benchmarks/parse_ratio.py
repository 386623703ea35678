"""What reading a page costs beyond parsing it: ``python -m tests.benchmarks.parse_ratio FOLDER``.

Every page is read twice in turn: bare, by parsing it and taking address and text of each link, and
as a crawl reads it, with its facts, blocks and links. Then regions are judged over all of them.
CPU seconds of this one process; building the frames is told apart, a crawl does that elsewhere.
Prints one JSON object.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import click
import pandas as pd
from selectolax.lexbor import LexborHTMLParser

from recommender.frames import BLOCK_EVIDENCE, LINK_EVIDENCE, FrameSpec
from recommender.ingest.memory import SiteMemory
from recommender.ingest.parse import ParsedPage, ParseRules, parse_page
from recommender.ingest.regions import judge_regions

HOME = "https://www.site.example/"
HEADERS: Mapping[str, Sequence[str]] = {"content-type": ("text/html; charset=utf-8",)}
TEMPLATE_SHARE = 0.2
READINGS = 2_000  # of pages, at least: small sites are read several times


def main() -> int:
    """Read the pages of a folder both ways and print the seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, help="read only so many pages, spread over the site")
    asked = parser.parse_args()
    click.echo(
        json.dumps(seconds(spread(sorted(asked.folder.rglob("*.html")), asked.pages), asked.folder))
    )
    return 0


def spread(files: Sequence[Path], number: int | None) -> Sequence[Path]:
    """Return ``number`` of ``files``, evenly spread (None: all)."""
    return files if number is None else files[:: max(1, len(files) // number)][:number]


def seconds(files: Sequence[Path], folder: Path) -> Mapping[str, float]:
    """Return the CPU seconds of one reading of all ``files``, part by part."""
    gc.set_threshold(20_000, 10, 10)  # as in the crawl's process; the same for both ways
    rules = ParseRules(site=HOME)
    rounds = -(-READINGS // len(files))
    bare = parsed = 0
    pages: dict[str, ParsedPage] = {}
    links = 0
    for _ in range(rounds):
        memory = SiteMemory()  # as in a crawl; a second round must not profit from the first
        for file in files:
            body, url = file.read_bytes(), url_of(file, folder)
            started = time.process_time_ns()
            links += _bare(body)
            between = time.process_time_ns()
            page = parse_page(body, url=url, headers=HEADERS, rules=rules, memory=memory)
            parsed += time.process_time_ns() - between
            bare += between - started
            pages[url] = page
    started = time.process_time_ns()
    blocks = _evidence(BLOCK_EVIDENCE, {url: page.blocks for url, page in pages.items()})
    evidence = _evidence(LINK_EVIDENCE, {url: page.links for url, page in pages.items()})
    framed = time.process_time_ns()
    judge_regions(blocks, evidence, template_share=TEMPLATE_SHARE)
    judged = time.process_time_ns()
    return {
        "pages": len(files),
        "links": links // rounds,
        "bare_s": bare / rounds / 1e9,
        "parse_s": parsed / rounds / 1e9,
        "frames_s": (framed - started) / 1e9,
        "regions_s": (judged - framed) / 1e9,
    }


def url_of(file: Path, folder: Path) -> str:
    """Return the address at which a file of the site is read."""
    return HOME + quote(file.relative_to(folder).as_posix().removesuffix("index.html"))


def _bare(body: bytes) -> int:
    tree = LexborHTMLParser(body)
    return len([(a.attributes.get("href"), a.text(deep=True)) for a in tree.css("a[href]")])


def _evidence(spec: FrameSpec, by_page: Mapping[str, Sequence[object]]) -> pd.DataFrame:
    """Return blocks or links as regions are judged by them; what is not counted is 0."""
    rows = [
        [url if name == spec.key[0] else _value(one, name) for name in spec.columns]
        for url, found in by_page.items()
        for one in found
    ]
    frame = pd.DataFrame(rows, columns=list(spec.columns))
    if "text_hash" in frame:
        texts = frame["text_hash"].to_numpy(dtype=object)
        frame["text_hash"] = pd.util.hash_array(texts)
    return spec.coerced(frame)


def _value(one: object, name: str) -> object:
    if name == "text_hash":
        return one.text
    if name == "words" and not hasattr(one, name):
        return one.text.count(" ") + 1
    return getattr(one, name, 0)


if __name__ == "__main__":
    sys.exit(main())
