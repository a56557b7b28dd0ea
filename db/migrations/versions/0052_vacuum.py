"""Vacuum tables earlier if their rows change soon after they are written."""

from __future__ import annotations

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

TABLES = ("pending_tasks", "slot_offers", "messages", "webhook_events", "webhook_deliveries")


def upgrade() -> None:
    """Changes storage parameters, with a lock that blocks neither readers nor writers."""
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0.02)")
