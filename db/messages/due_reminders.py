"""Appointments whose reminder is due. A reminder for which a message exists is not due again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from db.keyset_pagination import PageKey, ShopScope, page_of, rows
from db.messages import recipients
from db.messages.channel_conditions import accepts_reminders
from db.messages.recipients import Recipient
from db.money.balances import COVERED
from domain.channels import CHANNELS


@dataclass(frozen=True, slots=True)
class DueReminder:
    """A due reminder. `key` identifies the appointment and its start. `outstanding` is in minor units."""

    to: Recipient
    key: str
    outstanding: int = 0

    @property
    def id(self) -> UUID:
        return self.to.id

    @property
    def at(self) -> datetime:
        return self.to.at


# A reminder is due from half an hour before its time until the appointment starts, so that a later run sends the
# reminders that an earlier run missed. A customer who booked or paid more than half an hour after that time gets no
# reminder.
#
# The subselect sorts the rows, so that the joins are evaluated only for the rows of one page.
ABOUT_TO_START = f"""
  FROM (SELECT id, starts_at, shop_id, customer_id, manage_token, price_cents, deposit_cents, payment_required,
               currency, service, service_id, performer_id
          FROM appointments
         WHERE status = 'booked' AND starts_at > (SELECT clock_timestamp())
           AND starts_at <= (SELECT clock_timestamp()) + make_interval(hours => :hours, mins => 30)
           AND greatest(created_at, confirmed_at) <= starts_at - make_interval(hours => :hours, mins => -30)
           AND (starts_at, id) > (:place_at, :place_id)
         ORDER BY starts_at, id) a{recipients.JOINED}"""  # noqa: S608 - constants
AGREED = "({})".format(
    " OR ".join(f"{accepts_reminders(one)} AND c.{one.address} IS NOT NULL" for one in CHANNELS.values())
)
KEY = "'{purpose}:' || a.id || ':' || extract(epoch FROM a.starts_at)::bigint"
BOOKING_KEY, PAYMENT_KEY = KEY.format(purpose="booking_reminder"), KEY.format(purpose="payment_reminder")


def _not_yet(key: str) -> str:
    keys = ", ".join(f"{key} || '\\:{channel}'" for channel in CHANNELS)
    return f" AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.purpose_key IN ({keys}))"  # noqa: S608


BOOKINGS = page_of(
    f"{recipients.SELECT}, {BOOKING_KEY} AS key, 0 AS outstanding"
    f"{ABOUT_TO_START} WHERE {AGREED}{_not_yet(BOOKING_KEY)}",
    at="a.starts_at",
    id="a.id",
)
# A balance is due only if part of the price is paid in advance. Otherwise the customer pays the price on site.
BALANCES = page_of(
    f"{recipients.SELECT}, {PAYMENT_KEY} AS key, a.price_cents - paid.cents AS outstanding{ABOUT_TO_START}"
    f" CROSS JOIN LATERAL ({COVERED}) paid WHERE {AGREED}"
    """
   AND a.price_cents > paid.cents AND (a.payment_required OR a.deposit_cents > 0 OR paid.cents > 0)"""
    f"{_not_yet(PAYMENT_KEY)}",
    at="a.starts_at",
    id="a.id",
)


def bookings(session: Session, scope: ShopScope, after: PageKey, limit: int, *, hours: int) -> list[DueReminder]:
    """Returns the booked appointments that start in about `hours` hours or less and have no reminder yet."""
    return [_due(row) for row in rows(session, BOOKINGS, scope, after, limit, hours=hours)]


def balances(session: Session, scope: ShopScope, after: PageKey, limit: int, *, hours: int) -> list[DueReminder]:
    """Like `bookings`, but returns appointments whose price is not fully paid and that have no payment reminder."""
    return [_due(row) for row in rows(session, BALANCES, scope, after, limit, hours=hours)]


def _due(row: object) -> DueReminder:
    return DueReminder(recipients.recipient(row), row.key, row.outstanding)  # type: ignore[arg-type, attr-defined]
