"""Responses that contain one appointment or a page of appointments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from api.answers import Answer
from api.call import Call
from api.fields import Instant, Moment, ResponseModel
from api.pages import PageQuery, next_cursor
from api.problems import not_found
from db.appointments import appointment_records
from db.appointments.appointment_records import AppointmentRow
from db.models import Appointment
from views.pages_of_rows import NewestFirst

Status = Literal["pending_payment", "booked", "cancelled", "settled", "voided"]


class AppointmentResponse(ResponseModel):
    """An appointment. `paid` is true if the deposit is paid. Amounts are in minor units of `currency`.

    `source_slot_opening_id` is the slot opening that this appointment filled. `manage_url` is the page on which the
    customer can cancel. If `cancel_requested_at` is set, the appointment is cancelled once its open payment has been
    cancelled.
    """

    id: UUID
    external_id: str | None
    status: Status
    starts_at: Moment
    ends_at: Moment
    customer_id: UUID
    performer_id: UUID | None
    service_id: UUID | None
    service: str | None
    price_cents: int | None
    deposit_cents: int | None
    payment_required: bool
    paid: bool
    currency: str
    source_slot_opening_id: UUID | None
    manage_url: str
    cancelled_at: Moment | None
    cancel_requested_at: Moment | None
    created_at: Moment
    updated_at: Moment


COLUMNS_SHOWN = tuple(name for name in AppointmentResponse.model_fields if name != "manage_url")


class AppointmentPage(ResponseModel):
    """A page of appointments."""

    data: list[AppointmentResponse]
    next_cursor: str | None


class AppointmentQuery(PageQuery):
    """Filters for appointments, combined with AND. `from` and `until` limit the start time; `until` is exclusive."""

    from_: Annotated[Instant | None, Field(alias="from")] = None
    until: Instant | None = None
    status: Status | None = None
    customer_id: UUID | None = None
    updated_since: Instant | None = None


def one(call: Call, row: AppointmentRow | None) -> AppointmentResponse:
    """Returns the appointment as a model. Raises ProblemError if `row` is None."""
    if row is None:
        raise not_found()
    own = {name: row._mapping[name] for name in COLUMNS_SHOWN}
    return AppointmentResponse(**own, manage_url=f"{call.settings.app_url}/manage/{row.manage_token}")


def list_(call: Call, query: AppointmentQuery) -> Answer:
    """Returns a page of appointments.

    Orders the page by last change if `updated_since` is set, by start if the query filters by start or customer, and
    otherwise by creation.
    """
    order = NewestFirst(_order(query), Appointment.id)
    statement = appointment_records.selected(call.shop_id).where(*_filters(query))
    found = order.page(call.session, statement, query.after(order.name), query.limit)
    data = [one(call, row) for row in found.rows]
    return Answer(AppointmentPage(data=data, next_cursor=next_cursor(found.last, order.name)))


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
