"""Words for readers: numbers, dates, safe text, the string to search a page for."""

from __future__ import annotations

import math
import re
import textwrap
from datetime import date
from urllib.parse import quote, urlsplit

from recommender.models import Window

FIND_LIMIT = 60
"""Longest string to search a page for: what the search box of a phone shows, roughly twice."""

TEXT_WIDTH = 78
"""Columns of plain text (RFC 5322, section 2.1.1)."""

_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
"""Control characters and overrides of writing direction, with which one text poses as another."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACE = re.compile(r"\s+")
_MONTHS = (
    "January February March April May June July August September October November December"
).split()


def shown(text: str) -> str:
    """Return a site's text as it may be printed: one line, nothing invisible in it."""
    return _SPACE.sub(" ", _LONE_SURROGATE.sub("\ufffd", _INVISIBLE.sub("", text)))


def plain(text: str, *, limit: int = 0) -> str:
    """Return :func:`shown` text, stripped, and cut with an ellipsis where ``limit`` is given."""
    line = shown(text).strip()
    return line if not limit or len(line) <= limit else line[: limit - 1].rstrip() + "…"


def as_sentence(text: str) -> str:
    """Return ``text`` with a capital letter and a full stop, "" for nothing."""
    line = plain(text)
    if not line:
        return ""
    first = line[0] if line.startswith(("http://", "https://")) else line[0].upper()
    return first + line[1:] + ("" if line[-1] in ".!?…" else ".")


def counted(number: int, one: str, many: str = "") -> str:
    """Return "1 link", "1,204 links"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(items: list[str]) -> str:
    """Return "a, b and c"."""
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def signed_percent(log_ratio: float) -> str:
    """Return a log ratio as a signed percentage: 0.1823 gives "+20%"."""
    percent = round(math.expm1(log_ratio) * 100)
    if percent == 0:
        return "0%"
    return f"{'−' if percent < 0 else '+'}{abs(percent):,}%"


def long_date(day: date) -> str:
    """Return "21 November 2026"."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def span(window: Window) -> str:
    """Return "16-22 November 2026" with an en dash, the month named twice where it changes."""
    first, last = window.start, window.end
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{long_date(last)}"
    start = f"{first.day} {_MONTHS[first.month - 1]}" + (
        "" if first.year == last.year else f" {first.year}"
    )
    return f"{start} – {long_date(last)}"


def week(period: str) -> Window:
    """Return the Monday to Sunday of an ISO week such as "2026-W47".

    Raises ValueError where ``period`` is not an ISO week.
    """
    if not re.fullmatch(r"\d{4}-W\d{2}", period):
        raise ValueError(f"{period!r} is not an ISO week such as 2026-W47")
    year, number = int(period[:4]), int(period[6:])
    return Window(
        start=date.fromisocalendar(year, number, 1), end=date.fromisocalendar(year, number, 7)
    )


def short_url(url: str, *, limit: int = 70) -> str:
    """Return a URL as people read it: path and query, the host where there is no path."""
    parts = urlsplit(plain(url))
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return plain(path if path.strip("/") else parts.netloc or url, limit=limit)


def wrapped(text: str, indent: int = 0, label: str = "", bar: str = "") -> str:
    """Return ``text`` in lines of at most TEXT_WIDTH; a URL or a long word stays whole.

    ``indent`` is in columns; ``label`` opens the first line and hangs; ``bar`` opens every line.
    """
    margin = " " * indent + bar
    return textwrap.fill(
        text,
        width=TEXT_WIDTH,
        initial_indent=margin + label,
        subsequent_indent=margin + " " * len(label),
        break_long_words=False,
        break_on_hyphens=False,
    )


def find_string(sentence: str, start: int, length: int, *, limit: int = FIND_LIMIT) -> str:
    """Return a verbatim piece of ``sentence`` that holds its anchor, to search the page for.

    Whole words, as many around the anchor as fit in ``limit`` characters, so that it seldom
    stands twice on a page. The anchor alone where already its words are longer, cut at ``limit``.
    """
    words = [match.span() for match in re.finditer(r"\S+", sentence)]
    held = [n for n, (first, last) in enumerate(words) if first < start + length and last > start]
    if not held or words[held[-1]][1] - words[held[0]][0] > limit:
        return sentence[start : start + min(length, limit)].strip()
    low, high = held[0], held[-1]
    grew = True
    while grew:
        grew = False
        for left, right in ((low, high + 1), (low - 1, high)):
            fits = left >= 0 and right < len(words) and words[right][1] - words[left][0] <= limit
            if fits:
                low, high, grew = left, right, True
    return sentence[words[low][0] : words[high][1]]


def link_to_text(url: str, text: str) -> str:
    """Return the URL that opens a page scrolled to ``text`` (a text fragment, WICG spec).

    Browsers that do not know text fragments, or do not find the words, open the page.
    """
    if not text:
        return url
    directive = ":~:text=" + quote(text.encode("utf-8", "replace"), safe="").replace("-", "%2D")
    return f"{url}{'' if '#' in url else '#'}{directive}"


def web_url(url: str) -> str:
    """Return ``url`` where it is a web address, else "": nothing else may become a link."""
    line = plain(url)
    return line if re.match(r"https?://[^\s/]", line, re.IGNORECASE) else ""
