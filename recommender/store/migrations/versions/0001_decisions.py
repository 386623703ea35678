"""Make the tables of recommendations, their history, effects, digests, deliveries and runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Instant = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "recommendations",
        sa.Column("property", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("anchor", sa.Text, nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("anchor_start", sa.Integer, nullable=False),
        sa.Column("block", sa.Integer, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("page_score", sa.Float, nullable=False),
        sa.Column("passage_score", sa.Float, nullable=False),
        sa.Column("anchor_score", sa.Float, nullable=False),
        sa.Column("value", sa.Float, nullable=False),
        sa.Column("old_anchor", sa.Text, nullable=False),
        sa.Column("source_title", sa.Text, nullable=False),
        sa.Column("target_title", sa.Text, nullable=False),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("dismissed_because", sa.Text),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.Column("mailed_at", Instant),
        sa.Column("live_at", Instant),
        sa.Column("removed_at", Instant),
        sa.Column("live_anchor", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("property", "id", name="pk_recommendations"),
    )
    op.create_table(
        "status_changes",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=True),
        sa.Column("property", sa.Text, nullable=False),
        sa.Column("recommendation_id", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_status_changes"),
        sa.ForeignKeyConstraint(
            ["property", "recommendation_id"],
            ["recommendations.property", "recommendations.id"],
            name="fk_status_changes_recommendations",
        ),
    )
    op.create_table(
        "effects",
        sa.Column("property", sa.Text, nullable=False),
        sa.Column("batch", sa.Text, nullable=False),
        sa.Column("page", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("pages", sa.Integer, nullable=False),
        sa.Column("reading_day", sa.Integer, nullable=False),
        sa.Column("clock_start", sa.Date, nullable=False),
        sa.Column("window_start", sa.Date),
        sa.Column("window_end", sa.Date),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("change", sa.Float),
        sa.Column("low", sa.Float),
        sa.Column("high", sa.Float),
        sa.Column("donors", sa.Integer, nullable=False),
        sa.Column("false_alarm_rate", sa.Float),
        sa.Column("detectable", sa.Float),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("measured_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint(
            "property", "batch", "page", "role", "metric", "reading_day", name="pk_effects"
        ),
    )
    op.create_table(
        "digests",
        sa.Column("property", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("html", sa.Text, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("property", "period", name="pk_digests"),
    )
    op.create_table(
        "deliveries",
        sa.Column("property", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("property", "period", "recipient", name="pk_deliveries"),
    )
    op.create_table(
        "runs",
        sa.Column("property", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("started_at", Instant, nullable=False),
        sa.Column("ended_at", Instant),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("certificate", sa.JSON),
        sa.PrimaryKeyConstraint("property", "id", name="pk_runs"),
    )
    op.create_index(
        "ix_status_changes_property_recommendation_id",
        "status_changes",
        ["property", "recommendation_id"],
    )
    op.create_index("ix_runs_property_started_at", "runs", ["property", "started_at"])


def downgrade() -> None:
    """Drop all tables, and what is in them."""
    op.drop_table("runs")
    op.drop_table("deliveries")
    op.drop_table("digests")
    op.drop_table("effects")
    op.drop_table("status_changes")
    op.drop_table("recommendations")
