"""Diagnosis: the ledger of a target's links, and patterns that only speak when they must."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from recommender.candidates.diagnosis import (
    JudgedLinks,
    diagnose,
    judge_links,
    sentence_at,
)
from recommender.candidates.generic import is_generic, spread_anchors
from recommender.candidates.null_share import RARE, null_share
from recommender.candidates.wording import wording
from recommender.corpus import Corpus
from recommender.graph import link_graph, pagerank
from recommender.models import Decision, LedgerLine, PatternName, TargetCase
from recommender.signals.pages import page_signals
from tests.small_site import ROOT, corpus_of, page_totals, pages_of, query_totals

FILLER = "It has been so for many years and nobody on the road has ever found a reason to doubt it."


def judged(
    corpus: Corpus,
    *,
    topics: list[int] | None = None,
    totals: pd.DataFrame | None = None,
    queries: pd.DataFrame | None = None,
) -> JudgedLinks:
    ranks = pagerank(link_graph(corpus.edges, len(corpus.pages)))
    return judge_links(
        corpus,
        page_signals(corpus, totals, ranks),
        np.array(topics if topics is not None else [0] * len(corpus.pages), np.int64),
        wording(corpus, queries),
        searched=totals is not None,
    )


def diagnosed(corpus: Corpus, path: str, links: JudgedLinks | None = None) -> TargetCase:
    case = TargetCase(url=ROOT + path, title="", need=1.0, need_basis="", demand=None)
    return diagnose(case, corpus=corpus, links=links or judged(corpus))


def site(anchor: str = "cleaning a chain", **more: tuple[str, str]) -> dict[str, tuple[str, str]]:
    return {
        "/a": ("Riding in rain", f"{FILLER} Read about [[/chain|{anchor}]] first. {FILLER}"),
        "/b": ("Riding in snow", f"{FILLER} Salt ruins more than rain does. {FILLER}"),
        "/chain": ("Clean a chain", f"Soap will do. {FILLER}"),
        "/oil": ("Wet oil", f"Oil sparingly. {FILLER}"),
        **{f"/{name}": page for name, page in more.items()},
    }


def only_line(corpus: Corpus, **changes: object) -> LedgerLine:
    (line,) = diagnosed(corpus, "/chain", judged(corpus, **changes)).ledger  # type: ignore[arg-type]
    return line


def test_a_link_with_the_words_of_the_title_is_sound_and_shows_its_sentence() -> None:
    line = only_line(corpus_of(site()))
    assert line.decision is Decision.SOUND
    assert line.sentence == "Read about cleaning a chain first."
    assert line.anchor_quality == 1.0
    assert line.crawled


@pytest.mark.parametrize("anchor", ["click here", "this page", "", "https://site.test/chain", "12"])
def test_a_link_with_words_that_could_lead_anywhere_is_weak(anchor: str) -> None:
    line = only_line(corpus_of(site(anchor)))
    assert line.generic
    assert line.decision is Decision.WEAK
    assert "could lead anywhere" in line.because


def test_a_link_that_calls_the_target_by_another_pages_name_is_weak_and_says_whose() -> None:
    line = only_line(corpus_of(site("wet oil")))
    assert line.decision is Decision.WEAK
    assert ROOT + "/oil" in line.because


def test_the_targets_queries_speak_for_an_anchor_that_its_title_does_not_have() -> None:
    corpus = corpus_of(site("degreasing"))
    queries = query_totals(("degrease", "/chain", 1, 75, 9.0), ("soap", "/chain", 1, 25, 9.0))
    assert only_line(corpus).anchor_quality == 0
    assert only_line(corpus, queries=queries).anchor_quality == pytest.approx(0.75)


def test_a_nofollow_link_is_not_counted() -> None:
    line = only_line(corpus_of(site(), nofollow=[("/a", "/chain")]))
    assert line.decision is Decision.UNCOUNTED
    assert not line.crawled


def test_a_link_to_a_page_that_may_not_be_indexed_is_not_counted() -> None:
    pages = pages_of(site(), indexable={"/chain": False})
    line = only_line(corpus_of(site(), pages=pages))
    assert line.decision is Decision.UNCOUNTED
    assert "leads to" in line.because


def test_an_unknown_topic_is_neither_the_same_nor_another() -> None:
    corpus = corpus_of(site())
    assert only_line(corpus, topics=[-1, 0, 0, 0]).same_topic is None
    assert only_line(corpus, topics=[1, 0, 0, 0]).same_topic is False
    assert only_line(corpus, topics=[0, 0, 0, 0]).same_topic is True


def test_a_weak_page_on_another_subject_makes_a_weak_link_but_neither_fault_alone() -> None:
    corpus = corpus_of(site())
    unseen = page_totals(("/b", 1, 10, 9.0), ("/chain", 1, 10, 9.0), ("/oil", 1, 10, 9.0))
    seen = page_totals(("/a", 1, 10, 9.0), ("/chain", 1, 10, 9.0))
    both = only_line(corpus, totals=unseen, topics=[1, 0, 0, 0])
    assert both.decision is Decision.WEAK
    assert only_line(corpus, totals=unseen).decision is Decision.SOUND
    assert only_line(corpus, totals=seen, topics=[1, 0, 0, 0]).decision is Decision.SOUND


def test_template_links_are_counted_by_page_and_not_listed() -> None:
    menu = [("/a", "/chain"), ("/b", "/chain"), ("/b", "/chain")]
    case = diagnosed(corpus_of(site(), menu=menu), "/chain")
    assert case.template_links == 2
    assert len(case.ledger) == 1


def test_the_sentence_of_a_link_outside_any_block_is_unknown() -> None:
    assert sentence_at(corpus_of(site()), 0, -1, -1) == ""


@pytest.mark.parametrize(
    ("anchor", "language", "generic"),
    [
        ("Hier klicken", "de", True),
        ("mehr erfahren", "de", True),
        ("Lire la suite", "fr", True),
        ("En savoir plus", "fr", True),
        ("Leer más", "es", True),
        ("haga clic aquí", "es", True),
        ("こちら", "ja", True),
        ("続きを読む", "ja", True),
        ("read more", "ja", True),
        ("See", "en", True),
        ("See", "de", False),  # a lake
        ("auf der", "de", True),
        ("Kettenöl", "de", False),
        ("チェーンの洗い方", "ja", False),
    ],
)
def test_stock_phrases_name_nothing_in_their_language(
    anchor: str, language: str, *, generic: bool
) -> None:
    assert is_generic(anchor, language) is generic


def test_an_anchor_of_many_pages_says_nothing_in_any_language() -> None:
    rows = [("hier entlang", page) for page in range(5)] + [("Kette", 1)] * 5
    edges = pd.DataFrame(rows, columns=["anchor", "target"])
    assert spread_anchors(edges) == {"hier entlang"}
    assert is_generic("Hier entlang", "de", frozenset({"hier entlang"}))
    assert not is_generic("Kette", "de", frozenset({"hier entlang"}))


@pytest.mark.parametrize("anchor", ["django.contrib", "models.py", "the chain", "404 pages"])
def test_words_that_name_something_are_not_generic(anchor: str) -> None:
    assert not is_generic(anchor, "en")


# --- Patterns -------------------------------------------------------------------------------


def crowd(bad: int, good: int) -> dict[str, tuple[str, str]]:
    """Return a site with ``bad`` generic links to /chain and ``good`` named ones to /oil."""
    pages = {
        "/chain": ("Clean a chain", FILLER),
        "/oil": ("Wet oil", FILLER),
    }
    for n in range(bad):
        pages[f"/bad{n}"] = (f"Ride {n}", f"{FILLER} For more [[/chain|click here]] now. {FILLER}")
    for n in range(good):
        pages[f"/good{n}"] = (f"Tour {n}", f"{FILLER} Take [[/oil|wet oil]] with you. {FILLER}")
    return pages


def names(case: TargetCase) -> set[PatternName]:
    return {pattern.name for pattern in case.patterns}


def test_a_fault_of_one_target_is_a_pattern() -> None:
    corpus = corpus_of(crowd(4, 16))
    (pattern,) = diagnosed(corpus, "/chain").patterns
    assert pattern.name is PatternName.SEMANTIC_MISMATCH
    assert pattern.share == 1.0
    assert pattern.null < 1.0
    assert "4 of 4 links" in pattern.finding
    assert names(diagnosed(corpus, "/oil")) == set()


def test_a_fault_of_the_whole_site_is_no_pattern_of_one_target() -> None:
    pages = crowd(4, 0)
    for n in range(16):
        pages[f"/bad_{n}"] = (f"Tour {n}", f"{FILLER} For oil [[/oil|click here]] now. {FILLER}")
    assert names(diagnosed(corpus_of(pages), "/chain")) == set()


def test_two_links_make_no_pattern() -> None:
    assert names(diagnosed(corpus_of(crowd(2, 16)), "/chain")) == set()


def test_links_from_other_subjects_are_poor_clustering() -> None:
    pages = crowd(0, 16)
    for n in range(4):
        pages[f"/far{n}"] = (f"Far {n}", f"{FILLER} We [[/chain|clean a chain]] so. {FILLER}")
    for n in range(3):
        pages[f"/far{n}"] = (pages[f"/far{n}"][0], pages[f"/far{n}"][1] + f" See [[/good{n}|it]].")
    corpus = corpus_of(pages)
    topics = [0] * 18 + [1] * 4
    found = diagnosed(corpus, "/chain", judged(corpus, topics=topics))
    assert PatternName.POOR_CLUSTERING in names(found)
    assert PatternName.POOR_CLUSTERING not in names(
        diagnosed(corpus, "/oil", judged(corpus, topics=topics))
    )


def test_a_page_that_only_menus_link_is_diluted_where_that_is_rare() -> None:
    ring = {
        f"/p{n}": (f"Page {n}", f"{FILLER} Go to [[/p{(n + 1) % 30}|page {n + 1}]] then. {FILLER}")
        for n in range(30)
    }
    corpus = corpus_of({**ring, "/chain": ("Clean a chain", FILLER)}, menu=[("/p1", "/chain")])
    assert names(diagnosed(corpus, "/chain")) == {PatternName.DILUTION}
    crowded = {**ring, "/chain": ("Clean a chain", FILLER), "/oil": ("Wet oil", FILLER)}
    menu = [("/p1", "/chain"), ("/p1", "/oil")]
    assert names(diagnosed(corpus_of(crowded, menu=menu), "/chain")) == set()


def test_the_null_of_a_common_fault_is_high_and_that_of_a_rare_one_low() -> None:
    flags = np.zeros(1000, np.bool_)
    flags[:600] = True
    assert null_share(flags, 10) == pytest.approx(0.8)
    flags[30:] = False
    assert null_share(flags, 10) == pytest.approx(0.1)


@pytest.mark.parametrize(("links", "flagged", "drawn"), [(7, 7, 3), (50, 0, 9), (900, 333, 120)])
def test_the_null_is_the_quantile_of_the_hypergeometric_distribution(
    links: int, flagged: int, drawn: int
) -> None:
    flags = np.arange(links) < flagged
    expected = stats.hypergeom(links, flagged, drawn).ppf(1 - RARE) / drawn
    assert null_share(flags, drawn) == pytest.approx(expected)


def test_several_links_from_one_page_count_once_in_a_pattern() -> None:
    pages = crowd(1, 16)
    title, text = pages["/bad0"]
    pages["/bad0"] = (title, "\n".join([text] * 4))
    case = diagnosed(corpus_of(pages), "/chain")
    assert len(case.ledger) == 4
    assert names(case) == set()


def test_a_link_that_names_a_section_of_the_target_is_sound() -> None:
    corpus = corpus_of(site("sprocket wear"))
    assert only_line(corpus).decision is Decision.WEAK
    headings = tuple(
        ("How sprockets wear",) if page.endswith("/chain") else () for page in corpus.pages
    )
    assert only_line(replace(corpus, headings=headings)).decision is Decision.SOUND


def test_words_that_only_stand_in_the_targets_text_are_neither_its_name_nor_a_mismatch() -> None:
    line = only_line(corpus_of(site("soap")))
    assert line.anchor_quality == 0.5
    assert line.decision is Decision.SOUND


def test_a_site_without_content_links_has_nothing_to_judge() -> None:
    bare = {"/chain": ("Clean a chain", FILLER), "/oil": ("Wet oil", FILLER)}
    case = diagnosed(corpus_of(bare), "/chain")
    assert case.ledger == ()
    assert case.patterns == ()
    assert case.template_links == 0


def test_a_page_of_a_small_topic_is_not_blamed_for_links_that_its_whole_topic_has() -> None:
    pages = crowd(0, 16)
    for path, title in (("/chain", "Clean a chain"), ("/rim", "True a rim")):
        pages[path] = (title, FILLER)
        for n in range(4):
            words = title.lower()
            pages[f"{path}{n}"] = (f"Far {path}{n}", f"{FILLER} We [[{path}|{words}]] so. {FILLER}")
    corpus = corpus_of(pages)
    topics = [int(url in (f"{ROOT}/chain", f"{ROOT}/rim")) for url in corpus.pages]
    links = judged(corpus, topics=topics)
    assert PatternName.POOR_CLUSTERING not in names(diagnosed(corpus, "/chain", links))
