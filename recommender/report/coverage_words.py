"""The coverage ledger in words: as lines, as a part of the digest, and in full for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from recommender.models import Visited
from recommender.report.cards import PageName, page_name
from recommender.report.coverage import READ, Answer, Coverage, Group
from recommender.report.link_faults import LinkFault, LinkFaults
from recommender.report.words import counted, listed, long_date, plain, short_url, wrapped

MOST_FINDINGS = 4
"""Findings in a mail, beside the line that says what was read."""

_REMARK_LIMIT = 160
_ANCHOR_LIMIT = 80

_ANSWERED: Mapping[Answer, tuple[str, str]] = {
    Answer.REDIRECT: ("redirects", "redirect"),
    Answer.NOT_FOUND: ("not found", "not found"),
    Answer.CLIENT_ERROR: ("refuses with another 4xx", "refuse with another 4xx"),
    Answer.SERVER_ERROR: ("fails with 5xx", "fail with 5xx"),
    Answer.NO_ANSWER: ("gives no answer", "give no answer"),
    Answer.NOT_HTML: ("is no HTML", "are no HTML"),
    Answer.OTHER: ("answers otherwise", "answer otherwise"),
}
_INDEXED: Mapping[Answer, tuple[str, str]] = {
    Answer.INDEXABLE: ("may be indexed", "may be indexed"),
    Answer.NOINDEX: ("says noindex", "say noindex"),
    Answer.CANONICAL: ("names another page as canonical", "name another page as canonical"),
    Answer.SOFT_404: ("looks like an error page", "look like error pages"),
    Answer.KEPT_OUT: ("is kept out otherwise", "are kept out otherwise"),
}
_VISITED: Mapping[Visited, str] = {
    Visited.FETCHED: "fetched",
    Visited.CARRIED: "carried over from earlier visits",
    Visited.FAILED: "without an answer",
    Visited.WAITING: "not reached",
    Visited.FORBIDDEN: "forbidden by robots.txt",
    Visited.REFUSED: "refused as unsafe",
    Visited.TRAP: "in an endless series of addresses",
    Visited.DEEP: "deeper than max_depth",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlFinding:
    """One thing that is wrong with the site's links: what, and an example around a page."""

    text: str
    before: str
    page: PageName
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlCard:
    """What a digest says of the crawl; without findings nothing is wrong."""

    basis: str
    findings: tuple[CrawlFinding, ...]


def coverage_lines(coverage: Coverage) -> tuple[str, ...]:
    """Return the ledger in sentences; what the crawl did not record is left out."""
    return tuple(
        filter(
            None,
            (
                _addresses(coverage),
                _indexing(coverage),
                _visits(coverage),
                _unvisited(coverage),
                _depths(coverage),
                _orphans(coverage),
                _template_only(coverage),
                _scripts(coverage),
                broken_line(coverage.broken),
                _detours(coverage.redirected),
            ),
        )
    )


def crawl_card(coverage: Coverage, titles: Mapping[str, str]) -> CrawlCard:
    """Return what the mail says of a crawl, what an editor can mend first."""
    found = tuple(_findings(coverage, titles))
    return CrawlCard(basis=_addresses(coverage), findings=found[:MOST_FINDINGS])


# --- Sentences ------------------------------------------------------------------------------


def _addresses(coverage: Coverage) -> str:
    recorded = coverage.unvisited is not None
    parts = [f"{coverage.answered(*READ):,} read"]
    parts += _parts(coverage.answers, _ANSWERED)
    unvisited = sum(group.addresses for group in coverage.unvisited or ())
    parts += [f"{unvisited:,} not visited"] if unvisited else []
    known = counted(coverage.addresses, "address", "addresses")
    return f"{known} {'known' if recorded else 'visited'}: {', '.join(parts)}."


def _indexing(coverage: Coverage) -> str:
    read = coverage.answered(*READ)
    if read == coverage.answered(Answer.INDEXABLE):
        return ""
    return f"Of the {counted(read, 'page')} read, {listed(_parts(coverage.answers, _INDEXED))}."


def _parts(groups: Sequence[Group], words: Mapping[Answer, tuple[str, str]]) -> list[str]:
    number = {group.name: group.addresses for group in groups}
    return [
        f"{number[kind]:,} {one if number[kind] == 1 else many}"
        for kind, (one, many) in words.items()
        if number.get(kind)
    ]


