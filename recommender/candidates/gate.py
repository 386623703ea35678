"""The gate: what links cannot compensate, one check each with its number and its threshold.

Missing data make a check *unknown*, never failed. Thresholds are the site's own (method,
section 3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.candidates.wording import Wording, covered
from recommender.corpus import Corpus
from recommender.models import CheckOutcome, GateCheck, TargetCase

Floats = NDArray[np.float64]

ENOUGH_IMPRESSIONS = 30  # of visible queries; below it one odd query decides
ENOUGH_PAGES = 20  # below it a percentile is a guess
SOME_PAGES = 5
HALF = 0.5
CLEARLY = 0.9  # share of a threshold below which a shortfall is worth a reader's time
HEADROOM = (4.0, 30.0)
NULL_PAIRS = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class GateNorms:
    """The site's own thresholds, and what the checks look up; None where data are too few.

    ``intent`` has one value a page (NaN: too few impressions). ``rivalry`` has one row a page with
    a visible query, see :func:`_rivalry`.
    """

    intent: Floats
    intent_p25: float | None
    depth_p20: float | None
    ranking_pages: int  # pages that stand in the first ten
    null_relevance: float | None
    rivalry: pd.DataFrame


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
    intent = _intent(corpus, wording, queries)
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
        null_relevance=null_relevance,
        rivalry=_rivalry(queries),
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
    cosines = np.asarray((corpus.documents @ corpus.documents[[target]].T).todense()).ravel()
    cosines[~corpus.indexable] = 0.0
    cosines[target] = 0.0
    return float(cosines.max(initial=0.0))


def gate(
    case: TargetCase,
    *,
    corpus: Corpus,
    pages: pd.DataFrame,
    norms: GateNorms,
    best_relevance: float | None,
) -> tuple[GateCheck, ...]:
    """Return the six checks of a target; ``pages`` is PAGES."""
    row = corpus.row[case.url]
    return (
        _indexable(case.url, pages, indexable=bool(corpus.indexable[row])),
        _intent_check(float(norms.intent[row]), norms.intent_p25),
        _depth(int(corpus.content_words[row]), norms),
        _relevance(best_relevance, norms.null_relevance),
        _cannibal(case.url, norms),
        _headroom(case, norms),
    )


def _check(
    name: str,
    outcome: CheckOutcome,
    finding: str,
    *,
    value: float | None = None,
    threshold: float | None = None,
    advice: str = "",
) -> GateCheck:
    return GateCheck(
        name=name,
        outcome=outcome,
        value=value,
        threshold=threshold,
        finding=finding,
        advice="" if outcome in (CheckOutcome.PASS, CheckOutcome.UNKNOWN) else advice,
    )


def _indexable(url: str, pages: pd.DataFrame, *, indexable: bool) -> GateCheck:
    why = pages.loc[pages["url"] == url, "why_not_indexable"]
    reason = str(why.iloc[0]) if len(why) and pd.notna(why.iloc[0]) else "the page forbids it"
    return _check(
        "indexable",
        CheckOutcome.PASS if indexable else CheckOutcome.FAIL,
        "It answers and may be indexed." if indexable else f"It may not be indexed: {reason}.",
        value=float(indexable),
        threshold=1.0,
        advice="Let it be indexed, or take it off the list of targets.",
    )


def _intent(corpus: Corpus, wording: Wording, queries: pd.DataFrame) -> Floats:
    """Return the share of each page's query impressions whose words its opening covers.

    A query half covered counts half. NaN below 30 impressions.
    """
    pages = len(corpus.pages)
    if queries.empty:
        return np.full(pages, np.nan)
    ours = queries[queries["page"].isin(corpus.row)]
    page = np.asarray(ours["page"].map(corpus.row), dtype=np.int64)
    codes, unique = pd.factorize(ours["query"])
    share = covered(wording.phrases(list(unique))[codes], wording.said[page])
    shown = np.where(np.isnan(share), 0.0, ours["impressions"].to_numpy(np.float64))
    total = np.bincount(page, weights=shown, minlength=pages)
    met = np.bincount(page, weights=shown * np.nan_to_num(share), minlength=pages)
    enough = total >= ENOUGH_IMPRESSIONS
    found = np.full(pages, np.nan)
    found[enough] = met[enough] / total[enough]
    return found


def _intent_check(value: float, threshold: float | None) -> GateCheck:
    """Judge intent: failed clearly below the site's 25th percentile if most searches are unmet.

    A quarter of every site is below its 25th percentile; a shortfall of under a tenth is worth
    nothing, and where the opening still covers half of what is searched, a warning and no more
    (*assumptions*).
    """
    if np.isnan(value):
        finding = f"Under {ENOUGH_IMPRESSIONS} impressions with a visible query: too few to judge."
        return _check("intent", CheckOutcome.UNKNOWN, finding, threshold=threshold)
    finding = f"Title, main heading and opening cover {value:.0%} of what people search to find it"
    if threshold is None:
        finding += f"; under {ENOUGH_PAGES} pages to compare it with."
        return _check("intent", CheckOutcome.UNKNOWN, finding, value=value)
    outcome = CheckOutcome.PASS
    if value < CLEARLY * threshold:
        outcome = CheckOutcome.FAIL if value < HALF else CheckOutcome.WARN
    return _check(
        "intent",
        outcome,
        f"{finding}; three quarters of your pages reach {threshold:.0%}.",
        value=value,
        threshold=threshold,
        advice="Say in title, main heading and first paragraph what people search for.",
    )


def _depth(words: int, norms: GateNorms) -> GateCheck:
    threshold = norms.depth_p20
    if threshold is None:
        finding = f"{words:,} words; under {SOME_PAGES} pages in the first ten to compare it with."
        return _check("depth", CheckOutcome.UNKNOWN, finding, value=float(words))
    outcome = CheckOutcome.PASS
    if words < threshold:
        certain = norms.ranking_pages >= ENOUGH_PAGES
        outcome = CheckOutcome.FAIL if certain else CheckOutcome.WARN
    return _check(
        "depth",
        outcome,
        f"{words:,} words of text; four fifths of your {norms.ranking_pages:,} pages in the first "
        f"ten have {threshold:,.0f} or more.",
        value=float(words),
        threshold=threshold,
        advice="Write more of what a reader comes for, or join it with a fuller page.",
    )


def _relevance(best: float | None, null: float | None) -> GateCheck:
    if best is None or null is None:
        finding = "Too few pages to tell a related page from a random one."
        return _check("relevance", CheckOutcome.UNKNOWN, finding, value=best, threshold=null)
    passed = best > null
    return _check(
        "relevance",
        CheckOutcome.PASS if passed else CheckOutcome.FAIL,
        f"The page closest in subject has a similarity of {best:.2f}; 95 of 100 random pairs of "
        f"pages stay below {null:.2f}.",
        value=best,
        threshold=null,
        advice="Write a page on a neighbouring subject first; a link from elsewhere says little.",
    )


def _rivalry(queries: pd.DataFrame) -> pd.DataFrame:
    """Return who is shown for each page's first query, one row a page (the index).

    ``shown`` and ``position`` over its visible queries, ``main`` its first query, ``whole`` the
    impressions of that over all pages, ``rival`` the other page with most of them (missing where
    there is none), ``rival_shown`` how many.
    """
    ordered = queries.sort_values(["impressions", "query", "page"], ascending=[False, True, True])
    ordered = ordered.assign(place=ordered.groupby("query").cumcount())
    whole = queries.groupby("query")["impressions"].sum()
    leaders = [
        ordered[ordered["place"] == place].set_index("query")[["page", "impressions"]]
        for place in (0, 1)
    ]
    own = ordered.drop_duplicates("page").set_index("page")[["query", "place"]]
    first, second = (leader.reindex(own["query"]).set_index(own.index) for leader in leaders)
    rival = first.where(own["place"] != 0, second)
    weighed = queries.assign(depth=queries["impressions"] * queries["position"])
    sums = weighed.groupby("page")[["impressions", "depth"]].sum().reindex(own.index)
    return pd.DataFrame(
        {
            "shown": sums["impressions"],
            "position": sums["depth"] / sums["impressions"].where(sums["impressions"] > 0),
            "main": own["query"],
            "whole": whole.reindex(own["query"]).to_numpy(),
            "rival": rival["page"],
            "rival_shown": rival["impressions"],
        },
        index=own.index,
    )


def _cannibal(url: str, norms: GateNorms) -> GateCheck:
    if url not in norms.rivalry.index:
        return _check("cannibal", CheckOutcome.UNKNOWN, "No visible query to compare pages on.")
    own = norms.rivalry.loc[url]
    main, whole = str(own["main"]), int(own["whole"])
    if whole < ENOUGH_IMPRESSIONS:
        finding = f"Its first query, “{main}”, has {whole} impressions: too few to judge."
        return _check("cannibal", CheckOutcome.UNKNOWN, finding, threshold=HALF)
    rival = own.to_dict()["rival"]
    if not isinstance(rival, str):
        finding = f"No other page of yours is shown for its first query, “{main}”."
        return _check("cannibal", CheckOutcome.PASS, finding, value=0.0, threshold=HALF)
    share = float(own["rival_shown"]) / whole
    return _check(
        "cannibal",
        CheckOutcome.FAIL if share >= HALF else CheckOutcome.PASS,
        f"{rival} has {share:.0%} of your {whole:,} impressions for its first query, “{main}”.",
        value=share,
        threshold=HALF,
        advice=f"Let it and {rival} each answer a question of its own; if they answer the same, "
        "merge the shorter into the longer.",
    )


def _headroom(case: TargetCase, norms: GateNorms) -> GateCheck:
    """Judge headroom by the page's position, or by that of its visible queries without the brand.

    Either within reach is enough: brand queries lift the one, rare queries are missing from the
    other.
    """
    position = None if case.demand is None else case.demand.position
    if case.new:
        return _check("headroom", CheckOutcome.PASS, "It is new.", value=position)
    if position is None:
        why = "No search data" if case.demand is None else "No impressions"
        return _check("headroom", CheckOutcome.UNKNOWN, f"{why}: its position is unknown.")
    lowest, highest = HEADROOM
    visible = _visible_position(case.url, norms)
    if not lowest <= position <= highest and visible is not None and lowest <= visible <= highest:
        finding = f"Without brand queries it stands at position {visible:.1f}."
        threshold = lowest if position < lowest else highest
        return _check("headroom", CheckOutcome.PASS, finding, value=visible, threshold=threshold)
    high = position < lowest
    return _check(
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
