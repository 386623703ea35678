"""Keep what a sentence that is to be written must say."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what is stored already wraps words that stand there, and needs none."""
    with op.batch_alter_table("recommendations") as table:
        table.add_column(sa.Column("brief", sa.Text, nullable=False, server_default=""))
    with op.batch_alter_table("recommendations") as table:
        table.alter_column("brief", server_default=None)


def downgrade() -> None:
    """Drop the column, and the briefs in it."""
    with op.batch_alter_table("recommendations") as table:
        table.drop_column("brief")
