"""Stripe's objects in the format of its API, version 2026-10-28."""

import secrets
import string
from collections.abc import Mapping
from typing import Any

from sandbox.provider_time import now

API_VERSION = "2026-10-28.endive"
LETTERS = string.ascii_letters + string.digits
Shape = dict[str, Any]


def texts_of(metadata: Any) -> dict[str, str]:
    """Returns the metadata, or an empty dict if the metadata is not an object of strings."""
    given = metadata if isinstance(metadata, dict) else {}
    return {name: value for name, value in given.items() if isinstance(value, str) and value}


def new_id(prefix: str, length: int = 24) -> str:
    """Returns an id such as `pi_` followed by 24 letters and digits."""
    return f"{prefix}_" + "".join(secrets.choice(LETTERS) for _ in range(length))


def payment_intent(params: Mapping[str, Any], amount: int) -> Shape:
    """Returns a new intent without a payment method. `amount` is in the currency's smallest unit."""
    intent_id = new_id("pi")
    method = params.get("payment_method")
    return {
        "id": intent_id,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "automatic_payment_methods": _automatic(params),
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": params.get("capture_method", "automatic_async"),
        "client_secret": f"{intent_id}_secret_{new_id('s', 24)[2:]}",
        "confirmation_method": params.get("confirmation_method", "automatic"),
        "created": int(now()),
        "currency": str(params["currency"]).lower(),
        "customer": params.get("customer"),
        "description": params.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": texts_of(params.get("metadata")),
        "next_action": None,
        "payment_method": method,
        "payment_method_options": params.get("payment_method_options", {}),
        "payment_method_types": params.get("payment_method_types", ["card"]),
        "processing": None,
        "receipt_email": params.get("receipt_email"),
        "setup_future_usage": params.get("setup_future_usage"),
        "shipping": None,
        "statement_descriptor": params.get("statement_descriptor"),
        "statement_descriptor_suffix": params.get("statement_descriptor_suffix"),
        "status": "requires_confirmation" if method else "requires_payment_method",
        "transfer_group": params.get("transfer_group"),
    }


def _automatic(params: Mapping[str, Any]) -> Shape | None:
    given = params.get("automatic_payment_methods")
    if not isinstance(given, dict):
        return None if "payment_method_types" in params else {"allow_redirects": "always", "enabled": True}
    return {
        "allow_redirects": given.get("allow_redirects", "always"),
        "enabled": given.get("enabled") == "true",
    }


def charge(intent: Mapping[str, Any], *, last4: str = "4242") -> Shape:
    """Returns the successful charge of an intent."""
    charge_id = new_id("ch")
    return {
        "id": charge_id,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"],
        "amount_refunded": 0,
        "balance_transaction": new_id("txn"),
        "captured": True,
        "created": int(now()),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "disputed": False,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "outcome": {"network_status": "approved_by_network", "risk_level": "normal", "type": "authorized"},
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": {"card": {"brand": "visa", "last4": last4}, "type": "card"},
        "receipt_url": None,
        "refunded": False,
        "status": "succeeded",
    }


def refund(intent: Mapping[str, Any], amount: int, params: Mapping[str, Any], *, status: str) -> Shape:
    """Returns a new refund."""
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": new_id("txn"),
        "charge": intent["latest_charge"],
        "created": int(now()),
        "currency": intent["currency"],
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": texts_of(params.get("metadata")),
        "payment_intent": intent["id"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    }


def dispute(charged: Mapping[str, Any]) -> Shape:
    """Returns a new dispute, in which the cardholder reclaims the money from the bank."""
    return {
        "id": new_id("du"),
        "object": "dispute",
        "amount": charged["amount"],
        "balance_transactions": [],
        "charge": charged["id"],
        "created": int(now()),
        "currency": charged["currency"],
        "evidence": {},
        "evidence_details": {"due_by": int(now()) + 7 * 86_400, "has_evidence": False, "submission_count": 0},
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charged["payment_intent"],
        "reason": "fraudulent",
        "status": "needs_response",
    }


def event(kind: str, about: Mapping[str, Any], *, key: str | None) -> Shape:
    """Returns an event, which contains a snapshot of the changed object."""
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": int(now()),
        "data": {"object": dict(about)},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": new_id("req", 14), "idempotency_key": key},
        "type": kind,
    }
