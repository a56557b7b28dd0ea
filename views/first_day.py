"""The state of a shop's setup, for the first-day checklist. Read-only."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class ShopSetup:
    """The parts that are set up. `with_deposit` is true if the shop or one of its services takes a deposit."""

    address: str | None
    country: str | None
    timezone: str
    currency: str
    sms_from: str | None
    with_deposit: bool
    services: bool
    customers: bool
    teammates: bool
    tested: bool


SETUP = text("""
SELECT shop.address, shop.country, shop.timezone, shop.currency, shop.sms_from,
       shop.deposit_cents > 0 OR EXISTS (
         SELECT FROM services s WHERE s.shop_id = shop.id AND s.active AND s.deposit_cents > 0),
       EXISTS (SELECT FROM services s WHERE s.shop_id = shop.id AND s.active),
       EXISTS (SELECT FROM customers c WHERE c.shop_id = shop.id),
       (SELECT count(*) FROM (SELECT FROM staff p WHERE p.shop_id = shop.id LIMIT 2) two) > 1,
       shop.test_offer_at IS NOT NULL
  FROM shops shop WHERE shop.id = :shop_id
""")


def setup_of(session: Session, shop_id: UUID) -> ShopSetup:
    """Returns the state of the setup."""
    return ShopSetup(*session.execute(SETUP, {"shop_id": shop_id}).one())
