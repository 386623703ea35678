"""Looking after what is stored, by the command line: pruned, backed up, restored, upgraded."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from filelock import FileLock

from recommender.models import Window
from recommender.store.facts import ParquetFacts
from recommender.store.places import file_sizes
from tests.command_line import CHECKOUT, Installation, ended
from tests.records import DAY, NOW, crawl, search_day, visit_of
from tests.schemas import ROWS, released

OLD = datetime.now(UTC) - timedelta(days=800)


def with_an_old_day(made: Installation) -> ParquetFacts:
    facts = ParquetFacts(made.data / "facts")
    facts.write_search_day(search_day(OLD.date()), OLD)
    return facts


# --- prune ------------------------------------------------------------------------------------


def test_a_dry_run_says_what_goes_and_prune_does_it(installed: Installation) -> None:
    facts = with_an_old_day(installed)
    before, decided = file_sizes(facts.folder), installed.listed()
    told = installed.run("prune", "--dry-run").done().out
    assert "guides: 3 files would go" in told
    assert file_sizes(facts.folder) == before
    done = installed.run("prune", "--keep-months", "16").done().out
    assert done == told.replace("would go", "removed")
    gone = set(before) - set(file_sizes(facts.folder))
    assert {name.split("/")[1] for name in gone} == {OLD.date().isoformat()}
    assert installed.run("prune").done().out == "guides: nothing to prune\n"
    installed.run("daily", "--from-store").done()
    assert [one["id"] for one in installed.listed()] == [one["id"] for one in decided]


def test_no_day_goes_that_the_next_pull_would_read_again(installed: Installation) -> None:
    installed.run("prune", "--keep-months", "1").done()
    days = installed.data / "facts" / "search_days"
    assert len(list(days.iterdir())) == 30


def test_prune_waits_for_no_run_and_disturbs_none(installed: Installation) -> None:
    facts = with_an_old_day(installed)
    before = file_sizes(facts.folder)
    with FileLock(installed.data / "run.lock"):
        ran = ended(installed.start("prune"))
    assert ran.code == 75
    assert file_sizes(facts.folder) == before


# --- backup -----------------------------------------------------------------------------------


def test_a_backup_unpacked_elsewhere_is_the_installation_that_it_was(
    installed: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "backup.tar"
    told = installed.run("backup", str(file)).done().out
    assert f"tar -xf {file} -C DATA_DIR" in told
    decided, at_url = installed.listed(), str(installed.listed()[0]["target"])
    plan = json.loads(installed.run("url", at_url, "--json").done().out)["case"]
    shutil.rmtree(installed.folder / "data")
    (installed.folder / "data").mkdir()
    subprocess.run(["tar", "-xf", file, "-C", installed.folder / "data"], check=True)
    assert installed.listed() == decided
    assert json.loads(installed.run("url", at_url, "--json").done().out)["case"] == plan
    first = str(decided[0]["id"])
    installed.run("accept", first).done()
    assert "0 of 0" not in installed.run("daily").done().said


def test_a_backup_takes_what_counts_while_another_writes(
    installed: Installation, tmp_path: Path
) -> None:
    facts = installed.data / "facts"
    half = facts / "page_search" / "2026-01-01" / "20260303T053000123456Z.parquet"
    half.parent.mkdir()
    half.write_bytes(b"PAR1 half")
    database = sqlite3.connect(installed.folder / "data" / "decisions.sqlite", isolation_level=None)
    with contextlib.closing(database):
        database.execute("BEGIN IMMEDIATE")
        database.execute("DELETE FROM runs")
        installed.run("backup", str(tmp_path / "backup.tar")).done()
        database.execute("ROLLBACK")
    with tarfile.open(tmp_path / "backup.tar") as archive:
        names = set(archive.getnames())
        archive.extract("decisions.sqlite", tmp_path, filter="data")
    assert f"guides/facts/{half.relative_to(facts).as_posix()}" not in names
    assert not any("derived" in name for name in names)
    assert len([name for name in names if "/search_days/" in name]) == 30
    with contextlib.closing(sqlite3.connect(tmp_path / "decisions.sqlite")) as copy:
        assert copy.execute("SELECT count(*) FROM runs").fetchone() == (1,)


def test_a_backup_replaces_no_file(after_daily: Installation, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    file.write_text("the one of last week")
    ran = after_daily.run("backup", str(file))
    assert ran.code == 1
    assert "is there already" in ran.err
    assert file.read_text() == "the one of last week"
    assert after_daily.run("backup", str(tmp_path)).code == 2
    ran = after_daily.run("backup", str(tmp_path / "missing" / "backup.tar"))
    assert ran.code == 1
    assert "cannot be written" in ran.err


def test_a_backup_of_decisions_on_a_server_says_how_they_are_backed_up(
    installed: Installation, tmp_path: Path
) -> None:
    installed.configure(database_url="postgresql+psycopg://linkwright@127.0.0.1:9/linkwright")
    told = installed.run("backup", str(tmp_path / "backup.tar")).done().out
    assert "NOT in it" in told
    assert "pg_dump" in told
    with tarfile.open(tmp_path / "backup.tar") as archive:
        assert "decisions.sqlite" not in archive.getnames()


# --- db upgrade -------------------------------------------------------------------------------


def test_an_older_file_is_upgraded_by_the_first_command_or_by_db_upgrade(
    installed: Installation,
) -> None:
    url = f"sqlite:///{installed.folder / 'data' / 'old.sqlite'}"
    released(url, "0001")
    installed.configure(database_url=url)
    assert "upgraded from schema 0001 to 0002" in installed.run("db", "upgrade").done().out
    assert "nothing is to be done" in installed.run("db", "upgrade").done().out
    assert len(ROWS) > 1


def test_a_database_of_a_newer_version_is_left_alone(installed: Installation) -> None:
    database = installed.folder / "data" / "decisions.sqlite"
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for command in (("db", "upgrade"), ("list",), ("daily",)):
        ran = installed.run(*command)
        assert ran.code == 1
        assert "are of schema 9999" in ran.err
        assert "update this one" in ran.err


# --- A disk that is full ----------------------------------------------------------------------

LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
"""
RUN = f"""{LIMITED}
from jobs.cli import main
main(sys.argv[2:])
"""
WRITE = f"""{LIMITED}
from datetime import timedelta
from pathlib import Path
from recommender.errors import StoreError
from recommender.store.facts import ParquetFacts
from tests.records import DAY, NOW, crawl, search_day, visit_of
facts = ParquetFacts(Path(sys.argv[2]))
rows = [(f"/{{n * 7919 % 100_003}}-{{n * n}}", 1, n + 1, 1.0 + n % 97) for n in range(40_000)]
links = [(path, "/a", "a", "content") for path, *_ in rows[:4_000]]
for write in (
    lambda: facts.write_search_day(search_day(rows=rows), NOW + timedelta(days=1)),
    lambda: facts.write_crawl(visit_of(crawl("two", links, NOW + timedelta(days=1)))),
):
    try:
        write()
    except StoreError as error:
        print(error)
"""


