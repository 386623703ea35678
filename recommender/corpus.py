"""The text of a site, cut and weighed once, for every stage that compares texts.

Rows of every matrix and array are in the order of ``Corpus.pages`` (P pages), of the prose blocks
of their content (B passages) or of the sentences of those (S). Columns are the words of the site
(V). Menus, footers, boxes and link lists are left out: measured, link lists were the noise that
halved the ranking on a blog (method, section 8).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from recommender.languages import function_words, unspaced_script
from recommender.models import Region
from recommender.stems import locales_of, stemmed, stemmer_within
from recommender.text import primary, sentences, words
from recommender.urls import Identity

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAD_CHARACTERS = 600
COMMON_SHARE = 0.5  # a word on more than half of the pages says nothing about one of them
FEW_PAGES = 8  # below this, shares of pages mean nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """A site's pages and their running text, with TF-IDF vectors (rows of unit length)."""

    pages: tuple[str, ...]
    row: Mapping[str, int]
    titles: tuple[str, ...]  # without what the site appends to all of them
    h1s: tuple[str, ...]
    headings: tuple[tuple[str, ...], ...]  # of the content, below the h1
    indexable: NDArray[np.bool_]
    languages: tuple[str, ...]  # primary subtags, "" where unknown, see languages.language_of
    locales: tuple[str, ...]  # whole tags, see PAGES
    page_words: Ints  # words of prose a page
    content_words: Ints  # words of all content a page: lists, tables and code too
    language: str  # the site's main one, primary subtag
    passage_page: Ints  # B, ascending
    passage_block: Ints  # B, ordinal in BLOCKS
    passage_text: tuple[str, ...]  # B
    passage_spans: tuple[str, ...]  # B, see BLOCKS
    passage_kind: tuple[str, ...]  # B
    passage_copies: Ints  # B, pages on which the same text stands
    sentence_page: Ints  # S, ascending
    sentence_from: Ints  # P + 1: the sentences of page p are [sentence_from[p], sentence_from[p+1])
    sentence_passage: Ints  # S, row of its passage
    sentence_start: Ints  # S, offset in the block's text
    sentence_text: tuple[str, ...]  # S
    sentence_stems: tuple[tuple[int, ...], ...]  # S, stem number of each word
    stems: Mapping[str, int]  # stem -> number
    stem_weight: Floats  # smooth inverse page frequency, 0 for stop words
    stem_sentences: sparse.csc_matrix  # S x stems, 1 where the sentence has the stem
    vocabulary: Mapping[str, int]
    idf: Floats  # V; 0 for words that are left out
    counts: sparse.csr_matrix  # P x V, occurrences in prose
    documents: sparse.csr_matrix  # P x V; title counted three times
    leads: sparse.csr_matrix  # P x V; title and the first 600 characters
    passages: sparse.csr_matrix  # B x V
    sentences: sparse.csr_matrix  # S x V
    edges: pd.DataFrame  # source, target (rows), anchor, region, image, block, start, nofollow
    content_edges: pd.DataFrame  # those that an editor set in the content, same columns and index
    links_beyond: pd.DataFrame  # source, target URL, anchor of the content links that are no edges

    def language_of(self, page: int) -> str:
        """Return the language of a page, the site's where its own is unknown."""
        return self.languages[page] or self.language

    def stemmer(self, page: int) -> Callable[[str], str]:
        """Return what makes the stems (keys of ``stems``) of words in the language of a page."""
        return stemmer_within(self.language_of(page), self.language)

    def function_words(self, page: int) -> frozenset[str]:
        """Return the function words of the language of a page."""
        return function_words(self.language_of(page))

    def sentences_on(self, page: int) -> range:
        """Return the rows of the sentences of a page, in reading order."""
        return range(int(self.sentence_from[page]), int(self.sentence_from[page + 1]))

    def sentences_of(self, passage: int) -> list[int]:
        """Return the rows of the sentences of a passage, in reading order."""
        on_page = self.sentences_on(int(self.passage_page[passage]))
        return [row for row in on_page if self.sentence_passage[row] == passage]

    def linked_from_content(self, target: int) -> Ints:
        """Return the rows of the pages that link ``target`` in their content."""
        sources, targets = (self.content_edges[end].to_numpy() for end in ("source", "target"))
        return np.unique(sources[targets == target]).astype(np.int64)


