"""A booking of a connected calendar, in one format for all providers."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SourceStatus(StrEnum):
    BOOKED = "booked"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    WAITING = "waiting"
    """The booking is not confirmed by the shop yet, or another time must be chosen. Nothing is mirrored or sold."""
    NO_APPOINTMENT = "no_appointment"
    """The event is all-day, marked as free, declined by the shop, or without a guest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePerson:
    """`phone` is as typed. `external_id` is None if the provider has no customers."""

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
    """Times are UTC; None only in a cancelled booking. Amounts are in minor units.

    `follows`: the id of the booking that this one replaces, if a move creates a new one. `followed_by`: the reverse.
    `our_id`: the id of our appointment, if we made the booking. `version`: the provider's revision number.
    `person` is None if nobody is known.
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
        """Returns a text that is equal for equal bookings.

        A provider's version stands for fields that are looked up later.
        """
        if self.version is not None:
            return f"{self.external_id}:{self.version}:{self.status.value}"
        return hashlib.sha256(repr(self).encode("utf-8", "replace")).hexdigest()[:32]
