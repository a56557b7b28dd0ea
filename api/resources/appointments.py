"""Books, moves and cancels appointments. The rules for cancellations also apply to the time that a move frees."""

from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from api.answers import Answer
from api.appointment_answers import AppointmentResponse, Status, one
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
from api.endpoint import EndpointTable
from api.fields import Instant, check_external_id
from api.pages import ListPage, PageQuery, page_of
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
from views.pages_of_rows import NewestFirst

ENDPOINTS = EndpointTable()


class AppointmentPage(ListPage[AppointmentResponse]):
    """A page of appointments."""


class AppointmentQuery(PageQuery):
    """Filters for appointments, combined with AND. `from` and `until` limit the start time; `until` is exclusive."""

    from_: Annotated[Instant | None, Field(alias="from")] = None
    until: Instant | None = None
    status: Status | None = None
    customer_id: UUID | None = None
    updated_since: Instant | None = None


@ENDPOINTS.add("GET", "/appointments", {200: AppointmentPage})
def list_(call: Call, query: AppointmentQuery) -> Answer:
    """List appointments, newest first: by last change, by start or by creation, depending on the filters.

    Orders the page by last change if `updated_since` is set, by start if the query filters by start or customer, and
    otherwise by creation.
    """
    order = NewestFirst(_order(query), Appointment.id)
    statement = appointment_records.selected(call.shop_id).where(*_filters(query))
    return page_of(call.session, query, order, statement, page=AppointmentPage, one=partial(one, call))


def _order(query: AppointmentQuery) -> Any:
    if query.updated_since is not None:
        return Appointment.updated_at
    by_time = (query.from_, query.until, query.customer_id)
    return Appointment.created_at if by_time == (None, None, None) else Appointment.starts_at


def _filters(query: AppointmentQuery) -> Iterator[Any]:
    row = Appointment
    if query.from_ is not None:
        yield row.starts_at >= query.from_
    if query.until is not None:
        yield row.starts_at < query.until
    if query.status is not None:
        yield row.status == query.status
    if query.customer_id is not None:
        yield row.customer_id == query.customer_id
    if query.updated_since is not None:
        yield row.updated_at >= query.updated_since


def _read(call: Call, id: UUID) -> AppointmentResponse:
    return one(call, appointment_records.one(call.session, call.shop_id, id))


@ENDPOINTS.add("GET", "/appointments/<uuid:id>", {200: AppointmentResponse}, problems={404})
def show(call: Call, id: UUID) -> Answer:
    """Show an appointment."""
    return Answer(_read(call, id))


@ENDPOINTS.add("POST", "/appointments", {201: AppointmentResponse}, problems={404, 409})
def create(call: Call, body: NewAppointment) -> Answer:
    """Book an appointment."""
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
        row = bookings.insert_booking(call.session, booking, by=BY_API, actor=call.actor, deposit=deposit)
    for name in ("customer", "performer", "service"):
        if not getattr(row, f"knows_{name}"):
            raise not_found(f"/{name}_id")
    # The second read includes rows inserted after the appointment, such as its payment.
    return _read(call, row.id) if deposit else one(call, row)


@ENDPOINTS.add("PATCH", "/appointments/<uuid:id>", {200: AppointmentResponse}, problems={404, 409})
def update(call: Call, id: UUID, body: AppointmentChange) -> Answer:
    """Change or move an appointment. Its old time is offered again.

    Changing the time or performer moves the appointment.
    """
    row = appointment_records.one(call.session, call.shop_id, id)
    if row is None:
        raise not_found()
    keep_calendar_id(call, Appointment, id, body)
    _change(call, row, body)
    return Answer(_read(call, id))


@ENDPOINTS.add(
    "PUT",
    "/appointments/external/<external_id:external_id>",
    {200: AppointmentResponse, 201: AppointmentResponse},
    problems={404, 409},
)
def put_external(call: Call, external_id: str, body: AppointmentByExternalId) -> Answer:
    """Book, change, move or cancel the appointment with this external id."""
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
    changed = columns_besides_times(body)
    appointment_records.change(call.session, call.shop_id, row.id, changed, by=BY_API, actor=call.actor)
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


@ENDPOINTS.add("POST", "/appointments/<uuid:id>/cancel", {202: AppointmentResponse}, problems={404, 409})
def cancel(call: Call, id: UUID) -> Answer:
    """Cancel an appointment. Its time is offered again. Repeated requests have no further effect."""
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
