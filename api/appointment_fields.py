"""The fields of an appointment in request bodies, and the rows to which they refer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from api.call import Call
from api.customer_fields import NewCustomer, columns_of, consent_of
from api.fields import MOST_CENTS, Cents, ExternalId, Instant, RequestModel, optional
from api.problems import ProblemError, invalid, not_found
from db import locks
from db.appointments import appointment_records
from db.appointments.appointment_records import KnownReferences
from db.appointments.bookings import DepositTaken
from db.customers import api_customers
from db.customers.api_customers import OptedOutError

LONGEST = timedelta(days=7)
CUSTOMERS = ("customer_id", "customer_external_id", "customer")


class PaymentTaken(RequestModel):
    """A deposit that has already been taken, in minor units of the shop's currency."""

    amount_cents: Annotated[int, Field(ge=1, le=MOST_CENTS)]
    stripe_payment_intent_id: (
        Annotated[str, StringConstraints(pattern=r"^pi_[A-Za-z0-9_]+$", max_length=255)] | None
    ) = None


class AppointmentFields(RequestModel):
    """The common fields of new appointments and changes."""

    ends_at: Instant = optional()
    service_id: UUID | None = None
    performer_id: UUID | None = None
    price_cents: Cents | None = None
    deposit_cents: Cents | None = None
    payment_required: bool = optional()


class CustomerReference(RequestModel):
    """A customer, identified by exactly one of three fields: our id, the id in the calling system, or the details.

    `customer` matches an existing customer by external id, then by phone number, then by e-mail address. If no
    customer matches, a new one is created.
    """

    customer_id: UUID = optional()
    customer_external_id: ExternalId = optional()
    customer: NewCustomer = optional()

    @property
    def named(self) -> list[str]:
        """Returns the names of the fields that were sent."""
        return [name for name in CUSTOMERS if name in self.model_fields_set]


class NewAppointment(AppointmentFields, CustomerReference):
    """An appointment to book. Requires `ends_at`, or a `service_id` whose duration determines the end."""

    starts_at: Instant
    external_id: ExternalId | None = None
    payment: PaymentTaken | None = None

    @model_validator(mode="after")
    def _names_one_customer(self) -> NewAppointment:
        if len(self.named) != 1:
            raise ValueError("Send one of customer_id, customer_external_id and customer.")
        return self


class AppointmentChange(AppointmentFields):
    """Changes to an appointment. Omitted fields keep their values. A new time or performer moves the appointment."""

    starts_at: Instant = optional()
    external_id: ExternalId | None = None


class AppointmentByExternalId(AppointmentFields, CustomerReference):
    """An appointment to book or change.

    Changing the time or performer moves the appointment. The status `cancelled` cancels the appointment.
    """

    starts_at: Instant = optional()
    status: Literal["booked", "cancelled"] = optional()
    payment: PaymentTaken | None = None

    @model_validator(mode="after")
    def _names_one_customer_at_most(self) -> AppointmentByExternalId:
        if len(self.named) > 1:
            raise ValueError("Send one of customer_id, customer_external_id and customer.")
        return self


def customer_of(call: Call, reference: CustomerReference) -> UUID:
    """Returns the customer's id. Creates the customer if necessary. Raises ProblemError."""
    if "customer_id" in reference.named:
        return reference.customer_id
    if "customer_external_id" in reference.named:
        found = api_customers.known(
            call.session, call.shop_id, external_id=reference.customer_external_id, phone=None, email=None
        )
        if found is None:
            raise not_found("/customer_external_id")
        return found
    return _inline_customer(call, reference.customer)


def _inline_customer(call: Call, fields: NewCustomer) -> UUID:
    columns, consent = columns_of(call, fields, at="/customer"), consent_of(fields, at="/customer")
    keys = {name: columns.get(name) for name in ("external_id", "phone", "email")}
    if address := next(filter(None, keys.values()), None):
        # Of two requests for the same new customer, only one creates the customer.
        locks.wait_for_turn(call.session, locks.new_customer(call.shop_id, address))
    found = api_customers.known(call.session, call.shop_id, **keys)
    try:
        if found is None:
            created: UUID = api_customers.create(
                call.session, call.shop_id, columns, by=call.actor, consent=consent
            ).id
            return created
        blanks = {name: columns.get(name) for name in ("name", "phone", "email")}
        api_customers.fill_blanks(call.session, call.shop_id, found, blanks, by=call.actor)
        if consent is not None:
            api_customers.agree(call.session, call.shop_id, found, columns, consent, by=call.actor)
        return found
    except OptedOutError:
        raise ProblemError(
            "opted_out", errors=[("/customer/sms_opt_in", "The number has opted out of texts.")]
        ) from None


def known_references(call: Call, *, customer_id: UUID | None, fields: AppointmentFields) -> KnownReferences:
    """Checks the references. Raises ProblemError (404) for unknown ids and for rows of other shops."""
    known = appointment_records.references(
        call.session,
        call.shop_id,
        customer_id=customer_id,
        performer_id=fields.performer_id,
        service_id=fields.service_id,
    )
    for name in ("customer", "performer", "service"):
        if not getattr(known, name):
            raise not_found(f"/{name}_id")
    return known


def end_of(call: Call, starts_at: datetime, fields: AppointmentFields) -> datetime:
    """Returns the end time in the request body. Without an end time, returns the start time plus the service's
    duration.

    Raises ProblemError.
    """
    if "ends_at" in fields.model_fields_set:
        return checked_end(starts_at, fields.ends_at)
    known = known_references(call, customer_id=None, fields=fields)
    if known.duration_minutes is None:
        raise invalid("/ends_at", "Send ends_at, or a service_id whose length applies.")
    return checked_end(starts_at, starts_at + timedelta(minutes=known.duration_minutes))


def checked_end(starts_at: datetime, ends_at: datetime) -> datetime:
    """Returns `ends_at`. Raises ProblemError unless `ends_at` is after `starts_at` by at most LONGEST."""
    if ends_at <= starts_at:
        raise invalid("/ends_at", "Must be after starts_at.")
    if ends_at - starts_at > LONGEST:
        raise invalid("/ends_at", f"An appointment can last at most {LONGEST.days} days.")
    return ends_at


def deposit_of(payment: PaymentTaken | None) -> DepositTaken | None:
    """Returns the deposit that has already been taken, or None."""
    return None if payment is None else DepositTaken(payment.amount_cents, payment.stripe_payment_intent_id)


def columns_besides_times(fields: AppointmentFields) -> dict[str, Any]:
    """Returns the columns that a change sets, except the time and performer."""
    names = ("service_id", "price_cents", "deposit_cents", "payment_required", "external_id")
    return {name: getattr(fields, name) for name in names if name in fields.model_fields_set}
