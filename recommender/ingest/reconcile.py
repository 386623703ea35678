"""What a visit means for what was known: pages that changed, stayed, failed, or are gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from recommender.frames import KNOWN_URLS, PAGES
from recommender.models import Visited
from recommender.ports import EarlierCrawl

RETURNED_SHARE = 0.8  # of the pages asked for again: if fewer come back, nothing is taken over
FEWEST_MISSING = 5  # so few missing pages are no outage, whatever their share
PATIENCE = 3  # visits in a row without an answer after which a page counts as what it answers
PASSING = frozenset({0, 401, 403, 408, 425, 429})  # and 5xx: they say nothing of the page itself
_GONE = frozenset({404, 410})
_OF_ONE_PAGE = [
    "status", "redirect_to", "canonical", "title", "h1", "description", "language", "published_at",
    "fetched_at",
]  # fmt: skip
_OF_ALL_PAGES = ["depth", "words", "content_hash"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """The site as known after a visit, before anything is judged over all its pages.

    ``pages`` is indexed by URL and has the columns of PAGES, but for those on indexing; what
    follows from all pages is missing where a page is new. ``fresh`` are the pages whose blocks and
    links are those of this visit. ``why`` is "" where the visit counts, else why it does not.
    """

    pages: pd.DataFrame
    known: pd.DataFrame  # KNOWN_URLS
    fresh: frozenset[str]
    failed: int
    why: str = ""


def reconcile(
    visited: pd.DataFrame,
    addresses: pd.DataFrame,
    earlier: EarlierCrawl | None,
    *,
    crawl_id: str,
    started_at: datetime,
) -> Reconciled:
    """Return what is known of the site after a visit.

    ``visited`` has a row for each address asked for (``FetchedPage``), ``addresses`` one for each
    met (``Address``). A page that was not visited, did not change or gave a passing failure stays
    as it was. Where fewer than 80 % of the pages asked for again came back, every page stays.
    """
    pages = (PAGES.empty() if earlier is None else earlier.pages).set_index("url")
    known = (KNOWN_URLS.empty() if earlier is None else earlier.known).set_index("url")
    visited = visited.set_index("url")
    elapsed = pd.to_timedelta(visited["elapsed_s"], unit="s").dt.floor("us")
    visited["fetched_at"] = started_at + elapsed
    visited["failures"] = known["failures"].reindex(visited.index).fillna(0).astype(int) + 1
    passing = visited["status"].isin(PASSING) | (visited["status"] >= 500)
    failed = passing & visited.index.isin(pages.index) & (visited["failures"] < PATIENCE)
    forbidden = _urls(addresses, Visited.FORBIDDEN)
    why = _outage(visited, pages, forbidden)
    if why:
        failed |= ~visited["unchanged"]
    taken = visited[~failed & ~visited["unchanged"]]
    gone = taken.index if why else taken.index.union(forbidden)
    kept = pages[~pages.index.isin(gone)][[*_OF_ONE_PAGE, *_OF_ALL_PAGES]]
    unchanged = visited.loc[visited["unchanged"], "fetched_at"]
    kept = kept.assign(fetched_at=unchanged.reindex(kept.index).fillna(kept["fetched_at"]))
    new = taken[_OF_ONE_PAGE]
    return Reconciled(
        pages=(pd.concat([kept, new]) if len(kept) and len(new) else kept if len(kept) else new)
        .reindex(columns=[*_OF_ONE_PAGE, *_OF_ALL_PAGES])
        .sort_index(),
        known=_known(visited, failed, addresses, known, crawl_id),
        fresh=frozenset(taken.index[taken["read"]]),
        failed=int(failed.sum()),
        why=why,
    )


def _outage(visited: pd.DataFrame, pages: pd.DataFrame, forbidden: pd.Index) -> str:
    """Return why a visit does not count, "" where it does.

    A page that is not found a second time is gone and does not count as missing.
    """
    there = pages.index[pages["status"] == 200]
    again = visited[visited.index.isin(there)]
    lost = ~again["unchanged"] & (again["status"] != 200) & again["redirect_to"].isna()
    lost &= ~(again["status"].isin(_GONE) & (again["failures"] > 1))
    kept_out = forbidden.intersection(there)
    attempted = len(again) + len(kept_out)
    missing = int(lost.sum()) + len(kept_out)
    if missing < FEWEST_MISSING or attempted - missing >= RETURNED_SHARE * attempted:
        return ""
    return (
        f"only {attempted - missing:,} of the {attempted:,} known pages that were visited came "
        "back: what was known of the site before still counts"
    )


def _urls(addresses: pd.DataFrame, outcome: Visited) -> pd.Index:
    return pd.Index(addresses.loc[addresses["outcome"] == outcome.value, "url"], dtype=object)


def _known(
    visited: pd.DataFrame,
    failed: pd.Series,
    addresses: pd.DataFrame,
    earlier: pd.DataFrame,
    crawl_id: str,
) -> pd.DataFrame:
    """Return KNOWN_URLS after the visit; what is no longer met keeps what was known of it."""
    met = addresses.set_index("url")
    urls = earlier.index.union(met.index).union(visited.index)
    known = earlier.reindex(urls)
    known["found"] = _joined(known["found"], met["found"].reindex(urls))
    known["outcome"] = met["outcome"].reindex(urls).fillna(Visited.CARRIED.value)
    known["why"] = met["why"].reindex(urls)
    known["visited_at"] = known["visited_at"].astype("datetime64[ns, UTC]")
    answered = visited[~failed]
    same = answered.index[answered["unchanged"]]
    new = answered.index.difference(same)
    known.loc[answered.index, "outcome"] = Visited.FETCHED.value
    known.loc[answered.index, "visited_at"] = answered["fetched_at"]
    for column in ("etag", "last_modified", "body_hash", "rows_hash"):
        known.loc[answered.index, column] = answered[column]
    known.loc[new, "problem"] = answered["problem"].reindex(new).fillna("")
    known.loc[new, "script_links"] = answered["script_links"].reindex(new)
    known.loc[new, "rows_in"] = [crawl_id if read else "" for read in answered.loc[new, "read"]]
    known.loc[answered.index, "failures"] = _failures(answered)
    lost = visited.index[failed]
    known.loc[lost, "outcome"] = Visited.FAILED.value
    known.loc[lost, "why"] = visited["problem"].reindex(lost).fillna("")
    known.loc[lost, "failures"] = visited["failures"].reindex(lost)
    texts = [name for name in KNOWN_URLS.columns if known.get(name) is not None]
    known = known.assign(
        **{name: known[name].fillna("") for name in texts if known[name].dtype == object},
        failures=known["failures"].fillna(0),
        script_links=known["script_links"].fillna(0),
    )
    return KNOWN_URLS.coerced(known.sort_index().rename_axis("url").reset_index())


def _failures(answered: pd.DataFrame) -> pd.Series:
    """Return the visits in a row without a page: none where there is one."""
    there = answered["unchanged"] | (answered["status"] == 200) | answered["redirect_to"].notna()
    return answered["failures"].mask(there, 0)


def _joined(before: pd.Series, now: pd.Series) -> pd.Series:
    """Return the ways in which each address was ever found, each once."""
    both = before.fillna("") + " " + now.fillna("")
    ways = {said: " ".join(sorted(set(said.split()))) for said in both.unique()}
    return both.map(ways)
