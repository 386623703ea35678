"""What a digest says, and what it must never say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from recommender.frames import BLOCKS
from recommender.models import (
    Certificate,
    Decision,
    Demand,
    Kind,
    Plan,
    Reason,
    Recommendation,
    Role,
    TargetCase,
    Verdict,
)
from recommender.report.cards import edit_card, links_now, places, target_card
from recommender.report.digest import LIST_LIMIT, NO_SEARCH_DATA, Digest, compose
from recommender.report.readings import readings
from recommender.report.words import (
    FIND_LIMIT,
    as_sentence,
    find_string,
    link_to_text,
    plain,
    short_url,
    signed_percent,
    span,
    web_url,
    week,
)
from tests.sample_digests import (
    AT,
    BRAKE_EDITS,
    CERTIFICATE,
    CHAIN,
    CHAIN_EDITS,
    LIVE,
    OPEN,
    PRESSURE,
    SITE,
    TUBELESS,
    TUBELESS_EDITS,
    WINDOW,
    edit,
    effect,
    empty,
    no_search_data,
    rich,
)


def composed(**changes: object) -> Digest:
    """Return a digest without edits, but for what is given."""
    given: dict[str, object] = {
        "property_name": "pedalworks",
        "site": SITE,
        "period": "2026-W47",
        "as_of": date(2026, 11, 21),
        "window": WINDOW,
        "plans": (),
        "pages": 412,
        "crawled_at": AT,
        **changes,
    }
    return compose(**given)  # type: ignore[arg-type]


# --- Order and headline ---------------------------------------------------------------------


def test_the_most_valuable_target_leads_whatever_the_order_of_the_plans() -> None:
    titles = [card.page.title for card in rich().targets]
    rub, winter = "Disc brake rub: find it and stop it", "Storing a bicycle over winter"
    assert titles == [CHAIN.title, TUBELESS.title, rub, winter]


def test_the_most_valuable_edit_of_a_target_leads() -> None:
    plan = Plan(case=CHAIN, recommendations=tuple(reversed(CHAIN_EDITS)))
    assert [card.id for card in target_card(plan, {}).edits] == [e.id for e in CHAIN_EDITS]


def test_a_plan_without_edits_is_no_target_of_the_week() -> None:
    assert composed(plans=(Plan(case=CHAIN),)).targets == ()


@pytest.mark.parametrize(
    ("changes", "headline"),
    [
        (
            {"plans": (Plan(case=CHAIN, recommendations=CHAIN_EDITS),)},
            "2 links to write for 1 page",
        ),
        (
            {"plans": (Plan(case=TUBELESS, recommendations=TUBELESS_EDITS),)},
            "1 link to write for 1 page",
        ),
        (
            {"plans": (Plan(case=CHAIN, recommendations=BRAKE_EDITS),)},
            "2 links to change for 1 page",
        ),
        ({"fix_first": (PRESSURE,)}, "no links this week, 1 page to fix first"),
        ({"live": LIVE}, "nothing to write, 2 links went live"),
        ({}, "nothing to write this week"),
    ],
)
def test_the_headline_says_what_the_week_asks_for(
    changes: dict[str, object], headline: str
) -> None:
    assert composed(**changes).headline == headline


def test_a_period_that_is_no_iso_week_is_refused() -> None:
    with pytest.raises(ValueError, match="ISO week"):
        composed(period="2026-47")
    with pytest.raises(ValueError, match="week"):
        composed(period="2026-W54")


# --- The past of edits --------------------------------------------------------------------


def test_a_card_says_why_its_edit_comes_back_and_takes_it_for_no_reason() -> None:
    card = rich().targets[1].edits[0]
    assert card.note == "You said not now on 20 September 2026."
    assert not any("not now" in said for said in (*card.why_page, *card.why_words))


def test_a_reminder_says_that_it_is_the_only_one_and_since_when() -> None:
    mailed, accepted = rich().reminders
    assert mailed.note.startswith("Sent 2 November 2026, and still possible. You are reminded")
    assert accepted.note.startswith("You said yes on 21 November 2026; the link is not there yet.")


def test_what_left_is_named_with_its_cause_and_the_rest_counted() -> None:
    left = {
        edit(source=f"{SITE}{n}", target=SITE, sentence="Some words.", anchor="words"): "it is gone"
        for n in range(5)
    }
    said = composed(left=left).left
    assert said.count("(it is gone)") == 3
    assert said.endswith("and 2 more.")
    assert composed().left == ""
    assert composed(parked=OPEN).left == (
        "1 edit stayed open after a reminder: it rests for eight weeks."
    )


# --- Missing data ---------------------------------------------------------------------------


def test_missing_search_data_are_the_first_thing_said() -> None:
    digest = no_search_data()
    assert digest.notes[0] == NO_SEARCH_DATA
    assert "no search data" in digest.basis


def test_a_target_without_search_data_shows_no_numbers_instead_of_zeros() -> None:
    (card,) = no_search_data().targets
    assert card.demand is None


def test_a_page_without_impressions_has_no_position() -> None:
    none = Demand(window=WINDOW, impressions=0, clicks=0, position=None)
    card = target_card(Plan(case=replace(CHAIN, demand=none)), {})
    assert card.demand is not None
    assert card.demand.position == "–"
    assert card.demand.impressions == "0"


def test_each_note_is_said_once() -> None:
    digest = composed(window=None, notes=(NO_SEARCH_DATA, "partial crawl", "partial  crawl"))
    assert digest.notes == (NO_SEARCH_DATA, "partial crawl")


@pytest.mark.parametrize(
    ("changes", "because", "next_step"),
    [
        ({"pages": 0, "crawled_at": None}, "No page of the site has been crawled", "doctor"),
        ({"fix_first": (PRESSURE,)}, "fails a check", "looked at again"),
        ({"waiting": 3}, "3 edits wait", "next week"),
        ({"open_edits": OPEN}, "sent to you before", "dismiss"),
        ({}, "On 412 pages no sentence met the rules", "next week"),
    ],
)
def test_an_empty_digest_says_why_and_what_happens_next(
    changes: dict[str, object], because: str, next_step: str
) -> None:
    digest = composed(**changes)
    assert digest.empty
    assert because in digest.empty_because
    assert next_step in digest.next_step


def test_a_digest_with_edits_gives_no_reason_for_being_empty() -> None:
    assert rich().empty_because == ""
    assert not rich().empty
    assert empty().empty


# --- Edits ----------------------------------------------------------------------------------


def test_the_anchor_and_its_surroundings_are_the_sentence_verbatim() -> None:
    for original in (*CHAIN_EDITS, *TUBELESS_EDITS, *BRAKE_EDITS):
        card = edit_card(original)
        assert card.before + card.anchor + card.after == original.sentence
        assert card.anchor == (original.anchor or original.old_anchor)


def test_a_changed_link_names_the_words_linked_now() -> None:
    card = edit_card(BRAKE_EDITS[0])
    assert card.label == "New words"
    assert "“read more”" in card.instruction
    assert card.anchor == "rubbing disc brake"


def test_a_removed_link_marks_the_words_linked_now() -> None:
    card = edit_card(BRAKE_EDITS[1])
    assert card.anchor == "brakes"
    assert "Take the link off “brakes”" in card.instruction


def test_a_removed_link_whose_sentence_is_unknown_marks_nothing() -> None:
    card = edit_card(replace(BRAKE_EDITS[1], sentence="", anchor_start=0))
    assert (card.before, card.anchor, card.after, card.find) == ("", "", "", "")


def test_a_moved_link_says_that_it_stands_outside_the_text() -> None:
    card = edit_card(replace(CHAIN_EDITS[0], kind=Kind.MOVE_INTO_CONTENT, old_anchor="Chains"))
    assert "outside its running text (“Chains”)" in card.instruction


def test_reasons_for_the_page_and_for_the_words_are_told_apart_heaviest_first() -> None:
    card = edit_card(CHAIN_EDITS[0])
    assert card.why_page[0].startswith("Closest in subject")
    assert card.why_page[1].startswith("9,802 impressions")
    assert card.why_words[0].startswith("“clean bike chain”")


def test_a_reason_without_evidence_shows_its_number() -> None:
    bare = Reason(signal="query_overlap", value=0.5, weight=0.3, evidence="")
    card = edit_card(replace(CHAIN_EDITS[0], reasons=(bare,)))
    assert card.why_page == ("Query overlap: 0.50 of 1.",)


def test_the_source_opens_at_the_sentence() -> None:
    url = edit_card(CHAIN_EDITS[0]).open_url
    assert url.startswith(CHAIN_EDITS[0].source + "#:~:text=Road%20salt")


def test_a_place_is_the_paragraph_under_its_heading() -> None:
    rows = [
        ("heading", "Winter", ""),
        ("paragraph", "Salt is bad.", "Winter"),
        ("heading", "After the ride", "Winter"),
        ("paragraph", "Wash it.", "After the ride"),
        ("item", "Dry it.", "After the ride"),
        ("paragraph", CHAIN_EDITS[0].sentence, "After the ride"),
    ]
    frame = BLOCKS.coerced(
        BLOCKS.empty()
        .reindex(range(len(rows)))
        .assign(
            page=CHAIN_EDITS[0].source,
            ordinal=range(len(rows)),
            kind=[kind for kind, _, _ in rows],
            text=[text for _, text, _ in rows],
            section=[section for _, _, section in rows],
            prose=True,
            spans="",
            css_path="p",
            region="content",
            confidence=1.0,
            reason="test",
        )
    )
    here = replace(CHAIN_EDITS[0], block=5)
    elsewhere = replace(CHAIN_EDITS[1], block=1)
    assert places([here, elsewhere], frame) == {here.id: "paragraph 2 under “After the ride”"}


# --- The string to search a page for --------------------------------------------------------


def test_a_find_string_is_verbatim_short_and_holds_the_anchor() -> None:
    for original in (*CHAIN_EDITS, *TUBELESS_EDITS, BRAKE_EDITS[0]):
        found = find_string(original.sentence, original.anchor_start, len(original.anchor))
        assert found in original.sentence
        assert original.anchor in found
        assert len(found) <= FIND_LIMIT


def test_a_find_string_begins_and_ends_with_whole_words() -> None:
    sentence = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    found = find_string(sentence, sentence.index("seven"), 5)
    assert f" {found} " in f" {sentence} "
    assert len(found) > 40


def test_a_find_string_of_an_endless_word_is_the_anchor_alone() -> None:
    sentence = "x" * 200 + "anchor" + "y" * 200
    assert find_string(sentence, 200, 6) == "anchor"
    assert len(find_string("z" * 300, 0, 300)) == FIND_LIMIT


def test_a_text_fragment_escapes_what_its_syntax_uses() -> None:
    url = link_to_text("https://a.example/p", "built-in, and & more")
    assert url == "https://a.example/p#:~:text=built%2Din%2C%20and%20%26%20more"
    assert link_to_text("https://a.example/p#top", "x").endswith("#top:~:text=x")
    assert link_to_text("https://a.example/p", "") == "https://a.example/p"


# --- Fix first ------------------------------------------------------------------------------


def test_a_fix_first_card_names_the_check_its_number_and_what_to_do() -> None:
    (card,) = rich().fix_first
    (check,) = card.checks
    assert check.label == "Another page of yours competes for the same search"
    assert "58%" in check.finding
    assert check.advice.startswith("Merge it with")


def test_pages_to_fix_are_ordered_by_need() -> None:
    less = replace(PRESSURE, url=SITE + "less", need=PRESSURE.need - 1)
    digest = composed(fix_first=(less, PRESSURE))
    assert [card.page.url for card in digest.fix_first] == [PRESSURE.url, less.url]


# --- Links today ----------------------------------------------------------------------------


def test_links_today_counts_by_our_rules_and_says_so() -> None:
    assert links_now(CHAIN) == (
        "3 links from other pages' text (1 sound and 2 weak by our rules); "
        "214 more from menus, sidebars or footers."
    )


def test_a_page_that_no_text_links_says_so() -> None:
    assert links_now(TUBELESS) == "No page links here from its text yet."


def test_a_link_that_is_not_followed_is_not_counted() -> None:
    lines = tuple(replace(line, decision=Decision.UNCOUNTED) for line in CHAIN.ledger)
    assert "3 not counted" in links_now(replace(CHAIN, ledger=lines))


# --- Effects --------------------------------------------------------------------------------


def test_an_early_reading_is_never_called_a_result() -> None:
    (early,) = readings([effect("a/", Verdict.EARLY, day=8, numbers=(0.9, 0.5, 1.3))], {}).targets
    assert early.label == "Early, not a result"
    assert "day 8" in early.numbers


def test_an_effect_is_told_in_percent_with_its_interval() -> None:
    (up,) = readings([effect("a/", Verdict.UP, numbers=(0.27, 0.09, 0.46))], {}).targets
    assert "+31% (interval +9% to +58%) on day 28, against 74 untouched pages" in up.numbers


def test_what_speaks_against_a_reading_is_told_with_it() -> None:
    (held,) = readings(
        [effect("a/", Verdict.NO_CLEAR_CHANGE, numbers=(0.3, 0.1, 0.5), why="already moving")], {}
    ).targets
    assert held.label == "No clear change yet"
    assert held.numbers.endswith("Already moving.")


def test_measured_pages_are_named_by_the_titles_given() -> None:
    digest = composed(
        effects=[effect("a/", Verdict.UP, numbers=(0.3, 0.1, 0.5))], titles={SITE + "a/": "Saddles"}
    )
    assert digest.effects.targets[0].subject == "Saddles"


def test_missing_data_say_why_and_what_could_have_been_seen() -> None:
    (none,) = readings(
        [effect("a/", Verdict.NOT_ENOUGH_DATA, why="21 donors, 30 needed", detectable=0.4)], {}
    ).targets
    assert none.numbers == (
        "21 donors, 30 needed. Smallest rise in impressions we could have seen: +49%."
    )


def test_an_effect_without_numbers_never_prints_numbers() -> None:
    (none,) = readings([effect("a/", Verdict.UP)], {}).targets
    assert "%" not in none.numbers


def test_sources_are_read_apart_from_targets() -> None:
    told = readings(
        [
            effect("t/", Verdict.UP, numbers=(0.3, 0.1, 0.5)),
            effect("s/", Verdict.DOWN, role=Role.SOURCE, numbers=(-0.3, -0.5, -0.1)),
        ],
        {SITE + "s/": "The source"},
    )
    assert [reading.subject for reading in told.targets] == ["/t/"]
    assert [reading.subject for reading in told.sources] == ["The source"]
    assert "−26%" in told.sources[0].numbers


def test_pooled_readings_come_first_and_name_their_pages() -> None:
    first = rich().effects.targets[0]
    assert first.page is None
    assert first.subject == "9 pages together, linked in 2026-W42"


def test_the_worst_false_alarm_rate_is_admitted() -> None:
    assert "6% of cases" in rich().effects.trust
    silent = replace(effect("a/", Verdict.UP, numbers=(0.3, 0.1, 0.5)), false_alarm_rate=None)
    assert readings([silent], {}).trust == ""


# --- Earlier edits --------------------------------------------------------------------------


def test_an_editors_own_link_is_credited_to_the_editor() -> None:
    ours, theirs = rich().live.shown
    assert not ours.by_editor
    assert "your words instead of “torque values”" in ours.remark
    assert "your own idea" in theirs.remark


def test_a_long_list_is_cut_and_counted() -> None:
    many = tuple(replace(OPEN[0], id=f"{number:010x}") for number in range(LIST_LIMIT + 4))
    lines = composed(open_edits=many).open_edits
    assert (len(lines.shown), lines.more, lines.total) == (LIST_LIMIT, 4, LIST_LIMIT + 4)


# --- How it was chosen ----------------------------------------------------------------------


def proof(certificate: Certificate | None) -> str:
    return " ".join(composed(certificate=certificate).proof)


def test_a_closed_gap_is_called_best_and_an_open_one_is_not() -> None:
    assert "for these pages no other choice within your budgets scores higher" in proof(CERTIFICATE)
    assert "can score more than 2.00% higher" in proof(replace(CERTIFICATE, gap=0.02))


def test_nothing_is_claimed_without_a_feasible_certificate() -> None:
    assert proof(None) == ""
    assert proof(replace(CERTIFICATE, feasible=False)) == ""


def test_the_mail_speaks_of_no_pagerank() -> None:
    assert "PageRank" not in proof(CERTIFICATE)


# --- Words ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "printed"),
    [
        ("two\r\nlines", "two lines"),
        ("right \u202eto left", "right to left"),
        ("\x1b[31mred", "[31mred"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("family 👨\u200d👩\u200d👧", "family 👨\u200d👩\u200d👧"),
        ("half \ud83d surrogate", "half \ufffd surrogate"),
    ],
)
def test_invisible_characters_are_not_printed_and_emoji_are(raw: str, printed: str) -> None:
    assert plain(raw) == printed


def test_only_web_addresses_become_links() -> None:
    assert web_url("https://a.example/") == "https://a.example/"
    for url in ("javascript:alert(1)", "data:text/html,x", "//a.example/", "", "https:///x"):
        assert web_url(url) == ""


def test_words_for_numbers_dates_and_addresses() -> None:
    assert signed_percent(0.0) == "0%"
    assert signed_percent(-0.1) == "−10%"
    assert as_sentence("it is so") == "It is so."
    assert as_sentence("") == ""
    assert short_url("https://a.example/") == "a.example"
    assert short_url("https://a.example/b?c=1") == "/b?c=1"
    assert span(week("2026-W47")) == "16–22 November 2026"
    assert span(week("2026-W53")) == "28 December 2026 – 3 January 2027"


def test_an_edit_of_another_property_of_words_keeps_its_case() -> None:
    upper = edit(source=SITE + "a", target=SITE + "b", sentence="Use ISO 4210.", anchor="ISO 4210")
    assert isinstance(upper, Recommendation)
    assert edit_card(upper).anchor == "ISO 4210"


def test_a_case_without_title_is_named_by_its_path() -> None:
    case = TargetCase(url=SITE + "guides/x/", title="", need=1.0, need_basis="", demand=None)
    assert target_card(Plan(case=case), {}).page.title == "/guides/x/"
