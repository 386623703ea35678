"""The writers' rules on generated sites, held against the HTML that was given, not what was read.

Pages name each other wherever a page can: in headings, code, links, quotations, buttons, menus, in
pieces of markup, beside every kind of punctuation, in several languages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from hypothesis import event, given, settings
from hypothesis import strategies as st

from recommender.allocate.plan import allocate
from recommender.allocate.value import Budgets
from recommender.models import Kind, Recommendation, TargetCase
from recommender.passes.choose import as_edit, edits_for
from recommender.passes.study import read_site, study
from tests.page_check import Page, faults_of_all, faults_together
from tests.parsed_site import ROOT, at_work, crawled

TITLES = (
    "Water Mill",
    "Water Mill",  # twins
    "Oak Bridge",
    "Mill",
    "Read More",
    "Of the And",
    "Łódź Café",
    "Grüne Straße",
    "Moulin à Eau",
    "El Niño",
    "水車小屋",
    "Node.js",
    "C++ Basics",
    "The Long and Winding Road of the Stone Ledger Clerk in Harbour",
    "O’Brien’s Well",
    "¿Qué es Café?",
    "“Quoted Lamp”",
)
MARKS = (
    *["{}"] * 10,
    "<em>{}</em>",
    "<strong><em>{}</em></strong>",
    "<b>{}</b>s",
    "(<i>{}</i>),",
    "“{}”",
    "„{}“",
    "«&nbsp;{}&nbsp;»",
    "‹{}›",
    "‘{}’s",
    "「{}」",
    "—{}—",
    "{}…",
    "¡{}!",
    "[{}]",
    "<code>{}</code>",
    "<kbd>{}</kbd>",
    "<code><b>{}</b></code>",
    "<q>{}</q>",
    '<a href="/p1">{}</a>',
    '<a href="/p0">see <b>{}</b></a>',
    '<a href="/p2">here</a> {}',
    "<button>{}</button>",
    "<span>{}<br>{}</span>",
    "<sup>1</sup>{}",
)
HOLDERS = (
    *["<p>{}</p>"] * 8,
    "<ul><li>{}</li></ul>",
    "<dl><dt>Term</dt><dd>{}</dd></dl>",
    "<table><tr><td>{}</td></tr></table>",
    "<div>{}</div>",
    "<div>{}<p>{}</p></div>",
    "<h2>{}</h2>",
    "<h3><span>{}</span></h3>",
    "<pre>{}</pre>",
    "<blockquote><p>{}</p></blockquote>",
    "<nav><p>{}</p></nav>",
    "<aside><p>{}</p></aside>",
    "<footer><p>{}</p></footer>",
    "<header><p>{}</p></header>",
    "<figure><figcaption>{}</figcaption></figure>",
    "<details><summary>{}</summary><p>{}</p></details>",
    "<button>{}</button>",
    "<label>{}</label>",
    "<template><p>{}</p></template>",
)
WORDS = (
    "mill wheel river oak stone harbour lamp oil clerk valley der die und le la de el que the of "
    "and here click more page 1702 well-known user’s Straße café 水車 川"
).split()
ENDS = st.sampled_from([". ", ", ", "; ", ": ", "! ", " – ", "… ", "。", " "])
WIDE = Budgets(
    targets_per_week=99,
    edits_per_week=999,
    sentences_per_week=99,
    links_per_target=9,
    links_per_source=9,
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Some sentences in which titles stand, plain and marked up."""
    parts = []
    for _ in range(draw(st.integers(1, 5))):
        before = " ".join(draw(st.lists(st.sampled_from(WORDS), min_size=2, max_size=7)))
        title = draw(st.sampled_from(TITLES))
        named = draw(st.sampled_from(MARKS)).replace(
            "{}", draw(st.sampled_from([title, title.lower()]))
        )
        after = " ".join(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=7)))
        parts.append(f"We know {before} {named} {after}{draw(ENDS)}")
    return "".join(parts)


@st.composite
def sites(draw: st.DrawFn) -> dict[str, str]:
    """A site of three to seven pages, path -> HTML."""
    chosen = draw(
        st.lists(st.sampled_from(range(len(TITLES))), min_size=3, max_size=7, unique=True)
    )
    site = {}
    for number, title in enumerate(TITLES[place] for place in chosen):
        holders = draw(st.lists(st.sampled_from(HOLDERS), min_size=2, max_size=6))
        body = "".join(holder.replace("{}", draw(texts())) for holder in holders)
        language = draw(st.sampled_from(["en", "en", "en", "de", "fr", "es", ""]))
        site[f"/p{number}"] = (
            f'<html lang="{language}"><head><title>{title}</title></head><body>'
            f"<main><h1>{title}</h1>{body}</main></body></html>"
        )
    return site


def edits_of(site: Mapping[str, str]) -> list[Recommendation]:
    """Return all edits for all pages as targets, however weak, each once."""
    work = at_work(crawled(site), recommend={"min_score": 0.0})
    known = study(work, read_site(work), np.random.default_rng(1))
    corpus = known.reading.corpus
    cases = [
        TargetCase(url=url, title=title, need=1.0, need_basis="", demand=None)
        for url, title in zip(corpus.pages, corpus.titles, strict=True)
    ]
    return list({edit.id: edit for edit in edits_for(work, known, cases)}.values())


def pages_of(site: Mapping[str, str]) -> dict[str, Page]:
    """Return the pages; where nearly all link one, at one kind of place, that may be a menu."""
    pages = {ROOT + path: Page(ROOT + path, html.encode()) for path, html in site.items()}
    linked = Counter(to for page in pages.values() for to in {to for to, _ in page.content_links})
    menu = frozenset(to for to, count in linked.items() if count >= max(2, len(site) / 3))
    return {url: replace(page, menu=menu) for url, page in pages.items()}


@settings(max_examples=25)
@given(sites())
def test_no_edit_breaks_a_writers_rule_on_the_page_as_it_stands(site: dict[str, str]) -> None:
    edits = edits_of(site)
    pages = pages_of(site)
    event(f"edits that wrap words: {min(9, sum(e.kind is Kind.ADD for e in edits))}")
    assert faults_of_all(edits, pages, str) == []
    chosen = {*allocate([*map(as_edit, edits)], WIDE, np.random.default_rng(1)).chosen}
    assert faults_together([edit for edit in edits if edit.id in chosen]) == []
