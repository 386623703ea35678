"""Google's own client against Search Console on loopback: facts, credentials, every failure."""

from __future__ import annotations

import json
import re
import stat
import sys
import threading
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from pathlib import Path

import pandas as pd
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth.credentials import AnonymousCredentials, Credentials

from jobs.demo import fake_search_console as fake
from jobs.demo.fake_search_console import Failure, FakeSearchConsole
from jobs.demo.search_model import SearchModel
from recommender.config import CredentialsKind, SearchConsoleConfig
from recommender.errors import (
    CredentialsError,
    PropertyForbidden,
    QuotaExhausted,
    SearchConsoleError,
    SearchConsoleUnavailable,
)
from recommender.ingest.credentials import authorise_oauth, load_credentials
from recommender.ingest.search_console import SearchConsoleSource, is_operator_query
from tests.command_line import oauth_client
from tests.demo_site import ROOT, crawled_pages
from tests.person import Person

FIRST = date(2026, 3, 2)
TODAY = date(2026, 3, 20)
NEWEST = TODAY - timedelta(days=3)
MODEL = SearchModel.of_site(crawled_pages(60), seed=6, first_day=FIRST)
ACCOUNT = "reader@project.example"


class Rows:
    """The same rows every day from ``first`` to ``last``."""

    def __init__(
        self, rows: pd.DataFrame, *, first: date = date.min, last: date = date.max
    ) -> None:
        self._rows, self._first, self._last = rows, first, last

    def day(self, day: date) -> pd.DataFrame:
        return self._rows if self._first <= day <= self._last else self._rows.head(0)


def rows(number: int) -> pd.DataFrame:
    """Return so many pages with one query each; the last ones have no clicks."""
    return pd.DataFrame(
        {
            "query": [f"query {place}" for place in range(number)],
            "page": [f"{ROOT}{place}" for place in range(number)],
            "clicks": [int(place < 5) for place in range(number)],
            "impressions": 3,
            "position": 7.0,
            "anonymised": False,
        }
    )


@pytest.fixture
def console() -> Iterator[FakeSearchConsole]:
    with FakeSearchConsole(MODEL, property_url=ROOT, today=lambda: TODAY) as service:
        yield service


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def source(console: FakeSearchConsole, waits: list[float]) -> SearchConsoleSource:
    return source_of(console, waits)


def source_of(
    console: FakeSearchConsole,
    waits: list[float] | None = None,
    *,
    credentials: Credentials | None = None,
    property_url: str = ROOT,
    timeout_s: float = 20.0,
    **settings: object,
) -> SearchConsoleSource:
    config = SearchConsoleConfig(endpoint=console.endpoint, **settings)  # type: ignore[arg-type]
    return SearchConsoleSource(
        config,
        property_url=property_url,
        credentials=credentials or AnonymousCredentials(),
        sleep=(waits if waits is not None else []).append,
        timeout_s=timeout_s,
    )


# --- Facts ------------------------------------------------------------------------------------


def test_page_totals_are_the_truth_to_the_unit(source: SearchConsoleSource) -> None:
    truth = MODEL.day(NEWEST).groupby("page")[["clicks", "impressions"]].sum()
    read = source.read_day(NEWEST).pages.set_index("page")[["clicks", "impressions"]]
    assert read.sort_index().equals(truth.sort_index())


def test_positions_are_weighted_by_impressions(source: SearchConsoleSource) -> None:
    truth = MODEL.day(NEWEST)
    weighted = (truth["position"] * truth["impressions"]).groupby(truth["page"]).sum()
    expected = weighted / truth.groupby("page")["impressions"].sum()
    read = source.read_day(NEWEST).pages.set_index("page")["position"]
    assert read.sort_index().tolist() == pytest.approx(expected.sort_index().tolist())


def test_rare_queries_count_in_pages_and_are_missing_from_queries(
    source: SearchConsoleSource,
) -> None:
    truth = MODEL.day(NEWEST)
    shown = truth[~truth["anonymised"]]
    typed = shown[~shown["query"].map(is_operator_query)]
    read = source.read_day(NEWEST)
    assert read.queries["impressions"].sum() == typed["impressions"].sum()
    assert set(read.queries["query"]) == set(typed["query"])
    assert read.pages["impressions"].sum() == truth["impressions"].sum()


def test_operator_queries_are_left_out_and_counted() -> None:
    scraped = rows(4).assign(query=["a b", "site:example.com", '"a" "b"', "(a or b)"])
    with FakeSearchConsole(Rows(scraped), property_url=ROOT, today=lambda: TODAY) as service:
        read = source_of(service).read_day(NEWEST)
    assert read.queries["query"].tolist() == ["a b"]
    assert read.operator_rows == 3
    assert len(read.pages) == 4


