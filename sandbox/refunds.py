"""Stripe's refunds API: create, retrieve and list."""

from sandbox import stripe_objects as objects
from sandbox import stripe_shapes as shapes
from sandbox.api_calls import SandboxCall
from sandbox.http_answers import ProviderAnswer
from sandbox.stripe_errors import invalid, missing
from sandbox.stripe_shapes import Shape

REASONS = ("duplicate", "fraudulent", "requested_by_customer")
FAILS_AFTER = 0.2


def create(call: SandboxCall) -> ProviderAnswer:
    """Refunds `amount`, by default the remaining amount of a charge."""
    params = call.params
    charged = _charge(call)
    if isinstance(charged, ProviderAnswer):
        return charged
    left = charged["amount"] - charged["amount_refunded"]
    if left <= 0:
        return invalid("charge_already_refunded", f"Charge {charged['id']} has already been refunded.", kept=True)
    amount = str(params.get("amount", left))
    if not amount.isdigit() or not 1 <= int(amount) <= left:
        return invalid(
            "amount_too_large", f"Refund amount ({amount}) is greater than unrefunded amount.", param="amount"
        )
    if params.get("reason") not in (None, *REASONS):
        return invalid("parameter_invalid_string", "Invalid reason.", param="reason")
    return _refund(call, charged, int(amount))


def _charge(call: SandboxCall) -> Shape | ProviderAnswer:
    intent_id, charge_id = str(call.params.get("payment_intent", "")), str(call.params.get("charge", ""))
    if not intent_id and not charge_id:
        return invalid(
            "parameter_missing", "One of the following params should be provided: payment_intent or charge."
        )
    if intent_id:
        intent = objects.find(call.tx, "payment_intent", intent_id)
        if intent is None:
            return missing("payment_intent", intent_id)
        if intent["latest_charge"] is None:
            return invalid(
                "resource_missing",
                f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.",
            )
        charge_id = intent["latest_charge"]
    return objects.find(call.tx, "charge", charge_id) or missing("charge", charge_id)


def _refund(call: SandboxCall, charged: Shape, amount: int) -> ProviderAnswer:
    fails = bool(call.fault("refund_failed").name)
    intent = {
        "id": charged["payment_intent"],
        "latest_charge": charged["id"],
        "currency": charged["currency"],
    }
    given = shapes.refund(intent, amount, call.params, status="pending" if fails else "succeeded")
    objects.add(call.tx, given, parent=charged["payment_intent"])
    objects.send_event(call.tx, call.box, "refund.created", given, key=call.asked.key)
    answered = dict(given)
    if fails:
        given |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
        objects.save(call.tx, given)
        objects.send_event(call.tx, call.box, "refund.failed", given, after=FAILS_AFTER)
    else:
        charged["amount_refunded"] += amount
        charged["refunded"] = charged["amount_refunded"] == charged["amount"]
        objects.save(call.tx, charged)
        objects.send_event(call.tx, call.box, "charge.refunded", charged, key=call.asked.key)
    return ProviderAnswer(200, objects.expanded(call.tx, answered, call.params.get("expand")), given["id"])


def listing(call: SandboxCall) -> ProviderAnswer:
    """Lists all refunds, or the refunds of one intent or charge, newest first."""
    named = [name for name in ("payment_intent", "charge") if call.params.get(name)]
    only = (named[0], [call.params[named[0]]]) if named else None
    return objects.listed(call.tx, "refund", call.params, "/v1/refunds", only=only)
