"""Visits after the first: what is asked again, what counts as unchanged, what an outage does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from recommender.config import CrawlConfig
from recommender.errors import CrawlError, NotNow
from recommender.frames import BLOCK_EVIDENCE, BLOCKS, LINK_EVIDENCE, LINKS
from recommender.ingest.assemble import _earlier_evidence, _evidence
from recommender.ingest.crawl import Crawler
from recommender.models import CrawlSnapshot
from recommender.store.facts import ParquetFacts
from tests.crawls import crawled_into
from tests.local_site import Answer, LocalSite, html, moved

NOW = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
MENU = "".join(f"<li><a href=/page/{number}>Page {number}</a></li>" for number in range(40))


def page(number: int, more: str = "", **headers: str) -> Answer:
    return html(
        f"<title>Page {number}</title><ul>{MENU}</ul><p>Page number {number} tells its own story "
        f"in a sentence of its own, and leads <a href=/page/{number + 1}>to the next one</a>. "
        f"{more}</p>",
        **headers,
    )


@pytest.fixture
def site() -> Iterator[LocalSite]:
    pages = {f"/page/{number}": page(number, ETag=f'"{number}"') for number in range(40)}
    with LocalSite({"/": html(f"<title>Home</title><ul>{MENU}</ul>")} | pages) as site:
        yield site


def crawler(site: LocalSite, folder: Path, day: int = 0, **config: object) -> Crawler:
    settings = CrawlConfig.model_validate({"delay_s": 0, "timeout_s": 5, **config})
    now = NOW + timedelta(days=day)
    return Crawler(
        config=settings, site=site.url, folder=folder / "crawls", clock=lambda: now, zone=UTC
    )


def asked_pages(site: LocalSite) -> set[str]:
    """Return the pages asked for since this was last called."""
    asked = {path for path in site.asked if path == "/" or path.startswith("/page/")}
    site.asked.clear()
    return asked


def test_a_week_of_visits_sees_every_page_once_and_stores_no_row_again(
    site: LocalSite, tmp_path: Path
) -> None:
    facts = ParquetFacts(tmp_path / "facts")
    first = crawled_into(facts, crawler(site, tmp_path))
    assert len(asked_pages(site)) == 42  # 40, the home page, and one that is not there
    seen: list[set[str]] = []
    for day in range(1, 8):
        snapshot = crawled_into(facts, crawler(site, tmp_path, day))
        seen.append(asked_pages(site) - {"/"})
    assert set().union(*seen) >= {f"/page/{number}" for number in range(40)}
    assert all(len(pages) < 40 for pages in seen[:6])
    assert set(snapshot.known["rows_in"]) <= {first.id, ""}
    assert snapshot.links.equals(first.links)
    assert snapshot.blocks.equals(first.blocks)
    assert not (snapshot.pages["fetched_at"] < NOW + timedelta(days=1)).any()


def test_a_page_is_asked_for_with_the_validators_of_its_last_answer(
    site: LocalSite, tmp_path: Path
) -> None:
    facts = ParquetFacts(tmp_path / "facts")
    crawled_into(facts, crawler(site, tmp_path))
    site.heard.clear()
    crawled_into(facts, crawler(site, tmp_path, 7))
    told = {path: heard.get("If-None-Match") for path, heard in site.heard}
    assert told["/page/3"] == '"3"'


def test_a_changed_page_is_read_anew_wherever_it_is_due(site: LocalSite, tmp_path: Path) -> None:
    facts = ParquetFacts(tmp_path / "facts")
    first = crawled_into(facts, crawler(site, tmp_path))
    site.answers["/page/5"] = page(5, "Since <a href=/page/9>the ninth</a> it has one more.")
    watched = [site.url + "page/5"]
    again = crawled_into(facts, crawler(site, tmp_path, 1), watched=watched)
    found = again.known.set_index("url")["rows_in"]
    assert found[watched[0]] == again.id != first.id
    assert (found == again.id).sum() == 1
    new = again.links[
        (again.links["source"] == watched[0]) & (again.links["anchor"] == "the ninth")
    ]
    assert new["region"].tolist() == ["content"]
    assert again.links["source"].is_monotonic_increasing
    history = facts.link_history()
    fresh = history[history["first_seen"] > first.finished_at]
    assert fresh["anchor"].tolist() == ["the ninth"]


def test_a_sitemap_that_calls_a_page_newer_has_it_read(site: LocalSite, tmp_path: Path) -> None:
    facts = ParquetFacts(tmp_path / "facts")
    crawled_into(facts, crawler(site, tmp_path))
    dated = "".join(
        f"<url><loc>SITE/page/{number}</loc><lastmod>{when}</lastmod></url>"
        for number, when in [(7, "2026-03-02T23:00:00Z"), (8, "2026-02-01")]
    )
    site.answers["/sitemap.xml"] = Answer(
        body=f"<urlset>{dated}</urlset>".encode(), headers={"Content-Type": "application/xml"}
    )
    turns = set[str]()
    asked_pages(site)
    crawled_into(facts, crawler(site, tmp_path, 1))
    with_sitemap = asked_pages(site)
    turns = with_sitemap - {"/page/7"}
    assert "/page/7" in with_sitemap
    assert len(turns) < 20


def test_a_page_whose_bytes_changed_but_not_its_words_keeps_its_rows(
    site: LocalSite, tmp_path: Path
) -> None:
    facts = ParquetFacts(tmp_path / "facts")
    first = crawled_into(facts, crawler(site, tmp_path))
    stamped = page(5).body.replace(b"<title>", b"<meta name=nonce content=17><title>")
    site.answers["/page/5"] = Answer(body=stamped)
    again = crawled_into(facts, crawler(site, tmp_path, 7))
    assert set(again.known["rows_in"]) <= {first.id, ""}


def test_a_page_that_nobody_links_any_more_stays_known(site: LocalSite, tmp_path: Path) -> None:
    facts = ParquetFacts(tmp_path / "facts")
    crawled_into(facts, crawler(site, tmp_path))
    site.answers["/"] = html("<title>Home</title><p>Nothing leads anywhere from here now.</p>")
    again = crawled_into(facts, crawler(site, tmp_path, 1))
    assert len(again.pages) == 42
    assert len(again.links[again.links["source"] == site.url]) == 0


def test_an_outage_deletes_nothing_and_is_told(site: LocalSite, tmp_path: Path) -> None:
    facts = ParquetFacts(tmp_path / "facts")
    first = crawled_into(facts, crawler(site, tmp_path))
    for number in range(40):
        site.answers[f"/page/{number}"] = Answer(status=404)
    again = crawled_into(facts, crawler(site, tmp_path, 7))
    assert not again.complete
    assert "came back" in again.notes[0]
    assert again.links.equals(first.links)
    assert set(again.pages.loc[again.pages["url"].str.contains("/page/1"), "status"]) == {200}


def test_a_site_that_does_not_answer_leaves_what_is_stored(site: LocalSite, tmp_path: Path) -> None:
    facts = ParquetFacts(tmp_path / "facts")
    first = crawled_into(facts, crawler(site, tmp_path))
    site.answers = {path: Answer(status=503) for path in [*site.answers, "/robots.txt"]}
    with pytest.raises(CrawlError, match="robots"):
        crawled_into(facts, crawler(site, tmp_path, 1))
    kept = facts.crawl()
    assert kept is not None
    assert kept.id == first.id


def test_a_limit_leaves_addresses_waiting_that_the_next_visit_asks_for(
    site: LocalSite, tmp_path: Path
) -> None:
    facts = ParquetFacts(tmp_path / "facts")
    part = crawled_into(facts, crawler(site, tmp_path, max_pages=10))
    assert not part.complete
    assert part.notes[0].startswith("stopped at max_pages = 10: known and not visited are 3")
    whole = crawled_into(facts, crawler(site, tmp_path, 1))
    assert whole.complete
    assert (whole.pages["status"] == 200).sum() == 41


def test_outside_its_hours_a_site_is_not_asked(site: LocalSite, tmp_path: Path) -> None:
    with pytest.raises(NotNow, match="22:00-04:00"):
        crawled_into(ParquetFacts(tmp_path), crawler(site, tmp_path, between="22:00-04:00"))
    assert not site.asked


def test_at_the_end_of_its_hours_a_visit_ends_and_the_next_goes_on(
    site: LocalSite, tmp_path: Path
) -> None:
    facts = ParquetFacts(tmp_path / "facts")
    late = Crawler(
        config=CrawlConfig(delay_s=0.2, between="22:00-05:31"),
        site=site.url,
        folder=tmp_path / "crawls",
        clock=lambda: NOW + timedelta(seconds=58),
        zone=UTC,
    )
    part = crawled_into(facts, late)
    assert not part.complete
    assert "hours" in part.notes[0]
    assert 0 < (part.pages["status"] == 200).sum() < 41
    whole = crawled_into(facts, crawler(site, tmp_path, 1))
    assert (whole.pages["status"] == 200).sum() == 41


def test_other_selectors_have_every_page_read_anew(site: LocalSite, tmp_path: Path) -> None:
    facts = ParquetFacts(tmp_path / "facts")
    crawled_into(facts, crawler(site, tmp_path))
    again = crawled_into(facts, crawler(site, tmp_path, 1, content_selector="p"))
    assert set(again.known["rows_in"]) == {again.id, ""}
    assert set(again.links.loc[again.links["region"] == "content", "reason"]) == {
        "content_selector"
    }


def looked_at(facts: ParquetFacts, crawler: Crawler, *paths: str) -> CrawlSnapshot:
    """Return what is known after a look at single pages."""
    urls = [crawler.site + path for path in paths]
    with crawler.crawl([], earlier=facts.earlier_crawl(), watched=urls, only_watched=True) as visit:
        facts.write_crawl(visit)
    snapshot = facts.crawl()
    assert snapshot is not None
    return snapshot


def test_a_look_at_single_pages_asks_for_them_alone_and_leaves_the_rest(
    site: LocalSite, tmp_path: Path
) -> None:
    facts = ParquetFacts(tmp_path / "facts")
    site.answers["/robots.txt"] = Answer(body=b"User-agent: *\nDisallow: /page/39")
    first = crawled_into(facts, crawler(site, tmp_path))
    site.asked.clear()
    site.answers["/page/5"] = page(5, "Since then <a href=/new>a new page</a> is linked here.")
    site.answers["/page/6"] = moved("/page/7")
    site.answers["/new"] = page(41)
    again = looked_at(facts, crawler(site, tmp_path, 1), "page/5", "page/6")
    assert set(site.asked) == {"/robots.txt", "/", "/page/5", "/page/6"}
    assert again.complete
    assert again.notes == first.notes
    assert len(again.pages) == len(first.pages)
    assert again.pages.set_index("url")["status"][site.url + "page/6"] == 301
    known, before = again.known.set_index("url"), first.known.set_index("url")
    assert (
        known["outcome"][site.url + "page/39"]
        == "forbidden"
        == before["outcome"][site.url + "page/39"]
    )
    assert known["outcome"][site.url + "page/5"] == "fetched"
    assert known["outcome"][site.url + "page/8"] == "carried"
    assert known["outcome"][site.url + "new"] == "waiting"
    assert set(known["rows_in"]) == {first.id, again.id, ""}
    whole = crawled_into(facts, crawler(site, tmp_path, 2))
    assert whole.known.set_index("url")["outcome"][site.url + "new"] == "fetched"


def test_single_pages_are_not_looked_at_before_the_site_was_read(
    site: LocalSite, tmp_path: Path
) -> None:
    facts = ParquetFacts(tmp_path / "facts")
    with pytest.raises(NotNow, match="whole site"):
        looked_at(facts, crawler(site, tmp_path), "page/5")
    crawled_into(facts, crawler(site, tmp_path))
    site.asked.clear()
    with pytest.raises(NotNow, match="whole site"):
        looked_at(facts, crawler(site, tmp_path, content_selector="p"), "page/5")
    assert not site.asked


def test_a_second_visit_at_the_same_instant_is_a_crawl_of_its_own(
    site: LocalSite, tmp_path: Path
) -> None:
    facts = ParquetFacts(tmp_path / "facts")
    first = crawled_into(facts, crawler(site, tmp_path))
    site.answers["/page/5"] = page(5, "One more sentence stands on this page now.")
    again = crawled_into(facts, crawler(site, tmp_path), watched=[site.url + "page/5"])
    assert again.id > first.id
    assert again.known.set_index("url")["rows_in"][site.url + "page/5"] == again.id


def test_stored_pages_are_judged_by_the_evidence_that_they_were_read_with(
    site: LocalSite, tmp_path: Path
) -> None:
    facts = ParquetFacts(tmp_path / "facts")
    with crawler(site, tmp_path).crawl([]) as visit:
        facts.write_crawl(visit)
        folder = tmp_path / "crawls" / visit.id
        earlier, pages = facts.earlier_crawl(), set(visit.pages["url"])
        for name, stored, spec in (
            ("blocks", BLOCKS, BLOCK_EVIDENCE),
            ("links", LINKS, LINK_EVIDENCE),
        ):
            anew = pd.concat([part.astype(object) for part in _evidence(folder, name, spec, pages)])
            before = pd.concat(
                [part.astype(object) for part in _earlier_evidence(earlier, stored, spec, pages)]
            )
            assert len(anew) > 40
            assert_frame_equal(
                anew.sort_values(list(spec.key)).reset_index(drop=True),
                before.sort_values(list(spec.key)).reset_index(drop=True),
            )
