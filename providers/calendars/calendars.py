"""Calls connected calendars of any kind: selects the provider's module, and counts and times the call."""

from collections.abc import Callable
from threading import Lock
from typing import Concatenate, ParamSpec, TypeVar

from providers.calendars.calendar_http import CalendarHttp
from providers.calendars.credentials import CredentialBox
from providers.calendars.port import CalendarPort, Connection
from providers.calendars.registry import PROVIDERS, made
from providers.call_metrics import measured
from settings.calendars import CalendarSettings

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def _of_the_kind(
    method: Callable[Concatenate[CalendarPort, Connection, Arguments], Result],
) -> Callable[Concatenate["Calendars", Connection, Arguments], Result]:
    """Returns a method that calls this method of the port for the connection's kind."""

    def call(
        calendars: "Calendars", connection: Connection, /, *args: Arguments.args, **named: Arguments.kwargs
    ) -> Result:
        result: Result = getattr(calendars.port(connection.kind), method.__name__)(connection, *args, **named)
        return result

    return call


def _counted(
    method: Callable[Concatenate[CalendarPort, Connection, Arguments], Result],
) -> Callable[Concatenate["Calendars", Connection, Arguments], Result]:
    """Also counts and times the call. The operation has the name of the method."""
    return measured("calendar", method.__name__)(_of_the_kind(method))


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

    check = _counted(CalendarPort.check)
    subscribe = _counted(CalendarPort.subscribe)
    unsubscribe = _counted(CalendarPort.unsubscribe)
    refresh = _of_the_kind(CalendarPort.refresh)
    revoke = _counted(CalendarPort.revoke)
    fetch = _counted(CalendarPort.fetch)
    complete = _of_the_kind(CalendarPort.complete)
    changes = _counted(CalendarPort.changes)
    hold = _counted(CalendarPort.hold)
    release = _counted(CalendarPort.release)
    book = _counted(CalendarPort.book)
    find = _counted(CalendarPort.find)
    move = _counted(CalendarPort.move)
    mark_paid = _counted(CalendarPort.mark_paid)
    cancel = _counted(CalendarPort.cancel)
