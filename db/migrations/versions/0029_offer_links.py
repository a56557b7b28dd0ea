"""Give each offer a token for its page."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0029_offer_links.sql"


def upgrade() -> None:
    """Adds a column without rewriting the table. The partial index is empty when it is built."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
