"""Authenticates callers, and describes each way of authentication for the published schema."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask.typing import ResponseReturnValue

from settings.web import WebSettings
from webhooks.json_response import error_response
from webhooks.request import IncomingRequest

Refusal = ResponseReturnValue


@dataclass(frozen=True, slots=True)
class Authentication:
    """A way to authenticate callers. `name`, `description` and `scheme` form the published security scheme.

    `check` returns None if the caller is authenticated, and otherwise the response that rejects the request, whose
    status is one of `refused_with`. `sender`: the provider, by which refused signatures are counted.
    """

    name: str
    description: str
    check: Callable[[IncomingRequest], Refusal | None]
    refused_with: frozenset[int]
    scheme: Mapping[str, str]
    sender: str = ""


def api_key(header: str) -> Mapping[str, str]:
    """Returns the scheme of a value in this header."""
    return {"type": "apiKey", "in": "header", "name": header}


def _shared(
    setting: str, secrets: Callable[[WebSettings], Sequence[str]], given: Callable[[IncomingRequest], str]
) -> Callable[[IncomingRequest], Refusal | None]:
    """Returns a check for one of the secrets, which are compared as bytes: header values are Latin-1, and
    `compare_digest` rejects non-ASCII text.
    """

    def check(request: IncomingRequest) -> Refusal | None:
        expected, value = secrets(request.settings), given(request).encode("latin-1", "replace")
        if not expected:
            return error_response(f"{setting} not configured", 500)
        if not any(hmac.compare_digest(value, secret.encode()) for secret in expected):
            return error_response("Unauthorized", 401)
        return None

    return check


def _bearer(request: IncomingRequest) -> str:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""


UNAUTHORIZED = frozenset({401})

INTERNAL_SECRET = Authentication(
    "internal_secret",
    "Checks the booking system's secret in the x-internal-secret header.",
    _shared("INTERNAL_SECRET", lambda web: web.internal_secrets, lambda r: r.headers.get("x-internal-secret", "")),
    UNAUTHORIZED,
    api_key("x-internal-secret"),
)
CRON_SECRET = Authentication(
    "cron_secret",
    "Checks the scheduler's secret in the x-cron-secret header.",
    _shared("CRON_SECRET", lambda web: web.cron_secrets, lambda r: r.headers.get("x-cron-secret", "")),
    UNAUTHORIZED,
    api_key("x-cron-secret"),
)
CRON_BEARER = Authentication(
    "cron_bearer",
    "Checks the scheduler's secret, sent as a bearer token.",
    _shared("CRON_SECRET", lambda web: web.cron_secrets, _bearer),
    UNAUTHORIZED,
    {"type": "http", "scheme": "bearer"},
)
NOBODY = Authentication(
    "nobody",
    "Accepts every caller, for endpoints that reveal no private data and change nothing.",
    lambda request: None,
    frozenset(),
    {},
)
