"""The coverage of a real crawl, as `linkwright coverage` and `linkwright doctor` tell it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import Installation, Ran, installation
from tests.local_site import LocalSite, html, moved

HOME = """<title>Home</title><nav><a href="/about">About</a></nav><main><h1>Home</h1>
<p>Whoever wants to read more about this may look at <a href="/gone">the lost page</a>, which
was once here, or at <a href="/old">the page that moved</a> to another place last year.</p></main>
"""
PAGE = """<title>{name}</title><main><h1>{name}</h1><p>This page is about {name} and about
nothing else, so that it need not be read by anybody who looks for something else.</p></main>"""


@pytest.fixture(scope="module")
def site() -> Iterator[LocalSite]:
    answers = {"/": html(HOME), "/old": moved("/new")}
    answers |= {f"/{name}": html(PAGE.format(name=name)) for name in ("about", "new", "lone")}
    with LocalSite(answers) as served:
        listed = "".join(f"<url><loc>{served.url}{path}</loc></url>" for path in ("", "lone"))
        schema = "http://www.sitemaps.org/schemas/sitemap/0.9"
        sitemap = f'<?xml version="1.0"?><urlset xmlns="{schema}">{listed}</urlset>'
        served.answers["/sitemap.xml"] = html(sitemap, Content_Type="application/xml")
        yield served


@pytest.fixture(scope="module")
def crawled(site: LocalSite, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = installation(tmp_path_factory.mktemp("crawled"), site.url)
    made.run("crawl").done()
    return made


def test_the_ledger_names_the_broken_and_the_redirected_link(
    crawled: Installation, site: LocalSite
) -> None:
    said = crawled.run("coverage").done().said
    assert "1 link in the content of 1 page leads to 1 address that does not work." in said
    assert f"“the lost page” on {site.url}" in said
    assert "1 link in the content of 1 page leads to 1 address that redirects." in said
    assert f"redirects to {site.url}new" in said


def test_the_ledger_is_data_for_a_program(crawled: Installation, site: LocalSite) -> None:
    (found,) = json.loads(crawled.run("coverage", "--json").done().out)
    assert found["property"] == "guides"
    (fault,) = found["coverage"]["broken"]["examples"]
    assert (fault["target"], fault["says"]) == (f"{site.url}gone", "answers 404")
    assert fault["places"] == [{"source": site.url, "anchor": "the lost page", "content": True}]


def test_the_list_of_all_faults_ends_with_the_ledger(
    crawled: Installation, site: LocalSite
) -> None:
    said = crawled.run("faults").done().said
    assert said.index("Links that fail together: none.") < said.index("answers 404")
    (found,) = json.loads(crawled.run("faults", "--json").done().out)
    assert found["property"] == "guides"
    (orphan,) = found["faults"]["coverage"]["orphans"]["examples"]
    assert orphan["url"] == f"{site.url}lone"
    assert f"{site.url}lone" in {one["page"]["url"] for one in found["faults"]["unlinked"]}


def test_the_table_has_a_row_for_each_address(
    crawled: Installation, site: LocalSite, tmp_path: Path
) -> None:
    table = tmp_path / "coverage.csv"
    crawled.run("coverage", "--csv", str(table)).done()
    with table.open(encoding="utf-8", newline="") as file:
        rows = {(row["kind"], row["address"]): row for row in csv.DictReader(file)}
    moved_link = rows["redirected_link", f"{site.url}old"]
    assert moved_link["leads_to"] == f"{site.url}new"
    assert moved_link["anchor"] == "the page that moved"
    assert ("not_found", f"{site.url}gone") in rows


def test_the_doctor_warns_of_broken_links_in_content(crawled: Installation) -> None:
    checks = json.loads(crawled.run("doctor", "--json").out)
    (check,) = [check for check in checks if check["what"] == "coverage"]
    assert check["level"] == "warn"
    assert "1 address that does not work" in check["finding"]
    assert "linkwright coverage" in check["advice"]


def test_before_the_first_crawl_there_is_no_ledger(site: LocalSite, tmp_path: Path) -> None:
    made = installation(tmp_path, site.url)
    ran: Ran = made.run("coverage")
    assert ran.code == 1
    assert "guides was not crawled yet" in ran.err
    assert "linkwright crawl" in ran.err
    checks = json.loads(made.run("doctor", "--json").out)
    (check,) = [check for check in checks if check["what"] == "coverage"]
    assert (check["level"], check["exit_code"]) == ("ok", 0)
