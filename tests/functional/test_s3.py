"""The whole job with its facts in an object store, and what comes of a store that refuses."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recommender.errors import ConfigError, StoreError
from recommender.models import Window
from recommender.store.facts import ParquetFacts
from recommender.store.places import file_sizes, file_system, folder_at, key_of
from tests.command_line import Installation
from tests.records import DAY, NOW, crawl, search_day, visit_of
from tests.s3_server import HAS_S3, new_bucket, s3_server

pytestmark = pytest.mark.skipif(not HAS_S3, reason="`make test-s3` runs these")

WINDOW = Window(start=DAY, end=DAY)


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture
def facts(tmp_path: Path) -> ParquetFacts:
    return ParquetFacts(folder_at(new_bucket()), cache=tmp_path / "derived")


@pytest.fixture
def moved(installed: Installation) -> Installation:
    """An installation whose facts were moved from its disk into a bucket."""
    url = new_bucket().removesuffix("/property/facts")
    there = folder_at(f"{url}/guides/facts")
    here = installed.data / "facts"
    shutil.rmtree(here / "derived", ignore_errors=True)
    file_system(there).put(f"{here}/", f"{key_of(there)}/", recursive=True)
    shutil.rmtree(here)
    installed.configure(facts_url=url)
    return installed


def facts_of(made: Installation) -> Path:
    line = next(s for s in made.config.read_text().splitlines() if s.startswith("facts_url"))
    return folder_at(f"{line.split(': ')[1]}/guides/facts")


def test_daily_and_weekly_work_on_facts_in_a_bucket(moved: Installation) -> None:
    before = moved.listed()
    there = facts_of(moved)
    lost = max(name for name in file_sizes(there) if name.startswith("search_days/"))
    file_system(there).rm_file(key_of(there / lost))
    stored = set(file_sizes(there))
    moved.run("daily").done()
    assert [one["id"] for one in moved.listed()] == [one["id"] for one in before]
    added = set(file_sizes(there)) - stored
    days = {name.split("/")[1] for name in added if name.startswith("search_days/")}
    assert days == {lost.split("/")[1]}
    assert len([name for name in added if name.endswith("manifest.json")]) == 1
    moved.run("weekly").done()
    assert list(moved.data.glob("digests/*.eml"))
    here = moved.data.glob("facts/**/*.parquet")
    assert not [path for path in here if "derived" not in path.parts]
    moved.run("url", str(before[0]["target"])).done()


def test_a_bucket_is_pruned_and_backed_up_as_a_folder_is(
    moved: Installation, tmp_path: Path
) -> None:
    there = facts_of(moved)
    old = datetime.now(UTC) - timedelta(days=800)
    before = file_sizes(there)
    ParquetFacts(there).write_search_day(search_day(old.date()), old)
    file_system(there).pipe_file(key_of(there / "crawls" / "half" / "pages.parquet"), b"half")
    assert "guides: 4 files would go" in moved.run("prune", "--dry-run").done().out
    assert "guides: 4 files removed" in moved.run("prune").done().out
    assert file_sizes(there) == before
    moved.run("backup", str(tmp_path / "backup.tar")).done()
    decided = moved.listed()
    shutil.rmtree(moved.folder / "data")
    (moved.folder / "data").mkdir()
    subprocess.run(["tar", "-xf", tmp_path / "backup.tar", "-C", moved.folder / "data"], check=True)
    assert file_sizes(moved.data / "facts") == before
    moved.config.write_text(moved.config.read_text().replace("facts_url", "# facts_url"))
    moved.run("daily", "--from-store").done()
    assert [one["id"] for one in moved.listed()] == [one["id"] for one in decided]


@pytest.mark.parametrize("fatal", [1, 2, 3])
def test_a_put_that_is_refused_leaves_the_day_before_in_force(
    facts: ParquetFacts, fatal: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts.write_search_day(search_day(rows=[("/a", 1, 10, 5.0)]), NOW)
    store = file_system(facts.folder)
    put, done = store.put_file, list[str]()

    def put_or_refuse(here: str, there: str) -> None:
        done.append(there)
        if len(done) == fatal:
            raise PermissionError("Access Denied")
        put(here, there)

    monkeypatch.setattr(store, "put_file", put_or_refuse)
    later = NOW + timedelta(days=1)
    with pytest.raises(StoreError, match="Access Denied") as caught:
        facts.write_search_day(search_day(rows=[("/a", 1, 12, 5.0)]), later)
    assert "credentials and permissions of facts_url" in caught.value.hint
    assert list(facts.page_totals(WINDOW)["impressions"]) == [10]
    facts.write_search_day(search_day(rows=[("/a", 1, 12, 5.0)]), later)
    assert list(facts.page_totals(WINDOW)["impressions"]) == [12]


def test_a_damaged_object_is_named(facts: ParquetFacts) -> None:
    facts.write_search_day(search_day(), NOW)
    facts.write_crawl(visit_of(crawl()))
    for name in file_sizes(facts.folder):
        if name.endswith(("page_search.parquet", "links.parquet")) or "page_search/" in name:
            file_system(facts.folder).pipe_file(key_of(facts.folder / name), b"PAR1 half")
    with pytest.raises(StoreError, match=r"links\.parquet cannot be read"):
        facts.crawl()
    with pytest.raises(StoreError, match=r"page_search/.*cannot be read") as caught:
        facts.page_totals(WINDOW)
    assert "search_days" in caught.value.hint


def test_a_bucket_that_is_not_there_is_told(tmp_path: Path) -> None:
    facts = ParquetFacts(folder_at("s3://linkwright-nowhere/facts"), cache=tmp_path)
    assert facts.search_days().empty
    with pytest.raises(StoreError, match="bucket does not exist") as caught:
        facts.write_search_day(search_day(), NOW)
    assert "facts_url" in caught.value.hint


def test_an_address_of_an_unknown_kind_names_what_is_missing() -> None:
    with pytest.raises(ConfigError, match="gs://") as caught:
        folder_at("gs://bucket/facts")
    assert caught.value.exit_code == 2
    assert "fsspec" in caught.value.hint


def test_a_folder_of_this_machine_is_no_address_of_an_object_store() -> None:
    with pytest.raises(ConfigError, match="folder of this machine"):
        folder_at("file:///srv/facts")
