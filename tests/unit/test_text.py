"""How text is cut into words, sentences and titles' parts, in any script."""

from __future__ import annotations

import pytest

from recommender.text import folded, segments, sentences, squeezed, stemmer, word_spans, words


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def test_words_are_lower_case_and_joined_inside_by_dots_hyphens_and_apostrophes() -> None:
    said = words("The user's Wi-Fi, via mod_proxy (v2.4)!")
    assert said == ["the", "user's", "wi-fi", "via", "mod_proxy", "v2.4"]


def test_a_word_span_has_no_punctuation_at_its_edges() -> None:
    text = "“Hello”, (world)..."
    assert [text[start:end] for start, end in word_spans(text)] == ["Hello", "world"]


@pytest.mark.parametrize(
    "text",
    [
        "İstanbul'da gezi",  # lower case is longer by one character
        "Straße ẞ und ß",
        "ΟΔΟΣ:ΑΘΗΝΑ ΟΔΟΣ",  # the last sigma of a word is another letter
        "caf\u0065\u0301 au lait",
        "हिन्दी भाषा",
        "Link\u00adwright im Ein\u00adsatz",
        "می\u200cخواهم",
    ],
)
def test_words_and_spans_are_the_same_words(text: str) -> None:
    spans = word_spans(text)
    assert words(text) == [word for start, end in spans for word in words(text[start:end])]
    assert len(words(text)) == len(spans)


def test_a_dotted_capital_i_keeps_its_word_whole() -> None:
    assert words("İstanbul gezi") == ["istanbul", "gezi"]


def test_a_combining_mark_belongs_to_its_letter() -> None:
    assert words("cafe\u0301 noir") == words("caf\u00e9 noir") == ["café", "noir"]


def test_vowel_signs_do_not_cut_a_word_of_an_indic_script() -> None:
    assert words("हिन्दी भाषा") == ["हिन्दी", "भाषा"]


def test_a_soft_hyphen_neither_cuts_nor_changes_a_word() -> None:
    text = "Link\u00adwright finds"
    assert words(text) == ["linkwright", "finds"]
    assert word_spans(text)[0] == (0, 11)


def test_a_zero_width_space_cuts_words() -> None:
    assert words("one\u200btwo") == ["one", "two"]


def test_two_spellings_of_a_phrase_fold_to_one() -> None:
    assert folded("  Page-Similarity:\tits  USE ") == folded("page-similarity its use")


def test_squeezed_text_has_single_spaces() -> None:
    assert squeezed(" a \n\t b\u00a0c ") == "a b c"


def test_a_sentence_ends_before_a_capital_or_a_digit() -> None:
    text = "One ends. Two ends! 3 is next? no, it goes on. (Four.) “Five.” Six"
    assert cut(text) == [
        "One ends.",
        "Two ends!",
        "3 is next? no, it goes on.",
        "(Four.)",
        "“Five.”",
        "Six",
    ]


@pytest.mark.parametrize(
    "text",
    ["Use e.g. Apache for this.", "Ask Dr. Watson about it.", "By J. R. Tolkien of course."],
)
def test_an_abbreviation_does_not_end_a_sentence(text: str) -> None:
    assert cut(text) == [text]


def test_a_sentence_may_begin_with_any_capital_letter() -> None:
    assert cut("To je vše. Škoda jezdí. Łódź też.") == ["To je vše.", "Škoda jezdí.", "Łódź też."]


def test_scripts_without_capitals_have_sentences_too() -> None:
    assert len(cut("זה משפט אחד. זה משפט שני.")) == 2
    assert len(cut("هل هذا سؤال؟ نعم هو سؤال.")) == 2
    assert cut("これは文です。これも文です。") == ["これは文です。", "これも文です。"]
    assert len(cut("यह एक वाक्य है। यह दूसरा है।")) == 2


def test_text_without_words_has_at_most_one_sentence_of_signs() -> None:
    assert sentences("") == []
    assert sentences(" \n ") == []
    assert cut("...") == ["..."]


def test_a_title_is_cut_at_its_separators_longest_part_first() -> None:
    assert segments("Guides | How to link pages – Acme") == ["How to link pages", "Guides", "Acme"]
    assert segments("State-of-the-art") == ["State-of-the-art"]
    assert segments("Redis: the basics") == ["the basics", "Redis"]
    assert segments("") == []


def test_stems_join_the_forms_of_a_word_in_known_languages_only() -> None:
    english, unknown = stemmer("en"), stemmer("xx")
    assert english("linking") == english("links")
    assert unknown("linking") == "linking"
    assert stemmer("de")("häuser") == stemmer("de")("häusern")
