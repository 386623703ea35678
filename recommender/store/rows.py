"""Records as rows and rows as records, column by column.

Enumerations are kept by value, tuples and certificates as JSON. JSON knows no infinity and
PostgreSQL refuses one, so a float that is not finite is kept as its name. Numbers become Python's
own: SQLite would keep a numpy integer as bytes, without a word.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from sqlalchemy import RowMapping

from recommender.models import (
    Certificate,
    Delivery,
    DeliveryState,
    DismissReason,
    Effect,
    Kind,
    Message,
    Origin,
    Outcome,
    Reason,
    Recommendation,
    Role,
    Run,
    Status,
    Verdict,
    Window,
)

Row = dict[str, object]


def recommendation_row(record: Recommendation) -> Row:
    """Return the row of ``record``."""
    because = record.dismissed_because
    return {
        "id": record.id,
        "kind": record.kind.value,
        "source": record.source,
        "target": record.target,
        "anchor": record.anchor,
        "sentence": record.sentence,
        "anchor_start": int(record.anchor_start),
        "block": int(record.block),
        "score": float(record.score),
        "page_score": float(record.page_score),
        "passage_score": float(record.passage_score),
        "anchor_score": float(record.anchor_score),
        "value": float(record.value),
        "old_anchor": record.old_anchor,
        "source_title": record.source_title,
        "target_title": record.target_title,
        "reasons": [_reason_json(r) for r in record.reasons],
        "status": record.status.value,
        "dismissed_because": because.value if because else None,
        "origin": record.origin.value,
        "created_at": record.created_at,
        "changed_at": record.changed_at,
        "mailed_at": record.mailed_at,
        "live_at": record.live_at,
        "removed_at": record.removed_at,
        "live_anchor": record.live_anchor,
        "brief": record.brief,
    }


def recommendation_of(row: RowMapping) -> Recommendation:
    """Return the recommendation of ``row``."""
    because = row["dismissed_because"]
    return Recommendation(
        id=row["id"],
        kind=Kind(row["kind"]),
        source=row["source"],
        target=row["target"],
        anchor=row["anchor"],
        sentence=row["sentence"],
        anchor_start=row["anchor_start"],
        block=row["block"],
        score=row["score"],
        page_score=row["page_score"],
        passage_score=row["passage_score"],
        anchor_score=row["anchor_score"],
        value=row["value"],
        old_anchor=row["old_anchor"],
        source_title=row["source_title"],
        target_title=row["target_title"],
        reasons=tuple(_reason_of(r) for r in row["reasons"]),
        status=Status(row["status"]),
        dismissed_because=DismissReason(because) if because else None,
        origin=Origin(row["origin"]),
        created_at=row["created_at"],
        changed_at=row["changed_at"],
        mailed_at=row["mailed_at"],
        live_at=row["live_at"],
        removed_at=row["removed_at"],
        live_anchor=row["live_anchor"],
        brief=row["brief"],
    )


def effect_row(record: Effect) -> Row:
    """Return the row of ``record``."""
    return {
        "batch": record.batch,
        "page": record.page,
        "role": record.role.value,
        "metric": record.metric,
        "pages": int(record.pages),
        "reading_day": int(record.reading_day),
        "clock_start": record.clock_start,
        "window_start": record.window.start if record.window else None,
        "window_end": record.window.end if record.window else None,
        "verdict": record.verdict.value,
        "change": _float_maybe(record.change),
        "low": _float_maybe(record.low),
        "high": _float_maybe(record.high),
        "donors": int(record.donors),
        "false_alarm_rate": _float_maybe(record.false_alarm_rate),
        "detectable": _float_maybe(record.detectable),
        "why": record.why,
        "measured_at": record.measured_at,
    }


def effect_of(row: RowMapping) -> Effect:
    """Return the effect of ``row``."""
    start, end = row["window_start"], row["window_end"]
    return Effect(
        batch=row["batch"],
        page=row["page"],
        role=Role(row["role"]),
        metric=row["metric"],
        pages=row["pages"],
        reading_day=row["reading_day"],
        clock_start=row["clock_start"],
        window=Window(start=start, end=end) if start else None,
        verdict=Verdict(row["verdict"]),
        change=row["change"],
        low=row["low"],
        high=row["high"],
        donors=row["donors"],
        false_alarm_rate=row["false_alarm_rate"],
        detectable=row["detectable"],
        why=row["why"],
        measured_at=row["measured_at"],
    )


def message_row(record: Message) -> Row:
    """Return the row of ``record``."""
    return {
        "subject": record.subject,
        "text": record.text,
        "html": record.html,
        "sender": record.sender,
        "message_id": record.message_id,
    }


def message_of(row: RowMapping) -> Message:
    """Return the message of ``row``."""
    return Message(
        subject=row["subject"],
        text=row["text"],
        html=row["html"],
        sender=row["sender"],
        message_id=row["message_id"],
    )


def delivery_row(record: Delivery) -> Row:
    """Return the row of ``record``."""
    return {
        "period": record.period,
        "recipient": record.recipient,
        "state": record.state.value,
        "changed_at": record.changed_at,
        "attempts": int(record.attempts),
        "error": record.error,
    }


def delivery_of(row: RowMapping) -> Delivery:
    """Return the delivery of ``row``."""
    return Delivery(
        period=row["period"],
        recipient=row["recipient"],
        state=DeliveryState(row["state"]),
        changed_at=row["changed_at"],
        attempts=row["attempts"],
        error=row["error"],
    )


def run_row(record: Run) -> Row:
    """Return the row of ``record``."""
    certificate = record.certificate
    return {
        "id": record.id,
        "command": record.command,
        "started_at": record.started_at,
        "ended_at": record.ended_at,
        "outcome": record.outcome.value,
        "summary": record.summary,
        "certificate": _certificate_json(certificate) if certificate else None,
    }


def run_of(row: RowMapping) -> Run:
    """Return the run of ``row``."""
    certificate = row["certificate"]
    return Run(
        id=row["id"],
        command=row["command"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        outcome=Outcome(row["outcome"]),
        summary=row["summary"],
        certificate=_certificate_of(certificate) if certificate else None,
    )


def _reason_json(reason: Reason) -> Row:
    return {
        "signal": reason.signal,
        "value": _kept(reason.value),
        "weight": _kept(reason.weight),
        "evidence": reason.evidence,
    }


def _reason_of(kept: Mapping[str, str]) -> Reason:
    return Reason(
        signal=kept["signal"],
        value=float(kept["value"]),
        weight=float(kept["weight"]),
        evidence=kept["evidence"],
    )


def _certificate_json(certificate: Certificate) -> Row:
    return {
        "primal": _kept(certificate.primal),
        "dual": _kept(certificate.dual),
        "gap": _kept(certificate.gap),
        "feasible": bool(certificate.feasible),
        "chosen": int(certificate.chosen),
        "considered": int(certificate.considered),
        "pagerank_predicted": _kept(certificate.pagerank_predicted),
        "pagerank_realised": _kept(certificate.pagerank_realised),
        "slot_prices": {slot: _kept(price) for slot, price in certificate.slot_prices.items()},
    }


def _certificate_of(kept: RowMapping) -> Certificate:
    return Certificate(
        primal=float(kept["primal"]),
        dual=float(kept["dual"]),
        gap=float(kept["gap"]),
        feasible=kept["feasible"],
        chosen=kept["chosen"],
        considered=kept["considered"],
        pagerank_predicted=float(kept["pagerank_predicted"]),
        pagerank_realised=float(kept["pagerank_realised"]),
        slot_prices={slot: float(price) for slot, price in kept["slot_prices"].items()},
    )


def _float_maybe(number: float | None) -> float | None:
    return None if number is None else float(number)


def _kept(number: float) -> float | str:
    """Return ``number``, or its name ("inf", "-inf", "nan"), which float() reads back."""
    return float(number) if math.isfinite(number) else str(float(number))
