"""Which words of a sentence name a target: its names first, else the best run of its title's words.

Writers' rules (method, section 1): the shortest phrase that names the target, words that already
stand there, no more than eight.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from recommender.candidates.called import EVIDENCE, Name, content_words, names_of
from recommender.corpus import Corpus, Floats
from recommender.names import LONGEST, NameKind, Names
from recommender.text import folded, stands_alone, word_spans, words

STOP_CREDIT = 0.05  # a title's function word holds a phrase together but names nothing
STRANGER = 1.5  # cost of a word that the title does not have, in units of stem weight
FUNCTION_STRANGER = 0.45  # the same for a function word

JOINTS = " -'’\u00a0&・"
"""What may stand between two words of one phrase."""

CLAUSE_WORDS = frozenset(
    """am and are be because been but can could did do does had has have he her his how i if is it
    may might must nor not or our she should so than that their them then they was we were what
    when where which while who why will would you your""".split()
)
"""English words that join or make clauses: they end a phrase. Other languages have none here."""


FEW_OF_MANY = 0.35  # sureness of two words of a long title, before anything else they cover
_ADDITION = re.compile(r"[,:;(\[|、：；（【［｜]|\s[–—-]\s|[?!.]\s")
AFTERTHOUGHT = 0.5  # what a word of a title's addition counts (*assumption*)
WITH_STRANGER = 0.7
PART_OF_NAME = 0.7  # what is left of sureness beside a word that seems to belong to the name
_APOSTROPHE = re.compile(r"['’]|n['’]t$")
_NEXT = re.compile(r"[ \u00a0]([^\W\d_])")
_PREVIOUS = re.compile(r"(?<!\w)([^\W\d_])[\w-]*[ \u00a0]$")
MOST = 0.6  # share of a title from which part of it stands for all of it
WHOLE_TITLE = 0.9
RARE_WEIGHT = 4.0  # stem weight from which one word alone is telling: on one page in forty


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """Words to link: ``start`` is their offset in the sentence.

    ``sure`` tells 0..1 how surely a reader takes these words for the target: a title of several
    rare words nearly always, a common word hardly ever, whatever ranks first on a page.
    """

    text: str
    start: int
    sure: float
    evidence: str
    kind: NameKind | None = None  # the name it is word for word, None for part of a title


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a target is called: stem weights of its title, h1 and queries, and its names."""

    stems: Mapping[int, float]
    strong: frozenset[int]  # the stems that an anchor may begin and end with: no afterthought
    total: float
    telling: int  # the heaviest stem of title and h1, -1 where they have none
    names: Mapping[str, Name]
    lengths: Mapping[str, tuple[int, ...]]  # first word of a name -> word counts of such names
    stops: frozenset[str]  # the function words of the target's language
    english: bool


def wanted_words(
    corpus: Corpus,
    names: Names,
    target: int,
    queries: Mapping[str, float] | None = None,
    typed: Iterable[str] = (),
) -> Wanted:
    """Return the words that name ``target``; ``queries`` adds the words it is searched by.

    A query word weighs its share of the query impressions, so that a title word always leads.
    ``typed`` are folded queries that show this page before all others of the site: names of it.
    """
    stem, stops = corpus.stemmer(target), corpus.function_words(target)
    english = corpus.language_of(target) == "en"
    stems: dict[int, float] = {}
    naming: set[int] = set()
    for text in (corpus.titles[target], corpus.h1s[target]):
        name, rest = split_name(text, stops)
        for part, share in ((name, 1.0), (rest, AFTERTHOUGHT)):
            for word in words(part):
                number = corpus.stems.get(stem(word))
                if number is not None:
                    worth = 0.0 if english and joins(word) else float(corpus.stem_weight[number])
                    weight = max(STOP_CREDIT, share * worth)
                    stems[number] = max(weight, stems.get(number, 0.0))
                    if part is name and weight > STOP_CREDIT:
                        naming.add(number)
    telling = max(stems, key=lambda number: (stems[number], -number), default=-1)
    total = sum(stems.values())
    for word, share in (queries or {}).items():
        number = corpus.stems.get(stem(word))
        if number is not None and number not in stems and corpus.stem_weight[number] > 0:
            stems[number] = share * float(corpus.stem_weight[number])
            naming.add(number)
    called = names_of(names, target, stops, typed)
    return Wanted(
        stems=stems,
        strong=frozenset(naming),
        total=total or 1.0,
        telling=telling,
        names=called,
        lengths=_lengths(called),
        stops=stops,
        english=english,
    )


