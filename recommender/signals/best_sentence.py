"""How well the best sentence of a page would take a link to the target."""

from __future__ import annotations

import numpy as np

from recommender.corpus import Floats
from recommender.names import Echo, NameKind
from recommender.signals.context import PairContext, highest
from recommender.text import words

WHOLE_PAGE = 0.5  # weight of likeness to the whole target, beside its opening at 1
EDITORS = 5.0  # an editor's words outweigh everything else a sentence may have


def best_sentence(context: PairContext, target: int) -> Floats:
    """Return the score (>= 0) of the best sentence of each page for a link to ``target``.

    A sentence adds up its cosines with the target's opening and (by half) its whole text, the
    share of the title's words that it has (rare ones count more), each over the site's best; and
    the surest title, h1, heading or menu word (0..1 each) and anchor (0..5) of the target that it
    speaks. One good place makes a source, whatever else the page says. Cost: two passes over the
    words of the site.
    """
    echo = context.echo(target)
    score = _scaled(echo.lead)
    score += WHOLE_PAGE * _scaled(echo.whole)
    score += _scaled(_title_share(context, target))
    score += _named(echo)
    return highest(score, context.corpus.sentence_from)


def _scaled(values: Floats) -> Floats:
    scaled: Floats = values / (values.max(initial=0.0) + 1e-12)
    return scaled


def _title_share(context: PairContext, target: int) -> Floats:
    corpus = context.corpus
    stem = corpus.stemmer(target)
    said = {stem(w) for text in (corpus.titles[target], corpus.h1s[target]) for w in words(text)}
    share = np.zeros(len(corpus.sentence_text))
    for number in sorted(corpus.stems[word] for word in said if word in corpus.stems):
        start, end = corpus.stem_sentences.indptr[number : number + 2]
        share[corpus.stem_sentences.indices[start:end]] += corpus.stem_weight[number]
    return share


def _named(echo: Echo) -> Floats:
    total = np.zeros(len(echo.lead))
    for kind in NameKind:
        if kind is not NameKind.PART and kind in echo.named:
            said, weight = echo.named[kind]
            total[said] += EDITORS * weight**0.6 if kind is NameKind.ANCHOR else weight
    return total
