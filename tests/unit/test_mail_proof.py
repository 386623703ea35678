"""The proof in the mail is of the choice that is mailed, or there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from recommender.models import Certificate, Outcome, Run
from recommender.passes.mail import _proof_of
from recommender.passes.recheck import LastLook
from recommender.passes.site import Site
from tests.parsed_site import at_work, crawled, works
from tests.records import NOW, recommendation

PROOF = Certificate(primal=1.0, dual=1.0, gap=0.0, feasible=True, chosen=2, considered=9)
MAILED = [recommendation(1), recommendation(2)]


def site_after(*runs: tuple[str, Certificate]) -> Site:
    site = at_work(crawled(works()))
    for number, (command, certificate) in enumerate(runs):
        at = NOW + timedelta(hours=number)
        run = Run(id=str(number), command=command, started_at=at)
        site.decisions.start_run(run)
        ended = replace(run, ended_at=at, outcome=Outcome.DONE, certificate=certificate)
        site.decisions.end_run(ended)
    return site


@pytest.mark.parametrize("command", ["daily", "recommend"])
def test_the_proof_of_the_mailed_choice_is_shown(command: str) -> None:
    assert _proof_of(site_after((command, PROOF)), MAILED, LastLook()) == PROOF


def test_a_replay_proves_nothing_that_was_mailed() -> None:
    other = replace(PROOF, considered=77)
    assert _proof_of(site_after(("daily", PROOF), ("replay", other)), MAILED, LastLook()) == PROOF


def test_the_proof_of_another_number_of_edits_is_not_shown() -> None:
    assert _proof_of(site_after(("daily", replace(PROOF, chosen=5))), MAILED, LastLook()) is None


def test_the_proof_of_a_choice_made_at_the_last_moment_is_its_own() -> None:
    site, anew = site_after(("daily", PROOF)), replace(PROOF, considered=77)
    look = LastLook(chosen_anew=True, certificate=anew)
    assert _proof_of(site, MAILED, look) == anew
    assert _proof_of(site, MAILED[:1], look) is None
