"""The first schema: every table, constraint, trigger and policy, from the SQL beside it.

Back is a restored backup: a step down would have to drop what customers and shops wrote.
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def upgrade() -> None:
    """Run the files of this revision in the order of their names."""
    for file in sorted(SQL.glob(f"{revision}_*.sql")):
        # Without parameters, so that several statements may go at once and % means itself.
        op.get_bind().execution_options(no_parameters=True).exec_driver_sql(file.read_text("utf-8"))
