"""Receives webhooks of connected calendars. A webhook is only a hint; the worker reads the booking before it acts."""

from flask.typing import ResponseReturnValue

from intake import calendar_webhooks
from webhooks.json_response import json_response
from webhooks.request import IncomingRequest
from webhooks.request_log import note
from webhooks.response_models import Received


def webhook(request: IncomingRequest, calendar_id: str) -> ResponseReturnValue:
    """Records the webhook and the tasks that read the calendar."""
    hint = request.calendar_hint
    assert hint is not None  # noqa: S101 - guaranteed by the authentication
    with request.dependencies.transactions() as session:
        recorded = calendar_webhooks.record(session, hint)
    note(webhook_event_id=recorded)
    return json_response(Received(received=True))
