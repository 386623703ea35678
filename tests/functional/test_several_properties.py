"""One site fed by several Search Console properties, whose truths are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from jobs.demo.fake_answers import OfProperty
from jobs.demo.fake_search_console import QUOTA, FakeSearchConsole
from jobs.demo.search_model import SearchModel
from jobs.wiring import search_source
from recommender.config import PropertyConfig
from recommender.errors import PropertyForbidden, QuotaExhausted
from recommender.ingest.search_parts import covers, narrowest_first, owner
from recommender.models import SearchDay
from recommender.ports import SearchSource
from tests.command_line import service_account_key
from tests.demo_site import ROOT, crawled_pages

FIRST = date(2026, 3, 2)
TODAY = date(2026, 3, 20)
NEWEST = TODAY - timedelta(days=3)
DOMAIN = "sc-domain:example.com"
BLOG, NOTES, SHOP = f"{ROOT}blog/", f"{ROOT}blog/notes/", "https://shop.example.com/"


def in_folders(pages: pd.DataFrame) -> pd.DataFrame:
    """Return the pages, spread over the root, two folders and another host."""
    starts = (ROOT, BLOG, NOTES, SHOP)
    urls = [
        url if url == ROOT else starts[place % 4] + url.removeprefix(ROOT)
        for place, url in enumerate(pages["url"])
    ]
    return pages.assign(url=urls)


MODEL = SearchModel.of_site(in_folders(crawled_pages(60)), seed=6, first_day=FIRST)


class Since:
    """The rows of ``source`` from a day on, for the pages of one folder only from then."""

    def __init__(self, folder: str, first: date) -> None:
        self._folder, self._first = folder, first

    def day(self, day: date) -> pd.DataFrame:
        rows = MODEL.day(day)
        late = rows["page"].str.startswith(self._folder) & (day < self._first)
        return rows[~late]


@pytest.fixture
def console() -> Iterator[FakeSearchConsole]:
    levels = dict.fromkeys((BLOG, NOTES, DOMAIN), "siteFullUser")
    with FakeSearchConsole(
        MODEL, property_url=ROOT, today=lambda: TODAY, permissions=levels, require_token=True
    ) as service:
        yield service


def reading(
    folder: Path, service: FakeSearchConsole, main: str, further: Sequence[str]
) -> SearchSource:
    key = service_account_key(folder / "key.json", token_uri=service.token_uri)
    one = PropertyConfig.model_validate(
        {
            "name": "site",
            "site": ROOT,
            "search_console": {
                "source": "api",
                "property": main,
                "further_properties": list(further),
                "credentials_file": key,
                "endpoint": service.endpoint,
            },
        }
    )
    source = search_source(one, sleep=lambda _seconds: None)
    assert source is not None
    return source


def totals(read: SearchDay) -> dict[str, tuple[int, int]]:
    pages = read.pages.set_index("page")
    return dict(
        zip(pages.index, zip(pages["clicks"], pages["impressions"], strict=True), strict=True)
    )


def truth(property_url: str = DOMAIN) -> dict[str, tuple[int, int]]:
    rows = OfProperty(MODEL, property_url).day(NEWEST)
    sums = rows.groupby("page")[["clicks", "impressions"]].sum()
    return dict(zip(sums.index, zip(sums["clicks"], sums["impressions"], strict=True), strict=True))


@pytest.mark.parametrize(
    ("main", "further", "whole"),
    [
        (ROOT, [BLOG], ROOT),
        (ROOT, [BLOG, NOTES], ROOT),
        (BLOG, [ROOT], ROOT),
        (DOMAIN, [ROOT, NOTES], DOMAIN),
        (DOMAIN, [BLOG], DOMAIN),
        (BLOG, [NOTES], BLOG),
    ],
)
def test_properties_that_overlap_count_each_page_once(
    tmp_path: Path, console: FakeSearchConsole, main: str, further: list[str], whole: str
) -> None:
    read = reading(tmp_path, console, main, further).read_day(NEWEST)
    assert totals(read) == truth(whole)
    visible = OfProperty(MODEL, whole).day(NEWEST)
    visible = visible[~visible["anonymised"]]
    shown = read.queries["impressions"].sum()
    alone = reading(tmp_path, console, whole, []).read_day(NEWEST)
    assert shown == alone.queries["impressions"].sum() <= visible["impressions"].sum()
    assert read.operator_rows == alone.operator_rows
    assert read.final


def test_properties_that_do_not_overlap_add_up(tmp_path: Path) -> None:
    with FakeSearchConsole(
        MODEL,
        property_url=ROOT,
        today=lambda: TODAY,
        permissions={SHOP: "siteFullUser"},
        require_token=True,
    ) as service:
        read = reading(tmp_path, service, ROOT, [SHOP]).read_day(NEWEST)
    assert totals(read) == truth(ROOT) | truth(SHOP) == truth(DOMAIN)


def test_a_folder_that_has_no_rows_of_a_day_leaves_its_pages_to_the_wider_property(
    tmp_path: Path, console: FakeSearchConsole
) -> None:
    console._answers[BLOG, "web"] = console._answers_of(
        OfProperty(Since(BLOG, NEWEST + timedelta(days=1)), BLOG)
    )
    read = reading(tmp_path, console, ROOT, [BLOG]).read_day(NEWEST)
    assert totals(read) == truth(ROOT)
    assert read.final


def test_a_folder_whose_data_lag_holds_nothing_back(
    tmp_path: Path, console: FakeSearchConsole
) -> None:
    console._answers[BLOG, "web"] = console._answers_of(OfProperty(MODEL, BLOG), final_lag_days=5)
    source = reading(tmp_path, console, ROOT, [BLOG])
    assert source.newest_final_day(TODAY) == NEWEST
    read = source.read_day(NEWEST)
    assert read.final
    assert totals(read) == truth(ROOT)


def test_a_folder_shows_pages_that_the_cap_cuts_from_the_whole_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, console: FakeSearchConsole
) -> None:
    monkeypatch.setattr("jobs.demo.fake_answers.DAY_CAP", 20)
    alone = reading(tmp_path, console, ROOT, []).read_day(NEWEST)
    read = reading(tmp_path, console, ROOT, [BLOG, NOTES]).read_day(NEWEST)
    assert len(alone.pages) == 20 < len(read.pages)
    assert all(truth(ROOT)[page] == seen for page, seen in totals(read).items())


def test_a_day_costs_what_its_properties_cost(tmp_path: Path, console: FakeSearchConsole) -> None:
    read = reading(tmp_path, console, ROOT, [BLOG]).read_day(NEWEST)
    assert read.requests == len(console.queries) == 8


def test_a_property_out_of_reach_is_named(tmp_path: Path, console: FakeSearchConsole) -> None:
    source = reading(tmp_path, console, ROOT, ["https://other.example/"])
    with pytest.raises(PropertyForbidden, match=r"https://other\.example/"):
        source.read_day(NEWEST)


def test_a_quota_in_the_second_property_leaves_no_half_day(
    tmp_path: Path, console: FakeSearchConsole
) -> None:
    source = reading(tmp_path, console, ROOT, [BLOG])
    console.fail_next(QUOTA, QUOTA)
    with pytest.raises(QuotaExhausted):
        source.read_day(NEWEST)


def test_an_address_is_narrower_than_a_domain_and_a_longer_one_than_a_shorter() -> None:
    shop = "sc-domain:shop.example.com"
    assert narrowest_first([DOMAIN, ROOT, shop, NOTES]) == [NOTES, ROOT, shop, DOMAIN]
    assert owner(f"{SHOP}x", [NOTES, ROOT, shop, DOMAIN]) == shop


@pytest.mark.parametrize(
    ("property_url", "page"),
    [
        (DOMAIN, "https://example.com/"),
        (DOMAIN, "http://m.example.com/a?b#c"),
        (ROOT, f"{ROOT}a"),
    ],
)
def test_a_property_covers_what_search_console_says_it_does(property_url: str, page: str) -> None:
    assert covers(property_url, page)


@pytest.mark.parametrize(
    ("property_url", "page"),
    [
        (DOMAIN, "https://notexample.com/"),
        (ROOT, "http://www.example.com/a"),
        (BLOG, f"{ROOT}blogroll"),
    ],
)
def test_a_property_covers_no_other_page(property_url: str, page: str) -> None:
    assert not covers(property_url, page)
