"""What two readers say of the drawn recommendations: shares, intervals, agreement, reasons.

``python -m tests.eval.reading.tally ITEMS KEY VERDICTS VERDICTS`` prints Markdown. VERDICTS have a
line an item: id, right_page, right_place, right_words, publish (1 or 0), reason.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import click
import numpy as np
import pandas as pd
from sklearn.metrics import cohen_kappa_score

from tests.marked_tables import markdown

QUESTIONS = ("right_page", "right_place", "right_words", "publish")
Z = 1.959964  # of a two-sided 95 % interval


def wilson(good: int, of: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share, (0, 1) of nothing."""
    if not of:
        return 0.0, 1.0
    share, spread = good / of, Z * Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = Z * np.sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return float(middle - half), float(middle + half)


def read_verdicts(file: Path, ids: pd.Series) -> pd.DataFrame:
    """Return the verdicts in ``file`` by id. Raises ValueError naming what is missing or wrong."""
    read = pd.read_csv(file, dtype={"id": str}, keep_default_na=False).set_index("id")
    lost = sorted({*ids} - {*read.index})
    if lost:
        raise ValueError(f"{file} has no verdict on {', '.join(lost[:5])} ({len(lost)} in all)")
    for question in QUESTIONS:
        wrong = read.index[~read[question].astype(str).isin(["0", "1"])]
        if len(wrong):
            raise ValueError(f"{file}: {question} of {wrong[0]} is neither 0 nor 1")
        read[question] = read[question].astype(int)
    return read.loc[ids]


def tally(items: pd.DataFrame, key: pd.DataFrame, readers: list[pd.DataFrame]) -> str:
    """Return the shares that each reader, and both, would publish: by lot, system and site."""
    known = items.merge(key, on="id", validate="one_to_one")
    both = np.logical_and.reduce([reader["publish"].to_numpy(bool) for reader in readers])
    head = ["lot", "by", "site", "read", "first reader", "second reader", "both", "95 %, both"]
    rows = [head]
    for (lot, system), group in known.groupby(["lot", "system"], sort=False):
        sites = [("all", group), *group.groupby("site", sort=True)]
        for site, part in sites:
            places = part.index.to_numpy()
            yes = [int(reader["publish"].to_numpy()[places].sum()) for reader in readers]
            shares = [f"{count / len(part):.0%}" for count in yes]
            low, high = wilson(int(both[places].sum()), len(part))
            together = f"{both[places].mean():.0%}"
            interval = f"{low:.0%} to {high:.0%}"
            row = [str(lot), str(system), str(site), str(len(part)), *shares, together, interval]
            rows.append(row)
    return markdown(rows) + "\n" + _agreement(readers)


def _agreement(readers: list[pd.DataFrame]) -> str:
    first, second = readers
    lines = []
    for question in QUESTIONS:
        same = float((first[question].to_numpy() == second[question].to_numpy()).mean())
        lines.append(f"{question}: {same:.0%} alike, kappa {_kappa(first, second, question)}")
    return "Agreement: " + "; ".join(lines) + ".\n"


def _kappa(first: pd.DataFrame, second: pd.DataFrame, question: str) -> str:
    if {*first[question]} | {*second[question]} != {0, 1}:
        return "undefined"  # both gave one and the same answer to everything
    return f"{cohen_kappa_score(first[question], second[question]):.2f}"


def main() -> None:
    """Print the tally of two readers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("items", type=Path)
    parser.add_argument("key", type=Path)
    parser.add_argument("verdicts", type=Path, nargs=2)
    asked = parser.parse_args()
    items, key = (pd.read_csv(file, dtype={"id": str}) for file in (asked.items, asked.key))
    click.echo(tally(items, key, [read_verdicts(file, items["id"]) for file in asked.verdicts]))


if __name__ == "__main__":
    main()
