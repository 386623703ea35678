"""Whether a page itself speaks of words: what only its title shares with them is no subject.

Readers refused most links whose words are a part of the target's title that its text never uses
("primary focus", "different bots"), and those that in its text are but the beginning of a longer
name ("local business" on a page about the Local Business Knowledge Panel).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from recommender.candidates.anchors import Anchor, split_name
from recommender.corpus import Corpus
from recommender.grammar import head_of
from recommender.names import NameKind
from recommender.text import words

WHOLE = 0.85  # of a name, by how telling its words are, that stands for all of it (*assumption*)
OFTEN = 4  # times that a long page says words that it is about (*assumption*, on 27 read links)
TWICE = 2  # the same for the shortest
WORDS_A_TIME = 150  # of running text for each time that a page between these says them
PARTLY = frozenset({None, NameKind.PART})
"""Words that only share something with a title: the page itself has to speak of them, too."""

ASIDE = PARTLY | {NameKind.MENU, NameKind.HEADING}
"""Words that may name a part of the page, or the page among those of its menu, and not its subject:
readers refused 6 of 10 that menus call a page and its title does not."""

SETTLED = frozenset({NameKind.ANCHOR, NameKind.QUERY})
"""What editors link the page with, and searchers find it by: nobody has to ask what they mean."""

NAME_WORDS = 3
"""Telling words from which a whole name means its page alone. Of shorter ones readers would publish
9 of 22 that another page says more often, 14 of 16 of the others."""

UNKNOWN = -1  # a word that the site does not have
HEAD_FIRST = frozenset("ca es fr gl it pt ro".split())
"""Languages in which a noun stands before what tells it apart: fiche d'entreprise."""


class Spoken(NamedTuple):
    """How often a text has words by themselves, and how often inside the title's longer name."""

    free: int
    nested: int


def speaks_of(corpus: Corpus, page: int, phrase: str) -> bool:
    """Tell whether ``page`` uses the words of ``phrase`` side by side, mostly by themselves.

    In prose or headings, in any inflection and order, function words between them aside. A page
    without prose has nothing to ask. Cost: one pass over the words of the page.
    """
    if not corpus.sentences_on(page):
        return True
    spoken = spoken_on(corpus, page, phrase)
    return spoken.free > 0 and spoken.free >= spoken.nested


