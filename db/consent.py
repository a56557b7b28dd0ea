"""Opt-outs and opt-ins: the suppressed numbers of a shop, and the consents of its customers."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

SUPPRESS = text("""
WITH suppressed AS (
  INSERT INTO suppressions (shop_id, phone, reason) VALUES (:shop_id, :phone, :reason)
  ON CONFLICT (shop_id, phone) WHERE lifted_at IS NULL DO NOTHING
)
UPDATE customers SET sms_opt_in = false, whatsapp_opt_in = false, email_opt_in = nullif(email_opt_in, true)
 WHERE shop_id = :shop_id AND phone_e164 = phone_line(:phone) AND (sms_opt_in OR whatsapp_opt_in OR email_opt_in)
""")
LIFT = """
WITH lifted AS (
  UPDATE suppressions SET lifted_at = (SELECT clock_timestamp())
   WHERE shop_id = :shop_id AND phone = phone_line(:phone) AND lifted_at IS NULL
)
UPDATE customers
   SET {consent}
 WHERE shop_id = :shop_id AND phone_e164 = phone_line(:phone)
"""
CONSENT_BY = {
    "sms": "sms_opt_in = true, consent_source = 'sms', consent_wording = :wording,"
    " consent_at = (SELECT clock_timestamp())",
    "whatsapp": "whatsapp_opt_in = true, whatsapp_consent_source = 'whatsapp', whatsapp_consent_wording = :wording,"
    " whatsapp_consent_at = (SELECT clock_timestamp())",
}
LIFT_BY = {channel: text(LIFT.format(consent=consent)) for channel, consent in CONSENT_BY.items()}


def suppress(session: Session, *, shop_id: UUID, phone: str, reason: str) -> None:
    """Opts a phone line out of a shop's offers on every channel, for every customer with it. Idempotent.

    E-mails about the customer's own bookings go on until they unsubscribe.
    """
    session.execute(SUPPRESS, {"shop_id": shop_id, "phone": phone, "reason": reason})


def lift(session: Session, *, shop_id: UUID, phone: str, channel: str, wording: str) -> None:
    """Lifts an opt-out, and opts in to the channel that the customer wrote on.

    `wording` is the customer's text, stored as the consent (first 200 characters).
    """
    session.execute(LIFT_BY[channel], {"shop_id": shop_id, "phone": phone, "wording": wording[:200]})
