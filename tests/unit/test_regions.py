"""Which part of its page a block or link stands in."""

from collections.abc import Callable

import pandas as pd
import pytest

from recommender.ingest.landmarks import landmark_of
from recommender.ingest.parse import ParseRules, parse_page
from recommender.ingest.regions import assign_regions

SITE = "https://www.example.com/"
BLOCK_COLUMNS = "ordinal kind text section prose spans css_path mark".split()
LINK_COLUMNS = "ordinal target anchor image rel block start css_path mark".split()
Frames = tuple[pd.DataFrame, pd.DataFrame]


def read_site(markup: dict[str, str], rules: ParseRules | None = None) -> Frames:
    rules = rules or ParseRules(site=SITE)
    blocks, links = [], []
    for path, text in markup.items():
        page = parse_page(text.encode(), url=SITE + path, headers={}, rules=rules)
        blocks += [(SITE + path, *(getattr(b, c) for c in BLOCK_COLUMNS)) for b in page.blocks]
        links += [(SITE + path, *(getattr(k, c) for c in LINK_COLUMNS)) for k in page.links]
    return (
        pd.DataFrame(blocks, columns=["page", *BLOCK_COLUMNS]).rename(columns={"mark": "region"}),
        pd.DataFrame(links, columns=["source", *LINK_COLUMNS]).rename(columns={"mark": "region"}),
    )


def judged(markup: dict[str, str], rules: ParseRules | None = None) -> Frames:
    return assign_regions(*read_site(markup, rules), template_share=0.2)


def prose(number: int, link: str = "") -> str:
    text = f"Page {number} says one thing that no other page says, see {link} for {number * 7}."
    return f"<p>{text}</p>"


def pages(count: int, body: Callable[[int], str]) -> dict[str, str]:
    return {f"section/page-{n}": f"<body>{body(n)}</body>" for n in range(count)}


def regions(links: pd.DataFrame, anchor: str) -> set[str]:
    return set(links.loc[links["anchor"] == anchor, "region"])


# No class and no landmark of this site says what is what.
def unmarked(n: int) -> str:
    targets = [(n * 5 + k) % 40 for k in (1, 2, 3)]
    box = "".join(f"<h4><a href=/section/page-{k}>box {n}-{k}</a></h4>" for k in targets)
    own = f"<a href=/section/page-{(n + 1) % 40}>own words {n}</a>"
    return f"""
        <div><ul><li><a href=/>Start</a><li><a href=/about>About us</a></ul></div>
        <div><span><a href=/section/>Up</a></span></div>
        <h1>Title {n}</h1>{prose(n, own)}{prose(n + 100)}
        <section>{box}</section>
        <div><p>All rights are reserved by the people who wrote
        <a href=/legal>this</a> site.</p></div>
    """


def test_what_repeats_is_template_whatever_the_markup_calls_it() -> None:
    _, links = judged(pages(40, unmarked))
    assert regions(links, "Start") == {"nav"}
    assert regions(links, "About us") == {"nav"}
    assert regions(links, "this") == {"footer"}
    assert {r for n in range(40) for r in regions(links, f"own words {n}")} == {"content"}


def test_a_rotating_box_is_related_not_content() -> None:
    _, links = judged(pages(40, unmarked))
    boxed = links[links["anchor"].str.startswith("box")]
    assert "content" not in set(boxed["region"])


def test_links_up_the_path_are_a_breadcrumb() -> None:
    _, links = judged(pages(40, unmarked))
    assert regions(links, "Up") == {"breadcrumb"}


def test_blocks_inherit_what_their_links_and_texts_are() -> None:
    blocks, _ = judged(pages(40, unmarked))
    by_text = blocks.set_index("text")["region"]
    assert set(by_text["About us"]) == {"nav"}
    assert by_text["Title 3"] == "content"
    rights = "All rights are reserved by the people who wrote this site."
    assert set(by_text[rights]) == {"footer"}
    assert set(blocks.loc[blocks["text"].str.startswith("Page "), "region"]) == {"content"}


def test_every_row_says_how_sure_and_why() -> None:
    for frame in judged(pages(40, unmarked)):
        assert frame["confidence"].between(0.5, 1).all()
        assert (frame["reason"] != "").all()
    _, links = judged(pages(40, unmarked))
    reason = links.loc[links["anchor"] == "Start", "reason"].iloc[0]
    assert reason == "same path and target on 100 % of pages"


