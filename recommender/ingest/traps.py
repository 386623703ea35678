"""Traps: addresses that a site makes without end, told from the address and those met before.

The limits are generous on purpose: a trap that is missed costs visits, which ``crawl.max_pages``
and ``crawl.max_depth`` bound; a real page that is refused is lost. All are *assumptions*.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import unquote, urlsplit
from zlib import crc32

from recommender.urls import PAGE_KEYS

LONGEST = 2_048  # characters; sitemaps.org allows no more, nor do many servers
DEEPEST = 30  # parts of a path; the deepest manuals have some 15
MOST_PARAMETERS = 30
MOST_REPEATS = 3
"""How often a run of parts may follow itself: /a/b/a/b/a/b is one too many, so is /a/a/a/a."""

MOST_RETURNS = 5  # how often one part, be it here and there, may stand in a path
COMBINATIONS = 1_000
"""Addresses of one path with two parameters or more from which on facets are looked for."""

FACET_SETS = 16  # sets of parameters on one path: four that may each be there or not make as many
COMBINATIONS_PER_VALUE = 10
"""Where one parameter names the page, it has as many values as there are addresses, or, with some
sorting and views beside it, a tenth; facets combine few values to many addresses."""

MANY_COMBINATIONS = 10_000  # that need no FACET_SETS, for three parameters or more
CALENDAR_DATES = 24
"""Months of one pattern, and nothing but months, from which on it is a calendar. It is walked from
today outwards; a pattern that is met far ahead before counts something else (/topic/2087/5)."""

YEARS_AHEAD = 2
YEARS_BACK = 10  # of a calendar that also leads ahead; archives do not
SESSION_PAGES = 50  # pages that share a value of a parameter, ...
SESSION_VALUES = 3  # ... and how many such values make it a session's
MOST_FACTS = 500_000
"""What is kept at most, some 60 bytes each; what is met beyond is judged by what is known."""

_DIGITS = re.compile(r"[0-9]+")
_OVER_ESCAPED = re.compile(r"%(?:25){3}")
_SESSION = re.compile(
    r"(?:j|php|asp)sess(?:ion)?id\w*|cfid|cftoken|zenid|(?:os|xt)csid", re.IGNORECASE
)
_SESSION_OR_PAGE = re.compile(r"sid|s|sess|session|\w*sess(?:ion)?_?id", re.IGNORECASE)
_SESSION_IN_PATH = re.compile(
    r";\w*sess(?:ion)?_?id\w*=[^/;?]*"  # Java, PHP
    r"|/\((?:[A-Z]\([0-9a-z]{20,}\))+\)",  # ASP.NET
    re.IGNORECASE,
)
_BY_LOT = re.compile(
    r"(?=.*[0-9])(?=.*[a-f])[0-9a-f-]{16,}"  # hexadecimal, UUID
    r"|(?=(?:[^0-9]*[0-9]){4})(?=(?:[^a-z]*[a-z]){4})[0-9a-z]{22,}"
    r"|(?=(?:[^0-9]*[0-9]){2})(?-i:(?=.*[a-z])(?=.*[A-Z]))[0-9a-z_~.-]{20,}={0,2}",  # base64
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Address:
    """An address taken apart.

    ``place`` is host and path, ``tail`` path and query without escapes; ``parameters`` have names
    and values in their order.
    """

    place: str
    tail: str
    path: str
    parts: tuple[str, ...]
    parameters: tuple[tuple[str, str], ...]


@dataclass(kw_only=True, slots=True)
class _Combined:
    """The combinations of parameters met on one path."""

    count: int = 0
    sets: set[int] = field(default_factory=set)
    values: dict[str, set[int]] = field(default_factory=dict)
    endless: bool = False


@dataclass(kw_only=True, slots=True)
class _Dated:
    """The months met in addresses that differ in their numbers alone.

    ``others`` where one is none; ``ahead`` where one lies more than a year ahead.
    """

    months: set[int] = field(default_factory=set)  # since the year 0
    others: bool = False
    ahead: bool = False


@dataclass(kw_only=True, slots=True)
class _Random:
    """The values of one parameter that look drawn by lot, and the pages they were met on."""

    pages: set[int] = field(default_factory=set)
    pages_by_value: dict[int, set[int]] = field(default_factory=dict)
    shared: int = 0


class TrapWatch:
    """Sees every new address of a crawl in the order of discovery and refuses what has no end.

    Memory is bounded by MOST_FACTS. Without ``today`` no calendar is told from an archive.
    """

    def __init__(self, *, today: date | None = None) -> None:
        self._today = today
        self._facts = 0
        self._sessions: dict[int, int] = {}
        self._random: dict[str, _Random] = {}
        self._dated: dict[int, _Dated] = {}
        self._combined: dict[int, _Combined] = {}

    def refuses(self, url: str) -> str:
        """Return why ``url`` is not worth a visit ("a session id of a page met before"), or ""."""
        if len(url) > LONGEST:
            return f"longer than {LONGEST:,} characters"
        if _OVER_ESCAPED.search(url):
            return "escaped over and over"
        address = _address(url)
        return (
            _by_itself(address)
            or self._by_session(address)
            or self._by_lot(address)
            or self._by_calendar(address)
            or self._by_facets(address)
        )

    def _keep(self) -> bool:
        """Tell whether there is room for one more fact, and count it."""
        self._facts += 1
        return self._facts <= MOST_FACTS

    def _by_session(self, address: _Address) -> str:
        """Refuse a page met with another session id; the first one met is how the page is known."""
        session = _session(address)
        if session is None:
            return ""
        page, name, value = session
        known = self._sessions.get(_key(page))
        if known is None:
            if self._keep():
                self._sessions[_key(page)] = _key(value)
            return ""
        return "" if known == _key(value) else f"a session id ({name}) of a page met before"

    def _by_lot(self, address: _Address) -> str:
        """Refuse a page met with another random value, where such values span the whole site.

        A value that names a page (``?id=507f1f77bcf86cd799439011``) stands on few others.
        """
        for position, (name, value) in enumerate(address.parameters):
            if not _BY_LOT.fullmatch(value) or (name not in self._random and not self._keep()):
                continue
            known = self._random.setdefault(name, _Random())
            others = address.parameters[:position] + address.parameters[position + 1 :]
            page = _key(f"{address.place}?{others}")
            if known.shared >= SESSION_VALUES and page in known.pages:
                return f"{name} is another for a page met before"
            self._share(known, page, _key(value))
        return ""

    def _share(self, known: _Random, page: int, value: int) -> None:
        if page not in known.pages and self._keep():
            known.pages.add(page)
        pages = known.pages_by_value.get(value, set())
        if page not in pages and len(pages) < SESSION_PAGES and self._keep():
            pages.add(page)
            known.pages_by_value[value] = pages
            known.shared += len(pages) == SESSION_PAGES

    def _by_calendar(self, address: _Address) -> str:
        """Refuse months far away, where addresses that differ in numbers alone are all months."""
        numbers = _DIGITS.findall(address.tail)
        if self._today is None or not numbers:
            return ""
        pattern = _key(_DIGITS.sub("0", address.tail))
        if pattern not in self._dated and not self._keep():
            return ""
        dated = self._dated.setdefault(pattern, _Dated())
        month = None if dated.others else _month(numbers)
        ahead = 0 if month is None else month - (12 * self._today.year + self._today.month)
        if month is not None and len(dated.months) >= CALENDAR_DATES:
            if ahead > 12 * YEARS_AHEAD:
                return f"a calendar's page more than {YEARS_AHEAD} years ahead"
            if dated.ahead and ahead < -12 * YEARS_BACK:
                return f"a calendar's page more than {YEARS_BACK} years back"
        elif month is None or ahead > 12 * YEARS_AHEAD:
            self._dated[pattern] = _NO_DATES
            return ""
        if month not in dated.months and self._keep():
            dated.months.add(month)
            dated.ahead = dated.ahead or ahead > 12
        return ""

    def _by_facets(self, address: _Address) -> str:
        chosen = [(name, value) for name, value in address.parameters if name not in PAGE_KEYS]
        place = _key(address.place)
        if len(chosen) < 2 or (place not in self._combined and not self._keep()):
            return ""
        combined = self._combined.setdefault(place, _Combined())
        if not combined.endless:
            self._combine(combined, chosen)
            combined.endless = _is_endless(combined)
        if not combined.endless:
            return ""
        names = ", ".join(sorted({name for name, _ in chosen})[:5])
        return f"one of {combined.count:,} and more combinations of {names} on {address.path}"

    def _combine(self, combined: _Combined, chosen: list[tuple[str, str]]) -> None:
        if self._facts >= MOST_FACTS:
            return
        combined.count += 1
        names = _key("&".join(sorted({name for name, _ in chosen})))
        if names not in combined.sets and self._keep():
            combined.sets.add(names)
        for name, value in chosen:
            # Two bytes are enough to tell few values from many, and bound what is kept.
            values, short = combined.values.setdefault(name, set()), _key(value) & 0xFFFF
            if short not in values and self._keep():
                values.add(short)


_NO_DATES = _Dated(others=True)


def _address(url: str) -> _Address:
    split = urlsplit(url)
    named = (part.partition("=") for part in split.query.split("&") if part)
    return _Address(
        place=split.netloc + split.path,
        tail=unquote(f"{split.path}?{split.query}"),
        path=split.path,
        parts=tuple(part for part in split.path.split("/") if part),
        parameters=tuple((name, value) for name, _, value in named),
    )


def _key(text: str) -> int:
    return crc32(text.encode("utf-8", errors="surrogatepass"))


# --- Told by one address ----------------------------------------------------------------------


def _by_itself(address: _Address) -> str:
    if len(address.parts) > DEEPEST:
        return f"a path of more than {DEEPEST} parts"
    if len(address.parameters) > MOST_PARAMETERS:
        return f"more than {MOST_PARAMETERS} parameters"
    repeated = _repeated(address.parts)
    return f"its path repeats {repeated}" if repeated else ""


def _repeated(parts: tuple[str, ...]) -> str:
    """Return the run of parts that a path goes through again and again, "" if none.

    Numbers may repeat as they like: /1/1/1/1 is a chapter.
    """
    if len(set(parts)) == len(parts):
        return ""
    for length in range(1, len(parts) // MOST_REPEATS + 1):
        most = MOST_REPEATS + 1 if length == 1 else MOST_REPEATS
        for start in range(len(parts) - length * most + 1):
            run = parts[start : start + length]
            if run * most == parts[start : start + length * most] and not _is_number(run):
                return "/" + "/".join(run)
    often = Counter(part for part in parts if not _is_number((part,))).most_common(1)
    return f"/{often[0][0]}" if often and often[0][1] >= MOST_RETURNS else ""


def _is_number(parts: tuple[str, ...]) -> bool:
    return all(part.isdigit() for part in parts)


# --- Sessions ---------------------------------------------------------------------------------


def _session(address: _Address) -> tuple[str, str, str] | None:
    """Return the page an address means without its session, the session's name and its value."""
    found = [(name, value) for name, value in address.parameters if _is_session(name, value)]
    in_path = _SESSION_IN_PATH.search(address.path)
    if in_path is not None:
        found.append((in_path[0].strip(";/").partition("=")[0], in_path[0]))
    if not found:
        return None
    rest = [parameter for parameter in address.parameters if parameter not in found]
    path = _SESSION_IN_PATH.sub("", address.place)
    return f"{path}?{rest}", found[-1][0], str(found)


