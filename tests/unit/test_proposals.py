"""Candidates as the commands give them: sources, places, scores, objections."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recommender import pipeline
from recommender.candidates.pairs import best_sources, fused, relevance
from recommender.candidates.proposals import WEIGHTS, geometric
from recommender.corpus import Floats
from recommender.errors import NoData, UnknownPage
from recommender.frames import CANDIDATES, checked
from tests.parsed_site import ROOT, at_work, crawled, page, works

LINK = 'a <a href="/salt-pan">salt pan</a>'
PROSE = "Nothing of this has any bearing on the matter, said the clerk who kept the books."


def site_with(extra: Mapping[str, str]) -> dict[str, str]:
    return {**works(8), **extra}


def test_every_page_is_a_target_where_all_are_asked_for() -> None:
    found = pipeline.candidates(at_work(crawled(works(8))), top=3, all_targets=True)
    checked(found, CANDIDATES)
    assert found.groupby("target").size().to_dict() == dict.fromkeys(found["target"], 3)
    assert found["target"].nunique() == 8
    assert not (found["target"] == found["source"]).any()


def test_sources_come_best_first() -> None:
    found = pipeline.candidates(at_work(crawled(works(8))), top=5, all_targets=True)
    for _, own in found.groupby("target"):
        assert own["rank_score"].is_monotonic_decreasing


def test_a_page_that_links_the_target_in_its_content_is_no_candidate() -> None:
    linking = page("Letters", f"{PROSE} Somebody there wrote at length of {LINK} by the sea.")
    site = at_work(crawled(site_with({"/letters": linking})))
    found = pipeline.candidates(site, top=50, all_targets=True)
    pairs = set(zip(found["source"], found["target"], strict=True))
    assert (ROOT + "/letters", ROOT + "/salt-pan") not in pairs
    assert (ROOT + "/letters", ROOT + "/lime-kiln") in pairs


def test_a_page_without_text_is_shown_with_what_is_held_against_it() -> None:
    site = at_work(crawled(site_with({"/empty": page("Empty")})))
    found = pipeline.candidates(site, top=50, all_targets=True)
    empty = found[found["source"] == ROOT + "/empty"]
    assert len(empty)
    assert not empty["allowed"].any()
    assert empty["codes"].str.contains("no_text").all()
    assert (empty["score"] == 0).all()


def test_a_score_is_the_weighted_geometric_mean_of_its_parts() -> None:
    found = pipeline.candidates(at_work(crawled(works(8))), top=5, all_targets=True)
    named = found[found["anchor"].notna()]
    assert len(named)
    for row in named.to_dict("records"):
        assert row["score"] == pytest.approx(geometric({name: row[name] for name in WEIGHTS}))


def test_any_part_near_zero_vetoes_a_score() -> None:
    assert geometric(dict.fromkeys(WEIGHTS, 1.0)) == pytest.approx(1)
    for name in WEIGHTS:
        assert geometric({**dict.fromkeys(WEIGHTS, 1.0), name: 0.0}) == 0
    assert sum(WEIGHTS.values()) == pytest.approx(1)


def test_pairs_are_placed_whatever_links_stand_there() -> None:
    linking = page("Letters", f"{PROSE} Somebody there wrote at length of {LINK} by the sea.")
    site = at_work(crawled(site_with({"/letters": linking})))
    found = pipeline.place(
        site,
        [
            (ROOT + "/letters", ROOT + "/salt-pan"),
            (ROOT + "/rope-walk", ROOT + "/lime-kiln"),
            (ROOT + "/letters/", ROOT + "/salt-pan?utm_source=x"),
        ],
    )
    assert found[["source", "target"]].to_numpy().tolist() == [
        [ROOT + "/letters", ROOT + "/salt-pan"],
        [ROOT + "/rope-walk", ROOT + "/lime-kiln"],
        [ROOT + "/letters", ROOT + "/salt-pan"],
    ]
    assert found["anchor"].tolist() == ["salt pan", "lime kiln", "salt pan"]
    assert "in_link" in found["codes"][0].split()


def test_no_pairs_have_no_places() -> None:
    found = pipeline.place(at_work(crawled(works(4))), [])
    checked(found, CANDIDATES)
    assert found.empty


def test_an_unknown_page_is_named_with_the_nearest_ones() -> None:
    site = at_work(crawled(works(4)))
    with pytest.raises(UnknownPage, match="no crawled page") as refused:
        pipeline.place(site, [(ROOT + "/water-whel", ROOT + "/paper-mill")])
    assert refused.value.nearest[0] == ROOT + "/water-wheel"
    with pytest.raises(UnknownPage):
        pipeline.one_off(site, ROOT + "/unheard-of")


def test_a_site_of_one_page_has_no_candidates() -> None:
    site = at_work(crawled({"/a": page("Alone", PROSE)}))
    assert pipeline.candidates(site, top=5, all_targets=True).empty
    assert pipeline.recommend(site).proposed == ()


def test_one_target_is_judged_alone_and_nothing_is_saved() -> None:
    site = at_work(crawled(works()))
    pipeline.one_off(site, ROOT + "/salt-pan")
    assert site.decisions.recommendations() == []


@pytest.mark.parametrize(
    "html",
    [
        {"/a": "<html></html>", "/b": "<html></html>"},
        {"/a": page("The"), "/b": page("Of the")},
        {f"/{n}": page("Same Title", f"{PROSE} Page {n} of four.") for n in range(4)},
        {"/a": page("内部リンク", "内部リンクとは、ページを結ぶものです。とても大切です。" * 3)},
    ],
)
def test_a_poor_site_gets_no_edit_and_no_error(html: dict[str, str]) -> None:
    site = at_work(crawled(html))
    assert pipeline.recommend(site).proposed == ()
    pipeline.candidates(site, top=5, all_targets=True)
    for path in html:
        pipeline.one_off(site, ROOT + path)


def test_a_site_on_which_nothing_answers_has_no_data() -> None:
    site = at_work(crawled({"/a": page("A", PROSE)}, status={"/a": 500}))
    with pytest.raises(NoData, match="no page that answers"):
        pipeline.recommend(site)


def test_an_anchor_in_a_script_without_spaces_is_a_whole_run_of_it() -> None:
    site = at_work(
        crawled(
            {
                "/a": page("内部リンク", "これ は とても 大切 な こと です から よく 読んで ね。"),
                "/b": page(
                    "検索", "検索内部リンクは 大切 です。 内部リンク を 使い ます か ね え よ。"
                ),
            }
        )
    )
    found = pipeline.place(site, [(ROOT + "/b", ROOT + "/a")])
    assert found["anchor"].tolist() == ["内部リンク"]
    assert found["sentence"][0].startswith("内部リンク を")


NOBODY = np.array([], np.int64)
ONE = np.ones(1)


def test_a_page_first_by_every_signal_has_relevance_one() -> None:
    total = fused(np.array([[3.0, 2.0, 0.0], [5.0, 0.0, 1.0]]), np.array([1.0, 3.0]), NOBODY)
    assert relevance(total)[0] == 1
    assert total.argmax() == 0


def test_a_page_without_any_of_a_signal_gets_nothing_of_it() -> None:
    assert fused(np.array([[1.0, 0.0, 0.0, 0.0]]), ONE, NOBODY).tolist() == [1, 0, 0, 0]


def test_a_signal_counts_half_by_value_and_half_by_rank() -> None:
    total = fused(np.array([[10.0, 4.0, 4.0, 1.0]]), ONE, NOBODY)
    assert total == pytest.approx([1, (0.4 + 4 / 5) / 2, (0.4 + 4 / 5) / 2, (0.1 + 4 / 7) / 2])


def test_nobody_is_measured_against_a_barred_page() -> None:
    total = fused(np.array([[90.0, 2.0, 1.0]]), ONE, np.array([0]))
    assert total == pytest.approx([1, 1, (0.5 + 4 / 5) / 2])


def test_a_signal_that_says_nothing_leaves_the_others_their_weight() -> None:
    spoken = np.array([[2.0, 1.0, 0.0]])
    silent = np.vstack([spoken, np.zeros(3)])
    assert fused(silent, np.ones(2), NOBODY).tolist() == fused(spoken, ONE, NOBODY).tolist()
    assert fused(np.zeros((2, 3)), np.ones(2), NOBODY).tolist() == [0, 0, 0]


@given(
    arrays(np.float64, (3, 6), elements=st.floats(0, 100, width=16)),
    st.sets(st.integers(0, 5), max_size=6),
)
def test_more_of_every_signal_is_never_worth_less(scores: Floats, barred: set[int]) -> None:
    weights = np.array([2.0, 1.0, 0.5])
    total = fused(scores, weights, np.array(sorted(barred), np.int64))
    assert np.all((total >= 0) & (total <= 1 + 1e-12))
    for one in range(6):
        more = np.all(scores >= scores[:, [one]], axis=0)
        assert np.all(total[more] >= total[one] - 1e-12)


def test_excluded_pages_are_never_among_the_best_sources() -> None:
    total = np.array([0.4, 0.3, 0.2, 0.1])
    assert best_sources(total, np.array([0, 2]), 3).tolist() == [1, 3]
    assert best_sources(total, np.array([0, 1, 2, 3]), 3).tolist() == []
