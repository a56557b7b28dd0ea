"""Builds the timeline of a recovery from its entries."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from views import recovery_overview
from views.timeline import audit_entries, message_entries, unlogged_entries, webhook_entries
from views.timeline.entries import Codes, PendingStep, Timeline, TimelineEntry
from views.timeline.timeline_rows import TimelineRows, read

# The conditions match the partial indexes of unsettled tasks, which contain few rows.
WAITING = text("""
SELECT id, name, args, due_at, attempts, last_error, parked_at FROM ONLY pending_tasks
 WHERE settled_at IS NULL AND args ?| CAST(:ids AS text[]) AND (shop_id = :shop_id OR shop_id IS NULL)
 ORDER BY due_at
""")


def timeline(session: Session, slot_opening_id: UUID, *, shop_id: UUID, codes: Codes) -> Timeline | None:
    """Returns the timeline of one recovery in chronological order, or None if the shop has no such slot.

    Omits webhooks, because the dashboard's role cannot read them. `with_webhooks` adds them for operators.
    """
    recovery = recovery_overview.one(session, slot_opening_id, shop_id=shop_id)
    return None if recovery is None else _timeline(session, read(session, recovery), codes)


def with_webhooks(session: Session, timeline: Timeline) -> Timeline:
    """Returns the timeline with an entry for each webhook, and with each reply at the time when it was received."""
    entries = webhook_entries.replies_when_received(session, timeline.entries)
    return replace(
        timeline, entries=in_order([*entries, *webhook_entries.entries(session, read(session, timeline.recovery))])
    )


def in_order(entries: list[TimelineEntry]) -> tuple[TimelineEntry, ...]:
    """Sorts the entries by time. Entries with the same time keep their order."""
    return tuple(sorted(entries, key=lambda entry: entry.at))


def _timeline(session: Session, rows: TimelineRows, codes: Codes) -> Timeline:
    entries = [
        *unlogged_entries.entries(rows),
        *message_entries.entries(rows, codes),
        *audit_entries.ended_by_staff(rows),
        *audit_entries.entries(rows, codes),
    ]
    values = {"ids": rows.ids, "shop_id": rows.recovery.shop_id}
    waiting = tuple(PendingStep(**row) for row in session.execute(WAITING, values).mappings())
    return Timeline(recovery=rows.recovery, entries=in_order(entries), waiting=waiting)
