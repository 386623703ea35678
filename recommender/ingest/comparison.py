"""Which pages are compared with each other: all, those just read, those of one template."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from recommender.ingest.evidence import Counts, Evidence, Floats, Mask
from recommender.ingest.spread import Spread, mean_by
from recommender.ingest.templates import page_templates

FEWEST_PAGES = 5  # a repetition on fewer pages proves no template
COMPARABLE_PAGES = 20  # fewer pages than this are a small site
TEMPLATE_SHARE = 0.5  # of the pages of one template: a repetition on so many is the template's
HABIT_SHARE = 0.8  # of the pages of one template: what nearly all of them have
BAR_LINKS = 5  # in one block: with few words between them, a row of links
RARE_TEXTS = 0.6  # of the running texts of a slot: so many stand on hardly any page but theirs
REPEATING_SHARE = 0.6  # of the blocks of a slot: so many have a text that stands on three pages


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Pages that are compared with each other."""

    counted: Mask
    number: int
    least: int  # pages on which a repetition makes a template

    @classmethod
    def of(cls, counted: Mask, share: float) -> Group:
        """Return the group of ``counted``; a template's part stands on ``share`` of it."""
        number = int(counted.sum())
        least = max(FEWEST_PAGES, math.ceil(share * number))
        return cls(counted=counted, number=number, least=least)


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """The pages to compare: all, those just read, and those of one template each."""

    whole: Group
    fresh: Group
    template: Counts  # of each page, negative for none
    sizes: Counts  # pages of the template of each page

    @classmethod
    def of(cls, evidence: Evidence, template_share: float) -> Comparison:
        """Return the groups of all pages."""
        pages = evidence.pages
        template = page_templates(evidence)
        number = np.bincount(template[pages.compared] + 1, minlength=template.max(initial=-1) + 2)
        return cls(
            whole=Group.of(pages.compared, template_share),
            fresh=Group.of(pages.fresh, template_share),
            template=template,
            sizes=np.where(template >= 0, number[template + 1], 0),
        )

    @property
    def small(self) -> bool:
        """Whether there are too few pages for much to repeat."""
        return self.whole.number < COMPARABLE_PAGES

    def groups(self) -> tuple[Group, ...]:
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

    def habit(self, slot: Spread, page: Counts) -> Mask:
        """Tell of each row whether nearly all pages of its page's template have its slot."""
        having = slot.pages_alike(self.template, self.whole.counted)
        return (having >= FEWEST_PAGES) & (having >= HABIT_SHARE * self.sizes[page])


@dataclass(frozen=True, kw_only=True, slots=True)
class RunningText:
    """What the texts of the blocks say, row by row of BLOCK_EVIDENCE."""

    spread: Counts  # pages on which the same text stands in the same slot
    everywhere: Mask  # on so many that it belongs to the template of the site
    repeated: Mask  # on so many that it belongs to some template
    copied: Mask  # its author has it on several pages
    boxed: Mask  # its slot is filled with texts that stand on several pages each
    own: Mask  # running text that is neither

    @classmethod
    def of(cls, evidence: Evidence, site: Comparison) -> RunningText:
        """Return what is known of the texts once they are compared."""
        blocks = evidence.blocks
        here = Spread.of(blocks.page, blocks.path, blocks.text)
        spread = here.pages(site.whole.counted)
        # Eight words or more do not come about twice: for them a few pages are proof enough.
        everywhere = site.share(here)[1]
        everywhere |= blocks.prose & site.share(Spread.of(blocks.page, blocks.text))[1]
        again = blocks.prose & (spread >= FEWEST_PAGES) & ~everywhere
        copied = again & _written(evidence, spread)
        repeated = everywhere | (again & ~copied)
        slot = Spread.of(blocks.page, blocks.path)
        often = np.bincount(blocks.path)[blocks.path] >= FEWEST_PAGES
        boxed = often & (mean_by(blocks.path, spread >= 3) >= REPEATING_SHARE)
        boxed &= site.habit(slot, blocks.page)
        return cls(
            spread=spread,
            everywhere=everywhere,
            repeated=repeated,
            copied=copied & ~boxed,
            boxed=boxed,
            own=blocks.prose & ~repeated & ~boxed & ~_bars(evidence),
        )

    def body(self, evidence: Evidence) -> Mask:
        """Return the blocks that show where a page has its content.

        Its own running text; where it has none, that which it shares with some; else what stands on
        hardly any other page.
        """
        blocks, shown = evidence.blocks, self.own.copy()
        for next_best in (blocks.prose & ~self.repeated, self.spread < 3):
            has = np.bincount(blocks.page[shown], minlength=len(evidence.pages.urls)) > 0
            shown |= next_best & ~has[blocks.page]
        return shown


def _written(evidence: Evidence, spread: Counts) -> Mask:
    """Tell of each block whether the running texts of its slot are mostly those of a few pages."""
    blocks, paths = evidence.blocks, len(evidence.paths)
    texts = np.bincount(blocks.path[blocks.prose], minlength=paths)
    rare = np.bincount(blocks.path[blocks.prose & (spread < FEWEST_PAGES)], minlength=paths)
    written: Mask = (rare >= RARE_TEXTS * np.maximum(texts, 1))[blocks.path]
    return written


def _bars(evidence: Evidence) -> Mask:
    """Tell of each block whether it is a row of links with hardly more than what parts them."""
    blocks, host = evidence.blocks, evidence.links.host
    links = np.bincount(host[host >= 0], minlength=len(blocks.page))
    bars: Mask = (links >= BAR_LINKS) & (blocks.words - blocks.linked <= 1.5 * links + 2)
    return bars
