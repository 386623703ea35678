"""Which words of a page are no sentence that a link could stand in: labels, cells, torn lines."""

from __future__ import annotations

import re

from recommender.candidates.anchors import Anchor
from recommender.corpus import Corpus
from recommender.grammar import has_verb

FEW_WORDS = 15  # a piece of fewer words that does not end like a sentence is a label or a caption
NOTE_WORDS = 60  # a table's cell of fewer is a note (*assumption*; readers refused 7 of 7)
CHAPTERS = 3  # times of day or of a film, from which a passage is a list of them

_ENDED = re.compile(r"[.!?…:;。！？][\"'”’»)\]]*$")
_LEADS_IN = re.compile(r":[\"'”’»)\]]*$")
_LABEL = re.compile(r"^\s*(?:[–—:]|-\s)")
"""What follows a label that is explained right there: "Left rail – the results on the left"."""

_RAGGED = re.compile(r"^[,.;:)\]–—-]|[^\W\d_]{2}[.!?][^\W\d_a-zß-ÿ][^\W\d_]{2}")
"""A sentence torn off its beginning, or two that a line break of the page glued together."""

_ADDRESS = re.compile(r"\bhttps?://\w", re.IGNORECASE)
"""An address written out: a line of references, or a text that says already where to look."""

_TIME = re.compile(r"(?<![\d:])\d{1,2}:\d\d(?::\d\d)?(?![\d:])")


def is_label(corpus: Corpus, sentence: int, anchor: Anchor | None) -> bool:
    """Tell whether words are no part of a sentence: a caption, cell, reference, chapter or label.

    A label stands at the head of a text, or leads in what follows it without saying anything: it
    ends in a colon and has no verb.
    """
    text = corpus.sentence_text[sentence].rstrip()
    passage = int(corpus.sentence_passage[sentence])
    few = len(corpus.sentence_stems[sentence]) < FEW_WORDS
    if not _ENDED.search(text) and few:
        return True
    if corpus.passage_kind[passage] == "cell" and _length(corpus, passage) < NOTE_WORDS:
        return True
    if len(_TIME.findall(corpus.passage_text[passage])) >= CHAPTERS:
        return True
    if not _all_in_code(corpus, sentence, _ADDRESS):
        return True
    language = corpus.language_of(int(corpus.sentence_page[sentence]))
    if few and _LEADS_IN.search(text) and not has_verb(text, language):
        return True
    return (
        anchor is not None
        and anchor.start == 0
        and corpus.sentence_start[sentence] == 0
        and _LABEL.match(text[len(anchor.text) :]) is not None
    )


def _length(corpus: Corpus, passage: int) -> int:
    """Return the words of a passage."""
    return sum(len(corpus.sentence_stems[row]) for row in corpus.sentences_of(passage))


def is_ragged(corpus: Corpus, sentence: int) -> bool:
    """Tell whether a sentence is torn or glued; a dot inside a name of code is neither."""
    return not _all_in_code(corpus, sentence, _RAGGED)


def _all_in_code(corpus: Corpus, sentence: int, pattern: re.Pattern[str]) -> bool:
    """Tell whether a sentence has what is sought inside names of code alone, or not at all."""
    found = [match.start() for match in pattern.finditer(corpus.sentence_text[sentence])]
    if not found:
        return True
    start = int(corpus.sentence_start[sentence])
    spans = spans_of(corpus.passage_spans[int(corpus.sentence_passage[sentence])])
    code = [(a, z) for kind, a, z in spans if kind == "c"]
    return all(any(a <= start + at < z for a, z in code) for at in found)


def spans_of(spans: str) -> list[tuple[str, int, int]]:
    """Return the inline spans of a block (kind, start, end), see BLOCKS."""
    return [(k, int(a), int(z)) for k, a, z in re.findall(r"([acqb])(\d+)-(\d+)", spans)]
