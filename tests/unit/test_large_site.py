"""The generated site of the benchmark is one site: the same in every process, and all reachable."""

from __future__ import annotations

from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.benchmarks.large_site import LargeSite

PAGES = 400
WORDS = "Some words of paragraph {} on page {}, of which there are enough to stand for a real one."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("real")
    for number in range(6):
        text = "".join(f"<p>{WORDS.format(place, number)}</p>" for place in range(9))
        page = (
            f"<html><head><title>Page {number}</title></head><body><nav><a href='about.html'>About"
            f"</a></nav><main><h1>Page</h1>{text}</main><footer>{number}</footer></body></html>"
        )
        (made / f"{number}.html").write_text(page, encoding="utf-8")
    return made


def bodies(site: LargeSite) -> dict[str, bytes]:
    pages = {path: site.page(path) for path, _ in site.paths()}
    return {path: page.body for path, page in pages.items() if page is not None}


def test_a_site_is_the_same_whoever_makes_it(folder: Path) -> None:
    first, second = (bodies(LargeSite([folder], pages=PAGES)) for _ in range(2))
    assert first == second
    assert len(set(first.values())) == PAGES


def test_every_page_can_be_reached_by_links(folder: Path) -> None:
    pages = bodies(LargeSite([folder], pages=PAGES))
    seen, waiting = {"/"}, ["/"]
    while waiting:
        links = LexborHTMLParser(pages[waiting.pop()]).css("a[href]")
        new = {link.attributes["href"] or "" for link in links} - seen
        seen |= new
        waiting += new
    assert seen == set(pages)


def test_a_night_changes_a_share_of_the_pages_and_what_says_so(folder: Path) -> None:
    before = LargeSite([folder], pages=PAGES)
    after = LargeSite([folder], pages=PAGES, night=1, changed_share=0.1, last_night=5e9)
    changed = [path for path, at in after.paths() if at == 5e9]
    old, new = bodies(before), bodies(after)
    assert 0.05 * PAGES < len(changed) < 0.15 * PAGES
    assert {path for path in old if old[path] != new[path]} == set(changed)
    for path in old:
        pair = before.page(path), after.page(path)
        assert all(pair)
        assert (pair[0].etag != pair[1].etag) == (path in changed)  # type: ignore[union-attr]
