"""How well regions are told, measured on the labelled links.

``python -m tests.eval.regions.score [--site NAME ...] [--wrong] [--check]`` fetches the labelled
sites, reads all of their pages as a crawl does, and judges them twice: the whole site together, and
each labelled page on its own. Labels of links that a crawl does not keep (to other sites, to a
place on the same page) are left out and counted. ``--check`` compares with floors.json: 1 where a
floor is not reached, 2 where no site could be had.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from urllib.parse import quote

import click
import pandas as pd
from selectolax.lexbor import LexborHTMLParser, LexborNode

from recommender.frames import BLOCK_EVIDENCE, LINK_EVIDENCE
from recommender.ingest.parse import ParseRules, parse_page
from recommender.ingest.regions import judge_regions
from recommender.models import Region
from recommender.urls import absolute
from tests.eval.regions.floors import Measured, below, read_floors
from tests.eval.regions.label_files import Label, Site, SiteUnavailable, fetch, labels, sites

HOME = "https://www.site.example/"
TEMPLATE_SHARE = 0.2
PAGES = ("*.html", "*.htm", "*.xhtml")
CONTENT = Region.CONTENT.value
UNREAD = frozenset({"canvas", "iframe", "noscript", "object", "svg", "template", "video"})
_BLOCK = attrgetter(
    *("text" if name == "text_hash" else name for name in BLOCK_EVIDENCE.columns if name != "page")
)
_LINK = attrgetter(*(name for name in LINK_EVIDENCE.columns if name != "source"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """A site as regions are judged by it; both frames by page, in document order."""

    blocks: pd.DataFrame
    links: pd.DataFrame


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A label, the row of its link in LINK_EVIDENCE, and what was called of it."""

    label: Label
    row: int
    whole: str = ""
    alone: str = ""
    reason: str = ""
    reason_alone: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """Precision and recall of the call "content", NaN where nothing can be told."""

    precision: float
    recall: float

    @classmethod
    def of(cls, said: Sequence[str], true: Sequence[str]) -> Score:
        """Return the score of the calls ``said`` where the labels are ``true``."""
        both = sum(s == t == CONTENT for s, t in zip(said, true, strict=True))
        return cls(
            precision=_ratio(both, sum(s == CONTENT for s in said)),
            recall=_ratio(both, sum(t == CONTENT for t in true)),
        )

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return _ratio(2 * self.precision * self.recall, self.precision + self.recall)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


# --- Reading --------------------------------------------------------------------------------


def url_of(page: str) -> str:
    """Return the address at which a site's file is read."""
    folder, slash, name = page.rpartition("/")
    return HOME + quote(folder + slash + ("" if name == "index.html" else name))


def read_site(root: Path) -> Evidence:
    """Return the evidence of all pages below ``root``."""
    files = sorted({file for pattern in PAGES for file in root.rglob(pattern)})
    rules = ParseRules(site=HOME)
    blocks: list[tuple[object, ...]] = []
    links: list[tuple[object, ...]] = []
    by_url = {url_of(file.relative_to(root).as_posix()): file for file in files}
    for url in sorted(by_url):
        page = parse_page(by_url[url].read_bytes(), url=url, headers={}, rules=rules)
        blocks += [(url, *_BLOCK(block)) for block in page.blocks]
        links += [(url, *_LINK(link)) for link in page.links]
    block_rows = pd.DataFrame(blocks, columns=list(BLOCK_EVIDENCE.columns))
    hashes = pd.util.hash_array(block_rows["text_hash"].to_numpy(dtype=object))
    return Evidence(
        blocks=BLOCK_EVIDENCE.coerced(block_rows.assign(text_hash=hashes)),
        links=LINK_EVIDENCE.coerced(pd.DataFrame(links, columns=list(LINK_EVIDENCE.columns))),
    )


# --- Matching -------------------------------------------------------------------------------


