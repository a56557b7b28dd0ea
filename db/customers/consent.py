"""Opts phone lines out of a shop's offers, and lifts opt-outs."""

from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from db import audit
from db.customers import channel_consents
from db.models import Customer
from domain.channels import CHANNELS, PHONE_CHANNELS

# The opt-in to e-mails is set to null, so that the customer still receives e-mails about their own bookings.
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
    """Opts every customer with this phone line out of the shop's offers on every channel. Idempotent.

    Customers still receive e-mails about their own bookings, until they unsubscribe.
    """
    session.execute(SUPPRESS, {"shop_id": shop_id, "phone": phone, "reason": reason})


def opt_out(session: Session, shop_id: UUID, customer_id: UUID, *, reason: str, by: str) -> None:
    """Opts a customer out of all offers for the shop, and records this in the audit log. `by` is the actor.

    `reason` is stored with the opt-out of the phone line. A customer without a phone line loses all consents.
    """
    of_customer = select(Customer.phone_e164).where(Customer.id == customer_id, Customer.shop_id == shop_id)
    phone = session.execute(of_customer).scalar_one()
    if phone:
        suppress(session, shop_id=shop_id, phone=phone, reason=reason)
    else:
        channel_consents.withdraw_all(session, shop_id, customer_id)
    audit.note(
        session,
        event="CustomerOptedOutByStaff",
        reason="The opt-out of a customer was recorded.",
        shop_id=shop_id,
        actor=by,
        detail={"customer": customer_id},
    )


def lift(session: Session, *, shop_id: UUID, phone: str, channel: str, wording: str) -> None:
    """Lifts an opt-out, and opts the customer in to the channel on which they wrote.

    The first 200 characters of `wording`, the customer's text, are stored as the wording of the consent.
    """
    session.execute(LIFT_BY[channel], {"shop_id": shop_id, "phone": phone, "wording": wording[:200]})
