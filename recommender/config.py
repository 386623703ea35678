"""The configuration as typed records: every key with its default, range and one sentence.

Reading YAML and naming the line of a fault is the business of :mod:`jobs.config_file`; this module
only says what is valid. ``config.example.yaml`` shows every key, and a test holds the two together.
"""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

LONGEST_SCOPE = 100  # characters; it names a folder

Share = Annotated[float, Field(ge=0, le=1)]
LocalTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, hide_input_in_errors=True)


class SourceKind(StrEnum):
    """Where search metrics come from."""

    API = "api"
    EXPORT = "export"
    BULK = "bulk"
    BIGQUERY = "bigquery"
    NONE = "none"


class CredentialsKind(StrEnum):
    """How Linkwright identifies itself to Google."""

    SERVICE_ACCOUNT = "service_account"
    OAUTH = "oauth"
    ADC = "adc"


def _check_property(name: str) -> None:
    """Raise ValueError where ``name`` is not what Search Console calls a property."""
    if name.startswith("sc-domain:"):
        if not re.fullmatch(r"sc-domain:[^/:\s]+\.[^/:\s]+", name):
            raise ValueError(f"{name!r} is not a domain property such as sc-domain:example.com")
        return
    parts = urlsplit(name)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(
            f"{name!r} is not a property such as https://www.example.com/ or sc-domain:example.com"
        )
    if not parts.path.endswith("/") or parts.query or parts.fragment:
        raise ValueError(f"{name!r} is a URL-prefix property: it ends in a slash")


class SearchConsoleConfig(_Section):
    """How to read Search Console."""

    source: SourceKind = Field(SourceKind.NONE, description="api, export, bulk, bigquery or none")
    path: Path | None = Field(
        None,
        description="export: the ZIP of the web interface, or a folder of several; "
        "bulk: the folder of the exported tables",
    )
    dataset: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_:.-]*\.[A-Za-z0-9_]+$",
        description="bigquery: project and dataset of the bulk export, as project.searchconsole",
    )
    property: str | None = Field(
        None, description="as Search Console spells it; default: the property's site"
    )
    further_properties: tuple[str, ...] = Field(
        (), description="more properties of the same site, such as folders; the narrowest counts"
    )
    credentials: CredentialsKind = Field(
        CredentialsKind.SERVICE_ACCOUNT, description="service_account, oauth or adc"
    )
    credentials_file: Path | None = Field(
        None, description="service account key, or the OAuth token that `linkwright init` stored"
    )
    search_type: str = Field(
        "web",
        pattern="^(web|discover|news|googleNews|image|video)$",
        description="which results count",
    )
    countries: tuple[str, ...] = Field(
        (), description="ISO 3166-1 alpha-3 codes; empty: all countries"
    )
    devices: tuple[str, ...] = Field((), description="mobile, desktop, tablet; empty: all")
    brand_terms: tuple[str, ...] = Field(
        (), description="words that mark a query as brand; such queries decide nothing"
    )
    history_days: int = Field(
        487, ge=1, le=487, description="days that pulls go back in all; 487 is all there is"
    )
    days_per_run: int = Field(
        120, ge=1, le=487, description="days that one pull reads at most, newest first"
    )
    reread_days: int = Field(5, ge=0, le=30, description="newest days that each pull reads again")
    inspections_per_day: int = Field(
        0, ge=0, le=2000, description="pages a day that Google's index is asked about; 0: none"
    )
    endpoint: str | None = Field(None, description="another service address, for tests")

    @field_validator("property", "further_properties", mode="after")
    @classmethod
    def _properties_are_spelled(
        cls, value: str | tuple[str, ...] | None
    ) -> str | tuple[str, ...] | None:
        for name in (value,) if isinstance(value, str) else value or ():
            _check_property(name)
        return value

    @field_validator("countries", mode="after")
    @classmethod
    def _countries_are_codes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [c for c in value if not re.fullmatch(r"[A-Za-z]{3}", c)]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is not a three-letter country code such as usa or deu")
        return tuple(c.lower() for c in value)

    @field_validator("devices", mode="after")
    @classmethod
    def _devices_are_known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [d for d in value if d.lower() not in ("mobile", "desktop", "tablet")]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is not one of mobile, desktop, tablet")
        return tuple(d.lower() for d in value)

    @model_validator(mode="after")
    def _place_is_named(self) -> Self:
        if self.source in (SourceKind.EXPORT, SourceKind.BULK) and self.path is None:
            raise ValueError(f"search_console.source is {self.source}: set search_console.path")
        if self.source is SourceKind.BIGQUERY and self.dataset is None:
            raise ValueError("search_console.source is bigquery: set search_console.dataset")
        return self


class CrawlSource(StrEnum):
    """Where the pages of the site come from."""

    SITE = "site"
    FOLDER = "folder"
    SCREAMING_FROG = "screaming_frog"


