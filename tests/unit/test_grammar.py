"""Phrases: which words of a sentence may stand alone as the text of a link."""

from __future__ import annotations

import pytest

from recommender.grammar import (
    goes_on,
    has_verb,
    head_of,
    is_judged,
    is_phrase,
    is_told_apart,
    relations,
)


def judged(marked: str, language: str = "en") -> bool:
    """Judge the words between brackets."""
    start, end = marked.index("["), marked.index("]") - 1
    return is_phrase(marked.replace("[", "").replace("]", ""), start, end, language)


@pytest.mark.parametrize(
    "marked",
    [
        "Jason coined the term [three pillars of SEO] in 2019 when giving a talk.",
        "If you want to [create a knowledge panel] you need patience.",
        "But manually [building a knowledge panel] can take years.",
        "We look at [Google’s Knowledge Vault] (the graph) every day.",
        "The second way to use [generic views] is to inherit from an existing view.",
        "It covers [dynamically loaded modules] and how they are compiled.",
        "An example of a [branded search] is when a user types a name.",
        "Clean [the chain] before you put on a drop of oil.",
    ],
)
def test_a_thing_or_a_doing_with_its_thing_is_a_phrase(marked: str) -> None:
    assert judged(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "Through many articles [Kalicube educates] search engines about a business.",
        "Follow the model to [establish a solid] base of confidence.",
        "You can ensure that your [knowledge panel will not disappear] again.",
        "Information about your [brand protects] you from updates.",
        "They feed it back into the [machine as corrective data] and show what went wrong.",
        "Search [engine bots] discover your pages and decide what to crawl.",
        "This is a signature [digital marketing] framework for large brands.",
        "A person can trigger a panel [without a Wikipedia page] of their own.",
        "The request is [mapped to the filesystem] before the path is known.",
        "We see [when pages] change over time.",
        "It stays highly [relevant in a changing world] where trust matters.",
    ],
)
def test_a_claim_a_fragment_or_a_cut_compound_is_none(marked: str) -> None:
    assert not judged(marked)


@pytest.mark.parametrize(
    ("marked", "is_one"),
    [
        ("Ein Tropfen [Kettenöl] auf jedes Glied genügt.", True),
        ("Wer die [Kette reinigt], spart sich viel Arbeit.", False),
        ("Das [richtige Kettenöl] hält die Kette sauber.", True),
        ("Das Öl hält die [Kette sehr] lange sauber.", False),
    ],
)
def test_german_is_judged_by_its_own_model(marked: str, *, is_one: bool) -> None:
    assert judged(marked, "de") is is_one


def test_a_language_without_a_model_is_not_judged() -> None:
    assert not is_judged("fr")
    assert judged("Il faut [nettoyer la] chaîne.", "fr")


def test_marks_alone_are_no_phrase() -> None:
    assert not judged("Wait [...] for it.")


def test_prepositions_are_told_but_for_those_of_a_genitive() -> None:
    said = "How to write the history of a mill for the people in the valley"
    assert relations(said, 0, len(said), "en") == {"for", "in"}
    assert relations("die Geschichte von Mühlen im Tal", 0, 32, "de") >= {"im"}
    assert relations("l'histoire du moulin dans la vallée", 0, 35, "fr") == frozenset()


@pytest.mark.parametrize(
    ("said", "language", "held"),
    [
        ("Grease the axle with the following:", "en", True),
        ("Repairs of the water wheel in May:", "en", False),
        ("Die Mühle steht am Fluss:", "de", True),
        ("Las reparaciones del molino:", "es", True),
    ],
)
def test_a_sentence_has_a_verb_and_a_lead_in_may_have_none(
    said: str, language: str, *, held: bool
) -> None:
    assert has_verb(said, language) is held


@pytest.mark.parametrize(
    ("title", "language", "head"),
    [
        ("Winter storage for a bicycle", "en", "Winter storage"),
        ("The three pillars of SEO", "en", ""),  # a genitive belongs to the thing
        ("Using Apache with Novell NetWare", "en", ""),  # a doing, not a thing
        ("Semantic tags", "en", ""),
        ("Richtiges Kettenöl für den Winter", "de", "Richtiges Kettenöl"),
        ("Stockage pour un vélo", "fr", ""),  # not judged
    ],
)
def test_a_title_names_a_thing_before_its_preposition(title: str, language: str, head: str) -> None:
    assert head_of(title, language) == head


@pytest.mark.parametrize(
    ("marked", "language", "continued"),
    [
        ("Buy a [tyre pressure] gauge with a large dial.", "en", True),
        ("Check the [tyre pressure] before you ride.", "en", False),
        ("Check the [tyre pressure], gauge in hand.", "en", False),
        ("Ein [Kettenöl] Test der Werkstatt.", "de", False),  # compounds are one word
        ("Une [pression] pneu de vélo.", "fr", False),
    ],
)
def test_a_noun_right_behind_makes_another_thing(
    marked: str, language: str, *, continued: bool
) -> None:
    start, end = marked.index("["), marked.index("]") - 1
    plain = marked.replace("[", "").replace("]", "")
    assert goes_on(plain, start, end, language) is continued


@pytest.mark.parametrize(
    ("marked", "language", "apart"),
    [
        ("It is one file as a security [policy].", "en", True),
        ("The nested [relations] work as before.", "en", True),
        ("The [relations] work as before.", "en", False),
        ("It is Anna's [policy].", "en", False),
        ("The wheel, [policy] aside.", "en", False),
        ("[Policy] comes first.", "en", False),
        ("In the [event] of a fire it stops.", "en", True),
        ("In the [event] often it stops.", "en", False),
        ("Une bonne [police].", "fr", False),
    ],
)
def test_a_word_right_beside_tells_which_of_many_is_meant(
    marked: str, language: str, *, apart: bool
) -> None:
    start, end = marked.index("["), marked.index("]") - 1
    plain = marked.replace("[", "").replace("]", "")
    assert is_told_apart(plain, start, end, language) is apart
