"""What holds of every lawful candidate, whatever the site: its place, its words, its neighbours."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender.allocate.plan import allocate
from recommender.allocate.value import Budgets, Edit
from recommender.candidates.generic import is_generic
from recommender.candidates.habits import build_habits
from recommender.candidates.placement import usual_fit
from recommender.candidates.proposals import Ask, SourceFacts, propose
from recommender.candidates.rules import NEAR_WORDS, build_rules, spans_of
from recommender.config import RecommendConfig
from recommender.corpus import build_corpus
from recommender.frames import CANDIDATES, checked
from recommender.languages import function_words
from recommender.models import CrawlSnapshot
from recommender.names import LONGEST, build_names
from recommender.signals import PAIR_SIGNALS, pair_context, pair_scores
from recommender.text import folded, word_spans, words
from recommender.urls import Identity, path_matches
from tests.parsed_site import ROOT, crawled, page

WORDS = (
    "mill wheel river oak stone bridge harbour lamp oil ledger clerk valley Straße İstanbul "
    "café Łódź node.js the of and here click more page 1702 well-known user's"
).split()
TITLES = (
    "Water Mill",
    "The Oak Bridge",
    "Lamp Oil",
    "İstanbul Harbour",
    "Read More",
    "Stone Ledger of the Clerk",
    "Of the And",
    "Łódź Café",
    "Water Mill",  # twice
    "Node.js",
)
MARKS = (*["{}"] * 12, "<code>{}</code>", "<q>{}</q>", '<a href="/p1">{}</a>', "({}),")
INDEXED = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def pieces(draw: st.DrawFn) -> str:
    """A few words, sometimes a title of the site, sometimes inside an inline element."""
    plain = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)
    text = draw(st.one_of(st.sampled_from(TITLES), plain))
    return draw(st.sampled_from(MARKS)).format(text)


@st.composite
def snapshots(draw: st.DrawFn) -> CrawlSnapshot:
    """A site of two to six pages."""
    paragraph = st.lists(pieces(), min_size=3, max_size=14).map(". The ".join)
    count = draw(st.integers(2, 6))
    titles = [TITLES[draw(st.integers(0, len(TITLES) - 1))] for _ in range(count)]
    site = {
        f"/p{number}": page(title, *draw(st.lists(paragraph, max_size=3)))
        for number, title in enumerate(titles)
    }
    return crawled(site)


BANNED = RecommendConfig(banned_anchors=("lamp oil",))


def candidates(
    snapshot: CrawlSnapshot, *, lawful: bool, recommend: RecommendConfig = BANNED
) -> tuple[pd.DataFrame, SourceFacts]:
    corpus = build_corpus(
        snapshot.pages, snapshot.blocks, snapshot.links, Identity.of(snapshot.pages)
    )
    names = build_names(corpus)
    ones = np.ones(len(corpus.pages))
    facts = SourceFacts(
        corpus=corpus,
        names=names,
        habits=build_habits(corpus),
        rules=build_rules(corpus, names, recommend, ()),
        strength=ones,
        attention=ones,
        fit_scale=usual_fit(corpus),
    )
    context = pair_context(corpus, names)
    weights = np.ones(len(PAIR_SIGNALS))
    asks = (
        Ask(target=target, scores=pair_scores(context, target), weights=weights)
        for target in range(len(corpus.pages))
    )
    return propose(facts, asks, top=50, lawful=lawful), facts


@INDEXED
@given(snapshots())
def test_each_lawful_candidate_keeps_the_writers_rules(snapshot: CrawlSnapshot) -> None:
    found, facts = candidates(snapshot, lawful=True)
    blocks = snapshot.blocks.set_index(["page", "ordinal"])
    content = snapshot.links[snapshot.links["region"] == "content"]
    linked = set(zip(content["source"], content["target"], strict=True))
    titles = dict(zip(facts.corpus.pages, map(folded, facts.corpus.titles), strict=True))
    for row in found.to_dict("records"):
        block = blocks.loc[(row["source"], row["block"])]
        said, anchor = row["sentence"], row["anchor"]
        start = row["sentence_start"] + row["anchor_start"]
        end = start + len(anchor)
        assert row["allowed"]
        assert row["codes"] == ""
        assert block["prose"]
        assert block["region"] == "content"
        assert block["text"][row["sentence_start"] :].startswith(said)
        assert block["text"][start:end] == anchor
        assert end <= row["sentence_start"] + len(said)
        spans = word_spans(block["text"])
        assert start in {a for a, _ in spans}
        assert end in {z for _, z in spans}
        assert 1 <= len(words(anchor)) <= LONGEST
        assert not is_generic(anchor, "en")
        assert not function_words("en").issuperset(words(anchor))
        assert "lamp oil" not in folded(anchor)
        for kind, first, last in spans_of(block["spans"]):
            assert last <= start or end <= first
            between = block["text"][last:start] if last <= start else block["text"][end:first]
            assert kind != "a" or len(words(between)) >= NEAR_WORDS
        assert (row["source"], row["target"]) not in linked
        assert row["source"] != row["target"]
        others = [t for url, t in titles.items() if url not in (row["source"], row["target"])]
        assert folded(anchor) not in others or titles[row["target"]] == folded(anchor)
        own = content[content["source"] == row["source"]]  # a link to the page itself leads nowhere
        own = own[~own["target"].isin([row["source"], row["target"]])]
        assert folded(anchor) not in set(own["anchor"].map(folded))


GLOBS = st.sampled_from(["/p0", "/p1", "/p[23]", "/p*", "/p4", "/*"])


@INDEXED
@given(
    snapshots(),
    st.lists(st.tuples(GLOBS, GLOBS), max_size=3),
    st.lists(GLOBS, max_size=2),
    st.lists(st.sampled_from(["oil", "water mill", "the oak", "BRIDGE"]), max_size=2),
)
def test_no_lawful_candidate_breaks_what_the_owner_forbids(
    snapshot: CrawlSnapshot,
    bans: list[tuple[str, str]],
    include: list[str],
    banned_anchors: list[str],
) -> None:
    said = {
        "bans": [{"from": source, "to": target} for source, target in bans],
        "include": include,
        "banned_anchors": banned_anchors,
    }
    recommend = RecommendConfig.model_validate(said)
    found, _ = candidates(snapshot, lawful=True, recommend=recommend)
    for source, target, anchor in found[["source", "target", "anchor"]].itertuples(index=False):
        assert not any(path_matches(source, a) and path_matches(target, b) for a, b in bans)
        assert not include or any(path_matches(target, glob) for glob in include)
        padded = f" {folded(anchor)} "
        assert not any(f" {folded(words)} " in padded for words in banned_anchors)


@INDEXED
@given(snapshots())
def test_candidates_before_the_rules_are_a_valid_frame_with_the_best_place(
    snapshot: CrawlSnapshot,
) -> None:
    found, facts = candidates(snapshot, lawful=False)
    checked(found, CANDIDATES)
    assert list(found["allowed"]) == list(found["codes"] == "")
    blocks = snapshot.blocks.set_index(["page", "ordinal"])["text"]
    for row in found.to_dict("records"):
        if row["block"] < 0:
            assert (row["sentence"], row["anchor"], row["anchor_start"]) == ("", None, -1)
            assert "no_text" in row["codes"].split()
        else:
            text = blocks[row["source"], row["block"]]
            assert text[row["sentence_start"] :].startswith(row["sentence"])
        if row["anchor"] is not None:
            assert row["sentence"][row["anchor_start"] :].startswith(row["anchor"])
    lawful, _ = candidates(snapshot, lawful=True)
    pairs = found.set_index(["target", "source"]).index
    assert lawful.set_index(["target", "source"]).index.isin(pairs).all()
    assert len(facts.corpus.pages) == len(snapshot.pages)


@INDEXED
@given(snapshots(), st.integers(0, 99))
def test_no_words_of_a_page_are_given_to_two_targets_in_one_week(
    snapshot: CrawlSnapshot, seed: int
) -> None:
    found, _ = candidates(snapshot, lawful=True)
    edits = [
        Edit(
            id=str(number),
            target=row["target"],
            source=row["source"],
            block=row["block"],
            anchor=folded(row["anchor"]),
            value=row["score"],
        )
        for number, row in enumerate(found.to_dict("records"))
        if row["score"] > 0
    ]
    limits = Budgets(targets_per_week=9, edits_per_week=99, links_per_source=9)
    chosen = set(allocate(edits, limits, np.random.default_rng(seed)).chosen)
    said = Counter((e.source, e.anchor) for e in edits if e.id in chosen)
    assert max(said.values(), default=1) == 1
    assert all(edit.target.startswith(ROOT) for edit in edits)
