"""What language a page is in, and which of its words carry no meaning there.

Counting function words is as sure as a trained model on the length of a page, needs nothing beside
the lists that matching needs anyway, and always says the same of the same text
(docs/decisions/languages.md has the figures).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import product

from recommender.function_words import FUNCTION_WORDS

UNSPACED = {
    "zh": "Chinese", "yue": "Cantonese", "th": "Thai", "lo": "Lao", "km": "Khmer",
    "my": "Burmese", "bo": "Tibetan", "dz": "Dzongkha",
}  # fmt: skip
"""Languages written without spaces between words, in which no place is found yet."""

TELLING_WORDS = 400  # of a page that are looked at
FEWEST_WORDS = 20  # fewer tell nothing
ENOUGH_TO_CONTRADICT = 50  # words from which a text outweighs what the markup says
USUAL_SHARE = 0.2  # of running text that is function words; what the markup says is true
LEAST_SHARE = 0.1  # under it, no language is known from the text
CLEARLY = 2.0  # times the share of the language that the markup names
AHEAD = 1.1  # times the share of the next language, where the markup names none

_SCRIPTS = {
    "th": re.compile(r"[\u0e00-\u0e7f]"),
    "lo": re.compile(r"[\u0e80-\u0eff]"),
    "bo": re.compile(r"[\u0f00-\u0fff]"),
    "my": re.compile(r"[\u1000-\u109f]"),
    "km": re.compile(r"[\u1780-\u17ff]"),
    "zh": re.compile(r"[\u3400-\u9fff]"),
}
_KANA = re.compile(r"[\u3041-\u30ff]")
_SAME = {"nb": "no", "nn": "no"}


@lru_cache(maxsize=64)
def function_words(language: str) -> frozenset[str]:
    """Return the function words of a language (primary subtag); none where no list is kept."""
    said = FUNCTION_WORDS.get(_SAME.get(language, language), frozenset())
    if language == "ja":
        return said.union(_short_hiragana())
    return said


def is_function_word(word: str) -> bool:
    """Tell whether a word is a function word in any language."""
    return word in _owners()


def says_nothing(words: Sequence[str]) -> bool:
    """Tell whether all of some words are function words of one language."""
    return any(function_words(language).issuperset(words) for language in FUNCTION_WORDS)


def _short_hiragana() -> Iterable[str]:
    """Return every run of one or two hiragana: particles and endings."""
    letters = [chr(code) for code in range(0x3041, 0x3097)]
    return (*letters, *map("".join, product(letters, repeat=2)))


def language_of(said: str, words: Sequence[str]) -> str:
    """Return the language of a page: what its markup says, unless its text clearly says other.

    ``words`` are those of its running text, in order. "" where neither tells. A markup language of
    which no function words are known is believed.
    """
    heard = words[:TELLING_WORDS]
    shares = _shares(heard)
    if said:
        named = _SAME.get(said, said)
        known = shares.get(named, 0.0)
        if not FUNCTION_WORDS.get(named) or known >= USUAL_SHARE:
            return said
        best = max(shares, key=lambda language: shares[language], default=said)
        surely = shares.get(best, 0.0) >= max(CLEARLY * known, USUAL_SHARE / 2 + LEAST_SHARE / 2)
        return best if surely and len(heard) >= ENOUGH_TO_CONTRADICT else said
    ranked = sorted(((share, language) for language, share in shares.items()), reverse=True)
    if len(heard) < FEWEST_WORDS or not ranked or ranked[0][0] < LEAST_SHARE:
        return ""
    return ranked[0][1] if len(ranked) < 2 or ranked[0][0] >= AHEAD * ranked[1][0] else ""


def unspaced_script(text: str) -> str:
    """Return the language of :data:`UNSPACED` that most letters of ``text`` are of, else "".

    Han without any kana is Chinese.
    """
    if text.isascii() or _KANA.search(text):
        return ""
    letters = sum(map(str.isalpha, text))
    for language, script in _SCRIPTS.items():
        if 2 * len(script.findall(text)) > letters > 0:
            return language
    return ""


def _shares(words: Sequence[str]) -> dict[str, float]:
    """Return the share of ``words`` that each language has among its function words."""
    found: Counter[str] = Counter()
    for word, times in Counter(words).items():
        for language in _owners().get(word, ()):
            found[language] += times
    return {language: times / len(words) for language, times in found.items()}


@lru_cache(maxsize=1)
def _owners() -> Mapping[str, tuple[str, ...]]:
    owners: dict[str, list[str]] = defaultdict(list)
    for language in sorted(FUNCTION_WORDS):
        for word in sorted(function_words(language)):
            owners[word].append(language)
    return {word: tuple(languages) for word, languages in owners.items()}
