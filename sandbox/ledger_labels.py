"""Describes ledger entries in a few words."""

import re
from typing import Any

REQUESTS = (
    ("POST", r".*/Messages\.json", "send a text"),
    ("GET", r".*/Messages\.json", "list the texts"),
    ("GET", r".*/Messages/.*", "look up a text"),
    ("POST", r"/v1/payment_intents", "make a payment"),
    ("GET", r"/v1/payment_intents(/search)?", "list the payments"),
    ("POST", r"/v1/payment_intents/[^/]+/confirm", "pay"),
    ("POST", r"/v1/payment_intents/[^/]+/cancel", "cancel a payment"),
    ("POST", r"/v1/payment_intents/[^/]+", "change a payment"),
    ("GET", r"/v1/payment_intents/[^/]+", "look up a payment"),
    ("POST", r"/v1/3ds2/authenticate", "approve a payment"),
    ("POST", r"/v1/refunds", "refund a payment"),
    ("GET", r"/v1/refunds.*", "look up refunds"),
    ("GET", r"/v1/events.*", "look up events"),
    ("GET", r"/v1/charges.*", "look up a charge"),
    ("POST", r"/emails", "send an e-mail"),
)
# `slots doctor` requests the numbers and webhooks of an account.
# The sandbox responds with 404, which the phones page would show as an error.
ACCOUNT_CHECKS = re.compile(r".*/IncomingPhoneNumbers\.json|/v1/webhook_endpoints")


def is_shown(entry: dict[str, Any]) -> bool:
    """Returns whether the phones page shows the entry."""
    return entry["kind"] == "webhook" or not ACCOUNT_CHECKS.fullmatch(entry["path"])


def in_words(entry: dict[str, Any]) -> str:
    """Returns a description such as `send a text to +447700900123`, or the type of an event."""
    params = entry["params"] if isinstance(entry["params"], dict) else {}
    if entry["kind"] == "webhook":
        return _webhook(entry["provider"], params)
    for method, path, words in REQUESTS:
        if entry["method"] == method and re.fullmatch(path, entry["path"]):
            to = params.get("To") or params.get("to") or ""
            recipients = ", ".join(map(str, to)) if isinstance(to, list) else to
            return f"{words} to {recipients}" if recipients and words.startswith("send") else words
    return f"{entry['method']} {entry['path']}" + (", not supported by the sandbox" if entry["status"] == 404 else "")


def _webhook(provider: str, params: dict[str, Any]) -> str:
    if provider == "stripe":
        return str(params.get("type"))
    status = params.get("MessageStatus")
    return f"text to {params.get('To')} is {status}" if status else f"text from {params.get('From')}"
