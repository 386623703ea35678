"""What of a site belongs to its corpus, and how it is cut and weighed."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.corpus import Corpus, build_corpus, cosines, strip_site_name
from recommender.text import words
from recommender.urls import Identity
from tests.parsed_site import ROOT, corpus_of, crawled, page, works

PROSE = "A mill by the river grinds corn for the whole valley. It has done so since 1702. "


def built(site: dict[str, str], **how: object) -> Corpus:
    snapshot = crawled(site, **how)  # type: ignore[arg-type]
    identity = Identity.of(snapshot.pages)
    return build_corpus(snapshot.pages, snapshot.blocks, snapshot.links, identity)


def test_only_pages_that_answer_belong_to_the_corpus() -> None:
    corpus = built({"/a": page("A", PROSE), "/b": page("B", PROSE)}, status={"/b": 404})
    assert corpus.pages == (ROOT + "/a",)


def test_a_page_whose_canonical_is_another_does_not_belong_to_it() -> None:
    snapshot = crawled({"/a": page("A", PROSE), "/a?x=1": page("A", PROSE)})
    pages = snapshot.pages.assign(canonical=[None, ROOT + "/a"])
    corpus = build_corpus(pages, snapshot.blocks, snapshot.links, Identity.of(pages))
    assert corpus.pages == (ROOT + "/a",)


def test_each_sentence_stands_verbatim_where_it_says() -> None:
    corpus = corpus_of(works())
    for row, text in enumerate(corpus.sentence_text):
        start = int(corpus.sentence_start[row])
        block = corpus.passage_text[corpus.sentence_passage[row]]
        assert block[start : start + len(text)] == text
        assert corpus.passage_page[corpus.sentence_passage[row]] == corpus.sentence_page[row]


def test_the_sentences_of_a_page_are_the_range_that_sentence_from_gives() -> None:
    corpus = corpus_of({"/a": page("A", PROSE), "/empty": page("Empty"), "/b": page("B", PROSE)})
    for row in range(len(corpus.pages)):
        own = np.flatnonzero(corpus.sentence_page == row).tolist()
        assert own == list(range(corpus.sentence_from[row], corpus.sentence_from[row + 1]))
    assert corpus.sentence_from[-1] == len(corpus.sentence_text)


def test_each_word_of_a_sentence_has_its_stem() -> None:
    corpus = corpus_of({"/a": page("Mills", PROSE), "/b": page("İ", "İstanbul " + PROSE)})
    for text, stems in zip(corpus.sentence_text, corpus.sentence_stems, strict=True):
        assert len(words(text)) == len(stems)


def test_headings_code_and_menus_are_no_prose() -> None:
    html = (
        "<html><body><nav><a href='/b'>Menu words that nobody reads at all</a></nav><main>"
        "<h1>Title</h1><h2>A heading of as many as eight words or so here</h2>"
        f"<pre>code that is long enough to be taken for running text</pre><p>{PROSE}</p>"
        "</main></body></html>"
    )
    corpus = corpus_of({"/a": html, "/b": page("B", "Something else " + PROSE)})
    own = [t for t, p in zip(corpus.passage_text, corpus.passage_page, strict=True) if p == 0]
    assert own == [PROSE.strip()]
    assert corpus.headings[0] == ("Title", "A heading of as many as eight words or so here")


def test_vectors_have_length_one_or_nothing() -> None:
    corpus = corpus_of({**works(), "/empty": "<html><body></body></html>"})
    for matrix in (corpus.documents, corpus.leads, corpus.passages, corpus.sentences):
        norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
        assert np.all(np.isclose(norms, 1) | (norms == 0))
    assert corpus.documents[corpus.row[ROOT + "/empty"]].nnz == 0


def test_cosines_are_those_of_a_sparse_product() -> None:
    corpus = corpus_of(works())
    product = (corpus.sentences @ corpus.leads[3].T).toarray().ravel()
    assert cosines(corpus.sentences, corpus.leads[3]) == pytest.approx(product)


def test_a_word_of_most_pages_weighs_nothing_on_a_site_of_some_size() -> None:
    site = {f"/{n}": page(f"Topic{n}", f"Valley word{n} " + PROSE) for n in range(9)}
    corpus = corpus_of(site)
    assert corpus.idf[corpus.vocabulary["valley"]] == 0
    assert corpus.idf[corpus.vocabulary["word3"]] > 0


def test_function_words_weigh_nothing() -> None:
    corpus = corpus_of(works())
    assert corpus.idf[corpus.vocabulary["the"]] == 0
    assert corpus.stem_weight[corpus.stems["the"]] == 0


def test_only_links_in_the_content_between_two_pages_are_content_links() -> None:
    linked = page("A", f'{PROSE} <a href="/b">the other</a> and <a href="/a">itself</a>')
    corpus = corpus_of({"/a": linked, "/b": page("B", PROSE + "More of it.")})
    assert corpus.content_edges[["source", "target", "anchor"]].to_numpy().tolist() == [
        [0, 1, "the other"]
    ]
    assert corpus.linked_from_content(1).tolist() == [0]
    assert corpus.linked_from_content(0).tolist() == []


def test_a_link_to_a_spelling_of_a_page_is_a_link_to_the_page() -> None:
    linked = page("A", f'{PROSE} <a href="/b/?utm_source=x#top">the other</a>')
    corpus = corpus_of({"/a": linked, "/b": page("B", PROSE + "More of it.")})
    assert corpus.linked_from_content(corpus.row[ROOT + "/b"]).tolist() == [0]


def test_a_text_on_several_pages_counts_its_copies() -> None:
    site = {f"/{n}": page(f"T{n}", f"Own words of page {n}. {PROSE}", PROSE) for n in range(3)}
    corpus = corpus_of(site)
    assert sorted(corpus.passage_copies.tolist()) == [1, 1, 1, 3, 3, 3]


def test_a_site_without_pages_has_an_empty_corpus() -> None:
    corpus = built({"/a": page("A", PROSE)}, status={"/a": 500})
    assert corpus.pages == ()
    assert corpus.documents.shape[0] == 0


def test_a_site_without_a_word_has_a_corpus_of_nothing() -> None:
    corpus = corpus_of({"/a": "<html><body></body></html>", "/b": "<html></html>"})
    assert len(corpus.pages) == 2
    assert corpus.documents.shape == (2, 0)
    assert corpus.page_words.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("titles", "stripped"),
    [
        (["A - Acme", "B - Acme", "C - Acme", "D - Acme"], ["A", "B", "C", "D"]),
        (["Acme | A", "Acme | B", "Acme | C", "Acme | D"], ["A", "B", "C", "D"]),
        (["A - Acme", "B", "C", "D"], ["A - Acme", "B", "C", "D"]),
        (["Acme - Acme"] * 4, ["Acme"] * 4),
        (["Same"] * 4, ["Same"] * 4),
        ([""] * 4, [""] * 4),
        ([], []),
    ],
)
def test_what_many_titles_share_at_an_end_is_the_site_s_name(
    titles: list[str], stripped: list[str]
) -> None:
    assert strip_site_name(titles) == stripped


def test_the_main_language_is_that_of_most_pages_and_english_where_none_is_said() -> None:
    german = [page(f"T{n}", PROSE, language="de") for n in range(2)]
    assert corpus_of({"/a": german[0], "/b": german[1], "/c": page("C", PROSE)}).language == "de"
    assert corpus_of({"/a": f"<html><body><p>{PROSE}</p></body></html>"}).language == "en"


def test_one_very_long_sentence_is_one_sentence() -> None:
    corpus = corpus_of({"/a": page("Long", "word " * 20_000), "/b": page("B", PROSE)})
    assert len(corpus.sentence_stems[0]) == 20_000
