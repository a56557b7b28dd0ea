"""Books a list of appointments row by row. Adds customers who are unknown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from db import audit
from db.appointments import bookings
from db.appointments.appointments import BY_STAFF
from db.appointments.bookings import NewBooking
from db.appointments.overlaps import OverlapError
from db.customers import customer_records
from db.customers.customer_records import CustomerDetails
from db.models import Appointment, Customer, Performer, Service
from db.shops import service_catalogue
from domain.customer_list.appointment_rows import AppointmentRow
from domain.customer_list.read_list import RejectedRow

TAKEN = "The time overlaps another appointment of the same customer, person or room."
BOOKED_ALREADY = "This customer already has an appointment at this time."
NO_LENGTH = "There is no length: add minutes, or the name of one of your services."


@dataclass(slots=True)
class AppointmentReport:
    """The result of an import: the number of booked appointments and added customers, and the rejected rows."""

    booked: list[AppointmentRow] = field(default_factory=list)
    customers: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """The active services and performers by name in lower case."""

    services: Mapping[str, Row[Any]]
    performers: Mapping[str, Row[Any]]


class _RefusedError(Exception):
    """The row can't be booked. The message is the reason."""


def import_appointments(
    session: Session, shop_id: UUID, lines: Iterable[AppointmentRow | RejectedRow], *, by: str
) -> AppointmentReport:
    """Books all rows that can be booked, in the caller's transaction. Does not opt any customer in to texts.

    `by` is the actor in the audit log.
    """
    report = AppointmentReport()
    catalogue = _Catalogue(
        *(
            {one.name.casefold(): one for one in service_catalogue.listed(session, shop_id, model) if one.active}
            for model in (Service, Performer)
        )
    )
    for line in lines:
        if isinstance(line, RejectedRow):
            report.rejected.append(line)
            continue
        try:
            with session.begin_nested():
                report.customers += _book(session, shop_id, line, catalogue, by=by)
            report.booked.append(line)
        except _RefusedError as refused:
            report.rejected.append(RejectedRow(line=line.line, reason=str(refused), name=line.name, cells=line.cells))
    reason = f"Appointments were imported: {len(report.booked)} booked, {len(report.rejected)} skipped."
    audit.note(session, event="AppointmentsImported", reason=reason, shop_id=shop_id, actor=by)
    return report


def _book(session: Session, shop_id: UUID, line: AppointmentRow, catalogue: _Catalogue, *, by: str) -> bool:
    """Books one row. Returns whether the customer is new. Raises _RefusedError."""
    service = _named(catalogue.services, line.service, "service") if line.service else None
    performer = _named(catalogue.performers, line.performer, "person or room") if line.performer else None
    minutes = line.minutes or (service.duration_minutes if service else None)
    if minutes is None:
        raise _RefusedError(NO_LENGTH)
    known = _known(session, shop_id, line)
    if known and _has(session, shop_id, known, line):
        raise _RefusedError(BOOKED_ALREADY)
    newcomer = CustomerDetails(name=line.name, phone=line.phone, email=line.email)
    customer_id = known or customer_records.add(session, shop_id, newcomer, by=by)
    booking = NewBooking(
        shop_id=shop_id,
        customer_id=customer_id,
        starts_at=line.starts_at,
        ends_at=line.starts_at + timedelta(minutes=minutes),
        performer_id=performer.id if performer else None,
        service_id=service.id if service else None,
        note=line.note,
    )
    try:
        bookings.book(session, booking, by=BY_STAFF, actor=by)
    except OverlapError:
        raise _RefusedError(TAKEN) from None
    return known is None


def _named(rows: Mapping[str, Row[Any]], name: str, what: str) -> Row[Any]:
    found = rows.get(name.casefold())
    if found is None:
        raise _RefusedError(f"Your shop has no active {what} named “{name[:60]}”.")
    return found


def _known(session: Session, shop_id: UUID, line: AppointmentRow) -> UUID | None:
    """Finds the customer by phone number, or by e-mail address if neither the row nor the customer has a number."""
    same_line = Customer.phone_e164 == func.phone_line(line.phone)
    same_email = (Customer.phone_e164.is_(None)) & (func.lower(Customer.email) == func.lower(line.email))
    statement = select(Customer.id).where(
        Customer.shop_id == shop_id, same_line if line.phone else same_email, Customer.anonymised_at.is_(None)
    )
    found: UUID | None = session.execute(
        statement.order_by(Customer.created_at, Customer.id).limit(1)
    ).scalar_one_or_none()
    return found


def _has(session: Session, shop_id: UUID, customer_id: UUID, line: AppointmentRow) -> bool:
    same = select(Appointment.id).where(
        Appointment.shop_id == shop_id,
        Appointment.customer_id == customer_id,
        Appointment.starts_at == line.starts_at,
        Appointment.status.in_(("pending_payment", "booked")),
    )
    return session.execute(same.limit(1)).scalar_one_or_none() is not None
