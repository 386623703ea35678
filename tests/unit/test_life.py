"""The life of an edit: what may return, when and how, and what it then says of its past."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from recommender import pipeline
from recommender.allocate.plan import allocate
from recommender.allocate.value import Budgets, Edit
from recommender.candidates.refused import Refused, wording
from recommender.models import REST, DismissReason, Recommendation, Status
from recommender.passes.choose import Choice, _held
from recommender.passes.life import Turn, has_rested, may_return, park, told_past, turns
from recommender.passes.site import Site
from tests.parsed_site import NOW, ROOT, at_work, crawled, works
from tests.records import message, recommendation

EIGHT = crawled(works(8))
SMALL = {"targets_per_week": 2, "edits_per_week": 4, "links_per_target": 2}
MANY = {"targets_per_week": 12, "edits_per_week": 99}


def usual(now: datetime = NOW, like: Site | None = None, **recommend: object) -> Site:
    site = at_work(EIGHT, recommend={**SMALL, **recommend}, now=now)
    return site if like is None else replace(site, decisions=like.decisions)


def first_edit(site: Site) -> Recommendation:
    """Return the first edit of the week, the only one on record so that nothing else is held."""
    edit = pipeline.recommend(site, keep=False).proposed[0]
    site.decisions.save([edit])
    return edit


def of_pair(choice: Choice, edit: Recommendation) -> list[Recommendation]:
    pair = (edit.source, edit.target)
    return [r for r in (*choice.proposed, *choice.waiting) if (r.source, r.target) == pair]


def dismissed(site: Site, reason: DismissReason) -> Recommendation:
    """Return the first edit of the week, after a reader said no to it."""
    edit = first_edit(site)
    mailed = edit.to(Status.MAILED, site.now)
    no = mailed.to(Status.DISMISSED, site.now, dismissed_because=reason)
    site.decisions.save([mailed])
    site.decisions.save([no])
    return no


# --- What may return ------------------------------------------------------------------------


@pytest.mark.parametrize("reason", [DismissReason.WRONG_PAGE, DismissReason.NOT_ALLOWED])
def test_a_pair_of_the_wrong_page_or_not_allowed_never_returns(reason: DismissReason) -> None:
    site = usual()
    no = dismissed(site, reason)
    later = pipeline.recommend(usual(NOW + timedelta(weeks=60), site, **MANY))
    assert of_pair(later, no) == []


def test_a_pair_that_was_not_wanted_now_returns_after_eight_weeks_and_says_so() -> None:
    site = usual()
    no = dismissed(site, DismissReason.NOT_NOW)
    before = usual(NOW + REST - timedelta(minutes=1), site)
    assert of_pair(pipeline.recommend(before, keep=False), no) == []
    (again,) = of_pair(pipeline.recommend(usual(NOW + REST, site)), no)
    assert again.id != no.id
    assert told_past(again) == "you said not now on 4 March 2026"
    assert site.decisions.recommendation(no.id) == no
    (next_day,) = of_pair(pipeline.recommend(usual(NOW + REST + timedelta(days=1), site)), no)
    assert (next_day.id, told_past(next_day)) == (again.id, told_past(again))


def test_a_pair_that_was_not_wanted_twice_rests_twice() -> None:
    site = usual()
    no = dismissed(site, DismissReason.NOT_NOW)
    (again,) = of_pair(pipeline.recommend(usual(NOW + REST, site)), no)
    second = again.to(Status.DISMISSED, NOW + REST, dismissed_because=DismissReason.NOT_NOW)
    site.decisions.save([second])
    soon = usual(NOW + REST + timedelta(weeks=7), site)
    assert of_pair(pipeline.recommend(soon, keep=False), no) == []
    (third,) = of_pair(pipeline.recommend(usual(NOW + 2 * REST, site)), no)
    assert len({no.id, again.id, third.id}) == 3
    assert told_past(third) == "you said not now on 29 April 2026"


def test_a_pair_dismissed_for_its_place_returns_at_another_block_only() -> None:
    html = works(8)
    first = pipeline.recommend(at_work(crawled(html), recommend=MANY), keep=False).proposed[0]
    name, path = first.anchor, first.source.removeprefix(ROOT)
    there = f"Visitors from the coast came to compare the {name} with their own at home."
    html[path] = html[path].replace("</main>", f"<p>{there} It took them two days.</p></main>")
    site = at_work(crawled(html), recommend=MANY)
    found = pipeline.recommend(site)
    pair = next(r for r in found.proposed if r.source.endswith(path) and name in r.anchor)
    no = pair.to(Status.DISMISSED, NOW, dismissed_because=DismissReason.WRONG_PLACE)
    site.decisions.save([no])
    (again,) = of_pair(pipeline.recommend(site), no)
    assert again.block != no.block
    assert again.sentence != no.sentence
    assert again.id != no.id
    assert told_past(again) == "you said wrong place on 4 March 2026; this is another place"
    site.decisions.save(
        [again.to(Status.DISMISSED, NOW, dismissed_because=DismissReason.WRONG_PLACE)]
    )
    assert of_pair(pipeline.recommend(site), no) == []


def test_a_pair_dismissed_for_its_words_returns_with_other_words_only() -> None:
    site = usual()
    no = dismissed(site, DismissReason.WRONG_WORDS)
    later = of_pair(pipeline.recommend(usual(NOW, site)), no)
    assert all(wording(edit.anchor) != wording(no.anchor) for edit in later)


def test_the_same_words_are_the_same_in_any_order_and_with_any_article() -> None:
    refused = Refused(wordings=frozenset({wording("the water wheel")}))
    assert refused.has_words("Water wheel")
    assert refused.has_words("wheel of water")
    assert not refused.has_words("water mill")
    assert not refused.has_words("the")


def test_a_refused_place_is_refused_wherever_its_sentence_moved() -> None:
    refused = Refused(sentences=frozenset({"It is here."}), blocks=frozenset({4}))
    assert refused.has_place(4, "Something new.")
    assert refused.has_place(9, "Before. It is  here. After.")
    assert not refused.has_place(9, "Something new.")


def test_a_parked_edit_returns_after_eight_weeks_and_says_so_until_it_is_mailed() -> None:
    site = usual()
    edit = first_edit(site)
    parked = edit.to(Status.MAILED, NOW).to(Status.PARKED, NOW)
    site.decisions.save([parked])
    before = usual(NOW + REST - timedelta(minutes=1), site)
    assert of_pair(pipeline.recommend(before, keep=False), edit) == []
    for days in (0, 1):
        later = usual(NOW + REST + timedelta(days=days), site)
        (again,) = of_pair(pipeline.recommend(later), edit)
        assert again.id == edit.id
        assert again.status in (Status.PROPOSED, Status.POSTPONED)
        assert told_past(again) == "it was sent to you before, and has rested since 4 March 2026"
    assert site.decisions.history(edit.id)[0][0] in (Status.PROPOSED, Status.POSTPONED)


def test_a_parked_edit_that_is_not_good_enough_after_its_rest_expires() -> None:
    site = usual()
    edit = first_edit(site)
    site.decisions.save([edit.to(Status.MAILED, NOW).to(Status.PARKED, NOW)])
    choice = pipeline.recommend(usual(NOW + REST, site, min_score=1.0))
    assert edit.id in {r.id for r in choice.expired}
    kept = site.decisions.recommendation(edit.id)
    assert kept.status is Status.EXPIRED
    assert "minimum score" in told_past(kept)


def test_a_replay_knows_no_rest_that_was_not_over_then() -> None:
    site = usual()
    edit = first_edit(site)
    site.decisions.save([edit.to(Status.MAILED, NOW)])
    site.decisions.save([edit.to(Status.MAILED, NOW).to(Status.PARKED, NOW + timedelta(weeks=2))])
    back = NOW + timedelta(weeks=2) + REST
    assert of_pair(pipeline.recommend(usual(back, site)), edit)
    then = replace(usual(back - timedelta(days=1), site), as_of=back - timedelta(days=1))
    assert of_pair(pipeline.recommend(then, keep=False), edit) == []


def test_only_what_rested_has_rested() -> None:
    parked = recommendation(status=Status.PARKED)
    assert has_rested(parked, parked.changed_at + REST)
    assert not has_rested(parked, parked.changed_at + REST - timedelta(seconds=1))
    assert not has_rested(recommendation(status=Status.MAILED), NOW + 10 * REST)
    assert not may_return(parked, NOW + 10 * REST)
    assert not may_return(recommendation(status=Status.DISMISSED), NOW + 10 * REST)


# --- Turns ----------------------------------------------------------------------------------


def weeks_of(site: Site, status: Status, weeks: int, *, skipped: int = -1) -> list[Turn | None]:
    """Return what each digest does with an edit that got ``status`` in the first of them."""
    edit = recommendation(status=status, mailed_at=NOW, changed_at=NOW)
    site.decisions.save([edit])
    found: list[Turn | None] = []
    for week in range(weeks):
        period = f"2026-W{10 + week}"
        if week == skipped:
            continue
        found.append(turns(site, period).get(edit.id))
        site.decisions.freeze_digest(period, message())
    return found


def test_what_was_mailed_is_listed_then_shown_once_more_then_parked() -> None:
    assert weeks_of(usual(), Status.MAILED, 4) == [None, Turn.WAIT, Turn.REMIND, Turn.PARK]


def test_a_week_without_a_digest_takes_nobody_s_turn() -> None:
    found = weeks_of(usual(), Status.MAILED, 5, skipped=2)
    assert found == [None, Turn.WAIT, Turn.REMIND, Turn.PARK]


def test_a_promise_is_reminded_of_once_after_a_month() -> None:
    found = weeks_of(usual(), Status.ACCEPTED, 9)
    assert found[1:] == [*[Turn.WAIT] * 3, Turn.REMIND, *[Turn.WAIT] * 3, Turn.PARK]


def test_parking_spares_what_a_reader_decided_on_meanwhile() -> None:
    site = usual()
    weeks_of(site, Status.MAILED, 3)
    (edit,) = site.decisions.recommendations([Status.MAILED])
    site.decisions.save([edit.to(Status.ACCEPTED, NOW)])
    assert park(site, "2026-W13") == []
    (kept,) = site.decisions.recommendations()
    assert kept.status is Status.ACCEPTED


# --- What keeps the list still --------------------------------------------------------------


def test_the_list_of_a_week_stays_in_the_next_unless_something_changed() -> None:
    site = usual()
    first = pipeline.recommend(site)
    for weeks in (1, 2, 3):
        later = pipeline.recommend(usual(NOW + timedelta(weeks=weeks), site))
        assert {r.id for r in later.proposed} == {r.id for r in first.proposed}
        assert {r.id for r in later.waiting} == {r.id for r in first.waiting}
        assert later.expired == ()


def test_an_edit_that_leaves_names_its_cause() -> None:
    html = works(8)
    site = at_work(crawled(html), recommend=SMALL)
    edit = first_edit(site)
    path = edit.source.removeprefix("https://site.test")
    changed = {**html, path: html[path].replace(edit.sentence, "All of this was written anew.")}
    after = at_work(crawled(changed, at=NOW + timedelta(days=1)), recommend=SMALL)
    left = pipeline.recommend(replace(after, decisions=site.decisions)).expired
    assert {r.id: told_past(r) for r in left}[edit.id] == "its sentence is gone"
    assert all(told_past(r) for r in left)
    without = {p: text for p, text in html.items() if p != path}
    gone = at_work(crawled(without, at=NOW + timedelta(days=2)), recommend=SMALL)
    other = at_work(crawled(html), recommend=SMALL)
    pipeline.recommend(other)
    left = pipeline.recommend(replace(gone, decisions=other.decisions)).expired
    assert told_past(next(r for r in left if r.id == edit.id)) == "the page it stands on is gone"


def of_target(number: int, value: float) -> Edit:
    return Edit(
        id=f"e{number}",
        target=f"t{number}",
        source=f"s{number}",
        block=1,
        anchor=f"words {number}",
        value=value,
    )


@pytest.mark.parametrize("seed", range(8))
def test_a_lot_is_cast_once_among_near_ties_and_never_against_worth(seed: int) -> None:
    ties = [of_target(number, 1.0 + number / 100) for number in range(9)]
    limits = Budgets(targets_per_week=2)
    rng = np.random.default_rng(seed)
    chosen = allocate(ties, limits, rng, drawn={"t3", "t5"}).draw.targets
    assert set(chosen) == {"t3", "t5"}
    better = [*ties, of_target(10, 2.0), of_target(11, 3.0)]
    assert allocate(better, limits, rng, drawn={"t3", "t5"}).draw.targets == ("t11", "t10")


def test_a_tiny_change_of_worth_does_not_swap_what_is_proposed() -> None:
    kept, rival = recommendation(1, value=1.0), recommendation(2, value=1.05)
    held = {kept.id: kept}
    assert _held(kept, held).value > _held(rival, held).value
    clearly = replace(rival, value=1.2)
    assert _held(kept, held).value < _held(clearly, held).value
    waiting = {kept.id: replace(kept, status=Status.POSTPONED)}
    assert _held(kept, waiting).value == kept.value
