"""One trial of link recovery: a site, its links hidden in one way, ours and the baseline graded."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tests.benchmarks.measured import Cost, run
from tests.eval.pooled import Difference, Gains
from tests.real_sites import LINKWRIGHT, archive, served, shared, tools, unpack, write_config

SHARES: Mapping[str, float] = {"django": 0.2, "apache": 0.2, "kalicube": 0.6}
"""Share of a site's editorial links to hide; kalicube has only 151 of them."""

METRICS = ("mrr", "sentence", "exact", "f1")
MASKED_METRICS = ("mrr", "sentence")
"""Where the anchor's words are hidden too, nobody can find them again."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Which links of which site are hidden, and whether their words are."""

    site: str
    masked: bool
    seed: int

    @property
    def key(self) -> str:
        """Its name in files."""
        return f"{self.site}/{'masked' if self.masked else 'plain'}/{self.seed}"

    @property
    def metrics(self) -> tuple[str, ...]:
        """What can be judged."""
        return MASKED_METRICS if self.masked else METRICS


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came out of one case, and what it cost."""

    case: Case
    pairs: int
    missing: int
    ours: Mapping[str, float]
    baseline: Mapping[str, float]
    difference: Mapping[str, Difference]
    gains: Mapping[str, Gains]
    crawl: Cost
    candidates: Cost
    place: Cost

    @property
    def cpu_s(self) -> float:
        """CPU seconds of crawl, candidates and placement together."""
        return self.crawl.cpu_s + self.candidates.cpu_s + self.place.cpu_s

    @property
    def largest_mb(self) -> float:
        """Peak memory of the largest process."""
        return max(self.crawl.largest_mb, self.candidates.largest_mb, self.place.largest_mb)


def try_out(case: Case, *, cache: Path, work: Path, say: Say) -> Trial:
    """Return the result of ``case``.

    ``cache`` keeps what does not depend on our code (sites, hidden copies, the baseline's answer)
    and may be given again; ``work`` must be empty.
    """
    hidden = _hidden(case, cache, say)
    costs = {}
    with served(hidden / "site") as home:
        config = write_config(work, name=case.site, site=home)
        pairs = _write_pairs(hidden, home, work)
        found, placed = work / "candidates.jsonl", work / "placements.jsonl"
        for name, options in {
            "crawl": (),
            "candidates": ("--all-targets", "--top", "50", "--out", found),
            "place": ("--pairs", pairs, "--out", placed),
        }.items():
            command = [LINKWRIGHT, "--quiet", "--config", config, name, *options]
            costs[name] = run(command, log=work / f"{name}.log")
            say(f"{case.key}: {name} took {costs[name].cpu_s:.1f} CPU seconds")
    return _graded(case, hidden, found, placed, costs)


# --- The hidden copy and the baseline on it -------------------------------------------------


def _hidden(case: Case, cache: Path, say: Say) -> Path:
    """Return the folder with the site without its hidden links, gold and baseline."""
    folder = cache / f"{case.key.replace('/', '-')}-{_fingerprint(case.site)}"
    if (folder / ".whole").exists():
        return folder
    say(f"{case.key}: hiding links")
    shutil.rmtree(folder, ignore_errors=True)
    options = ["--share", str(SHARES[case.site]), "--seed", str(case.seed)]
    whole = unpack(case.site, cache / f"{case.site}-whole")
    _tool("hide.py", whole, folder, *options, *(["--mask"] if case.masked else []))
    say(f"{case.key}: the baseline")
    _tool("baseline.py", folder)
    (folder / ".whole").touch()
    return folder


def _fingerprint(site: str) -> str:
    """Return a short hash of what a hidden copy is made from: the site, and the tools."""
    made_by = sorted((shared() / "eval").glob("*.py"))
    content = b"".join(file.read_bytes() for file in (archive(site), *made_by))
    return hashlib.sha256(content).hexdigest()[:12]


def _tool(name: str, *arguments: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, str(shared() / "eval" / name), *map(str, arguments)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


# --- Ours -----------------------------------------------------------------------------------


def _write_pairs(hidden: Path, home: str, work: Path) -> Path:
    """Return a file with the hidden pairs as URLs of the served site."""
    pairs = work / "pairs.jsonl"
    with pairs.open("w", encoding="utf-8") as stream:
        for line in (hidden / "gold.jsonl").read_text(encoding="utf-8").splitlines():
            gold = json.loads(line)
            pair = {f"{end}_url": _url(home, gold[end]) for end in ("source", "target")}
            stream.write(json.dumps(pair) + "\n")
    return pairs


def _url(home: str, path: str) -> str:
    return home + quote(path.removeprefix("/"))


def _graded(
    case: Case, hidden: Path, found: Path, placed: Path, costs: Mapping[str, Cost]
) -> Trial:
    rival = (hidden / "baseline-candidates.jsonl", hidden / "baseline-placements.jsonl")
    ours, gains = _scores(hidden, (found, placed), against=rival)
    (theirs,) = _scores(hidden, rival)
    return Trial(
        case=case,
        pairs=int(ours["pairs"]),
        missing=int(ours["missing"]),
        ours={name: ours[name] for name in case.metrics},
        baseline={name: theirs[name] for name in case.metrics},
        difference={
            name: Difference(**dict(zip(("mean", "low", "high"), gains[name], strict=True)))
            for name in case.metrics
        },
        gains=_gains(case, hidden, (found, placed), rival),
        **costs,
    )


def _scores(
    hidden: Path, answers: Sequence[Path], *, against: Sequence[Path] = ()
) -> list[dict[str, float]]:
    rival = ["--against", *against] if against else []
    return [json.loads(line) for line in _tool("score.py", hidden, *answers, *rival).splitlines()]


def _gains(
    case: Case, hidden: Path, answers: Sequence[Path], rival: Sequence[Path]
) -> dict[str, Gains]:
    """Return what each item gained, by the same functions that the script prints means of."""
    score = tools("score")
    gold = score.rows(hidden / "gold.jsonl")
    found = {}
    for grade, mine, theirs in zip((score.ranking, score.placement), answers, rival, strict=True):
        pages, ours = grade(gold, score.rows(mine))
        _, others = grade(gold, score.rows(theirs))
        for name in set(case.metrics) & set(ours):
            gained = tuple((ours[name] - others[name]).tolist())
            found[name] = Gains(pages=tuple(pages), gained=gained)
    return found
