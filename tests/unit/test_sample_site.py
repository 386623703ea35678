"""The sample site is a real small site: it reads well, and its planted faults are there."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, LexborNode

from jobs.demo.edits import with_link, without_link
from jobs.demo.sample_pages import ARCHIVE, SamplePage, sample_pages, sample_settings
from jobs.demo.site import SampleSite
from jobs.demo.site_files import SITEMAP_NAMESPACE, build_site, page_file
from recommender.errors import LinkwrightError
from recommender.ingest.parse import ParseRules, parse_page
from recommender.text import sentences

TODAY = date(2026, 3, 31)
BASE = "http://127.0.0.1/"
ORPHAN = "/wheels/tubeless-setup/"
SIDEBAR_ONLY = "/season/winter-storage/"
NEW = "/wheels/replace-a-spoke/"
KIT = "/care/tool-kit/"
THIN = "/brakes/cable-end-caps/"
NOINDEX = "/print/pre-ride-check/"
MOVED = "/chain-cleaning/"
PROSE = "article > p:not(.byline), article > ul > li, article > ol > li"

GUIDES = [page for page in sample_pages() if page.guide]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    build_site(folder, today=TODAY, base_url=BASE)
    return folder


@pytest.fixture
def site(tmp_path: Path) -> Iterator[SampleSite]:
    with SampleSite(tmp_path, today=TODAY) as running:
        yield running


def parsed(folder: Path, path: str) -> LexborHTMLParser:
    return LexborHTMLParser(page_file(folder, path).read_text(encoding="utf-8"))


def links_in(folder: Path, selector: str) -> dict[str, list[tuple[str, str]]]:
    """Per page, the (address, anchor) of the links under a selector."""
    return {
        page.path: [
            (urljoin(page.path, link.attributes["href"] or ""), link.text().strip())
            for link in parsed(folder, page.path).css(selector)
        ]
        for page in sample_pages()
    }


def linkers(links: dict[str, list[tuple[str, str]]], target: str) -> list[str]:
    return [path for path, found in links.items() if any(href == target for href, _ in found)]


def text_of(node: LexborNode | None) -> str:
    assert node is not None
    return re.sub(r"\s+", " ", node.text())


def content_of(folder: Path, path: str) -> str:
    return " ".join(text_of(block) for block in parsed(folder, path).css(PROSE))


def fetched(
    site: SampleSite, path: str, headers: dict[str, str] | None = None, method: str = "GET"
) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(site.url).port or 0, timeout=10)
    try:
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        body = answer.read().decode("utf-8")
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, body
    finally:
        connection.close()


# --- Content --------------------------------------------------------------------------------


def test_the_site_has_guides_of_three_builds_on_four_topics() -> None:
    assert len(GUIDES) == 41
    assert {page.topic for page in GUIDES} == set(sample_settings().topics)
    assert {page.template for page in GUIDES} == {"article", "guide", "job"}


def test_a_job_says_how_long_it_takes_and_with_which_tools(built: Path) -> None:
    for page in (page for page in GUIDES if page.template == "job"):
        box = text_of(parsed(built, page.path).css_first(".job"))
        assert page.takes
        assert page.takes in box
        assert page.tools
        assert all(tool in box for tool in page.tools)


def test_a_contents_box_leads_to_each_section_of_its_page(built: Path) -> None:
    for page in (page for page in GUIDES if page.template == "guide"):
        tree = parsed(built, page.path)
        links = [link.attributes["href"] for link in tree.css(".contents a")]
        sections = [f"#{section.attributes.get('id')}" for section in tree.css("article > h2")]
        assert links == sections
        assert len(set(links)) == len(links) >= 3


@pytest.mark.parametrize("page", [p for p in GUIDES if p.path != THIN], ids=lambda p: p.path)
def test_a_guide_has_two_hundred_and_fifty_to_six_hundred_words(
    built: Path, page: SamplePage
) -> None:
    article = parsed(built, page.path).css_first("article")
    assert 250 <= len(text_of(article).split()) <= 600


def test_the_thin_page_is_thin(built: Path) -> None:
    assert len(content_of(built, THIN).split()) < 80


@pytest.mark.parametrize("page", sample_pages(), ids=lambda p: p.path)
def test_a_page_says_what_it_is(built: Path, page: SamplePage) -> None:
    tree = parsed(built, page.path)
    assert text_of(tree.css_first("title")).startswith(page.title)
    assert len(tree.css("h1")) == 1
    assert 30 <= len(page.description) <= 160
    canonical = tree.css_first("link[rel=canonical]")
    assert canonical is not None
    assert canonical.attributes["href"] == BASE.rstrip("/") + page.path


@pytest.mark.parametrize("page", sample_pages(), ids=lambda p: p.path)
def test_no_page_holds_unfinished_words(built: Path, page: SamplePage) -> None:
    text = page_file(built, page.path).read_text(encoding="utf-8")
    unfinished = (
        r"(?i:lorem|ipsum|todo|tbd|fixme|placeholder|foo\b|xxx|\{\{|\{%|undefined)|\bNone\b"
    )
    assert re.search(unfinished, text) is None


@pytest.mark.parametrize("page", sample_pages(), ids=lambda p: p.path)
def test_prose_is_typeset_cleanly(built: Path, page: SamplePage) -> None:
    tree = parsed(built, page.path)
    for block in tree.css(PROSE):
        text = text_of(block)
        # A paragraph may end with a link that is a call to read on.
        assert re.search(r"[.!?]$|Read more$", text), text
        assert re.search(r"\s[.,;:!?]|\b(\w+) \1\b|[.,;][A-Za-z]", text) is None, text


def test_no_two_pages_share_a_title_or_a_description() -> None:
    assert len({page.title for page in sample_pages()}) == len(sample_pages())
    assert len({page.description for page in sample_pages()}) == len(sample_pages())


def test_articles_are_dated_back_from_the_day_that_is_passed(built: Path) -> None:
    for page in GUIDES:
        meta = parsed(built, page.path).css_first('meta[property="article:published_time"]')
        assert meta is not None
        published = datetime.fromisoformat(meta.attributes["content"] or "")
        assert (TODAY - published.date()).days == page.age_days


def test_the_archive_lists_every_listed_guide_once_newest_first(built: Path) -> None:
    archive = [page for page in sample_pages() if page.path.startswith(ARCHIVE)]
    ordered = sorted(archive, key=lambda page: (len(page.path), page.path))
    paths = [path for page in ordered for path in page.lists[0].pages]
    ages = {page.path: page.age_days or 0 for page in GUIDES}
    assert [ages[path] for path in paths] == sorted(ages[path] for path in paths)
    assert sorted(paths) == [page.path for page in GUIDES if page.listed]


def test_a_pager_leads_through_the_archive_and_back(built: Path) -> None:
    pages = {page.path: page for page in sample_pages()}
    walked, page = [ARCHIVE], pages[ARCHIVE]
    while page.older:
        link = parsed(built, page.path).css_first(".pager a[rel=next]")
        assert link is not None
        assert link.attributes["href"] == page.older
        assert pages[page.older].newer == page.path
        page = pages[page.older]
        walked.append(page.path)
    assert sorted(walked) == [path for path in pages if path.startswith(ARCHIVE)]


@pytest.mark.parametrize("path", ["/tag/winter/", *sample_settings().topics.values()])
def test_a_topic_page_or_tag_page_lists_its_guides(built: Path, path: str) -> None:
    (page,) = (page for page in sample_pages() if page.path == path)
    listed = {href for href, _ in links_in(built, ".list a")[path]}
    part = page.lists[0]
    assert listed == {
        guide.path
        for guide in GUIDES
        if guide.listed and (guide.topic == part.topic or part.tag in guide.tags)
    }
    assert len(listed) >= 3


# --- Links ----------------------------------------------------------------------------------


def test_every_internal_link_leads_to_a_page_or_a_known_redirect(built: Path) -> None:
    known = {page.path for page in sample_pages()} | set(sample_settings().redirects)
    found = {urldefrag(href)[0] for links in links_in(built, "a").values() for href, _ in links}
    assert found <= known


@pytest.mark.parametrize("path", [ORPHAN, NEW])
def test_a_page_that_nobody_links_is_in_the_sitemap(built: Path, path: str) -> None:
    assert linkers(links_in(built, "a"), path) == []
    assert BASE.rstrip("/") + path in sitemap(built)


def test_one_page_is_new(built: Path) -> None:
    assert [page.path for page in GUIDES if page.age_days and page.age_days < 90] == [NEW]


def test_one_page_is_linked_from_the_sidebar_only(built: Path) -> None:
    everywhere = linkers(links_in(built, "a"), SIDEBAR_ONLY)
    assert everywhere == [page.path for page in sample_pages()]
    assert linkers(links_in(built, "main a, header a, footer a, .trail a"), SIDEBAR_ONLY) == []


def test_generic_words_are_all_that_leads_to_one_page_and_to_no_other(built: Path) -> None:
    links = links_in(built, "article a")
    anchors = [(href, anchor.casefold()) for found in links.values() for href, anchor in found]
    generic = {href for href, anchor in anchors if anchor in ("read more", "click here")}
    assert generic == {"/brakes/bed-in-disc-brakes/"}
    assert len({anchor for href, anchor in anchors if href in generic}) == 2


def test_no_other_guide_is_poor_in_links(built: Path) -> None:
    links = links_in(built, "article a")
    unlinked = {ORPHAN, NEW, SIDEBAR_ONLY, THIN, KIT}
    few = [page.path for page in GUIDES if len(set(linkers(links, page.path))) < 2]
    assert set(few) <= unlinked


def test_one_link_leads_to_an_address_that_moved(built: Path) -> None:
    assert linkers(links_in(built, "article a"), MOVED) == ["/drivetrain/chain-wear/"]


def test_one_linked_page_is_not_to_be_indexed(built: Path) -> None:
    meta = parsed(built, NOINDEX).css_first("meta[name=robots]")
    assert meta is not None
    assert "noindex" in (meta.attributes["content"] or "")
    assert linkers(links_in(built, "article a"), NOINDEX) == ["/about/"]
    assert BASE.rstrip("/") + NOINDEX not in sitemap(built)
    assert [page.path for page in sample_pages() if not page.indexable] == [NOINDEX]


def test_the_article_template_has_every_region(built: Path) -> None:
    tree = parsed(built, "/drivetrain/clean-a-chain/")
    for selector in ("header nav", ".trail", "aside", ".related", "footer", "article"):
        assert tree.css_matches(f"{selector} a") or selector == "article", selector


@pytest.mark.parametrize(
    ("source", "words", "target"),
    [
        ("/drivetrain/clean-a-chain/", "chain wear", "/drivetrain/chain-wear/"),
        (
            "/drivetrain/clean-a-chain/",
            "indexing the rear derailleur",
            "/drivetrain/index-rear-derailleur/",
        ),
        (
            "/drivetrain/chain-wear/",
            "indexing the rear derailleur",
            "/drivetrain/index-rear-derailleur/",
        ),
        ("/season/winter-storage/", "squealing brakes", "/brakes/squealing-brakes/"),
        ("/brakes/adjust-rim-brakes/", "truing the wheel", "/wheels/true-a-wheel/"),
        ("/brakes/squealing-brakes/", "adjust rim brakes", "/brakes/adjust-rim-brakes/"),
        ("/wheels/tyre-pressure/", "tubeless setup", ORPHAN),
        ("/season/winter-storage/", "tubeless setup", ORPHAN),
        ("/wheels/fix-a-puncture/", "set up tubeless tyres", ORPHAN),
    ],
)
def test_an_article_names_another_guide_without_linking_it(
    built: Path, source: str, words: str, target: str
) -> None:
    assert words in content_of(built, source)
    assert source not in linkers(links_in(built, "article a"), target)


def sitemap(folder: Path) -> list[str]:
    root = ET.fromstring((folder / "sitemap.xml").read_bytes())
    return [loc.text or "" for loc in root.iter(f"{{{SITEMAP_NAMESPACE}}}loc")]


def test_the_sitemap_lists_every_page_that_may_be_indexed(built: Path) -> None:
    listed = [BASE.rstrip("/") + page.path for page in sample_pages() if page.indexable]
    assert sitemap(built) == listed


# --- Serving --------------------------------------------------------------------------------


def test_every_page_of_the_sitemap_is_served(site: SampleSite) -> None:
    for url in sitemap(site.folder):
        assert url.startswith(site.url)
        status, headers, body = fetched(site, urlsplit(url).path)
        assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert body.startswith("<!doctype html>")


def test_the_moved_address_answers_301(site: SampleSite) -> None:
    status, headers, _ = fetched(site, MOVED)
    assert (status, headers["location"]) == (301, "/drivetrain/clean-a-chain/")


def test_robots_sitemap_and_style_have_their_content_types(site: SampleSite) -> None:
    _, robots, text = fetched(site, "/robots.txt")
    assert robots["content-type"] == "text/plain; charset=utf-8"
    assert f"Sitemap: {site.url}sitemap.xml" in text
    assert fetched(site, "/sitemap.xml")[1]["content-type"] == "application/xml"
    assert fetched(site, "/style.css")[1]["content-type"] == "text/css; charset=utf-8"


def test_an_unchanged_page_is_not_sent_again(site: SampleSite) -> None:
    _, headers, _ = fetched(site, "/about/")
    status, again, body = fetched(site, "/about/", {"If-None-Match": headers["etag"]})
    assert (status, again["etag"], body) == (304, headers["etag"], "")
    assert fetched(site, "/about/", {"If-Modified-Since": headers["last-modified"]})[0] == 304


def test_an_edited_page_has_another_entity_tag(site: SampleSite) -> None:
    _, before, _ = fetched(site, "/wheels/fix-a-puncture/")
    sentence = (
        "Riders who meet thorns every week set up tubeless tyres instead, whose sealant closes "
        "such holes before anybody notices."
    )
    site.apply_edit("/wheels/fix-a-puncture/", sentence, "tubeless tyres", ORPHAN)
    status, after, body = fetched(
        site, "/wheels/fix-a-puncture/", {"If-None-Match": before["etag"]}
    )
    assert status == 200
    assert after["etag"] != before["etag"]
    assert f'set up <a href="{ORPHAN}">tubeless tyres</a> instead' in body


@pytest.mark.parametrize("path", ["/nowhere/", "/print/", "/../site.py", "/%2e%2e/%2e%2e/etc/"])
def test_what_is_not_a_page_answers_404(site: SampleSite, path: str) -> None:
    assert fetched(site, path)[0] == 404


def test_a_path_without_its_slash_is_sent_to_the_page(site: SampleSite) -> None:
    status, headers, _ = fetched(site, "/about")
    assert (status, urlsplit(headers["location"]).path) == (301, "/about/")


def test_head_sends_no_body(site: SampleSite) -> None:
    status, headers, body = fetched(site, "/about/", method="HEAD")
    assert (status, body) == (200, "")
    assert int(headers["content-length"]) > 1000


# --- Editing --------------------------------------------------------------------------------


def test_a_link_that_is_written_and_removed_leaves_the_page_as_it_was(site: SampleSite) -> None:
    file = page_file(site.folder, "/drivetrain/clean-a-chain/")
    before = file.read_bytes()
    sentence = "That is how chain wear begins: the pins grow thinner"
    site.apply_edit(
        site.page_url("/drivetrain/clean-a-chain/"),
        sentence,
        "chain wear",
        site.page_url("/drivetrain/chain-wear/"),
    )
    links = [
        (link.attributes["href"], link.text())
        for link in parsed(site.folder, "/drivetrain/clean-a-chain/").css("article a")
    ]
    assert ("/drivetrain/chain-wear/", "chain wear") in links
    site.remove_link("/drivetrain/clean-a-chain/", "/drivetrain/chain-wear/")
    assert file.read_bytes() == before


def test_a_link_from_the_template_is_no_link_of_the_text(site: SampleSite) -> None:
    with pytest.raises(LinkwrightError, match="no such link in its text"):
        site.remove_link("/wheels/tyre-pressure/", SIDEBAR_ONLY)


def test_a_sentence_that_is_gone_is_an_error(site: SampleSite) -> None:
    with pytest.raises(LinkwrightError, match="the sentence is not on the page"):
        site.apply_edit("/about/", "Tubeless setup is easy.", "Tubeless setup", ORPHAN)


@pytest.mark.parametrize("page", GUIDES, ids=lambda p: p.path)
def test_every_sentence_that_the_crawl_reads_can_be_edited(built: Path, page: SamplePage) -> None:
    document = page_file(built, page.path).read_text(encoding="utf-8")
    rules, url = ParseRules(site=BASE), urljoin(BASE, page.path)
    read = parse_page(document.encode(), url=url, headers={}, rules=rules)
    content = [
        b
        for b in read.blocks
        if b.kind in ("paragraph", "item")
        and "article" in b.css_path
        and ".contents" not in b.css_path
    ]
    found = [b.text[start:end] for b in content for start, end in sentences(b.text)]
    assert len(found) >= 3
    for sentence in (s for s in found if s != "Read more"):
        word, edited = linked(document, sentence)
        again = parse_page(edited.encode(), url=url, headers={}, rules=rules)
        assert [b.text for b in again.blocks] == [b.text for b in read.blocks]
        assert [k.anchor for k in again.links if k.target == urljoin(BASE, "/t/")] == [word]


def linked(document: str, sentence: str) -> tuple[str, str]:
    """Return the first word of the sentence that is in no link, and the page with it linked."""
    for found in re.finditer(r"\S+", sentence):
        try:
            return found[0], with_link(document, sentence, found.start(), found[0], "/t/")
        except LinkwrightError:  # it stands in a link, or across other markup
            continue
    raise AssertionError(f"no word can be linked in: {sentence}")


PAGE = (
    "<p>one two</p><article><h2>one two</h2>\n<p>Now  <em>one</em> two &amp; three,\n"
    'see <a href="/x/?a=1&amp;b=2">four five</a> or two again.</p></article><p>two again</p>'
)
SENTENCE = "Now one two & three, see four five or two again."


def test_markup_elsewhere_in_the_sentence_does_not_matter() -> None:
    edited = with_link(PAGE, SENTENCE, SENTENCE.index("two & three"), "two & three", "/t/")
    assert '<em>one</em> <a href="/t/">two &amp; three</a>,\nsee <a href="/x/' in edited


def test_the_offset_says_which_of_two_equal_anchors_is_meant() -> None:
    edited = with_link(PAGE, SENTENCE, SENTENCE.rindex("two"), "two", "/t/")
    assert 'or <a href="/t/">two</a> again.</p></article><p>two again' in edited


def test_a_link_is_known_by_its_address_with_references_resolved() -> None:
    assert "see four five or" in without_link(PAGE, "/x/?a=1&b=2")


@pytest.mark.parametrize(
    ("anchor", "start", "message"),
    [
        ("four", SENTENCE.index("four"), "in another link"),
        ("one two", SENTENCE.index("one two"), "across other markup"),
        ("six", 0, "not at its place"),
        ("", 3, "not at its place"),
    ],
)
def test_words_that_cannot_be_linked_are_an_error(anchor: str, start: int, message: str) -> None:
    with pytest.raises(LinkwrightError, match=message):
        with_link(PAGE, SENTENCE, start, anchor, "/t/")


@given(
    st.lists(st.sampled_from(["oil", "Kette", "50 %", "a & b", "<1 mm", '"x"', "é"]), min_size=3),
    st.data(),
)
def test_any_words_of_any_sentence_can_be_linked_and_unlinked(
    words: list[str], data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    sentence = " ".join(words)
    anchor = " ".join(words[first : last + 1])
    escaped = sentence.replace("&", "&amp;").replace("<", "&lt;")
    document = f"<article><p>{escaped}</p></article>"
    start = len(" ".join(words[:first])) + (first > 0)
    edited = with_link(document, sentence, start, anchor, "/t/?a=1&b=2")
    link = LexborHTMLParser(edited).css_first("a")
    assert link is not None
    assert (link.text(), link.attributes["href"]) == (anchor, "/t/?a=1&b=2")
    assert without_link(edited, "/t/?a=1&b=2") == document
