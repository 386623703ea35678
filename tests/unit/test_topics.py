"""Topics: what belongs together by its text, its name, its edges, and what a plan makes of it."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.candidates import topics as module
from recommender.candidates.topic_map import topic_map
from recommender.candidates.topics import NEIGHBOURS, UNKNOWN_TOPIC, nearest_of, topics
from recommender.corpus import Corpus
from tests.parsed_site import ROOT, corpus_of, page

BREAD = (
    "The {0} dough rests in a cold kitchen while the oven heats and the flour swells.",
    "A {0} loaf wants steam, a hot oven and a dough that had time to rise.",
)
BOATS = (
    "The {0} sail hangs from the mast while the hull leans and the keel holds.",
    "A {0} boat has a deep keel, a sound hull and a mast of good spruce.",
)
CLOTHS = (
    "The {0} thread crosses the warp while the loom beats and the bobbin turns.",
    "A {0} cloth takes a patient weaver, a taut warp and a bobbin that never tangles.",
)
LOAVES = ("rye", "wheat", "spelt", "barley", "oat")
RIGS = ("gaff", "lug", "sprit", "lateen", "square")


def text_of(kind: tuple[str, str], name: str) -> str:
    return page(name.title(), *(sentence.format(name) for sentence in kind))


def site(**changes: str) -> dict[str, str]:
    loaves = {f"/{name}": text_of(BREAD, name) for name in LOAVES}
    return {**loaves, **{f"/{name}": text_of(BOATS, name) for name in RIGS}, **changes}


def linking(name: str, *targets: str) -> str:
    words = " ".join(f'<a href="/{target}">{target} kept for later</a>.' for target in targets)
    return text_of(BREAD, name).replace("</main>", f"<p>{words} Nothing more is said.</p></main>")


def two_topics(corpus: Corpus) -> dict[str, int]:
    return dict(zip(corpus.pages, topics(corpus, 7).tolist(), strict=True))


def check_two(found: dict[str, int]) -> None:
    bread, boats = ({found[f"{ROOT}/{name}"] for name in names} for names in (LOAVES, RIGS))
    assert len(bread) == len(boats) == 1
    assert bread != boats
    assert UNKNOWN_TOPIC not in bread | boats


def test_pages_about_one_thing_are_a_topic() -> None:
    check_two(two_topics(corpus_of(site())))


def test_a_large_site_gets_topics_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 4)
    check_two(two_topics(corpus_of(site())))


def test_a_page_without_text_has_no_topic() -> None:
    found = two_topics(corpus_of(site(**{"/empty": "<html><body></body></html>"})))
    assert found[ROOT + "/empty"] == UNKNOWN_TOPIC


def test_a_site_without_text_has_none() -> None:
    assert topics(corpus_of({"/a": "<html></html>"}), 7).tolist() == [UNKNOWN_TOPIC]


def test_a_topic_is_named_by_words_that_the_others_do_not_use() -> None:
    corpus = corpus_of(site())
    for topic in topic_map(corpus, topics(corpus, 7), None, []):
        own = BREAD if ROOT + "/rye" in topic.pages else BOATS
        assert topic.words
        assert all(word in " ".join(own).lower() for word in topic.words)
        assert topic.impressions is None


def test_links_that_stay_inside_and_planned_ones_make_a_topic_tighter() -> None:
    corpus = corpus_of(site(**{"/rye": linking("rye", "wheat", "gaff")}))
    plan = [(ROOT + "/wheat", ROOT + "/spelt"), ("https://elsewhere.test/", ROOT + "/rye")]
    shown = np.arange(len(corpus.pages), dtype=np.int64)
    (bread,) = (
        topic
        for topic in topic_map(corpus, topics(corpus, 7), shown, plan)
        if ROOT + "/rye" in topic.pages
    )
    assert bread.tightness == 0.5
    assert bread.planned == pytest.approx(2 / 3)
    assert bread.impressions == sum(corpus.row[url] for url in bread.pages)
    assert ROOT + "/wheat" not in bread.orphans
    assert {ROOT + "/rye", ROOT + "/spelt"} <= {*bread.orphans}


def test_a_page_between_two_topics_is_a_bridge() -> None:
    both = page("Provisions", BREAD[0].format("ship"), BOATS[0].format("ship"), BOATS[1], BREAD[1])
    four = {path: html for path, html in site().items() if path not in ("/oat", "/square")}
    cloths = {f"/{name}": text_of(CLOTHS, name) for name in ("twill", "serge", "denim", "tweed")}
    corpus = corpus_of({**four, **cloths, "/provisions": both})
    found = topic_map(corpus, topics(corpus, 7), None, [])
    bridges = {url for topic in found for url in topic.bridges}
    assert bridges == {ROOT + "/provisions"}


def test_a_topic_whose_pages_link_nothing_has_no_tightness() -> None:
    corpus = corpus_of(site())
    assert {t.tightness for t in topic_map(corpus, topics(corpus, 7), None, [])} == {None}


@pytest.mark.parametrize("columns", [1, NEIGHBOURS - 1, NEIGHBOURS, 60])
def test_the_nearest_are_the_highest_and_of_equals_the_first(columns: int) -> None:
    cosines = np.random.default_rng(3).integers(5, size=(40, columns)) / 4  # many are equal
    cosines[0] = 0.0
    expected = np.argsort(-cosines, axis=1, kind="stable")[:, :NEIGHBOURS]
    assert np.array_equal(nearest_of(cosines), expected)
