"""Where on a source page a link to a target would go: the best sentences, and the words in them.

The score of a sentence adds what the target is called (any of its names, the site's own
dictionary above all), how much of the title its words cover, how alike sentence and paragraph are
to what the target opens with, and what the site's editors do (see
:mod:`recommender.candidates.habits`). Text that stands on several pages gives way. The weights
were set on hidden links of five sites, one set for all sites (docs/method.md, section 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from recommender.candidates.anchors import Anchor, Wanted, anchor_options, best_run, wanted_words
from recommender.candidates.habits import Habits
from recommender.corpus import Corpus, Floats, Ints, cosines
from recommender.names import Echo, NameKind, Names, echo_of

SHORTLIST = 8  # sentences a page that are looked at word by word

NAMED = {
    NameKind.TITLE: (1.0, 1.0),
    NameKind.HEADING: (1.0, 1.0),
    NameKind.MENU: (1.0, 1.0),
    NameKind.ANCHOR: (6.0, 0.6),  # steep: an editor's words outweigh everything else
}
"""Factor and exponent of each kind of name in a sentence's score."""

WHOLE_PAGE = 0.5  # weight of likeness to the whole target, beside its lead at 1
TITLE_WORDS = 1.75  # of the share of the title's weight, its words in any order
PARAGRAPH = 1.2  # of the paragraph's likeness to the target's opening
IN_COMPANY = 8.5  # of the likeness to the nearest sentence that links the target elsewhere
CUES = 0.5  # of the words that stand around links on this site
COPIED = 2.3  # lost by text on several pages, times the logarithm of their number


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One sentence of a source page with the anchors that could stand in it, best first."""

    source: int
    target: int
    sentence: int  # row in the corpus
    score: float  # comparable within one source only
    fit: float  # 0..1, see fit_scale
    anchors: tuple[Anchor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetView:
    """One target against every sentence of the site (arrays of S)."""

    target: int
    wanted: Wanted
    lead: Floats  # cosine with the target's opening
    whole: Floats  # cosine with the whole target
    named: Floats
    bag: Floats  # share of the title's weight that the sentence has, in any order
    passage: Floats  # B, cosine with the target's opening
    cues: Floats  # how much the words speak for a link, whatever the target
    company: Floats  # likeness to the nearest sentence that links the target today


def view_of(
    corpus: Corpus,
    names: Names,
    habits: Habits,
    target: int,
    queries: Mapping[str, float] | None = None,
    *,
    typed: Iterable[str] = (),
    echo: Echo | None = None,
    sources: Ints | None = None,
) -> TargetView:
    """Return everything that placing links to ``target`` needs.

    With ``sources`` it holds for places on those pages alone: the company of others is not worked
    out. Cost: two passes over the words of the site, unless the ``echo`` of the target is given.
    """
    wanted = wanted_words(corpus, names, target, queries, typed)
    echo = echo or echo_of(corpus, names, target)
    return TargetView(
        target=target,
        wanted=wanted,
        lead=echo.lead,
        whole=echo.whole,
        named=_named(echo),
        bag=_bag(corpus, wanted),
        passage=cosines(corpus.passages, corpus.leads[target]),
        cues=habits.cues,
        company=_in_company(corpus, habits.company(corpus, target), sources),
    )


def places(
    corpus: Corpus, view: TargetView, source: int, *, fit_scale: float, most: int = SHORTLIST
) -> list[Place]:
    """Return the ``most`` best sentences of ``source`` for a link to the view's target.

    Best first; never more than eight, none where the page has no running text. ``fit_scale`` is
    the likeness at which a sentence fits fully, see :func:`usual_fit`.
    """
    first, last = int(corpus.sentence_from[source]), int(corpus.sentence_from[source + 1])
    if first == last:
        return []
    fixed = _worth(corpus, view, first, last)
    hopeful = fixed + _scaled(view.bag[first:last])
    shortlist = np.argsort(-hopeful, kind="stable")[:SHORTLIST]
    stems = corpus.sentence_stems
    runs = np.array(
        [best_run(stems[first + i], view.wanted, corpus.stem_weight)[0] for i in shortlist]
    )
    total = fixed[shortlist] + _scaled(runs)
    order = np.lexsort((shortlist, -total))
    return [
        _place(corpus, view, first + int(shortlist[i]), float(total[i]), fit_scale)
        for i in order[:most]
    ]


def _worth(corpus: Corpus, view: TargetView, first: int, last: int) -> Floats:
    """Return what the sentences of one page are worth before their words are looked at in order."""
    passage = corpus.sentence_passage[first:last]
    worth: Floats = (
        _scaled(view.lead[first:last])
        + WHOLE_PAGE * _scaled(view.whole[first:last])
        + view.named[first:last]
        + TITLE_WORDS * view.bag[first:last]
        + PARAGRAPH * _scaled(view.passage[passage])
        + CUES * view.cues[first:last]
        - COPIED * np.log(corpus.passage_copies[passage])
        + IN_COMPANY * view.company[first:last]
    )
    return worth


def likeness(corpus: Corpus, view: TargetView, sentence: int) -> float:
    """Return how alike a sentence and its paragraph are to the target's opening, 0..1."""
    passage = int(corpus.sentence_passage[sentence])
    return 0.5 * float(view.lead[sentence]) + 0.5 * float(view.passage[passage])


