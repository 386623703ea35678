"""What a prune may take away: nothing that a kept day, `as_of` or a crawl still asks for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from recommender.errors import StoreError
from recommender.frames import INSPECTIONS, KNOWN_URLS, PAGE_TOTALS, QUERY_TOTALS
from recommender.models import CrawlSnapshot, SearchPeriod, Window
from recommender.store.facts import ParquetFacts
from recommender.store.files import version_at
from recommender.store.places import file_sizes, remove_files
from recommender.store.prune import REPLAY, Spent, counted, prune, spent
from tests.records import DAY, NOW, SITE, crawl, search_day, visit_of

WINDOW = Window(start=DAY - timedelta(days=3), end=DAY + timedelta(days=3))
TODAY = NOW + timedelta(days=200)
"""An instant from which NOW is further back than `as_of` reaches."""


@pytest.fixture
def facts(tmp_path: Path) -> ParquetFacts:
    return ParquetFacts(tmp_path / "facts")


def pruned(facts: ParquetFacts, *, first_day: date = DAY, now: datetime = TODAY) -> list[Spent]:
    going = spent(facts.folder, first_day=first_day, now=now)
    prune(facts.folder, going)
    return going


def kinds(going: list[Spent]) -> set[str]:
    return {kind.what for kind in going}


def carrying(snapshot: CrawlSnapshot, holder: str) -> CrawlSnapshot:
    """Return the crawl with the rows of one page left in the crawl ``holder``."""
    known = dict.fromkeys(KNOWN_URLS.columns, "") | {
        "url": SITE + "/a", "visited_at": snapshot.started_at, "rows_in": holder,
        "failures": 0, "script_links": 0,
    }  # fmt: skip
    return replace(snapshot, known=KNOWN_URLS.coerced(pd.DataFrame([known])))


def test_a_store_of_today_has_nothing_to_prune(facts: ParquetFacts) -> None:
    facts.write_search_day(search_day(), NOW)
    facts.write_crawl(visit_of(crawl()))
    facts.derived("key", lambda snapshot: snapshot.id)
    assert spent(facts.folder, first_day=DAY, now=NOW + timedelta(days=1)) == []


def test_a_folder_that_is_not_there_has_nothing_to_prune(facts: ParquetFacts) -> None:
    assert spent(facts.folder, first_day=DAY, now=NOW) == []


def test_days_before_the_first_kept_one_go_whole(facts: ParquetFacts) -> None:
    for back in range(3):
        for at in (NOW, NOW + timedelta(days=1)):
            facts.write_search_day(search_day(DAY - timedelta(days=back)), at)
    before = file_sizes(facts.folder)
    (going,) = pruned(facts, now=NOW + timedelta(days=1))
    assert going.what == f"days before {DAY}"
    assert len(going.files) == 2 * 2 * 3
    assert going.size_bytes == sum(before[name] for name in going.files)
    assert list(facts.search_days()["day"].dt.date) == [DAY]
    assert set(before) - set(file_sizes(facts.folder)) == set(going.files)
    assert len(list((facts.folder / "search_days").iterdir())) == 1


def test_of_a_kept_day_the_newest_reading_stays(facts: ParquetFacts) -> None:
    for offset in range(4):
        day = search_day(rows=[("/a", 1, 10 + offset, 5.0)])
        facts.write_search_day(day, NOW + timedelta(days=offset))
    going = pruned(facts)
    assert kinds(going) == {"older readings of a day"}
    assert list(facts.page_totals(WINDOW)["impressions"]) == [13]
    assert len(file_sizes(facts.folder)) == 3


@settings(max_examples=15)
@given(
    reads=st.lists(st.integers(0, 200), min_size=1, max_size=8, unique=True),
    asked=st.integers(0, 90),
)
def test_as_of_reads_after_a_prune_what_it_read_before(
    tmp_path_factory: pytest.TempPathFactory, reads: list[int], asked: int
) -> None:
    facts = ParquetFacts(tmp_path_factory.mktemp("facts"))
    for offset in reads:
        day = search_day(rows=[("/a", 1, 10 + offset, 5.0)])
        facts.write_search_day(day, NOW + timedelta(days=offset))
        facts.write_crawl(visit_of(crawl(f"c{offset}", finished_at=NOW + timedelta(days=offset))))
    at = TODAY - timedelta(days=asked)
    before, visited = facts.page_totals(WINDOW, as_of=at), facts.crawl(as_of=at)
    pruned(facts)
    assert_frame_equal(facts.page_totals(WINDOW, as_of=at), before)
    after = facts.crawl(as_of=at)
    assert (after and after.id) == (visited and visited.id)
    assert pruned(facts) == []


def test_other_results_than_the_webs_are_pruned_too(facts: ParquetFacts) -> None:
    images = ParquetFacts(facts.folder, scope="search-image")
    for store in (facts, images):
        for back in range(2):
            store.write_search_day(search_day(DAY - timedelta(days=back)), NOW)
    pruned(facts, now=NOW)
    assert len(facts.search_days()) == len(images.search_days()) == 1


def test_a_crawl_that_another_has_rows_in_stays(facts: ParquetFacts) -> None:
    at = [NOW + timedelta(days=offset) for offset in range(4)]
    facts.write_crawl(visit_of(crawl("one", finished_at=at[0])))
    facts.write_crawl(visit_of(crawl("two", finished_at=at[1])))
    facts.write_crawl(visit_of(crawl("three", finished_at=at[2])))
    facts.write_crawl(visit_of(carrying(crawl("four", finished_at=at[3]), "one")))
    whole = facts.crawl()
    history = facts.link_history()
    going = pruned(facts)
    assert kinds(going) == {"older crawls"}
    assert {name.split("/")[1] for kind in going for name in kind.files} == {"two", "three"}
    left = facts.crawl()
    assert left is not None
    assert whole is not None
    assert_frame_equal(left.links, whole.links)
    assert_frame_equal(facts.link_history(), history)


def test_the_only_crawl_stays_however_old(facts: ParquetFacts) -> None:
    facts.write_crawl(visit_of(crawl("one")))
    assert pruned(facts, now=TODAY + timedelta(days=9999)) == []


def test_leftovers_go_and_what_is_not_ours_stays(facts: ParquetFacts) -> None:
    facts.write_search_day(search_day(), NOW)
    facts.write_crawl(visit_of(crawl("one")))
    day = facts.folder / "page_search" / DAY.isoformat()
    left = [
        day / f"{version_at(NOW + timedelta(days=1))}.parquet",
        day / f".{version_at(NOW)}.parquet.0a1b2c3d.part",
        facts.folder / "crawls" / "half" / "pages.parquet",
        facts.folder / "derived" / ".key.crawl.code.pickle.0a1b2c3d.part",
    ]
    mine = [facts.folder / "notes.txt", day / "copy.parquet", facts.folder / "crawls" / "notes.txt"]
    for path in (*left, *mine):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"some")
    (going,) = pruned(facts, now=NOW)
    assert going.what == "leftovers of interrupted runs"
    assert set(going.files) == {path.relative_to(facts.folder).as_posix() for path in left}
    assert all(path.exists() for path in mine)
    assert len(facts.page_search(WINDOW)) == 1


def test_what_was_worked_out_of_the_newest_crawl_stays(facts: ParquetFacts) -> None:
    facts.write_crawl(visit_of(crawl("one")))
    facts.derived("kept", lambda snapshot: snapshot.id)
    (other := facts.folder / "derived" / "gone.one-0.0.pickle").write_bytes(b"old")
    assert kinds(pruned(facts, now=NOW)) == {"what is worked out anew when needed"}
    assert not other.exists()
    assert len(list(other.parent.iterdir())) == 1


@pytest.mark.parametrize("after", range(9))
def test_a_prune_killed_between_two_files_loses_no_day_that_stays(
    facts: ParquetFacts, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for back in range(2):
        for offset in range(3):
            day = search_day(DAY - timedelta(days=back), rows=[("/a", 1, offset, 5.0)])
            facts.write_search_day(day, NOW + timedelta(days=offset))
    going = spent(facts.folder, first_day=DAY, now=TODAY)
    names = [name for kind in going for name in kind.files]
    remove_files(facts.folder, names[:after])
    assert list(facts.page_totals(Window(start=DAY, end=DAY))["impressions"]) == [2]
    facts.page_search(WINDOW)  # no reading that still counts lacks a file
    pruned(facts)
    assert len(file_sizes(facts.folder)) == 3


def test_what_cannot_be_removed_is_named(facts: ParquetFacts) -> None:
    facts.write_search_day(search_day(), NOW)
    (facts.folder / "notes").mkdir()
    with pytest.raises(StoreError, match="notes cannot be removed") as caught:
        prune(facts.folder, [Spent(what="", files=("notes",), size_bytes=0)])
    assert "permissions" in caught.value.hint


def test_a_reading_that_lacks_a_file_is_named_before_it_is_backed_up(facts: ParquetFacts) -> None:
    facts.write_search_day(search_day(), NOW)
    sizes = file_sizes(facts.folder)
    assert sorted(counted(sizes)) == sorted(sizes)
    assert counted(sizes)[-1].startswith("search_days/")
    lost = next(name for name in sizes if name.startswith("query_search/"))
    with pytest.raises(StoreError, match=f"{lost} is missing"):
        counted({name: size for name, size in sizes.items() if name != lost})


def test_all_that_a_store_writes_is_backed_up_and_none_of_today_is_pruned(
    facts: ParquetFacts,
) -> None:
    images = ParquetFacts(facts.folder, scope="search-image")
    period = SearchPeriod(
        window=WINDOW,
        pages=PAGE_TOTALS.empty(),
        queries=QUERY_TOTALS.empty(),
        capped=False,
        content="1",
    )
    for store in (facts, images):
        store.write_search_day(search_day(), NOW)
        store.write_search_period(period, NOW)
    facts.write_inspections(INSPECTIONS.empty(), NOW)
    facts.write_crawl(visit_of(crawl("one")))
    sizes = file_sizes(facts.folder)
    names = counted(sizes)
    assert sorted(names) == sorted(sizes)
    assert spent(facts.folder, first_day=DAY, now=NOW) == []
    for place, name in enumerate(names):
        if name.endswith(".json"):
            home = name.rpartition("/")[0]
            later = [n for n in names[place + 1 :] if n.startswith(f"{home}/")]
            assert later == [], f"{name} stands before {later}"


def test_as_of_is_promised_for_a_quarter() -> None:
    assert timedelta(days=90) == REPLAY
