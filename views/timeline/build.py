"""Puts a timeline together."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from views import recovery_overview
from views.timeline import audit_entries, message_entries, unlogged_entries, webhook_entries
from views.timeline.entries import Codes, PendingStep, Timeline, TimelineEntry
from views.timeline.timeline_rows import Rows, read

# What waits is little: the condition on the rest keeps to the partial indexes of unsettled tasks.
WAITING = text("""
SELECT id, name, args, due_at, attempts, last_error, parked_at FROM pending_tasks
 WHERE settled_at IS NULL AND args ?| CAST(:ids AS text[]) AND (shop_id = :shop_id OR shop_id IS NULL)
 ORDER BY due_at
""")


def timeline(session: Session, slot_opening_id: UUID, *, shop_id: UUID, codes: Codes) -> Timeline | None:
    """One recovery's story in the order it happened; None when that shop has no such slot.

    Needs no right on webhooks, so that the dashboard's role may ask; `with_webhooks` adds them for operators.
    """
    recovery = recovery_overview.one(session, slot_opening_id, shop_id=shop_id)
    return None if recovery is None else _told(session, read(session, recovery), codes)


def with_webhooks(session: Session, told: Timeline) -> Timeline:
    """The same with what Twilio and Stripe told: replies get the time they were heard, and each webhook its entry."""
    entries = webhook_entries.replies_at_the_door(session, told.entries)
    return replace(
        told, entries=in_order([*entries, *webhook_entries.entries(session, read(session, told.recovery))])
    )


def in_order(entries: list[TimelineEntry]) -> tuple[TimelineEntry, ...]:
    """By time; what happened at one moment stays in the order it was given."""
    return tuple(sorted(entries, key=lambda entry: entry.at))


def _told(session: Session, rows: Rows, codes: Codes) -> Timeline:
    entries = [
        *unlogged_entries.entries(rows),
        *message_entries.entries(rows, codes),
        *audit_entries.ended_by_staff(rows),
        *audit_entries.entries(rows, codes),
    ]
    values = {"ids": rows.ids, "shop_id": rows.recovery.shop_id}
    waiting = tuple(PendingStep(**row) for row in session.execute(WAITING, values).mappings())
    return Timeline(recovery=rows.recovery, entries=in_order(entries), waiting=waiting)