def usual_fit(corpus: Corpus, most: int = 400) -> float:
    """Return the median likeness of the sentences that carry links today to what they link.

    The measure of this site's own editors: a place that reaches it fits fully. 0.15 where fewer
    than 20 content links are there to learn from. At most ``most`` evenly spread links are read.
    """
    edges = corpus.content_edges
    edges = edges[edges["block"] >= 0]
    if len(edges) < 20:
        return 0.15
    row_of = {
        (int(page), int(block)): row
        for row, (page, block) in enumerate(
            zip(corpus.passage_page, corpus.passage_block, strict=True)
        )
    }
    step = max(1, len(edges) // most)
    pairs = [
        (row, int(target))
        for source, target, block in edges.iloc[::step][["source", "target", "block"]].itertuples(
            index=False
        )
        if (row := row_of.get((int(source), int(block)))) is not None
    ]
    if not pairs:
        return 0.15
    passages = corpus.passages[[row for row, _ in pairs]]
    leads = corpus.leads[[target for _, target in pairs]]
    alike = np.asarray(passages.multiply(leads).sum(axis=1)).ravel()
    return max(0.05, float(np.median(alike)))


def _place(
    corpus: Corpus, view: TargetView, sentence: int, score: float, fit_scale: float
) -> Place:
    options = anchor_options(
        corpus.sentence_text[sentence],
        corpus.sentence_stems[sentence],
        view.wanted,
        corpus.stem_weight,
    )
    return Place(
        source=int(corpus.sentence_page[sentence]),
        target=view.target,
        sentence=sentence,
        score=score,
        fit=min(1.0, likeness(corpus, view, sentence) / fit_scale),
        anchors=tuple(options),
    )


def _scaled(values: Floats) -> Floats:
    scaled: Floats = values / (values.max(initial=0.0) + 1e-12)
    return scaled


def _named(echo: Echo) -> Floats:
    total = np.zeros(len(echo.lead))
    for kind, (factor, exponent) in NAMED.items():
        if kind in echo.named:
            said, weight = echo.named[kind]
            total[said] += factor * weight**exponent
    return total


def _in_company(corpus: Corpus, company: sparse.csr_matrix, sources: Ints | None) -> Floats:
    """Return the highest cosine of each sentence with one of ``company`` (V x sentences)."""
    alike = np.zeros(len(corpus.sentence_text))
    here = slice(None) if sources is None else np.isin(corpus.sentence_page, sources)
    if company.shape[1] and len(alike[here]):
        alike[here] = (corpus.sentences[here] @ company).max(axis=1).toarray().ravel()
    return alike


def _bag(corpus: Corpus, wanted: Wanted) -> Floats:
    total = np.zeros(len(corpus.sentence_text))
    for number, weight in wanted.stems.items():
        total[_sentences_with(corpus, number)] += weight
    return total / wanted.total


def _sentences_with(corpus: Corpus, stem: int) -> Ints:
    start, end = corpus.stem_sentences.indptr[stem : stem + 2]
    return corpus.stem_sentences.indices[start:end].astype(np.int64)
