"""Mailing: the digest of a week, composed once, claimed, then sent to each reader once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from recommender.candidates.targets import find_targets, one_target
from recommender.errors import NoData, TransportError
from recommender.measure.holdout import iso_week, treated_pages
from recommender.models import (
    OPEN,
    STANDING,
    Certificate,
    Delivery,
    DeliveryState,
    Effect,
    Message,
    Plan,
    Recommendation,
    Status,
    TargetCase,
)
from recommender.passes.choose import LOOKED_AT, judged
from recommender.passes.site import Site, pacific_day
from recommender.passes.study import Study, read_site, study
from recommender.report.cards import places
from recommender.report.coverage import coverage
from recommender.report.digest import Digest, compose
from recommender.report.render import render

CHOOSING = ("daily", "recommend")
"""Commands whose choice is saved; a replay proves what nobody was sent."""

FIX_FIRST = 4  # cards at most: a list of everything that is wrong is read by nobody
SINCE_DAYS = 7  # what went live in the week before the digest is news


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of a digest: who has it, who not, and whether it went out before this run."""

    period: str
    subject: str
    delivered: tuple[str, ...]
    failed: tuple[Delivery, ...]
    already: bool


def weekly_digest(site: Site, rng: np.random.Generator) -> Sent:
    """Send the digest of this week to whoever does not have it yet.

    Safe to repeat and to kill at any moment: edits are marked as mailed first, the text is then
    frozen, each delivery is claimed before it is tried, and one whose outcome is unknown is never
    tried again by itself.
    """
    period = iso_week(site.today)
    with site.narrator.stage("digest") as stage:
        message = site.decisions.digest(period)
        already = message is not None
        if message is None:
            message = site.decisions.freeze_digest(period, _written(site, period, rng))
        stage.say(f"{period}: {message.subject}")
    with site.narrator.stage("mail") as stage:
        sent = _deliver(site, period, message, already=already)
        stage.say(_mail_line(sent))
    return sent


def _mail_line(sent: Sent) -> str:
    if sent.failed:
        return f"{len(sent.delivered)} delivered, {len(sent.failed)} not: " + "; ".join(
            f"{d.recipient} ({d.state}: {d.error})" for d in sent.failed
        )
    if sent.delivered:
        return f"delivered to {', '.join(sent.delivered)}"
    return "everybody has it already"


def _written(site: Site, period: str, rng: np.random.Generator) -> Message:
    fresh = site.decisions.recommendations([Status.PROPOSED])
    site.decisions.save([r.to(Status.MAILED, site.now) for r in fresh], since=fresh)
    return render(digest_of(site, period, rng), templates=site.templates, sender=site.sender)


def digest_of(site: Site, period: str, rng: np.random.Generator) -> Digest:
    """Return the digest of ``period`` from what was mailed in it and what is known now."""
    everything = site.decisions.recommendations()
    mailed = [r for r in everything if _mailed_in(site, r, period) and r.status in OPEN]
    try:
        known = study(site, read_site(site), rng)
    except NoData as error:
        return compose(
            property_name=site.config.name,
            site=site.config.site,
            period=period,
            as_of=site.today,
            window=None,
            plans=(),
            pages=0,
            crawled_at=None,
            notes=[error.message],
        )
    reading = known.reading
    since = site.now - timedelta(days=SINCE_DAYS)
    return compose(
        property_name=site.config.name,
        site=site.config.site,
        period=period,
        as_of=site.today,
        window=reading.window,
        plans=_plans(known, mailed),
        pages=len(reading.corpus.pages),
        crawled_at=reading.snapshot.finished_at,
        fix_first=_fix_first(site, known),
        live=[r for r in everything if r.status in STANDING and r.changed_at > since],
        removed=[r for r in everything if r.removed_at is not None and r.removed_at > since],
        effects=_current(site.decisions.effects(), everything),
        open_edits=[
            r
            for r in everything
            if r.status in (Status.MAILED, Status.ACCEPTED) and not _mailed_in(site, r, period)
        ],
        waiting=len({r.target for r in everything if r.status is Status.POSTPONED}),
        certificate=_proof_of(site, mailed),
        notes=reading.notes,
        places=places(mailed, reading.snapshot.blocks),
        titles=dict(zip(reading.corpus.pages, reading.corpus.titles, strict=True)),
        coverage=coverage(reading.snapshot, reading.identity),
    )


