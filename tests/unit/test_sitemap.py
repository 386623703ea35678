"""What sitemaps and feeds name, however they are written."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.ingest import sitemap
from recommender.ingest.sitemap import SitemapContents, SitemapEntry, read_date, read_sitemap

SITE = "https://www.example.com/"
MAY = datetime(2024, 5, 1, tzinfo=UTC)
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def urls(body: bytes) -> list[str]:
    contents = read_sitemap(body)
    assert contents.valid
    return [entry.url for entry in contents.pages]


def urlset(*entries: str, space: str = f' xmlns="{NAMESPACE}"') -> bytes:
    listed = "".join(f"<url>{entry}</url>" for entry in entries)
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset{space}>{listed}</urlset>'.encode()


# --- Sitemaps -----------------------------------------------------------------------------------


def test_a_sitemap_names_pages_and_when_they_changed() -> None:
    body = urlset(
        f"<loc>{SITE}a</loc><lastmod>2024-05-01T14:00:00+02:00</lastmod>",
        f"<lastmod>2024-05-01</lastmod><loc> {SITE}b\n</loc>",
        f"<loc>{SITE}c</loc><changefreq>daily</changefreq><priority>.5</priority>",
        "<lastmod>2024-05-01</lastmod>",
        "<loc></loc>",
    )
    assert read_sitemap(body) == SitemapContents(
        pages=(
            SitemapEntry(url=SITE + "a", lastmod=NOON),
            SitemapEntry(url=SITE + "b", lastmod=MAY),
            SitemapEntry(url=SITE + "c"),
        )
    )


def test_an_index_names_further_sitemaps() -> None:
    body = (
        f"<sitemapindex><sitemap><loc>{SITE}1.xml</loc><lastmod>2024-05-01</lastmod></sitemap>"
        f"<sitemap><loc>{SITE}2.xml.gz</loc></sitemap></sitemapindex>"
    ).encode()
    assert read_sitemap(body) == SitemapContents(sitemaps=(SITE + "1.xml", SITE + "2.xml.gz"))


def test_addresses_are_absolute() -> None:
    body = urlset("<loc>/a</loc>", "<loc>b#part</loc>", "<loc>mailto:x@example.com</loc>")
    pages = read_sitemap(body, url=SITE + "maps/1.xml").pages
    assert [entry.url for entry in pages] == [SITE + "a", SITE + "maps/b"]
    assert urls(body) == []
    index = b"<sitemapindex><sitemap><loc>2.xml</loc></sitemap></sitemapindex>"
    assert read_sitemap(index, url=SITE + "maps/1.xml").sitemaps == (SITE + "maps/2.xml",)
    assert read_sitemap(index).sitemaps == ()


def test_a_plain_list_names_its_addresses() -> None:
    body = f"\ufeff{SITE}a\r\n\r\n  {SITE}b\n# no address\nftp://www.example.com/c\n".encode()
    assert urls(body) == [SITE + "a", SITE + "b"]


@pytest.mark.parametrize(
    "space",
    [
        "",
        f' xmlns="{NAMESPACE}/"',
        ' xmlns="http://www.google.com/schemas/sitemap/0.84"',
        ' xmlns="nonsense"',
    ],
)
def test_a_sitemap_in_the_wrong_namespace_is_one(space: str) -> None:
    assert urls(urlset(f"<loc>{SITE}a</loc>", space=space)) == [SITE + "a"]


def test_a_sitemap_with_prefixed_names_is_one() -> None:
    body = f'<s:urlset xmlns:s="{NAMESPACE}"><s:url><s:loc>{SITE}a</s:loc></s:url></s:urlset>'
    assert urls(body.encode()) == [SITE + "a"]


def test_images_and_videos_are_no_pages() -> None:
    space = f' xmlns="{NAMESPACE}" xmlns:image="urn:image" xmlns:video="urn:video"'
    media = (
        f"<image:image><image:loc>{SITE}a.jpg</image:loc></image:image>"
        f"<video:video><video:content_loc>{SITE}a.mp4</video:content_loc></video:video>"
    )
    entry = f"<loc>{SITE}a</loc>{media}"
    assert urls(urlset(entry, space=space)) == [SITE + "a"]


def test_a_news_sitemap_names_its_articles() -> None:
    space = f' xmlns="{NAMESPACE}" xmlns:news="urn:news"'
    news = "<news:news><news:title>Links</news:title></news:news>"
    assert urls(urlset(f"<loc>{SITE}a</loc>{news}", space=space)) == [SITE + "a"]


def test_the_other_languages_of_a_page_are_not_the_page() -> None:
    space = f' xmlns="{NAMESPACE}" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
    other = f'<xhtml:link rel="alternate" hreflang="de" href="{SITE}de/a"/>'
    assert urls(urlset(f"<loc>{SITE}a</loc>{other}", space=space)) == [SITE + "a"]


# --- Feeds --------------------------------------------------------------------------------------


def test_rss_names_its_items_and_not_its_channel() -> None:
    body = (
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
        f'<link>{SITE}</link><atom:link rel="self" href="{SITE}feed"/>'
        f"<item><title>A</title><link>{SITE}a</link>"
        "<pubDate>Wed, 01 May 2024 14:00:00 +0200</pubDate></item>"
        f"<item><guid>{SITE}b</guid></item>"
        f'<item><guid isPermaLink="false">{SITE}c</guid></item>'
        "<item><guid>urn:d</guid></item>"
        "<item><description>no link</description></item>"
        f"<item><link><![CDATA[{SITE}e?x=1&y=2]]></link></item>"
        "</channel></rss>"
    ).encode()
    assert read_sitemap(body).pages == (
        SitemapEntry(url=SITE + "a", lastmod=NOON),
        SitemapEntry(url=SITE + "b"),
        SitemapEntry(url=SITE + "e?x=1&y=2"),
    )


def test_rss_1_names_its_items_by_their_dublin_core_date() -> None:
    body = (
        '<rdf:RDF xmlns:rdf="urn:rdf" xmlns="http://purl.org/rss/1.0/" xmlns:dc="urn:dc">'
        f'<channel rdf:about="{SITE}"><link>{SITE}</link></channel>'
        f"<item><link>{SITE}a</link><dc:date>2024-05-01T12:00:00Z</dc:date></item></rdf:RDF>"
    ).encode()
    assert read_sitemap(body).pages == (SitemapEntry(url=SITE + "a", lastmod=NOON),)


def test_atom_names_the_page_of_an_entry_and_its_last_change() -> None:
    body = (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><link href="{SITE}"/>'
        f'<entry><link rel="self" href="{SITE}a.atom"/><link rel="alternate" href="{SITE}a"/>'
        "<published>2023-01-01T00:00:00Z</published><updated>2024-05-01T12:00:00Z</updated></entry>"
        f'<entry xml:base="{SITE}blog/"><link href="b"/><published>2024-05-01</published></entry>'
        f'<entry><link rel="enclosure" href="{SITE}c.mp3"/></entry></feed>'
    ).encode()
    assert read_sitemap(body).pages == (
        SitemapEntry(url=SITE + "a", lastmod=NOON),
        SitemapEntry(url=SITE + "blog/b", lastmod=MAY),
    )


def test_an_empty_feed_is_valid() -> None:
    assert read_sitemap(b"<rss><channel/></rss>") == SitemapContents()


# --- Bytes --------------------------------------------------------------------------------------

ONE = urlset(f"<loc>{SITE}caf\u00e9?a=1&amp;b=2</loc>")


@pytest.mark.parametrize(
    "body",
    [
        ONE,
        gzip.compress(ONE),
        gzip.compress(ONE)[:-4],
        b"\xef\xbb\xbf" + ONE,
        b"\r\n \t" + ONE,
        b"\xef\xbb\xbf\n" + ONE,
        ONE.decode().encode("utf-16"),
        ONE.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        ONE.decode().encode("utf-32"),
        ONE.decode().replace("UTF-8", "ISO-8859-1").encode("latin-1"),
        ONE.replace(b"UTF-8", b"x-nonsense"),
    ],
)
def test_a_sitemap_is_read_in_any_wrapping(body: bytes) -> None:
    assert urls(body) == [SITE + "caf%C3%A9?a=1&b=2"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"<",
        b"not a sitemap",
        b"<!doctype html><html><body><h1>Not found</h1></body></html>",
        b"<br /><b>Warning</b>: fopen()" + ONE,
        b"\x1f\x8b",
        b"\x1f\x8bnonsense",
        b"\x00\x01\x02\x03",
        b"{}",
        b"%PDF-1.7",
    ],
)
def test_what_is_no_sitemap_is_invalid(body: bytes) -> None:
    assert read_sitemap(body) == SitemapContents(valid=False)


@given(st.binary(max_size=400))
def test_no_bytes_raise(body: bytes) -> None:
    assert read_sitemap(b"<urlset>" + body).valid in (True, False)
    assert read_sitemap(body).valid in (True, False)


def test_a_sitemap_cut_off_names_what_it_named_so_far() -> None:
    body = urlset(f"<loc>{SITE}a</loc>", f"<loc>{SITE}b</loc>")
    assert urls(body[: body.index(b"/b</loc>")])[0] == SITE + "a"


@pytest.mark.parametrize(
    "broken",
    [
        f"<url><loc>{SITE}a</url>",
        f"<url><loc>{SITE}a</log></url>",
        f"<url><loc>{SITE}?q=<a</loc></url>",
        f"<url><loc>{SITE}\x01</loc></url>",
        f"<url><loc>{SITE}\ud8ff</loc></url>",
        f"<url><loc>{SITE}&#0;</loc></url>",
    ],
)
def test_a_broken_entry_spoils_no_other_address(broken: str) -> None:
    body = f"<urlset>{broken}<url><loc>{SITE}?b=1&amp;c=2&lt;</loc></url></urlset>"
    assert SITE + "?b=1&c=2%3C" in urls(body.encode(errors="surrogatepass"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("?a=1&b=2", "?a=1&b=2"),
        ("?a=1&amp;b=2&c=3", "?a=1&b=2&c=3"),
        ("?a=1&#38;b=2&#x26;c=3", "?a=1&b=2&c=3"),
        ("?a=1&copy=2&nbsp;x", "?a=1&copy=2&nbsp;x"),
        ("<![CDATA[?a=1&b=2]]>", "?a=1&b=2"),
    ],
)
def test_an_ampersand_that_nobody_escaped_is_one(written: str, meant: str) -> None:
    assert urls(urlset(f"<loc>{SITE}{written}</loc>")) == [SITE + meant]


# --- Hostile files ------------------------------------------------------------------------------


def laughs() -> str:
    nested = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 12))
    return f'<!DOCTYPE urlset [<!ENTITY l0 "ha">{nested}]>'


@pytest.mark.parametrize(
    "entry",
    ["<loc>https://www.example.com/&l11;</loc>", '<loc>x</loc><link href="&l11;"/>'],
)
def test_a_billion_laughs_are_not_laughed(entry: str) -> None:
    body = f"{laughs()}<urlset><url>{entry}</url></urlset>".encode()
    assert all(len(url) < 100 for url in urls(body))


def test_a_billion_laughs_in_a_feed_are_not_laughed() -> None:
    body = f'{laughs()}<feed><entry><link href="{SITE}&l11;"/></entry></feed>'.encode()
    assert urls(body) == [SITE + "&l11;"]


def test_a_file_of_this_machine_is_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("known only here")
    for kind in ("urlset", "feed"):
        body = (
            f'<!DOCTYPE {kind} [<!ENTITY x SYSTEM "{secret.as_uri()}">'
            f'<!ENTITY % y SYSTEM "{secret.as_uri()}"> %y;]>'
            f"<{kind}><url><loc>{SITE}&x;</loc></url>"
            f"<entry><link>{SITE}&x;</link></entry></{kind}>"
        ).encode()
        assert urls(body) == [SITE + "&x;"]


def test_a_gzip_bomb_is_no_sitemap() -> None:
    assert not read_sitemap(gzip.compress(b"<urlset>" + b" " * sitemap.LARGEST_BYTES)).valid


def test_a_file_over_the_limit_is_no_sitemap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "LARGEST_BYTES", len(ONE))
    assert read_sitemap(ONE).valid
    assert not read_sitemap(ONE + b" ").valid


@pytest.mark.parametrize("mark", [b"<x/>", b"&"])
def test_a_file_of_nothing_but_markup_is_no_sitemap(mark: bytes) -> None:
    assert not read_sitemap(b"<urlset>" + mark * sitemap.MOST_MARKS).valid


def test_entries_over_the_limit_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MOST_ENTRIES", 2)
    assert len(urls(urlset(*[f"<loc>{SITE}a</loc>"] * 3))) == 2
    assert len(urls(f"{SITE}a\n".encode() * 3)) == 2
    assert len(urls(b"<rss>" + f"<item><link>{SITE}a</link></item>".encode() * 3 + b"</rss>")) == 2


# --- Dates --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        "2024-05-01T12:00:00Z",
        "2024-05-01T12:00Z",
        "2024-05-01T12:00:00.123456789Z"[:19] + "Z",
        "2024-05-01T14:00:00+02:00",
        "2024-05-01T14:00:00+0200",
        "2024-05-01T14:00:00 +02:00",
        "2024-05-01 12:00:00",
        "2024-05-01 12:00:00 UTC",
        "2024-05-01 12:00:00 GMT",
        "  2024-05-01T12:00:00+00:00\n",
        "20240501T120000Z",
        "Wed, 01 May 2024 12:00:00 GMT",
        "Wed, 1 May 2024 14:00:00 +0200",
        "01 May 2024 12:00:00 -0000",
        "Wed, 01 May 24 08:00:00 EDT",
    ],
)
def test_an_instant_is_read_as_sites_write_it(said: str) -> None:
    assert read_date(said) == NOON


@pytest.mark.parametrize(
    "said",
    [
        "2024-05-01",
        "2024-05",
        "20240501",
        "2024-5-1",
        "2024/05/01",
        "2024.05.01",
        "2024-05-01T24:61:00Z",
        "2024-05-01T00:00:00+99:00",
    ],
)
def test_a_day_begins_at_midnight_utc(said: str) -> None:
    assert read_date(said) == MAY


def test_a_year_is_its_first_day() -> None:
    assert read_date("2024") == datetime(2024, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "said",
    [
        "",
        " ",
        "yesterday",
        "0000-00-00",
        "-0001-11-30T00:00:00+00:00",
        "0001-01-01T00:00:00+23:00",
        "9999-12-31T23:59:59-23:00",
        "1970-01-01T00:00:00Z",
        "2024-13-01",
        "2024-02-31",
        "05/04/2024",
        "1714564800",
        "daily",
        "{{ lastmod }}",
        "٢٠٢٤-٠٥",
    ],
)
def test_nonsense_is_no_date(said: str) -> None:
    assert read_date(said) is None


@given(st.text())
def test_no_date_raises(said: str) -> None:
    moment = read_date(said)
    assert moment is None or moment.tzinfo is UTC


@given(st.datetimes(datetime(1991, 1, 1), datetime(2099, 1, 1)))  # noqa: DTZ001
def test_every_instant_comes_back(moment: datetime) -> None:
    assert read_date(moment.replace(tzinfo=UTC).isoformat()) == moment.replace(tzinfo=UTC)