def test_a_day_costs_two_requests_for_pages_and_two_for_queries(
    source: SearchConsoleSource, console: FakeSearchConsole
) -> None:
    read = source.read_day(NEWEST)
    assert read.requests == len(console.requests) == 4
    assert [query.dimensions for query in console.queries] == [
        ("page", "date"),
        ("page", "date"),
        ("query", "page", "date"),
        ("query", "page", "date"),
    ]
    for query in console.queries:
        assert query.body["startDate"] == query.body["endDate"] == NEWEST.isoformat()
        assert query.body["dataState"] == "final"
        assert query.body["rowLimit"] == 25_000
        assert query.body["type"] == "web"
        assert "dimensionFilterGroups" not in query.body


def test_rows_are_paged_to_the_answer_without_any_and_the_cap_is_told() -> None:
    with FakeSearchConsole(Rows(rows(50_004)), property_url=ROOT, today=lambda: TODAY) as service:
        read = source_of(service).read_day(NEWEST)
        starts = [query.body["startRow"] for query in service.queries]
    assert starts == [0, 25_000, 50_000] * 2
    assert read.capped
    assert len(read.pages) == len(read.queries) == 50_000
    assert read.pages["clicks"].sum() == 5


def test_a_day_just_below_the_cap_is_not_capped() -> None:
    with FakeSearchConsole(Rows(rows(25_001)), property_url=ROOT, today=lambda: TODAY) as service:
        read = source_of(service).read_day(NEWEST)
    assert not read.capped
    assert len(read.pages) == 25_001


def test_a_service_that_never_runs_out_of_rows_is_given_up() -> None:
    class Endless(FakeSearchConsole):
        def query(self, property_url: str, body: object) -> tuple[int, bytes]:
            asked = {**dict(body), "startRow": 0}  # type: ignore[call-overload]
            return super().query(property_url, asked)

    with (
        Endless(Rows(rows(2)), property_url=ROOT, today=lambda: TODAY) as service,
        pytest.raises(SearchConsoleError, match="has no end"),
    ):
        source_of(service).read_day(NEWEST)


def test_one_country_and_device_are_filtered_exactly(console: FakeSearchConsole) -> None:
    source_of(console, countries=("DEU",), devices=("Mobile",)).read_day(NEWEST)
    assert console.queries[0].body["dimensionFilterGroups"] == [
        {
            "groupType": "and",
            "filters": [
                {"dimension": "country", "operator": "equals", "expression": "deu"},
                {"dimension": "device", "operator": "equals", "expression": "MOBILE"},
            ],
        }
    ]


def test_several_countries_and_devices_are_filtered_by_one_expression_each(
    console: FakeSearchConsole,
) -> None:
    config = {"countries": ("deu", "aut"), "devices": ("mobile", "tablet"), "search_type": "news"}
    source_of(console, **config).newest_final_day(TODAY)
    (query,) = console.queries
    (group,) = query.body["dimensionFilterGroups"]  # type: ignore[misc]
    assert group["filters"] == [
        {"dimension": "country", "operator": "includingRegex", "expression": "^(deu|aut)$"},
        {"dimension": "device", "operator": "includingRegex", "expression": "^(MOBILE|TABLET)$"},
    ]
    assert query.body["type"] == "news"


def test_discover_knows_no_queries(console: FakeSearchConsole) -> None:
    read = source_of(console, search_type="discover").read_day(NEWEST)
    assert read.queries.empty
    assert len(read.pages) > 0
    assert {query.dimensions for query in console.queries} == {("page", "date")}


def of_places() -> pd.DataFrame:
    """Return a page per country and device, each shown another number of times."""
    places = [(c, d) for c in ("deu", "aut", "usa") for d in ("MOBILE", "DESKTOP", "TABLET")]
    return rows(9).assign(
        impressions=[2**number for number in range(9)],
        country=[country for country, _ in places],
        device=[device for _, device in places],
    )


