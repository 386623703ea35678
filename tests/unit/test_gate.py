"""The gate: each check with its number, and nothing judged on missing data."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.candidates.gate import (
    GateNorms,
    best_relevance,
    gate,
    gate_norms,
    null_relevance,
)
from recommender.candidates.indexes import THIN, thin_below
from recommender.candidates.rivals import given_up
from recommender.candidates.wording import covered, wording
from recommender.corpus import Corpus
from recommender.models import (
    CheckOutcome,
    Demand,
    GateCheck,
    Inspection,
    QueryDemand,
    TargetCase,
    Window,
)
from tests.small_site import ROOT, corpus_of, pages_of, query_totals

WINDOW = Window.ending(date(2026, 2, 26), 28)
NO_QUERIES = query_totals(("", "/", 0, 0, 1.0)).iloc[:0]
THINGS = "chain wheel brake saddle pedal fork rim hub tyre bell lamp pump".split()
SITE = {
    f"/{thing}{n}": (
        f"{thing.title()} part{n}",
        f"The {thing} of part{n} wants care, and {thing} care takes time each year.",
    )
    for thing in THINGS
    for n in range(2)
}
CORPUS = corpus_of(SITE)


def signals(corpus: Corpus, position: float = 5.0) -> pd.DataFrame:
    known = {"page": corpus.pages, "position": position}
    return pd.DataFrame(known).assign(impressions=100, content_inlinks=1)


def norms(queries: pd.DataFrame = NO_QUERIES, **changes: object) -> GateNorms:
    made = gate_norms(CORPUS, signals(CORPUS), wording(CORPUS, queries), queries, 0.3)
    fields = {name: getattr(made, name) for name in GateNorms.__dataclass_fields__}
    return GateNorms(**{**fields, **changes})  # type: ignore[arg-type]


def case(position: float | None = 9.0, *, new: bool = False, known: bool = True) -> TargetCase:
    demand = Demand(window=WINDOW, impressions=100, clicks=1, position=position) if known else None
    return TargetCase(
        url=ROOT + "/chain0", title="", need=1.0, need_basis="", demand=demand, new=new
    )


def check(name: str, of: TargetCase | None = None, **changes: object) -> GateCheck:
    given: dict[str, object] = {
        "corpus": CORPUS,
        "pages": pages_of(SITE),
        "norms": norms(),
        "best_relevance": 0.5,
    }
    checks = gate(of or case(), **{**given, **changes})  # type: ignore[arg-type]
    return next(check for check in checks if check.name == name)


def test_a_page_without_search_data_fails_no_check_that_needs_them() -> None:
    some = gate_norms(CORPUS, signals(CORPUS, np.nan), wording(CORPUS, None), NO_QUERIES, None)
    checks = gate(
        case(known=False), corpus=CORPUS, pages=pages_of(SITE), norms=some, best_relevance=None
    )
    assert [check.name for check in checks if check.outcome is CheckOutcome.UNKNOWN] == [
        "intent",
        "depth",
        "relevance",
        "cannibal",
        "headroom",
    ]
    assert not any(check.outcome is CheckOutcome.FAIL for check in checks)


def test_what_googles_index_says_is_part_of_two_checks() -> None:
    said = Inspection(
        url=ROOT + "/chain0",
        inspected_at=datetime(2026, 2, 26, tzinfo=UTC),
        verdict="FAIL",
        indexing="BLOCKED_BY_META_TAG",
        google_canonical=ROOT + "/wheel0",
        last_crawl_at=None,
    )
    for name in ("indexable", "canonical"):
        assert check(name).outcome is CheckOutcome.PASS
        assert check(name, inspected=said).outcome is CheckOutcome.FAIL
    assert check("depth", inspected=said) == check("depth")


def test_a_page_that_may_not_be_indexed_fails_with_its_reason() -> None:
    columns = {
        "indexable": {"/chain0": False},
        "why_not_indexable": {"/chain0": "robots meta says noindex"},
    }
    pages = pages_of(SITE, **columns)  # type: ignore[arg-type]
    found = check("indexable", corpus=corpus_of(SITE, pages=pages), pages=pages)
    assert found.outcome is CheckOutcome.FAIL
    assert "robots meta says noindex" in found.finding
    assert "Take noindex off" in found.advice


def told(**columns: dict[str, object]) -> dict[str, object]:
    """The crawl and the corpus of the site where its pages say ``columns`` of themselves."""
    pages = pages_of(SITE, **columns)  # type: ignore[arg-type]
    return {"corpus": corpus_of(SITE, pages=pages), "pages": pages}


def test_a_page_that_names_another_as_its_canonical_fails_by_name() -> None:
    elsewhere = "https://elsewhere.test/chain"
    site = told(
        canonical={"/chain0": elsewhere},
        indexable={"/chain0": False},
        why_not_indexable={"/chain0": f"its canonical is {elsewhere}"},
    )
    found = check("canonical", **site)
    assert found.outcome is CheckOutcome.FAIL
    assert elsewhere in found.finding
    assert f"link {elsewhere} instead" in found.advice
    assert check("indexable", **site).outcome is CheckOutcome.PASS


@pytest.mark.parametrize(
    "canonical",
    [None, ROOT + "/chain0", ROOT + "/chain0/?utm_source=a", "http://site.test/chain0"],
)
def test_a_page_that_names_itself_or_none_stands_for_itself(canonical: str | None) -> None:
    found = check("canonical", **told(canonical={"/chain0": canonical}))
    assert found.outcome is CheckOutcome.PASS
    assert found.advice == ""


def test_a_noindex_and_a_canonical_elsewhere_are_two_faults() -> None:
    site = told(
        canonical={"/chain0": "https://elsewhere.test/chain"},
        indexable={"/chain0": False},
        why_not_indexable={"/chain0": "noindex"},
    )
    for name in ("indexable", "canonical"):
        assert check(name, **site).outcome is CheckOutcome.FAIL


def test_a_canonical_in_another_language_is_a_warning() -> None:
    site = told(canonical={"/chain0": ROOT + "/chain1"}, language={"/chain0": "de"})
    found = check("canonical", **site)
    assert found.outcome is CheckOutcome.WARN
    assert ROOT + "/chain1" in found.finding
    assert "hreflang" in found.advice


@pytest.mark.parametrize(
    ("position", "outcome"),
    [
        (3.9, CheckOutcome.FAIL),
        (4.0, CheckOutcome.PASS),
        (30.0, CheckOutcome.PASS),
        (31.0, CheckOutcome.FAIL),
        (None, CheckOutcome.UNKNOWN),
    ],
)
def test_headroom_is_between_four_and_thirty(position: float | None, outcome: CheckOutcome) -> None:
    assert check("headroom", case(position)).outcome is outcome


@pytest.mark.parametrize(
    ("impressions", "outcome"), [(29, CheckOutcome.UNKNOWN), (30, CheckOutcome.FAIL)]
)
def test_headroom_is_not_judged_on_a_handful_of_impressions(
    impressions: int, outcome: CheckOutcome
) -> None:
    demand = Demand(window=WINDOW, impressions=impressions, clicks=0, position=70.0)
    assert check("headroom", replace(case(), demand=demand)).outcome is outcome


def test_a_page_of_which_no_text_was_read_fails_no_check_of_its_text() -> None:
    site = told(words={"/chain0": 0})
    for name in ("intent", "depth", "relevance"):
        found = check(name, norms=asked_for("frame geometry"), best_relevance=0.0, **site)
        assert found.outcome is CheckOutcome.UNKNOWN
        assert "crawl.render" in found.finding


def test_a_new_page_has_headroom_wherever_it_stands() -> None:
    assert check("headroom", case(70.0, new=True)).outcome is CheckOutcome.PASS


def test_brand_queries_at_the_top_do_not_hide_headroom_below() -> None:
    few = query_totals(("chain care", "/chain0", 1, 29, 12.0))
    many = query_totals(("chain care", "/chain0", 1, 30, 12.0))
    assert check("headroom", case(1.5), norms=norms(few)).outcome is CheckOutcome.FAIL
    found = check("headroom", case(1.5), norms=norms(many))
    assert found.outcome is CheckOutcome.PASS
    assert found.value == 12.0


def test_relevance_must_exceed_that_of_random_pages() -> None:
    assert check("relevance", best_relevance=0.30).outcome is CheckOutcome.FAIL
    assert check("relevance", best_relevance=0.31).outcome is CheckOutcome.PASS


def test_a_related_page_is_closer_than_random_ones() -> None:
    null = null_relevance(CORPUS, np.random.default_rng(1))
    assert null is not None
    assert best_relevance(CORPUS, CORPUS.row[ROOT + "/chain0"]) > null


def test_a_page_that_links_the_target_already_counts_as_near_in_subject() -> None:
    title, text = SITE["/chain1"]
    linking = {**SITE, "/chain1": (title, text.replace("chain care", "[[/chain0|chain care]]"))}
    target = CORPUS.row[ROOT + "/chain0"]
    linked = corpus_of(linking)
    assert linked.linked_from_content(target).tolist() == [CORPUS.row[ROOT + "/chain1"]]
    assert best_relevance(linked, target) == pytest.approx(best_relevance(CORPUS, target))


def test_a_page_that_may_not_be_indexed_is_near_to_none() -> None:
    pages = pages_of(SITE, indexable={"/chain1": False})
    target = CORPUS.row[ROOT + "/chain0"]
    barred = corpus_of(SITE, pages=pages)
    assert best_relevance(barred, target) < best_relevance(CORPUS, target)


def test_relevance_has_no_null_on_a_tiny_site() -> None:
    tiny = dict(list(SITE.items())[:3])
    assert null_relevance(corpus_of(tiny), np.random.default_rng(1)) is None


def test_another_page_with_half_of_the_main_query_is_named() -> None:
    queries = query_totals(
        ("chain care", "/chain0", 1, 40, 9.0),
        ("chain care", "/chain1", 1, 60, 5.0),
        ("odd chain", "/chain0", 0, 10, 9.0),
    )
    found = check("cannibal", norms=norms(queries))
    assert found.outcome is CheckOutcome.FAIL
    assert (found.value, found.threshold) == (pytest.approx(0.6), 0.5)
    assert "60% of your 100 impressions" in found.finding
    assert "from 50% on" in found.finding


def competing(shown: dict[str, int], linked: dict[str, int], locale: str = "en") -> GateCheck:
    """The cannibal check of /chain0 beside /chain1, each with impressions and links as given."""
    return check("cannibal", norms=competitors(shown, linked, locale))


def competitors(shown: dict[str, int], linked: dict[str, int], locale: str = "en") -> GateNorms:
    queries = query_totals(
        ("chain care", "/chain0", 1, 40, 9.0), ("chain care", "/chain1", 1, 60, 5.0)
    )
    some = norms(queries)
    standing = some.standing.copy()
    for column, by in (("impressions", shown), ("content_inlinks", linked)):
        for path, count in by.items():
            standing.loc[ROOT + path, column] = count
    standing.loc[ROOT + "/chain1", "locale"] = locale
    return replace(some, standing=standing)


@pytest.mark.parametrize(
    ("shown", "linked", "keep"),
    [
        ({"/chain0": 50, "/chain1": 900}, {"/chain0": 9}, "/chain1"),
        ({"/chain0": 900, "/chain1": 50}, {"/chain1": 9}, "/chain0"),
        ({"/chain0": 50, "/chain1": 50}, {"/chain0": 1, "/chain1": 7}, "/chain1"),
        ({"/chain0": 50, "/chain1": 50}, {"/chain0": 3, "/chain1": 3}, "/chain0"),
    ],
)
def test_of_two_pages_the_one_with_more_impressions_then_links_survives(
    shown: dict[str, int], linked: dict[str, int], keep: str
) -> None:
    leave = {"/chain0": "/chain1", "/chain1": "/chain0"}[keep]
    found = competing(shown, linked)
    assert f"Merge {ROOT}{leave} into {ROOT}{keep}, " in found.advice
    assert f"{shown[keep]:,} impressions" in found.advice


def test_the_page_to_be_merged_away_is_the_one_that_is_given_up() -> None:
    some = competitors({"/chain0": 50, "/chain1": 900}, {})
    assert given_up(some.rivalry, some.standing) == {ROOT + "/chain0"}
    abroad = competitors({"/chain0": 50, "/chain1": 900}, {}, locale="de")
    assert given_up(abroad.rivalry, abroad.standing) == frozenset()
    few = query_totals(("chain care", "/chain0", 1, 1, 9.0), ("chain care", "/chain1", 1, 2, 5.0))
    assert given_up(norms(few).rivalry, norms(few).standing) == frozenset()


def test_the_version_for_another_region_is_not_to_be_merged() -> None:
    shown = {"/chain0": 50, "/chain1": 900}
    found = competing(shown, {}, locale="de")
    assert found.outcome is CheckOutcome.WARN
    assert "hreflang" in found.advice
    assert "Merge" not in found.advice


def test_a_rival_with_less_than_half_of_the_main_query_is_no_cannibal() -> None:
    queries = query_totals(
        ("chain care", "/chain0", 1, 60, 9.0), ("chain care", "/chain1", 1, 40, 5.0)
    )
    assert check("cannibal", norms=norms(queries)).outcome is CheckOutcome.PASS


def test_the_rival_of_the_leading_page_is_the_next_one() -> None:
    queries = query_totals(
        ("chain care", "/chain0", 1, 45, 9.0),
        ("chain care", "/chain1", 1, 35, 5.0),
        ("chain care", "/tyre0", 1, 20, 5.0),
    )
    found = check("cannibal", norms=norms(queries))
    assert found.value == pytest.approx(0.35)
    assert ROOT + "/chain1" in found.finding


def test_a_page_alone_on_its_main_query_has_no_rival() -> None:
    queries = query_totals(("chain care", "/chain0", 1, 45, 9.0), ("tyre", "/chain1", 1, 35, 5.0))
    assert check("cannibal", norms=norms(queries)).value == 0


def test_three_impressions_make_no_cannibal() -> None:
    queries = query_totals(
        ("chain care", "/chain0", 1, 1, 9.0), ("chain care", "/chain1", 1, 2, 5.0)
    )
    assert check("cannibal", norms=norms(queries)).outcome is CheckOutcome.UNKNOWN


def test_depth_fails_a_thin_page_only_where_enough_pages_rank() -> None:
    thin = {"depth_p20": 100.0}
    assert check("depth", norms=norms(**thin)).outcome is CheckOutcome.FAIL
    few = norms(**thin, ranking_pages=19)
    assert check("depth", norms=few).outcome is CheckOutcome.WARN


def test_depth_fails_a_page_of_hardly_any_text_whoever_ranks() -> None:
    said = int(CORPUS.page_words[0])
    few = norms(thin_below=said + 1.0, depth_p20=None)
    found = check("depth", norms=few)
    assert found.outcome is CheckOutcome.FAIL
    assert f"{said} words of running text" in found.finding
    assert found.advice.startswith("Write a paragraph more")
    assert check("depth", norms=norms(thin_below=float(said))).outcome is CheckOutcome.PASS


def test_a_page_is_thin_below_a_hundred_words_and_a_quarter_of_full_ones() -> None:
    assert thin_below(corpus_of({})) == 0
    words = int(np.percentile(CORPUS.page_words, 75))
    assert thin_below(CORPUS) == words / 4
    long = {path: (title, f"{text} " * 60) for path, (title, text) in SITE.items()}
    assert thin_below(corpus_of(long)) == THIN


def test_depth_says_how_much_is_missing_and_which_page_to_join() -> None:
    full = pages_of(SITE, words={"/chain1": 800, "/wheel0": 900})
    said = int(CORPUS.content_words[0])
    depth = norms(depth_p20=said + 91.0)
    found = check("depth", norms=depth, corpus=corpus_of(SITE, pages=full))
    assert found.outcome is CheckOutcome.FAIL
    assert f"{said} words of text" in found.finding
    assert "Write some 100 words more" in found.advice  # rounded: nobody counts to the word
    nearly = check("depth", norms=norms(depth_p20=said + 1.0))
    assert "Write a paragraph more" in nearly.advice
    assert f"{ROOT}/chain1, the closest page in subject that has enough (800 words)" in found.advice


def test_depth_names_no_page_that_is_unrelated() -> None:
    full = pages_of(SITE, words={"/wheel0": 900})
    found = check("depth", norms=norms(depth_p20=100.0), corpus=corpus_of(SITE, pages=full))
    assert "join it with a fuller page" in found.advice


def test_depth_is_measured_on_the_pages_that_rank() -> None:
    assert norms().ranking_pages == len(SITE)
    assert norms().depth_p20 == 13
    assert check("depth").outcome is CheckOutcome.PASS


def asked_for(query: str, shown: int = 100) -> GateNorms:
    rows = [(f"{path[1:-1]} care", path, 1, 100, 9.0) for path in SITE if path != "/chain0"]
    return norms(query_totals((query, "/chain0", 1, shown, 9.0), *rows))


def test_intent_fails_where_the_opening_does_not_speak_of_what_is_searched() -> None:
    found = check("intent", norms=asked_for("frame geometry"))
    assert found.outcome is CheckOutcome.FAIL
    assert found.value == 0
    assert found.threshold == 1


def test_intent_names_the_words_that_are_missing_most_searched_first() -> None:
    asked = (
        QueryDemand(query="the frame geometry", impressions=80, clicks=0, position=9.0),
        QueryDemand(query="wants geometry", impressions=40, clicks=0, position=9.0),
    )
    demand = Demand(window=WINDOW, impressions=120, clicks=0, position=9.0, queries=asked)
    found = check("intent", replace(case(), demand=demand), norms=asked_for("frame geometry"))
    assert found.outcome is CheckOutcome.FAIL
    assert "title, main heading and opening all lack “geometry” and “frame”;" in found.advice
    assert "title and main heading lack “wants”." in found.advice
    assert "“the”" not in found.advice


def test_intent_covers_a_word_in_another_form() -> None:
    assert check("intent", norms=asked_for("chains caring")).outcome is CheckOutcome.PASS


def test_intent_below_the_sites_own_but_above_a_half_only_warns() -> None:
    found = check("intent", norms=asked_for("chain part0 care geometry"))
    assert found.value is not None
    assert found.value > 0.5
    assert found.outcome is CheckOutcome.WARN


@pytest.mark.parametrize(
    ("threshold", "outcome"),
    [(0.44, CheckOutcome.PASS), (0.46, CheckOutcome.FAIL)],
)
def test_intent_passes_a_shortfall_of_under_a_tenth(
    threshold: float, outcome: CheckOutcome
) -> None:
    intent = np.full(len(CORPUS.pages), 0.4)
    assert check("intent", norms=norms(intent=intent, intent_p25=threshold)).outcome is outcome


def test_intent_is_not_judged_on_three_impressions() -> None:
    found = check("intent", norms=asked_for("frame geometry", shown=3))
    assert found.outcome is CheckOutcome.UNKNOWN


@settings(deadline=None, max_examples=60)
@given(
    shown=st.none() | st.integers(0, 60),
    position=st.floats(1, 90),
    searched=st.integers(0, 60),
    words=st.integers(0, 400),
    best=st.none() | st.floats(0, 1),
    null=st.none() | st.floats(0, 1),
)
def test_a_failed_check_has_its_number_its_threshold_and_what_to_do(
    *,
    shown: int | None,
    position: float,
    searched: int,
    words: int,
    best: float | None,
    null: float | None,
) -> None:
    site = told(words={"/chain0": words})
    demand = shown and Demand(window=WINDOW, impressions=shown, clicks=0, position=position)
    some = norms(
        query_totals(("frame geometry", "/chain0", 0, searched, position)), null_relevance=null
    )
    given_ = {"norms": some, "best_relevance": best, **site}
    of = replace(case(), demand=demand or None)
    for name in ("intent", "depth", "relevance", "cannibal", "headroom"):
        found = check(name, of, **given_)
        if found.outcome is CheckOutcome.FAIL:
            assert found.value is not None
            assert found.threshold is not None
            assert found.finding
            assert found.advice
            assert words > 0 or name not in ("intent", "depth", "relevance")
            assert name != "headroom" or (shown is not None and shown >= 30)
            assert name != "intent" or searched >= 30
            assert name != "relevance" or (best is not None and null is not None)


def test_a_phrase_of_function_words_covers_nothing_and_is_covered_by_nothing() -> None:
    said = wording(CORPUS, None)
    assert np.isnan(covered(said.phrases(["and the"], [0]), said.said[[0]])[0])


def test_two_words_that_the_site_never_writes_are_not_the_same_word() -> None:
    said = wording(CORPUS, query_totals(("zebra", "/chain0", 1, 50, 9.0)))
    assert covered(said.phrases(["giraffe"], [0]), said.asked[[0]])[0] == 0
