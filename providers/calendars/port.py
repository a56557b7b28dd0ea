"""The port of connected calendars: the methods of a provider's module, and the values they return.

Methods raise CalendarUnavailableError if the provider does not respond, limits the rate or fails; the call can be
repeated. They raise CalendarDeniedError if the provider rejects the credentials, which a person must correct. All
other outcomes are return values.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from domain.calendars.source_booking import SourceBooking
from providers.signature import NotAuthentic


class CalendarUnavailableError(Exception):
    """The provider is unavailable. `retry_after`: how long to wait, according to the provider."""

    def __init__(self, reason: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class CalendarDeniedError(Exception):
    """The provider rejected the credentials. The message is a sentence for the shop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A connected calendar with its credentials in plain text. Use it in a single task and never log it."""

    id: UUID
    shop_id: UUID
    kind: str
    name: str
    credentials: Mapping[str, str] = field(repr=False)
    settings: Mapping[str, Any]
    timezone: str = "UTC"
    """The IANA name of the shop's time zone."""
    currency: str = "GBP"
    """The shop's currency."""

    def secret(self, name: str) -> str:
        """Returns the credential. Raises CalendarDeniedError if it is missing."""
        value = self.credentials.get(name, "")
        if not value:
            raise CalendarDeniedError(f"The calendar has no {name.replace('_', ' ')}. Connect it again.")
        return value


@dataclass(frozen=True, slots=True)
class Account:
    """The account of a calendar. `id`: the provider's permanent id, or empty if the provider has no ids."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A received webhook. Header names are in lower case. `url`: the configured address."""

    body: bytes
    headers: Mapping[str, str]
    url: str


@dataclass(frozen=True, slots=True)
class Hint:
    """The subject of a webhook. `event_id`: the provider's id, which identifies repeated deliveries.

    `external_ids`: the ids of the bookings to read. If it is empty, all changes are read.
    """

    event_id: str
    type: str
    external_ids: tuple[str, ...] = ()
    news: bool = True
    """Whether the message reports a change."""
    new_time_requested: bool = False
    """Whether the customer was asked to choose another time, and the calendar shows a cancellation until the customer
    does so.
    """


@dataclass(frozen=True, slots=True)
class NotThere:
    """The provider reports that no booking has this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPoint:
    """The point from which to list changes.

    `cursor` continues a listing. `token` and `since` (UTC) are from the last listing. If all three are missing, the
    listing contains all bookings from one day before `now`.
    """

    now: datetime
    since: datetime | None = None
    token: str | None = None
    cursor: str | None = None


def is_recent(then: str, now: datetime, most: timedelta) -> bool:
    """Whether less than `most` has passed since `then`.

    A time in the future, which results from setting the clock back, is not recent. Text that is not a time, such as
    the token of an earlier version, is not recent either.
    """
    try:
        return timedelta() <= now - datetime.fromisoformat(then) < most
    except ValueError:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a listing. On the last page, `cursor` is None, and `token` may be the token for the next listing.

    `covers`: the period (UTC) in which the listing is complete. A booking that is missing from the listing
    was removed. `final`: whether the provider can't return a booking by its id.
    """

    bookings: tuple[SourceBooking, ...]
    cursor: str | None = None
    token: str | None = None
    covers: tuple[datetime, datetime] | None = None
    final: bool = False
    unchanged: bool = False
    """Whether the listing equals the last listing. If it does, `bookings` is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOrder:
    """A time to hold or to book. `our_id` is the same for every attempt. The other ids are the provider's.

    `lasts`: how long a hold may last, if the provider's holds expire.
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
    """The time is held. The id is None if the provider has no holds."""

    external_id: str | None


@dataclass(frozen=True, slots=True)
class BookedThere:
    """The time is booked. If the id is None, the calendar is read-only and the time is free."""

    external_id: str | None


@dataclass(frozen=True, slots=True)
class TakenThere:
    """The provider reports that the time is taken."""


@dataclass(frozen=True, slots=True)
class RefusedThere:
    """The provider does not accept the request, regardless of the time. `reason`: a sentence for the shop."""

    reason: str


class CalendarPort(Protocol):
    """The interface of a provider. All methods except `verify` and `normalise` call the provider.

    Providers inherit the methods for features that they do not have.
    """

    @abstractmethod
    def verify(self, connection: Connection, delivery: Delivery) -> NotAuthentic | None:
        """Returns None if the webhook is authentic."""

    @abstractmethod
    def normalise(self, delivery: Delivery) -> Hint | NotAuthentic:
        """Returns the subject of an authentic webhook."""

    @abstractmethod
    def check(self, connection: Connection) -> Account:
        """Returns the account to which the credentials belong."""

    def subscribe(self, connection: Connection, url: str) -> Mapping[str, str]:
        """Subscribes `url` to webhooks.

        Returns additional credentials, or an empty mapping if the shop must enter the address itself.
        """
        return {}

    def unsubscribe(self, connection: Connection) -> None:
        """Ends the subscription that `subscribe` created."""
        return

    def refresh(self, connection: Connection, now: datetime) -> Mapping[str, str]:
        """Returns new credentials if the current credentials expire soon at the time `now`. API keys do not expire.

        The caller must remove credentials whose new value is empty.
        """
        return {}

    def revoke(self, connection: Connection) -> None:
        """Revokes our access to the account and all its calendars. The shop must delete an API key itself."""
        return

    @abstractmethod
    def fetch(self, connection: Connection, external_id: str) -> SourceBooking | NotThere:
        """Returns a booking by its id."""

    def complete(self, connection: Connection, bookings: tuple[SourceBooking, ...]) -> tuple[SourceBooking, ...]:
        """Looks up details that are missing from a listing. This is called only for changed bookings."""
        return bookings

    @abstractmethod
    def changes(self, connection: Connection, point: SyncPoint) -> Page:
        """Returns one page of changes."""

    def hold(self, connection: Connection, order: TimeOrder) -> Held | TakenThere | RefusedThere:
        """Blocks the time in the calendar. A repeated call with the same `our_id` finds the first hold.

        If the provider's holds expire and do not contain our id, a repeated call may return TakenThere because of the
        first hold.
        """
        return Held(None)

    def release(self, connection: Connection, external_id: str) -> None:
        """Ends a hold. Does nothing if the hold has already ended."""
        return

    @abstractmethod
    def book(self, connection: Connection, order: TimeOrder) -> BookedThere | TakenThere | RefusedThere:
        """Books the time. A repeated call with the same `our_id` finds the first booking."""

    @abstractmethod
    def move(
        self, connection: Connection, there: SourceBooking, order: TimeOrder
    ) -> BookedThere | TakenThere | RefusedThere:
        """Moves the booking `there`, which was just read, to the time and staff of `order`. The id may change.

        The reason of a refusal is a clause without a full stop: "Acuity does not accept the new time".
        """

    def mark_paid(self, connection: Connection, external_id: str, words: str) -> None:
        """Marks the booking as paid if the provider supports it. `words`: for example "Deposit paid: £20"."""
        return

    @abstractmethod
    def cancel(self, connection: Connection, external_id: str) -> RefusedThere | None:
        """Cancels a booking. The provider may refuse if the booking is already cancelled or deleted; `fetch` shows
        whether it is.

        The reason of a refusal is a clause without a full stop: "Acuity does not cancel it".
        """

    @abstractmethod
    def find(self, connection: Connection, order: TimeOrder) -> str | None:
        """Returns the id of the booking that an earlier attempt with this `our_id` made, if any."""