def test_a_popular_target_linked_from_running_text_stays_content() -> None:
    def body(n: int) -> str:
        return prose(n, "<a href=/guide>the guide</a>" if n % 3 == 0 else "<i>it</i>")

    _, links = judged(pages(40, body))
    assert regions(links, "the guide") == {"content"}


def test_a_link_in_the_running_text_of_most_pages_is_template() -> None:
    _, links = judged(pages(40, lambda n: prose(n, "<a href=/login>your account</a>")))
    assert "content" not in regions(links, "your account")


def test_a_footer_is_never_content_even_on_a_site_of_two_pages() -> None:
    def body(n: int) -> str:
        own, legal = prose(n, "<a href=/x>x</a>"), prose(n + 9, "<a href=/y>y</a>")
        return f"<main>{own}</main><footer>{legal}</footer>"

    _, links = judged(pages(2, body))
    assert regions(links, "x") == {"content"}
    assert regions(links, "y") == {"footer"}


def test_an_aside_of_running_text_is_content_where_pages_can_be_compared() -> None:
    def body(n: int) -> str:
        aside, nav = prose(n, f"<a href=/t{n}>t{n}</a>"), prose(n + 50, f"<a href=/n{n}>n{n}</a>")
        return f"<aside>{aside}</aside><nav>{nav}</nav>"

    _, links = judged(pages(30, body))
    assert regions(links, "t7") == {"content"}
    assert regions(links, "n7") == {"nav"}
    _, links = judged(pages(10, body))
    assert regions(links, "t7") == {"sidebar"}


def test_lists_of_a_manual_are_content() -> None:
    def body(n: int) -> str:
        targets = [n * 7 + k for k in range(n % 7)]
        items = "".join(f"<li><a href=/section/page-{k}>entry {k}</a>" for k in targets)
        return f"<h1>Chapter {n}</h1><ul>{items}</ul>{prose(n)}"

    _, links = judged(pages(40, body))
    assert set(links["region"]) == {"content"}


def test_selectors_outrank_detection() -> None:
    rules = ParseRules(site=SITE, content_selector=".text", exclude_selectors=(".promo",))

    def body(n: int) -> str:
        return (
            "<div class=text><a href=/everywhere>everywhere</a>"
            f"<div class=promo>{prose(n, f'<a href=/p{n}>promo</a>')}</div></div>"
            f"{prose(n + 50, f'<a href=/o{n}>outside</a>')}"
        )

    _, links = judged(pages(30, body), rules)
    assert regions(links, "everywhere") == {"content"}
    assert "content" not in regions(links, "promo") | regions(links, "outside")
    assert (links["confidence"] == 1).all()


def test_duplicates_of_a_page_do_not_make_its_content_a_template() -> None:
    markup = pages(20, lambda n: prose(n, f"<a href=/t{n}>target {n}</a>"))
    copies = {f"section/page-3?sort={k}": markup["section/page-3"] for k in range(9)}
    blocks, links = read_site(markup | copies)
    own = {SITE + path for path in markup}
    _, all_compared = assign_regions(blocks, links, template_share=0.2)
    _, own_compared = assign_regions(blocks, links, template_share=0.2, compared=own)
    assert regions(all_compared, "target 3") != {"content"}
    assert regions(own_compared, "target 3") == {"content"}


@pytest.mark.parametrize(
    "markup", [{}, {"a": ""}, {"a": "<p>x</p>"}, {"a": "<a href=/b><img></a>"}]
)
def test_hardly_anything_is_judged_too(markup: dict[str, str]) -> None:
    blocks, links = judged(markup)
    assert len(blocks) + len(links) <= 1
    assert set(blocks["region"]) | set(links["region"]) <= {"content"}


@pytest.mark.parametrize(
    ("path", "region"),
    [
        ("body>nav.menu>a", "nav"),
        ("body>header>nav>a", "nav"),
        ("body>footer.site>nav>a", "footer"),
        ("body>div[role=contentinfo]>a", "footer"),
        ("body>main>aside>p>a", "sidebar"),
        ("body>main>article>header>a", ""),
        ("body>article>footer.meta>a", ""),
        ("body>div.nav>a", ""),
        ("", ""),
    ],
)
def test_the_outermost_landmark_names_the_region(path: str, region: str) -> None:
    assert landmark_of(path) == region
