"""A booking in a connected calendar, in one format for all providers."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SourceStatus(StrEnum):
    BOOKED = "booked"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    WAITING = "waiting"
    """The shop must confirm the booking, or another time must be chosen. It is neither mirrored nor sold."""
    NO_APPOINTMENT = "no_appointment"
    """The event is all-day, marked as free, declined by the shop, or without a guest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePerson:
    """The customer of a booking.

    `phone` is the number as typed. `external_id` is None if the provider has no customers.
    """

    name: str = ""
    phone: str | None = None
    email: str | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class SourceThing:
    """A service or a member of staff."""

    external_id: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceBooking:
    """A booking. Times are UTC, and are None only in a cancelled booking. Amounts are in minor units.

    If the provider creates a new booking for a move, `follows` is the id of the booking that this one replaces, and
    `followed_by` the id of the booking that replaces this one. `our_id` is the id of the appointment, if this system
    made the booking. `version` is the provider's revision number. `person` is None if the customer is unknown.
    """

    external_id: str
    status: SourceStatus
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    person: SourcePerson | None = None
    service: SourceThing | None = None
    staff: SourceThing | None = None
    price_cents: int | None = None
    paid_cents: int | None = None
    follows: str | None = None
    followed_by: str | None = None
    our_id: str | None = None
    version: str | None = None

    @property
    def fingerprint(self) -> str:
        """Returns a text that is the same for equal bookings.

        If the provider assigns a version, the version also covers fields that are looked up later.
        """
        if self.version is not None:
            return f"{self.external_id}:{self.version}:{self.status.value}"
        return hashlib.sha256(repr(self).encode("utf-8", "replace")).hexdigest()[:32]
