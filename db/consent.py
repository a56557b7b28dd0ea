"""Opt-outs and opt-ins: the suppressed numbers of a shop and `customers.sms_opt_in`."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

SUPPRESS = text("""
WITH suppressed AS (
  INSERT INTO suppressions (shop_id, phone, reason) VALUES (:shop_id, :phone, :reason)
  ON CONFLICT (shop_id, phone) WHERE lifted_at IS NULL DO NOTHING
)
UPDATE customers SET sms_opt_in = false WHERE shop_id = :shop_id AND phone_e164 = phone_line(:phone) AND sms_opt_in
""")
LIFT = text("""
WITH lifted AS (
  UPDATE suppressions SET lifted_at = (SELECT clock_timestamp())
   WHERE shop_id = :shop_id AND phone = phone_line(:phone) AND lifted_at IS NULL
)
UPDATE customers
   SET sms_opt_in = true, consent_source = 'sms', consent_wording = :wording,
       consent_at = (SELECT clock_timestamp())
 WHERE shop_id = :shop_id AND phone_e164 = phone_line(:phone)
""")


def suppress(session: Session, *, shop_id: UUID, phone: str, reason: str) -> None:
    """Opts a phone line out of a shop's texts, in every spelling and for every customer with it. Idempotent."""
    session.execute(SUPPRESS, {"shop_id": shop_id, "phone": phone, "reason": reason})


def lift(session: Session, *, shop_id: UUID, phone: str, wording: str) -> None:
    """Lifts an opt-out. `wording` is the customer's text, stored as the consent (first 200 characters)."""
    session.execute(LIFT, {"shop_id": shop_id, "phone": phone, "wording": wording[:200]})
