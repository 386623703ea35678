"""Search metrics from the Search Console API: one property, one closed day at a time.

Requests and retries live here; what a row means in :mod:`recommender.ingest.search_rows`, what a
refusal means in :mod:`recommender.ingest.search_refusals`.
"""

from __future__ import annotations

import logging
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import pandas as pd
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError
from googleapiclient.discovery import build
from googleapiclient.errors import Error as ClientError
from googleapiclient.errors import HttpError
from googleapiclient.http import HttpRequest
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential_jitter, wait_random

from recommender import collector
from recommender.config import SearchConsoleConfig
from recommender.errors import PropertyForbidden, SearchConsoleError, UnexpectedAnswer
from recommender.frames import PAGE_SEARCH, QUERY_SEARCH
from recommender.ingest import search_refusals
from recommender.ingest.search_index import inspection_of, sitemaps_of
from recommender.ingest.search_refusals import Passing, QuotaUsedUp
from recommender.ingest.search_rows import (
    UNEXPECTED,
    is_operator_query,
    merged,
    row_day,
    rows_of,
    search_frame,
    without_operators,
)
from recommender.ingest.signed_http import CONNECTION_ERRORS, SignedHttp
from recommender.models import Inspection, SearchDay, Window

__all__ = ["Access", "SearchConsoleSource", "is_operator_query"]

LOG = logging.getLogger(__name__)

ROW_LIMIT = 25_000  # the most that one answer may hold
DAY_CAP = 50_000  # the most rows that the service gives per day, search type and property
MOST_ANSWERS = 40  # a service that never runs out of rows ignores startRow
ATTEMPTS = 6
LOOK_BACK_DAYS = 10  # data arrive after two to three days, rarely after a week
_WITHOUT_QUERIES = frozenset(
    {"discover", "googleNews"}
)  # the service refuses the query dimension there

PACIFIC = ZoneInfo("America/Los_Angeles")

