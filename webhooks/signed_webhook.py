"""Endpoints for webhooks that a provider signs: each is verified, recorded with its task, and answered."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TypeVar
from uuid import UUID

from flask.typing import ResponseReturnValue

from db.sessions import Speaker
from providers.signature import NotAuthentic
from settings.web import WebSettings
from webhooks.authentication import Authentication, Refusal, api_key
from webhooks.endpoint import LARGEST_BODY, Operation, ReceivingEndpoint
from webhooks.json_response import error_response, json_response
from webhooks.refused_signatures import MISSING
from webhooks.request import IncomingRequest
from webhooks.request_log import note
from webhooks.response_models import Received

Event = TypeVar("Event")


def signed_webhook(
    path: str,
    *,
    sender: str,
    header: str,
    check: str,
    verify: Callable[[WebSettings, bytes, Mapping[str, str]], Event | NotAuthentic],
    record: Callable[[Speaker, Event], UUID | None],
    operation: Operation,
    refused_with: int = 401,
    largest_body: int = LARGEST_BODY,
) -> ReceivingEndpoint:
    """Returns an endpoint that calls `verify` and then `record`, which executes a single statement.

    `header`: the header with the signature. `check`: what `verify` checks, as a sentence for the schema. `verify`
    receives the settings, the raw body and the headers, with names in lower case.
    """

    def authenticate(request: IncomingRequest) -> Refusal | None:
        is_signed = bool(request.headers.get(header))
        event = verify(request.settings, request.body, request.headers_by_name) if is_signed else MISSING
        if isinstance(event, NotAuthentic):
            request.dependencies.refusals.note(sender, event.reason)
            return error_response("Invalid signature", refused_with)
        request.event = event
        return None

    @wraps(record)
    def answer(request: IncomingRequest) -> ResponseReturnValue:
        with request.dependencies.transactions.single() as session:
            recorded = record(session, request.event)
        note(webhook_event_id=recorded)
        return json_response(Received(received=True))

    statuses = frozenset({refused_with})
    signed = Authentication(f"signed_by_{sender}", check, authenticate, statuses, api_key(header), sender)
    return ReceivingEndpoint("POST", path, signed, answer, operation, largest_body)
