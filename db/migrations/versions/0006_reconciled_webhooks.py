"""Mark webhooks that never arrived and were found in the provider's list."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a column with a constant default. Rewrites no rows."""
    op.execute("ALTER TABLE webhook_events ADD COLUMN reconciled boolean NOT NULL DEFAULT false")
