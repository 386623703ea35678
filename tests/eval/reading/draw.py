"""Draw recommendations for readers: ours and the baseline's, mixed, and nowhere who made which.

``python -m tests.eval.reading.draw --out FOLDER`` runs ``linkwright daily`` on each real site
as it stands, and draws edits from what is proposed; the baseline proposes its first source for
pages drawn at random. Search data are made (none of these sites are public): every page is looked
for, as it is on a site that people find, by queries that are not told, so that nothing is known of
a page's words but its text. Without them (``--unsought``) only pages would be targets that the
site's own text overlooks.

FOLDER gets ``items.csv`` for the readers, ``key.csv`` (who made what, with our scores) for
afterwards, and the pages to look at. ``--sites`` also takes the sites of ``tests/eval/regions``,
which no rule was made on. ``--read`` leaves out what was read before.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click
import numpy as np
import yaml
from selectolax.lexbor import LexborHTMLParser

from jobs.demo.search_files import write_bulk
from jobs.demo.search_model import SearchModel
from tests.eval.regions.label_files import fetch
from tests.eval.regions.label_files import sites as labelled_sites
from tests.real_sites import LINKWRIGHT, PACIFIC, pages_of, tools, unpack

SITES = ("django", "apache", "kalicube")
HOME = "https://www.site.example/"
BUDGETS = {
    "targets_per_week": 100,
    "edits_per_week": 500,
    "sentences_per_week": 20,
    "links_per_target": 8,
    "links_per_source": 8,
}
"""The week's budgets while drawing: wide, so that there is enough to draw from."""

SEARCH_DAYS = 31  # the window of 28 days, and those that are not final yet

OURS, BASELINE = "ours", "baseline"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One edit as a reader sees it; the words to link stand in [[ ]]."""

    id: str
    site: str
    lot: str  # "wrap": words that stand there, "sentence": one to be written
    source: str
    source_title: str
    target: str
    target_title: str
    sentence: str
    brief: str


@dataclass(frozen=True, kw_only=True)
class Key:
    """Who proposed an item, and what our scores say of it (empty for the baseline)."""

    id: str
    system: str
    kind: str
    score: str
    page_score: str
    passage_score: str
    anchor_score: str


Drawn = tuple[Item, Key]


def ours(site: str, folder: Path, most: int, seed: int, *, sought: bool) -> list[Drawn]:
    """Return ``most`` edits of those that ``linkwright daily`` proposes, and all new sentences."""
    work = folder / "work" / site
    work.mkdir(parents=True, exist_ok=True)
    search: dict[str, object] = {"source": "none"}
    if sought:
        search = {"source": "bulk", "path": str(_searches(site, folder, seed))}
    one = {
        "name": site,
        "site": HOME,
        "search_console": search,
        "crawl": {"source": "folder", "folder": str(folder / "pages" / site), "delay_s": 0},
        "recommend": BUDGETS,
    }
    config = work / "config.yaml"
    content = {"data_dir": str(work / "data"), "properties": [one]}
    config.write_text(yaml.safe_dump(content), encoding="utf-8")
    exported = work / "edits.json"
    for command in (["daily"], ["export", "--format", "json", "--out", str(exported)]):
        subprocess.run([LINKWRIGHT, "--quiet", "--config", config, *command], check=True)
    edits = json.loads(exported.read_text(encoding="utf-8"))
    proposed = [edit for edit in edits if edit["status"] == "proposed"]
    wraps = [edit for edit in proposed if edit["kind"] != "add_sentence"]
    draws = np.random.default_rng(seed)
    chosen = draws.permutation(len(wraps))[:most].tolist()
    written = [edit for edit in proposed if edit["kind"] == "add_sentence"]
    return [_of_ours(site, edit) for edit in (*(wraps[index] for index in chosen), *written)]


def _searches(site: str, folder: Path, seed: int) -> Path:
    """Return the bulk export of a month in which all pages are looked for, by unknown queries."""
    today = datetime.now(PACIFIC).date()
    days = [today - timedelta(days=back) for back in range(1, SEARCH_DAYS + 1)]
    pages = pages_of(folder / "pages" / site, HOME)
    model = SearchModel.of_site(pages, seed=seed, first_day=min(days), hidden_share=1.0)
    return write_bulk(folder / "work" / site / "searches", model, days, site=HOME)


def _of_ours(site: str, edit: dict[str, str]) -> Drawn:
    anchor = edit["anchor"]
    marked = edit["sentence_after"].replace(f"[{anchor}]({edit['target_url']})", f"[[{anchor}]]", 1)
    item = _item(
        site=site,
        lot="wrap" if anchor else "sentence",
        source=edit["source_url"],
        target=edit["target_url"],
        sentence=marked if anchor else edit["sentence_before"],
        brief=edit["brief"] if not anchor else _change(edit["old_anchor"]),
        salt=OURS,
    )
    scores = {f.name: str(edit[f.name]) for f in fields(Key) if f.name not in ("id", "system")}
    return item, Key(id=item.id, system=OURS, **scores)


def _change(old_anchor: str) -> str:
    return f"The page links “{old_anchor}” in this sentence now." if old_anchor else ""


def baseline(site: str, folder: Path, most: int, seed: int) -> list[Drawn]:
    """Return the first source, sentence and words of the baseline for pages drawn at random."""
    if not most:
        return []
    pages = tools("linksite").read_site(folder / "pages" / site)
    engine = tools("baseline").Baseline(pages)
    found: list[Drawn] = []
    for target in np.random.default_rng(seed).permutation(len(engine.paths)).tolist():
        ranked = engine.rank(target)
        if len(found) == most:
            break
        if not ranked or not engine.texts[target]:
            continue
        sentence, anchor = engine.place(ranked[0][0], target)
        if not anchor or anchor not in sentence:
            continue
        item = _item(
            site=site,
            lot="wrap",
            source=HOME + engine.paths[ranked[0][0]].lstrip("/"),
            target=HOME + engine.paths[target].lstrip("/"),
            sentence=sentence.replace(anchor, f"[[{anchor}]]", 1),
            brief="",
            salt=BASELINE,
        )
        none = {f.name: "" for f in fields(Key) if f.name not in ("id", "system")}
        found.append((item, Key(id=item.id, system=BASELINE, **none)))
    return found


def _item(*, salt: str, **shown: str) -> Item:
    text = "\n".join((salt, *shown.values()))
    return Item(
        id=hashlib.sha256(text.encode()).hexdigest()[:8],
        source_title="",
        target_title="",
        **shown,
    )


def titled(item: Item, folder: Path) -> Item:
    """Return an item with the titles of its pages, and paths below the site's folder for URLs."""
    source, target = (_file(item.site, url, folder) for url in (item.source, item.target))
    changes = {
        "source": str(source.relative_to(folder)),
        "target": str(target.relative_to(folder)),
        "source_title": _title(source),
        "target_title": _title(target),
    }
    return Item(**{**asdict(item), **changes})


