"""What every FactStore keeps to: the Parquet store, on a disk and on S3, and the fake of tests.

S3 is moto's server on loopback; `make test-s3` installs what it needs.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from recommender.errors import FrameError, StoreError
from recommender.frames import (
    BLOCKS,
    INSPECTIONS,
    LINK_HISTORY,
    PAGE_SEARCH,
    PAGE_TOTALS,
    QUERY_TOTALS,
    SEARCH_DAYS,
    checked,
)
from recommender.models import CrawlSnapshot, Window
from recommender.ports import FactStore
from recommender.store.facts import ParquetFacts
from recommender.store.places import folder_at
from tests.fakes import FakeFacts
from tests.records import DAY, NOW, SITE, crawl, search_day, visit_of
from tests.s3_server import HAS_S3, new_bucket, s3_server

WEEK = Window(start=DAY, end=DAY + timedelta(days=6))
LATER = NOW + timedelta(days=1)


@pytest.fixture(scope="module")
def object_store() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture(params=["parquet", "fake", *(["s3"] if HAS_S3 else [])])
def facts(request: pytest.FixtureRequest, tmp_path: Path) -> FactStore:
    if request.param == "fake":
        return FakeFacts()
    if request.param == "s3":
        request.getfixturevalue("object_store")
        return ParquetFacts(folder_at(new_bucket()), cache=tmp_path / "derived")
    return ParquetFacts(tmp_path / "facts")


@pytest.fixture
def parquet(tmp_path: Path) -> ParquetFacts:
    return ParquetFacts(tmp_path / "facts")


# --- Search -----------------------------------------------------------------------------------


def test_an_empty_store_answers_with_empty_frames_of_the_declared_kind(facts: FactStore) -> None:
    assert_frame_equal(facts.search_days(), SEARCH_DAYS.empty())
    assert_frame_equal(facts.page_search(WEEK), PAGE_SEARCH.empty())
    assert_frame_equal(facts.page_totals(WEEK), PAGE_TOTALS.empty())
    assert_frame_equal(facts.query_totals(WEEK), QUERY_TOTALS.empty())
    assert_frame_equal(facts.link_history(), LINK_HISTORY.empty())
    assert facts.crawl() is None


def test_a_day_comes_back_as_it_was_written(facts: FactStore) -> None:
    day = search_day(rows=[("/a", 1, 10, 5.25), ("/b", 0, 3, 40.0)])
    facts.write_search_day(day, NOW)
    assert_frame_equal(facts.page_search(WEEK), day.pages)


def test_the_ledger_of_a_day_tells_what_was_read(facts: FactStore) -> None:
    day = search_day(
        rows=[("/a", 1, 30, 5.0), ("/b", 2, 10, 4.0)],
        queries=[("roast beans", "/a", 1, 10, 4.0)],
        final=False,
        capped=True,
    )
    facts.write_search_day(day, NOW)
    days = checked(facts.search_days(), SEARCH_DAYS)
    assert days.to_dict("records") == [
        {
            "day": pd.Timestamp(DAY),
            "final": False,
            "page_rows": 2,
            "query_rows": 1,
            "capped": True,
            "impressions": 40,
            "clicks": 3,
            "query_share": 0.25,
            "operator_rows": 0,
            "most_impressions": 40,
            "fetched_at": pd.Timestamp(NOW),
        }
    ]


def test_days_of_another_scope_are_kept_apart_and_crawls_are_shared(tmp_path: Path) -> None:
    web = ParquetFacts(tmp_path)
    discover = ParquetFacts(tmp_path, scope="search-discover")
    window = Window.ending(DAY, 1)
    web.write_search_day(search_day(), NOW)
    assert discover.search_days().empty
    assert discover.page_totals(window).empty
    discover.write_search_day(search_day(rows=[("/b", 2, 20, None)]), NOW)
    assert web.page_totals(window)["impressions"].tolist() == [10]
    assert discover.page_totals(window)["impressions"].tolist() == [20]
    web.write_crawl(visit_of(crawl()))
    assert discover.crawl() is not None


def inspected(at: datetime, *pages: str) -> pd.DataFrame:
    row = {"inspected_at": at, "verdict": "PASS", "indexing": "INDEXING_ALLOWED"}
    rows = [row | {"url": p, "google_canonical": None, "last_crawl_at": None} for p in pages]
    return INSPECTIONS.coerced(pd.DataFrame(rows))


def test_inspections_are_kept_all_and_read_as_they_were_known(facts: FactStore) -> None:
    assert_frame_equal(facts.inspections(), INSPECTIONS.empty())
    later = NOW + timedelta(days=1)
    facts.write_inspections(inspected(later, f"{SITE}/a"), later)
    facts.write_inspections(inspected(NOW, f"{SITE}/a", f"{SITE}/b"), NOW)
    facts.write_inspections(inspected(NOW, f"{SITE}/never"), NOW)
    known = checked(facts.inspections(), INSPECTIONS)
    assert known["url"].tolist() == [f"{SITE}/a", f"{SITE}/b", f"{SITE}/a"]
    assert known["last_crawl_at"].isna().all()
    assert len(facts.inspections(as_of=NOW)) == 2
    assert facts.inspections(as_of=NOW - timedelta(seconds=1)).empty


def test_a_day_without_rows_is_a_day_that_was_read(facts: FactStore) -> None:
    facts.write_search_day(search_day(rows=[]), NOW)
    days = facts.search_days()
    assert list(days["impressions"]) == [0]
    assert days["query_share"].isna().all()
    assert_frame_equal(facts.page_totals(WEEK), PAGE_TOTALS.empty())


def test_the_ledger_lists_days_oldest_first(facts: FactStore) -> None:
    for offset in (2, 0, 1):
        facts.write_search_day(search_day(DAY + timedelta(days=offset)), NOW)
    assert list(facts.search_days()["day"].dt.day) == [1, 2, 3]


def test_a_day_outside_the_window_does_not_count(facts: FactStore) -> None:
    for offset in (-1, 0, 6, 7):
        facts.write_search_day(search_day(DAY + timedelta(days=offset)), NOW)
    assert list(facts.page_search(WEEK)["day"].dt.day) == [1, 7]
    assert facts.page_totals(WEEK)["days"].item() == 2


def test_positions_are_weighted_by_impressions(facts: FactStore) -> None:
    facts.write_search_day(search_day(DAY, [("/a", 1, 30, 10.0)]), NOW)
    facts.write_search_day(search_day(DAY + timedelta(days=1), [("/a", 2, 10, 2.0)]), NOW)
    total = checked(facts.page_totals(WEEK), PAGE_TOTALS).iloc[0]
    assert (total.clicks, total.impressions, total.days) == (3, 40, 2)
    assert total.position == pytest.approx((30 * 10 + 10 * 2) / 40)


def test_a_page_without_impressions_has_no_position(facts: FactStore) -> None:
    facts.write_search_day(search_day(DAY, [("/a", 0, 0, 10.0)]), NOW)
    total = checked(facts.page_totals(WEEK), PAGE_TOTALS).iloc[0]
    assert (total.impressions, total.days) == (0, 0)
    assert pd.isna(total.position)


def test_a_query_without_impressions_brings_nothing(facts: FactStore) -> None:
    facts.write_search_day(search_day(queries=[("q", "/a", 0, 0, 9.0)]), NOW)
    assert checked(facts.query_totals(WEEK), QUERY_TOTALS).empty


def test_an_unknown_position_has_no_weight(facts: FactStore) -> None:
    facts.write_search_day(search_day(DAY, [("/a", 0, 90, None), ("/b", 0, 5, None)]), NOW)
    facts.write_search_day(search_day(DAY + timedelta(days=1), [("/a", 0, 5, 2.0)]), NOW)
    known, unknown = checked(facts.page_totals(WEEK), PAGE_TOTALS).itertuples()
    assert (known.impressions, known.position, known.days) == (95, 2.0, 2)
    assert (unknown.impressions, unknown.days) == (5, 1)
    assert pd.isna(unknown.position)


def test_a_row_without_impressions_does_not_move_the_position(facts: FactStore) -> None:
    facts.write_search_day(search_day(DAY, [("/a", 0, 0, 90.0)]), NOW)
    facts.write_search_day(search_day(DAY + timedelta(days=1), [("/a", 0, 5, 2.0)]), NOW)
    total = facts.page_totals(WEEK).iloc[0]
    assert (total.position, total.days) == (2.0, 1)


def test_query_totals_are_per_query_and_page(facts: FactStore) -> None:
    for offset, position in ((0, 3.0), (1, 6.0)):
        queries = [("beans", "/a", 1, 10, position), ("beans", "/b", 0, 5, 8.0)]
        facts.write_search_day(search_day(DAY + timedelta(days=offset), queries=queries), NOW)
    totals = checked(facts.query_totals(WEEK), QUERY_TOTALS)
    assert list(totals.itertuples(index=False, name=None)) == [
        ("beans", f"{SITE}/a", 2, 20, 4.5),
        ("beans", f"{SITE}/b", 0, 10, 8.0),
    ]


def test_text_of_any_script_survives(facts: FactStore) -> None:
    queries = [("Röstkaffee 焙煎 ☕", "/käse?x='\"--", 1, 2, 3.0), ("", "/b", 0, 1, 1.0)]
    facts.write_search_day(search_day(queries=queries), NOW)
    assert set(facts.query_totals(WEEK)["query"]) == {"Röstkaffee 焙煎 ☕", ""}


# --- Versions ---------------------------------------------------------------------------------


def test_a_day_read_again_replaces_the_day_and_does_not_add_to_it(facts: FactStore) -> None:
    facts.write_search_day(search_day(rows=[("/a", 1, 10, 5.0), ("/b", 1, 1, 1.0)]), NOW)
    facts.write_search_day(search_day(rows=[("/a", 2, 12, 5.0)]), LATER)
    assert list(facts.page_totals(WEEK)["impressions"]) == [12]
    assert len(facts.search_days()) == 1


def test_as_of_reads_the_version_known_then(facts: FactStore) -> None:
    for at, impressions in ((NOW, 10), (LATER, 12)):
        day = search_day(rows=[("/a", 1, impressions, 5.0)], queries=[("q", "/a", 1, 5, 5.0)])
        facts.write_search_day(day, at)
    just_before = LATER - timedelta(microseconds=1)
    assert list(facts.page_totals(WEEK, as_of=just_before)["impressions"]) == [10]
    assert list(facts.page_search(WEEK, as_of=LATER)["impressions"]) == [12]
    assert facts.search_days(as_of=NOW)["fetched_at"].item() == pd.Timestamp(NOW)
    assert facts.search_days(as_of=NOW - timedelta(seconds=1)).empty
    assert facts.query_totals(WEEK, as_of=NOW - timedelta(seconds=1)).empty


def test_a_version_written_late_does_not_overtake_a_newer_one(facts: FactStore) -> None:
    facts.write_search_day(search_day(rows=[("/a", 1, 12, 5.0)]), LATER)
    facts.write_search_day(search_day(rows=[("/a", 1, 10, 5.0)]), NOW)
    assert list(facts.page_totals(WEEK)["impressions"]) == [12]


def test_the_same_instant_in_another_zone_is_the_same_version(facts: FactStore) -> None:
    facts.write_search_day(search_day(rows=[("/a", 1, 10, 5.0)]), NOW)
    pacific = NOW.astimezone(timezone(timedelta(hours=-8)))
    facts.write_search_day(search_day(rows=[("/a", 1, 99, 5.0)]), pacific)
    assert list(facts.page_totals(WEEK)["impressions"]) == [10]


def test_an_instant_without_a_zone_is_refused(facts: FactStore) -> None:
    naive = NOW.replace(tzinfo=None)
    facts.write_search_day(search_day(), NOW)
    with pytest.raises(ValueError, match="time zone"):
        facts.write_search_day(search_day(), naive)
    with pytest.raises(ValueError, match="time zone"):
        facts.page_totals(WEEK, as_of=naive)


def test_rows_of_another_day_are_refused(facts: FactStore) -> None:
    strange = search_day(DAY + timedelta(days=1))
    wrong = type(strange)(
        day=DAY, pages=strange.pages, queries=strange.queries, final=True, capped=False
    )
    with pytest.raises(FrameError, match="another day"):
        facts.write_search_day(wrong, NOW)
    assert facts.search_days().empty


# --- Crawls -----------------------------------------------------------------------------------


def assert_same_crawl(found: CrawlSnapshot | None, expected: CrawlSnapshot) -> None:
    assert found is not None
    assert_frame_equal(found.pages, expected.pages)
    assert_frame_equal(found.blocks, expected.blocks)
    assert_frame_equal(found.links, expected.links)
    for name in ("id", "started_at", "finished_at", "complete", "notes"):
        assert getattr(found, name) == getattr(expected, name)


def test_a_crawl_comes_back_as_it_was_written(facts: FactStore) -> None:
    written = crawl(complete=False, notes=("stopped at 2 pages",))
    facts.write_crawl(visit_of(written))
    assert_same_crawl(facts.crawl(), written)


def test_what_a_page_does_not_name_is_none(facts: FactStore) -> None:
    written = crawl()
    facts.write_crawl(visit_of(written))
    found = facts.crawl()
    assert found is not None
    assert list(found.pages["canonical"]) == [None, None]
    assert found.pages["published_at"].isna().all()


def test_as_of_reads_the_crawl_that_was_finished_then(facts: FactStore) -> None:
    first, second = crawl("b-first"), crawl("a-second", finished_at=LATER)
    facts.write_crawl(visit_of(first))
    facts.write_crawl(visit_of(second))
    assert_same_crawl(facts.crawl(), second)
    assert_same_crawl(facts.crawl(as_of=LATER - timedelta(seconds=1)), first)
    assert facts.crawl(as_of=NOW - timedelta(seconds=1)) is None


def test_a_crawl_stored_twice_is_stored_once(facts: FactStore) -> None:
    facts.write_crawl(visit_of(crawl()))
    facts.write_crawl(visit_of(crawl()))
    assert len(facts.link_history()) == 1


def test_two_crawls_cannot_share_an_id(facts: FactStore) -> None:
    facts.write_crawl(visit_of(crawl()))
    with pytest.raises(StoreError, match="crawl-1"):
        facts.write_crawl(visit_of(crawl(finished_at=LATER)))


def test_link_history_knows_when_a_content_link_was_first_and_last_seen(facts: FactStore) -> None:
    stays, goes, comes = ("/a", "/b", "b", "content"), ("/a", "/c", "c", "content"), ("/b", "/a")
    facts.write_crawl(visit_of(crawl("one", [stays, goes])))
    facts.write_crawl(visit_of(crawl("two", [stays, (*comes, "a", "content")], LATER)))
    history = checked(facts.link_history(), LINK_HISTORY)
    seen = {
        (row.source.removeprefix(SITE), row.target.removeprefix(SITE), row.anchor): (
            row.first_seen,
            row.last_seen,
        )
        for row in history.itertuples()
    }
    assert seen == {
        ("/a", "/b", "b"): (NOW, LATER),
        ("/a", "/c", "c"): (NOW, NOW),
        ("/b", "/a", "a"): (LATER, LATER),
    }
    assert len(facts.link_history(as_of=NOW)) == 2


def test_a_menu_link_is_no_history(facts: FactStore) -> None:
    facts.write_crawl(
        visit_of(crawl(links=[("/a", "/b", "b", "nav"), ("/a", "/b", "b", "footer")]))
    )
    assert facts.link_history().empty


def test_a_link_that_stands_twice_on_a_page_is_one_line_of_history(facts: FactStore) -> None:
    facts.write_crawl(visit_of(crawl(links=[("/a", "/b", "b", "content")] * 2)))
    assert len(facts.link_history()) == 1


def test_a_crawl_without_pages_can_be_kept(facts: FactStore) -> None:
    facts.write_crawl(visit_of(crawl(links=[])))
    found = facts.crawl()
    assert found is not None
    assert found.pages.empty


def test_a_crawl_can_be_read_for_its_content_and_some_pages(facts: FactStore) -> None:
    links = [
        ("/a", "/b", "b", "content"), ("/a", "/c", "c", "nav"), ("/b", "/c", "c", "nav"),
    ]  # fmt: skip
    facts.write_crawl(visit_of(crawl(links=links)))

    def read(beside: Collection[str]) -> list[tuple[str, str]]:
        found = facts.crawl(beside_content=beside)
        assert found is not None
        checked(found.blocks, BLOCKS)
        return list(zip(found.links["source"], found.links["region"], strict=True))

    assert read(()) == [(SITE + "/a", "content")]
    assert read([SITE + "/b"]) == [(SITE + "/a", "content"), (SITE + "/b", "nav")]


def test_a_frame_that_is_not_as_declared_is_refused(facts: FactStore) -> None:
    good = crawl()
    bad = CrawlSnapshot(
        id="bad",
        started_at=NOW,
        finished_at=NOW,
        pages=good.pages.drop(columns="title"),
        blocks=good.blocks,
        links=good.links,
        known=good.known,
    )
    with pytest.raises(FrameError, match="PAGES"):
        facts.write_crawl(visit_of(bad))
    assert facts.crawl() is None


# --- What the disk may do ---------------------------------------------------------------------


@pytest.mark.parametrize("crawl_id", ["", "../elsewhere", "a/b", ".hidden"])
def test_a_crawl_id_cannot_lead_out_of_the_folder(parquet: ParquetFacts, crawl_id: str) -> None:
    with pytest.raises(StoreError, match="crawl id"):
        parquet.write_crawl(visit_of(crawl(crawl_id)))


def test_files_without_a_ledger_are_no_day(parquet: ParquetFacts) -> None:
    parquet.write_search_day(search_day(rows=[("/a", 1, 10, 5.0)]), NOW)
    parquet.write_search_day(search_day(rows=[("/a", 1, 12, 5.0)]), LATER)
    newest_ledger(parquet).unlink()
    assert list(parquet.page_totals(WEEK)["impressions"]) == [10]


def test_leftover_temporary_and_foreign_files_are_passed_over(parquet: ParquetFacts) -> None:
    parquet.write_search_day(search_day(), NOW)
    for path in list(parquet.folder.rglob("*.*")):
        if path.is_file():
            (path.parent / f".{path.name}.0a1b.part").write_bytes(b"PAR1 half")
            (path.parent / f"zz{path.suffix}").write_bytes(b"not ours")
    (parquet.folder / "search_days" / "notes.txt").write_text("mine")
    assert len(parquet.page_search(WEEK)) == 1
    assert len(parquet.search_days()) == 1


@pytest.mark.parametrize("damage", ["halved", "emptied", "garbled", "removed"])
@pytest.mark.parametrize("table", ["page_search", "query_search"])
def test_a_damaged_file_is_named(parquet: ParquetFacts, table: str, damage: str) -> None:
    for offset in range(3):
        queries = [("q", "/a", 1, 5, 5.0)]
        parquet.write_search_day(search_day(DAY + timedelta(days=offset), queries=queries), NOW)
    (path,) = (parquet.folder / table / "2026-03-02").iterdir()
    harm(path, damage)
    ask = parquet.page_totals if table == "page_search" else parquet.query_totals
    with pytest.raises(StoreError) as caught:
        ask(WEEK)
    assert str(path) in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("damage", ["halved", "emptied", "garbled", "removed"])
@pytest.mark.parametrize("name", ["pages", "blocks", "links", "manifest"])
def test_a_damaged_crawl_is_named(parquet: ParquetFacts, name: str, damage: str) -> None:
    parquet.write_crawl(visit_of(crawl()))
    (path,) = (parquet.folder / "crawls" / "crawl-1").glob(f"{name}.*")
    harm(path, damage)
    if (name, damage) == ("manifest", "removed"):
        assert parquet.crawl() is None  # without its manifest there is no crawl
        return
    with pytest.raises(StoreError) as caught:
        parquet.crawl()
    assert str(path) in caught.value.message


def test_a_crawl_of_another_layout_is_named(parquet: ParquetFacts) -> None:
    parquet.write_crawl(visit_of(crawl()))
    home = parquet.folder / "crawls" / "crawl-1"
    (home / "pages.parquet").write_bytes((home / "links.parquet").read_bytes())
    with pytest.raises(StoreError, match="not the columns of PAGES"):
        parquet.crawl()


def test_days_of_another_layout_are_named(parquet: ParquetFacts) -> None:
    queries = [("q", "/a", 1, 5, 5.0)]
    parquet.write_search_day(search_day(queries=queries), NOW)
    (wrong,) = (parquet.folder / "search_days").parent.glob("query_search/*/*")
    (right,) = (parquet.folder / "search_days").parent.glob("page_search/*/*")
    wrong.write_bytes(right.read_bytes())
    with pytest.raises(StoreError, match="QUERY_SEARCH"):
        parquet.query_totals(WEEK)


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    facts = ParquetFacts(tmp_path / "da[t]a *? 'ä'" / "facts")
    facts.write_search_day(search_day(rows=[("/a", 1, 10, 5.0)]), NOW)
    facts.write_crawl(visit_of(crawl()))
    assert list(facts.page_totals(WEEK)["impressions"]) == [10]
    assert facts.crawl() is not None


def test_a_ledger_of_a_newer_format_is_not_guessed_at(parquet: ParquetFacts) -> None:
    parquet.write_search_day(search_day(), NOW)
    ledger = newest_ledger(parquet)
    ledger.write_text(ledger.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(StoreError, match="format") as caught:
        parquet.search_days()
    assert "update" in caught.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_named(parquet: ParquetFacts) -> None:
    parquet.folder.mkdir()
    parquet.folder.chmod(0o500)
    with pytest.raises(StoreError, match="cannot be written"):
        parquet.write_search_day(search_day(), NOW)


def test_a_file_where_the_folder_should_be_is_named(parquet: ParquetFacts) -> None:
    parquet.folder.write_text("a file")
    with pytest.raises(StoreError, match="cannot be written"):
        parquet.write_search_day(search_day(), NOW)


def test_text_that_is_not_unicode_is_refused_and_leaves_nothing(parquet: ParquetFacts) -> None:
    with pytest.raises(StoreError, match="Unicode"):
        parquet.write_search_day(search_day(rows=[("/\ud800", 1, 1, 1.0)]), NOW)
    assert not [path for path in parquet.folder.rglob("*") if path.is_file()]


KILLED_AT = """
    import os, signal, sys
    from datetime import timedelta
    from pathlib import Path
    from recommender.store.facts import ParquetFacts
    from tests.records import DAY, LATER_ROWS, NOW, crawl, search_day, visit_of

    what, fatal, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    replace, done = Path.replace, []

    def replace_or_die(self, target):
        done.append(target)
        if len(done) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return replace(self, target)

    Path.replace = replace_or_die
    later = NOW + timedelta(days=1)
    if what == "day":
        ParquetFacts(folder).write_search_day(search_day(rows=LATER_ROWS), later)
    else:
        ParquetFacts(folder).write_crawl(visit_of(crawl("two", finished_at=later)))
