"""Visiting a site: a child process fetches and reads its pages, this one says what they mean.

The child's parts lie in a folder of their own until the visit is stored: a crawl that was killed,
in whichever process, goes on from there.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from zlib import crc32

from pydantic import ValidationError

from recommender.config import CrawlConfig, CrawlSource
from recommender.errors import CrawlError, NotNow
from recommender.ingest.crawl_job import (
    JOB,
    KNOWN,
    CrawlJob,
    CrawlMessage,
    Reading,
    part_path,
    parts,
    read_rows,
    write_addresses,
)
from recommender.ingest.due import known_addresses, seconds_left
from recommender.ingest.parse import ParseRules
from recommender.ingest.secret_headers import secret_headers
from recommender.models import Visit
from recommender.ports import EarlierCrawl, Progress, silent
from recommender.urls import absolute

READER = 3  # raised where pages are read or regions judged in another way than before
RESUMED_DAYS = 3  # an interrupted crawl older than this begins anew
_ENDING = "ending.json"
_LOG_TAIL_LINES = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Crawler:
    """The SiteCrawler that runs Scrapy in a child process, or reads files as configured.

    ``folder`` receives a log per crawl, and the parts of a crawl until it is stored. ``zone`` is
    that of ``config.between``.
    """

    config: CrawlConfig
    site: str
    folder: Path
    clock: Callable[[], datetime]
    zone: tzinfo

    @contextlib.contextmanager
    def crawl(
        self,
        seeds: Sequence[str],
        *,
        earlier: EarlierCrawl | None = None,
        watched: Collection[str] = (),
        sitemaps: Sequence[str] = (),
        only_watched: bool = False,
        progress: Progress = silent,
    ) -> Iterator[Visit]:
        """Return the site as found from its home page, its sitemaps and ``seeds``.

        ``sitemaps`` are further ones, beside those that the site names itself.

        With ``only_watched`` nothing but the home page and the ``watched`` ones is asked for.
        Raises CrawlError where the site is unreachable, forbids crawling or gives no page, NotNow
        outside the hours for visits, and ConfigError where a selector is no CSS or a secret is
        missing.
        """
        secret_headers(self.config, os.environ)  # what is missing is told before anything is asked
        if self.config.render:
            from recommender.ingest.rendering import check_rendering  # noqa: PLC0415 - Scrapy: 50 MB

            check_rendering(self.config)
        site = absolute(self.site, self.site) or self.site
        reader = reader_of(ParseRules.of(site, self.config), self.config.template_share)
        if earlier is not None and earlier.reader != reader:
            earlier = None
        if only_watched:
            job = self._narrow(site, earlier, watched)
        else:
            job = self._interrupted(site, earlier) or self._begun(
                site, seeds, earlier, watched, sitemaps
            )
        reading = self._read(job, progress)
        _refuse_nothing(job, reading.ending)
        from recommender.ingest.assemble import assemble  # noqa: PLC0415 - 10 MB beside the child

        yield assemble(
            job,
            reading,
            earlier,
            crawl_id=job.folder.name,
            reader=reader,
            finished_at=self.clock(),
        )
        shutil.rmtree(job.folder)

    def _read(self, job: CrawlJob, progress: Progress) -> Reading:
        if self.config.source is CrawlSource.FOLDER:
            from recommender.ingest.folder import read_folder  # noqa: PLC0415 - 50 MB

            return read_folder(job, progress=progress)
        if self.config.source is CrawlSource.SCREAMING_FROG:
            from recommender.ingest.screaming_frog import (  # noqa: PLC0415
                read_screaming_frog,
            )

            return read_screaming_frog(job, progress=progress)
        ending = _ending(job) or _run_child(job, self.folder / f"{job.folder.name}.log", progress)
        return Reading(ending=ending)

    def _begun(
        self,
        site: str,
        seeds: Sequence[str],
        earlier: EarlierCrawl | None,
        watched: Collection[str],
        sitemaps: Sequence[str],
    ) -> CrawlJob:
        """Return a new job; what earlier ones left lying is removed."""
        seconds = self._seconds(self.clock())
        for left in self._folders():
            shutil.rmtree(left)
        return self._job(site, seeds, earlier, watched, sitemaps, seconds=seconds)

    def _narrow(
        self, site: str, earlier: EarlierCrawl | None, watched: Collection[str]
    ) -> CrawlJob:
        """Return a job that asks for the home page and the watched ones alone. Raises NotNow."""
        if earlier is None or self.config.source is not CrawlSource.SITE:
            raise NotNow(
                f"single pages of {self.site} cannot be looked at before the whole site was read",
                subject=self.site,
                hint="run `linkwright crawl` first",
            )
        seconds = self._seconds(self.clock())
        return self._job(site, (), earlier, watched, seconds=seconds, narrow=True)

    def _job(
        self,
        site: str,
        seeds: Sequence[str],
        earlier: EarlierCrawl | None,
        watched: Collection[str],
        sitemaps: Sequence[str] = (),
        *,
        seconds: float | None,
        narrow: bool = False,
    ) -> CrawlJob:
        """Return a new job with what its child is to know, in a folder of its own."""
        now = self.clock()
        crawl_id = now.strftime("%Y%m%dT%H%M%SZ")
        if earlier is not None and earlier.id.startswith(crawl_id):
            crawl_id = f"{earlier.id}.1"  # at the very instant of the crawl before
        folder = self.folder / crawl_id
        shutil.rmtree(folder, ignore_errors=True)  # a look that broke off at this very second
        folder.mkdir(parents=True)
        job = CrawlJob(
            site=site,
            config=self.config,
            folder=folder,
            began_at=now,
            earlier=earlier.id if earlier else "",
            probe=absolute(f"/{crc32(crawl_id.encode()):x}-is-no-page-of-this-site", site) or site,
            sitemaps=tuple(sitemaps),
            seconds=seconds,
            narrow=narrow,
        )
        known = known_addresses(
            earlier,
            site=site,
            seeds=seeds,
            watched=watched,
            now=now,
            revisit_days=None if narrow else self.config.revisit_days,
        )
        write_addresses(folder / KNOWN, known)
        (folder / JOB).write_text(job.model_dump_json())
        return job

    def _interrupted(self, site: str, earlier: EarlierCrawl | None) -> CrawlJob | None:
        """Return the job of a crawl that did not come to be stored and can go on, if any.

        Files are read from the start: that costs their owner nothing.
        """
        if self.config.source is not CrawlSource.SITE:
            return None
        now, earlier_id = self.clock(), earlier.id if earlier else ""
        seconds = self._seconds(now)
        for folder in reversed(self._folders()):
            try:
                job = CrawlJob.model_validate_json((folder / JOB).read_bytes())
            except (OSError, ValidationError):
                continue
            same = (job.site, job.config, job.earlier) == (site, self.config, earlier_id)
            same = same and not job.narrow
            if same and now - job.began_at < timedelta(days=RESUMED_DAYS) and parts(folder):
                return job.model_copy(update={"folder": folder, "seconds": seconds})
        return None

    def _seconds(self, now: datetime) -> float | None:
        """Return how long the site may be visited, None without end. Raises NotNow."""
        if self.config.source is not CrawlSource.SITE:
            return None
        seconds = seconds_left(self.config.between, now.astimezone(self.zone))
        if seconds == 0:
            raise NotNow(
                f"{self.site} may be visited only between {self.config.between}",
                subject=self.site,
                hint="run again within these hours, or change crawl.between",
            )
        return seconds

    def _folders(self) -> list[Path]:
        return sorted(path.parent for path in self.folder.glob(f"*/{JOB}"))


def reader_of(rules: ParseRules, template_share: float) -> str:
    """Return a name for the way in which pages are read and judged."""
    said = f"{READER} {rules} {template_share}"
    return hashlib.sha256(said.encode()).hexdigest()[:12]


# --- The child process ----------------------------------------------------------------------


def _ending(job: CrawlJob) -> CrawlMessage | None:
    """Return how the child ended, None where it did not."""
    try:
        return CrawlMessage.model_validate_json((job.folder / _ENDING).read_bytes())
    except (OSError, ValidationError):
        return None


def _run_child(job: CrawlJob, log: Path, progress: Progress) -> CrawlMessage:
    """Run the crawl to its end and return its last message."""
    job_file = job.folder / JOB
    job_file.write_text(job.model_dump_json())
    ending = None
    with log.open("ab") as errors:
        child = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", "recommender.ingest.crawl_child", str(job_file)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            assert child.stdout is not None
            for message in _messages(child.stdout):
                ending = message if message.ended else ending
                progress(message.done, message.total)
        finally:
            if child.poll() is None and ending is None:
                child.kill()  # interrupted: the next crawl goes on from the parts it wrote
            child.wait()
            assert child.stdout is not None
            child.stdout.close()
    if ending is None or child.returncode:
        tail = "\n  ".join(log.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:])
        raise CrawlError(
            f"the crawl of {job.site} broke off (exit {child.returncode}):\n  {tail}",
            subject=job.site,
            hint=f"run it again: it goes on from where it stood; the whole log is in {log}",
        )
    (job.folder / _ENDING).write_text(ending.model_dump_json())
    return ending


def _messages(lines: Iterator[str]) -> Iterator[CrawlMessage]:
    for line in lines:
        try:
            yield CrawlMessage.model_validate_json(line)
        except ValidationError:
            continue  # some library printed; only our own lines count


def _refuse_nothing(job: CrawlJob, ending: CrawlMessage) -> None:
    """Raise CrawlError, saying why, where not a single page was read."""
    wanted = ["url", "status", "redirect_to", "problem", "read", "unchanged"]
    tables = [read_rows(part_path(job.folder, "pages", part), wanted) for part in parts(job.folder)]
    rows = [row for table in tables for row in table.to_pylist() if row["url"] != job.probe]
    if any(row["read"] or row["unchanged"] for row in rows):
        return
    shutil.rmtree(job.folder)
    if ending.unreachable_robots:
        raise CrawlError(
            f"{job.site} gave no page: {'; '.join(ending.unreachable_robots)}",
            subject=job.site,
            hint="what robots.txt allows must be known first; open it in a browser, and try later",
        )
    if ending.forbidden:
        raise CrawlError(
            f"robots.txt of {job.site} forbids crawling to {job.config.user_agent!r}",
            subject=job.site,
            hint="allow this user agent in robots.txt, or set crawl.user_agent to an allowed one",
        )
    home = next((row for row in rows if row["url"] == job.site), None)
    said = home["problem"] if home else "; ".join(ending.refused) or "gave nothing"
    to = home["redirect_to"] if home else None
    hint = f"it redirects to {to}: if that is the site, set `site` to it" if to else ""
    raise CrawlError(
        f"{job.site} gave no page: its home page {said}",
        subject=job.site,
        hint=hint or "open it in a browser from this machine; check `site` in the configuration",
    )
