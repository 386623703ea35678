"""The gate: what links cannot compensate, one check each with its number and its threshold.

Missing data make a check *unknown*, never failed. Thresholds are the site's own (method,
section 3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.candidates.gate_check import ENOUGH_IMPRESSIONS, ENOUGH_PAGES, made_check
from recommender.candidates.index_checks import canonical_check, indexed_check
from recommender.candidates.indexes import thin_below
from recommender.candidates.intent import intent_check, intent_of, missing_words
from recommender.candidates.rivals import cannibal_check, rivalry_of
from recommender.candidates.wording import Wording
from recommender.corpus import Corpus
from recommender.models import CheckOutcome, GateCheck, Inspection, TargetCase

Floats = NDArray[np.float64]

SOME_PAGES = 5
HEADROOM = (4.0, 30.0)
NULL_PAIRS = 4_000
A_PARAGRAPH = 60  # words; fewer are not worth counting
NO_TEXT = "No text was read on it; if JavaScript writes it, set crawl.render."


@dataclass(frozen=True, slots=True, kw_only=True)
class GateNorms:
    """The site's own thresholds, and what the checks look up; None where data are too few.

    ``intent`` has one value a page (NaN: too few impressions). ``rivalry`` has one row a page with
    a visible query, see :func:`rivalry_of`.
    """

    intent: Floats
    intent_p25: float | None
    depth_p20: float | None
    ranking_pages: int  # pages that stand in the first ten
    thin_below: float  # words of running text
    null_relevance: float | None
    rivalry: pd.DataFrame
    standing: pd.DataFrame  # impressions, content_inlinks and locale of each page (the index)
    wording: Wording


def gate_norms(
    corpus: Corpus,
    signals: pd.DataFrame,
    wording: Wording,
    queries: pd.DataFrame,
    null_relevance: float | None,
) -> GateNorms:
    """Return the thresholds of a site.

    ``signals`` is PAGE_SIGNALS, ``queries`` QUERY_TOTALS without brand queries and with crawled
    URLs. Cost: one pass over the queries.
    """
    intent = intent_of(corpus, wording, queries)
    known = intent[~np.isnan(intent)]
    ranking = (signals["position"] <= 10).to_numpy(np.bool_) & (corpus.content_words > 0)
    count = int(ranking.sum())
    return GateNorms(
        intent=intent,
        intent_p25=float(np.percentile(known, 25)) if len(known) >= ENOUGH_PAGES else None,
        depth_p20=(
            float(np.percentile(corpus.content_words[ranking], 20)) if count >= SOME_PAGES else None
        ),
        ranking_pages=count,
        thin_below=thin_below(corpus),
        null_relevance=null_relevance,
        rivalry=rivalry_of(queries),
        standing=signals.set_index("page")[["impressions", "content_inlinks"]].assign(
            locale=list(corpus.locales)
        ),
        wording=wording,
    )


def null_relevance(corpus: Corpus, rng: np.random.Generator) -> float | None:
    """Return the 95th percentile of TF-IDF cosines over random pages that do not link each other.

    None on sites of fewer than 20 pages. Measure the best source on the same scale, see
    :func:`best_relevance`.
    """
    pages = len(corpus.pages)
    if pages < ENOUGH_PAGES:
        return None
    one, other = rng.integers(0, pages, NULL_PAIRS), rng.integers(0, pages, NULL_PAIRS)
    links = corpus.content_edges
    linked = {*(links["source"] * pages + links["target"])}
    linked |= {*(links["target"] * pages + links["source"])}
    apart = (one != other) & ~np.isin(one * pages + other, list(linked))
    pairs = corpus.documents[one[apart]].multiply(corpus.documents[other[apart]])
    return float(np.percentile(np.asarray(pairs.sum(axis=1)).ravel(), 95))


def best_relevance(corpus: Corpus, target: int) -> float:
    """Return the highest TF-IDF cosine of the target with a page that may link it, or does."""
    return float(_alike(corpus, target).max(initial=0.0))


def _alike(corpus: Corpus, target: int) -> Floats:
    """Return the TF-IDF cosine of the target with each page (P), 0 for those that may not link."""
    alike = np.asarray((corpus.documents @ corpus.documents[[target]].T).todense()).ravel()
    alike[~corpus.indexable] = 0.0
    alike[target] = 0.0
    return np.asarray(alike, dtype=np.float64)


def gate(
    case: TargetCase,
    *,
    corpus: Corpus,
    pages: pd.DataFrame,
    norms: GateNorms,
    best_relevance: float | None,
    inspected: Inspection | None = None,
) -> tuple[GateCheck, ...]:
    """Return the seven checks of a target; ``pages`` is PAGES.

    ``inspected`` is what Google's index says of it, its canonical a crawled page where it is one.

    A page of which no text was read is judged on none: scripts may write it.
    """
    row = corpus.row[case.url]
    told = pages.loc[pages["url"] == case.url].iloc[0]
    indexable = bool(corpus.indexable[row])
    return (
        indexed_check(_indexable(told, indexable=indexable), inspected),
        canonical_check(_canonical(told, corpus, indexable=indexable), inspected, case.url),
        *(
            _of_text(case, row, corpus, norms, best_relevance)
            if corpus.content_words[row] > 0
            else [
                made_check(name, CheckOutcome.UNKNOWN, NO_TEXT)
                for name in ("intent", "depth", "relevance")
            ]
        ),
        cannibal_check(case.url, norms.rivalry, norms.standing),
        _headroom(case, norms),
    )


def _of_text(
    case: TargetCase, row: int, corpus: Corpus, norms: GateNorms, best_relevance: float | None
) -> tuple[GateCheck, ...]:
    asked = case.demand.queries if case.demand is not None else ()
    lacking = missing_words(row, asked, norms.wording)
    return (
        intent_check(
            float(norms.intent[row]),
            norms.intent_p25,
            advice="Say in title, main heading and first paragraph what people search for"
            + (f": {lacking}." if lacking else "."),
        ),
        _depth(row, corpus, norms),
        _relevance(best_relevance, norms.null_relevance),
    )


def _indexable(row: pd.Series, *, indexable: bool) -> GateCheck:
    """Judge what forbids indexing, but for the canonical, which has a check of its own."""
    why, canonical = row["why_not_indexable"], row["canonical"]
    reason = str(why) if isinstance(why, str) and why else "the page forbids it"
    if indexable or (isinstance(canonical, str) and canonical in reason):
        finding = "It answers, and nothing forbids to index it."
        return made_check("indexable", CheckOutcome.PASS, finding, value=1.0, threshold=1.0)
    return made_check(
        "indexable",
        CheckOutcome.FAIL,
        f"It may not be indexed: {reason}.",
        value=0.0,
        threshold=1.0,
        advice=_to_be_indexed(reason),
    )


def _to_be_indexed(reason: str) -> str:
    if "noindex" in reason:
        return (
            "Take noindex off its robots meta tag or X-Robots-Tag header if people are to find it; "
            "if they are not, name it in recommend.exclude."
        )
    if "redirect" in reason:
        return "Let it stay where it is, or name it in recommend.exclude and link where it leads."
    return "Let it answer 200 and be indexed, or name it in recommend.exclude."


def _canonical(row: pd.Series, corpus: Corpus, *, indexable: bool) -> GateCheck:
    """Judge whether the page stands for itself; where its canonical was not crawled it does not."""
    url, canonical = str(row["url"]), row["canonical"]
    if not isinstance(canonical, str) or _bare(canonical) == _bare(url):
        names = "no canonical" if not isinstance(canonical, str) else "itself as its canonical"
        return made_check("canonical", CheckOutcome.PASS, f"It names {names}.")
    if canonical in corpus.row:
        return made_check(
            "canonical",
            CheckOutcome.WARN,
            f"It names {canonical} as its canonical, a page in another language or one that names "
            "it in turn.",
            advice="Let each of the two name itself, and the other by hreflang if it is a version.",
        )
    finding = f"It names {canonical} as its canonical"
    if indexable:
        return made_check("canonical", CheckOutcome.PASS, f"{finding}, which leads back to it.")
    return made_check(
        "canonical",
        CheckOutcome.FAIL,
        f"{finding}, so that what links give it counts there.",
        advice="If people are to find this page, let it name itself as its canonical; else name it "
        f"in recommend.exclude and link {canonical} instead.",
    )


def _bare(url: str) -> str:
    """Return a URL without scheme, parameters and last slash."""
    return re.split(r"[?#]", url.partition("://")[2])[0].rstrip("/")


def _depth(row: int, corpus: Corpus, norms: GateNorms) -> GateCheck:
    words, threshold = int(corpus.content_words[row]), norms.depth_p20
    running = int(corpus.page_words[row])
    if 0 < running < norms.thin_below:
        return made_check(
            "depth",
            CheckOutcome.FAIL,
            f"{running:,} words of running text; below {norms.thin_below:,.0f} a page says little, "
            "as your pages go.",
            value=float(running),
            threshold=norms.thin_below,
            advice=_to_be_deeper(row, corpus, norms),
        )
    if threshold is None:
        finding = f"{words:,} words; under {SOME_PAGES} pages in the first ten to compare it with."
        return made_check("depth", CheckOutcome.UNKNOWN, finding, value=float(words))
    outcome = CheckOutcome.PASS
    if words < threshold:
        certain = norms.ranking_pages >= ENOUGH_PAGES
        outcome = CheckOutcome.FAIL if certain else CheckOutcome.WARN
    return made_check(
        "depth",
        outcome,
        f"{words:,} words of text; four fifths of your {norms.ranking_pages:,} pages in the first "
        f"ten have {threshold:,.0f} or more.",
        value=float(words),
        threshold=threshold,
        advice=_to_be_deeper(row, corpus, norms) if words < threshold else "",
    )


def _to_be_deeper(row: int, corpus: Corpus, norms: GateNorms) -> str:
    """Return how much to write, or which page to join: the closest in subject that is full."""
    threshold = max(norms.depth_p20 or 0.0, norms.thin_below)
    gap = int(np.ceil(threshold - corpus.content_words[row]))
    more = "a paragraph" if gap < A_PARAGRAPH else f"some {-gap // 10 * -10:,} words"
    write = f"Write {more} more of what a reader comes for"
    alike = _alike(corpus, row)
    alike[corpus.content_words < threshold] = 0.0
    closest = int(alike.argmax())
    if norms.null_relevance is None or alike[closest] <= norms.null_relevance:
        return f"{write}, or join it with a fuller page."
    return (
        f"{write}, or join it with {corpus.pages[closest]}, the closest page in subject that has "
        f"enough ({corpus.content_words[closest]:,} words)."
    )


def _relevance(best: float | None, null: float | None) -> GateCheck:
    if best is None or null is None:
        finding = "Too few pages to tell a related page from a random one."
        return made_check("relevance", CheckOutcome.UNKNOWN, finding, value=best, threshold=null)
    passed = best > null
    return made_check(
        "relevance",
        CheckOutcome.PASS if passed else CheckOutcome.FAIL,
        f"The page closest in subject has a similarity of {best:.2f}; 95 of 100 random pairs of "
        f"pages stay below {null:.2f}.",
        value=best,
        threshold=null,
        advice="Write a page on a neighbouring subject first; a link from elsewhere says little.",
    )


def _headroom(case: TargetCase, norms: GateNorms) -> GateCheck:
    """Judge headroom by the page's position, or by that of its visible queries without the brand.

    Either within reach is enough: brand queries lift the one, rare queries are missing from the
    other.
    """
    position = None if case.demand is None else case.demand.position
    if case.new:
        return made_check("headroom", CheckOutcome.PASS, "It is new.", value=position)
    if position is None:
        why = "No search data" if case.demand is None else "No impressions"
        return made_check("headroom", CheckOutcome.UNKNOWN, f"{why}: its position is unknown.")
    if case.demand is not None and case.demand.impressions < ENOUGH_IMPRESSIONS:
        finding = f"Position {position:.1f} over {case.demand.impressions} impressions: too few."
        return made_check("headroom", CheckOutcome.UNKNOWN, finding, value=position)
    lowest, highest = HEADROOM
    visible = _visible_position(case.url, norms)
    if not lowest <= position <= highest and visible is not None and lowest <= visible <= highest:
        finding = f"Without brand queries it stands at position {visible:.1f}."
        threshold = lowest if position < lowest else highest
        return made_check(
            "headroom", CheckOutcome.PASS, finding, value=visible, threshold=threshold
        )
    high = position < lowest
    return made_check(
        "headroom",
        CheckOutcome.PASS if lowest <= position <= highest else CheckOutcome.FAIL,
        f"It stands at position {position:.1f}; links help most between {lowest:.0f} and "
        f"{highest:.0f}.",
        value=position,
        threshold=lowest if high else highest,
        advice=(
            "Leave it: a better title in the results would win more than a link."
            if high
            else "Mend the page first: no few links lift it from there to where people look."
        ),
    )


def _visible_position(url: str, norms: GateNorms) -> float | None:
    if url not in norms.rivalry.index:
        return None
    own = norms.rivalry.loc[url]
    return float(own["position"]) if own["shown"] >= ENOUGH_IMPRESSIONS else None
