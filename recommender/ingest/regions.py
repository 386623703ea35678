"""Which part of its page each block and link stands in, judged over the whole site.

A link that stands in the same place with the same target or anchor on many pages belongs to the
template, whatever the markup calls it. Landmarks such as ``<nav>`` name the part, and decide where
nothing repeats because the site is small. Running text that stands nowhere else is content.
Rules are asked in the order of their certainty; the first to answer decides (method, section 1).
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recommender.frames import BLOCK_EVIDENCE, LINK_EVIDENCE
from recommender.ingest.evidence import Counts, Evidence, Floats, Mask, read_evidence
from recommender.ingest.naming import Names, names_of, never_content
from recommender.ingest.spread import Spread, mean_by
from recommender.ingest.templates import page_templates
from recommender.ingest.verdicts import CONTENT, NAV, OPEN, RELATED, SIDEBAR, Codes, Verdict

FEWEST_PAGES = 5  # a repetition on fewer pages proves no template
COMPARABLE_PAGES = 20  # with fewer pages than this, landmarks decide
TEMPLATE_SHARE = 0.5  # of the pages of one template: a repetition on so many is the template's
SLOT_SHARE = 0.5  # of the pages that have a slot: one target there on so many is a template's
OVERWHELMING_SHARE = 0.5  # of all pages: from here on even a link in running text is a template's
CONSTANT_SHARE = 0.8  # of the pages that have a slot: so many hold the same number of links
ALWAYS_SHARE = 0.97  # the same for slots of one link
REPEATING_SHARE = 0.6  # of the blocks of a slot: so many have a text that stands on three pages
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
    site = _Site.of(evidence, template_share)
    prose = _RunningText.of(evidence, site)
    names = names_of(evidence, prose.own)
    block_verdict = _selected(evidence.blocks.wanted, evidence.blocks.excluded, names.blocks)
    _judge_repeated_text(block_verdict, prose, names.blocks)
    link_verdict = _judge_links(evidence, block_verdict, prose, names, site)
    _judge_blocks(evidence, block_verdict, link_verdict, prose=prose, names=names, site=site)
    return block_verdict.frame(), link_verdict.frame()


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
        linked=0,
        mark=blocks["region"],
    )
    verdicts = judge_regions(
        BLOCK_EVIDENCE.coerced(block_rows),
        LINK_EVIDENCE.coerced(links.assign(mark=links["region"])),
        template_share=template_share,
        compared=compared,
    )
    return _filled(blocks, verdicts[0]), _filled(links, verdicts[1])


def _filled(frame: pd.DataFrame, verdict: pd.DataFrame) -> pd.DataFrame:
    columns = {name: verdict[name].astype(object) for name in ("region", "reason")}
    columns["confidence"] = verdict["confidence"]
    return frame.assign(**{name: column.to_numpy() for name, column in columns.items()})


# --- Repetition -----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class _Group:
    """Pages that are compared with each other."""

    counted: Mask
    number: int
    least: int  # pages on which a repetition makes a template

    @classmethod
    def of(cls, counted: Mask, share: float) -> _Group:
        number = int(counted.sum())
        least = max(FEWEST_PAGES, math.ceil(share * number))
        return cls(counted=counted, number=number, least=least)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Site:
    """The pages to compare: all, those just read, and those of one template each."""

    whole: _Group
    fresh: _Group
    template: Counts  # of each page, negative for none
    sizes: Counts  # pages of the template of each page

    @classmethod
    def of(cls, evidence: Evidence, template_share: float) -> _Site:
        pages = evidence.pages
        template = page_templates(evidence)
        number = np.bincount(template[pages.compared] + 1, minlength=template.max(initial=-1) + 2)
        return cls(
            whole=_Group.of(pages.compared, template_share),
            fresh=_Group.of(pages.fresh, template_share),
            template=template,
            sizes=np.where(template >= 0, number[template + 1], 0),
        )

    @property
    def small(self) -> bool:
        return self.whole.number < COMPARABLE_PAGES

    def groups(self) -> tuple[_Group, ...]:
        """Return the whole, and the pages just read where they are enough to be compared."""
        enough = COMPARABLE_PAGES <= self.fresh.number < self.whole.number
        return (self.whole, self.fresh) if enough else (self.whole,)

    def share(self, spread: Spread) -> tuple[Floats, Mask]:
        """Return on which share of the pages each row's thing stands, and if that is enough."""
        share, enough = np.zeros(len(spread.pair)), np.zeros(len(spread.pair), dtype=bool)
        for group in self.groups():
            pages = spread.pages(group.counted)
            share = np.maximum(share, pages / max(group.number, 1))
            enough |= pages >= group.least
        return share, enough

    def share_alike(self, spread: Spread, page: Counts) -> tuple[Floats, Mask]:
        """Return the same among the pages of the row's own template."""
        pages = spread.pages_alike(self.template, self.whole.counted)
        share = pages / np.maximum(self.sizes[page], 1)
        return share, (pages >= FEWEST_PAGES) & (share >= TEMPLATE_SHARE)


