"""What becomes of candidates and of generic links: edits with their words, place and reasons."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.candidates.targets import one_target
from recommender.models import Kind, Recommendation
from recommender.passes.choose import edits_for, judged
from recommender.passes.study import read_site, study
from tests.parsed_site import ROOT, at_work, crawled, page, works

TARGET = ROOT + "/paper-mill"
LINK = '<a href="/paper-mill">here</a>'
GENERIC = f"The paper mill was described in the ledger that the clerk kept, see {LINK} today."
FILLER = "Nothing of this has any bearing on the matter at hand, said the clerk of old. " * 6


def edits(extra: str | None = None, **recommend: object) -> list[Recommendation]:
    """All edits for the paper mill, with a page more on which ``extra`` stands."""
    site = works() if extra is None else {**works(), "/extra": extra}
    at = at_work(crawled(site), recommend=recommend)
    known = study(at, read_site(at), np.random.default_rng(1))
    return edits_for(at, known, [judged(known, one_target(known.targets, TARGET))])


def rewordings(*paragraphs: str, **recommend: object) -> list[Recommendation]:
    found = edits(page("Extra Ledger", *paragraphs), **recommend)
    return [edit for edit in found if edit.kind is Kind.CHANGE_ANCHOR]


def test_an_addition_says_where_it_goes_and_why() -> None:
    found = edits()
    assert found
    for edit in found:
        assert edit.kind is Kind.ADD
        assert edit.target == TARGET
        assert edit.source != TARGET
        assert edit.anchor == "paper mill"
        assert edit.sentence[edit.anchor_start :].startswith("paper mill")
        assert edit.value > 0
        assert edit.target_title == "Paper Mill"
        assert {reason.signal for reason in edit.reasons} == {"strength", "relevance", "anchor"}


def test_an_edit_below_the_lowest_score_is_not_made() -> None:
    scores = sorted(edit.score for edit in edits())
    assert [e.score for e in edits(min_score=scores[-1] - 1e-9)] == [scores[-1]]
    assert rewordings(GENERIC, min_score=0.99) == []


def test_a_generic_link_gets_the_words_of_its_own_sentence() -> None:
    (edit,) = rewordings(GENERIC)
    assert (edit.anchor, edit.old_anchor, edit.anchor_start) == ("paper mill", "here", 4)
    assert edit.sentence.startswith("The paper mill")
    assert edit.source == ROOT + "/extra"
    assert edit.block == 1


def test_a_generic_link_whose_sentence_does_not_name_the_page_is_left_alone() -> None:
    assert rewordings(f"The clerk kept a ledger of many things, you may see it {LINK} today.") == []


def test_a_link_with_words_of_its_own_is_left_alone() -> None:
    own = '<a href="/paper-mill">the mill for paper</a>'
    assert rewordings(f"The paper mill was described in the ledger that they kept: {own}.") == []


@pytest.mark.parametrize("around", ['<a href="/rope-walk">old {}</a>', "<code>{}</code>"])
def test_words_inside_another_link_or_code_are_no_better_words(around: str) -> None:
    assert rewordings(GENERIC.replace("paper mill", around.format("paper mill"))) == []


def test_banned_words_are_no_better_words() -> None:
    assert rewordings(GENERIC, banned_anchors=("Paper Mill",)) == []


def test_an_excluded_source_keeps_its_generic_links() -> None:
    assert rewordings(GENERIC, exclude=("/extra",)) == []


def test_two_generic_links_of_a_page_do_not_get_the_same_words() -> None:
    found = rewordings(GENERIC + " " + FILLER, "Another sentence. " + GENERIC + " " + FILLER)
    assert len(found) == 1


def test_no_two_edits_have_one_id() -> None:
    ids = [edit.id for edit in edits(page("Extra Ledger", GENERIC, GENERIC.replace("The", "A")))]
    assert len(ids) == len(set(ids))


def test_a_sentence_with_letters_that_grow_in_lower_case_is_cut_at_the_right_place() -> None:
    (edit,) = rewordings(GENERIC.replace("The paper", "İİİ İstanbul'a: paper"))
    assert edit.sentence[edit.anchor_start :].startswith("paper mill was")
