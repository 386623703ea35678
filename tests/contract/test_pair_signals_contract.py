"""What every pair signal keeps to, whatever the site."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from recommender.candidates.pairs import fused
from recommender.names import build_names
from recommender.signals import PAIR_SIGNALS, WEIGHTS, PairContext, pair_context, pair_scores
from tests.parsed_site import corpus_of, page, works

PROSE = "A mill by the river grinds corn for the whole valley, and so it has done since 1702."
LINKED = f'{PROSE} Read <a href="/b">of the bakery</a> too, it is worth it.'

SITES: Mapping[str, Mapping[str, str]] = {
    "of twelve pages": works(),
    "of one page": {"/a": page("The mill", PROSE)},
    "with links": {"/a": page("Mill", LINKED), "/b": page("Bakery", PROSE + " Of the bakery!")},
    "without text": {"/a": page("Mill"), "/b": page("")},
    "without words": {"/a": "<html></html>", "/b": "<html></html>"},
    "with one title": {f"/{n}": page("Mill", PROSE, f"Page {n}. {PROSE}") for n in range(4)},
    "with empty titles": {"/a": page("The", PROSE), "/b": page("Of us all", PROSE + " It is.")},
    "in Hebrew": {
        "/a": page("קישורים פנימיים", "קישורים פנימיים הם דבר חשוב מאוד לכל אתר באינטרנט היום"),
        "/b": page("חיפוש", "מנועי חיפוש אוהבים קישורים פנימיים מאוד ולכן כדאי לבנות אותם היטב"),
    },
    "in Japanese": {
        "/a": page("内部リンク", "内部リンク は 重要 です から よく 読んで ください ね。"),
        "/b": page("検索", "検索エンジンは、内部リンクを使います。これはとても大切なことです。"),
    },
    "in Turkish": {
        "/a": page("İstanbul Rehberi", "İstanbul Rehberi çok güzel bir şehir ve gezmek keyifli"),
        "/b": page("Ankara", "İİ İstanbul Rehberi ile gezmek yine güzel olur bugün ve yarın da"),
    },
}


def context_of(
    site: Mapping[str, str], queries: Mapping[int, Mapping[str, float]] | None = None
) -> PairContext:
    corpus = corpus_of(site)
    return pair_context(corpus, build_names(corpus), queries)


@pytest.fixture(scope="module", params=list(SITES))
def context(request: pytest.FixtureRequest) -> PairContext:
    return context_of(SITES[request.param])


@pytest.mark.parametrize("name", [name for name, _ in PAIR_SIGNALS])
def test_a_signal_gives_each_page_a_finite_number_from_zero_on(
    context: PairContext, name: str
) -> None:
    signal = dict(PAIR_SIGNALS)[name]
    pages = len(context.corpus.pages)
    for target in range(pages):
        values = signal(context, target)
        assert values.shape == (pages,)
        assert values.dtype == np.float64
        assert np.all(np.isfinite(values))
        assert np.all(values >= 0)


@pytest.mark.parametrize("name", [name for name, _ in PAIR_SIGNALS])
def test_a_signal_asked_twice_says_the_same(context: PairContext, name: str) -> None:
    signal = dict(PAIR_SIGNALS)[name]
    first = signal(context, 0).copy()
    signal(context, len(context.corpus.pages) - 1)
    assert signal(context, 0).tolist() == first.tolist()


@pytest.mark.parametrize("name", [name for name, _ in PAIR_SIGNALS])
@pytest.mark.parametrize("site", ["of twelve pages", "with links", "with one title"])
def test_the_order_of_the_pages_does_not_change_a_signal(site: str, name: str) -> None:
    signal = dict(PAIR_SIGNALS)[name]
    one = context_of(SITES[site])
    other = context_of(dict(reversed(SITES[site].items())))
    moved = [other.corpus.row[url] for url in one.corpus.pages]
    for target, place in enumerate(moved):
        assert signal(other, place)[moved] == pytest.approx(signal(one, target))


def test_the_scores_are_one_row_a_signal(context: PairContext) -> None:
    scores = pair_scores(context, 0)
    assert scores.shape == (len(PAIR_SIGNALS), len(context.corpus.pages))
    total = fused(scores, np.ones(len(scores)), np.array([0]))
    assert total.shape == (len(context.corpus.pages),)
    assert np.all((total >= 0) & (total <= 1))


def test_each_signal_has_a_weight() -> None:
    assert set(WEIGHTS) == {name for name, _ in PAIR_SIGNALS} | {"query_overlap"}
    assert all(weight > 0 for weight in WEIGHTS.values())


@pytest.mark.parametrize("name", [name for name, _ in PAIR_SIGNALS])
def test_words_that_no_page_says_add_nothing(name: str) -> None:
    signal = dict(PAIR_SIGNALS)[name]
    plain, asked = context_of(works()), context_of(works(), {0: {"unheardof": 1.0}})
    assert signal(asked, 0).tolist() == signal(plain, 0).tolist()