def _lengths(phrases: Iterable[str]) -> dict[str, tuple[int, ...]]:
    found: dict[str, set[int]] = {}
    for phrase in phrases:
        found.setdefault(phrase.partition(" ")[0], set()).add(phrase.count(" ") + 1)
    return {word: tuple(sorted(lengths)) for word, lengths in found.items()}


def split_name(title: str, stops: frozenset[str]) -> tuple[str, str]:
    """Return the part of a title that names the page, and what is added to it.

    ``stops`` are the function words of the title's language.
    The name ends at the first comma, colon, dash, bracket or end of a sentence that has two telling
    words before it: "Tubeless setup, from rim tape to sealant".
    """
    for match in _ADDITION.finditer(title):
        if len(content_words(folded(title[: match.start()]), stops)) >= 2:
            return title[: match.start()], title[match.start() :]
    return title, ""


def best_run(
    stems: Sequence[int], wanted: Wanted, weights: Floats, cuts: frozenset[int] = frozenset()
) -> tuple[float, int, int]:
    """Return coverage 0..1 and the word range of the run that covers most of the title's weight.

    A run starts and ends with a word that carries weight, is at most eight words long, does not
    go across a cut (see :func:`breaks`), and pays for each word that the title does not have.
    (0, 0, 0) where nothing fits.
    """
    best, first, last = 0.0, 0, 0
    for start in (place for place, number in enumerate(stems) if number in wanted.strong):
        value, seen = 0.0, set()
        for end in range(start, min(len(stems), start + LONGEST)):
            if end > start and end in cuts:
                break
            word = stems[end]
            weight = wanted.stems.get(word)
            if weight is not None and word not in seen:
                value += weight
                seen.add(word)
                if word in wanted.strong and value > best + 1e-9:
                    best, first, last = value, start, end + 1
            elif weights[word] > 0:
                value -= STRANGER
            else:
                value -= FUNCTION_STRANGER
    return min(1.0, best / wanted.total), first, last


def anchor_options(
    sentence: str, stems: Sequence[int], wanted: Wanted, weights: Floats
) -> list[Anchor]:
    """Return the words of ``sentence`` that could be linked to the target, best first."""
    spans = word_spans(sentence)
    said = words(sentence)
    cuts = breaks(sentence, spans)
    found: list[tuple[float, Anchor]] = []
    taken: set[tuple[int, int]] = set()
    for start in range(len(said)):
        for length in wanted.lengths.get(said[start], ()):
            end = start + length
            name = wanted.names.get(" ".join(said[start:end]))
            if name is not None and end <= len(said) and cuts.isdisjoint(range(start + 1, end)):
                taken.add((start, end))
                if not stands_alone(sentence, spans[start][0], spans[end - 1][1]):
                    continue
                anchor = _named(sentence, spans[start:end], name)
                if name.kind is not NameKind.ANCHOR:
                    anchor = _doubted(anchor, sentence)
                found.append((name.choice + 10, anchor))
    coverage, start, end = _phrase(said, stems, wanted, weights, cuts)
    a, z = (spans[start][0], spans[end - 1][1]) if coverage > 0 else (0, 0)
    if coverage > 0 and stands_alone(sentence, a, z):
        run = Anchor(
            text=sentence[a:z],
            start=a,
            sure=_sure_run(coverage, said[start:end], stems[start:end], wanted, weights),
            evidence=_of_title(coverage),
        )
        run = _doubted(run, sentence)
        if (start, end) in taken:  # a name, too: as sure as the surer of the two
            found = [(choice, _surer(anchor, run)) for choice, anchor in found]
        else:
            found.append((coverage, run))
    found.sort(key=lambda pair: (-pair[0], pair[1].start))
    return [anchor for _, anchor in found]


