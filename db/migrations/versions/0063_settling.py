"""Drop an unused index of customers, and call no function for the event of a settled appointment, which has none."""

from __future__ import annotations

from db.migrations import online

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Waits for running transactions on both tables. Reads no rows."""
    online.run("0063_settling_online.sql")
