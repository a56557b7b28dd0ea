"""Reads appointments for the API, and updates columns other than the times and the status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Row, Select, Text, func, literal_column, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from db import audit
from db.appointments import appointments
from db.models import Appointment, Customer, Performer, Service, Shop
from db.sql import selecting

PAID = literal_column(
    "EXISTS (SELECT FROM payments p WHERE p.appointment_id = appointments.id AND p.kind = 'deposit'"
    " AND p.status IN ('succeeded', 'disputed'))",
    Boolean,
).label("paid")
# The column is null if the appointment has the shop's current currency.
CURRENCY = func.upper(
    func.coalesce(
        Appointment.currency, select(Shop.currency).where(Shop.id == Appointment.shop_id).scalar_subquery()
    ),
    type_=Text,
).label("currency")
COLUMNS: tuple[Any, ...] = (
    *(Appointment.id, Appointment.external_id, Appointment.status, Appointment.starts_at, Appointment.ends_at),
    *(Appointment.customer_id, Appointment.performer_id, Appointment.service_id, Appointment.service),
    *(Appointment.price_cents, Appointment.deposit_cents, Appointment.payment_required),
    *(Appointment.source_slot_opening_id, Appointment.manage_token, Appointment.cancelled_at),
    *(Appointment.cancel_requested_at, Appointment.created_at, Appointment.updated_at, PAID, CURRENCY),
)

AppointmentRow = Row[Any]

# The columns are compiled to SQL once, for the statements of frequent requests.
_SELECTED = str(select(*COLUMNS).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
COLUMN_LIST = _SELECTED.removeprefix("SELECT ").rpartition("\nFROM appointments")[0]
"""The columns as SQL, for RETURNING."""

NAMES: tuple[str, ...] = tuple(one.key for one in COLUMNS)
"""The names of the columns, in the order of COLUMN_LIST."""

ONE = selecting(
    f"SELECT {COLUMN_LIST} FROM appointments WHERE id = :id AND shop_id = :shop_id",  # noqa: S608 - constants
    NAMES,
)


def selected(shop_id: UUID) -> Select[Any]:
    """Returns a query for the appointments of the shop, without ORDER BY."""
    return select(*COLUMNS).where(Appointment.shop_id == shop_id)


def one(session: Session, shop_id: UUID, appointment_id: UUID) -> AppointmentRow | None:
    """Returns the appointment, or None if the shop has no such appointment."""
    return session.execute(ONE, {"id": appointment_id, "shop_id": shop_id}).one_or_none()


def by_external_id(session: Session, shop_id: UUID, external_id: str) -> AppointmentRow | None:
    """Returns the appointment with this id in the calling system, locked for the transaction, or None."""
    same = (Appointment.calendar_id.is_(None), Appointment.external_id == external_id)
    return session.execute(selected(shop_id).where(*same).with_for_update(of=Appointment)).one_or_none()


def change(
    session: Session,
    shop_id: UUID,
    appointment_id: UUID,
    values: Mapping[str, Any],
    *,
    by: str,
    actor: str | None = None,
) -> bool:
    """Updates the columns in `values`, which must not contain times or the status, and records this in the audit log.

    Returns False if nothing was to be changed or the shop has no such appointment. For `by` and `actor`, see
    `appointments.request_cancellation`.
    """
    if not values:
        return False
    this = (Appointment.id == appointment_id, Appointment.shop_id == shop_id)
    columns = audit.changed_columns(Appointment, [*values])
    row = session.execute(update(Appointment).where(*this).values(**values).returning(columns)).one_or_none()
    if row is not None and row.changed:
        audit.note(
            session,
            event="AppointmentChanged",
            reason=f"Changed by {appointments.whom(by, actor)}: {audit.in_words(row.changed)}.",
            shop_id=shop_id,
            appointment_id=appointment_id,
            actor=actor or by,
        )
    return row is not None


@dataclass(frozen=True, slots=True)
class KnownReferences:
    """Whether the rows that a request body names belong to the shop, and the length of the service in minutes."""

    customer: bool
    performer: bool
    service: bool
    duration_minutes: int | None


def references(
    session: Session, shop_id: UUID, *, customer_id: UUID | None, performer_id: UUID | None, service_id: UUID | None
) -> KnownReferences:
    """Checks whether the referenced rows belong to the shop. An id of None is considered known.

    Foreign keys are not subject to row-level security, so rows of other shops must be excluded here.
    """
    customer = select(Customer.id).where(
        Customer.id == customer_id, Customer.shop_id == shop_id, Customer.anonymised_at.is_(None)
    )
    performer = select(Performer.id).where(Performer.id == performer_id, Performer.shop_id == shop_id)
    service = select(Service.duration_minutes).where(Service.id == service_id, Service.shop_id == shop_id)
    row = session.execute(
        select(customer.exists(), performer.exists(), service.scalar_subquery().label("minutes"))
    ).one()
    return KnownReferences(
        customer=customer_id is None or row[0],
        performer=performer_id is None or row[1],
        service=service_id is None or row[2] is not None,
        duration_minutes=row[2],
    )