"""


@pytest.mark.parametrize(("what", "fatal"), [("day", 1), ("day", 3), ("crawl", 2), ("crawl", 5)])
def test_a_writer_killed_between_files_leaves_the_old_version_in_force(
    parquet: ParquetFacts, what: str, fatal: int
) -> None:
    parquet.write_search_day(search_day(rows=[("/a", 1, 10, 5.0)]), NOW)
    parquet.write_crawl(visit_of(crawl("one")))
    killed = run_program(KILLED_AT, what, str(fatal), str(parquet.folder))
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert list(parquet.page_totals(WEEK)["impressions"]) == [10]
    assert len(parquet.search_days()) == 1
    assert_same_crawl(parquet.crawl(), crawl("one"))
    assert set(parquet.link_history()["last_seen"]) == {pd.Timestamp(NOW)}


def test_what_a_killed_writer_left_is_no_hindrance_to_the_next(parquet: ParquetFacts) -> None:
    killed = run_program(KILLED_AT, "day", "3", str(parquet.folder))
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    parquet.write_search_day(search_day(rows=[("/a", 1, 7, 5.0)]), LATER)
    assert list(parquet.page_totals(WEEK)["impressions"]) == [7]


def run_program(text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(text), *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def newest_ledger(parquet: ParquetFacts) -> Path:
    return max((parquet.folder / "search_days" / DAY.isoformat()).iterdir())


def harm(path: Path, damage: str) -> None:
    content = path.read_bytes()
    if damage == "removed":
        path.unlink()
    elif damage == "emptied":
        path.write_bytes(b"")
    elif damage == "halved":
        path.write_bytes(content[: len(content) // 2])
    else:
        path.write_bytes(b"\x00" * len(content))


def test_the_version_in_a_file_name_is_the_instant_of_reading(parquet: ParquetFacts) -> None:
    at = datetime(2026, 3, 3, 5, 30, 0, 123456, tzinfo=UTC)
    parquet.write_search_day(search_day(date(2026, 3, 1)), at)
    expected = parquet.folder / "page_search" / "2026-03-01" / "20260303T053000123456Z.parquet"
    assert expected.is_file()


def test_what_is_derived_is_of_the_newest_crawl_known_then(facts: FactStore) -> None:
    def name(snapshot: CrawlSnapshot) -> str:
        return snapshot.id

    assert facts.derived("name", name) is None
    facts.write_crawl(visit_of(crawl("first", finished_at=NOW)))
    assert facts.derived("name", name) == "first"
    facts.write_crawl(visit_of(crawl("second", finished_at=LATER)))
    assert facts.derived("name", name) == "second"
    assert facts.derived("name", name, as_of=NOW) == "first"
    assert facts.derived("name", name) == "second"
