"""Values: which pages the owner's values are of."""

from __future__ import annotations

from collections.abc import Mapping

from recommender.urls import Identity

NAMED = 5  # URLs in one note


def values_by_page(
    values: Mapping[str, float], identity: Identity
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return the value of each crawled page, and notes on URLs that gave none.

    Where several URLs are one page, the highest value counts.
    """
    found: dict[str, float] = {}
    unknown: list[str] = []
    doubled: list[str] = []
    for url, value in values.items():
        page = identity.page(url)
        if page is None:
            unknown.append(url)
        else:
            if found.get(page, value) != value:
                doubled.append(page)
            found[page] = max(value, found.get(page, value))
    return found, tuple(
        f"{what}: {_some(urls)}."
        for what, urls in (
            ("recommend.values names addresses that are no crawled page", unknown),
            ("recommend.values gives several values, of which the highest counts, to", doubled),
        )
        if urls
    )


def _some(urls: list[str]) -> str:
    distinct = list(dict.fromkeys(urls))
    more = len(distinct) - NAMED
    return ", ".join(distinct[:NAMED]) + (f" and {more:,} more" if more > 0 else "")
