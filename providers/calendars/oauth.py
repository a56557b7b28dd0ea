"""Our applications at Square and Google, and the address at which a shop grants access to its calendar.

Sources:

- RFC 6749 (authorization code), RFC 7636 (PKCE, S256) and RFC 9700 (a separate redirect address for each provider).
- developers.google.com/identity/protocols/oauth2/web-server: `access_type=offline` and `prompt=consent` return a
  refresh token each time.
- developers.google.com/workspace/calendar/api/auth: the scopes of Google Calendar.
- developer.squareup.com/reference/square/o-auth-api: `session=false` requires a sign-in. The error for a denial is
  `access_denied`.
- developer.squareup.com/docs/oauth-api/best-practices: servers use the code flow with the secret of the application.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from settings.calendars import CalendarSettings

SANDBOX = "sandbox"
"""The client id that selects the sandbox."""

CODE = ("authorization_code", "code_verifier", "redirect_uri")
"""The credentials of a calendar whose code has not been exchanged for tokens yet."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """The page on which a shop grants access, and the requested scope.

    `label`: the label of the button. `more`: additional parameters.
    """

    label: str
    url: str
    path: str
    scopes: tuple[str, ...]
    sandbox_path: str
    pkce: bool = False
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Application:
    """Our registration with a provider. `base_url`: the address of the sandbox, or empty for the real provider."""

    client_id: str
    secret: str = field(repr=False)
    base_url: str = ""


AUTHORIZATIONS: Mapping[str, Authorization] = {
    "square": Authorization(
        "Square",
        "https://connect.squareup.com",
        "/oauth2/authorize",
        (
            *("MERCHANT_PROFILE_READ", "ITEMS_READ", "CUSTOMERS_READ", "CUSTOMERS_WRITE"),
            *("APPOINTMENTS_READ", "APPOINTMENTS_WRITE", "APPOINTMENTS_ALL_READ", "APPOINTMENTS_ALL_WRITE"),
        ),
        "/square",
        more={"session": "false"},
    ),
    "google": Authorization(
        "Google",
        "https://accounts.google.com",
        "/o/oauth2/v2/auth",
        (
            "https://www.googleapis.com/auth/calendar.events",
            "https://www.googleapis.com/auth/calendar.calendars.readonly",
        ),
        "/google",
        pkce=True,
        more={"access_type": "offline", "prompt": "consent"},
    ),
}


def registered(kind: str, settings: CalendarSettings) -> Application | None:
    """Returns our application, or None if the provider does not support OAuth or we have not registered an
    application there.
    """
    id, secret = {
        "square": (settings.square_application_id, settings.square_application_secret),
        "google": (settings.google_client_id, settings.google_client_secret),
    }.get(kind, ("", None))
    return Application(id, secret.get_secret_value()) if id and secret else None


def application(kind: str, settings: CalendarSettings, *, sandbox_url: str) -> Application | None:
    """Like `registered`, but with the address of the sandbox if the application selects the sandbox.

    Returns None if no sandbox is available.
    """
    ours = registered(kind, settings)
    if ours is None or ours.client_id != SANDBOX:
        return ours
    if settings.environment == "production" or not sandbox_url:
        return None
    return Application(ours.client_id, ours.secret, sandbox_url.rstrip("/") + AUTHORIZATIONS[kind].sandbox_path)


def origin(kind: str, ours: Application) -> str:
    """Returns the origin (scheme and host) to which the browser is sent."""
    return "/".join((ours.base_url or AUTHORIZATIONS[kind].url).split("/")[:3])


def authorization_url(kind: str, ours: Application, *, redirect_uri: str, state: str, verifier: str) -> str:
    """Returns the address of the page on which the shop grants or denies access. It redirects to `redirect_uri` with
    `state`.
    """
    what = AUTHORIZATIONS[kind]
    params = {
        "client_id": ours.client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": " ".join(what.scopes),
        "state": state,
        **what.more,
    }
    if what.pkce:
        params |= {"code_challenge": challenge(verifier), "code_challenge_method": "S256"}
    return f"{ours.base_url or what.url}{what.path}?{urlencode(params)}"


def challenge(verifier: str) -> str:
    """Returns the code challenge for PKCE (RFC 7636, section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
