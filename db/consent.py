"""Who wants no texts: suppressed numbers per shop, and the customers' own opt-in beside them."""

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
    """No more texts from this shop to this line, however it is spelled and whoever has it. May be repeated."""
    session.execute(SUPPRESS, {"shop_id": shop_id, "phone": phone, "reason": reason})


def lift(session: Session, *, shop_id: UUID, phone: str, wording: str) -> None:
    """Texts are welcome again; `wording` is what the customer wrote, kept as the source of the consent."""
    session.execute(LIFT, {"shop_id": shop_id, "phone": phone, "wording": wording[:200]})
