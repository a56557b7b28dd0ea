"""Stripe's REST API: payment intents, refunds, charges and events (https://docs.stripe.com/api)."""

from functools import partial

from flask import Blueprint, Response, current_app, request

from sandbox import payment_intents, refunds
from sandbox import stripe_objects as objects
from sandbox.api_calls import Handler, SandboxCall
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


@bp.post("/3ds2/authenticate")
def authenticate() -> Response:
    """Handles the customer's response to the approval dialog."""
    intent = request.form.get("source", "")
    return answer("payment_intents.authenticate", payment_intents.authenticate, id=intent)


def _retrieve(kind: str) -> Handler:
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


def _account(call: SandboxCall) -> ProviderAnswer:
    return ProviderAnswer(200, {"id": "acct_sandbox", "object": "account"})


ROUTES: tuple[tuple[str, str, str, Handler], ...] = (
    ("POST", "/payment_intents", "payment_intents.create", payment_intents.create),
    ("GET", "/payment_intents", "payment_intents.list", payment_intents.listing),
    ("GET", "/payment_intents/search", "payment_intents.search", payment_intents.search),
    ("GET", "/payment_intents/<id>", "payment_intents.retrieve", payment_intents.retrieve),
    ("POST", "/payment_intents/<id>", "payment_intents.update", payment_intents.update),
    ("POST", "/payment_intents/<id>/confirm", "payment_intents.confirm", payment_intents.confirm),
    ("POST", "/payment_intents/<id>/cancel", "payment_intents.cancel", payment_intents.cancel),
    ("POST", "/refunds", "refunds.create", refunds.create),
    ("GET", "/refunds", "refunds.list", refunds.listing),
    ("GET", "/refunds/<id>", "refunds.retrieve", _retrieve("refund")),
    ("GET", "/charges", "charges.list", _list_charges),
    ("GET", "/charges/<id>", "charges.retrieve", _retrieve("charge")),
    ("GET", "/account", "accounts.retrieve", _account),
    ("GET", "/events", "events.list", _list_events),
    ("GET", "/events/<id>", "events.retrieve", _retrieve("event")),
)
"""The method, path, operation and handler of each route."""
for method, path, operation, handler in ROUTES:
    bp.add_url_rule(path, operation.replace(".", "_"), partial(answer, operation, handler), methods=[method])
