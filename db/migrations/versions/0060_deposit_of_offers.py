"""Store the deposit that an offer states, because the shop can change its deposit before the YES."""

from __future__ import annotations

from db.migrations import online

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds empty columns, and validates their constraints without blocking. Rewrites no rows."""
    online.run("0060_deposit_of_offers_online.sql")
