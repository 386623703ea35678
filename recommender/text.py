"""Words, stems, sentences and folded phrases: how text is cut, the same way everywhere.

Offsets are character offsets into the text as given, half open. Only :func:`stemmer` (Snowball)
is told a language; function words are in :mod:`recommender.languages`. Japanese is cut where its
script changes and before and after particles (docs/decisions/languages.md).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

import Stemmer

_SILENT = "\u00ad\u200c\u200d"
"""Soft hyphen, zero-width non-joiner and joiner: they stand inside words and are not seen."""

_MARKS = _SILENT + "".join(
    char for char in map(chr, range(0x300, 0x10000)) if unicodedata.category(char) in ("Mn", "Mc")
)
_HAN = "々-〇\u3400-\u9fff\uf900-\ufaff"
_HIRAGANA = "ぁ-ゖゝゞ\u3099\u309a"
_KATAKANA = "ァ-ヺヽヾㇰ-ㇿｦ-ﾟ\u3099\u309a"
_OTHER = rf"[^\W_{_HAN}{_HIRAGANA}{_KATAKANA}ー]"
_PART = rf"{_OTHER}+(?:[{_MARKS}]+{_OTHER}*)*"  # a letter keeps its accents and vowel signs

_VOWELS = "aeiouyhœàâäéèêëîïôöùûüAEIOUYHŒÀÂÄÉÈÊËÎÏÔÖÙÛÜ"
_ARTICLES = (
    *("c d j l m n s t qu jusqu lorsqu puisqu quoiqu".split()),  # French, Catalan
    *("un all dall dell nell sull quest".split()),  # Italian
)
_NOT_ELIDED = "".join(
    "(?<!\\b" + "".join(f"[{letter}{letter.upper()}]" for letter in article) + "['’])"
    for article in _ARTICLES
)
_JOINT = rf"(?:[._-]|['’](?:(?![{_VOWELS}])|{_NOT_ELIDED}))"
"""What joins a word inside. "l'huile" is two words: an article that lost its vowel is none's part.
"""

_PARTICLE = "[をはがのにでともへや]"
_PARTICLES = rf"(?:から|まで|より|など|だけ|{_PARTICLE})"
_JAPANESE = (
    rf"[{_HAN}]+|[{_KATAKANA}][{_KATAKANA}ー]*"
    rf"|(?<=[^\W{_HIRAGANA}]){_PARTICLE}(?=[{_HIRAGANA}])"
    rf"|[{_HIRAGANA}][{_HIRAGANA}ー]*?(?={_PARTICLES}(?![{_HIRAGANA}ー]))"
    rf"|[{_HIRAGANA}][{_HIRAGANA}ー]*"
)

WORD = re.compile(rf"{_PART}(?:{_JOINT}{_PART})*|{_JAPANESE}")
"""A word: letters and digits, joined inside by a dot, apostrophe, underscore or hyphen; in Japanese
a run of one script, and a particle before or after it."""

_ASCII_WORD = re.compile(rf"[a-zA-Z0-9]+(?:{_JOINT}[a-zA-Z0-9]+)*")
"""The same where all is ASCII, as most text is, at a third of the cost."""

_BOUNDARY = re.compile(
    r"(?<=[.!?;:…؟؛।])(?:[\"'”’“‘)\]»«›]|\s[»›])*\s+(?=(?:[\"'“‘„‚(\[«»‹¿¡]|[«‹]\s)*([^\W_]))"
    r"|(?<=[。！？])(?:[”’）]*|[」』](?![とっはがのをに]))\s*(?=[^\s」』])"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\u00a0])(?:e\.g|i\.e|cf|vs|etc|approx|Mr|Mrs|Ms|Dr|Prof|Inc|Ltd|Fig|No|St"
    r"|bzw|ca|evtl|ggf|inkl|max|min|Nr|Abb|Bd|Std|sog|usw|vgl|Tel|Hr|Fr|Str|z\.B|d\.h|u\.a|o\.ä"
    r"|ex|env|chap|éd|vol|av|pág|págs|ej|núm|Sr|Sra|Srta|Sres|Dra|Ud|Uds|EE|UU|aprox"
    r"|p\.ej|ecc|pag|tzn|np|tj|tzv|bijv|enz|f\.eks|t\.ex|т\.е|т\.д|[A-Z]|[^\W\d_]\.\s+[^\W\d_])\.\s*$"
)
_INITIALS = re.compile(r"(?<!\w)[^\W\d_]\.\s+[^\W\d_]\.")
"""Abbreviations of single letters: "z. B.", "d. h."."""

_DAY = re.compile(r"(?<!\d)\d{1,2}\.$")
_MONTH = re.compile(r"(?:Jan|Feb|März|Apr|Mai|Jun|Jul|Aug|Sept|Okt|Nov|Dez|Jahrhundert)")
"""A German date or century: "am 3. Oktober"."""


def words(text: str) -> list[str]:
    """Return the words of ``text``, lower case, in order: one for each of :func:`word_spans`.

    Each is lowered by itself, as a capital's lower case may be longer, or hang on what follows.
    """
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    return [_lowered(word) for word in WORD.findall(text)]


def _lowered(word: str) -> str:
    if word.isascii():  # most words of most texts, at a tenth of the cost
        return word.lower()
    plain = word.replace("İ", "i").lower().translate(_UNSEEN)
    return unicodedata.normalize("NFC", plain)


_UNSEEN = dict.fromkeys(map(ord, _SILENT))


def word_spans(text: str) -> list[tuple[int, int]]:
    """Return the offsets of the words of ``text``."""
    return [match.span() for match in (_ASCII_WORD if text.isascii() else WORD).finditer(text)]


def count_words(text: str) -> int:
    """Return the number of words of a text with single spaces, at the cost of counting these.

    Text with kana has no spaces to count, so that its words are found one by one.
    """
    if text.isascii() or not _KANA.search(text):
        return text.count(" ") + 1
    return len(WORD.findall(text))


def length_of(said: Sequence[str]) -> int:
    """Return how long a phrase of these words is: particles and endings in hiragana count none."""
    return sum(not _HIRAGANA_RUN.fullmatch(word) for word in said)


def stands_alone(text: str, start: int, end: int) -> bool:
    """Tell whether a run of words is surely no part of a longer word, as it can be in Japanese.

    It begins after a space, a sign, a particle or an ending that can close a word, and ends before
    one of these: within a compound or before the ending of a verb nothing may be linked.
    """
    return _begins(text, start) and _ends(text, end)


_KANA = re.compile("[ぁ-ヺ]")
_HIRAGANA_RUN = re.compile(f"[{_HIRAGANA}ー]+")
_BEFORE = re.compile(
    "(?:[あうかがくぐすずただつづてでとどなにぬのはばふぶへほぼまむもやゆよらるろわをん]|しい|ない|たい)$"
)
_ONLY_PARTICLES = re.compile(rf"(?:{_PARTICLES}|です|でした|だ|である)[はもがをの]?")
_OPENS_WITH_PARTICLE = re.compile(
    rf"{_PARTICLES}|[なだか]|す[るれ]|し[てたまなよつ]|さ[れせ]|って|ごと|ずつ"
)
"""What follows a noun: particles, the copula, and the forms of "to do", as in 掃除する."""


def _begins(text: str, start: int) -> bool:
    if start == 0 or not text[start - 1].isalnum():
        return True
    if _HIRAGANA_RUN.match(text, start):
        return text[start - 1] in _PARTICLE
    return _BEFORE.search(text, max(0, start - 2), start) is not None


def _ends(text: str, end: int) -> bool:
    if end == len(text) or not text[end].isalnum():
        return True
    following = _HIRAGANA_RUN.match(text, end)
    if following is None:  # the next word of a compound
        return False
    if _VERB_STEM.search(text, max(0, end - 2), end):
        return _ONLY_PARTICLES.fullmatch(following[0]) is not None
    return _OPENS_WITH_PARTICLE.match(following[0]) is not None


_VERB_STEM = re.compile(rf"(?:^|[^{_HAN}])[{_HAN}]$|[{_HIRAGANA}ー]$")
"""One Han letter, which may be the stem of a verb, or hiragana."""


def folded(text: str) -> str:
    """Return ``text`` as its lower-case words joined by one space: what makes two phrases equal."""
    return " ".join(words(text))


def squeezed(text: str) -> str:
    """Return ``text`` with each run of white space as one space, stripped."""
    return " ".join(text.split())


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the offsets of the sentences of a block, without the white space around them.

    A sentence ends at . ! ? … ; or : (and their kin in other scripts) before white space and a
    word that does not begin in lower case, unless the full stop belongs to a common abbreviation
    or an initial.
    """
    ends = (
        match.end()
        for match in _BOUNDARY.finditer(text)
        if not (match[1] or "").islower()
        and not _ABBREVIATION.search(text, max(0, match.start() - 12), match.start() + 1)
        and not _INITIALS.match(text, max(0, match.start() - 2))
        and not (
            _MONTH.match(text, match.end())
            and _DAY.search(text, max(0, match.start() - 4), match.start())
        )
    )
    cuts = [0, *ends, len(text)]
    found = []
    for start, end in pairwise(cuts):
        piece = text[start:end]
        left = len(piece) - len(piece.lstrip())
        if piece.strip():
            found.append((start + left, start + len(piece.rstrip())))
    return found