Answer = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What the account may do with the property, and which others it may read."""

    property_url: str
    permission: str  # siteOwner, siteFullUser, siteRestrictedUser
    account: str  # "" where the credentials do not say
    readable: tuple[str, ...]  # properties that the account may read


class SearchConsoleSource:
    """Final days of one property, read through the API with the configured filters applied.

    One object serves one pull in one thread: the service client is not safe to share, and the
    wait for the load quota happens once per object.
    """

    def __init__(
        self,
        config: SearchConsoleConfig,
        *,
        property_url: str,
        credentials: Credentials,
        sleep: Callable[[float], None] = time.sleep,
        timeout_s: float = 60.0,
    ) -> None:
        self._config = config
        self._property = property_url
        self._account = account_of(credentials)
        self._sleep = sleep
        self._quota_waited = False
        self._requests = 0
        options = {"api_endpoint": config.endpoint} if config.endpoint else None
        self._signed = signed = SignedHttp(credentials, timeout_s=timeout_s)
        self.close = weakref.finalize(self, signed.close)  # connections end with the object
        self._service = build(
            "searchconsole",
            "v1",
            http=signed,
            client_options=options,
            static_discovery=True,
            cache_discovery=False,
        )

    def newest_final_day(self, today: date) -> date | None:
        """Return the newest day (Pacific) whose data are final, None where there are none.

        A day counts when the property has data for it and the service does not name it or an
        earlier one as incomplete. One request. Raises a SearchConsoleError.
        """
        answer = self._query(
            ("date",), today - timedelta(days=LOOK_BACK_DAYS), today, data_state="all"
        )
        incomplete = _first_incomplete_day(answer)
        self._check_clock(today)
        days = [row_day(row, self._property) for row in rows_of(answer, self._property)]
        return max((d for d in days if incomplete is None or d < incomplete), default=None)

    def oldest_day(self, today: date) -> date | None:
        """Return the oldest day (Pacific) that there are data of, None where there are none.

        Sixteen months are kept. One request. Raises a SearchConsoleError.
        """
        answer = self._query(("date",), sixteen_months_before(today), today)
        return min(
            (row_day(row, self._property) for row in rows_of(answer, self._property)), default=None
        )

    def _check_clock(self, today: date) -> None:
        """Raise SearchConsoleError where the service's clock says quite another day."""
        answered_at = self._signed.answered_at
        if answered_at is None:
            return
        theirs = answered_at.astimezone(PACIFIC).date()
        if abs((theirs - today).days) > 1:
            raise SearchConsoleError(
                f"this machine's clock says {today}, Search Console's {theirs}",
                subject=self._property,
                hint="set the clock of this machine (NTP); nothing was read or stored",
            )

    def days_in(self, window: Window) -> list[date]:
        """Return all days of ``window``: each may be asked for."""
        return [window.start + timedelta(days=number) for number in range(window.days)]

    def period(self) -> None:
        """Return nothing: the service gives single days."""

    def read_day(self, day: date) -> SearchDay:
        """Return everything Search Console gives for ``day``, see :meth:`read_rows`.

        Operator queries are left out of the queries and counted in ``operator_rows``.
        """
        return without_operators(self.read_rows(day))

    def read_rows(self, day: date) -> SearchDay:
        """Return all rows of ``day``, those of operator queries too.

        Cost: for pages and queries one request per 25,000 rows and one that proves the end; a day
        without rows costs one more, to tell "nobody searched" from "not there yet" (``final``
        False). Raises a SearchConsoleError; nothing partial is ever returned.
        """
        before = self._requests
        pages, page_rows = self._pull(("page", "date"), day)
        if self._config.search_type in _WITHOUT_QUERIES:
            queries, query_rows = QUERY_SEARCH.empty(), 0
        else:
            queries, query_rows = self._pull(("query", "page", "date"), day)
        final = bool(page_rows) or self._is_proven(day)
        LOG.info("read %s: %d page rows, %d query rows", day, page_rows, query_rows)
        return SearchDay(
            day=day,
            pages=PAGE_SEARCH.coerced(pages, unique=True),
            queries=QUERY_SEARCH.coerced(queries, unique=True),
            final=final,
            capped=max(page_rows, query_rows) >= DAY_CAP,
            requests=self._requests - before,
        )

    def inspect(self, url: str, now: datetime) -> Inspection:
        """Return what Google's index says of a page. One request. Raises a SearchConsoleError."""
        body = {"inspectionUrl": url, "siteUrl": self._property, "languageCode": "en"}
        answer = self._answer(lambda: self._service.urlInspection().index().inspect(body=body))
        return inspection_of(answer, url, now)

    def sitemaps(self) -> tuple[str, ...]:
        """Return the sitemaps that Google was given for the property, without faulty ones.

        One request. Raises a SearchConsoleError.
        """
        answer = self._answer(lambda: self._service.sitemaps().list(siteUrl=self._property))
        return sitemaps_of(answer, self._property)

    def check_access(self) -> Access:
        """Return what the account may do with the property.

        Raises PropertyForbidden, naming the account and the properties it may read instead.
        """
        answer = self._answer(lambda: self._service.sites().list())
        entries = cast("list[Mapping[str, str]]", answer.get("siteEntry", []))
        levels = {entry["siteUrl"]: entry["permissionLevel"] for entry in entries}
        readable = tuple(url for url, level in levels.items() if level != "siteUnverifiedUser")
        if self._property not in readable:
            raise self._not_readable(readable)
        return Access(
            property_url=self._property,
            permission=levels[self._property],
            account=self._account,
            readable=readable,
        )

    def _not_readable(self, readable: tuple[str, ...]) -> PropertyForbidden:
        refused = search_refusals.forbidden(self._property, self._account)
        others = f"it may read: {', '.join(readable)}" if readable else "it may read none at all"
        return PropertyForbidden(
            f"{refused.message}; {others}", subject=self._property, hint=refused.hint
        )

    def _pull(self, dimensions: tuple[str, ...], day: date) -> tuple[pd.DataFrame, int]:
        with collector.resting():
            parts = [
                search_frame(rows, dimensions, day) for rows in self._pages_of_rows(dimensions, day)
            ]
        return merged(parts, dimensions, day), sum(len(part) for part in parts)

    def _pages_of_rows(
        self, dimensions: tuple[str, ...], day: date
    ) -> Iterator[list[Mapping[str, object]]]:
        start = 0
        for _ in range(MOST_ANSWERS):
            answer = self._query(dimensions, day, day, start=start)
            rows = rows_of(answer, self._property)
            if not rows:
                return
            if answer.get("responseAggregationType") == "byProperty":
                raise UnexpectedAnswer(
                    f"{self._property}: pages of {day} came aggregated by property, not by page",
                    subject=self._property,
                    hint=UNEXPECTED,
                )
            start += len(rows)
            yield rows
        raise UnexpectedAnswer(
            f"{self._property}: {day} has no end, {start} rows were given",
            subject=self._property,
            hint=UNEXPECTED,
        )

    def _is_proven(self, day: date) -> bool:
        """Whether the property has final data for ``day`` or for a day soon after."""
        answer = self._query(("date",), day, day + timedelta(days=LOOK_BACK_DAYS))
        return bool(rows_of(answer, self._property))

    def _query(
        self,
        dimensions: tuple[str, ...],
        start_day: date,
        end_day: date,
        *,
        start: int = 0,
        data_state: str = "final",
    ) -> Answer:
        body: dict[str, object] = {
            "startDate": start_day.isoformat(),
            "endDate": end_day.isoformat(),
            "dimensions": list(dimensions),
            "type": self._config.search_type,
            "dataState": data_state,
            "rowLimit": ROW_LIMIT,
            "startRow": start,
        }
        filters = _filters(self._config)
        if filters:
            body["dimensionFilterGroups"] = [{"groupType": "and", "filters": filters}]
        analytics = self._service.searchanalytics()
        return self._answer(lambda: analytics.query(siteUrl=self._property, body=body))

    def _answer(self, request: Callable[[], HttpRequest]) -> Answer:
        retrying = Retrying(
            sleep=self._sleep,
            wait=_wait,
            stop=stop_after_attempt(ATTEMPTS),
            retry=retry_if_exception_type(Passing),
            reraise=True,
        )
        try:
            return retrying(self._attempt, request)
        except Passing as passing:
            raise passing.final from passing.__cause__

    def _attempt(self, request: Callable[[], HttpRequest]) -> Answer:
        self._requests += 1
        try:
            answer = request().execute(num_retries=0)  # retries are ours: it ignores Retry-After
        except HttpError as error:
            raise self._refusal(error) from error
        except GoogleAuthError as error:
            raise search_refusals.of_authentication(error, self._account) from error
        except CONNECTION_ERRORS as error:
            raise search_refusals.of_connection(error, self._property) from error
        except (ClientError, ValueError) as error:
            raise search_refusals.of_malformed(str(error), self._property) from error
        if not isinstance(answer, dict):  # the client hands on what it cannot parse, as text
            raise search_refusals.of_malformed(answer, self._property)
        return answer

    def _refusal(self, error: HttpError) -> Exception:
        refusal = search_refusals.of_response(error, self._property, self._account)
        if isinstance(refusal, QuotaUsedUp):
            if self._quota_waited:
                return refusal.final
            self._quota_waited = True
            LOG.warning("Search Console's load quota is used up: waiting 15 minutes once")
        return refusal


