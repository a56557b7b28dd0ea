"""All data about one customer, for an export that the customer requests, and likely duplicates of a customer."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.customers.channel_consents import CONSENT_COLUMNS
from db.waitlist.waitlist import WISHES
from views import customer_directory
from views.customer_directory import ListedCustomer

PARTS: dict[str, str] = {
    "customer": f"""
SELECT id, name, phone, email, {", ".join(CONSENT_COLUMNS)},
       timezone, locale, tags, note, external_id, last_settled_at, last_asked_at, created_at
  FROM customers WHERE shop_id = :shop_id AND id = :id""",  # noqa: S608 - constants
    "appointments": """
SELECT id, starts_at, ends_at, status, service, price_cents, deposit_cents, cancelled_at, cancel_reason, note,
       created_at
  FROM appointments WHERE shop_id = :shop_id AND customer_id = :id ORDER BY starts_at""",
    "payments": """
SELECT p.id, p.appointment_id, p.kind, p.amount_cents, p.refunded_cents, p.currency, p.status,
       p.stripe_payment_intent_id, p.created_at, p.succeeded_at, p.refunded_at
  FROM payments p JOIN appointments a ON a.id = p.appointment_id
 WHERE p.shop_id = :shop_id AND a.customer_id = :id ORDER BY p.created_at""",
    "refunds": """
SELECT r.id, r.payment_id, r.amount_cents, r.status, r.reason, r.created_at, r.ended_at
  FROM refunds r JOIN payments p ON p.id = r.payment_id JOIN appointments a ON a.id = p.appointment_id
 WHERE r.shop_id = :shop_id AND a.customer_id = :id ORDER BY r.created_at""",
    "offers": """
SELECT id, slot_opening_id, channel, status, sent_at, expires_at, ended_at
  FROM slot_offers WHERE shop_id = :shop_id AND customer_id = :id ORDER BY created_at""",
    "slot_choices": """
SELECT slot_opening_id, choice, created_at
  FROM slot_choices WHERE shop_id = :shop_id AND customer_id = :id ORDER BY created_at""",
    "conversations": """
SELECT channel, address, status, last_message_at, created_at
  FROM conversations WHERE shop_id = :shop_id AND customer_id = :id ORDER BY created_at""",
    "messages": """
SELECT id, direction, channel, purpose, to_address, from_address, subject, body, status, created_at
  FROM messages WHERE shop_id = :shop_id AND customer_id = :id ORDER BY created_at""",
    "waiting_list": f"""
SELECT id, {", ".join(WISHES)}, status, source, consent_wording, consent_version, consent_at, consent_address,
       ended_at, created_at
  FROM waitlist_entries WHERE shop_id = :shop_id AND customer_id = :id ORDER BY created_at""",  # noqa: S608 - constants
    "opt_outs": """
SELECT x.phone, x.reason, x.created_at, x.lifted_at FROM suppressions x JOIN customers c ON c.phone_e164 = x.phone
 WHERE x.shop_id = :shop_id AND c.shop_id = :shop_id AND c.id = :id ORDER BY x.created_at""",
}


def everything(session: Session, shop_id: UUID, customer_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """Returns all stored data about the customer. Times are timezone-aware; amounts are in minor units."""
    values = {"shop_id": shop_id, "id": customer_id}
    return {
        name: [dict(row) for row in session.execute(text(part), values).mappings()] for name, part in PARTS.items()
    }


DUPLICATES = text("""
SELECT o.id FROM customers me JOIN customers o ON o.shop_id = me.shop_id AND o.id <> me.id
 WHERE me.shop_id = :shop_id AND me.id = :id AND o.anonymised_at IS NULL
   AND (o.phone_e164 = me.phone_e164 OR lower(o.email) = lower(me.email)
        OR (me.name <> '' AND lower(o.name) = lower(me.name)))
 ORDER BY o.created_at LIMIT :limit
""")


def likely_duplicates(session: Session, shop_id: UUID, customer_id: UUID, *, limit: int) -> list[ListedCustomer]:
    """Returns other customers with the same number, e-mail address or name."""
    values = {"shop_id": shop_id, "id": customer_id, "limit": limit}
    found = [customer_directory.one(session, shop_id, id) for id in session.execute(DUPLICATES, values).scalars()]
    return [one for one in found if one is not None]
