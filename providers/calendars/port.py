"""The port of connected calendars: the methods of a provider's module and the values that they return.

CalendarUnavailableError is raised if the provider does not respond, limits the rate or has an error; the call can be
repeated. CalendarDeniedError is raised if the provider rejects the credentials; a person must act. All other outcomes
are values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from domain.calendars.source_booking import SourceBooking


class CalendarUnavailableError(Exception):
    """The provider can't answer now. `retry_after`: how long it asked us to wait."""

    def __init__(self, reason: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class CalendarDeniedError(Exception):
    """The provider rejects the credentials. The message is a sentence for the shop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A connected calendar with its credentials in plain text. Keep it inside one task and never log it."""

    id: UUID
    shop_id: UUID
    kind: str
    name: str
    credentials: Mapping[str, str] = field(repr=False)
    settings: Mapping[str, Any]
    timezone: str = "UTC"
    """IANA name of the shop's zone."""

    def secret(self, name: str) -> str:
        """Raises CalendarDeniedError if it is missing."""
        value = self.credentials.get(name, "")
        if not value:
            raise CalendarDeniedError(f"The calendar has no {name.replace('_', ' ')}. Connect it again.")
        return value


@dataclass(frozen=True, slots=True)
class Account:
    """The account of a calendar. `id` is the provider's and never changes; it is empty if the provider has none."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A received webhook. Header names are in lower case; `url` is the configured address."""

    body: bytes
    headers: Mapping[str, str]
    url: str


@dataclass(frozen=True, slots=True)
class Hint:
    """The subject of a webhook. `event_id` is the provider's and identifies repeated deliveries.

    `external_ids`: the bookings to read; if it is empty, all changes are read.
    """

    event_id: str
    type: str
    external_ids: tuple[str, ...] = ()
    news: bool = True
    """False for a message that reports no change."""
    new_time_requested: bool = False
    """The booking is cancelled there only until its customer, who was asked to, has chosen another time."""


@dataclass(frozen=True, slots=True)
class NotAuthentic:
    """The webhook is forged or has an unknown shape. `reason`: one word for the metrics."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotThere:
    """The provider reports that there is no booking with this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPoint:
    """The point from which to list changes.

    `cursor` continues a listing; `token` and `since` (UTC) are from the last listing. If all are missing, everything
    from `now` minus a day on is listed.
    """

    now: datetime
    since: datetime | None = None
    token: str | None = None
    cursor: str | None = None


def is_recent(then: str, now: datetime, most: timedelta) -> bool:
    """Whether less than `most` has passed. A time in the future is not recent, because the clock has been set back
    since then.

    Text that is not a time, such as a token of an earlier version, is not recent either.
    """
    try:
        return timedelta() <= now - datetime.fromisoformat(then) < most
    except ValueError:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a listing. `cursor` is None on the last page, which may have the `token` of the next listing.

    `covers`: the listing is complete between these times (UTC), so that a booking it lacks was removed. `final`: the
    provider can't be asked for a booking by its id.
    """

    bookings: tuple[SourceBooking, ...]
    cursor: str | None = None
    token: str | None = None
    covers: tuple[datetime, datetime] | None = None
    final: bool = False
    unchanged: bool = False
    """The listing is the same as the last one, and its bookings are not included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOrder:
    """A time to hold or to book. `our_id` is the same for every attempt; other ids are the calendar's.

    `lasts`: the time after which a hold must expire, if the provider has such holds.
    """

    our_id: str
    starts_at: datetime
    ends_at: datetime
    service_id: str | None = None
    staff_id: str | None = None
    name: str = ""
    phone: str | None = None
    email: str | None = None
    customer_id: str | None = None
    note: str = ""
    attempt: int = 1
    lasts: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """The id of the hold, or None if the provider has no holds."""

    external_id: str | None


@dataclass(frozen=True, slots=True)
class BookedThere:
    """The booking is in the calendar. If the id is None, the calendar is read-only and the time is free in it."""

    external_id: str | None


@dataclass(frozen=True, slots=True)
class TakenThere:
    """The provider reports that the time is taken."""


@dataclass(frozen=True, slots=True)
class RefusedThere:
    """The provider does not accept the request at all. `reason`: a sentence for the shop."""

    reason: str


class CalendarPort(Protocol):
    """One provider. All methods except `verify` and `normalise` call the provider."""

    def verify(self, connection: Connection, delivery: Delivery) -> NotAuthentic | None:
        """Returns None if the webhook is the provider's."""

    def normalise(self, delivery: Delivery) -> Hint | NotAuthentic:
        """The subject of an authentic webhook."""

    def check(self, connection: Connection) -> Account:
        """The account that the credentials belong to."""

    def subscribe(self, connection: Connection, url: str) -> Mapping[str, str]:
        """Subscribes `url` to webhooks.

        Returns further credentials, which are empty if the shop enters the address itself.
        """

    def unsubscribe(self, connection: Connection) -> None:
        """Ends the subscription that `subscribe` created."""

    def refresh(self, connection: Connection, now: datetime) -> Mapping[str, str]:
        """Returns new credentials if the current ones expire soon or `now` requires it.

        Empty ones must be removed.
        """

    def revoke(self, connection: Connection) -> None:
        """Revokes our access to the account with all its calendars."""

    def fetch(self, connection: Connection, external_id: str) -> SourceBooking | NotThere:
        """One booking by id."""

    def complete(self, connection: Connection, bookings: tuple[SourceBooking, ...]) -> tuple[SourceBooking, ...]:
        """Looks up details that a listing lacks. Called only for changed bookings."""

    def changes(self, connection: Connection, point: SyncPoint) -> Page:
        """Returns one page of changes."""

    def hold(self, connection: Connection, order: TimeOrder) -> Held | TakenThere | RefusedThere:
        """Blocks the time in the calendar. A repeat with the same `our_id` finds the first hold.

        If holds expire and do not contain our id, a repeat may be TakenThere because of the first hold.
        """

    def release(self, connection: Connection, external_id: str) -> None:
        """Ends a hold. It is not an error if the hold has already ended."""

    def book(self, connection: Connection, order: TimeOrder) -> BookedThere | TakenThere | RefusedThere:
        """Books the time. A repeat with the same `our_id` finds the first booking."""

    def move(
        self, connection: Connection, there: SourceBooking, order: TimeOrder
    ) -> BookedThere | TakenThere | RefusedThere:
        """Moves the booking `there`, as just read, to the time and staff of `order`. The id may change.

        The reason of a refusal is a clause without a full stop: "Acuity does not accept the new time".
        """

    def mark_paid(self, connection: Connection, external_id: str, words: str) -> None:
        """Marks the booking as paid if the provider supports it. `words`: "Deposit paid: £20"."""

    def cancel(self, connection: Connection, external_id: str) -> RefusedThere | None:
        """Cancels a booking. It may be refused because it is already cancelled or deleted, which `fetch` shows.

        The reason of a refusal is a clause without a full stop: "Acuity does not cancel it".
        """

    def find(self, connection: Connection, order: TimeOrder) -> str | None:
        """Returns the id of the booking that an attempt with this `our_id` made, if any."""
