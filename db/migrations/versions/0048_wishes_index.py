"""Add an index on the wishes of waiting-list entries, for long lists in which few entries match a slot."""

from __future__ import annotations

from db.migrations import online

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Builds the index without blocking. If the migration is repeated, it replaces the functions of the index."""
    online.run("0048_wishes_index_online.sql")
