"""The reader that judges edits names each fault: a judge that finds nothing would prove nothing."""

from __future__ import annotations

import pytest

from recommender.models import Recommendation
from tests.page_check import Page, faults_of, faults_together
from tests.records import SITE, recommendation

URL = f"{SITE}/source-1"
TAIL = "and nothing else is said here of the bridge by the mill."


def edit(anchor: str, sentence: str = "", **changes: object) -> Recommendation:
    """An edit that links ``anchor`` in its sentence."""
    sentence = sentence or f"We saw {anchor} {TAIL}"
    start = sentence.index(anchor)
    return recommendation(anchor=anchor, sentence=sentence, anchor_start=start, **changes)


def faults(anchor: str, markup: str) -> list[str]:
    html = f"<html><body><main>{markup}</main></body></html>"
    return faults_of(edit(anchor), Page(URL, html.encode()), str)


@pytest.mark.parametrize(
    "markup",
    [
        "<p>We saw old lamps {}</p>",
        "<ul><li>We saw <b>old</b> <i>lam</i>ps\n {}</li></ul>",
        "<dl><dd>Before that. We saw old lamps {} So it was.</dd></dl>",
        "<article><header><p>We saw old lamps {}</p></header></article>",
        "<p>We saw old lamps {0}</p><aside>See <a href='/target'>old lamps</a>, {0}</aside>",
    ],
)
def test_sound_words_in_running_text_have_no_fault(markup: str) -> None:
    assert faults("old lamps", markup.format(TAIL)) == []


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        ("<h2>We saw old lamps {}</h2>", "h2"),
        ("<p>We saw <code>old lamps</code> {}</p>", "code"),
        ("<p>We saw <code>old</code> lamps {}</p>", "code"),
        ("<pre>We saw old lamps {}</pre>", "pre"),
        ("<p>We saw <a href='/x'>some old</a> {}</p>", "does not stand"),
        ("<p>We saw <a href='/x'>old lamps</a> {}</p>", "'a'"),
        ("<p>We saw <q>old lamps</q> {}</p>", "'q'"),
        ("<blockquote><p>We saw old lamps {}</p></blockquote>", "blockquote"),
        ("<button>We saw old lamps {}</button>", "button"),
        ("<nav><p>We saw old lamps {}</p></nav>", "nav"),
        ("<aside><ul><li>We saw old lamps {}</li></ul></aside>", "aside"),
        ("</main><footer><p>We saw old lamps {}</p></footer>", "footer"),
        ("<p>We saw old</p><p>lamps {}</p>", "does not stand"),
        ("<template><p>We saw old lamps {}</p></template>", "does not stand"),
        (
            "<p>We saw old lamps {0}</p><p>As told of <a href='/target#a'>them</a>, {0}</p>",
            "links the target already",
        ),
        (
            "<p>We saw old lamps {0}</p><p>As told of <a href='/x'>Old lamps</a>, {0}</p>",
            "lead to another page",
        ),
    ],
)
def test_a_wrong_place_is_named(markup: str, said: str) -> None:
    found = faults("old lamps", markup.format(TAIL))
    assert any(said in fault for fault in found)


@pytest.mark.parametrize(
    ("anchor", "said"),
    [
        ("old lamps,", "edge"),
        ("“old lamps", "edge"),
        ("click here", "generic"),
        ("of the", "function words"),
        ("1702", "no letter"),
        ("one two three four five six seven eight nine", "9 words"),
    ],
)
def test_wrong_words_are_named(anchor: str, said: str) -> None:
    found = faults(anchor, f"<p>We saw {anchor} {TAIL}</p>")
    assert any(said in fault for fault in found)


def test_edits_that_get_in_each_others_way_are_named() -> None:
    first = edit("old lamps")
    other = edit("Old lamps", "Old lamps hang there.", target=f"{SITE}/other", block=4)
    same = edit("bridge", first.sentence, target=f"{SITE}/other")
    assert faults_together([first]) == []
    assert len(faults_together([first, other])) == 1
    assert len(faults_together([first, same])) == 1