def limited(program: str, size_bytes: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``program`` where no file may grow beyond ``size_bytes``, as on a disk that is full."""
    command = [sys.executable, "-c", program, str(size_bytes), *arguments]
    return subprocess.run(
        command, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=120
    )


def test_a_day_and_a_crawl_that_do_not_fit_on_the_disk_leave_those_before_in_force(
    tmp_path: Path,
) -> None:
    facts = ParquetFacts(tmp_path / "facts")
    facts.write_search_day(search_day(rows=[("/a", 1, 10, 5.0)]), NOW)
    facts.write_crawl(visit_of(crawl("one")))
    before = file_sizes(facts.folder)
    ran = limited(WRITE, 60_000, str(facts.folder))
    assert ran.stdout.count("cannot be written: ") == 2, ran.stdout + ran.stderr
    assert ran.stdout.count("check free space and permissions of the data folder") == 2
    assert {name for name in file_sizes(facts.folder) if name.endswith(".json")} == {
        name for name in before if name.endswith(".json")
    }
    assert not list(facts.folder.rglob("*.part"))
    window = Window(start=DAY, end=DAY)
    assert list(facts.page_totals(window)["impressions"]) == [10]
    assert (found := facts.crawl()) is not None
    assert found.id == "one"
    ran = limited(WRITE, 2**30, str(facts.folder))
    assert ran.stdout == "", ran.stderr
    assert len(facts.page_totals(window)) == 40_000
    assert (found := facts.crawl()) is not None
    assert found.id == "two"


def test_a_half_written_day_is_named_and_read_again_once_its_ledger_is_removed(
    installed: Installation,
) -> None:
    facts = installed.data / "facts"
    half = sorted((facts / "page_search").glob("*/*.parquet"))[3]
    half.write_bytes(half.read_bytes()[:1000])
    before = installed.listed()
    ran = installed.run("daily", "--from-store")
    assert ran.code == 1
    assert f"{half} cannot be read" in ran.err
    ledger = facts / "search_days" / half.parent.name / f"{half.stem}.json"
    assert f"remove {ledger}" in ran.err
    ledger.unlink()
    installed.run("pull").done()
    assert len(ParquetFacts(facts).search_days()) == 30
    installed.run("daily", "--from-store").done()
    assert [one["id"] for one in installed.listed()] == [one["id"] for one in before]


def test_a_database_that_does_not_fit_on_the_disk_says_so_and_goes_on_later(
    installed: Installation,
) -> None:
    before = installed.listed()
    proposed = str(before[0]["id"])
    ran = limited(RUN, 4096, "--config", str(installed.config), "accept", proposed)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "the disk is full" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert installed.listed() == before
    installed.run("accept", proposed).done()
    assert [one["status"] for one in installed.listed() if one["id"] == proposed] == ["accepted"]
