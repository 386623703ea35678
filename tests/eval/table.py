"""Trials as a Markdown table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import mean

from tests.eval.pooled import Difference, together
from tests.eval.trial import METRICS, Trial
from tests.marked_tables import markdown

NO_WORSE = -0.02
"""Lower bound of a difference that still counts as no worse (protocol of the evaluation)."""


def table(trials: Sequence[Trial]) -> str:
    """Return one row a trial: ours, the baseline's, the difference with its 90 % interval.

    Where several seeds were tried, a table of their means stands before it.
    """
    head = ["site", "links hidden", *METRICS, "CPU s", "peak MB"]
    rows = markdown([head, *(_row(trial) for trial in trials)])
    by_seed = {
        f"{trial.case.key} {name}": gap
        for trial in trials
        for name, gap in trial.difference.items()
    }
    return f"{_means(trials)}{rows}\nSeed by seed, {_verdict(by_seed)}\n"


def _means(trials: Sequence[Trial]) -> str:
    """Return the means over seeds, a row a site and way of hiding; "" where each has one seed."""
    groups: dict[tuple[str, str], list[Trial]] = {}
    for trial in trials:
        how = "words too" if trial.case.masked else "as it stands"
        groups.setdefault((trial.case.site, how), []).append(trial)
    if all(len(group) == 1 for group in groups.values()):
        return ""
    gaps = {
        key: {name: together([trial.gains[name] for trial in group]) for name in group[0].gains}
        for key, group in groups.items()
    }
    rows = [["site", "mean of seeds", *METRICS]]
    for (site, how), group in groups.items():
        seeds = ", ".join(str(trial.case.seed) for trial in group)
        cells = [_mean_cell(group, name, gaps[site, how]) for name in METRICS]
        rows.append([site, f"{seeds}, {how}", *cells])
    named = {
        f"{' '.join(key)}: {name}": gap for key, by in gaps.items() for name, gap in by.items()
    }
    return f"{markdown(rows)}\nSeeds together, {_verdict(named)}\n\n"


def _mean_cell(group: Sequence[Trial], name: str, gaps: Mapping[str, Difference]) -> str:
    if name not in gaps:
        return ""
    ours = mean(trial.ours[name] for trial in group)
    baseline = mean(trial.baseline[name] for trial in group)
    return _compared(ours, baseline, replace(gaps[name], mean=ours - baseline))


def _row(trial: Trial) -> list[str]:
    case = trial.case
    how = f"{trial.pairs}, seed {case.seed}" + (", words too" if case.masked else "")
    return [
        case.site,
        how,
        *(_cell(trial, name) for name in METRICS),
        f"{trial.cpu_s:.0f}",
        f"{trial.largest_mb:.0f}",
    ]


def _cell(trial: Trial, name: str) -> str:
    if name not in trial.ours:
        return ""
    return _compared(trial.ours[name], trial.baseline[name], trial.difference[name])


def _compared(ours: float, baseline: float, gap: Difference) -> str:
    return (
        f"**{_short(ours)}** ({_short(baseline)}) "
        f"{_signed(gap.mean)} [{_signed(gap.low)}, {_signed(gap.high)}]"
    )


def _short(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("0.", ".", 1)


def _verdict(gaps: Mapping[str, Difference]) -> str:
    """Return which values are worse than the baseline's, by the protocol, as sentences."""
    counts = {
        "better (lower bound above 0)": sum(gap.low > 0 for gap in gaps.values()),
        "no worse (lower bound from -.02 to 0)": sum(
            NO_WORSE <= gap.low <= 0 for gap in gaps.values()
        ),
    }
    said = "; ".join(f"{count} of {len(gaps)} {what}" for what, count in counts.items())
    open_ones = [f"{name} ({_interval(gap)})" for name, gap in gaps.items() if gap.low < NO_WORSE]
    rest = "none" if not open_ones else ", ".join(open_ones)
    return f"{said}. Not shown to be as good (lower bound below -.02): {rest}."


def _interval(gap: Difference) -> str:
    return f"{_signed(gap.low)} to {_signed(gap.high)}"
