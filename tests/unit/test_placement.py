"""Where on a page a link would stand best."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.candidates.habits import build_habits
from recommender.candidates.placement import (
    SHORTLIST,
    TargetView,
    likeness,
    places,
    usual_fit,
    view_of,
)
from recommender.corpus import Corpus
from recommender.names import build_names
from tests.parsed_site import ROOT, corpus_of, page, works
from tests.small_site import corpus_of as marked_corpus_of

PROSE = "A mill by the river grinds corn for the whole valley and its hungry people."
MANY = " ".join(
    f"The clerk number {n} kept a ledger of things that nobody reads." for n in range(20)
)
SITE = {
    "/target": page("Water Wheel", "The water wheel turns under the weight of falling water."),
    "/named": page("Named", f"{MANY} Then somebody built a water wheel by the stream. {MANY}"),
    "/linked": page("Linked", f'{PROSE} It has <a href="/target">the oak machine</a> inside.'),
    "/dictionary": page(
        "Dictionary",
        f"{PROSE} Water and wheel and weight and falling are words. Here is the oak machine.",
    ),
    "/empty": page("Empty"),
}


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return corpus_of(SITE)


@pytest.fixture(scope="module")
def view(corpus: Corpus) -> TargetView:
    return view_of(corpus, build_names(corpus), build_habits(corpus), corpus.row[ROOT + "/target"])


def test_the_best_sentence_is_the_one_that_names_the_target(
    corpus: Corpus, view: TargetView
) -> None:
    best = places(corpus, view, corpus.row[ROOT + "/named"], fit_scale=0.2)[0]
    assert corpus.sentence_text[best.sentence].startswith("Then somebody built a water wheel")
    assert best.anchors[0].text == "water wheel"


def test_the_words_editors_link_outweigh_the_title_s(corpus: Corpus, view: TargetView) -> None:
    best = places(corpus, view, corpus.row[ROOT + "/dictionary"], fit_scale=0.2)[0]
    assert corpus.sentence_text[best.sentence] == "Here is the oak machine."


def test_a_page_without_text_has_no_place(corpus: Corpus, view: TargetView) -> None:
    assert places(corpus, view, corpus.row[ROOT + "/empty"], fit_scale=0.2) == []


def test_places_are_on_the_source_best_first_and_few(corpus: Corpus, view: TargetView) -> None:
    source = corpus.row[ROOT + "/named"]
    found = places(corpus, view, source, fit_scale=0.2)
    assert len(found) == SHORTLIST
    assert {int(corpus.sentence_page[place.sentence]) for place in found} == {source}
    scores = [place.score for place in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= place.fit <= 1 for place in found)
    assert len({place.sentence for place in found}) == SHORTLIST


def test_asking_for_fewer_places_gives_the_first_of_them(corpus: Corpus, view: TargetView) -> None:
    source = corpus.row[ROOT + "/named"]
    found = places(corpus, view, source, fit_scale=0.2)
    assert places(corpus, view, source, fit_scale=0.2, most=1) == found[:1]


def test_fit_grows_with_likeness_and_is_full_at_the_usual_one(
    corpus: Corpus, view: TargetView
) -> None:
    source = corpus.row[ROOT + "/named"]
    strict = places(corpus, view, source, fit_scale=10.0)[0]
    loose = places(corpus, view, source, fit_scale=0.01)[0]
    alike = likeness(corpus, view, strict.sentence)
    assert strict.fit == pytest.approx(alike / 10)
    assert loose.fit == 1


def test_the_usual_fit_is_a_guess_where_few_links_are_there_to_learn_from() -> None:
    assert usual_fit(corpus_of(works())) == 0.15


def test_the_usual_fit_is_learnt_from_links_in_the_text() -> None:
    topics = ("mill", "wheel", "oak", "bridge", "lamp")
    site = {
        f"/{topic}": (
            topic.title(),
            f"The {topic} is what this page tells of at length.\n"
            + "\n".join(
                f"Somebody wrote of [[/{other}|the {other}]] in a letter that went unread."
                for other in topics
                if other != topic
            ),
        )
        for topic in topics
    }
    corpus = marked_corpus_of(site)
    assert len(corpus.content_edges) == 20
    assert 0.05 < usual_fit(corpus) <= 1
    assert usual_fit(corpus) != 0.15


def test_a_view_has_a_number_for_each_sentence_and_passage(
    corpus: Corpus, view: TargetView
) -> None:
    for values in (view.lead, view.whole, view.named, view.bag):
        assert values.shape == (len(corpus.sentence_text),)
        assert np.all(np.isfinite(values))
        assert np.all(values >= 0)
    assert view.passage.shape == (len(corpus.passage_text),)


def test_a_sentence_of_a_hundred_thousand_characters_is_placed() -> None:
    long = "word water wheel of a long list without an end " * 2_200
    corpus = corpus_of({**SITE, "/long": page("Long", long)})
    view = view_of(corpus, build_names(corpus), build_habits(corpus), 0)
    found = places(corpus, view, corpus.row[ROOT + "/long"], fit_scale=0.2)
    assert len(found) == 1
    assert found[0].anchors[0].text == "water wheel"


COPY = "Old mills and water are what this line of every page speaks of."


def test_text_of_several_pages_gives_way_to_a_page_s_own() -> None:
    own = "Old mills and water are what nobody but this page speaks of."
    site = {
        "/target": page("Old Mills", "Old mills and water."),
        **{f"/copy{n}": page(f"Copy {n}", PROSE, COPY) for n in range(3)},
        "/source": page("Source", PROSE, COPY, own),
    }
    corpus = corpus_of(site)
    view = view_of(corpus, build_names(corpus), build_habits(corpus), corpus.row[ROOT + "/target"])
    best = places(corpus, view, corpus.row[ROOT + "/source"], fit_scale=0.2)[0]
    assert corpus.sentence_text[best.sentence] == own


def test_a_sentence_like_one_that_links_the_target_elsewhere_is_preferred() -> None:
    said = "Whoever wants corn ground at night should ask the keeper"
    site = {
        "/target": page("Water Wheel", "It turns under the weight of a falling stream."),
        "/other": page("Other", PROSE, f'{said}, as <a href="/target">this page</a> tells.'),
        "/source": page("Source", PROSE, MANY, f"{said} of the bridge.", MANY),
    }
    corpus = corpus_of(site)
    view = view_of(corpus, build_names(corpus), build_habits(corpus), corpus.row[ROOT + "/target"])
    best = places(corpus, view, corpus.row[ROOT + "/source"], fit_scale=0.2)[0]
    assert corpus.sentence_text[best.sentence] == f"{said} of the bridge."


def test_a_view_of_some_sources_says_the_same_of_their_places() -> None:
    said = "Whoever wants corn ground at night should ask the keeper"
    site = {
        "/target": page("Water Wheel", "It turns under the weight of a falling stream."),
        "/other": page("Other", PROSE, f'{said}, as <a href="/target">this page</a> tells.'),
        "/source": page("Source", PROSE, MANY, f"{said} of the bridge.", MANY),
    }
    corpus = corpus_of(site)
    names, habits = build_names(corpus), build_habits(corpus)
    target, source = (corpus.row[ROOT + path] for path in ("/target", "/source"))
    whole = view_of(corpus, names, habits, target)
    part = view_of(corpus, names, habits, target, sources=np.array([source]))
    found, same = (places(corpus, view, source, fit_scale=0.2) for view in (whole, part))
    assert found == same
    assert np.count_nonzero(part.company) < np.count_nonzero(whole.company)
