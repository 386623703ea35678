"""The report on one target as plain text, for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Mapping

from recommender.models import CheckOutcome, Decision
from recommender.report.cards import EditCard
from recommender.report.target import CheckRow, LedgerRow, TargetReport
from recommender.report.words import counted, wrapped

_BOLD, _OPEN, _CLOSE, _END = "\x02", "\x03", "\x04", "\x05"
_GREEN, _AMBER, _RED, _DIM = "\x0e", "\x0f", "\x10", "\x11"
"""Marks in the text while it is put together; no printable text holds them (words.shown)."""

_PAINT: Mapping[str, str] = {
    _BOLD: "\x1b[1m",
    _OPEN: "\x1b[1m",
    _CLOSE: "\x1b[0m",
    _END: "\x1b[0m",
    _GREEN: "\x1b[32m",
    _AMBER: "\x1b[33m",
    _RED: "\x1b[31m",
    _DIM: "\x1b[2m",
}
_NO_PAINT = {mark: {_OPEN: "[", _CLOSE: "]"}.get(mark, "") for mark in _PAINT}

_TONE: Mapping[CheckOutcome | Decision, str] = {
    CheckOutcome.PASS: _GREEN,
    CheckOutcome.WARN: _AMBER,
    CheckOutcome.FAIL: _RED,
    CheckOutcome.UNKNOWN: _DIM,
    Decision.SOUND: _GREEN,
    Decision.WEAK: _AMBER,
    Decision.UNCOUNTED: _DIM,
}

_LABEL_WIDTH = 13

_NO_FORECAST = (
    "What a better position would be worth says nothing of what a link brings; no link's gain is "
    "forecast."
)


def target_text(report: TargetReport, *, colour: bool = False) -> str:
    """Return the report in lines of at most 78 columns; ``colour`` adds ANSI codes.

    The anchor stands in brackets, with ``colour`` bold instead.
    """
    card = report.card
    parts = [
        [_bold(wrapped(card.page.title)), wrapped(card.page.url or card.page.path)],
        [wrapped(note, 0, "Note: ") for note in report.notes],
        _demand(report),
        _section("What links cannot make up for", *_checks(report.checks)),
        _section("Links today", *_links(report)),
        _section("Plan", wrapped(_plan(report), 2)),
        *(_edit(edit, number) for number, edit in enumerate(card.edits, start=1)),
        [wrapped(_NO_FORECAST)],
    ]
    text = "\n\n".join("\n".join(part) for part in parts if part) + "\n"
    paint: dict[str, str | int | None] = {**(_PAINT if colour else _NO_PAINT)}
    return text.translate(str.maketrans(paint))


def _bold(text: str) -> str:
    return f"{_BOLD}{text}{_END}"


def _section(title: str, *lines: str) -> list[str]:
    return [_bold(title), *lines] if lines else []


def _demand(report: TargetReport) -> list[str]:
    lines = []
    if report.demand:
        demand = report.demand
        total = f"{demand.impressions} impressions, {demand.clicks} clicks"
        lines.append(wrapped(f"{total}, position {demand.position}, {report.window}", 2))
        lines += [
            wrapped(
                f"{line.query}: {line.impressions} impressions, {line.clicks} clicks, "
                f"position {line.position}",
                2,
                "- ",
            )
            for line in demand.queries
        ]
    if report.card.why_now:
        lines.append(wrapped(report.card.why_now, 2))
    return _section("Demand", *lines)


def _checks(rows: tuple[CheckRow, ...]) -> list[str]:
    lines = []
    for row in rows:
        numbers = f" ({row.value} against {row.threshold})" if row.value and row.threshold else ""
        text = " ".join(filter(None, (f"{row.name}{numbers}: {row.finding}", row.advice)))
        lines.append(_labelled(row.label, row.outcome, text))
    return lines


def _links(report: TargetReport) -> list[str]:
    return [
        wrapped(report.card.links_now, 2),
        *(wrapped(finding, 2, "Pattern: ") for finding in report.card.findings),
        *(_labelled(row.label, row.decision, _link(row)) for row in report.ledger),
        wrapped("Sound and weak are our rules; what Google makes of a link cannot be known.", 2),
    ]


def _link(row: LedgerRow) -> str:
    words = f"“{row.anchor}”" if row.anchor else "a link without words"
    return f"{words} on {row.source.path}: {row.because} ({row.numbers})"


def _labelled(label: str, kind: CheckOutcome | Decision, text: str) -> str:
    """Return text beside its label, broken into lines that hang behind it."""
    lines = wrapped(text, 2, " " * _LABEL_WIDTH)
    return f"  {_TONE[kind]}{label:<{_LABEL_WIDTH}}{_END}" + lines[2 + _LABEL_WIDTH :]


def _plan(report: TargetReport) -> str:
    if report.nothing_because:
        return report.nothing_because
    return f"{counted(len(report.card.edits), 'edit')}, the most valuable first."


def _edit(edit: EditCard, number: int) -> list[str]:
    label = "These words:  " if edit.anchor else "Why here:     "
    marked = f"{edit.before}{_OPEN}{edit.anchor}{_CLOSE}{edit.after}"
    sentence = wrapped(marked if edit.anchor else edit.before + edit.after, 4, "", "| ")
    return [
        _bold(wrapped(f"{edit.label} on {edit.source.title}", 0, f"{number}. ")),
        wrapped(edit.source.url or edit.source.path, 4),
        *([wrapped(edit.place, 4)] if edit.place else []),
        sentence,
        wrapped(edit.instruction, 4),
        *([wrapped(edit.find, 4, "Find it:      ")] if edit.find else []),
        *([wrapped(" ".join(edit.why_page), 4, "This page:    ")] if edit.why_page else []),
        *([wrapped(" ".join(edit.why_words), 4, label)] if edit.why_words else []),
        wrapped(edit.scores, 4, "Scores:       "),
        f"    Yes, later:   linkwright accept {edit.id}",
        f"    No:           linkwright dismiss {edit.id} --reason wrong_page",
    ]