@pytest.mark.parametrize(
    ("settings", "impressions"),
    [
        ({}, 511),
        ({"countries": ("deu",)}, 1 + 2 + 4),
        ({"countries": ("DEU", "usa")}, 1 + 2 + 4 + 64 + 128 + 256),
        ({"devices": ("mobile",)}, 1 + 8 + 64),
        ({"devices": ("desktop", "tablet"), "countries": ("aut",)}, 16 + 32),
    ],
)
def test_only_the_configured_countries_and_devices_are_counted(
    settings: dict[str, object], impressions: int
) -> None:
    with FakeSearchConsole(Rows(of_places()), property_url=ROOT, today=lambda: TODAY) as service:
        source = source_of(service, **settings)
        read = source.read_day(NEWEST)
        assert source.newest_final_day(TODAY) == NEWEST
    assert read.pages["impressions"].sum() == impressions
    assert read.queries["impressions"].sum() == impressions


@pytest.mark.parametrize("kind", ["discover", "googleNews"])
def test_feeds_have_neither_queries_nor_positions(kind: str) -> None:
    feed = Rows(rows(3).assign(impressions=[7, 8, 9]))
    with FakeSearchConsole(
        MODEL, property_url=ROOT, today=lambda: TODAY, types={kind: feed}
    ) as service:
        source = source_of(service, search_type=kind)
        assert source.newest_final_day(TODAY) == NEWEST
        read = source.read_day(NEWEST)
    assert read.queries.empty
    assert read.query_share == 0
    assert read.pages["impressions"].sum() == 24
    assert read.pages["position"].isna().all()
    assert {query.body["type"] for query in service.queries} == {kind}
    assert {query.dimensions for query in service.queries} == {("date",), ("page", "date")}


@pytest.mark.parametrize("kind", ["news", "image", "video"])
def test_each_search_type_has_its_own_facts(kind: str) -> None:
    other = Rows(rows(3).assign(impressions=[7, 8, 9]))
    with FakeSearchConsole(
        MODEL, property_url=ROOT, today=lambda: TODAY, types={kind: other}
    ) as service:
        read = source_of(service, search_type=kind).read_day(NEWEST)
        web = source_of(service).read_day(NEWEST)
    assert read.pages["impressions"].sum() == read.queries["impressions"].sum() == 24
    assert read.pages["position"].notna().all()
    assert web.pages["impressions"].sum() == MODEL.day(NEWEST)["impressions"].sum()


def test_a_property_of_a_whole_domain_is_spelled_as_it_is() -> None:
    name = "sc-domain:example.com"
    with FakeSearchConsole(MODEL, property_url=name, today=lambda: TODAY) as service:
        assert len(source_of(service, property_url=name).read_day(NEWEST).pages) > 0


def test_pages_counted_by_property_are_refused() -> None:
    class ByProperty(FakeSearchConsole):
        def query(self, property_url: str, body: object) -> tuple[int, bytes]:
            status, answer = super().query(property_url, body)  # type: ignore[arg-type]
            return status, answer.replace(b"byPage", b"byProperty")

    with (
        ByProperty(MODEL, property_url=ROOT, today=lambda: TODAY) as service,
        pytest.raises(SearchConsoleError, match="aggregated by property"),
    ):
        source_of(service).read_day(NEWEST)


# --- Days -------------------------------------------------------------------------------------


@pytest.mark.parametrize("snake_case", [True, False])
@pytest.mark.parametrize("lag", [2, 3, 4])
def test_the_newest_final_day_is_before_the_first_incomplete_one(
    lag: int, *, snake_case: bool
) -> None:
    with FakeSearchConsole(
        MODEL,
        property_url=ROOT,
        today=lambda: TODAY,
        final_lag_days=lag,
        snake_case_metadata=snake_case,
    ) as service:
        assert source_of(service).newest_final_day(TODAY) == TODAY - timedelta(days=lag)
        assert len(service.requests) == 1


def test_the_newest_final_day_is_one_with_data() -> None:
    quiet = Rows(rows(2), last=NEWEST - timedelta(days=2))
    with FakeSearchConsole(quiet, property_url=ROOT, today=lambda: TODAY) as service:
        assert source_of(service).newest_final_day(TODAY) == NEWEST - timedelta(days=2)


@pytest.mark.parametrize("days", [-400, -2, 2, 400])
def test_a_clock_that_is_days_off_is_told_before_anything_is_stored(
    source: SearchConsoleSource, days: int
) -> None:
    wrong = TODAY + timedelta(days=days)
    with pytest.raises(SearchConsoleError, match=f"clock says {wrong}, Search Console's {TODAY}"):
        source.newest_final_day(wrong)


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_a_clock_may_be_a_day_off(source: SearchConsoleSource, days: int) -> None:
    assert source.newest_final_day(TODAY + timedelta(days=days)) == NEWEST