def _visits(coverage: Coverage) -> str:
    number = {group.name: group.addresses for group in coverage.visits or ()}
    told = (Visited.FETCHED, Visited.CARRIED, Visited.FAILED)
    if not number.get(Visited.CARRIED) and not number.get(Visited.FAILED):
        return ""
    parts = [f"{number[kind]:,} {_VISITED[kind]}" for kind in told if number.get(kind)]
    return f"In this crawl: {', '.join(parts)}."


def _unvisited(coverage: Coverage) -> str:
    groups = coverage.unvisited or ()
    if not groups:
        return ""
    total = sum(group.addresses for group in groups)
    parts = [f"{group.addresses:,} {_VISITED[Visited(group.name)]}" for group in groups]
    return f"{total:,} not visited: {', '.join(parts)}."


def _depths(coverage: Coverage) -> str:
    depths = coverage.depths
    named = (("one", depths.one), ("two", depths.two), ("three", depths.three))
    parts = [f"{name} for {counted(number, 'page')}" for name, number in named if number]
    parts += [f"four or more for {counted(depths.more, 'page')}"] if depths.more else []
    said = f"Clicks from the home page: {', '.join(parts)}." if parts else ""
    if not depths.unreached:
        return said
    lost = counted(depths.unreached, "page")
    return f"{said} {lost} cannot be reached from it by links.".strip()


def _orphans(coverage: Coverage) -> str:
    if coverage.orphans is None or not coverage.orphans.addresses:
        return ""
    number = coverage.orphans.addresses
    pages = counted(number, "page")
    return f"{pages} of the sitemap or Search Console {_are(number)} linked from no other page."


def _template_only(coverage: Coverage) -> str:
    number = coverage.template_only.addresses
    if not number:
        return ""
    return (
        f"{counted(number, 'page')} {_are(number)} linked from menus, boxes or footers only, "
        "never in the content of another page."
    )


def _scripts(coverage: Coverage) -> str:
    if coverage.script_pages is None or not coverage.script_links:
        return ""
    number = coverage.script_links
    where = counted(coverage.script_pages.addresses, "page")
    lead = "leads" if number == 1 else "lead"
    return (
        f"{counted(number, 'element')} on {where} {lead} on by JavaScript only: where to, "
        "no crawler sees."
    )


def broken_line(faults: LinkFaults) -> str:
    """Return how many links lead in vain, in content and in templates."""
    if not faults.links:
        return "No internal link was found broken."
    return _both(_broken_content(faults), _broken_templates(faults))


def _broken_content(faults: LinkFaults) -> str:
    if not faults.content_links:
        return ""
    work = "does not work" if faults.content_targets == 1 else "do not work"
    return f"{_content_links(faults)} that {work}."


def _broken_templates(faults: LinkFaults) -> str:
    number = faults.template_targets
    if not number:
        return ""
    work = "does not work" if number == 1 else "do not work"
    return f"{counted(number, 'address', 'addresses')} that {work} {_in_templates(number)}."


def _detours(faults: LinkFaults) -> str:
    number = faults.template_targets
    templates = f"{counted(number, 'redirecting address', 'redirecting addresses')} "
    return _both(
        _detours_in_content(faults), f"{templates}{_in_templates(number)}." if number else ""
    )


def _detours_in_content(faults: LinkFaults) -> str:
    if not faults.content_links:
        return ""
    redirect = "redirects" if faults.content_targets == 1 else "redirect"
    return f"{_content_links(faults)} that {redirect}."


def _in_templates(number: int) -> str:
    return f"{_are(number)} linked from menus, boxes or footers only"


