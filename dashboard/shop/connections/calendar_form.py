"""Reads the form that connects a calendar, whose fields depend on the booking system."""

import os
from collections.abc import Mapping

from dashboard.page_dependencies import page_dependencies
from dashboard.shop.form_result import FormResult, too_long, typed
from db.calendars.calendar_pages import MOST_CALENDARS
from domain.names import plain_name
from providers.allowed_addresses import AddressNotAllowedError, destination_of
from providers.calendars.entered import Entered, NotEnteredError, entered
from providers.calendars.oauth import Application, application
from providers.calendars.registry import PROVIDERS, Provider
from settings.calendars import CalendarSettings
from settings.loading import load
from settings.outgoing_webhooks import OutgoingWebhookSettings

LONGEST_NAME = 80
LONGEST_SECRET = 2000
LONGEST_CONSENT = 200
DETAILS = ("calendar_id", "service_id")
TOO_MANY = f"A shop can have at most {MOST_CALENDARS} calendars. Disconnect one first."


def read(form: Mapping[str, str], kind: str) -> FormResult:
    """Reads the name, the other settings and the `entered` credentials, and adds an error for each invalid field."""
    found = read_details(form, kind)
    read_secrets(form, PROVIDERS[kind], found)
    return found


def read_details(form: Mapping[str, str], kind: str) -> FormResult:
    """Reads the name and the other settings, and adds an error for each invalid field."""
    found = FormResult()
    found.put("name", plain_name(typed(form, "name"), longest=LONGEST_NAME) or PROVIDERS[kind].label, None)
    for option in DETAILS:
        value = typed(form, option)
        found.put(option, value, too_long(value, LONGEST_NAME))
    return found


def settings_of(found: FormResult) -> dict[str, str]:
    """The settings that are stored with the credentials."""
    accepted: Entered | None = found.values.get("entered")
    chosen = {option: found.values[option] for option in DETAILS if found.values[option]}
    return chosen | (accepted.settings if accepted else {})


def our_application(kind: str) -> Application | None:
    """Returns our OAuth application for this kind of calendar, or None. Shops use it to connect with one click."""
    return application(kind, load(CalendarSettings), sandbox_url=os.environ.get("SANDBOX_URL", ""))


def read_secrets(form: Mapping[str, str], provider: Provider, found: FormResult) -> None:
    """Adds the `entered` credentials to `found`, or an error for each invalid field."""
    values: dict[str, str | None] = {one.option: typed(form, one.option) for one in provider.secrets}
    for option, value in values.items():
        if problem := _wrong_secret(value or ""):
            found.wrong[option] = problem
    try:
        accepted = entered(
            provider,
            values,
            sandbox_url=os.environ.get("SANDBOX_URL", ""),
            production=page_dependencies().settings.environment == "production",
        )
    except NotEnteredError as error:
        found.wrong.update(error.problems)
        return
    if url := accepted.credentials.get("url"):
        _check_address(url, found)
    found.values["entered"] = accepted


def _wrong_secret(value: str) -> str | None:
    if len(value) > LONGEST_SECRET:
        return too_long(value, LONGEST_SECRET)
    # The secret is sent in a header, which may contain only visible ASCII characters.
    visible = all("!" <= character <= "~" for character in value)
    return None if visible else "Copy this again. It contains spaces or special characters."


def _check_address(url: str, found: FormResult) -> None:
    try:
        destination_of(url, allow_loopback=load(OutgoingWebhookSettings).webhooks_allow_loopback)
    except AddressNotAllowedError as error:
        found.wrong["url"] = str(error)
