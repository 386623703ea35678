"""What the newest stored crawl covered: as text, as JSON, as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from jobs.output import plain, print_json, write_text
from jobs.request import Request
from jobs.wiring import configured, opened
from recommender.config import Config, PropertyConfig
from recommender.errors import NoData
from recommender.report.coverage import EXAMPLES, Coverage, Group, coverage
from recommender.report.coverage_words import coverage_text
from recommender.report.link_faults import LinkFaults
from recommender.urls import Identity

COLUMNS = (
    "property",
    "kind",
    "address",
    "says",
    "leads_to",
    "links",
    "content_links",
    "source",
    "anchor",
)
"""Columns of the table; others rely on them: change only with a version bump."""


def show(request: Request, *, as_json: bool, table: Path | None) -> None:
    """Print the ledger of each property; data and table have every address, text some of each.

    Raises NoData where a property was not crawled yet.
    """
    config, chosen = configured(request)
    complete = as_json or table is not None
    found = {one.name: _ledger(request, config, one, complete=complete) for one in chosen}
    if table is not None:
        write_text(_table(found), table)
        request.console.line(f"written to {table}")
    if as_json:
        print_json([{"property": name, "coverage": plain(one)} for name, one in found.items()])
    elif table is None:
        for name, one in found.items():
            print(f"{name}: {coverage_text(one)}")


def newest(
    request: Request, config: Config, one: PropertyConfig, *, examples: int | None = EXAMPLES
) -> Coverage | None:
    """Return the ledger of the property's newest stored crawl, None where there is none."""
    with opened(replace(request, from_store=True), config, one) as site:
        snapshot = site.facts.crawl(as_of=request.now)
    if snapshot is None:
        return None
    return coverage(snapshot, Identity.of(snapshot.pages), examples=examples)


def _ledger(request: Request, config: Config, one: PropertyConfig, *, complete: bool) -> Coverage:
    found = newest(request, config, one, examples=None if complete else EXAMPLES)
    if found is None:
        raise NoData(
            f"{one.name} was not crawled yet",
            subject=one.name,
            hint="run `linkwright crawl`, or `linkwright daily` for all stages",
        )
    return found


# --- The table ------------------------------------------------------------------------------


def _table(found: dict[str, Coverage]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for name, one in found.items():
        writer.writerows({"property": name, **row} for row in _rows(one))
    return text.getvalue()


def _rows(found: Coverage) -> Iterator[dict[str, object]]:
    """Yield a row for each link in content, and for each other address one."""
    yield from _of_faults("broken_link", found.broken)
    yield from _of_faults("redirected_link", found.redirected)
    groups = [found.orphans, found.template_only, found.script_pages, *found.answers]
    for group in groups:
        yield from _of_group(group, group.name if group else "")
    for group in found.unvisited or ():
        yield from _of_group(group, f"not_visited_{group.name}")


def _of_group(group: Group | None, kind: str) -> Iterator[dict[str, object]]:
    for one in group.examples if group else ():
        yield {"kind": kind, "address": one.url, "says": _cell(one.says)}


def _of_faults(kind: str, faults: LinkFaults) -> Iterator[dict[str, object]]:
    for fault in faults.examples:
        for place in fault.places:
            yield {
                "kind": kind,
                "address": fault.target,
                "says": fault.says,
                "leads_to": fault.leads_to,
                "links": fault.links,
                "content_links": fault.content_links,
                "source": place.source,
                "anchor": _cell(place.anchor),
            }


def _cell(text: str) -> str:
    """Return ``text`` for a spreadsheet; what a spreadsheet would run gets an apostrophe."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text
