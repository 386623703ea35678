"""Crawls a site in a process of its own and writes down what came of it and what it took.

``python -m tests.sites.hostile.visit SITE FOLDER``: so that a crawl which does not end can be
ended, and its memory told from that of all that tests run.
"""

from __future__ import annotations

import json
import resource
import sys
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from recommender.config import CrawlConfig
from recommender.ingest.crawl import Crawler


def visit(site: str, folder: Path, config: CrawlConfig) -> dict[str, object]:
    """Return pages, known addresses and links by URL, notes, log, and megabytes at the most."""
    now = datetime.now(UTC)
    crawler = Crawler(config=config, site=site, folder=folder, clock=lambda: now, zone=UTC)
    with crawler.crawl([]) as visited:
        links = pd.concat([part.links for part in visited.parts])[["source", "target"]]
        return {
            "pages": _rows(visited.pages),
            "known": _rows(visited.known),
            "links": links.astype(str).drop_duplicates().to_numpy().tolist(),
            "notes": list(visited.notes),
            "log": (folder / f"{visited.id}.log").read_text(errors="replace"),
            "most_mb": {
                "child": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
                "parent": _own_peak_mb(),
            },
        }


def _own_peak_mb() -> float:
    """Return the peak of this process alone: ``ru_maxrss`` begins with that of who started it."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) / 1024


def _rows(table: pd.DataFrame) -> dict[str, object]:
    rows = json.loads(table.to_json(orient="records", date_format="iso"))
    return {row["url"]: row for row in rows}


def main(site: str, folder: Path, settings: str) -> None:
    """Visit and write ``result.json``."""
    config = CrawlConfig.model_validate_json(settings)
    (folder / "result.json").write_text(json.dumps(visit(site, folder, config)))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
