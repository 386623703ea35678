"""Whether words of a sentence are the name of a page there: whole, and of nothing else."""

from __future__ import annotations

import re

from recommender.candidates.anchors import Anchor
from recommender.candidates.called import content_words
from recommender.candidates.placement import Place
from recommender.corpus import Corpus
from recommender.grammar import goes_on, is_phrase, is_told_apart, relations
from recommender.names import NameKind
from recommender.text import folded, words

UNPROVEN = frozenset({None, NameKind.HEADING, NameKind.QUERY})
"""Words of which nobody showed that they are a phrase: parts of titles, headings, what is typed."""

NEGATIONS = frozenset(
    """without no non not never ohne kein keine keinen keiner keinem nicht sans pas sin senza sem
    zonder geen niet utan uden uten""".split()
)
"""Words that turn what follows into its opposite: "WITHOUT ROWID tables" are no rowid tables."""

QUOTED_NAME = 8
"""Words in quotation marks up to which they are a name, and not somebody's sentence (*assumption*).
"""

_QUOTED = re.compile(r"[“„][^“”„]+[“”]|«[^«»]+»|\"[^\"]+\"")


def is_name_here(corpus: Corpus, place: Place, anchor: Anchor) -> bool:
    """Tell whether words are one phrase, and not the beginning, end or opposite of another name.

    Names of the page and editors' anchors are phrases because somebody used them so, but they may
    go on here: "tyre pressure gauge"; and one word may be told apart: "security policy". A part of
    a title is joined as the title joins it: "panels to writers" is not "a panel as a writer".
    Cost: milliseconds for a sentence in a language that is judged.
    """
    sentence = corpus.sentence_text[place.sentence]
    start, end = anchor.start, anchor.start + len(anchor.text)
    denied = not NEGATIONS.isdisjoint(words(sentence[:start])[-1:])
    if denied or _is_cut_from_quotation(sentence, start, end):
        return False
    language = corpus.languages[place.source] or corpus.language
    if anchor.kind in UNPROVEN and not is_phrase(sentence, start, end, language):
        return False
    one = len(content_words(folded(anchor.text), corpus.function_words(place.source))) == 1
    if one and is_told_apart(sentence, start, end, language):
        return False
    if (one or anchor.kind is not NameKind.ANCHOR) and goes_on(sentence, start, end, language):
        return False
    if anchor.kind is not None:
        return True
    title = f"{corpus.titles[place.target]} {corpus.h1s[place.target]}"
    joined = relations(sentence, start, end, language)
    return joined <= relations(title, 0, len(title), language)


def _is_cut_from_quotation(sentence: str, start: int, end: int) -> bool:
    """Tell whether words are a part of a few in quotation marks: those are a name of their own."""
    for match in _QUOTED.finditer(sentence):
        if match.start() < start and end < match.end():
            said = words(match[0])
            return len(words(sentence[start:end])) < len(said) <= QUOTED_NAME
    return False
