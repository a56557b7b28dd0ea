"""Receives reports about sent e-mails."""

from flask.typing import ResponseReturnValue

from intake import email_statuses
from webhooks.json_response import json_response
from webhooks.request import IncomingRequest
from webhooks.request_log import note
from webhooks.response_models import Received


def status(request: IncomingRequest) -> ResponseReturnValue:
    """Records every report that Resend has signed, regardless of its type."""
    report = request.email_report
    assert report is not None  # noqa: S101 - guaranteed by the authentication
    with request.dependencies.transactions.single() as session:
        recorded = email_statuses.record(session, report)
    note(webhook_event_id=recorded)
    return json_response(Received(received=True))
