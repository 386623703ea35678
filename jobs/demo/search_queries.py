"""Which queries a page would earn, from its own title, heading and description.

Only the words of the site are used, so that any site in any language gets plausible queries:
heads, natural variants, a long tail, broad queries that related pages share, brand queries, and
what scrapers type.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urlsplit

from recommender.text import STOP_WORDS, segments, words

MOST_WORDS = 8  # longer queries are rare, and then hidden
TEMPLATE_SHARE = 0.2  # a title part on more pages than this is the site's name, not the page's
_ENGLISH = (
    "what is {}",
    "how to use {}",
    "{} example",
    "{} explained",
    "{} vs alternatives",
    "best {}",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWords:
    """What a page says of itself."""

    url: str
    title: str
    h1: str
    description: str
    language: str = ""


def queries_of_site(
    pages: Sequence[PageWords], *, brand: str, most: int = 15
) -> list[tuple[str, ...]]:
    """Return the queries of each page, its best one first, at most ``most`` each, no two alike.

    A page without words of its own gets the words of its path; one without these gets none but
    brand queries.
    """
    parts = [segments(page.title) for page in pages]
    recurring = Counter(part for found in parts for part in set(found))
    limit = max(2.0, TEMPLATE_SHARE * len(pages))
    cores = [
        _core(page, [part for part in found if recurring[part] <= limit])
        for page, found in zip(pages, parts, strict=True)
    ]
    frequency = Counter(word for core in cores for word in set(core))
    return [
        _distinct(_queries(page, core, frequency, limit=limit, brand=brand), most)
        for page, core in zip(pages, cores, strict=True)
    ]


def _core(page: PageWords, parts: Sequence[str]) -> list[str]:
    """Return the words that the page is about, in the title's order."""
    for text in (*parts[:1], page.h1, page.description):
        found = [word for word in words(text) if not word.isdigit()]
        if any(_bears_meaning(word) for word in found):
            return found[:12]
    return [word for word in words(urlsplit(page.url).path) if not word.isdigit()][:12]


def _queries(
    page: PageWords, core: Sequence[str], frequency: Counter[str], *, limit: float, brand: str
) -> Iterator[str]:
    meaning = [word for word in core if _bears_meaning(word)]
    rare = sorted(set(meaning), key=lambda word: (frequency[word], -len(word), word))
    if urlsplit(page.url).path in ("", "/"):
        yield from (brand, f"{brand} website")
    if not rare:
        return
    head = _in_order(core, rare[:2])
    yield head
    yield _in_order(core, rare[:3])
    shared = [word for word in rare if 2 <= frequency[word] <= limit]
    if shared:
        yield " ".join(word for word in meaning if word in shared[-2:])
        yield shared[-1]
    yield " ".join(core[:MOST_WORDS])
    yield from _phrases(core)
    yield " ".join(words(page.h1)[:MOST_WORDS])
    yield from _tail(page, head, rare)
    yield f"{brand} {head}"
    yield from _scraped(page, head, rare)


def _phrases(core: Sequence[str]) -> Iterator[str]:
    """Yield runs of two and three words that begin and end with a word that bears meaning."""
    runs = list(pairwise(core))[:3]
    runs_of_three = list(zip(core, core[1:], core[2:], strict=False))[:2]
    for run in (*runs, *runs_of_three):
        if _bears_meaning(run[0]) and _bears_meaning(run[-1]):
            yield " ".join(run)


def _tail(page: PageWords, head: str, rare: Sequence[str]) -> Iterator[str]:
    """Yield what few people type: a word of the description more, another order, a typing slip."""
    told = [word for word in words(page.description) if _bears_meaning(word)]
    extra = [word for word in dict.fromkeys(told) if word not in head.split()]
    yield from (f"{head} {word}" for word in extra[:2])
    if page.language == "en":
        yield from (pattern.format(head) for pattern in _ENGLISH[len(head) % 3 :: 2])
    yield " ".join(reversed(head.split()))
    yield head.replace(rare[0], _slipped(rare[0]))


def _scraped(page: PageWords, head: str, rare: Sequence[str]) -> Iterator[str]:
    """Yield what programs type, on a page in eight (told by its words, so that it stays)."""
    if sum(map(ord, page.url)) % 8:
        return
    host = urlsplit(page.url).hostname or ""
    yield f"site:{host} {rare[0]}"
    yield f'"{head}" "{" ".join(words(page.h1)[:3]) or rare[-1]}"'
    yield f"({rare[0]} or {rare[-1]}) {head}"


def _distinct(queries: Iterator[str], most: int) -> tuple[str, ...]:
    """Return the first ``most`` queries, what scrapers type among them."""
    found = [query for query in dict.fromkeys(queries) if query and query.count(" ") < MOST_WORDS]
    scraped = [query for query in found if any(mark in query for mark in ':"(')]
    typed = [query for query in found if query not in scraped]
    return tuple((typed[: most - len(scraped)] + scraped)[:most])


def _in_order(core: Sequence[str], chosen: Sequence[str]) -> str:
    return " ".join(word for word in dict.fromkeys(core) if word in chosen)


def _slipped(word: str) -> str:
    """Return ``word`` with two inner letters swapped."""
    middle = len(word) // 2
    return word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :]


def _bears_meaning(word: str) -> bool:
    return len(word) > 2 and word not in STOP_WORDS
