"""The providers of calendars: a line each, with what a shop enters to connect one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from providers.calendars.acuity import Acuity
from providers.calendars.calcom import Calcom
from providers.calendars.calendar_http import CalendarHttp
from providers.calendars.google import GoogleCalendar
from providers.calendars.ics import IcsFeed
from providers.calendars.port import CalendarPort
from providers.calendars.square import SquareBookings
from settings.calendars import CalendarSettings


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential that a shop enters: its name, the option of `slots calendars connect`, and a label.

    `in_sandbox`: its value for the stand-in.
    """

    name: str
    option: str
    label: str
    in_sandbox: str = "sandbox"
    required: bool = True


@dataclass(frozen=True, slots=True)
class Provider:
    """`signature`: the header that authenticates its webhooks, in lower case; None if it sends none."""

    label: str
    make: Callable[[CalendarHttp, CalendarSettings], CalendarPort]
    secrets: tuple[Credential, ...]
    signature: str | None
    sandbox_path: str
    writes: bool = True
    """Whether bookings can be made there. Else the shop enters them itself."""
    keeps_length: bool = False
    """The service decides the length of a booking: a move can't change it."""


PROVIDERS: Mapping[str, Provider] = {
    "calcom": Provider(
        "Cal.com",
        lambda http, settings: Calcom(http),
        (Credential("api_key", "api_key", "API key"),),
        "x-cal-signature-256",
        "/calcom",
        keeps_length=True,
    ),
    "square": Provider(
        "Square",
        SquareBookings,
        (
            Credential("access_token", "token", "Access token"),
            Credential("webhook_secret", "webhook_secret", "Signature key", required=False, in_sandbox=""),
        ),
        "x-square-hmacsha256-signature",
        "/square",
    ),
    "acuity": Provider(
        "Acuity",
        lambda http, settings: Acuity(http),
        (Credential("user_id", "user_id", "User id", in_sandbox="1"), Credential("api_key", "api_key", "API key")),
        "x-acuity-signature",
        "/acuity",
        keeps_length=True,
    ),
    "google": Provider(
        "Google Calendar",
        GoogleCalendar,
        (
            Credential("refresh_token", "token", "Refresh token"),
            Credential("access_token", "access_token", "Access token", required=False),
        ),
        "x-goog-channel-token",
        "/google",
    ),
    "ics": Provider(
        "ICS feed",
        lambda http, settings: IcsFeed(http),
        (Credential("url", "url", "Address of the feed"),),
        None,
        "/ics",
        writes=False,
    ),
}
