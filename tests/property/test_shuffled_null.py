"""Links dealt to targets at random raise no pattern: what chance makes is not told as a fault.

Two ways to deal: the links keep what was found of them and only change targets; or the links of the
crawl change targets and each is judged anew, by its new page's words, topic and rank.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recommender.candidates.diagnosis import JudgedLinks, judge_links, patterns_of
from recommender.candidates.thresholds import FEWEST_LINKS
from recommender.candidates.topics import topics
from recommender.candidates.wording import Wording, wording
from recommender.corpus import Corpus, Ints, build_corpus
from recommender.frames import PAGE_TOTALS
from recommender.graph import link_graph, pagerank
from recommender.models import CrawlSnapshot, PatternName
from recommender.signals.pages import page_signals
from recommender.urls import Identity
from tests.folder_site import read_folder_site, unpacked
from tests.parsed_site import ROOT, crawled
from tests.real_sites import archive
from tests.tangled_site import tangled_site

RARE = 0.05


def searched(corpus: Corpus, rng: np.random.Generator) -> pd.DataFrame:
    """Return PAGE_TOTALS in which every third page is not shown at all."""
    impressions = rng.integers(10, 1000, len(corpus.pages))
    impressions[rng.random(len(corpus.pages)) < 1 / 3] = 0
    totals = {"page": corpus.pages, "clicks": 0, "impressions": impressions, "position": 9.0}
    return PAGE_TOTALS.coerced(pd.DataFrame(totals).assign(days=28))


def judged(
    corpus: Corpus, by_topic: Ints, spoken: Wording, totals: pd.DataFrame | None
) -> JudgedLinks:
    signals = page_signals(corpus, totals, pagerank(link_graph(corpus.edges, len(corpus.pages))))
    return judge_links(corpus, signals, by_topic, spoken, searched=totals is not None)


def dealt_anew(corpus: Corpus, rng: np.random.Generator) -> Corpus:
    """Return the site with the targets of its content links dealt anew among them."""
    dealt = corpus.content_edges.assign(
        target=rng.permutation(corpus.content_edges["target"].to_numpy())
    )
    dealt = dealt[dealt["source"] != dealt["target"]]
    others = corpus.edges.drop(corpus.content_edges.index)
    return replace(corpus, edges=pd.concat([others, dealt]), content_edges=dealt)


def as_judged(links: JudgedLinks, rng: np.random.Generator) -> JudgedLinks:
    """Return the links with other targets, each still what it was found to be."""
    target = links.edges["target"].to_numpy(np.int64).copy()
    target[links.in_patterns] = rng.permutation(target[links.in_patterns])
    return replace(links, edges=links.edges.assign(target=target))


def fired(links: JudgedLinks) -> tuple[int, Counter[PatternName]]:
    """Return how many targets have links enough, and for how many of them each pattern fires."""
    linked = Counter(links.edges["target"].to_numpy(np.int64)[links.in_patterns].tolist())
    enough = [row for row, count in linked.items() if count >= FEWEST_LINKS]
    return len(enough), Counter(p.name for row in enough for p in patterns_of(links, row))


def shares(corpus: Corpus, seeds: range) -> Iterator[dict[PatternName, float]]:
    """Yield the share of targets for which each pattern fires, for both ways to deal.

    Every other seed knows how often pages were shown.
    """
    by_topic, spoken = topics(corpus, 1), wording(corpus, None)
    targets, found = Counter[bool](), {True: Counter[PatternName](), False: Counter[PatternName]()}
    for seed in seeds:
        rng = np.random.default_rng(seed)
        totals = searched(corpus, rng) if seed % 2 else None
        dealt = dealt_anew(corpus, rng)
        anew = judged(dealt, by_topic, spoken, totals)
        kept = as_judged(judged(corpus, by_topic, spoken, totals), rng)
        for how, links in ((True, anew), (False, kept)):
            count, here = fired(links)
            targets[how] += count
            found[how] += here
    for how in found:
        assert targets[how] >= 20 * len(seeds)
        yield {name: found[how][name] / targets[how] for name in PatternName}


def test_on_a_generated_site_no_pattern_fires_by_chance() -> None:
    for found in shares(corpus_of(crawled(tangled_site(1))), range(4)):
        assert max(found.values()) <= RARE, found


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.skipif(
    not archive("apache").exists(), reason="LINKWRIGHT_SHARED has no sites/apache.tar.xz"
)
def test_on_a_real_site_no_pattern_fires_by_chance(tmp_path: Path) -> None:
    snapshot = read_folder_site(unpacked("apache", tmp_path / "site"), tmp_path / "work")
    for found in shares(corpus_of(snapshot), range(2)):
        assert max(found.values()) <= RARE, found


def test_a_target_that_all_links_name_wrongly_is_told_on_the_same_site() -> None:
    corpus = corpus_of(crawled(tangled_site(1, blamed="/0/0")))
    links = judged(corpus, topics(corpus, 1), wording(corpus, None), None)
    told = [
        page
        for row, page in enumerate(corpus.pages)
        for pattern in patterns_of(links, row)
        if pattern.name is PatternName.SEMANTIC_MISMATCH
    ]
    assert ROOT + "/0/0" in told


def corpus_of(snapshot: CrawlSnapshot) -> Corpus:
    return build_corpus(
        snapshot.pages, snapshot.blocks, snapshot.links, Identity.of(snapshot.pages)
    )
