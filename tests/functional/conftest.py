"""One daily run on a real site and a fake Search Console, made once a session and copied."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from jobs.demo.fake_search_console import FakeSearchConsole
from recommender.passes.site import pacific_day
from tests.command_line import Installation, installation, service_account_key
from tests.guide_site import GuideSearches, guide_site
from tests.local_site import LocalSite


def pacific_today() -> date:
    """Return today as Search Console counts days."""
    return pacific_day(datetime.now(UTC))


@pytest.fixture(scope="session")
def guides() -> Iterator[LocalSite]:
    """The site of short guides."""
    with LocalSite(guide_site()) as site:
        yield site


@pytest.fixture(scope="session")
def searches(guides: LocalSite) -> Iterator[FakeSearchConsole]:
    """Search Console of the guides; it wants a token."""
    with FakeSearchConsole(
        GuideSearches(guides.url),
        property_url=guides.url,
        today=pacific_today,
        require_token=True,
    ) as console:
        yield console


@pytest.fixture(scope="session")
def after_daily(
    tmp_path_factory: pytest.TempPathFactory, guides: LocalSite, searches: FakeSearchConsole
) -> Installation:
    """An installation after its first daily run; copy it before you change it."""
    folder = tmp_path_factory.mktemp("installed")
    service_account_key(folder / "key.json", token_uri=searches.token_uri)
    made = installation(
        folder,
        guides.url,
        search={"credentials_file": "./key.json", "endpoint": searches.endpoint},
    )
    made.run("daily").done()
    return made


@pytest.fixture
def installed(after_daily: Installation, tmp_path: Path) -> Installation:
    """A copy of its own of an installation after its first daily run."""
    return after_daily.copied(tmp_path / "installed")