def find(root: Path, evidence: Evidence, labelled: Sequence[Label]) -> list[Found]:
    """Return the labels whose links a crawl keeps, with their rows.

    Raises ValueError where a label names a link that does not stand on its page.
    """
    rows = {url: group.index for url, group in evidence.links.groupby("source", observed=True)}
    targets = evidence.links["target"].astype(object)
    found, places = [], dict[str, Mapping[tuple[str, str, int], int | None]]()
    for label in labelled:
        if label.page not in places:
            url = url_of(label.page)
            kept = targets[rows[url]] if url in rows else targets[:0]
            places[label.page] = _rows_of(root / label.page, url, kept)
        key = label.href, label.anchor, label.nth
        if key not in places[label.page]:
            raise ValueError(f"{label.site}/{label.page} has no link {key}")
        row = places[label.page][key]
        if row is not None:
            found.append(Found(label=label, row=row))
    return found


def _rows_of(file: Path, url: str, kept: pd.Series) -> dict[tuple[str, str, int], int | None]:
    """Return the row of each link of a page by href, anchor and place, None where it has none."""
    tree = LexborHTMLParser(file.read_bytes(), scripting=True)
    base_node = tree.css_first("base[href]")
    base = absolute(base_node.attributes.get("href") or "", url) if base_node else url
    waiting = list(zip(kept.index, kept, strict=True))
    seen: Counter[tuple[str, str]] = Counter()
    rows: dict[tuple[str, str, int], int | None] = {}
    for node in tree.css("a[href]"):
        href = node.attributes.get("href") or ""
        key = href, " ".join(node.text(deep=True).split())
        row = None
        if waiting and absolute(href, base or url) == waiting[0][1] and _counts(node, href, url):
            row = waiting.pop(0)[0]
        rows[*key, seen[key]] = row
        seen[key] += 1
    if waiting:
        raise ValueError(f"{file}: links are read that the markup does not have: {waiting[:3]}")
    return rows


def _counts(node: LexborNode, href: str, url: str) -> bool:
    """Tell whether a crawl may keep a link: not to its own place, nor in what is not read."""
    if absolute(href, url) == url and (not href.strip() or "#" in href):
        return False
    above = node.parent
    while above is not None:
        if above.tag in UNREAD:
            return False
        above = above.parent
    return True


# --- Judging --------------------------------------------------------------------------------


def judge(evidence: Evidence, found: Sequence[Found]) -> list[Found]:
    """Return the labels with what is called of their links: in the whole site, and page alone."""
    whole = judge_regions(evidence.blocks, evidence.links, template_share=TEMPLATE_SHARE)[1]
    alone: dict[int, tuple[str, str]] = {}
    for url in {url_of(one.label.page) for one in found}:
        alone |= _judged_alone(evidence, url)
    return [
        Found(
            label=one.label,
            row=one.row,
            whole=whole["region"].iloc[one.row],
            reason=whole["reason"].iloc[one.row],
            alone=alone[one.row][0],
            reason_alone=alone[one.row][1],
        )
        for one in found
    ]


def _judged_alone(evidence: Evidence, url: str) -> Iterator[tuple[int, tuple[str, str]]]:
    blocks = evidence.blocks[evidence.blocks["page"] == url].reset_index(drop=True)
    links = evidence.links[evidence.links["source"] == url]
    numbered = links.reset_index(drop=True)
    verdict = judge_regions(_recoded(blocks), _recoded(numbered), template_share=TEMPLATE_SHARE)[1]
    return zip(links.index, zip(verdict["region"], verdict["reason"], strict=True), strict=True)


def _recoded(frame: pd.DataFrame) -> pd.DataFrame:
    coded = [str(name) for name in frame.select_dtypes("category")]
    return frame.assign(**{name: frame[name].cat.remove_unused_categories() for name in coded})


# --- Telling --------------------------------------------------------------------------------


