"""Create the first schema from the files `sql/0001_*.sql`: tables, constraints, triggers and policies.

There are no downgrades, because they would have to drop data. To go back, restore a backup.
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
    """Runs the files of this revision in the order of their names."""
    for file in sorted(SQL.glob(f"{revision}_*.sql")):
        # Without parameters, the driver accepts several statements in one call, and % needs no escaping.
        op.get_bind().execution_options(no_parameters=True).exec_driver_sql(file.read_text("utf-8"))
