"""What the hard rules object to, one rule a test."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pytest

from recommender.candidates.anchors import Anchor
from recommender.candidates.labels import spans_of
from recommender.candidates.objections import Objection
from recommender.candidates.placement import Place
from recommender.candidates.queries import ENOUGH_SHOWN, sought_pages
from recommender.candidates.rules import (
    BESIDE,
    NEAR_WORDS,
    Rules,
    build_rules,
    page_objections,
    place_objections,
)
from recommender.candidates.subject import OFTEN, TWICE, WORDS_A_TIME, why_these_words
from recommender.candidates.twins import BOILERPLATE
from recommender.config import PageType, RecommendConfig
from recommender.corpus import build_corpus
from recommender.frames import QUERY_TOTALS
from recommender.names import NameKind, build_names
from recommender.urls import Identity
from tests.parsed_site import ROOT, crawled, page

TEXT = "A mill by the river grinds corn for the whole valley and its hungry people."
TARGET = page("Water Wheel", f"{TEXT} The water wheel of the mill is old.")
OTHER = page("Oak Bridge", f"{TEXT} The bridge is older than all of them.")


def rules_of(
    site: Mapping[str, str],
    recommend: RecommendConfig | None = None,
    page_types: tuple[PageType, ...] = (),
    noindex: tuple[str, ...] = (),
    target: str = TARGET,
) -> Rules:
    snapshot = crawled({"/target": target, "/other": OTHER, **site}, noindex=noindex)
    identity = Identity.of(snapshot.pages)
    corpus = build_corpus(snapshot.pages, snapshot.blocks, snapshot.links, identity)
    return build_rules(corpus, build_names(corpus), recommend or RecommendConfig(), page_types)


def objections(
    rules: Rules, words: str, *, sure: float = 1.0, kind: NameKind | None = NameKind.TITLE
) -> set[Objection]:
    """What is held against linking ``words`` on /source to /target."""
    corpus = rules.corpus
    source, target = corpus.row[ROOT + "/source"], corpus.row[ROOT + "/target"]
    own = range(corpus.sentence_from[source], corpus.sentence_from[source + 1])
    row = next(s for s in own if words in corpus.sentence_text[s])
    start = corpus.sentence_text[row].index(words)
    anchor = Anchor(text=words, start=start, sure=sure, evidence="test", kind=kind)
    place = Place(source=source, target=target, sentence=row, score=1.0, fit=1.0, anchors=())
    return set(place_objections(rules, place, anchor))


def on_source(paragraph: str, words: str = "water wheel") -> set[Objection]:
    return objections(rules_of({"/source": page("Source", paragraph)}), words)


def against_page(rules: Rules) -> tuple[Objection, ...]:
    return page_objections(
        rules, rules.corpus.row[ROOT + "/source"], rules.corpus.row[ROOT + "/target"]
    )


def test_plain_words_in_plain_text_are_allowed() -> None:
    assert on_source("They built a water wheel by the stream in the year of the flood.") == set()


@pytest.mark.parametrize(
    ("inline", "objection"),
    [
        ('<a href="/other">old water wheel</a>', Objection.IN_LINK),
        ('<a href="https://elsewhere.test/">old water wheel</a>', Objection.IN_LINK),
        ("<code>water wheel</code>", Objection.IN_CODE),
        ("<q>water wheel</q>", Objection.IN_QUOTE),
        ("<button>water wheel</button>", Objection.IN_BUTTON),
    ],
)
def test_words_inside_an_element_with_a_meaning_of_its_own_stay(
    inline: str, objection: Objection
) -> None:
    text = f"They built the {inline} by the stream in the year of the great flood, it seems."
    assert objection in on_source(text)


def test_words_that_only_touch_a_link_are_near_it_but_not_in_it() -> None:
    found = on_source(
        'They built a water wheel <a href="/other">there</a> in the year of the flood it seems.'
    )
    assert Objection.NEAR_LINK in found
    assert Objection.IN_LINK not in found


@pytest.mark.parametrize(
    ("between", "near"), [(NEAR_WORDS - 1, True), (NEAR_WORDS, False), (NEAR_WORDS + 1, False)]
)
def test_a_link_is_near_within_forty_words_before_or_after(between: int, *, near: bool) -> None:
    filler = "word " * between
    after = on_source(f'A water wheel {filler}<a href="/other">there</a>.')
    before = on_source(f'See <a href="/other">there</a> {filler}water wheel.')
    assert (Objection.NEAR_LINK in after) is near
    assert (Objection.NEAR_LINK in before) is near


def test_a_quotation_is_not_ours_to_link() -> None:
    quoted = page("Source", "").replace(
        "</main>", "<blockquote>He built a water wheel in the year of flood.</blockquote></main>"
    )
    assert Objection.IN_QUOTE in objections(rules_of({"/source": quoted}), "water wheel")


def test_a_text_that_stands_on_three_pages_is_nobody_s_own() -> None:
    text = "They built a water wheel by the stream in the year of the flood."
    copies = {f"/{n}": page(f"Copy {n}", text) for n in range(2)}
    copies |= {f"/own{n}": page(f"Own {n}", f"{TEXT} It is number {n}.") for n in range(4)}
    rules = rules_of({"/source": page("Source", text), **copies})
    assert Objection.REPEATED_TEXT in objections(rules, "water wheel")


@pytest.mark.parametrize(("between", "held"), [(BESIDE - 1, True), (BESIDE, False)])
def test_words_a_few_blocks_from_a_link_to_the_same_page_stay(between: int, *, held: bool) -> None:
    others = [f"{TEXT} It is paragraph {n} of them all." for n in range(between)]
    teaser = 'More is told of it <a href="/target">over there</a> by the keeper of the mill.'
    said = "They built a water wheel by the stream in the year of the flood."
    found = objections(rules_of({"/source": page("Source", teaser, *others, said)}), "water wheel")
    assert found == ({Objection.LINKED_BESIDE} if held else set())


def test_a_page_with_the_target_s_own_text_is_no_source() -> None:
    same = page("Water Mill", f"{TEXT} The water wheel of the mill is old.")
    assert Objection.SAME_TEXT in against_page(rules_of({"/source": same}))
    assert against_page(rules_of({"/source": page("Source", TEXT)})) == ()


def test_however_many_pages_have_the_same_text_none_links_another() -> None:
    same = page("Water Mill", f"{TEXT} The water wheel of the mill is old.")
    copies = {f"/{n}": same for n in range(BOILERPLATE + 1)}
    others = {f"/own{n}": page(f"Own {n}", *paragraphs(n)) for n in range(20)}
    assert Objection.SAME_TEXT in against_page(rules_of({**copies, **others, "/source": same}))


def paragraphs(*numbers: int) -> list[str]:
    return [f"{TEXT} This is what paragraph number {n} of the long story tells." for n in numbers]


@pytest.mark.parametrize(
    ("own", "target", "held"),
    [
        ((1, 2, 3, 4, 5, 6, 7, 8), (1, 2, 3), True),  # the book on one page, and its chapter
        ((1, 2, 3), (1, 2, 3, 4, 5, 6, 7, 8), True),
        ((1, 2, 3, 4), (3, 4, 5, 6), True),  # editions
        ((1, 2, 3, 4), (4, 5, 6, 7), False),  # it only quotes a paragraph
        ((1, 2, 3), (4, 5, 6), False),
    ],
)
def test_pages_that_share_half_of_their_text_do_not_link_each_other(
    own: tuple[int, ...], target: tuple[int, ...], *, held: bool
) -> None:
    there = page("Water Wheel", *paragraphs(*target))
    here = {"/source": page("Source", *paragraphs(*own))}
    assert (Objection.SAME_TEXT in against_page(rules_of(here, target=there))) is held


def test_a_paragraph_of_the_whole_site_makes_no_twins() -> None:
    notice = paragraphs(1)
    crowd = {f"/{n}": page(f"Page {n}", *notice) for n in range(BOILERPLATE)}
    here = {"/source": page("Source", *notice, *paragraphs(2))}
    there = page("Water Wheel", *notice, *paragraphs(3))
    assert against_page(rules_of({**crowd, **here}, target=there)) == ()
    assert Objection.SAME_TEXT in against_page(rules_of(here, target=there))


def test_a_generic_phrase_is_no_anchor() -> None:
    text = "To see the water wheel click here in the year of the flood."
    assert Objection.ANCHOR_GENERIC in on_source(text, "click here")


def test_more_than_eight_words_are_too_long() -> None:
    said = "They built a water wheel by the stream there"
    assert Objection.ANCHOR_TOO_LONG in on_source(f"{said} in the year of the flood.", said)


def test_unsure_words_are_no_anchor() -> None:
    rules = rules_of({"/source": page("Source", "They built a water wheel by the old stream.")})
    assert Objection.ANCHOR_UNSURE in objections(rules, "water wheel", sure=0.1)


def test_banned_words_are_banned_in_any_spelling() -> None:
    banned = RecommendConfig(banned_anchors=("WATER  Wheel",))
    rules = rules_of({"/source": page("S", "They built a water wheel by the stream.")}, banned)
    assert Objection.ANCHOR_BANNED in objections(rules, "water wheel")


@pytest.mark.parametrize(
    ("banned", "held"),
    [("wheel", True), ("a water", True), ("eel", False), ("water mill", False), ("!?", False)],
)
def test_banned_words_ban_each_anchor_that_holds_them_whole(banned: str, *, held: bool) -> None:
    rules = rules_of(
        {"/source": page("S", "They built a water wheel by the stream.")},
        RecommendConfig(banned_anchors=(banned,)),
    )
    assert (Objection.ANCHOR_BANNED in objections(rules, "a water wheel")) is held


def test_the_title_of_another_page_is_not_ours() -> None:
    text = "They built an oak bridge by the stream in the year of the flood."
    assert Objection.ANCHOR_OF_OTHER_PAGE in on_source(text, "oak bridge")


def test_words_that_link_another_page_on_this_page_are_not_ours() -> None:
    far = "and nothing else was ever said of it by anybody " * 6
    text = f'A water wheel {far} and <a href="/other">water wheel</a>.'
    assert Objection.ANCHOR_OF_OTHER_PAGE in on_source(text)


def test_words_that_link_a_page_that_was_not_fetched_are_not_ours() -> None:
    far = "and nothing else was ever said of it by anybody " * 6
    text = f'A water wheel {far} and <a href="/never-fetched">water wheel</a>.'
    assert Objection.ANCHOR_OF_OTHER_PAGE in on_source(text)


def test_words_that_link_this_very_page_are_not_ours() -> None:
    far = "and nothing else was ever said of it by anybody " * 6
    text = f'A water wheel was built here {far}. See <a href="/source">water wheel</a>.'
    assert Objection.ANCHOR_OF_OTHER_PAGE in on_source(text)


@pytest.mark.parametrize(
    ("address", "held"),
    [("/old/water-wheel/", True), ("/old/wheel/", False), ("/old/water-mill/", False)],
)
def test_a_page_that_is_linked_where_it_once_was_gets_no_second_link(
    address: str, *, held: bool
) -> None:
    linking = page("Source", f'{TEXT} More is told <a href="{address}">over there</a>.')
    rules = rules_of({"/source": linking, "/new/water-wheel/": TARGET})
    row = rules.corpus.row
    found = page_objections(rules, row[ROOT + "/source"], row[ROOT + "/new/water-wheel/"])
    assert (Objection.LINKED_ELSEWHERE in found) is held


def test_twins_with_one_title_do_not_bar_each_other() -> None:
    twin = page("Water Wheel", f"{TEXT} This is another one.")
    text = "They built a water wheel by the stream in the year of the flood."
    assert objections(rules_of({"/twin": twin, "/source": page("S", text)}), "water wheel") == set()


def test_a_page_of_another_language_is_no_source() -> None:
    rules = rules_of({"/source": page("Quelle", TEXT, language="de")})
    assert Objection.OTHER_LANGUAGE in against_page(rules)


@pytest.mark.parametrize(
    ("source", "target", "other"),
    [
        ("en-GB", "en-US", True),
        ("en-GB", "en-gb", False),
        ("en-UK", "en-GB", False),
        ("de", "de-AT", False),
        ("de-AT", "de", False),
        ("de-AT", "de-CH", True),
        ("zh-Hans", "zh-Hant", True),
        ("zh-Hant", "zh-TW", False),
        ("zh-Hant-TW", "zh-Hant-HK", True),
        ("", "en-US", False),
        ("en-GB", "fr-GB", True),
    ],
)
def test_a_page_for_another_region_of_the_language_is_no_source(
    source: str, target: str, *, other: bool
) -> None:
    rules = rules_of(
        {"/source": page("Source", TEXT, language=source)},
        target=page("Water Wheel", f"{TEXT} The wheel of the mill is old.", language=target),
    )
    assert (Objection.OTHER_LANGUAGE in against_page(rules)) is other


def test_a_banned_section_never_links_the_other_and_the_other_may_link_back() -> None:
    ban = RecommendConfig.model_validate({"bans": [{"from": "/sour*", "to": "/targ*"}]})
    back = RecommendConfig.model_validate({"bans": [{"from": "/targ*", "to": "/sour*"}]})
    site = {"/source": page("Source", TEXT)}
    assert against_page(rules_of(site, ban)) == (Objection.SECTION_BANNED,)
    assert against_page(rules_of(site, back)) == ()


@pytest.mark.parametrize(
    "path",
    ["/tag/oil", "/shop?page=2", "/shop?filter_size=m", "/?s=oil", "/blog/feed.xml", "/2024/05/"],
)
def test_a_page_that_lists_others_is_no_target(path: str) -> None:
    rules = rules_of({"/source": page("Source", TEXT), path: page("List", f"{TEXT} A list.")})
    pages = rules.corpus.row
    found = page_objections(rules, pages[ROOT + "/source"], pages[ROOT + path])
    assert found == (Objection.TARGET_IS_LIST,)


def test_the_home_page_may_be_asked_for() -> None:
    rules = rules_of({"/source": page("Source", TEXT), "/": page("Home", f"{TEXT} At home.")})
    pages = rules.corpus.row
    assert page_objections(rules, pages[ROOT + "/source"], pages[ROOT + "/"]) == ()


@pytest.mark.parametrize(
    ("recommend", "held"),
    [
        ({"exclude": ["/targ*"]}, True),
        ({"include": ["/other"]}, True),
        ({"include": ["/target"]}, False),
        ({"include": ["/other"], "pins": ["/target"]}, False),
        ({"exclude": ["/target"], "pins": ["/target"]}, True),
    ],
)
def test_the_owner_says_which_pages_may_be_targets(
    recommend: dict[str, object], *, held: bool
) -> None:
    rules = rules_of({"/source": page("S", TEXT)}, RecommendConfig.model_validate(recommend))
    assert against_page(rules) == ((Objection.TARGET_EXCLUDED,) if held else ())


def test_a_type_that_takes_no_links_has_no_target() -> None:
    closed = (PageType(pattern="/targ*", target=False),)
    rules = rules_of({"/source": page("S", TEXT)}, page_types=closed)
    assert against_page(rules) == (Objection.TARGET_EXCLUDED,)


def test_a_page_that_may_not_be_indexed_is_no_source() -> None:
    rules = rules_of({"/source": page("Source", TEXT)}, noindex=("/source",))
    assert Objection.SOURCE_NOT_INDEXABLE in against_page(rules)


def test_an_excluded_page_is_no_source() -> None:
    excluded = RecommendConfig(exclude=("/sour*",))
    assert Objection.SOURCE_EXCLUDED in against_page(
        rules_of({"/source": page("Source", TEXT)}, excluded)
    )


def test_the_first_page_type_that_matches_decides() -> None:
    types = (PageType(pattern="/sou*"), PageType(pattern="/*", source=False))
    assert against_page(rules_of({"/source": page("S", TEXT)}, page_types=types)) == ()
    assert Objection.SOURCE_EXCLUDED in against_page(
        rules_of({"/source": page("S", TEXT)}, page_types=types[::-1])
    )


def test_spans_are_read_as_they_are_written() -> None:
    assert spans_of("a12-20 c33-40 q1-2 b0-0") == [
        ("a", 12, 20),
        ("c", 33, 40),
        ("q", 1, 2),
        ("b", 0, 0),
    ]
    assert spans_of("") == []


@pytest.mark.parametrize(
    "paragraph",
    [
        "The mill was built in stone.After that the water wheel was hung on its axle of oak.",
        ", white as it was in those days, the water wheel of the old mill was seen from afar.",
    ],
)
def test_a_torn_or_glued_sentence_carries_no_link(paragraph: str) -> None:
    assert Objection.RAGGED_SENTENCE in on_source(paragraph)


def test_a_dot_in_a_name_of_code_glues_nothing() -> None:
    text = "The water wheel is drawn by <code>mills.WaterWheel</code> as the manual of it explains."
    assert Objection.RAGGED_SENTENCE not in on_source(text)


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ("A wheel by the water is what drives the mill, and it is made of oak.", False),
        ("The mill stands by the water, and its great oaken wheel is slow.", True),
        ("The water wheel house is empty, and no water wheel house is older than it.", True),
    ],
)
def test_a_part_of_a_title_is_linked_where_the_page_itself_speaks_of_it(
    said: str, *, held: bool
) -> None:
    target = page("The water wheel house of the upper valley", f"{TEXT} {said}")
    source = page("Source", "They built a water wheel by the stream in the year of the flood.")
    found = objections(rules_of({"/source": source}, target=target), "water wheel", kind=None)
    assert (Objection.ANCHOR_UNSPOKEN in found) is held


@pytest.mark.parametrize(
    ("said", "held"),
    [("the wheels for millers", False), ("the wheels from millers", True)],
)
def test_a_part_of_a_title_is_joined_as_the_title_joins_it(said: str, *, held: bool) -> None:
    target = page("Wheels for millers of the upper valley", f"{TEXT} Wheels for millers are oak.")
    source = page("Source", f"They bought {said} in the year of the great flood, it seems.")
    found = objections(rules_of({"/source": source}, target=target), said, kind=None)
    assert (Objection.ANCHOR_NO_PHRASE in found) is held


def test_the_whole_of_a_name_is_linked_whatever_the_page_speaks_of() -> None:
    target = page("How to hang a water wheel: a guide", f"{TEXT} It says nothing of what it is.")
    source = page("Source", "They hang a water wheel by the stream in the year of the flood.")
    rules = rules_of({"/source": source}, target=target)
    assert objections(rules, "hang a water wheel", kind=None) == set()


@pytest.mark.parametrize(
    ("own", "others", "length", "held"),
    [
        (5, 2, 0, False),
        (5, 5, 0, False),
        (5, 6, 0, True),  # another page is where the site speaks of it
        (TWICE, 0, 0, False),
        (TWICE - 1, 0, 0, True),  # nobody is: it is mentioned and no more
        (TWICE, 0, 3 * WORDS_A_TIME, True),  # twice is little on a long page
        (3, 0, 3 * WORDS_A_TIME, False),
        (OFTEN, 0, 30 * WORDS_A_TIME, False),  # and four times is enough on any
        (OFTEN - 1, 0, 30 * WORDS_A_TIME, True),
    ],
)
def test_a_part_of_a_title_belongs_to_the_page_that_speaks_of_it_most(
    own: int, others: int, length: int, *, held: bool
) -> None:
    said, rest = "The water wheel turns slowly by day. ", "corn " * length
    target = page("The water wheel house of the upper valley", f"{TEXT} {said * own} {rest}")
    source = page("Source", "They built a water wheel by the stream in the year of the flood.")
    rival = page("Days of the miller", said * others)
    rules = rules_of({"/source": source, "/rival": rival}, target=target)
    found = objections(rules, "water wheel", kind=None)
    assert (Objection.ANCHOR_SPOKEN_ELSEWHERE in found) is held
    assert Objection.ANCHOR_UNSPOKEN not in found


def test_the_thing_that_a_title_names_before_its_preposition_is_the_whole_name() -> None:
    target = page("Oaken wheels for millers and monks of the valley", f"{TEXT} It says no more.")
    text = "They built oaken wheels by the stream in the year of the flood; monks did."
    rules = rules_of({"/source": page("Source", text)}, target=target)
    assert objections(rules, "oaken wheels", kind=None) == set()
    assert Objection.ANCHOR_UNSPOKEN in objections(rules, "monks", kind=None)


@pytest.mark.parametrize(
    ("paragraph", "words", "held"),
    [
        ("They sold the water wheel to a miller in the year of the flood.", "water wheel", False),
        ("They sold the water wheel house to a miller in the year of it.", "water wheel", True),
        (
            "They sold an old water wheel to a miller in the year of it.",
            "water wheel",
            False,
        ),
        ("They run a mill without water wheel in the year of the flood.", "water wheel", True),
        ("They run a mill without a water wheel in the year of the flood.", "water wheel", False),
        ("They bought a wheel from a miller in the year of the great flood.", "wheel", False),
        ("They bought a steering wheel from a miller in the year of the flood.", "wheel", True),
    ],
)
def test_a_name_that_goes_on_is_told_apart_or_denied_is_another_name(
    paragraph: str, words: str, *, held: bool
) -> None:
    assert (Objection.ANCHOR_NO_PHRASE in on_source(paragraph, words)) is held


def test_words_that_editors_link_may_go_on_unless_they_are_one() -> None:
    text = "They sold the water wheel house to a miller in the year of it."
    rules = rules_of({"/source": page("Source", text)})
    assert objections(rules, "water wheel", kind=NameKind.ANCHOR) == set()
    assert Objection.ANCHOR_NO_PHRASE in objections(rules, "wheel", kind=NameKind.ANCHOR)


def test_words_that_searchers_find_another_page_by_are_that_page_s() -> None:
    source = page("Source", "They built a water wheel by the stream in the year of the flood.")
    snapshot = crawled({"/target": TARGET, "/other": OTHER, "/source": source})
    corpus = build_corpus(
        snapshot.pages, snapshot.blocks, snapshot.links, Identity.of(snapshot.pages)
    )

    def found(shown: Mapping[str, int]) -> set[Objection]:
        rows = [("Water wheel", ROOT + path, 0, count, 4.0) for path, count in shown.items()]
        queries = QUERY_TOTALS.coerced(pd.DataFrame(rows, columns=list(QUERY_TOTALS.columns)))
        sought = sought_pages(queries, corpus.row)
        names = build_names(corpus)
        return objections(build_rules(corpus, names, RecommendConfig(), (), sought), "water wheel")

    assert found({"/other": 30, "/target": 20}) == {Objection.ANCHOR_OF_OTHER_PAGE}
    assert found({"/other": 20, "/target": 30}) == set()
    assert found({"/other": 25, "/target": 25}) == set()  # it tells nothing
    assert found({"/other": ENOUGH_SHOWN - 1}) == set()
    assert found({"/other": ENOUGH_SHOWN}) == {Objection.ANCHOR_OF_OTHER_PAGE}


def test_a_past_issue_carries_no_new_links() -> None:
    text = "They built a water wheel by the stream in the year of the flood."
    issues = {f"/news/{n}": page(f"News of the valley 19{n}", text) for n in range(80, 84)}
    fifth = {"/source": page("News of the valley 1984", text)}
    assert against_page(rules_of({**issues, **fifth})) == (Objection.SOURCE_IN_SERIES,)
    other = {"/source": page("News of the mill", text)}
    assert against_page(rules_of({**issues, **other})) == ()


@pytest.mark.parametrize(
    ("words", "kind", "why"),
    [
        ("oaken wheels", None, "they are what the page's title names"),
        ("for millers", None, "no page of yours says them more often"),
        ("oaken wheels", NameKind.ANCHOR, "as it was said"),
    ],
)
def test_what_speaks_for_words_is_what_let_them_pass(
    words: str, kind: NameKind | None, why: str
) -> None:
    target = page("Oaken wheels for millers and monks of the valley", TEXT)
    corpus = rules_of({}, target=target).corpus
    anchor = Anchor(text=words, start=0, sure=1.0, evidence="as it was said", kind=kind)
    assert why in why_these_words(corpus, corpus.row[ROOT + "/target"], anchor)


@pytest.mark.parametrize(
    ("linked", "held"),
    [("water wheel", True), ("The Water Wheels", True), ("wheel of water", True), ("wheel", False)],
)
def test_words_that_this_page_links_elsewhere_are_spoken_for_in_any_form(
    linked: str, *, held: bool
) -> None:
    text = "They built a water wheel by the stream in the year of the flood."
    far = f'Read of <a href="/other">{linked}</a> first. ' + "And then go on with it. " * 20
    found = on_source(f"{far}</p><p>{text}")
    assert (Objection.ANCHOR_OF_OTHER_PAGE in found) is held


@pytest.mark.parametrize(
    ("sentence", "held"),
    [
        ("They call it the “Great Water Wheel Feast” in the whole valley.", True),
        ('They call it the "Great Water Wheel Feast" in the whole valley.', True),
        ("They call it a “water wheel” in the whole valley of the mill.", False),
        ("They “built a water wheel by the stream in the year of the flood”, he says.", False),
    ],
)
def test_a_part_of_a_quoted_name_is_another_name(sentence: str, *, held: bool) -> None:
    words = "Water Wheel" if "Water Wheel" in sentence else "water wheel"
    assert (Objection.ANCHOR_NO_PHRASE in on_source(sentence, words)) is held


@pytest.mark.parametrize("kind", [NameKind.MENU, NameKind.HEADING])
def test_what_a_menu_or_heading_calls_a_page_is_asked_of_its_text(kind: NameKind) -> None:
    text = "They sold an oaken sluice to a miller in the year of the flood."
    often = page("Water Wheel", TEXT + " The oaken sluice is old." * TWICE)
    once = page("Water Wheel", TEXT + " The oaken sluice is old.")
    source = {"/source": page("Source", text)}
    assert objections(rules_of(source, target=often), "oaken sluice", kind=kind) == set()
    assert objections(rules_of(source, target=once), "oaken sluice", kind=kind) == {
        Objection.ANCHOR_SPOKEN_ELSEWHERE
    }


def test_what_an_editor_linked_is_not_asked_of_the_text() -> None:
    text = "They sold an oaken sluice to a miller in the year of the flood."
    rules = rules_of({"/source": page("Source", text)})
    assert objections(rules, "oaken sluice", kind=NameKind.ANCHOR) == set()


@pytest.mark.parametrize(
    ("name", "own", "others", "held"),
    [
        ("oaken sluice", 1, 2, True),
        ("oaken sluice", 2, 2, False),
        ("oaken sluice", 0, 1, False),
        ("great oaken sluice", 1, 2, False),
    ],
)
def test_a_name_of_two_words_is_not_said_more_often_on_another_page(
    name: str, own: int, others: int, *, held: bool
) -> None:
    said = f" They mended the {name} again."
    rules = rules_of(
        {
            "/source": page("Source", f"They sold the {name} to a miller in the year of it."),
            "/rival": page("Works of a year", TEXT + said * others),
        },
        target=page(name.capitalize(), TEXT + said * own),
    )
    found = objections(rules, name, kind=None)
    assert (Objection.ANCHOR_SPOKEN_ELSEWHERE in found) is held
    assert objections(rules, name, kind=NameKind.ANCHOR) == set()
