"""Links that stand in lists: indexes, tables of contents, hubs, and signs such as "source".

A *bare* link stands in no running text. The short list that closes a text is its author's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recommender.ingest.evidence import Counts, Evidence, Mask
from recommender.ingest.layout import Layout
from recommender.ingest.spread import Spread, mean_by
from recommender.ingest.url_tree import UrlTree

SHORT_LIST = 3  # bare links in one slot of a page: an author's list can be as short
LONG_LIST = 30  # bare links in one slot of a page, none with a text of its own: an index
HUB_LINKS = 10  # bare links in lists on a page, of which ...
HUB_WORDS = 12  # ... each has fewer words of running text than this: the page is a hub
BELOW_SHARE = 0.9  # of the links of a list: so many lead to pages below its own
BACK_SHARE = 0.8  # of the links of a list: from so many targets a template leads back
COMMON_SHARE = 0.2  # of all pages: what is linked from more is no parent of its targets
USUALLY = 0.5  # of the bare links of a slot: so many stand before the running text of their page
ROW_LINKS = 10  # in one block without another word: a row of tags
FACT_WORDS = 3  # in a table from each of its links to the next: it says something of them
INDEX_LINKS = 60  # in a table, whatever it says of them: an index
SAME_SIGN = 3  # targets of links with the same words in one slot of a page
HEADINGS = 3  # headings in one slot of a page that are links as a whole: cards
FEW_PAGES = 5  # a slot of fewer pages is no habit of a template


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkLists:
    """In which kind of list each link stands."""

    length: Counts  # links in its list, on its page
    hub: Mask  # a list on a page that has hardly any running text
    long: Mask
    below: Mask  # a list of the pages below its own
    children: Mask  # a list of pages whose templates lead back to its page
    cards: Mask  # headings that are links
    opening: Mask  # a list that stands before the first running text of its page
    row: Mask  # a row of links without a word between them
    sign: Mask  # its words lead to several targets
    sign_targets: Counts


def link_lists(
    evidence: Evidence, prose: Mask, layout: Layout, *, waiting: Mask, ways: Mask, tree: UrlTree
) -> LinkLists:
    """Return the lists that the links of ``waiting`` form.

    ``prose`` tells the blocks of running text, ``ways`` the links that templates make to get about.
    """
    blocks, links = evidence.blocks, evidence.links
    bare = waiting & ~evidence.of_host(prose)
    slot = Spread.of(links.page, links.path)
    having = slot.pages(evidence.pages.compared)
    length = _sums(slot.pair, bare)
    run = Spread.of(links.page, links.path, _blocks_before(evidence, prose))
    run_length = _sums(run.pair, bare)
    listed = bare & (length > SHORT_LIST)
    opening = _opening(evidence, prose, layout, bare)
    long = bare & (run_length >= LONG_LIST)
    several = listed & (_different(slot.pair, links.target, bare) > SHORT_LIST)
    different = several & ~_parted(evidence, slot.pair, several & (length < LONG_LIST))
    facts = _in_tables_of_facts(evidence, slot.pair, listed)
    hubs, wordless = _hubs(evidence, prose, bare & ~opening & ~long, listed & ~opening & ~facts)
    down = different & tree.leads_down(links.page, links.target)
    heading = bare & evidence.of_host(blocks.heading & (blocks.linked >= blocks.words))
    # Where there are pages enough to tell, cards and short lists of one page are made by hand.
    usual = (having >= FEW_PAGES) | (having.max(initial=0) < FEW_PAGES)
    by_hand = several & (length < LONG_LIST) & (having <= 1) & ~usual
    back = different & _led_back_to(evidence, different, ways)
    sign_targets = _targets_of_sign(evidence, bare)
    return LinkLists(
        length=length,
        hub=(listed & ~facts & ~by_hand & hubs[links.page]) | (bare & wordless[links.page]),
        long=long,
        below=different & ~facts & (_sums(slot.pair, down) >= BELOW_SHARE * length),
        children=different & ~facts & (_sums(slot.pair, back) >= BACK_SHARE * length),
        cards=heading & usual & (_sums(slot.pair, heading) >= HEADINGS),
        opening=opening,
        row=bare & _in_rows(evidence),
        sign=bare & links.worded & (sign_targets >= SAME_SIGN),
        sign_targets=sign_targets,
    )


def _opening(evidence: Evidence, prose: Mask, layout: Layout, bare: Mask) -> Mask:
    """Tell of each link whether it stands in a list that no running text of its page precedes.

    Such a list, in an element of its own, is a contents or a box: an author's follows a sentence.
    """
    links, places = evidence.links, layout.links
    number = int(max(places.part.max(initial=0), layout.blocks.part.max(initial=0))) + 2
    part = links.page * number + places.part + 1
    texts = evidence.blocks.page * number + layout.blocks.part + 1
    early = places.before & np.isin(links.page, evidence.blocks.page[prose])
    early &= ~np.isin(part, texts[prose])
    box = pd.factorize(part)[0]
    filled = 2 * _sums(box, early & evidence.fills()) >= _sums(box, early)
    listed = _sums(box, early) > SHORT_LIST
    opening: Mask = bare & early & filled & (listed | ~places.inside)
    # The slot of a box is one too on a page that has no running text at all.
    usual = mean_by(links.path[bare], opening[bare]) >= USUALLY
    opening[np.flatnonzero(bare)[usual]] = True
    return opening


def _in_tables_of_facts(evidence: Evidence, slot: Counts, listed: Mask) -> Mask:
    """Tell of each link whether its list stands in the cells of a table that says more of them."""
    blocks, host = evidence.blocks, evidence.links.host
    row = np.flatnonzero(listed & evidence.of_host(blocks.cell))
    found = np.zeros(len(listed), dtype=bool)
    if len(row):
        said = np.concatenate([[0], np.cumsum(blocks.words - blocks.linked)])
        list_of = pd.Series(host[row]).groupby(slot[row])
        first, last = list_of.transform("min").to_numpy(), list_of.transform("max").to_numpy()
        number = list_of.transform("size").to_numpy()
        spoken = said[last + 1] - said[first] >= FACT_WORDS * (number - 1)
        found[row] = spoken & (number < INDEX_LINKS)
    return found


def _parted(evidence: Evidence, slot: Counts, listed: Mask) -> Mask:
    """Tell of each link of ``listed`` whether headings part its slot's links from each other."""
    blocks, row = evidence.blocks, np.flatnonzero(listed)
    headings = blocks.heading & (blocks.linked < blocks.words)
    section = pd.factorize(
        slot[row] * (len(headings) + 1) + _blocks_before(evidence, headings)[row]
    )
    together = np.bincount(section[0], minlength=1)[section[0]]
    parted = np.zeros(len(listed), dtype=bool)
    parted[row] = together <= SHORT_LIST
    return parted