def _is_session(name: str, value: str) -> bool:
    """Tell whether a parameter holds a session: by its name, or its name and its value's shape.

    ``?sid=12`` and ``?session_id=4711`` name pages.
    """
    if _SESSION.fullmatch(name):
        return True
    return bool(_SESSION_OR_PAGE.fullmatch(name) and _BY_LOT.fullmatch(value))


# --- Calendars --------------------------------------------------------------------------------


def _month(numbers: list[str]) -> int | None:
    """Return the first month that the numbers of an address tell, since the year 0, None if none.

    A month is written 2024/5, 5/2024, 202405 or 20240512; 5/12/2024 may be May or December and is
    read as December, so that no calendar in this order is ever told.
    """
    for position, number in enumerate(numbers):
        if not "1000" <= number[:4] <= "2999":
            continue
        before, after = numbers[max(0, position - 1)], (*numbers, "")[position + 1]
        months = {4: (after, before), 6: (number[4:],), 8: (number[4:6],)}.get(len(number), ())
        for month in months:
            if len(month) <= 2 and month and 1 <= int(month) <= 12:
                return 12 * int(number[:4]) + int(month)
    return None


# --- Facets -----------------------------------------------------------------------------------


def _is_endless(combined: _Combined) -> bool:
    most_values = max(map(len, combined.values.values()), default=0)
    if combined.count < COMBINATIONS or combined.count < COMBINATIONS_PER_VALUE * most_values:
        return False
    many = combined.count >= MANY_COMBINATIONS and len(combined.values) >= 3
    return many or len(combined.sets) >= FACET_SETS