def test_the_oldest_day_is_the_first_with_data(
    source: SearchConsoleSource, console: FakeSearchConsole
) -> None:
    assert source.oldest_day(TODAY) == FIRST
    (query,) = console.queries
    assert query.body["startDate"] == "2024-11-20"


def test_there_is_no_oldest_day_without_data() -> None:
    with FakeSearchConsole(Rows(rows(0)), property_url=ROOT, today=lambda: TODAY) as service:
        assert source_of(service).oldest_day(TODAY) is None


def test_a_day_without_searches_is_final_once_a_later_day_has_data() -> None:
    gap = Rows(rows(2), first=NEWEST)
    with FakeSearchConsole(gap, property_url=ROOT, today=lambda: TODAY) as service:
        read = source_of(service).read_day(NEWEST - timedelta(days=1))
    assert read.pages.empty
    assert read.queries.empty
    assert read.final
    assert read.query_share is None


def test_a_day_that_has_not_arrived_is_not_taken_for_a_day_without_searches(
    source: SearchConsoleSource,
) -> None:
    read = source.read_day(NEWEST + timedelta(days=1))
    assert read.pages.empty
    assert not read.final


def test_provisional_days_grow_until_they_are_final() -> None:
    today = [TODAY]
    day = NEWEST + timedelta(days=2)
    with FakeSearchConsole(MODEL, property_url=ROOT, today=lambda: today[0]) as service:
        seen = []
        for _ in range(3):
            answer = service.answers.query(
                {
                    "startDate": day.isoformat(),
                    "endDate": day.isoformat(),
                    "dimensions": ["date"],
                    "dataState": "all",
                }
            )
            seen.append(answer["rows"][0]["impressions"])  # type: ignore[index]
            today[0] += timedelta(days=1)
    assert seen == sorted(set(seen))
    assert seen[-1] == MODEL.day(day)["impressions"].sum()


# --- Failures ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "failure",
    [
        fake.RATE_LIMIT,
        fake.TOO_MANY,
        fake.SERVER_ERROR,
        fake.BAD_GATEWAY,
        fake.UNAVAILABLE,
        fake.CUT,
        fake.TRUNCATED,
        fake.PROSE,
        replace(fake.RATE_LIMIT, reason="userRateLimitExceeded"),
    ],
    ids=lambda failure: failure.reason + failure.manner + str(failure.status),
)
def test_what_may_pass_is_tried_again(
    source: SearchConsoleSource,
    console: FakeSearchConsole,
    waits: list[float],
    failure: Failure,
) -> None:
    console.fail_next(failure, failure)
    read = source.read_day(NEWEST)
    assert read.pages["impressions"].sum() == MODEL.day(NEWEST)["impressions"].sum()
    assert len(waits) == 2
    assert len(console.requests) == read.requests == 6


@pytest.mark.parametrize(
    ("failure", "kind", "said"),
    [
        (fake.SERVER_ERROR, SearchConsoleUnavailable, "answered 500"),
        (fake.BAD_GATEWAY, SearchConsoleUnavailable, "answered 502"),
        (fake.UNAVAILABLE, SearchConsoleUnavailable, "answered 503"),
        (fake.CUT, SearchConsoleUnavailable, "cannot be reached"),
        (fake.TRUNCATED, SearchConsoleUnavailable, "cannot be reached"),
        (fake.PROSE, SearchConsoleUnavailable, "not a JSON object: '<html>"),
        (fake.RATE_LIMIT, QuotaExhausted, "Rate limit exceeded"),
        (fake.TOO_MANY, QuotaExhausted, "quota"),
    ],
    ids=lambda value: getattr(value, "manner", None),
)
def test_what_does_not_pass_ends_the_pull_so_that_the_next_run_goes_on(
    source: SearchConsoleSource,
    console: FakeSearchConsole,
    waits: list[float],
    *,
    failure: Failure,
    kind: type[SearchConsoleError],
    said: str,
) -> None:
    console.fail_next(*[failure] * 6)
    with pytest.raises(kind, match=said) as caught:
        source.read_day(NEWEST)
    assert caught.value.exit_code == 3
    assert caught.value.__cause__ is not None or failure is fake.PROSE
    assert len(console.requests) == 6
    assert len(waits) == 5


def test_waits_grow_and_never_agree(
    source: SearchConsoleSource, console: FakeSearchConsole, waits: list[float]
) -> None:
    console.fail_next(*[fake.SERVER_ERROR] * 5)
    source.read_day(NEWEST)
    assert waits == sorted(waits)
    assert all(2**n <= wait <= 2**n + 1 for n, wait in enumerate(waits))
    assert any(wait != round(wait) for wait in waits)