def _in_rows(evidence: Evidence) -> Mask:
    """Tell of each link whether its block holds links only, and many."""
    blocks, host = evidence.blocks, evidence.links.host
    number = np.bincount(host[host >= 0], minlength=len(blocks.page))
    return evidence.of_host((number >= ROW_LINKS) & (blocks.linked >= blocks.words))


def _blocks_before(evidence: Evidence, which: Mask) -> Counts:
    """Return how many blocks of ``which`` stand before each link or are its own."""
    before = np.append(np.cumsum(which), 0)
    return before[evidence.links.host]


def _led_back_to(evidence: Evidence, listed: Mask, ways: Mask) -> Mask:
    """Tell of each link of ``listed`` whether a way leads from its target back to its page.

    A way that stands on many pages leads to no page's parent.
    """
    links, pages = evidence.links, len(evidence.pages.urls)
    row = np.flatnonzero(listed & (links.leads_to >= 0))
    asks = np.zeros(pages + 1, dtype=bool)
    asks[links.page[row]] = True
    found = np.zeros(len(listed), dtype=bool)
    way = np.flatnonzero(ways & asks[links.leads_to])
    edge = np.unique(links.page[way] * pages + links.leads_to[way])
    common = np.bincount(edge % pages, minlength=pages) > COMMON_SHARE * pages
    edge = edge[~common[edge % pages]]
    found[row] = np.isin(links.leads_to[row] * pages + links.page[row], edge)
    return found


def _hubs(evidence: Evidence, prose: Mask, bare: Mask, listed: Mask) -> tuple[Mask, Mask]:
    """Tell of each page whether it is a hub of links, and whether it has no running text."""
    blocks, pages = evidence.blocks, len(evidence.pages.urls)
    number = np.bincount(evidence.links.page[listed], minlength=pages)
    every = np.bincount(evidence.links.page[bare], minlength=pages)
    own = np.where(prose, blocks.words - blocks.linked, 0)
    words = np.bincount(blocks.page, weights=own, minlength=pages)
    return (number >= HUB_LINKS) & (words < HUB_WORDS * number), (words == 0) & (
        every >= SHORT_LIST
    )


def _sums(group: Counts, where: Mask) -> Counts:
    return np.bincount(group[where], minlength=int(group.max(initial=-1)) + 1)[group]


def _different(group: Counts, target: Counts, where: Mask) -> Counts:
    """Return how many targets the links of ``where`` have in the group of each row."""
    leads = Spread.of(group[where], target[where])
    number = np.bincount(leads.page, minlength=int(group.max(initial=-1)) + 1)
    return number[group]


def _targets_of_sign(evidence: Evidence, where: Mask) -> Counts:
    """Return to how many targets the words of each link lead in its slot of its page."""
    links = evidence.links
    row = np.flatnonzero(where)
    sign = Spread.of(links.page[row], links.path[row], links.anchor[row])
    leads = Spread.of(sign.pair, links.target[row])
    number = np.zeros(len(where), dtype=np.int64)
    number[row] = np.bincount(leads.page, minlength=len(row) + 1)[sign.pair]
    return number
