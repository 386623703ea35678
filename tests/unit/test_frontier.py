from __future__ import annotations

from datetime import UTC, datetime

from recommender.ingest.crawl_job import KnownAddress
from recommender.ingest.frontier import KEPT_EXAMPLES, Frontier
from recommender.models import Visited

SITE = "https://www.example.com"
VISITED = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
EARLIER = datetime(2026, 3, 1, tzinfo=UTC)
LATER = datetime(2026, 3, 3, tzinfo=UTC)


def known(path: str, *, due: bool = False, visited: bool = True) -> KnownAddress:
    url = SITE + path
    return KnownAddress(
        url=url, found="link", due=due, visited_at=VISITED if visited else None, etag='"1"'
    )


def frontier(
    *addresses: KnownAddress, max_pages: int = 100, forbidden: str = "-", trap: str = "-"
) -> Frontier:
    return Frontier(
        known={address.url: address for address in addresses},
        max_pages=max_pages,
        max_depth=3,
        forbids=lambda url: "robots.txt forbids it" if forbidden in url else "",
        traps=lambda url: "a calendar" if trap in url else "",
    )


def outcomes(site: Frontier) -> dict[str, str]:
    return {address.url.removeprefix(SITE): address.outcome for address in site.addresses()}


def test_a_new_address_is_asked_for_once() -> None:
    site = frontier()
    assert site.offer(SITE + "/a", found="link", depth=1)
    assert not site.offer(SITE + "/a", found="sitemap", depth=1)
    assert [(a.found, a.outcome) for a in site.addresses()] == [("link sitemap", "fetched")]


def test_a_page_whose_turn_it_is_not_is_carried() -> None:
    site = frontier(known("/old"))
    assert not site.offer(SITE + "/old", found="link", depth=1)
    assert outcomes(site) == {"/old": "carried"}


def test_a_page_whose_turn_it_is_is_asked_for() -> None:
    assert frontier(known("/old", due=True)).offer(SITE + "/old", found="link", depth=1)


def test_a_page_that_the_sitemap_calls_newer_than_our_visit_is_asked_for() -> None:
    site = frontier(known("/old"))
    assert not site.offer(SITE + "/old", found="link", depth=1)
    assert not site.offer(SITE + "/old", found="sitemap", depth=1, changed_at=EARLIER)
    assert site.offer(SITE + "/old", found="sitemap", depth=1, changed_at=LATER)
    assert not site.offer(SITE + "/old", found="sitemap", depth=1, changed_at=LATER)
    assert outcomes(site) == {"/old": "fetched"}
    assert site.counts[Visited.CARRIED] == 0


def test_an_address_that_an_earlier_crawl_left_waiting_is_asked_for() -> None:
    assert frontier(known("/wait", visited=False)).offer(SITE + "/wait", found="link", depth=1)


def test_what_robots_txt_forbids_is_not_asked_for_even_where_it_is_due() -> None:
    site = frontier(known("/private", due=True), forbidden="/private")
    assert not site.offer(SITE + "/private", found="link", depth=1)
    assert outcomes(site) == {"/private": "forbidden"}


def test_limits_name_what_they_left() -> None:
    site = frontier(max_pages=1, trap="/calendar")
    assert not site.offer(SITE + "/deep", found="link", depth=4)
    assert not site.offer(SITE + "/calendar/2099", found="link", depth=1)
    assert site.offer(SITE + "/a", found="link", depth=1)
    assert not site.offer(SITE + "/b", found="link", depth=1)
    expected = {"/deep": "deep", "/calendar/2099": "trap", "/a": "fetched", "/b": "waiting"}
    assert outcomes(site) == expected
    assert all(a.why for a in site.addresses() if a.outcome != "fetched")


def test_pages_that_are_carried_count_towards_the_limit() -> None:
    site = frontier(known("/old"), max_pages=1)
    site.offer(SITE + "/old", found="link", depth=1)
    assert not site.offer(SITE + "/new", found="link", depth=1)
    assert outcomes(site)["/new"] == "waiting"


def test_a_page_that_was_visited_once_is_no_trap() -> None:
    assert frontier(known("/calendar/1", due=True), trap="/calendar").offer(
        SITE + "/calendar/1", found="link", depth=9
    )


def test_of_endless_addresses_only_some_are_kept_and_all_are_counted() -> None:
    site = frontier(trap="/calendar")
    for number in range(KEPT_EXAMPLES + 5):
        site.offer(f"{SITE}/calendar/{number}", found="link", depth=1)
    assert len(list(site.addresses())) == KEPT_EXAMPLES
    assert site.counts[Visited.TRAP] == KEPT_EXAMPLES + 5


def test_what_an_interrupted_crawl_has_answers_for_is_not_asked_again() -> None:
    site = frontier()
    site.asked_before(SITE + "/a")
    assert not site.offer(SITE + "/a", found="link", depth=1)
    assert outcomes(site) == {"/a": "fetched"}


def test_an_address_given_back_waits_for_the_next_crawl() -> None:
    site = frontier()
    site.offer(SITE + "/a", found="link", depth=1)
    site.give_back(SITE + "/a", "the hours ended")
    assert outcomes(site) == {"/a": "waiting"}
    assert site.asked == 0


def test_an_address_that_proved_unsafe_is_refused_by_name() -> None:
    site = frontier()
    site.offer(SITE + "/a", found="link", depth=1)
    site.refuse(SITE + "/a", "leads to 169.254.169.254")
    assert [(a.outcome, a.why) for a in site.addresses()] == [
        ("refused", "leads to 169.254.169.254")
    ]
