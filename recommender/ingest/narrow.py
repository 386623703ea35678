"""A look at single pages: what it did not ask for stays as the crawl before left it."""

from __future__ import annotations

import pandas as pd

from recommender.ingest.crawl_job import KNOWN, CrawlJob, read_known
from recommender.models import Visited
from recommender.ports import EarlierCrawl

_ASKED = [Visited.FETCHED.value, Visited.FAILED.value]


def with_passed_over(
    job: CrawlJob, addresses: pd.DataFrame, earlier: EarlierCrawl | None
) -> pd.DataFrame:
    """Return the addresses that a crawl met; after a narrow one, those passed over as they were."""
    if earlier is None or not job.narrow:
        return addresses
    looked_at = {address.url for address in read_known(job.folder / KNOWN) if address.due}
    before = earlier.known[~earlier.known["url"].isin(looked_at)]
    asked = before["outcome"].isin(_ASKED)
    before = before.assign(
        outcome=before["outcome"].astype(object).mask(asked, Visited.CARRIED.value),
        why=before["why"].astype(object).mask(asked, ""),
    )
    anew = addresses[~addresses["url"].isin(before["url"])]
    return pd.concat([anew, before[list(addresses.columns)]], ignore_index=True)


def told_before(job: CrawlJob, earlier: EarlierCrawl | None) -> tuple[bool, tuple[str, ...]]:
    """Return whether the crawl before a narrow one was complete, and its notes: both still hold."""
    if earlier is None or not job.narrow:
        return True, ()
    return earlier.complete, earlier.notes
