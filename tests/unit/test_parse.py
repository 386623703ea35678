"""What is read from one page."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import ConfigError
from recommender.ingest.parse import EXCLUDED, ParsedPage, ParseRules, parse_page

URL = "https://www.example.com/dir/page"


def read(
    markup: str | bytes,
    *,
    headers: dict[str, list[str]] | None = None,
    content: str | None = None,
    exclude: tuple[str, ...] = (),
) -> ParsedPage:
    body = markup if isinstance(markup, bytes) else markup.encode()
    rules = ParseRules(site=URL, content_selector=content, exclude_selectors=exclude)
    return parse_page(body, url=URL, headers=headers or {}, rules=rules)


def texts(page: ParsedPage) -> list[str]:
    return [block.text for block in page.blocks]


def kinds(page: ParsedPage) -> list[str]:
    return [block.kind for block in page.blocks]


# --- The head -------------------------------------------------------------------------------


def test_a_page_says_what_it_is() -> None:
    page = read(
        """<!doctype html><html lang="de-AT"><head><title> A
        title </title><meta name=Description content="What it  is">
        <link rel="canonical" href="../other"></head>
        <body><svg><title>no</title></svg><h1>The <em>main</em> thing</h1><h1>second</h1>"""
    )
    assert (page.title, page.h1, page.language) == ("A title", "The main thing", "de-at")
    assert page.description == "What it is"
    assert page.canonical == "https://www.example.com/other"
    assert not page.noindex
    assert not page.nofollow


def test_what_a_page_does_not_say_is_empty() -> None:
    page = read("")
    assert (page.title, page.h1, page.description, page.language) == ("", "", "", "")
    assert (page.canonical, page.published_at, page.refresh_to) == (None, None, None)
    assert page.blocks == page.links == ()


@pytest.mark.parametrize(
    ("markup", "headers", "noindex"),
    [
        ('<meta name="robots" content="NOINDEX, follow">', [], True),
        ('<meta name="googlebot" content="none">', [], True),
        ('<meta name="otherbot" content="noindex">', [], False),
        ('<meta name="robots" content="index,follow">', [], False),
        ("", ["noindex"], True),
        ("", ["max-snippet: 20, noindex"], True),
        ("", ["googlebot: noindex, nofollow"], True),
        ("", ["otherbot: noindex"], False),
        ("", ["unavailable_after: 25 Jun 2030 15:00:00 PST"], False),
        ("", ["nofollow", "noindex"], True),
    ],
)
def test_noindex_is_heard_from_markup_and_header(
    markup: str, headers: list[str], *, noindex: bool
) -> None:
    assert read(markup, headers={"x-robots-tag": headers}).noindex is noindex


@pytest.mark.parametrize(
    ("content", "to"),
    [
        ("0; url=/new", "https://www.example.com/new"),
        ("0;URL='new'", "https://www.example.com/dir/new"),
        ("1, /new", "https://www.example.com/new"),
        ("600; url=/new", None),
        ("0", None),
        ("0; url=page", None),
        ("soon", None),
    ],
)
def test_an_instant_refresh_to_another_page_moves_it(content: str, to: str | None) -> None:
    assert read(f'<meta http-equiv="Refresh" content="{content}">').refresh_to == to


@pytest.mark.parametrize(
    "markup",
    [
        '<meta property="article:published_time" content="2026-03-02T05:30:00+02:00">',
        '<meta itemprop="datePublished" content="2026-03-02T03:30:00Z">',
        '<time itemprop="datePublished" datetime="2026-03-02T03:30:00Z">then</time>',
        """<script type="application/ld+json">{"@graph": [{"@type": "WebSite"},
        {"@type": "Article", "datePublished": "2026-03-02T03:30:00"}]}</script>""",
    ],
)
def test_a_page_says_when_it_was_published(markup: str) -> None:
    assert read(markup).published_at == datetime(2026, 3, 2, 3, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "markup",
    [
        '<time datetime="2026-03-02">an event</time>',
        '<script type="application/ld+json">{"datePublished": broken</script>',
        '<script type="application/ld+json">{"datePublished": "yesterday"}</script>',
        '<meta property="article:published_time" content="0001-01-01T00:00:00+14:00">',
        '<script type="application/ld+json">' + "[" * 100_000 + '"datePublished"</script>',
    ],
)
def test_an_unsure_date_is_no_date(markup: str) -> None:
    assert read(markup).published_at is None


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("<p>Zürich".encode(), {}),
        ("<p>Zürich".encode("latin-1"), {"content-type": ["text/html; charset=iso-8859-1"]}),
        ("<meta charset=windows-1252><p>Zürich".encode("latin-1"), {}),
        ("\ufeff<p>Zürich".encode("utf-16-le"), {"content-type": ["text/html; charset=utf-8"]}),
        ("<p>Zürich".encode(), {"content-type": ["text/html; charset=no-such-charset"]}),
    ],
)
def test_the_charset_is_found(body: bytes, headers: dict[str, list[str]]) -> None:
    assert texts(read(body, headers=headers)) == ["Zürich"]


def test_bytes_that_do_not_fit_the_charset_are_replaced() -> None:
    page = read("<p>Zürich und Genf".encode("latin-1"), headers={"content-type": ["text/html"]})
    assert texts(page) in (["Z\ufffdrich und Genf"], ["Zürich und Genf"])


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("<p>Zürich".encode("utf-16-le"), {}),
        ("<p>Zürich".encode("utf-16-be"), {"content-type": ["text/html; charset=utf-16"]}),
        (b"<!--" + b"x" * 6_000 + b"--><meta charset=latin1><p>Z\xfcrich", {}),
        ("<p>Zürich".encode(), {"content-type": ["text/html; charset=base64"]}),
        ("<p>Zürich".encode(), {"content-type": ["text/html; charset=punycode"]}),
        ("<p>Zürich".encode(), {"content-type": ["text/html; charset=undefined"]}),
        ("<meta charset=unicode_escape><p>Zürich".encode(), {}),
        ("<meta charset=utf-7><p>Zürich".encode(), {}),
    ],
)
def test_a_charset_trap_is_stepped_over(body: bytes, headers: dict[str, list[str]]) -> None:
    assert texts(read(body, headers=headers)) == ["Zürich"]


def test_versions_in_other_languages_are_named() -> None:
    page = read(
        "<head><link rel=alternate hreflang=de-AT href=/de><link rel=alternate href=/feed>"
        "<link rel='alternate' hreflang=x-default href='//www.example.com/'>"
        "<link rel=alternate hreflang=fr href='mailto:x@y.z'></head>"
    )
    assert page.alternates == (
        ("de-at", "https://www.example.com/de"),
        ("x-default", "https://www.example.com/"),
    )


@pytest.mark.parametrize(
    ("lang", "own", "language"),
    [
        ("en-US", [], "en-us"),
        ("en_GB", [], "en-gb"),
        ("zh-Hant-TW", [], "zh-hant-tw"),
        ("de-DE-1996", [], "de-de"),
        ("english", [], ""),
        ("en", ["de-AT"], "de-at"),  # a template that says "en" on every version
        ("en", ["en-GB", "x-default"], "en-gb"),
        ("en-US", ["en-IE", "en-GB"], "en"),  # one page for two regions
        ("en-US", ["en-IE", "fr"], "en-us"),
        ("en-US", ["x-default"], "en-us"),
    ],
)
def test_the_language_is_what_a_page_says_of_itself(
    lang: str, own: list[str], language: str
) -> None:
    head = "".join(f'<link rel="alternate" hreflang="{tag}" href="{URL}">' for tag in own)
    other = '<link rel="alternate" hreflang="ja" href="/ja">'
    page = read(f'<html lang="{lang}"><head>{head}{other}</head>')
    assert page.language == language


@pytest.mark.parametrize(
    ("markup", "paginated"),
    [
        ("<head><link rel=next href=/2></head>", True),
        ("<head><link rel='Prev' href=/0></head>", True),
        ("<p><a rel='nofollow next' href=/2>2</a>", True),
        ("<p><a rel=nofollow href=/next>next</a>", False),
    ],
)
def test_a_page_of_a_series_is_known_by_its_neighbours(markup: str, *, paginated: bool) -> None:
    assert read(markup).paginated is paginated


@pytest.mark.parametrize(
    ("markup", "count"),
    [
        ("<a href=/a onclick='go()'>a link</a>", 0),
        ("<a name=here>a place</a><a href='#'>idle</a><a href='javascript:void(0)'>idle</a>", 0),
        ("<a onclick='go()'>x</a><a href='#' onclick='go()'>y</a>", 2),
        ("<a href='JavaScript:go(1)'>x</a><a href='javascript:;' onclick='go()'>y</a>", 2),
        ("<span role=link>x</span><a role=link href=/a>y</a>", 1),
        ("<td onclick='location.href=1'>x</td><b onclick=\"window.location='/a'\">y</b>", 1),
        ("<button onclick='send()'>x</button>", 0),
    ],
)
def test_what_only_a_script_leads_on_from_is_counted(markup: str, count: int) -> None:
    assert read(markup).script_links == count


# --- Blocks ---------------------------------------------------------------------------------


def test_each_paragraph_is_a_block_with_its_section() -> None:
    page = read("<h2>One</h2><p>a</p><div>b<h2>Two</h2><ul><li>c<li><p>d</ul></div>")
    assert texts(page) == ["One", "a", "b", "Two", "c", "d"]
    assert kinds(page) == ["heading", "paragraph", "other", "heading", "item", "paragraph"]
    assert [block.section for block in page.blocks] == ["", "One", "One", "One", "Two", "Two"]
    assert [block.ordinal for block in page.blocks] == list(range(6))


def test_text_beside_blocks_is_a_block_on_either_side() -> None:
    assert texts(read("<li>before <ul><li>inside</ul> after</li>")) == ["before", "inside", "after"]


def test_white_space_is_folded_and_nothing_is_inserted() -> None:
    page = read("<p>\n a<b>b</b> \u00a0 <i> c</i><br>d <!-- x --> e<script>f</script>\n</p>")
    assert texts(page) == ["ab cd e"]


@pytest.mark.parametrize(
    ("markup", "kind"),
    [
        ("<pre><code>x</code></pre>", "code"),
        ("<pre><p>x</p></pre>", "code"),
        ("<blockquote><p>x</p></blockquote>", "quote"),
        ("<blockquote><ul><li>x</ul></blockquote>", "quote"),
        ("<blockquote><h2>x</h2></blockquote>", "heading"),
        ("<h2><div>x</div></h2>", "heading"),
        ("<table><tr><td>x</table>", "cell"),
        ("<table><tr><th><div>x</div></table>", "cell"),
        ("<dl><dt>x</dl>", "item"),
        ("<div><button>x</button></div>", "button"),
        ("<p>x</p>", "paragraph"),
        ("<section>x</section>", "other"),
    ],
)
def test_a_block_has_the_kind_of_what_it_stands_in(markup: str, kind: str) -> None:
    assert kinds(read(markup)) == [kind]


def test_running_text_has_eight_words_outside_its_links() -> None:
    long = "one two three four five six seven"
    assert not read(f"<p>{long} <a href=/a>eight</a></p>").blocks[0].prose
    assert read(f"<p>{long} eight <a href=/a>nine</a></p>").blocks[0].prose
    assert not read(f"<p>{long} eight <a href=/a>{long} eight {long}</a></p>").blocks[0].prose
    assert not read(f"<h2>{long} eight</h2>").blocks[0].prose
    assert not read(f"<pre>{long} eight</pre>").blocks[0].prose


def test_a_block_counts_its_words_and_those_in_links() -> None:
    (block,) = read("<p>Read <a href=/a>all of it</a> or <a href=//x.example>go</a>.</p>").blocks
    assert (block.text, block.words, block.linked) == ("Read all of it or go.", 6, 4)


def test_inline_spans_are_found_in_the_folded_text() -> None:
    page = read(
        "<p> See  <a href='https://other.example/'> the\n<b>docs</b> </a>, "
        "<code>run()</code>, <q>so</q> or <label>tick</label><a name=x>no</a></p>"
    )
    (block,) = page.blocks
    assert block.text == "See the docs , run(), so or tickno"
    found = {span[0]: span[1:].split("-") for span in block.spans.split()}
    marked = {code: block.text[int(start) : int(end)] for code, (start, end) in found.items()}
    assert marked == {"a": "the docs", "c": "run()", "q": "so", "b": "tick"}


def test_the_same_slot_has_the_same_path_on_every_page() -> None:
    one = read("<div class='post-12 entry wide'><p class='p3'><a href=/a>x</a></div>")
    two = read("<div class='post-99 entry'><p></p><p><a href=/b>y</a></div>")
    assert one.links[0].css_path == two.links[0].css_path == "body>div.entry>p>a"


def test_a_class_cannot_pass_for_another_step() -> None:
    page = read("<body class=home><div class='[&>nav]:mt-4 x>nav plain'><a href=/a>x</a></div>")
    assert page.links[0].css_path == "body>div.plain>a"


def test_a_landmark_role_is_part_of_the_path() -> None:
    assert read("<div role=Navigation><a href=/a>x</a></div>").links[0].css_path == (
        "body>div[role=navigation]>a"
    )


# --- Links ----------------------------------------------------------------------------------


def test_only_links_to_other_pages_of_the_site_are_kept() -> None:
    page = read(
        "<a href=/a>a</a><a href=https://other.example/>b</a><a href=#x>c</a><a href=page#x>d</a>"
        "<a href='mailto:x@y.z'>e</a><a href='//www.example.com/f#g'>f</a><a href=page>self</a>"
        "<a href=http://www.example.com/h>h</a><a href=''>i</a><a>j</a><a href='http://['>k</a>"
    )
    assert [(link.ordinal, link.target, link.anchor) for link in page.links] == [
        (0, "https://www.example.com/a", "a"),
        (1, "https://www.example.com/f", "f"),
        (2, URL, "self"),
        (3, "http://www.example.com/h", "h"),
    ]


def test_relative_links_follow_the_base() -> None:
    page = read("<base href='/elsewhere/'><a href=a>a</a>")
    assert page.links[0].target == "https://www.example.com/elsewhere/a"


def test_the_anchor_of_an_image_is_its_alt_text() -> None:
    page = read(
        "<p>Text <a href=/a rel='UGC  NoFollow'><img alt=' A  cat '></a></p>"
        "<div><a href=/b><img></a></div><p><a href=/c><img alt=no>words</a></p>"
    )
    first, second, third = page.links
    assert (first.anchor, first.image, first.block, first.start) == ("A cat", True, 0, -1)
    assert first.rel == "nofollow ugc"
    assert (second.anchor, second.image, second.block) == ("", True, -1)
    assert (third.anchor, third.image, third.start) == ("words", False, 0)


def test_a_link_around_blocks_has_no_place_in_one_text() -> None:
    (link,) = read("<a href=/a><h3>Title</h3><p>More</p></a>").links
    assert (link.anchor, link.block, link.start) == ("Title More", 0, -1)


def test_the_links_of_a_nofollow_page_are_nofollow() -> None:
    page = read("<meta name=robots content=nofollow><a href=/a>a</a><a href=/b rel=ugc>b</a>")
    assert [link.rel for link in page.links] == ["nofollow", "nofollow ugc"]


# --- Selectors ------------------------------------------------------------------------------


def test_selectors_mark_what_is_content_and_what_never_is() -> None:
    markup = "<p>out</p><main><p>in</p><div class=box><p>box <a href=/a>x</a></p></div></main>"
    page = read(markup, content="main", exclude=(".box",))
    assert [block.mark for block in page.blocks] == [EXCLUDED, "content", EXCLUDED]
    assert page.links[0].mark == EXCLUDED
    assert [block.mark for block in read(markup, exclude=(".box",)).blocks] == ["", "", EXCLUDED]


def test_a_page_without_the_content_selector_is_undecided() -> None:
    assert [block.mark for block in read("<p>a</p>", content="main").blocks] == [""]


def test_a_selector_that_is_no_css_is_refused() -> None:
    with pytest.raises(ConfigError, match="is not a CSS selector"):
        ParseRules(site=URL, exclude_selectors=("p[",))


# --- Any markup -----------------------------------------------------------------------------

_TAGS = ("a href=/x", "a href=/y", "b", "code", "span", "q", "button", "p", "div", "li", "em")
_PIECES = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in _TAGS]),
    st.sampled_from([f"</{tag.split()[0]}>" for tag in _TAGS]),
    st.sampled_from([" ", "\n", "&nbsp;", "<br>", "<img alt=pic>", "<!-- -->", "&amp;", "é"]),
    st.text(alphabet="abc \t", min_size=1, max_size=5),
)


@given(st.lists(_PIECES, max_size=40).map("".join))
def test_an_anchor_stands_in_its_block_exactly_at_its_start(markup: str) -> None:
    page = read(markup)
    for link in page.links:
        if link.start >= 0:
            text = page.blocks[link.block].text
            assert text[link.start : link.start + len(link.anchor)] == link.anchor
            assert link.anchor
            assert not link.image
    for block in page.blocks:
        assert block.text == " ".join(block.text.split())
        for span in block.spans.split():
            start, end = map(int, span[1:].split("-"))
            assert 0 <= start < end <= len(block.text)
            assert block.text[start:end].strip() == block.text[start:end]


@given(st.lists(st.sampled_from(["a", "b ", " c", "<b>", "</b>", "<i>"]), max_size=30))
def test_the_text_of_a_paragraph_is_its_text_content(pieces: list[str]) -> None:
    plain = "".join(piece for piece in pieces if "<" not in piece)
    assert " ".join(texts(read(f"<p>{''.join(pieces)}</p>"))) == " ".join(plain.split())


@given(st.binary(max_size=200))
def test_no_bytes_raise(body: bytes) -> None:
    read(body)


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 20_000 + "deep",
        "<a href=/a>" * 5_000,
        "<frameset><frame src=/a></frameset>",
        "<p><table><p><a href=/b>x</table></a></p>",
        "<html><html><body><body></html>text<p></html><p>more",
        "<a href='/x'><a href='/y'>nested</a></a>",
    ],
)
def test_hostile_markup_is_read_as_far_as_it_goes(markup: str) -> None:
    page = read(markup)
    assert all(len(block.css_path) < 2_000 for block in page.blocks)
