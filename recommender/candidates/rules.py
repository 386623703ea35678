"""What a link must not be: the hard rules, each with a code.

They bind recommendations, not rankings: `candidates` and `place` report the best choice and what
these rules say of it (method, section 5).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from recommender.candidates.anchors import Anchor
from recommender.candidates.barred import barred_sources, barred_targets
from recommender.candidates.called import content_words
from recommender.candidates.claims import Claims, build_claims
from recommender.candidates.generic import is_generic
from recommender.candidates.labels import is_label, is_ragged, spans_of
from recommender.candidates.objections import Objection
from recommender.candidates.phrases import is_name_here
from recommender.candidates.placement import Place
from recommender.candidates.queries import Sought
from recommender.candidates.refused import Refused
from recommender.candidates.subject import (
    ASIDE,
    NAME_WORDS,
    SETTLED,
    is_main_page,
    is_said_more_elsewhere,
    names_wholly,
    speaks_of,
    telling_words,
)
from recommender.candidates.twins import Twins, build_twins
from recommender.config import PageType, RecommendConfig
from recommender.corpus import Corpus, Ints
from recommender.models import Region
from recommender.names import LONGEST, NameKind, Names
from recommender.text import folded, length_of, same_locale, words
from recommender.urls import path_matches, slug_of

NEAR_WORDS = 40  # method, section 5
BESIDE = 3  # blocks: the heading or button of a teaser links what its text speaks of
SLUG_WORDS = 2  # of a page's address, from which it is no accident that two have the same
BEYOND = -1  # the page itself, or one of which the crawl knows only the address
COPIES = 2  # pages on which a text may stand and still be somebody's own
SURE_ENOUGH = 0.55  # below it a reader would ask why these words (*assumption*)
SURE_PART = 0.65  # the same for one word, and for a part of the title that is no name
NEVER = 1.1  # above any sureness
PROPER = frozenset({NameKind.TITLE, NameKind.H1, NameKind.ANCHOR, NameKind.QUERY})
"""Names that are the page's own word for word, whatever other titles they stand in."""

COMMON_TITLES = frozenset(
    folded(phrase)
    for phrase in """getting started|get started|introduction|overview|an introduction|an overview|
    about|faq|home|help|guide|guides|tutorial|example|examples|contents|news|blog""".split("|")
)
"""Titles that name a page only where they stand under its section: in a sentence they name none."""

SURE = 0.5  # weight from which a name of another page keeps its words for that page


_NAMES_ITS_SUBJECT = re.compile(
    r"what(?:['’]s| is| are| was| were)\b|how to\b|was (?:ist|sind)\b|qu['’]est-ce que\b|"
    r"qué (?:es|son)\b|comment \w+er\b|cómo \w+[aei]r\b",
    re.IGNORECASE,
)
"""Questions that ask for one thing or one doing and name it: what is X, how to do Y."""