class CrawlConfig(_Section):
    """How to visit the site."""

    source: CrawlSource = Field(CrawlSource.SITE, description="site, folder or screaming_frog")
    folder: Path | None = Field(
        None, description="HTML files of the site, or a Screaming Frog export, for those sources"
    )
    hosts: tuple[str, ...] = Field(
        (), description="further hosts that belong to the site, e.g. blog.example.com"
    )
    max_pages: int = Field(100_000, ge=1, description="pages after which a crawl ends")
    max_depth: int = Field(50, ge=1, description="clicks from the home page, at most")
    delay_s: float = Field(0.5, ge=0, le=60, description="seconds between two requests to a host")
    between: str | None = Field(
        None,
        pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$",
        description="hours in which the site may be visited, e.g. 22:00-06:00; default: always",
    )
    revisit_days: int = Field(
        7, ge=1, le=90, description="days in which every page is visited at least once"
    )
    render: bool = Field(
        default=False, description="let Chromium run the pages' JavaScript (extra `render`)"
    )
    timeout_s: float = Field(30.0, gt=0, le=300, description="seconds to wait for one answer")
    max_page_bytes: int = Field(
        8_000_000, ge=10_000, description="bytes of a page after which it is given up"
    )
    user_agent: str = Field(
        "Linkwright/0.1 (+internal link recommendations)",
        min_length=1,
        description="who we say we are",
    )
    header: str = Field(
        "", description="name of a header that opens a firewall, sent to the site's hosts only"
    )
    header_env: str = Field(
        "LINKWRIGHT_CRAWL_HEADER", description="environment variable with the header's value"
    )
    username: str = Field("", description="of HTTP basic authentication; empty: none")
    password_env: str = Field(
        "LINKWRIGHT_CRAWL_PASSWORD", description="environment variable with its password"
    )
    content_selector: str | None = Field(
        None, description="CSS selector of the content, where detection needs help"
    )
    exclude_selectors: tuple[str, ...] = Field(
        (), description="CSS selectors of what is never content"
    )
    template_share: Share = Field(
        0.2, description="share of pages on which the same link makes it part of the template"
    )

    @field_validator("hosts", mode="after")
    @classmethod
    def _hosts_are_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if not re.fullmatch(r"[A-Za-z0-9.-]+(:\d+)?", host):
                raise ValueError(f"{host!r} is not a host such as blog.example.com")
        return tuple(host.lower() for host in value)

    @model_validator(mode="after")
    def _folder_is_named(self) -> Self:
        if self.source is not CrawlSource.SITE and self.folder is None:
            raise ValueError(f"crawl.source is {self.source}: set crawl.folder")
        return self


class Lifetime(StrEnum):
    """How a page ages."""

    EVERGREEN = "evergreen"
    NEWS = "news"


class PageType(_Section):
    """What pages of one kind may do; the first pattern that matches a URL decides."""

    pattern: str = Field(
        description="glob over the URL's path, e.g. /blog/*; * matches slashes too"
    )
    source: bool = Field(True, description="may carry a new link")
    target: bool = Field(True, description="may receive new links")
    lifetime: Lifetime = Field(Lifetime.EVERGREEN, description="evergreen or news")
    value: float = Field(1.0, ge=0, le=100, description="worth of one extra visit; multiplies need")


class Ban(_Section):
    """Pages that never link certain others, whatever the rest says."""

    source: str = Field(alias="from", description="glob over the path of the pages that link")
    target: str = Field(alias="to", description="glob over the path of the pages linked")


class RecommendConfig(_Section):
    """How many edits a week, and what they must be."""

    targets_per_week: int = Field(4, ge=1, le=100, description="targets in one digest")
    edits_per_week: int = Field(12, ge=1, le=500, description="edits in one digest")
    sentences_per_week: int = Field(
        1, ge=0, le=100, description="of these edits, those that need a new sentence"
    )
    links_per_target: int = Field(4, ge=1, le=20, description="new links to one target")
    links_per_source: int = Field(2, ge=1, le=20, description="edits on one source page")
    source_rest_days: int = Field(
        28, ge=0, le=365, description="days that a page rests after an edit went live"
    )
    window_days: int = Field(28, ge=7, le=90, description="days of search data that count as now")
    new_page_days: int = Field(60, ge=1, le=365, description="age up to which a page is new")
    min_score: Share = Field(0.55, description="score below which nothing is recommended")
    exclude: tuple[str, ...] = Field(
        (), description="globs over the path of pages that are neither source nor target"
    )
    include: tuple[str, ...] = Field(
        (), description="globs over the path of the only pages that may be targets; empty: all"
    )
    pins: tuple[str, ...] = Field(
        (), description="globs over the path of pages that are looked at first, whatever their need"
    )
    bans: tuple[Ban, ...] = Field((), description="sections that never link others")
    banned_anchors: tuple[str, ...] = Field(
        (), description="words never to link, nor any words that hold them"
    )
    values: Path | None = Field(
        None, description="CSV file with columns url and value; the value multiplies need"
    )
    seed: int = Field(7, ge=0, description="seed of the draw among near-ties")


