"""Read phone numbers without trunk prefixes, know a line by all its spellings, and a shop's country."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0005_phone_lines.sql"


def upgrade() -> None:
    """Customers are read once; only rows that are read otherwise now are written, and nobody waits for the others."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
