"""Partition the audit log, the events and their deliveries by month, so that the clean-up can drop whole months."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from db.migrations import online

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0055_partitions.sql"
TABLES = ("audit_logs", "events", "webhook_deliveries")
# The first month with its own partition. It begins after the newest row and after the end of this migration.
FIRST_MONTH = """
SELECT date_trunc('month', greatest(clock_now(), max(created_at)) AT TIME ZONE 'UTC') + interval '2 months' FROM {}
"""


def upgrade() -> None:
    """Builds indexes and validates the limit of the old rows without blocking, then attaches the old tables."""
    online.run("0055_partitions_online.sql")
    with op.get_context().autocommit_block():
        for table in TABLES:
            first_month = op.get_bind().exec_driver_sql(FIRST_MONTH.format(table)).scalar_one()
            limit = f"CHECK (created_at < '{first_month:%Y-%m-%d}Z'::timestamptz) NOT VALID"
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS until_first_month")
            op.execute(f"ALTER TABLE {table} ADD CONSTRAINT until_first_month {limit}")
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT until_first_month")
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
