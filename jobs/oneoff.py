"""One page, one pair, one list: ``python -m jobs.oneoff --config config.yaml URL``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pandas as pd

from jobs.output import print_json, write_text
from jobs.request import Request
from jobs.wiring import configured, opened, templates_folder
from recommender import pipeline
from recommender.errors import ConfigError
from recommender.passes.site import Site


@contextmanager
def _one_site(request: Request, url: str | None = None) -> Iterator[Site]:
    """Yield the one property that is meant: named, the only one, or the one whose site has URL."""
    config, chosen = configured(request)
    if len(chosen) > 1 and url is not None:
        chosen = tuple(one for one in chosen if url.startswith(one.site)) or chosen
    if len(chosen) > 1:
        names = ", ".join(one.name for one in chosen)
        raise ConfigError(
            "more than one property is configured", hint=f"add --property, one of: {names}"
        )
    with opened(replace(request, from_store=True), config, chosen[0]) as site:
        yield site


def run_url(request: Request, url: str, *, html: Path | None, as_json: bool) -> None:
    """Print the report on one target, or its plan as data, or write the report as a page."""
    from recommender.report.render import render_page  # noqa: PLC0415
    from recommender.report.terminal import target_text  # noqa: PLC0415

    with _one_site(request, url) as site:
        found = pipeline.one_off(site, url)
    if html is not None:
        write_text(render_page(found.report, templates=templates_folder()), html)
        request.console.line(f"written to {html}")
    if as_json:
        print_json(found.plan)
    elif html is None:
        print(target_text(found.report, colour=sys.stdout.isatty()))


def run_place(
    request: Request,
    *,
    source: str | None,
    target: str | None,
    pairs: Path | None,
    out: Path | None,
) -> None:
    """Write the best place for each pair as JSON lines, in the order of the pairs."""
    wanted = _pairs(pairs) if pairs is not None else [(source or "", target or "")]
    with _one_site(request, wanted[0][1] if wanted else None) as site:
        found = pipeline.place(site, wanted)
    columns = ["source_url", "target_url", "sentence", "anchor", "allowed", "reasons"]
    write_text(_lines(found, columns), out)


def _pairs(file: Path) -> list[tuple[str, str]]:
    """Return the (source, target) pairs in ``file``. Raises ConfigError naming every wrong line."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read as text: {error}", subject=str(file)) from error
    read = {number: _pair(line) for number, line in enumerate(lines, start=1) if line.strip()}
    wrong = tuple(
        f"{file}:{number}: {lines[number - 1][:80]}" for number, pair in read.items() if not pair
    )
    if wrong:
        raise ConfigError(
            f"{file} has lines that are no pair of URLs:",
            subject=str(file),
            hint='each line is {"source_url": "...", "target_url": "..."}',
            problems=wrong,
        )
    return [pair for pair in read.values() if pair]


def _pair(line: str) -> tuple[str, str] | None:
    """Return the (source, target) pair that a line of JSON holds, None where it holds none."""
    try:
        row = json.loads(line)
        source, target = (row.get(f"{end}_url") or row[end] for end in ("source", "target"))
    except (ValueError, KeyError, AttributeError, TypeError):
        return None
    return (source, target) if isinstance(source, str) and isinstance(target, str) else None


def run_candidates(request: Request, *, out: Path | None, top: int, all_targets: bool) -> None:
    """Write every candidate as JSON lines, best first for each target."""
    with _one_site(request) as site:
        found = pipeline.candidates(site, top=top, all_targets=all_targets)
    columns = ["target_url", "source_url", "score", "sentence", "anchor", "allowed", "reasons"]
    write_text(_lines(found, columns), out)


def _lines(candidates: pd.DataFrame, columns: list[str]) -> str:
    """Return CANDIDATES as JSON lines; the score is the rank score, higher is better."""
    named = candidates.rename(columns={"target": "target_url", "source": "source_url"}).assign(
        score=candidates["rank_score"], reasons=candidates["codes"].str.split()
    )
    rows = named[columns].itertuples(index=False, name=None)
    lines = (json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) for row in rows)
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    from jobs.cli import main

    main([*sys.argv[1:-1], "url", *sys.argv[-1:]])
