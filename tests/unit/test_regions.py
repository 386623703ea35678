"""Which part of its page a block or link stands in."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from recommender.frames import BLOCK_EVIDENCE, LINK_EVIDENCE, checked
from recommender.ingest.landmarks import is_byline, landmark_of
from recommender.ingest.parse import ParseRules, parse_page
from recommender.ingest.regions import judge_regions
from recommender.ingest.verdicts import VERDICTS

SITE = "https://www.example.com/"
BLOCK_COLUMNS = "ordinal kind css_path text prose words linked mark".split()
LINK_COLUMNS = "ordinal target anchor css_path block mark".split()
Frames = tuple[pd.DataFrame, pd.DataFrame]


def read_site(markup: dict[str, str], rules: ParseRules | None = None) -> Frames:
    rules = rules or ParseRules(site=SITE)
    blocks, links = [], []
    for path, text in sorted(markup.items()):
        page = parse_page(text.encode(), url=SITE + path, headers={}, rules=rules)
        blocks += [(SITE + path, *(getattr(b, c) for c in BLOCK_COLUMNS)) for b in page.blocks]
        links += [(SITE + path, *(getattr(k, c) for c in LINK_COLUMNS)) for k in page.links]
    return (
        pd.DataFrame(blocks, columns=["page", *BLOCK_COLUMNS]),
        pd.DataFrame(links, columns=["source", *LINK_COLUMNS]),
    )


def judged(
    markup: dict[str, str],
    rules: ParseRules | None = None,
    compared: set[str] | None = None,
    fresh: set[str] | None = None,
) -> Frames:
    blocks, links = read_site(markup, rules)
    hashes = pd.util.hash_array(blocks["text"].to_numpy(dtype=object))
    of_blocks, of_links = judge_regions(
        BLOCK_EVIDENCE.coerced(blocks.assign(text_hash=hashes)),
        LINK_EVIDENCE.coerced(links),
        template_share=0.2,
        compared=compared,
        fresh=fresh,
    )
    checked(of_blocks, VERDICTS)
    checked(of_links, VERDICTS)
    return blocks.join(of_blocks.astype({"region": object})), links.join(
        of_links.astype({"region": object})
    )


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
    assert set(boxed["region"]) == {"related"}
    assert set(boxed["reason"]) == {"a slot with 3 links on nearly every page that has it"}


def test_a_short_list_of_one_length_on_ten_pages_is_a_box() -> None:
    def body(n: int) -> str:
        listed = (n % 9, (n + 1) % 9) if n < 12 else ()
        items = "".join(f"<li><a href=/page-{20 + k}>pick {k}</a></li>" for k in listed)
        return f"<h1>Page {n}</h1>{prose(n)}{prose(n + 500)}" + (items and f"<ul>{items}</ul>")

    _, links = judged(pages(40, body))
    boxed = links[links["anchor"].str.startswith("pick")]
    assert set(boxed["region"]) == {"related"}
    assert set(boxed["reason"]) == {"a slot with 2 links on nearly every page that has it"}


def test_a_listing_is_related_by_its_texts_and_by_its_targets() -> None:
    def body(n: int) -> str:
        if n % 3:
            return f"<h1>Post {n}</h1>{prose(n)}{prose(n + 500)}"
        cards = ""
        for k in range(n // 3, n // 3 + 3 + n % 4):
            cards += f"<div class=card><div><a href=/post-{k}><img></a></div>"
            cards += f"<b><a href=/post-{k}>Post {k}</a></b>"
            cards += f"<i>Posted in <a href=/topic-{k}>topic {k}</a> on some day</i></div>"
        return f"<h1>Archive {n}</h1><section>{cards}</section>"

    blocks, links = judged(pages(90, body))
    pictures = links[links["anchor"] == ""]
    assert set(pictures["region"]) == {"related"}
    assert set(pictures["reason"]) == {"a slot whose targets stand on several pages each"}
    texts = links[links["anchor"].str.startswith("topic")]
    assert set(texts["region"]) == {"related"}
    assert set(texts["reason"]) == {"in a slot whose texts stand on several pages each"}
    in_card = blocks["css_path"].str.contains("card")
    assert set(blocks.loc[in_card, "region"]) == {"related"}
    why = "a slot whose texts stand on several pages each"
    assert why in set(blocks.loc[in_card, "reason"])
    assert set(blocks.loc[~in_card, "region"]) == {"content"}


def test_a_link_to_its_own_page_is_no_content() -> None:
    markup = {f"p-{n}": f"<h1><a href=/p-{n}>Title {n}</a></h1>{prose(n)}" for n in range(3)} | {
        f"section/page-{n}": prose(n + 50) for n in range(30)
    }
    _, links = judged(markup)
    assert set(links["region"]) == {"nav"}
    assert set(links["reason"]) == {"leads to its own page"}


def test_links_up_the_path_are_a_breadcrumb() -> None:
    _, links = judged(pages(40, unmarked))
    assert regions(links, "Up") == {"breadcrumb"}


def test_a_breadcrumb_is_known_on_a_single_page() -> None:
    crumbs = "<div><span><a href=/>Start</a></span><span><a href=/a/b/>B</a></span></div>"
    _, links = judged({"a/b/c": f"<h1>C</h1>{crumbs}{prose(1)}{prose(2)}"})
    assert set(links["region"]) == {"breadcrumb"}


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
        return f"<h1>Chapter {n}</h1>{prose(n)}<ul>{items}</ul>{prose(n + 90)}"

    _, links = judged(pages(40, body))
    assert set(links["region"]) == {"content"}


def test_selectors_outrank_detection() -> None:
    rules = ParseRules(site=SITE, content_selector=".text", exclude_selectors=(".promo",))

    def body(n: int) -> str:
        return (
            "<div class=text><a href=/everywhere>everywhere</a>"
            f"<div class=promo>{prose(n, f'<a href=/p{n}>promo {n}</a>')}</div></div>"
            f"{prose(n + 50, f'<a href=/o{n}>outside {n}</a>')}"
        )

    _, links = judged(pages(30, body), rules)
    assert regions(links, "everywhere") == {"content"}
    assert "content" not in regions(links, "promo 7") | regions(links, "outside 7")
    assert (links["confidence"] == 1).all()


def test_duplicates_of_a_page_do_not_make_its_content_a_template() -> None:
    markup = pages(20, lambda n: prose(n, f"<a href=/t{n}>target {n}</a>"))
    copies = {f"section/page-3?sort={k}": markup["section/page-3"] for k in range(9)}
    own = {SITE + path for path in markup}
    _, all_compared = judged(markup | copies)
    _, own_compared = judged(markup | copies, compared=own)
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


# --- Templates ------------------------------------------------------------------------------


def two_templates(n: int) -> str:
    own = f"<h1>Title {n}</h1>{prose(n, f'<a href=/own-{n}>own {n}</a>')}"
    if n % 10:
        return f"<main><div class=post>{own}<ul class=notes><li>Note {n}</ul></div></main>"
    question = f"<dl class=ask><dt>Question {n}<dd>Answer {n}</dl>"
    return (
        f"<main><div class=faq>{own}{question}<em class=all><a href=/faq>All</a></em></div></main>"
    )


def test_a_box_of_one_template_is_found_though_few_pages_of_the_site_have_it() -> None:
    _, links = judged(pages(200, two_templates))
    assert len(links[links["anchor"] == "All"]) == 20  # a tenth of the pages
    assert "content" not in regions(links, "All")
    reason = links.loc[links["anchor"] == "All", "reason"].iloc[0]
    assert reason == "same path and target on 100 % of pages of this template"
    assert {r for n in range(200) for r in regions(links, f"own {n}")} == {"content"}


def test_what_authors_of_one_template_often_link_in_their_lists_stays_content() -> None:
    def body(n: int) -> str:
        if n % 4:
            return f"<p class=plain>{prose(n)}</p>"
        item = "The <a href=/often>tool</a> works." if n % 8 else "Nothing."
        written = prose(n, f"<a href=/own-{n}>own {n}</a>").replace("p>", "li>")
        return f"<div class=release><h2>Notes {n}</h2><ul>{written}<li>{item}</ul></div>"

    _, links = judged(pages(160, body))
    assert len(links[links["anchor"] == "tool"]) == 20  # half of the pages of its template
    assert regions(links, "tool") == {"content"}


def test_a_new_part_of_the_template_is_known_from_the_pages_just_read() -> None:
    def body(n: int) -> str:
        new = "<p><a href=/new>New here</a></p>" if n % 7 == 0 else ""
        own = "".join(f"<p>Line {n} {k} <b>of</b> it.</p>" for k in range(n % 3))
        return f"<main>{prose(n)}{own}</main><div>{new}</div>"

    markup = pages(154, body)
    read = {SITE + f"section/page-{n}" for n in range(0, 154, 7)}
    _, unaware = judged(markup, compared={*read, *(SITE + path for path in markup)})
    _, aware = judged(markup, fresh=read)
    said = aware.loc[aware["anchor"] == "New here", "reason"]
    assert set(said) == {"same path and target on 100 % of pages"}
    assert set(said) != set(unaware.loc[unaware["anchor"] == "New here", "reason"])


def test_too_few_fresh_pages_prove_nothing() -> None:
    def body(n: int) -> str:
        return f"<main>{prose(n)}{'<a href=/new>New here</a>' if n < 6 else ''}</main>"

    _, links = judged(pages(60, body), fresh={SITE + f"section/page-{n}" for n in range(6)})
    assert "same path and target on 100 % of pages" not in set(links["reason"])


# --- Slots ----------------------------------------------------------------------------------


TAGS = "h2 h3 h4 h5 h6 pre ul ol dl table fieldset form details menu figure blockquote".split()


def signature(n: int, count: int) -> str:
    return "".join(
        f"<dl class=sig><dt>part_{n}_{k} <a href=/source/{n}-{k}>[code]</a></dl>"
        for k in range(count)
    )


def test_a_sign_that_always_says_the_same_is_template_wherever_it_leads() -> None:
    _, links = judged(pages(60, lambda n: prose(n) + (signature(n, n % 3) if n % 6 == 1 else "")))
    assert regions(links, "[code]") == {"nav"}


def test_a_sign_is_known_on_a_single_page_by_its_many_targets() -> None:
    _, links = judged({"a": prose(1) + signature(1, 4) + prose(2)})
    assert regions(links, "[code]") == {"nav"}
    _, links = judged({"a": prose(1) + signature(1, 2) + prose(2)})
    assert regions(links, "[code]") == {"content"}


def test_steps_to_the_next_page_and_back_are_ways_through_the_site() -> None:
    def body(n: int) -> str:
        steps = [k for k in (n - 1, n + 1) if 0 <= k < 60]
        links = "".join(f"<b><a href=/section/page-{k}>Title {k}</a></b>" for k in steps)
        return f"<article><h1>Title {n}</h1>{prose(n)}<div>{links}</div></article>"

    _, links = judged(pages(60, body))
    assert set(links["region"]) == {"nav"}
    assert set(links["reason"]) == {"one step on or back: its target leads back here"}


def test_a_table_of_facts_with_links_is_its_authors_though_its_targets_repeat() -> None:
    def body(n: int) -> str:
        rows = "".join(
            f"<tr><td>field_{n}_{k} number (refers to <a href=/t-{(n + k) % 5}>type {k + n}</a>)"
            for k in range(2)
        )
        return f"<h1>Table {n}</h1>{prose(n)}<table>{rows}</table>"

    _, links = judged(pages(15, body) | {f"other/{n}": prose(n + 500) for n in range(80)})
    assert set(links["region"]) == {"content"}


def test_the_few_odd_links_of_a_templates_slot_belong_to_it() -> None:
    def body(n: int) -> str:
        odd = f"<p><a href=/odd-{n}>odd {n}</a></p>" if n < 6 else ""
        unlike = (f"<{tag}>{tag} {n}</{tag}>" for k, tag in enumerate(TAGS) if n * (k + 3) % 13 < 5)
        bar = f"<div class=bar><p><a href=/a>usual</a></p>{odd}</div>"
        return f"<h1>T {n}</h1>{bar}{prose(n)}{''.join(unlike)}"

    _, links = judged(pages(60, body))
    odd = links[links["anchor"].str.startswith("odd")]
    assert "content" not in set(odd["region"])
    assert "a slot of the template: nearly all of its links repeat" in set(odd["reason"])


def test_a_target_that_a_rare_slot_always_has_is_template() -> None:
    def body(n: int) -> str:
        box = f"<h4>More {n}</h4><em><a href=/shop>buy {n}</a></em>" if n % 27 == 0 else ""
        return f"<h1>T {n}</h1>{prose(n)}{box}"

    _, links = judged(pages(160, body))
    assert set(links["region"]) == {"related"}
    assert set(links["reason"]) == {"same target on 100 % of the pages that have this slot"}


def test_a_row_of_languages_is_no_running_text() -> None:
    def body(n: int) -> str:
        row = " | ".join(f"<a href=/{k}/page-{n}>{k}</a>" for k in "de en fr ja ko".split())
        return f"{prose(n)}<p class=row>Read this page in another language: {row}</p>"

    blocks, links = judged(pages(40, body))
    assert blocks.loc[blocks["css_path"].str.endswith("row"), "prose"].all()
    assert "content" not in regions(links, "fr")


# --- Lists ----------------------------------------------------------------------------------


def entries(count: int, name: str = "entry", tag: str = "li") -> str:
    return "".join(
        f"<{tag}><a href=/{name}/{k}-x{k * 7}>{name} {k}</a></{tag}>" for k in range(count)
    )


def test_a_page_of_hardly_anything_but_links_is_a_hub() -> None:
    hubs = {
        f"hub-{n}": f"<h1>All</h1>{prose(99 + n)}<ul>{entries(12, f'x{n}')}</ul>" for n in (0, 1)
    }
    _, links = judged(pages(40, prose) | hubs)
    assert set(links["region"]) == {"nav"}
    alone = judged({"hub": f"<h1>All</h1>{prose(99)}<ul>{entries(12)}</ul>"})[1]
    assert set(alone["region"]) == {"nav"}


def test_a_short_list_in_a_slot_of_one_page_alone_is_made_by_hand() -> None:
    def hub(count: int, text: str) -> set[str]:
        page = f"<h1>Home</h1>{text}<div class=tiles>{entries(count, tag='p')}</div>"
        _, links = judged(pages(40, lambda n: prose(n, f"<a href=/t/{n}>{n}</a>")) | {"": page})
        return set(links.loc[links["source"] == SITE, "region"])

    assert hub(12, prose(99)) == {"content"}
    assert hub(40, prose(99)) == {"nav"}
    assert hub(12, "") == {"nav"}


def test_the_short_list_that_closes_a_text_is_its_authors() -> None:
    sites = pages(40, prose) | {"text": f"{prose(99)}{prose(98)}<ul>{entries(5)}</ul>"}
    _, links = judged(sites)
    assert set(links["region"]) == {"content"}


def test_a_long_run_of_bare_links_is_an_index_though_the_page_has_text() -> None:
    text = "".join(prose(n) for n in range(100, 200))
    index = judged({"a": f"<main>{text}<ul>{entries(40)}</ul></main>"})[1]
    assert set(index["region"]) == {"nav"}
    between = "".join(f"{entries(4, f'part-{n}', 'p')}{prose(n)}" for n in range(10))
    spread_out = judged({"a": f"<main>{text}{between}</main>"})[1]
    assert set(spread_out["region"]) == {"content"}


def test_a_list_of_the_pages_below_is_a_table_of_contents() -> None:
    def list_of(folder: str) -> str:
        return "".join(f"<li><a href={folder}/{k}>Part {k}</a>" for k in range(5))

    text = "".join(prose(n) for n in range(90, 99))
    sites = pages(40, prose)
    sites |= {
        "book/": f"{text}<ul>{list_of('/book')}</ul>",
        "x/": f"{text}<ul>{list_of('/y')}</ul>",
    }
    _, links = judged(sites)
    of_pages = links.groupby("source")["region"].unique().map(set)
    assert of_pages[SITE + "book/"] == {"nav"}
    assert of_pages[SITE + "x/"] == {"content"}


def test_links_to_the_pages_below_that_headings_part_are_no_list() -> None:
    def parts(heading: str) -> str:
        links = (f"{heading}{prose(80 + k)}<p><a href=/book/{k}>Part {k}</a></p>" for k in range(5))
        return "".join(prose(n) for n in range(90, 99)) + "".join(links)

    for heading, region in (("<h2>Then</h2>", "content"), ("", "nav")):
        _, links = judged(pages(40, prose) | {"book/": parts(heading)})
        assert set(links["region"]) == {region}


def test_a_list_whose_pages_lead_back_up_is_a_table_of_contents() -> None:
    def body(n: int) -> str:
        chapter = n - n % 6
        if n == chapter:
            text = "".join(prose(1000 + 9 * n + k) for k in range(9))
            parts = "".join(
                f"<dt><a href=/section/page-{n + k}>Part {n + k}</a>" for k in range(1, 6)
            )
            return f"{prose(n)}{text}<dl>{parts}</dl>"
        return f"<table><tr><td><a href=/section/page-{chapter}>Up</a></table>{prose(n)}"

    _, links = judged(pages(60, body))
    parts = links[links["anchor"].str.startswith("Part")]
    assert set(parts["region"]) == {"nav"}
    assert set(parts["reason"]) == {"a list of 5 pages that lead back here"}


def test_a_table_that_says_something_of_pages_that_lead_back_is_its_authors() -> None:
    def body(n: int) -> str:
        chapter = n - n % 6
        if n == chapter:
            text = "".join(prose(1000 + 9 * n + k) for k in range(9))
            parts = "".join(
                f"<tr><td><a href=/section/page-{n + k}>Part {n + k}</a><td>does {n} and {k}"
                for k in range(1, 6)
            )
            return f"{prose(n)}{text}<table class=facts>{parts}</table>"
        return f"<table><tr><td><a href=/section/page-{chapter}>Up</a></table>{prose(n)}"

    _, links = judged(pages(60, body))
    assert set(links.loc[links["anchor"].str.startswith("Part"), "region"]) == {"content"}


def test_few_links_over_the_texts_column_are_no_content() -> None:
    text = "".join(prose(n) for n in range(90, 95))
    top = "<div class=top><b><a href=/x>x</a></b> <b><a href=/y>y</a></b></div>"
    _, links = judged(pages(40, prose) | {"text": f"{top}<main>{text}</main>"})
    assert set(links["region"]) == {"nav"}
    _, links = judged(pages(40, prose) | {"text": f"<main>{top}{text}</main>"})
    assert set(links["region"]) == {"content"}


def test_headings_that_are_links_are_cards() -> None:
    def card(n: int) -> str:
        return f"<h3><a href=/post-{n}>Post {n}</a></h3>{prose(n)}"

    _, links = judged({"blog": "<h1>Blog</h1>" + "".join(map(card, range(4)))})
    assert set(links["region"]) == {"related"}
    _, links = judged({"page": "<h1>Page</h1>" + "".join(map(card, range(2)))})
    assert set(links["region"]) == {"content"}


def test_what_an_article_says_of_itself_is_related() -> None:
    markup = (
        "<article><header><h1>Title</h1><span>by <a href=/people/ann>Ann</a></span></header>"
        f"{prose(1, '<a href=/own>own</a>')}<footer><a href=/tags/x>x</a></footer></article>"
    )
    _, links = judged({"a": markup})
    assert regions(links, "Ann") | regions(links, "x") == {"related"}
    assert regions(links, "own") == {"content"}


def test_a_list_that_no_sentence_precedes_is_a_way_or_a_box() -> None:
    box = f"<div class=facts><ul>{entries(5)}</ul></div>"
    text = prose(99, "<a href=/own>own</a>") + prose(98)
    items = text.replace("p>", "li>")
    _, links = judged(pages(40, prose) | {"text": f"<main><h1>T</h1>{box}{text}</main>"})
    boxed = links[links["anchor"].str.startswith("entry")]
    assert set(boxed["region"]) == {"nav"}
    assert set(boxed["reason"]) == {"in a list that stands before the first running text"}
    assert regions(links, "own") == {"content"}
    for author in (f"{prose(97)}{box}{text}", f"<ul>{entries(5)}{items}</ul>"):
        _, links = judged(pages(40, prose) | {"text": f"<main><h1>T</h1>{author}</main>"})
        assert set(links["region"]) == {"content"}


def test_a_box_before_the_text_is_one_on_pages_without_text_too() -> None:
    def body(n: int) -> str:
        box = "".join(f"<b><a href=/box/{n}-{k}>box {n}-{k}</a></b>" for k in range(4 + n % 5))
        own = f"<ul><li><a href=/own/{n}>own {n}</a><li><a href=/o/{n}>own {n}{n}</a></ul>"
        return f"<div class=box>{box}</div>{own if n % 9 == 0 else prose(n)}"

    _, links = judged(pages(40, body))
    boxed = links["anchor"].str.startswith("box")
    assert set(links.loc[boxed, "region"]) == {"nav"}
    assert set(links.loc[~boxed, "region"]) == {"content"}


def test_a_sentence_that_several_editions_of_a_page_share_is_its_authors() -> None:
    def body(n: int) -> str:
        return prose(n % 40) + (prose(99, "<a href=/why>why</a>") if n % 6 == 0 else "")

    _, links = judged(pages(80, body))
    assert set(links["region"]) == {"content"}


def test_a_row_of_many_links_without_a_word_between_is_no_authors() -> None:
    def cloud(count: int) -> str:
        sizes = "small normal big huge".split()
        return "".join(
            f"<span class={sizes[k % 4]}><a href=/tag/{k}>tag {k}</a></span> " for k in range(count)
        )

    text = "".join(prose(n) for n in range(90, 99))
    _, links = judged(pages(40, prose) | {"text": f"{text}<div>{cloud(12)}</div>{prose(99)}"})
    assert set(links["region"]) == {"nav"}
    assert set(links["reason"]) == {"in a row of links without a word between them"}
    _, links = judged(pages(40, prose) | {"text": f"{text}<div>{cloud(6)}</div>{prose(99)}"})
    assert set(links["region"]) == {"content"}


@pytest.mark.parametrize("folder", ["/book", "/elsewhere"])
def test_a_table_that_says_something_of_each_link_is_its_authors(folder: str) -> None:
    def table(count: int, said: str) -> str:
        return "".join(f"<tr><td><a href={folder}/{k}>part {k}</a><td>{said}" for k in range(count))

    def judged_with(count: int, said: str) -> set[str]:
        text = f"{prose(98)}<table>{table(count, said)}</table>{prose(99)}"
        return set(judged(pages(40, prose) | {"book/": text})[1]["region"])

    assert judged_with(12, "does all that") == {"content"}
    assert judged_with(12, "") == {"nav"}
    at_length = "does all that and more than one would think"
    assert judged_with(20, at_length) == {"content"}
    assert judged_with(70, at_length) == {"nav"}  # an index, whatever it says


def test_a_table_that_says_something_does_not_make_a_page_a_hub_nor_belong_to_one() -> None:
    def judged_with(in_table: int, in_list: int) -> dict[str, set[str]]:
        rows = "".join(
            f"<tr><td><a href=/t/{k}>part {k}</a><td>does all that" for k in range(in_table)
        )
        text = f"{prose(98)}<table>{rows}</table>{prose(99)}<ul>{entries(in_list)}</ul>"
        links = judged(pages(40, prose) | {"text": text})[1]
        return links.groupby(links["anchor"].str.split().str[0])["region"].agg(set).to_dict()

    assert judged_with(12, 6) == {"part": {"content"}, "entry": {"content"}}
    assert judged_with(5, 12) == {"part": {"content"}, "entry": {"nav"}}


# --- Copies ---------------------------------------------------------------------------------


def test_a_sentence_that_authors_copy_stays_theirs() -> None:
    copied = "<p>This function is not to be called twice, as <a href=/why>said there</a>.</p>"

    def body(n: int) -> str:
        return prose(n) + prose(n + 200) + (copied if n % 12 == 0 else "")

    blocks, links = judged(pages(120, body))
    assert len(links) == 10
    assert set(links["region"]) == {"content"}
    assert set(links["reason"]) == {"in running text that stands on 10 pages, as its author's does"}
    assert set(blocks["region"]) == {"content"}
    assert blocks["reason"].str.contains("stands on 10 pages").sum() == 10


def test_a_sentence_in_a_slot_of_its_own_is_no_copy() -> None:
    said = "Call us now to hear more of it, or <a href=/offer>read of us</a>."
    promotion = f"<div class=call><p>{said}</p></div>"

    def body(n: int) -> str:
        return prose(n) + prose(n + 200) + (promotion if n % 12 == 0 else "")

    _, links = judged(pages(120, body))
    assert "content" not in set(links["region"])
    assert set(links["reason"]) == {"in a text that stands on 10 pages"}


# --- Places ---------------------------------------------------------------------------------


def columns(n: int) -> str:
    menu = "".join(f"<li><a href=/menu/{k}>Menu {k}</a>" for k in range(6))
    return f"""
        <div class=top><a href=/>Start</a> <a href=/about>About</a></div>
        <div class=middle>
          <div class=left><ul>{menu}</ul></div>
          <div class=right><h1>Title {n}</h1>{prose(n)}{prose(n + 300)}</div>
        </div>
        <div class=end><p><a href=/legal>Legal</a></p></div>
    """


def test_a_column_of_its_own_beside_the_text_is_a_sidebar() -> None:
    _, links = judged(pages(40, columns))
    assert regions(links, "Menu 3") == {"sidebar"}
    assert regions(links, "About") == {"nav"}
    assert regions(links, "Legal") == {"footer"}


def test_on_a_single_page_what_lies_outside_of_the_texts_column_is_no_content() -> None:
    _, links = judged({"a": columns(1)})
    assert "content" not in set(links["region"])


def test_a_page_without_running_text_is_judged_by_what_stands_only_there() -> None:
    def body(n: int) -> str:
        if n % 2:
            return columns(n)
        own = "".join(
            f"<div><a href=/section/page-{n + k}>Title {n + k}</a></div>" for k in (1, 3, 5)
        )
        return columns(n).split("<h1>", maxsplit=1)[0] + f"<h1>All {n}</h1>{own}</div></div>"

    _, links = judged(pages(60, body))
    assert regions(links, "Menu 3") == {"sidebar"}


def test_a_menus_words_do_not_make_a_closing_list_template() -> None:
    def body(n: int) -> str:
        return (
            columns(n)
            .replace("</h1>", f"</h1>{prose(n + 900)}" + "<p>", 1)
            .replace(
                "</div>\n        </div>",
                "<em><a href=/menu/3>Menu 3</a></em></div>\n        </div>"
                if n == 5
                else "</div></div>",
            )
        )

    _, links = judged(pages(40, body))
    closing = links[(links["anchor"] == "Menu 3") & links["css_path"].str.contains("em")]
    assert set(closing["region"]) == {"content"}


def test_verdicts_do_not_depend_on_the_order_of_pages() -> None:
    markup = pages(60, two_templates)
    blocks, links = judged(markup)
    renamed = {f"z{99 - n}": text for n, text in enumerate(markup.values())}
    other_blocks, other_links = judged(renamed)
    for one, other, page in ((blocks, other_blocks, "page"), (links, other_links, "source")):
        assert sorted(one["region"]) == sorted(other["region"])
        assert len(one[page].unique()) == len(other[page].unique())
    assert np.isclose(sorted(links["confidence"]), sorted(other_links["confidence"])).all()


@pytest.mark.parametrize(
    ("path", "claimed"),
    [
        ("body>main>article>header>span>a", True),
        ("body>article.post>footer>a", True),
        ("body>div>address.author>a", True),
        ("body>header>a", False),
        ("body>article>p>a", False),
    ],
)
def test_a_byline_is_told_by_the_markup_of_an_article(path: str, *, claimed: bool) -> None:
    assert is_byline(path) == claimed
