"""Opt-outs and opt-ins: the suppressed numbers of a shop, and the consents of its customers."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.channels import CHANNELS, PHONE_CHANNELS

# An opt-in to e-mails becomes null, so that e-mails about the customer's own bookings continue.
ENDED = ", ".join(
    f"{one.opt_in} = nullif({one.opt_in}, true)" if one.opt_in_needs_time else f"{one.opt_in} = false"
    for one in CHANNELS.values()
)
SUPPRESS = text(f"""
WITH suppressed AS (
  INSERT INTO suppressions (shop_id, phone, reason) VALUES (:shop_id, :phone, :reason)
  ON CONFLICT (shop_id, phone) WHERE lifted_at IS NULL DO NOTHING
)
UPDATE customers SET {ENDED}
 WHERE shop_id = :shop_id AND phone_e164 = phone_line(:phone)
   AND ({" OR ".join(one.opt_in for one in CHANNELS.values())})
""")  # noqa: S608 - constants
LIFT = """
WITH lifted AS (
  UPDATE suppressions SET lifted_at = (SELECT clock_timestamp())
   WHERE shop_id = :shop_id AND phone = phone_line(:phone) AND lifted_at IS NULL
)
UPDATE customers
   SET {consent}
 WHERE shop_id = :shop_id AND phone_e164 = phone_line(:phone)
"""
CONSENT = """{one.opt_in} = true, {one.consent}_source = '{one.channel}', {one.consent}_wording = :wording,
       {one.consent}_at = (SELECT clock_timestamp())"""
LIFT_BY = {one.channel.value: text(LIFT.format(consent=CONSENT.format(one=one))) for one in PHONE_CHANNELS}


def suppress(session: Session, *, shop_id: UUID, phone: str, reason: str) -> None:
    """Opts a phone line out of a shop's offers on every channel, for every customer with it. Idempotent.

    E-mails about the customer's own bookings continue until the customer unsubscribes.
    """
    session.execute(SUPPRESS, {"shop_id": shop_id, "phone": phone, "reason": reason})


def lift(session: Session, *, shop_id: UUID, phone: str, channel: str, wording: str) -> None:
    """Lifts an opt-out, and opts the customer in to the channel on which they wrote.

    `wording` is the customer's text, stored as the consent (first 200 characters).
    """
    session.execute(LIFT_BY[channel], {"shop_id": shop_id, "phone": phone, "wording": wording[:200]})
