"""Tables whose rows are updated soon after their creation and kept for days are vacuumed early."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

SETTINGS = """
SELECT DISTINCT coalesce(pg_partition_root(oid), oid)::regclass::text FROM pg_class
 WHERE relkind = 'r' AND 'autovacuum_vacuum_scale_factor=0.02' = ANY (reloptions) ORDER BY 1
"""


def test_tables_with_many_updates_are_vacuumed_before_a_fifth_of_them_is_dead(session: Session) -> None:
    assert session.execute(text(SETTINGS)).scalars().all() == [
        "messages",
        "pending_tasks",
        "slot_offers",
        "webhook_deliveries",
        "webhook_events",
    ]