def _surer(anchor: Anchor, run: Anchor) -> Anchor:
    """Return ``anchor``, as sure as ``run`` at least where both are the same words."""
    same = (anchor.start, anchor.text) == (run.start, run.text)
    return replace(anchor, sure=max(anchor.sure, run.sure)) if same else anchor


def _phrase(
    said: Sequence[str],
    stems: Sequence[int],
    wanted: Wanted,
    weights: Floats,
    cuts: frozenset[int],
) -> tuple[float, int, int]:
    """Return the best run of the title's words that is a phrase: part of a title is no clause.

    The whole title may have a verb or a conjunction within: "Google is a child". Half of it may
    not: "child and we need".
    """
    run = best_run(stems, wanted, weights, cuts)
    clause = wanted.english and any(map(joins, said[run[1] : run[2]]))
    if run[0] >= WHOLE_TITLE or not clause:
        return run
    clauses = frozenset(index for index, word in enumerate(said) if joins(word))
    return best_run(stems, wanted, weights, cuts | clauses)


def joins(word: str) -> bool:
    """Tell whether a folded word joins or makes a clause, by itself or contracted ("it's")."""
    return _APOSTROPHE.split(word)[0] in CLAUSE_WORDS


def breaks(sentence: str, spans: Sequence[tuple[int, int]]) -> frozenset[int]:
    """Return the words before which a phrase ends: punctuation stands between them."""
    return frozenset(
        index
        for index, ((_, end), (start, _)) in enumerate(pairwise(spans), start=1)
        if sentence[end:start].strip(JOINTS)
    )


def _doubted(anchor: Anchor, sentence: str) -> Anchor:
    """Return the anchor, less sure where capitals go on beside it: part of a longer name.

    "Knowledge Panel" in "Knowledge Panel Management" names another thing; a genitive does not
    belong to the name ("Anna's Knowledge Panel"), nor does the first word of the sentence.
    """
    end = anchor.start + len(anchor.text)
    first, last = anchor.text[0], anchor.text.split()[-1][0]
    after, before = _NEXT.match(sentence, end), _PREVIOUS.search(sentence[: anchor.start])
    goes_on = last.isupper() and after is not None and after[1].isupper()
    came = first.isupper() and before is not None and before[1].isupper() and before.start() > 0
    return replace(anchor, sure=anchor.sure * PART_OF_NAME) if goes_on or came else anchor


def _of_title(coverage: float) -> str:
    if coverage >= WHOLE_TITLE:
        return "they say the page's title"
    return f"they are words of the page's title ({coverage:.0%} of it, by how telling each is)"


def _sure_run(
    coverage: float, said: Sequence[str], stems: Sequence[int], wanted: Wanted, weights: Floats
) -> float:
    """Return how surely a run of the title's words is understood as the page.

    A lesser part of a title stands for all of it only with its most telling word: "disc pads" is
    not "How to bed in new disc brake pads". A telling word between that neither the title nor the
    queries have speaks of something else.
    """
    content = content_words(" ".join(said), wanted.stops)
    if len(content) >= 2:
        if coverage < MOST and wanted.telling not in stems:
            return coverage * MOST
        strangers = any(weights[n] > 0 and n not in wanted.stems for n in stems)
        sure = min(1.0, FEW_OF_MANY + (1 - FEW_OF_MANY) * coverage)
        return sure * WITH_STRANGER if strangers else sure
    rare = float(weights[list(stems)].max(initial=0.0)) / RARE_WEIGHT
    return coverage * 0.6 * min(1.0, rare)


def _named(sentence: str, spans: Sequence[tuple[int, int]], name: Name) -> Anchor:
    a, z = spans[0][0], spans[-1][1]
    return Anchor(
        text=sentence[a:z],
        start=a,
        sure=min(1.0, name.sure),
        evidence=EVIDENCE[name.kind],
        kind=name.kind,
    )
