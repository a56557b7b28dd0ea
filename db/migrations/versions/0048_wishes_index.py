"""Add an index on what waiting-list entries match, for long lists of which few entries match a slot."""

from __future__ import annotations

from db.migrations import online

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Builds the index without blocking; its functions are replaced if it was interrupted."""
    online.run("0048_wishes_index_online.sql")
