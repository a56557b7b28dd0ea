"""Calls connected calendars of any kind: selects the provider's module, and counts and times the call."""

from collections.abc import Mapping
from datetime import datetime
from threading import Lock

from domain.calendars.source_booking import SourceBooking
from providers.calendars.calendar_http import CalendarHttp
from providers.calendars.credentials import CredentialBox
from providers.calendars.port import (
    Account,
    BookedThere,
    CalendarPort,
    Connection,
    Held,
    NotThere,
    Page,
    RefusedThere,
    SyncPoint,
    TakenThere,
    TimeOrder,
)
from providers.calendars.registry import PROVIDERS, made
from providers.call_metrics import measured
from settings.calendars import CalendarSettings


class Calendars:
    """Calls any connected calendar. Create one instance for each process, after the fork. Threads can share it."""

    def __init__(self, settings: CalendarSettings, *, allow_loopback: bool = False) -> None:
        """`allow_loopback`: whether feeds on this machine are allowed, as in development."""
        self._http = CalendarHttp(settings.calendar_timeout_seconds, allow_loopback=allow_loopback)
        self._settings = settings
        self.box = CredentialBox(settings)
        self._ports: dict[str, CalendarPort] = {}
        self._making = Lock()

    def port(self, kind: str) -> CalendarPort:
        """Returns the provider's port, whose module is imported at its first use. Raises KeyError for an unknown
        kind.
        """
        with self._making:
            if kind not in self._ports and kind in PROVIDERS:
                self._ports[kind] = made(kind, self._http, self._settings)
            return self._ports[kind]

    @measured("calendar", "check")
    def check(self, connection: Connection) -> Account:
        return self.port(connection.kind).check(connection)

    @measured("calendar", "subscribe")
    def subscribe(self, connection: Connection, url: str) -> Mapping[str, str]:
        return self.port(connection.kind).subscribe(connection, url)

    @measured("calendar", "unsubscribe")
    def unsubscribe(self, connection: Connection) -> None:
        self.port(connection.kind).unsubscribe(connection)

    def refresh(self, connection: Connection, now: datetime) -> Mapping[str, str]:
        return self.port(connection.kind).refresh(connection, now)

    @measured("calendar", "revoke")
    def revoke(self, connection: Connection) -> None:
        self.port(connection.kind).revoke(connection)

    @measured("calendar", "fetch")
    def fetch(self, connection: Connection, external_id: str) -> SourceBooking | NotThere:
        return self.port(connection.kind).fetch(connection, external_id)

    def complete(self, connection: Connection, bookings: tuple[SourceBooking, ...]) -> tuple[SourceBooking, ...]:
        return self.port(connection.kind).complete(connection, bookings)

    @measured("calendar", "changes")
    def changes(self, connection: Connection, point: SyncPoint) -> Page:
        return self.port(connection.kind).changes(connection, point)

    @measured("calendar", "hold")
    def hold(self, connection: Connection, order: TimeOrder) -> Held | TakenThere | RefusedThere:
        return self.port(connection.kind).hold(connection, order)

    @measured("calendar", "release")
    def release(self, connection: Connection, external_id: str) -> None:
        self.port(connection.kind).release(connection, external_id)

    @measured("calendar", "book")
    def book(self, connection: Connection, order: TimeOrder) -> BookedThere | TakenThere | RefusedThere:
        return self.port(connection.kind).book(connection, order)

    @measured("calendar", "find")
    def find(self, connection: Connection, order: TimeOrder) -> str | None:
        return self.port(connection.kind).find(connection, order)

    @measured("calendar", "move")
    def move(
        self, connection: Connection, there: SourceBooking, order: TimeOrder
    ) -> BookedThere | TakenThere | RefusedThere:
        return self.port(connection.kind).move(connection, there, order)

    @measured("calendar", "mark_paid")
    def mark_paid(self, connection: Connection, external_id: str, words: str) -> None:
        self.port(connection.kind).mark_paid(connection, external_id, words)

    @measured("calendar", "cancel")
    def cancel(self, connection: Connection, external_id: str) -> RefusedThere | None:
        return self.port(connection.kind).cancel(connection, external_id)
