"""Intent: whether a page opens with what people search to find it, and which words it lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.candidates.gate_check import (
    ENOUGH_IMPRESSIONS,
    ENOUGH_PAGES,
    HALF,
    made_check,
    quoted,
)
from recommender.candidates.wording import Wording, covered
from recommender.corpus import Corpus
from recommender.models import CheckOutcome, GateCheck, QueryDemand
from recommender.text import words

Floats = NDArray[np.float64]

CLEARLY = 0.9  # share of a threshold below which a shortfall is worth a reader's time
NAMED = 3  # words that an advice names; more are no advice


def intent_of(corpus: Corpus, wording: Wording, queries: pd.DataFrame) -> Floats:
    """Return the share of each page's query impressions whose words its opening covers.

    A query half covered counts half. NaN below 30 impressions.
    """
    pages = len(corpus.pages)
    if queries.empty:
        return np.full(pages, np.nan)
    ours = queries[queries["page"].isin(corpus.row)]
    page = np.asarray(ours["page"].map(corpus.row), dtype=np.int64)
    share = covered(wording.phrases(ours["query"], page.tolist()), wording.said[page])
    shown = np.where(np.isnan(share), 0.0, ours["impressions"].to_numpy(np.float64))
    total = np.bincount(page, weights=shown, minlength=pages)
    met = np.bincount(page, weights=shown * np.nan_to_num(share), minlength=pages)
    enough = total >= ENOUGH_IMPRESSIONS
    found = np.full(pages, np.nan)
    found[enough] = met[enough] / total[enough]
    return found


def intent_check(value: float, threshold: float | None, *, advice: str) -> GateCheck:
    """Judge intent: failed clearly below the site's 25th percentile if most searches are unmet.

    A quarter of every site is below its 25th percentile; a shortfall of under a tenth is worth
    nothing, and where the opening still covers half of what is searched, a warning and no more
    (*assumptions*).
    """
    if np.isnan(value):
        finding = f"Under {ENOUGH_IMPRESSIONS} impressions with a visible query: too few to judge."
        return made_check("intent", CheckOutcome.UNKNOWN, finding, threshold=threshold)
    finding = f"Title, main heading and opening cover {value:.0%} of what people search to find it"
    if threshold is None:
        finding += f"; under {ENOUGH_PAGES} pages to compare it with."
        return made_check("intent", CheckOutcome.UNKNOWN, finding, value=value)
    outcome = CheckOutcome.PASS
    if value < CLEARLY * threshold:
        outcome = CheckOutcome.FAIL if value < HALF else CheckOutcome.WARN
    return made_check(
        "intent",
        outcome,
        f"{finding}; three quarters of your pages reach {threshold:.0%}.",
        value=value,
        threshold=threshold,
        advice=advice,
    )


def missing_words(page: int, asked: Sequence[QueryDemand], wording: Wording) -> str:
    """Return which words of the page's main queries its opening lacks, "" for none.

    Most searched first, words that no page of the site writes among them.
    """
    stem, stops = wording.corpus.stemmer(page), wording.corpus.function_words(page)
    shown: Counter[str] = Counter()
    for query in asked:
        for word in dict.fromkeys(words(query.query)):
            if word not in stops:
                shown[word] += query.impressions
    unknown = len(wording.stems)
    said, named = (matrix[[page]].toarray().ravel() for matrix in (wording.said, wording.named))
    columns = {word: wording.stems.get(stem(word), unknown) for word in shown}
    asked_most = [word for word, _ in shown.most_common()]
    nowhere = [word for word in asked_most if not said[columns[word]]][:NAMED]
    below = [word for word in asked_most if said[columns[word]] and not named[columns[word]]][
        :NAMED
    ]
    told = [
        *([f"title, main heading and opening all lack {quoted(nowhere)}"] if nowhere else []),
        *([f"title and main heading lack {quoted(below)}"] if below else []),
    ]
    return "; ".join(told)