@dataclass(frozen=True, kw_only=True, slots=True)
class _RunningText:
    """What the texts of the blocks say, row by row of BLOCK_EVIDENCE."""

    spread: Counts  # pages on which the same text stands
    repeated: Mask  # on so many that it belongs to the template
    boxed: Mask  # its slot is filled with texts that stand on several pages each
    own: Mask  # running text that is neither

    @classmethod
    def of(cls, evidence: Evidence, site: _Site) -> _RunningText:
        blocks = evidence.blocks
        texts = Spread.of(blocks.page, blocks.text)
        spread = texts.pages(site.whole.counted)
        # Eight words or more do not come about twice: for them a few pages are proof enough.
        repeated = (spread >= FEWEST_PAGES) & (blocks.prose | site.share(texts)[1])
        often = np.bincount(blocks.path)[blocks.path] >= FEWEST_PAGES
        boxed = often & (mean_by(blocks.path, spread >= 3) >= REPEATING_SHARE)
        return cls(
            spread=spread,
            repeated=repeated,
            boxed=boxed,
            own=blocks.prose & ~repeated & ~boxed,
        )


# --- Judging --------------------------------------------------------------------------------


def _selected(wanted: Mask, excluded: Mask, names: Codes) -> Verdict:
    verdict = Verdict(len(wanted))
    verdict.decide(wanted, CONTENT, 1.0, "content_selector")
    why = "exclude_selectors, or outside content_selector"
    verdict.decide(excluded, never_content(names, SIDEBAR), 1.0, why)
    return verdict


def _judge_repeated_text(verdict: Verdict, prose: _RunningText, names: Codes) -> None:
    why = "the same text on {} pages"
    verdict.decide(prose.repeated, never_content(names, SIDEBAR), 0.95, why, prose.spread)
    why = "a slot whose texts stand on several pages each"
    verdict.decide(prose.boxed, never_content(names, RELATED), 0.8, why)


def _judge_links(
    evidence: Evidence, block_verdict: Verdict, prose: _RunningText, names: Names, site: _Site
) -> Verdict:
    links = evidence.links
    verdict = _selected(links.wanted, links.excluded, names.links)
    in_prose = evidence.of_host(prose.own)
    _judge_repetition(evidence, verdict, in_prose, names.links, site)
    repeated = evidence.of_host(block_verdict.template)
    verdict.inherit(repeated, block_verdict, links.host)
    _judge_slots(evidence, verdict, ~in_prose, names.links, site)
    _judge_landmarks(verdict, names.link_landmark, in_prose, site)
    verdict.decide(in_prose, CONTENT, 0.95, "in running text that stands only here")
    verdict.decide(~in_prose, CONTENT, 0.7, "its place and target do not repeat")
    return verdict


