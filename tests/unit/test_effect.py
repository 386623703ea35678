"""When an effect may be read, and what must be said where it may not."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from recommender.errors import FrameError
from recommender.frames import PAGE_SEARCH
from recommender.measure.effect import discoveries, measure
from recommender.measure.holdout import Treated
from recommender.models import Effect, Role, Verdict

FIRST = date(2026, 5, 4)
LIVE = FIRST + timedelta(days=56)
NOW = datetime(2026, 9, 1, 6, tzinfo=UTC)


def impressions(pages: int, days: int = 87, *, per_day: float = 30, seed: int = 3) -> pd.DataFrame:
    """Pages x days of counts; rows are named p0, p1 ..."""
    counts = np.random.default_rng(seed).poisson(per_day, size=(pages, days))
    return pd.DataFrame(counts, index=[f"p{n}" for n in range(pages)])


def page_search(counts: pd.DataFrame) -> pd.DataFrame:
    rows = [
        (page, pd.Timestamp(FIRST) + pd.Timedelta(days=int(day)), 0, int(count), 8.0)
        for page, series in counts.iterrows()
        for day, count in series.items()
        if count
    ]
    frame = pd.DataFrame(rows, columns=["page", "day", "clicks", "impressions", "position"])
    return PAGE_SEARCH.coerced(frame)


def treated(*pages: str, live: date = LIVE, role: Role = Role.TARGET) -> list[Treated]:
    return [
        Treated(page=page, role=role, batch="2026-W27", first_live=live, last_live=live)
        for page in pages
    ]


def effects(
    counts: pd.DataFrame,
    units: Sequence[Treated],
    *,
    excluded: Collection[str] = (),
    missing_days: Collection[int] = (),
    waiting: Collection[str] = (),
) -> list[Effect]:
    days = [n for n in range(counts.shape[1]) if n not in missing_days]
    return measure(
        page_search=page_search(counts[days]),
        final_days=[FIRST + timedelta(days=n) for n in days],
        treated=units,
        excluded=excluded,
        waiting=waiting,
        now=NOW,
        metrics=("impressions",),
    )


def reading(found: list[Effect], day: int = 28, page: str = "p0") -> Effect:
    (only,) = [e for e in found if e.reading_day == day and e.page == page]
    return only


def test_a_page_that_doubled_is_up_and_its_interval_holds_the_truth() -> None:
    counts = impressions(60)
    counts.loc["p0", 59:] *= 2
    effect = reading(effects(counts, treated("p0")))
    assert effect.verdict is Verdict.UP
    assert effect.low is not None
    assert effect.high is not None
    assert 0 < effect.low < np.log(2) < effect.high
    assert effect.donors == 59
    assert effect.measured_at == NOW


def test_a_page_that_halved_is_down() -> None:
    counts = impressions(60)
    counts.loc["p0", 59:] //= 2
    assert reading(effects(counts, treated("p0"))).verdict is Verdict.DOWN


def test_a_rise_that_all_pages_share_is_no_effect() -> None:
    counts = impressions(60)
    counts.loc[:, 59:] = (counts.loc[:, 59:] * 1.4).astype(int)
    effect = reading(effects(counts, treated("p0")))
    assert effect.verdict is Verdict.NO_CLEAR_CHANGE
    assert effect.change == pytest.approx(0, abs=0.15)


def test_an_early_reading_is_never_a_win() -> None:
    counts = impressions(60)
    counts.loc["p0", 59:] *= 5
    effect = reading(effects(counts, treated("p0")), day=10)
    assert effect.low is not None
    assert effect.low > 0
    assert effect.verdict is Verdict.EARLY


def test_the_clock_starts_three_days_after_adoption_and_readings_wait_for_their_days() -> None:
    found = effects(impressions(60, days=59 + 14), treated("p0"))
    assert [e.reading_day for e in found] == [10, 14]
    effect = reading(found, day=14)
    assert effect.clock_start == LIVE + timedelta(days=3)
    assert effect.window is not None
    assert (effect.window.start, effect.window.days) == (effect.clock_start, 14)


def test_the_early_reading_is_given_from_the_seventh_day() -> None:
    waiting = reading(effects(impressions(60, days=59 + 6), treated("p0")), day=10)
    assert waiting.verdict is Verdict.NOT_ENOUGH_DATA
    assert waiting.why == f"6 of the 7 final days needed since {LIVE + timedelta(days=3)}"
    given = reading(effects(impressions(60, days=59 + 7), treated("p0")), day=10)
    assert given.verdict is Verdict.EARLY
    assert given.window is not None
    assert given.window.days == 7


def test_an_edit_of_yesterday_has_no_final_days_and_says_so() -> None:
    found = effects(impressions(60, days=57), treated("p0"))
    assert [e.why for e in found] == [
        f"0 of the 7 final days needed since {LIVE + timedelta(days=3)}"
    ]


def test_a_dozen_pages_are_not_enough_and_that_is_said() -> None:
    effect = reading(effects(impressions(12), treated("p0", "p1", "p2")))
    assert effect.verdict is Verdict.NOT_ENOUGH_DATA
    assert effect.why == "9 comparable pages, 30 needed"
    assert effect.change is None
    assert effect.detectable is not None
    assert effect.detectable > 0


def test_a_page_hardly_seen_before_cannot_be_read() -> None:
    counts = impressions(60)
    counts.loc["p0"] = 1
    effect = reading(effects(counts, treated("p0")))
    assert effect.why == "1.0 impressions a day before the edit, 3 needed"
    assert effect.detectable is not None


def test_a_page_without_any_row_had_zero_on_each_read_day() -> None:
    effect = reading(effects(impressions(60), treated("unseen")), page="unseen")
    assert effect.why == "0.0 impressions a day before the edit, 3 needed"


def test_a_page_born_within_the_time_before_is_not_compared() -> None:
    counts = impressions(60)
    counts.loc["p0", :40] = 0
    effect = reading(effects(counts, treated("p0")))
    assert effect.why == "first seen in search less than 28 days before the edit"


def test_a_day_never_read_is_missing_and_not_zero() -> None:
    counts = impressions(60)
    whole = reading(effects(counts, treated("p0")))
    gappy = reading(effects(counts, treated("p0"), missing_days=(40, 41, 65, 66, 70)))
    assert whole.change is not None
    assert gappy.change == pytest.approx(whole.change, abs=0.1)


def test_a_provisional_day_is_left_out_of_the_counts() -> None:
    counts = impressions(60)
    clean = reading(effects(counts, treated("p0"), missing_days=(70,)))
    counts.loc["p0", 70] = 100_000
    found = measure(
        page_search=page_search(counts),
        final_days=[FIRST + timedelta(days=n) for n in range(87) if n != 70],
        treated=treated("p0"),
        excluded=(),
        now=NOW,
        metrics=("impressions",),
    )
    assert reading(found) == clean


def test_too_short_a_history_is_named() -> None:
    effect = reading(effects(impressions(60), treated("p0"), missing_days=range(46)))
    assert effect.why == f"10 final days in the 28 before {LIVE}, 21 needed"


def test_a_step_among_the_donors_forbids_a_reading() -> None:
    counts = impressions(60)
    counts.loc[:, 66:] *= 2
    effect = reading(effects(counts, treated("p0")))
    assert effect.verdict is Verdict.NOT_ENOUGH_DATA
    moved = re.fullmatch(
        r"the comparable pages themselves moved by \+(\d+)% within a week", effect.why
    )
    assert moved
    assert 85 <= int(moved[1]) <= 115


def test_a_page_already_rising_before_the_edit_is_no_win() -> None:
    counts = impressions(60)
    counts.loc["p0", 42:55] *= 2
    counts.loc["p0", 56:] *= 4
    effect = reading(effects(counts, treated("p0")))
    assert effect.verdict is Verdict.NO_CLEAR_CHANGE
    assert "already moving in the 28 days before the edit" in effect.why


def test_excluded_and_treated_pages_are_no_donors() -> None:
    excluded = [f"p{n}" for n in range(20, 40)]
    effect = reading(effects(impressions(60), treated("p0", "p1"), excluded=excluded))
    assert effect.donors == 38


def test_pages_born_within_the_time_before_are_no_donors() -> None:
    counts = impressions(60)
    counts.loc["p40":, :40] = 0
    assert reading(effects(counts, treated("p0"))).donors == 39


def test_one_clear_page_among_many_read_at_once_is_no_discovery() -> None:
    counts = impressions(60)
    counts.loc["p0", 59:] *= 3
    units = treated(*(f"p{n}" for n in range(20)))
    effect = reading(effects(counts, units))
    assert effect.low is not None
    assert effect.low > 0
    assert effect.verdict is Verdict.NO_CLEAR_CHANGE
    assert effect.why == "clear taken alone; of 20 readings in its week one may look so by chance"


def test_a_page_steady_by_luck_is_not_trusted_beyond_its_donors() -> None:
    rng = np.random.default_rng(5)
    weekly = np.repeat(rng.lognormal(3.4, 0.5, size=(60, 13)), 7, axis=1)[:, :87]
    counts = pd.DataFrame(weekly.round().astype(int), index=[f"p{n}" for n in range(60)])
    counts.loc["p0"] = 30
    steady = reading(effects(counts, treated("p0")))
    counting_alone = 1.96 * np.sqrt(2 / (30 * 28))
    assert steady.high is not None
    assert steady.low is not None
    assert steady.high - steady.low > 3 * 2 * counting_alone


def test_donors_come_from_the_waiting_list_where_it_is_long_enough() -> None:
    waiting = [f"p{n}" for n in range(1, 36)]
    counts = impressions(100)
    counts.loc[waiting, 59:] = (counts.loc[waiting, 59:] * 1.3).astype(int)
    long = reading(effects(counts, treated("p0"), waiting=waiting))
    short = reading(effects(counts, treated("p0"), waiting=waiting[:20]))
    assert (long.donors, short.donors) == (35, 80)
    assert long.change is not None
    assert short.change is not None
    assert long.change < short.change - 0.1


def test_a_batch_pools_what_its_pages_show() -> None:
    counts = impressions(80, per_day=12)
    pages = [f"p{n}" for n in range(6)]
    counts.loc[pages, 59:] = (counts.loc[pages, 59:] * 1.5).round().astype(int)
    found = effects(counts, treated(*pages))
    batch, alone = reading(found, page=""), reading(found)
    assert (batch.pages, batch.verdict) == (6, Verdict.UP)
    assert None not in (batch.low, batch.high, alone.low, alone.high)
    assert batch.high - batch.low < alone.high - alone.low  # type: ignore[operator]
    assert batch.detectable is not None
    assert alone.detectable is not None
    assert batch.detectable < alone.detectable


def test_a_batch_of_one_readable_page_says_so() -> None:
    counts = impressions(60)
    counts.loc[["p1", "p2"]] = 0
    batch = reading(effects(counts, treated("p0", "p1", "p2")), page="")
    assert batch.verdict is Verdict.NOT_ENOUGH_DATA
    assert batch.why == "1 of 3 pages can be read, 2 needed"


def test_targets_and_sources_are_groups_of_their_own() -> None:
    units = [*treated("p0", "p1"), *treated("p2", "p3", role=Role.SOURCE)]
    batches = [e for e in effects(impressions(60), units) if not e.page and e.reading_day == 28]
    assert {(e.role, e.pages) for e in batches} == {(Role.TARGET, 2), (Role.SOURCE, 2)}


def test_a_settled_reading_is_not_given_again() -> None:
    found = effects(impressions(60, days=59 + 10 + 29), treated("p0"))
    assert [e.reading_day for e in found] == [14, 28]


def test_the_same_input_gives_the_same_readings() -> None:
    counts = impressions(60)
    assert effects(counts, treated("p0", "p1")) == effects(counts, treated("p0", "p1"))


def test_identical_pages_are_still_as_uncertain_as_counts_are() -> None:
    counts = impressions(60)
    counts.loc[:] = 30
    effect = reading(effects(counts, treated("p0")))
    assert effect.low is not None
    assert effect.low < -0.05
    assert effect.verdict is Verdict.NO_CLEAR_CHANGE


def test_nothing_treated_or_nothing_final_gives_no_reading() -> None:
    assert effects(impressions(3), []) == []
    nothing = measure(
        page_search=PAGE_SEARCH.empty(),
        final_days=[],
        treated=treated("p0"),
        excluded=(),
        now=NOW,
    )
    assert nothing == []


def test_a_frame_of_another_kind_is_refused() -> None:
    with pytest.raises(FrameError, match="PAGE_SEARCH"):
        measure(
            page_search=pd.DataFrame({"page": ["p0"]}),
            final_days=[FIRST],
            treated=treated("p0"),
            excluded=(),
            now=NOW,
        )


@pytest.mark.parametrize(
    ("chances", "found"),
    [
        ([], []),
        ([0.2], [False]),
        ([0.09], [True]),
        ([0.04, 0.9, 0.06, 0.9], [False, False, False, False]),
        ([0.04, 0.9, 0.05, 0.01], [True, False, True, True]),
    ],
)
def test_discoveries_are_those_of_benjamini_and_hochberg(
    chances: list[float], found: list[bool]
) -> None:
    assert discoveries(chances) == found