class DigestConfig(_Section):
    """Where the weekly digest goes."""

    recipients: tuple[str, ...] = Field((), description="mail addresses")
    folder: Path | None = Field(
        None, description="folder for .eml and .html files; default: DATA_DIR/PROPERTY/digests"
    )
    locale: str = Field("en", pattern="^en$", description="language of the mail")

    @field_validator("recipients", mode="after")
    @classmethod
    def _recipients_are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            if not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", address):
                raise ValueError(f"{address!r} is not a mail address")
        return value


class SmtpConfig(_Section):
    """The mail server."""

    host: str = Field("", description="name of the mail server; empty: files instead of mail")
    port: int = Field(587, ge=1, le=65535, description="587 with STARTTLS, 465 with TLS")
    security: str = Field(
        "starttls", pattern="^(starttls|tls|none)$", description="starttls, tls or none"
    )
    username: str = Field("", description="empty: no login")
    password_env: str = Field(
        "LINKWRIGHT_SMTP_PASSWORD", description="environment variable with the password"
    )
    password_file: Path | None = Field(None, description="file with the password instead")
    sender: str = Field("", description="From address; default: the username")
    timeout_s: float = Field(30.0, gt=0, le=300, description="seconds to wait for the server")
    ca_file: Path | None = Field(None, description="certificate of a private authority")


class ScheduleConfig(_Section):
    """When `linkwright schedule` runs what."""

    timezone: str = Field("UTC", description="IANA name, e.g. Europe/Berlin")
    daily_at: LocalTime = Field("05:30", description="local time of the daily run")
    weekly_on: str = Field(
        "mon", pattern="^(mon|tue|wed|thu|fri|sat|sun)$", description="day of the digest"
    )
    weekly_at: LocalTime = Field("07:00", description="local time of the digest")

    @field_validator("timezone", mode="after")
    @classmethod
    def _zone_is_known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is not a time zone such as Europe/Berlin") from error
        return value


class PropertyConfig(_Section):
    """One site: its Search Console property, its crawl, its budgets, its readers."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_-]*$", description="short name, used for files and `--property`"
    )
    site: str = Field(description="address of the home page, e.g. https://www.example.com/")
    search_console: SearchConsoleConfig = SearchConsoleConfig()
    crawl: CrawlConfig = CrawlConfig()
    recommend: RecommendConfig = RecommendConfig()
    page_types: tuple[PageType, ...] = ()
    digest: DigestConfig = DigestConfig()
    schedule: ScheduleConfig | None = None

    @field_validator("site", mode="after")
    @classmethod
    def _site_is_an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{value!r} is not an address such as https://www.example.com/")
        return value if parts.path else value + "/"

    @property
    def search_console_property(self) -> str:
        """The property as Search Console spells it."""
        return self.search_console.property or self.site

    @property
    def search_console_properties(self) -> tuple[str, ...]:
        """All properties that feed the site, the main one first."""
        return tuple(
            dict.fromkeys((self.search_console_property, *self.search_console.further_properties))
        )

    @property
    def search_scope(self) -> str:
        """A name for the results that count, "" for all of the web's: each has its own facts."""
        section = self.search_console
        parts = (section.search_type, *sorted(section.countries), *sorted(section.devices))
        name = "-".join(parts)
        if len(name) > LONGEST_SCOPE:
            name = f"{section.search_type}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
        return "" if parts == ("web",) else f"search-{name}"


class EngineKind(StrEnum):
    """Who adds up the search facts."""

    DUCKDB = "duckdb"
    SPARK = "spark"


class Config(_Section):
    """The whole file."""

    data_dir: Path = Field(Path("./data"), description="folder for facts, decisions and files")
    database_url: str | None = Field(
        None, description="SQLAlchemy URL; default: SQLite in the data folder"
    )
    facts_url: str | None = Field(
        None,
        pattern=r"^[a-z][a-z0-9+]*://[^*?\[\]\s]+$",
        description="address that fsspec knows, e.g. s3://bucket/linkwright; default: data_dir",
    )
    engine: EngineKind = Field(
        EngineKind.DUCKDB, description="duckdb or spark: what adds up the search facts"
    )
    spark_master: str = Field(
        "local[*]", min_length=1, description="where Spark is, e.g. spark://host:7077"
    )
    properties: tuple[PropertyConfig, ...] = Field(min_length=1)
    smtp: SmtpConfig = SmtpConfig()
    schedule: ScheduleConfig = ScheduleConfig()

    def schedule_of(self, one: PropertyConfig) -> ScheduleConfig:
        """Return when the property runs: what it does not say itself, the whole file says."""
        own = {} if one.schedule is None else one.schedule.model_dump(exclude_unset=True)
        return self.schedule.model_copy(update=own)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [p.name for p in self.properties]
        doubled = sorted({n for n in names if names.count(n) > 1})
        if doubled:
            raise ValueError(f"two properties are named {doubled[0]!r}")
        return self
