"""Phrases: which words of a sentence may stand alone as the text of a link."""

from __future__ import annotations

import pytest

from recommender.grammar import has_verb, is_judged, is_phrase, relations


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