_INSIDE = {
    "a": Objection.IN_LINK,
    "c": Objection.IN_CODE,
    "q": Objection.IN_QUOTE,
    "b": Objection.IN_BUTTON,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BlocksLinking:
    """The blocks of each page, menus apart, that hold a link to each other page."""

    pages: int
    pairs: Ints  # source x pages + target, ascending
    blocks: Ints

    def of(self, source: int, target: int) -> Ints:
        """Return the ordinals of the blocks of ``source`` that link ``target``."""
        pair = source * self.pages + target
        first, last = np.searchsorted(self.pairs, [pair, pair + 1])
        return self.blocks[first:last]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules of one site, with what they look up."""

    corpus: Corpus
    names: Names
    barred_sources: Mapping[int, Objection]
    barred_targets: Mapping[int, Objection]
    bans: tuple[tuple[frozenset[int], frozenset[int]], ...]  # sources that never link targets
    spoken_for: Mapping[str, Mapping[int, float]]  # phrase -> page -> how surely it is its name
    linked_on: Mapping[int, Mapping[frozenset[str], frozenset[int]]]
    """Source -> stems of an anchor -> targets, or BEYOND."""

    banned: tuple[str, ...]  # folded, one space on either side
    claims: Claims
    linking: BlocksLinking
    moved: frozenset[tuple[int, int]]  # source, target that it links under an address that is gone
    twins: Twins
    sought: Sought = field(default_factory=Sought)
    refused: Mapping[tuple[str, str], Refused] = field(default_factory=dict)  # by pair of URLs


def build_rules(
    corpus: Corpus,
    names: Names,
    recommend: RecommendConfig,
    page_types: Sequence[PageType],
    sought: Sought | None = None,
) -> Rules:
    """Return the rules of a site; ``sought`` is whose words search says that its queries are."""
    return Rules(
        corpus=corpus,
        names=names,
        barred_sources=barred_sources(corpus, recommend, page_types),
        barred_targets=barred_targets(corpus, recommend, page_types),
        bans=tuple(
            (_matching(corpus, ban.source), _matching(corpus, ban.target)) for ban in recommend.bans
        ),
        spoken_for=_spoken_for(names),
        linked_on=_linked_on(corpus),
        banned=tuple(
            f" {phrase} " for anchor in recommend.banned_anchors if (phrase := folded(anchor))
        ),
        claims=build_claims(corpus),
        linking=_blocks_linking(corpus),
        moved=_moved(corpus),
        twins=build_twins(corpus),
        sought=sought or Sought(),
    )


def page_objections(rules: Rules, source: int, target: int) -> tuple[Objection, ...]:
    """Return what the rules hold against ``source`` as a whole for a link to ``target``."""
    found = []
    if source in rules.barred_sources:
        found.append(rules.barred_sources[source])
    if target in rules.barred_targets:
        found.append(rules.barred_targets[target])
    if any(source in sources and target in targets for sources, targets in rules.bans):
        found.append(Objection.SECTION_BANNED)
    if rules.twins.are(source, target):
        found.append(Objection.SAME_TEXT)
    if (source, target) in rules.moved:
        found.append(Objection.LINKED_ELSEWHERE)
    if not same_locale(rules.corpus.locales[source], rules.corpus.locales[target]):
        found.append(Objection.OTHER_LANGUAGE)
    return tuple(found)


def place_objections(rules: Rules, place: Place, anchor: Anchor | None) -> tuple[Objection, ...]:
    """Return what the rules hold against linking ``anchor`` at ``place``."""
    passage = int(rules.corpus.sentence_passage[place.sentence])
    found: list[Objection] = []
    if is_label(rules.corpus, place.sentence, anchor):
        found.append(Objection.IN_LABEL)
    if rules.corpus.passage_copies[passage] > COPIES:
        found.append(Objection.REPEATED_TEXT)
    if is_ragged(rules.corpus, place.sentence):
        found.append(Objection.RAGGED_SENTENCE)
    if rules.corpus.passage_kind[passage] == "quote":
        found.append(Objection.IN_QUOTE)
    here = int(rules.corpus.passage_block[passage])
    if np.any(np.abs(rules.linking.of(place.source, place.target) - here) <= BESIDE):
        found.append(Objection.LINKED_BESIDE)
    if _is_refused(rules, place, anchor, passage):
        found.append(Objection.DISMISSED)
    if anchor is None:
        return (*found, Objection.NO_ANCHOR)
    found += _of_words(rules, place, anchor)
    found += _of_position(rules, place, anchor, passage)
    if not found and not is_name_here(rules.corpus, place, anchor):
        found.append(Objection.ANCHOR_NO_PHRASE)
    if not found:
        found += _of_subject(rules.corpus, place.target, anchor)
    return tuple(dict.fromkeys(found))


def _of_subject(corpus: Corpus, target: int, anchor: Anchor) -> list[Objection]:
    """Return what is held against words that may mean many pages: the target has to be about them.

    A whole name of three telling words is the page's alone; what editors link and searchers type is
    not asked about. Asked last, as it costs a pass over the site's sentences.
    """
    if anchor.kind in SETTLED:
        return []
    if names_wholly(corpus, target, anchor.text):
        short = len(telling_words(corpus, target, anchor.text)) < NAME_WORDS
        elsewhere = short and is_said_more_elsewhere(corpus, target, anchor.text)
        return [Objection.ANCHOR_SPOKEN_ELSEWHERE] if elsewhere else []
    if anchor.kind not in ASIDE:
        return []
    if not speaks_of(corpus, target, anchor.text):
        return [Objection.ANCHOR_UNSPOKEN]
    if not is_main_page(corpus, target, anchor.text):
        return [Objection.ANCHOR_SPOKEN_ELSEWHERE]
    return []


def _is_refused(rules: Rules, place: Place, anchor: Anchor | None, passage: int) -> bool:
    """Tell whether a reader said no to this place, or to these words, for these two pages."""
    corpus = rules.corpus
    refused = rules.refused.get((corpus.pages[place.source], corpus.pages[place.target]))
    return refused is not None and (
        refused.has_place(int(corpus.passage_block[passage]), corpus.passage_text[passage])
        or (anchor is not None and refused.has_words(anchor.text))
    )


def _of_words(rules: Rules, place: Place, anchor: Anchor) -> list[Objection]:
    phrase = folded(anchor.text)
    said = phrase.split()
    found = []
    if length_of(said) > LONGEST:
        found.append(Objection.ANCHOR_TOO_LONG)
    language = rules.corpus.language_of(place.source)
    if is_generic(anchor.text, language) or phrase in COMMON_TITLES:
        found.append(Objection.ANCHOR_GENERIC)
    if anchor.sure < _sure_enough(rules.corpus, place, anchor):
        found.append(Objection.ANCHOR_UNSURE)
    if _is_subject(rules, place.source, phrase):
        found.append(Objection.ANCHOR_IS_SUBJECT)
    if any(banned in f" {phrase} " for banned in rules.banned):
        found.append(Objection.ANCHOR_BANNED)
    if _is_other_pages(rules, place, anchor, phrase):
        found.append(Objection.ANCHOR_OF_OTHER_PAGE)
    return found


def _sure_enough(corpus: Corpus, place: Place, anchor: Anchor) -> float:
    """Return how sure words must be: a name of two words needs less than one word, or a part.

    No part of a question says what it asks ("Why is my panel not updating?" is not "updating your
    panel"), unless it asks for one thing and names it.
    """
    title = corpus.titles[place.target]
    asks = "?" in title and not _NAMES_ITS_SUBJECT.match(title.lstrip("¿¡ "))
    if asks and anchor.kind not in PROPER:
        return NEVER
    said = content_words(folded(anchor.text), corpus.function_words(place.source))
    return SURE_PART if len(said) == 1 or anchor.kind is None else SURE_ENOUGH


def _is_subject(rules: Rules, source: int, phrase: str) -> bool:
    """Tell whether the source's own title or h1 has the words: its reader is there already."""
    stem = rules.corpus.stemmer(source)
    own = {
        stem(word) for word in words(f"{rules.corpus.titles[source]} {rules.corpus.h1s[source]}")
    }
    said = _telling(rules.corpus, source, phrase)
    return bool(said) and said <= own


def _is_other_pages(rules: Rules, place: Place, anchor: Anchor, phrase: str) -> bool:
    claims = rules.spoken_for.get(phrase, {})
    rivals = [sure for page, sure in claims.items() if page not in (place.target, place.source)]
    if max(rivals, default=0.0) > claims.get(place.target, 0.0):
        return True
    linked = rules.linked_on.get(place.source, {})
    if linked.get(_telling(rules.corpus, place.source, phrase), frozenset()) - {place.target}:
        return True
    if rules.sought.is_others(phrase, place.target):
        return True
    return anchor.kind not in PROPER and rules.claims.points_elsewhere(phrase, place.target)


def _of_position(rules: Rules, place: Place, anchor: Anchor, passage: int) -> list[Objection]:
    start = int(rules.corpus.sentence_start[place.sentence]) + anchor.start
    end = start + len(anchor.text)
    text = rules.corpus.passage_text[passage]
    found = []
    for kind, first, last in spans_of(rules.corpus.passage_spans[passage]):
        if first < end and start < last:
            found.append(_INSIDE[kind])
        elif kind == "a":
            between = text[last:start] if last <= start else text[end:first]
            if len(words(between)) < NEAR_WORDS:
                found.append(Objection.NEAR_LINK)
    return found


def _matching(corpus: Corpus, pattern: str) -> frozenset[int]:
    return frozenset(row for row, url in enumerate(corpus.pages) if path_matches(url, pattern))


def _blocks_linking(corpus: Corpus) -> BlocksLinking:
    own = corpus.edges["region"].isin([Region.CONTENT.value, Region.RELATED.value])
    inside = corpus.edges[own & (corpus.edges["block"] >= 0)]
    source, target, block = (inside[n].to_numpy(np.int64) for n in ("source", "target", "block"))
    pairs = source * len(corpus.pages) + target
    order = np.argsort(pairs, kind="stable")
    return BlocksLinking(pages=len(corpus.pages), pairs=pairs[order], blocks=block[order])


def _moved(corpus: Corpus) -> frozenset[tuple[int, int]]:
    """Return the pairs whose source links the target where it no longer is, as far as names tell.

    The address of the link gives no page, and its last part, of two words or more, is that of the
    target alone: a page that moved. That link is to be mended before another is written.
    """
    named: dict[str, list[int]] = defaultdict(list)
    for page, url in enumerate(corpus.pages):
        named[slug_of(url)].append(page)
    found = set()
    for source, url in corpus.links_beyond[["source", "target"]].itertuples(index=False):
        slug = slug_of(url)
        telling = len(words(slug.replace("-", " "))) >= SLUG_WORDS
        if telling and len(named.get(slug, ())) == 1:
            found.add((int(source), named[slug][0]))
    return frozenset(found)


def _spoken_for(names: Names) -> dict[str, dict[int, float]]:
    claims: dict[str, dict[int, float]] = defaultdict(dict)
    kinds = [NameKind.TITLE, NameKind.H1, NameKind.ANCHOR]
    rows = np.flatnonzero(np.isin(names.kind, kinds) & (names.weight >= SURE))
    targets = np.searchsorted(names.of_target, rows, side="right") - 1
    columns = (targets, names.phrase[rows], names.weight[rows])
    for target, phrase, weight in zip(*(column.tolist() for column in columns), strict=True):
        mine = claims[names.phrases[phrase]]
        mine[target] = max(weight, mine.get(target, 0.0))
    return claims


def _linked_on(corpus: Corpus) -> dict[int, dict[frozenset[str], frozenset[int]]]:
    found: dict[int, dict[frozenset[str], set[int]]] = defaultdict(lambda: defaultdict(set))
    columns = corpus.content_edges[["source", "target", "anchor"]]
    for source, target, anchor in columns.itertuples(index=False):
        found[int(source)][_telling(corpus, int(source), folded(anchor))].add(int(target))
    for source, anchor in corpus.links_beyond[["source", "anchor"]].itertuples(index=False):
        found[int(source)][_telling(corpus, int(source), folded(anchor))].add(BEYOND)
    return {
        source: {said: frozenset(targets) for said, targets in by.items() if said}
        for source, by in found.items()
    }


def _telling(corpus: Corpus, source: int, phrase: str) -> frozenset[str]:
    """Return the stems of a phrase without function words: "the brand" and "brands" are one."""
    stem = corpus.stemmer(source)
    return frozenset(map(stem, content_words(phrase, corpus.function_words(source))))
