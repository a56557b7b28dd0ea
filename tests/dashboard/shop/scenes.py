"""Recoveries in each state, for the pages of the shop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.builders import (
    Built,
    a_customer,
    a_message,
    a_payment,
    a_performer,
    a_settled_booking,
    a_slot_freed_by,
    an_appointment,
    an_offer,
    in_,
    insert,
)


@dataclass(frozen=True)
class RecoveryRows:
    """A slot, the customer who cancelled, the asked customer with their offer, and the booking."""

    slot: Built
    canceller: Built
    asked: Built
    offer: Built
    booking: Built | None = None


def an_offered_slot(session: Session, shop: Built, *, name: str = "Ana Silva", **times: Any) -> RecoveryRows:
    """Inserts a slot freed by Zoe's cancellation. One customer has an offer."""
    zoe = a_customer(session, shop, name="Zoe", sms_opt_in=False)
    slot = a_slot_freed_by(session, zoe, **times)
    asked = a_customer(session, shop, name=name)
    a_settled_booking(session, asked, days_ago=3)
    offer = an_offer(session, slot, asked)
    a_message(session, asked, slot_opening_id=slot.id, slot_offer_id=offer.id, purpose="offer", status="delivered")
    session.commit()
    return RecoveryRows(slot, zoe, asked, offer)


def a_recovered_slot(session: Session, shop: Built, *, name: str = "Ben Okafor", hours: float = 48) -> RecoveryRows:
    """Inserts a slot that the first asked customer accepted and paid for."""
    starts_at = in_(hours=hours)
    scene = an_offered_slot(session, shop, name=name, starts_at=starts_at)
    taken = {"id": scene.offer.id}
    session.execute(text("UPDATE slot_offers SET status = 'accepted', accepted_at = now() WHERE id = :id"), taken)
    booking = an_appointment(
        session, scene.asked, starts_at=starts_at, source_slot_opening_id=scene.slot.id, price_cents=5500
    )
    a_payment(session, booking, stripe_payment_intent_id=f"pi_{booking.id.hex}")
    session.execute(text("UPDATE slot_openings SET status = 'filled' WHERE id = :id"), {"id": scene.slot.id})
    session.commit()
    return RecoveryRows(scene.slot, scene.canceller, scene.asked, scene.offer, booking)


def a_closed_slot(session: Session, shop: Built, *, hours: float = 72) -> RecoveryRows:
    """Inserts a slot whose search ended because no customer was left."""
    scene = an_offered_slot(session, shop, name="Cara Lindqvist", starts_at=in_(hours=hours))
    session.execute(
        text("UPDATE slot_offers SET status = 'expired', ended_at = now() WHERE id = :id"), {"id": scene.offer.id}
    )
    closing = "UPDATE slot_openings SET status = 'expired', closed_as = 'nobody_left', because = :why WHERE id = :id"
    session.execute(text(closing), {"id": scene.slot.id, "why": "No customer is left to ask."})
    session.commit()
    return scene


def a_busy_shop(session: Session, shop: Built) -> dict[str, RecoveryRows]:
    """Inserts one slot in each state."""
    a_performer(session, shop)
    insert(session, "notifications", shop_id=shop.id, text="Somebody has to look.", kind="needs_human")
    scenes = {
        "offered": an_offered_slot(session, shop),
        "recovered": a_recovered_slot(session, shop),
        "closed": a_closed_slot(session, shop),
    }
    session.commit()
    return scenes