def cosines(rows: sparse.csr_matrix, row: sparse.csr_matrix) -> Floats:
    """Return the cosine of each of ``rows`` with one ``row``, all of unit length or zero.

    Cost: one pass over ``rows``; a dense vector is some five times cheaper than a sparse product.
    """
    alike: Floats = rows @ row.toarray().ravel()
    return alike


def build_corpus(
    pages: pd.DataFrame, blocks: pd.DataFrame, links: pd.DataFrame, identity: Identity
) -> Corpus:
    """Return the corpus of a crawl (frames PAGES, BLOCKS, LINKS).

    Only pages that answered 200 and are canonical belong to it. Cost: one tokenisation of the
    content, about 1 s per 300,000 words, and a sparse matrix of the sentences.
    """
    kept = pages[(pages["status"] == 200) & pages["url"].map(_is_itself(identity))]
    urls = tuple(kept["url"])
    row = {url: index for index, url in enumerate(urls)}
    unspaced = _unspaced(blocks, row)
    prose = _prose(blocks, {url: at for url, at in row.items() if at not in unspaced})
    cut = _cut(prose)
    titles = strip_site_name(list(kept["title"]))
    locales = locales_of(list(kept["language"]), cut.page, cut.words, unspaced)
    languages = tuple(primary(locale) for locale in locales)
    language = _main_language(languages)
    spoken = tuple(own or language for own in languages)
    named = [f"{title} {h1}" for title, h1 in zip(titles, kept["h1"], strict=True)]
    stems = stemmed(cut.page, cut.words, named, spoken, language)
    matrices = _Matrices.of(cut, titles, prose, spoken)
    edges = _edges(links, row, identity)
    return Corpus(
        pages=urls,
        row=row,
        titles=tuple(titles),
        h1s=tuple(kept["h1"]),
        headings=_headings(blocks, row),
        indexable=kept["indexable"].to_numpy(np.bool_),
        languages=languages,
        locales=locales,
        page_words=_per_page(cut.lengths, cut.page, len(urls)),
        content_words=kept["words"].to_numpy(np.int64),
        language=language,
        passage_page=prose["row"].to_numpy(np.int64),
        passage_block=prose["ordinal"].to_numpy(np.int64),
        passage_text=tuple(prose["text"]),
        passage_spans=tuple(prose["spans"]),
        passage_kind=tuple(prose["kind"]),
        passage_copies=prose.groupby("text")["row"].transform("nunique").to_numpy(np.int64),
        sentence_page=cut.page,
        sentence_from=np.searchsorted(cut.page, np.arange(len(urls) + 1)).astype(np.int64),
        sentence_passage=cut.passage,
        sentence_start=cut.start,
        sentence_text=cut.text,
        sentence_stems=stems.of_sentences,
        stems=stems.numbers,
        stem_weight=stems.weight,
        stem_sentences=_incidence(stems.of_sentences, len(stems.numbers)),
        vocabulary=matrices.vocabulary,
        idf=matrices.idf,
        counts=matrices.counts,
        documents=matrices.documents,
        leads=matrices.leads,
        passages=matrices.passages,
        sentences=matrices.sentences,
        edges=edges,
        content_edges=edges[edges["region"] == Region.CONTENT.value],
        links_beyond=_links_beyond(links, row, identity),
    )


def strip_site_name(titles: Sequence[str]) -> list[str]:
    """Return the titles without an ending (or beginning) that over 30 % of them share."""
    ends = Counter(m.group(0) for t in titles if (m := re.search(r"\s[|—–·:»-]\s[^|—–·»]+$", t)))
    starts = Counter(m.group(0) for t in titles if (m := re.match(r"[^|—–·»]+?\s[|—–·:»-]\s", t)))
    enough = max(3, 0.3 * len(titles))
    common_ends = [end for end, count in ends.items() if count > enough]
    common_starts = [start for start, count in starts.items() if count > enough]
    stripped = []
    for title in titles:
        end = next((end for end in common_ends if title.endswith(end)), "")
        start = next((s for s in common_starts if title.startswith(s)), "") if not end else ""
        stripped.append(title.removesuffix(end).removeprefix(start).strip() or title)
    return stripped


def _is_itself(identity: Identity) -> Mapping[str, bool]:
    class _Lazy(dict[str, bool]):
        def __missing__(self, url: str) -> bool:
            return identity.page(url) == url

    return _Lazy()


