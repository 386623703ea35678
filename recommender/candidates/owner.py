"""What the owner allows: which pages may be targets, by globs and page types."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recommender.config import Lifetime, PageType, RecommendConfig
from recommender.urls import path_matches


def owner_bars(url: str, recommend: RecommendConfig, page_types: Sequence[PageType]) -> str:
    """Return why the owner lets a page be no target ("excluded by ..."), "" where it may be one.

    A pin stands for ``include``, but opens nothing that is excluded or closed by its type.
    """
    if matches_any(url, recommend.exclude):
        return "excluded by the configuration"
    kind = type_of(url, page_types)
    if kind is not None and not kind.target:
        return f"of the type {kind.pattern}, which takes no links"
    if recommend.include and not matches_any(url, (*recommend.include, *recommend.pins)):
        return "not among the pages that the configuration includes"
    return ""


def type_of(url: str, page_types: Sequence[PageType]) -> PageType | None:
    """Return the first page type whose pattern the URL matches."""
    return next((kind for kind in page_types if path_matches(url, kind.pattern)), None)


def is_news(kind: PageType | None) -> bool:
    """Tell whether pages of a type are read for days rather than years."""
    return kind is not None and kind.lifetime is Lifetime.NEWS


def matches_any(url: str, patterns: Iterable[str]) -> bool:
    """Tell whether the path of ``url`` is what one of the globs describes."""
    return any(path_matches(url, pattern) for pattern in patterns)
