"""The control API for tests and the phones page: simulates customers, the bank and faults.

POST /sandbox/inbound {"from","to","body"}                 a customer texts            -> {"message_sid"}
POST /sandbox/payment_intents/<id>/succeed                 the customer pays           -> {"id","status"}
POST /sandbox/payment_intents/<id>/fail {"decline_code"?}  the card is declined
POST /sandbox/payment_intents/<id>/processing | /requires_action | /dispute
POST /sandbox/payment_intents/<id>/dispute/won | /dispute/lost   the bank decides
GET  /sandbox/payment_intents                              all intents, newest first
POST /sandbox/faults {"provider","operation","fault","times","delay_ms","code","match"}  -> {"id", ...}
GET  /sandbox/faults                                       the active faults, and the catalogue of names
DELETE /sandbox/faults | /sandbox/faults/<id>              clear all, clear one
GET  /sandbox/ledger?after=SEQ&newest=N                    every request and webhook
GET  /sandbox/webhooks                                     the undelivered webhooks
GET  /sandbox/mailbox                                      the e-mails
POST /sandbox/keys | /sandbox/keys/revoke {"key"}         Twilio, Stripe and Resend also accept it, or refuse it
DELETE /sandbox/idempotency_keys                           deletes all, as Stripe does after a day

A fault's fields: `provider` twilio, stripe, resend or *; `operation` a name of the catalogue, its first part
(`webhook`, `payment_intents`) or *; `times` the number of uses (default 1, null until cleared); `delay_ms`; `code` an
error number or decline code; `match` a text found in any value, or names and their values, at any depth.
"""

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox import payment_actions, payment_intents, stripe_idempotency
from sandbox.api_calls import Sandbox, sandbox
from sandbox.carrier_rules import E164
from sandbox.fault_catalogue import CATALOGUE
from sandbox.faults import FaultRefused
from sandbox.provider_time import iso
from sandbox.store import Transaction
from sandbox.stripe_shapes import Shape
from sandbox.text_delivery import receive

bp = Blueprint("control", __name__, url_prefix="/sandbox")
Answered = Response | tuple[Response, int]


def read_object() -> dict[str, Any] | None:
    """Returns the JSON object in the body, an empty object for an empty body, or None for anything else."""
    if not request.get_data():
        return {}
    given = request.get_json(force=True, silent=True)
    return given if isinstance(given, dict) and _is_unicode(given) else None