def _file(site: str, url: str, folder: Path) -> Path:
    path = unquote(urlsplit(url).path).lstrip("/")
    file = folder / "pages" / site / path
    return file / "index.html" if file.is_dir() else file


def _title(file: Path) -> str:
    title = LexborHTMLParser(file.read_bytes()).css_first("title")
    return " ".join(title.text().split()) if title else ""


def _lay_out(site: str, to: Path, cache: Path) -> None:
    """Put the pages of a site below ``to``: of ../shared, or as packages ship them."""
    if site in SITES:
        unpack(site, to)
        return
    shipped = next(one for one in labelled_sites() if one.site == site)
    to.parent.mkdir(parents=True, exist_ok=True)
    to.symlink_to(fetch(shipped, cache), target_is_directory=True)


def _written(rows: Iterator[Item] | Iterator[Key], kind: type, file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [f.name for f in fields(kind)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def main() -> None:
    """Draw from every site, mix, and write what the readers get and what they do not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sites", nargs="+", default=SITES)
    parser.add_argument("--cache", type=Path, help="folder for sites that are fetched")
    parser.add_argument("--ours", type=int, default=67, help="edits a site")
    parser.add_argument("--baseline", type=int, default=20, help="edits a site")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--baseline-seed", type=int, help="for other pages of the baseline")
    parser.add_argument("--unsought", action="store_true", help="without search data")
    parser.add_argument("--read", type=Path, help="readings.csv: leave out what it holds")
    asked = parser.parse_args()
    folder = asked.out.resolve()
    drawn: list[Drawn] = []
    for site in asked.sites:
        _lay_out(site, folder / "pages" / site, asked.cache or folder / "cache")
        drawn += ours(site, folder, asked.ours, asked.seed, sought=not asked.unsought)
        drawn += baseline(site, folder, asked.baseline, asked.baseline_seed or asked.seed)
    shown = [(titled(item, folder), key) for item, key in drawn]
    before = _read_before(asked.read) if asked.read else frozenset()
    fresh = [(item, key) for item, key in shown if _known_by(asdict(item)) not in before]
    order = np.random.default_rng(asked.seed).permutation(len(fresh)).tolist()
    _written((fresh[n][0] for n in order), Item, folder / "items.csv")
    _written((fresh[n][1] for n in order), Key, folder / "key.csv")
    click.echo(
        f"{len(fresh)} items in {folder / 'items.csv'}, {len(drawn) - len(fresh)} read before"
    )


def _read_before(readings: Path) -> frozenset[tuple[str, ...]]:
    with readings.open(encoding="utf-8", newline="") as stream:
        return frozenset(_known_by(row) for row in csv.DictReader(stream))


def _known_by(row: Mapping[str, str]) -> tuple[str, ...]:
    """Return what tells an item of one drawing from those of all: pages, sentence and words."""
    site, source, target = (row[name] for name in ("site", "source", "target"))
    inside = f"pages/{site}/"
    return (site, source.removeprefix(inside), target.removeprefix(inside), row["sentence"].strip())


if __name__ == "__main__":
    main()