def segments(title: str) -> list[str]:
    """Return a title's parts around its separators (dash, colon, bar, bullet), longest first.

    A title without separators is its own only part.
    """
    parts = [
        squeezed(part) for part in re.split(r"\s+[|—–·•»/-]\s+|:\s+|\s+[|»]\s*|\s*[｜：]\s*", title)
    ]
    return sorted({part for part in parts if part}, key=lambda part: (-len(part), part))


_SNOWBALL = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian",
    "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian",
    "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian",
    "nl": "dutch", "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip


def primary(language: str) -> str:
    """Return the first part of a language tag: "en" of "en-gb"."""
    return language.partition("-")[0]


def same_locale(one: str, other: str) -> bool:
    """Tell whether readers of one language tag are served by the other: de by de-at, not en by de.

    Scripts and regions differ only where both are named; an unknown language ("") is no other.
    """
    if not one or not other or one == other:
        return True
    ours, theirs = _parts(one), _parts(other)
    return ours[0] == theirs[0] and all(
        a == b for a, b in zip(ours[1:], theirs[1:], strict=True) if a and b
    )


def _parts(tag: str) -> tuple[str, str, str]:
    """Return language, script (four letters) and region of a tag, "" for what it does not name."""
    language, *rest = tag.split("-")
    script = next((part for part in rest if len(part) == 4), "")
    return language, script, next((part for part in rest if len(part) != 4), "")


@lru_cache(maxsize=8)
def stemmer(language: str) -> Callable[[str], str]:
    """Return the stemmer of a language (tag); the identity where Snowball has none."""
    name = _SNOWBALL.get(primary(language))
    if name is None:
        return str
    stem: Callable[[str], str] = Stemmer.Stemmer(name).stemWord
    return lru_cache(maxsize=200_000)(stem)
