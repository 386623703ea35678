"""Adoption: what a crawl proves about edits, and what it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd
import pytest

from recommender.frames import BLOCKS, KNOWN_URLS, LINK_HISTORY, LINKS, PAGES
from recommender.measure.adoption import detect, editors_own, says_nothing
from recommender.models import (
    CrawlSnapshot,
    Kind,
    Origin,
    Recommendation,
    Status,
    recommendation_id,
)

NOW = datetime(2026, 8, 3, 5, 30, tzinfo=UTC)
BEFORE = datetime(2026, 7, 27, 5, 30, tzinfo=UTC)
SOURCE, TARGET = "https://site.test/chain", "https://site.test/oil"
TEXT = "Wipe it first. Then put a drop of chain oil on each link."
SENTENCE = "Then put a drop of chain oil on each link."


def recommended(
    status: Status = Status.MAILED,
    *,
    kind: Kind = Kind.ADD,
    anchor: str = "chain oil",
    old_anchor: str = "",
    sentence: str = SENTENCE,
) -> Recommendation:
    return Recommendation(
        id=recommendation_id(kind, SOURCE, TARGET, anchor),
        kind=kind,
        source=SOURCE,
        target=TARGET,
        anchor=anchor,
        sentence=sentence,
        anchor_start=sentence.find(anchor),
        block=0,
        score=0.5,
        page_score=0.5,
        passage_score=0.5,
        anchor_score=0.5,
        value=1.0,
        old_anchor=old_anchor,
        status=status,
        created_at=BEFORE,
        changed_at=BEFORE,
        live_at=BEFORE if status in (Status.LIVE, Status.RESTORED, Status.REMOVED) else None,
    )


def crawl(
    *links: tuple[str, str] | tuple[str, str, str],
    status: int = 200,
    target_status: int = 200,
    target_indexable: bool = True,
    text: str = TEXT,
    visited: bool = True,
) -> CrawlSnapshot:
    """A crawl of the two pages; links are (anchor, region) or (anchor, region, target)."""
    pages = [
        {"url": SOURCE, "status": status, "indexable": status == 200, "title": "Chains"},
        {"url": TARGET, "status": target_status, "indexable": target_indexable, "title": "Oil"},
    ]
    fixed = {
        "redirect_to": None,
        "why_not_indexable": None,
        "canonical": None,
        "h1": "",
        "description": "",
        "language": "en",
        "words": 50,
        "depth": 1,
        "published_at": None,
        "content_hash": "",
        "fetched_at": pd.Timestamp(NOW),
    }
    place = {"css_path": "p", "confidence": 1.0, "reason": ""}
    block = {
        "page": SOURCE,
        "ordinal": 0,
        "kind": "paragraph",
        "text": text,
        "section": "",
        "prose": True,
        "spans": "",
        "region": "content",
    }
    rows = [
        {
            "source": SOURCE,
            "ordinal": n,
            "target": link[2] if len(link) == 3 else TARGET,
            "anchor": link[0],
            "image": False,
            "rel": "",
            "block": 0,
            "start": text.find(link[0]),
            "region": link[1],
        }
        for n, link in enumerate(links)
    ]
    shown = pages if visited else pages[1:]
    return CrawlSnapshot(
        id="c1",
        started_at=NOW,
        finished_at=NOW,
        pages=PAGES.coerced(pd.DataFrame([{**page, **fixed} for page in shown])),
        blocks=BLOCKS.coerced(pd.DataFrame([{**block, **place}])) if visited else BLOCKS.empty(),
        links=LINKS.coerced(pd.DataFrame([{**row, **place} for row in rows]))
        if rows and visited
        else LINKS.empty(),
        known=KNOWN_URLS.empty(),
    )


def same(url: str) -> str | None:
    return url


def changes(snapshot: CrawlSnapshot, *recommendations: Recommendation) -> dict[str, Status]:
    found = detect(recommendations, snapshot, identity=same, now=NOW)
    return {recommendation.id: recommendation.status for recommendation in found}


def only(snapshot: CrawlSnapshot, recommendation: Recommendation) -> Recommendation | None:
    found = detect([recommendation], snapshot, identity=same, now=NOW)
    assert len(found) <= 1
    return found[0] if found else None


def status_after(snapshot: CrawlSnapshot, recommendation: Recommendation) -> Status:
    changed = only(snapshot, recommendation)
    return (changed or recommendation).status


@pytest.mark.parametrize("anchor", ["chain oil", "a drop of chain oil"])
def test_a_link_in_the_content_is_adopted_whatever_its_words(anchor: str) -> None:
    live = only(crawl((anchor, "content")), recommended())
    assert live is not None
    assert (live.status, live.live_at, live.live_anchor) == (Status.LIVE, NOW, anchor)
    assert live.anchor == "chain oil"


@pytest.mark.parametrize("status", [Status.MAILED, Status.ACCEPTED, Status.PARKED])
def test_a_sentence_that_was_asked_for_is_adopted_by_any_link_to_the_page(status: Status) -> None:
    asked = recommended(status, kind=Kind.ADD_SENTENCE, anchor="")
    live = only(crawl(("the oil of the chain", "content"), text=TEXT + " Use it."), asked)
    assert live is not None
    assert (live.status, live.live_anchor) == (Status.LIVE, "the oil of the chain")


def test_a_sentence_that_was_asked_for_expires_with_the_one_it_should_follow() -> None:
    asked = recommended(kind=Kind.ADD_SENTENCE, anchor="")
    assert status_after(crawl(), asked) is Status.MAILED
    assert status_after(crawl(text="Nothing of it is left."), asked) is Status.EXPIRED


def test_one_link_adopts_either_the_words_or_the_sentence_of_a_pair() -> None:
    both = [recommended(), recommended(kind=Kind.ADD_SENTENCE, anchor="")]
    found = detect(both, crawl(("chain oil", "content")), identity=str, now=NOW)
    assert [(r.kind, r.status) for r in found] == [
        (Kind.ADD, Status.LIVE),
        (Kind.ADD_SENTENCE, Status.EXPIRED),
    ]


@pytest.mark.parametrize("region", ["nav", "sidebar", "footer", "related", "breadcrumb"])
def test_a_link_outside_the_content_is_no_adoption(region: str) -> None:
    assert status_after(crawl(("chain oil", region)), recommended()) is Status.MAILED


@pytest.mark.parametrize(
    "status",
    [
        Status.PROPOSED,
        Status.POSTPONED,
        Status.ACCEPTED,
        Status.PARKED,
        Status.EXPIRED,
        Status.DISMISSED,
    ],
)
def test_an_edit_may_go_live_from_wherever_it_stood(status: Status) -> None:
    assert status_after(crawl(("chain oil", "content")), recommended(status)) is Status.LIVE


def test_a_link_to_another_spelling_of_the_target_is_adopted() -> None:
    other = TARGET + "?utm_source=x"
    found = detect(
        [recommended()],
        crawl(("chain oil", "content", other)),
        identity=lambda url: url.partition("?")[0],
        now=NOW,
    )
    assert [r.status for r in found] == [Status.LIVE]


@pytest.mark.parametrize("status", [Status.LIVE, Status.RESTORED])
def test_a_link_that_is_gone_from_a_page_fetched_well_was_removed(status: Status) -> None:
    removed = only(crawl(), recommended(status))
    assert removed is not None
    assert (removed.status, removed.removed_at) == (Status.REMOVED, NOW)


@pytest.mark.parametrize("broken", [0, 301, 404, 429, 500, 503])
def test_a_source_that_failed_proves_no_removal(broken: int) -> None:
    assert status_after(crawl(status=broken), recommended(Status.LIVE)) is Status.LIVE


def test_a_source_not_visited_proves_nothing() -> None:
    unseen = crawl(visited=False)
    assert changes(unseen, recommended(Status.LIVE)) == {}
    assert changes(unseen, recommended(Status.MAILED)) == {}


def test_a_link_that_moved_to_the_footer_was_removed() -> None:
    assert status_after(crawl(("chain oil", "footer")), recommended(Status.LIVE)) is Status.REMOVED


def test_a_link_that_is_back_was_restored_and_keeps_its_first_day() -> None:
    restored = only(crawl(("chain oil", "content")), recommended(Status.REMOVED))
    assert restored is not None
    assert (restored.status, restored.live_at) == (Status.RESTORED, BEFORE)
    assert restored.removed_at is None


def test_what_stands_unchanged_is_not_reported() -> None:
    assert changes(crawl(("chain oil", "content")), recommended(Status.LIVE)) == {}
    assert changes(crawl(), recommended(Status.MAILED)) == {}


def test_a_sentence_that_was_rewritten_expires_its_add() -> None:
    rewritten = crawl(text="Use a dry lubricant.")
    assert status_after(rewritten, recommended()) is Status.EXPIRED
    assert status_after(rewritten, recommended(Status.DISMISSED)) is Status.DISMISSED


def test_a_sentence_that_moved_to_another_block_still_stands() -> None:
    assert status_after(crawl(text="New first. " + TEXT), recommended()) is Status.MAILED


@pytest.mark.parametrize("target_status", [301, 404, 410])
def test_a_target_that_is_gone_expires_what_was_open(target_status: int) -> None:
    snapshot = crawl(target_status=target_status, target_indexable=False)
    assert status_after(snapshot, recommended()) is Status.EXPIRED


@pytest.mark.parametrize("target_status", [0, 429, 500, 503])
def test_a_target_that_failed_once_expires_nothing(target_status: int) -> None:
    snapshot = crawl(target_status=target_status, target_indexable=False)
    assert status_after(snapshot, recommended()) is Status.MAILED


def test_a_target_that_may_not_be_indexed_any_more_expires_its_add() -> None:
    assert status_after(crawl(target_indexable=False), recommended()) is Status.EXPIRED


def test_a_source_that_is_gone_expires_what_was_open() -> None:
    assert status_after(crawl(status=410), recommended()) is Status.EXPIRED


@pytest.mark.parametrize(("used", "left"), [("chain oil", "each link"), ("each link", "chain oil")])
def test_one_link_adopts_the_edit_whose_words_it_uses_and_the_other_expires(
    used: str, left: str
) -> None:
    followed, other = recommended(anchor=used), recommended(anchor=left)
    assert changes(crawl((used, "content")), other, followed) == {
        followed.id: Status.LIVE,
        other.id: Status.EXPIRED,
    }


def test_an_open_edit_claims_a_link_before_a_dismissed_one() -> None:
    dismissed, still_open = recommended(Status.DISMISSED), recommended(anchor="each link")
    found = changes(crawl(("a drop of chain oil", "content")), dismissed, still_open)
    assert found == {still_open.id: Status.LIVE}


def test_an_open_twin_of_an_edit_that_stands_expires() -> None:
    standing, twin = recommended(Status.LIVE), recommended(anchor="each link")
    assert changes(crawl(("chain oil", "content")), standing, twin) == {twin.id: Status.EXPIRED}


def reworded(status: Status = Status.MAILED) -> Recommendation:
    return recommended(status, kind=Kind.CHANGE_ANCHOR, old_anchor="here")


def test_a_new_wording_is_adopted_when_the_old_one_is_gone() -> None:
    assert status_after(crawl(("chain oil", "content")), reworded()) is Status.LIVE
    assert status_after(crawl(("oil for chains", "content")), reworded()) is Status.LIVE


@pytest.mark.parametrize(
    "links", [[("here", "content")], [("here", "content"), ("chain oil", "content")]]
)
def test_a_wording_is_not_changed_while_the_old_one_stands(links: list[tuple[str, str]]) -> None:
    assert status_after(crawl(*links), reworded()) is Status.MAILED


def test_one_generic_wording_for_another_is_no_change() -> None:
    assert status_after(crawl(("this", "content")), reworded()) is Status.MAILED
    found = detect(
        [reworded()],
        crawl(("read more", "content")),
        identity=same,
        now=NOW,
        generic=lambda anchor: anchor == "read more",
    )
    assert found == []


def test_a_rewording_expires_with_its_link() -> None:
    assert status_after(crawl(), reworded()) is Status.EXPIRED


def test_a_moved_link_is_live_once_it_stands_in_the_content() -> None:
    moving = recommended(kind=Kind.MOVE_INTO_CONTENT, old_anchor="Oil")
    assert status_after(crawl(("Oil", "sidebar")), moving) is Status.MAILED
    assert status_after(crawl(("chain oil", "content")), moving) is Status.LIVE


def test_a_removal_is_done_when_the_link_is_gone_from_a_page_fetched_well() -> None:
    removal = recommended(kind=Kind.REMOVE, old_anchor="chain oil")
    assert status_after(crawl(("chain oil", "content")), removal) is Status.MAILED
    assert status_after(crawl(), removal) is Status.LIVE
    assert status_after(crawl(status=503), removal) is Status.MAILED
    assert status_after(crawl(visited=False), removal) is Status.MAILED


def test_a_removed_link_that_is_back_undoes_the_removal() -> None:
    removal = recommended(Status.LIVE, kind=Kind.REMOVE, old_anchor="chain oil")
    assert status_after(crawl(("chain oil", "content")), removal) is Status.REMOVED


@pytest.mark.parametrize(("anchor", "empty"), [("this", True), ("", True), ("chain oil", False)])
def test_words_of_function_alone_say_nothing(anchor: str, empty: bool) -> None:  # noqa: FBT001
    assert says_nothing(anchor) == empty


# --- Edits that nobody proposed ---------------------------------------------------------------


def history(*links: tuple[str, str]) -> pd.DataFrame:
    seen = pd.Timestamp(BEFORE)
    rows = [
        {"source": s, "target": t, "anchor": "a", "first_seen": seen, "last_seen": seen}
        for s, t in links
    ]
    return LINK_HISTORY.coerced(pd.DataFrame(rows)) if rows else LINK_HISTORY.empty()


def elsewhere() -> Recommendation:
    """A recommendation for the same target on another source."""
    return replace(recommended(), source="https://site.test/other")


def found_own(
    snapshot: CrawlSnapshot,
    *,
    known: Sequence[Recommendation] | None = None,
    links_before: Sequence[tuple[str, str]] = (),
    visited_before: Sequence[str] = (SOURCE, TARGET),
) -> list[Recommendation]:
    return editors_own(
        history(*links_before),
        snapshot,
        known=[elsewhere()] if known is None else known,
        visited_before=visited_before,
        identity=same,
        now=NOW,
    )


def test_an_edit_that_nobody_proposed_enters_as_the_editors_own() -> None:
    (own,) = found_own(crawl(("chain oil", "content")))
    assert (own.status, own.origin, own.kind) == (Status.LIVE, Origin.EDITOR, Kind.ADD)
    assert (own.source, own.target, own.live_at) == (SOURCE, TARGET, NOW)
    assert (own.sentence, own.anchor, own.live_anchor) == (SENTENCE, "chain oil", "chain oil")
    assert own.sentence[own.anchor_start :].startswith("chain oil")
    assert (own.source_title, own.target_title) == ("Chains", "Oil")
    assert own.id == recommendation_id(Kind.ADD, SOURCE, TARGET, "chain oil")


def test_on_a_first_crawl_nothing_is_new() -> None:
    assert found_own(crawl(("chain oil", "content")), visited_before=()) == []


def test_a_link_on_a_page_seen_for_the_first_time_is_not_known_to_be_new() -> None:
    assert found_own(crawl(("chain oil", "content")), visited_before=(TARGET,)) == []


def test_a_link_of_the_history_is_not_new() -> None:
    before = [(SOURCE, TARGET)]
    assert found_own(crawl(("chain oil", "content")), links_before=before) == []


def test_a_link_to_a_page_that_no_recommendation_is_about_does_not_count() -> None:
    assert found_own(crawl(("chain oil", "content")), known=[]) == []


def test_a_proposed_link_is_not_the_editors_own() -> None:
    known = [recommended(), elsewhere()]
    assert found_own(crawl(("chain oil", "content")), known=known) == []


def test_a_new_link_in_the_menu_is_not_an_edit() -> None:
    assert found_own(crawl(("chain oil", "nav"))) == []


def test_two_new_links_of_one_page_to_one_target_are_one_edit() -> None:
    own = found_own(crawl(("a drop", "content"), ("chain oil", "content")))
    assert [edit.anchor for edit in own] == ["a drop"]


def test_an_anchor_that_is_not_found_in_its_block_stands_alone() -> None:
    (own,) = found_own(crawl(("a photo of oil", "content")))
    assert (own.sentence, own.anchor_start) == ("a photo of oil", 0)
