"""Diagnosis: what our rules make of each link to a target, and what fails in most of them.

What Google makes of a link is unknowable; every judgement here is "by our rules".
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.candidates.generic import is_generic, spread_anchors
from recommender.candidates.null_share import RARE, null_share
from recommender.candidates.thresholds import FEWEST_LINKS, Thresholds, thresholds_of
from recommender.candidates.wording import Wording, covered
from recommender.corpus import Corpus
from recommender.models import (
    Decision,
    LedgerLine,
    Pattern,
    PatternName,
    Region,
    TargetCase,
)
from recommender.text import folded

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

HALF = 0.5
ENOUGH = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedLinks:
    """All content links of a site (E), judged; ``edges`` is ``Corpus.content_edges``, renumbered.

    A link that is not *counted* (nofollow, or either end may not be indexed) is in no pattern; of
    several links from one page to another the best one is in *patterns*.
    """

    edges: pd.DataFrame
    counted: Flags  # E
    in_patterns: Flags  # E
    generic: Flags
    quality: Floats  # 0..1; NaN where the anchor has no word of weight
    elsewhere: Ints  # the page whose title or h1 the anchor is, -1 where none or its own
    weak_source: Flags
    mismatch: Flags
    dense_source: Flags
    off_topic: Flags
    known_topic: Flags
    strength: Floats
    outlinks: Ints  # content links on the source
    topics: Ints  # P
    short: Flags  # P, of the shorter half of what is linked
    thresholds: Thresholds
    weak_words: str  # what makes a source weak, "{} among the weakest of the site"
    template_pages: Ints  # P, pages that link a page outside their content
    template_only: float  # share of the pages linked at all that no content links


def judge_links(
    corpus: Corpus, signals: pd.DataFrame, topics: Ints, wording: Wording, *, searched: bool
) -> JudgedLinks:
    """Return the judgement of every content link of a site.

    ``signals`` is PAGE_SIGNALS; ``searched`` says whether its impressions are known. Cost: one pass
    over the links.
    """
    edges = corpus.content_edges.reset_index(drop=True)
    source, target = (edges[end].to_numpy(np.int64) for end in ("source", "target"))
    generic, quality, elsewhere = _anchors(corpus, edges, wording)
    followed = ~edges["nofollow"].to_numpy(np.bool_)
    counted = followed & corpus.indexable[source] & corpus.indexable[target]
    known_topic = (topics[source] >= 0) & (topics[target] >= 0)
    off_topic = known_topic & (topics[source] != topics[target])
    placed = counted & known_topic
    limits = thresholds_of(signals, quality[counted], target[placed], off_topic[placed])
    mismatch = generic | (elsewhere >= 0) | _poor(quality, limits.quality_p25)
    at_source = signals.iloc[source]
    unseen = at_source["impressions"].to_numpy(np.int64) == 0 if searched else False
    linked_by = _template_pages(corpus)
    return JudgedLinks(
        edges=edges,
        counted=counted,
        in_patterns=_best_of_pairs(edges, counted, mismatch, quality),
        generic=generic,
        quality=quality,
        elsewhere=elsewhere,
        weak_source=(at_source["strength"].to_numpy() < limits.strength_p25) | unseen,
        mismatch=mismatch,
        dense_source=np.asarray(at_source["density"].to_numpy() > limits.density_fence),
        off_topic=off_topic,
        known_topic=known_topic,
        strength=at_source["strength"].to_numpy(np.float64),
        outlinks=at_source["content_outlinks"].to_numpy(np.int64),
        topics=topics,
        short=_short(corpus, target[counted]),
        thresholds=limits,
        weak_words="{} among the weakest of the site" + " or not shown in search" * searched,
        template_pages=linked_by,
        template_only=_template_only(linked_by, target),
    )


def diagnose(case: TargetCase, *, corpus: Corpus, links: JudgedLinks) -> TargetCase:
    """Return the case with its ledger, its patterns and the count of its template links.

    The ledger has one line a content link, sound ones first. Template links are counted once a
    page and not listed: a menu repeats itself.
    """
    row = corpus.row[case.url]
    here = np.flatnonzero(links.edges["target"].to_numpy(np.int64) == row)
    order = {decision: rank for rank, decision in enumerate(Decision)}
    lines = [_line(corpus, links, int(edge)) for edge in here]
    lines.sort(key=lambda line: (order[line.decision], -line.source_strength, line.source))
    return replace(
        case,
        ledger=tuple(lines),
        patterns=patterns_of(links, row),
        template_links=int(links.template_pages[row]),
    )


def _poor(quality: Floats, quality_p25: float) -> Flags:
    """Return which anchors miss the page: no word of theirs is its own, or fewer than usual here.

    A quarter is enough whatever the site's habit, or a quarter of all links would always be poor
    (*assumption*); unknown is not poor.
    """
    known = np.nan_to_num(quality, nan=1.0)
    return np.asarray((known == 0) | (known < np.fmin(quality_p25, ENOUGH)))


def _best_of_pairs(edges: pd.DataFrame, counted: Flags, mismatch: Flags, quality: Floats) -> Flags:
    """Return the counted links without those that another link between the same pages outdoes."""
    ordered = edges[["source", "target"]].assign(mismatch=mismatch, quality=-quality)
    best = ordered[counted].sort_values(["mismatch", "quality"], kind="stable")
    chosen = np.zeros(len(edges), np.bool_)
    chosen[best.drop_duplicates(["source", "target"]).index.to_numpy(np.int64)] = True
    return chosen


# --- One link -------------------------------------------------------------------------------


def _anchors(corpus: Corpus, edges: pd.DataFrame, wording: Wording) -> tuple[Flags, Floats, Ints]:
    """Return for each link: generic, quality, and the page that its anchor names instead.

    Quality is how much of the anchor the target's queries (by impressions), its title and h1, or
    its headings cover, whichever is most: a link that calls a page or a section of it by its name
    is not wrong. What its text covers counts half.
    """
    spread = spread_anchors(edges)
    codes, unique = pd.factorize(edges["anchor"])
    target = edges["target"].to_numpy(np.int64)
    spoken = [corpus.language_of(page) for page in edges["source"].tolist()]
    said = list(zip(edges["anchor"], spoken, strict=True))
    judged = {pair: is_generic(*pair, spread) for pair in set(said)}
    generic = np.array([judged[pair] for pair in said], np.bool_)
    phrases = wording.phrases(edges["anchor"], target.tolist())
    covers = (wording.asked, wording.named, wording.headed)
    quality = np.fmax.reduce(
        [
            *(covered(phrases, by[target]) for by in covers),
            HALF * covered(phrases, wording.told[target]),
        ]
    )
    owners = _owners(corpus)
    folds = [folded(anchor) for anchor in unique]
    named = np.array([owners.get(phrase, -1) for phrase in folds], np.int64)
    elsewhere = np.where(named[codes] == target, -1, named[codes])
    elsewhere[quality >= 1.0] = -1  # the words are its own as well
    return generic, quality, elsewhere


def _owners(corpus: Corpus) -> dict[str, int]:
    """Return the one page that each title or h1 (folded) belongs to; shared ones are left out."""
    owners: dict[str, set[int]] = {}
    for page, names in enumerate(zip(corpus.titles, corpus.h1s, strict=True)):
        for name in names:
            owners.setdefault(folded(name), set()).add(page)
    return {name: min(pages) for name, pages in owners.items() if name and len(pages) == 1}


def _line(corpus: Corpus, links: JudgedLinks, edge: int) -> LedgerLine:
    source, target, anchor, block, start = (
        links.edges[name].iloc[edge] for name in ("source", "target", "anchor", "block", "start")
    )
    uncounted = _why_uncounted(corpus, links, edge, int(source), int(target))
    faults = _faults(corpus, links, edge)
    decision, because = Decision.SOUND, _why_sound(links, edge)
    if uncounted:
        decision, because = Decision.UNCOUNTED, f"Not counted because {uncounted}."
    elif _is_weak(links, edge):
        decision, because = Decision.WEAK, f"Weak by our rules because {'; '.join(faults)}."
    elif faults:
        because = f"Sound, although {'; '.join(faults)}."
    quality = float(links.quality[edge])
    return LedgerLine(
        source=corpus.pages[source],
        anchor=str(anchor),
        region=Region.CONTENT,
        crawled=not uncounted,
        generic=bool(links.generic[edge]),
        source_strength=float(links.strength[edge]),
        anchor_quality=None if np.isnan(quality) else quality,
        same_topic=not links.off_topic[edge] if links.known_topic[edge] else None,
        decision=decision,
        because=because,
        sentence=sentence_at(corpus, int(source), int(block), int(start)),
        block=int(block),
    )


def sentence_at(corpus: Corpus, page: int, block: int, start: int) -> str:
    """Return the sentence of prose around offset ``start`` of a block, "" where there is none."""
    if block < 0 or start < 0:
        return ""
    first, last = corpus.sentence_from[page : page + 2]
    own = np.arange(first, last)
    inside = own[corpus.passage_block[corpus.sentence_passage[own]] == block]
    before = inside[corpus.sentence_start[inside] <= start]
    return corpus.sentence_text[before[-1]] if len(before) else ""


def _why_uncounted(corpus: Corpus, links: JudgedLinks, edge: int, source: int, target: int) -> str:
    if not corpus.indexable[target]:
        return "the page it leads to may not be indexed"
    if not corpus.indexable[source]:
        return "the page it stands on may not be indexed"
    return "it is marked as not to be followed" if links.edges["nofollow"].iloc[edge] else ""


def _is_weak(links: JudgedLinks, edge: int) -> bool:
    """Tell whether a link is weak: wrong words or a crowd of links, or two lesser faults."""
    if links.mismatch[edge] or links.dense_source[edge]:
        return True
    return bool(links.weak_source[edge] and links.off_topic[edge])


def _faults(corpus: Corpus, links: JudgedLinks, edge: int) -> list[str]:
    faults = []
    if links.generic[edge]:
        faults.append("its words could lead anywhere")
    elif links.elsewhere[edge] >= 0:
        faults.append(f"its words are the name of {corpus.pages[links.elsewhere[edge]]}")
    elif links.mismatch[edge]:
        faults.append(
            "few of its words are the page's own"
            if links.quality[edge]
            else "none of its words stands on the page or in its queries"
        )
    if links.dense_source[edge]:
        faults.append(f"it is one of {links.outlinks[edge]:,} links in a text crowded with links")
    if links.weak_source[edge]:
        faults.append(links.weak_words.format("its page is"))
    if links.off_topic[edge]:
        faults.append("its page is about something else")
    return faults


def _why_sound(links: JudgedLinks, edge: int) -> str:
    quality = links.quality[edge]
    if np.isnan(quality) or quality <= HALF:
        return "Sound: nothing speaks against it."
    return f"Sound: {quality:.0%} of its words are in the page's queries, title or headings."


# --- Patterns -------------------------------------------------------------------------------


def patterns_of(links: JudgedLinks, row: int) -> tuple[Pattern, ...]:
    """Return the patterns among the content links of the page ``row``.

    Each fires for at least half of them and for more than 95 of 100 equal draws of the site's links
    would show: links dealt to targets at random, which is the hypergeometric distribution. Where
    the page itself makes the fault likely, links to pages like it are drawn from as well: random
    words stand on a long page by chance, and few links come from a small topic.
    """
    target = links.edges["target"].to_numpy(np.int64)
    inlinks = np.flatnonzero(links.in_patterns & (target == row))
    if not len(inlinks):
        return _template_only_pattern(links, row)
    if len(inlinks) < FEWEST_LINKS:
        return ()
    limits, everywhere = links.thresholds, links.in_patterns
    as_long = everywhere & (links.short[target] == links.short[row])
    weak = links.weak_words.format("stand on pages that are")
    other_words = "have words that do not say what this page is about"
    crowded = f"stand in texts with more than {limits.density_fence:.1f} links per 100 words"
    found = [
        _pattern(name, flags, inlinks, draws, what)
        for name, flags, draws, what in (
            (PatternName.WEAK_SOURCES, links.weak_source, (everywhere,), weak),
            (PatternName.SEMANTIC_MISMATCH, links.mismatch, (everywhere, as_long), other_words),
            (PatternName.DILUTION, links.dense_source, (everywhere,), crowded),
        )
    ]
    found.append(_poor_clustering(links, inlinks[links.known_topic[inlinks]], row))
    return tuple(pattern for pattern in found if pattern is not None)


def _poor_clustering(links: JudgedLinks, placed: Ints, row: int) -> Pattern | None:
    if len(placed) < FEWEST_LINKS:
        return None
    if 1 - links.off_topic[placed].mean() >= links.thresholds.own_topic_p25:
        return None
    anywhere = links.in_patterns & links.known_topic
    target = links.edges["target"].to_numpy(np.int64)
    draws = (anywhere, anywhere & (links.topics[target] == links.topics[row]))
    what = "come from pages about something else"
    return _pattern(PatternName.POOR_CLUSTERING, links.off_topic, placed, draws, what)


def _pattern(
    name: PatternName, flags: Flags, here: Ints, draws: tuple[Flags, ...], what: str
) -> Pattern | None:
    share = float(flags[here].mean())
    null = max(null_share(flags[drawn], len(here)) for drawn in draws)
    if share < HALF or share <= null:
        return None
    return Pattern(
        name=name,
        share=share,
        null=null,
        finding=(
            f"{int(flags[here].sum())} of {len(here)} links {what}; of the site's links "
            f"{flags[draws[0]].mean():.0%} do."
        ),
    )


def _template_only_pattern(links: JudgedLinks, row: int) -> tuple[Pattern, ...]:
    """Return dilution for a page that only menus and the like link, where that is rare."""
    pages = int(links.template_pages[row])
    if not pages or links.template_only > RARE:
        return ()
    finding = f"No text links it; menus, sidebars or footers of {pages:,} pages do."
    return (Pattern(name=PatternName.DILUTION, share=1.0, null=0.0, finding=finding),)


# --- Links outside the content ---------------------------------------------------------------


def _short(corpus: Corpus, target: Ints) -> Flags:
    """Return which pages are no longer than the page that the median link leads to (P)."""
    median = np.median(corpus.page_words[target]) if len(target) else 0
    return np.asarray(corpus.page_words <= median)


def _template_pages(corpus: Corpus) -> Ints:
    template = corpus.edges[corpus.edges["region"] != Region.CONTENT.value]
    pairs = template.drop_duplicates(["source", "target"])
    return np.bincount(pairs["target"], minlength=len(corpus.pages)).astype(np.int64)


def _template_only(template_pages: Ints, content_targets: Ints) -> float:
    in_text = np.zeros(len(template_pages), np.bool_)
    in_text[content_targets] = True
    linked = in_text | (template_pages > 0)
    return float((linked & ~in_text).sum() / max(1, linked.sum()))
