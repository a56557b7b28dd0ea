"""Reads the recipient of a message about an appointment, and the data for its text and channel, in one row."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from db.messages.channel_conditions import ACCEPTS_REMINDERS, SENDERS

SELECT = f"""
SELECT a.id, a.starts_at AS at, a.shop_id, a.customer_id, a.manage_token,
       shop.name AS shop_name, shop.timezone,
       coalesce(a.currency, shop.currency) AS currency, shop.address, {SENDERS} AS senders,
       shop.quiet_from, shop.quiet_until,
       coalesce(c.locale, shop.locale) AS locale, coalesce(c.timezone, shop.timezone) AS their_timezone,
       c.name, e164(c.phone) AS phone, c.email, {ACCEPTS_REMINDERS} AS agreed_to,
       EXISTS (SELECT 1 FROM suppressions x WHERE x.shop_id = a.shop_id AND x.phone = c.phone_e164
                  AND x.lifted_at IS NULL) AS suppressed,
       coalesce(a.service, (SELECT service.name FROM services service WHERE service.id = a.service_id)) AS service,
       (SELECT performer.name FROM performers performer WHERE performer.id = a.performer_id) AS performer,
       (SELECT jsonb_object_agg(own.kind || '.' || own.language, own.body) FROM shop_texts own
         WHERE own.shop_id = a.shop_id) AS own_texts,
       (SELECT clock_timestamp()) AS now"""  # noqa: S608 - constants
JOINED = """
  JOIN shops shop ON shop.id = a.shop_id JOIN customers c ON c.id = a.customer_id"""
FROM = f"""
  FROM appointments a{JOINED}"""


@dataclass(frozen=True, slots=True)
class Recipient:
    """A customer, their shop, and the appointment that the message is about: its `id` and start `at` (UTC)."""

    id: UUID
    at: datetime
    shop_id: UUID
    customer_id: UUID
    manage_token: str
    shop_name: str
    timezone: str
    currency: str
    address: str | None
    senders: dict[str, str]
    """The shop's own numbers and e-mail address, by channel."""
    quiet_from: time | None
    quiet_until: time | None
    locale: str
    their_timezone: str
    name: str
    phone: str | None
    email: str | None
    agreed_to: list[str]
    """The channels on which the customer accepts messages about their bookings."""
    suppressed: bool
    service: str | None
    performer: str | None
    own_texts: dict[str, str] | None
    """The shop's own templates by kind and language, for example "booking_reminder.en"."""
    now: datetime
    written_on: str | None = None
    """Always None, because these messages don't depend on the channel on which the customer wrote."""


FIELDS = tuple(name for name in Recipient.__dataclass_fields__ if name != "written_on")
ONE = text(f"{SELECT}{FROM} WHERE a.id = :id")


def recipient(row: Row[Any]) -> Recipient:
    """Converts a row with all columns of SELECT."""
    return Recipient(**{name: getattr(row, name) for name in FIELDS})


def of_appointment(session: Session, appointment_id: UUID) -> Recipient:
    """Returns the customer of an existing appointment."""
    return recipient(session.execute(ONE, {"id": appointment_id}).one())


BY_MESSAGE = text(SELECT + FROM + " WHERE a.id = (SELECT m.appointment_id FROM messages m WHERE m.id = :id)")  # noqa: S608


def of_message(session: Session, message_id: UUID) -> Recipient | None:
    """Returns the customer of the appointment that a message is about, or None."""
    row = session.execute(BY_MESSAGE, {"id": message_id}).one_or_none()
    return None if row is None else recipient(row)
