"""Finds the offer to which a text replies, and the earliest late YES for a slot."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class LateYes:
    offer_id: UUID
    customer_id: UUID
    phone: str | None


FIRST_LATE_YES = text("""
SELECT o.id, o.customer_id, e164(c.phone)
  FROM slot_offers o
  JOIN slot_openings s ON s.id = o.slot_opening_id
  JOIN customers c ON c.id = o.customer_id
 WHERE o.slot_opening_id = :id AND o.late_yes_at < CASE WHEN :of_former_rounds THEN s.freed_at ELSE 'infinity' END
   AND o.status IN ('expired', 'declined', 'failed') AND c.anonymised_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM suppressions x
                    WHERE x.shop_id = o.shop_id AND x.phone = c.phone_e164 AND x.lifted_at IS NULL)
   AND NOT EXISTS (SELECT 1 FROM slot_offers other
                    WHERE other.customer_id = o.customer_id AND other.status IN ('pending', 'sent'))
   AND NOT EXISTS (SELECT 1 FROM appointments a
                    WHERE a.customer_id = o.customer_id AND a.status IN ('pending_payment', 'booked')
                      AND tstzrange(a.starts_at, a.ends_at) && tstzrange(s.starts_at, s.ends_at))
 ORDER BY o.late_yes_at LIMIT 1
""")


class LateYesRounds(StrEnum):
    """The late YES replies that a search considers."""

    FORMER = "former"
    """A late YES to an offer from before the slot was last freed. It takes precedence over a new offer."""
    ANY = "any"
    """Any late YES, because no other customer can be asked now."""


def first_late_yes(session: Session, slot_opening_id: UUID, rounds: LateYesRounds) -> LateYes | None:
    """Returns the earliest late YES in `rounds` whose customer can still have the slot, or None."""
    values = {"id": slot_opening_id, "of_former_rounds": rounds is LateYesRounds.FORMER}
    row = session.execute(FIRST_LATE_YES, values).one_or_none()
    return None if row is None else LateYes(*row)


ENDED_BY = text("""
UPDATE slot_offers SET ended_by = :actor
 WHERE slot_opening_id = :id AND ended_as = 'staff' AND ended_by IS NULL
""")


def note_ended_by(session: Session, slot_opening_id: UUID, actor: str) -> None:
    """Records which member of staff ended the slot's offer in this transaction. `actor` is the member's id."""
    session.execute(ENDED_BY, {"id": slot_opening_id, "actor": actor})


@dataclass(frozen=True, slots=True)
class Replied:
    """The sender of a text and the offer to which it replies, if any. Times are UTC."""

    shop_id: UUID
    customer_id: UUID | None
    offer_id: UUID | None
    slot_opening_id: UUID | None
    starts_at: datetime | None
    performer_id: UUID | None
    live: bool
    holding: bool
    """Whether the customer has already said YES and the slot is held or booked."""


# The recipient's number determines the shop. If several customers have the sender's number, the text is attributed to
# the customer with a live offer, otherwise to the customer who must pay for an accepted offer, otherwise to the
# customer who was asked last. A text can be delivered hours late, so it never replies to an offer that was made
# later.
REPLIED = text("""
SELECT shop.id AS shop_id, c.id AS customer_id, o.id AS offer_id, o.slot_opening_id, s.starts_at, s.performer_id,
       coalesce(o.status IN ('pending', 'sent'), false) AS live,
       coalesce(o.status = 'accepted' AND EXISTS (
         SELECT 1 FROM appointments a WHERE a.source_slot_opening_id = s.id AND a.customer_id = c.id
            AND a.status IN ('pending_payment', 'booked')), false) AS holding
  FROM shops shop
  LEFT JOIN customers c ON c.shop_id = shop.id AND c.phone_e164 = phone_line(:from_)
  LEFT JOIN slot_offers o ON o.customer_id = c.id
   AND o.created_at <= coalesce(CAST(:written_at AS timestamptz), 'infinity')
  LEFT JOIN slot_openings s ON s.id = o.slot_opening_id
 WHERE shop.id = shop_written_to(:to, :from_, coalesce(CAST(:written_at AS timestamptz), 'infinity'),
                                 CAST(:channel AS text))
 ORDER BY coalesce(o.status IN ('pending', 'sent'), false) DESC,
          coalesce(o.status = 'accepted' AND EXISTS (
            SELECT 1 FROM appointments a WHERE a.source_slot_opening_id = s.id AND a.customer_id = c.id
               AND a.status = 'pending_payment'), false) DESC,
          o.created_at DESC NULLS LAST, c.id
 LIMIT 1
""")


def replied(
    session: Session, *, from_: str, to: str, channel: str | None = None, written_at: datetime | None = None
) -> Replied | None:
    """Returns the sender and offer of a text from `from_` to `to` (E.164), or None if `to` belongs to no shop.

    A number can belong to different shops on different channels. Ignores offers that were made after `written_at`
    (UTC), if given.
    """
    values = {"from_": from_, "to": to, "channel": channel, "written_at": written_at}
    row = session.execute(REPLIED, values).one_or_none()
    return None if row is None else Replied(*row)


ANSWERED_BY_ID = text("""
SELECT o.shop_id, o.customer_id, o.id AS offer_id, o.slot_opening_id, s.starts_at, s.performer_id,
       o.status IN ('pending', 'sent') AS live, false AS holding
  FROM slot_offers o JOIN slot_openings s ON s.id = o.slot_opening_id
 WHERE o.id = :id
""")


def answered_by_id(session: Session, offer_id: UUID) -> Replied | None:
    """Returns the offer with this id and its customer, or None if the offer doesn't exist."""
    row = session.execute(ANSWERED_BY_ID, {"id": offer_id}).one_or_none()
    return None if row is None else Replied(*row)
