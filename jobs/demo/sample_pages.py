"""The sample site's content: bicycle repair guides as files with a head in YAML and a body in HTML.

It has what real sites have: guides in three builds, topic pages, tag pages, an archive of several
pages, short questions with answers, a menu, a sidebar, related boxes and a footer. What is wrong
with it on purpose stands in ``sample/faults.yaml``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

SAMPLE = Path(__file__).parent / "sample"
ABOUT = "/about/"
QUESTIONS = "/questions/"
ARCHIVE = "/archive/"
ARCHIVE_LENGTH = 12


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PageList(_Settings):
    """Some pages under a heading: a box in the sidebar, a part of a listing.

    Named one by one, or all listed guides of a topic or of a tag.
    """

    heading: str
    pages: tuple[str, ...] = ()
    topic: str = ""
    tag: str = ""


class SamplePage(_Settings):
    """One page: its address, its head, and its content as HTML."""

    path: str
    template: str
    title: str
    description: str
    heading: str = ""
    topic: str = ""
    tags: tuple[str, ...] = ()
    age_days: int | None = None  # days since it was published; None: not a guide
    listed: bool = True  # False: topic pages, tag pages and archive have forgotten it
    takes: str = ""  # "20 minutes", of a job
    tools: tuple[str, ...] = ()  # of a job
    related: tuple[str, ...] = ()
    lists: tuple[PageList, ...] = ()
    newer: str = ""  # the pages beside it in an archive
    older: str = ""
    robots: str = ""
    body: str = ""

    @property
    def indexable(self) -> bool:
        """Whether search engines may show it."""
        return "noindex" not in self.robots

    @property
    def guide(self) -> bool:
        """Whether it is one of the articles that the site is made of."""
        return self.age_days is not None

    def published(self, today: date) -> date | None:
        """Return the day on which it appeared, seen from ``today``."""
        return None if self.age_days is None else today - timedelta(days=self.age_days)


class SiteSettings(_Settings):
    """What all pages share; paths are addresses of pages."""

    name: str
    tagline: str
    menu: tuple[str, ...]
    sidebar: tuple[PageList, ...]
    footer: tuple[str, ...]
    labels: Mapping[str, str]
    topics: Mapping[str, str]  # topic: its page
    redirects: Mapping[str, str]


class _Question(_Settings):
    """A question that riders ask, and its answer in paragraphs."""

    path: str
    topic: str
    question: str
    description: str
    answer: tuple[str, ...]
    listed: bool = True  # False: the page of questions has forgotten it

    def page(self) -> SamplePage:
        """Return the page that answers the question."""
        return SamplePage(
            path=self.path,
            template="page",
            title=self.question,
            heading=self.question,
            topic=self.topic,
            description=self.description,
            body="\n".join(f"<p>{text}</p>" for text in self.answer),
        )


def sample_settings() -> SiteSettings:
    """Return what all pages of the sample site share."""
    text = (SAMPLE / "site.yaml").read_text(encoding="utf-8")
    return SiteSettings.model_validate(yaml.safe_load(text))


def sample_pages() -> tuple[SamplePage, ...]:
    """Return the pages of the sample site, by address, without its questions."""
    written = [_read_page(file) for file in (SAMPLE / "pages").glob("*.html")]
    guides = [page for page in written if page.guide and page.listed]
    pages = [*(_with_lists(page, guides) for page in written), *_archive(guides)]
    return tuple(sorted(pages, key=lambda page: page.path))


def question_pages() -> tuple[SamplePage, ...]:
    """Return short questions with their answers, by address, after the page that lists them all.

    They make the sample as large as a small real site, so that pages can be compared.
    """
    text = (SAMPLE / "questions.yaml").read_text(encoding="utf-8")
    questions = [_Question.model_validate(entry) for entry in yaml.safe_load(text)]
    topics = dict.fromkeys(question.topic for question in questions)
    listing = SamplePage(
        path=QUESTIONS,
        template="listing",
        title="Questions and short answers",
        heading="Questions and short answers",
        description="What riders ask most about drivetrain, brakes, wheels and care, in brief.",
        lists=tuple(
            PageList(
                heading=topic,
                pages=tuple(
                    question.path
                    for question in questions
                    if question.listed and question.topic == topic
                ),
            )
            for topic in topics
        ),
    )
    return (listing, *sorted((q.page() for q in questions), key=lambda page: page.path))


def sample_queries() -> Mapping[str, tuple[str, ...]]:
    """Return what people would type to find each page, most frequent first, by address."""
    read = yaml.safe_load((SAMPLE / "queries.yaml").read_text(encoding="utf-8"))
    return {path: tuple(queries) for path, queries in read.items()}


def _read_page(file: Path) -> SamplePage:
    _, head, body = file.read_text(encoding="utf-8").split("---\n", 2)
    page = SamplePage.model_validate(yaml.safe_load(head) | {"body": body})
    return page if page.heading else page.model_copy(update={"heading": page.title})


# --- Lists of guides ------------------------------------------------------------------------


def _with_lists(page: SamplePage, guides: Sequence[SamplePage]) -> SamplePage:
    """Return the page with the lists filled that name a topic or a tag, titles in order."""
    lists = tuple(
        part.model_copy(update={"pages": _paths(guides, part)}) if not part.pages else part
        for part in page.lists
    )
    return page.model_copy(update={"lists": lists})


def _paths(guides: Iterable[SamplePage], part: PageList) -> tuple[str, ...]:
    named = [page for page in guides if page.topic == part.topic or part.tag in page.tags]
    return tuple(page.path for page in sorted(named, key=lambda page: page.title))


def _archive(guides: Iterable[SamplePage]) -> list[SamplePage]:
    """Return the pages of the archive: all listed guides, newest first, a dozen a page."""
    newest_first = sorted(guides, key=lambda page: (page.age_days or 0, page.path))
    paths = tuple(page.path for page in newest_first)
    parts = [paths[at : at + ARCHIVE_LENGTH] for at in range(0, len(paths), ARCHIVE_LENGTH)]
    pages = [_archive_page(number, len(parts), part) for number, part in enumerate(parts, start=1)]
    for place, (newer, older) in enumerate(pairwise(pages)):
        pages[place] = pages[place].model_copy(update={"older": older.path})
        pages[place + 1] = older.model_copy(update={"newer": newer.path})
    return pages


def _archive_page(number: int, of: int, paths: tuple[str, ...]) -> SamplePage:
    title = "All guides" if number == 1 else f"All guides, page {number}"
    return SamplePage(
        path=ARCHIVE if number == 1 else f"{ARCHIVE}page/{number}/",
        template="archive",
        title=title,
        heading=title,
        description=f"Every guide of The Repair Stand, newest first: page {number} of {of}.",
        lists=(PageList(heading="Newest first", pages=paths),),
    )
