"""The demo's parts: its questions, its queries, its editor and the searches of its site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from jobs.demo.editor import take_one_out, write_edits
from jobs.demo.sample_pages import QUESTIONS, question_pages, sample_pages, sample_queries
from jobs.demo.searches import PLANTED, RAMP_DAYS, Searches
from jobs.demo.site import SampleSite
from jobs.demo.site_files import page_file
from recommender.models import Kind, Recommendation
from tests.demo_site import crawled_pages
from tests.records import recommendation

TODAY = date(2026, 3, 2)
SERVED = "http://127.0.0.1:8000/"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[SampleSite]:
    with SampleSite(tmp_path, today=TODAY, more=question_pages()) as running:
        yield running


def edit(source: str, target: str, sentence: str, anchor: str) -> Recommendation:
    return recommendation(
        kind=Kind.ADD,
        source=source,
        target=target,
        sentence=sentence,
        anchor=anchor,
        anchor_start=sentence.find(anchor),
    )


TWIST = edit(
    "/questions/stuck-seat-post/",
    "/season/winter-storage/",
    "A film of grease once a year prevents all of this, best as a part of winter storage.",
    "winter storage",
)
SPOKE = edit(
    "/questions/broken-spoke/",
    "/wheels/true-a-wheel/",
    "At home fit a spoke of the same length and true the wheel with a spoke key.",
    "true the wheel with a spoke key",
)
TOE_IN = edit(
    "/questions/toe-in/",
    "/brakes/adjust-rim-brakes/",
    "It belongs to the last steps when you adjust rim brakes, after the height of the pads.",
    "adjust rim brakes",
)
NOWHERE = edit("/questions/toe-in/", "/", "This sentence stands on no page.", "no page")


def source_of(site: SampleSite, path: str) -> str:
    return page_file(site.folder, path).read_text(encoding="utf-8")


def test_the_questions_make_the_sample_large_enough_to_compare_pages() -> None:
    assert len(question_pages()) + len(sample_pages()) >= 60


def test_questions_are_asked_and_described_once() -> None:
    questions = [page for page in question_pages() if page.path != QUESTIONS]
    everything = [*questions, *sample_pages()]
    assert all(page.title.endswith("?") for page in questions)
    assert all(30 <= len(page.description) <= 160 for page in question_pages())
    assert len({page.title for page in everything}) == len(everything)
    assert len({page.path for page in everything}) == len(everything)


def test_the_menu_leads_to_the_list_of_all_questions(site: SampleSite) -> None:
    assert f'<a href="{QUESTIONS}">Questions</a>' in source_of(site, "/about/")
    listing = source_of(site, QUESTIONS)
    forgotten = [p.path for p in question_pages()[1:] if f'href="{p.path}"' not in listing]
    assert forgotten == ["/questions/battery-cold/"]


def test_every_page_that_may_be_found_has_queries_of_its_own() -> None:
    pages = {page.path for page in (*sample_pages(), *question_pages()) if page.indexable}
    assert set(sample_queries()) == pages


def test_the_editor_leaves_one_edit_and_rewords_one(site: SampleSite) -> None:
    written = write_edits(site, [TWIST, SPOKE, TOE_IN])
    assert len(written.as_proposed) == len(written.in_other_words) == len(written.left) == 1
    (reworded,) = written.in_other_words
    page = source_of(site, reworded.source)
    (linked,) = re.findall(f'<a href="{reworded.target}">([^<]*{reworded.anchor}[^<]*)</a>', page)
    assert len(linked) > len(reworded.anchor)


def test_an_edit_that_no_page_has_words_for_is_left(site: SampleSite) -> None:
    written = write_edits(site, [TWIST, SPOKE, NOWHERE])
    assert NOWHERE in written.left
    assert NOWHERE not in written.made


def test_a_link_that_is_taken_out_again_is_one_that_was_made_as_proposed(site: SampleSite) -> None:
    written = write_edits(site, [TWIST, SPOKE, TOE_IN])
    (gone,) = written.as_proposed
    assert f'href="{gone.target}">{gone.anchor}</a>' in source_of(site, gone.source)
    assert take_one_out(site, written) == gone
    assert f'href="{gone.target}">{gone.anchor}</a>' not in source_of(site, gone.source)


def test_nothing_is_taken_out_where_nothing_was_made(site: SampleSite) -> None:
    assert take_one_out(site, write_edits(site, [])) is None


def served_pages() -> pd.DataFrame:
    pages = crawled_pages(12)
    return pages.assign(url=pages["url"].str.replace("https://www.example.com/", SERVED))


def searches(site_url: str = SERVED) -> Searches:
    made = Searches(site_url, first_day=TODAY, brand="example", typed={"/": ("my own words",)})
    made.learn(served_pages().assign(url=lambda p: p["url"].str.replace(SERVED, site_url)))
    return made


def test_rows_have_the_urls_that_are_served() -> None:
    rows = searches().day(TODAY)
    assert len(rows)
    assert rows["page"].str.startswith(SERVED).all()


def test_a_page_with_known_queries_is_found_by_these() -> None:
    rows = searches().model.rows
    assert set(rows.loc[rows["url"] == "https://www.example.com/", "query"]) == {"my own words"}


def test_what_is_searched_does_not_hang_on_the_port() -> None:
    here, there = searches().day(TODAY), searches("http://127.0.0.1:9/").day(TODAY)
    counted = ["query", "clicks", "impressions", "position"]
    pd.testing.assert_frame_equal(here[counted], there[counted])


def test_an_effect_is_planted_on_a_served_page_and_taken_back() -> None:
    made = searches()
    page, day = served_pages()["url"].iloc[1], TODAY + timedelta(days=40)
    modelled = made.model.pages[
        made.model.pages.index(page.replace(SERVED, "https://www.example.com/"))
    ]
    before = made.model.expected_impressions(modelled, day)
    made.lift(page, TODAY)
    lifted = made.model.expected_impressions(modelled, day)
    made.lift(page, day - timedelta(days=RAMP_DAYS), -PLANTED)
    assert lifted > 1.4 * before
    assert made.model.expected_impressions(modelled, day) == pytest.approx(before)


def test_a_site_that_was_not_crawled_cannot_be_searched() -> None:
    empty = Searches(SERVED, first_day=TODAY, brand="example", typed={})
    with pytest.raises(RuntimeError, match="crawled before"):
        empty.day(TODAY)
