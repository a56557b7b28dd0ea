"""Whether a webhook really comes from Twilio, for our account and for the address we are configured to have.

Rules: https://www.twilio.com/docs/usage/security#validating-requests
"""

import hmac
from collections.abc import Mapping, Sequence

from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from settings.web import WebSettings


class _Repeated(dict[str, list[str]]):
    """Parameters with all their values, read by the validator through `getlist`."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


def signed_url(settings: WebSettings, path: str, query: str = "") -> str:
    """The URL Twilio signed: APP_URL, the route's path and the query if there is one.

    Never taken from Host or X-Forwarded headers: whoever sends the request writes those.
    """
    return settings.app_url + path + (f"?{query}" if query else "")


def verify(settings: WebSettings, url: str, params: Mapping[str, Sequence[str]], header: str | None) -> bool:
    """True only for a form that Twilio signed with our auth token, or with the previous one while it is rotated.

    `params` is the form as `request.form.to_dict(flat=False)`, `url` what `signed_url` gives. An empty token closes
    the door, and so does whatever goes wrong here. There is no timestamp: dedupe by MessageSid.
    """
    if not header or not isinstance(params, Mapping):
        return False
    try:
        form = _Repeated({name: list(values) for name, values in params.items()})
        return _is_signed(settings, url, form, header) and _for_our_account(settings, form)
    except Exception:  # noqa: BLE001 - the validator raises what it likes on bad input; nothing but True opens the door
        return False


def why_refused(settings: WebSettings, url: str, params: Mapping[str, Sequence[str]], header: str) -> str:
    """Why `verify` refused what carries a signature: unset, wrong, account or malformed."""
    if not settings.twilio_auth_token.get_secret_value():
        return "unset"
    try:
        form = _Repeated({name: list(values) for name, values in params.items()})
        return "account" if _is_signed(settings, url, form, header) else "wrong"
    except Exception:  # noqa: BLE001 - as in `verify`
        return "malformed"


def _is_signed(settings: WebSettings, url: str, form: _Repeated, header: str) -> bool:
    current = settings.twilio_auth_token.get_secret_value()
    previous = settings.twilio_auth_token_previous
    tokens = [current, *([previous.get_secret_value()] if previous else [])] if current else []
    return any(RequestValidator(token).validate(url, form, header) is True for token in tokens if token)


def _for_our_account(settings: WebSettings, form: _Repeated) -> bool:
    # A request without it is still proven by the token, which belongs to one account.
    ours = settings.twilio_account_sid.encode()
    return all(hmac.compare_digest(sid.encode(), ours) for sid in form.get("AccountSid", []))
