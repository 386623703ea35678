"""The words of a site's pages brought to their stems, each page by the rules of its language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from recommender.languages import UNSPACED, function_words, language_of
from recommender.text import primary, stemmer, words

STEM_FLOOR = 0.3  # a word of every page still tells a longer anchor from a shorter one


@dataclass(frozen=True, slots=True, kw_only=True)
class Stems:
    """The stems of a site (N), those of each sentence (S), and what each weighs."""

    numbers: dict[str, int]
    of_sentences: tuple[tuple[int, ...], ...]
    weight: NDArray[np.float64]  # N, smooth inverse page frequency, 0 for function words


@lru_cache(maxsize=64)
def stemmer_within(language: str, main: str) -> Callable[[str], str]:
    """Return the stemmer of a language; but for the site's main one, stems carry its name.

    So that "die" is an article on a German page and something else on an English one.
    """
    stem = stemmer(language)
    return stem if language == main else lambda word: f"{language}:{stem(word)}"


def locales_of(
    said: Sequence[str],
    page: NDArray[np.int64],
    told: Sequence[Sequence[str]],
    unspaced: Mapping[int, str],
) -> tuple[str, ...]:
    """Return the language tag of each page: of its markup, unless its text says other.

    ``told`` are the words of each sentence, ``page`` the row of its page, ascending; ``unspaced``
    is the language of each page that is in a script without spaces.
    """
    first = np.searchsorted(page, np.arange(len(said) + 1))
    found = []
    for row, tag in enumerate(said):
        text = [word for sentence in told[first[row] : first[row + 1]] for word in sentence]
        language = unspaced.get(row) or language_of(primary(tag), text)
        same = language == primary(tag) or (row in unspaced and primary(tag) in UNSPACED)
        found.append(tag if same else language)
    return tuple(found)


def stemmed(
    page: NDArray[np.int64],
    told: Sequence[Sequence[str]],
    named: Sequence[str],
    spoken: Sequence[str],
    main: str,
) -> Stems:
    """Return the stems of the words ``told`` in sentences and of the words each page is ``named``.

    ``page`` is the row of each sentence's page, ``spoken`` the language of each page, ``main``
    that of the site.
    """
    numbers: dict[str, int] = {}
    of_word: dict[str, dict[str, int]] = {language: {} for language in spoken}
    found = []
    for row, text in zip(page.tolist(), told, strict=True):
        known, stem = of_word[spoken[row]], stemmer_within(spoken[row], main)
        for word in text:
            if word not in known:
                known[word] = numbers.setdefault(stem(word), len(numbers))
        found.append(tuple([known[word] for word in text]))
    for name, language in zip(named, spoken, strict=True):
        stem = stemmer_within(language, main)  # what no sentence speaks still tells titles apart
        for word in words(name):
            numbers.setdefault(stem(word), len(numbers))
    spread = np.zeros(len(numbers))
    pairs = {(row, s) for row, text in zip(page.tolist(), found, strict=True) for s in text}
    np.add.at(spread, [number for _, number in pairs], 1)
    return Stems(
        numbers=numbers,
        of_sentences=tuple(found),
        weight=_weights(numbers, spread, Counter(spoken), main),
    )


def _weights(
    numbers: Mapping[str, int], spread: NDArray[np.float64], pages: Counter[str], main: str
) -> NDArray[np.float64]:
    """Return the weight of each stem among the pages of its language."""
    parts = (stem.partition(":") for stem in numbers)
    among = [pages[language if colon else main] for language, colon, _ in parts]
    weight: NDArray[np.float64] = np.log((1 + np.array(among, np.float64)) / (1 + spread))
    weight += STEM_FLOOR
    for language in pages:
        stem = stemmer_within(language, main)
        weight[[numbers[s] for w in function_words(language) if (s := stem(w)) in numbers]] = 0.0
    return weight
