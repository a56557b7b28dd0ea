"""Stripe's REST API: payment intents, refunds, charges and events (https://docs.stripe.com/api)."""

import hmac
from collections.abc import Callable

from flask import Blueprint, Response, request

from sandbox import payment_intents, refunds
from sandbox import stripe_objects as objects
from sandbox.answers import Answer, respond
from sandbox.exchange import NO_FAULT, Asked, Call, Handler, Provider, exchange, record, sandbox
from sandbox.stripe_errors import missing
from sandbox.stripe_params import nested

bp = Blueprint("stripe", __name__, url_prefix="/v1")


def _trouble(status: int, kind: str, message: str, code: str | None = None) -> Answer:
    error = {"type": kind, "message": message} | ({"code": code} if code else {})
    return Answer(status, {"error": error})


STRIPE = Provider(
    "stripe",
    rate_limited=_trouble(429, "invalid_request_error", "Request rate limit exceeded.", "rate_limit"),
    server_error=_trouble(500, "api_error", "An unknown error occurred."),
    keeps_keys=True,
)


def answer(operation: str, handler: Handler, **ids: str) -> Response:
    """Check the key, read the parameters, answer."""
    post = request.method == "POST"
    params = nested((request.form if post else request.args).items(multi=True))
    key = request.headers.get("Idempotency-Key") if post else None
    asked = Asked(STRIPE, operation, params, ids, key)
    refused = _unauthorised()
    if refused is not None:
        record(sandbox(), asked, refused, NO_FAULT)
        return respond(refused)
    return exchange(asked, handler)


def _unauthorised() -> Answer | None:
    given = request.authorization
    key = (given.token or given.username or "") if given else ""
    if not key:
        return _trouble(401, "invalid_request_error", "You did not provide an API key.")
    if not hmac.compare_digest(key.encode(), sandbox().settings.stripe_key.encode()):
        return _trouble(401, "invalid_request_error", f"Invalid API Key provided: {key[:8]}***")
    return None


@bp.post("/payment_intents")
def create_payment_intent() -> Response:
    """Make an intent."""
    return answer("payment_intents.create", payment_intents.create)


@bp.get("/payment_intents")
def list_payment_intents() -> Response:
    """Newest first."""
    return answer("payment_intents.list", payment_intents.listing)


@bp.get("/payment_intents/search")
def search_payment_intents() -> Response:
    """By metadata and status."""
    return answer("payment_intents.search", payment_intents.search)


@bp.get("/payment_intents/<intent>")
def retrieve_payment_intent(intent: str) -> Response:
    """As it is now."""
    return answer("payment_intents.retrieve", payment_intents.retrieve, id=intent)


@bp.post("/payment_intents/<intent>")
def update_payment_intent(intent: str) -> Response:
    """Before it is paid."""
    return answer("payment_intents.update", payment_intents.update, id=intent)


@bp.post("/payment_intents/<intent>/confirm")
def confirm_payment_intent(intent: str) -> Response:
    """Pay."""
    return answer("payment_intents.confirm", payment_intents.confirm, id=intent)


@bp.post("/payment_intents/<intent>/cancel")
def cancel_payment_intent(intent: str) -> Response:
    """For good."""
    return answer("payment_intents.cancel", payment_intents.cancel, id=intent)


@bp.post("/refunds")
def create_refund() -> Response:
    """Give money back."""
    return answer("refunds.create", refunds.create)


@bp.get("/refunds")
def list_refunds() -> Response:
    """Newest first."""
    return answer("refunds.list", refunds.listing)


@bp.get("/refunds/<refund>")
def retrieve_refund(refund: str) -> Response:
    """As it is now."""
    return answer("refunds.retrieve", _retrieve("refund"), id=refund)


@bp.get("/charges")
def list_charges() -> Response:
    """Newest first, of one intent where asked."""
    return answer("charges.list", _list_charges)


@bp.get("/charges/<charge>")
def retrieve_charge(charge: str) -> Response:
    """As it is now."""
    return answer("charges.retrieve", _retrieve("charge"), id=charge)


@bp.get("/events")
def list_events() -> Response:
    """Newest first, by type and time."""
    return answer("events.list", _list_events)


@bp.get("/events/<event>")
def retrieve_event(event: str) -> Response:
    """As it was sent."""
    return answer("events.retrieve", _retrieve("event"), id=event)


def _retrieve(kind: str) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        found = objects.find(call.tx, kind, call.ids["id"])
        if found is None:
            return missing(kind, call.ids["id"])
        return Answer(200, objects.expanded(call.tx, found, call.params.get("expand")), found["id"])

    return handler


def _list_charges(call: Call) -> Answer:
    only = {"payment_intent": (call.params["payment_intent"],)} if call.params.get("payment_intent") else None
    return objects.listed(call.tx, "charge", call.params, "/v1/charges", only=only)


def _list_events(call: Call) -> Answer:
    types = call.params.get("types") or ([call.params["type"]] if call.params.get("type") else [])
    only = {"type": tuple(types)} if types else None
    return objects.listed(call.tx, "event", call.params, "/v1/events", only=only)
