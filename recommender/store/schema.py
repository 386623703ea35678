"""The tables that decisions are kept in, one property beside the other.

A change here needs a migration in ``migrations/versions`` and the new :data:`REVISION`; a test
holds the three together.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    TypeDecorator,
)

REVISION = "0002"
"""The migration that makes the tables below."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant; SQLite would lose the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return ``value`` in UTC, refusing one without a zone."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"{value.isoformat()} has no time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return ``value`` with its zone, UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


recommendations = Table(
    "recommendations",
    metadata,
    Column("property", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("anchor", Text, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("anchor_start", Integer, nullable=False),
    Column("block", Integer, nullable=False),
    Column("score", Float, nullable=False),
    Column("page_score", Float, nullable=False),
    Column("passage_score", Float, nullable=False),
    Column("anchor_score", Float, nullable=False),
    Column("value", Float, nullable=False),
    Column("old_anchor", Text, nullable=False),
    Column("source_title", Text, nullable=False),
    Column("target_title", Text, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("status", Text, nullable=False),
    Column("dismissed_because", Text),
    Column("origin", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("mailed_at", Instant),
    Column("live_at", Instant),
    Column("removed_at", Instant),
    Column("live_anchor", Text, nullable=False),
    Column("brief", Text, nullable=False),
    PrimaryKeyConstraint("property", "id"),
)

status_changes = Table(
    "status_changes",
    metadata,
    Column("number", Integer, nullable=False, autoincrement=True),
    Column("property", Text, nullable=False),
    Column("recommendation_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("number"),
    ForeignKeyConstraint(
        ["property", "recommendation_id"], ["recommendations.property", "recommendations.id"]
    ),
    Index(None, "property", "recommendation_id"),
)

effects = Table(
    "effects",
    metadata,
    Column("property", Text, nullable=False),
    Column("batch", Text, nullable=False),
    Column("page", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("metric", Text, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("reading_day", Integer, nullable=False),
    Column("clock_start", Date, nullable=False),
    Column("window_start", Date),
    Column("window_end", Date),
    Column("verdict", Text, nullable=False),
    Column("change", Float),
    Column("low", Float),
    Column("high", Float),
    Column("donors", Integer, nullable=False),
    Column("false_alarm_rate", Float),
    Column("detectable", Float),
    Column("why", Text, nullable=False),
    Column("measured_at", Instant, nullable=False),
    PrimaryKeyConstraint("property", "batch", "page", "role", "metric", "reading_day"),
)

digests = Table(
    "digests",
    metadata,
    Column("property", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    PrimaryKeyConstraint("property", "period"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("property", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text, nullable=False),
    PrimaryKeyConstraint("property", "period", "recipient"),
)

runs = Table(
    "runs",
    metadata,
    Column("property", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("outcome", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("certificate", JSON(none_as_null=True)),
    PrimaryKeyConstraint("property", "id"),
    Index(None, "property", "started_at"),
)
