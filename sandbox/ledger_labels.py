"""Says in a few words what a ledger entry was."""

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
    ("POST", r"/v1/3ds2/authenticate", "answer the bank"),
    ("POST", r"/v1/refunds", "give money back"),
    ("GET", r"/v1/refunds.*", "look up refunds"),
    ("GET", r"/v1/events.*", "look up events"),
    ("GET", r"/v1/charges.*", "look up a charge"),
    ("POST", r"/emails", "send an e-mail"),
)
# What an examination asks of the real companies: which numbers and webhooks an account has. Here any number will do,
# so the answer is a 404 that means nothing; on the page it would look like trouble.
OF_AN_ACCOUNT = re.compile(r".*/IncomingPhoneNumbers\.json|/v1/webhook_endpoints")


def is_told(entry: dict[str, Any]) -> bool:
    """Whether it is of interest to whoever watches the phones."""
    return entry["kind"] == "webhook" or not OF_AN_ACCOUNT.fullmatch(entry["path"])


def in_words(entry: dict[str, Any]) -> str:
    """`send a text to +447700900123`, `payment_intent.succeeded`, `text from +447700900123`."""
    params = entry["params"] if isinstance(entry["params"], dict) else {}
    if entry["kind"] == "webhook":
        return _webhook(entry["provider"], params)
    for method, path, words in REQUESTS:
        if entry["method"] == method and re.fullmatch(path, entry["path"]):
            to = params.get("To") or params.get("to") or ""
            told = ", ".join(map(str, to)) if isinstance(to, list) else to
            return f"{words} to {told}" if told and words.startswith("send") else words
    return f"{entry['method']} {entry['path']}" + (", which is not played here" if entry["status"] == 404 else "")


def _webhook(provider: str, params: dict[str, Any]) -> str:
    if provider == "stripe":
        return str(params.get("type"))
    status = params.get("MessageStatus")
    return f"text to {params.get('To')} is {status}" if status else f"text from {params.get('From')}"
