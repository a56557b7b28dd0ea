"""Finds the page for a pasted id of one shop: one of our ids, a Stripe PaymentIntent, or a Twilio message SID."""

import re
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from views.customer_search import as_id


@dataclass(frozen=True, slots=True)
class PageTarget:
    """A page, identified by the name of its route."""

    endpoint: str
    id: UUID


SLOT, APPOINTMENT, CUSTOMER = "shop.slots.show", "shop.appointments.detail", "shop.customers.detail"
OF_ID = text("""
SELECT 1 AS rank, id AS slot, NULL::uuid AS appointment, NULL::uuid AS customer
  FROM slot_openings WHERE id = :key AND shop_id = :shop_id
UNION ALL SELECT 2, NULL, id, NULL FROM appointments WHERE id = :key AND shop_id = :shop_id
UNION ALL SELECT 3, NULL, NULL, id FROM customers WHERE id = :key AND shop_id = :shop_id
UNION ALL SELECT 4, slot_opening_id, NULL, NULL FROM slot_offers WHERE id = :key AND shop_id = :shop_id
UNION ALL SELECT 5, NULL, appointment_id, NULL FROM payments WHERE id = :key AND shop_id = :shop_id
UNION ALL SELECT 6, slot_opening_id, appointment_id, customer_id FROM messages WHERE id = :key AND shop_id = :shop_id
ORDER BY rank LIMIT 1
""")
OF_INTENT = text("""
SELECT 1, NULL::uuid AS slot, appointment_id AS appointment, NULL::uuid AS customer
  FROM payments WHERE stripe_payment_intent_id = :key AND shop_id = :shop_id
""")
OF_SID = text("""
SELECT 1, coalesce(m.slot_opening_id, o.slot_opening_id) AS slot, m.appointment_id AS appointment,
       m.customer_id AS customer
  FROM messages m LEFT JOIN slot_offers o ON o.id = m.slot_offer_id AND o.shop_id = m.shop_id
 WHERE m.provider_id = :key AND m.shop_id = :shop_id
""")
SHAPES = ((re.compile(r"pi_\w{4,250}"), OF_INTENT), (re.compile(r"(?:SM|MM)[0-9A-Za-z]{8,64}"), OF_SID))


def place_of(session: Session, shop_id: UUID, words: str) -> PageTarget | None:
    """Returns the page for an id, or None if this shop has nothing with this id."""
    key: UUID | str | None = as_id(words)
    statement = OF_ID if key else next((asks for shape, asks in SHAPES if shape.fullmatch(words)), None)
    if statement is None:
        return None
    row = session.execute(statement, {"key": key or words, "shop_id": shop_id}).first()
    if row is None:
        return None
    leads = ((SLOT, row.slot), (APPOINTMENT, row.appointment), (CUSTOMER, row.customer))
    return next((PageTarget(endpoint, id) for endpoint, id in leads if id), None)
