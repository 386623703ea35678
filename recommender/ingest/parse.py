"""One page: bytes and headers in, facts, text blocks and links out. Broken markup never raises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from recommender.config import CrawlConfig
from recommender.errors import ConfigError
from recommender.ingest.blocks import ParsedBlock, ParsedLink
from recommender.ingest.charset import utf8_of
from recommender.ingest.depth import not_too_deep
from recommender.ingest.head import (
    alternates_of,
    canonical_of,
    directives_of,
    is_paginated,
    language_of,
    published_at,
    read_head,
    refresh_of,
)
from recommender.ingest.hrefs import Resolver, site_origins
from recommender.ingest.memory import SiteMemory
from recommender.ingest.walk import Marks, read_body
from recommender.models import Region
from recommender.urls import absolute

EXCLUDED = "excluded"
"""The mark of what ``exclude_selectors`` matched, or what lies outside ``content_selector``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ParseRules:
    """What a crawl's configuration says about reading its pages."""

    site: str
    hosts: tuple[str, ...] = ()  # further ones, whose links are kept too
    content_selector: str | None = None
    exclude_selectors: tuple[str, ...] = ()

    @classmethod
    def of(cls, site: str, config: CrawlConfig) -> ParseRules:
        """Return the rules for ``site``. Raises ConfigError where a selector is no CSS."""
        return cls(
            site=site,
            hosts=config.hosts,
            content_selector=config.content_selector,
            exclude_selectors=config.exclude_selectors,
        )

    def __post_init__(self) -> None:
        """Refuse a selector that is no CSS."""
        empty = LexborHTMLParser("")
        for selector in filter(None, (self.content_selector, *self.exclude_selectors)):
            try:
                empty.css(selector)
            except (SelectolaxError, ValueError) as error:
                raise ConfigError(
                    f"{selector!r} is not a CSS selector",
                    subject=selector,
                    hint="see crawl.content_selector and crawl.exclude_selectors",
                ) from error


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedPage:
    """What one page says of itself, its text blocks and its links to the same site."""

    title: str
    h1: str
    description: str
    canonical: str | None  # absolute
    noindex: bool
    nofollow: bool
    language: str  # see head.language_tag, "" where unknown
    published_at: datetime | None
    refresh_to: str | None  # absolute; a meta refresh of at most one second to another page
    blocks: tuple[ParsedBlock, ...]
    links: tuple[ParsedLink, ...]
    alternates: tuple[tuple[str, str], ...]  # hreflang in lower case, absolute URL
    script_links: int  # elements that lead a visitor on but give a crawler no address
    paginated: bool  # one of a series, by rel=prev or next


def parse_page(
    body: bytes,
    *,
    url: str,
    headers: Mapping[str, Sequence[str]],
    rules: ParseRules,
    memory: SiteMemory | None = None,
) -> ParsedPage:
    """Return the page at ``url`` from its bytes; ``headers`` have lower-case names.

    The charset is the byte-order mark's, the header's, the markup's, else UTF-8; what it cannot
    decode is replaced. A ``memory`` shared by all pages of a crawl makes them cheaper to read.
    """
    markup = not_too_deep(utf8_of(body, next(iter(headers.get("content-type", ())), None)))
    tree = LexborHTMLParser(markup, scripting=True)
    head = read_head(tree)
    base = (absolute(head.base, url) if head.base is not None else None) or url
    alternates = alternates_of(head, base)
    directives = directives_of(head, headers.get("x-robots-tag", ()))
    nofollow = not directives.isdisjoint(("nofollow", "none"))
    root = tree.root if tree.body is None else tree.body  # a frameset has no body
    assert root is not None  # the standard's parser makes one for any input
    comparable = 0 if memory is None else 3 * len(markup)
    memory, origins = memory or SiteMemory(), site_origins(rules.site, rules.hosts)
    blocks, links = read_body(
        root,
        url=url,
        resolver=Resolver(url, base, memory.hrefs(base, origins)),
        marks=_marks(tree, rules),
        nofollow=nofollow,
        slot=memory.slot(base, origins, nofollow=nofollow),
        comparable=comparable,
    )
    return ParsedPage(
        title=_text(tree.css_first("head > title")),
        h1=_text(head.h1),
        description=head.meta.get("description", ("",))[0],
        canonical=canonical_of(head, base),
        noindex=not directives.isdisjoint(("noindex", "none")),
        nofollow=nofollow,
        language=language_of(tree, alternates, url),
        published_at=published_at(head),
        refresh_to=refresh_of(head, url, base),
        blocks=blocks,
        links=links,
        alternates=alternates,
        script_links=head.script_links,
        paginated=is_paginated(head, [link.rel for link in links]),
    )


def _text(node: LexborNode | None) -> str:
    return "" if node is None else " ".join(node.text(deep=True).split())


def _marks(tree: LexborHTMLParser, rules: ParseRules) -> Marks:
    by_node: dict[int, str] = {}
    content = tree.css(rules.content_selector) if rules.content_selector else []
    by_node.update((node.mem_id, Region.CONTENT.value) for node in content)
    for selector in rules.exclude_selectors:
        by_node.update((node.mem_id, EXCLUDED) for node in tree.css(selector))
    return Marks(by_node=by_node, rest=EXCLUDED if content else "")
