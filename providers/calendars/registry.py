"""The providers of calendars: a line each, with what a shop enters to connect one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from providers.calendars.calcom import Calcom
from providers.calendars.calendar_http import CalendarHttp
from providers.calendars.port import CalendarPort
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


PROVIDERS: Mapping[str, Provider] = {
    "calcom": Provider(
        "Cal.com",
        lambda http, settings: Calcom(http),
        (Credential("api_key", "api_key", "API key"),),
        "x-cal-signature-256",
        "/calcom",
    ),
}
