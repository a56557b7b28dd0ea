"""The types of events that the API and webhooks report, with descriptions."""

from collections.abc import Mapping
from types import MappingProxyType

TEST = "endpoint.test"

EVENT_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "appointment.booked": "An appointment was booked, or its deposit was paid.",
        "appointment.moved": "An appointment was moved or got another performer; `previous` contains the old values.",
        "appointment.cancelled": "An appointment was cancelled, or a hold was released without a payment.",
        "slot.opened": "A time is offered to customers. `reopened`: it was held, sold or closed before.",
        "slot.held": "A customer accepted, and the slot waits for the deposit.",
        "slot.recovered": "The slot is sold again.",
        "slot.closed": "The slot is no longer offered; `reason` says why.",
        "offer.sent": "A customer was asked.",
        "offer.accepted": "A customer said yes.",
        "offer.declined": "A customer said no, opted out, or did not pay.",
        "offer.expired": "A customer did not answer in time.",
        "offer.failed": "The message with the offer could not be delivered.",
        "payment.succeeded": "A payment was received.",
        "payment.failed": "A payment failed.",
        "payment.refunded": "A payment was refunded in full.",
        "payment.disputed": "A cardholder disputes a payment.",
        "customer.opted_out": "A customer must no longer be texted.",
        "customer.opted_in": "A customer may be texted again.",
        "waitlist.joined": "A customer joined the waiting list.",
        "waitlist.left": "A customer left the waiting list.",
        "calendar.broken": "A connected calendar refuses access.",
        "attention.needed": "Staff must act; the notification describes what to do.",
        TEST: "A test event, sent on request.",
    }
)
