"""What a page says of itself: in its head, and in elements that are no running text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode

from recommender.ingest.places import Attributes
from recommender.urls import absolute

_META_REFRESH = re.compile(
    r"\s*(\d+)[\d.]*\s*[;,]?\s*(?:url\s*=)?\s*[\"']?([^\"'>]+)", re.IGNORECASE
)
_LANGUAGE = re.compile(
    r"([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|\d{3}))?(?:[-_].*)?", re.IGNORECASE
)
"""Language, script and region of a tag such as de-AT or zh-Hant-TW (RFC 5646)."""

_NAMED_DIRECTIVES = ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview")
_DATE = "datePublished"
_TELLING = ", ".join(  # one pass over the tree for all of them
    (
        "base[href]",
        "meta[content]",
        "head > link[rel][href]",
        "h1",
        f'[itemprop="{_DATE}"][datetime]',
        'script[type="application/ld+json"]',
        "[onclick]",
        '[role="link" i]',
        'a[href^="javascript:" i]',
    )
)
_IDLE_SCRIPT = re.compile(r"javascript:\s*(?:void\s*(?:\(\s*0\s*\)|0)|//)?\s*;?\s*", re.IGNORECASE)


@dataclass(slots=True)
class Head:
    """The elements that say something, in document order by what they are."""

    meta: dict[str, list[str]] = field(default_factory=dict)  # contents by name
    base: str | None = None
    refresh: str | None = None
    links: list[tuple[set[str], Attributes]] = field(default_factory=list)  # rels, attributes
    h1: LexborNode | None = None
    dates: list[str] = field(default_factory=list)
    scripts: list[LexborNode] = field(default_factory=list)  # of linked data
    script_links: int = 0


def read_head(tree: LexborHTMLParser) -> Head:
    """Return what the elements of ``tree`` say of the page. Cost: one pass over it."""
    head = Head()
    last = 0
    for node in tree.css(_TELLING):
        if node.mem_id != last:  # an element comes once for each selector that it matches
            last = node.mem_id
            _listen(head, node, node.tag or "", node.attributes)
    return head


def _listen(head: Head, node: LexborNode, tag: str, said: Attributes) -> None:
    if tag == "meta":
        _listen_to_meta(head, said)
    elif tag == "link":
        rels = set((said.get("rel") or "").lower().split())
        head.links.append((rels, said))
    elif tag == "base":
        head.base = said.get("href") or "" if head.base is None else head.base
    elif tag == "h1":
        head.h1 = head.h1 or node
    elif tag == "script":
        head.scripts.append(node)
    if said.get("itemprop") == _DATE and "datetime" in said:
        head.dates.append(said["datetime"] or "")
    head.script_links += _leads_on_by_script(tag, said)


def _listen_to_meta(head: Head, said: Attributes) -> None:
    if "content" not in said:
        return
    name = said.get("name") or said.get("property") or said.get("itemprop") or ""
    content = said["content"] or ""
    head.meta.setdefault(name.lower(), []).append(" ".join(content.split()))
    if head.refresh is None and (said.get("http-equiv") or "").lower() == "refresh":
        head.refresh = content


def _leads_on_by_script(tag: str, said: Attributes) -> bool:
    """Tell whether a visitor can go on by an element that gives a crawler no address."""
    href = (said.get("href") or "").strip() if tag == "a" else ""
    scripted = href.lower().startswith("javascript:")
    if href and href != "#" and not scripted:
        return False
    if scripted and not _IDLE_SCRIPT.fullmatch(href):
        return True
    onclick = said.get("onclick") or ""
    if tag == "a" and onclick:
        return True
    return "location" in onclick or (said.get("role") or "").lower() == "link"


# --- What it means --------------------------------------------------------------------------


def canonical_of(head: Head, base: str) -> str | None:
    """Return the absolute canonical URL, None where none is named."""
    named = (said for rels, said in head.links if "canonical" in rels and "href" in said)
    href = (next(named, {}).get("href") or "").strip()
    return absolute(href, base) if href else None


def alternates_of(head: Head, base: str) -> tuple[tuple[str, str], ...]:
    """Return language (lower case) and absolute URL of each version in another language."""
    named = (
        ((said.get("hreflang") or "").strip().lower(), absolute(said.get("href") or "", base))
        for rels, said in head.links
        if "alternate" in rels
    )
    return tuple((language, url) for language, url in named if language and url)


def is_paginated(head: Head, links: Sequence[str]) -> bool:
    """Tell whether the page is one of a series, by rel=prev or next there or in ``links``."""
    rels = {rel for said in {*links} for rel in said.split()}.union(
        *(rels for rels, _ in head.links)
    )
    return not rels.isdisjoint(("next", "prev"))


def language_of(
    tree: LexborHTMLParser, alternates: Sequence[tuple[str, str]] = (), url: str = ""
) -> str:
    """Return the page's language as in :func:`language_tag`, "" where it is not said.

    What its own entry among the ``alternates`` says goes before the markup, which templates repeat
    on every version. A page that serves several regions of a language belongs to none of them.
    """
    own = {language_tag(said) for said, to in alternates if to == url} - {""}
    if len(own) == 1:
        return own.pop()
    if own and len(shared := {tag.partition("-")[0] for tag in own}) == 1:
        return shared.pop()
    lang = tree.root.attributes.get("lang") if tree.root is not None else None
    return language_tag(lang or "")


def language_tag(said: str) -> str:
    """Return language, script and region of a tag in lower case: "de", "en-gb", "zh-hant-tw"."""
    match = _LANGUAGE.fullmatch(said.strip())
    if match is None:
        return ""
    region = "gb" if match[3] and match[3].lower() == "uk" else match[3]  # a common mistake
    return "-".join(part for part in (match[1], match[2], region) if part).lower()


def directives_of(head: Head, headers: Sequence[str]) -> set[str]:
    """Return the robots directives that bind a search engine, from markup and header."""
    said = [*head.meta.get("robots", ()), *head.meta.get("googlebot", ())]
    for header in headers:
        agent, colon, rest = header.partition(":")
        agent = agent.strip().lower()
        if colon and agent not in _NAMED_DIRECTIVES and "," not in agent:
            said.extend([rest] if agent in ("googlebot", "robots", "*") else [])
        else:
            said.append(header)
    return {token.strip().lower() for text in said for token in text.split(",")}


def refresh_of(head: Head, url: str, base: str) -> str | None:
    """Return the absolute URL that a refresh of at most a second leads to from ``url``."""
    match = _META_REFRESH.match(head.refresh) if head.refresh is not None else None
    if match is None or int(match[1]) > 1:
        return None
    to = absolute(match[2].strip(), base)
    return None if to == url else to


def published_at(head: Head) -> datetime | None:
    """Return the first date of publication that is one, None where there is none."""
    said = [
        *head.meta.get("article:published_time", ()),
        *head.meta.get(_DATE.lower(), ()),
        *head.dates,
    ]
    for script in head.scripts:
        said.extend(_published_in(script.text(deep=True)))
    return next(filter(None, map(_instant, said)), None)


def _published_in(script: str) -> Iterator[str]:
    if _DATE not in script:
        return
    try:
        waiting = [json.loads(script)]
    except (ValueError, RecursionError):
        return
    for value in waiting:  # which grows
        if isinstance(value, dict):
            said = value.get(_DATE)
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
