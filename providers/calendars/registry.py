"""The calendar providers: the values that a shop enters to connect a calendar, and the features of each provider.

The module for a kind has the name of the kind and contains a function `make`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from providers.calendars.calendar_http import CalendarHttp
    from providers.calendars.port import CalendarPort
    from settings.calendars import CalendarSettings


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential that a shop enters: its name, the option of `slots calendars connect`, and a label.

    `in_sandbox`: the value that selects the sandbox.
    """

    name: str
    option: str
    label: str
    in_sandbox: str = "sandbox"
    required: bool = True


@dataclass(frozen=True, slots=True)
class Provider:
    """A calendar provider. `where`: a sentence that tells the shop where to find the values.

    `signature`: the lower-case name of the header that authenticates webhooks, or None if the provider sends none.
    """

    label: str
    where: str
    secrets: tuple[Credential, ...]
    signature: str | None
    sandbox_path: str
    writes: bool = True
    """Whether we can write bookings. If not, the shop must enter them."""
    keeps_length: bool = False
    """Whether the service determines the length of a booking. If so, a move can't change the length."""
    hold_lasts: timedelta | None = None
    """The time after which a hold expires unless it is renewed, or None if a hold lasts until it is released."""


PROVIDERS: Mapping[str, Provider] = {
    "calcom": Provider(
        "Cal.com",
        "In Cal.com: Settings, Developer, API keys.",
        (Credential("api_key", "api_key", "API key"),),
        "x-cal-signature-256",
        "/calcom",
        keeps_length=True,
        hold_lasts=timedelta(minutes=10),
    ),
    "square": Provider(
        "Square",
        "In the Square Developer Console: your application, Credentials, access token. It needs Appointments Plus.",
        (
            Credential("access_token", "token", "Access token"),
            Credential("webhook_secret", "webhook_secret", "Signature key", required=False, in_sandbox=""),
        ),
        "x-square-hmacsha256-signature",
        "/square",
    ),
    "acuity": Provider(
        "Acuity",
        "In Acuity: Integrations, API, View credentials.",
        (Credential("user_id", "user_id", "User id", in_sandbox="1"), Credential("api_key", "api_key", "API key")),
        "x-acuity-signature",
        "/acuity",
        keeps_length=True,
    ),
    "google": Provider(
        "Google Calendar",
        "From the Google Cloud project of your installation. The token must allow reading and writing events.",
        (
            Credential("refresh_token", "token", "Refresh token"),
            Credential("access_token", "access_token", "Access token", required=False),
        ),
        "x-goog-channel-token",
        "/google",
    ),
    "ics": Provider(
        "ICS feed",
        "The private or secret address of the calendar, which ends in .ics. A feed can only be read.",
        (Credential("url", "url", "Address of the feed"),),
        None,
        "/ics",
        writes=False,
    ),
}


def made(kind: str, http: "CalendarHttp", settings: "CalendarSettings") -> "CalendarPort":
    """Returns the provider's port. Imports the module only here, to make listing the kinds cheap."""
    port: CalendarPort = import_module(f"providers.calendars.{kind}").make(http, settings)
    return port