def is_main_page(corpus: Corpus, page: int, phrase: str) -> bool:
    """Tell whether ``page`` is where the site speaks of the words: often, and no page more often.

    Often is twice on a short page, four times from 600 words on.

    Readers would publish 12 of 14 links whose words are a part of such a page's title, 3 of 13
    where another page says them more often. A page without prose has nothing to ask. Cost: one
    pass over the sentences of the site that have the rarest of the words.
    """
    if not corpus.sentences_on(page):
        return True
    said = _said(corpus, page, phrase)
    if said is None:
        return False
    often = min(OFTEN, max(TWICE, int(corpus.page_words[page]) // WORDS_A_TIME))
    return said[page] >= max(often, *said.values())


def is_said_more_elsewhere(corpus: Corpus, page: int, phrase: str) -> bool:
    """Tell whether another page says the words more often than ``page``, and more than once.

    A page without prose is not asked. Cost: as :func:`is_main_page`.
    """
    said = _said(corpus, page, phrase)
    if said is None or not corpus.sentences_on(page):
        return False
    others = (count for other, count in said.items() if other != page)
    return max(others, default=0) > max(1, said[page])


def _said(corpus: Corpus, page: int, phrase: str) -> Counter[int] | None:
    """Return how often each page says the words of ``phrase``; None where one is nowhere said."""
    wanted = telling_words(corpus, page, phrase)
    if not wanted or UNKNOWN in wanted:
        return None
    rarest = max(wanted, key=lambda number: float(corpus.stem_weight[number]))
    start, end = corpus.stem_sentences.indptr[rarest : rarest + 2]
    said: Counter[int] = Counter()
    for row in corpus.stem_sentences.indices[start:end].tolist():
        text = _kept(corpus, corpus.sentence_stems[row])
        said[int(corpus.sentence_page[row])] += len(list(_places(text, wanted)))
    return said


def names_wholly(corpus: Corpus, page: int, phrase: str) -> bool:
    """Tell whether a phrase has nearly all telling words of the page's name, and no other.

    The name is its title or h1 without what is added to it, see ``split_name``; or the thing that
    they name before a preposition, of two telling words: "Winter storage for a bicycle".
    """
    said = set(telling_words(corpus, page, phrase))
    for telling in _own_names(corpus, page):
        name = set(telling) - {UNKNOWN}
        weight = {number: float(corpus.stem_weight[number]) for number in name}
        covered = sum(weight[number] for number in said & name)
        if said and said <= name and covered >= WHOLE * sum(weight.values()):
            return True
    return False


def _own_names(corpus: Corpus, page: int) -> Iterator[tuple[int, ...]]:
    stops, language = corpus.function_words(page), corpus.language_of(page)
    for text in (corpus.titles[page], corpus.h1s[page]):
        name = split_name(text, stops)[0]
        yield telling_words(corpus, page, name)
        head = telling_words(corpus, page, head_of(name, language))
        if len(head) > 1:
            yield head


def why_these_words(corpus: Corpus, page: int, anchor: Anchor) -> str:
    """Return what speaks for words that the rules allow for ``page``, as a clause."""
    if anchor.kind not in PARTLY:
        return anchor.evidence
    if names_wholly(corpus, page, anchor.text):
        return "they are what the page's title names"
    if not corpus.sentences_on(page):
        return anchor.evidence
    return "they are a part of the page's title, and no page of yours says them more often"


def spoken_on(corpus: Corpus, page: int, phrase: str) -> Spoken:
    """Return how often the text of ``page`` has the words of ``phrase``."""
    wanted = telling_words(corpus, page, phrase)
    head_first = corpus.language_of(page) in HEAD_FIRST
    named = _grown(telling_words(corpus, page, corpus.titles[page]), wanted, head_first=head_first)
    longer = {tuple(sorted(part)) for part in named}
    texts = [_kept(corpus, corpus.sentence_stems[row]) for row in corpus.sentences_on(page)]
    texts += [telling_words(corpus, page, heading) for heading in corpus.headings[page]]
    whole = sum(len(list(_places(text, wanted))) for text in texts)
    nested = sum(len(list(_places(text, part))) for text in texts for part in longer)
    return Spoken(free=max(0, whole - nested), nested=nested)


def telling_words(corpus: Corpus, page: int, text: str) -> tuple[int, ...]:
    """Return the stems of a text in the page's language, function words left out."""
    stem = corpus.stemmer(page)
    return _kept(corpus, [corpus.stems.get(stem(word), UNKNOWN) for word in words(text)])


def _kept(corpus: Corpus, numbers: Sequence[int]) -> tuple[int, ...]:
    return tuple(n for n in numbers if n == UNKNOWN or corpus.stem_weight[n] > 0)


def _grown(
    title: Sequence[int], wanted: Sequence[int], *, head_first: bool
) -> Iterator[Sequence[int]]:
    """Yield the words with the one towards the head of the longer name that the title makes."""
    for start in _places(title, wanted):
        end = start + len(wanted)
        if head_first and start:
            yield title[start - 1 : end]
        if not head_first and end < len(title):
            yield title[start : end + 1]


def _places(text: Sequence[int], wanted: Sequence[int]) -> Iterator[int]:
    """Yield where ``text`` has the words of ``wanted`` side by side, in any order."""
    size, sought = len(wanted), sorted(wanted)
    if size:
        for start in range(len(text) - size + 1):
            if sorted(text[start : start + size]) == sought:
                yield start
