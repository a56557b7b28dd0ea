"""Twilio's forms as they are kept, and what names them: a repeat must be known for one, also of the oddest."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from providers.storable_text import storable_text
from providers.twilio.webhook_forms import MESSAGE_SID, Fields


def as_payload(form: Fields) -> dict[str, Any]:
    """One value a name, or all of them where a name is given more than once; fit for Postgres."""
    kept = {storable_text(name): [storable_text(value) for value in values] for name, values in form.items()}
    return {name: values[0] if len(values) == 1 else values for name, values in kept.items()}


def text_id(payload: Mapping[str, Any]) -> str:
    """Twilio's own id of the text, else a fingerprint of all there is."""
    sid = payload.get("MessageSid") or payload.get("SmsSid")
    return sid if isinstance(sid, str) and MESSAGE_SID.fullmatch(sid) else fingerprint(payload)


def status_id(payload: Mapping[str, Any]) -> str:
    """Each step of a message is one event, however often it is told. For a form that could be read."""
    word = payload.get("MessageStatus") or payload["SmsStatus"]
    return f"{text_id(payload)}:{word.lower()}"


def fingerprint(payload: Mapping[str, Any]) -> str:
    """Names what has no id."""
    return "sha256:" + hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()
