"""What a reader decides while a run thinks stays decided."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from recommender import pipeline
from recommender.models import Recommendation, Status
from tests.fakes import FakeDecisions
from tests.parsed_site import at_work, crawled, works
from tests.records import NOW


class Deciding(FakeDecisions):
    """A reader decides on all that is proposed, right after the run has read what there is."""

    verdict: Status | None = None

    def recommendations(self, statuses: Iterable[Status] | None = None) -> list[Recommendation]:
        found = super().recommendations(statuses)
        if statuses is None and self.verdict is not None:
            open_ones = [r for r in found if r.status is Status.PROPOSED]
            self.save([r.to(self.verdict, NOW) for r in open_ones])
        return found


class DecidingAtTheMail(FakeDecisions):
    """A reader says no to all that is proposed, right after the mail has read what there is."""

    sending = False

    def recommendations(self, statuses: Iterable[Status] | None = None) -> list[Recommendation]:
        found = super().recommendations(statuses)
        if self.sending and statuses is not None and list(statuses) == [Status.PROPOSED]:
            self.save([r.to(Status.DISMISSED, NOW) for r in found])
        return found


def test_a_mail_does_not_send_what_a_reader_refused_meanwhile() -> None:
    decisions = DecidingAtTheMail()
    site = at_work(crawled(works()), decisions=decisions)
    proposed = {edit.id for edit in pipeline.recommend(site).proposed}
    assert proposed
    decisions.sending = True
    sent = pipeline.weekly(site)
    assert {edit.id for edit in decisions.recommendations([Status.DISMISSED])} == proposed
    message = decisions.digest(sent.period)
    assert message is not None
    assert not any(f"accept {key}" in message.text for key in proposed)


@pytest.mark.parametrize("verdict", [Status.ACCEPTED, Status.DISMISSED, Status.LIVE])
def test_a_run_does_not_undo_what_a_reader_decided_meanwhile(verdict: Status) -> None:
    decisions = Deciding()
    site = at_work(crawled(works()), decisions=decisions)
    proposed = {edit.id for edit in pipeline.recommend(site).proposed}
    assert proposed
    decisions.verdict = verdict
    pipeline.recommend(site)
    kept = decisions.recommendations([verdict])
    assert {edit.id for edit in kept} == proposed
