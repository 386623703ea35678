"""The language of a page, told from its markup and its text, and the function words of each."""

from __future__ import annotations

import pytest

from recommender.function_words import FUNCTION_WORDS
from recommender.languages import (
    UNSPACED,
    function_words,
    is_function_word,
    language_of,
    says_nothing,
    unspaced_script,
)
from recommender.passes.study import unread_languages
from recommender.text import words
from tests.parsed_site import corpus_of, page
from tests.sites_in_languages import site_in

ENGLISH = """The chain of a bicycle wears quickly when it is dirty, because the sand in its links
    works like emery paper. Wipe it with a dry cloth after each ride in the rain, and turn the
    crank backwards while you do so. If the dirt does not come off, warm water and an old brush
    will help, but do not use a pressure washer, which drives the water into the bearings."""


def text_in(language: str) -> str:
    return ENGLISH if language == "en" else " ".join(site_in(language).values())


LANGUAGES = ("de", "en", "es", "fr", "ja")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_that_says_nothing_of_its_language_is_known_by_its_text(language: str) -> None:
    said = [word for word in words(text_in(language)) if len(word) > 1 or word > "z"]
    assert language_of("", said[20:]) == language


@pytest.mark.parametrize("language", ["de", "es", "fr", "ja"])
def test_a_text_in_another_language_outweighs_the_markup(language: str) -> None:
    assert language_of("en", words(text_in(language))) == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_few_words_do_not_outweigh_the_markup(language: str) -> None:
    assert language_of("nl", words(text_in(language))[100:120]) == "nl"


def test_code_without_function_words_leaves_the_markup_alone() -> None:
    assert language_of("en", ["def", "return", "class", "import", "yield"] * 40) == "en"
    assert language_of("", ["def", "return", "class", "import", "yield"] * 40) == ""


def test_a_language_without_a_list_is_believed() -> None:
    assert language_of("ko", ["자전거", "체인을", "닦습니다"] * 30) == "ko"


def test_an_empty_page_has_the_language_of_its_markup() -> None:
    assert language_of("fr", []) == "fr"
    assert language_of("", []) == ""


@pytest.mark.parametrize("language", sorted(FUNCTION_WORDS))
def test_function_words_are_single_lower_case_words_as_text_is_cut(language: str) -> None:
    for word in FUNCTION_WORDS[language]:
        said = words(word)
        assert said == [word] or (language == "ja" and "".join(said) == word)


@pytest.mark.parametrize(
    ("language", "anchor", "empty"),
    [
        ("de", "auf der", True),
        ("de", "die Kette", False),
        ("fr", "dans l'", True),
        ("fr", "l'huile", False),
        ("es", "para los", True),
        ("es", "para el huerto", False),
        ("ja", "について", True),
        ("ja", "チェーンについて", False),
        ("en", "of the", True),
        ("xx", "of the", False),
    ],
)
def test_function_words_alone_name_nothing(language: str, anchor: str, *, empty: bool) -> None:
    assert function_words(language).issuperset(words(anchor)) is empty


def test_words_say_nothing_if_they_are_function_words_of_one_language() -> None:
    assert says_nothing(words("auf der"))
    assert says_nothing(words("sur les"))
    assert not says_nothing(words("auf les Kette"))
    assert is_function_word("dans")
    assert not is_function_word("kette")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("自行车的链条需要定期清洗", "zh"),
        ("自転車のチェーン", ""),
        ("โซ่จักรยานต้องทำความสะอาด", "th"),
        ("The character 人 means a person.", ""),
        ("자전거 체인", ""),
        ("Fahrradkette für Anfänger", ""),
    ],
)
def test_scripts_without_spaces_are_told_from_others(text: str, language: str) -> None:
    assert unspaced_script(text) == language


def test_a_note_counts_the_pages_that_are_not_read() -> None:
    notes = unread_languages(["en", "zh", "th", "zh", ""])
    assert [note.split(",")[0] for note in notes] == ["2 pages are in Chinese", "1 page is in Thai"]
    assert unread_languages(["en", "ja", "de"]) == []
    assert set(UNSPACED) & set(FUNCTION_WORDS) == set()


def test_each_page_is_stemmed_by_its_own_language() -> None:
    german = "Die Bremsbeläge an den Rädern sind alt, und die Brille ist es auch schon seit Jahren."
    english = "The die was cast in bronze, and a second die was made of steel by the same man."
    html = {
        "/a": page("Cast bronze", english),
        "/b": page("Casting steel", english.replace("bronze", "iron")),
        "/c": page("Bremsbelag am Rad", german, language="de"),
    }
    corpus = corpus_of(html)
    assert corpus.language == "en"
    german_stem, english_stem = corpus.stemmer(2), corpus.stemmer(0)
    assert german_stem("bremsbelag") == german_stem("bremsbeläge") in corpus.stems
    assert corpus.stem_weight[corpus.stems[german_stem("die")]] == 0
    assert corpus.stem_weight[corpus.stems[english_stem("die")]] > 0
    assert "die" in corpus.function_words(2)
    assert "die" not in corpus.function_words(0)
