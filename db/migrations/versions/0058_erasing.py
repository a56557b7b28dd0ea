"""Prepare the erasure of customers: an index on e-mail reports, and no external ids of erased customers."""

from __future__ import annotations

from alembic import op

from db.migrations import online

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Updates only the customers who were erased and came from a calendar. Builds the index without blocking."""
    op.execute("UPDATE customers SET external_id = NULL WHERE anonymised_at IS NOT NULL AND external_id IS NOT NULL")
    online.run("0058_erasing_online.sql")
