"""What the coverage ledger counts, and that it claims nothing that a crawl did not record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import pytest

from recommender.frames import KNOWN_URLS, PAGES, Column
from recommender.models import CrawlSnapshot, Visited
from recommender.report.coverage import READ, Address, Answer, Coverage, Group, coverage
from recommender.report.coverage_words import coverage_lines, coverage_text, crawl_card
from recommender.report.link_faults import LinkPlace
from recommender.urls import Identity
from tests.records import NOW, SITE, LinkRow, crawl

HOME_TO_BOTH: list[LinkRow] = [
    ("/", "/a", "the a page", "content"),
    ("/", "/b", "the b page", "nav"),
]


def site(links: Sequence[LinkRow] = HOME_TO_BOTH, **pages: dict[str, object]) -> CrawlSnapshot:
    """Return a crawl; ``pages`` change rows of PAGES, by the path without its slash."""
    made = crawl(links=links)
    rows = made.pages.set_index("url")
    rows.loc[rows.index == f"{SITE}/", "depth"] = 0
    for path, changes in pages.items():
        for column, value in changes.items():
            rows.loc[f"{SITE}/{path}", column] = value
    return replace(made, pages=PAGES.coerced(rows.reset_index()))


def gone(status: int = 404) -> dict[str, object]:
    return {"status": status, "indexable": False, "why_not_indexable": f"answers {status}"}


def moved(to: str) -> dict[str, object]:
    to = to if to.startswith("http") else SITE + to
    return gone(301) | {"redirect_to": to, "why_not_indexable": "redirects"}


def knowing(snapshot: CrawlSnapshot, *extra: dict[str, object]) -> CrawlSnapshot:
    """Return the crawl with a row of KNOWN_URLS for each page, changed or added to by ``extra``."""
    numbers = {name: 0 for name, kind in KNOWN_URLS.columns.items() if kind is Column.INT}
    usual: dict[str, object] = dict.fromkeys(KNOWN_URLS.columns, "") | numbers
    usual |= {"found": "link", "outcome": Visited.FETCHED.value, "visited_at": NOW}
    rows = {url: {**usual, "url": url} for url in snapshot.pages["url"]}
    for row in extra:
        url = SITE + str(row["url"])
        rows[url] = {**rows.get(url, usual), **row, "url": url}
    return replace(snapshot, known=KNOWN_URLS.coerced(pd.DataFrame(list(rows.values()))))


def ledger(snapshot: CrawlSnapshot, *, examples: int | None = 5) -> Coverage:
    return coverage(snapshot, Identity.of(snapshot.pages), examples=examples)


def numbers(groups: Sequence[Group] | None) -> dict[str, int]:
    assert groups is not None
    return {group.name: group.addresses for group in groups}


def urls(group: Group | None) -> list[str]:
    assert group is not None
    return [one.url.removeprefix(SITE) for one in group.examples]


# --- Addresses ------------------------------------------------------------------------------

MANY: list[LinkRow] = [("/", f"/{name}", name, "content") for name in "abcdefghijk"]


def test_each_address_visited_is_counted_as_exactly_one_answer() -> None:
    made = site(
        MANY,
        a=gone(404),
        b=gone(503),
        c=gone(403),
        d=moved("/e"),
        f={"indexable": False, "why_not_indexable": "noindex"},
        g={"indexable": False, "why_not_indexable": f"its canonical is {SITE}/"}
        | {"canonical": f"{SITE}/"},
        h={"indexable": False, "why_not_indexable": "is not HTML but application/pdf"},
        i=gone(0),
        j={"indexable": False, "why_not_indexable": "is a soft 404: its title says “not found”"},
        k={"indexable": False, "why_not_indexable": "redirects (meta refresh)"}
        | {"redirect_to": f"{SITE}/e"},
    )
    found = ledger(made)
    assert numbers(found.answers) == {
        "indexable": 2,
        "noindex": 1,
        "canonical": 1,
        "soft_404": 1,
        "redirect": 2,
        "not_found": 1,
        "client_error": 1,
        "server_error": 1,
        "no_answer": 1,
        "not_html": 1,
    }
    assert found.addresses == 12
    assert found.answered(*READ) == 5
    addresses, pages = coverage_lines(found)[:2]
    assert addresses == (
        "12 addresses visited: 5 read, 2 redirect, 1 not found, 1 refuses with another 4xx, "
        "1 fails with 5xx, 1 gives no answer, 1 is no HTML."
    )
    assert pages == (
        "Of the 5 pages read, 2 may be indexed, 1 says noindex, 1 names another page as canonical "
        "and 1 looks like an error page."
    )


def test_pages_that_are_well_are_counted_and_not_listed() -> None:
    found = ledger(knowing(site()))
    assert [group.examples for group in found.answers] == [()]
    assert found.visits is not None
    assert [group.examples for group in found.visits] == [()]


def test_addresses_that_were_not_visited_are_told_by_reason() -> None:
    made = knowing(
        site(),
        {"url": "/private", "outcome": "forbidden", "why": "robots.txt: Disallow: /private"},
        {"url": "/later", "outcome": "waiting", "why": "max_pages"},
        {"url": "/cal/1", "outcome": "trap", "why": "calendar"},
        {"url": "/cal/2", "outcome": "trap", "why": "calendar"},
    )
    found = ledger(made)
    assert found.addresses == 7
    assert numbers(found.unvisited) == {"waiting": 1, "forbidden": 1, "trap": 2}
    assert found.unvisited is not None
    forbidden = Address(url=f"{SITE}/private", says="robots.txt: Disallow: /private")
    assert found.unvisited[1].examples == (forbidden,)
    lines = coverage_lines(found)
    assert lines[0] == "7 addresses known: 3 read, 4 not visited."
    assert (
        "4 not visited: 1 not reached, 1 forbidden by robots.txt, "
        "2 in an endless series of addresses." in lines
    )


def test_a_page_that_was_carried_over_is_read_and_not_missing() -> None:
    made = knowing(
        site(),
        {"url": "/a", "outcome": "carried"},
        {"url": "/b", "outcome": "failed", "why": "timed out"},
    )
    found = ledger(made)
    assert found.answered(*READ) == 3
    assert found.unvisited == ()
    assert numbers(found.visits) == {"fetched": 1, "carried": 1, "failed": 1}
    assert (
        "In this crawl: 1 fetched, 1 carried over from earlier visits, 1 without an answer."
        in coverage_lines(found)
    )
    assert "Without an answer this time (1)\n  https://www.example.com/b\n    timed out" in (
        coverage_text(found)
    )


def test_a_crawl_without_known_addresses_says_nothing_of_what_was_not_visited() -> None:
    found = ledger(site())
    assert (found.unvisited, found.visits, found.orphans) == (None, None, None)
    assert (found.script_links, found.script_pages) == (None, None)
    said = coverage_text(found)
    assert "3 addresses visited: 3 read." in said
    for word in ("known", "not visited", "JavaScript", "sitemap", "carried"):
        assert word not in said


def test_javascript_links_are_counted_with_the_fullest_page_first() -> None:
    made = knowing(site(), {"url": "/a", "script_links": 2}, {"url": "/b", "script_links": 7})
    found = ledger(made)
    assert found.script_links == 9
    assert urls(found.script_pages) == ["/b", "/a"]
    assert any(
        "9 elements on 2 pages lead on by JavaScript only" in line for line in coverage_lines(found)
    )


# --- Reach ----------------------------------------------------------------------------------


def test_an_orphan_is_a_page_of_the_sitemap_that_no_other_page_links() -> None:
    made = knowing(
        site([*HOME_TO_BOTH, ("/lone", "/lone", "itself", "content")]),
        {"url": "/lone", "found": "sitemap"},
        {"url": "/", "found": "home sitemap"},
        {"url": "/a", "found": "sitemap link"},
    )
    assert urls(ledger(made).orphans) == ["/lone"]


def test_a_page_that_nobody_lists_is_no_orphan() -> None:
    made = knowing(site([*HOME_TO_BOTH, ("/lone", "/a", "a", "content")]))
    assert urls(ledger(made).orphans) == []


def test_a_page_linked_by_its_redirect_or_another_spelling_is_no_orphan() -> None:
    links: list[LinkRow] = [
        ("/", "/old", "old", "content"),
        ("/", "/new/?utm_source=mail", "new", "content"),
        ("/a", "/a", "a", "content"),
        ("/new/", "/new/", "new", "content"),
    ]
    made = knowing(
        site(links, old=moved("/a")),
        {"url": "/a", "found": "search"},
        {"url": "/new/", "found": "sitemap"},
    )
    pages = made.pages[~made.pages["url"].str.contains("utm_source")]
    assert urls(ledger(replace(made, pages=pages.reset_index(drop=True))).orphans) == []


def test_an_orphan_may_be_listed_in_another_spelling() -> None:
    made = knowing(
        site([*HOME_TO_BOTH, ("/lone", "/a", "a", "content")]),
        {"url": "/lone?utm_source=mail", "found": "search", "outcome": "waiting"},
    )
    assert urls(ledger(made).orphans) == ["/lone"]


def test_a_page_that_may_not_be_indexed_is_no_orphan() -> None:
    noindex = {"indexable": False, "why_not_indexable": "noindex"}
    made = site([*HOME_TO_BOTH, ("/lone", "/a", "a", "content")], lone=noindex)
    assert urls(ledger(knowing(made, {"url": "/lone", "found": "sitemap"})).orphans) == []


def test_pages_linked_from_templates_only_are_told_apart() -> None:
    found = ledger(site([*HOME_TO_BOTH, ("/a", "/c", "c", "footer"), ("/a", "/c", "c", "content")]))
    assert urls(found.template_only) == ["/b"]


def test_clicks_are_counted_over_indexable_pages() -> None:
    depths = {"a": 2, "b": 3, "c": 4, "d": 9, "e": -1, "f": 1}
    pages = {name: {"depth": depth} for name, depth in depths.items()}
    pages["f"] |= gone()
    found = ledger(site(MANY[:6], **pages))
    assert (found.depths.home, found.depths.one, found.depths.two) == (1, 0, 1)
    assert (found.depths.three, found.depths.more, found.depths.unreached) == (1, 2, 1)
    assert (
        "Clicks from the home page: two for 1 page, three for 1 page, four or more for 2 pages. "
        "1 page cannot be reached from it by links." in coverage_lines(found)
    )


# --- Links ----------------------------------------------------------------------------------

TO_GONE: list[LinkRow] = [
    ("/a", "/gone", "menu", "nav"),
    ("/a", "/gone", "our old guide", "content"),
    ("/b", "/gone", "menu", "nav"),
    ("/b", "/lost", "footer", "footer"),
    ("/a", "/lost", "footer", "footer"),
]


def test_a_broken_link_in_content_comes_before_one_in_a_template() -> None:
    found = ledger(site(TO_GONE, gone=gone(), lost=gone(0))).broken
    assert (found.links, found.targets) == (5, 2)
    assert (found.content_links, found.content_targets, found.content_sources) == (1, 1, 1)
    assert found.template_targets == 1
    first, second = found.examples
    assert (first.target, first.says, first.links) == (f"{SITE}/gone", "answers 404", 3)
    assert first.places == (LinkPlace(source=f"{SITE}/a", anchor="our old guide", content=True),)
    assert second.says == "gives no answer"
    assert [place.content for place in second.places] == [False]


def test_a_redirect_to_an_error_is_broken_and_so_is_a_circle() -> None:
    links: list[LinkRow] = [
        ("/", "/one", "one", "content"),
        ("/", "/gone", "gone", "nav"),
        ("/", "/round", "round", "content"),
        ("/", "/trip", "trip", "content"),
    ]
    made = site(
        links, one=moved("/gone"), gone=gone(410), round=moved("/trip"), trip=moved("/round")
    )
    found = ledger(made)
    says = {one.target.removeprefix(SITE): one.says for one in found.broken.examples}
    assert says["/one"] == f"redirects to {SITE}/gone, which answers 410"
    assert says["/round"] == says["/trip"] == "redirects in a circle"
    assert found.redirected.links == 0


def test_a_redirected_link_says_where_it_should_lead() -> None:
    links: list[LinkRow] = [
        ("/", "/old", "old", "content"),
        ("/", "/older", "older", "content"),
        ("/", "/new", "new", "nav"),
        ("/", "/away", "away", "content"),
    ]
    away = "https://elsewhere.example/x"
    made = site(links, old=moved("/new"), older=moved("/old"), away=moved(away))
    found = ledger(made)
    leads = {one.target.removeprefix(SITE): one.leads_to for one in found.redirected.examples}
    assert leads == {"/old": f"{SITE}/new", "/older": f"{SITE}/new", "/away": away}
    assert found.broken.links == 0


def test_a_link_to_an_address_that_was_not_visited_is_not_called_broken() -> None:
    made = site([*HOME_TO_BOTH, ("/", "/far", "far", "content"), ("/", "/old", "x", "content")])
    pages = made.pages[made.pages["url"] != f"{SITE}/far"].reset_index(drop=True)
    assert ledger(replace(made, pages=pages)).broken.links == 0
    assert "No internal link was found broken." in coverage_lines(ledger(made))


def test_links_of_a_page_that_names_another_as_canonical_are_not_counted_again() -> None:
    links: list[LinkRow] = [("/a", "/gone", "x", "content"), ("/copy", "/gone", "x", "content")]
    copy = {"canonical": f"{SITE}/a", "indexable": False, "why_not_indexable": "its canonical is a"}
    assert ledger(site(links, gone=gone(), copy=copy)).broken.content_links == 1


def test_the_address_with_the_most_links_in_content_comes_first() -> None:
    links: list[LinkRow] = [
        ("/a", "/menu", "menu", "nav"),
        ("/b", "/menu", "menu", "nav"),
        ("/c", "/menu", "menu", "nav"),
        ("/a", "/once", "once", "content"),
        ("/a", "/twice", "twice", "content"),
        ("/b", "/twice", "twice", "content"),
    ]
    found = ledger(site(links, menu=gone(), once=gone(), twice=gone())).broken
    targets = [one.target.removeprefix(SITE) for one in found.examples]
    assert targets == ["/twice", "/once", "/menu"]


def test_a_link_without_words_is_shown_last_and_called_that() -> None:
    links: list[LinkRow] = [("/a", "/gone", "", "content"), ("/b", "/gone", "it", "content")]
    (fault,) = ledger(site(links, gone=gone())).broken.examples
    assert [place.anchor for place in fault.places] == ["it", ""]
    assert "- A link without words on https://www.example.com/a" in (
        coverage_text(ledger(site(links, gone=gone())))
    )


def test_no_more_examples_are_kept_than_asked_for() -> None:
    made = site(MANY, **{name: gone() for name in "abcdefghijk"})
    assert len(ledger(made, examples=3).broken.examples) == 3
    assert len(ledger(made, examples=None).broken.examples) == len(MANY)
    assert ledger(made, examples=3).broken.targets == len(MANY)
    assert "and 8 more" in coverage_text(ledger(made, examples=3))


def test_an_empty_crawl_is_covered_too() -> None:
    found = ledger(crawl(links=()))
    assert found.addresses == 0
    assert found.broken.links == 0
    assert coverage_lines(found)[0] == "0 addresses visited: 0 read."


# --- The mail -------------------------------------------------------------------------------


def test_nothing_wrong_leaves_one_line_of_basis() -> None:
    card = crawl_card(ledger(knowing(site())), {})
    assert card.basis == "3 addresses known: 3 read."
    assert card.findings == ()


def test_the_mail_names_broken_links_in_content_first_and_at_most_four_findings() -> None:
    links: list[LinkRow] = [
        *TO_GONE,
        ("/", "/a", "a", "nav"),
        ("/", "/old", "old", "content"),
        ("/lone", "/a", "a", "content"),
    ]
    made = knowing(
        site(links, gone=gone(), lost=gone(0), old=moved("/a")),
        {"url": "/lone", "found": "sitemap"},
        {"url": "/a", "script_links": 3},
    )
    card = crawl_card(ledger(made, examples=1), {f"{SITE}/a": "All about A"})
    texts = [finding.text for finding in card.findings]
    assert texts == [
        "1 link in the content of 1 page leads to 1 address that does not work.",
        "1 page of the sitemap or Search Console is linked from no other page.",
        "1 address that does not work is linked from menus, boxes or footers only.",
        "1 link in the content of 1 page leads to 1 address that redirects.",
    ]
    first, _, template, detour = card.findings
    assert (first.before, first.page.title) == ("“our old guide” on", "All about A")
    assert first.after == "leads to /gone, which answers 404"
    assert template.after == "leads to /lost, which gives no answer"
    assert detour.after == "leads to /old, which redirects; link /a instead"


@pytest.mark.parametrize("kind", [kind for kind in Answer if kind not in READ])
def test_every_answer_has_words_for_one_and_for_many(kind: Answer) -> None:
    group = Group(name=kind.value, addresses=1)
    one = coverage_lines(replace(ledger(site()), answers=(group,)))[0]
    many = coverage_lines(replace(ledger(site()), answers=(replace(group, addresses=2),)))[0]
    assert "0 read, 1 " in one
    assert "0 read, 2 " in many
