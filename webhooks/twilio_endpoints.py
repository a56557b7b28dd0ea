"""Twilio's two doors: what a customer texts, and how far a text of ours has come."""

from typing import Any
from uuid import UUID

import structlog
from flask import Response
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound, UnsupportedMediaType

from db import webhook_events
from db.sessions import Speaker
from domain.delivery import reached
from intake import delivery_statuses, incoming_texts
from providers.twilio.webhook_forms import Fields, OptOut, UnreadableForm, read_status, read_text
from webhooks.request import IncomingRequest, as_uuid
from webhooks.request_log import note
from webhooks.twilio_payload import as_payload, fingerprint, status_id, text_id

log = structlog.get_logger()

NO_ANSWER = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
"""We answer with texts of our own, from the worker; Twilio itself is to send nothing."""


def inbound(request: IncomingRequest) -> ResponseReturnValue:
    """Recorded whatever it is: Twilio hardly ever brings a text twice, so one that is refused is lost."""
    form = _form(request)
    with request.dependencies.transactions.single() as session:
        recorded = _record_text(session, form)
    note(webhook_event_id=recorded)
    return Response(NO_ANSWER, mimetype="text/xml")


def status(request: IncomingRequest, message_id: str) -> ResponseReturnValue:
    """`message_id` is our own, out of the address that we gave along with the text."""
    form, ours = _form(request), as_uuid(message_id)
    if ours is None:
        raise NotFound
    note(message_id=ours)
    with request.dependencies.transactions.single() as session:
        recorded = _record_status(session, ours, form)
    note(webhook_event_id=recorded)
    return Response(status=204)


def _form(request: IncomingRequest) -> Fields:
    if not request.is_form:
        raise UnsupportedMediaType
    return request.form


def _record_text(session: Speaker, form: Fields) -> UUID | None:
    text, payload = read_text(form), as_payload(form)
    if isinstance(text, UnreadableForm):
        return _record_unreadable(session, "inbound", text_id(payload), payload, text.reason)
    return incoming_texts.record(
        session,
        sid=text.message_sid,
        from_=text.from_,
        to=text.to,
        body=text.body,
        opts_out=text.opt_out_type is OptOut.STOP,
        payload=payload,
    )


def _record_status(session: Speaker, message_id: UUID, form: Fields) -> UUID | None:
    told, payload = read_status(form), as_payload(form) | {"message_id": str(message_id)}
    if isinstance(told, UnreadableForm):
        return _record_unreadable(session, "status", fingerprint(payload), payload, told.reason)
    return delivery_statuses.record(
        session,
        message_id=message_id,
        sid=told.message_sid,
        reached=reached(told.status.value),
        event_id=status_id(payload),
        strange_id=fingerprint(payload),
        payload=payload,
    )


def _record_unreadable(
    session: Speaker, type: str, event_id: str, payload: dict[str, Any], reason: str
) -> UUID | None:
    """A sender without a number, say. Nothing can be done about it; it is kept for whoever looks for it."""
    log.warning("webhook_unreadable", type=type, reason=reason)
    return webhook_events.record(
        session,
        provider="twilio",
        event_id=event_id,
        type=type,
        payload=payload,
        outcome=f"unreadable: {reason}",
    )
