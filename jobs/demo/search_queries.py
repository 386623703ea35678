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

from recommender.languages import function_words
from recommender.text import segments, words

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
    limit = max(2.0, TEMPLATE_SHARE * len(pages))
    parts = [segments(page.title) for page in pages]
    recurring = Counter(
        text for page, found in zip(pages, parts, strict=True) for text in {*found, page.h1}
    )
    cores = [
        _core(page, [text for text in (*found, page.h1) if recurring[text] <= limit])
        for page, found in zip(pages, parts, strict=True)
    ]
    frequency = Counter(
        word
        for page, core in zip(pages, cores, strict=True)
        for word in {*core, *words(page.description)}
    )
    return [
        _distinct(_queries(page, core, frequency, limit=limit, brand=brand), most)
        for page, core in zip(pages, cores, strict=True)
    ]


def _core(page: PageWords, texts: Sequence[str]) -> list[str]:
    """Return the words that the page is about, in the order of the first text that has some."""
    for text in (*texts, page.description):
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
    runs = _runs(core, frequency)
    head = runs[0] if runs else rare[0]
    yield head
    yield from runs[1:3]
    told = [word for word in words(page.description) if _bears_meaning(word)]
    for mentioned in (meaning, told):
        shared = [word for word in mentioned if 2 <= frequency[word] <= limit]
        yield from sorted(set(shared), key=lambda word: (-frequency[word], word))[:1]
    yield " ".join(core[:MOST_WORDS])
    yield from runs[3:5]
    yield from _tail(page, head, told)
    yield f"{brand} {head}"
    yield from _scraped(page, head, rare)


def _runs(core: Sequence[str], frequency: Counter[str]) -> list[str]:
    """Return runs of two and three words that begin and end with meaning, the most telling first.

    A word tells more the fewer pages use it; words of less than six letters tell less.
    """
    pairs = [*pairwise(core), *zip(core, core[1:], core[2:], strict=False)]
    runs = [run for run in pairs if _bears_meaning(run[0]) and _bears_meaning(run[-1])]
    telling = {
        run: sum(min(1.0, len(word) / 6) ** 2 / frequency[word] for word in run) / len(run)
        for run in runs
    }
    return [" ".join(run) for run in sorted(telling, key=lambda run: (-telling[run], run))]


def _tail(page: PageWords, head: str, told: Sequence[str]) -> Iterator[str]:
    """Yield what few people type: a word of the description more, another order, a typing slip."""
    extra = [word for word in dict.fromkeys(told) if word not in head.split()]
    yield from (f"{head} {word}" for word in extra[:2])
    if page.language == "en":
        yield from (pattern.format(head) for pattern in _ENGLISH[len(head) % 2 :: 2])
    yield " ".join(reversed(head.split()))
    longest = max(head.split(), key=len)
    yield head.replace(longest, _slipped(longest))


def _scraped(page: PageWords, head: str, rare: Sequence[str]) -> Iterator[str]:
    """Yield what programs type, on a page in eight (told by its words, so that it stays)."""
    if sum(map(ord, page.url)) % 8 or len(rare) < 2:
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


def _slipped(word: str) -> str:
    """Return ``word`` with two inner letters swapped."""
    middle = len(word) // 2
    return word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :]


def _bears_meaning(word: str) -> bool:
    return len(word) > 2 and word not in function_words("en")
