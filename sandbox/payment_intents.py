"""Stripe's PaymentIntents API: create, retrieve, update, confirm, cancel, list, search."""

import json
import re
from typing import Any

from sandbox import cards, payment_actions
from sandbox import stripe_objects as objects
from sandbox import stripe_shapes as shapes
from sandbox.api_calls import SandboxCall
from sandbox.http_answers import ProviderAnswer
from sandbox.store import Transaction
from sandbox.stripe_amounts import amount_of, currency_of
from sandbox.stripe_errors import AUTHENTICATION_FAILED, declined, invalid, missing, unexpected_state
from sandbox.stripe_shapes import Shape

UPDATABLE = ("description", "receipt_email", "customer", "statement_descriptor", "payment_method")
QUERY = re.compile(
    r"(?:metadata\[['\"](?P<key>[^'\"]+)['\"]\]|(?P<field>status|currency|amount))\s*:\s*['\"]?(?P<value>[^'\"]+)"
)


def create(call: SandboxCall) -> ProviderAnswer:
    """Returns 200 with the new intent, or the outcome of its confirmation if `confirm=true`."""
    params = call.params
    currency = currency_of(params.get("currency"))
    if isinstance(currency, ProviderAnswer):
        return currency
    amount = amount_of(params.get("amount"), currency)
    if isinstance(amount, ProviderAnswer):
        return amount
    intent = shapes.payment_intent(params, amount)
    objects.add(call.tx, intent)
    objects.send_event(call.tx, call.box, "payment_intent.created", intent, key=call.asked.key)
    if params.get("confirm") == "true":
        return _confirm(call, intent)
    return _shown(call, intent)


def _shown(call: SandboxCall, intent: Shape) -> ProviderAnswer:
    return ProviderAnswer(200, objects.expanded(call.tx, intent, call.params.get("expand")), intent["id"])


def _asked(call: SandboxCall) -> Shape | ProviderAnswer:
    return find(call.tx, call.ids["id"]) or missing("payment_intent", call.ids["id"])


def find(tx: Transaction, intent_id: str) -> Shape | None:
    """Returns the intent's current state, or None."""
    return objects.find(tx, "payment_intent", intent_id)


def retrieve(call: SandboxCall) -> ProviderAnswer:
    """Returns the intent's current state."""
    intent = _asked(call)
    return intent if isinstance(intent, ProviderAnswer) else _shown(call, intent)


def update(call: SandboxCall) -> ProviderAnswer:
    """Updates the fields that can be changed before the payment, such as amount and metadata."""
    intent = _asked(call)
    if isinstance(intent, ProviderAnswer):
        return intent
    if intent["status"] not in payment_actions.OPEN:
        return unexpected_state(intent, "update")
    if "amount" in call.params:
        amount = amount_of(call.params["amount"], intent["currency"])
        if isinstance(amount, ProviderAnswer):
            return amount
        intent["amount"] = amount
    given = call.params.get("metadata")
    intent["metadata"] = shapes.texts_of(intent["metadata"] | (given if isinstance(given, dict) else {}))
    intent |= {name: call.params[name] for name in UPDATABLE if name in call.params}
    objects.save(call.tx, intent)
    return _shown(call, intent)


def confirm(call: SandboxCall) -> ProviderAnswer:
    """Attempts the payment, which succeeds, is declined (402) or requires approval."""
    intent = _asked(call)
    return intent if isinstance(intent, ProviderAnswer) else _confirm(call, intent)


def _confirm(call: SandboxCall, intent: Shape) -> ProviderAnswer:
    if intent["status"] not in payment_actions.OPEN:
        return unexpected_state(intent, "confirm")
    chosen = cards.outcome(call.params) or cards.outcome(intent)
    if chosen is None:
        return invalid(
            "payment_intent_unexpected_state",
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
        )
    how, last4 = chosen
    hit = call.fault("declined")
    how = (hit.code or "generic_decline") if hit.name else how
    if how == cards.SUCCEEDS:
        return _shown(call, payment_actions.succeed(call.tx, call.box, intent, last4=last4, key=call.asked.key))
    if how == cards.NEEDS_APPROVAL:
        return _shown(call, payment_actions.require_action(call.tx, call.box, intent, key=call.asked.key))
    return declined(payment_actions.fail(call.tx, call.box, intent, how, key=call.asked.key))


def authenticate(call: SandboxCall) -> ProviderAnswer:
    """Completes the payment if `outcome=approved`.

    Any other outcome is a failed authentication, after which the intent requires another card.
    """
    intent = _asked(call)
    if isinstance(intent, ProviderAnswer):
        return intent
    if intent["status"] != "requires_action":
        return unexpected_state(intent, "authenticate")
    if call.params.get("outcome") == "approved":
        return _shown(call, payment_actions.succeed(call.tx, call.box, intent))
    return _shown(call, payment_actions.fail(call.tx, call.box, intent, AUTHENTICATION_FAILED))


def cancel(call: SandboxCall) -> ProviderAnswer:
    """Cancels the intent.

    If the intent is paid, processing or already cancelled, returns an error that contains it.
    """
    intent = _asked(call)
    if isinstance(intent, ProviderAnswer):
        return intent
    if call.fault("already_succeeded").name and intent["status"] in payment_actions.PAYABLE:
        intent = payment_actions.succeed(call.tx, call.box, intent)
    if intent["status"] not in payment_actions.CANCELLABLE:
        return unexpected_state(intent, "cancel")
    reason = call.params.get("cancellation_reason")
    return _shown(call, payment_actions.cancel(call.tx, call.box, intent, reason, key=call.asked.key))


def listing(call: SandboxCall) -> ProviderAnswer:
    """Lists intents, newest first."""
    only = ("customer", [call.params["customer"]]) if call.params.get("customer") else None
    return objects.listed(call.tx, "payment_intent", call.params, "/v1/payment_intents", only=only)


def search(call: SandboxCall) -> ProviderAnswer:
    """Searches with a query such as `metadata['appointment_id']:'...' AND status:'...'`. Every clause must match."""
    query = str(call.params.get("query", ""))
    clauses = [clause.groupdict() for clause in QUERY.finditer(query)]
    if not clauses or re.search(r"\sOR\s|-metadata|[<>~]", query):
        return invalid("parameter_invalid_string", "We were unable to parse your search query.", param="query")
    rows = call.tx.execute("SELECT data FROM objects WHERE kind = 'payment_intent' ORDER BY n DESC").fetchall()
    found = [intent for row in rows if _satisfies(intent := json.loads(row["data"]), clauses)]
    limit = int(call.params["limit"]) if str(call.params.get("limit", "")).isdigit() else objects.DEFAULT_LIMIT
    return ProviderAnswer(
        200,
        {
            "object": "search_result",
            "data": found[:limit],
            "has_more": len(found) > limit,
            "next_page": None,
            "url": "/v1/payment_intents/search",
        },
    )


def _satisfies(intent: Shape, clauses: list[dict[str, Any]]) -> bool:
    return all(
        str(intent["metadata"].get(clause["key"]) if clause["key"] else intent[clause["field"]]) == clause["value"]
        for clause in clauses
    )
