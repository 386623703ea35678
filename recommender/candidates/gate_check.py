"""One check of the gate as a record, and what several checks share."""

from __future__ import annotations

from recommender.models import CheckOutcome, GateCheck

ENOUGH_IMPRESSIONS = 30  # of visible queries; below it one odd query decides
ENOUGH_PAGES = 20  # below it a percentile is a guess
HALF = 0.5


def made_check(
    name: str,
    outcome: CheckOutcome,
    finding: str,
    *,
    value: float | None = None,
    threshold: float | None = None,
    advice: str = "",
) -> GateCheck:
    """Return a check; its advice is kept only where there is something to do."""
    return GateCheck(
        name=name,
        outcome=outcome,
        value=value,
        threshold=threshold,
        finding=finding,
        advice="" if outcome in (CheckOutcome.PASS, CheckOutcome.UNKNOWN) else advice,
    )


def quoted(words: list[str]) -> str:
    """Return “a”, “b” and “c”."""
    marked = [f"“{word}”" for word in words]
    return " and ".join([", ".join(marked[:-1]), marked[-1]] if len(marked) > 1 else marked)
