"""Books, moves and cancels appointments. The rules for cancellations also apply to the time that a move frees."""

from __future__ import annotations

from uuid import UUID

from api.answers import Answer
from api.appointment_answers import AppointmentPage, AppointmentQuery, AppointmentResponse, list_, one
from api.appointment_fields import (
    AppointmentByExternalId,
    AppointmentChange,
    AppointmentFields,
    NewAppointment,
    checked_end,
    columns_besides_times,
    customer_of,
    deposit_of,
    end_of,
    known_references,
)
from api.calendar_rows import keep_calendar_id
from api.call import BY_API, Call
from api.constraint_problems import overlaps_as_problems
from api.endpoint import Endpoint
from api.fields import check_external_id
from api.problems import ProblemError, invalid, not_found
from db import locks
from db.appointments import appointment_moves, appointment_records, appointments, bookings
from db.appointments.appointment_moves import NewTime
from db.appointments.appointment_records import AppointmentRow
from db.appointments.bookings import NewBooking
from db.appointments.overlaps import ending_at_overlaps
from db.models import Appointment
from db.shops import shop_settings
from domain.cancellation import REFUSALS, Verdict
from domain.state import BookingStatus


def _read(call: Call, id: UUID) -> AppointmentResponse:
    return one(call, appointment_records.one(call.session, call.shop_id, id))


def show(call: Call, id: UUID) -> Answer:
    """Returns one appointment."""
    return Answer(_read(call, id))


def create(call: Call, body: NewAppointment) -> Answer:
    """Books an appointment."""
    return Answer(_book(call, body, body.external_id), 201)


def _book(call: Call, body: NewAppointment | AppointmentByExternalId, external_id: str | None) -> AppointmentResponse:
    ends_at = end_of(call, body.starts_at, body)
    booking = NewBooking(
        shop_id=call.shop_id,
        customer_id=customer_of(call, body),
        starts_at=body.starts_at,
        ends_at=ends_at,
        performer_id=body.performer_id,
        service_id=body.service_id,
        price_cents=body.price_cents,
        deposit_cents=body.deposit_cents,
        payment_required=bool(body.payment_required),
        external_id=external_id,
    )
    deposit = deposit_of(body.payment)
    with ending_at_overlaps(booking.time):
        row = bookings.insert_booking(call.session, booking, deposit=deposit)
    for name in ("customer", "performer", "service"):
        if not getattr(row, f"knows_{name}"):
            raise not_found(f"/{name}_id")
    # The second read includes rows inserted after the appointment, such as its payment.
    return _read(call, row.id) if deposit else one(call, row)


def update(call: Call, id: UUID, body: AppointmentChange) -> Answer:
    """Changes the fields that were sent. Changing the time or performer moves the appointment."""
    row = appointment_records.one(call.session, call.shop_id, id)
    if row is None:
        raise not_found()
    keep_calendar_id(call, Appointment, id, body)
    _change(call, row, body)
    return Answer(_read(call, id))


def put_external(call: Call, external_id: str, body: AppointmentByExternalId) -> Answer:
    """Books, changes, moves or cancels the appointment with this external id."""
    check_external_id(external_id)
    # Of two requests for the same new appointment, only one books it.
    locks.wait_for_turn(call.session, f"appointment {call.shop_id}{external_id}")
    row = appointment_records.by_external_id(call.session, call.shop_id, external_id)
    cancels = body.status == "cancelled"
    if row is None:
        return _booked_by_put(call, external_id, body)
    if cancels:
        _cancel(call, row.id)
    elif row.status == BookingStatus.CANCELLED.value:
        raise ProblemError("conflict", "The appointment is cancelled. Book another one under a new external id.")
    else:
        _change(call, row, body)
    return Answer(_read(call, row.id))


def _booked_by_put(call: Call, external_id: str, body: AppointmentByExternalId) -> Answer:
    if body.status == "cancelled":
        raise not_found()
    if "starts_at" not in body.model_fields_set:
        raise invalid("/starts_at", "Field required")
    if not body.named:
        raise invalid("", "Send one of customer_id, customer_external_id and customer.")
    return Answer(_book(call, body, external_id), 201)


