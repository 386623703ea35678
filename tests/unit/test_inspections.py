"""Inspections: whose turn it is, what is kept of an answer, and what the gate makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pandas as pd
import pytest

from recommender.candidates.gate_check import made_check
from recommender.candidates.index_checks import canonical_check, indexed_check
from recommender.config import PropertyConfig
from recommender.errors import (
    PropertyForbidden,
    QuotaExhausted,
    SearchConsoleError,
    UnexpectedAnswer,
)
from recommender.frames import INSPECTIONS
from recommender.models import CheckOutcome, Inspection, Recommendation, Status
from recommender.passes.inspections import inspect, read_by_google, recent_inspections
from recommender.passes.site import Site
from recommender.urls import Identity
from tests.parsed_site import NOW, ROOT, at_work, crawled, works
from tests.records import recommendation

ONE, OTHER = f"{ROOT}/paper-mill", f"{ROOT}/other"


def said(url: str = ONE, at: datetime = NOW, **changes: object) -> Inspection:
    known = Inspection(
        url=url,
        inspected_at=at,
        verdict="PASS",
        indexing="INDEXING_ALLOWED",
        google_canonical=url,
        last_crawl_at=None,
    )
    return replace(known, **changes)  # type: ignore[arg-type]


class Index:
    """A SearchIndex that says the same of every page but those named, and counts its answers."""

    def __init__(self, known: Mapping[str, Inspection | SearchConsoleError] | None = None) -> None:
        self.known = dict(known or {})
        self.asked: list[str] = []

    def inspect(self, url: str, now: datetime) -> Inspection:
        self.asked.append(url)
        found = self.known.get(url, said(url))
        if isinstance(found, SearchConsoleError):
            raise found
        return replace(found, inspected_at=now)

    def sitemaps(self) -> tuple[str, ...]:
        return ()


def edit(number: int, status: Status = Status.PROPOSED, **changes: object) -> Recommendation:
    kept = recommendation(number, target=f"{ROOT}/t{number}", source=f"{ROOT}/s{number}")
    return replace(kept, id=f"{number:010x}", status=status, **changes)  # type: ignore[arg-type]


def site(index: Index | None, *edits: Recommendation, limit: int = 10) -> Site:
    made = at_work(crawled(works(3)))
    made.decisions.save(edits)
    section = {"inspections_per_day": limit}
    config = PropertyConfig.model_validate(made.config.model_dump() | {"search_console": section})
    return replace(made, config=config, index=index)


def later(made: Site, **delta: float) -> Site:
    return replace(made, now=made.now + timedelta(**delta))


def test_nobody_is_asked_where_it_is_not_configured() -> None:
    index = Index()
    assert inspect(site(index, edit(1), limit=0)) == 0
    assert index.asked == []
    assert inspect(site(None, edit(1))) == 0


def test_targets_of_open_edits_are_asked_about_once_a_week() -> None:
    index = Index()
    made = site(index, edit(1), edit(2, Status.MAILED), edit(3, Status.DISMISSED))
    inspect(made)
    assert sorted(index.asked) == [f"{ROOT}/t1", f"{ROOT}/t2"]
    inspect(later(made, days=6))
    assert len(index.asked) == 2
    inspect(later(made, days=7))
    assert len(index.asked) == 4


def test_no_more_are_asked_about_than_a_day_allows_and_the_next_day_goes_on() -> None:
    index = Index()
    made = site(index, *map(edit, range(1, 6)), limit=2)
    inspect(made)
    inspect(later(made, minutes=5))
    assert len(index.asked) == 2
    inspect(later(made, days=1))
    inspect(later(made, days=2))
    assert len(set(index.asked)) == len(index.asked) == 5


def test_a_page_that_carries_a_new_link_is_asked_about_until_google_has_read_it() -> None:
    index = Index({f"{ROOT}/s1": said(last_crawl_at=NOW - timedelta(days=30))})
    made = site(index, edit(1, Status.LIVE, live_at=NOW - timedelta(days=1)))
    inspect(made)
    inspect(later(made, days=1))
    read = NOW + timedelta(days=1, hours=3)
    index.known[f"{ROOT}/s1"] = said(f"{ROOT}/s1", last_crawl_at=read)
    for day in (2, 3, 9):
        inspect(later(made, days=day))
    assert index.asked == [f"{ROOT}/s1"] * 3


def test_the_first_reading_after_an_edit_is_the_earliest_start_of_its_effect() -> None:
    live = NOW - timedelta(days=5)
    crawls = [live - timedelta(days=2), None, live + timedelta(days=1), live + timedelta(days=4)]
    rows = [said(at=NOW + timedelta(days=n), last_crawl_at=at) for n, at in enumerate(crawls)]
    known = frame(*rows)
    assert read_by_google(known, ONE, live) == live + timedelta(days=1)
    assert read_by_google(known, ONE, NOW) is None
    assert read_by_google(known, OTHER, live) is None
    assert read_by_google(INSPECTIONS.empty(), ONE, live) is None


def frame(*rows: Inspection) -> pd.DataFrame:
    columns = list(INSPECTIONS.columns)
    return INSPECTIONS.coerced(pd.DataFrame([{n: getattr(r, n) for n in columns} for r in rows]))


@pytest.mark.parametrize("error", [QuotaExhausted("quota"), PropertyForbidden("no")])
def test_a_refusal_ends_it_and_what_was_said_is_kept(error: SearchConsoleError) -> None:
    index = Index({f"{ROOT}/t2": error})
    made = site(index, edit(1, value=3.0), edit(2, value=2.0), edit(3, value=1.0))
    inspect(made)
    assert index.asked == [f"{ROOT}/t1", f"{ROOT}/t2"]
    assert made.facts.inspections()["url"].tolist() == [f"{ROOT}/t1"]


def test_an_answer_that_says_nothing_is_left_out() -> None:
    index = Index({f"{ROOT}/t1": UnexpectedAnswer("nothing")})
    made = site(index, edit(1, value=3.0), edit(2))
    inspect(made)
    assert made.facts.inspections()["url"].tolist() == [f"{ROOT}/t2"]


def test_blocked_pages_are_counted_and_asked_about_daily() -> None:
    index = Index({f"{ROOT}/t1": said(f"{ROOT}/t1", indexing="BLOCKED_BY_META_TAG")})
    made = site(index, edit(1), edit(2))
    assert inspect(made) == 1
    assert inspect(later(made, days=1)) == 1
    assert index.asked.count(f"{ROOT}/t1") == 2


def test_only_the_newest_fresh_inspection_of_a_page_decides() -> None:
    made = site(Index())
    for at, verdict in ((-20, "FAIL"), (-3, "PASS"), (-1, "NEUTRAL")):
        when = NOW + timedelta(days=at)
        made.facts.write_inspections(frame(said(f"{ONE}/", when, verdict=verdict)), when)
    pages = Identity.of(crawled(works(3)).pages)
    found = recent_inspections(made, pages)
    assert [(url, one.verdict, one.google_canonical) for url, one in found.items()] == [
        (ONE, "NEUTRAL", ONE)
    ]
    assert recent_inspections(later(made, days=14), pages) == {}
    assert recent_inspections(replace(made, as_of=NOW - timedelta(days=2)), pages)[ONE].verdict == (
        "PASS"
    )


# --- The gate -----------------------------------------------------------------------------------

PASSED = made_check("indexable", CheckOutcome.PASS, "It answers.")


@pytest.mark.parametrize(
    ("changes", "outcome", "words"),
    [
        ({}, CheckOutcome.PASS, "It answers."),
        ({"verdict": "VERDICT_UNSPECIFIED"}, CheckOutcome.PASS, "It answers."),
        ({"verdict": "PARTIAL"}, CheckOutcome.PASS, "It answers."),
        ({"verdict": "NEUTRAL"}, CheckOutcome.WARN, "asked on 2026-03-04, has not indexed it"),
        ({"verdict": "FAIL"}, CheckOutcome.WARN, "has not indexed it"),
        (
            {"verdict": "NEUTRAL", "indexing": "BLOCKED_BY_META_TAG"},
            CheckOutcome.FAIL,
            "its robots meta tag forbids",
        ),
        (
            {"verdict": "FAIL", "indexing": "BLOCKED_BY_ROBOTS_TXT"},
            CheckOutcome.FAIL,
            "robots.txt forbids",
        ),
        (
            {"verdict": "FAIL", "indexing": "BLOCKED_BY_HTTP_HEADER"},
            CheckOutcome.FAIL,
            "X-Robots-Tag",
        ),
    ],
)
def test_a_page_that_google_may_not_index_fails_and_one_it_has_not_is_told(
    changes: dict[str, object], outcome: CheckOutcome, words: str
) -> None:
    check = indexed_check(PASSED, said(**changes))  # type: ignore[arg-type]
    assert check.outcome is outcome
    assert words in check.finding
    assert bool(check.advice) is (outcome is not CheckOutcome.PASS)


def test_another_canonical_of_googles_fails_and_another_spelling_does_not() -> None:
    check = canonical_check(PASSED, said(google_canonical=OTHER), ONE)
    assert check.outcome is CheckOutcome.FAIL
    assert OTHER in check.finding
    assert OTHER in check.advice
    for same in (ONE, f"{ONE}/", ONE.replace("https", "http"), None):
        assert canonical_check(PASSED, said(google_canonical=same), ONE) is PASSED


def test_a_page_nobody_was_asked_about_and_a_failed_check_stay_as_they_are() -> None:
    failed = made_check("indexable", CheckOutcome.FAIL, "noindex")
    blocked = said(indexing="BLOCKED_BY_META_TAG", verdict="FAIL", google_canonical=OTHER)
    assert indexed_check(PASSED, None) is canonical_check(PASSED, None, ONE) is PASSED
    assert indexed_check(failed, blocked) is canonical_check(failed, blocked, ONE) is failed