def _judge_repetition(
    evidence: Evidence, verdict: Verdict, in_prose: Mask, names: Codes, site: _Site
) -> None:
    """Decide what stands in the same place with the same target or anchor on many pages."""
    links = evidence.links
    template = never_content(names, SIDEBAR)
    every = np.ones(len(links.page), dtype=bool)
    written = mean_by(links.path, in_prose) >= WRITTEN_SHARE
    for key, counts, word in (
        (links.target, every, "target"),
        (links.anchor, links.worded, "anchor"),
    ):
        spread = Spread.of(links.page, links.path, key)
        share, enough = site.share(spread)
        many = counts & enough & (~in_prose | (share >= OVERWHELMING_SHARE))
        why = f"same path and {word} on {{}} % of pages"
        verdict.decide(many, template, 0.7 + 0.3 * share, why, _percent(share))
        share, enough = site.share_alike(spread, links.page)
        # Authors of one kind of page often link the same pages: theirs has to be hardly ever away.
        many = counts & enough & ~in_prose & (~written | (share >= CONSTANT_SHARE))
        why = f"same path and {word} on {{}} % of pages of this template"
        verdict.decide(many, template, 0.6 + 0.3 * share, why, _percent(share))


def _percent(share: Floats) -> Counts:
    return np.rint(100 * share).astype(np.int64)


def _judge_slots(
    evidence: Evidence, verdict: Verdict, where: Mask, names: Codes, site: _Site
) -> None:
    """Decide the slots that a template fills, with one target or with ever changing ones.

    A slot that also holds running text with links is an author's: nothing is decided there.
    """
    links, counted = evidence.links, site.whole.counted
    where = where & (mean_by(links.path, ~where) < WRITTEN_SHARE)
    slot = Spread.of(links.page, links.path)
    having = slot.pages(counted)
    spread = Spread.of(links.page, links.path, links.target).pages(counted)
    share = spread / np.maximum(having, 1)
    alike = where & (spread >= FEWEST_PAGES) & (share >= SLOT_SHARE)
    why = "same target on {} % of the pages that have this slot"
    verdict.decide(alike, never_content(names, SIDEBAR), 0.5 + 0.4 * share, why, _percent(share))
    box = never_content(names, RELATED)
    own = where & (links.page == links.leads_to)
    verdict.decide(own, box, 0.8, "leads to its own page")
    number, constant = _usual_number(slot)
    rotating = where & (constant >= CONSTANT_SHARE) & (having >= COMPARABLE_PAGES)
    # One link is the number that chance gives, too: it has to hold almost without exception.
    rotating &= (number > 1) | (constant >= ALWAYS_SHARE)
    why = "a slot with {} links on nearly every page that has it"
    verdict.decide(rotating, box, 0.75, why, number)
    boxed = where & (having >= FEWEST_PAGES)
    boxed &= mean_by(links.path, spread >= 3) >= REPEATING_SHARE
    verdict.decide(boxed, box, 0.7, "a slot whose targets stand on several pages each")


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


def _judge_landmarks(verdict: Verdict, landmark: Codes, in_prose: Mask, site: _Site) -> None:
    """Let landmarks decide what nothing else did; running text outweighs all but navigation."""
    outweighed = in_prose & (landmark != NAV)
    decides = (landmark != OPEN) & (~outweighed | site.small)
    verdict.decide(decides, landmark, 0.6, "inside a landmark of the markup")


def _judge_blocks(
    evidence: Evidence,
    verdict: Verdict,
    link_verdict: Verdict,
    *,
    prose: _RunningText,
    names: Names,
    site: _Site,
) -> None:
    """Decide the blocks whose text does not repeat: by their links, landmarks, else content."""
    host = evidence.links.host
    number = len(evidence.blocks.page)
    inside = np.flatnonzero(host >= 0)
    total = np.bincount(host[inside], minlength=number)
    templates = np.bincount(host[inside][link_verdict.template[inside]], minlength=number)
    first = np.zeros(number, dtype=np.int64)
    first[host[inside][::-1]] = inside[::-1]
    verdict.inherit((total > 0) & (templates == total) & ~prose.own, link_verdict, first)
    _judge_landmarks(verdict, names.block_landmark, prose.own, site)
    verdict.decide(prose.own, CONTENT, 0.95, "running text that stands only here")
    verdict.decide(~prose.own, CONTENT, 0.7, "its text does not repeat")
