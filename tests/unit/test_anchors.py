"""Which words of a sentence are offered as an anchor."""

from __future__ import annotations

import pytest

from recommender.candidates.anchors import (
    Anchor,
    Wanted,
    anchor_options,
    best_run,
    breaks,
    joins,
    split_name,
    wanted_words,
)
from recommender.candidates.called import TYPED, content_words, rarity
from recommender.corpus import Corpus
from recommender.languages import function_words
from recommender.names import NameKind, build_names
from recommender.text import stemmer, word_spans, words
from tests.parsed_site import ROOT, corpus_of, page

PROSE = "A mill by the river grinds corn for the whole valley and its hungry people."
SITE = {
    "/target": page("Repairing a Water Wheel", f"{PROSE} Water wheels need repair."),
    "/links": page("Other", f'{PROSE} See <a href="/target">the oak machine</a> there.'),
    "/else": page("Lamp Oil", f"{PROSE} A wheel of cheese; water; repairing lamps of the town."),
}


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return corpus_of(SITE)


@pytest.fixture(scope="module")
def wanted(corpus: Corpus) -> Wanted:
    return wanted_words(corpus, build_names(corpus), corpus.row[ROOT + "/target"])


def options(corpus: Corpus, wanted: Wanted, sentence: str) -> list[Anchor]:
    stem = stemmer("en")
    stems = [corpus.stems[stem(word)] for word in words(sentence)]
    return anchor_options(sentence, stems, wanted, corpus.stem_weight)


def test_a_name_comes_before_a_run_of_words(corpus: Corpus, wanted: Wanted) -> None:
    found = options(corpus, wanted, "Water wheels need the oak machine.")
    assert [anchor.text for anchor in found] == ["the oak machine", "Water wheels"]
    assert found[0].kind is NameKind.ANCHOR


def test_each_anchor_stands_where_it_says(corpus: Corpus, wanted: Wanted) -> None:
    sentence = "“Repairing a water wheel”, the oak machine, need corn."
    found = options(corpus, wanted, sentence)
    assert len(found) >= 2
    for anchor in found:
        assert sentence[anchor.start :].startswith(anchor.text)
        assert 0 <= anchor.sure <= 1


def test_a_sentence_that_says_nothing_of_the_page_has_no_anchor(
    corpus: Corpus, wanted: Wanted
) -> None:
    assert options(corpus, wanted, "Lamps of the town need corn.") == []
    assert options(corpus, wanted, "") == []


def test_no_anchor_goes_across_punctuation(corpus: Corpus, wanted: Wanted) -> None:
    for sentence in ("Repairing a water: wheel.", "The oak; machine. Water, wheels."):
        assert not any(set(".;:,") & set(a.text) for a in options(corpus, wanted, sentence))


def test_the_whole_title_is_surer_than_part_of_it(corpus: Corpus, wanted: Wanted) -> None:
    whole = options(corpus, wanted, "Repairing a water wheel need corn.")[0]
    part = options(corpus, wanted, "A water wheel need corn.")[0]
    one = options(corpus, wanted, "A wheel need corn.")[0]
    assert (whole.text, part.text, one.text) == ("Repairing a water wheel", "water wheel", "wheel")
    assert whole.sure > part.sure > one.sure


def test_a_run_starts_and_ends_with_a_word_that_carries_weight(
    corpus: Corpus, wanted: Wanted
) -> None:
    stem = stemmer("en")
    stems = [corpus.stems[stem(word)] for word in words("the water of the wheel of the town")]
    coverage, first, last = best_run(stems, wanted, corpus.stem_weight)
    assert stems[first] in wanted.strong
    assert stems[last - 1] in wanted.strong
    assert 0 < coverage <= 1


def test_a_run_is_never_longer_than_eight_words(corpus: Corpus, wanted: Wanted) -> None:
    stem = stemmer("en")
    stems = [corpus.stems[stem(w)] for w in words("water " + "of the " * 6 + "wheel")]
    _, first, last = best_run(stems, wanted, corpus.stem_weight)
    assert last - first == 1


def test_nothing_fits_an_empty_sentence(corpus: Corpus, wanted: Wanted) -> None:
    assert best_run([], wanted, corpus.stem_weight) == (0.0, 0, 0)


def test_query_words_are_wanted_less_than_title_words(corpus: Corpus) -> None:
    names, target = build_names(corpus), corpus.row[ROOT + "/target"]
    asked = wanted_words(corpus, names, target, {"cheese": 0.2, "the": 1.0, "unheardof": 1.0})
    cheese, wheel = corpus.stems["chees"], corpus.stems["wheel"]
    assert 0 < asked.stems[cheese] < asked.stems[wheel]
    assert corpus.stems["the"] not in asked.stems
    assert asked.total == wanted_words(corpus, names, target).total


def test_what_people_type_who_find_the_page_is_a_name_of_it(corpus: Corpus) -> None:
    names, target = build_names(corpus), corpus.row[ROOT + "/target"]
    sentence = "Lamps of the town; a water wheel."
    plain = options(corpus, wanted_words(corpus, names, target), sentence)
    assert [anchor.text for anchor in plain] == ["water wheel"]
    typed = wanted_words(corpus, names, target, typed=["lamps of the town", "town"])
    found = options(corpus, typed, sentence)
    assert [(anchor.text, anchor.kind) for anchor in found] == [
        ("Lamps of the town", NameKind.QUERY),  # "town" alone is no name in a sentence
        ("water wheel", None),
    ]
    assert found[0].sure == TYPED


