"""Store the appointment that an offer moves up, and the chain of the slots that are freed by moves."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from db.migrations import online

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0022_move_up.sql"


def upgrade() -> None:
    """Adds columns without rewriting tables. The partial indexes are empty when they are built."""
    online.run("0021_notes_online.sql")
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
