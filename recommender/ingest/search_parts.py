"""Several Search Console properties that feed one site, each page counted once.

See docs/decisions/one-property-counts-a-page.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

import pandas as pd

from recommender.frames import PAGE_SEARCH, QUERY_SEARCH
from recommender.ingest.search_rows import without_operators
from recommender.models import Inspection, SearchDay, Window

DOMAIN = "sc-domain:"


class PartSource(Protocol):
    """The source of one of the properties."""

    def newest_final_day(self, today: date) -> date | None:
        """Return the newest day whose data are final, None where there are none."""
        ...

    def oldest_day(self, today: date) -> date | None:
        """Return the oldest day that there are data of, None where there are none."""
        ...

    def read_rows(self, day: date) -> SearchDay:
        """Return all rows of ``day``, those of operator queries too."""
        ...

    def inspect(self, url: str, now: datetime) -> Inspection:
        """Return what Google's index says of a page."""
        ...

    def sitemaps(self) -> tuple[str, ...]:
        """Return the sitemaps that Google was given."""
        ...

    def close(self) -> object:
        """Close the connections."""
        ...


class SeveralProperties:
    """A SearchSource over properties that overlap: of each page the rows of one of them count.

    Of those that have rows of the day, the narrowest whose address the page's begins with; a
    domain property is wider than any address. ``parts`` are their sources, by property.
    """

    def __init__(self, parts: Mapping[str, PartSource]) -> None:
        self._parts = {name: parts[name] for name in narrowest_first(list(parts))}

    def newest_final_day(self, today: date) -> date | None:
        """Return the newest day that is final in any property, None where there is none."""
        found = (part.newest_final_day(today) for part in self._parts.values())
        return max((day for day in found if day is not None), default=None)

    def oldest_day(self, today: date) -> date | None:
        """Return the oldest day that any property has data of, None where there is none."""
        found = (part.oldest_day(today) for part in self._parts.values())
        return min((day for day in found if day is not None), default=None)

    def days_in(self, window: Window) -> list[date]:
        """Return all days of ``window``: each may be asked for."""
        return [window.start + timedelta(days=number) for number in range(window.days)]

    def period(self) -> None:
        """Return nothing: the service gives single days."""

    def read_day(self, day: date) -> SearchDay:
        """Return everything that the properties give for ``day``, each page from one of them.

        A property without rows takes no part: its pages are looked for in the wider ones. The day
        is final where one property's is. Raises a SearchConsoleError; nothing partial is ever
        returned. Cost: that of reading each property.
        """
        read = {name: part.read_rows(day) for name, part in self._parts.items()}
        taking_part = [name for name, found in read.items() if len(found.pages)]
        own = [_own(read[name], name, taking_part) for name in taking_part]
        return without_operators(
            SearchDay(
                day=day,
                pages=PAGE_SEARCH.coerced(_stacked([o.pages for o in own], PAGE_SEARCH.empty())),
                queries=QUERY_SEARCH.coerced(
                    _stacked([o.queries for o in own], QUERY_SEARCH.empty())
                ),
                final=any(found.final for found in read.values()),
                capped=any(read[name].capped for name in taking_part),
                requests=sum(found.requests for found in read.values()),
            )
        )

    def inspect(self, url: str, now: datetime) -> Inspection:
        """Return what Google's index says of a page, asked of the narrowest property it is in."""
        return self._parts[owner(url, list(self._parts))].inspect(url, now)

    def sitemaps(self) -> tuple[str, ...]:
        """Return the sitemaps that Google was given for any of the properties."""
        found = (url for part in self._parts.values() for url in part.sitemaps())
        return tuple(dict.fromkeys(found))

    def close(self) -> None:
        """Close the connections of all properties."""
        for part in self._parts.values():
            part.close()


def narrowest_first(properties: Sequence[str]) -> list[str]:
    """Return the properties, those of few pages before those of many: addresses, then domains."""
    return sorted(properties, key=lambda name: (name.startswith(DOMAIN), -len(name)))


def covers(property_url: str, page: str) -> bool:
    """Tell whether the property holds the page: by its address, or by its host for a domain."""
    if not property_url.startswith(DOMAIN):
        return page.startswith(property_url)
    domain = property_url.removeprefix(DOMAIN)
    host = urlsplit(page).hostname or ""
    return host == domain or host.endswith(f".{domain}")


def owner(page: str, properties: Sequence[str]) -> str:
    """Return the property that counts the page: the first that covers it, else the last."""
    return next((name for name in properties if covers(name, page)), properties[-1])


def _own(found: SearchDay, name: str, properties: Sequence[str]) -> SearchDay:
    """Return the rows that count for the property among those that take part in the day."""

    def own(frame: pd.DataFrame) -> pd.DataFrame:
        pages = frame["page"].drop_duplicates()
        kept = {page for page in pages if owner(page, properties) == name}
        return frame[frame["page"].isin(kept)]

    return replace(found, pages=own(found.pages), queries=own(found.queries))


def _stacked(frames: Sequence[pd.DataFrame], empty: pd.DataFrame) -> pd.DataFrame:
    full = [frame for frame in frames if len(frame)]
    return pd.concat(full, ignore_index=True) if full else empty
