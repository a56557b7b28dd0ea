"""Responses that contain one appointment or a page of appointments."""

from typing import Literal
from uuid import UUID

from api.call import Call
from api.fields import Moment, ResponseModel
from api.problems import not_found
from db.appointments.appointment_records import AppointmentRow

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


def one(call: Call, row: AppointmentRow | None) -> AppointmentResponse:
    """Returns the appointment as a model. Raises ProblemError if `row` is None."""
    if row is None:
        raise not_found()
    own = {name: row._mapping[name] for name in COLUMNS_SHOWN}
    return AppointmentResponse(**own, manage_url=f"{call.settings.app_url}/manage/{row.manage_token}")
