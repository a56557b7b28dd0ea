"""Receives webhooks of connected calendars. A webhook is only a hint; the worker reads the booking before it acts."""

from flask.typing import ResponseReturnValue

from intake import calendar_webhooks
from providers.calendars.port import Delivery
from providers.signature import NotAuthentic
from webhooks.authentication import Authentication, Refusal, api_key
from webhooks.json_response import error_response, json_response
from webhooks.request import IncomingRequest, as_uuid
from webhooks.request_log import note
from webhooks.response_models import Received


def webhook(request: IncomingRequest, calendar_id: str) -> ResponseReturnValue:
    """Records the webhook and the tasks that read the calendar."""
    with request.dependencies.transactions() as session:
        recorded = calendar_webhooks.record(session, request.event)
    note(webhook_event_id=recorded)
    return json_response(Received(received=True))


def _authenticate(request: IncomingRequest) -> Refusal | None:
    headers, calendar_id = request.headers_by_name, as_uuid(request.path_id("calendar_id"))
    if calendar_id is None:
        # A caller without a signature must not learn whether the address exists.
        is_signed = any(headers.get(header) for header in calendar_webhooks.SIGNATURES)
        return error_response("Not found", 404) if is_signed else _unauthorized()
    calendar = calendar_webhooks.find(request.dependencies.transactions, calendar_id)
    if calendar is None:
        return error_response("Not found", 404)
    delivery = Delivery(request.body, headers, request.settings.app_url + request.path)
    read = calendar_webhooks.verify(request.dependencies.calendars, calendar, delivery)
    if isinstance(read, NotAuthentic):
        request.dependencies.refusals.note("calendar", read.reason)
        return _unauthorized()
    request.event = read
    return None


def _unauthorized() -> Refusal:
    return error_response("Unauthorized", 401)


SIGNED_BY_CALENDAR = Authentication(
    "signed_by_calendar",
    "Checks the signature with the secret of the calendar to which the address belongs.",
    _authenticate,
    frozenset({401, 404}),
    api_key("X-Cal-Signature-256"),
    sender="calendar",
)
