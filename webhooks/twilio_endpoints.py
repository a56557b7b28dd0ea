"""Receives texts from customers and delivery statuses of our texts."""

from flask import Response
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound, UnsupportedMediaType

from intake import delivery_statuses, incoming_texts
from providers.twilio import twilio_signature
from webhooks.authentication import Authentication, Refusal, api_key
from webhooks.json_response import error_response
from webhooks.refused_signatures import MISSING
from webhooks.request import IncomingRequest, as_uuid
from webhooks.request_log import note

EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
"""An empty response, which makes Twilio send no reply. The worker replies instead."""


def inbound(request: IncomingRequest) -> ResponseReturnValue:
    """Records any text, even if it is invalid. Twilio rarely repeats a webhook, so a refused text would be lost."""
    form = _form(request)
    with request.dependencies.transactions.single() as session:
        recorded = incoming_texts.record(session, form)
    note(webhook_event_id=recorded)
    return Response(EMPTY_TWIML, mimetype="text/xml")


def status(request: IncomingRequest, message_id: str) -> ResponseReturnValue:
    """Records a delivery status. `message_id`: our own id, from the callback address that was sent with the text."""
    form, own_id = _form(request), as_uuid(message_id)
    if own_id is None:
        raise NotFound
    note(message_id=own_id)
    with request.dependencies.transactions.single() as session:
        recorded = delivery_statuses.record(session, own_id, form)
    note(webhook_event_id=recorded)
    return Response(status=204)


def _authenticate(request: IncomingRequest) -> Refusal | None:
    signature = request.headers.get("X-Twilio-Signature")
    reason: str | None = MISSING.reason
    if signature:
        url = twilio_signature.signed_url(request.settings, request.path, request.query)
        reason = twilio_signature.why_refused(request.settings, url, request.form, signature)
    if reason is None:
        return None
    request.dependencies.refusals.note("twilio", reason)
    return error_response("Forbidden", 403)


SIGNED_BY_TWILIO = Authentication(
    "signed_by_twilio",
    "Checks Twilio's signature over the configured address and the whole form.",
    _authenticate,
    frozenset({403}),
    api_key("X-Twilio-Signature"),
    sender="twilio",
)


def _form(request: IncomingRequest) -> dict[str, list[str]]:
    if not request.is_form:
        raise UnsupportedMediaType
    return request.form