def test_a_name_that_people_type_is_as_sure_as_a_query(corpus: Corpus) -> None:
    names, target = build_names(corpus), corpus.row[ROOT + "/target"]
    sentence = "See the oak machine there."
    (plain,) = options(corpus, wanted_words(corpus, names, target), sentence)
    (typed,) = options(
        corpus, wanted_words(corpus, names, target, typed=["the oak machine"]), sentence
    )
    assert (plain.kind, typed.kind) == (NameKind.ANCHOR, NameKind.ANCHOR)
    assert plain.sure < typed.sure == TYPED


@pytest.mark.parametrize("title", ["Of the", "The", ""])
def test_a_page_titled_with_function_words_wants_nothing_strong(title: str) -> None:
    site = {"/t": page(title, PROSE), "/else": page("Lamp Oil", f"{PROSE} Of the lamps.")}
    corpus = corpus_of(site)
    wanted = wanted_words(corpus, build_names(corpus), 0)
    assert wanted.total > 0
    assert options(corpus, wanted, "Of the lamps.") == []


def test_words_of_a_script_with_growing_lower_case_keep_their_place() -> None:
    prose = "İİİ İİ İstanbul Rehberi ile gezmek yine de çok güzel olur"
    site = {"/t": page("İstanbul Rehberi", PROSE), "/e": page("Ankara", prose)}
    corpus = corpus_of(site)
    wanted = wanted_words(corpus, build_names(corpus), 0)
    row = int(corpus.sentence_from[1])
    text = corpus.sentence_text[row]
    found = anchor_options(text, corpus.sentence_stems[row], wanted, corpus.stem_weight)
    assert found[0].text == "İstanbul Rehberi"
    assert text[found[0].start :].startswith("İstanbul Rehberi")


def test_a_break_is_punctuation_between_two_words() -> None:
    sentence = "One two, three-four five: six & seven"
    assert breaks(sentence, word_spans(sentence)) == {2, 4}


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Tubeless setup, from rim tape to sealant", "Tubeless setup"),
        ("Water wheels: an introduction", "Water wheels"),
        ("Oak bridge – its history", "Oak bridge"),
        ("Brakes, rim and disc", "Brakes, rim and disc"),
        ("Well-kept water wheels", "Well-kept water wheels"),
        ("", ""),
    ],
)
def test_a_name_ends_where_a_title_adds_to_two_telling_words(title: str, name: str) -> None:
    assert split_name(title, function_words("en")) == (name, title[len(name) :])


def test_content_words_have_letters_and_meaning() -> None:
    assert content_words("the water 1702 a wheel v2", function_words("en")) == [
        "water",
        "wheel",
        "v2",
    ]


def test_a_phrase_is_rarer_the_fewer_pages_speak_it() -> None:
    values = [rarity(pages, 100) for pages in (0, 1, 10, 100, 500)]
    assert values == sorted(values, reverse=True)
    assert values[0] == 1
    assert values[-1] == 0
    assert 0 <= rarity(0, 0) <= 1


def of_title(title: str, sentence: str) -> Anchor:
    site = {"/t": page(title, PROSE), "/s": page("Other things", f"{PROSE} {sentence}")}
    corpus = corpus_of(site)
    wanted = wanted_words(corpus, build_names(corpus), corpus.row[ROOT + "/t"])
    return options(corpus, wanted, sentence)[0]


@pytest.mark.parametrize(
    ("title", "sentence", "anchor"),
    [
        ("The Miller is a Thief and We Need Scales", "A thief and we need corn.", "thief"),
        ("Grinding Corn at Night", "Whoever is grinding is corn.", "grinding"),
        ("Why it’s bad luck", "It’s bad for the town.", "bad"),
        ("Corn and Scales", "They sell corn and scales.", "corn and scales"),
    ],
)
def test_part_of_a_title_is_no_clause(title: str, sentence: str, anchor: str) -> None:
    assert of_title(title, sentence).text == anchor


def test_part_of_a_longer_name_is_less_sure() -> None:
    alone = of_title("Water Wheel", "They built a Water Wheel there.")
    for longer in (
        "They built a Water Wheel Museum there.",
        "They built a Great Water Wheel there.",
    ):
        part = of_title("Water Wheel", longer)
        assert part.text == "Water Wheel"
        assert part.sure < alone.sure
    for same in (
        "They built Anna’s Water Wheel there.",
        "The Water Wheel turns.",
        "They built a Water Wheel, Anna says.",
    ):
        assert of_title("Water Wheel", same).sure == pytest.approx(alone.sure, rel=0.2)


@pytest.mark.parametrize("word", ["is", "it’s", "don't", "we", "you're"])
def test_words_that_make_clauses_join(word: str) -> None:
    assert joins(word)


@pytest.mark.parametrize("word", ["of", "mill", "o'clock", "miller’s"])
def test_words_of_a_phrase_do_not_join(word: str) -> None:
    assert not joins(word)


def test_words_that_an_editor_used_once_are_as_sure_as_the_title_that_they_are() -> None:
    titled = page("How to repair a water wheel", f"{PROSE} Water wheels need it.")
    linking = page("Other", f'{PROSE} Soon <a href="/target">repair a water wheel</a> anew.')
    corpus = corpus_of({**SITE, "/target": titled, "/links": linking})
    wanted = wanted_words(corpus, build_names(corpus), corpus.row[ROOT + "/target"])
    found = options(corpus, wanted, "Soon repair a water wheel anew.")[0]
    assert found.kind is NameKind.ANCHOR
    assert found.sure > wanted.names["repair a water wheel"].sure
