"""A random sample of links of each region as it is called, for readers to hold against the page.

``python -m tests.eval.regions.sample SITE --out FILE [--each 100] [--seed 7]`` fetches a labelled
site, judges all of it, and writes a table with a line a link: where it stands, what it is called
and why. Columns ``true`` and ``note`` are the reader's.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from recommender.ingest.regions import judge_regions
from recommender.models import Region
from tests.eval.regions.label_files import fetch, sites
from tests.eval.regions.score import HOME, TEMPLATE_SHARE, read_site


def sample(root: Path, *, each: int, seed: int) -> pd.DataFrame:
    """Return ``each`` links of every region, drawn at random without replacement."""
    evidence = read_site(root)
    _, verdicts = judge_regions(evidence.blocks, evidence.links, template_share=TEMPLATE_SHARE)
    links = evidence.links[["source", "ordinal", "target", "anchor", "css_path"]].astype(object)
    links = links.assign(called=verdicts["region"].astype(object), reason=verdicts["reason"])
    draws = np.random.default_rng(seed)
    drawn = []
    for region in Region:
        rows = links[links["called"] == region.value]
        chosen = draws.choice(len(rows), size=min(each, len(rows)), replace=False)
        drawn.append(rows.iloc[np.sort(chosen)])
    drawn = pd.concat(drawn, ignore_index=True)
    for column in ("source", "target"):
        drawn[column] = drawn[column].str.removeprefix(HOME.rstrip("/"))
    return drawn.assign(true="", note="")


def main() -> None:
    """Write the sample that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", choices=[site.site for site in sites()])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--each", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--cache", type=Path, default=Path("region-sites"))
    asked = parser.parse_args()
    site = next(site for site in sites() if site.site == asked.site)
    root = fetch(site, asked.cache.resolve())
    sample(root, each=asked.each, seed=asked.seed).to_csv(asked.out, index=False)


if __name__ == "__main__":
    main()