def test_retry_after_is_honoured(
    source: SearchConsoleSource, console: FakeSearchConsole, waits: list[float]
) -> None:
    console.fail_next(fake.TOO_MANY, replace(fake.UNAVAILABLE, retry_after="40"))
    source.read_day(NEWEST)
    assert 7 <= waits[0] <= 8
    assert 40 <= waits[1] <= 41


def test_retry_after_may_be_a_date(
    source: SearchConsoleSource, console: FakeSearchConsole, waits: list[float]
) -> None:
    past = "Wed, 21 Oct 2015 07:28:00 GMT"
    console.fail_next(
        replace(fake.TOO_MANY, retry_after=past), replace(fake.TOO_MANY, retry_after="soon")
    )
    source.read_day(NEWEST)
    assert waits[0] <= 1
    assert 2 <= waits[1] <= 3


@pytest.mark.parametrize(("seconds", "waited"), [(30, 30), (-30, 0)])
def test_a_retry_after_that_is_a_date_counts_from_the_answers_own(
    source: SearchConsoleSource,
    console: FakeSearchConsole,
    waits: list[float],
    seconds: int,
    waited: int,
) -> None:
    until = datetime.combine(TODAY, time(20), UTC) + timedelta(seconds=seconds)
    after = format_datetime(until, usegmt=True)
    console.fail_next(replace(fake.TOO_MANY, retry_after=after))
    source.read_day(NEWEST)
    assert waited <= waits[0] <= waited + 1


def test_a_very_long_wait_is_left_to_the_next_run(
    source: SearchConsoleSource, console: FakeSearchConsole, waits: list[float]
) -> None:
    console.fail_next(replace(fake.TOO_MANY, retry_after="7200"))
    with pytest.raises(QuotaExhausted):
        source.read_day(NEWEST)
    assert waits == []


