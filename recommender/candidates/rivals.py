"""Rivals: pages of the site that are shown for the same first query, and which of them to keep."""

from __future__ import annotations

import pandas as pd

from recommender.candidates.gate_check import ENOUGH_IMPRESSIONS, HALF, made_check
from recommender.models import CheckOutcome, GateCheck
from recommender.text import same_locale


def rivalry_of(queries: pd.DataFrame) -> pd.DataFrame:
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


def cannibal_check(url: str, rivalry: pd.DataFrame, standing: pd.DataFrame) -> GateCheck:
    """Judge whether another page holds half of what is shown for the page's first query.

    ``rivalry`` is as :func:`rivalry_of` makes it; ``standing`` has impressions, content_inlinks
    and locale of each page (the index). Versions for other regions are no rivals to merge: a
    warning at most.
    """
    if url not in rivalry.index:
        finding = "No visible query to compare pages on."
        return made_check("cannibal", CheckOutcome.UNKNOWN, finding)
    own = rivalry.loc[url]
    main, whole = str(own["main"]), int(own["whole"])
    if whole < ENOUGH_IMPRESSIONS:
        finding = f"Its first query, “{main}”, has {whole} impressions: too few to judge."
        return made_check("cannibal", CheckOutcome.UNKNOWN, finding, threshold=HALF)
    rival = own.to_dict()["rival"]
    if not isinstance(rival, str):
        finding = f"No other page of yours is shown for its first query, “{main}”."
        return made_check("cannibal", CheckOutcome.PASS, finding, value=0.0, threshold=HALF)
    share = float(own["rival_shown"]) / whole
    abroad = not _same_readers(url, rival, standing)
    outcome = CheckOutcome.WARN if abroad else CheckOutcome.FAIL
    return made_check(
        "cannibal",
        outcome if share >= HALF else CheckOutcome.PASS,
        f"{rival} has {share:.0%} of your {whole:,} impressions for its first query, “{main}”; "
        f"from {HALF:.0%} on it stands in the way.",
        value=share,
        threshold=HALF,
        advice=(
            f"{rival} is the version for other readers: let hreflang on both name each for its own."
            if abroad
            else _which_to_keep(url, rival, standing)
        ),
    )


def given_up(rivalry: pd.DataFrame, standing: pd.DataFrame) -> frozenset[str]:
    """Return the pages that a rival should take in: nobody should write links on them now."""
    enough = rivalry["whole"] >= ENOUGH_IMPRESSIONS
    halves = rivalry[enough & (rivalry["rival_shown"] >= HALF * rivalry["whole"])]
    pairs = zip(map(str, halves.index), map(str, halves["rival"]), strict=True)
    return frozenset(
        _ranked(page, rival, standing)[1]
        for page, rival in pairs
        if rival in standing.index and _same_readers(page, rival, standing)
    )


def _same_readers(url: str, rival: str, standing: pd.DataFrame) -> bool:
    return same_locale(*(str(standing["locale"].get(page, "")) for page in (url, rival)))


def _ranked(url: str, rival: str, standing: pd.DataFrame) -> tuple[str, str]:
    """Return which of two pages survives a merger, and which does not."""
    shown, linked = standing["impressions"], standing["content_inlinks"]
    keep, leave = sorted((url, rival), key=lambda page: (-shown[page], -linked[page], page != url))
    return keep, leave


def _which_to_keep(url: str, rival: str, standing: pd.DataFrame) -> str:
    """Return which of two pages survives a merger: that with more impressions, then more links."""
    apart = "If each answers a question of its own, let title and main heading of each name it"
    if rival not in standing.index:
        return f"{apart}; if they answer the same, merge the shorter into the longer."
    keep, leave = _ranked(url, rival, standing)
    return (
        f"Merge {leave} into {keep}, which has more to lose ({_worth(keep, standing)}; against "
        f"{_worth(leave, standing)}), and redirect it there. {apart}."
    )


def _worth(page: str, standing: pd.DataFrame) -> str:
    own = standing.loc[page]
    shown, linked = int(own["impressions"]), int(own["content_inlinks"])
    pages = {0: "no page", 1: "1 page"}.get(linked, f"{linked:,} pages")
    return f"{shown:,} impressions, linked from the text of {pages}"
