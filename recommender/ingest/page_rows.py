"""What is kept of a page that was read, and by what it is known to be unchanged."""

from __future__ import annotations

import hashlib
import marshal
import re

from scrapy.linkextractors import IGNORED_EXTENSIONS

from recommender.ingest.crawl_job import FetchedPage
from recommender.ingest.parse import ParsedPage
from recommender.urls import path_of

_FILE = re.compile(rf"(?i).*\.({'|'.join(IGNORED_EXTENSIONS)})")


def page_row(parsed: ParsedPage, *, url: str, rows_hash: str) -> FetchedPage:
    """Return the row of a page that answered 200, as far as the page itself tells it."""
    return FetchedPage(
        url=url,
        status=200,
        redirect_to=parsed.refresh_to,
        canonical=parsed.canonical,
        title=parsed.title,
        h1=parsed.h1,
        description=parsed.description,
        language=parsed.language,
        published_at=parsed.published_at,
        problem=_problem(parsed),
        read=True,
        rows_hash=rows_hash,
        script_links=parsed.script_links,
    )


def rows_hash_of(parsed: ParsedPage) -> str:
    """Return a hash of all that is kept of a page: equal where nothing of it changed."""
    head = (parsed.title, parsed.h1, parsed.description, parsed.canonical, _problem(parsed))
    more = (parsed.language, str(parsed.published_at), parsed.refresh_to, parsed.script_links)
    rows = [tuple(row) for row in (*parsed.blocks, *parsed.links)]
    # Version 2 of the format writes every string out: equal values give equal bytes.
    return hashlib.blake2b(marshal.dumps((head, more, rows), 2), digest_size=16).hexdigest()


def is_page_address(url: str) -> bool:
    """Tell whether an address may be that of a page: not one of an image, an archive, a style."""
    return not _FILE.fullmatch(path_of(url))


def worth_following(target: str, rel: str) -> bool:
    """Tell whether a link is to be followed: to what may be a page, and not ``nofollow``."""
    return "nofollow" not in rel and is_page_address(target)


def _problem(parsed: ParsedPage) -> str | None:
    if parsed.refresh_to is not None:
        return "redirects (meta refresh)"
    return "noindex" if parsed.noindex else None
