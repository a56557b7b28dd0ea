"""Authenticates callers of Stripe's API: the application by its secret key, browsers by a client secret."""

import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Response, request

from sandbox import cards, payment_intents
from sandbox.api_calls import NO_FAULT, ApiCall, Handler, SandboxCall, SandboxProvider, exchange, record, sandbox
from sandbox.http_answers import ProviderAnswer, respond
from sandbox.stripe_errors import missing
from sandbox.stripe_params import nested

BROWSER_MAY = {"payment_intents.retrieve", "payment_intents.confirm", "payment_intents.authenticate"}
NOT_FOR_BROWSERS = ("metadata", "latest_charge", "customer")


def _trouble(status: int, kind: str, message: str, code: str | None = None) -> ProviderAnswer:
    error = {"type": kind, "message": message} | ({"code": code} if code else {})
    return ProviderAnswer(status, {"error": error})


STRIPE = SandboxProvider(
    "stripe",
    rate_limited=_trouble(429, "invalid_request_error", "Request rate limit exceeded.", "rate_limit"),
    server_error=_trouble(500, "api_error", "An unknown error occurred."),
    keeps_keys=True,
)


def answer(operation: str, handler: Handler, **ids: str) -> Response:
    """Authenticates the caller and handles the call."""
    post = request.method == "POST"
    params = nested((request.form if post else request.args).items(multi=True))
    key = request.headers.get("Idempotency-Key") if post else None
    if operation in BROWSER_MAY and str(params.get("key", "")).startswith("pk_"):
        return _answer_browser(operation, handler, params, ids)
    asked = ApiCall(STRIPE, operation, params, ids, key)
    refused = _unauthorised()
    if refused is not None:
        record(sandbox(), asked, refused, NO_FAULT)
        return respond(refused)
    return exchange(asked, handler)


def _unauthorised() -> ProviderAnswer | None:
    given = request.authorization
    key = (given.token or given.username or "") if given else ""
    if not key:
        return _trouble(401, "invalid_request_error", "You did not provide an API key.")
    if not sandbox().keys.accepts(key, sandbox().settings.stripe_key):
        return _trouble(401, "invalid_request_error", f"Invalid API Key provided: {key[:8]}***")
    return None


def _answer_browser(operation: str, handler: Handler, params: dict[str, Any], ids: Mapping[str, str]) -> Response:
    """Accepts a client secret, which authorises access to one intent.

    Neither the secret nor a real card number is written to the ledger.
    """
    secret = str(params.pop("client_secret", ""))
    del params["key"]

    def checked(call: SandboxCall) -> ProviderAnswer:
        intent = payment_intents.find(call.tx, call.ids["id"])
        if intent is None or not hmac.compare_digest(secret.encode(), intent["client_secret"].encode()):
            return missing("payment_intent", call.ids["id"])
        answered = handler(call)
        return ProviderAnswer(answered.status, _public(answered.body), answered.response_id)

    response = exchange(ApiCall(STRIPE, operation, cards.masked(params), ids), checked)
    return _readable_by_application(response)


def _public(body: Any) -> Any:
    """Removes the fields that browsers must not see, also from an intent that is embedded in an error."""
    if not isinstance(body, dict):
        return body
    return {name: _public(value) for name, value in body.items() if name not in NOT_FOR_BROWSERS}


def _readable_by_application(response: Response) -> Response:
    settings = sandbox().settings
    allowed = {_origin(settings.app_url), _origin(settings.webhook_url), _origin(settings.sandbox_url)}
    if request.headers.get("Origin") in allowed:
        response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
    response.headers["Vary"] = "Origin"
    return response


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
