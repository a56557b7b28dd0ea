"""Verifies that a webhook comes from Twilio, for the configured account and URL.

Rules: https://www.twilio.com/docs/usage/security#validating-requests
"""

import hmac
from collections.abc import Mapping, Sequence

from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from settings.web import WebSettings


class _MultiDict(dict[str, list[str]]):
    """Parameters with repeated values, in the form that the validator reads."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


def signed_url(settings: WebSettings, path: str, query: str = "") -> str:
    """The URL that Twilio signed: APP_URL, the path and the query.

    Never built from Host or X-Forwarded headers, which the sender controls.
    """
    return settings.app_url + path + (f"?{query}" if query else "")


def verify(settings: WebSettings, url: str, params: Mapping[str, Sequence[str]], header: str | None) -> bool:
    """Returns True only for a form signed with the current or the previous auth token.

    `params` is the form as `request.form.to_dict(flat=False)`, `url` what `signed_url` gives. Returns False
    for an empty token and on any error. There is no timestamp: deduplicate by MessageSid.
    """
    if not header or not isinstance(params, Mapping):
        return False
    try:
        form = _MultiDict({name: list(values) for name, values in params.items()})
        return _is_signed(settings, url, form, header) and _is_for_account(settings, form)
    except Exception:  # noqa: BLE001 - the validator may raise anything on bad input
        return False


def why_refused(settings: WebSettings, url: str, params: Mapping[str, Sequence[str]], header: str) -> str:
    """The reason why `verify` refused: unset, wrong, account or malformed."""
    if not settings.twilio_auth_token.get_secret_value():
        return "unset"
    try:
        form = _MultiDict({name: list(values) for name, values in params.items()})
        return "account" if _is_signed(settings, url, form, header) else "wrong"
    except Exception:  # noqa: BLE001 - as in `verify`
        return "malformed"


def _is_signed(settings: WebSettings, url: str, form: _MultiDict, header: str) -> bool:
    current = settings.twilio_auth_token.get_secret_value()
    previous = settings.twilio_auth_token_previous
    tokens = [current, *([previous.get_secret_value()] if previous else [])] if current else []
    return any(RequestValidator(token).validate(url, form, header) is True for token in tokens if token)


def _is_for_account(settings: WebSettings, form: _MultiDict) -> bool:
    # Without AccountSid the token is enough, because it belongs to one account.
    expected = settings.twilio_account_sid.encode()
    return all(hmac.compare_digest(sid.encode(), expected) for sid in form.get("AccountSid", []))
