"""Add consent for each channel, and a setting for texts about moved and cancelled appointments."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0038_channels.sql"


def upgrade() -> None:
    """Adds columns without rewriting tables. Revision 0039 builds their indexes."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
