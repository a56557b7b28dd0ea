"""Stripe's REST API: payment intents, refunds, charges and events (https://docs.stripe.com/api)."""

from collections.abc import Callable

from flask import Blueprint, Response, current_app, request

from sandbox import payment_intents, refunds
from sandbox import stripe_objects as objects
from sandbox.api_calls import SandboxCall
from sandbox.http_answers import ProviderAnswer
from sandbox.stripe_authentication import answer
from sandbox.stripe_errors import missing

bp = Blueprint("stripe", __name__, url_prefix="/v1")
browser_bp = Blueprint("stripe_script", __name__)


@browser_bp.get("/v3/")
@browser_bp.get("/stripe.js")
def script() -> Response:
    """The stand-in for https://js.stripe.com/v3/, which the application's payment page loads."""
    file = current_app.send_static_file("stripe.js")
    file.headers["Cache-Control"] = "no-store"
    file.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return file


@bp.post("/payment_intents")
def create_payment_intent() -> Response:
    """Creates an intent."""
    return answer("payment_intents.create", payment_intents.create)


@bp.get("/payment_intents")
def list_payment_intents() -> Response:
    """Lists intents, newest first."""
    return answer("payment_intents.list", payment_intents.listing)


@bp.get("/payment_intents/search")
def search_payment_intents() -> Response:
    """Searches intents by metadata and status."""
    return answer("payment_intents.search", payment_intents.search)


@bp.get("/payment_intents/<intent>")
def retrieve_payment_intent(intent: str) -> Response:
    """Returns the current state of an intent."""
    return answer("payment_intents.retrieve", payment_intents.retrieve, id=intent)


@bp.post("/payment_intents/<intent>")
def update_payment_intent(intent: str) -> Response:
    """Updates an intent that is not yet paid."""
    return answer("payment_intents.update", payment_intents.update, id=intent)


@bp.post("/payment_intents/<intent>/confirm")
def confirm_payment_intent(intent: str) -> Response:
    """Confirms an intent."""
    return answer("payment_intents.confirm", payment_intents.confirm, id=intent)


@bp.post("/payment_intents/<intent>/cancel")
def cancel_payment_intent(intent: str) -> Response:
    """Cancels an intent."""
    return answer("payment_intents.cancel", payment_intents.cancel, id=intent)


@bp.post("/3ds2/authenticate")
def authenticate() -> Response:
    """Handles the customer's response to the approval dialog."""
    intent = request.form.get("source", "")
    return answer("payment_intents.authenticate", payment_intents.authenticate, id=intent)


@bp.post("/refunds")
def create_refund() -> Response:
    """Creates a refund."""
    return answer("refunds.create", refunds.create)


@bp.get("/refunds")
def list_refunds() -> Response:
    """Lists refunds, newest first."""
    return answer("refunds.list", refunds.listing)


@bp.get("/refunds/<refund>")
def retrieve_refund(refund: str) -> Response:
    """Returns the current state of a refund."""
    return answer("refunds.retrieve", _retrieve("refund"), id=refund)


@bp.get("/charges")
def list_charges() -> Response:
    """Lists all charges, or the charges of one intent, newest first."""
    return answer("charges.list", _list_charges)


@bp.get("/charges/<charge>")
def retrieve_charge(charge: str) -> Response:
    """Returns the current state of a charge."""
    return answer("charges.retrieve", _retrieve("charge"), id=charge)


@bp.get("/account")
def retrieve_account() -> Response:
    """Returns the account that the key belongs to."""
    account = {"id": "acct_sandbox", "object": "account"}
    return answer("accounts.retrieve", lambda _: ProviderAnswer(200, account))


@bp.get("/events")
def list_events() -> Response:
    """Lists events, newest first, filtered by type and time."""
    return answer("events.list", _list_events)


@bp.get("/events/<event>")
def retrieve_event(event: str) -> Response:
    """Returns an event as it was sent."""
    return answer("events.retrieve", _retrieve("event"), id=event)


def _retrieve(kind: str) -> Callable[[SandboxCall], ProviderAnswer]:
    def handler(call: SandboxCall) -> ProviderAnswer:
        found = objects.find(call.tx, kind, call.ids["id"])
        if found is None:
            return missing(kind, call.ids["id"])
        return ProviderAnswer(200, objects.expanded(call.tx, found, call.params.get("expand")), found["id"])

    return handler


def _list_charges(call: SandboxCall) -> ProviderAnswer:
    only = ("payment_intent", [call.params["payment_intent"]]) if call.params.get("payment_intent") else None
    return objects.listed(call.tx, "charge", call.params, "/v1/charges", only=only)


def _list_events(call: SandboxCall) -> ProviderAnswer:
    types = call.params.get("types") or ([call.params["type"]] if call.params.get("type") else None)
    only = ("type", types) if types else None
    return objects.listed(call.tx, "event", call.params, "/v1/events", only=only)
