"""One page: bytes and headers in, facts, text blocks and links out. Broken markup never raises."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError
from w3lib.encoding import html_to_unicode

from recommender.errors import ConfigError
from recommender.ingest.blocks import Marks, ParsedBlock, ParsedLink, Resolve, read_body
from recommender.models import Region
from recommender.urls import absolute

EXCLUDED = "excluded"
"""The mark of what ``exclude_selectors`` matched, or what lies outside ``content_selector``."""

_META_REFRESH = re.compile(
    r"\s*(\d+)[\d.]*\s*[;,]?\s*(?:url\s*=)?\s*[\"']?([^\"'>]+)", re.IGNORECASE
)
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_].*)?", re.IGNORECASE)
_NAMED_DIRECTIVES = ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview")


@dataclass(frozen=True, kw_only=True, slots=True)
class ParseRules:
    """What a crawl's configuration says about reading its pages."""

    site: str
    content_selector: str | None = None
    exclude_selectors: tuple[str, ...] = ()

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
    language: str  # primary subtag, "" where unknown
    published_at: datetime | None
    refresh_to: str | None  # absolute; a meta refresh of at most one second to another page
    blocks: tuple[ParsedBlock, ...]
    links: tuple[ParsedLink, ...]


def parse_page(
    body: bytes, *, url: str, headers: Mapping[str, Sequence[str]], rules: ParseRules
) -> ParsedPage:
    """Return the page at ``url`` from its bytes; ``headers`` have lower-case names.

    The charset is the byte-order mark's, the header's, the markup's, else UTF-8; what it cannot
    decode is replaced.
    """
    text = html_to_unicode(
        next(iter(headers.get("content-type", ())), None), body, default_encoding="utf-8"
    )[1]
    tree = LexborHTMLParser(text, scripting=True)
    base = _base(tree, url)
    meta = _meta(tree)
    directives = _directives(meta, headers.get("x-robots-tag", ()))
    nofollow = bool(directives & {"nofollow", "none"})
    root = tree.root if tree.body is None else tree.body  # a frameset has no body
    assert root is not None  # the standard's parser makes one for any input
    resolve = _resolver(url, base, rules.site)
    blocks, links = read_body(root, resolve, _marks(tree, rules), nofollow=nofollow)
    return ParsedPage(
        title=_text(tree.css_first("head > title")),
        h1=_text(tree.css_first("h1")),
        description=meta.get("description", ("",))[0],
        canonical=_canonical(tree, base),
        noindex=bool(directives & {"noindex", "none"}),
        nofollow=nofollow,
        language=_language(tree),
        published_at=_published_at(tree, meta, text),
        refresh_to=_refresh_to(tree, url, base),
        blocks=blocks,
        links=links,
    )


def _text(node: LexborNode | None) -> str:
    return "" if node is None else " ".join(node.text(deep=True).split())


def _base(tree: LexborHTMLParser, url: str) -> str:
    node = tree.css_first("base[href]")
    return (absolute(node.attributes.get("href") or "", url) if node else None) or url


def _canonical(tree: LexborHTMLParser, base: str) -> str | None:
    node = tree.css_first('head > link[rel~="canonical" i][href]')
    href = (node.attributes.get("href") or "").strip() if node else ""
    return absolute(href, base) if href else None


def _language(tree: LexborHTMLParser) -> str:
    lang = tree.root.attributes.get("lang") if tree.root is not None else None
    match = _LANGUAGE.fullmatch((lang or "").strip())
    return match[1].lower() if match else ""


def _meta(tree: LexborHTMLParser) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for node in tree.css("meta[content]"):
        values = node.attributes
        name = values.get("name") or values.get("property") or values.get("itemprop") or ""
        content = " ".join((values.get("content") or "").split())
        found.setdefault(name.lower(), []).append(content)
    return found


def _directives(meta: Mapping[str, Sequence[str]], headers: Sequence[str]) -> set[str]:
    """Return the robots directives that bind a search engine, from markup and header."""
    said = [*meta.get("robots", ()), *meta.get("googlebot", ())]
    for header in headers:
        agent, colon, rest = header.partition(":")
        agent = agent.strip().lower()
        if colon and agent not in _NAMED_DIRECTIVES and "," not in agent:
            said.extend([rest] if agent in ("googlebot", "robots", "*") else [])
        else:
            said.append(header)
    return {token.strip().lower() for text in said for token in text.split(",")}


def _refresh_to(tree: LexborHTMLParser, url: str, base: str) -> str | None:
    node = tree.css_first('meta[http-equiv="refresh" i][content]')
    match = _META_REFRESH.match(node.attributes.get("content") or "") if node else None
    if match is None or int(match[1]) > 1:
        return None
    to = absolute(match[2].strip(), base)
    return None if to == url else to


def _resolver(url: str, base: str, site: str) -> Resolve:
    home = absolute("/", site) or site
    _, _, host = home.partition("://")
    origins = (f"http://{host}", f"https://{host}")

    def resolve(href: str) -> str | None:
        target = absolute(href, base)
        if target is None or not target.startswith(origins):
            return None
        here = target == url and (not href.strip() or "#" in href)
        return None if here else target

    return resolve


def _marks(tree: LexborHTMLParser, rules: ParseRules) -> Marks:
    by_node: dict[int, str] = {}
    content = tree.css(rules.content_selector) if rules.content_selector else []
    by_node.update((node.mem_id, Region.CONTENT.value) for node in content)
    for selector in rules.exclude_selectors:
        by_node.update((node.mem_id, EXCLUDED) for node in tree.css(selector))
    return Marks(by_node=by_node, rest=EXCLUDED if content else "")


def _published_at(
    tree: LexborHTMLParser, meta: Mapping[str, Sequence[str]], text: str
) -> datetime | None:
    said = [*meta.get("article:published_time", ()), *meta.get("datepublished", ())]
    if "datePublished" in text:
        marked = tree.css('[itemprop="datePublished"][datetime]')
        said.extend(node.attributes.get("datetime") or "" for node in marked)
        for node in tree.css('script[type="application/ld+json"]'):
            said.extend(_published_in(node.text(deep=True)))
    return next(filter(None, map(_instant, said)), None)


def _published_in(script: str) -> Iterator[str]:
    try:
        waiting = [json.loads(script)]
    except (ValueError, RecursionError):
        return
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, dict):
            said = value.get("datePublished")
            if isinstance(said, str):
                yield said
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _instant(said: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(said.strip())
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return moment if 1990 <= moment.year <= 2100 else None
