"""Unsubscribes customers from e-mails. The random token in the link of each e-mail authenticates the customer."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db import audit
from db.recoveries import offer_answers
from db.recoveries.offer_answers import OfferAnswer


@dataclass(frozen=True, slots=True)
class Subscription:
    """The customer who received an e-mail. `wanted`: whether the customer still receives e-mails about bookings."""

    shop_id: UUID
    shop_name: str
    customer_id: UUID
    wanted: bool
    locale: str


FIND = text("""
SELECT m.shop_id, s.name, c.id, c.email_opt_in IS NOT FALSE, coalesce(c.locale, s.locale)
  FROM messages m JOIN customers c ON c.id = m.customer_id JOIN shops s ON s.id = m.shop_id
 WHERE m.id = :id AND m.channel = 'email' AND m.direction = 'outbound'
   AND m.unsubscribe_token IS NOT DISTINCT FROM :token
""")
END = text("UPDATE customers SET email_opt_in = false WHERE id = :id AND email_opt_in IS NOT FALSE")


def find(session: Session, message_id: UUID, token: str | None) -> Subscription | None:
    """Returns the subscription of an e-mail, or None if there is none. The links in old e-mails have no `token`."""
    row = session.execute(FIND, {"id": message_id, "token": token}).one_or_none()
    return None if row is None else Subscription(*row)


def end(session: Session, message_id: UUID, token: str | None) -> Subscription | None:
    """Opts the customer out of this shop's e-mails about bookings. Idempotent."""
    found = find(session, message_id, token)
    if found is not None and session.execute(END, {"id": found.customer_id}).rowcount:  # type: ignore[attr-defined]
        _decline_offer(session, message_id)
        audit.note(
            session,
            event="EmailsEnded",
            reason="A customer unsubscribed from e-mails about bookings.",
            shop_id=found.shop_id,
            actor=audit.CUSTOMER,
            detail={"customer_id": str(found.customer_id)},
        )
    return found


OPEN_OFFER = text("""
SELECT o.id, o.shop_id FROM messages m JOIN slot_offers o ON o.id = m.slot_offer_id
 WHERE m.id = :id AND m.purpose = 'offer' AND o.status IN ('pending', 'sent')
""")


def _decline_offer(session: Session, message_id: UUID) -> None:
    """Declines the offer in this e-mail if it is open, because a customer who unsubscribes won't answer the offer."""
    offer = session.execute(OPEN_OFFER, {"id": message_id}).one_or_none()
    if offer is not None:
        offer_answers.request(session, OfferAnswer.NO, offer_id=offer.id, shop_id=offer.shop_id)


AFTER_COMPLAINT = text("""
UPDATE customers SET email_opt_in = false
 WHERE id = (SELECT customer_id FROM messages WHERE id = :id) AND email_opt_in IS NOT FALSE
""")


def end_after_complaint(session: Session, message_id: UUID) -> None:
    """Opts out a recipient who reported an e-mail as spam. Idempotent."""
    session.execute(AFTER_COMPLAINT, {"id": message_id})
    _decline_offer(session, message_id)
