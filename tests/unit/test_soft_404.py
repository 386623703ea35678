"""Pages that answer 200 and are not there."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.ingest.soft_404 import NotFoundPage, PageFacts

SITE = "https://www.example.com/"
MENU = ("Home", "Products", "Contact")
SIDEBAR = tuple(f"Guide {letter}" for letter in "abcdefghijklmnopqrst")
SORRY = ("Es gibt hier nichts.", "Suchen Sie etwas anderes?")


def page(
    path: str, title: str, *texts: str, h1: str = "", canonical: str | None = None
) -> PageFacts:
    return PageFacts(
        url=SITE + path, title=title, h1=h1 or title, canonical=canonical, texts=frozenset(texts)
    )


HOME = page("", "Acme", *MENU, "Welcome to Acme.")
GUIDE = page("guide-a", "Guide a", *MENU, *SIDEBAR, "How to join chains.")
PROBE = page("3fa9-no-such-page", "Nichts", *MENU, *SIDEBAR, *SORRY)


def is_soft(
    found: PageFacts, *, probe: PageFacts = PROBE, others: tuple[PageFacts, ...] = ()
) -> bool:
    not_found = NotFoundPage.of(probe, others or (HOME, GUIDE))
    assert not_found is not None
    return not_found.is_like(found)


def test_a_page_that_shows_what_no_page_shows_is_none() -> None:
    assert is_soft(page("gone", "Nichts", *MENU, *SIDEBAR, *SORRY))


def test_a_page_with_a_text_of_its_own_is_one_however_much_template_it_shares() -> None:
    for others in ((HOME, GUIDE), (HOME,)):
        real = page("chains", "Nichts", *MENU, *SIDEBAR, "Chains, by length.")
        assert not is_soft(real, others=others)
        both = page("chains", "Nichts", *MENU, *SIDEBAR, *SORRY, "Chains, by length.")
        assert not is_soft(both, others=others)


def test_a_page_without_any_text_is_not_taken_for_one_that_is_not_there() -> None:
    assert not is_soft(page("gallery", "Nichts", *MENU, *SIDEBAR))
    assert not is_soft(page("empty", "Nichts"))


@pytest.mark.parametrize(("title", "h1"), [("Chains", "Nichts"), ("Nichts", "Chains")])
def test_a_page_of_another_title_or_heading_is_one(title: str, h1: str) -> None:
    assert not is_soft(page("gone", title, *MENU, *SORRY, h1=h1))


def test_an_address_that_is_repeated_makes_no_difference() -> None:
    def sorry(path: str, name: str) -> PageFacts:
        texts = (f"/{path} fehlt.", f"Meinten Sie \u201e{name}\u201c?", SITE + path)
        return page(path, f"Nichts zu {name.title()}", *MENU, *texts)

    probe = sorry("3fa9-no-such-page", "3fa9 no such page")
    for path, name in [("old/blue-chains/", "blue chains"), ("caf\u00e9-bar", "caf\u00e9 bar")]:
        assert is_soft(sorry(path, name), probe=probe)


def test_numbers_make_no_difference() -> None:
    probe = dataclasses.replace(PROBE, texts=PROBE.texts | {"Request 1781 at 12:03"})
    assert is_soft(page("gone", "Nichts", *MENU, *SORRY, "Request 99 at 7:15"), probe=probe)


def test_suggestions_may_be_missing_but_not_the_message() -> None:
    hints = {f"Vielleicht {letter}" for letter in "abcdefgh"}
    probe = dataclasses.replace(PROBE, texts=PROBE.texts | hints)
    assert is_soft(page("gone", "Nichts", *SORRY, *sorted(hints)[:6]), probe=probe)
    assert not is_soft(page("gone", "Nichts", *SORRY), probe=probe)


@pytest.mark.parametrize(
    ("probe_names", "page_names", "soft"),
    [
        (None, None, True),
        (None, SITE + "gone", False),
        (SITE + "3fa9-no-such-page", SITE + "gone", True),
        (SITE + "404", SITE + "404", True),
        (SITE + "404", SITE + "gone", False),
        (SITE, None, False),
    ],
)
def test_a_page_that_names_itself_as_canonical_is_one(
    probe_names: str | None, page_names: str | None, *, soft: bool
) -> None:
    probe = dataclasses.replace(PROBE, canonical=probe_names)
    gone = page("gone", "Nichts", *MENU, *SIDEBAR, *SORRY, canonical=page_names)
    assert is_soft(gone, probe=probe) is soft


@pytest.mark.parametrize(
    "probe",
    [
        None,
        page("3fa9", "Acme", *HOME.texts),
        page("3fa9", "Nichts"),
        page("3fa9", "Guide a", *MENU, *SIDEBAR),
    ],
)
def test_without_a_page_of_its_own_for_what_is_not_there_nothing_is_claimed(
    probe: PageFacts | None,
) -> None:
    assert NotFoundPage.of(probe, [HOME, GUIDE]) is None


TEXTS = st.frozensets(st.text("abcdefgh ", min_size=1), max_size=12)


@given(own=TEXTS, template=TEXTS, more=st.text("xyz", min_size=5))
def test_a_text_found_nowhere_else_always_saves_a_page(
    own: frozenset[str], template: frozenset[str], more: str
) -> None:
    probe = page("3fa9-no-such-page", "Nichts", *own, *template)
    not_found = NotFoundPage.of(probe, [HOME])
    found = page("q", "Nichts", *own, *template, more)
    assert not_found is None or not not_found.is_like(found)


@given(texts=TEXTS, path=st.text(max_size=20))
def test_the_answer_is_always_like_itself_and_no_address_raises(
    texts: frozenset[str], path: str
) -> None:
    probe = dataclasses.replace(page("", "Nichts", *texts, *SORRY), url=SITE + path)
    not_found = NotFoundPage.of(probe, [HOME])
    assert not_found is None or not_found.is_like(probe)
