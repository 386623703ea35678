"""New sentences: asked for where no words name a target, in a paragraph that is close to it."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.candidates.targets import one_target
from recommender.models import Kind, Recommendation
from recommender.passes.choose import as_edit, edits_for, judged
from recommender.passes.study import read_site, study
from recommender.report.cards import edit_card
from tests.parsed_site import ROOT, at_work, crawled, page, works

TARGET = ROOT + "/drying-oils"
OILS = (
    "Drying oils harden in the air: linseed, walnut and poppy, each yellows at its own pace. "
    "A thin coat of linseed hardens within a week; walnut takes longer and stays paler."
)
CLOSE = (
    "Before varnish was sold in tins, a table was finished with an oil, linseed or walnut. "
    "Each coat hardens in the air, and linseed yellows where walnut stays pale. "
    "Drying took a week, and whoever had poppy kept it for the palest wood."
)


ELSEWHERE = (
    "The joiner of the village had three of them to sell, and the miller bought two of them for "
    "his daughters before the winter came over the hills."
)


def site(*paragraphs: str, title: str = "Old Tables") -> dict[str, str]:
    """Pages on old trades, one on drying oils that none of them names, and one more."""
    extra = {"/old-tables": page(title, *paragraphs)} if paragraphs else {}
    return {**works(), "/drying-oils": page("Drying Oils", OILS), **extra}


def edits(pages: dict[str, str], **recommend: object) -> list[Recommendation]:
    at = at_work(crawled(pages), recommend=recommend)
    known = study(at, read_site(at), np.random.default_rng(1))
    return edits_for(at, known, [judged(known, one_target(known.targets, TARGET))])


def test_a_page_that_no_words_name_gets_a_sentence_in_the_closest_paragraph() -> None:
    (edit,) = edits(site("The joiner of the village had three of them to sell.", CLOSE))
    assert edit.kind is Kind.ADD_SENTENCE
    assert (edit.source, edit.target) == (ROOT + "/old-tables", TARGET)
    assert (edit.anchor, edit.block) == ("", 2)
    assert edit.sentence in CLOSE
    assert "“Drying Oils”" in edit.brief
    assert edit.value > 0


def test_words_that_name_the_page_are_wrapped_and_no_sentence_is_asked_for() -> None:
    named = CLOSE + " The old recipes call these drying oils and say no more of them."
    kinds = {edit.kind for edit in edits(site(named))}
    assert kinds == {Kind.ADD}


@pytest.mark.parametrize(
    "paragraph",
    [
        CLOSE.split(". ")[1] + ".",
        CLOSE[:-1] + ":",
        CLOSE.replace("an oil, ", "").replace("Drying took", "All that took"),
        CLOSE.replace("varnish", '<a href="/paper-mill">varnish</a>').replace(
            "poppy", '<a href="/rope-walk">poppy</a>'
        ),
        ELSEWHERE,
        f"<code>{CLOSE}</code>",
    ],
    ids=[
        "too short",
        "announces what follows",
        "says no name",
        "links enough",
        "about something else",
        "code",
    ],
)
def test_a_paragraph_that_cannot_carry_one_gets_none(paragraph: str) -> None:
    assert edits(site(paragraph)) == []


@pytest.mark.parametrize("title", ["Which Drying Oils?", "Cooking Oils", "Oils"])
def test_a_page_without_a_name_that_could_be_linked_is_not_asked_for(title: str) -> None:
    pages = site(CLOSE) | {"/drying-oils": page(title, OILS)}
    assert [edit for edit in edits(pages) if edit.kind is Kind.ADD_SENTENCE] == []


def test_a_page_that_links_the_target_already_is_not_asked_again() -> None:
    linked = CLOSE + ' See <a href="/drying-oils">what hardens</a> for more.'
    assert [edit for edit in edits(site(linked)) if edit.kind is Kind.ADD_SENTENCE] == []


def test_an_excluded_page_is_not_asked_for_a_sentence() -> None:
    assert edits(site(CLOSE), exclude=("/old-tables",)) == []


def test_a_new_sentence_claims_its_share_of_the_week_and_no_words() -> None:
    (edit,) = edits(site(CLOSE))
    program = as_edit(edit)
    assert program.written
    assert program.anchor is None


def test_the_card_shows_where_it_goes_and_says_what_to_write() -> None:
    (edit,) = edits(site(CLOSE))
    card = edit_card(edit)
    assert (card.before, card.anchor, card.after) == (edit.sentence, "", "")
    assert card.find
    assert card.find in edit.sentence
    assert edit.sentence.endswith(card.find)
    assert edit.brief in card.instruction
    assert "/drying-oils" in card.instruction
    assert "not written" in card.scores
