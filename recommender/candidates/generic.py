"""Generic anchors: words that could stand for any page."""

from __future__ import annotations

import re

import pandas as pd

from recommender.text import STOP_WORDS, folded

GENERIC = frozenset(
    folded(phrase)
    for phrase in """click here|click|read more|read on|read the article|learn more|find out more|
    find out|more|more info|more information|more details|see more|view more|show more|see|view|
    details|full story|full article|continue|continue reading|continue to read|go|go here|
    this page|this post|this article|this link|this site|this website|that page|that post|
    the page|the post|the article|the link|the website|link|page|article|post|website|site|
    check it out|check this out|next|previous|back|home|download|tap here|follow this link|
    visit|visit page|visit website|see below|see above|source""".split("|")
)
"""What English pages write where they name nothing. Other languages are served by
:func:`spread_anchors`."""

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[\w-]+(?:\.[\w-]+)+/\S*")
_CODE = re.compile(r"\w\(|[_{}<>=]|\w\.\w")
"""A name of code, such as "now()": its words are common, it is not."""

MANY_TARGETS = 5


def is_generic(anchor: str, spread: frozenset[str] = frozenset()) -> bool:
    """Tell whether an anchor says nothing of its target.

    It is empty, a bare address, without a letter, of function words only, a stock phrase, or one of
    ``spread`` (see :func:`spread_anchors`).
    """
    plain = anchor.strip()
    phrase = folded(plain)
    return (
        not any(character.isalpha() for character in phrase)
        or _ADDRESS.fullmatch(plain) is not None
        or (STOP_WORDS.issuperset(phrase.split()) and not _CODE.search(plain))
        or phrase in GENERIC
        or phrase in spread
    )


def spread_anchors(content_edges: pd.DataFrame) -> frozenset[str]:
    """Return the folded anchors that lead to five pages or more, to none of them mostly.

    Found in the site's own content links (``Corpus.content_edges``), in whatever language.
    """
    phrases = content_edges["anchor"].map(folded)
    uses = content_edges["target"].groupby([phrases, content_edges["target"]]).size()
    by_phrase = uses.groupby(level=0)
    spread = (by_phrase.size() >= MANY_TARGETS) & (by_phrase.max() <= by_phrase.sum() / 2)
    return frozenset(str(phrase) for phrase in spread.index[spread.to_numpy(bool)])
