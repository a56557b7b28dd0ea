"""Converts Twilio's forms for storage, and derives the event ids by which repeats are recognised."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog

from db.sessions import Speaker
from db.webhooks import webhook_events
from providers.storable_text import storable_text
from providers.twilio.webhook_forms import MESSAGE_SID

log = structlog.get_logger()


def as_payload(form: Mapping[str, list[str]]) -> dict[str, Any]:
    """Returns a string for each name, or a list for a repeated one, without characters that Postgres can't store."""
    stored = {storable_text(name): [storable_text(value) for value in values] for name, values in form.items()}
    return {name: values[0] if len(values) == 1 else values for name, values in stored.items()}


def text_id(payload: Mapping[str, Any]) -> str:
    """Returns Twilio's id of the text, or a fingerprint of the payload if the id is missing or invalid."""
    sid = payload.get("MessageSid") or payload.get("SmsSid")
    return sid if isinstance(sid, str) and MESSAGE_SID.fullmatch(sid) else fingerprint(payload)


def status_id(payload: Mapping[str, Any]) -> str:
    """Returns the same id for every callback with this status of this message. Needs a readable form."""
    status = payload.get("MessageStatus") or payload["SmsStatus"]
    return f"{text_id(payload)}:{status.lower()}"


def fingerprint(payload: Mapping[str, Any]) -> str:
    """An id for a payload that has none."""
    return "sha256:" + hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()


def record_unreadable(
    session: Speaker, *, type: str, event_id: str, payload: dict[str, Any], reason: str
) -> UUID | None:
    """Records an invalid form for operators; no task follows."""
    log.warning("webhook_unreadable", type=type, reason=reason)
    outcome = f"unreadable: {reason}"
    return webhook_events.record(
        session, provider="twilio", event_id=event_id, type=type, payload=payload, outcome=outcome
    )
