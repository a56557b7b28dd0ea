"""Finds recoveries of all shops by one of our ids, a Twilio or Stripe id, a phone number or a link. For operators."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from domain.phones.parsing import PhoneNumber, parse

MOST_OF_A_PHONE = 20


@dataclass(frozen=True, slots=True)
class LookupResult:
    """The kind of match in words, its recoveries (newest first), and the reason if there are none."""

    what: str
    slot_opening_ids: tuple[UUID, ...]
    why_none: str = ""


# The statements are tried in this order. Each returns one row with the slot, or with the reason if there is no slot.
BY_UUID: tuple[tuple[str, str], ...] = (
    ("a recovery", "SELECT id, '' FROM slot_openings WHERE id = :key"),
    ("an offer", "SELECT slot_opening_id, '' FROM slot_offers WHERE id = :key"),
    (
        "an appointment",
        """SELECT coalesce(a.source_slot_opening_id, s.id), CASE a.status
                 WHEN 'cancelled' THEN 'The appointment was cancelled, but its time is not offered again.'
                 ELSE 'The appointment is ' || replace(a.status, '_', ' ') || '; its time is not free.' END
             FROM appointments a LEFT JOIN slot_openings s ON s.shop_id = a.shop_id AND s.starts_at = a.starts_at
                   AND s.performer_id IS NOT DISTINCT FROM a.performer_id
            WHERE a.id = :key""",
    ),
    (
        "a payment",
        """SELECT coalesce(a.source_slot_opening_id, s.id), 'The appointment of the payment is not a recovery.'
             FROM payments p JOIN appointments a ON a.id = p.appointment_id
             LEFT JOIN slot_openings s ON s.source_appointment_id = a.id
            WHERE p.id = :key""",
    ),
    (
        "a message",
        """SELECT coalesce(m.slot_opening_id, o.slot_opening_id, a.source_slot_opening_id, s.id),
                  'The message is not about a recovery.'
             FROM messages m LEFT JOIN slot_offers o ON o.id = m.slot_offer_id
             LEFT JOIN appointments a ON a.id = m.appointment_id
             LEFT JOIN slot_openings s ON s.source_appointment_id = a.id
            WHERE m.id = :key""",
    ),
)
# Values of other columns, each of which is resolved to the id of its row.
TO_A_ROW: tuple[tuple[str, re.Pattern[str], str, str], ...] = (
    ("a message", re.compile(r"(?:SM|MM)[0-9A-Za-z]{8,64}"), "a message", "messages WHERE provider_id = :key"),
    (
        "a payment intent",
        re.compile(r"pi_\w{4,250}"),
        "a payment",
        "payments WHERE stripe_payment_intent_id = :key",
    ),
    (
        "a Stripe event",
        re.compile(r"evt_\w{4,250}"),
        "a payment",
        """payments WHERE stripe_payment_intent_id = (
             SELECT coalesce(payload #>> '{data,object,payment_intent}', payload #>> '{data,object,id}')
               FROM webhook_events WHERE provider = 'stripe' AND event_id = :key)""",
    ),
    ("a refund", re.compile(r"re_\w{4,250}"), "a payment", "payments WHERE refund_id = :key"),
    ("a payment link", re.compile(r"(?:.*/)?pay/([\w-]{20,64})"), "a payment", "payments WHERE pay_token = :key"),
    (
        "a booking's link",
        re.compile(r"(?:.*/)?manage/([\w-]{20,64})"),
        "an appointment",
        "appointments WHERE manage_token = :key",
    ),
    ("an offer's link", re.compile(r"(?:.*/)?offer/([\w-]{20,64})"), "an offer", "slot_offers WHERE token = :key"),
)
# Searches a number shop by shop, because the index begins with the shop.
OF_A_PHONE = text("""
WITH people AS (
  SELECT c.id FROM shops shop CROSS JOIN LATERAL (
    SELECT id FROM customers WHERE shop_id = shop.id AND phone_e164 = phone_line(:phone)) c
)
SELECT slot.id FROM (
  SELECT o.slot_opening_id AS id FROM slot_offers o WHERE o.customer_id IN (SELECT id FROM people)
  UNION
  SELECT s.id FROM appointments a
    JOIN slot_openings s ON s.source_appointment_id = a.id OR s.id = a.source_slot_opening_id
   WHERE a.customer_id IN (SELECT id FROM people)
) slot JOIN slot_openings s ON s.id = slot.id
 ORDER BY s.created_at DESC LIMIT :limit
""")
RECORDED = text("SELECT provider, handled_at, outcome FROM webhook_events WHERE event_id = :key")
KNOWN_PHONE = text("SELECT EXISTS (SELECT 1 FROM customers WHERE phone_e164 = phone_line(:phone))")


def find(session: Session, words: str) -> LookupResult | None:
    """Returns the match for these words, or None. Ignores surrounding spaces."""
    words = words.strip()
    for look in LOOKS:
        found = look(session, words)
        if found is not None:
            return found
    return None


def _by_uuid(session: Session, words: str) -> LookupResult | None:
    try:
        key = UUID(words)
    except ValueError:
        return None
    return next(filter(None, (_row(session, what, statement, key) for what, statement in BY_UUID)), None)


def _row(session: Session, what: str, statement: str, key: UUID) -> LookupResult | None:
    rows = session.execute(text(statement), {"key": key}).all()
    slots = tuple(dict.fromkeys(slot for slot, _ in rows if slot is not None))
    return LookupResult(what, slots, "" if slots else rows[0][1]) if rows else None


def _in_a_column(session: Session, words: str) -> LookupResult | None:
    for what, shape, leads_to, where in TO_A_ROW:
        match = shape.fullmatch(words)
        row_id = match and session.execute(_id_of(where), {"key": match[match.lastindex or 0]}).scalar_one_or_none()
        if row_id:
            found = _row(session, what, dict(BY_UUID)[leads_to], row_id)
            return found or LookupResult(what, (), "It belongs to no recovery.")
    return None


def _heard_only(session: Session, words: str) -> LookupResult | None:
    """Finds a webhook that has created no row, because it is unhandled or had no effect."""
    row = session.execute(RECORDED, {"key": words}).first()
    if row is None:
        return None
    came_to = f"It was handled: {row.outcome}." if row.handled_at else "It is recorded but not handled yet."
    return LookupResult(f"a {row.provider.capitalize()} webhook", (), f"{came_to} See: slots received show {words}")


def _id_of(where: str) -> TextClause:
    return text(f"SELECT id FROM {where} LIMIT 1")  # noqa: S608 - from the table above


def _by_phone(session: Session, words: str) -> LookupResult | None:
    read = parse(words)
    if not isinstance(read, PhoneNumber):
        return None
    phone = read.e164
    slots: Sequence[UUID] = session.execute(OF_A_PHONE, {"phone": phone, "limit": MOST_OF_A_PHONE}).scalars().all()
    if slots:
        return LookupResult("a phone number", tuple(slots))
    if session.execute(KNOWN_PHONE, {"phone": phone}).scalar_one():
        return LookupResult("a phone number", (), "This customer is part of no recovery.")
    return None


LOOKS: tuple[Callable[[Session, str], LookupResult | None], ...] = (_by_uuid, _in_a_column, _heard_only, _by_phone)