def _both(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _content_links(faults: LinkFaults) -> str:
    links = counted(faults.content_links, "link")
    pages = counted(faults.content_sources, "page")
    lead = "leads" if faults.content_links == 1 else "lead"
    to = counted(faults.content_targets, "address", "addresses")
    return f"{links} in the content of {pages} {lead} to {to}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


# --- The digest -----------------------------------------------------------------------------


def _findings(coverage: Coverage, titles: Mapping[str, str]) -> Iterator[CrawlFinding]:
    """Yield what is wrong, what an editor can mend first."""
    broken, detours = coverage.broken, coverage.redirected
    if broken.content_links:
        fault = broken.examples[0]
        yield _of_link(_broken_content(broken), fault, f", which {fault.says}", titles)
    if coverage.orphans is not None and coverage.orphans.addresses:
        yield _of_page(_orphans(coverage), coverage.orphans, titles)
    if broken.template_targets:
        fault = next(one for one in broken.examples if not one.content_links)
        yield _of_link(_broken_templates(broken), fault, f", which {fault.says}", titles)
    if detours.content_links:
        fault = detours.examples[0]
        better = f", which redirects; link {short_url(fault.leads_to)} instead"
        yield _of_link(_detours_in_content(detours), fault, better, titles)
    if coverage.script_pages is not None and coverage.script_pages.addresses:
        yield _of_page(_scripts(coverage), coverage.script_pages, titles)


def _of_link(text: str, fault: LinkFault, what: str, titles: Mapping[str, str]) -> CrawlFinding:
    place = fault.places[0]
    return CrawlFinding(
        text=text,
        before=_quoted(place.anchor),
        page=page_name(place.source, titles.get(place.source, "")),
        after=plain(f"leads to {short_url(fault.target)}{what}", limit=_REMARK_LIMIT),
    )


def _quoted(anchor: str) -> str:
    words = plain(anchor, limit=_ANCHOR_LIMIT)
    return f"“{words}” on" if words else "A link without words on"


def _of_page(text: str, group: Group, titles: Mapping[str, str]) -> CrawlFinding:
    url = group.examples[0].url
    others = group.addresses - 1
    return CrawlFinding(
        text=text,
        before="",
        page=page_name(url, titles.get(url, "")),
        after=f"and {others:,} more" if others else "",
    )


# --- The terminal ---------------------------------------------------------------------------


def coverage_text(coverage: Coverage) -> str:
    """Return the ledger in full, its examples below its sentences."""
    parts = [
        f"Crawl of {long_date(coverage.finished_at.date())}",
        "\n".join(wrapped(line, 0, "- ") for line in coverage_lines(coverage)),
        _faults("Links that do not work", coverage.broken),
        _faults("Links that take a detour", coverage.redirected),
        *(_group(title, group) for title, group in _titled(coverage)),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _titled(coverage: Coverage) -> Iterator[tuple[str, Group | None]]:
    yield "Linked from no other page", coverage.orphans
    yield "Linked from menus, boxes or footers only", coverage.template_only
    yield "Led on from by JavaScript only", coverage.script_pages
    phrases = {kind.value: many for kind, (_, many) in {**_ANSWERED, **_INDEXED}.items()}
    for group in coverage.answers:
        yield phrases[group.name].capitalize(), group
    for group in coverage.unvisited or ():
        yield f"Not visited: {_VISITED[Visited(group.name)]}", group
    for group in coverage.visits or ():
        if group.name == Visited.FAILED:
            yield "Without an answer this time", group


def _group(title: str, group: Group | None) -> str:
    if group is None or not group.examples:
        return ""
    lines = [f"{title} ({group.addresses:,})"]
    differ = len({one.says for one in group.examples}) > 1 or group.name in tuple(Visited)
    for one in group.examples:
        lines += [wrapped(plain(one.url), 2)]
        lines += [wrapped(plain(one.says), 4)] if one.says and differ else []
    return "\n".join([*lines, *_more(group.addresses - len(group.examples))])


def _faults(title: str, faults: LinkFaults) -> str:
    if not faults.examples:
        return ""
    lines = [f"{title} ({faults.targets:,})"]
    for fault in faults.examples:
        number = counted(fault.links, "link") + f", {fault.content_links:,} in content"
        lines += [wrapped(plain(fault.target), 2), wrapped(f"{plain(fault.says)}; {number}", 4)]
        for place in fault.places:
            lines += [wrapped(f"{_quoted(place.anchor)} {plain(place.source)}", 4, "- ")]
    return "\n".join([*lines, *_more(faults.targets - len(faults.examples))])


def _more(number: int) -> list[str]:
    return [f"  and {number:,} more"] if number else []
