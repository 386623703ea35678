"""Which page a URL means."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.urls import (
    Identity,
    absolute,
    is_faceted,
    is_paginated,
    nearest,
    on_hosts,
    path_matches,
    path_of,
    same_site,
    twin_site,
    without_tracking,
)

SITE = "https://www.example.com/"


def pages(*rows: tuple[str, int, str | None, str | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["url", "status", "redirect_to", "canonical"])


def crawled(*urls: str) -> Identity:
    return Identity.of(pages(*((url, 200, None, None) for url in urls)))


@pytest.mark.parametrize(
    ("href", "meant"),
    [
        ("/a", "https://www.example.com/a"),
        ("b", "https://www.example.com/dir/b"),
        ("//other.example/x", "https://other.example/x"),
        ("?page=2", "https://www.example.com/dir/page?page=2"),
        ("#part", "https://www.example.com/dir/page"),
        ("", "https://www.example.com/dir/page"),
        ("HTTP://WWW.Example.com:80/a", "http://www.example.com/a"),
        ("mailto:someone@example.com", None),
        ("javascript:void(0)", None),
        ("tel:+123", None),
        ("http://[", None),
        ("\ud800", None),
        # White space and control characters, as pasted into a CMS
        (" /a b ", "https://www.example.com/a%20b"),
        ("\t/a\nb\r", "https://www.example.com/ab"),
        ("https://www.exam\nple.com/a", "https://www.example.com/a"),
        ("\x00 /a \x1f", "https://www.example.com/a"),
        ("/a\x00b", "https://www.example.com/a%00b"),
        ("\u00a0/a", "https://www.example.com/dir/%C2%A0/a"),
        # Backslashes and slashes
        ("a\\b", "https://www.example.com/dir/a/b"),
        ("\\\\other.example\\x", "https://other.example/x"),
        ("///other.example/x", "https://other.example/x"),
        ("https:/a", "https://www.example.com/a"),
        ("https:a", "https://www.example.com/dir/a"),
        ("http:a", "http://a/"),
        # Empty segments and dots
        (".", "https://www.example.com/dir/"),
        ("..", "https://www.example.com/"),
        ("../../../x", "https://www.example.com/x"),
        ("./a/./b/../c", "https://www.example.com/dir/a/c"),
        ("/a//b", "https://www.example.com/a//b"),
        ("/a/%2e%2E/b", "https://www.example.com/b"),
        ("/a/.b/...", "https://www.example.com/a/.b/..."),
        # Queries and fragments
        ("?", "https://www.example.com/dir/page?"),
        ("?a#b", "https://www.example.com/dir/page?a"),
        ("/a?b#c?d", "https://www.example.com/a?b"),
        ("/a?b=/../c", "https://www.example.com/a?b=/../c"),
        # Escapes are kept as they are, what needs one gets it
        ("/%c3%a9", "https://www.example.com/%c3%a9"),
        ("/\u00e9?\u00e9", "https://www.example.com/%C3%A9?%C3%A9"),
        ("/%zz%", "https://www.example.com/%zz%"),
        ('/a"<>`|', "https://www.example.com/a%22%3C%3E%60|"),
        ("/a%2Fb", "https://www.example.com/a%2Fb"),
        # Hosts and ports
        ("//www.example.com:443/a", "https://www.example.com/a"),
        ("//www.example.com:80/a", "https://www.example.com:80/a"),
        ("//www.example.com:/a", "https://www.example.com/a"),
        ("//www.example.com:0443/a", "https://www.example.com/a"),
        ("//www.example.com:99999/a", None),
        ("//b\u00fccher.example/a", "https://xn--bcher-kva.example/a"),
        ("//B\u00dcCHER.example/a", "https://xn--bcher-kva.example/a"),
        ("//www\u3002example\u3002com/a", "https://www.example.com/a"),
        ("//exa%6Dple.com/a", "https://example.com/a"),
        ("//a_b.example.com/a", "https://a_b.example.com/a"),
        ("//exa mple.com/a", None),
        ("//127.1/a", "https://127.0.0.1/a"),
        ("//0x7f.1/a", "https://127.0.0.1/a"),
        ("//2130706433/a", "https://127.0.0.1/a"),
        ("//[::1]:443/a", "https://[::1]/a"),
        ("https://", None),
        # Users are no part of an address
        ("//user:secret@www.example.com/a@b", "https://www.example.com/a@b"),
        ("https://www.example.com@evil.example/a", "https://evil.example/a"),
        ("https://user@www.example.com:8443", "https://www.example.com:8443/"),
        ("/@user?mail=a@b.example", "https://www.example.com/@user?mail=a@b.example"),
        # Other schemes
        ("data:text/html,x", None),
        ("blob:https://www.example.com/x", None),
        ("ftp://www.example.com/a", None),
        ("file:///etc/passwd", None),
        ("JavaScript:alert(1)", None),
        # Length
        ("/" + "a" * 8_000, "https://www.example.com/" + "a" * 8_000),
        ("/" + "a" * 10_000_000, None),
        ("/" + "\u00e9" * 5_000, None),
    ],
)
def test_a_link_means_what_a_browser_makes_of_it(href: str, meant: str | None) -> None:
    assert absolute(href, SITE + "dir/page#top") == meant


def test_without_a_base_a_relative_link_means_nothing() -> None:
    assert absolute("a", "not a url") is None


@given(st.text())
def test_no_href_raises(href: str) -> None:
    url = absolute(href, SITE)
    assert url is None or (url.startswith("http") and "#" not in url)


@given(st.text("/\\@:?#.%[] \tab\u00e9\u3002", max_size=30))
def test_what_an_address_means_means_itself(href: str) -> None:
    url = absolute(href, SITE + "dir/page")
    assert url is None or absolute(url, SITE) == url
    assert url is None or "@" not in url.split("/")[2]


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("http://www.example.com/a", True),
        ("https://www.example.com:443/", True),
        ("https://example.com/", False),
        ("https://www.example.com:8443/", False),
        ("https://www.example.com.evil.example/", False),
        ("/a", False),
    ],
)
def test_a_site_is_one_host_by_either_scheme(url: str, *, same: bool) -> None:
    assert same_site(url, SITE) is same


@pytest.mark.parametrize(
    ("url", "on"),
    [
        ("https://www.example.com/a", True),
        ("http://blog.example.com", True),
        ("https://blog.example.com:443/", True),
        ("https://user@BLOG.example.com/", True),
        ("https://shop.example.com:8443/a", True),
        ("https://shop.example.com/a", False),
        ("https://blog.example.com:8443/", False),
        ("https://example.com/", False),
        ("https://www.example.com@evil.example/", False),
        ("https://blog.example.com.evil.example/", False),
        ("/a", False),
    ],
)
def test_a_property_may_own_several_hosts(url: str, *, on: bool) -> None:
    hosts = ("www.example.com", "blog.example.com", "shop.example.com:8443")
    assert on_hosts(url, hosts) is on
    assert not on_hosts(url, ())


@pytest.mark.parametrize(
    ("url", "paginated", "faceted"),
    [
        ("blog/page/2/", True, False),
        ("blog/Page-12.html", True, False),
        ("blog?page=3", True, False),
        ("blog?offset=20&PAGED=2", True, False),
        ("shop?sort=price&page=2", True, True),
        ("shop?OrderBy=", False, True),
        ("?s=chain", False, True),
        ("?p=17", False, False),
        ("blog?page=about", False, False),
        ("page/about", False, False),
        ("pages/2", False, False),
        ("homepage2", False, False),
        ("page", False, False),
        ("a?id=4", False, False),
    ],
)
def test_views_of_a_list_are_told_by_their_address(
    url: str, *, paginated: bool, faceted: bool
) -> None:
    assert is_paginated(SITE + url) is paginated
    assert is_faceted(SITE + url) is faceted


@pytest.mark.parametrize(
    ("url", "twin"),
    [
        ("http://example.com/en/", True),
        ("https://www.www.example.com/", True),
        ("https://www.example.com/", False),
        ("https://shop.example.com/", False),
        ("nonsense", False),
    ],
)
def test_a_twin_differs_by_www_alone(url: str, *, twin: bool) -> None:
    assert twin_site(url, SITE) is twin


def test_a_url_that_is_none_has_no_site() -> None:
    assert not same_site("nonsense", "nonsense")


def test_a_bare_host_has_the_root_path() -> None:
    assert path_of("https://example.com") == "/"
    assert path_of("https://example.com/a/b?c#d") == "/a/b"


@pytest.mark.parametrize(
    ("url", "pattern", "matches"),
    [
        ("blog/a/b", "/blog/*", True),
        ("Blog/a", "/blog/*", False),
        ("blog", "/blog/*", False),
        ("caf%C3%A9/x", "/café/*", True),
        ("a?b=/blog/", "*blog*", False),
    ],
)
def test_a_pattern_is_a_glob_over_the_path(url: str, pattern: str, *, matches: bool) -> None:
    assert path_matches(SITE + url, pattern) is matches


def test_the_nearest_pages_have_similar_paths() -> None:
    known = [SITE + "guides/links", SITE + "guides/anchors", SITE + "contact"]
    assert nearest(SITE + "guide/link", known, count=1) == (SITE + "guides/links",)
    assert nearest(SITE + "zzzzzzzz", known) == ()


def test_a_crawled_url_is_its_own_page() -> None:
    assert crawled(SITE + "a").page(SITE + "a") == SITE + "a"
    assert crawled(SITE + "a").page(SITE + "b") is None


@pytest.mark.parametrize(
    "spelling",
    [
        "a?q=1#part",
        "a?q=1&utm_source=mail&gclid=x",
        "a?UTM_Medium=x&q=1",
        "a?q=1&mc_cid=1&srsltid=2",
    ],
)
def test_fragments_and_tracking_do_not_change_the_page(spelling: str) -> None:
    assert crawled(SITE + "a?q=1").page(SITE + spelling) == SITE + "a?q=1"


def test_a_parameter_that_is_not_tracking_is_another_page() -> None:
    assert crawled(SITE + "a").page(SITE + "a?page=2") is None


@pytest.mark.parametrize("spelling", ["caf%c3%a9", "caf%C3%A9", "café", "caf%C3%a9"])
def test_escapes_join_in_either_case(spelling: str) -> None:
    for known in ("caf%c3%a9", "caf%C3%A9"):
        assert crawled(SITE + known).page(SITE + spelling) == SITE + known


def test_an_escaped_slash_is_not_a_slash() -> None:
    assert crawled(SITE + "a/b").page(SITE + "a%2Fb") is None


def test_a_last_slash_joins_only_where_one_of_both_was_crawled() -> None:
    assert crawled(SITE + "a/").page(SITE + "a") == SITE + "a/"
    assert crawled(SITE + "a").page(SITE + "a/?utm_source=x") == SITE + "a"
    both = crawled(SITE + "a", SITE + "a/")
    assert both.page(SITE + "a") == SITE + "a"
    assert both.page(SITE + "a/") == SITE + "a/"


def test_the_other_scheme_joins_where_this_one_was_not_crawled() -> None:
    assert crawled(SITE + "a").page("http://www.example.com/a/") == SITE + "a"


def test_redirects_lead_to_their_end() -> None:
    identity = Identity.of(
        pages(
            (SITE + "a", 301, SITE + "b", None),
            (SITE + "b", 302, SITE + "c#part", None),
            (SITE + "c", 200, None, None),
        )
    )
    assert identity.page(SITE + "a") == SITE + "c"


def test_a_loop_of_redirects_leads_nowhere() -> None:
    identity = Identity.of(
        pages((SITE + "a", 301, SITE + "b", None), (SITE + "b", 301, SITE + "a", None))
    )
    assert identity.page(SITE + "a") is None


@pytest.mark.parametrize(("status", "to"), [(404, None), (0, None), (301, SITE + "unknown")])
def test_an_error_is_no_page(status: int, to: str | None) -> None:
    assert Identity.of(pages((SITE + "a", status, to, None))).page(SITE + "a") is None


def test_a_canonical_joins_only_a_crawled_page() -> None:
    identity = Identity.of(
        pages(
            (SITE + "a?sort=1", 200, None, SITE + "a"),
            (SITE + "a", 200, None, SITE + "a"),
            (SITE + "b", 200, None, SITE + "never-seen"),
            (SITE + "c", 200, None, SITE + "gone"),
            (SITE + "gone", 404, None, None),
            (SITE + "d", 200, None, SITE + "moved"),
            (SITE + "moved", 301, SITE + "a", None),
        )
    )
    assert identity.page(SITE + "a?sort=1") == SITE + "a"
    assert identity.page(SITE + "b") == SITE + "b"
    assert identity.page(SITE + "c") == SITE + "c"
    assert identity.page(SITE + "d") == SITE + "a"


VARIANTS = [
    ("guide/", "guide"),
    ("guide", "Guide"),
    ("guide/", "guide/index.html"),
    ("guide/", "guide/default.asp"),
    ("guide?a=1&b=2", "guide?b=2&a=1"),
    ("guide", "guide?ref=menu"),
    ("guide", "guide?"),
]


@pytest.mark.parametrize(("url", "variant"), VARIANTS)
def test_variants_that_both_answer_are_one_page_only_where_they_say_so(
    url: str, variant: str
) -> None:
    url, variant = SITE + url, SITE + variant
    apart = Identity.of(pages((url, 200, None, None), (variant, 200, None, None)))
    selves = Identity.of(pages((url, 200, None, url), (variant, 200, None, variant)))
    broken = Identity.of(pages((url, 200, None, None), (variant, 404, None, None)))
    for identity in (apart, selves):
        assert (identity.page(url), identity.page(variant)) == (url, variant)
    assert (broken.page(url), broken.page(variant)) == (url, None)
    by_canonical = Identity.of(pages((url, 200, None, url), (variant, 200, None, url)))
    by_redirect = Identity.of(pages((url, 200, None, None), (variant, 301, url, None)))
    for identity in (by_canonical, by_redirect):
        assert (identity.page(url), identity.page(variant)) == (url, url)


def test_a_variant_that_was_not_visited_is_not_guessed() -> None:
    identity = crawled(SITE + "guide/")
    assert identity.page(SITE + "guide/index.html") is None
    assert identity.page(SITE + "Guide/") is None
    assert identity.page(SITE + "guide/?sort=1") is None


def in_languages(*rows: tuple[str, str, str | None]) -> Identity:
    frame = pages(*((SITE + url, 200, None, canonical) for url, _, canonical in rows))
    return Identity.of(frame.assign(language=[language for _, language, _ in rows]))


def test_a_page_in_another_language_is_never_the_canonical() -> None:
    identity = in_languages(("en/a", "en", None), ("de/a", "de", SITE + "en/a"))
    assert identity.page(SITE + "de/a") == SITE + "de/a"
    assert identity.page(SITE + "en/a") == SITE + "en/a"


def test_a_canonical_holds_where_a_language_is_unknown_or_the_same() -> None:
    for language in ("", "en"):
        identity = in_languages(("en/a", "en", None), ("a?x=1", language, SITE + "en/a"))
        assert identity.page(SITE + "a?x=1") == SITE + "en/a"


def test_a_chain_of_canonicals_ends_before_another_language() -> None:
    identity = in_languages(
        ("de/a?x=1", "de", SITE + "de/a"),
        ("de/a", "", SITE + "en/a"),
        ("en/a", "en", None),
    )
    assert identity.page(SITE + "de/a?x=1") == SITE + "de/a"


def test_a_loop_of_canonicals_leaves_the_page_where_it_is() -> None:
    identity = Identity.of(
        pages((SITE + "a", 200, None, SITE + "b"), (SITE + "b", 200, None, SITE + "a"))
    )
    assert identity.page(SITE + "a") == SITE + "a"


def test_the_fetched_spelling_is_found_even_where_it_is_no_page() -> None:
    identity = Identity.of(pages((SITE + "gone", 404, None, None)))
    assert identity.fetched(SITE + "gone/?utm_source=x") == SITE + "gone"
    assert identity.page(SITE + "gone/") is None


@pytest.mark.parametrize(
    ("url", "fetched"),
    [
        ("a?q=1&utm_source=x#part", "a?q=1"),
        ("a?utm_source=x", "a"),
        ("a?", "a?"),
        ("a?q=%c3&&r", "a?q=%c3&&r"),
        ("a#x", "a"),
    ],
)
def test_tracking_is_not_fetched(url: str, fetched: str) -> None:
    assert without_tracking(SITE + url) == SITE + fetched


def test_many_urls_are_answered_at_once_in_their_order() -> None:
    urls = pd.Series([SITE + "a/", None, SITE + "x", SITE + "a/"], index=[9, 8, 7, 6])
    found = crawled(SITE + "a").pages(urls)
    assert found.index.tolist() == [9, 8, 7, 6]
    assert found.tolist() == [SITE + "a", None, None, SITE + "a"]


def test_a_canonical_holds_between_regions_of_a_language() -> None:
    identity = in_languages(("us/a", "en-us", None), ("uk/a", "en-gb", SITE + "us/a"))
    assert identity.page(SITE + "uk/a") == SITE + "us/a"


@pytest.mark.parametrize(
    ("name", "same", "canonical", "means"),
    [
        ("index.html", True, None, "mill/"),
        ("Default.aspx", True, None, "mill/"),
        ("index.html", False, None, "mill/index.html"),
        ("about.html", True, None, "mill/about.html"),
        ("index.html", True, "mill/index.html", "mill/index.html"),
    ],
)
def test_an_index_file_is_its_folder_where_both_answer_with_one_content(
    name: str, canonical: str | None, means: str, *, same: bool
) -> None:
    folder, file = SITE + "mill/", SITE + "mill/" + name
    named = None if canonical is None else SITE + canonical
    frame = pages((folder, 200, None, named), (file, 200, None, named))
    frame["content_hash"] = ["one", "one" if same else "two"]
    assert Identity.of(frame).page(file) == SITE + means
