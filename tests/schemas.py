"""Rows of the decision database as each released schema holds them: a week of one property's life.

A new migration needs its rows here, as they are written right after it; the old ones stay as they
were, for they are what lies in somebody's database.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from sqlalchemy import Connection, MetaData

from recommender.store import migrate

Rows = Mapping[str, Sequence[Mapping[str, object]]]
"""The rows of each table, in an order that foreign keys allow."""

AT = datetime(2026, 3, 4, 5, 30, 0, 123456, tzinfo=UTC)
_OURS = {"property": "example"}

_FIRST: Rows = {
    "recommendations": [
        {
            **_OURS,
            "id": "0a1b2c3d4e",
            "kind": "add",
            "source": "https://www.example.com/röstkaffee",
            "target": "https://www.example.com/b",
            "anchor": "roast their own",
            "sentence": "Some people roast their own beans ☕ at home.",
            "anchor_start": 12,
            "block": 3,
            "score": 0.61,
            "page_score": 0.7,
            "passage_score": 0.5,
            "anchor_score": 0.64,
            "value": 1.5,
            "old_anchor": "",
            "source_title": "Röstkaffee",
            "target_title": 'It\'s "quoted"; --',
            "reasons": [{"signal": "fit", "value": 0.5, "weight": "inf", "evidence": "“beans”"}],
            "status": "live",
            "dismissed_because": None,
            "origin": "linkwright",
            "created_at": AT,
            "changed_at": AT,
            "mailed_at": AT,
            "live_at": AT,
            "removed_at": None,
            "live_anchor": "roast",
        }
    ],
    "status_changes": [
        {**_OURS, "recommendation_id": "0a1b2c3d4e", "status": status, "at": AT}
        for status in ("proposed", "mailed", "live")
    ],
    "effects": [
        {
            **_OURS,
            "batch": "2026-W09",
            "page": "https://www.example.com/b",
            "role": "target",
            "metric": "impressions",
            "pages": 1,
            "reading_day": 14,
            "clock_start": date(2026, 3, 1),
            "window_start": date(2026, 3, 2),
            "window_end": date(2026, 3, 15),
            "verdict": "no_clear_change",
            "change": 0.04,
            "low": None,
            "high": 0.18,
            "donors": 78,
            "false_alarm_rate": 0.06,
            "detectable": None,
            "why": "",
            "measured_at": AT,
        }
    ],
    "digests": [
        {
            **_OURS,
            "period": "2026-W10",
            "subject": "Four links",
            "text": "Four links.",
            "html": "<p>Four links.</p>",
            "sender": "links@example.com",
            "message_id": "<2026-W10@example.com>",
        }
    ],
    "deliveries": [
        {
            **_OURS,
            "period": "2026-W10",
            "recipient": "ann@example.com",
            "state": "sending",
            "changed_at": AT,
            "attempts": 1,
            "error": "",
        }
    ],
    "runs": [
        {
            **_OURS,
            "id": "run-1",
            "command": "daily",
            "started_at": AT,
            "ended_at": None,
            "outcome": "running",
            "summary": "",
        }
    ],
}


def _with_brief(rows: Rows) -> Rows:
    """Return the rows of 0002: one that was there before, and a sentence to be written."""
    (edit,) = rows["recommendations"]
    asked = {**edit, "id": "5f6a7b8c9d", "kind": "add_sentence", "brief": "Say what a siphon is."}
    known = [{**edit, "brief": ""}, asked]
    return {**copy.deepcopy(dict(rows)), "recommendations": known}


ROWS: Mapping[str, Rows] = {"0001": _FIRST, "0002": _with_brief(_FIRST)}
"""The rows of each released schema, by its migration."""


def released(url: str, revision: str) -> None:
    """Make the database at ``url`` one that the version of ``revision`` left, with its rows."""
    engine = migrate._engine(url, 30.0)
    migrate._upgrade(engine, to=revision)
    with engine.begin() as connection:
        _insert(connection, ROWS[revision])
    engine.dispose()


def _insert(connection: Connection, rows: Rows) -> None:
    """Write ``rows`` into the tables as they stand, whatever this version declares."""
    found = MetaData()
    found.reflect(connection)
    for name, records in rows.items():
        connection.execute(found.tables[name].insert(), [dict(record) for record in records])
