"""Test offers, which members of staff send to their own phones: the data of the text, and when it was sent."""

import datetime as dt
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from db.clock import NOW
from db.models import Shop


@dataclass(frozen=True, slots=True)
class TestRecipient:
    """A confirmed member of staff with a phone. `moment` is the number of the current five-minute interval.

    `own_texts` contains the shop's own wording of the offer by language. `deposit` is in minor units.
    """

    __test__ = False

    staff_id: UUID
    shop_id: UUID
    name: str
    phone: str = field(repr=False)
    shop: str = field()
    timezone: str = field()
    currency: str = field()
    locale: str = field()
    sms_from: str | None = field()
    deposit: int = field()
    own_texts: dict[str, str] = field()
    now: dt.datetime = field()
    moment: int = field()


RECIPIENT = text("""
SELECT p.id, p.shop_id, p.name, e164(p.phone), shop.name, shop.timezone, shop.currency, shop.locale, shop.sms_from,
       shop.deposit_cents,
       coalesce((SELECT jsonb_object_agg(own.language, own.body) FROM shop_texts own
                  WHERE own.shop_id = shop.id AND own.kind = 'offer'), '{}'),
       moment.now, extract(epoch FROM moment.now)::bigint / 300
  FROM staff p JOIN shops shop ON shop.id = p.shop_id, (SELECT clock_timestamp() AS now) moment
 WHERE p.id = :id AND p.confirmed_at IS NOT NULL AND e164(p.phone) IS NOT NULL
""")


def recipient(session: Session, staff_id: UUID) -> TestRecipient | None:
    """Returns the member, or None if the member is not confirmed or has no phone number."""
    row = session.execute(RECIPIENT, {"id": staff_id}).one_or_none()
    return None if row is None else TestRecipient(*row)


def sent(session: Session, shop_id: UUID) -> None:
    """Records that a test offer is being sent."""
    session.execute(update(Shop).where(Shop.id == shop_id).values(test_offer_at=NOW))
