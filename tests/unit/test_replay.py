"""A decision replayed for a day knows nothing that was decided after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from recommender.models import Status
from recommender.passes.choose import earlier
from tests.parsed_site import at_work, crawled, works
from tests.records import NOW, recommendation


def test_what_was_mailed_later_is_still_proposed_in_a_replay() -> None:
    site = at_work(crawled(works()))
    proposed = recommendation(1, created_at=NOW, changed_at=NOW, status=Status.PROPOSED)
    site.decisions.save([proposed])
    site.decisions.save([proposed.to(Status.MAILED, NOW + timedelta(days=3))])
    (now,) = earlier(site)
    (then,) = earlier(replace(site, as_of=NOW + timedelta(days=1)))
    assert (now.status, then.status) == (Status.MAILED, Status.PROPOSED)


def test_what_was_proposed_later_does_not_exist_in_a_replay() -> None:
    site = at_work(crawled(works()))
    site.decisions.save([recommendation(1, created_at=NOW, changed_at=NOW)])
    assert earlier(replace(site, as_of=NOW - timedelta(days=1))) == []