def _change(call: Call, row: AppointmentRow, body: AppointmentChange | AppointmentByExternalId) -> None:
    known_references(call, customer_id=None, fields=body)
    if isinstance(body, AppointmentByExternalId) and body.named:
        _keep_customer(call, row, body)
    _move(call, row, body)
    appointment_records.change(call.session, call.shop_id, row.id, columns_besides_times(body))
    taken = deposit_of(body.payment) if isinstance(body, AppointmentByExternalId) else None
    # A repeated PUT request contains the same payment again, even if we have refunded it.
    if taken is not None and not bookings.has_deposit(call.session, row.id):
        bookings.record_deposit(call.session, call.shop_id, row.id, taken)


def _keep_customer(call: Call, row: AppointmentRow, body: AppointmentByExternalId) -> None:
    customer_id = customer_of(call, body)
    if customer_id != row.customer_id:
        known_references(call, customer_id=customer_id, fields=AppointmentFields())
        raise ProblemError(
            "conflict",
            "The customer can't be changed. Cancel the appointment, and book another one under a new external id.",
        )


def _move(call: Call, row: AppointmentRow, body: AppointmentChange | AppointmentByExternalId) -> None:
    given = body.model_fields_set
    starts_at = body.starts_at if "starts_at" in given else row.starts_at
    # If only the start is sent, the duration stays the same.
    ends_at = body.ends_at if "ends_at" in given else starts_at + (row.ends_at - row.starts_at)
    performer_id = body.performer_id if "performer_id" in given else row.performer_id
    to = NewTime(starts_at, checked_end(starts_at, ends_at), performer_id)
    if to == NewTime(row.starts_at, row.ends_at, row.performer_id):
        return
    with overlaps_as_problems():
        refusal = appointment_moves.move(
            call.session,
            row.id,
            to,
            by=BY_API,
            actor=call.actor,
            tell_customer=shop_settings.tells_of_changes(call.session, call.shop_id),
        )
    if refusal is not None:
        raise ProblemError("conflict", refusal.value)


def cancel(call: Call, id: UUID) -> Answer:
    """Cancels the appointment. Idempotent."""
    _cancel(call, id)
    return Answer(_read(call, id), 202)


def _cancel(call: Call, id: UUID) -> None:
    verdict: Verdict | None = appointments.request_cancellation(
        call.session,
        id,
        by=BY_API,
        actor=call.actor,
        tell_customer=None,
    )
    if verdict is None:
        raise not_found()
    if verdict in REFUSALS:
        raise ProblemError("conflict", verdict.value)


MISSING, CONFLICT = frozenset({404}), frozenset({409})
ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/appointments",
        answer=list_,
        query=AppointmentQuery,
        summary="List appointments, newest first: by last change, by start or by creation, depending on the filters.",
        answers={200: AppointmentPage},
    ),
    Endpoint(
        method="POST",
        path="/appointments",
        answer=create,
        body=NewAppointment,
        summary="Book an appointment.",
        answers={201: AppointmentResponse},
        problems=MISSING | CONFLICT,
    ),
    Endpoint(
        method="GET",
        path="/appointments/<uuid:id>",
        answer=show,
        summary="Show an appointment.",
        answers={200: AppointmentResponse},
        problems=MISSING,
    ),
    Endpoint(
        method="PATCH",
        path="/appointments/<uuid:id>",
        answer=update,
        body=AppointmentChange,
        summary="Change or move an appointment. Its old time is offered again.",
        answers={200: AppointmentResponse},
        problems=MISSING | CONFLICT,
    ),
    Endpoint(
        method="PUT",
        path="/appointments/external/<external_id:external_id>",
        answer=put_external,
        body=AppointmentByExternalId,
        summary="Book, change, move or cancel the appointment with this external id.",
        answers={200: AppointmentResponse, 201: AppointmentResponse},
        problems=MISSING | CONFLICT,
    ),
    Endpoint(
        method="POST",
        path="/appointments/<uuid:id>/cancel",
        answer=cancel,
        summary="Cancel an appointment. Its time is offered again. Repeated requests have no further effect.",
        answers={202: AppointmentResponse},
        problems=MISSING | CONFLICT,
    ),
)
