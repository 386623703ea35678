"""The report on one target: need, gate, existing links, patterns, and the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from recommender.models import CheckOutcome, Decision, GateCheck, LedgerLine, Plan, Window
from recommender.report.cards import DemandCard, PageName, TargetCard, demand_card, page_name
from recommender.report.cards import target_card as card_of
from recommender.report.digest import NO_SEARCH_DATA
from recommender.report.words import as_sentence, long_date, plain, span

OUTCOME_LABEL: Mapping[CheckOutcome, str] = {
    CheckOutcome.PASS: "ok",
    CheckOutcome.WARN: "note",
    CheckOutcome.FAIL: "fail",
    CheckOutcome.UNKNOWN: "no data",
}

DECISION_LABEL: Mapping[Decision, str] = {
    Decision.SOUND: "sound",
    Decision.WEAK: "weak",
    Decision.UNCOUNTED: "not counted",
}

_WORST_FIRST = (Decision.WEAK, Decision.UNCOUNTED, Decision.SOUND)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """One check of the gate with its numbers."""

    name: str
    outcome: CheckOutcome
    label: str
    value: str  # "0.58", "" where the check has none
    threshold: str
    finding: str
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """One existing link and what our rules make of it."""

    source: PageName
    anchor: str  # "" for a link without words
    region: str
    decision: Decision
    label: str
    because: str
    numbers: str  # "source strength 0.74, words 0.00"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetReport:
    """Everything that `linkwright url` says of one target."""

    site: str
    as_of: str
    window: str  # "" without search data
    card: TargetCard
    demand: DemandCard | None  # with more queries than the card shows
    checks: tuple[CheckRow, ...]
    failed: bool
    ledger: tuple[LedgerRow, ...]
    notes: tuple[str, ...]
    nothing_because: str  # why no edit is proposed, "" where some are


def target_report(
    *,
    site: str,
    as_of: date,
    window: Window | None,
    plan: Plan,
    notes: Sequence[str] = (),
    places: Mapping[str, str] | None = None,
    titles: Mapping[str, str] | None = None,
) -> TargetReport:
    """Return the report on the plan's target; weak links first.

    ``places`` and ``titles`` are as in :func:`recommender.report.digest.compose`.
    """
    case = plan.case
    missing = () if window and case.demand else (NO_SEARCH_DATA,)
    ledger = sorted(case.ledger, key=lambda line: _WORST_FIRST.index(line.decision))
    return TargetReport(
        site=plain(site),
        as_of=long_date(as_of),
        window=span(window) if window else "",
        card=card_of(plan, places or {}),
        demand=demand_card(case.demand, top=10),
        checks=tuple(_check_row(check) for check in case.checks),
        failed=not case.passed,
        ledger=tuple(_ledger_row(line, titles or {}) for line in ledger),
        notes=tuple(dict.fromkeys(missing + tuple(plain(note) for note in notes))),
        nothing_because=_nothing_because(plan),
    )


def _check_row(check: GateCheck) -> CheckRow:
    return CheckRow(
        name=plain(check.name).replace("_", " "),
        outcome=check.outcome,
        label=OUTCOME_LABEL[check.outcome],
        value=_number(check.value),
        threshold=_number(check.threshold),
        finding=as_sentence(check.finding),
        advice=as_sentence(check.advice),
    )


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.2f}"


def _ledger_row(line: LedgerLine, titles: Mapping[str, str]) -> LedgerRow:
    quality = "unknown" if line.anchor_quality is None else f"{line.anchor_quality:.2f}"
    return LedgerRow(
        source=page_name(line.source, titles.get(line.source, "")),
        anchor=plain(line.anchor, limit=80),
        region=str(line.region),
        decision=line.decision,
        label=DECISION_LABEL[line.decision],
        because=as_sentence(line.because),
        numbers=f"source strength {line.source_strength:.2f}, words {quality}",
    )


def _nothing_because(plan: Plan) -> str:
    if plan.recommendations:
        return ""
    if plan.case.failed:
        return "No link is proposed: a check fails that links cannot make up for."
    return "No link is proposed: no sentence met the rules and the minimum score."