def _proof_of(site: Site, mailed: Sequence[Recommendation]) -> Certificate | None:
    """Return the certificate of the choice that is mailed, None where the newest is of another."""
    runs = (run for run in site.decisions.runs() if run.command in CHOOSING)
    newest = next((run.certificate for run in runs if run.certificate is not None), None)
    return newest if newest is not None and newest.chosen == len(mailed) else None


def _mailed_in(site: Site, recommendation: Recommendation, period: str) -> bool:
    at = recommendation.mailed_at
    return at is not None and iso_week(site.day_of(at)) == period


def _plans(known: Study, edits: Sequence[Recommendation]) -> list[Plan]:
    targets = dict.fromkeys(edit.target for edit in edits)
    return [
        Plan(
            case=_case(known, url),
            recommendations=tuple(edit for edit in edits if edit.target == url),
        )
        for url in targets
        if url in known.reading.corpus.row
    ]


def _case(known: Study, url: str) -> TargetCase:
    return judged(known, one_target(known.targets, url))


def _fix_first(site: Site, known: Study) -> list[TargetCase]:
    found = find_targets(known.targets)[: LOOKED_AT * site.config.recommend.targets_per_week]
    cases = (judged(known, case) for case in found)
    return [case for case in cases if not case.passed][:FIX_FIRST]


def _current(effects: Sequence[Effect], edits: Sequence[Recommendation]) -> list[Effect]:
    """Return the latest reading of each page and batch: a verdict replaces the early one.

    Pages whose edits were taken out again are no longer read.
    """
    treated = {(t.batch, t.page, t.role) for t in treated_pages(edits, day_of=pacific_day)}
    treated |= {(batch, "", role) for batch, _, role in treated}
    latest: dict[tuple[str, str, str, str], Effect] = {}
    for effect in sorted(effects, key=lambda e: e.reading_day):
        if (effect.batch, effect.page, effect.role) not in treated:
            continue
        latest[effect.batch, effect.page, effect.role, effect.metric] = effect
    return list(latest.values())


def _deliver(site: Site, period: str, message: Message, *, already: bool) -> Sent:
    delivered: list[str] = []
    for delivery in site.decisions.claim_digest(period, list(site.recipients), site.now):
        if delivery.state in (DeliveryState.CLAIMED, DeliveryState.FAILED):
            try:
                _hand_over(site, period, message, delivery.recipient)
            except TransportError as error:
                _record_failure(site, period, delivery.recipient, error)
            else:
                delivered.append(delivery.recipient)
    states = site.decisions.claim_digest(period, list(site.recipients), site.now)
    return Sent(
        period=period,
        subject=message.subject,
        delivered=tuple(delivered),
        failed=tuple(d for d in states if d.state is not DeliveryState.SENT),
        already=already,
    )


def _hand_over(site: Site, period: str, message: Message, recipient: str) -> None:
    def handing_over() -> None:
        site.decisions.mark_delivery(period, recipient, DeliveryState.SENDING, site.now)

    site.notifier.deliver(message, recipient, handing_over=handing_over)
    site.decisions.mark_delivery(period, recipient, DeliveryState.SENT, site.now)


def _record_failure(site: Site, period: str, recipient: str, error: TransportError) -> None:
    state = DeliveryState.REFUSED if error.permanent else DeliveryState.FAILED
    if error.unknown:
        state = DeliveryState.SENDING
    if state is not DeliveryState.SENDING:  # an unknown outcome is marked as sending already
        site.decisions.mark_delivery(period, recipient, state, site.now, error.message)
