"""Puts a timeline together."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db import overview
from db.timeline import heard, log, texts, untold
from db.timeline.entries import Codes, Entry, Timeline, Waiting
from db.timeline.rows import Rows, read

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
    recovery = overview.one(session, slot_opening_id, shop_id=shop_id)
    return None if recovery is None else _told(session, read(session, recovery), codes)


def with_webhooks(session: Session, told: Timeline) -> Timeline:
    """The same with what Twilio and Stripe told: replies get the time they were heard, and each webhook its entry."""
    entries = heard.replies_at_the_door(session, told.entries)
    return replace(told, entries=in_order([*entries, *heard.entries(session, read(session, told.recovery))]))


def in_order(entries: list[Entry]) -> tuple[Entry, ...]:
    """By time; what happened at one moment stays in the order it was given."""
    return tuple(sorted(entries, key=lambda entry: entry.at))


def _told(session: Session, rows: Rows, codes: Codes) -> Timeline:
    entries = [
        *untold.entries(rows),
        *texts.entries(rows, codes),
        *log.ended_by_staff(rows),
        *log.entries(rows, codes),
    ]
    values = {"ids": rows.ids, "shop_id": rows.recovery.shop_id}
    waiting = tuple(Waiting(**row) for row in session.execute(WAITING, values).mappings())
    return Timeline(recovery=rows.recovery, entries=in_order(entries), waiting=waiting)