def _prose(blocks: pd.DataFrame, row: Mapping[str, int]) -> pd.DataFrame:
    wanted = (
        blocks["prose"]
        & (blocks["region"] == Region.CONTENT.value)
        & ~blocks["kind"].isin(["heading", "code", "button"])
        & blocks["page"].isin(row)
    )
    prose = blocks.loc[wanted, ["page", "ordinal", "text", "spans", "kind"]]
    prose = prose.assign(row=prose["page"].map(row)).sort_values(["row", "ordinal"])
    return prose.reset_index(drop=True)


def _headings(blocks: pd.DataFrame, row: Mapping[str, int]) -> tuple[tuple[str, ...], ...]:
    found: list[list[str]] = [[] for _ in row]
    wanted = (blocks["kind"] == "heading") & (blocks["region"] == Region.CONTENT.value)
    for page, text in blocks.loc[wanted, ["page", "text"]].itertuples(index=False):
        if page in row:
            found[row[page]].append(text)
    return tuple(tuple(texts) for texts in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    text: tuple[str, ...]
    words: list[list[str]]
    page: Ints
    passage: Ints
    start: Ints
    lengths: Ints


def _cut(prose: pd.DataFrame) -> _Cut:
    texts, found, page, passage, start = [], [], [], [], []
    for index, (row, text) in enumerate(zip(prose["row"], prose["text"], strict=True)):
        for a, z in sentences(text):
            texts.append(text[a:z])
            found.append(words(text[a:z]))
            page.append(row)
            passage.append(index)
            start.append(a)
    return _Cut(
        text=tuple(texts),
        words=found,
        page=np.array(page, np.int64),
        passage=np.array(passage, np.int64),
        start=np.array(start, np.int64),
        lengths=np.array([len(w) for w in found], np.int64),
    )


def _main_language(languages: Sequence[str]) -> str:
    known = Counter(language for language in languages if language)
    return known.most_common(1)[0][0] if known else "en"


def _unspaced(blocks: pd.DataFrame, row: Mapping[str, int]) -> dict[int, str]:
    """Return the language of each page that is mostly in a script without spaces, see UNSPACED."""
    wanted = (blocks["region"] == Region.CONTENT.value) & (blocks["kind"] != "code")
    foreign = wanted & ~blocks["text"].map(str.isascii)
    pages = {page for page in blocks.loc[foreign, "page"] if page in row}
    texts = blocks[wanted & blocks["page"].isin(pages)].groupby("page")["text"].agg(" ".join)
    found = {row[str(page)]: unspaced_script(text) for page, text in texts.items()}
    return {page: language for page, language in found.items() if language}


def _incidence(rows: Sequence[tuple[int, ...]], columns: int) -> sparse.csc_matrix:
    indptr = np.cumsum([0, *(len(row) for row in rows)])
    indices = np.array([number for row in rows for number in row], np.int64)
    matrix = sparse.csr_matrix(
        (np.ones(len(indices), np.int8), indices, indptr), shape=(len(rows), columns)
    )
    matrix.sum_duplicates()
    return sparse.csc_matrix(matrix)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Matrices:
    vocabulary: dict[str, int]
    idf: Floats
    counts: sparse.csr_matrix
    documents: sparse.csr_matrix
    leads: sparse.csr_matrix
    passages: sparse.csr_matrix
    sentences: sparse.csr_matrix

    @classmethod
    def of(
        cls, cut: _Cut, titles: list[str], prose: pd.DataFrame, languages: Sequence[str]
    ) -> _Matrices:
        pages = len(languages)
        vocabulary: dict[str, int] = {}
        titled = count_matrix([words(title) for title in titles], vocabulary)
        spoken = count_matrix(cut.words, vocabulary)
        titled = sparse.csr_matrix(
            (titled.data, titled.indices, titled.indptr), shape=(pages, len(vocabulary))
        )
        by_passage = _grouped(spoken, cut.passage, len(prose))
        counts = _grouped(spoken, cut.page, pages)
        documents = counts + 3 * titled
        lead = _lead_rows(cut)
        leads = _grouped(spoken[lead], cut.page[lead], pages) + 3 * titled
        keep = _informative(documents, vocabulary, languages)
        idf = np.where(keep, _rarity(documents), 0.0)
        return cls(
            vocabulary=vocabulary,
            idf=idf,
            counts=counts,
            documents=_weighed(documents, idf),
            leads=_weighed(leads, idf),
            passages=_weighed(by_passage, idf),
            sentences=_weighed(spoken, idf),
        )


def count_matrix(texts: list[list[str]], vocabulary: dict[str, int]) -> sparse.csr_matrix:
    """Return the word counts of ``texts`` (rows), adding new words to ``vocabulary``."""
    indices: list[int] = []
    indptr = [0]
    for text in texts:
        indices.extend(vocabulary.setdefault(word, len(vocabulary)) for word in text)
        indptr.append(len(indices))
    matrix = sparse.csr_matrix(
        (np.ones(len(indices)), np.array(indices, np.int32), np.array(indptr, np.int64)),
        shape=(len(texts), len(vocabulary)),
    )
    matrix.sum_duplicates()
    return matrix


def _grouped(rows: sparse.csr_matrix, group: Ints, groups: int) -> sparse.csr_matrix:
    total = len(group)
    gather = sparse.csr_matrix((np.ones(total), (group, np.arange(total))), shape=(groups, total))
    return sparse.csr_matrix(gather @ rows)


def _lead_rows(cut: _Cut) -> NDArray[np.bool_]:
    sizes = np.array([len(text) for text in cut.text], np.int64)
    before = np.cumsum(sizes) - sizes
    _, first, of = np.unique(cut.page, return_index=True, return_inverse=True)
    return before - before[first][of] < LEAD_CHARACTERS if len(sizes) else np.zeros(0, np.bool_)


def _informative(
    documents: sparse.csr_matrix, vocabulary: Mapping[str, int], languages: Sequence[str]
) -> NDArray[np.bool_]:
    """Return which words tell pages apart: neither common nor a function word where it stands.

    Languages of a handful of pages are left to document frequencies.
    """
    spread = np.asarray((documents > 0).sum(axis=0)).ravel()
    pages = documents.shape[0]
    keep = spread <= COMMON_SHARE * pages if pages >= FEW_PAGES else np.ones(len(spread), bool)
    idle = np.zeros(len(spread))
    spoken = Counter(languages)
    few = min(FEW_PAGES, max(spoken.values(), default=0))
    for language in (language for language, count in spoken.items() if count >= few):
        columns = [vocabulary[word] for word in function_words(language) if word in vocabulary]
        own = documents[np.array([said == language for said in languages], np.bool_)]
        idle[columns] += np.asarray((own[:, columns] > 0).sum(axis=0)).ravel()
    kept: NDArray[np.bool_] = keep & ((idle == 0) | (2 * idle < spread))
    return kept


def _rarity(documents: sparse.csr_matrix) -> Floats:
    if 0 in documents.shape:  # a site without pages, or without a single word
        return np.zeros(documents.shape[1])
    from sklearn.feature_extraction.text import TfidfTransformer  # noqa: PLC0415 - slow to load

    return np.asarray(TfidfTransformer(sublinear_tf=True).fit(documents).idf_, np.float64)


def _weighed(counts: sparse.csr_matrix, idf: Floats) -> sparse.csr_matrix:
    weighed = counts.astype(np.float64, copy=True)
    weighed.data = (1 + np.log(weighed.data)) * idf[weighed.indices]
    weighed.eliminate_zeros()
    norms = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
    scale = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0)
    return sparse.csr_matrix(sparse.diags(scale) @ weighed)


