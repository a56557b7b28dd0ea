"""Verifies that a webhook comes from Twilio and is for the configured account and URL.

Rules: https://www.twilio.com/docs/usage/security#validating-requests
"""

import hmac
from collections.abc import Mapping, Sequence
from typing import Literal

from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from settings.web import WebSettings


class _MultiDict(dict[str, list[str]]):
    """Parameters with repeated values, in the form that Twilio's validator reads."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


def signed_url(settings: WebSettings, path: str, query: str = "") -> str:
    """Returns the URL that Twilio signed: APP_URL, the path and the query.

    Does not use the Host and X-Forwarded headers, because the sender controls them.
    """
    return settings.app_url + path + (f"?{query}" if query else "")


def why_refused(
    settings: WebSettings, url: str, params: Mapping[str, Sequence[str]], header: str
) -> Literal["unset", "wrong", "account", "malformed"] | None:
    """Returns None if the form is signed with the current or the previous auth token, and the reason otherwise.

    `url`: the result of `signed_url`. `params`: all values of each name. The signature covers no timestamp.
    """
    if not settings.twilio_auth_token.get_secret_value():
        return "unset"
    try:
        form = _MultiDict({name: list(values) for name, values in params.items()})
        if not _is_signed(settings, url, form, header):
            return "wrong"
        return None if _is_for_account(settings, form) else "account"
    except Exception:  # noqa: BLE001 - the validator may raise anything on bad input
        return "malformed"


def _is_signed(settings: WebSettings, url: str, form: _MultiDict, header: str) -> bool:
    current = settings.twilio_auth_token.get_secret_value()
    previous = settings.twilio_auth_token_previous
    tokens = [current, *([previous.get_secret_value()] if previous else [])] if current else []
    return any(RequestValidator(token).validate(url, form, header) is True for token in tokens if token)


def _is_for_account(settings: WebSettings, form: _MultiDict) -> bool:
    # If AccountSid is missing, the token suffices, because it belongs to a single account.
    expected = settings.twilio_account_sid.encode()
    return all(hmac.compare_digest(sid.encode(), expected) for sid in form.get("AccountSid", []))
