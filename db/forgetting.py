"""Forgets a customer: what is about money stays, and nobody can tell any more whose it was."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

LIVE = text("""
SELECT EXISTS (SELECT 1 FROM appointments WHERE customer_id = :id AND status IN ('pending_payment', 'booked'))
    OR EXISTS (SELECT 1 FROM slot_offers WHERE customer_id = :id AND status IN ('pending', 'sent'))
    OR EXISTS (SELECT 1 FROM messages WHERE customer_id = :id AND status IN ('queued', 'sending'))
  FROM customers WHERE id = :id AND anonymised_at IS NULL FOR UPDATE
""")

# A standing opt-out keeps its number: whoever brings the same list again must not text it. What a webhook brought is
# emptied once it is handled; until then it is still needed.
FORGET = (
    text("""
UPDATE webhook_events w SET payload = '{}'
  FROM messages m
 WHERE m.customer_id = :id AND w.provider = 'twilio' AND w.handled_at IS NOT NULL
   AND (w.event_id = m.provider_id OR w.payload ->> 'MessageSid' = m.provider_id)
"""),
    text("""
DELETE FROM notifications n USING messages m
 WHERE m.customer_id = :id AND m.direction = 'inbound' AND n.dedupe_key = 'customer_text:' || m.provider_id
"""),
    text("""
UPDATE messages SET to_address = '', from_address = '', subject = NULL, body = '', html = NULL, template = NULL
 WHERE customer_id = :id
"""),
    text("DELETE FROM notifications WHERE customer_id = :id"),
    text("""
UPDATE customers
   SET name = '', phone = NULL, email = NULL, sms_opt_in = false, whatsapp_opt_in = false, email_opt_in = false,
       timezone = NULL, locale = NULL, consent_source = NULL, consent_wording = NULL, consent_at = NULL,
       anonymised_at = (SELECT clock_timestamp())
 WHERE id = :id
"""),
)


def forget(session: Session, customer_id: UUID) -> bool | None:
    """Empties all that says who this was. None: there is no such customer; False: something of theirs is still open.

    Open is a booking that stands, an offer, a text on its way.
    """
    live = session.execute(LIVE, {"id": customer_id}).scalar_one_or_none()
    if live is None:
        return None
    if live:
        return False
    for statement in FORGET:
        session.execute(statement, {"id": customer_id})
    return True


def shop_of(session: Session, customer_id: UUID) -> UUID:
    """Whose customer this is or was."""
    shop_id: UUID = session.execute(
        text("SELECT shop_id FROM customers WHERE id = :id"), {"id": customer_id}
    ).scalar_one()
    return shop_id
