"""Store consent to WhatsApp and e-mail from the join page, and the channels that the workers can use."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0049_join_consents.sql"


def upgrade() -> None:
    """Adds a table, columns without a default, and a column to a table whose rows are kept for a day."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
