"""The part of a page that its markup claims: HTML landmarks in a structural path."""

from __future__ import annotations

from collections.abc import Mapping

from recommender.models import Region

ROLES = frozenset({"navigation", "banner", "contentinfo", "complementary", "search", "main"})
"""The ARIA roles that a structural path keeps."""

_LANDMARKS: Mapping[str, Region] = {
    "nav": Region.NAV,
    "[role=navigation]": Region.NAV,
    "[role=search]": Region.NAV,
    "header": Region.NAV,
    "[role=banner]": Region.NAV,
    "footer": Region.FOOTER,
    "[role=contentinfo]": Region.FOOTER,
    "aside": Region.SIDEBAR,
    "[role=complementary]": Region.SIDEBAR,
}
_CONTENT = frozenset({"main", "article", "[role=main]"})
_OF_ANYTHING = frozenset({"header", "footer"})  # inside an article they are the article's own


def landmark_of(path: str) -> str:
    """Return the region that the outermost landmark of a structural path claims, "" for none."""
    in_content = False
    for step in path.split(">"):
        tag, bracket, role = step.partition("[")
        tag = tag.partition(".")[0]
        for claim in (bracket + role, tag):
            if claim in _CONTENT:
                in_content = True
            if claim in _LANDMARKS and not (in_content and claim in _OF_ANYTHING):
                return _LANDMARKS[claim].value
    return ""


def is_byline(path: str) -> bool:
    """Tell whether a path leads into what an article says of itself: its header, footer, address.

    The name of its author, its date, its categories and tags.
    """
    in_content = False
    for step in path.split(">"):
        tag = step.partition("[")[0].partition(".")[0]
        if tag == "address" or (in_content and tag in _OF_ANYTHING):
            return True
        in_content = in_content or bool(_CONTENT & {tag, "[" + step.partition("[")[2]})
    return False


def is_article(path: str) -> bool:
    """Tell whether a structural path ends at an article."""
    step = path.rpartition(">")[2]
    return step == "article" or step.startswith(("article.", "article["))
