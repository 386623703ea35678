"""Rows of Search Console as frames: what is refused, what is summed, what a scraper typed."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import SearchConsoleError
from recommender.frames import PAGE_SEARCH, QUERY_SEARCH
from recommender.ingest.search_rows import (
    is_operator_query,
    merged,
    row_day,
    rows_of,
    search_frame,
)

DAY = date(2026, 5, 4)
PAGES = ("page", "date")
QUERIES = ("query", "page", "date")


def page_row(page: str = "/a", **changes: object) -> dict[str, object]:
    row = {"keys": [page, "2026-05-04"], "clicks": 2.0, "impressions": 10.0, "position": 4.5}
    return {**row, **changes}


@pytest.mark.parametrize(
    "query",
    [
        "site:example.com coffee",
        "coffee inurl:blog",
        "allintitle:coffee grinder",
        "coffee -site:example.com",
        '"write for us" "coffee"',
        "“guest post” “coffee”",
        "«guest post» «coffee»",
        '"coffee grinder" -amazon',
        "(coffee or tea) grinder",
        "(coffee) (grinder)",
        '"coffee" (grinder)',
        "(coffee | tea) grinder",
    ],
)
def test_a_scraper_is_known_by_the_structure_of_its_query(query: str) -> None:
    assert is_operator_query(query)


@pytest.mark.parametrize(
    "query",
    [
        "coffee grinder",
        '"to be or not to be"',
        "python print() function",
        "sum(range(10))",
        "metformin (500 mg) dose",
        "aspect ratio 16:9",
        "error: cannot open file",
        "on-site catering",
        "website: what is it",
        "coffee or tea",
        "https://example.com/a",
        "don't use -f",
        'monitor 27"',
        "",
    ],
)
def test_a_person_is_not_taken_for_a_scraper(query: str) -> None:
    assert not is_operator_query(query)


def test_rows_become_columns() -> None:
    frame = search_frame([page_row("/a"), page_row("/b", clicks=0)], PAGES, DAY)
    assert list(frame) == ["page", "clicks", "impressions", "position"]
    assert frame["clicks"].tolist() == [2, 0]
    assert frame["impressions"].dtype == "int64"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"keys": ["/a"]}, "needs 2 keys"),
        ({"keys": None}, "needs 2 keys"),
        ({"keys": [7, "2026-05-04"]}, "not text"),
        ({"keys": ["/a", "2026-05-03"]}, "belongs to 2026-05-03"),
        ({"clicks": None}, "clicks is no number"),
        ({"impressions": "10"}, "impressions is no number"),
        ({"impressions": True}, "impressions is no number"),
        ({"impressions": -1}, "impressions is no count"),
        ({"clicks": 1.5}, "clicks is no count"),
        ({"clicks": math.nan}, "clicks is no count"),
        ({"clicks": math.inf}, "clicks is no count"),
        ({"clicks": 1e300}, "clicks is no count"),
        ({"clicks": 10**400}, "clicks is no count"),
        ({"keys": ["/a", 7]}, "not text"),
        ({"keys": ["/a", "2026-05-04", "/b"]}, "needs 2 keys"),
        ({"position": "4"}, "position is no number"),
        ({"position": 0.2}, "position is not 1 or more"),
        ({"position": math.nan}, "position is not 1 or more"),
    ],
)
def test_a_malformed_row_is_named(changes: dict[str, object], fault: str) -> None:
    with pytest.raises(SearchConsoleError, match=fault) as caught:
        search_frame([page_row(), page_row("/b", **changes)], PAGES, DAY)
    assert "row 1 of page,date for 2026-05-04" in str(caught.value)


def test_a_page_of_news_may_lack_a_position() -> None:
    row = page_row()
    del row["position"]
    frame = merged([search_frame([row], PAGES, DAY)], PAGES, DAY)
    assert PAGE_SEARCH.coerced(frame)["position"].isna().all()


def test_a_query_never_lacks_a_position() -> None:
    row = {"keys": ["q", "/a", "2026-05-04"], "clicks": 0, "impressions": 1}
    with pytest.raises(SearchConsoleError, match="position is no number"):
        search_frame([row], QUERIES, DAY)


def test_rows_of_the_same_key_are_summed_and_the_position_weighted() -> None:
    first = search_frame([page_row("/a", position=2.0, impressions=30)], PAGES, DAY)
    second = search_frame([page_row("/a", position=6.0), page_row("/b")], PAGES, DAY)
    frame = PAGE_SEARCH.coerced(merged([first, second], PAGES, DAY)).set_index("page")
    assert frame.loc["/a", ["clicks", "impressions", "position"]].tolist() == [4, 40, 3.0]
    assert frame.loc["/b", "position"] == 4.5


def test_a_missing_position_does_not_count_as_one() -> None:
    known, unknown = page_row(position=6.0), page_row()
    del unknown["position"]
    frame = merged([search_frame([known, unknown], PAGES, DAY)], PAGES, DAY)
    assert frame["position"].tolist() == [6.0]
    assert frame["impressions"].tolist() == [20]


def test_a_key_that_repeats_without_impressions_keeps_a_position() -> None:
    rows = [page_row(impressions=0, clicks=0, position=4.0) for _ in range(2)]
    assert merged([search_frame(rows, PAGES, DAY)], PAGES, DAY)["position"].tolist() == [4.0]


@pytest.mark.parametrize(("dimensions", "spec"), [(PAGES, PAGE_SEARCH), (QUERIES, QUERY_SEARCH)])
def test_no_rows_make_an_empty_frame_of_the_right_kind(
    dimensions: tuple[str, ...], spec: object
) -> None:
    wanted = {PAGES: PAGE_SEARCH, QUERIES: QUERY_SEARCH}[dimensions]
    assert wanted is spec
    assert wanted.coerced(merged([], dimensions, DAY)).empty


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["/a", "/b", "/c"]),
            st.integers(0, 50),
            st.integers(1, 500),
            st.floats(1, 100),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_merging_keeps_every_click_and_impression(
    rows: list[tuple[str, int, int, float]],
) -> None:
    made = [
        page_row(page, clicks=clicks, impressions=impressions, position=position)
        for page, clicks, impressions, position in rows
    ]
    frame = PAGE_SEARCH.coerced(merged([search_frame(made, PAGES, DAY)], PAGES, DAY))
    assert frame["clicks"].sum() == sum(row[1] for row in rows)
    assert frame["impressions"].sum() == sum(row[2] for row in rows)
    weighted = (frame["position"] * frame["impressions"]).sum()
    assert weighted == pytest.approx(sum(row[2] * row[3] for row in rows))


@pytest.mark.parametrize("rows", ["none", [1, 2], {"keys": []}])
def test_rows_that_are_none_are_refused(rows: object) -> None:
    with pytest.raises(SearchConsoleError, match="no list of rows"):
        rows_of({"rows": rows}, "https://example.com/")


@pytest.mark.parametrize("keys", [None, [], ["2026-05-04", "/a"], ["May 4"], [4]])
def test_a_row_of_days_needs_a_day(keys: object) -> None:
    with pytest.raises(SearchConsoleError, match="row of days"):
        row_day({"keys": keys}, "https://example.com/")
