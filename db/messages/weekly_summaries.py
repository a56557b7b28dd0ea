"""Reads the owners to whom a weekly summary can be sent by e-mail."""

import datetime as dt
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.orm import Session

from db.keyset_pagination import PageKey, ShopScope, page_of, rows


@dataclass(frozen=True, slots=True)
class SummaryRecipient:
    """An owner with an e-mail address. Pages are sorted by `at` and `id`; `now` is the time of the database."""

    id: UUID
    at: dt.datetime
    shop_id: UUID
    email: str = field(repr=False)
    shop: str = field()
    timezone: str = field()
    currency: str = field()
    locale: str = field()
    email_from: str | None = field()
    since: dt.datetime = field()
    now: dt.datetime = field()


OWNERS = page_of(
    """
SELECT p.id, p.created_at AS at, p.shop_id, btrim(p.email), shop.name, shop.timezone, shop.currency, shop.locale,
       shop.email_from, shop.created_at AS since, (SELECT clock_timestamp()) AS now
  FROM staff p JOIN shops shop ON shop.id = p.shop_id
 WHERE p.role = 'owner' AND p.email IS NOT NULL AND p.email_alerts AND p.confirmed_at IS NOT NULL""",
    at="p.created_at",
    id="p.id",
)


def owners(session: Session, scope: ShopScope, after: PageKey, limit: int) -> list[SummaryRecipient]:
    """Returns one page of the owners who have not turned off e-mails."""
    return [SummaryRecipient(*row) for row in rows(session, OWNERS, scope, after, limit)]
