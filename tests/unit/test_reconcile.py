from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from recommender.frames import KNOWN_URLS, PAGES, FrameSpec
from recommender.ingest.crawl_job import Address, FetchedPage
from recommender.ingest.reconcile import PATIENCE, Reconciled, reconcile

SITE = "https://www.example.com"
BEFORE = datetime(2026, 3, 1, 5, 30, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Earlier:
    pages: pd.DataFrame
    known: pd.DataFrame
    id: str = "c1"
    reader: str = ""
    complete: bool = True
    notes: tuple[str, ...] = ()

    def rows(self, spec: FrameSpec, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        yield from ()


def fetched(path: str, status: int = 200, **facts: object) -> FetchedPage:
    told: dict[str, object] = {"read": status == 200 and not facts.get("unchanged")}
    if status != 200 and "problem" not in facts:
        told["problem"] = f"answers {status}"
    return FetchedPage(url=SITE + path, status=status, **(told | facts))  # type: ignore[arg-type]


def after(
    *visited: FetchedPage,
    earlier: Reconciled | None = None,
    left: Mapping[str, str] | None = None,
    crawl_id: str = "c1",
    at: datetime = BEFORE,
) -> Reconciled:
    """Return the state after a visit; ``left`` are addresses met and not asked for."""
    met = [Address(url=page.url, found="link", outcome="fetched") for page in visited]
    met += [
        Address(url=SITE + path, found="link", outcome=outcome, why="a reason")
        for path, outcome in (left or {}).items()
    ]
    return reconcile(
        pd.DataFrame([asdict(page) for page in visited], columns=list(FetchedPage.__annotations__)),
        pd.DataFrame([asdict(address) for address in met]),
        None if earlier is None else stored(earlier),
        crawl_id=crawl_id,
        started_at=at,
    )


def stored(state: Reconciled) -> Earlier:
    """Return a state as a crawl that was judged and stored."""
    pages = state.pages.rename_axis("url").reset_index()
    judged = {"depth": 1, "words": 7, "content_hash": "h", "indexable": True}
    return Earlier(PAGES.coerced(pages.assign(**judged, why_not_indexable=None)), state.known)


def statuses(state: Reconciled) -> dict[str, int]:
    return {url.removeprefix(SITE): status for url, status in state.pages["status"].items()}


def known(state: Reconciled, column: str) -> dict[str, object]:
    urls = state.known["url"].str.removeprefix(SITE)
    return dict(zip(urls, state.known[column], strict=True))


TEN = [fetched(f"/{number}", title=f"T{number}", body_hash=f"b{number}") for number in range(10)]


def test_a_first_visit_is_all_there_is() -> None:
    state = after(fetched("/a", title="A"), fetched("/no", 404), left={"/x": "trap"})
    assert statuses(state) == {"/a": 200, "/no": 404}
    assert state.fresh == {SITE + "/a"}
    assert known(state, "outcome") == {"/a": "fetched", "/no": "fetched", "/x": "trap"}
    assert known(state, "rows_in") == {"/a": "c1", "/no": "", "/x": ""}
    assert known(state, "problem")["/no"] == "answers 404"


def test_a_page_that_was_not_visited_is_not_missing() -> None:
    first = after(fetched("/a", title="A"), fetched("/b", title="B"))
    state = after(
        fetched("/a", title="A2"),
        earlier=first, left={"/b": "carried"}, crawl_id="c2", at=NOW,
    )  # fmt: skip
    assert state.pages["title"].tolist() == ["A2", "B"]
    assert state.fresh == {SITE + "/a"}
    assert known(state, "rows_in") == {"/a": "c2", "/b": "c1"}
    assert state.pages["fetched_at"].tolist() == [NOW, BEFORE]
    assert state.pages["words"].isna().tolist() == [True, False]


def test_a_page_that_did_not_change_keeps_its_rows_and_was_seen_today() -> None:
    first = after(fetched("/a", title="A", etag='"1"', body_hash="b"))
    state = after(
        fetched("/a", unchanged=True, etag='"2"', body_hash="b"),
        earlier=first, crawl_id="c2", at=NOW,
    )  # fmt: skip
    assert (state.pages["title"].iloc[0], state.pages["words"].iloc[0]) == ("A", 7)
    assert state.pages["fetched_at"].iloc[0] == NOW
    assert state.fresh == frozenset()
    assert (known(state, "rows_in"), known(state, "etag")) == ({"/a": "c1"}, {"/a": '"2"'})


@pytest.mark.parametrize("status", [0, 403, 429, 500, 503])
def test_a_passing_failure_deletes_nothing(status: int) -> None:
    first = after(*TEN)
    state = after(*TEN[1:], fetched("/0", status), earlier=first, crawl_id="c2", at=NOW)
    assert statuses(state)["/0"] == 200
    assert state.failed == 1
    assert known(state, "outcome")["/0"] == "failed"
    assert known(state, "failures")["/0"] == 1
    assert known(state, "rows_in")["/0"] == "c1"


def test_a_page_that_fails_time_and_again_counts_as_what_it_answers() -> None:
    state = after(*TEN)
    for number in range(2, PATIENCE + 2):
        answers = [*TEN[1:], fetched("/0", 503)]
        state = after(*answers, earlier=state, crawl_id=f"c{number}", at=NOW)
    assert statuses(state)["/0"] == 503


def test_a_page_that_is_gone_is_gone() -> None:
    state = after(*TEN[1:], fetched("/0", 404), earlier=after(*TEN), crawl_id="c2", at=NOW)
    assert statuses(state)["/0"] == 404
    assert known(state, "rows_in")["/0"] == ""


@pytest.mark.parametrize("status", [0, 404, 503])
def test_an_outage_deletes_no_page(status: int) -> None:
    gone = [fetched(f"/{number}", status) for number in range(6)]
    state = after(*gone, *TEN[6:], earlier=after(*TEN), crawl_id="c2", at=NOW)
    assert set(statuses(state).values()) == {200}
    assert "only 4 of the 10 known pages" in state.why
    assert state.fresh == frozenset()
    assert set(known(state, "rows_in").values()) == {"c1"}


def test_what_is_gone_twice_was_no_outage() -> None:
    gone = [fetched(f"/{number}", 404) for number in range(6)]
    once = after(*gone, *TEN[6:], earlier=after(*TEN), crawl_id="c2", at=NOW)
    twice = after(*gone, *TEN[6:], earlier=once, crawl_id="c3", at=NOW + timedelta(days=1))
    assert not twice.why
    assert sorted(statuses(twice).values()) == [200] * 4 + [404] * 6


def test_a_few_missing_pages_of_a_small_site_are_no_outage() -> None:
    first = after(fetched("/a"), fetched("/b"))
    state = after(fetched("/a", 404), fetched("/b"), earlier=first, crawl_id="c2", at=NOW)
    assert not state.why
    assert statuses(state) == {"/a": 404, "/b": 200}


def test_pages_that_moved_came_back() -> None:
    moved = [fetched(f"/{n}", 301, redirect_to=f"{SITE}/new/{n}") for n in range(10)]
    new = [fetched(f"/new/{n}", title=f"T{n}") for n in range(10)]
    state = after(*moved, *new, earlier=after(*TEN), crawl_id="c2", at=NOW)
    assert not state.why
    assert sorted(statuses(state).values()) == [200] * 10 + [301] * 10


def test_a_page_that_robots_txt_forbids_now_is_let_go() -> None:
    state = after(*TEN[1:], left={"/0": "forbidden"}, earlier=after(*TEN), crawl_id="c2", at=NOW)
    assert "/0" not in statuses(state)
    assert known(state, "outcome")["/0"] == "forbidden"


def test_a_robots_txt_that_forbids_most_of_the_site_deletes_nothing() -> None:
    left = {f"/{number}": "forbidden" for number in range(8)}
    state = after(*TEN[8:], left=left, earlier=after(*TEN), crawl_id="c2", at=NOW)
    assert state.why
    assert len(state.pages) == 10


def test_ways_of_finding_an_address_add_up() -> None:
    first = after(fetched("/a"))
    again = reconcile(
        pd.DataFrame([asdict(fetched("/a"))]),
        pd.DataFrame([asdict(Address(url=SITE + "/a", found="sitemap", outcome="fetched"))]),
        stored(first),
        crawl_id="c2",
        started_at=NOW,
    )
    assert again.known["found"].tolist() == ["link sitemap"]
    assert list(again.known.columns) == list(KNOWN_URLS.columns)
