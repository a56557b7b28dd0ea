"""Store a digest instead of the words of texts that `slots restored` recorded."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0054_digest_of_restored_texts.sql"


def upgrade() -> None:
    """Adds a column without a default, and uses an index to find and update the recorded texts."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
