"""Verifies webhooks with the secret of their calendar, and records them with tasks that read the calendar."""

import re
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from db.calendars import calendar_mirror, calendars
from db.calendars.calendars import StoredCalendar
from db.tasks import pending_tasks
from db.webhooks import webhook_events
from outbox.transactions import Transactions
from providers.calendars.calendars import Calendars
from providers.calendars.credentials import UnreadableCredentialsError
from providers.calendars.port import Connection, Delivery, Hint
from providers.calendars.registry import PROVIDERS
from providers.signature import NotAuthentic
from providers.storable_text import storable_text

SIGNATURES = tuple(sorted({one.signature for one in PROVIDERS.values() if one.signature}))
"""The headers with which providers authenticate, in lower case."""

LONGEST_ID = 300
BOOKING_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9@._:=+-]*", re.ASCII)
"""The ids of bookings in webhooks. They become part of a URL, so "../me" would read something else."""


@dataclass(frozen=True, slots=True)
class CalendarHint:
    """An authentic webhook, and the calendar to which it belongs."""

    calendar: StoredCalendar
    hint: Hint


def find(transactions: Transactions, calendar_id: UUID) -> StoredCalendar | None:
    """Returns the calendar, or None if it is unknown or disconnected."""
    with transactions() as session:
        found = calendars.find(session, calendar_id)
    return None if found is None or found.status == "disconnected" else found


def verify(ports: Calendars, stored: StoredCalendar, delivery: Delivery) -> CalendarHint | NotAuthentic:
    """Verifies the webhook. A malformed webhook, or one with an impossible id, is not authentic."""
    try:
        credentials = ports.box.decrypt(stored.credentials)
    except UnreadableCredentialsError:
        return NotAuthentic("unset")
    connection = Connection(
        id=stored.id,
        shop_id=stored.shop_id,
        kind=stored.kind,
        name=stored.name,
        credentials=credentials,
        settings=stored.settings,
    )
    port = ports.port(stored.kind)
    refused = port.verify(connection, delivery)
    hint = refused or port.normalise(delivery)
    if isinstance(hint, NotAuthentic):
        return hint
    if not all(BOOKING_ID.fullmatch(one) for one in hint.external_ids):
        return NotAuthentic("malformed")
    return CalendarHint(stored, hint)


def record(session: Session, received: CalendarHint) -> UUID | None:
    """Records the webhook once and adds the tasks that read the calendar.

    Returns the id of the webhook, or None if the webhook was recorded before. Even a repeated delivery causes a read,
    because some providers send the same body for different changes. The body is not stored, because it may contain
    personal data that is not needed.
    """
    stored, hint = received.calendar, received.hint
    ids = [storable_text(one)[:LONGEST_ID] for one in hint.external_ids]
    event_id = webhook_events.record(
        session,
        provider=stored.kind,
        event_id=f"{stored.id}:{storable_text(hint.event_id)[:LONGEST_ID]}",
        type=hint.type[:LONGEST_ID],
        payload={"calendar_id": str(stored.id), "external_ids": ids},
        outcome="read",
        shop_id=stored.shop_id,
    )
    if stored.status not in calendars.WORKING or not hint.news:
        return event_id
    if hint.new_time_requested:
        calendar_mirror.note_new_time_requested(session, stored.id, ids)
    for external_id in ids:
        pending_tasks.add(session, "sync_booking", stored.id, external_id, shop_id=stored.shop_id)
    if not ids:
        pending_tasks.add(session, "sync_calendar", stored.id, shop_id=stored.shop_id)
    return event_id