def report(site: str, found: Sequence[Found], left_out: int) -> Iterator[str]:
    """Yield the lines that say how well the links of a site are told."""
    true = [one.label.label.value for one in found]
    pages = len({one.label.page for one in found})
    yield f"{site}: {len(found)} links on {pages} pages, {left_out} labels left out"
    for how, said in (("site", [f.whole for f in found]), ("alone", [f.alone for f in found])):
        score = Score.of(said, true)
        editorial = [s for s, one in zip(said, found, strict=True) if one.label.editorial]
        kept = _ratio(sum(s == CONTENT for s in editorial), len(editorial))
        yield (
            f"  {how:5}  precision {score.precision:.3f}  recall {score.recall:.3f}  "
            f"F1 {score.f1:.3f}  editorial {kept:.3f} of {len(editorial)}"
        )
    yield from _confusion(true, [one.whole for one in found])


def _confusion(true: Sequence[str], said: Sequence[str]) -> Iterator[str]:
    names = [region.value for region in Region]
    counts = Counter(zip(true, said, strict=True))
    yield "  label      " + "".join(f"{name:>11}" for name in names)
    for name in names:
        cells = [counts[name, other] for other in names]
        if any(cells):
            yield f"  {name:11}" + "".join(f"{cell or '.':>11}" for cell in cells)


def wrong(found: Sequence[Found]) -> Iterator[str]:
    """Yield a line for each link that is content by label or by call, but not by both."""
    for one in found:
        for how, said, why in (
            ("site", one.whole, one.reason),
            ("alone", one.alone, one.reason_alone),
        ):
            if (said == CONTENT) != (one.label.label.value == CONTENT):
                at = f"{one.label.page} {one.label.href} {one.label.anchor[:40]!r}"
                yield f"  {how:5} {one.label.label.value} called {said} ({why}): {at}"


def main() -> int:
    """Print the scores; 1 where a floor is not reached, 2 where a site cannot be had."""
    asked = _arguments()
    found: dict[str, list[Found]] = {}
    for site in _asked_sites(asked):
        try:
            root = fetch(site, asked.cache.resolve())
        except SiteUnavailable as problem:
            click.echo(f"skipped: {problem}" if asked.check else str(problem), err=True)
            if asked.check:
                continue
            return 2
        evidence, labelled = read_site(root), labels(site)
        found[site.site] = judge(evidence, find(root, evidence, labelled))
        for line in report(site.site, found[site.site], len(labelled) - len(found[site.site])):
            click.echo(line)
        for line in wrong(found[site.site]) if asked.wrong else ():
            click.echo(line)
    for line in report("all", [one for ones in found.values() for one in ones], 0):
        click.echo(line)
    return check(found) if asked.check else 0


def check(found: Mapping[str, Sequence[Found]]) -> int:
    """Return 0 where the floors of the sites of ``found`` are reached, 1 where not, 2 for none."""

    def measure(names: Sequence[str]) -> Measured:
        return measured([one for name in names for one in found[name]])

    floors = read_floors()
    if not {floor.site for floor in floors.sites} & found.keys():
        click.echo("no site with a floor could be had: nothing is checked", err=True)
        return 2
    short = list(below(floors, found.keys(), measure))
    for line in short or [f"all floors of {', '.join(found)} are reached"]:
        click.echo(line)
    return 1 if short else 0


def measured(found: Sequence[Found]) -> Measured:
    """Return how well ``found`` are told."""
    true = [one.label.label.value for one in found]
    written = [one.whole == CONTENT for one in found if one.label.editorial]
    return Measured(
        f1=Score.of([one.whole for one in found], true).f1,
        alone=Score.of([one.alone for one in found], true).f1,
        editorial=_ratio(sum(written), len(written)),
    )


def _asked_sites(asked: argparse.Namespace) -> list[Site]:
    names = asked.site
    if asked.check and not names:
        names = [floor.site for floor in read_floors().sites]
    elif not names:
        names = [site.site for site in sites() if site.held_out == asked.held_out]
    return [site for site in sites() if site.site in names]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.eval.regions.score")
    parser.add_argument("--site", nargs="+", choices=[site.site for site in sites()])
    parser.add_argument("--held-out", action="store_true", help="the sites kept for the end")
    parser.add_argument("--cache", type=Path, default=Path(".eval-cache/regions"))
    parser.add_argument("--check", action="store_true", help="compare with floors.json")
    parser.add_argument("--wrong", action="store_true", help="list the wrong calls too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