def test_the_load_quota_is_worth_one_wait_of_fifteen_minutes(
    source: SearchConsoleSource, console: FakeSearchConsole, waits: list[float]
) -> None:
    console.fail_next(fake.QUOTA)
    assert len(source.read_day(NEWEST).pages) > 0
    assert [round(wait // 60) for wait in waits] == [15]
    console.fail_next(fake.QUOTA)
    with pytest.raises(QuotaExhausted, match="load quota exceeded") as caught:
        source.read_day(NEWEST)
    assert len(waits) == 1
    assert "next run" in caught.value.hint
    assert caught.value.exit_code == 3


def test_a_daily_limit_is_not_waited_for(
    source: SearchConsoleSource, console: FakeSearchConsole, waits: list[float]
) -> None:
    console.fail_next(replace(fake.QUOTA, reason="dailyLimitExceeded"))
    with pytest.raises(QuotaExhausted):
        source.read_day(NEWEST)
    assert waits == []


@pytest.mark.parametrize("failure", [fake.FORBIDDEN, fake.INSUFFICIENT])
def test_a_forbidden_property_is_named_and_not_tried_again(
    source: SearchConsoleSource, console: FakeSearchConsole, failure: Failure
) -> None:
    console.fail_next(failure)
    with pytest.raises(PropertyForbidden, match=re.escape(ROOT)) as caught:
        source.read_day(NEWEST)
    assert "the authorised account may not read" in caught.value.message
    assert "Users and permissions" in caught.value.hint
    assert len(console.requests) == 1


def test_a_bad_request_is_not_tried_again(
    source: SearchConsoleSource, console: FakeSearchConsole
) -> None:
    console.fail_next(replace(fake.BAD_REQUEST, message="Invalid value for country"))
    with pytest.raises(SearchConsoleError, match="Invalid value for country") as caught:
        source.read_day(NEWEST)
    assert type(caught.value) is SearchConsoleError
    assert "countries" in caught.value.hint
    assert len(console.requests) == 1


def test_an_api_that_is_not_enabled_says_where_to_enable_it(
    source: SearchConsoleSource, console: FakeSearchConsole
) -> None:
    console.fail_next(
        Failure(status=403, reason="accessNotConfigured", message="visit the console")
    )
    with pytest.raises(CredentialsError, match="not enabled: visit the console"):
        source.read_day(NEWEST)


def test_credentials_without_the_scope_are_told_apart_from_a_missing_permission(
    source: SearchConsoleSource, console: FakeSearchConsole
) -> None:
    console.fail_next(Failure(status=403, reason="ACCESS_TOKEN_SCOPE_INSUFFICIENT"))
    with pytest.raises(CredentialsError, match="do not cover Search Console"):
        source.read_day(NEWEST)


def test_an_error_that_is_not_googles_is_still_told(
    source: SearchConsoleSource, console: FakeSearchConsole
) -> None:
    console.fail_next(Failure(status=404, reason="notFound"))
    with pytest.raises(SearchConsoleError, match="404"):
        source.read_day(NEWEST)


def test_a_slow_answer_is_given_up_and_asked_for_again(
    console: FakeSearchConsole, waits: list[float]
) -> None:
    source = source_of(console, waits, timeout_s=0.25)
    console.fail_next(fake.SLOW)
    read = source.read_day(NEWEST)
    assert len(waits) == 1
    assert read.pages["impressions"].sum() == MODEL.day(NEWEST)["impressions"].sum()


def test_a_service_that_does_not_listen_is_unavailable(waits: list[float]) -> None:
    with FakeSearchConsole(MODEL, property_url=ROOT, today=lambda: TODAY) as service:
        source = source_of(service, waits)
    with pytest.raises(SearchConsoleUnavailable, match="cannot be reached") as caught:
        source.read_day(NEWEST)
    assert isinstance(caught.value.__cause__, OSError)
    assert len(waits) == 5


def test_a_first_incomplete_day_that_is_no_day_is_refused() -> None:
    class Odd(FakeSearchConsole):
        def query(self, property_url: str, body: object) -> tuple[int, bytes]:
            return 200, json.dumps({"metadata": {"firstIncompleteDate": "soon"}}).encode()

    with (
        Odd(MODEL, property_url=ROOT, today=lambda: TODAY) as service,
        pytest.raises(SearchConsoleError, match="first incomplete day is no day: 'soon'"),
    ):
        source_of(service).newest_final_day(TODAY)


# --- Access -----------------------------------------------------------------------------------


def test_access_tells_the_permission_and_what_else_may_be_read() -> None:
    with FakeSearchConsole(
        MODEL,
        property_url=ROOT,
        today=lambda: TODAY,
        permission="siteRestrictedUser",
        permissions={"sc-domain:example.com": "siteOwner", "https://other/": "siteUnverifiedUser"},
    ) as service:
        access = source_of(service).check_access()
    assert access.permission == "siteRestrictedUser"
    assert access.readable == (ROOT, "sc-domain:example.com")


@pytest.mark.parametrize(
    ("permission", "said"),
    [
        ("siteUnverifiedUser", "it may read: sc-domain:example.com"),
        ("siteFullUser", "it may read: https://www.example.com/, sc-domain:example.com"),
    ],
)
def test_a_property_out_of_reach_is_told_with_those_within(permission: str, said: str) -> None:
    wanted = ROOT if permission == "siteUnverifiedUser" else "http://www.example.com/"
    with (
        FakeSearchConsole(
            MODEL,
            property_url=ROOT,
            today=lambda: TODAY,
            permission=permission,
            permissions={"sc-domain:example.com": "siteOwner"},
        ) as service,
        pytest.raises(PropertyForbidden, match=re.escape(said)),
    ):
        source_of(service, property_url=wanted).check_access()


def test_an_account_without_properties_is_told() -> None:
    with FakeSearchConsole(MODEL, property_url=ROOT, today=lambda: TODAY) as service:
        service.levels.clear()
        with pytest.raises(PropertyForbidden, match="it may read none at all"):
            source_of(service).check_access()


def test_an_unknown_property_is_forbidden(console: FakeSearchConsole) -> None:
    with pytest.raises(PropertyForbidden, match="http://other"):
        source_of(console, property_url="http://other.example/").read_day(NEWEST)


# --- Credentials ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def private_key() -> str:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@pytest.fixture
def guarded() -> Iterator[FakeSearchConsole]:
    with FakeSearchConsole(
        MODEL, property_url=ROOT, today=lambda: TODAY, require_token=True
    ) as service:
        yield service


@pytest.fixture
def key_file(tmp_path: Path, guarded: FakeSearchConsole, private_key: str) -> Path:
    return secret(
        tmp_path / "key.json",
        {
            "type": "service_account",
            "project_id": "project",
            "client_email": ACCOUNT,
            "private_key": private_key,
            "token_uri": guarded.token_uri,
        },
    )


@pytest.fixture
def token_file(tmp_path: Path, guarded: FakeSearchConsole) -> Path:
    return secret(
        tmp_path / "token.json",
        {
            "type": "authorized_user",
            "client_id": "client",
            "client_secret": "hush",
            "refresh_token": "refresh",
            "token_uri": guarded.token_uri,
        },
    )


def secret(path: Path, content: dict[str, str]) -> Path:
    path.write_text(json.dumps(content))
    path.chmod(0o600)
    return path


def of_kind(kind: CredentialsKind, path: Path | None) -> Credentials:
    return load_credentials(SearchConsoleConfig(credentials=kind, credentials_file=path))


def test_a_service_account_signs_in_once(guarded: FakeSearchConsole, key_file: Path) -> None:
    credentials = of_kind(CredentialsKind.SERVICE_ACCOUNT, key_file)
    source = source_of(guarded, credentials=credentials)
    assert source.newest_final_day(TODAY) == NEWEST
    assert len(source.read_day(NEWEST).pages) > 0
    assert [request.path for request in guarded.requests].count("/token") == 1
    assert {query.account for query in guarded.queries} == {ACCOUNT}
    assert source.check_access().account == ACCOUNT


HOSTS: list[str] = []  # every host whose address anything in this process asked for
sys.addaudithook(
    lambda event, details: HOSTS.append(str(details[0])) if event == "socket.getaddrinfo" else None
)


def test_a_service_account_talks_to_no_third_host(
    guarded: FakeSearchConsole, key_file: Path
) -> None:
    HOSTS.clear()
    credentials = of_kind(CredentialsKind.SERVICE_ACCOUNT, key_file)
    source_of(guarded, credentials=credentials).newest_final_day(TODAY)
    for thread in threading.enumerate():
        if type(thread).__module__.startswith("google"):
            thread.join(timeout=10)
    assert set(HOSTS) == {"127.0.0.1"}


def test_a_service_account_that_may_not_read_is_named(
    guarded: FakeSearchConsole, key_file: Path
) -> None:
    credentials = of_kind(CredentialsKind.SERVICE_ACCOUNT, key_file)
    source = source_of(guarded, credentials=credentials, property_url="https://other.example/")
    with pytest.raises(PropertyForbidden, match=ACCOUNT) as caught:
        source.read_day(NEWEST)
    assert f"add {ACCOUNT}" in caught.value.hint


def test_a_stored_token_is_enough(guarded: FakeSearchConsole, token_file: Path) -> None:
    credentials = of_kind(CredentialsKind.OAUTH, token_file)
    assert source_of(guarded, credentials=credentials).newest_final_day(TODAY) == NEWEST
    assert {query.account for query in guarded.queries} == {"refresh"}


def test_default_credentials_are_enough(
    guarded: FakeSearchConsole, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key_file))
    credentials = of_kind(CredentialsKind.ADC, None)
    assert source_of(guarded, credentials=credentials).newest_final_day(TODAY) == NEWEST


def test_no_credentials_are_not_enough_where_a_token_is_needed(guarded: FakeSearchConsole) -> None:
    with pytest.raises(CredentialsError):
        source_of(guarded).newest_final_day(TODAY)
    assert len(guarded.requests) == 1


def test_a_token_that_expired_on_the_way_is_renewed_once(
    guarded: FakeSearchConsole, token_file: Path, waits: list[float]
) -> None:
    source = source_of(guarded, waits, credentials=of_kind(CredentialsKind.OAUTH, token_file))
    source.newest_final_day(TODAY)
    guarded.tokens.expire_all()
    assert source.newest_final_day(TODAY) == NEWEST
    assert waits == []
    guarded.fail_next(fake.UNAUTHORISED, fake.UNAUTHORISED)
    with pytest.raises(CredentialsError, match="does not accept the credentials") as caught:
        source.newest_final_day(TODAY)
    assert caught.value.exit_code == 2


def test_a_revoked_token_says_to_publish_the_app(
    guarded: FakeSearchConsole, token_file: Path, waits: list[float]
) -> None:
    guarded.tokens.revoke("refresh")
    source = source_of(guarded, waits, credentials=of_kind(CredentialsKind.OAUTH, token_file))
    with pytest.raises(CredentialsError, match="expired or revoked") as caught:
        source.newest_final_day(TODAY)
    assert "publish the OAuth app" in caught.value.hint
    assert waits == []
    assert guarded.queries == []


def test_a_removed_service_account_says_to_check_its_key(
    guarded: FakeSearchConsole, key_file: Path
) -> None:
    guarded.tokens.revoke(ACCOUNT)
    credentials = of_kind(CredentialsKind.SERVICE_ACCOUNT, key_file)
    with pytest.raises(CredentialsError) as caught:
        source_of(guarded, credentials=credentials).newest_final_day(TODAY)
    assert "key still exists" in caught.value.hint


def test_an_unreachable_token_endpoint_is_unavailable(
    guarded: FakeSearchConsole, tmp_path: Path, waits: list[float]
) -> None:
    content = {"type": "authorized_user", "client_id": "c", "client_secret": "s"}
    path = tmp_path / "lost.json"
    secret(path, {**content, "refresh_token": "r", "token_uri": "http://127.0.0.1:9/token"})
    source = source_of(guarded, waits, credentials=of_kind(CredentialsKind.OAUTH, path))
    with pytest.raises(SearchConsoleUnavailable):
        source.newest_final_day(TODAY)
    assert len(waits) == 5


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Iterator[Person]:
    reader = Person()
    webbrowser.register("person", None, reader)
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # the consent screen is on loopback
    yield reader
    reader.leave()


@pytest.fixture
def client_file(tmp_path: Path, guarded: FakeSearchConsole) -> Path:
    screen = f"{guarded.endpoint}/auth"
    return oauth_client(tmp_path / "client.json", screen=screen, token_uri=guarded.token_uri)


@pytest.mark.usefixtures("person")
def test_a_person_authorises_once_and_the_token_is_theirs_alone(
    guarded: FakeSearchConsole, client_file: Path, tmp_path: Path
) -> None:
    stored = tmp_path / "secrets" / "token.json"
    authorise_oauth(client_file, stored, browser="person", timeout_s=20)
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    assert [path.name for path in stored.parent.iterdir()] == ["token.json"]
    assert "access-" not in stored.read_text()
    credentials = of_kind(CredentialsKind.OAUTH, stored)
    assert source_of(guarded, credentials=credentials).newest_final_day(TODAY) == NEWEST


@pytest.mark.usefixtures("person")
def test_a_person_who_declines_leaves_no_token(
    guarded: FakeSearchConsole, client_file: Path, tmp_path: Path
) -> None:
    guarded.consent = False
    with pytest.raises(CredentialsError, match="did not authorise"):
        authorise_oauth(client_file, tmp_path / "token.json", browser="person", timeout_s=20)
    assert not (tmp_path / "token.json").exists()


# --- The fake itself --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"rowLimit": 25_001},
        {"rowLimit": 0},
        {"startRow": -1},
        {"startDate": "yesterday"},
        {"endDate": "2026-01-01"},
        {"dimensions": ["words"]},
        {"dimensions": ["page", "page"]},
        {"dataState": "some"},
        {"type": "tv"},
        {"type": "discover", "dimensions": ["query"]},
        {"dimensionFilterGroups": [{"filters": [{"dimension": "moon", "expression": "x"}]}]},
    ],
)
def test_the_fake_refuses_what_the_service_refuses(
    console: FakeSearchConsole, changes: dict[str, object]
) -> None:
    day = NEWEST.isoformat()
    body = {"startDate": day, "endDate": day, "dimensions": ["page"], **changes}
    status, answer = console.query(ROOT, body)
    assert status == 400
    assert json.loads(answer)["error"]["errors"][0]["reason"] == "invalidParameter"


