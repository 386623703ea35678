"""Study: everything that is known of a site at one instant, worked out once for all decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recommender.candidates.diagnosis import JudgedLinks, judge_links
from recommender.candidates.gate import GateNorms, gate_norms, null_relevance
from recommender.candidates.habits import Habits, build_habits
from recommender.candidates.need import TargetFacts
from recommender.candidates.placement import usual_fit
from recommender.candidates.proposals import Ask, SourceFacts
from recommender.candidates.queries import plain_queries, sought_pages
from recommender.candidates.rules import build_rules
from recommender.candidates.topics import topics
from recommender.candidates.wording import Wording, asked_for, own_wording
from recommender.corpus import Corpus, Floats, Ints, build_corpus
from recommender.errors import NoData
from recommender.frames import PAGE_TOTALS, QUERY_TOTALS
from recommender.graph import LinkGraph, link_graph, pagerank
from recommender.languages import UNSPACED
from recommender.models import CrawlSnapshot, Inspection, Window
from recommender.names import Names, build_names
from recommender.passes.inspections import recent_inspections
from recommender.passes.search_notes import search_notes
from recommender.passes.searches import (
    Basis,
    on_pages,
    search_basis,
    seasons,
    steady_impressions,
)
from recommender.passes.site import Site, pacific_day
from recommender.passes.values import values_by_page
from recommender.signals import PAIR_SIGNALS, WEIGHTS, PairContext, pair_context, pair_scores
from recommender.signals.overlap import query_overlap
from recommender.signals.page_similarity import page_similarity
from recommender.signals.pages import page_signals
from recommender.text import words
from recommender.urls import Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The text and links of a site, and what search says of its pages.

    ``page_totals`` and ``query_totals`` have crawled URLs, one row each; None without search data.
    """

    snapshot: CrawlSnapshot
    identity: Identity
    corpus: Corpus
    graph: LinkGraph
    ranks: Floats
    signals: pd.DataFrame  # PAGE_SIGNALS
    context: PairContext
    sources: SourceFacts
    basis: Basis | None
    page_totals: pd.DataFrame | None
    query_totals: pd.DataFrame | None
    plain: pd.DataFrame  # query_totals without brand and operator queries; empty without data
    query_words: Mapping[int, Mapping[str, float]]
    topics: Ints  # P
    wording: Wording  # of the pages alone
    inspections: Mapping[str, Inspection]  # by page, those that are fresh
    page_values: Mapping[str, float]  # what a visit to a page is worth, where the owner says so
    notes: tuple[str, ...]

    @property
    def window(self) -> Window | None:
        """The days that count as now, None without search data."""
        return None if self.basis is None else self.basis.window


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteText:
    """What a crawl alone tells: its pages read, cut and named, and their topics.

    The costly part of a reading, and the one that every command on the same crawl shares.
    """

    snapshot: CrawlSnapshot
    identity: Identity
    corpus: Corpus
    names: Names
    topics: Ints
    graph: LinkGraph
    ranks: Floats  # P, PageRank
    habits: Habits
    wording: Wording  # what pages are asked for is not in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A reading and the site's own norms: what targets, gate and diagnosis are held against."""

    reading: Reading
    targets: TargetFacts
    norms: GateNorms
    links: JudgedLinks


def read_site(site: Site) -> Reading:
    """Return the newest crawl and search data known at ``site.as_of``, read and weighed.

    Raises NoData where nothing was crawled yet, ConfigError where the owner's values are faulty.
    """
    seed = site.config.recommend.seed
    text = site.facts.derived(
        f"text-{seed}", lambda snapshot: site_text(snapshot, seed), as_of=site.as_of
    )
    if text is None:
        raise NoData(
            f"{site.config.name} was not crawled yet",
            subject=site.config.name,
            hint="run `linkwright crawl`, or `linkwright daily` for all stages",
        )
    snapshot, identity = text.snapshot, text.identity
    corpus, names = text.corpus, text.names
    if not corpus.pages:
        raise NoData(
            f"the crawl of {site.config.name} found no page that answers 200",
            subject=site.config.name,
            hint="run `linkwright doctor` to see what the site answers",
        )
    basis = search_basis(site)
    page_totals, query_totals = _searched(site, basis, identity)
    plain = _plain(site, query_totals)
    steady = None if basis is None else steady_impressions(site, basis, identity, corpus.pages)
    signals = page_signals(corpus, page_totals, text.ranks, steady)
    page_values, value_notes = values_by_page(site.values(), identity)
    query_words = _query_words(corpus, plain)
    sought = sought_pages(plain, corpus.row)
    return Reading(
        snapshot=snapshot,
        identity=identity,
        corpus=corpus,
        graph=text.graph,
        ranks=text.ranks,
        signals=signals,
        context=pair_context(corpus, names, query_words),
        sources=SourceFacts(
            corpus=corpus,
            names=names,
            habits=text.habits,
            rules=build_rules(corpus, names, site.config.recommend, site.config.page_types, sought),
            strength=signals["strength"].to_numpy(np.float64),
            attention=signals["attention"].to_numpy(np.float64),
            fit_scale=usual_fit(corpus),
        ),
        basis=basis,
        page_totals=page_totals,
        query_totals=query_totals,
        plain=plain,
        query_words=query_words,
        topics=text.topics,
        wording=text.wording,
        inspections=recent_inspections(site, identity),
        page_values=page_values,
        notes=(
            *_notes(site, snapshot, basis, page_totals),
            *unread_languages(corpus.languages),
            *value_notes,
        ),
    )


