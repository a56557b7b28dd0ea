"""Add an index on texts that were sent before a restore, because each claim of a message looks for them."""

from __future__ import annotations

from db.migrations import online

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Builds the index without blocking."""
    online.run("0051_restored_texts_online.sql")
