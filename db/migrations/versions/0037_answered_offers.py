"""Add an index for the statistics of replies by time of day."""

from __future__ import annotations

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Builds the index. This blocks writes to `slot_offers`, for about a second per million rows."""
    op.execute(
        "CREATE INDEX slot_offers_answered_of_shop_idx ON slot_offers (shop_id, created_at)"
        " WHERE accepted_at IS NOT NULL OR status = 'declined'"
    )
