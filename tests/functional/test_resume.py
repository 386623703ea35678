"""A crawl killed at any moment goes on to the same pages and links as one left alone."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from recommender.config import CrawlConfig
from recommender.errors import StoreError
from recommender.frames import BLOCKS, LINKS, FrameSpec
from recommender.ingest.assemble import assemble
from recommender.ingest.crawl import Crawler
from recommender.ingest.crawl_job import (
    JOB,
    KNOWN,
    CrawlJob,
    CrawlMessage,
    Reading,
    parts,
    write_addresses,
)
from recommender.models import CrawlSnapshot, Visit
from tests.crawls import crawled_into
from tests.fakes import FakeFacts
from tests.local_site import Answer, LocalSite, html, moved

NOW = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
PAGES = 400
KILLS = 50
SLOWNESS_S = 0.01
FACTS = ["url", "status", "redirect_to", "title", "words", "depth", "content_hash", "indexable"]


def slowly(answer: Answer) -> Answer:
    """Return the same answer after a while, so that a crawl has moments to be killed in."""

    def write(send: Callable[[bytes], object]) -> None:
        time.sleep(SLOWNESS_S)
        head = f"HTTP/1.1 {answer.status} .\r\nContent-Length: {len(answer.body)}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        send(f"{head}Connection: close\r\n\r\n".encode() + answer.body)

    return Answer(raw=write)


@pytest.fixture(scope="module")
def site() -> Iterator[LocalSite]:
    """A site that is a tree of pages, with a redirect and a missing page here and there."""
    answers = {}
    for number in range(PAGES):
        below = "".join(
            f"<p>Under {number} stands <a href=/{child}>number {child}</a> with its words.</p>"
            for child in range(3 * number + 1, 3 * number + 4)
        )
        answers[f"/{number}" if number else "/"] = html(
            f"<title>Page {number}</title><nav><a href=/>home</a></nav>{below}"
        )
    answers["/17"] = moved("/18")
    with LocalSite({path: slowly(answer) for path, answer in answers.items()}) as site:
        yield site


def job_in(folder: Path, site: str) -> Path:
    folder.mkdir()
    job = CrawlJob(
        site=site,
        config=CrawlConfig(delay_s=0),
        folder=folder,
        began_at=NOW,
        probe=site + "not-here",
        pages_per_part=15,
    )
    write_addresses(folder / KNOWN, [])
    (folder / JOB).write_text(job.model_dump_json())
    return folder / JOB


def killed_or_ended(job: Path, after_s: float | None) -> CrawlMessage | None:
    """Run the child; return its last message, None where it was killed before."""
    child = subprocess.Popen(
        [sys.executable, "-m", "recommender.ingest.crawl_child", str(job)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        said, _ = child.communicate(timeout=after_s)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
        child.communicate()
        return None
    assert child.returncode == 0
    return CrawlMessage.model_validate_json(said.splitlines()[-1])


def found(job: Path, ending: CrawlMessage) -> Visit:
    read = CrawlJob.model_validate_json(job.read_bytes())
    return assemble(read, Reading(ending=ending), None, crawl_id="c", reader="", finished_at=NOW)


def rows(visit: Visit) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    brought = list(visit.parts)
    return (
        visit.pages[FACTS].reset_index(drop=True),
        stacked([part.links for part in brought], LINKS),
        stacked([part.blocks for part in brought], BLOCKS),
    )


def stacked(frames: Sequence[pd.DataFrame], spec: FrameSpec) -> pd.DataFrame:
    whole = pd.concat([spec.coerced(frame) for frame in frames if len(frame)])
    return whole.sort_values(list(spec.key)).reset_index(drop=True)


@pytest.mark.slow
def test_a_crawl_killed_at_fifty_moments_finds_what_an_undisturbed_one_finds(
    site: LocalSite, tmp_path: Path
) -> None:
    job = job_in(tmp_path / "undisturbed", site.url)
    began = time.monotonic()
    ending = killed_or_ended(job, None)
    whole_s = time.monotonic() - began
    assert ending is not None
    expected = rows(found(job, ending))
    assert len(expected[0]) > PAGES
    moments, kills, crawls, went_on = random.Random(7), 0, 0, 0
    while kills < KILLS:
        crawls += 1
        job = job_in(tmp_path / f"killed-{crawls}", site.url)
        ending = None
        while ending is None:
            before = len(parts(job.parent))
            after_s = moments.uniform(0.2, whole_s) if kills < KILLS else None
            ending = killed_or_ended(job, after_s)
            kills += ending is None
            went_on += before > 0
        for frame, as_expected in zip(rows(found(job, ending)), expected, strict=True):
            pd.testing.assert_frame_equal(frame, as_expected)
    assert went_on >= 10  # kills that left something to go on from


def crawler(site: LocalSite, folder: Path) -> Crawler:
    return Crawler(
        config=CrawlConfig(delay_s=0),
        site=site.url,
        folder=folder / "crawls",
        clock=lambda: datetime.now(UTC),
        zone=UTC,
    )


def interrupted(site: LocalSite, folder: Path) -> None:
    def interrupt(done: int, _total: int | None) -> None:
        if done > 150:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        crawled_into(FakeFacts(), crawler(site, folder), progress=interrupt)


def test_the_next_crawl_goes_on_where_an_interrupted_one_stood(
    site: LocalSite, tmp_path: Path
) -> None:
    interrupted(site, tmp_path)
    site.asked.clear()
    snapshot = crawled_into(FakeFacts(), crawler(site, tmp_path))
    asked = [path for path in site.asked if path.removeprefix("/").isdigit()]
    assert len(snapshot.pages) > PAGES
    assert len(asked) < len(snapshot.pages) - 90
    assert not [path for path in (tmp_path / "crawls").iterdir() if path.is_dir()]


def test_an_interrupted_crawl_of_another_configuration_begins_anew(
    site: LocalSite, tmp_path: Path
) -> None:
    interrupted(site, tmp_path)
    site.asked.clear()
    other = Crawler(
        config=CrawlConfig(delay_s=0, max_depth=3),
        site=site.url,
        folder=tmp_path / "crawls",
        clock=lambda: datetime.now(UTC),
        zone=UTC,
    )
    crawled_into(FakeFacts(), other)
    assert site.asked["/"] == 1


def test_a_visit_that_could_not_be_stored_is_not_made_again(
    site: LocalSite, tmp_path: Path
) -> None:
    class FullDisk(FakeFacts):
        def write_crawl(self, visit: Visit) -> None:
            raise StoreError("no space left on the device")

    with pytest.raises(StoreError):
        crawled_into(FullDisk(), crawler(site, tmp_path))
    site.asked.clear()
    snapshot: CrawlSnapshot = crawled_into(FakeFacts(), crawler(site, tmp_path))
    assert len(snapshot.pages) > PAGES
    assert not site.asked


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")
def test_a_crawl_whose_parent_was_killed_ends_too(site: LocalSite, tmp_path: Path) -> None:
    job = job_in(tmp_path / "orphan", site.url)
    site.asked.clear()
    run = "import subprocess, sys; subprocess.run([sys.executable, '-m', *sys.argv[1:]])"
    parent = subprocess.Popen(
        [sys.executable, "-c", run, "recommender.ingest.crawl_child", str(job)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not site.asked.get("/"):
        time.sleep(0.05)
    child = int(Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()[0])
    parent.kill()
    parent.wait()
    for _ in range(100):
        if not Path(f"/proc/{child}").exists():
            break
        time.sleep(0.1)
    else:
        pytest.fail("the child lives on")
    assert not (job.parent / "addresses.parquet").exists()
