"""Exchanges codes for OAuth tokens, refreshes tokens before they expire, and revokes them.

Sources:

- developers.google.com/identity/protocols/oauth2/web-server: the form fields. `scope` in the response lists the
  granted scopes, because a shop can clear a checkbox. Revoking a token ends all access.
- developers.google.com/identity/protocols/oauth2: the error for a revoked or expired token is `invalid_grant`.
- developer.squareup.com/docs/oauth-api/refresh-revoke-limit-scope: requests are JSON. Access tokens are valid for 30
  days and should be renewed at least every 7 days. The refresh token stays the same. Revoking uses the header
  `Authorization: Client <secret>`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from providers.calendars.calendar_http import CalendarAnswer, CalendarHttp
from providers.calendars.oauth import AUTHORIZATIONS, CODE, Application, registered
from providers.calendars.port import CalendarDeniedError, CalendarUnavailableError, Connection
from settings.calendars import CalendarSettings


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """A token endpoint. `body`: how `requests` sends the fields. `renew_before`: when a token is refreshed before
    expiry.
    """

    url: str
    path: str
    revoke_path: str
    body: str
    renew_before: timedelta


ENDPOINTS: Mapping[str, TokenEndpoint] = {
    "google": TokenEndpoint("https://oauth2.googleapis.com", "/token", "/revoke", "data", timedelta(minutes=5)),
    "square": TokenEndpoint(
        "https://connect.squareup.com", "/oauth2/token", "/oauth2/revoke", "json", timedelta(days=23)
    ),
}
OUR_FAULT = frozenset({"invalid_client", "unauthorized_client", "redirect_uri_mismatch"})
NOTHING = Application("", "")


class OAuthTokens:
    """The OAuth tokens of calendars. Call `fresh` before each use of a calendar."""

    def __init__(self, kind: str, http: CalendarHttp, settings: CalendarSettings) -> None:
        self._kind, self._http = kind, http
        self._label = AUTHORIZATIONS[kind].label
        self._endpoint, self._ours = ENDPOINTS[kind], registered(kind, settings) or NOTHING

    def fresh(self, connection: Connection, now: datetime) -> dict[str, str]:
        """Returns new tokens if the current tokens are missing or expire soon, and an empty dict otherwise.

        Raises the port's errors.
        """
        given = connection.credentials
        if given.get("authorization_code"):
            return self._exchange(connection, now)
        if given.get("refresh_token") and self._expires_soon(given.get("expires_at"), now):
            wanted = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
            return self._tokens(connection, wanted, now)
        return {}

    def revoke(self, connection: Connection) -> None:
        """Revokes our access to the account and all its calendars."""
        given = connection.credentials
        if not given.get("refresh_token"):
            return
        if self._kind == "google":
            fields, headers = {"token": given["refresh_token"]}, {}
        else:
            fields = {"client_id": self._ours.client_id, "access_token": given.get("access_token", "")}
            headers = {"Authorization": f"Client {self._ours.secret}"}
        url = self._base(connection) + self._endpoint.revoke_path
        body: dict[str, Any] = {self._endpoint.body: fields}
        self._http.call("POST", url, headers=headers, **body)

    def _expires_soon(self, expires: str | None, now: datetime) -> bool:
        """Returns whether the token expires soon or has an unknown expiry."""
        return not expires or datetime.fromisoformat(expires) - now < self._endpoint.renew_before

    def _exchange(self, connection: Connection, now: datetime) -> dict[str, str]:
        code, verifier, redirect_uri = (connection.credentials.get(name, "") for name in CODE)
        wanted = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        tokens = self._tokens(connection, wanted | ({"code_verifier": verifier} if verifier else {}), now)
        if not tokens.get("refresh_token"):
            label = self._label
            raise CalendarDeniedError(
                f"{label} granted no permanent access. Remove the access of slot-recovery there, then reconnect."
            )
        return tokens | dict.fromkeys(CODE, "")

    def _tokens(self, connection: Connection, wanted: Mapping[str, str], now: datetime) -> dict[str, str]:
        fields = {**wanted, "client_id": self._ours.client_id, "client_secret": self._ours.secret}
        url = self._base(connection) + self._endpoint.path
        body: dict[str, Any] = {self._endpoint.body: fields}
        answer = self._http.call("POST", url, denied=frozenset(), **body)
        if not answer.ok:
            raise CalendarDeniedError(self._refusal(answer))
        found: Mapping[str, Any] = answer.body if isinstance(answer.body, dict) else {}
        self._check_scopes(str(found.get("scope", "")).split())
        tokens = {name: str(found[name]) for name in ("access_token", "refresh_token") if found.get(name)}
        if "access_token" not in tokens:
            raise CalendarUnavailableError(f"{self._label}'s response has no token.")
        return tokens | {"expires_at": _expiry(found, now)}

    def _refusal(self, answer: CalendarAnswer) -> str:
        code = answer.body.get("error", "") if isinstance(answer.body, dict) else ""
        label = self._label
        if code in OUR_FAULT:
            return f"{label} does not accept this installation ({code}). Its operator must check the settings."
        return f"{label} no longer accepts the connection: access was revoked, or it expired. Reconnect the calendar."

    def _check_scopes(self, granted: list[str]) -> None:
        """Checks the granted scopes, which only Google returns."""
        missing = set(AUTHORIZATIONS[self._kind].scopes) - set(granted)
        if granted and missing:
            label = self._label
            raise CalendarDeniedError(f"{label} granted too few permissions. Reconnect, and tick every box there.")

    def _base(self, connection: Connection) -> str:
        return str(connection.settings.get("base_url") or self._endpoint.url)


def _expiry(found: Mapping[str, Any], now: datetime) -> str:
    """Returns the expiry time. Square sends a time, and Google sends the number of seconds from now."""
    if found.get("expires_at"):
        return str(found["expires_at"])
    return (now + timedelta(seconds=int(found.get("expires_in") or 3600))).isoformat()
