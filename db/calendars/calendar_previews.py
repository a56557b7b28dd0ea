"""Counts the appointments and customers of a calendar before its import, and stores the counts in its settings."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db import clock
from db.calendars.calendar_people import CalendarPeople, can_get_texts
from domain.calendars.source_booking import SourceBooking
from domain.names import plain_name

STORE = text("""
UPDATE calendars SET settings = settings || jsonb_build_object('preview', CAST(:found AS jsonb))
 WHERE id = :id AND settings ->> 'stage' = 'preview'
""")
SUBSCRIBED = text("UPDATE calendars SET settings = settings || CAST(:found AS jsonb) WHERE id = :id")

# Known customers keep their own consent, and the consent that the shop states applies to new customers. Customers who
# opted out are not counted.
ASKABLE = text("""
SELECT count(*) FILTER (WHERE c.id IS NULL) AS new, count(*) FILTER (WHERE c.sms_opt_in) AS agreed
  FROM unnest(CAST(:phones AS text[])) AS p (phone)
  LEFT JOIN LATERAL (SELECT c.id, c.sms_opt_in FROM customers c
                      WHERE c.shop_id = :shop_id AND c.phone_e164 = phone_line(p.phone) LIMIT 1) c ON true
 WHERE NOT EXISTS (SELECT 1 FROM suppressions x
                    WHERE x.shop_id = :shop_id AND x.lifted_at IS NULL AND x.phone = phone_line(p.phone))
""")


def count(session: Session, people: CalendarPeople, bookings: Iterable[SourceBooking]) -> dict[str, int]:
    """Counts the appointments, and their customers with and without a phone.

    `agreed` is the number of known customers with a phone who have agreed to offers. `new` is the number of new
    customers with a phone, who can be asked if the shop states the source of their consent. Neither counts landlines.
    """
    appointments, phones, others = 0, set(), set()
    for one in bookings:
        appointments += 1
        person = one.person
        phone = people.phone(person.phone) if person else None
        if phone:
            phones.add(phone)
        else:
            others.add((person.external_id or person.email or plain_name(person.name).lower()) if person else "")
    values = {"shop_id": people.calendar.shop_id, "phones": sorted(filter(can_get_texts, phones))}
    askable = session.execute(ASKABLE, values).one()
    return {
        "appointments": appointments,
        "with_phone": len(phones),
        "without_phone": len(others),
        "agreed": askable.agreed,
        "new": askable.new,
    }


def store(session: Session, calendar_id: UUID, found: dict[str, Any]) -> None:
    """Stores the counts or the `error`, unless the calendar was imported or disconnected in the meantime."""
    dated = {**found, "at": clock.now(session).isoformat()}
    session.execute(STORE, {"id": calendar_id, "found": json.dumps(dated)})


def note_webhooks(session: Session, calendar_id: UUID, *, subscribed: bool, by_hand: bool) -> None:
    """Stores whether the provider sends webhooks, and whether the shop can register the webhook URL with the provider
    manually.
    """
    found = {"subscribed": subscribed, "by_hand": by_hand}
    session.execute(SUBSCRIBED, {"id": calendar_id, "found": json.dumps(found)})
