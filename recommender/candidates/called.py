"""What a page is called, and how surely a reader takes each of its names for it.

Its names on the site (see :mod:`recommender.names`), and the queries that people type who find it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from recommender.names import NameKind, Names

_FIRST_HAN = "\u3400"  # from here on one letter is a word

CHOICE = {
    NameKind.ANCHOR: 1.0,  # the site's own editors chose these words
    NameKind.QUERY: 0.8,  # readers themselves did
    NameKind.TITLE: 0.5,
    NameKind.H1: 0.3,
    NameKind.MENU: 0.3,
    NameKind.PART: 0.2,
    NameKind.HEADING: 0.2,
}
"""How much a name of each kind counts when two stand in one sentence (*assumption*, measured on
two manuals and a company site)."""

TYPED = 0.85  # how surely a query means the page that it shows most (*assumption*)

SURE_KIND = {
    NameKind.TITLE: 1.0,
    NameKind.H1: 1.0,
    NameKind.PART: 1.0,
    NameKind.MENU: 1.0,
    NameKind.HEADING: 0.5,  # names a part of the page, seldom the page
}
"""How surely a name of each kind means the page, before its weight and rarity (*assumption*)."""

EVIDENCE = {
    NameKind.TITLE: "they are the title of the page",
    NameKind.H1: "they are the headline of the page",
    NameKind.PART: "they are a part of the page's title",
    NameKind.HEADING: "they are a heading on the page",
    NameKind.MENU: "the site's menus call the page so",
    NameKind.ANCHOR: "editors of this site link the page with them already",
    NameKind.QUERY: "people type them and find the page",
}


class Name(NamedTuple):
    """One name of a target: how much it counts beside others, how sure it is, where it is from."""

    choice: float
    sure: float
    kind: NameKind


def names_of(
    names: Names, target: int, stops: frozenset[str], typed: Iterable[str] = ()
) -> dict[str, Name]:
    """Return the names of ``target``, folded, each by the kind that counts most.

    ``stops`` are the function words of its language, ``typed`` folded queries that are its own.
    """
    best: dict[str, Name] = {}
    for row in range(names.rows(target).start, names.rows(target).stop):
        column = int(names.phrase[row])
        phrase, kind = names.phrases[column], NameKind(names.kind[row])
        weight = float(names.weight[row])
        choice = CHOICE[kind] * weight * (1 + 0.1 * (phrase.count(" ") + 1))
        sure = _sure_name(names, column, kind, weight, stops)
        known = best.get(phrase)
        if known is not None and choice <= known.choice:
            best[phrase] = known._replace(sure=max(sure, known.sure))
        else:
            best[phrase] = Name(choice, max(sure, known.sure if known else 0.0), kind)
    for query in typed:
        if len(content_words(query, stops)) > 1:  # one word alone is no name in a sentence
            choice = CHOICE[NameKind.QUERY] * (1 + 0.1 * (query.count(" ") + 1))
            known = best.get(query, Name(choice, 0.0, NameKind.QUERY))
            best[query] = known._replace(sure=max(known.sure, TYPED))
    return best


def _sure_name(
    names: Names, column: int, kind: NameKind, weight: float, stops: frozenset[str]
) -> float:
    """Return how surely a name is understood: rare and longer names more than common words."""
    content = content_words(names.phrases[column], stops)
    if not content:
        return 0.0
    total = names.spoken_on.shape[0]
    rare = rarity(len(names.pages(column)[0]), total)
    if kind is NameKind.ANCHOR:
        uses = float(names.uses[column])
        single = 0.8 if len(content) == 1 else 1.0
        return weight * uses / (uses + 1) * min(1.0, 0.5 + rare) * single
    if len(content) == 1:
        return SURE_KIND[kind] * weight * 0.75 * min(1.0, 1.2 * rare)
    return SURE_KIND[kind] * weight * min(1.0, 0.5 + rare)


def content_words(phrase: str, stops: frozenset[str]) -> list[str]:
    """Return the words of a folded phrase that carry meaning: no function words, no numbers.

    A single letter does only where letters are words (鍵).
    """
    return [
        word
        for word in phrase.split()
        if word not in stops
        and (len(word) > 1 or word >= _FIRST_HAN)
        and any(map(str.isalpha, word))
    ]


def rarity(pages: int, total: int) -> float:
    """Return 0..1 how rare a phrase is that ``pages`` of ``total`` pages speak, on a log scale."""
    return float(np.log((1 + total) / (1 + min(pages, total))) / np.log(1 + max(total, 1)))
