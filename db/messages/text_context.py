"""Reads the context of a text in one statement: the customer, the shop, the booking and its payment."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from db.messages.channel_conditions import ACCEPTS_REMINDERS, SENDERS

CONTEXT = text(f"""
SELECT shop.id AS shop_id, shop.name AS shop_name, shop.timezone,
       coalesce(payment.currency, appointment.currency, shop.currency) AS currency,
       coalesce(c.locale, shop.locale) AS locale, shop.locale AS shop_locale, shop.address,
       {SENDERS} AS senders, c.email, {ACCEPTS_REMINDERS} AS agreed_to,
       -- The answer goes where the customer wrote last about this offer.
       coalesce(written.channel, offer.channel) AS channel,
       -- A channel with templates allows free text for 24 hours after the customer's last message.
       CASE WHEN written.created_at > clock_timestamp() - interval '23 hours' THEN written.channel END AS written_on,
       shop.phone AS shop_phone,
       shop.template_offer, shop.template_acceptance, shop.template_confirmation, shop.template_too_late,
       shop.template_ask_back,
       (SELECT jsonb_object_agg(own.language, own.body) FROM shop_texts own
         WHERE own.shop_id = shop.id AND own.kind = :kind) AS own_texts,
       coalesce(appointment.service, source.service, service.name) AS service, performer.name AS performer,
       c.name AS customer, e164(c.phone) AS phone, appointment.starts_at, appointment.price_cents,
       appointment.manage_token,
       offer.token AS offer_token, shop.offer_link_in_texts,
       payment.pay_token, payment.amount_cents, payment.expires_at AS held_until,
       clock_timestamp() AS now
  FROM customers c
  JOIN shops shop ON shop.id = c.shop_id
  LEFT JOIN appointments appointment ON appointment.id = CAST(:appointment_id AS uuid)
  LEFT JOIN slot_openings slot ON slot.id = CAST(:slot_opening_id AS uuid) AND appointment.id IS NULL
  LEFT JOIN appointments source ON source.id = slot.source_appointment_id
  LEFT JOIN slot_offers offer ON offer.customer_id = c.id
    AND offer.slot_opening_id = coalesce(CAST(:slot_opening_id AS uuid), appointment.source_slot_opening_id)
  LEFT JOIN LATERAL (
    SELECT m.channel, m.created_at FROM messages m WHERE m.slot_offer_id = offer.id AND m.direction = 'inbound'
     ORDER BY m.created_at DESC LIMIT 1
  ) written ON true
  LEFT JOIN services service ON service.id = coalesce(appointment.service_id, source.service_id, slot.service_id)
  LEFT JOIN performers performer ON performer.id = coalesce(appointment.performer_id, slot.performer_id)
  LEFT JOIN LATERAL (
    SELECT p.pay_token, p.amount_cents, upper(p.currency) AS currency, p.expires_at FROM payments p
     WHERE CASE WHEN CAST(:payment_id AS uuid) IS NULL THEN p.appointment_id = appointment.id AND p.kind = 'deposit'
                ELSE p.id = CAST(:payment_id AS uuid) END
     ORDER BY p.attempt DESC LIMIT 1
  ) payment ON true
 WHERE c.id = :customer_id
""")  # noqa: S608 - constants


def find(
    session: Session,
    *,
    kind: str,
    customer_id: UUID,
    slot_opening_id: UUID | None,
    appointment_id: UUID | None,
    payment_id: UUID | None,
) -> RowMapping:
    """Returns the columns of CONTEXT. Without a booking, the booking's columns are None."""
    values = {
        "kind": kind,
        "customer_id": customer_id,
        "slot_opening_id": slot_opening_id,
        "appointment_id": appointment_id,
        "payment_id": payment_id,
    }
    return session.execute(CONTEXT, values).mappings().one()


OWN_CANCELLATION = text("""
SELECT c.id AS customer_id,
       coalesce((SELECT sum(p.amount_cents - p.refunded_cents) FROM payments p
                  WHERE p.appointment_id = a.id AND p.status IN ('succeeded', 'disputed')), 0)::integer AS paid
  FROM appointments a JOIN customers c ON c.id = a.customer_id JOIN shops shop ON shop.id = a.shop_id
 WHERE a.id = :id AND a.status = 'cancelled' AND a.cancel_reason = 'customer' AND c.sms_opt_in
   AND shop.sms_from IS NOT NULL
""")


@dataclass(frozen=True, slots=True)
class OwnCancellation:
    """A customer who cancelled on their page and agreed to texts.

    `paid`: the total paid for the booking, in minor units.
    """

    customer_id: UUID
    paid: int


def own_cancellation(session: Session, appointment_id: UUID) -> OwnCancellation | None:
    """Returns None if someone else cancelled the appointment, or if the customer or the shop does not use texts."""
    row = session.execute(OWN_CANCELLATION, {"id": appointment_id}).one_or_none()
    return None if row is None else OwnCancellation(*row)
