"""All that is wrong with a site by our rules, one list a kind, as a terminal or a file shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from recommender.models import TargetCase
from recommender.report.cards import FixCard, PageName, fix_card, links_now, page_name
from recommender.report.coverage import EXAMPLES, Address, Coverage, Group
from recommender.report.coverage_words import coverage_text
from recommender.report.words import as_sentence, long_date, plain, short_url, wrapped


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFinding:
    """A page and what was found on it."""

    page: PageName
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFaults:
    """What is wrong with a site, everything of each kind; a page may be in several."""

    as_of: str
    fix_first: tuple[FixCard, ...]  # what links cannot make up for, most need first
    patterns: tuple[PageFinding, ...]  # pages whose links fail together
    unlinked: tuple[PageFinding, ...]  # targets that no page links from its text
    crowded: tuple[PageFinding, ...]  # texts crowded with links, the most crowded first
    kept_out: tuple[Group, ...]  # pages that are never a target, by why
    coverage: Coverage


def site_faults(
    *,
    as_of: date,
    cases: Sequence[TargetCase],
    crowded: Mapping[str, str],
    kept_out: Mapping[str, str],
    coverage: Coverage,
    titles: Mapping[str, str],
) -> SiteFaults:
    """Return what is wrong with a site whose targets were judged (``cases``).

    ``crowded`` says of a page how crowded its text is, ``kept_out`` why a page is never a target;
    ``titles`` maps a URL to its title.
    """
    return SiteFaults(
        as_of=long_date(as_of),
        fix_first=tuple(fix_card(case) for case in cases if case.failed),
        patterns=tuple(
            _finding(case, *(as_sentence(pattern.finding) for pattern in case.patterns))
            for case in cases
            if case.ledger and case.patterns
        ),
        unlinked=tuple(_finding(case, links_now(case)) for case in cases if not case.ledger),
        crowded=tuple(
            PageFinding(page=page_name(url, titles.get(url, "")), says=(as_sentence(says),))
            for url, says in crowded.items()
        ),
        kept_out=_by_reason(kept_out),
        coverage=coverage,
    )


def faults_text(faults: SiteFaults) -> str:
    """Return all of it in lines of at most 78 columns, with the ledger of the crawl at the end."""
    parts = [
        f"What our rules find on {faults.as_of}",
        _part(
            "Fix first: links cannot make up for these",
            [
                (card.page, [f"{check.label}. {check.finding}" for check in card.checks])
                for card in faults.fix_first
            ],
        ),
        _part("Links that fail together", _told(faults.patterns)),
        _part("Linked from no text", _told(faults.unlinked)),
        _part("Texts crowded with links", _told(faults.crowded)),
        _kept_out(faults.kept_out),
        coverage_text(faults.coverage),
    ]
    return "\n\n".join(filter(None, parts))


def _finding(case: TargetCase, *says: str) -> PageFinding:
    return PageFinding(page=page_name(case.url, case.title), says=says)


def _by_reason(kept_out: Mapping[str, str]) -> tuple[Group, ...]:
    pages: dict[str, list[str]] = {}
    for url, why in kept_out.items():
        pages.setdefault(why, []).append(url)
    return tuple(
        Group(name=why, addresses=len(urls), examples=tuple(Address(url=url) for url in urls))
        for why, urls in sorted(pages.items())
    )


def _told(findings: Iterable[PageFinding]) -> list[tuple[PageName, Sequence[str]]]:
    return [(finding.page, finding.says) for finding in findings]


def _part(title: str, pages: Sequence[tuple[PageName, Sequence[str]]]) -> str:
    if not pages:
        return f"{title}: none."
    lines = [f"{title} ({len(pages):,})"]
    for page, says in pages:
        lines += [wrapped(page.title, 2), wrapped(page.url or page.path, 2)]
        lines += [wrapped(said, 4, "- ") for said in says]
    return "\n".join(lines)


def _kept_out(groups: Sequence[Group]) -> str:
    if not groups:
        return "No page is kept out as a target by its kind."
    lines = ["Never proposed as targets, by what they are"]
    for group in groups:
        lines.append(wrapped(f"{plain(group.name)} ({group.addresses:,})", 2))
        lines += [wrapped(short_url(one.url), 4) for one in group.examples[:EXAMPLES]]
        more = group.addresses - EXAMPLES
        lines += [wrapped(f"and {more:,} more", 4)] if more > 0 else []
    return "\n".join(lines)
