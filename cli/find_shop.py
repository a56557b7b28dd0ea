"""Finds a shop by its id, sending number or name."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from cli.target_system import CannotError
from domain.phones.e164 import normalise

NAMED = text("""
SELECT id, name, timezone, currency, locale, country, sms_from FROM shops
 WHERE id::text = lower(:words) OR lower(name) = lower(:words) OR sms_from = :phone ORDER BY created_at LIMIT 2
""")


@dataclass(frozen=True, slots=True)
class ShopNamed:
    id: UUID
    name: str
    timezone: str
    currency: str
    locale: str
    country: str | None
    sms_from: str | None


def shop_named(session: Session, words: str) -> ShopNamed:
    """Returns the shop. Raises CannotError unless exactly one shop matches."""
    values = {"words": words.strip(), "phone": normalise(words)}
    rows = session.execute(NAMED, values).all()
    if not rows:
        raise CannotError(f"There is no shop “{words}”. To list all shops: slots shop list")
    if len(rows) > 1:
        raise CannotError(f"Several shops are named “{words}”. Use its id: slots shop list")
    return ShopNamed(*rows[0])
