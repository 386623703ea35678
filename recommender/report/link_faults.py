"""Links that lead in vain or by a detour, and the pages that no link reaches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.models import CrawlSnapshot, Region
from recommender.urls import Identity

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPlace:
    """Where a link stands: its page, its words, and whether in the content of the page."""

    source: str
    anchor: str
    content: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFault:
    """An address that links lead to in vain or by a detour, links in content first."""

    target: str
    says: str  # "answers 404", "redirects to ..."
    leads_to: str  # where a link should lead instead, "" where nobody knows
    links: int
    content_links: int
    places: tuple[LinkPlace, ...]  # in content, with words first; else one of a template


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFaults:
    """Links of one fault. A template's link is one edit, so its addresses are counted instead."""

    links: int
    targets: int
    content_links: int
    content_targets: int
    content_sources: int  # pages with such a link in their content
    template_targets: int  # linked from templates only
    examples: tuple[LinkFault, ...] = ()  # those with links in content first


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Where a visit to each row of PAGES ends."""

    broken: Mask  # at an error, or nowhere
    detour: Mask  # at a page or another site, but somewhere else than asked for
    says: Sequence[str]
    leads_to: Sequence[str]

    @classmethod
    def of(cls, pages: pd.DataFrame, row: Callable[[str | None], int]) -> Ends:
        """Return the ends of all rows; a redirect to an address never visited ends there."""
        status = pages["status"].to_numpy()
        redirects = pages["redirect_to"].to_numpy(dtype=object)
        moved = pages["redirect_to"].notna().to_numpy()
        failed = ~moved & ((status == 0) | (status >= 400))
        says = [_failure(code) if bad else "" for code, bad in zip(status, failed, strict=True)]
        leads_to = [""] * len(pages)
        broken, detour = failed.copy(), np.zeros(len(pages), dtype=np.bool_)
        urls = pages["url"].to_numpy()
        for start in map(int, np.flatnonzero(moved)):
            seen, here, address = {start}, row(redirects[start]), redirects[start]
            while here >= 0 and moved[here] and here not in seen:
                seen.add(here)
                here, address = row(redirects[here]), redirects[here]
            if here in seen:
                broken[start], says[start] = True, "redirects in a circle"
            elif here >= 0 and failed[here]:
                broken[start] = True
                says[start] = f"redirects to {urls[here]}, which {says[here]}"
            else:
                detour[start], leads_to[start] = True, address
                says[start] = f"redirects to {address}"
        return cls(broken=broken, detour=detour, says=says, leads_to=leads_to)


def _failure(status: int) -> str:
    return f"answers {status}" if status else "gives no answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicks:
    """The links of a crawl as numbers; -1 for an address that was never visited."""

    links: pd.DataFrame  # LINKS
    ends: Ends
    targets: Sequence[str]
    target: Ints  # of each link: number in ``targets``
    target_row: Ints  # of each of ``targets``: row of PAGES
    source_page: Ints  # of each link: row of the page that its source means
    final: Ints  # of each row of PAGES: row of the page that it means
    content: Mask  # of each link
    own: Mask  # of each link: its source is its own canonical

    @classmethod
    def of(cls, snapshot: CrawlSnapshot, identity: Identity) -> Clicks:
        """Return the links of ``snapshot``. Cost: one factorisation of three columns."""
        rows = {url: number for number, url in enumerate(snapshot.pages["url"])}

        def row(url: str | None) -> int:
            fetched = identity.fetched(url) if url else None
            return -1 if fetched is None else rows.get(fetched, -1)

        links = snapshot.links
        final = np.array([rows.get(identity.finals[url] or "", -1) for url in rows], dtype=np.int64)
        target, targets = pd.factorize(links["target"])
        source, sources = pd.factorize(links["source"])
        region, regions = pd.factorize(links["region"])
        source_row = _taken(np.array([row(url) for url in sources], dtype=np.int64), source)
        source_page = _taken(final, source_row)
        return cls(
            links=links,
            ends=Ends.of(snapshot.pages, row),
            targets=list(targets),
            target=target.astype(np.int64),
            target_row=np.array([row(url) for url in targets], dtype=np.int64),
            source_page=source_page,
            final=final,
            content=np.array([name == Region.CONTENT.value for name in regions], np.bool_)[region],
            own=(source_page >= 0) & (source_page == source_row),
        )

    def reached(self, *, content_only: bool = False) -> Mask:
        """Return which rows of PAGES another page links, directly or by a redirect."""
        to = _taken(self.final, self.target_row)[self.target]
        counts = (to >= 0) & (to != self.source_page)
        if content_only:
            counts &= self.content
        reached = np.zeros(len(self.final), dtype=np.bool_)
        reached[to[counts]] = True
        return reached

    def faults(self, at: Mask, examples: int | None) -> LinkFaults:
        """Return the links to the rows of PAGES that ``at`` marks, most links in content first."""
        faulty = np.append(at, np.False_)[self.target_row]
        links = np.flatnonzero(faulty[self.target] & self.own)
        target, content = self.target[links], self.content[links]
        number = np.bincount(target, minlength=len(self.targets))
        in_content = np.bincount(target[content], minlength=len(self.targets))
        order = np.lexsort((-number, -in_content))
        edited = order[in_content[order] > 0]
        template = order[(number[order] > 0) & (in_content[order] == 0)]
        return LinkFaults(
            links=len(links),
            targets=len(edited) + len(template),
            content_links=int(content.sum()),
            content_targets=len(edited),
            content_sources=len(np.unique(self.source_page[links[content]])),
            template_targets=len(template),
            examples=tuple(
                self._fault(one, links[target == one], examples)
                for one in (*edited[:examples], *template[:examples])
            ),
        )

    def _fault(self, target: int, links: Ints, examples: int | None) -> LinkFault:
        row = self.target_row[target]
        content = links[self.content[links]]
        wordless = (self.links["anchor"].iloc[content] == "").to_numpy()
        content = content[np.argsort(wordless, kind="stable")]
        shown = content[:examples] if len(content) else links[:1]
        places = self.links.iloc[shown]
        return LinkFault(
            target=self.targets[target],
            says=self.ends.says[row],
            leads_to=self.ends.leads_to[row],
            links=len(links),
            content_links=len(content),
            places=tuple(
                LinkPlace(source=source, anchor=anchor, content=len(content) > 0)
                for source, anchor in zip(places["source"], places["anchor"], strict=True)
            ),
        )


def _taken(values: Ints, at: Ints) -> Ints:
    """Return ``values`` at each place, -1 where the place is -1."""
    return np.append(values, np.int64(-1))[at]