def _is_unicode(given: Any) -> bool:
    """Returns whether all strings can be stored. JSON can contain lone surrogates, which cannot be encoded."""
    try:
        json.dumps(given, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def refused(http_status: int, error: str, **more: Any) -> tuple[Response, int]:
    """Returns an error as JSON."""
    return jsonify({"error": error, **more}), http_status


@bp.post("/inbound")
def inbound() -> Answered:
    """Sends a customer's text to a shop."""
    given = read_object()
    if given is None or not all(isinstance(given.get(name), str) for name in ("from", "to", "body")):
        return refused(400, 'expected {"from", "to", "body"}, all texts')
    for name in ("from", "to"):
        if not E164.fullmatch(given[name]):
            return refused(400, f"{name} must be like +447700900123 or whatsapp:+447700900123")
    box = sandbox()
    with box.store.transaction() as tx:
        sid = receive(tx, box, given["from"], given["to"], given["body"])
    box.courier.wake()
    return jsonify({"message_sid": sid})


Change = Callable[[Transaction, Sandbox, Shape], Any]


def _change(intent_id: str, verb: str, allowed: tuple[str, ...], change: Change) -> Answered:
    box = sandbox()
    with box.store.transaction() as tx:
        intent = payment_intents.find(tx, intent_id)
        if intent is None:
            return refused(404, f"no such payment intent: {intent_id}")
        if intent["status"] not in allowed:
            return refused(409, f"cannot {verb}: it is {intent['status']}", status=intent["status"])
        change(tx, box, intent)
        intent = payment_intents.find(tx, intent_id) or intent
    box.courier.wake()
    return jsonify({"id": intent["id"], "status": intent["status"]})


@bp.post("/payment_intents/<intent>/succeed")
def succeed(intent: str) -> Answered:
    """Pays as the customer."""
    return _change(intent, "succeed", payment_actions.PAYABLE, payment_actions.succeed)


@bp.post("/payment_intents/<intent>/fail")
def fail(intent: str) -> Answered:
    """Declines the card."""
    given = read_object()
    if given is None or not isinstance(given.get("decline_code", ""), str):
        return refused(400, 'expected {"decline_code"?}, a text')
    code = given.get("decline_code") or "generic_decline"
    return _change(
        intent, "fail", payment_actions.PAYABLE, lambda tx, box, found: payment_actions.fail(tx, box, found, code)
    )


@bp.post("/payment_intents/<intent>/processing")
def processing(intent: str) -> Answered:
    """Sets the payment to processing."""
    return _change(intent, "process", payment_actions.OPEN, payment_actions.process)


@bp.post("/payment_intents/<intent>/requires_action")
def requires_action(intent: str) -> Answered:
    """Makes the payment require the customer's approval, as some banks do."""
    return _change(intent, "require action", payment_actions.OPEN, payment_actions.require_action)


@bp.post("/payment_intents/<intent>/dispute")
def dispute(intent: str) -> Answered:
    """Disputes the payment as the cardholder."""
    return _change(intent, "dispute", ("succeeded",), payment_actions.dispute)


@bp.post("/payment_intents/<intent>/dispute/<any(won, lost):status>")
def close_dispute(intent: str, status: str) -> Answered:
    """Closes the dispute on behalf of the bank."""
    return _change(
        intent,
        "decide",
        ("succeeded",),
        lambda tx, box, found: payment_actions.close_dispute(tx, box, found, status),
    )


@bp.post("/faults")
def switch_on() -> Answered:
    """Activates a fault."""
    given = read_object()
    if given is None:
        return refused(400, "expected a JSON object")
    made = sandbox().faults.switch_on(given)
    if isinstance(made, FaultRefused):
        return refused(400, made.error, valid=made.valid, catalogue=CATALOGUE)
    shown = next(fault for fault in sandbox().faults.listed() if fault["id"] == made)
    return jsonify(shown), 201


@bp.get("/faults")
def list_faults() -> Response:
    """Lists the active faults and all valid names."""
    return jsonify({"faults": sandbox().faults.listed(), "catalogue": CATALOGUE})


@bp.delete("/faults")
def clear_faults() -> Response:
    """Clears all faults."""
    return jsonify({"cleared": sandbox().faults.clear()})


@bp.delete("/faults/<int:number>")
def clear_fault(number: int) -> Answered:
    """Clears one fault."""
    cleared = sandbox().faults.clear(number)
    return jsonify({"cleared": cleared}) if cleared else refused(404, f"no such fault: {number}")


@bp.get("/payment_intents")
def list_payment_intents() -> Response:
    """Lists all PaymentIntents in Stripe's format, newest first."""
    rows = sandbox().store.rows("SELECT data FROM objects WHERE kind = 'payment_intent' ORDER BY n DESC")
    return jsonify({"payment_intents": [json.loads(row["data"]) for row in rows]})


@bp.get("/webhooks")
def list_webhooks() -> Response:
    """Lists undelivered webhooks: pending, given up, or dropped by a fault."""
    rows = sandbox().store.rows(
        "SELECT provider, kind, ref, url, state, attempts, due FROM webhooks WHERE state != 'delivered' ORDER BY n"
    )
    return jsonify({"webhooks": [{**dict(row), "due": iso(row["due"])} for row in rows]})


@bp.get("/ledger")
def ledger() -> Response:
    """Returns the ledger's entries in order of `seq`."""
    after, newest = request.args.get("after", 0, type=int), request.args.get("newest", None, type=int)
    return jsonify({"entries": sandbox().ledger.entries(after=after, newest=newest)})


@bp.post("/keys")
def accept_key() -> Answered:
    """Makes the providers accept this key in addition to the existing keys."""
    return _change_keys(sandbox().keys.added)


@bp.post("/keys/revoke")
def revoke_key() -> Answered:
    """Makes the providers refuse this key."""
    return _change_keys(sandbox().keys.revoked)


def _change_keys(keys: set[str]) -> Answered:
    given = read_object()
    if given is None or not isinstance(given.get("key"), str):
        return refused(400, 'expected {"key"}')
    keys.add(given["key"])
    return jsonify({"keys": len(keys)})


@bp.delete("/idempotency_keys")
def forget_idempotency_keys() -> Response:
    """Deletes the idempotency keys, as Stripe does after a day."""
    with sandbox().store.transaction() as tx:
        return jsonify({"forgotten": stripe_idempotency.forget_all(tx)})
