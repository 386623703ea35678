"""Which part of its page each block and link stands in, judged over the whole site.

A link that stands in the same place with the same target or anchor on many pages belongs to the
template, whatever the markup calls it. Landmarks such as ``<nav>`` name the part, and decide where
nothing repeats because the site is small. Running text that stands nowhere else is content.
Rules are asked in the order of their certainty; the first to answer decides (method, section 1).
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from recommender.frames import BLOCK_EVIDENCE, LINK_EVIDENCE
from recommender.ingest.comparison import (
    COMPARABLE_PAGES,
    FEWEST_PAGES,
    Comparison,
    RunningText,
)
from recommender.ingest.evidence import Counts, Evidence, Floats, LinkRows, Mask, read_evidence
from recommender.ingest.layout import Layout, Places, layout_of
from recommender.ingest.link_lists import link_lists
from recommender.ingest.naming import Names, names_of
from recommender.ingest.spread import Spread, mean_by
from recommender.ingest.url_tree import UrlTree
from recommender.ingest.verdicts import BREADCRUMB, CONTENT, NAV, OPEN, RELATED, Verdict

SLOT_SHARE = 0.5  # of the pages that have a slot: one target there on so many is a template's
OVERWHELMING_SHARE = 0.5  # of all pages: from here on even a link in running text is a template's
REPEATED_TARGETS = 0.6  # of the links of a slot: so many have a target that stands on three pages
CONSTANT_SHARE = 0.8  # of the pages that have a slot: so many hold the same number of links
ALWAYS_SHARE = 0.97  # the same for slots of one link
STEADY_SHARE = 0.9  # the same for slots that fewer pages have than make a site comparable
STEADY_PAGES = 10  # pages on which authors do not by chance choose the same number of links
REST_SHARE = 0.8  # of the links of a slot: where so many are the template's, the others are too
WRITTEN_SHARE = 0.05  # of the links of a slot: with so many in running text, authors fill it


def judge_regions(
    blocks: pd.DataFrame,
    links: pd.DataFrame,
    *,
    template_share: float,
    compared: Collection[str] | None = None,
    fresh: Collection[str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return VERDICTS on BLOCK_EVIDENCE and on LINK_EVIDENCE, both by page in document order.

    ``compared`` are the pages over which repetition is counted (None: all); duplicates of a page
    are to be left out, or its content would look like a template. ``fresh`` are those read in this
    visit: where there are enough, repetition is counted among them too and the larger share
    counts, so that a new part of the template is known at once. Cost: some hashes of each column.
    """
    evidence = read_evidence(blocks, links, compared, fresh)
    tree = UrlTree.of(evidence.pages.urls, evidence.targets)
    site = Comparison.of(evidence, template_share)
    prose = RunningText.of(evidence, site)
    layout = layout_of(evidence, prose.body(evidence))
    block_names, link_names = names_of(evidence, layout, tree)
    rows = evidence.links
    verdict = _selected(rows.wanted, rows.excluded, link_names)
    _judge_repetition(evidence, verdict, prose, link_names, site)
    _judge_slots(evidence, verdict, prose, link_names, site)
    _judge_rest_of_slots(evidence, verdict, prose, link_names)
    in_prose = evidence.of_host(prose.own)
    _judge_landmarks(verdict, layout.links, in_prose, link_names, site)
    _judge_lists(evidence, verdict, prose, link_names, tree=tree, layout=layout)
    _judge_rest(evidence, verdict, prose)
    block_verdict = _judge_blocks(
        evidence, verdict, prose, block_names, places=layout.blocks, site=site
    )
    return block_verdict.frame(), verdict.frame()