def test_the_fake_sums_a_range_of_days(console: FakeSearchConsole) -> None:
    body = {"startDate": FIRST.isoformat(), "endDate": NEWEST.isoformat(), "dimensions": []}
    _, answer = console.query(ROOT, body)
    days = [FIRST + timedelta(days=number) for number in range((NEWEST - FIRST).days + 1)]
    (row,) = json.loads(answer)["rows"]
    assert row["impressions"] == sum(int(MODEL.day(day)["impressions"].sum()) for day in days)
    assert row["keys"] == []


def test_the_fake_forgets_what_is_older_than_sixteen_months() -> None:
    with FakeSearchConsole(Rows(rows(1)), property_url=ROOT, today=lambda: TODAY) as service:
        day = (TODAY - timedelta(days=488)).isoformat()
        _, answer = service.query(ROOT, {"startDate": day, "endDate": day, "dimensions": ["page"]})
    assert "rows" not in json.loads(answer)


def test_the_fake_has_an_address_only_while_it_listens() -> None:
    service = FakeSearchConsole(MODEL, property_url=ROOT, today=lambda: TODAY)
    with pytest.raises(RuntimeError, match="with"):
        _ = service.endpoint


def test_the_fake_knows_no_other_path(console: FakeSearchConsole) -> None:
    with (
        pytest.raises(urllib.error.HTTPError, match="404"),
        urllib.request.urlopen(f"{console.endpoint}/webmasters/v3/sitemaps", timeout=10),
    ):
        pass
