"""What Scrapy's answers and failures say, in our words."""

from __future__ import annotations

from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

_HTML = ("text/html", "application/xhtml+xml")


def header(response: Response, name: str) -> str:
    """Return a header of an answer, "" where it has none."""
    return (response.headers.get(name) or b"").decode("latin-1")


def headers_of(response: Response) -> dict[str, list[str]]:
    """Return all headers, their names in lower case."""
    return {
        name.decode("latin-1").lower(): [value.decode("latin-1") for value in values]
        for name, values in response.headers.items()
    }


def content_type(response: Response) -> str:
    """Return the media type that an answer states."""
    return header(response, "Content-Type").partition(";")[0].strip().lower() or "of no stated type"


def is_html(response: Response) -> bool:
    """Tell whether an answer is a page: by what it states, else by how it begins."""
    kind = content_type(response)
    start = response.body[:200].lstrip().lower()
    return kind in _HTML or ("/" not in kind and start.startswith((b"<!doctype html", b"<html")))


def no_answer(failure: Failure) -> str:
    """Return why a request got no answer."""
    named = "" if isinstance(failure.value, IgnoreRequest) else f"{type(failure.value).__name__}: "
    return f"gives no answer: {named}{failure.value}"


def request_of(failure: Failure) -> Request:
    """Return the request that failed."""
    request = getattr(failure, "request", None)  # Scrapy sets it before it calls an errback
    assert isinstance(request, Request)
    return request