def site_text(snapshot: CrawlSnapshot, seed: int) -> SiteText:
    """Return what a crawl tells of its pages' text. Cost: 6 s for 2,000 pages of 500 words."""
    identity = Identity.of(snapshot.pages)
    corpus = build_corpus(snapshot.pages, snapshot.blocks, snapshot.links, identity)
    graph = link_graph(corpus.edges, len(corpus.pages))
    return SiteText(
        snapshot=snapshot,
        identity=identity,
        corpus=corpus,
        names=build_names(corpus),
        topics=topics(corpus, seed),
        graph=graph,
        ranks=pagerank(graph),
        habits=build_habits(corpus),
        wording=own_wording(corpus),
    )


def study(site: Site, reading: Reading, rng: np.random.Generator) -> Study:
    """Return the norms of a site that was read."""
    corpus, searched = reading.corpus, reading.page_totals is not None
    spoken = asked_for(reading.wording, corpus, reading.plain if searched else None)
    by_topic = reading.topics
    day = pacific_day(site.now)
    return Study(
        reading=reading,
        targets=TargetFacts(
            corpus=corpus,
            pages=reading.snapshot.pages,
            signals=reading.signals,
            topics=by_topic,
            page_totals=reading.page_totals,
            query_totals=reading.query_totals,
            recommend=site.config.recommend,
            page_types=site.config.page_types,
            brand_terms=site.config.search_console.brand_terms,
            window=reading.window or Window.ending(day, site.config.recommend.window_days),
            now=site.now,
            season=_season(site, reading),
            page_values=reading.page_values,
        ),
        norms=gate_norms(
            corpus, reading.signals, spoken, reading.plain, null_relevance(corpus, rng)
        ),
        links=judge_links(corpus, reading.signals, by_topic, spoken, searched=searched),
    )


def ask(reading: Reading, target: int, *, null: float | None = None) -> Ask:
    """Return what the candidates of one target are judged by.

    ``null`` is the page similarity that unrelated pages stay below, see the gate.
    """
    scores = pair_scores(reading.context, target)
    weights = [WEIGHTS[name] for name, _ in PAIR_SIGNALS]
    overlap = query_overlap(reading.plain, reading.corpus.pages[target], reading.corpus.row)
    if overlap is not None:
        scores = np.vstack([scores, overlap])
        weights.append(WEIGHTS["query_overlap"])
    return Ask(
        target=target,
        scores=scores,
        weights=np.array(weights),
        overlap=overlap,
        related=None if null is None else page_similarity(reading.context, target) >= null,
        query_words=reading.query_words.get(target),
        echo=reading.context.echo(target),
    )


def _season(site: Site, reading: Reading) -> dict[str, float]:
    if reading.basis is None:
        return {}
    return seasons(site, reading.basis, reading.identity, reading.snapshot.pages)


def _searched(
    site: Site, basis: Basis | None, identity: Identity
) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    if basis is None:
        return None, None
    pages, queries = basis.page_totals(site), basis.query_totals(site)
    return on_pages(pages, identity, PAGE_TOTALS), on_pages(queries, identity, QUERY_TOTALS)


def _plain(site: Site, query_totals: pd.DataFrame | None) -> pd.DataFrame:
    if query_totals is None:
        return QUERY_TOTALS.empty()
    return plain_queries(query_totals, site.config.search_console.brand_terms)


def _query_words(corpus: Corpus, queries: pd.DataFrame) -> dict[int, dict[str, float]]:
    """Return, for each page, the share of its query impressions that each word stands in."""
    totals: dict[int, dict[str, float]] = {}
    shown: dict[int, float] = {}
    for query, page, impressions in queries[["query", "page", "impressions"]].itertuples(
        index=False
    ):
        row = corpus.row.get(page)
        if row is None:
            continue
        shown[row] = shown.get(row, 0.0) + impressions
        said = totals.setdefault(row, {})
        for word in set(words(query)):
            said[word] = said.get(word, 0.0) + impressions
    return {
        row: {word: count / shown[row] for word, count in said.items()}
        for row, said in totals.items()
        if shown[row] > 0
    }


def _notes(
    site: Site, snapshot: CrawlSnapshot, basis: Basis | None, page_totals: pd.DataFrame | None
) -> tuple[str, ...]:
    """Return what a reader must know of the data before trusting what is made of them."""
    if basis is None:
        return (*snapshot.notes, *search_notes(site, None, None))
    return (*snapshot.notes, *search_notes(site, basis.window, page_totals, basis.period))


def unread_languages(languages: Sequence[str]) -> list[str]:
    """Return a note for each language of some pages in which no place for a link is looked for."""
    return [
        f"{count} {'page is' if count == 1 else 'pages are'} in {UNSPACED[language]}, in which "
        "Linkwright cannot place links yet: it has no spaces between words."
        for language, count in Counter(languages).most_common()
        if language in UNSPACED
    ]
