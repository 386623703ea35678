"""Which pages take no part: as sources of new links, or as their targets."""

from __future__ import annotations

from collections.abc import Sequence

from recommender.candidates.indexes import in_series, is_listing
from recommender.candidates.objections import Objection
from recommender.candidates.owner import matches_any, owner_bars, type_of
from recommender.config import PageType, RecommendConfig
from recommender.corpus import Corpus


def barred_sources(
    corpus: Corpus, recommend: RecommendConfig, page_types: Sequence[PageType]
) -> dict[int, Objection]:
    """Return the pages that carry no new links, and why: hidden, the owner's, or past issues."""
    past = in_series(corpus.titles)
    barred = {}
    for row, url in enumerate(corpus.pages):
        kind = type_of(url, page_types)
        if not corpus.indexable[row]:
            barred[row] = Objection.SOURCE_NOT_INDEXABLE
        elif matches_any(url, recommend.exclude) or (kind is not None and not kind.source):
            barred[row] = Objection.SOURCE_EXCLUDED
        elif past[row]:
            barred[row] = Objection.SOURCE_IN_SERIES
    return barred


def barred_targets(
    corpus: Corpus, recommend: RecommendConfig, page_types: Sequence[PageType]
) -> dict[int, Objection]:
    """Return the pages that no link is proposed to, and why: lists, and the owner's choice."""
    barred = {}
    for row, url in enumerate(corpus.pages):
        if is_listing(url):
            barred[row] = Objection.TARGET_IS_LIST
        elif owner_bars(url, recommend, page_types):
            barred[row] = Objection.TARGET_EXCLUDED
    return barred
