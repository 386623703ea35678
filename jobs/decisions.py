"""The reader's decisions, and recommendations as a list or a table."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from jobs.offered_rules import offered_rules
from jobs.output import plain, print_json, write_text
from jobs.request import Request
from jobs.wiring import configured, opened
from recommender.errors import UnknownRecommendation
from recommender.models import REST, DismissReason, Effect, Recommendation, Role, Status
from recommender.passes.site import Site

COLUMNS = (
    "property",
    "id",
    "kind",
    "status",
    "source_url",
    "target_url",
    "anchor",
    "old_anchor",
    "sentence_before",
    "sentence_after",
    "score",
    "page_score",
    "passage_score",
    "anchor_score",
    "value",
    "reasons",
    "origin",
    "dismissed_because",
    "created_at",
    "mailed_at",
    "live_at",
    "removed_at",
    "effect_verdict",
    "effect_change",
    "effect_low",
    "effect_high",
    "brief",
)
"""Columns of the export; others rely on them: change only with a version bump."""


@contextmanager
def _sites(request: Request) -> Iterator[list[Site]]:
    config, chosen = configured(request)
    with ExitStack() as stack:
        stored = replace(request, from_store=True)
        yield [stack.enter_context(opened(stored, config, one)) for one in chosen]


def show(request: Request, *, statuses: Sequence[str], as_json: bool) -> None:
    """Print recommendations, best value first, a line each."""
    wanted = [_status(name) for name in statuses] or None
    with _sites(request) as sites:
        found = [r for site in sites for r in site.decisions.recommendations(wanted)]
    if as_json:
        print_json(found)
        return
    for one in found:
        click.echo(f"{one.id}  {one.status:<9}  {one.kind}  “{one.anchor}”")
        click.echo(f"            {one.source}\n         -> {one.target}")
    if not found and wanted:
        click.echo(f"no recommendation is {' or '.join(wanted)}")
    elif not found:
        click.echo("no recommendations yet: run `linkwright daily`")


def _status(name: str) -> Status:
    try:
        return Status(name)
    except ValueError as error:
        raise click.BadParameter(
            f"{name!r} is not one of {', '.join(Status)}", param_hint="--status"
        ) from error


def decide(request: Request, ids: Iterable[str], status: str, reason: str | None) -> None:
    """Set the status of recommendations; nothing is saved unless every one can take it."""
    with _sites(request) as sites:
        found = [_find(sites, one) for one in ids]
        changed = [(site, _decided(one, status, reason, site.now)) for site, one in found]
        for (site, read), (_, one) in zip(found, changed, strict=True):
            saved = one
            if not site.decisions.save([one], since=[read]):  # a run changed it meanwhile
                newer = site.decisions.recommendation(read.id)
                saved = _decided(newer, status, reason, site.now)
                site.decisions.save([saved])
            click.echo(f"{saved.id}  {saved.status}  {saved.source} -> {saved.target}")
            for line in _consequences(site, saved):
                click.echo(f"            {line}")


def _consequences(site: Site, edit: Recommendation) -> Iterator[str]:
    """Yield what a dismissal means for the pair of pages, and rules that would go further."""
    match edit.dismissed_because if edit.status is Status.DISMISSED else None:
        case DismissReason.WRONG_PAGE:
            yield "this page is never asked again to link that one"
        case DismissReason.WRONG_PLACE:
            yield "the pair may come back, never at this place"
        case DismissReason.WRONG_WORDS:
            yield "the pair may come back, with other words"
        case DismissReason.NOT_NOW:
            yield f"the pair may come back from {site.day_of(edit.changed_at + REST)} on"
        case DismissReason.NOT_ALLOWED:
            yield "this page is never asked again to link that one"
            yield f"to forbid more, put a rule under {site.config.name} in the configuration"
            yield "(what stands there already under the same key stays in its list):"
            for forbids, rule in offered_rules(edit):
                yield f"  {rule}  # {forbids}"


def _decided(
    recommendation: Recommendation, status: str, reason: str | None, now: datetime
) -> Recommendation:
    changes: dict[str, object] = {}
    if reason is not None:
        changes["dismissed_because"] = DismissReason(reason)
    if status == Status.LIVE:
        changes["live_anchor"] = recommendation.anchor
    return recommendation.to(Status(status), now, **changes)


def _find(sites: Sequence[Site], recommendation_id: str) -> tuple[Site, Recommendation]:
    missing: UnknownRecommendation | None = None
    for site in sites:
        try:
            return site, site.decisions.recommendation(recommendation_id)
        except UnknownRecommendation as error:
            missing = error
    assert missing is not None
    raise missing


def write_out(request: Request, *, form: str, out: Path | None) -> None:
    """Write every recommendation of the chosen properties."""
    with _sites(request) as sites:
        rows = [row for site in sites for row in _rows(site)]
    if form == "json":
        write_text(json.dumps(rows, ensure_ascii=False, indent=2) + "\n", out)
        return
    table = io.StringIO()
    writer = csv.DictWriter(table, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(row[name]) for name in COLUMNS} for row in rows)
    write_text(table.getvalue(), out)


def _rows(site: Site) -> Iterator[dict[str, object]]:
    effects = _latest(site.decisions.effects())
    for one in site.decisions.recommendations():
        effect = effects.get(one.target) if one.live_at else None
        end = one.anchor_start + len(one.anchor)
        marked = (
            f"{one.sentence[: one.anchor_start]}[{one.anchor}]({one.target}){one.sentence[end:]}"
        )
        yield {
            "property": site.config.name,
            "id": one.id,
            "kind": one.kind.value,
            "status": one.status.value,
            "source_url": one.source,
            "target_url": one.target,
            "anchor": one.anchor,
            "old_anchor": one.old_anchor,
            "sentence_before": one.sentence,
            "sentence_after": marked if one.anchor and one.kind != "remove" else one.sentence,
            "score": one.score,
            "page_score": one.page_score,
            "passage_score": one.passage_score,
            "anchor_score": one.anchor_score,
            "value": one.value,
            "reasons": plain(one.reasons),
            "origin": one.origin.value,
            "dismissed_because": plain(one.dismissed_because),
            "created_at": plain(one.created_at),
            "mailed_at": plain(one.mailed_at),
            "live_at": plain(one.live_at),
            "removed_at": plain(one.removed_at),
            "effect_verdict": effect.verdict.value if effect else None,
            "effect_change": _ratio(effect.change) if effect else None,
            "effect_low": _ratio(effect.low) if effect else None,
            "effect_high": _ratio(effect.high) if effect else None,
            "brief": one.brief,
        }


def _latest(effects: Iterable[Effect]) -> dict[str, Effect]:
    """Return the latest reading of impressions of each target page."""
    latest: dict[str, Effect] = {}
    for effect in sorted(effects, key=lambda e: (e.clock_start, e.reading_day)):
        if effect.role is Role.TARGET and effect.metric == "impressions" and effect.page:
            latest[effect.page] = effect
    return latest


def _ratio(change: float | None) -> float | None:
    """Return a log ratio as a share: 0.1 is ten percent more."""
    return None if change is None else math.expm1(change)


def _cell(value: object) -> object:
    """Return ``value`` for a spreadsheet; text that a spreadsheet would run gets an apostrophe."""
    if isinstance(value, list):
        value = "; ".join(str(reason["evidence"]) for reason in value)
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t"):
        return "'" + value
    return value
