"""Whether words of a sentence are a phrase: one thing, or one doing with its thing, and whole.

Titles that are questions or claims share words with many sentences ("Kalicube educates", "will not
disappear", "establish a solid"); a reader who is shown such an anchor stops reading. The parts of
speech come from the Hanover Tagger (HanTa), whose models for German and English ship with it;
sentences in other languages are not judged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple, Protocol

from recommender.text import WORD


class Part(StrEnum):
    """A part of speech, as coarse as the question asks."""

    NOUN = "noun"
    NUMBER = "number"
    ADJECTIVE = "adjective"
    ADVERB = "adverb"
    PARTICIPLE = "participle"  # also a gerund
    INFINITIVE = "infinitive"
    VERB = "verb"
    ARTICLE = "article"  # also a possessive
    RELATION = "relation"  # a preposition: what follows belongs to what stands before it
    OTHER = "other"  # conjunctions, pronouns, marks: they part it


_OPEN_COMPOUNDS = frozenset({"en"})
"""Languages that write the nouns of a compound apart, so that a noun beside may belong to it."""

_MODELS = {"en": "morphmodel_en.pgz", "de": "morphmodel_ger.pgz"}

_PARTS: Mapping[str, Sequence[tuple[str, Part]]] = {
    "en": (  # the C5 tags of the British National Corpus
        (r"NN|NP|UNC", Part.NOUN),
        (r"CRD|ORD", Part.NUMBER),
        (r"AJ", Part.ADJECTIVE),
        (r"AV0", Part.ADVERB),
        (r"V[VBDH][NG]", Part.PARTICIPLE),
        (r"V[VBDH][IB]", Part.INFINITIVE),
        (r"V", Part.VERB),
        (r"AT|DPS|DT0|POS", Part.ARTICLE),
        (r"PRF|PRP", Part.RELATION),
    ),
    "de": (  # the Stuttgart-Tuebingen tags
        (r"NN|NE|FM|XY", Part.NOUN),
        (r"CARD", Part.NUMBER),
        (r"ADJA", Part.ADJECTIVE),
        (r"ADV|ADJD", Part.ADVERB),
        (r"V.PP", Part.PARTICIPLE),
        (r"V.I", Part.INFINITIVE),
        (r"V", Part.VERB),
        (r"ART|P.AT|P.S$", Part.ARTICLE),
        (r"APPR", Part.RELATION),
    ),
}

_GENITIVE = frozenset({"of", "von", "vom"})
_TOKEN = re.compile(rf"{WORD.pattern}|[^\w\s]")
_POSSESSIVE = re.compile(r"['’]s?$")
_NAMING = frozenset({Part.NOUN, Part.NUMBER})
_INNER = _NAMING | {Part.ADJECTIVE, Part.ARTICLE, Part.RELATION}


_BEFORE = {
    Part.PARTICIPLE: _NAMING | {Part.ADJECTIVE},
    Part.ADVERB: frozenset({Part.ADJECTIVE, Part.PARTICIPLE}),
}
"""What may stand inside a phrase only right before certain parts: "dynamically loaded modules"."""


class _Token(NamedTuple):
    start: int
    end: int
    part: Part


class _Tagger(Protocol):
    def tag_sent(self, tokens: Sequence[str], taglevel: int) -> list[str]: ...


def is_judged(language: str) -> bool:
    """Tell whether sentences of a language (primary subtag) can be judged."""
    return language in _MODELS


def is_phrase(sentence: str, start: int, end: int, language: str) -> bool:
    """Tell whether ``sentence[start:end]`` is a phrase by itself, and not a part of a longer one.

    A noun with what belongs to it, or an infinitive or gerund with its object; no other verb,
    conjunction, pronoun or mark inside, and no noun right before or behind that it was cut from.
    True for a language that is not judged. Cost: some 2 ms a sentence, kept for the next question.
    """
    if not is_judged(language):
        return True
    tokens = _tagged(sentence, language)
    own = [n for n, token in enumerate(tokens) if token.start >= start and token.end <= end]
    if not own:
        return False
    first, last = own[0], own[-1]
    parts = [token.part for token in tokens[first : last + 1]]
    if not _is_whole(parts):
        return False
    return language not in _OPEN_COMPOUNDS or not _is_cut(sentence, tokens, first, last)


def goes_on(sentence: str, start: int, end: int, language: str) -> bool:
    """Tell whether a noun follows right behind ``sentence[start:end]`` that it only tells apart.

    "tyre pressure" in "a tyre pressure gauge" is not tyre pressure. False for a language that is
    not judged or that writes its compounds as one word. Cost: as :func:`is_phrase`.
    """
    if not is_judged(language) or language not in _OPEN_COMPOUNDS:
        return False
    tokens = _tagged(sentence, language)
    last = next(
        (n for n, t in reversed([*enumerate(tokens)]) if t.start >= start and t.end <= end), None
    )
    return last is not None and _is_continued(sentence, tokens, last)


def is_told_apart(sentence: str, start: int, end: int, language: str) -> bool:
    """Tell whether a word right beside ``sentence[start:end]`` says which of many is meant.

    A noun or adjective before it, a genitive behind: "policy" in "a security policy" and "event" in
    "the event of a fire" are other things. False for a language that is not judged.
    Cost: as :func:`is_phrase`.
    """
    if not is_judged(language):
        return False
    if sentence[end:].split(maxsplit=1)[:1] in ([word] for word in _GENITIVE):
        return True
    before = next((t for t in reversed(_tagged(sentence, language)) if t.end <= start), None)
    if before is None or sentence[before.end : start].strip():
        return False
    owner = _POSSESSIVE.search(sentence[before.start : before.end])
    return before.part in (Part.NOUN, Part.ADJECTIVE) and not owner


def relations(sentence: str, start: int, end: int, language: str) -> frozenset[str]:
    """Return the prepositions in ``sentence[start:end]``, lower-case, but those of a genitive.

    Empty for a language that is not judged. Cost: as :func:`is_phrase`.
    """
    if not is_judged(language):
        return frozenset()
    inside = (t for t in _tagged(sentence, language) if t.start >= start and t.end <= end)
    said = {sentence[t.start : t.end].lower() for t in inside if t.part is Part.RELATION}
    return frozenset(said - _GENITIVE)


def head_of(text: str, language: str) -> str:
    """Return the thing that a title names before its first preposition, a genitive's aside.

    "Winter storage" of "Winter storage for a bicycle"; "" where there is no preposition or what
    stands before it is a doing ("Using Apache with Novell NetWare"), or for a language that is
    not judged. Cost: as :func:`is_phrase`.
    """
    if not is_judged(language):
        return ""
    tokens = _tagged(text, language)
    doing = (Part.PARTICIPLE, Part.INFINITIVE, Part.VERB)
    for token in tokens:
        if token.part in doing:
            return ""
        if token.part is Part.RELATION and text[token.start : token.end].lower() not in _GENITIVE:
            return text[: token.start].strip()
    return ""


def has_verb(sentence: str, language: str) -> bool:
    """Tell whether ``sentence`` has a finite verb; for a language that is not judged, True.

    An imperative counts, a participle or gerund alone does not. Cost: as :func:`is_phrase`.
    """
    if not is_judged(language):
        return True
    return any(t.part in (Part.VERB, Part.INFINITIVE) for t in _tagged(sentence, language))


def _is_whole(parts: Sequence[Part]) -> bool:
    if parts[-1] not in _NAMING or Part.NOUN not in parts:
        return False
    if parts[0] in (Part.INFINITIVE, Part.PARTICIPLE):
        parts = parts[1:]
    if parts[0] is Part.RELATION:
        return False
    if Part.NOUN not in takewhile(lambda part: part is not Part.RELATION, parts):
        return False  # nothing that the rest could belong to
    followed = zip(parts, [*parts[1:], None], strict=True)
    return all(part in _INNER or after in _BEFORE.get(part, ()) for part, after in followed)


def _is_cut(sentence: str, tokens: Sequence[_Token], first: int, last: int) -> bool:
    """Tell whether a noun stands right before or behind: "Search [engine bots]"."""
    if _is_continued(sentence, tokens, last):
        return True
    if not first or tokens[first - 1].part is not Part.NOUN:
        return False
    if tokens[first].part not in (Part.NOUN, Part.ADJECTIVE):
        return False
    before = tokens[first - 1]
    owner = _POSSESSIVE.search(sentence[before.start : before.end])
    return not owner and not sentence[before.end : tokens[first].start].strip()


def _is_continued(sentence: str, tokens: Sequence[_Token], last: int) -> bool:
    behind = tokens[last + 1] if last + 1 < len(tokens) else None
    if behind is None or behind.part is not Part.NOUN:
        return False
    return not sentence[tokens[last].end : behind.start].strip()


@lru_cache(maxsize=4_096)
def _tagged(sentence: str, language: str) -> tuple[_Token, ...]:
    spans = [match.span() for match in _TOKEN.finditer(sentence)]
    if not spans:
        return ()
    tokens = [sentence[a:z] for a, z in spans]
    tagged = _tagger(language).tag_sent(tokens, taglevel=0)  # tags alone: lemmas cost as much
    return tuple(
        _Token(a, z, _part(sentence[a:z], tag, language))
        for (a, z), tag in zip(spans, tagged, strict=True)
    )


def _part(word: str, tag: str, language: str) -> Part:
    if not any(map(str.isalnum, word)):
        return Part.OTHER
    plain = re.sub(r"[^A-Z0-9]", "", tag)  # the German model writes ADJ(A)
    found = (part for pattern, part in _PARTS[language] if re.match(pattern, plain))
    return next(found, Part.OTHER)


@lru_cache(maxsize=len(_MODELS))
def _tagger(language: str) -> _Tagger:
    from HanTa import HanoverTagger  # noqa: PLC0415 - 0.2 s, and only choosing needs it

    tagger: _Tagger = HanoverTagger.HanoverTagger(_MODELS[language])
    return tagger
