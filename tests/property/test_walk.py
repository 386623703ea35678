"""The fast walk gives what the plain one gives, whatever the markup and whatever it remembers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.ingest.memory import SiteMemory
from recommender.ingest.parse import ParseRules, parse_page
from tests.slow_walk import read_slowly

SITE = "https://www.example.com/"
PAGES = (SITE + "a/one", SITE + "a/two", SITE + "b/", SITE + "b/x?y=/z")

_OPENED = (
    *("p", "div", "li", "ul", "td", "tr", "table", "h2", "pre", "blockquote", "section class=x"),
    *("a href=/a", "a href=b", "a href='#top'", "a href='one#part'", "a href='?q'", "a href", "a"),
    *(
        "a href='' rel='Next UGC'",
        "a href=https://other.example/",
        "a href='http:x'",
        "nav role=main",
    ),
    *("b", "code", "q", "span class='p1 wide'", "button", "label", "em", "x-y class=z"),
    *("svg", "math", "script", "style", "noscript", "template", "iframe", "textarea", "xmp"),
    *("frameset", "select", "option", "form", "object", "plaintext", "body", "html", "title"),
)
_PIECES = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in _OPENED]),
    st.sampled_from([f"</{tag.split()[0]}>" for tag in _OPENED]),
    st.sampled_from(
        [" ", "\n", "&nbsp;", "<br>", "<img alt='a  pic'>", "<!-- <p> -->", "&amp;lt;"]
    ),
    st.sampled_from(
        ['<p title="a>b">', "<p class='>'>", "&#x85;", "\u00a0", "\x0c", "<?x?>", "</ >"]
    ),
    st.text(alphabet="ab \t", min_size=1, max_size=5),
)
MARKUP = st.lists(_PIECES, max_size=30).map("".join)


def assert_agrees(markup: str, url: str, memory: SiteMemory | None) -> None:
    page = parse_page(
        markup.encode(), url=url, headers={}, rules=ParseRules(site=SITE), memory=memory
    )
    assert (page.blocks, page.links) == read_slowly(markup, url)


@given(MARKUP)
def test_the_fast_walk_agrees_with_the_plain_one(markup: str) -> None:
    assert_agrees(markup, PAGES[0], None)


@given(
    st.lists(MARKUP, min_size=1, max_size=3),
    st.lists(
        st.tuples(st.sampled_from(PAGES), st.lists(st.integers(0, 2), max_size=4)), max_size=8
    ),
)
def test_parts_seen_before_are_read_as_if_for_the_first_time(
    parts: list[str], pages: list[tuple[str, list[int]]]
) -> None:
    memory = SiteMemory()
    for url, chosen in pages:
        inside = [f"<div>{parts[part % len(parts)]}</div>" for part in chosen]
        assert_agrees(f"<header>{parts[0]}</header>{''.join(inside)}", url, memory)


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 10_000 + "deep",
        "<div>" * 30_000 + "deeper",
        "<code>" * 500 + "<p>x" * 50,
        f"<p title='{'x' * 1_000_000}'>text",
        f"<a href='/{'x' * 1_000_000}'>text</a>",
        "<a href=/x>one<a href=/y>two<table><a href=/z>three</table>four",
        "<frameset><frame src=/a><noframes>words</noframes></frameset>",
        "<pre>\n\nx</pre><pre>\nx</pre>",
        "<math><xmp>&lt;mi>x</xmp></math><math><xmp><mi>x</mi></xmp></math>",
        "<p>a<script>no</script>b<!-- c -->d<svg><text>no</text></svg></p>",
    ],
)
def test_both_walks_read_nasty_markup_alike(markup: str) -> None:
    memory = SiteMemory()
    for url in PAGES:
        assert_agrees(markup, url, memory)