def assign_regions(
    blocks: pd.DataFrame,
    links: pd.DataFrame,
    *,
    template_share: float,
    compared: Collection[str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return BLOCKS and LINKS with region, confidence and reason filled in.

    ``region`` comes in as the mark of a selector (content or excluded) or as "".
    """
    texts = blocks["text"].astype(object)
    block_rows = blocks.assign(
        text_hash=pd.util.hash_array(texts.to_numpy(), categorize=True),
        words=texts.str.count(" ") + 1,
        linked=[_linked(*row) for row in zip(texts, blocks["spans"], strict=True)],
        mark=blocks["region"],
    )
    verdicts = judge_regions(
        BLOCK_EVIDENCE.coerced(block_rows),
        LINK_EVIDENCE.coerced(links.assign(mark=links["region"])),
        template_share=template_share,
        compared=compared,
    )
    return _filled(blocks, verdicts[0]), _filled(links, verdicts[1])


def _linked(text: str, spans: str) -> int:
    """Return how many words of a block stand in links."""
    inside = [span[1:].split("-") for span in spans.split() if span.startswith("a")]
    return sum(text[int(start) : int(end)].count(" ") + 1 for start, end in inside)


def _filled(frame: pd.DataFrame, verdict: pd.DataFrame) -> pd.DataFrame:
    columns = {name: verdict[name].astype(object) for name in ("region", "reason")}
    columns["confidence"] = verdict["confidence"]
    return frame.assign(**{name: column.to_numpy() for name, column in columns.items()})


# --- Judging --------------------------------------------------------------------------------


def _selected(wanted: Mask, excluded: Mask, names: Names) -> Verdict:
    verdict = Verdict(len(wanted))
    verdict.decide(wanted, CONTENT, 1.0, "content_selector")
    why = "exclude_selectors, or outside content_selector"
    verdict.decide(excluded, names.fixed, 1.0, why)
    return verdict


def _judge_repetition(
    evidence: Evidence, verdict: Verdict, prose: RunningText, names: Names, site: Comparison
) -> None:
    """Decide what stands in the same place with the same target or words on many pages."""
    links = evidence.links
    in_prose = evidence.of_host(prose.own)
    every = np.ones(len(links.page), dtype=bool)
    written = mean_by(links.path, in_prose) >= WRITTEN_SHARE
    easily = ~written & evidence.fills()
    typical = site.sizes[links.page] >= COMPARABLE_PAGES
    for key, counts, word, name in (
        (links.target, every, "target", names.fixed),
        (links.anchor, links.worded, "anchor", names.listed),
    ):
        spreads = Spread.of(links.page, links.path, key)
        share, enough = site.share(spreads)
        many = counts & enough & (~(in_prose | written) | (share >= OVERWHELMING_SHARE))
        why = f"same path and {word} on {{}} % of pages"
        verdict.decide(many, names.everywhere, 0.7 + 0.3 * share, why, _percent(share))
        share, enough = site.share_alike(spreads, links.page)
        # Authors of one kind of page often link the same pages: theirs has to be hardly ever away.
        many = counts & enough & ~in_prose & (easily | (typical & (share >= CONSTANT_SHARE)))
        why = f"same path and {word} on {{}} % of pages of this template"
        verdict.decide(many, name, 0.6 + 0.3 * share, why, _percent(share))
    why = "in a text that stands on {} pages"
    spread = np.append(prose.spread, 0)[links.host]
    verdict.decide(evidence.of_host(prose.everywhere), names.everywhere, 0.85, why, spread)
    verdict.decide(evidence.of_host(prose.repeated), names.fixed, 0.85, why, spread)
    why = "in a slot whose texts stand on several pages each"
    verdict.decide(evidence.of_host(prose.boxed), names.chosen, 0.8, why)


def _percent(share: Floats) -> Counts:
    return np.rint(100 * share).astype(np.int64)


def _judge_slots(
    evidence: Evidence, verdict: Verdict, prose: RunningText, names: Names, site: Comparison
) -> None:
    """Decide the slots that a template fills, with one target or with ever changing ones.

    A slot that also holds running text with links is an author's: nothing is decided there.
    """
    links, counted = evidence.links, site.whole.counted
    in_prose = evidence.of_host(prose.own)
    where = ~in_prose & (mean_by(links.path, in_prose) < WRITTEN_SHARE)
    slot = Spread.of(links.page, links.path)
    having = slot.pages(counted)
    for key, counts, word, name in (
        (links.target, where, "target", names.fixed),
        (links.anchor, where & links.worded, "anchor", names.listed),
    ):
        spread = Spread.of(links.page, links.path, key).pages(counted)
        share = spread / np.maximum(having, 1)
        alike = counts & (spread >= FEWEST_PAGES) & (share >= SLOT_SHARE)
        why = f"same {word} on {{}} % of the pages that have this slot"
        verdict.decide(alike, name, 0.5 + 0.4 * share, why, _percent(share))
    own = where & (links.page == links.leads_to)
    name = np.where(links.worded, names.listed, names.chosen)  # a sign without words shares it
    verdict.decide(own, name, 0.8, "leads to its own page")
    number, constant = _usual_number(slot)
    habit = site.habit(slot, links.page)
    filled = where & evidence.fills()
    rotating = filled & (constant >= CONSTANT_SHARE) & (having >= COMPARABLE_PAGES)
    # One link is the number that chance gives, too: it has to hold almost without exception.
    rotating &= (number > 1) | (constant >= ALWAYS_SHARE)
    again = Spread.of(links.page, links.path, links.target).pages(counted) >= 3
    repeated = mean_by(links.path, again)
    steady = (number > 1) & (constant >= STEADY_SHARE) & (having >= STEADY_PAGES)
    rotating |= filled & steady & (repeated >= SLOT_SHARE)
    why = "a slot with {} links on nearly every page that has it"
    steps = rotating & _mutual(links, rotating & (number <= 2))
    verdict.decide(steps, names.listed, 0.75, "one step on or back: its target leads back here")
    verdict.decide(rotating, names.chosen, 0.75, why, number)
    boxed = filled & habit & (having >= FEWEST_PAGES) & (repeated >= REPEATED_TARGETS)
    why = "a slot whose targets stand on several pages each"
    verdict.decide(boxed, names.chosen, 0.7, why)


def _mutual(links: LinkRows, where: Mask) -> Mask:
    """Tell of each link whether the links of its slot among ``where`` are nearly all returned."""
    pages = int(links.page.max(initial=0)) + 1
    there = links.page[where] * pages + links.leads_to[where]
    back = np.isin(links.leads_to * pages + links.page, there) & where
    return where & (mean_by(links.path, back) >= CONSTANT_SHARE)


def _usual_number(slot: Spread) -> tuple[Counts, Floats]:
    """Return for each link its slot's usual number of links on a page, and how usual that is."""
    times = np.bincount(slot.pair)
    most = int(times.max(initial=0)) + 1
    kinds, pages = np.unique(slot.thing * most + times, return_counts=True)
    things = int(slot.thing.max(initial=-1)) + 1
    best = np.lexsort((kinds, pages))
    usual, often = np.zeros(things, dtype=np.int64), np.zeros(things)
    usual[kinds[best] // most] = kinds[best] % most
    often[kinds[best] // most] = pages[best]
    return usual[slot.things], (often / np.maximum(np.bincount(slot.thing), 1))[slot.things]


def _judge_rest_of_slots(
    evidence: Evidence, verdict: Verdict, prose: RunningText, names: Names
) -> None:
    """Decide the few links of a template's slot that do not repeat themselves."""
    links = evidence.links
    open_to = ~evidence.of_host(prose.own)
    often = np.bincount(links.path, minlength=1)[links.path] >= COMPARABLE_PAGES
    rest = often & open_to & (mean_by(links.path, verdict.template) >= REST_SHARE)
    why = "a slot of the template: nearly all of its links repeat"
    verdict.decide(rest, names.fixed, 0.7, why)


def _judge_lists(
    evidence: Evidence,
    verdict: Verdict,
    prose: RunningText,
    names: Names,
    *,
    tree: UrlTree,
    layout: Layout,
) -> None:
    """Decide the lists of links that are no author's choice for their page."""
    in_prose = evidence.of_host(prose.own)
    verdict.decide(names.breadcrumb & ~in_prose, BREADCRUMB, 0.7, "leads up the page's own path")
    why = "in what an article says of itself"
    verdict.decide(names.byline & ~in_prose, names.chosen, 0.6, why)
    ways = verdict.template & (verdict.region != RELATED)
    lists = link_lists(evidence, prose.own, layout, waiting=verdict.open, ways=ways, tree=tree)
    why = "headings that are links: cards of other pages"
    verdict.decide(lists.cards, names.chosen, 0.7, why)
    why = "the same words lead to {} pages"
    verdict.decide(lists.sign, names.lists, 0.75, why, lists.sign_targets)
    why = "in a list that stands before the first running text"
    verdict.decide(lists.opening, names.lists, 0.65, why)
    why = "in a row of links without a word between them"
    verdict.decide(lists.row, names.lists, 0.65, why)
    why = "a list of {} links"
    verdict.decide(lists.long, names.lists, 0.75, why, lists.length)
    why = "{} links on a page of hardly anything else"
    verdict.decide(lists.hub, names.lists, 0.7, why, lists.length)
    why = "a list of {} pages below this one"
    verdict.decide(lists.below, names.lists, 0.7, why, lists.length)
    why = "a list of {} pages that lead back here"
    verdict.decide(lists.children, names.lists, 0.7, why, lists.length)


def _judge_rest(evidence: Evidence, verdict: Verdict, prose: RunningText) -> None:
    """Decide what is left to be content."""
    in_prose = evidence.of_host(prose.own)
    why = "in running text that stands on {} pages, as its author's does"
    spread = np.append(prose.spread, 0)[evidence.links.host]
    verdict.decide(in_prose & evidence.of_host(prose.copied), CONTENT, 0.8, why, spread)
    verdict.decide(in_prose, CONTENT, 0.95, "in running text that stands only here")
    verdict.decide(~in_prose, CONTENT, 0.7, "its place and target do not repeat")


def _judge_landmarks(
    verdict: Verdict, places: Places, in_prose: Mask, names: Names, site: Comparison
) -> None:
    """Decide what does not repeat by landmarks, and on a small site by the place on the page.

    Running text outweighs all landmarks but navigation; on a small site, where nothing can repeat,
    landmarks outweigh it, and what stands outside of its column is no content.
    """
    outweighed = in_prose & (names.landmark != NAV)
    claimed = (names.landmark != OPEN) & (~outweighed | site.small) & ~names.breadcrumb
    verdict.decide(claimed, names.landmark, 0.6, "inside a landmark of the markup")
    if site.small:
        outside = ~in_prose & ~places.inside & (places.before | places.after)
        verdict.decide(outside, names.fixed, 0.5, "outside the column of the running text")


def _judge_blocks(
    evidence: Evidence,
    links: Verdict,
    prose: RunningText,
    names: Names,
    *,
    places: Places,
    site: Comparison,
) -> Verdict:
    """Return the verdict on blocks: by their texts, then their links, then like the links."""
    blocks = evidence.blocks
    verdict = _selected(blocks.wanted, blocks.excluded, names)
    why = "the same text on {} pages"
    verdict.decide(prose.everywhere, names.everywhere, 0.95, why, prose.spread)
    verdict.decide(prose.repeated, names.fixed, 0.95, why, prose.spread)
    why = "a slot whose texts stand on several pages each"
    verdict.decide(prose.boxed, names.chosen, 0.8, why)
    host, number = evidence.links.host, len(blocks.page)
    inside = np.flatnonzero(host >= 0)
    total = np.bincount(host[inside], minlength=number)
    templates = np.bincount(host[inside][links.template[inside]], minlength=number)
    first = np.zeros(number, dtype=np.int64)
    first[host[inside][::-1]] = inside[::-1]
    verdict.inherit((total > 0) & (templates == total) & ~prose.own, links, first)
    _judge_landmarks(verdict, places, prose.own, names, site)
    why = "running text that stands on {} pages, as its author's does"
    verdict.decide(prose.own & prose.copied, CONTENT, 0.8, why, prose.spread)
    verdict.decide(prose.own, CONTENT, 0.95, "running text that stands only here")
    verdict.decide(~prose.own, CONTENT, 0.7, "its text does not repeat")
    return verdict
