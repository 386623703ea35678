"""How text is cut into words, sentences and titles' parts, in any script."""

from __future__ import annotations

import pytest

from recommender.text import (
    count_words,
    folded,
    length_of,
    segments,
    sentences,
    squeezed,
    stands_alone,
    stemmer,
    word_spans,
    words,
)


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


@pytest.mark.parametrize(
    "text",
    [
        "Nehmen Sie Wachs, z. B. auf Wasserbasis, und sparen Sie nicht.",
        "Das ist dünn, d. h. Kerben sind nicht mehr da.",
        "Die Größe steht in Nr. 5 der Liste.",
        "Das gilt seit dem 3. Oktober und im 19. Jahrhundert.",
        "Schrauben, Muttern usw. Metallteile rosten.",
        "Un repas suffit, p. ex. Le dimanche.",
        "El Sr. Molina y la Dra. Ruiz viven aquí.",
        "Véase la pág. Doce del manual.",
        "Vive en los EE. UU. Todavía.",
    ],
)
def test_an_abbreviation_of_another_language_does_not_end_a_sentence(text: str) -> None:
    assert cut(text) == [text]


def test_sentences_end_as_their_language_writes_it() -> None:
    assert cut("¿Cuánta agua? Poca. ¡Cuidado!") == ["¿Cuánta agua?", "Poca.", "¡Cuidado!"]
    assert cut("Pourquoi ? Parce que la mie prend. « Oui. » Non.") == [
        "Pourquoi ?",
        "Parce que la mie prend.",
        "« Oui. »",
        "Non.",
    ]
    assert cut("Er sagte: „Nein.“ Dann ging er.") == ["Er sagte:", "„Nein.“", "Dann ging er."]
    assert cut("洗いますか？はい！「湿気が敵だ。」と言う。次へ。") == [
        "洗いますか？",
        "はい！",
        "「湿気が敵だ。」と言う。",
        "次へ。",
    ]


def test_an_article_that_lost_its_vowel_is_a_word_of_its_own() -> None:
    assert words("L'huile, d’olive qu'il faut") == ["l", "huile", "d", "olive", "qu", "il", "faut"]
    assert words("dell'olio") == ["dell", "olio"]
    assert words("aujourd'hui don't O'Brien users' it's") == [
        *("aujourd'hui", "don't", "o'brien", "users", "it's"),
    ]


@pytest.mark.parametrize("text", ["L'huile d'olive DELL'OLIO", "don't QU'IL l'x a.b-c"])
def test_words_are_cut_alike_with_and_without_letters_beyond_ascii(text: str) -> None:
    assert words(text) == words(text + " é")[:-1]


def test_japanese_is_cut_where_the_script_changes_and_around_particles() -> None:
    assert words("チェーンの洗い方を覚える") == [
        "チェーン",
        "の",
        "洗",
        "い",
        "方",
        "を",
        "覚",
        "える",
    ]
    assert words("USBケーブルとLinuxカーネル") == ["usb", "ケーブル", "と", "linux", "カーネル"]
    assert words("ハブ・ダイナモ") == ["ハブ", "ダイナモ"]
    assert count_words("取り付けを行う") == len(words("取り付けを行う"))
    assert count_words("one two three") == 3


def test_particles_do_not_make_a_phrase_longer() -> None:
    assert length_of(words("チェーンの洗い方")) == 3
    assert length_of(words("how to clean a chain")) == 5


@pytest.mark.parametrize(
    ("text", "phrase", "alone"),
    [
        ("チェーンを洗うとき", "チェーン", True),
        ("チェーンを洗うとき", "チェーンを洗", False),  # the stem of a verb
        ("洗い方の手順", "洗い方", True),
        ("取り付け位置を", "取り付け", False),  # half of a compound
        ("取り付けを行う", "取り付け", True),
        ("自転車競技の", "自転車", False),
        ("新しい自転車は", "自転車", True),
        ("お茶の入れ方を", "茶の入れ方", False),
        ("掃除してから", "掃除", True),
        ("USBケーブルを", "ケーブル", False),
        ("見て、変速機の調整。", "変速機の調整", True),
        ("the water wheel", "water", True),
        ("l'huile d'olive", "huile", True),
    ],
)
def test_a_phrase_is_no_part_of_a_longer_word(text: str, phrase: str, *, alone: bool) -> None:
    start = text.index(phrase)
    assert stands_alone(text, start, start + len(phrase)) is alone


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("de", "kettenöl", "kettenöls"),
        ("de", "bremsbelag", "bremsbeläge"),
        ("fr", "chaîne", "chaînes"),
        ("es", "tomate", "tomates"),
        ("pt", "cadeia", "cadeias"),
    ],
)
def test_forms_of_a_word_have_one_stem(language: str, one: str, other: str) -> None:
    assert stemmer(language)(one) == stemmer(language)(other)
