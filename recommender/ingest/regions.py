"""Which part of its page each block and link stands in, judged over the whole site.

A link that stands in the same place with the same target or anchor on many pages belongs to the
template, whatever the markup calls it. Landmarks such as ``<nav>`` name the part, and decide where
nothing repeats because the site is small. Running text that stands nowhere else is content.

A *slot* is all that shares a structural path (``css_path``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from recommender.ingest.landmarks import landmark_of
from recommender.ingest.parse import EXCLUDED
from recommender.models import Region
from recommender.urls import path_of

FEWEST_PAGES = 5  # a repetition on fewer pages proves no template
COMPARABLE_PAGES = 20  # with fewer pages than this, landmarks decide
SLOT_SHARE = 0.5  # of the pages that have a slot: one target there on so many is a template's
OVERWHELMING_SHARE = 0.5  # of all pages: from here on even a link in running text is a template's
CONSTANT_SHARE = 0.8  # of the pages that have a slot: so many hold the same number of links
ALWAYS_SHARE = 0.97  # the same for slots of one link
REPEATING_SHARE = 0.6  # of the blocks of a slot: so many have a text that stands on three pages
WRITTEN_SHARE = 0.05  # of the links of a slot: with so many in running text, authors fill it
ANCESTOR_SHARE = 0.9  # of the links of a slot: so many lead to the page's own ancestors

Mask = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]


def assign_regions(
    blocks: pd.DataFrame,
    links: pd.DataFrame,
    *,
    template_share: float,
    compared: Collection[str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return BLOCKS and LINKS with region, confidence and reason filled in.

    ``region`` comes in as the mark of a selector (content or excluded) or as "". ``compared`` are
    the pages over which repetition is counted (None: all); duplicates of a page are to be left
    out, or its content would look like a template. Cost: a few hashes of each column.
    """
    pages = set(compared) if compared is not None else {*blocks["page"], *links["source"]}
    least = max(FEWEST_PAGES, math.ceil(template_share * len(pages)))
    site = _Site(pages=pages, least=least)
    prose = _RunningText.of(blocks, site)
    host = _host_rows(blocks, links)
    block_names, link_names = _names(blocks, links, prose, host)
    block_verdict = _judge_repeated_text(blocks, prose, block_names)
    link_verdict = _judge_links(
        links, block_verdict, prose=prose, host=host, names=link_names, site=site
    )
    _judge_blocks(blocks, block_verdict, link_verdict, prose=prose, host=host, site=site)
    return block_verdict.onto(blocks), link_verdict.onto(links)


# --- Verdicts -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class _Site:
    """The pages to compare, and on how many of them a repetition makes a template."""

    pages: set[str]
    least: int

    @property
    def small(self) -> bool:
        return len(self.pages) < COMPARABLE_PAGES


