"""What holds of words and sentences of any text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recommender.text import folded, segments, sentences, word_spans, words

ALPHABET = (
    "abzAZ ÄßİıΣςŠ.,;:!?…。！؟।()[]\"'“”’«»-_/|–é\u0301\u0327\u00ad\u200b\u200c\u00a0 あ漢शिע12"
)
TEXT = st.text(max_size=200) | st.text(alphabet=ALPHABET, max_size=120)


@given(TEXT)
def test_sentences_are_ordered_apart_and_without_white_space_at_their_ends(text: str) -> None:
    last = 0
    for start, end in sentences(text):
        assert last <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        last = end


@given(TEXT)
def test_what_no_sentence_covers_is_white_space(text: str) -> None:
    covered = set()
    for start, end in sentences(text):
        covered.update(range(start, end))
    assert all(char.isspace() for index, char in enumerate(text) if index not in covered)


@given(TEXT)
def test_no_sentence_ends_inside_a_word(text: str) -> None:
    edges = {edge for span in sentences(text) for edge in span}
    assert not any(start < edge < end for start, end in word_spans(text) for edge in edges)


@given(TEXT)
def test_words_and_word_spans_agree_one_by_one(text: str) -> None:
    spans = word_spans(text)
    assert [words(text[start:end]) for start, end in spans] == [[word] for word in words(text)]


@given(TEXT)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(TEXT)
def test_the_words_of_a_text_are_those_of_its_sentences(text: str) -> None:
    said = [word for start, end in sentences(text) for word in words(text[start:end])]
    assert said == words(text)


@given(TEXT)
def test_every_part_of_a_title_stands_in_it(title: str) -> None:
    squeezed = " ".join(title.split())
    assert all(part in squeezed for part in segments(title))
