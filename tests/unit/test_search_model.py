"""The modelled searches: plausible, repeatable, with a truth that a planted effect shows in."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from scipy import stats

from jobs.demo.draws import binomial, keys_of, normals, poisson, uniforms
from jobs.demo.search_model import SearchModel, ctr_at
from recommender.ingest.search_rows import is_operator_query
from tests.demo_site import ROOT, crawled_pages

FIRST = date(2026, 1, 5)
SITE = crawled_pages(250)


@pytest.fixture(scope="module")
def model() -> SearchModel:
    return SearchModel.of_site(SITE, seed=11, first_day=FIRST)


@pytest.fixture(scope="module")
def ten_weeks(model: SearchModel) -> pd.DataFrame:
    """Page by day: impressions, URL variants added to their page."""
    return impressions_by_page(model, 70)


def impressions_by_page(model: SearchModel, days: int) -> pd.DataFrame:
    seen = {}
    for number in range(days):
        day = FIRST + timedelta(days=number)
        rows = model.day(day)
        seen[number] = rows.groupby(rows["page"].str.split(r"[#?]").str[0])["impressions"].sum()
    return pd.DataFrame(seen).reindex(list(model.pages)).fillna(0.0)


def expected_by_page(model: SearchModel, days: int) -> pd.DataFrame:
    return pd.DataFrame(
        {number: model.expected_day(FIRST + timedelta(days=number)) for number in range(days)}
    )


def test_days_come_in_any_order_and_are_the_same() -> None:
    once = SearchModel.of_site(SITE, seed=11, first_day=FIRST)
    again = SearchModel.of_site(SITE.sample(frac=1, random_state=3), seed=11, first_day=FIRST)
    days = [FIRST + timedelta(days=number) for number in (9, 0, 30)]
    forwards = [once.day(day) for day in days]
    backwards = [again.day(day) for day in reversed(days)]
    for left, right in zip(forwards, reversed(backwards), strict=True):
        assert_frame_equal(left, right)


def test_another_seed_makes_another_site(model: SearchModel) -> None:
    other = SearchModel.of_site(SITE, seed=12, first_day=FIRST)
    assert not np.allclose(other.rates, model.rates)
    assert not other.day(FIRST).equals(model.day(FIRST))


def test_a_planted_effect_changes_its_own_page_only(model: SearchModel) -> None:
    page = model.pages[5]
    start = FIRST + timedelta(days=20)
    lifted = model.with_lift(page, start, math.log(3))
    assert model.lifts == ()
    assert_frame_equal(lifted.day(start - timedelta(days=1)), model.day(start - timedelta(days=1)))
    before, after = model.day(start), lifted.day(start)
    own = before["page"].str.split(r"[#?]").str[0] == page
    own_after = after["page"].str.split(r"[#?]").str[0] == page
    assert_frame_equal(
        before[~own].reset_index(drop=True), after[~own_after].reset_index(drop=True)
    )
    assert after[own_after]["impressions"].sum() > before[own]["impressions"].sum()


def test_a_ramp_reaches_the_planted_effect_day_by_day(model: SearchModel) -> None:
    page, start = model.pages[3], FIRST + timedelta(days=10)
    lifted = model.with_lift(page, start, 0.4, ramp_days=4)
    days = [start + timedelta(days=number) for number in range(-1, 6)]
    lift = [
        math.log(lifted.expected_impressions(page, day) / model.expected_impressions(page, day))
        for day in days
    ]
    assert lift == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4, 0.4, 0.4])


def test_an_effect_cannot_be_planted_in_an_unknown_page(model: SearchModel) -> None:
    with pytest.raises(ValueError, match="no page"):
        model.with_lift(ROOT + "nowhere", FIRST, 0.3)


def test_what_is_seen_agrees_with_what_is_expected(
    model: SearchModel, ten_weeks: pd.DataFrame
) -> None:
    expected = expected_by_page(model, 70)
    assert ten_weeks.to_numpy().sum() == pytest.approx(expected.to_numpy().sum(), rel=0.02)
    spread = np.sqrt((expected + expected**2 / 12).sum(axis=1))
    z = (ten_weeks.sum(axis=1) - expected.sum(axis=1)) / spread
    assert abs(z.mean()) < 0.25
    assert 0.7 < z.std() < 1.4


def test_days_are_noisier_than_chance_alone(model: SearchModel, ten_weeks: pd.DataFrame) -> None:
    expected = expected_by_page(model, 70)
    busy = expected.mean(axis=1) > 20
    dispersion = (((ten_weeks - expected) ** 2) / expected)[busy].to_numpy().mean()
    predicted = (1 + expected / 12)[busy].to_numpy().mean()
    assert dispersion == pytest.approx(predicted, rel=0.25)
    assert dispersion > 2


def test_clicks_agree_with_what_is_expected(model: SearchModel) -> None:
    days = [FIRST + timedelta(days=number) for number in range(14)]
    seen = sum(int(model.day(day)["clicks"].sum()) for day in days)
    clicks_per_impression = pd.Series(
        {page: model.expected_clicks(page, FIRST) for page in model.pages}
    ) / model.expected_day(FIRST)
    expected = sum(float((model.expected_day(day) * clicks_per_impression).sum()) for day in days)
    assert seen == pytest.approx(expected, rel=0.1)


def test_popularity_is_heavy_tailed(model: SearchModel) -> None:
    rates = np.sort(model.rates)[::-1]
    assert rates[: len(rates) // 10].sum() > 0.35 * rates.sum()


def test_most_pages_rank_where_links_can_help(model: SearchModel) -> None:
    rows = model.rows
    position = (rows["position"] * rows["share"]).groupby(rows["page"]).sum()
    assert position.between(4, 40).mean() > 0.8
    assert (position < 4).any()


def test_daily_impressions_are_those_asked_for() -> None:
    small = SearchModel.of_site(SITE, seed=2, first_day=FIRST, daily_impressions=500)
    assert small.rates.sum() == pytest.approx(500)


def test_weekends_are_quieter(ten_weeks: pd.DataFrame) -> None:
    by_day = ten_weeks.sum().to_numpy().reshape(10, 7)
    assert by_day[:, 5:].mean() < 0.85 * by_day[:, :5].mean()


def test_rare_queries_are_anonymised(model: SearchModel) -> None:
    rows = model.day(FIRST)
    hidden = rows.loc[rows["anonymised"], "impressions"].sum() / rows["impressions"].sum()
    assert 0.3 < hidden < 0.5
    both = rows.groupby("query")["anonymised"].nunique()
    assert both.max() == 1


def test_fewer_queries_are_hidden_where_asked_for() -> None:
    open_site = SearchModel.of_site(SITE, seed=11, first_day=FIRST, hidden_share=0.0)
    assert not open_site.day(FIRST)["anonymised"].any()


def test_some_rows_carry_a_variant_of_the_url(model: SearchModel) -> None:
    rows = model.day(FIRST)
    variant = rows["page"].str.contains(r"[#?]")
    assert 0 < variant.mean() < 0.1
    assert set(rows["page"].str.split(r"[#?]").str[0]) <= set(model.pages)


def test_each_page_is_found_for_several_queries_of_its_own_words(model: SearchModel) -> None:
    title = SITE.set_index("url").loc[model.pages[1], "title"].split(" | ")[0].lower()
    queries = model.rows.loc[model.rows["page"] == 1, "query"].unique()
    assert 5 <= len(queries) <= 15
    assert sum(bool(set(query.split()) & set(title.split())) for query in queries) >= 5


def test_related_pages_share_queries(model: SearchModel) -> None:
    pages = model.rows.groupby("query")["page"].nunique()
    assert (pages > 1).sum() > 10


def test_scrapers_and_only_scrapers_type_operators(model: SearchModel) -> None:
    queries = pd.Series(model.rows["query"].unique())
    operator = queries.map(is_operator_query)
    assert 0 < operator.mean() < 0.1
    assert not queries[~operator].str.contains(r'[":()]').any()


def test_the_brand_is_searched_for() -> None:
    named = SearchModel.of_site(SITE, seed=1, first_day=FIRST, brand="acorn mill")
    home = named.rows[named.rows["url"] == ROOT]
    assert "acorn mill" in set(home["query"])
    assert named.rows["query"].str.startswith("acorn mill ").sum() > 100


def test_a_page_that_is_not_indexable_is_never_found(model: SearchModel) -> None:
    closed = SITE.loc[~SITE["indexable"], "url"].item()
    assert closed not in model.pages
    assert not model.rows["url"].str.startswith(closed).any()


def test_there_are_no_data_before_the_first_day(model: SearchModel) -> None:
    before = FIRST - timedelta(days=1)
    assert model.day(before).empty
    assert list(model.day(before)) == list(model.day(FIRST))
    assert model.expected_impressions(model.pages[0], before) == 0


def test_a_site_without_pages_is_never_searched() -> None:
    nothing = SearchModel.of_site(SITE.head(0), seed=1, first_day=FIRST)
    assert nothing.day(FIRST).empty
    assert "anonymised" in nothing.day(FIRST)


def test_a_page_without_words_is_still_found_by_its_path() -> None:
    mute = SITE.head(3).assign(title="", h1="", description="")
    found = SearchModel.of_site(mute, seed=1, first_day=FIRST)
    assert set(found.rows["page"]) == {0, 1, 2}


def test_the_click_curve_falls_with_every_position() -> None:
    shares = ctr_at(np.arange(1.0, 91.0))
    assert (np.diff(shares) < 0).all()
    assert shares[0] == pytest.approx(0.28)
    assert shares[-1] < 0.005


@pytest.mark.parametrize(("log_lift", "low", "high"), [(0.0, -0.15, 0.15), (0.262, 0.1, 0.45)])
def test_a_lift_of_thirty_percent_on_ten_pages_can_be_measured(
    model: SearchModel, log_lift: float, low: float, high: float
) -> None:
    busy = [page for page, rate in zip(model.pages, model.rates, strict=True) if 8 < rate < 60]
    treated, donors = busy[:10], busy[10:]
    for page in treated:
        model = model.with_lift(page, FIRST + timedelta(days=28), log_lift)
    seen = impressions_by_page(model, 56)
    change = np.log(
        (seen.iloc[:, 28:].mean(axis=1) + 0.02) / (seen.iloc[:, :28].mean(axis=1) + 0.02)
    )
    effect = change[treated].mean() - change[donors].median()
    assert low < effect < high


def test_a_draw_belongs_to_its_name_its_use_and_its_time() -> None:
    keys = keys_of(["a", "b"], seed=1)
    drawn = uniforms(keys, use=1, at=5)
    assert drawn.tolist() == uniforms(keys_of(["a", "b"], seed=1), use=1, at=5).tolist()
    assert drawn[1] == uniforms(keys_of(["b"], seed=1), use=1, at=5)[0]
    others = (uniforms(keys, use=2, at=5), uniforms(keys, use=1, at=6), keys_of("ab", 2))
    assert all(drawn[0] != other[0] for other in others)


def test_draws_are_uniform_and_independent_of_each_other() -> None:
    keys = keys_of(map(str, range(4_000)), seed=5)
    drawn = uniforms(keys, use=3, at=700_000)
    assert stats.kstest(drawn, "uniform").pvalue > 0.001
    following = uniforms(keys, use=3, at=700_001)
    assert abs(np.corrcoef(drawn, following)[0, 1]) < 0.06
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 0.06
    assert normals(keys, use=3).std() == pytest.approx(1, abs=0.05)


MEANS = st.floats(0.001, 29.9)
CHANCES = st.floats(1e-6, 1 - 1e-6)


@given(mean=MEANS, chance=CHANCES)
def test_a_small_count_is_the_exact_quantile(mean: float, chance: float) -> None:
    drawn = int(poisson(np.array([mean]), np.array([chance]))[0])
    assert stats.poisson.cdf(drawn, mean) >= chance - 1e-9
    assert drawn == 0 or stats.poisson.cdf(drawn - 1, mean) <= chance + 1e-9


@given(mean=st.floats(30.1, 5_000), chance=CHANCES)
def test_a_large_count_is_close_to_the_quantile(mean: float, chance: float) -> None:
    drawn = int(poisson(np.array([mean]), np.array([chance]))[0])
    assert abs(drawn - stats.poisson.ppf(chance, mean)) <= 2


@given(trials=st.integers(0, 100), share=st.floats(0.001, 0.28), chance=CHANCES)
def test_clicks_are_the_exact_quantile(trials: int, share: float, chance: float) -> None:
    drawn = int(binomial(np.array([trials]), np.array([share]), np.array([chance]))[0])
    assert 0 <= drawn <= trials
    assert drawn == trials or stats.binom.cdf(drawn, trials, share) >= chance - 1e-9
    assert drawn == 0 or stats.binom.cdf(drawn - 1, trials, share) <= chance + 1e-9


@given(trials=st.integers(500, 100_000), chance=CHANCES)
def test_many_clicks_are_close_to_the_quantile(trials: int, chance: float) -> None:
    drawn = int(binomial(np.array([trials]), np.array([0.2]), np.array([chance]))[0])
    assert 0 <= drawn <= trials
    assert abs(drawn - stats.binom.ppf(chance, trials, 0.2)) <= 3
