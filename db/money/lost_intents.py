"""Finds PaymentIntents that belong to known shops but have no row in `payments` of a restored database."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

LOST = text("""
SELECT i.id AS intent_id, shop.id AS shop_id, shop.name, booking.id IS NOT NULL AS has_booking
  FROM jsonb_to_recordset(CAST(:intents AS jsonb)) AS i (id text, payment_id text, shop_id text, appointment_id text)
  JOIN shops shop ON shop.id::text = i.shop_id
  LEFT JOIN appointments booking ON booking.id::text = i.appointment_id AND booking.shop_id = shop.id
   AND booking.status NOT IN ('cancelled', 'voided')
 WHERE NOT EXISTS (SELECT FROM payments p WHERE p.stripe_payment_intent_id = i.id)
   AND NOT EXISTS (SELECT FROM payments p WHERE p.id::text = i.payment_id)
""")


@dataclass(frozen=True, slots=True)
class LostIntent:
    """A PaymentIntent without a row in `payments`. `has_booking`: the appointment exists and was not cancelled."""

    intent_id: str
    shop_id: UUID
    shop: str
    has_booking: bool


def lost(session: Session, metadata: Mapping[str, Mapping[str, str]]) -> list[LostIntent]:
    """Returns the PaymentIntents that belong to known shops but have no row in `payments`.

    `metadata` maps the intents' ids to their metadata.
    """
    rows = [dict(names) | {"id": intent_id} for intent_id, names in metadata.items()]
    return [LostIntent(*row) for row in session.execute(LOST, {"intents": json.dumps(rows)})]
