"""The least that a crawl and a ranking could cost: same files, same libraries, nothing kept.

``python -m tests.benchmarks.bare_pass links|ranking FOLDER`` runs as a process of its own, so that
its CPU seconds and memory stand beside ours from the same minute and machine.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from selectolax.lexbor import LexborHTMLParser
from sklearn.feature_extraction.text import TfidfVectorizer

TOP = 50


def links(folder: Path) -> int:
    """Parse every page and read address and text of each link; return how many there are."""
    found = 0
    for tree in _trees(folder):
        found += len([(a.attributes.get("href"), a.text()) for a in tree.css("a[href]")])
    return found


def ranking(folder: Path) -> int:
    """Rank for every page the 50 nearest by TF-IDF of the paragraphs; return how many pairs."""
    texts = [" ".join(p.text() for p in tree.css("p, li, dd")) for tree in _trees(folder)]
    vectors = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit_transform(texts)
    found = 0
    for row in range(vectors.shape[0]):
        likeness = (vectors @ vectors[row].T).toarray().ravel()
        found += len(np.argpartition(-likeness, min(TOP, len(likeness) - 1))[:TOP])
    return found


def _trees(folder: Path) -> Iterator[LexborHTMLParser]:
    for file in sorted(folder.rglob("*.html")):
        yield LexborHTMLParser(file.read_bytes())


if __name__ == "__main__":
    {"links": links, "ranking": ranking}[sys.argv[1]](Path(sys.argv[2]))
