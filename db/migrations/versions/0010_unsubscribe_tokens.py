"""Give each reminder by e-mail a token that ends such e-mails: its id is also shown in logs and Flower."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Null for e-mails written before: their links hold the id alone, and still work. No row is rewritten."""
    op.execute("ALTER TABLE messages ADD COLUMN unsubscribe_token text")
