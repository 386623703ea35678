"""Every error that Linkwright raises on purpose: what it is about, its exit code, the next step.

::

    LinkwrightError                 exit 1
    ├── ConfigError                 exit 2   the YAML, a key, a value (all problems at once)
    ├── FrameError                  exit 1   a frame is not what its spec declares
    ├── StoreError                  exit 1   facts or decisions cannot be read or written
    ├── InvalidTransition           exit 1   a recommendation cannot go from this status to that
    ├── UnknownPage                 exit 2   no such page in the crawl (nearest ones named)
    ├── UnknownRecommendation       exit 2   no such id (nearest ones named)
    ├── NoData                      exit 1   nothing crawled or pulled yet
    ├── CrawlError                  exit 1   site unreachable, robots.txt forbids it, 0 pages
    ├── NotNow                      exit 3   outside the hours in which the site may be visited
    ├── SearchConsoleError          exit 1
    │   ├── CredentialsError        exit 2   missing, expired, revoked
    │   ├── PropertyForbidden       exit 2   the account may not read the property
    │   ├── UnexpectedAnswer        exit 3   rows that are none: the day is asked for again
    │   ├── ExportUnreadable        exit 2   a file of an export is not what it should be
    │   ├── QuotaExhausted          exit 3   clean stop, the next run resumes
    │   └── SearchConsoleUnavailable exit 3  5xx or no connection after all retries
    ├── TransportError              exit 3   a mail was not taken (``permanent``: nor ever will be;
    │                                        ``unknown``: it may have been taken all the same)
    ├── Partial                     exit 3   the run finished, some of it is missing
    └── Locked                      exit 75  another run holds the lock

Foreign exceptions are wrapped once, at the adapter, with ``from``.
"""

from __future__ import annotations

from typing import ClassVar


class LinkwrightError(Exception):
    """What went wrong (``message``), with what (``subject``), and what to do next (``hint``)."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, subject: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.subject = subject
        self.hint = hint

    def __str__(self) -> str:
        """Return the message and, on a line of its own, the hint."""
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class ConfigError(LinkwrightError):
    """The configuration cannot be used; ``problems`` lists every fault as ``file:line: text``."""

    exit_code: ClassVar[int] = 2

    def __init__(
        self,
        message: str,
        *,
        subject: str = "",
        hint: str = "",
        problems: tuple[str, ...] = (),
    ) -> None:
        super().__init__("\n".join((message, *problems)), subject=subject, hint=hint)
        self.problems = problems


class FrameError(LinkwrightError):
    """A frame is not what its spec declares."""


class StoreError(LinkwrightError):
    """Facts or decisions cannot be read or written."""


class InvalidTransition(LinkwrightError):
    """A recommendation cannot go from its status to the one asked for."""


class UnknownPage(LinkwrightError):
    """The crawl holds no such page; ``nearest`` are the closest URLs it does hold."""

    exit_code: ClassVar[int] = 2

    def __init__(self, url: str, nearest: tuple[str, ...] = ()) -> None:
        hint = f"nearest: {', '.join(nearest)}" if nearest else "run `linkwright crawl` first"
        super().__init__(f"no crawled page has the URL {url}", subject=url, hint=hint)
        self.nearest = nearest


class UnknownRecommendation(LinkwrightError):
    """No recommendation has this id."""

    exit_code: ClassVar[int] = 2


class NoData(LinkwrightError):
    """There is nothing to think about yet."""


class CrawlError(LinkwrightError):
    """The site could not be crawled at all."""


class NotNow(LinkwrightError):
    """The site may not be visited at this hour."""

    exit_code: ClassVar[int] = 3


class SearchConsoleError(LinkwrightError):
    """Search Console refused a request for a reason that retrying does not mend."""


class CredentialsError(SearchConsoleError):
    """Credentials are missing, expired or revoked."""

    exit_code: ClassVar[int] = 2


class PropertyForbidden(SearchConsoleError):
    """The account may not read the property."""

    exit_code: ClassVar[int] = 2


class UnexpectedAnswer(SearchConsoleError):
    """An answer is not what Search Console documents: nothing of it is kept."""

    exit_code: ClassVar[int] = 3


class ExportUnreadable(SearchConsoleError):
    """A file of an export is missing, or holds something else than it should."""

    exit_code: ClassVar[int] = 2


class QuotaExhausted(SearchConsoleError):
    """The quota is used up: the pull ended cleanly and resumes with the next run."""

    exit_code: ClassVar[int] = 3


class SearchConsoleUnavailable(SearchConsoleError):
    """Search Console did not answer after all retries."""

    exit_code: ClassVar[int] = 3


class TransportError(LinkwrightError):
    """A message was not taken; ``permanent`` says that trying again cannot help.

    ``unknown`` says that the server may have taken it: trying again may deliver it twice.
    """

    exit_code: ClassVar[int] = 3

    def __init__(
        self,
        message: str,
        *,
        subject: str = "",
        hint: str = "",
        permanent: bool = False,
        unknown: bool = False,
    ) -> None:
        super().__init__(message, subject=subject, hint=hint)
        self.permanent = permanent
        self.unknown = unknown


class Partial(LinkwrightError):
    """The run finished; what is missing is in the message."""

    exit_code: ClassVar[int] = 3


class Locked(LinkwrightError):
    """Another run holds the lock."""

    exit_code: ClassVar[int] = 75
