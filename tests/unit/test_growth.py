"""The benchmark of growth compares like with like: pages say the same in a site of any size."""

from __future__ import annotations

import re

from tests.benchmarks.growth import LINKS_A_PAGE, recombined, table
from tests.benchmarks.large_site import Parts
from tests.small_site import MARKED, corpus_of

PARTS = Parts(
    templates=(),
    titles=("How to clean a chain", "Why wheels rub", "Bleeding a brake by hand"),
    paragraphs=tuple(
        f"Part {place} of it is long enough to link. It says [so] too, {place} times | more."
        for place in range(120)
    ),
)


def test_a_page_says_the_same_in_a_site_of_any_size() -> None:
    small, large = (recombined(PARTS, pages) for pages in (20, 40))
    assert set(small) < set(large)
    for path, (title, text) in small.items():
        said, more = (re.sub(r"/page-\d+", "", one) for one in (text, large[path][1]))
        assert (title, said) == (large[path][0], more)


def test_every_page_has_paragraphs_and_links_that_are_read_as_such() -> None:
    site = recombined(PARTS, 30)
    assert all(len(MARKED.findall(text)) == LINKS_A_PAGE for _, text in site.values())
    corpus = corpus_of(site)
    assert len(corpus.pages) == 30
    assert len(corpus.content_edges) > 30 * (LINKS_A_PAGE - 1)
    assert not any("[[" in text for text in corpus.passage_text)


def test_each_doubling_stands_beside_its_aim() -> None:
    one = {"words": 5.0, "largest_mb": 300.0, "read_s": 2.0, "propose_s": 1.0}
    two = {**one, "read_s": 5.0, "propose_s": 2.1}
    first, second = table([{"pages": 1000, **one}, {"pages": 2000, **two}]).splitlines()[-2:]
    assert first.endswith("|  |  |  |  |")
    assert second.endswith("| 2.50 | 2.10 | 2.37 | both 2.2 at most |")
