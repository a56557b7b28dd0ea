"""Store whether the customer of a booking was asked to choose another time."""

from __future__ import annotations

from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a column with a constant default. Rewrites no rows."""
    op.execute("ALTER TABLE calendar_bookings ADD COLUMN new_time_requested boolean NOT NULL DEFAULT false")
