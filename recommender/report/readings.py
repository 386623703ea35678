"""Effects in words: what may be said of a reading, and what may not (method, section 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recommender.models import Effect, Role, Verdict
from recommender.report.cards import PageName, page_name
from recommender.report.words import as_sentence, counted, plain, signed_percent

VERDICT_LABEL: Mapping[Verdict, str] = {
    Verdict.EARLY: "Early, not a result",
    Verdict.NO_CLEAR_CHANGE: "No clear change yet",
    Verdict.UP: "Up",
    Verdict.DOWN: "Down",
    Verdict.NOT_ENOUGH_DATA: "Not enough data",
}

FEW = 3  # readings without data that are still told one by one

_ORDER = (
    Verdict.UP,
    Verdict.DOWN,
    Verdict.NO_CLEAR_CHANGE,
    Verdict.EARLY,
    Verdict.NOT_ENOUGH_DATA,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One effect as it may be told: a page or a pooled batch, its label, its numbers."""

    page: PageName | None  # None: pages pooled
    subject: str
    verdict: Verdict
    label: str
    numbers: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """The readings of one digest: targets and sources apart, and how far to trust them."""

    targets: tuple[Reading, ...]
    sources: tuple[Reading, ...]
    trust: str


def readings(effects: Sequence[Effect], titles: Mapping[str, str]) -> Readings:
    """Return effects in words: pooled ones first, then by verdict and page."""
    told = sorted(
        effects,
        key=lambda e: (e.page != "", _ORDER.index(e.verdict), -e.reading_day, e.page, e.metric),
    )
    return Readings(
        targets=_told([e for e in told if e.role is Role.TARGET], titles),
        sources=_told([e for e in told if e.role is Role.SOURCE], titles),
        trust=_trust(effects),
    )


def _told(effects: Sequence[Effect], titles: Mapping[str, str]) -> tuple[Reading, ...]:
    """Return a line per effect; many that lack data are one line a metric: they tell nothing."""
    lines = []
    for metric in dict.fromkeys(effect.metric for effect in effects):
        here = [effect for effect in effects if effect.metric == metric]
        mute = [e for e in here if e.verdict is Verdict.NOT_ENOUGH_DATA]
        if len(mute) < FEW:
            lines += [_reading(effect, titles) for effect in here]
        else:
            lines += [_reading(effect, titles) for effect in here if effect not in mute]
            lines.append(_mute([e for e in mute if e.page] or mute))
    return tuple(sorted(lines, key=lambda line: _ORDER.index(line.verdict)))


def _mute(effects: Sequence[Effect]) -> Reading:
    """Return what is missing to read several pages, and the least that could have been seen."""
    smallest = [e.detectable for e in effects if e.detectable is not None]
    could = ""
    if smallest:
        could = (
            " The smallest rise we could have seen on any of them: "
            f"{signed_percent(min(smallest))}."
        )
    pages = len({effect.page for effect in effects})
    return Reading(
        page=None,
        subject=f"{plain(effects[0].metric)} of {counted(pages, 'page')}",
        verdict=Verdict.NOT_ENOUGH_DATA,
        label=VERDICT_LABEL[Verdict.NOT_ENOUGH_DATA],
        numbers=f"Too few {plain(effects[0].metric)} before the edit, or final days since.{could}",
    )


def _reading(effect: Effect, titles: Mapping[str, str]) -> Reading:
    page = page_name(effect.page, titles.get(effect.page, "")) if effect.page else None
    pooled = f"{counted(effect.pages, 'page')} together, linked in {plain(effect.batch)}"
    return Reading(
        page=page,
        subject=page.title if page else pooled,
        verdict=effect.verdict,
        label=VERDICT_LABEL[effect.verdict],
        numbers=_numbers(effect),
    )


def _numbers(effect: Effect) -> str:
    """Return the change with its interval, or what is missing to tell one."""
    missing = effect.change is None or effect.low is None or effect.high is None
    if effect.verdict is Verdict.NOT_ENOUGH_DATA or missing:
        why = as_sentence(effect.why) or "The search data do not suffice."
        if effect.detectable is None:
            return why
        smallest = signed_percent(effect.detectable)
        return f"{why} Smallest rise in {plain(effect.metric)} we could have seen: {smallest}."
    assert effect.change is not None
    assert effect.low is not None
    assert effect.high is not None
    against = f", against {counted(effect.donors, 'untouched page')}" if effect.donors else ""
    told = (
        f"{plain(effect.metric).capitalize()} {signed_percent(effect.change)} "
        f"(interval {signed_percent(effect.low)} to {signed_percent(effect.high)}) "
        f"on day {effect.days_read}{against}."
    )
    return " ".join(filter(None, (told, as_sentence(effect.why))))


def _trust(effects: Sequence[Effect]) -> str:
    """Return how often the estimator cries wolf on this property, "" where not measured."""
    rates = [e.false_alarm_rate for e in effects if e.false_alarm_rate is not None]
    if not rates:
        return ""
    worst = max(rates)
    return (
        "Tried on pages of yours that nobody touched, this method reports a change in "
        f"{worst:.0%} of cases."
    )