def sixteen_months_before(today: date) -> date:
    """Return the day before which Search Console keeps nothing."""
    return (pd.Timestamp(today) - pd.DateOffset(months=16)).date()


def account_of(credentials: Credentials) -> str:
    """Return the account's address, "" where the credentials do not say."""
    return str(
        getattr(credentials, "service_account_email", "") or getattr(credentials, "account", "")
    )


def _filters(config: SearchConsoleConfig) -> list[dict[str, str]]:
    """Return the filters of the configured countries and devices, as the service spells them."""
    chosen = {
        "country": config.countries,
        "device": tuple(device.upper() for device in config.devices),
    }
    return [
        {
            "dimension": dimension,
            "operator": "equals" if len(values) == 1 else "includingRegex",
            "expression": values[0] if len(values) == 1 else f"^({'|'.join(values)})$",
        }
        for dimension, values in chosen.items()
        if values
    ]


def _first_incomplete_day(answer: Answer) -> date | None:
    """Return the first day that may still change: Google spells its name in two ways."""
    metadata = answer.get("metadata")
    if not isinstance(metadata, dict):
        return None
    value = metadata.get("first_incomplete_date") or metadata.get("firstIncompleteDate")
    try:
        return date.fromisoformat(value) if value else None
    except (TypeError, ValueError) as error:
        raise UnexpectedAnswer(
            f"the first incomplete day is no day: {value!r}", hint=UNEXPECTED
        ) from error


def _wait(state: RetryCallState) -> float:
    """Return the seconds to wait: as asked for, else longer each time; with jitter."""
    passing = state.outcome.exception() if state.outcome else None
    if isinstance(passing, Passing) and passing.after_s is not None:
        return passing.after_s + _JITTER(state)
    return _BACKOFF(state)


_JITTER = wait_random(0, 1)
_BACKOFF = wait_exponential_jitter(initial=1, max=64, jitter=1)
