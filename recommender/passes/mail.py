"""Mailing: the digest of a week, composed once, claimed, then sent to each reader once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from recommender.candidates.targets import find_targets, one_target
from recommender.errors import NoData, TransportError
from recommender.measure.acceptance import learned
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
from recommender.passes.life import Turn, mailed_in, park, told_past, turns
from recommender.passes.recheck import LastLook
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


def weekly_digest(
    site: Site, rng: np.random.Generator, last_look: Callable[[str], LastLook]
) -> Sent:
    """Send the digest of this week to whoever does not have it yet.

    Before it is written, edits nobody acted on are parked, and ``last_look`` holds what is to be
    sent against the pages as they are.
    Safe to repeat and to kill at any moment: edits are marked as mailed first, the text is then
    frozen, each delivery is claimed before it is tried, and one whose outcome is unknown is never
    tried again by itself.
    """
    period = iso_week(site.today)
    message = site.decisions.digest(period)
    already = message is not None
    look = LastLook()
    if message is None:
        park(site, period)
        look = last_look(period)
    with site.narrator.stage("digest") as stage:
        if message is None:
            message = site.decisions.freeze_digest(period, _written(site, period, rng, look))
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


def _written(site: Site, period: str, rng: np.random.Generator, look: LastLook) -> Message:
    proposed = site.decisions.recommendations([Status.PROPOSED])
    fresh = [r for r in proposed if r.id not in look.kept_back]
    site.decisions.save([r.to(Status.MAILED, site.now) for r in fresh], since=fresh)
    return render(digest_of(site, period, rng, look), templates=site.templates, sender=site.sender)


def digest_of(site: Site, period: str, rng: np.random.Generator, look: LastLook) -> Digest:
    """Return the digest of ``period`` from what was mailed in it and what is known now."""
    everything = site.decisions.recommendations()
    mailed = [r for r in everything if mailed_in(site, r, period) and r.status in OPEN]
    due = turns(site, period)
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
        reminders=[r for r in everything if due.get(r.id) is Turn.REMIND],
        open_edits=[
            r for r in everything if r.status is Status.MAILED and due.get(r.id) is Turn.WAIT
        ],
        left={r: told_past(r) for r in everything if _left_since(r, since)},
        parked=[r for r in everything if r.status is Status.PARKED and r.changed_at > since],
        last_look="" if look.fault else look.said,
        waiting=len({r.target for r in everything if r.status is Status.POSTPONED}),
        certificate=_proof_of(site, mailed, look),
        notes=[
            *([look.said] if look.fault else []),
            *reading.notes,
            learned(everything, site.config.recommend.min_score).note,
        ],
        places=places(mailed, reading.snapshot.blocks),
        titles=dict(zip(reading.corpus.pages, reading.corpus.titles, strict=True)),
        coverage=coverage(reading.snapshot, reading.identity),
    )


def _left_since(edit: Recommendation, since: datetime) -> bool:
    """Tell whether an edit that the reader was sent left the list, for a cause that is known."""
    sent = edit.mailed_at is not None and edit.status is Status.EXPIRED
    return sent and edit.changed_at > since and bool(told_past(edit))


def _proof_of(site: Site, mailed: Sequence[Recommendation], look: LastLook) -> Certificate | None:
    """Return the certificate of the choice that is mailed, None where the newest is of another."""
    runs = (run for run in site.decisions.runs() if run.command in CHOOSING)
    newest = next((run.certificate for run in runs if run.certificate is not None), None)
    if look.chosen_anew:
        newest = look.certificate
    return newest if newest is not None and newest.chosen == len(mailed) else None


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
