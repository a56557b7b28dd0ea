"""Give each reminder by e-mail a token for unsubscribing, because its id also appears in logs and in Flower."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a column that is null for existing e-mails, whose links without a token still work. Rewrites no rows."""
    op.execute("ALTER TABLE messages ADD COLUMN unsubscribe_token text")
