"""Targets: demand, striking distance, new pages, and pages that never are targets."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.candidates.click_curve import fit_click_curve, published_curve
from recommender.candidates.indexes import kind_by_url, silent_pages
from recommender.candidates.need import TargetFacts
from recommender.candidates.queries import plain_queries
from recommender.candidates.targets import find_targets, one_target
from recommender.candidates.topics import topics
from recommender.config import Lifetime, PageType, RecommendConfig
from recommender.errors import UnknownPage
from recommender.graph import link_graph, pagerank
from recommender.models import Window
from recommender.signals.pages import page_signals
from tests.small_site import MARKED, ROOT, corpus_of, page_totals, pages_of, query_totals

NOW = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = Window.ending(date(2026, 2, 26), 28)
SITE = {
    "/": ("Home", "Read [[/chain|how to clean a chain]] and [[/oil|which oil to take]] today."),
    "/chain": ("Clean a chain", "A clean chain lasts longer than a dirty one, says everybody."),
    "/oil": (
        "Chain oil",
        "Wet oil stays, dry oil goes, and both keep a chain from rust for weeks.",
    ),
    "/tyre": ("Tyres", "A tyre wants air every month, and more of it than most riders think."),
}


def facts(**changes: object) -> TargetFacts:
    published = changes.pop("published", {})
    pages = pages_of(SITE, published_at=published)  # type: ignore[arg-type]
    corpus = corpus_of(SITE, pages=pages)
    totals = changes.get("page_totals")
    defaults: dict[str, object] = {
        "corpus": corpus,
        "pages": pages,
        "signals": page_signals(
            corpus,
            totals if isinstance(totals, pd.DataFrame) else None,
            pagerank(link_graph(corpus.edges, len(corpus.pages))),
        ),
        "topics": np.zeros(len(corpus.pages), np.int64),
        "page_totals": None,
        "query_totals": None,
        "recommend": RecommendConfig(),
        "window": WINDOW,
        "now": NOW,
    }
    return TargetFacts(**{**defaults, **changes})  # type: ignore[arg-type]


def paths(of: TargetFacts) -> list[str]:
    return [case.url.removeprefix(ROOT) for case in find_targets(of)]


def test_the_page_with_most_clicks_to_win_comes_first() -> None:
    totals = page_totals(("/chain", 5, 500, 9.0), ("/oil", 50, 5000, 9.0), ("/", 9, 900, 9.0))
    assert paths(facts(page_totals=totals)) == ["/oil", "/chain"]


def test_need_is_impressions_times_the_rise_of_the_click_rate() -> None:
    totals = page_totals(("/chain", 5, 500, 9.0))
    curve = published_curve()
    expected = 500 * float(curve.at(np.array([6.0]))[0] - curve.at(np.array([9.0]))[0])
    (case,) = find_targets(facts(page_totals=totals))
    assert case.need == pytest.approx(expected)
    assert "500 impressions in 28 days at position 9.0" in case.need_basis
    assert "Sistrix" in case.need_basis


def test_need_is_stated_for_28_days_whatever_the_window() -> None:
    totals = page_totals(("/chain", 5, 500, 9.0))
    month, week = facts(page_totals=totals), Window.ending(date(2026, 2, 26), 7)
    (long,) = find_targets(month)
    (short,) = find_targets(facts(page_totals=totals, window=week))
    assert short.need == pytest.approx(4 * long.need)


def test_visible_queries_count_at_their_own_position_and_the_rest_at_what_they_leave() -> None:
    totals = page_totals(("/chain", 5, 500, 9.0))
    queries = query_totals(("clean chain", "/chain", 5, 200, 12.0))
    curve = published_curve()
    left = (500 * 9.0 - 200 * 12.0) / 300
    here, there = curve.at(np.array([12.0, left])), curve.at(np.array([8.0, left * 2 / 3]))
    (case,) = find_targets(facts(page_totals=totals, query_totals=queries))
    assert case.need == pytest.approx(float((there - here) @ np.array([200, 300])))
    assert case.demand is not None
    assert [query.query for query in case.demand.queries] == ["clean chain"]


@pytest.mark.parametrize(
    ("shown", "gained"),
    [(5, "less than one more click"), (40, "about 1 more click"), (5_000, " more clicks")],
)
def test_what_a_better_position_would_bring_is_said_in_clicks(shown: int, gained: str) -> None:
    case = one_target(facts(page_totals=page_totals(("/chain", 1, shown, 9.0))), ROOT + "/chain")
    assert f"{gained} for as many impressions" in case.need_basis


def test_brand_queries_and_operators_are_no_need() -> None:
    totals = page_totals(("/chain", 5, 300, 9.0))
    queries = query_totals(
        ("velo shop", "/chain", 5, 200, 9.0), ("site:site.test chain", "/chain", 0, 100, 9.0)
    )
    some = facts(page_totals=totals, query_totals=queries, brand_terms=("Velo",))
    assert paths(some) == []
    assert one_target(some, ROOT + "/chain").need == 0


def test_a_brand_term_is_a_whole_word() -> None:
    queries = query_totals(("velodrome times", "/", 1, 9, 3.0), ("velo times", "/", 1, 9, 3.0))
    assert plain_queries(queries, ["velo"])["query"].tolist() == ["velodrome times"]


def test_a_page_at_the_top_counts_less_than_one_in_striking_distance() -> None:
    totals = page_totals(("/chain", 5, 500, 3.9), ("/oil", 5, 500, 4.1))
    assert paths(facts(page_totals=totals)) == ["/oil", "/chain"]


def test_a_new_page_without_links_borrows_the_need_of_its_topic() -> None:
    totals = page_totals(("/chain", 5, 500, 9.0), ("/oil", 5, 700, 9.0), ("/", 5, 600, 9.0))
    published = {"/tyre": pd.Timestamp("2026-02-20", tz="UTC")}
    case = next(
        case
        for case in find_targets(facts(page_totals=totals, published=published))
        if case.url == ROOT + "/tyre"
    )
    assert case.new
    assert case.need == one_target(facts(page_totals=totals), ROOT + "/").need
    assert "Published 9 days ago" in case.need_basis
    assert case.demand is not None
    assert case.demand.position is None


def test_news_is_worth_less_and_never_counts_as_new() -> None:
    totals = page_totals(("/chain", 5, 500, 9.0))
    news = PageType(pattern="/chain", lifetime=Lifetime.NEWS)  # type: ignore[call-arg]
    published = {"/chain": pd.Timestamp("2026-02-20", tz="UTC")}
    (lasting,) = find_targets(facts(page_totals=totals, published=published))
    (passing,) = find_targets(facts(page_totals=totals, published=published, page_types=(news,)))
    assert lasting.new
    assert not passing.new
    assert passing.need < lasting.need


def test_the_value_of_a_page_type_multiplies_need() -> None:
    totals = page_totals(("/chain", 5, 500, 9.0))
    shop = PageType(pattern="/ch*", value=3.0)  # type: ignore[call-arg]
    (plain,) = find_targets(facts(page_totals=totals))
    (valued,) = find_targets(facts(page_totals=totals, page_types=(shop,)))
    assert valued.need == pytest.approx(3 * plain.need)


def test_what_the_owner_excluded_is_never_a_target() -> None:
    totals = page_totals(("/chain", 5, 500, 9.0), ("/oil", 5, 500, 9.0))
    closed = PageType(pattern="/oil", target=False)  # type: ignore[call-arg]
    recommend = RecommendConfig(exclude=("/chain",))  # type: ignore[call-arg]
    assert paths(facts(page_totals=totals, page_types=(closed,), recommend=recommend)) == []


def test_a_value_of_the_owner_multiplies_need_and_is_told() -> None:
    totals = page_totals(("/chain", 5, 500, 9.0), ("/oil", 5, 400, 9.0))
    some = facts(page_totals=totals, page_values={ROOT + "/oil": 2.5})
    assert paths(some) == ["/oil", "/chain"]
    plain, valued = (one_target(f, ROOT + "/oil") for f in (facts(page_totals=totals), some))
    assert valued.need == pytest.approx(2.5 * plain.need)
    assert "Your value of 2.5 multiplies that." in valued.need_basis
    assert "value" not in plain.need_basis


VALUES = st.just(0.0) | st.floats(0.001, 1000)


@settings(deadline=None, max_examples=30)
@given(one=VALUES, other=VALUES, searched=st.booleans())
def test_need_grows_with_value(one: float, other: float, *, searched: bool) -> None:
    totals = page_totals(("/tyre", 5, 500, 9.0)) if searched else None
    low, high = (
        one_target(facts(page_totals=totals, page_values={ROOT + "/tyre": v}), ROOT + "/tyre").need
        for v in sorted((one, other))
    )
    assert 0 <= low <= high
    assert (low == 0) is (min(one, other) == 0)


def test_a_page_that_is_worth_nothing_is_no_target() -> None:
    totals = page_totals(("/chain", 5, 500, 9.0))
    assert paths(facts(page_totals=totals, page_values={ROOT + "/chain": 0.0})) == []


def test_the_season_multiplies_need_and_is_told() -> None:
    totals = page_totals(("/chain", 5, 500, 9.0), ("/oil", 5, 400, 9.0))
    season = {ROOT + "/oil": 3.0, ROOT + "/chain": 0.1}
    seasoned = facts(page_totals=totals, season=season)
    plain = one_target(facts(page_totals=totals), ROOT + "/oil")
    assert paths(seasoned) == ["/oil", "/chain"]
    case = one_target(seasoned, ROOT + "/oil")
    assert case.need == pytest.approx(3 * plain.need)
    assert "Its season begins" in case.need_basis
    assert "Its season ends" in one_target(seasoned, ROOT + "/chain").need_basis
    assert "season" not in plain.need_basis


def test_a_page_linked_less_than_its_subject_needs_more() -> None:
    links = "[[/chain|one]] [[/oil|two]]"
    site = {
        "/": ("Home", f"Read {links} and look."),
        "/map": ("Map", f"See {links} and go."),
        "/chain": SITE["/chain"],
        "/oil": SITE["/oil"],
        "/tyre": ("Tyres", f"A tyre wants air, and {links} want more of it."),
    }
    corpus = corpus_of(site)
    totals = page_totals(("/chain", 5, 500, 9.0), ("/tyre", 5, 500, 9.0))
    signals = page_signals(corpus, totals, pagerank(link_graph(corpus.edges, 5)))
    # On the subject of the chain pages have three inlinks, and the tyre has none.
    topics_of = np.array([1, 1, 0, 0, 0], np.int64)
    some = facts(
        corpus=corpus, pages=pages_of(site), signals=signals, topics=topics_of, page_totals=totals
    )
    tyre, chain = find_targets(some)
    assert tyre.url == ROOT + "/tyre"
    assert tyre.need == pytest.approx(1.5 * chain.need)
    beside = (
        "linked from the text of no page, where half of the pages on its subject have 3 or more."
    )
    assert beside in tyre.need_basis
    assert "on its subject" not in chain.need_basis


def test_a_subject_that_nobody_links_is_no_measure_to_speak_of() -> None:
    site = {path: (title, MARKED.sub(r"\2", text)) for path, (title, text) in SITE.items()}
    corpus = corpus_of(site)
    signals = page_signals(corpus, None, pagerank(link_graph(corpus.edges, 4)))
    basis = one_target(
        facts(corpus=corpus, pages=pages_of(site), signals=signals), ROOT + "/tyre"
    ).need_basis
    assert basis.endswith("is linked from the text of no page.")


def test_only_what_is_included_may_be_a_target() -> None:
    totals = page_totals(("/chain", 5, 500, 9.0), ("/oil", 5, 500, 9.0))
    recommend = RecommendConfig(include=("/oi*",))
    some = facts(page_totals=totals, recommend=recommend)
    assert paths(some) == ["/oil"]
    basis = one_target(some, ROOT + "/chain").need_basis
    assert "it is not among the pages that the configuration includes" in basis


def test_pins_come_first_whatever_their_need() -> None:
    totals = page_totals(("/chain", 5, 500, 9.0), ("/oil", 5, 900, 9.0))
    recommend = RecommendConfig(pins=("/ty*", "/chain"), include=("/oil",))
    some = facts(page_totals=totals, recommend=recommend)
    assert paths(some) == ["/chain", "/tyre", "/oil"]
    assert find_targets(some)[1].need_basis.startswith("You pinned it. ")


def test_a_pin_outweighs_a_guess_and_no_hard_rule() -> None:
    site = {**SITE, "/tag/oil": ("Oil", "All of it."), "/imprint": ("Imprint", "Who we are.")}
    corpus = corpus_of(site)
    some = facts(
        corpus=corpus,
        pages=pages_of(site),
        signals=page_signals(corpus, None, pagerank(link_graph(corpus.edges, 6))),
        topics=np.zeros(6, np.int64),
        recommend=RecommendConfig(pins=("/tag/*", "/imprint", "/chain"), exclude=("/chain",)),
    )
    assert paths(some) == ["/imprint", "/tyre"]


def test_without_search_data_need_is_being_linked_less_than_the_topic() -> None:
    cases = find_targets(facts())
    assert [case.url for case in cases] == [ROOT + "/tyre"]
    assert cases[0].demand is None
    assert "no search data" in cases[0].need_basis


def test_one_target_says_why_it_would_not_be_chosen() -> None:
    assert "it is the home page" in one_target(facts(), ROOT + "/").need_basis


def test_one_target_names_the_nearest_pages_of_an_unknown_one() -> None:
    with pytest.raises(UnknownPage) as caught:
        one_target(facts(), ROOT + "/chains")
    assert ROOT + "/chain" in caught.value.nearest


def test_where_search_tells_no_positions_need_is_that_of_the_links() -> None:
    shown = page_totals(("/chain", 5, 500, 9.0), ("/oil", 50, 5000, 9.0))
    feed = shown.assign(position=np.nan)
    by_links = [(case.url, case.need) for case in find_targets(facts())]
    assert by_links
    cases = find_targets(facts(page_totals=feed))
    assert [(case.url, case.need) for case in cases] == by_links
    assert "search tells no positions" in cases[0].need_basis
    assert [(c.url, c.need) for c in find_targets(facts(page_totals=shown))] != by_links


def test_a_page_of_links_is_a_list() -> None:
    links = " ".join(f"[[/{n}|item {n}]] is good" for n in range(12))
    site = {"/all": ("All of it", links)} | {f"/{n}": (f"Item {n}", "Text.") for n in range(12)}
    corpus = corpus_of(site)
    signals = page_signals(corpus, None, pagerank(link_graph(corpus.edges, 13)))
    some = facts(
        corpus=corpus, pages=pages_of(site), signals=signals, topics=np.zeros(13, np.int64)
    )
    assert ROOT + "/all" not in [case.url for case in find_targets(some)]
    assert "it is a list of links" in one_target(some, ROOT + "/all").need_basis


def test_a_page_without_a_sentence_of_its_own_is_no_target_however_sought() -> None:
    site = {**SITE, "/rust": ("Rust", "")}
    corpus = corpus_of(site)
    shown = page_totals(("/rust", 50, 5000, 9.0), ("/chain", 5, 500, 9.0))
    ranks = pagerank(link_graph(corpus.edges, len(site)))
    some = facts(
        corpus=corpus,
        pages=pages_of(site),
        page_totals=shown,
        signals=page_signals(corpus, shown, ranks),
        topics=np.zeros(len(site), np.int64),
    )
    assert paths(some) == ["/chain"]
    assert (
        "it is a page without a sentence of its own" in one_target(some, f"{ROOT}/rust").need_basis
    )
    assert paths(replace(some, recommend=RecommendConfig(pins=("/rust",)))) == ["/rust", "/chain"]


def test_where_no_text_was_read_no_page_is_known_to_be_silent() -> None:
    empty = {path: (title, "") for path, (title, _) in SITE.items()}
    assert not silent_pages(corpus_of(empty)).any()
    thai = {"/thai": ("จักรยาน", "โซ่ของจักรยานต้องสะอาดและแห้งอยู่เสมอ")}
    assert not silent_pages(corpus_of({**SITE, **thai})).any()
    assert silent_pages(corpus_of({**SITE, "/rust": ("Rust", "")})).tolist().count(True) == 1


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "the home page"),
        ("/de/", "the home page"),
        ("/index.html", "the home page"),
        ("/?page_id=12", ""),
        ("/blog/page/3/", "a page of a list"),
        ("/blog?page=2", "a page of a list"),
        ("/?page=about", ""),
        ("/?s=chain", "a page of a list"),
        ("/tag/oil", "a tag page"),
        ("/en/category/oil/", "a category page"),
        ("/category/oil/wet-oil", ""),
        ("/2024/05/", "an archive of dates"),
        ("/2024/05/clean-a-chain", ""),
        ("/tour/2024", ""),
        ("/privacy-policy", "a legal page"),
        ("/guides/privacy", ""),
        ("/search.html", "a search page"),
        ("/topics/db/search/", ""),
        ("/search?q=chain", "a page of a list"),
        ("/shop/chains?filter_color=red", "a page of a list"),
        ("/shop/chains?f%5B0%5D=size:m", "a page of a list"),
        ("/shop/chains?max_price=20", "a page of a list"),
        ("/shop/chains?form=round", ""),
        ("/questions/tagged/oil", "a tag page"),
        ("/blog/feed.xml", "a feed"),
        ("/blog/rss/", "a feed"),
        ("/guides/feed", ""),
    ],
)
def test_what_a_url_says_of_its_page(path: str, kind: str) -> None:
    assert kind_by_url(ROOT + path) == kind


def test_the_click_curve_is_fitted_where_there_are_clicks_enough() -> None:
    positions = np.linspace(1, 40, 300)
    rates = 0.4 / positions
    shown = np.full(300, 1000)
    rows = pd.DataFrame(
        {"clicks": (shown * rates).astype(int), "impressions": shown, "position": positions}
    )
    curve = fit_click_curve(rows)
    assert curve.fitted
    assert curve.at(np.array([8.0]))[0] == pytest.approx(0.05, rel=0.05)
    assert (np.diff(curve.at(np.linspace(1.5, 30, 50))) < 0).all()


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10_000), rising=st.booleans())
def test_the_click_curve_never_rises_with_position_whatever_was_clicked(
    seed: int, *, rising: bool
) -> None:
    draws = np.random.default_rng(seed)
    position = draws.uniform(1, 60, 80)
    shown = draws.integers(1, 2000, 80)
    rate = draws.beta(1, 9, 80) * (position / 60 if rising else 1 / position)
    clicks = draws.binomial(shown, np.clip(rate, 0, 1))
    rows = pd.DataFrame({"clicks": clicks, "impressions": shown, "position": position})
    rates = fit_click_curve(rows).at(np.linspace(1, 100, 500))
    assert (np.diff(rates) <= 1e-12).all()
    assert ((rates > 0) & (rates <= 1)).all()


@pytest.mark.parametrize(
    ("position", "counts"), [(3.9, 0.2), (4.0, 1.0), (30.0, 1.0), (30.1, 0.2), (80.0, 0.2)]
)
def test_only_striking_distance_counts_in_full(position: float, counts: float) -> None:
    totals = page_totals(("/chain", 5, 500, position))
    curve = published_curve()
    now, there = curve.at(np.array([position, max(1.0, position * 2 / 3)]))
    need = one_target(facts(page_totals=totals), ROOT + "/chain").need
    assert need == pytest.approx(500 * (there - now) * counts)


@pytest.mark.parametrize(("days", "new"), [(59, True), (60, False), (-1, False)])
def test_a_page_is_new_for_sixty_days(days: int, *, new: bool) -> None:
    published = {"/tyre": pd.Timestamp(NOW) - pd.Timedelta(days=days)}
    assert one_target(facts(published=published), ROOT + "/tyre").new is new


def test_a_new_page_that_is_linked_often_borrows_nothing() -> None:
    site = {**SITE, **{f"/{n}": (f"Guide {n}", "See [[/tyre|tyres]] and go.") for n in range(3)}}
    corpus, published = corpus_of(site), pd.Timestamp("2026-02-20", tz="UTC")
    totals = page_totals(("/chain", 5, 500, 9.0), ("/oil", 5, 700, 9.0), ("/0", 5, 600, 9.0))
    some = facts(
        corpus=corpus,
        pages=pages_of(site, published_at={"/tyre": published, "/1": published}),
        signals=page_signals(corpus, totals, pagerank(link_graph(corpus.edges, 7))),
        topics=np.zeros(7, np.int64),
        page_totals=totals,
    )
    assert one_target(some, ROOT + "/tyre").need == 0
    assert one_target(some, ROOT + "/1").need > 0


def test_the_click_curve_is_the_published_one_where_clicks_are_few() -> None:
    curve = fit_click_curve(page_totals(("/chain", 5, 500, 9.0)))
    assert not curve.fitted
    assert curve.at(np.array([1.0, 10.0])) == pytest.approx([0.285, 0.025])


def test_topics_follow_the_text_and_are_the_same_for_the_same_seed() -> None:
    kinds = {"chain": "oil rust links sprocket", "wheel": "tyre rim spoke hub"}
    site = {
        f"/{kind}/{n}": (f"{kind} {kind}{n}", f"The {kind} and its {words} need care {kind}{n}.")
        for kind, words in kinds.items()
        for n in range(6)
    }
    found = topics(corpus_of(site), seed=3)
    assert len(set(found[:6])) == 1
    assert len(set(found[6:])) == 1
    assert found[0] != found[6]
    assert (found == topics(corpus_of(site), seed=3)).all()


def test_a_property_without_a_single_impression_has_no_targets_and_says_so() -> None:
    some = facts(page_totals=page_totals(("/gone", 0, 1, 5.0)))
    assert find_targets(some) == []
    assert "No impressions in 28 days" in one_target(some, ROOT + "/chain").need_basis


def test_hidden_queries_alone_make_need() -> None:
    totals, queries = page_totals(("/chain", 5, 500, 9.0)), query_totals(("x", "/oil", 0, 1, 9.0))
    alone = one_target(facts(page_totals=totals), ROOT + "/chain")
    beside = one_target(facts(page_totals=totals, query_totals=queries), ROOT + "/chain")
    assert beside.need == pytest.approx(alone.need)
    assert alone.need > 0