class _Verdict:
    """Region, confidence and reason of each row; what is decided first stays."""

    def __init__(self, frame: pd.DataFrame, names: Texts) -> None:
        """Begin with what selectors decided."""
        rows = len(frame)
        self.region: Texts = np.full(rows, "", dtype=object)
        self.confidence: Floats = np.zeros(rows)
        self.reason: Texts = np.full(rows, "", dtype=object)
        mark = frame["region"].to_numpy()
        self.decide(mark == Region.CONTENT.value, Region.CONTENT.value, 1.0, "content_selector")
        why = "exclude_selectors, or outside content_selector"
        self.decide(mark == EXCLUDED, _never_content(names), 1.0, why)

    def decide(
        self, where: Mask, region: Texts | str, confidence: Floats | float, reason: Texts | str
    ) -> None:
        """Decide those rows of ``where`` that are still open."""
        rows = where & (self.region == "")
        for column, value in (
            (self.region, region),
            (self.confidence, confidence),
            (self.reason, reason),
        ):
            column[rows] = value[rows] if isinstance(value, np.ndarray) else value

    @property
    def template(self) -> Mask:
        """The rows decided to be no content."""
        decided: Mask = (self.region != "") & (self.region != Region.CONTENT.value)
        return decided

    def onto(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return ``frame`` with the verdict in its columns."""
        return frame.assign(
            region=self.region, confidence=self.confidence.clip(0, 1), reason=self.reason
        )


def _never_content(names: Texts) -> Texts:
    return np.where(names == Region.CONTENT.value, Region.SIDEBAR.value, names)


def _said(sentence: str, numbers: Floats | Counts) -> Texts:
    """Return ``sentence`` with each number formatted into it; each distinct one only once."""
    distinct, place = np.unique(numbers, return_inverse=True)
    sentences = np.array([sentence.format(number) for number in distinct], dtype=object)
    return sentences[place] if len(distinct) else np.array([], dtype=object)


# --- Counting -------------------------------------------------------------------------------


def _codes(*columns: pd.Series) -> Counts:
    """Return one integer per row, equal where all columns are."""
    codes = pd.factorize(columns[0])[0]
    for column in columns[1:]:
        column_codes, values = pd.factorize(column)
        codes = pd.factorize(codes * (len(values) + 1) + column_codes)[0]
    return codes


def _spread(codes: Counts, pages: pd.Series, compared: set[str]) -> Counts:
    """Return for each row on how many compared pages its code stands."""
    if not len(codes):
        return codes
    page_codes, names = pd.factorize(pages)
    counted = np.isin(page_codes, np.flatnonzero(names.isin(compared)))
    pairs = pd.unique((codes * len(names) + page_codes)[counted])
    return np.bincount(pairs // len(names), minlength=codes.max() + 1)[codes]


@dataclass(frozen=True, kw_only=True, slots=True)
class _RunningText:
    """What the texts of the blocks say, row by row of BLOCKS."""

    spread: Counts  # pages on which the same text stands
    repeated: Mask  # on so many that it belongs to the template
    boxed: Mask  # its slot is filled with texts that stand on several pages each
    own: Mask  # running text that is neither

    @classmethod
    def of(cls, blocks: pd.DataFrame, site: _Site) -> _RunningText:
        spread = _spread(_codes(blocks["text"]), blocks["page"], site.pages)
        is_prose = blocks["prose"].to_numpy(dtype=bool)
        # Eight words or more do not come about twice: for them a few pages are proof enough.
        repeated = spread >= np.where(is_prose, FEWEST_PAGES, site.least)
        slots = blocks.assign(again=spread >= 3).groupby("css_path", sort=False)["again"]
        boxed = (slots.transform("mean") >= REPEATING_SHARE) & (
            slots.transform("size") >= FEWEST_PAGES
        )
        return cls(
            spread=spread,
            repeated=repeated,
            boxed=boxed.to_numpy(dtype=bool),
            own=is_prose & ~repeated & ~boxed.to_numpy(dtype=bool),
        )


def _host_rows(blocks: pd.DataFrame, links: pd.DataFrame) -> Counts:
    """Return the row in BLOCKS of each link's block, -1 where it stands in none."""
    rows = pd.MultiIndex.from_frame(blocks[["page", "ordinal"]])
    return rows.get_indexer(pd.MultiIndex.from_frame(links[["source", "block"]]))


def _of_host(values: Mask, host: Counts) -> Mask:
    """Return what holds of each link's block, False where it stands in none."""
    return np.append(values, np.False_)[host]


# --- Judging --------------------------------------------------------------------------------


def _judge_repeated_text(blocks: pd.DataFrame, prose: _RunningText, names: Texts) -> _Verdict:
    verdict = _Verdict(blocks, names)
    template = _never_content(names)
    why = _said("the same text on {} pages", prose.spread)
    verdict.decide(prose.repeated, template, 0.95, why)
    verdict.decide(
        prose.boxed,
        np.where(names == Region.CONTENT.value, Region.RELATED.value, names),
        0.8,
        "a slot whose texts stand on several pages each",
    )
    return verdict


def _judge_links(
    links: pd.DataFrame,
    block_verdict: _Verdict,
    *,
    prose: _RunningText,
    host: Counts,
    names: Texts,
    site: _Site,
) -> _Verdict:
    verdict = _Verdict(links, names)
    in_prose = _of_host(prose.own, host)
    template = _never_content(names)
    for column, words in (("target", "target"), ("anchor", "anchor")):
        spread = _spread(_codes(links["css_path"], links[column]), links["source"], site.pages)
        share = spread / max(len(site.pages), 1)
        many = (spread >= site.least) & (links[column] != "").to_numpy(dtype=bool)
        many &= ~in_prose | (share >= OVERWHELMING_SHARE)
        why = _said(f"same path and {words} on {{:.0%}} of pages", share.round(2))
        verdict.decide(many, template, 0.7 + 0.3 * share, why)
    repeated = _of_host(block_verdict.template, host)
    reasons = np.append(block_verdict.reason, "")[host]
    regions = np.append(block_verdict.region, "")[host]
    verdict.decide(repeated, regions, 0.85, reasons)
    _judge_slots(links, verdict, ~in_prose, names, site)
    _judge_landmarks(links["css_path"], verdict, in_prose, site)
    verdict.decide(in_prose, Region.CONTENT.value, 0.95, "in running text that stands only here")
    verdict.decide(~in_prose, Region.CONTENT.value, 0.7, "its place and target do not repeat")
    return verdict


def _judge_slots(
    links: pd.DataFrame, verdict: _Verdict, where: Mask, names: Texts, site: _Site
) -> None:
    """Decide the slots that a template fills, with one target or with ever changing ones.

    A slot that also holds running text with links is an author's: nothing is decided there.
    """
    slot = _codes(links["css_path"])
    written = pd.Series(~where).groupby(slot).transform("mean").to_numpy()
    where = where & (written < WRITTEN_SHARE)
    having = _spread(slot, links["source"], site.pages)
    spread = _spread(_codes(links["css_path"], links["target"]), links["source"], site.pages)
    share = spread / np.maximum(having, 1)
    alike = where & (spread >= FEWEST_PAGES) & (share >= SLOT_SHARE)
    why = _said("same target on {:.0%} of the pages that have this slot", share.round(2))
    verdict.decide(alike, _never_content(names), 0.5 + 0.4 * share, why)
    box = np.where(names == Region.CONTENT.value, Region.RELATED.value, names)
    own = where & (links["source"] == links["target"]).to_numpy(dtype=bool)
    verdict.decide(own, box, 0.8, "leads to its own page")
    number, constant = _constant_number(links, slot)
    rotating = where & (constant >= CONSTANT_SHARE) & (having >= COMPARABLE_PAGES)
    # One link is the number that chance gives, too: it has to hold almost without exception.
    rotating &= (number > 1) | (constant >= ALWAYS_SHARE)
    why = _said("a slot with {} links on nearly every page that has it", number)
    verdict.decide(rotating, box, 0.75, why)
    again = pd.Series(spread >= 3).groupby(slot).transform("mean").to_numpy()
    boxed = where & (having >= FEWEST_PAGES) & (again >= REPEATING_SHARE)
    verdict.decide(boxed, box, 0.7, "a slot whose targets stand on several pages each")


def _constant_number(links: pd.DataFrame, slot: Counts) -> tuple[Counts, Floats]:
    """Return for each link its slot's usual number of links on a page, and how usual that is."""
    per_page = pd.DataFrame({"slot": slot, "page": links["source"].to_numpy()}).value_counts()
    usual = per_page.rename("number").reset_index().groupby(["slot", "number"]).size()
    total = usual.groupby("slot").sum()
    best = usual.sort_values(kind="stable").groupby("slot").tail(1).reset_index(name="pages")
    best = best.set_index("slot").sort_index()
    return (
        best["number"].to_numpy(dtype=np.int64)[slot],
        (best["pages"] / total).to_numpy(dtype=np.float64)[slot],
    )


def _judge_landmarks(paths: pd.Series, verdict: _Verdict, in_prose: Mask, site: _Site) -> None:
    """Let landmarks decide what nothing else did; running text outweighs all but navigation."""
    landmark = _mapped(paths, landmark_of)
    outweighed = in_prose & (landmark != Region.NAV.value)
    decides = (landmark != "") & (~outweighed | site.small)
    verdict.decide(decides, landmark, 0.6, "inside a landmark of the markup")


def _judge_blocks(
    blocks: pd.DataFrame,
    verdict: _Verdict,
    link_verdict: _Verdict,
    *,
    prose: _RunningText,
    host: Counts,
    site: _Site,
) -> None:
    """Decide the blocks whose text does not repeat: by their links, landmarks, else content."""
    inside = host >= 0
    total = np.bincount(host[inside], minlength=len(blocks))
    templates = np.bincount(host[inside & link_verdict.template], minlength=len(blocks))
    inherited: Texts = np.full(len(blocks), "", dtype=object)
    inherited[host[inside][::-1]] = link_verdict.region[inside][::-1]
    only_templates = (total > 0) & (templates == total) & ~prose.own
    verdict.decide(only_templates, inherited, 0.85, "all of its links belong to the template")
    _judge_landmarks(blocks["css_path"], verdict, prose.own, site)
    why = "running text that stands only here"
    verdict.decide(prose.own, Region.CONTENT.value, 0.95, why)
    verdict.decide(~prose.own, Region.CONTENT.value, 0.7, "its text does not repeat")


# --- Naming ---------------------------------------------------------------------------------


def _names(
    blocks: pd.DataFrame, links: pd.DataFrame, prose: _RunningText, host: Counts
) -> tuple[Texts, Texts]:
    """Return what blocks and links are called if they are no content.

    Landmarks name first, then breadcrumbs, then the slot's usual place beside the running text:
    before it nav, after it footer, within it content (the caller finds a better word).
    """
    ordinals = blocks["ordinal"].to_numpy(dtype=np.float64)
    body = blocks[prose.own].groupby("page")["ordinal"].agg(["min", "max"])
    at = pd.Series(np.append(ordinals, np.nan)[host])
    at = at.groupby(links["source"].to_numpy()).ffill().fillna(-1)
    return (
        _named(blocks["css_path"], blocks["page"], ordinals, body, None),
        _named(links["css_path"], links["source"], at.to_numpy(), body, _breadcrumbs(links)),
    )


def _named(
    paths: pd.Series,
    pages: pd.Series,
    at: Floats,
    body: pd.DataFrame,
    breadcrumbs: set[str] | None,
) -> Texts:
    first = pages.map(body["min"]).fillna(np.inf).to_numpy(dtype=np.float64)
    last = pages.map(body["max"]).fillna(np.inf).to_numpy(dtype=np.float64)
    place = pd.DataFrame({"before": at < first, "after": at > last}).groupby(paths.to_numpy())
    usual = place.mean()
    by_place = pd.Series(Region.CONTENT.value, index=usual.index, dtype=object)
    by_place[usual["after"] >= 0.5] = Region.FOOTER.value
    by_place[usual["before"] >= 0.5] = Region.NAV.value

    def name(path: str) -> str:
        if breadcrumbs and path in breadcrumbs:
            return Region.BREADCRUMB.value
        return landmark_of(path) or str(by_place[path])

    return _mapped(paths, name)


def _breadcrumbs(links: pd.DataFrame) -> set[str]:
    """Return the slots whose links lead up the page's own path, not only to the home page."""
    source, target = _mapped(links["source"], path_of), _mapped(links["target"], path_of)
    pairs = zip(source, target, strict=True)
    up = np.array([s != t and s.startswith(t.removesuffix("/") + "/") for s, t in pairs], bool)
    leads = pd.DataFrame({"up": up, "deep": up & (target != "/")})
    shares = leads.groupby(links["css_path"].to_numpy()).mean()
    return set(shares.index[(shares["up"] >= ANCESTOR_SHARE) & (shares["deep"] >= 0.3)])


def _mapped(paths: pd.Series, name: Callable[[str], str]) -> Texts:
    codes, distinct = pd.factorize(paths)
    return np.array([name(path) for path in distinct], dtype=object)[codes]
