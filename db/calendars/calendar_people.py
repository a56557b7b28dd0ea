"""Finds or creates the customers, performers and services that a calendar names."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from db.calendars.calendars import StoredCalendar
from db.models import Performer, Service
from domain.calendars.source_booking import SourcePerson, SourceThing
from domain.names import plain_name
from domain.phones.e164 import normalise
from domain.phones.parsing import PhoneNumber, country_of, parse
from domain.phones.typed_phone import RefusedNumber

# The customer is found by the calendar's own id first, and then by the phone line. The e-mail address is used only
# for a person without a phone.
FIND = text("""
SELECT id FROM (
  SELECT id, 1 AS rank, created_at FROM customers
   WHERE shop_id = :shop_id AND calendar_id = :calendar_id AND external_id = CAST(:external_id AS text)
  UNION ALL
  SELECT id, 2, created_at FROM customers WHERE shop_id = :shop_id AND phone_e164 = phone_line(CAST(:phone AS text))
  UNION ALL
  SELECT id, 3, created_at FROM customers
   WHERE shop_id = :shop_id AND CAST(:phone AS text) IS NULL AND lower(email) = lower(CAST(:email AS text))
) found ORDER BY rank, created_at, id LIMIT 1
""")
# A new customer gets the consent that the shop stated for this calendar, unless the number has opted out.
ADD = text("""
INSERT INTO customers (shop_id, calendar_id, external_id, name, phone, email, sms_opt_in, consent_source,
                       consent_wording, consent_at)
SELECT :shop_id, CASE WHEN CAST(:external_id AS text) IS NOT NULL THEN CAST(:calendar_id AS uuid) END, :external_id,
       :name, CAST(:phone AS text), :email, agreed, CASE WHEN agreed THEN :consent END,
       CASE WHEN agreed THEN :consent END, CASE WHEN agreed THEN (SELECT clock_timestamp()) END
  FROM (SELECT CAST(:consent AS text) IS NOT NULL AND CAST(:phone AS text) IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.shop_id = :shop_id AND x.lifted_at IS NULL
                                  AND x.phone = phone_line(CAST(:phone AS text))) AS agreed) a
RETURNING id
""")


def can_get_texts(phone: str | None) -> bool:
    """Whether this number (E.164) may receive texts. Landlines do not."""
    read = parse(phone) if phone else None
    return isinstance(read, PhoneNumber) and read.no_texts is None


@dataclass(slots=True)
class CalendarPeople:
    """The customers, performers and services of one calendar. Performers and services are cached during a sync."""

    calendar: StoredCalendar
    _known: dict[tuple[str, str], UUID] = field(default_factory=dict)

    def find_customer(self, session: Session, person: SourcePerson) -> UUID | None:
        found: UUID | None = session.execute(FIND, self._values(person)).scalar_one_or_none()
        return found

    def customer(self, session: Session, person: SourcePerson | None) -> UUID:
        """Returns the customer, who is created if unknown.

        A customer who has neither a phone number nor an e-mail address is identified by name.
        """
        person = person or SourcePerson(name="Guest")
        found = self.find_customer(session, person)
        if found is None:
            values = self._values(person)
            consent = self.calendar.settings.get("consent") if can_get_texts(values["phone"]) else None
            values |= {"name": plain_name(person.name) or "Guest", "consent": consent or None}
            found = session.execute(ADD, values).scalar_one()
        return found

    def _values(self, person: SourcePerson) -> dict[str, Any]:
        phone = self.phone(person.phone)
        by_name = None if phone or person.email else f"name:{plain_name(person.name).lower()}"
        return {
            "shop_id": self.calendar.shop_id,
            "calendar_id": self.calendar.id,
            "external_id": person.external_id or by_name,
            "phone": phone,
            "email": person.email,
        }

    def phone(self, typed: str | None) -> str | None:
        """Returns the number in E.164, parsed with the country of the shop, or None if it is invalid."""
        if not typed or normalise(typed):
            return normalise(typed)
        read = parse(typed, country_of(self.calendar.country, self.calendar.sms_from))
        return None if isinstance(read, RefusedNumber) else read.e164

    def performer(self, session: Session, staff: SourceThing | None) -> UUID | None:
        if staff is None:
            return None
        values = {"name": plain_name(staff.name) or self.calendar.name}
        return self._thing(session, Performer, staff, values)

    def service(
        self, session: Session, service: SourceThing | None, *, length: timedelta, price_cents: int | None
    ) -> UUID | None:
        if service is None:
            return None
        minutes = max(1, int(length.total_seconds() // 60))
        values = {"name": plain_name(service.name), "duration_minutes": minutes, "price_cents": price_cents}
        return self._thing(session, Service, service, values)

    def _thing(
        self, session: Session, table: type[Performer] | type[Service], thing: SourceThing, values: dict[str, Any]
    ) -> UUID:
        key = (table.__tablename__, thing.external_id)
        if key not in self._known:
            ours = {
                "shop_id": self.calendar.shop_id,
                "calendar_id": self.calendar.id,
                "external_id": thing.external_id,
            }
            found: UUID | None = session.execute(select(table.id).filter_by(**ours)).scalar_one_or_none()
            if found is None:
                # The new id is not cached, because the transaction may be rolled back.
                new: UUID = session.execute(insert(table).values(**ours, **values).returning(table.id)).scalar_one()
                return new
            self._known[key] = found
        return self._known[key]
