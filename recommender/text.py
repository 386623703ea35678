"""Words, stems, sentences and folded phrases: how text is cut, the same way everywhere.

Offsets are character offsets into the text as given, half open. Only two things here know a
language: :data:`STOP_WORDS`, a short list of English function words (other languages are served
by document frequencies, see :mod:`recommender.corpus`), and :func:`stemmer` (Snowball).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

import Stemmer

_SILENT = "\u00ad\u200c\u200d"
"""Soft hyphen, zero-width non-joiner and joiner: they stand inside words and are not seen."""

_MARKS = _SILENT + "".join(
    char for char in map(chr, range(0x300, 0x10000)) if unicodedata.category(char) in ("Mn", "Mc")
)
_PART = rf"[^\W_]+(?:[{_MARKS}]+[^\W_]*)*"  # a letter keeps its accents and vowel signs

WORD = re.compile(rf"{_PART}(?:[.'’_-]{_PART})*")
"""A word: letters and digits, joined inside by a dot, apostrophe, underscore or hyphen."""

_BOUNDARY = re.compile(
    r"(?<=[.!?;:…؟؛।])[\"'”’)\]»]*\s+(?=[\"'“‘(\[«¿¡]*([^\W_]))"
    r"|(?<=[。！？])[”’」』）]*\s*(?=\S)"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|cf|vs|etc|approx|Mr|Mrs|Ms|Dr|Prof|Inc|Ltd|Fig|No|St|[A-Z])\.\s*$"
)

STOP_WORDS = frozenset(
    """a about above after again all also am an and any are as at be because been before being
    below between both but by can could did do does doing down during each few for from further
    get had has have having he her here hers him his how i if in into is it its itself just let
    may me might more most must my no nor not now of off on once only or other our out over own
    per same she should so some such than that the their them then there these they this those
    through to too under until up us use used using very via was we were what when where whether
    which while who whom why will with would you your yours""".split()
)
"""English function words: they neither carry meaning for matching nor make an anchor."""


def words(text: str) -> list[str]:
    """Return the words of ``text``, lower case, in order: one for each of :func:`word_spans`.

    Each is lowered by itself, as a capital's lower case may be longer, or hang on what follows.
    """
    if text.isascii():
        return WORD.findall(text.lower())
    return [_lowered(word) for word in WORD.findall(text)]


def _lowered(word: str) -> str:
    if word.isascii():  # most words of most texts, at a tenth of the cost
        return word.lower()
    plain = word.replace("İ", "i").lower().translate(_UNSEEN)
    return unicodedata.normalize("NFC", plain)


_UNSEEN = dict.fromkeys(map(ord, _SILENT))


def word_spans(text: str) -> list[tuple[int, int]]:
    """Return the offsets of the words of ``text``."""
    return [match.span() for match in WORD.finditer(text)]


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
    parts = [squeezed(part) for part in re.split(r"\s+[|—–·•»/-]\s+|:\s+|\s+[|»]\s*", title)]
    return sorted({part for part in parts if part}, key=lambda part: (-len(part), part))


_SNOWBALL = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french",
    "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian", "nb": "norwegian",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
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