def _per_page(lengths: Ints, page: Ints, pages: int) -> Ints:
    return np.bincount(page, weights=lengths, minlength=pages).astype(np.int64)


def _edges(links: pd.DataFrame, row: Mapping[str, int], identity: Identity) -> pd.DataFrame:
    source = links["source"].map(row)
    target = identity.pages(links["target"]).map(row)
    kept = source.notna() & target.notna() & (source != target)
    edges = links.loc[kept, ["anchor", "region", "image", "block", "start", "rel"]]
    nofollow = edges.pop("rel").str.contains(r"\b(?:nofollow|ugc|sponsored)\b", regex=True)
    edges.insert(0, "source", source[kept].astype(np.int64))
    edges.insert(1, "target", target[kept].astype(np.int64))
    return edges.assign(nofollow=nofollow.to_numpy(bool)).reset_index(drop=True)


def _links_beyond(links: pd.DataFrame, row: Mapping[str, int], identity: Identity) -> pd.DataFrame:
    """Return the content links to the page itself, or to what was not fetched or gave no page."""
    content = links[(links["region"] == Region.CONTENT.value) & links["source"].isin(row.keys())]
    target = identity.pages(content["target"])
    beyond = content[~target.isin(row.keys()) | (target == content["source"])]
    source = beyond["source"].map(row).astype(np.int64)
    return beyond[["target", "anchor"]].assign(source=source).reset_index(drop=True)
