"""Changes to a PaymentIntent made by the customer, the application or the bank."""

from typing import Any

from sandbox import stripe_objects as objects
from sandbox import stripe_shapes as shapes
from sandbox.api_calls import Sandbox
from sandbox.provider_time import now
from sandbox.store import Transaction
from sandbox.stripe_errors import decline
from sandbox.stripe_shapes import Shape

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
PAYABLE = (*OPEN, "processing")
CANCELLABLE = (*OPEN, "requires_capture")


def _changed(tx: Transaction, box: Sandbox, intent: Shape, event: str, key: str | None, **fields: Any) -> Shape:
    intent |= fields
    objects.save(tx, intent)
    objects.send_event(tx, box, event, intent, key=key)
    return intent


def succeed(tx: Transaction, box: Sandbox, intent: Shape, *, last4: str = "4242", key: str | None = None) -> Shape:
    """Marks the intent as succeeded.

    Creates the charge and its event, and a dispute if the fault `dispute` is active.
    """
    intent["payment_method"] = intent["payment_method"] or shapes.new_id("pm")
    charged = shapes.charge(intent, last4=last4)
    objects.add(tx, charged, parent=intent["id"])
    intent = _changed(
        tx,
        box,
        intent,
        "payment_intent.succeeded",
        key,
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charged["id"],
        last_payment_error=None,
        next_action=None,
        processing=None,
    )
    objects.send_event(tx, box, "charge.succeeded", charged, key=key)
    hit = box.faults.take(tx, "stripe", "payment_intents.succeeded", intent, only={"dispute"})
    if hit is not None:
        dispute(tx, box, intent)
    return intent


def fail(tx: Transaction, box: Sandbox, intent: Shape, decline_code: str, *, key: str | None = None) -> Shape:
    """Declines the card. The intent then accepts another payment method."""
    error = decline(decline_code) | {
        "payment_method": {"id": shapes.new_id("pm"), "object": "payment_method", "type": "card"}
    }
    return _changed(
        tx,
        box,
        intent,
        "payment_intent.payment_failed",
        key,
        status="requires_payment_method",
        last_payment_error=error,
        payment_method=None,
        next_action=None,
        processing=None,
    )


def process(tx: Transaction, box: Sandbox, intent: Shape) -> Shape:
    """Sets the intent to processing."""
    return _changed(tx, box, intent, "payment_intent.processing", None, status="processing", next_action=None)


def require_action(tx: Transaction, box: Sandbox, intent: Shape, *, key: str | None = None) -> Shape:
    """Requires the customer's approval."""
    action = {
        "type": "use_stripe_sdk",
        "use_stripe_sdk": {"type": "three_d_secure_redirect", "source": intent["id"]},
    }
    return _changed(
        tx, box, intent, "payment_intent.requires_action", key, status="requires_action", next_action=action
    )


def cancel(tx: Transaction, box: Sandbox, intent: Shape, reason: str | None, *, key: str | None = None) -> Shape:
    """Cancels the intent permanently."""
    return _changed(
        tx,
        box,
        intent,
        "payment_intent.canceled",
        key,
        status="canceled",
        canceled_at=int(now()),
        cancellation_reason=reason,
        next_action=None,
    )


def dispute(tx: Transaction, box: Sandbox, intent: Shape) -> Shape | None:
    """Opens a dispute. Returns None if the intent has no charge or is already disputed."""
    charged = objects.find(tx, "charge", intent["latest_charge"] or "")
    if charged is None or charged["disputed"]:
        return None
    charged["disputed"] = True
    objects.save(tx, charged)
    disputed = shapes.dispute(charged)
    objects.add(tx, disputed, parent=intent["id"])
    objects.send_event(tx, box, "charge.dispute.created", disputed)
    return disputed


def close_dispute(tx: Transaction, box: Sandbox, intent: Shape, status: str) -> Shape | None:
    """Closes the open dispute as `won` (by the shop) or `lost`. Returns None if no dispute is open."""
    waiting = [one for one in objects.children(tx, "dispute", intent["id"]) if one["status"] not in ("won", "lost")]
    for disputed in waiting:
        disputed["status"] = status
        objects.save(tx, disputed)
        objects.send_event(tx, box, "charge.dispute.closed", disputed)
        return disputed
    return None
